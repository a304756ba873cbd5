package akaut_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/akaut"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/internal/memorybox"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// cards are a gSMC-K with its former and its renewed certificates, and another
// card.
type cards struct{ former, renewed, other *certstest.Card }

var made = sync.OnceValues(func() (cards, error) {
	pki, err := certstest.Make(certstest.Options{WithoutRSA: true})
	if err != nil {
		return cards{}, err
	}
	var c cards
	at := pki.At()
	old := at.AddDate(-5, 0, 5) // ends soon
	c.former, err = pki.Card(certstest.GSMCK, certstest.CardOptions{WithoutRSA: true, NotBefore: old})
	if err != nil {
		return c, err
	}
	if c.renewed, err = c.former.Renew(at.AddDate(0, -1, 0), at.AddDate(3, 0, 0)); err != nil {
		return c, err
	}
	c.other, err = pki.Card(certstest.GSMCK, certstest.CardOptions{WithoutRSA: true})
	return c, err
})

// practice is a box and what the PVS keeps of it.
type practice struct {
	box    *memorybox.Box
	cards  cards
	mu     sync.Mutex
	pinned []byte
	told   [][]byte
	hooks  akaut.Hooks
}

func identities(card *certstest.Card) (all []mgmt.IdentityCertificate) {
	for name, typ := range map[string]certs.Type{"C.AK.AUT": certs.TypeAKAUT, "C.NK.VPN": certs.TypeNKVPN, "C.SAK.AUT": certs.TypeSAKAUT} {
		all = append(all, mgmt.IdentityCertificate{Profile: name, Certificate: card.Get(typ, certs.KeyBrainpoolP256r1).Certificate})
	}
	return all
}

func akAUT(card *certstest.Card) *certs.Certificate {
	return card.Get(certs.TypeAKAUT, certs.KeyBrainpoolP256r1).Certificate
}

func newPractice(t *testing.T, change ...func(*memorybox.Options)) *practice {
	t.Helper()
	c, err := made()
	require.NoError(t, err)
	o := memorybox.Options{Original: akAUT(c.former).Raw, Renewed: identities(c.renewed)}
	for _, f := range change {
		f(&o)
	}
	p := &practice{box: memorybox.New(o), cards: c, pinned: o.Original}
	p.hooks = akaut.Hooks{Served: p.box.Served, Pinned: p.stored, Pin: p.pin, Sinks: p.tell, Now: p.box.Clock().Now}
	return p
}

func (p *practice) stored(context.Context) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pinned, nil
}

func (p *practice) pin(_ context.Context, c *certs.Certificate) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pinned = c.Raw
	return nil
}

func (p *practice) tell(_ context.Context, c *certs.Certificate) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.told = append(p.told, c.Raw)
	return nil
}

var parameters = akaut.Parameters{SMCB: "80276001010000000001"}

func (p *practice) fix() *akaut.Fix { return akaut.New(parameters, p.hooks) }

func (p *practice) options(t *testing.T) fix.Options {
	t.Helper()
	return fix.Options{Dir: t.TempDir(), Clock: p.box.Clock(), Consented: "test", AllowNoWayBack: true}
}

func (p *practice) run(t *testing.T) fix.Report {
	t.Helper()
	return fix.Run(t.Context(), p.box, p.fix(), p.options(t))
}

// switched requires the renewed identity everywhere.
func (p *practice) switched(t *testing.T) {
	t.Helper()
	renewed := akAUT(p.cards.renewed).Raw
	s := p.box.State()
	require.Equal(t, mgmt.IdentityRenewed, s.Source)
	require.True(t, s.Registered.Renewed)
	served, err := p.box.Served(t.Context())
	require.NoError(t, err)
	require.Equal(t, renewed, served)
	require.Equal(t, renewed, p.pinned)
	require.Equal(t, renewed, p.told[len(p.told)-1])
}

func keys(p fix.Plan) (all []string) {
	for _, s := range p {
		all = append(all, s.Key)
	}
	return all
}

func TestRegistersThenSwitchesThenPins(t *testing.T) {
	p := newPractice(t)
	r := p.run(t)
	require.NoError(t, r.Err)
	require.Equal(t, fix.Applied, r.Outcome)
	require.Equal(t, []string{"registration", "server-identity/SMC-K_RENEWED", "pin"}, keys(r.Plan))
	require.Nil(t, r.Plan[0].Undo)
	require.NotNil(t, r.Plan[1].Undo)
	p.switched(t)
}

