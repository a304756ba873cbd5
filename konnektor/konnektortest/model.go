package konnektortest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// Model is the information model of the Konnektor: who may call from where and
// reach which terminal (gemSpec_Kon, Zugriffsberechtigungsdienst).
type Model struct {
	Mandanten []Mandant
	Terminals []Terminal
}

// Mandant is a tenant.
type Mandant struct {
	ID string
	// ClientSystems are the client systems assigned to the Mandant.
	ClientSystems []string
	// Workplaces are the workplaces assigned to the Mandant.
	Workplaces []Workplace
	// Terminals are the card terminals assigned to the Mandant.
	Terminals []konnektor.TerminalID
	// SMCBs are the ICCSNs of the SMC-Bs that the Mandant may use.
	SMCBs []konnektor.ICCSN
}

// Workplace is a workplace of a Mandant.
type Workplace struct {
	ID string
	// ClientSystems may call from here; nil means all of the Mandant.
	ClientSystems []string
	// Local are the terminals that stand here. Only they read an eGK.
	Local []konnektor.TerminalID
	// Remote are the terminals that this workplace uses from afar.
	Remote []konnektor.TerminalID
	// RemotePIN is the local terminal at which PINs for cards in remote
	// terminals are entered; empty means none.
	RemotePIN konnektor.TerminalID
}

// Terminal is a card terminal.
type Terminal struct {
	ID      konnektor.TerminalID
	Name    string // empty means the ID
	Slots   int    // 0 means 4
	MAC     string // with dashes; empty means one made from its place in the list
	IP      string // IPv4 or IPv6; empty means that the Konnektor does not say
	Virtual bool   // IS_PHYSICAL false, as the terminal that stands for an HSM
	// Disconnected starts the terminal without connection; it then has no
	// product information and no card.
	Disconnected bool
}

// The identifiers of [DefaultModel].
const (
	firstSMCB  konnektor.ICCSN = "80276883110000000011"
	secondSMCB konnektor.ICCSN = "80276883110000000029"
)

// DefaultModel is two practices that share a Konnektor: Mandant1 with the
// client systems Clientsystem1 and Clientsystem2, the workplaces Arbeitsplatz1
// (terminal T1 local) and Arbeitsplatz2 (T2 local, T1 remote); and Mandant2 with
// Clientsystem1, Arbeitsplatz3 and T3. The caller may change what it returns.
func DefaultModel() *Model {
	return &Model{
		Terminals: []Terminal{
			{ID: "T1", Name: "Empfang", IP: "192.0.2.41"},
			{ID: "T2", Name: "Sprechzimmer", IP: "2001:db8::42", Slots: 3},
			{ID: "T3", Name: "Nachbarpraxis", Slots: 2},
		},
		Mandanten: []Mandant{{
			ID:            "Mandant1",
			ClientSystems: []string{"Clientsystem1", "Clientsystem2"},
			Workplaces: []Workplace{
				{ID: "Arbeitsplatz1", Local: []konnektor.TerminalID{"T1"}},
				{ID: "Arbeitsplatz2", ClientSystems: []string{"Clientsystem1"},
					Local: []konnektor.TerminalID{"T2"}, Remote: []konnektor.TerminalID{"T1"}},
			},
			Terminals: []konnektor.TerminalID{"T1", "T2"},
			SMCBs:     []konnektor.ICCSN{firstSMCB},
		}, {
			ID:            "Mandant2",
			ClientSystems: []string{"Clientsystem1"},
			Workplaces:    []Workplace{{ID: "Arbeitsplatz3", Local: []konnektor.TerminalID{"T3"}}},
			Terminals:     []konnektor.TerminalID{"T3"},
			SMCBs:         []konnektor.ICCSN{secondSMCB},
		}},
	}
}

// check refuses a model that names what it does not have.
func (m *Model) check() error {
	if len(m.Mandanten) == 0 || len(m.Terminals) == 0 {
		return errors.New("konnektortest: model: needs a Mandant and a terminal")
	}
	for _, t := range m.Terminals {
		if t.ID == "" || len(t.ID) > 64 || t.Slots < 0 {
			return fmt.Errorf("konnektortest: model: terminal %q", t.ID)
		}
	}
	for _, mandant := range m.Mandanten {
		if err := mandant.check(m); err != nil {
			return err
		}
	}
	return nil
}

