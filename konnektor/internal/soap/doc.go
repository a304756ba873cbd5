// Package soap carries one message to a Konnektor and its answer back: SOAP 1.1,
// document/literal, over HTTP. It knows envelope, fault and HTTP, and nothing of
// operations, contexts, trust or repetition.
//
// Where to look: post.go has the exchange, envelope.go what is around a message,
// fault.go what stands in its place, body.go the bounded reading of an answer,
// xop.go answers in several parts.
package soap
