package konnektor

import (
	"context"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/connectorcommon50"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/eventservice72"
	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// ResourceQuery names one resource; the zero value means the Konnektor itself.
// Else it is a card, by handle, by ICCSN, or by terminal and slot, or, with the
// terminal alone, a terminal.
type ResourceQuery struct {
	Terminal TerminalID
	Slot     int // counts from 1; only together with Terminal
	ICCSN    ICCSN
	Card     CardHandle
}

// Resource is the state of one resource: exactly one field is set.
type Resource struct {
	Konnektor *State
	Card      *Card
	Terminal  *Terminal
}

// State is the state of the Konnektor itself.
type State struct {
	TI, SIS VPN
	// Operating lists the operating conditions (Betriebszustaende). A healthy
	// Konnektor lists all of them with Active false.
	Operating []OperatingState
}

// VPN is the state of one tunnel.
type VPN struct {
	Online bool
	Since  time.Time
}

// OperatingState is one condition, such as EC_No_VPN_TI_Connection.
type OperatingState struct {
	Condition string // code as on the wire, without the parameter
	Parameter string // what stands in brackets behind it, such as a CtId; may be empty
	Severity  string // Fatal, Error, Warning, Info
	Type      string // Operation, Security, Infrastructure
	Active    bool
	Since     time.Time
}

// Resource reads the state of one resource (GetResourceInformation).
//
// It returns an [*Error], with CodeSlotEmpty or CodeNoSuchICCSN for a card that
// is not inserted, or a [*Failure]. Resource is safe for concurrent use.
func (c *Client) Resource(ctx context.Context, q ResourceQuery) (Resource, *Warning, error) {
	op := eventservice72.OperationGetResourceInformation
	req, err := q.request(op.Name)
	if err != nil {
		return Resource{}, nil, err
	}
	var resp eventservice72.GetResourceInformationResponse
	if err := c.Invoke(ctx, op, req, &resp); err != nil {
		return Resource{}, nil, err
	}
	warning, err := outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
	if err != nil {
		return Resource{}, nil, err
	}
	// A device may add the terminal of a card or the Konnektor; what was asked
	// for decides.
	switch {
	case q == ResourceQuery{} && resp.Connector != nil:
		return Resource{Konnektor: newState(resp.Connector)}, warning, nil
	case q.isTerminal() && resp.CardTerminal != nil:
		terminal := newTerminal(resp.CardTerminal)
		return Resource{Terminal: &terminal}, warning, nil
	case q != ResourceQuery{} && !q.isTerminal() && resp.Card != nil:
		card := newCard(resp.Card)
		c.handles.learn(card)
		return Resource{Card: &card}, warning, nil
	}
	return Resource{}, nil, fail(KindMalformed, op.Name, "answer without the resource")
}

func (q ResourceQuery) isTerminal() bool {
	return q.Terminal != "" && q == ResourceQuery{Terminal: q.Terminal}
}

func (q ResourceQuery) request(op string) (*eventservice72.GetResourceInformation, error) {
	ways := 0
	for _, given := range []bool{q.Terminal != "", q.ICCSN != "", q.Card != ""} {
		if given {
			ways++
		}
	}
	if ways > 1 {
		return nil, fail(KindRequest, op, "more than one of terminal, ICCSN and card")
	}
	req := new(eventservice72.GetResourceInformation)
	var err error
	if req.CtID, req.SlotID, err = place(op, q.Terminal, q.Slot); err != nil {
		return nil, err
	}
	if q.ICCSN != "" {
		req.ICCSN = new(string(q.ICCSN))
	}
	if q.Card != "" {
		req.CardHandle = new(string(q.Card))
	}
	return req, nil
}

func newState(v *connectorcommon50.Connector) *State {
	s := &State{
		TI:  newVPN(v.VPNTIStatus.ConnectionStatus, v.VPNTIStatus.Timestamp),
		SIS: newVPN(v.VPNSISStatus.ConnectionStatus, v.VPNSISStatus.Timestamp),
	}
	for i := range v.OperatingState.ErrorState {
		e := &v.OperatingState.ErrorState[i]
		condition, parameter := splitCondition(e.ErrorCondition)
		s.Operating = append(s.Operating, OperatingState{
			Condition: condition, Parameter: parameter, Severity: string(e.Severity),
			Type: string(e.Type), Active: e.Value, Since: e.ValidFrom.Time,
		})
	}
	return s
}

func newVPN(status connectorcommon50.ConnectionStatus, since wire.DateTime) VPN {
	return VPN{Online: status == connectorcommon50.ConnectionStatusOnline, Since: since.Time}
}

// splitCondition splits EC_CardTerminal_Not_Available(CT_ID_0176).
func splitCondition(s string) (condition, parameter string) {
	s = strings.TrimSpace(s)
	before, after, ok := strings.Cut(s, "(")
	if !ok || !strings.HasSuffix(after, ")") {
		return s, ""
	}
	return strings.TrimSpace(before), strings.TrimSpace(strings.TrimSuffix(after, ")"))
}
