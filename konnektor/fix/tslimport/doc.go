// Package tslimport gives a Konnektor a trust list (TSL) by hand when it can no
// longer fetch one itself: because it was offline for too long, or because it
// slept through a change of the trust anchor, as many did in May 2020.
//
//	f := tslimport.New(tslimport.Parameters{Lists: []string{"TSL_0341.xml", "TSL_0343.xml"}}, tslimport.Hooks{})
//
// A box accepts only a list under the anchor that it trusts, and each list
// introduces at most the next anchor. Whoever slept through several changes needs
// every list that announced one, oldest first (Bedienungsanleitung
// Highspeed-Konnektor 2.0, 8.3.1). The fix finds the way through the given files,
// and proves each of them before anything is changed: signature, signer, anchor,
// sequence number, environment. What is already out of order on the box's side
// is not made worse: a box whose list is not stale is left alone.
//
// # Steps
//
// "Leistungsumfang Online" off, each list, online on again, restart (8.3 of the
// same document; it also says that the last two are needed). The restart counts as done when
// the box has started anew, no EC_TSL state of an outdated list or anchor is set,
// and the VPN is up. There is no way back for a list; the switch is turned on
// again whatever happens. A run that is interrupted goes on with what is left: a
// box that has the newest list and is still switched off is switched on.
//
// # Requests
//
// Beside login and logout: 2 when there is nothing to do (list, status). Else, for
// n lists, 3 + 3 + 3n + 2 + 1 + 2 and what it takes to see the box come back: list,
// status and switch; the status before each change (does the box wait for a
// restart), the change and a look at it; the restart; list and status to verify.
//
// # Where to look
//
//   - tslimport.go: Parameters, Hooks, Plan, Reverse
//   - stale.go: is the list on the box stale
//   - lists.go: the files, and the way through them
//   - steps.go: the steps
//   - refused.go: what the box says to a list
package tslimport
