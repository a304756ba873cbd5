package exchange

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// Level is how much a finding matters.
type Level string

// The levels. LevelOpen means that a person has to find out.
const (
	LevelOK      Level = "ok"
	LevelInfo    Level = "info"
	LevelOpen    Level = "open"
	LevelWarning Level = "warning"
	LevelError   Level = "error" // the practice cannot work like this, or not for long
)

// Finding is the result of a check about one thing.
type Finding struct {
	Check   string `json:"check"` // a Check... key
	Level   Level  `json:"level"`
	Key     string `json:"key"` // a Key..., what was found
	Subject string `json:"subject,omitempty"`
	Before  string `json:"before,omitempty"`
	After   string `json:"after,omitempty"`
	Text    string `json:"text"` // English
}

// The keys of findings. Together with its check a key tells what was found.
const (
	KeyBackupOld                = "backup-old"
	KeyCardMissing              = "card-missing"
	KeyClientCertificateMissing = "client-certificate-missing"
	KeyContextMissing           = "context-missing"
	KeyContextNew               = "context-new"
	KeyExpired                  = "expired"
	KeyExpiresSoon              = "expires-soon"
	KeyFunctionTestFailed       = "function-test-failed"
	KeyKeepRegistration         = "keep-registration"
	KeyLicenceFile              = "licence-file"
	KeyLicenceMissing           = "licence-missing"
	KeyLicencesUnknown          = "licences-unknown"
	KeyNewState                 = "new-state"
	KeyNoBackup                 = "no-backup"
	KeyNotRead                  = "not-read"
	KeyNotTested                = "not-tested"
	KeyNotTold                  = "not-told"
	KeyOK                       = "ok"
	KeyOtherAddress             = "other-address"
	KeyOtherCertificate         = "other-certificate"
	KeyOtherFirmware            = "other-firmware"
	KeyOtherProduct             = "other-product"
	KeyPINNotEntered            = "pin-not-entered"
	KeySameBox                  = "same-box"
	KeyTerminalAddress          = "terminal-address"
	KeyTerminalDisconnected     = "terminal-disconnected"
	KeyTerminalFirmware         = "terminal-firmware"
	KeyTerminalID               = "terminal-id"
	KeyTerminalMissing          = "terminal-missing"
	KeyTerminalNew              = "terminal-new"
	KeyTerminalState            = "terminal-state"
	KeyVPNDown                  = "vpn-down"
)

// The subjects of findings about the certificates of boxes.
const (
	SubjectBox = "certificate of the box"
	SubjectOld = "certificate of the old box"
	SubjectNew = "certificate of the new box"
)

// The snapshot that a part is missing in, as After of a finding.
const (
	SideBefore = "before"
	SideAfter  = "after"
)

// SoonMonths is how many months before its end a certificate or a card is worth a
// warning: within them a practice gets another one.
const SoonMonths = 3

// findings collects what checks find.
type findings []Finding

func (f *findings) add(check string, level Level, key, subject, before, after, text string) {
	*f = append(*f, Finding{check, level, key, subject, before, after, text})
}

// ok adds that a check found nothing since n.
func (f *findings) ok(check string, n int, format string, args ...any) {
	if len(*f) == n {
		f.add(check, LevelOK, KeyOK, "", "", "", fmt.Sprintf(format, args...))
	}
}

// ends warns of an end that is near. The zero time is not known.
func (f *findings) ends(check, subject string, end, at time.Time) {
	day := end.UTC().Format(time.DateOnly)
	switch {
	case end.IsZero():
	case !at.Before(end):
		f.add(check, LevelError, KeyExpired, subject, "", day, "has expired")
	case !at.AddDate(0, SoonMonths, 0).Before(end):
		f.add(check, LevelWarning, KeyExpiresSoon, subject, "", day, "expires within three months")
	}
}

// Compare finds what is different after an exchange. The order is that of the
// checklist.
func Compare(before, after Snapshot, at time.Time) []Finding {
	var f findings
	f.known(before, after)
	f.product(before, after)
	f.certificate(before, after, at)
	f.address(before, after)
	f.vpn(after)
	f.states(before, after)
	f.terminals(before, after, at)
	f.cards(before, after, at)
	f.pins(before, after)
	f.contexts(before, after)
	f.clientSystems(before, after, at)
	f.licences(before, after)
	f.function(after)
	f.add(CheckDeregistration, LevelOpen, KeyKeepRegistration, "", "", "", "keep the old box registered until the new one has worked for some days")
	return f
}

