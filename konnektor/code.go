package konnektor

import (
	"slices"
	"strconv"
	"strings"
)

//go:generate go run ./internal/codegen

// Code is a fault code of the TI. errors.Is(err, code) finds it in any entry of
// a trace. Codes that are not in the table work like the others.
type Code int

// Codes that a PVS reacts to, named after what to do about them. The table
// ([Code.Info]) has their texts and all others.
const (
	// Codes of the card (gemSpec_OM).
	CodeCardNotAnswering       Code = 101 // take the card out and insert it again
	CodeDeviceFailed           Code = 102
	CodeSoftwareFailed         Code = 103
	CodeModuleFailed           Code = 104
	CodeCardUnreadable         Code = 105 // reinsert; else the insurer
	CodeCardInvalidOnline      Code = 106 // the card is no proof: ask for a newer one
	CodeCardInvalidOffline     Code = 107 // the card is no proof: ask for a newer one
	CodeCardLogFailed          Code = 108 // reinsert and read again
	CodeHealthcareUnreadable   Code = 109 // SMC-B or HBA: reinsert, unlock again
	CodeCardCommandFailed      Code = 110
	CodeCardReadFailed         Code = 111
	CodeCardWriteFailed        Code = 112 // reinsert and read again
	CodeCardOutdated           Code = 113 // the card is no proof: ask for a newer one
	CodeCardLocked             Code = 114 // health application locked: ask for a newer card
	CodeCardOlderThanG2        Code = 115 // ask for a newer card
	CodeCardGenerationRejected Code = 4192

	// Codes of central services of VSDM. In a receipt they come with result 3
	// and the card stays valid.
	CodeBackendInternal      Code = 500
	CodeUpdateNotResponsible Code = 11101
	CodeUpdateRejected       Code = 11148
	CodeUpdateUnspecified    Code = 11999
	CodeUpdateUnknown        Code = 12101
	CodeUpdateOutOfOrder     Code = 12102
	CodeUpdateUnauthentic    Code = 12103
	CodeUpdateCardDefective  Code = 12105 // no data: reinsert; else the insurer
	CodeUpdateBackend        Code = 12999

	// Codes of the module VSDM (gemSpec_FM_VSDM).
	CodeDataInconsistent    Code = 3001 // read again with online check
	CodeContainerUnreadable Code = 3011 // reinsert
	CodeKVKUnreadable       Code = 3020
	CodeKVKChecksum         Code = 3021
	CodeReceiptOfOther      Code = 3039 // read again with online check
	CodeReceiptMissing      Code = 3040 // read again with online check
	CodeSMCBLocked          Code = 3041 // unlock the SMC-B and repeat
	CodeHBALocked           Code = 3042 // unlock the HBA and repeat

	// Codes of every request (gemSpec_Kon).
	CodeBadRequest     Code = 4000 // a mistake of the program
	CodeInternal       Code = 4001 // look at the earlier entries of the trace
	CodeCriticalState  Code = 4002 // see Resource for the operating state
	CodeNotAllowed     Code = 4058
	CodeNoVPN          Code = 4174 // no tunnel to the TI
	CodeNotAuthentic   Code = 4204 // our TLS certificate or password
	CodeSubscriptionID Code = 4102 // subscribe again

	// Codes of the Aufrufkontext: an administrator corrects the names on the
	// Konnektor or in the Config.
	CodeBadUser               Code = 4003 // UserID is missing
	CodeBadMandant            Code = 4004
	CodeBadClientSystem       Code = 4005
	CodeBadWorkplace          Code = 4006
	CodeBadTerminal           Code = 4007
	CodeSMCBNotManaged        Code = 4009
	CodeClientSystemOfOther   Code = 4010
	CodeWorkplaceOfOther      Code = 4011
	CodeTerminalOfOther       Code = 4012
	CodeSMCBOfOther           Code = 4013
	CodeWorkplaceNotLinked    Code = 4014
	CodeTerminalNotReachable  Code = 4015
	CodeTerminalNotLocal      Code = 4016
	CodeHBAOtherUser          Code = 4018
	CodeNoAccessRule          Code = 4019
	CodeTerminalOfNoWorkplace Code = 4020
	CodeContextIncomplete     Code = 4021
	CodeTerminalID            Code = 4096
	CodeSlotID                Code = 4097
	CodeSlotEmpty             Code = 4098
	CodeNoSuchICCSN           Code = 4099

	// The handle is stale: list the cards again. Invoke does so once.
	CodeCardNotInserted   Code = 4008
	CodeHandleInvalid     Code = 4047
	CodeHandleUnknown     Code = 4101
	CodeHandleWithoutCard Code = 4131
	CodeHandleGone        Code = 4146
	CodeHandleRejected    Code = 4265

	// The card is in use: wait. Invoke repeats what may be repeated.
	CodeCardInOtherSession Code = 4017
	CodeResourceBusy       Code = 4060
	CodeCardBusy           Code = 4093

	// Codes of the access to a card.
	CodeCardAccess       Code = 4045
	CodeNoApplication    Code = 4046
	CodeCardToCard       Code = 4048
	CodeWrongCardType    Code = 4051
	CodeCardRefused      Code = 4052
	CodeCardToCardSource Code = 4056 // unlock the SMC-B and repeat
	CodeCardToCardTarget Code = 4057 // reinsert the eGK
	CodeCardTimeout      Code = 4094
	CodeNoSession        Code = 4266

	// Codes of PIN operations.
	CodePINTimeout    Code = 4043
	CodePINCancelled  Code = 4049
	CodePINWrong      Code = 4061 // tries remain
	CodePUKWrong      Code = 4062
	CodePINWasBlocked Code = 4063
	CodePUKBlocked    Code = 4064
	CodePINTransport  Code = 4065 // change the PIN first
	CodePINPadBusy    Code = 4039
	CodePINPadMissing Code = 4066
	CodePINsDiffer    Code = 4067
	CodePINLength     Code = 4068
	CodePINReference  Code = 4072
	CodePINObject     Code = 4073
	CodePINNowBlocked Code = 4082
	CodeNoRemotePIN   Code = 4092
	CodePINIsWrong    Code = 4276
	CodePINIsBlocked  Code = 4275
)

