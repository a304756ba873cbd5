package tsl

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
)

// State is what somebody who follows the lists remembers from one to the next:
// a Konnektor, or this program. It is a value; Accept returns a new one. In
// JSON certificates are DER in base64.
type State struct {
	Environment Environment
	Anchor      *certs.Certificate // the TSL-CA that is trusted
	Announced   *Announcement      // the one that will be, nil for none
	List        *Stored            // the list in use, nil for none
}

// NewState begins with the anchor that is compiled in for an environment. Its
// error is that of AnchorOf.
func NewState(e Environment) (State, error) {
	anchor, err := AnchorOf(e)
	if err != nil {
		return State{}, err
	}
	return State{Environment: e, Anchor: anchor}, nil
}

// AnchorAt is the anchor in force: the announced one from its activation on,
// and then no longer the one before.
func (s State) AnchorAt(at time.Time) *certs.Certificate {
	if s.Announced != nil && !at.Before(s.Announced.Active) {
		return s.Announced.Certificate
	}
	return s.Anchor
}

// Accept judges a list as the next one and follows it. Environment, Anchors and
// Stored of the options are those of the state. When the list is refused, or is
// the one in use, the state stays as it is.
func (s State) Accept(data []byte, o Options) (State, *Result, error) {
	anchor := s.AnchorAt(o.At)
	if anchor == nil {
		return s, nil, refuse(CodeAnchorMissing, nil, "no trust anchor to check with")
	}
	o.Environment, o.Anchors, o.Stored = s.Environment, []*certs.Certificate{anchor}, s.List
	r, err := Verify(data, o)
	if err != nil || r.Same {
		return s, r, err
	}
	if anchor != s.Anchor {
		s.Anchor, s.Announced = anchor, nil
	}
	if r.Announced != nil && !r.Announced.Certificate.Equal(s.Anchor) {
		s.Announced = r.Announced
	}
	s.List = r.List.Stored()
	return s, r, nil
}

// stateJSON is State in JSON.
type stateJSON struct {
	Environment Environment    `json:"environment"`
	Anchor      []byte         `json:"anchor"`
	Announced   *announcedJSON `json:"announced,omitempty"`
	List        *Stored        `json:"list,omitempty"`
}

type announcedJSON struct {
	Name        string    `json:"name"`
	Active      time.Time `json:"active"`
	Certificate []byte    `json:"certificate"`
}

// MarshalJSON writes the state. It fails without an anchor.
func (s State) MarshalJSON() ([]byte, error) {
	if s.Anchor == nil {
		return nil, fmt.Errorf("tsl: state: no trust anchor")
	}
	j := stateJSON{Environment: s.Environment, Anchor: s.Anchor.Raw, List: s.List}
	if a := s.Announced; a != nil {
		j.Announced = &announcedJSON{a.Name, a.Active, a.Certificate.Raw}
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON wrote. Whoever can change it decides what
// is trusted: keep it as safe as the program itself. What is no state, or has a
// certificate that cannot be read, is an error, and s stays as it was.
func (s *State) UnmarshalJSON(data []byte) error {
	var j stateJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return fmt.Errorf("tsl: state: %w", err)
	}
	anchor, err := certs.Parse(j.Anchor)
	if err != nil {
		return fmt.Errorf("tsl: state: trust anchor: %w", err)
	}
	read := State{Environment: j.Environment, Anchor: anchor, List: j.List}
	if a := j.Announced; a != nil {
		cert, err := certs.Parse(a.Certificate)
		if err != nil {
			return fmt.Errorf("tsl: state: announced trust anchor: %w", err)
		}
		read.Announced = &Announcement{a.Name, a.Active, cert}
	}
	*s = read
	return nil
}
