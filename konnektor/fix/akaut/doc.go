// Package akaut switches a Konnektor to the renewed certificate of its identity
// towards client systems (ID.AK.AUT), after registering anew at the VPN access
// service with the renewed certificates.
//
//	f := akaut.New(akaut.Parameters{SMCB: iccsn}, akaut.Hooks{Served: served, Pin: pin, Sinks: sinks})
//
// The certificates of a gSMC-K from before 2021 have been renewed with an end on
// 2025-12-31 (gemF_Laufzeitverlaengerung_gSMC-K). A box fetches renewed ones by
// itself and never switches to them by itself. In July 2025 boxes with RSA
// identities lost the TI until somebody did both, in this order: registered anew
// without deregistering, and switched "Erneuerte ID.AK.AUT" on.
//
// The fix never withdraws a registration: that removes all of them, and there is
// no method for it.
//
// # Steps
//
// The renewed certificates must be there and complete, and that of the identity
// must renew the one that the box shows: same card, same key, later end
// (gemF_Laufzeitverlaengerung_gSMC-K, TUC_KON_410). Then:
//
//   - registration: no way back, and none needed: the old one stays valid
//   - server-identity: done when a TLS handshake shows the renewed certificate;
//     can be switched back at any time
//   - pin: the caller stores the new certificate and tells its sinks of events,
//     to which the box now shows it too
//
// Where management shows the same certificate as the services, pin it by its key
// ([konnektor.Trust]): the renewed certificate has the same one, and the run stays
// within reach of the box.
//
// A box that shows a certificate of the practice's own (imported or self-signed)
// is refused: nothing is wrong with it. So is every product and firmware that
// the parameters do not name and that is not known: see [Known].
//
// # Requests
//
// Beside login and logout: 2 when there is nothing to do (identity, registration;
// one more where a box tells its renewed certificates by a call of their own) and
// a handshake. Else 9: the same; status, registration and a look at it; status and
// the switch; status before the certificate is stored; and identity and
// registration again to verify. Looking at the identity is a TLS handshake with
// the services.
//
// # Where to look
//
//   - akaut.go: Parameters, Hooks, Plan, Reverse
//   - judge.go: may this box be switched
//   - steps.go: the steps
package akaut
