// Package secunettest simulates the management interface of a secunet Konnektor
// together with the Konnektor itself (package konnektortest): what is changed
// through management is seen in SOAP, in operating states and in the certificate
// that is served, and the other way round.
//
//	box := secunettest.New(t)                    // an Einbox, healthy; closes with the test
//	box := secunettest.Incident2020September(t)  // stuck with an overflowed security log
//	box := secunettest.Incident2020May(t, 3)     // slept through three changes of the trust anchor
//	box := secunettest.Incident2025July(t)       // RSA only, renewed certificates, VPN down
//
//	box.URL(), box.Fingerprint(), box.User(), box.Password()   // management
//	box.Konnektor.Config()                                     // services
//
// [Options] choose the product (Einbox, Rechenzentrum, HSK: their lists differ),
// firmware, clock, how long sessions live and how many there may be, whether days
// are numbers or strings, and what is accepted and ignored. Everything depends on
// the box's clock and its seed, nothing on the time of the machine. A box without
// a clock in its options has one that stands still at the present: box.Clock.
//
// # Operations
//
// The confirmed ones, as Requests, Fail, CutBefore and so on (package mgmttest)
// name them:
//
//	login logout
//	status ping version releaseinfos basic time features reboot
//	cards card pin-status pin-verify
//	terminals terminal terminal-activate terminal-deactivate terminal-connect terminal-unassign terminal-remove
//	info mandanten clientsysteme
//	log log-settings log-settings-put
//	ksr-updates ksr-check ksr-terminal ksr-download ksr-schedule ksr-settings-put
//
// Those that exist in the profile "simulator" only, below /simulator/, because
// nobody has published the real ones ([Profile] describes them):
//
//	sim-tsl sim-tsl-import sim-online sim-online-put
//	sim-identity sim-identity-put sim-renewed sim-registration sim-registration-put
//	sim-backup sim-licence sim-overflow-reset sim-security-log
//
// There is no way to deregister: such a request is not found and is a complaint.
//
// # What a test can see and do
//
//	box.Changes()               what was really changed, in order, with before and after
//	box.State()                 all that a fix could change, as one comparable value
//	box.SetRestartRequired(true) every change waits for the restart from now on
//	box.Reboot(), box.Phase()   down, management, services, vpn, terminals, ready
//	box.RebootBefore(op), box.RebootAfter(op)  the box restarts around a request
//	box.EnterPIN(ok)            ends a PIN entry that waits at the terminal
//	box.Lists(), box.Anchor()   the trust lists that a stale box needs, oldest first
//	box.Block(d, hang)          management does not answer for d; each request is lost after hang
//	box.Set(name, value)        a log setting, as somebody at the box sets it
//	box.SecurityLog()           how full it is; it fills and ages with the clock
//	box.Renew(from, to, all)    gives the box renewed certificates of its gSMC-K
//	box.CutVPN(cut)             takes the tunnel away for a reason outside of the box
//	box.Stuck(mgmttest.Stuck{OneIn: 50})  answers one request in fifty
//
// Comments mark what is a reading of the sources and not a fact.
//
// # Where to look
//
// box.go the options, routes.go every call with its method and path, login.go,
// status.go, states.go, cards.go, pin.go, terminals.go, infomodel.go, ksr.go,
// systemlog.go and logsettings.go the confirmed calls, trust.go, identity.go,
// registration.go and backup.go the invented ones, profile.json how they are
// described, seclog.go the log that overflows, phases.go the restart, changes.go
// what a test compares, incident.go the incidents.
package secunettest
