package konnektor

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