// known tells what could not be compared.
func (f *findings) known(before, after Snapshot) {
	n := len(*f)
	for _, s := range []struct {
		name string
		gaps []Gap
	}{{SideBefore, before.Missing}, {SideAfter, after.Missing}} {
		for _, g := range s.gaps {
			f.add(CheckComplete, LevelOpen, KeyNotRead, g.Part, "", s.name, "could not be read, is to be compared by hand: "+g.Reason)
		}
	}
	f.ok(CheckComplete, n, "everything could be read")
}

func (f *findings) product(before, after Snapshot) {
	n := len(*f)
	a, b := before.Product, after.Product
	if a.Serial != "" && a.Serial == b.Serial {
		f.add(CheckProduct, LevelWarning, KeySameBox, "", a.Serial, b.Serial, "it is the same box")
	}
	if a.Vendor != b.Vendor || a.Code != b.Code {
		f.add(CheckProduct, LevelInfo, KeyOtherProduct, "", a.String(), b.String(), "another product: a backup cannot be restored on it")
	}
	if a.Firmware != b.Firmware {
		f.add(CheckFirmware, LevelWarning, KeyOtherFirmware, "", a.Firmware, b.Firmware, "another firmware: a backup may contain what it does not know")
	}
	f.ok(CheckFirmware, n, "%s", b)
}

func (f *findings) certificate(before, after Snapshot, at time.Time) {
	a, b := before.Certificate, after.Certificate
	if b == nil {
		return
	}
	if a == nil || a.SHA256 != b.SHA256 {
		was := ""
		if a != nil {
			was = a.words()
		}
		f.add(CheckCertificate, LevelInfo, KeyOtherCertificate, "", was, b.words(), "every PVS, KIM and sink of events must trust the new certificate")
	}
	f.ends(CheckCertificate, SubjectBox, b.NotAfter, at)
}

func (f *findings) address(before, after Snapshot) {
	if before.Address != after.Address {
		f.add(CheckAddress, LevelInfo, KeyOtherAddress, "", before.Address, after.Address, "to be set in every PVS, terminal, KIM and firewall")
	}
}

func (f *findings) vpn(after Snapshot) {
	switch {
	case after.VPN == nil:
		f.add(CheckVPN, LevelOpen, KeyNotTold, "", "", "", "the box does not tell whether the VPN is up")
	case !*after.VPN:
		f.add(CheckVPN, LevelError, KeyVPNDown, "", "", "", "the VPN of the TI is down: is the box registered?")
	default:
		f.add(CheckVPN, LevelOK, KeyOK, "", "", "", "the VPN of the TI is up")
	}
}

func (f *findings) states(before, after Snapshot) {
	n := len(*f)
	for _, s := range after.States {
		if !slices.Contains(before.States, s) {
			f.add(CheckStates, LevelWarning, KeyNewState, s, "", "", "was not set before")
		}
	}
	f.ok(CheckStates, n, "no new operating state")
}

// same reports whether two terminals are one: by their address in the network
// card, for a new box gives IDs of its own; else by ID.
func (t Terminal) same(other Terminal) bool {
	if t.MAC != "" && other.MAC != "" {
		return t.MAC == other.MAC
	}
	return t.ID == other.ID
}

func (f *findings) terminals(before, after Snapshot, at time.Time) {
	n := len(*f)
	for _, a := range before.Terminals {
		i := slices.IndexFunc(after.Terminals, a.same)
		if i < 0 {
			f.add(CheckTerminals, LevelError, KeyTerminalMissing, a.words(), "", "", "is not known to the box")
			continue
		}
		f.terminal(a, after.Terminals[i])
	}
	for _, b := range after.Terminals {
		if !slices.ContainsFunc(before.Terminals, b.same) {
			f.add(CheckTerminals, LevelInfo, KeyTerminalNew, b.words(), "", "", "was not there before")
		}
		f.ends(CheckTerminals, b.words(), b.Expires, at)
	}
	f.ok(CheckTerminals, n, "%d terminals", len(after.Terminals))
}

// terminal compares one. A box gives a terminal its own ID, and a DHCP server
// another address: neither is a mistake, both may be set somewhere.
func (f *findings) terminal(a, b Terminal) {
	if a.Connected && !b.Connected {
		f.add(CheckTerminals, LevelError, KeyTerminalDisconnected, b.words(), "", "", "was connected and is not: is it paired and switched on?")
	}
	for _, d := range []struct{ key, before, after, text string }{
		{KeyTerminalID, string(a.ID), string(b.ID), "has another ID: a PVS that names it must be told"},
		{KeyTerminalAddress, a.IP, b.IP, "has another address"},
		{KeyTerminalFirmware, a.Firmware, b.Firmware, "has another firmware"},
		{KeyTerminalState, a.Correlation, b.Correlation, "has another state of pairing"},
	} {
		if d.before != d.after {
			f.add(CheckTerminals, LevelInfo, d.key, b.words(), d.before, d.after, d.text)
		}
	}
}

