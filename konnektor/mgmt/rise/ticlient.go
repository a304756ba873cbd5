package rise

import (
	"context"
	_ "embed"
	"encoding/json"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

//go:embed ticlient.json
var tiClientProfile []byte

// TIClientDriver is the driver for the TI-Client (from 2.6.1) in front of a
// virtual Konnektor, for [mgmt.Open]. Its port is not published: Config.Port must
// be set. User and password are client_id and client_secret.
func TIClientDriver() mgmt.Driver { return tiClientDriver{} }

type tiClientDriver struct{}

// Recognises takes the virtual Konnektor.
func (tiClientDriver) Recognises(p mgmt.Product) bool {
	return p.Vendor == mgmt.RISE && virtual(p)
}

// Vendor is RISE.
func (tiClientDriver) Vendor() mgmt.Vendor { return mgmt.RISE }

// Ports is empty: none is published.
func (tiClientDriver) Ports() []int { return nil }

// Profile is ticlient.json.
func (tiClientDriver) Profile() []byte { return tiClientProfile }

// Open makes the Device.
func (tiClientDriver) Open(b *mgmt.Base) mgmt.Device { return &TIClient{b} }

// TIClient is a TI-Client. What its answers consist of is not published: they are
// its JSON. So are the bodies of some requests, which the caller gives.
type TIClient struct{ *mgmt.Base }

// Correlation is how far a terminal is known, as on the wire.
type Correlation string

// The correlations.
const (
	Bekannt        Correlation = "BEKANNT"
	Zugewiesen     Correlation = "ZUGEWIESEN"
	Gepairt        Correlation = "GEPAIRT"
	Aktiv          Correlation = "AKTIV"
	Aktualisierend Correlation = "AKTUALISIEREND"
)

// call carries out op and returns the JSON of the TI-Client.
func (c *TIClient) call(ctx context.Context, op mgmt.Operation, values mgmt.Values) (json.RawMessage, error) {
	a, err := c.Do(ctx, op, values)
	if err != nil {
		return nil, err
	}
	return a.JSON()
}

func (c *TIClient) with(ctx context.Context, op mgmt.Operation, body json.RawMessage) (json.RawMessage, error) {
	return c.call(ctx, op, mgmt.Values{"body": body})
}

// TerminalStates lists the card terminals (CTM_CT_LIST).
func (c *TIClient) TerminalStates(ctx context.Context) (json.RawMessage, error) {
	return c.call(ctx, mgmt.OpClientTerminals, nil)
}

// TerminalState reads one card terminal.
func (c *TIClient) TerminalState(ctx context.Context, id konnektor.TerminalID) (json.RawMessage, error) {
	return c.call(ctx, mgmt.OpClientTerminal, mgmt.Values{"terminal": string(id)})
}

// Discover looks for card terminals.
func (c *TIClient) Discover(ctx context.Context, body json.RawMessage) (json.RawMessage, error) {
	return c.with(ctx, mgmt.OpClientDiscover, body)
}

// Assign assigns a card terminal.
func (c *TIClient) Assign(ctx context.Context, body json.RawMessage) (json.RawMessage, error) {
	return c.with(ctx, mgmt.OpClientAssign, body)
}

// BeginSession begins an admin session at a card terminal.
func (c *TIClient) BeginSession(ctx context.Context, body json.RawMessage) (json.RawMessage, error) {
	return c.with(ctx, mgmt.OpClientBeginSession, body)
}

// EndSession ends an admin session at a card terminal.
func (c *TIClient) EndSession(ctx context.Context, body json.RawMessage) (json.RawMessage, error) {
	return c.with(ctx, mgmt.OpClientEndSession, body)
}

// Add makes a card terminal known by address and port.
func (c *TIClient) Add(ctx context.Context, address string, port int) (json.RawMessage, error) {
	return c.call(ctx, mgmt.OpClientAdd, mgmt.Values{"address": address, "port": port})
}

// ChangeCorrelation changes how far a card terminal is known.
func (c *TIClient) ChangeCorrelation(ctx context.Context, id konnektor.TerminalID, to Correlation) (json.RawMessage, error) {
	return c.call(ctx, mgmt.OpClientCorrelation, mgmt.Values{"terminal": string(id), "correlation": string(to)})
}

// InitializePairing begins the pairing of a card terminal.
func (c *TIClient) InitializePairing(ctx context.Context, body json.RawMessage) (json.RawMessage, error) {
	return c.with(ctx, mgmt.OpClientPairInit, body)
}

// FinalizePairing ends the pairing of a card terminal.
func (c *TIClient) FinalizePairing(ctx context.Context, body json.RawMessage) (json.RawMessage, error) {
	return c.with(ctx, mgmt.OpClientPairFinal, body)
}

// Proxies lists the card terminal proxies of the TI-Client itself.
func (c *TIClient) Proxies(ctx context.Context) (json.RawMessage, error) {
	return c.call(ctx, mgmt.OpClientProxies, nil)
}

// Proxy reads one of them.
func (c *TIClient) Proxy(ctx context.Context, uuid string) (json.RawMessage, error) {
	return c.call(ctx, mgmt.OpClientProxy, mgmt.Values{"proxy": uuid})
}

// Tasks reads the task scheduler.
func (c *TIClient) Tasks(ctx context.Context) (json.RawMessage, error) {
	return c.call(ctx, mgmt.OpClientTasks, nil)
}

// ActivateProxy logs the TI-Client in at the Konnektor, with an account of the
// Konnektor.
func (c *TIClient) ActivateProxy(ctx context.Context, account mgmt.Credentials) (json.RawMessage, error) {
	return c.call(ctx, mgmt.OpClientActivate, mgmt.Values{"user": account.User, "password": string(account.Password)})
}

// PINPlus reads the state of PIN-Plus.
func (c *TIClient) PINPlus(ctx context.Context) (json.RawMessage, error) {
	return c.call(ctx, mgmt.OpClientPINPlus, nil)
}

// PINPlusCards lists the cards that PIN-Plus supports.
func (c *TIClient) PINPlusCards(ctx context.Context) (json.RawMessage, error) {
	return c.call(ctx, mgmt.OpClientPINPlusCards, nil)
}
