// Konnektorctl talks to a TI-Konnektor from a shell: it lists services, cards
// and terminals, shows the state of the Konnektor and of PINs, reads the insured
// person from a card, waits for events, has PINs entered, signs, verifies, encrypts
// and decrypts files. It judges trust lists (TSL) in files, and tells
// until when certificates can be used.
//
//	konnektorctl --config konnektor.json cards
//	konnektorctl --config konnektor.json vsd --wait
//	konnektorctl --config konnektor.json pin verify
//	konnektorctl --config konnektor.json sign brief.pdf
//	konnektorctl tsl verify ECC-RSA_TSL.xml
//	konnektorctl --config konnektor.json certs calendar --out ti.ics
//	konnektorctl --config konnektor.json call cards '{"card_type":"EGK"}'
//
// Its commands are the operations of package operations. Output for people is
// in German; with --json a command prints the answer of the operation
// unchanged. konnektorctl --help lists flags and exit codes.
//
// Where to look: root.go has flags and help, commands.go the commands, events.go,
// pin.go, sign.go and documents.go those named so, tsl.go those on trust lists,
// certs.go those on certificates, config.go makes the settings out of file, environment and flags, exit.go runs a command and turns
// failures into messages and exit codes. fix.go and mgmt.go have the commands on
// the management interface, fixflags.go their flags, management.go their settings
// and passwords, hide_*.go terminals, progress.go the bar,
// exchange.go the commands on the exchange of a box, logfile.go --log.
package main
