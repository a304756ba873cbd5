package exchange

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// Sources are where a snapshot comes from. One of Management and Client is
// needed; what both tell is taken from Management, which sees all Mandanten.
type Sources struct {
	Management mgmt.Device
	Client     *konnektor.Client
	// Served is the certificate, DER, that a handshake with the services shows;
	// nil means that of Client.
	Served func(ctx context.Context) ([]byte, error)
	// ReadVSD reads a card that somebody has inserted for the test, and keeps
	// nothing of it; nil leaves the function test out.
	ReadVSD func(ctx context.Context) error
	// Address is what the PVS uses; "" means that of Client.
	Address string
	// Backup is the backup that was kept of this box, nil for none.
	Backup *Backup
	// Now is the time; nil means time.Now.
	Now func() time.Time
}

// Take takes a snapshot. It only reads; the function test does to a card what
// reading it does. What a box cannot tell is noted in Missing; an error means that
// something went wrong which can be repeated.
func Take(ctx context.Context, from Sources) (Snapshot, error) {
	if from.Management == nil && from.Client == nil {
		return Snapshot{}, errors.New("exchange: neither management nor services to read from")
	}
	now := time.Now
	if from.Now != nil {
		now = from.Now
	}
	t := &taking{from: from, s: Snapshot{Version: snapshotVersion, Taken: now().UTC().Truncate(time.Second), Address: from.Address, Backup: from.Backup}}
	if t.s.Address == "" && from.Client != nil {
		t.s.Address = from.Client.Address()
	}
	for _, part := range []struct {
		name string
		take func(context.Context) error
	}{
		{CheckProduct, t.product}, {CheckVPN, t.state}, {CheckCertificate, t.certificate},
		{CheckTerminals, t.terminals}, {CheckCards, t.cards}, {CheckContexts, t.contexts},
		{CheckClientSystems, t.clientSystems}, {CheckPINs, t.pins}, {CheckLicence, t.licences},
	} {
		if err := t.part(part.name, part.take(ctx)); err != nil {
			return Snapshot{}, fmt.Errorf("exchange: %s: %w", part.name, err)
		}
	}
	t.test(ctx)
	t.sort()
	return t.s, ctx.Err()
}

// taking is one snapshot on its way.
type taking struct {
	from     Sources
	s        Snapshot
	inserted []mgmt.Card
}

// errNoAccess is a part that only the other access tells.
var errNoAccess = errors.New("no access")

// part notes a part that the box does not tell; another error is returned.
func (t *taking) part(name string, err error) error {
	reason := ""
	switch {
	case err == nil:
		return nil
	case errors.Is(err, mgmt.ErrUnknownEndpoint):
		reason = GapUnknown
	case errors.Is(err, mgmt.ErrUnsupported):
		reason = GapUnsupported
	case errors.Is(err, errNoAccess):
		reason = GapNoAccess
	default:
		return err
	}
	t.s.Missing = append(t.s.Missing, Gap{name, reason})
	return nil
}

// ask calls a capability of the management.
func ask[C, T any](t *taking, call func(C) (T, error)) (T, error) {
	var none T
	if t.from.Management == nil {
		return none, errNoAccess
	}
	capability, err := mgmt.As[C](t.from.Management)
	if err != nil {
		return none, err
	}
	return call(capability)
}

// untold reports whether the management does not tell, so that the services may.
func (t *taking) untold(err error) bool {
	return t.from.Client != nil &&
		(errors.Is(err, errNoAccess) || errors.Is(err, mgmt.ErrUnsupported) || errors.Is(err, mgmt.ErrUnknownEndpoint))
}

func (t *taking) product(ctx context.Context) error {
	info, err := ask(t, func(r mgmt.InfoReader) (mgmt.Info, error) { return r.Info(ctx) })
	if err == nil {
		t.s.Product = info.Product
		return nil
	}
	if t.from.Management != nil {
		t.s.Product = t.from.Management.Product()
	}
	if !t.untold(err) {
		return err
	}
	services, err := t.from.Client.Services(ctx)
	if err != nil {
		return err
	}
	p := services.Product
	t.s.Product = mgmt.Product{Vendor: mgmt.Vendor(strings.ToUpper(p.VendorID)), Code: p.Code, Name: p.Name,
		Firmware: p.FirmwareVersion, Hardware: p.HardwareVersion, Type: p.TypeVersion}
	return nil
}

