package konnektor

import (
	"strings"
	"unicode/utf8"
)

// CallContext is the Aufrufkontext: who calls, in the names under which an
// administrator registered them on the Konnektor. Each has at most 64
// characters (ConnectorCommon v5.0).
type CallContext struct {
	// MandantID names the tenant: a practice, or one of several that share a
	// Konnektor.
	MandantID string `json:"mandant_id"`
	// ClientSystemID names the PVS installation.
	ClientSystemID string `json:"client_system_id"`
	// WorkplaceID names the workplace (Arbeitsplatz).
	WorkplaceID string `json:"workplace_id"`
	// UserID names the person. It is needed for sessions with an HBA only.
	UserID string `json:"user_id,omitempty"`
}

// maxContextName is how many characters a name in a CallContext may have.
const maxContextName = 64

// check finds a CallContext that is neither empty nor complete, or that the
// wire cannot carry.
func (c CallContext) check() error {
	for _, f := range []struct{ name, value string }{
		{"mandant_id", c.MandantID}, {"client_system_id", c.ClientSystemID},
		{"workplace_id", c.WorkplaceID}, {"user_id", c.UserID},
	} {
		switch {
		case f.value == "" && f.name != "user_id" && c != (CallContext{}):
			return configFailure("call: " + f.name + " is missing")
		case utf8.RuneCountInString(f.value) > maxContextName:
			return configFailure("call: " + f.name + " has more than 64 characters")
		case !sendable(f.value):
			return configFailure("call: " + f.name + " has a character that XML cannot carry")
		}
	}
	return nil
}

// sendable reports whether XML can carry s.
func sendable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
	})
}
