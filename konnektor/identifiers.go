package konnektor

import (
	"fmt"
	"io"
	"log/slog"
)

// KVNR is the unchangeable part of a Krankenversichertennummer: one capital
// letter and nine digits (CardServiceCommon v2.0, KvnrType).
//
// A KVNR names a patient. Printing it with any verb, logging it with slog and
// encoding it as JSON or other text give "***"; string(k) is the one way to the
// value. A program that stores or sends it converts it on purpose. Two gaps
// cannot be closed: an unexported field that package fmt prints, and the key of
// a map that encoding/json writes.
type KVNR string

// String is "***", or empty for the empty KVNR.
func (k KVNR) String() string { return mask(string(k)) }

// GoString is String.
func (k KVNR) GoString() string { return mask(string(k)) }

// Format writes String, whatever the verb.
func (k KVNR) Format(f fmt.State, _ rune) { writeMasked(f, string(k)) }

// LogValue is String.
func (k KVNR) LogValue() slog.Value { return slog.StringValue(mask(string(k))) }

// MarshalText is String, so that no encoder writes a KVNR by accident.
func (k KVNR) MarshalText() ([]byte, error) { return []byte(mask(string(k))), nil }

// Name is a person's name. Like KVNR it is masked wherever it is printed,
// logged or encoded; string(n) is the one way to the value.
type Name string

// String is "***", or empty for the empty Name.
func (n Name) String() string { return mask(string(n)) }

// GoString is String.
func (n Name) GoString() string { return mask(string(n)) }

// Format writes String, whatever the verb.
func (n Name) Format(f fmt.State, _ rune) { writeMasked(f, string(n)) }

// LogValue is String.
func (n Name) LogValue() slog.Value { return slog.StringValue(mask(string(n))) }

// MarshalText is String, so that no encoder writes a name by accident.
func (n Name) MarshalText() ([]byte, error) { return []byte(mask(string(n))), nil }

// Detail is the Detail of a fault, which may quote data of a patient. It is
// masked like KVNR; string(d) is the one way to the value.
type Detail string

// String is "***", or empty for the empty Detail.
func (d Detail) String() string { return mask(string(d)) }

// GoString is String.
func (d Detail) GoString() string { return mask(string(d)) }

// Format writes String, whatever the verb.
func (d Detail) Format(f fmt.State, _ rune) { writeMasked(f, string(d)) }

// LogValue is String.
func (d Detail) LogValue() slog.Value { return slog.StringValue(mask(string(d))) }

// MarshalText is String, so that no encoder writes a Detail by accident.
func (d Detail) MarshalText() ([]byte, error) { return []byte(mask(string(d))), nil }

// Secret is a password or key. Every way of printing or logging masks it;
// string(s) is the one way to the value. As JSON it is itself, so that a Config
// can be stored: keep that file as safe as the secret.
type Secret string

// String is "***", or empty for the empty Secret.
func (s Secret) String() string { return mask(string(s)) }

// GoString is String.
func (s Secret) GoString() string { return mask(string(s)) }

// Format writes String, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { writeMasked(f, string(s)) }

// LogValue is String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(mask(string(s))) }

// PatientText is what a card says about a person beside name and KVNR, such as
// the address. Like KVNR it is masked wherever it is printed, logged or encoded;
// string(p) is the one way to the value.
type PatientText string

// String is "***", or empty for the empty PatientText.
func (p PatientText) String() string { return mask(string(p)) }

// GoString is String.
func (p PatientText) GoString() string { return mask(string(p)) }

// Format writes String, whatever the verb.
func (p PatientText) Format(f fmt.State, _ rune) { writeMasked(f, string(p)) }

// LogValue is String.
func (p PatientText) LogValue() slog.Value { return slog.StringValue(mask(string(p))) }

// MarshalText is String, so that no encoder writes a PatientText by accident.
func (p PatientText) MarshalText() ([]byte, error) { return []byte(mask(string(p))), nil }

// Content is the content of a document: what is signed, encrypted or kept on a
// card. It may be about a patient, so that it is masked like KVNR wherever it is
// printed, logged or encoded. A []byte can be used as a Content and the other way
// round without conversion; []byte(c) is the way to the value where fmt or an
// encoder would see it.
type Content []byte

// String is "***", or empty for no Content.
func (c Content) String() string { return mask(string(c[:min(len(c), 1)])) }

// GoString is String.
func (c Content) GoString() string { return c.String() }

// Format writes String, whatever the verb.
func (c Content) Format(f fmt.State, _ rune) { writeMasked(f, c.String()) }

// LogValue is String.
func (c Content) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText is String, so that no encoder writes a Content by accident.
func (c Content) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// mask stands for a value that must not be shown. That a value is missing may
// be shown.
func mask(s string) string {
	if s == "" {
		return ""
	}
	return "***"
}

func writeMasked(w io.Writer, s string) {
	_, _ = io.WriteString(w, mask(s)) // fmt keeps no error of a Formatter
}

// writeShown writes what may be seen of a value that holds masked ones. Such a
// value needs a Format of its own: under a verb that does not fit, package fmt
// prints what is behind a pointer without asking it.
func writeShown(w io.Writer, s string) {
	_, _ = io.WriteString(w, s) // fmt keeps no error of a Formatter
}

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

// PINType is the kind of PIN (PinTyp), at most 64 characters.
type PINType string

// The PIN types that gemSpec_Kon names for HBA, eGK and SMC-B. The eGK has
// further ones (MRPIN.*, PIN.AMTS_REP).
const (
	PINCH  PINType = "PIN.CH"
	PINSMC PINType = "PIN.SMC"
	PINQES PINType = "PIN.QES"
)
