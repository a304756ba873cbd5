// Package mgmt is the management of a Konnektor, the same for every vendor: a
// small [Device] and capabilities that a product has or has not. The drivers are
// packages of their own and are given to [Open]:
//
//	d, err := mgmt.Open(ctx, mgmt.Config{
//		Host:            "192.0.2.7",
//		Trust:           konnektor.Trust{CertificateSHA256: []string{pin}},
//		CredentialsFile: "/etc/pvs/konnektor.json",
//	}, secunet.Driver(), rise.Driver(), kocobox.Driver())
//	if err != nil { ... }
//	defer d.Close(ctx)
//	status, err := mgmt.As[mgmt.StatusReader](d)
//
// A call that no public source describes answers [ErrUnknownEndpoint] with the
// procedure by hand, in German. A PVS maker that has the specification of the
// manufacturer writes a [Profile] and allows it in the [Config].
//
// A Device logs in when it is first needed and out when it is closed; keep it no
// longer than that. Of the Devices of one process, one at a time has a session
// at an address; the others wait. With Config.StateDir this holds for all
// processes of the computer. A refused login is final for a Device, with
// Config.StateDir for all of them: see [LoginError].
//
// # Where to look
//
//   - config.go, credentials.go: where the box is, whom to trust, who logs in
//   - driver.go: Open, what a driver is, which box it is
//   - device.go: Device, As, the two errors of what cannot be done
//   - capabilities.go, inventory.go: what a box may be able to do
//   - operation.go, operations.go: the names of calls, their values and results
//   - profile.go: calls as data; profilecheck.go, template.go, extract.go, form.go,
//     pointer.go, firmware.go: how they are read, filled in and taken apart
//   - base.go, auth.go, turn.go: requests, logins, one at a time
//   - claim.go, refusals.go: the same among processes, and refused logins
//   - state.go, logsettings.go, logread.go, renewal.go, practice.go: capabilities
//     over a profile
//   - german.go: procedures by hand
//   - errors.go, refused.go: what goes wrong
package mgmt
