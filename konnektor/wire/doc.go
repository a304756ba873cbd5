// Package wire reads and writes the XML that a TI-Konnektor speaks.
//
// It is the floor under the generated message types: a reader that walks one
// document held in memory, and a writer that appends elements to a buffer.
// Both know namespaces. The reader takes XML 1.0 with Namespaces as devices
// send it and refuses what no device needs and an attacker likes: a DOCTYPE, an
// entity other than the five of XML, a document nested deeper than [MaxDepth].
// It never reads beyond its slice and never keeps it after the call.
//
// The standard library's decoder reads the same documents. It is not used
// because a ReadVSD answer and the four documents in it would cost six times
// what the HTTP exchange costs, and because it cannot tell an absent boolean
// from false, an element's namespace from its parent's, or one choice from
// another. Tests hold this reader against it.
//
// Users of the library meet this package only in [Operation] and when they send
// an operation that the library has no method for.
//
// Where to look: reader.go walks a document, values.go turns text into values,
// charset.go knows the declared encodings, writer.go appends elements, time.go
// has the schema's dates, operation.go describes an operation.
package wire
