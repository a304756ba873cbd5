// Package wire reads and writes the XML that a TI-Konnektor speaks.
//
// It is the floor under the generated message types: a reader that walks one
// document held in memory, and a writer that appends elements to a buffer.
// Both know namespaces. The reader takes XML 1.0 with Namespaces as devices
// send it and refuses what no device needs and an attacker likes: a DOCTYPE, an
// entity other than the five of XML, more depth, elements, attributes or
// namespaces than the limits allow. It is strict about what XML demands and
// lenient about what a schema demands: generated types take elements in any
// order, pass over unknown ones and note what is missing ([Reader.Missing]). An
// optional number, boolean or date that cannot be read counts as absent and is
// noted, too ([Reader.Unreadable]); one that must be there fails the document,
// as no value can be made up for it. Of a value that the schema allows once, the
// last one counts.
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
// Where to look: reader.go walks a document, tags.go takes start and end tags
// apart and knows namespaces, text.go takes text and references, values.go turns
// text into values, raw.go keeps elements as they are, charset.go knows the
// declared encodings, writer.go appends elements, facets.go checks values before
// they are sent, time.go and duration.go have the schema's dates and durations,
// operation.go describes an operation.
package wire
