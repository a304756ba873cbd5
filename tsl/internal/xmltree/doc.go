// Package xmltree reads one XML document in one pass into a small tree and
// writes the exclusive canonical form of the subtrees that a Selector names
// while it reads. So the bytes that are hashed and the values that are taken
// come from the same tokens.
//
// It reads what trust lists are made of and refuses the rest: UTF-8 and XML
// 1.0 with namespaces, no DOCTYPE, no entity besides the five that XML has, no
// processing instruction. Comments are passed over, and CDATA is text, as
// Exclusive XML Canonicalization 1.0 (without comments, no
// InclusiveNamespaces) wants it. Canonicalization works on whole subtrees
// only, so that no node sets are needed.
//
// # Why not etree and a canonicalizer
//
// Measured on the production list 10326 (648 kB, Go 1.26, 2 cores), before the
// pass was written: etree alone reads it in 11.6 ms, encoding/xml's RawToken in
// 8 ms, ucarion/c14n writes the canonical form of the document in 18.8 ms and
// knows no subtrees; goxmldsig 1.6.1 has the right bytes when it is given the
// inherited namespaces, but stops at its traversal limit, and signedxml 1.2.3
// gets the digest of SignedProperties wrong. The xmlsec1 process needs 33 ms
// for everything. The aim is half of that, and at most 12 times the file in
// memory. BenchmarkParse compares with etree as it is now.
//
// Where to look: scan.go the markup, text.go character data and references,
// names.go names and namespaces, tree.go the elements, canon.go the canonical
// form.
package xmltree
