package vsdm

import "slices"

// Action is one thing to do next. The texts for practice staff are written in
// package operations, one for each of Actions.
type Action string

// The actions.
const (
	// At the card terminal.
	ActionReinsertCard Action = "reinsert-card" // take the eGK out and insert it again
	ActionReinsertHPC  Action = "reinsert-hpc"  // take SMC-B or HBA out and insert it again
	ActionUnlockSMCB   Action = "unlock-smcb"   // enter PIN.SMC
	ActionUnlockHBA    Action = "unlock-hba"    // enter PIN.CH
	ActionUnlockHPC    Action = "unlock-hpc"    // whichever of the two was used
	ActionInsertEGK    Action = "insert-egk"    // the card read is of another type: pick the eGK

	// With the patient.
	ActionNewerCard            Action = "newer-card"            // ask for a newer card
	ActionOtherCard            Action = "other-card"            // ask for another card
	ActionOtherPayerCard       Action = "other-payer-card"      // ask for the card of another payer
	ActionInsurer              Action = "insurer"               // the patient is to ask the insurer
	ActionReplacementProcedure Action = "replacement-procedure" // Ersatzverfahren, Anlage 4a BMV-Ae
	ActionInform               Action = "inform"                // tell the patient that there is no claim
	ActionOtherPayer           Action = "other-payer"           // somebody else pays
	ActionShowLimitedClaim     Action = "show-limited-claim"    // the claim is limited: show it

	// Reading again.
	ActionReadAgain           Action = "read-again"             // with the same flags
	ActionReadWithOnlineCheck Action = "read-with-online-check" // with both flags; in a standalone setup at the online Konnektor
	ActionWait                Action = "wait-and-read-again"    // another workplace uses the card
	ActionRefreshHandle       Action = "refresh-handle"         // list the cards, then read with the new handle
	ActionReadLater           Action = "read-later"             // when the Konnektor works again
	ActionRepeatNextVisit     Action = "repeat-next-visit"      // check online at the next visit in the quarter

	// With devices and settings.
	ActionITService          Action = "it-service"
	ActionFixContext         Action = "fix-context"          // Aufrufkontext and its assignments on the Konnektor
	ActionFixConnection      Action = "fix-connection"       // address, certificate or login of the Konnektor
	ActionSetUserID          Action = "set-user-id"          // the HBA needs a UserID in the Aufrufkontext
	ActionShowOperatingState Action = "show-operating-state" // what Client.Resource tells of the Konnektor
	ActionRestartKonnektor   Action = "restart-konnektor"
	ActionCheckInternet      Action = "check-internet"
	ActionProgramFault       Action = "program-fault" // log it and tell the maker of the program

	// In the PVS.
	ActionStoreReadDate Action = "store-read-date" // there is no receipt: keep the day of the read
	ActionShowCode      Action = "show-code"       // code, text and last trace are all that is known
)

// Actions lists all actions, in the order in which they are defined.
func Actions() []Action {
	return slices.Clone(actions[:])
}

var actions = [...]Action{
	ActionReinsertCard, ActionReinsertHPC, ActionUnlockSMCB, ActionUnlockHBA, ActionUnlockHPC, ActionInsertEGK,
	ActionNewerCard, ActionOtherCard, ActionOtherPayerCard, ActionInsurer, ActionReplacementProcedure,
	ActionInform, ActionOtherPayer, ActionShowLimitedClaim,
	ActionReadAgain, ActionReadWithOnlineCheck, ActionWait, ActionRefreshHandle,
	ActionReadLater, ActionRepeatNextVisit,
	ActionITService, ActionFixContext, ActionFixConnection, ActionSetUserID, ActionShowOperatingState,
	ActionRestartKonnektor, ActionCheckInternet, ActionProgramFault,
	ActionStoreReadDate, ActionShowCode,
}

// When says in which case a step is to be taken.
type When string