func (m *Mandant) check(model *Model) error {
	if m.ID == "" || len(m.ClientSystems) == 0 || len(m.Workplaces) == 0 {
		return fmt.Errorf("konnektortest: model: Mandant %q needs a client system and a workplace", m.ID)
	}
	used := slices.Clone(m.Terminals)
	for _, w := range m.Workplaces {
		used = append(append(used, w.Local...), w.Remote...)
		for _, cs := range w.ClientSystems {
			if !slices.Contains(m.ClientSystems, cs) {
				return fmt.Errorf("konnektortest: model: workplace %q names an unknown client system %q", w.ID, cs)
			}
		}
	}
	for _, id := range used {
		if model.terminal(id) == nil {
			return fmt.Errorf("konnektortest: model: Mandant %q names an unknown terminal %q", m.ID, id)
		}
	}
	return nil
}

// clone copies m, so that later changes by the caller do not reach the server.
func (m *Model) clone() *Model {
	c := &Model{Terminals: slices.Clone(m.Terminals), Mandanten: slices.Clone(m.Mandanten)}
	for i := range c.Mandanten {
		x := &c.Mandanten[i]
		x.ClientSystems, x.Workplaces = slices.Clone(x.ClientSystems), slices.Clone(x.Workplaces)
		x.Terminals, x.SMCBs = slices.Clone(x.Terminals), slices.Clone(x.SMCBs)
		for j := range x.Workplaces {
			w := &x.Workplaces[j]
			w.ClientSystems = slices.Clone(w.ClientSystems)
			w.Local, w.Remote = slices.Clone(w.Local), slices.Clone(w.Remote)
		}
	}
	for i := range c.Terminals {
		t := &c.Terminals[i]
		t.Slots, t.Name = or(t.Slots, 4), or(t.Name, string(t.ID))
		t.MAC = or(t.MAC, fmt.Sprintf("02-00-00-00-%02X-%02X", i>>8&0xff, i&0xff))
	}
	return c
}

func (m *Model) terminal(id konnektor.TerminalID) *Terminal {
	return find(m.Terminals, func(t Terminal) bool { return t.ID == id })
}

func (m *Model) mandant(id string) *Mandant {
	return find(m.Mandanten, func(x Mandant) bool { return x.ID == id })
}

// clientSystem says whether any Mandant has the client system.
func (m *Model) clientSystem(id string) bool {
	return slices.ContainsFunc(m.Mandanten, func(x Mandant) bool { return slices.Contains(x.ClientSystems, id) })
}

// clientSystems lists all client systems once.
func (m *Model) clientSystems() []string {
	var all []string
	for _, x := range m.Mandanten {
		all = append(all, x.ClientSystems...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// hasWorkplace says whether any Mandant has the workplace.
func (m *Model) hasWorkplace(id string) bool {
	return slices.ContainsFunc(m.Mandanten, func(x Mandant) bool { return x.workplace(id) != nil })
}

// managed says whether the SMC-B is registered for any Mandant.
func (m *Model) managed(iccsn konnektor.ICCSN) bool {
	return slices.ContainsFunc(m.Mandanten, func(x Mandant) bool { return slices.Contains(x.SMCBs, iccsn) })
}

func (m *Mandant) workplace(id string) *Workplace {
	return find(m.Workplaces, func(w Workplace) bool { return w.ID == id })
}

// allows says whether the client system may call from the workplace.
func (w *Workplace) allows(clientSystem string) bool {
	return w.ClientSystems == nil || slices.Contains(w.ClientSystems, clientSystem)
}

func (w *Workplace) local(id konnektor.TerminalID) bool { return slices.Contains(w.Local, id) }

func (w *Workplace) reaches(id konnektor.TerminalID) bool {
	return w.local(id) || slices.Contains(w.Remote, id)
}

func find[T any](list []T, ok func(T) bool) *T {
	if i := slices.IndexFunc(list, ok); i >= 0 {
		return &list[i]
	}
	return nil
}