func (t *taking) state(ctx context.Context) error {
	status, err := ask(t, func(r mgmt.StatusReader) (mgmt.Status, error) { return r.Status(ctx) })
	if t.untold(err) {
		var r konnektor.Resource
		if r, _, err = t.from.Client.Resource(ctx, konnektor.ResourceQuery{}); err == nil && r.Konnektor != nil {
			status = mgmt.Status{TI: r.Konnektor.TI, Operating: r.Konnektor.Operating}
		}
	}
	if err != nil {
		return err
	}
	t.s.VPN = &status.TI.Online
	for _, o := range status.Operating {
		if !o.Active {
			continue
		}
		name := o.Condition
		if o.Parameter != "" {
			name += "(" + o.Parameter + ")"
		}
		t.s.States = append(t.s.States, name)
	}
	return nil
}

func (t *taking) certificate(ctx context.Context) error {
	var c *certs.Certificate
	switch {
	case t.from.Served != nil:
		der, err := t.from.Served(ctx)
		if err != nil {
			return err
		}
		if c, err = certs.Parse(der); err != nil {
			return err
		}
	case t.from.Client != nil:
		all, err := t.from.Client.ServerCertificate(ctx)
		if errors.Is(err, konnektor.KindConfig) {
			return errNoAccess // an address without TLS
		}
		if err != nil {
			return err
		}
		c = all[0]
	default:
		return errNoAccess
	}
	sum := sha256.Sum256(c.Raw)
	t.s.Certificate = &Certificate{SHA256: hex.EncodeToString(sum[:]), Serial: c.SerialNumber.Text(16),
		ICCSN: konnektor.ICCSN(c.ICCSN()), Key: string(c.KeyType()), NotAfter: c.NotAfter.UTC()}
	return nil
}

func (t *taking) terminals(ctx context.Context) error {
	all, err := ask(t, func(r mgmt.TerminalReader) ([]mgmt.Terminal, error) { return r.Terminals(ctx) })
	for _, c := range all {
		name := c.Label
		if name == "" {
			name = c.Hostname
		}
		t.s.Terminals = append(t.s.Terminals, Terminal{ID: c.ID, Name: name, MAC: normalMAC(c.MAC), IP: c.IP,
			Firmware: strings.TrimSpace(c.Firmware), Correlation: c.Correlation, Connected: c.Connected, Expires: c.Expires})
	}
	if !t.untold(err) {
		return err
	}
	seen, _, err := t.from.Client.CardTerminals(ctx, true)
	for _, c := range seen {
		t.s.Terminals = append(t.s.Terminals, Terminal{ID: c.ID, Name: c.Name, MAC: normalMAC(c.MAC), IP: c.IP,
			Firmware: strings.TrimSpace(c.Product.FirmwareVersion), Connected: c.Connected})
	}
	return err
}

// normalMAC makes the spellings of management and services the same.
func normalMAC(s string) string {
	return strings.ToUpper(strings.ReplaceAll(s, ":", "-"))
}

// ofPractice are the types of cards that are no patient's.
var ofPractice = []konnektor.CardType{konnektor.CardSMCB, konnektor.CardHSMB, konnektor.CardHBA, konnektor.CardSMCKT}

func (t *taking) cards(ctx context.Context) error {
	all, err := ask(t, func(r mgmt.CardReader) ([]mgmt.Card, error) { return r.Cards(ctx) })
	if t.untold(err) {
		var seen []konnektor.Card
		seen, _, err = t.from.Client.Cards(ctx, konnektor.CardFilter{MandantWide: true})
		for _, c := range seen {
			all = append(all, mgmt.Card{Handle: c.Handle, Type: c.Type, ICCSN: c.ICCSN, Terminal: c.Terminal, Slot: c.Slot, Expires: c.CertificateExpires})
		}
	}
	for _, c := range all {
		if !slices.Contains(ofPractice, c.Type) || c.ICCSN == "" {
			continue
		}
		t.inserted = append(t.inserted, c)
		t.s.Cards = append(t.s.Cards, Card{Type: c.Type, ICCSN: c.ICCSN, Terminal: c.Terminal, Slot: c.Slot, Expires: c.Expires})
	}
	return err
}

