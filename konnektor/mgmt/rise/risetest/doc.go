// Package risetest simulates the management interface of a RISE Konnektor, and
// that of the RISE TI-Client in front of a virtual one, together with the
// Konnektor itself (package konnektortest).
//
//	box := risetest.New(t)
//	box.URL(), box.Fingerprint(), box.User(), box.Password()
//	client := risetest.NewTIClient(t)
//	client.URL(), client.ClientID(), client.ClientSecret()
//
// The operations, as Requests and Fail (package mgmttest) name them:
//
//	session login status reboot
//	token ctm-state ctm-terminal ctm-discover ctm-assign ctm-begin-session
//	ctm-end-session ctm-add ctm-correlation ctm-pairing-initialize
//	ctm-pairing-finalize proxies proxy tasks proxy-activation pin-plus
//
// There is no logout: none is known. What a request needs was seen in clients of
// other makers; which of it a real box insists on is not known, the simulator
// insists on all of it. Comments mark what is a reading and not a fact.
package risetest
