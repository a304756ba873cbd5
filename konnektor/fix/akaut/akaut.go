package akaut

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/internal/known"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// Name is the name of the fix, as it stands in journals and job files.
const Name = "akaut"

// Parameters are what a registration needs, and for which boxes the fix is. They
// are data, for a job file.
type Parameters struct {
	// Mandant, Contract and SMCB are for the registration; the first two may be
	// left out when the box tells them. The SMC-B must be inserted and unlocked.
	Mandant  string          `json:"mandant,omitempty"`
	Contract string          `json:"contract,omitempty"`
	SMCB     konnektor.ICCSN `json:"smcb,omitempty"`
	// Registered: somebody has registered the box anew by hand; it is neither
	// done nor looked at here.
	Registered bool `json:"registered,omitempty"`
	// Products replace [Known].
	Products []Product `json:"products,omitempty"`
}

// Hooks are what the fix needs of its caller.
type Hooks struct {
	// Served is the certificate, DER, that a new TLS handshake with the services
	// for client systems shows, whatever is pinned: it is what there is to see.
	// Required.
	Served func(ctx context.Context) ([]byte, error)
	// Pinned is the certificate, DER, that the caller's configuration trusts; empty
	// for none. With it a run that was interrupted before Pin finds that out. May
	// be nil.
	Pinned func(ctx context.Context) ([]byte, error)
	// Pin stores the certificate that the services show from now on; nil leaves
	// it out.
	Pin func(ctx context.Context, now *certs.Certificate) error
	// Sinks tells the sinks of events (CETP) which certificate the box shows from
	// now on, before Pin stores it; nil leaves it out. It is called again after an
	// interruption, if Pinned and Pin are there to find that out.
	Sinks func(ctx context.Context, now *certs.Certificate) error
	// Now is the time to judge certificates at; nil means time.Now.
	Now func() time.Time
}

// Fix is the fix. It is safe for concurrent use if its hooks are.
type Fix struct {
	p     Parameters
	hooks Hooks
}

// New makes the fix.
func New(p Parameters, h Hooks) *Fix {
	if h.Now == nil {
		h.Now = time.Now
	}
	return &Fix{p: p, hooks: h}
}

// Name is "akaut".
func (f *Fix) Name() string { return Name }

// Plan finds out what is left to do. It returns an error that wraps
// [mgmt.ErrUnsupported] or [mgmt.ErrUnknownEndpoint] for a product that cannot be
// switched from outside, and a [*fix.Refusal] with one of the reasons of this
// package when this box may not be.
func (f *Fix) Plan(ctx context.Context, d mgmt.Device) (fix.Plan, error) {
	if f.hooks.Served == nil {
		return nil, errors.New("akaut: no way to see which certificate is served")
	}
	if err := f.checkProduct(d.Product()); err != nil {
		return nil, err
	}
	b, err := f.look(ctx, d)
	if err != nil {
		return nil, err
	}
	if b.identity.Source == mgmt.IdentityRenewed && b.registered() {
		return b.pinOnly(ctx)
	}
	if err := b.judge(f.hooks.Now()); err != nil {
		return nil, err
	}
	return b.steps()
}

// Reverse switches back to the source that the box had. There is no way back for
// a registration.
func (f *Fix) Reverse(ctx context.Context, d mgmt.Device, begun fix.Record) error {
	switch begun.Step {
	case keyRegistration:
		return errors.New("akaut: registration: there is no way back, and the former one stays valid")
	case keyIdentity, keyPin:
	default:
		return fmt.Errorf("akaut: step %q: not one of this fix", begun.Step)
	}
	before, err := readSnapshot(begun.Snapshot)
	if err != nil {
		return err
	}
	if begun.Step == keyPin {
		return f.unpin(ctx, before.certificate)
	}
	id, err := mgmt.As[mgmt.ServerIdentifier](d)
	if err != nil {
		return err
	}
	return f.switchBack(ctx, id, before)
}

// box is a box within one plan.
type box struct {
	fix          *Fix
	device       mgmt.Device
	identifier   mgmt.ServerIdentifier
	registrar    mgmt.Registrar // nil: somebody has registered by hand
	identity     mgmt.ServerIdentity
	registration mgmt.Registration
	served       *certs.Certificate
	renewed      *certs.Certificate // that of the identity, which renews served
}

// look reads identity, registration and the certificate that is served.
func (f *Fix) look(ctx context.Context, d mgmt.Device) (*box, error) {
	id, err := mgmt.As[mgmt.ServerIdentifier](d)
	if err != nil {
		return nil, err
	}
	b := &box{fix: f, device: d, identifier: id}
	if err := known.Check(d, f.operations()...); err != nil {
		return nil, err
	}
	if b.identity, err = id.ServerIdentity(ctx); err != nil {
		return nil, err
	}
	if !f.p.Registered {
		if b.registrar, err = mgmt.As[mgmt.Registrar](d); err != nil {
			return nil, err
		}
		if b.registration, err = b.registrar.Registration(ctx); err != nil {
			return nil, err
		}
	}
	b.served, err = f.handshake(ctx)
	return b, err
}

// operations are the calls that the fix needs.
func (f *Fix) operations() []mgmt.Operation {
	ops := []mgmt.Operation{mgmt.OpServerIdentityGet, mgmt.OpServerIdentitySet}
	if !f.p.Registered {
		ops = append(ops, mgmt.OpRegistrationGet, mgmt.OpRegistrationRenew)
	}
	return ops
}

func (b *box) registered() bool { return b.registrar == nil || b.registration.Renewed }

// handshake is the certificate that is served.
func (f *Fix) handshake(ctx context.Context) (*certs.Certificate, error) {
	der, err := f.hooks.Served(ctx)
	if err != nil {
		return nil, err
	}
	c, err := certs.Parse(der)
	if err != nil {
		return nil, fmt.Errorf("akaut: certificate of the services: %w", err)
	}
	return c, nil
}

// pinOnly is what is left to do on a box that is switched: nothing, or to store
// the certificate that a run did not come to store.
func (b *box) pinOnly(ctx context.Context) (fix.Plan, error) {
	if !b.shows(b.served) {
		return nil, refuse(ReasonNotServed, "the box is switched to its renewed identity and serves another certificate")
	}
	if b.fix.hooks.Pinned == nil || b.fix.hooks.Pin == nil {
		return nil, nil
	}
	der, err := b.fix.hooks.Pinned(ctx)
	if err != nil || bytes.Equal(der, b.served.Raw) || len(der) == 0 {
		return nil, err
	}
	before, err := certs.Parse(der)
	if err != nil {
		return nil, fmt.Errorf("akaut: stored certificate: %w", err)
	}
	return fix.Plan{b.pinStep(before, b.served)}, nil
}

// shows reports whether c is one of the renewed certificates of the identity. A
// box that does not list them is believed.
func (b *box) shows(c *certs.Certificate) bool {
	listed := false
	for _, r := range b.identity.Renewed {
		if r.Profile == profileAKAUT && r.Certificate != nil {
			listed = true
			if r.Certificate.Equal(c) {
				return true
			}
		}
	}
	return !listed
}

func refuse(reason, format string, args ...any) error {
	return &fix.Refusal{Fix: Name, Reason: reason, Text: fmt.Sprintf(format, args...)}
}