func TestNothingToDo(t *testing.T) {
	p := newPractice(t)
	require.Equal(t, fix.Applied, p.run(t).Outcome)
	p.box.Forget()
	require.Equal(t, fix.AlreadyDone, p.run(t).Outcome)
	require.Equal(t, []mgmt.Operation{mgmt.OpServerIdentityGet, mgmt.OpRegistrationGet}, p.box.Operations())
}

func TestDryRunChangesNothing(t *testing.T) {
	p := newPractice(t)
	before := p.box.State()
	o := p.options(t)
	o.DryRun = true
	require.Equal(t, fix.Planned, fix.Run(t.Context(), p.box, p.fix(), o).Outcome)
	require.Equal(t, before, p.box.State())
	require.Empty(t, p.told)
	require.Equal(t, []mgmt.Operation{mgmt.OpServerIdentityGet, mgmt.OpRegistrationGet}, p.box.Operations())
}

func TestPlans(t *testing.T) {
	for name, c := range map[string]struct {
		change func(p *practice)
		p      akaut.Parameters
		keys   []string
	}{
		"registered by hand": {nil, akaut.Parameters{Registered: true}, []string{"server-identity/SMC-K_RENEWED", "pin"}},
		"registered already": {func(p *practice) { p.box.Change(func(s *memorybox.State) { s.Registered.Renewed = true }) }, akaut.Parameters{},
			[]string{"server-identity/SMC-K_RENEWED", "pin"}},
		"switched already": {func(p *practice) {
			p.box.Change(func(s *memorybox.State) { s.Source = mgmt.IdentityRenewed })
			p.pinned = akAUT(p.cards.renewed).Raw
		}, parameters, []string{"registration"}},
		"not pinned yet": {func(p *practice) {
			p.box.Change(func(s *memorybox.State) { s.Source, s.Registered.Renewed = mgmt.IdentityRenewed, true })
		}, akaut.Parameters{}, []string{"pin"}},
		"nothing to pin": {func(p *practice) { p.hooks.Pin, p.hooks.Sinks = nil, nil }, parameters, []string{"registration", "server-identity/SMC-K_RENEWED"}},
		"done, and nobody tells what is pinned": {func(p *practice) {
			p.box.Change(func(s *memorybox.State) { s.Source, s.Registered.Renewed = mgmt.IdentityRenewed, true })
			p.hooks.Pinned = nil
		}, akaut.Parameters{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPractice(t)
			if c.change != nil {
				c.change(p)
			}
			plan, err := akaut.New(c.p, p.hooks).Plan(t.Context(), p.box)
			require.NoError(t, err)
			require.Equal(t, c.keys, keys(plan))
		})
	}
}

