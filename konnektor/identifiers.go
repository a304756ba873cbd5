package konnektor

// KVNR is the unchangeable part of a Krankenversichertennummer: one capital
// letter and nine digits (CardServiceCommon v2.0, KvnrType).
//
// A KVNR names a patient. String, GoString and LogValue mask it; string(k) is
// the one way to the value.
type KVNR string

// ICCSN is the serial number of a card: twenty digits.
type ICCSN string

// CardHandle names an inserted card. It lives from insertion to removal, to the
// loss of the terminal or to the restart of the Konnektor. At most 128
// characters.
type CardHandle string

// TerminalID names a card terminal (CtId), 1 to 64 characters.
type TerminalID string

// CardType is the type of a card as the Konnektor recognises it.
type CardType string

// The card types of CardServiceCommon v2.0. The last two stand for groups and
// are for requests only.
const (
	CardEGK     CardType = "EGK"
	CardHBAqSig CardType = "HBA-qSig"
	CardHBA     CardType = "HBA"
	CardSMCB    CardType = "SMC-B"
	CardHSMB    CardType = "HSM-B"
	CardSMCKT   CardType = "SMC-KT"
	CardKVK     CardType = "KVK"
	CardZOD     CardType = "ZOD_2.0"
	CardUnknown CardType = "UNKNOWN"
	CardHBAx    CardType = "HBAx"
	CardSMB     CardType = "SM-B"
)

// PINType is the kind of PIN (PinTyp).
type PINType string

// The PIN types that gemSpec_Kon names for HBA, eGK and SMC-B.
const (
	PINCH  PINType = "PIN.CH"
	PINSMC PINType = "PIN.SMC"
	PINQES PINType = "PIN.QES"
)