func (t *taking) contexts(ctx context.Context) error {
	model, err := ask(t, func(r mgmt.InfoModelReader) (mgmt.InfoModel, error) { return r.InfoModel(ctx) })
	for _, c := range model.Contexts {
		t.s.Contexts = append(t.s.Contexts, Context{Mandant: c.MandantID, ClientSystem: c.ClientSystemID, Workplace: c.WorkplaceID})
	}
	return err
}

func (t *taking) clientSystems(ctx context.Context) error {
	all, err := ask(t, func(r mgmt.InfoModelReader) ([]mgmt.ClientSystem, error) { return r.ClientSystems(ctx) })
	for _, system := range all {
		for _, c := range system.Certificates {
			t.s.ClientSystems = append(t.s.ClientSystems, ClientCertificate{ClientSystem: system.ID, Name: c.File, NotAfter: c.NotAfter})
		}
	}
	return err
}

func (t *taking) pins(ctx context.Context) error {
	mandanten, err := ask(t, func(r mgmt.InfoModelReader) ([]mgmt.Mandant, error) { return r.Mandanten(ctx) })
	for _, m := range mandanten {
		for _, managed := range m.SMCBs {
			i := slices.IndexFunc(t.inserted, func(c mgmt.Card) bool { return c.ICCSN == managed.ICCSN })
			if i < 0 {
				continue
			}
			s, err := ask(t, func(v mgmt.PINVerifier) (mgmt.PINState, error) { return v.PINState(ctx, t.inserted[i].Handle, m.ID) })
			if err != nil {
				return err
			}
			t.s.PINs = append(t.s.PINs, PIN{ICCSN: managed.ICCSN, Mandant: m.ID, Status: s.Status})
		}
	}
	if !t.untold(err) {
		return err
	}
	for _, c := range t.inserted {
		if c.Type != konnektor.CardSMCB {
			continue
		}
		s, _, err := t.from.Client.PINStatus(ctx, c.Handle, konnektor.PINSMC)
		if err != nil {
			return err
		}
		t.s.PINs = append(t.s.PINs, PIN{ICCSN: c.ICCSN, Status: string(s.State)})
	}
	return nil
}

func (t *taking) licences(ctx context.Context) error {
	all, err := ask(t, func(r mgmt.LicenceReader) ([]mgmt.Licence, error) { return r.Licences(ctx) })
	for _, l := range all {
		t.s.Licences = append(t.s.Licences, Licence{l.Feature, l.Licensed})
	}
	return err
}

// test reads a card. Of what goes wrong only codes and kind are kept: a fault may
// quote the card.
func (t *taking) test(ctx context.Context) {
	if t.from.ReadVSD == nil {
		return
	}
	err := t.from.ReadVSD(ctx)
	if err == nil {
		t.s.FunctionTest = TestPassed
		return
	}
	t.s.FunctionTest = TestFailed
	var fault *konnektor.Error
	if errors.As(err, &fault) {
		for _, e := range fault.Trace {
			t.s.FunctionCodes = append(t.s.FunctionCodes, int(e.Code))
		}
	}
	var kind konnektor.Kind
	if errors.As(err, &kind) {
		t.s.FunctionReason = string(kind)
	}
}

// sort makes snapshots of the same state the same.
func (t *taking) sort() {
	sort.Strings(t.s.States)
	sort.Slice(t.s.Terminals, func(i, j int) bool { return t.s.Terminals[i].ID < t.s.Terminals[j].ID })
	sort.Slice(t.s.Cards, func(i, j int) bool { return t.s.Cards[i].ICCSN < t.s.Cards[j].ICCSN })
	sort.Slice(t.s.Contexts, func(i, j int) bool { return t.s.Contexts[i].words() < t.s.Contexts[j].words() })
	sort.SliceStable(t.s.ClientSystems, func(i, j int) bool { return t.s.ClientSystems[i].words() < t.s.ClientSystems[j].words() })
	sort.Slice(t.s.PINs, func(i, j int) bool { return t.s.PINs[i].words() < t.s.PINs[j].words() })
	sort.Slice(t.s.Licences, func(i, j int) bool { return t.s.Licences[i].Feature < t.s.Licences[j].Feature })
}