func TestRefusals(t *testing.T) {
	c, err := made()
	require.NoError(t, err)
	product := func(vendor mgmt.Vendor, code, firmware string) func(*memorybox.Options) {
		return func(o *memorybox.Options) {
			o.Product = mgmt.Product{Vendor: vendor, Code: code, Firmware: firmware, Serial: "1"}
		}
	}
	renewed := func(all ...mgmt.IdentityCertificate) func(*memorybox.Options) {
		return func(o *memorybox.Options) { o.Renewed = all }
	}
	source := func(s mgmt.IdentitySource) func(*practice) {
		return func(p *practice) { p.box.Change(func(state *memorybox.State) { state.Source = s }) }
	}
	for name, c := range map[string]struct {
		reason string
		box    func(*memorybox.Options)
		change func(*practice)
		p      akaut.Parameters
	}{
		"another vendor":                 {akaut.ReasonUnknownProduct, product(mgmt.RISE, "RKONN", "5.50.3"), nil, parameters},
		"another product":                {akaut.ReasonUnknownProduct, product(mgmt.Secunet, "secu_hsk", "5.50.3"), nil, parameters},
		"older firmware":                 {akaut.ReasonUnknownFirmware, product(mgmt.Secunet, "secu_kon", "5.50.2"), nil, parameters},
		"no firmware":                    {akaut.ReasonUnknownFirmware, product(mgmt.Secunet, "secu_kon", ""), nil, parameters},
		"firmware of letters":            {akaut.ReasonUnknownFirmware, product(mgmt.Secunet, "secu_kon", "5.x.1"), nil, parameters},
		"beyond a given range":           {akaut.ReasonUnknownFirmware, nil, nil, akaut.Parameters{SMCB: "1", Products: []akaut.Product{{Vendor: mgmt.Secunet, Code: "SECU_KON", Firmware: mgmt.Firmware{From: "5.0.0", Below: "5.50.3"}}}}},
		"in a range without a beginning": {akaut.ReasonUnknownFirmware, nil, nil, akaut.Parameters{SMCB: "1", Products: []akaut.Product{{Vendor: mgmt.Secunet, Code: "secu_kon"}}}},
		"imported":                       {akaut.ReasonOwnCertificate, nil, source(mgmt.IdentityImported), parameters},
		"self-signed":                    {akaut.ReasonOwnCertificate, nil, source(mgmt.IdentitySelfSigned), parameters},
		"of an unknown kind":             {akaut.ReasonUnknownSource, nil, source("?"), parameters},
		"not renewed":                    {akaut.ReasonNotRenewed, renewed(), nil, parameters},
		"not complete":                   {akaut.ReasonIncomplete, renewed(mgmt.IdentityCertificate{Profile: "C.AK.AUT", Certificate: akAUT(c.renewed)}), nil, parameters},
		"of another card":                {akaut.ReasonMismatch, renewed(identities(c.other)...), nil, parameters},
		"expired": {akaut.ReasonNotInTime, func(o *memorybox.Options) {
			o.Clock = memorybox.NewClock(akAUT(c.renewed).NotAfter.Add(time.Hour))
		}, nil, parameters},
		"without an SMC-B": {akaut.ReasonRegistration, nil, nil, akaut.Parameters{}},
		"without a contract": {akaut.ReasonRegistration, nil, func(p *practice) {
			p.box.Change(func(s *memorybox.State) { s.Registered = mgmt.Registration{} })
		}, parameters},
		"switched, and another is served": {akaut.ReasonNotServed, nil, func(p *practice) {
			p.box.Change(func(s *memorybox.State) { s.Source, s.Registered.Renewed = mgmt.IdentityRenewed, true })
			p.hooks.Served = func(context.Context) ([]byte, error) { return akAUT(p.cards.former).Raw, nil }
		}, parameters},
	} {
		t.Run(name, func(t *testing.T) {
			if c.box == nil {
				c.box = func(*memorybox.Options) {}
			}
			p := newPractice(t, c.box)
			if c.change != nil {
				c.change(p)
			}
			before := p.box.State()
			r := fix.Run(t.Context(), p.box, akaut.New(c.p, p.hooks), p.options(t))
			require.Equal(t, fix.Refused, r.Outcome)
			require.Equal(t, c.reason, r.Reason, "%v", r.Err)
			require.Equal(t, before, p.box.State())
			require.Empty(t, p.told)
		})
	}
}

func TestRestartPendingIsRefused(t *testing.T) {
	p := newPractice(t)
	p.box.NeedRestart()
	r := p.run(t)
	require.Equal(t, fix.Refused, r.Outcome)
	require.Equal(t, fix.ReasonRestartPending, r.Reason)
}

func TestRefusedAndIgnored(t *testing.T) {
	for _, c := range []struct {
		op      mgmt.Operation
		how     memorybox.Disturbance
		outcome fix.Outcome
	}{
		{mgmt.OpRegistrationRenew, memorybox.Refused, fix.RolledBack},
		{mgmt.OpRegistrationRenew, memorybox.Ignored, fix.RolledBack}, // the box shows what it showed before
		{mgmt.OpServerIdentitySet, memorybox.Refused, fix.Stuck},      // the registration stays
		{mgmt.OpServerIdentitySet, memorybox.Ignored, fix.Stuck},
	} {
		t.Run(fmt.Sprint(c.op, c.how), func(t *testing.T) {
			p := newPractice(t)
			p.box.RefuseWith(43013)
			p.box.Disturb(c.op, c.how)
			o := p.options(t)
			r := fix.Run(t.Context(), p.box, p.fix(), o)
			require.Equal(t, c.outcome, r.Outcome, "%v", r.Err)
			require.Equal(t, mgmt.IdentityOriginal, p.box.State().Source)
			require.Equal(t, akAUT(p.cards.former).Raw, p.pinned)
			r = fix.Run(t.Context(), p.box, p.fix(), o)
			if r.Outcome == fix.Stuck || r.Outcome == fix.RolledBack {
				r = fix.Run(t.Context(), p.box, p.fix(), o)
			}
			require.Equal(t, fix.Applied, r.Outcome, "%v", r.Err)
			p.switched(t)
		})
	}
}