// The cases. The empty When means in any case, and at once.
const (
	WhenStillFailing When = "still-failing"      // the steps before did not help
	WhenOnlyThisCard When = "only-this-card"     // other cards can be read
	WhenManyCards    When = "many-cards"         // other cards fail too
	WhenSomeOldG2    When = "some-older-g2-only" // only some older cards of generation 2 fail
	WhenNoOtherCard  When = "no-other-card"      // the patient has none
)

// Whens lists all cases but the empty one.
func Whens() []When {
	return []When{WhenStillFailing, WhenOnlyThisCard, WhenManyCards, WhenSomeOldG2, WhenNoOtherCard}
}

// Step is an Action in its place.
type Step struct {
	Action Action
	When   When
	// Times bounds how often the step is taken; 0 means that no bound is known.
	Times int
	// Automatic says that a program may take the step without asking.
	Automatic bool
}

// Reason is why a verdict is as it is.
type Reason string

// The reasons.
const (
	ReasonChecked            Reason = "checked"             // the online check succeeded (E 1, 2)
	ReasonCheckNotPossible   Reason = "check-not-possible"  // it was technically not possible (E 3, 5)
	ReasonOfflineTooLong     Reason = "offline-too-long"    // and the longest time offline is exceeded (E 6)
	ReasonCertificateInvalid Reason = "certificate-invalid" // of the card (E 4)
	ReasonUnknownResult      Reason = "unknown-result"      // the receipt cannot be understood
	ReasonNoReceipt          Reason = "no-receipt"          // none was asked for or returned
	ReasonOtherQuarter       Reason = "other-quarter"       // the receipt is of another quarter
	ReasonStoredReceipt      Reason = "stored-receipt"      // one that is stored counts
	ReasonNoOnlineDuty       Reason = "no-online-duty"      // the practice need not check online

	ReasonNotYetInsured    Reason = "not-yet-insured"     // the day is before Beginn
	ReasonNoLongerInsured  Reason = "no-longer-insured"   // the day is after Ende
	ReasonCoverUnknown     Reason = "cover-unknown"       // Beginn or Ende cannot be understood
	ReasonDormant          Reason = "dormant"             // the claim is dormant (ArtDesRuhens 1)
	ReasonLimitedClaim     Reason = "limited-claim"       // the claim is limited (ArtDesRuhens 2)
	ReasonDormantUnknown   Reason = "dormant-unknown"     // its dates or its kind cannot be understood
	ReasonOpenTransactions Reason = "open-transactions"   // an update of the card was interrupted
	ReasonFault            Reason = "fault"               // the Konnektor answered a fault
	ReasonCardNoProof      Reason = "card-no-proof"       // the card is no proof, whatever else holds
	ReasonNoAnswer         Reason = "no-answer"           // the Konnektor was not reached, or did not answer in time
	ReasonBadAnswer        Reason = "bad-answer"          // its answer cannot be read
	ReasonSettings         Reason = "settings"            // the connection is not set up rightly
	ReasonNotSent          Reason = "not-sent"            // the request was refused or given up by the program
	ReasonNotRecognised    Reason = "card-not-recognised" // the card is of type UNKNOWN
)

// Reasons lists all reasons, in the order in which they are defined.
func Reasons() []Reason {
	return slices.Clone(reasons[:])
}

var reasons = [...]Reason{
	ReasonChecked, ReasonCheckNotPossible, ReasonOfflineTooLong, ReasonCertificateInvalid, ReasonUnknownResult,
	ReasonNoReceipt, ReasonOtherQuarter, ReasonStoredReceipt, ReasonNoOnlineDuty,
	ReasonNotYetInsured, ReasonNoLongerInsured, ReasonCoverUnknown, ReasonDormant, ReasonLimitedClaim,
	ReasonDormantUnknown, ReasonOpenTransactions, ReasonFault, ReasonCardNoProof, ReasonNoAnswer,
	ReasonBadAnswer, ReasonSettings, ReasonNotSent, ReasonNotRecognised,
}
