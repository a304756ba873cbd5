// Package mgmttest is what the simulators of management interfaces have in
// common: a clock that tests move, an HTTPS server on loopback that records
// every request by the name of its operation, sessions and accounts with their
// counters, and everything that goes wrong on the way to a box.
//
//	clock := mgmttest.NewClock(time.Time{})   // stands still at the present; fix.Clock, konnektor.Clock
//	box := secunettest.NewWith(t, secunettest.Options{Clock: clock})
//	clock.Advance(10 * 24 * time.Hour)        // the box ages by ten days
//	box.CutBefore("log-settings-put", 1)      // the next such request is lost
//	box.Requests(), box.Counters()            // what came, who was logged in
//
// The methods of [Server] are those of every simulated box. Operations have
// names, listed in the package of the vendor; a disturbance of "" concerns every
// operation. What a request breaks of the rules of its interface is refused and
// kept: a test at its end wants [Server.Complaints] to be empty.
//
// The ways to lose a connection:
//
//	CutBefore   nothing is done, no answer
//	NoAnswer    it is done, no answer
//	CutDuring   it is done, the answer breaks off
//	CutAfter    it is done and answered, then the next request of any operation is lost undone
//	Ignore      it is answered as done, and not done
//	Fail        it is refused with an HTTP status
//	Hang        nothing is done; the connection stays open until the client gives up
//
// A connection that is lost ends behind the first bytes of an answer: otherwise
// net/http would send a GET once more by itself, and a test would not see what
// the client makes of the loss.
//
// Where to look: clock.go the clock, server.go and send.go the server,
// certificate.go what it shows, chassis.go how a box is started with its services
// and closed, disturb.go what goes wrong, stuck.go a box that hardly answers,
// record.go requests and counters, accounts.go passwords and sessions, box.go a
// box of which little more than login and restart is known.
package mgmttest
