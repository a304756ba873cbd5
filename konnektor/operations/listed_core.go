//go:build core

package operations

// listed are the operations of a library that reads cards and nothing else: with
// the build tag core the linker leaves everything out that the others need.
func listed() []Operation {
	return []Operation{
		opServices(), opState(), opTerminals(), opTerminal(),
		opCards(), opCard(), opCardsWait(), opCardsWatch(), opPINStatus(), opVSDRead(),
	}
}
