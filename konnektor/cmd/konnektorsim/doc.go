// Command konnektorsim runs a simulated TI-Konnektor on this machine, for
// makers of practice software in any language.
//
//	konnektorsim -listen 127.0.0.1:0 -print-config > konnektor.json
//
// prints what a client needs as JSON (the Config of package konnektor: address,
// Aufrufkontext, trusted CA, client certificate and key) and runs until it is
// stopped, at most for -max-runtime. It listens on loopback addresses only.
//
// While it runs, further commands change it through its control port:
//
//	konnektorsim cards
//	konnektorsim insert --type EGK --person 2
//	konnektorsim remove --handle HANDLE
//	konnektorsim fail --operation ReadVSD --code 4093 --count 2
//	konnektorsim state EC_LOG_OVERFLOW on --after 10s --for 1m
//	konnektorsim react T1 wrong cancel
//	konnektorsim asking
//	konnektorsim subscriptions
//	konnektorsim forget
//	konnektorsim reboot
//
// They find the control port and its token in the control file, which only its
// owner can read; the token keeps other users and web pages out.
//
// With -schemas FOLDER, a clone of gematik/api-telematik, and xmllint it tells,
// when it is stopped, which messages of the client are not valid.
//
// # Incidents
//
//	konnektorsim -incident 2020-09 -print-config > incident.json
//
// starts a secunet box with its management interface in the middle of an
// incident of the field and prints where everything is: services, management,
// the SHA-256 of its certificate, the files with credentials, profile and
// configurations, and for 2020-05 the trust lists and the anchor to judge them
// by. What is below /simulator/ exists nowhere else.
//
// Exit codes: 0 stopped or done, 1 it did not work or a message was not valid, 2
// wrong usage.
//
// Where to look: main.go the commands, serve.go the simulator, incident.go a
// box in an incident, control.go the control port, remote.go the commands that
// use it.
package main
