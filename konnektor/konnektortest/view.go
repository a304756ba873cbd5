package konnektortest

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"slices"
	"time"
)

// State is an operating state, raised or not.
type State struct {
	Name     string // such as EC_CardTerminal_Not_Available(T1)
	Severity string // Info, Warning, Error, Fatal
	Kind     string // Operation, Security, Infrastructure
	Active   bool
	Since    time.Time
}

// States returns all operating states by name, raised or not.
func (k *Konnektor) States() []State {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.followClock()
	var all []State
	for _, c := range k.states {
		all = append(all, State{c.name, c.severity, c.kind, c.active, c.since})
	}
	slices.SortFunc(all, func(a, b State) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// Model returns a copy of the information model as it is now.
func (k *Konnektor) Model() *Model {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.model.clone()
}

func parseLeaf(c tls.Certificate) (*x509.Certificate, error) {
	return x509.ParseCertificate(c.Certificate[0])
}
