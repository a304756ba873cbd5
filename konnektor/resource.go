package konnektor

import (
	"context"
	"errors"
	"time"
)

// Terminal is a card terminal that the Konnektor knows.
type Terminal struct {
	ID         TerminalID
	Name       string
	Product    Product
	Workplaces []string // WorkplaceIds
	MAC        string   // with dashes, as on the wire
	IP         string   // IPv4 or IPv6; empty when unknown
	Slots      int
	Physical   bool
	Connected  bool
}

// CardTerminals lists the card terminals. mandantWide lists all of the Mandant,
// not only those of the workplace.
func (c *Client) CardTerminals(ctx context.Context, mandantWide bool) ([]Terminal, *Warning, error) {
	return nil, nil, errors.New("konnektor: not yet")
}

// ResourceQuery names one resource; the zero value means the Konnektor itself.
type ResourceQuery struct {
	Terminal TerminalID
	Slot     int
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
func (c *Client) Resource(ctx context.Context, q ResourceQuery) (Resource, *Warning, error) {
	return Resource{}, nil, errors.New("konnektor: not yet")
}

// PINState is the state of a PIN (PinStatus).
type PINState string

// The states of CardService v8.1.
const (
	PINVerified   PINState = "VERIFIED"
	PINTransport  PINState = "TRANSPORT_PIN"
	PINEmpty      PINState = "EMPTY_PIN"
	PINBlocked    PINState = "BLOCKED"
	PINVerifiable PINState = "VERIFIABLE"
	PINDisabled   PINState = "DISABLED"
)

// PINStatus is the state of one PIN and the tries left; -1 when not told.
type PINStatus struct {
	State     PINState
	LeftTries int
}

// PINStatus reads the state of a PIN (GetPinStatus). It uses up no try.
func (c *Client) PINStatus(ctx context.Context, card CardHandle, pin PINType) (PINStatus, *Warning, error) {
	return PINStatus{}, nil, errors.New("konnektor: not yet")
}