func (f *findings) cards(before, after Snapshot, at time.Time) {
	n := len(*f)
	for _, a := range before.Cards {
		i := slices.IndexFunc(after.Cards, func(b Card) bool { return b.ICCSN == a.ICCSN })
		level := LevelError
		if a.Type == konnektor.CardHBA {
			level = LevelWarning // its holder may have it in the pocket
		}
		if i < 0 {
			f.add(CheckCards, level, KeyCardMissing, a.words(), "", "", "is not inserted, or not to be seen")
		}
	}
	for _, b := range after.Cards {
		f.ends(CheckCards, b.words(), b.Expires, at)
	}
	f.ok(CheckCards, n, "%d cards of the practice", len(after.Cards))
}

func (f *findings) pins(before, after Snapshot) {
	n := len(*f)
	for _, b := range after.PINs {
		i := slices.IndexFunc(before.PINs, func(a PIN) bool { return a.ICCSN == b.ICCSN && a.Mandant == b.Mandant })
		was := ""
		if i >= 0 {
			was = before.PINs[i].Status
		}
		if b.Status != was && b.Status != string(konnektor.PINVerified) && b.Status != string(konnektor.PINDisabled) {
			f.add(CheckPINs, LevelError, KeyPINNotEntered, b.words(), was, b.Status, "the PIN must be entered at the terminal")
		}
	}
	f.ok(CheckPINs, n, "as before")
}

func (f *findings) contexts(before, after Snapshot) {
	n := len(*f)
	for _, a := range before.Contexts {
		if !slices.Contains(after.Contexts, a) {
			f.add(CheckContexts, LevelError, KeyContextMissing, a.words(), "", "", "a PVS that uses it is refused")
		}
	}
	for _, b := range after.Contexts {
		if !slices.Contains(before.Contexts, b) {
			f.add(CheckContexts, LevelInfo, KeyContextNew, b.words(), "", "", "was not there before")
		}
	}
	f.ok(CheckContexts, n, "%d contexts", len(after.Contexts))
}

func (f *findings) clientSystems(before, after Snapshot, at time.Time) {
	n := len(*f)
	for _, a := range before.ClientSystems {
		if !slices.ContainsFunc(after.ClientSystems, func(b ClientCertificate) bool {
			return a.ClientSystem == b.ClientSystem && a.NotAfter.Equal(b.NotAfter)
		}) {
			f.add(CheckClientSystems, LevelError, KeyClientCertificateMissing, a.words(), "", "", "a PVS that shows it is refused")
		}
	}
	for _, b := range after.ClientSystems {
		f.ends(CheckClientSystems, b.words(), b.NotAfter, at)
	}
	f.ok(CheckClientSystems, n, "%d certificates of client systems", len(after.ClientSystems))
}

func (f *findings) licences(before, after Snapshot) {
	n := len(*f)
	for _, a := range before.Licences {
		if a.Licensed && !slices.Contains(after.Licences, a) {
			f.add(CheckLicence, LevelError, KeyLicenceMissing, a.Feature, "", "", "was licensed: a backup does not contain licences")
		}
	}
	f.ok(CheckLicence, n, "as before")
}

func (f *findings) function(s Snapshot) {
	switch s.FunctionTest {
	case TestPassed:
		f.add(CheckFunction, LevelOK, KeyOK, "", "", "", "a card was read")
	case TestFailed:
		f.add(CheckFunction, LevelError, KeyFunctionTestFailed, "", "", codesAndReason(s), "no card can be read")
	default:
		f.add(CheckFunction, LevelOpen, KeyNotTested, "", "", "", "no card was read for a test")
	}
}

func codesAndReason(s Snapshot) string {
	parts := []string{}
	for _, c := range s.FunctionCodes {
		parts = append(parts, fmt.Sprint(c))
	}
	if s.FunctionReason != "" {
		parts = append(parts, s.FunctionReason)
	}
	return strings.Join(parts, " ")
}

func (c *Certificate) words() string {
	return fmt.Sprintf("%s / %s / %s", c.Key, c.NotAfter.Format(time.DateOnly), c.Serial)
}

func (t Terminal) words() string {
	if t.MAC == "" {
		return string(t.ID)
	}
	return fmt.Sprintf("%s (%s)", t.ID, t.MAC)
}

func (c Card) words() string { return fmt.Sprintf("%s %s", c.Type, c.ICCSN) }

func (c Context) words() string { return c.Mandant + " / " + c.ClientSystem + " / " + c.Workplace }

func (c ClientCertificate) words() string { return strings.TrimSpace(c.ClientSystem + " " + c.Name) }

func (p PIN) words() string { return strings.TrimSpace(string(p.ICCSN) + " " + p.Mandant) }
