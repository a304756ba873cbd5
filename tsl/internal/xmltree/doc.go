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
// The aim is to verify a list in half the time of an xmlsec1 process and within
// 12 times the file in memory. Measured on the production list 10326 (648 kB,
// Go 1.26, 2 cores that others used as well, so that only the ratios count):
//
//	etree 1.8.1, reading alone                     24.7 ms  2.4 MB   52,600 allocations
//	etree with the canonicalizer of goxmldsig 1.6.1  38.1 ms  7.8 MB  101,600
//	encoding/xml, RawToken alone                   19.2 ms  1.0 MB   31,600
//	this package, tree and canonical form           4.7 ms  0.9 MB    1,100
//	xmlsec1, everything                            64.5 ms
//
// And the bytes: goxmldsig stops at its traversal limit when it is asked to
// validate a list, and its canonicalizer needs the namespaces of the ancestors
// for a subtree; signedxml 1.2.3 gets the digest of SignedProperties wrong;
// c14n 0.1.0 knows no subtrees. Hence a pass of our own.
//
// Where to look: scan.go the markup, text.go character data and references,
// names.go names and namespaces, tree.go the elements, canon.go the canonical
// form.
package xmltree
