// Package restart restarts a Konnektor for a reason, and stays with it until the
// practice can work again.
//
//	f := restart.New(restart.Parameters{}, restart.Hooks{})                        // if the box asks for it
//	f := restart.New(restart.Parameters{Requested: time.Now()}, restart.Hooks{})   // in any case, once
//
// A restart interrupts everybody in the practice for minutes, takes the handles
// of all cards and subscriptions, and locks the PINs of every SMC-B. So it needs a
// reason (the box says that it waits for one, or somebody asks), and is refused
// within a cool-down after the last one. It has no way back.
//
// It is done when the box has come through its phases: down, answering, services,
// VPN, terminals, cards, the latter three as far as they were there before. Then
// PINs that are locked again are asked for at the terminal or told, and
// subscriptions are renewed by the caller.
//
// # Requests
//
// Beside login and logout: 1 when there is nothing to do. Else status, terminals,
// cards, Mandanten and one for each SMC-B, if the product has them and the hooks
// do not bring them; the restart; then the same again at least once.
//
// # Where to look
//
//   - restart.go: Parameters, Hooks, Plan
//   - phases.go: coming back, phase by phase
//   - pins.go: PINs of SMC-Bs
package restart