// A step that has a way back is taken back when a later one fails: the box shows
// its former certificate, and the caller trusts it.
func TestSwitchesBackWhenTheCallerCannotStore(t *testing.T) {
	p := newPractice(t)
	p.box.Change(func(s *memorybox.State) { s.Registered.Renewed = true })
	before := p.box.State()
	p.hooks.Sinks = func(context.Context, *certs.Certificate) error { return errors.New("no") }
	r := p.run(t)
	require.Equal(t, fix.RolledBack, r.Outcome, "%v", r.Err)
	require.Equal(t, before, p.box.State())
	require.Equal(t, akAUT(p.cards.former).Raw, p.pinned)
}

func TestWhateverHappensToWhicheverRequest(t *testing.T) {
	reference := newPractice(t)
	require.Equal(t, fix.Applied, reference.run(t).Outcome)
	for _, i := range memorybox.Interruptions(reference.box.Calls()) {
		t.Run(i.Name, func(t *testing.T) {
			p := newPractice(t)
			p.box.Plan(i)
			o := p.options(t)
			r := fix.Run(t.Context(), p.box, p.fix(), o)
			for range 3 {
				require.NoError(t, p.box.Clock().Sleep(t.Context(), memorybox.BootTime))
				r = fix.Run(t.Context(), p.box, p.fix(), o)
			}
			require.Contains(t, []fix.Outcome{fix.Applied, fix.AlreadyDone}, r.Outcome, "%v", r.Err)
			p.switched(t)
			require.LessOrEqual(t, count(p.box, mgmt.OpRegistrationRenew), 2)
		})
	}
}

// A process that is killed at any request leaves what the next one brings to its
// end; the box is registered once.
func TestKilledAtAnyRequest(t *testing.T) {
	reference := newPractice(t)
	require.Equal(t, fix.Applied, reference.run(t).Outcome)
	for _, i := range memorybox.Kills(reference.box.Calls()) {
		t.Run(i.Name, func(t *testing.T) {
			p := newPractice(t)
			p.box.Plan(i)
			o := p.options(t)
			require.False(t, memorybox.Process(func() { fix.Run(t.Context(), p.box, p.fix(), o) }))
			r := fix.Run(t.Context(), p.box, p.fix(), o)
			require.Contains(t, []fix.Outcome{fix.Applied, fix.AlreadyDone}, r.Outcome, "%v", r.Err)
			p.switched(t)
			require.Equal(t, i.How == memorybox.KillBefore && reference.box.Calls()[i.At].Operation == mgmt.OpRegistrationRenew,
				count(p.box, mgmt.OpRegistrationRenew) == 2, "again only where the first request did not reach the box")
			unfinished, err := fix.Unfinished(o.Dir)
			require.NoError(t, err)
			require.Empty(t, unfinished)
		})
	}
}

// A process that is killed while it hands the new certificate over, before, between
// and behind what it does for that, leaves it to the next one: the caller trusts the
// renewed certificate in the end and all sinks know it.
func TestKilledWhileHandingThePinOver(t *testing.T) {
	for name, hook := range map[string]func(p *practice, killed *bool){
		"before the sinks are told": func(p *practice, killed *bool) {
			tell := p.hooks.Sinks
			p.hooks.Sinks = func(ctx context.Context, c *certs.Certificate) error { dieOnce(killed); return tell(ctx, c) }
		},
		"when they are told": func(p *practice, killed *bool) {
			tell := p.hooks.Sinks
			p.hooks.Sinks = func(ctx context.Context, c *certs.Certificate) error { defer dieOnce(killed); return tell(ctx, c) }
		},
		"before it is stored": func(p *practice, killed *bool) {
			store := p.hooks.Pin
			p.hooks.Pin = func(ctx context.Context, c *certs.Certificate) error { dieOnce(killed); return store(ctx, c) }
		},
		"when it is stored": func(p *practice, killed *bool) {
			store := p.hooks.Pin
			p.hooks.Pin = func(ctx context.Context, c *certs.Certificate) error { defer dieOnce(killed); return store(ctx, c) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, killed := newPractice(t), false
			hook(p, &killed)
			o := p.options(t)
			require.False(t, memorybox.Process(func() { fix.Run(t.Context(), p.box, p.fix(), o) }))
			require.True(t, killed)
			require.Equal(t, mgmt.IdentityRenewed, p.box.State().Source)
			r := fix.Run(t.Context(), p.box, p.fix(), o)
			require.Equal(t, fix.Applied, r.Outcome, "%v", r.Err)
			require.True(t, r.Resumed)
			p.switched(t)
			require.Equal(t, 1, count(p.box, mgmt.OpRegistrationRenew))
			require.Equal(t, 1, count(p.box, mgmt.OpServerIdentitySet))
			require.Equal(t, fix.AlreadyDone, fix.Run(t.Context(), p.box, p.fix(), o).Outcome)
		})
	}
}

