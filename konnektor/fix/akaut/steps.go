package akaut

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/internal/known"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// The keys of the steps.
const (
	keyRegistration = "registration"
	keyIdentity     = "server-identity/" + string(mgmt.IdentityRenewed)
	keyPin          = "pin"
)

// How long the steps may take: the access service answers through the VPN, and
// the services begin anew with another certificate.
const (
	waitRegistration     = 10 * time.Minute
	waitIdentity         = 15 * time.Minute
	estimateRegistration = time.Minute
	estimateIdentity     = 30 * time.Second
)

// snapshot is what a step needs to be undone in another process: no secrets, for
// certificates are none.
type snapshot struct {
	Source      mgmt.IdentitySource `json:"source,omitempty"`
	Certificate []byte              `json:"certificate"` // that is served, or was stored, DER

	certificate *certs.Certificate
}

func (s snapshot) json() json.RawMessage {
	s.Certificate = s.certificate.Raw
	data, _ := json.Marshal(s) // text and bytes
	return data
}

func readSnapshot(data []byte) (snapshot, error) {
	var s snapshot
	err := json.Unmarshal(data, &s)
	if err == nil {
		s.certificate, err = certs.Parse(s.Certificate)
	}
	if err != nil {
		return s, errors.New("akaut: no snapshot of the state before the step")
	}
	return s, nil
}

// steps are what is left to do, registration first.
func (b *box) steps() (fix.Plan, error) {
	var plan fix.Plan
	if !b.registered() {
		plan = append(plan, b.register())
	}
	if b.identity.Source != mgmt.IdentityRenewed {
		plan = append(plan, b.identityStep())
		if b.fix.hooks.Pin != nil || b.fix.hooks.Sinks != nil {
			plan = append(plan, b.pinStep(b.served, b.renewed))
		}
	}
	return plan, nil
}

// register registers anew. The registration with the former certificates stays.
func (b *box) register() fix.Step {
	before := "not registered"
	if b.registration.Registered {
		before = "registered with the former certificates"
	}
	return fix.Step{
		Key: keyRegistration, What: "registration at the VPN access service, without deregistering", Before: before, After: "registered with the renewed certificates",
		Apply: func(ctx context.Context) error { return b.registrar.Register(ctx, b.request()) },
		Visible: func(ctx context.Context) (bool, error) {
			r, err := b.registrar.Registration(ctx)
			return err == nil && r.Renewed, err
		},
		Wait: waitRegistration, Evidence: known.Evidence(b.device, mgmt.OpRegistrationRenew), Estimate: estimateRegistration,
	}
}

// identityStep switches. The handshake alone tells whether it worked.
func (b *box) identityStep() fix.Step {
	before := snapshot{Source: b.identity.Source, certificate: b.served}
	return fix.Step{
		Key: keyIdentity, What: "certificate of the services (ID.AK.AUT)",
		Before: string(b.identity.Source) + ", " + words(b.served), After: string(mgmt.IdentityRenewed) + ", " + words(b.renewed),
		Apply: func(ctx context.Context) error { return b.identifier.SetServerIdentity(ctx, mgmt.IdentityRenewed) },
		Undo:  func(ctx context.Context) error { return b.fix.switchBack(ctx, b.identifier, before) },
		Visible: func(ctx context.Context) (bool, error) {
			return b.fix.serves(ctx, b.renewed)
		},
		Snapshot: before.json(), Repeatable: true,
		Wait: waitIdentity, Evidence: known.Evidence(b.device, mgmt.OpServerIdentitySet), Estimate: estimateIdentity,
	}
}

// serves reports whether a handshake shows c. The services begin anew with
// another certificate: that they do not answer meanwhile is no error.
func (f *Fix) serves(ctx context.Context, c *certs.Certificate) (bool, error) {
	der, err := f.hooks.Served(ctx)
	if err != nil {
		return false, ctx.Err()
	}
	now, err := certs.Parse(der)
	return err == nil && now.Equal(c), nil
}

// switchBack switches to the former source, unless the box has it.
func (f *Fix) switchBack(ctx context.Context, id mgmt.ServerIdentifier, before snapshot) error {
	now, err := id.ServerIdentity(ctx)
	if err != nil {
		return err
	}
	if now.Source != before.Source {
		if err := id.SetServerIdentity(ctx, before.Source); err != nil {
			return err
		}
		if now, err = id.ServerIdentity(ctx); err != nil {
			return err
		}
		if now.Source != before.Source {
			return fmt.Errorf("akaut: the box took the way back to %s and has %s", before.Source, now.Source)
		}
	}
	return nil
}

// pinStep lets the caller trust the certificate that is served from now on, and
// tell its sinks.
func (b *box) pinStep(before, after *certs.Certificate) fix.Step {
	return fix.Step{
		Key: keyPin, What: "stored certificate of the services", Before: words(before), After: words(after),
		Apply:      func(ctx context.Context) error { return b.fix.pin(ctx, after) },
		Undo:       func(ctx context.Context) error { return b.fix.unpin(ctx, before) },
		Visible:    func(ctx context.Context) (bool, error) { return b.fix.pinned(ctx, after) },
		Snapshot:   snapshot{certificate: before}.json(),
		Repeatable: true, Estimate: time.Second,
	}
}

// pin tells the sinks and stores c, in this order: what is stored is what a run
// finds that goes on after this one was interrupted.
func (f *Fix) pin(ctx context.Context, c *certs.Certificate) error {
	if err := f.tell(ctx, c); err != nil {
		return err
	}
	return f.store(ctx, c)
}

// unpin takes that back, as far as it goes.
func (f *Fix) unpin(ctx context.Context, c *certs.Certificate) error {
	return errors.Join(f.store(ctx, c), f.tell(ctx, c))
}

func (f *Fix) store(ctx context.Context, c *certs.Certificate) error {
	if f.hooks.Pin == nil {
		return nil
	}
	if err := f.hooks.Pin(ctx, c); err != nil {
		return fmt.Errorf("akaut: store the certificate: %w", err)
	}
	return nil
}

func (f *Fix) tell(ctx context.Context, c *certs.Certificate) error {
	if f.hooks.Sinks == nil {
		return nil
	}
	if err := f.hooks.Sinks(ctx, c); err != nil {
		return fmt.Errorf("akaut: tell the sinks of events: %w", err)
	}
	return nil
}

// pinned reports whether the caller trusts c now; one who does not tell is
// believed.
func (f *Fix) pinned(ctx context.Context, c *certs.Certificate) (bool, error) {
	if f.hooks.Pin == nil || f.hooks.Pinned == nil {
		return true, nil
	}
	der, err := f.hooks.Pinned(ctx)
	if err != nil || len(der) == 0 {
		return false, err
	}
	now, err := certs.Parse(der)
	return err == nil && now.Equal(c), nil
}

// words tells certificates apart: the end and the serial number.
func words(c *certs.Certificate) string {
	return fmt.Sprintf("%s until %s, serial %s", c.KeyType(), c.NotAfter.UTC().Format(time.DateOnly), c.SerialNumber)
}
