// Package vsdmtest brings the Fachmodul VSDM and test persons to a Konnektor of
// package konnektortest: cards of GKV and PKV with their documents in
// ISO-8859-15, an update backend with all results of the online check, and
// every malformed document that a reader must survive.
//
//	k := konnektortest.New(t)
//	vsdmtest.Install(k)
//	p := vsdmtest.Person(2)
//	p.Online.E = 1
//	egk := k.Insert("EGK", p)
//
// The documents are XML text after Schema_VSD.xsd 5.2, Schema_VSD_PKV.xsd 1.0
// and Pruefungsnachweis.xsd 1.0, not the library's generated types.
//
// Where to look: persons.go the persons, insured.go all that can be set,
// service.go ReadVSD, documents.go and receipt.go the XML, defects.go the
// malformed fields.
package vsdmtest