// dieOnce ends the process of memorybox.Process the first time.
func dieOnce(killed *bool) {
	if !*killed {
		*killed = true
		runtime.Goexit()
	}
}

func count(box *memorybox.Box, op mgmt.Operation) (n int) {
	for _, o := range box.Operations() {
		if o == op {
			n++
		}
	}
	return n
}

// Another process takes the steps of a killed one back.
func TestReverse(t *testing.T) {
	p := newPractice(t)
	f := p.fix()
	plan, err := f.Plan(t.Context(), p.box)
	require.NoError(t, err)
	for _, s := range plan {
		require.NoError(t, s.Apply(t.Context()))
	}
	p.switched(t)
	for i := len(plan) - 1; i > 0; i-- {
		require.NoError(t, f.Reverse(t.Context(), p.box, fix.Record{Step: plan[i].Key, Snapshot: plan[i].Snapshot}))
	}
	require.Equal(t, mgmt.IdentityOriginal, p.box.State().Source)
	require.Equal(t, akAUT(p.cards.former).Raw, p.pinned)
	require.Error(t, f.Reverse(t.Context(), p.box, fix.Record{Step: "registration"}))
	require.Error(t, f.Reverse(t.Context(), p.box, fix.Record{Step: "pin", Snapshot: json.RawMessage(`{}`)}))
	require.Error(t, f.Reverse(t.Context(), p.box, fix.Record{Step: "else"}))
}

func TestProductsThatCannot(t *testing.T) {
	p := newPractice(t)
	_, err := p.fix().Plan(t.Context(), struct{ mgmt.Device }{p.box})
	require.ErrorIs(t, err, mgmt.ErrUnsupported)
	for _, op := range []mgmt.Operation{mgmt.OpServerIdentityGet, mgmt.OpRegistrationGet} {
		p.box.Disturb(op, memorybox.Unknown)
		_, err = p.fix().Plan(t.Context(), p.box)
		require.ErrorIs(t, err, mgmt.ErrUnknownEndpoint)
	}
	_, err = akaut.New(parameters, akaut.Hooks{}).Plan(t.Context(), p.box)
	require.EqualError(t, err, "akaut: no way to see which certificate is served")
	p.hooks.Served = func(context.Context) ([]byte, error) { return nil, konnektor.KindUnreachable }
	_, err = p.fix().Plan(t.Context(), p.box)
	require.ErrorIs(t, err, konnektor.KindUnreachable)
	p.hooks.Served = func(context.Context) ([]byte, error) { return []byte("no certificate"), nil }
	_, err = p.fix().Plan(t.Context(), p.box)
	require.Error(t, err)
}

// There is no call that withdraws a registration, and parameters keep no secret.
func TestParametersAreData(t *testing.T) {
	data, err := json.Marshal(akaut.Parameters{Mandant: "m", Contract: "c", SMCB: "1", Registered: true, Products: akaut.Known()})
	require.NoError(t, err)
	require.JSONEq(t, `{"mandant":"m","contract":"c","smcb":"1","registered":true,
		"products":[{"vendor":"SECUN","code":"secu_kon","firmware":{"from":"5.50.3"}}]}`, string(data))
}

// TestRequests pins what the fix asks of a box. The runner asks for the status
// before each step.
func TestRequests(t *testing.T) {
	p := newPractice(t)
	require.Equal(t, fix.Applied, p.run(t).Outcome)
	require.Equal(t, []mgmt.Operation{
		mgmt.OpServerIdentityGet, mgmt.OpRegistrationGet, mgmt.OpStatus,
		mgmt.OpRegistrationRenew, mgmt.OpRegistrationGet, mgmt.OpStatus,
		mgmt.OpServerIdentitySet, mgmt.OpStatus,
		mgmt.OpServerIdentityGet, mgmt.OpRegistrationGet,
	}, p.box.Operations())
}
