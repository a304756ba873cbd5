// Package seclog makes a Konnektor write fewer logs and keep them for a shorter
// time, and takes that back once the vendor has corrected what made it necessary.
//
// An overflowing security log cannot be emptied by anybody, and in September
// 2020 it brought boxes to a stop: fewer entries from now on, and entries that
// age out earlier, are all that helps from outside. The fix turns the logging of
// successful cryptographic operations and the performance logs off, lets levels
// begin at WARNING, and shortens the retention to 10 days, the least there is:
// what is older is gone afterwards, and it takes up to ten days until the log is
// small.
//
//	f := seclog.New(seclog.Parameters{})                         // in careful steps
//	f := seclog.New(seclog.Parameters{OneStep: true})            // a box that hardly answers
//	f := seclog.New(seclog.Parameters{Restore: &seclog.Values{}) // the way back up
//
// # Steps
//
// A change of the retention by more than 40 days may block the box for long
// (Bedienungsanleitung Highspeed-Konnektor 2.0, 6.4.6), whichever way it goes. So
// 180 days become 140, 100, 60, 20 and 10. One kind of setting changes at a time:
// the security log's retention does not move together with that of the other
// logs. A level that a practice has made stricter than WARNING stays, and so does
// a shorter retention. Logs of Fachmodule that are not known stay as they are
// unless they are asked for.
//
// With OneStep everything goes in one request, as two public programs did in
// 2020: for a box that answers so rarely that a second change would never get
// through. It costs a login, one reading and one writing request; whether it took
// effect is seen later.
//
// # Requests
//
// Beside login and logout: 1, reading the settings, when there is nothing to do.
// Else, for n steps, 2 + 3n: the settings, then for each step the status (does the
// box wait for a restart), writing and reading, and the settings once more. A box
// with the settings of delivery needs 10 steps. With OneStep: 2 until the change is
// made, and 1 that sees it.
//
// # Where to look
//
//   - seclog.go: Parameters, Plan, Reverse
//   - values.go: some of the settings, and how they are put into all of them
//   - stages.go: from the settings that were found to those wanted, one by one
//   - answers.go: whether a box hardly answers
//   - restore.go: the way back, from a journal
package seclog
