//go:build !core

package operations

import "slices"

// listed are the operations, every ability of the library.
func listed() []Operation {
	return slices.Concat([]Operation{
		opServices(), opState(), opTerminals(), opTerminal(),
		opCards(), opCard(), opCardsWait(), opCardsWatch(),
		opPINStatus(), opVSDRead(),
		opTSLShow(), opTSLVerify(), opTSLDiff(), opTSLPlan(), opTSLFetch(),
		opCertsShow(), opCertsInventory(), opCertsCalendar(), opCertsVerify(),
		opTerminalRequestCard(), opTerminalEject(), opKVKRead(),
		opSignDocuments(), opSignVerify(), opSignJobNumber(), opSignStop(),
		opSignComfortActivate(), opSignComfortDeactivate(), opSignComfortMode(),
		opAuthSign(), opEncrypt(), opDecrypt(), opEventsWatch(),
		opMgmtStatus(), opMgmtInfo(), opMgmtLogs(), opMgmtLogSettings(), opMgmtRestart(),
		opFixList(), opFixCheck(), opFixPlan(), opFixApply(), opFixResume(), opFixStatus(), opFixJournal(),
		opExchangeTake(), opExchangeReady(), opExchangeCompare(),
	}, pinOperations(), egkOperations(), subscriptionOperations())
}
