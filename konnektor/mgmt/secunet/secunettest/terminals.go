package secunettest

import (
	"net/http"
	"slices"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

func (b *Box) terminal(id konnektor.TerminalID) *konnektortest.Terminal {
	model := b.Konnektor.Model()
	i := slices.IndexFunc(model.Terminals, func(t konnektortest.Terminal) bool { return t.ID == id })
	if i < 0 {
		return nil
	}
	return &model.Terminals[i]
}

// internalID is what the lists refer to each other by.
func internalID(id string) string { return "int-" + id }

// known finds a terminal by its cardTerminalId, which the addresses of terminals
// have (PAL-Varo/TIConnector).
func (b *Box) known(id string) *konnektortest.Terminal {
	if b.correlation(konnektor.TerminalID(id)) == "" {
		return nil
	}
	return b.terminal(konnektor.TerminalID(id))
}

// correlation is how far a terminal is set up; "" means that it was removed.
func (b *Box) correlation(id konnektor.TerminalID) string {
	if set, ok := b.internal["correlation "+string(id)].(string); ok {
		return set
	}
	return "AKTIV"
}

func mac(t *konnektortest.Terminal) any {
	out := []byte(t.MAC)
	for i := range out {
		if out[i] == '-' {
			out[i] = ':'
		}
	}
	return orNull(string(out))
}

func (b *Box) listTerminals(*mgmttest.Call) mgmttest.Answer {
	list := []map[string]any{}
	for _, t := range b.Konnektor.Model().Terminals {
		if b.correlation(t.ID) != "" {
			list = append(list, b.terminalObject(&t))
		}
	}
	return answer(list)
}

func (b *Box) oneTerminal(c *mgmttest.Call) mgmttest.Answer {
	t := b.known(c.Args[0])
	if t == nil {
		return mgmttest.Answer{Status: http.StatusNotFound}
	}
	return answer(b.terminalObject(t))
}

// terminalObject is a terminal. Blanks at the end of versions are real; some
// fields are absent on an HSK.
func (b *Box) terminalObject(t *konnektortest.Terminal) map[string]any {
	slots := []map[string]any{}
	for _, c := range b.Konnektor.Cards() {
		if c.Terminal == t.ID {
			slots = append(slots, b.card(c))
		}
	}
	m := map[string]any{
		"internalId": internalID(string(t.ID)), "cardTerminalId": string(t.ID), "label": t.Name, "physical": !t.Virtual,
		"ipAddress": orNull(t.IP), "port": 4742, "hostname": t.Name, "macAddress": mac(t),
		"adminUsername": "admin", "adminPassword": nil, "pairingConnectorSubjectName": nil,
		"expirationAuthCertificate": b.Clock.Now().AddDate(2, 0, 0).Truncate(day).UnixMilli(), "authCertificate": nil,
		"slotCount": t.Slots, "slotInfos": slots, "validSicctVersion": true,
		"correlation": b.correlation(t.ID), "connected": !t.Disconnected, "userRole": "USER",
		"productinformation": map[string]any{
			"informationDate": b.started.UnixMilli(), "manufacturer": "DECHY", "model": "ST1506",
			"sicctVersion": "0120 ", "softwareVersion": "0100 ", "productTypeVersion": "1.6.0 ", "firmwareVersion": "4.0.33 ",
			"hardwareVersion": "4.0.0 ", "firmwareGroupVersion": "00179", "ehealthInterfaceVersion": "1.0.0 ",
		},
	}
	if b.opts.Product != HSK {
		m["renewPairingNeeded"], m["autoUpdate"] = false, true
		m["protocolErrorMax"], m["cardStatusSwallowedCheckEnabled"] = 3, true
		m["protocolErrorLifetime"] = map[string]any{"amount": 600, "unit": "SECONDS"}
	}
	if t.Disconnected {
		m["productinformation"] = nil
	}
	return m
}

// correlate is the operation that brings a terminal to a step, from certain
// others only.
func correlate(to string, from ...string) func(*Box, *mgmttest.Call) mgmttest.Answer {
	return func(b *Box, c *mgmttest.Call) mgmttest.Answer {
		t := b.known(c.Args[0])
		switch {
		case t == nil:
			return mgmttest.Answer{Status: http.StatusNotFound}
		case b.correlation(t.ID) == to:
			return done()
		case !slices.Contains(from, b.correlation(t.ID)):
			return failure(http.StatusConflict, "Kartenterminal")
		}
		b.change(c, "terminal", string(t.ID)+" "+b.correlation(t.ID), string(t.ID)+" "+to, func() {
			b.internal["correlation "+string(t.ID)] = to
			_ = b.Konnektor.SetConnected(t.ID, to == "AKTIV")
		})
		return done()
	}
}

// connectTerminal connects a terminal that is set up.
func (b *Box) connectTerminal(c *mgmttest.Call) mgmttest.Answer {
	t := b.known(c.Args[0])
	switch {
	case t == nil:
		return mgmttest.Answer{Status: http.StatusNotFound}
	case b.correlation(t.ID) != "AKTIV":
		return failure(http.StatusConflict, "Kartenterminal")
	case t.Disconnected:
		b.change(c, "terminal", string(t.ID)+" disconnected", string(t.ID)+" connected", func() {
			_ = b.Konnektor.SetConnected(t.ID, true)
		})
	}
	return done()
}
