// Package tsltest makes signed trust lists for tests: valid ones, chains of
// announced trust anchors, and each kind of list that has to be refused. The
// certificates are those of package certstest.
//
//	m := tsltest.New(t)
//	list, err := m.List(tsltest.Spec{})
//	r, err := tsl.Verify(list.XML, m.Options())
//
// The lists have the form of the real ones. They are written as text that is
// its own canonical form, so that their digests are taken from the bytes
// without any canonicalizer: a mistake of package tsl is not hidden by the same
// mistake here. xmlsec1 judges them too.
//
// Where to look: maker.go makes lists, write.go has their text, sign.go the
// signatures, services.go the entries, cases.go what is to be refused and why.
package tsltest
