// Package kocoboxtest simulates the management interface of a KoCoBox MED+: a
// servlet's login form, the token of a page and the restart, together with the
// Konnektor itself (package konnektortest).
//
//	box := kocoboxtest.New(t)
//	box.URL(), box.Fingerprint(), box.User(), box.Password()
//
// The operations, as Requests and Fail (package mgmttest) name them:
//
//	session login start infoservice reboot
//
// A wrong password is answered with a redirect as a right one is, so that only
// the pages behind tell whether the login worked. Comments mark what is a reading
// and not a fact.
package kocoboxtest
