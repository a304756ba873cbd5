package vsdm

import (
	"slices"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// FaultClass is what one class of fault codes means for a read.
type FaultClass struct {
	Codes []konnektor.Code
	// Proof is No where the fault says that the card is no proof, and Unknown
	// where it only gives no new proof: then an earlier receipt of the quarter
	// still counts.
	Proof Answer
	Steps []Step
	// Source says from where the row is known.
	Source string
}

// sourceTable is the source of every row that names no other.
const sourceTable = "gemILF_PS V2.17.0; gemSpec_SST_PS_VSDM; secunet, Bedienungsanleitung Highspeed-Konnektor 2.0"

// FaultClasses lists the fault codes that ReadVSD and ReadKVK may end in, each
// code once. Codes from 10000 that are not listed pass through from a vendor or
// a service behind the Konnektor.
//
// The codes 500, 11101, 11148, 11999 and 12101 to 12999 in the EC of a receipt
// with E 3 are another matter: the card was read and counts.
func FaultClasses() []FaultClass {
	all := slices.Clone(faultClasses[:])
	for i := range all {
		all[i].Codes = slices.Clone(all[i].Codes)
		all[i].Steps = slices.Clone(all[i].Steps)
		if all[i].Source == "" {
			all[i].Source = sourceTable
		}
	}
	return all
}

// firstVendorCode is where the codes begin that pass through from a vendor or
// a service behind the Konnektor.
const firstVendorCode = 10000

// Reaction says what a fault code, in the list or not, means for the proof (No,
// or Unknown where an earlier receipt still counts) and which steps to take.
func Reaction(code konnektor.Code) (proof Answer, steps []Step) {
	class := listed(code)
	switch {
	case class != nil:
	case code >= firstVendorCode:
		class = &vendorFaults
	default:
		class = &otherFaults
	}
	return class.Proof, slices.Clone(class.Steps)
}

// listed is the class of a code, nil for a code that is not listed.
func listed(code konnektor.Code) *FaultClass {
	for i := range faultClasses {
		if slices.Contains(faultClasses[i].Codes, code) {
			return &faultClasses[i]
		}
	}
	return nil
}

func first(a ...Action) (s []Step) {
	for _, action := range a {
		s = append(s, Step{Action: action})
	}
	return s
}

func then(s []Step, when When, a ...Action) []Step {
	for _, action := range a {
		s = append(s, Step{Action: action, When: when})
	}
	return s
}

// Steps that several rows share.
var (
	// newerCard follows gemILF_PS V2.17.0: the card is no proof.
	newerCard = then(first(ActionNewerCard), WhenNoOtherCard, ActionInsurer, ActionReplacementProcedure)
	// inconsistent: with online check, two or three times, then the insurer.
	inconsistent    = []Step{{Action: ActionReadWithOnlineCheck, Times: 3}, {Action: ActionInsurer, When: WhenStillFailing}}
	reinsertInsurer = then(first(ActionReinsertCard), WhenStillFailing, ActionInsurer)
	readAgainIT     = then(first(ActionReadAgain), WhenStillFailing, ActionITService)
)

// Classes of codes that are not listed.
var (
	otherFaults  = FaultClass{Steps: then(first(ActionShowCode), WhenStillFailing, ActionITService)}
	vendorFaults = FaultClass{Steps: first(ActionShowCode)}
)

// faultClasses is the table behind FaultClasses. It is read only.
var faultClasses = [...]FaultClass{
	{Codes: []konnektor.Code{
		konnektor.CodeCardNotAnswering, konnektor.CodeCardUnreadable,
		konnektor.CodeCardCommandFailed, konnektor.CodeCardReadFailed,
	}, Steps: then(then(first(ActionReinsertCard),
		WhenOnlyThisCard, ActionInsurer, ActionReplacementProcedure), WhenManyCards, ActionITService)},
	{Codes: []konnektor.Code{konnektor.CodeDeviceFailed, konnektor.CodeSoftwareFailed, konnektor.CodeModuleFailed},
		Steps: first(ActionITService)},
	{Codes: []konnektor.Code{
		konnektor.CodeCardInvalidOnline, konnektor.CodeCardInvalidOffline,
		konnektor.CodeCardOutdated, konnektor.CodeCardGenerationRejected, konnektor.CodeCardLocked,
	}, Proof: No, Steps: newerCard},
	{Codes: []konnektor.Code{konnektor.CodeCardOlderThanG2},
		Proof: No, Steps: then(first(ActionNewerCard), WhenNoOtherCard, ActionInsurer)},
	{Codes: []konnektor.Code{konnektor.CodeCardLogFailed, konnektor.CodeCardWriteFailed},
		Steps: then(first(ActionReinsertCard, ActionReadAgain), WhenStillFailing, ActionITService)},
	{Codes: []konnektor.Code{konnektor.CodeHealthcareUnreadable},
		Steps: then(first(ActionReinsertHPC, ActionUnlockHPC), WhenStillFailing, ActionITService)},

	{Codes: []konnektor.Code{konnektor.CodeDataInconsistent}, Steps: inconsistent},
	{Codes: []konnektor.Code{konnektor.CodeContainerUnreadable}, Steps: reinsertInsurer},
	{Codes: []konnektor.Code{konnektor.CodeKVKUnreadable}, Steps: first(ActionReinsertCard, ActionOtherPayerCard)},
	{Codes: []konnektor.Code{konnektor.CodeKVKChecksum}, Proof: No,
		Steps: first(ActionReinsertCard, ActionOtherPayerCard)},
	{Codes: []konnektor.Code{konnektor.CodeReceiptOfOther, konnektor.CodeReceiptMissing},
		Steps: first(ActionReadWithOnlineCheck)},
	{Codes: []konnektor.Code{konnektor.CodeSMCBLocked},
		Steps: []Step{{Action: ActionUnlockSMCB}, {Action: ActionReadAgain, Automatic: true}}},
	{Codes: []konnektor.Code{konnektor.CodeHBALocked},
		Steps: []Step{{Action: ActionUnlockHBA}, {Action: ActionReadAgain, Automatic: true}}},

	{Codes: []konnektor.Code{konnektor.CodeBadRequest, konnektor.CodeContextIncomplete},
		Steps: first(ActionProgramFault)},
	{Codes: []konnektor.Code{konnektor.CodeInternal},
		Steps: []Step{
			{Action: ActionReadAgain, Times: 1},
			{Action: ActionReplacementProcedure, When: WhenSomeOldG2},
			{Action: ActionReadLater, When: WhenSomeOldG2},
		},
		Source: "field reports: with some older G2 cards only, a central problem of certificates (CVC root of 2014); no local remedy"},
	{Codes: []konnektor.Code{konnektor.CodeCriticalState},
		Steps: then(first(ActionShowOperatingState, ActionRestartKonnektor), WhenStillFailing, ActionITService)},
	{Codes: []konnektor.Code{konnektor.CodeBadUser}, Steps: first(ActionSetUserID)},
	{Codes: []konnektor.Code{
		konnektor.CodeBadMandant, konnektor.CodeBadClientSystem, konnektor.CodeBadWorkplace, konnektor.CodeBadTerminal,
		konnektor.CodeSMCBNotManaged, konnektor.CodeClientSystemOfOther, konnektor.CodeWorkplaceOfOther,
		konnektor.CodeTerminalOfOther, konnektor.CodeSMCBOfOther, konnektor.CodeWorkplaceNotLinked,
		konnektor.CodeTerminalNotReachable, konnektor.CodeTerminalNotLocal,
		konnektor.CodeNoAccessRule, konnektor.CodeTerminalOfNoWorkplace,
	}, Steps: first(ActionFixContext, ActionITService)},
	{Codes: []konnektor.Code{konnektor.CodeHBAOtherUser},
		Steps: then(first(ActionReadAgain), WhenStillFailing, ActionFixContext, ActionITService)},
	{Codes: []konnektor.Code{
		konnektor.CodeCardNotInserted, konnektor.CodeHandleInvalid, konnektor.CodeHandleUnknown,
		konnektor.CodeHandleWithoutCard, konnektor.CodeHandleGone, konnektor.CodeHandleRejected,
	}, Steps: []Step{{Action: ActionRefreshHandle, Times: 1, Automatic: true}},
		Source: "4265: as the others (client of an open implementation)"},
	{Codes: []konnektor.Code{konnektor.CodeCardInOtherSession, konnektor.CodeResourceBusy, konnektor.CodeCardBusy},
		Steps: []Step{{Action: ActionWait, Automatic: true}}},
	{Codes: []konnektor.Code{
		konnektor.CodeCardAccess, konnektor.CodeNoApplication, konnektor.CodeCardToCard, konnektor.CodeCardRefused,
	}, Steps: then(first(ActionReinsertCard), WhenStillFailing, ActionInsurer, ActionITService)},
	{Codes: []konnektor.Code{konnektor.CodeWrongCardType}, Steps: first(ActionInsertEGK)},
	{Codes: []konnektor.Code{konnektor.CodeCardToCardSource}, Steps: first(ActionUnlockSMCB, ActionReadAgain)},
	{Codes: []konnektor.Code{konnektor.CodeCardToCardTarget}, Steps: reinsertInsurer},
	{Codes: []konnektor.Code{konnektor.CodeCardTimeout}, Steps: first(ActionReinsertCard)},
	{Codes: []konnektor.Code{konnektor.CodeNoVPN},
		Steps: then(first(ActionCheckInternet, ActionReadAgain), WhenStillFailing, ActionITService)},
	{Codes: []konnektor.Code{konnektor.CodeNotAuthentic}, Steps: first(ActionFixConnection)},

	{Codes: []konnektor.Code{konnektor.CodeUpdateBackend, konnektor.CodeUpdateUnspecified, konnektor.CodeBackendInternal},
		Steps:  readAgainIT,
		Source: "as a fault no data came; gemILF_PS and the manual differ on 12999, the split into fault and EC resolves both (inferred)"},
	{Codes: []konnektor.Code{konnektor.CodeUpdateCardDefective}, Steps: reinsertInsurer},
}

// failures says what to do when there is neither answer nor fault. When the
// Konnektor is down, the card is read later, or the replacement procedure
// serves (gemILF_PS V2.17.0).
var failures = [...]struct {
	kinds  []konnektor.Kind
	reason Reason
	steps  []Step
}{
	{
		[]konnektor.Kind{konnektor.KindUnreachable, konnektor.KindTimeout},
		ReasonNoAnswer,
		then(first(ActionReadLater, ActionReplacementProcedure), WhenStillFailing, ActionITService),
	},
	{
		[]konnektor.Kind{
			konnektor.KindConfig, konnektor.KindUnknownHost, konnektor.KindNoTLS, konnektor.KindTLS,
			konnektor.KindCertificate, konnektor.KindCertificateName, konnektor.KindCertificateExpired,
			konnektor.KindBrainpool, konnektor.KindClientCertificate, konnektor.KindUnauthorized, konnektor.KindNoService,
		},
		ReasonSettings,
		first(ActionFixConnection, ActionReadLater, ActionReplacementProcedure),
	},
	{
		[]konnektor.Kind{
			konnektor.KindHTTP, konnektor.KindFault, konnektor.KindEmpty,
			konnektor.KindTooLarge, konnektor.KindMalformed,
		},
		ReasonBadAnswer, readAgainIT,
	},
	{[]konnektor.Kind{konnektor.KindCancelled}, ReasonNotSent, first(ActionReadAgain)},
	{[]konnektor.Kind{konnektor.KindRequest}, ReasonNotSent, first(ActionProgramFault)},
	{[]konnektor.Kind{konnektor.KindNotInserted}, ReasonNotSent, first(ActionReinsertCard)},
}
