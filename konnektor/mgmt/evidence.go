package mgmt

// Evidence is how well a call is known.
type Evidence string

// The kinds of evidence. Simulator marks calls that no real box has.
const (
	Confirmed        Evidence = "confirmed"         // by a named public source
	Inferred         Evidence = "inferred"          // from a source, not seen
	OperatorSupplied Evidence = "operator-supplied" // by a profile file
	Simulator        Evidence = "simulator"
)

// Evidencer is a Device that says how well its calls are known: of a fix's
// steps, the journal keeps it.
type Evidencer interface {
	// Evidence is that of the call for op, empty when there is none.
	Evidence(op Operation) Evidence
}
