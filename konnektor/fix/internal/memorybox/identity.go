package memorybox

import (
	"context"
	"errors"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// Served is the certificate that a TLS handshake with the services shows, DER.
// No call of management is involved.
func (b *Box) Served(ctx context.Context) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if b.clock.Now().Before(b.up) {
		return nil, errors.New("memorybox: no handshake")
	}
	if b.state.Source == mgmt.IdentityRenewed {
		for _, c := range b.renewed {
			if c.Profile == "C.AK.AUT" {
				return c.Certificate.Raw, nil
			}
		}
	}
	return b.original, nil
}

// ServerIdentity is the choice. It is complete with AK, NK and SAK.
func (b *Box) ServerIdentity(ctx context.Context) (mgmt.ServerIdentity, error) {
	var s mgmt.ServerIdentity
	err := b.call(ctx, mgmt.OpServerIdentityGet, func() error {
		s = mgmt.ServerIdentity{Source: b.state.Source, Renewed: b.renewed, Complete: true}
		for _, profile := range []string{"C.AK.AUT", "C.NK.VPN", "C.SAK.AUT"} {
			s.Complete = s.Complete && b.hasRenewed(profile)
		}
		return nil
	})
	return s, err
}

func (b *Box) hasRenewed(profile string) bool {
	for _, c := range b.renewed {
		if c.Profile == profile {
			return true
		}
	}
	return false
}

// SetServerIdentity chooses.
func (b *Box) SetServerIdentity(ctx context.Context, source mgmt.IdentitySource) error {
	return b.call(ctx, mgmt.OpServerIdentitySet, func() error {
		b.target().Source = source
		return nil
	})
}

// Registration is the state at the VPN access service.
func (b *Box) Registration(ctx context.Context) (mgmt.Registration, error) {
	var r mgmt.Registration
	err := b.call(ctx, mgmt.OpRegistrationGet, func() error {
		r = b.state.Registered
		return nil
	})
	return r, err
}

// Register registers anew, with what is renewed.
func (b *Box) Register(ctx context.Context, r mgmt.RegistrationRequest) error {
	return b.call(ctx, mgmt.OpRegistrationRenew, func() error {
		if r.ContractID == "" || r.MandantID == "" || r.SMCB == "" {
			return &mgmt.RefusedError{Operation: mgmt.OpRegistrationRenew, Status: 400}
		}
		b.target().Registered = mgmt.Registration{Registered: true, Renewed: len(b.renewed) > 0, ContractID: r.ContractID, MandantID: r.MandantID}
		return nil
	})
}