// firstVendorCode is where the codes begin that a vendor or a service behind
// the Konnektor gives out; they pass through (gemSpec_Kon).
const firstVendorCode = 10000

// Error makes a Code a target of errors.Is.
func (c Code) Error() string {
	return strconv.Itoa(int(c)) + " " + c.Info().Meaning
}

// CodeInfo is what the code table says about a code.
type CodeInfo struct {
	Code Code
	// Layer is the specification or service that gives out the code, such as
	// gemSpec_Kon; empty for a code that is not in the table.
	Layer string
	// Severity and Type are as the specification has them; empty where it gives
	// none.
	Severity, Type string
	// Meaning is an English text without data.
	Meaning string
	Remedy  RemedyClass
}

// RemedyClass says who can do something about a fault.
type RemedyClass string

// The classes of the code table. The zero value stands for a code that is not
// in it.
const (
	RemedyNone        RemedyClass = "none"              // nothing to be done
	RemedyRetry       RemedyClass = "retry"             // try again
	RemedyUser        RemedyClass = "user"              // the person at the workplace
	RemedyAdmin       RemedyClass = "admin"             // the practice's IT service
	RemedyReplaceCard RemedyClass = "replace-card"      // another card
	RemedyRestart     RemedyClass = "konnektor-restart" // restart the Konnektor
	RemedyOffline     RemedyClass = "offline-fallback"  // go on without the service
)

// Advice is one English line for the practice.
func (r RemedyClass) Advice() string {
	switch r {
	case RemedyNone:
		return "nothing to be done"
	case RemedyRetry:
		return "try again"
	case RemedyUser:
		return "check card and entry at the workplace and try again"
	case RemedyAdmin:
		return "ask the IT service: it is a matter of settings"
	case RemedyReplaceCard:
		return "use another card"
	case RemedyRestart:
		return "restart the Konnektor; if it stays, ask the IT service"
	case RemedyOffline:
		return "go on without the online check and repeat it at the next visit"
	}
	return "show code and text to the IT service"
}

// Info looks the code up in the code table. For a code that is not in it, Layer
// and Remedy are empty. A code that two services give out needs [Trace.Info].
func (c Code) Info() CodeInfo {
	i, ok := slices.BinarySearchFunc(codeTable[:], c, func(info CodeInfo, c Code) int { return int(info.Code) - int(c) })
	switch {
	case ok:
		return codeTable[i]
	case c >= firstVendorCode:
		return CodeInfo{Code: c, Meaning: "code of the vendor or of a service behind the Konnektor"}
	}
	return CodeInfo{Code: c, Meaning: "unknown code"}
}

// Info is what the code table says about t, read together with t.CompType:
// central services of VSDM and the specifications of the Konnektor give out the
// codes 5, 500, 1006 and 1011 with different meanings (gemSpec_OM,
// gemSpec_PKI). What 5, 1006 and 1011 mean at the central services, and 500 at
// the Konnektor, is not known.
func (t Trace) Info() CodeInfo {
	info := t.Code.Info()
	switch t.Code {
	case 5, 1006, 1011:
		if t.central() {
			return CodeInfo{
				Code: t.Code, Layer: "VSDM-Fachdienst", Remedy: RemedyOffline,
				Meaning: "fault of a central VSDM service (the number has another meaning at the Konnektor)",
			}
		}
	case 500:
		if t.CompType == "Konnektor" {
			return CodeInfo{
				Code: t.Code, Remedy: RemedyRetry,
				Meaning: "fault of the Konnektor (the number is known from central VSDM services only)",
			}
		}
	}
	return info
}

// central reports whether t comes from a central service of VSDM: update flag
// service, card management or insured-person data.
func (t Trace) central() bool {
	return slices.ContainsFunc([]string{"UFS", "VSDD", "CMS", "CCS", "Fachdienst"}, func(s string) bool {
		return strings.Contains(t.CompType, s)
	})
}
