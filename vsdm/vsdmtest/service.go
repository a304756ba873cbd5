package vsdmtest

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

const spaceVSD = "http://ws.gematik.de/conn/vsds/VSDService/v5.2"

// Module is the Fachmodul VSDM of a Konnektor. Its methods are safe for
// concurrent use.
type Module struct {
	konnektor *konnektortest.Konnektor
	mu        sync.Mutex
	backend   Backend
}

// Backend is the way to the update services and their state, for all cards.
type Backend struct {
	// E overrides the result of every online check; 0 leaves it to the cards.
	E int
	// EC goes with E 3.
	EC int
	// Timeout bounds an online check; beyond it the receipt says 3. 0 means
	// 10 s.
	Timeout time.Duration
	// OfflineTooLong makes result 6 of a result 3 for want of a tunnel.
	OfflineTooLong bool
}

// Install adds the VSDService to a Konnektor and returns its module.
func Install(k *konnektortest.Konnektor) *Module {
	m := &Module{konnektor: k}
	shape := konnektortest.Sequence(spaceVSD, "ReadVSD",
		konnektortest.One(konnektortest.Simple(spaceVSD, "EhcHandle", konnektortest.AnyText)),
		konnektortest.One(konnektortest.Simple(spaceVSD, "HpcHandle", konnektortest.AnyText)),
		konnektortest.One(konnektortest.Simple(spaceVSD, "PerformOnlineCheck", konnektortest.Boolean)),
		konnektortest.One(konnektortest.Simple(spaceVSD, "ReadOnlineReceipt", konnektortest.Boolean)),
		konnektortest.One(konnektortest.ContextShape))
	k.Install(konnektortest.Service{
		Name: "VSDService", Schema: "conn/vsds/VSDService.xsd", Prefixes: map[string]string{"VSD": spaceVSD},
		Versions: []konnektortest.Version{{
			Number: "5.2.0", TargetNamespace: spaceVSD,
			Operations: []konnektortest.Operation{{
				Name: "ReadVSD",
				// The WSDL says v6.0; gemILF_PS prints v5.2.
				SOAPActions: []string{
					"http://ws.gematik.de/conn/vsds/VSDService/v6.0#ReadVSD", spaceVSD + "#ReadVSD"},
				Request: shape, AllowedIn: konnektortest.InModuleStates, Handle: m.readVSD,
			}},
		}},
	})
	return m
}

// SetBackend changes the backend from now on.
func (m *Module) SetBackend(b Backend) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.backend = b
}

func (m *Module) current() Backend {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.backend
}

// fault is a fault of the module.
func fault(code konnektor.Code) error {
	return &konnektortest.Fault{Code: code, CompType: "FM_VSDM"}
}

// reading is one call of ReadVSD.
type reading struct {
	*konnektortest.Call
	module       *Module
	egk, hpc     konnektor.CardHandle
	check, proof bool // PerformOnlineCheck, ReadOnlineReceipt
	insured      Insured
}

func (m *Module) readVSD(c *konnektortest.Call) (string, error) {
	r := &reading{
		Call: c, module: m,
		egk: konnektor.CardHandle(c.Request.Value("EhcHandle")), hpc: konnektor.CardHandle(c.Request.Value("HpcHandle")),
		check: c.Request.Bool("PerformOnlineCheck"), proof: c.Request.Bool("ReadOnlineReceipt"),
	}
	if err := r.checkHandles(); err != nil {
		return "", err
	}
	release, err := c.OpenSession(r.egk)
	if err != nil {
		return "", err
	}
	defer release()
	if err := r.checkCard(); err != nil {
		return "", err
	}
	receipt, err := r.receipt()
	if err != nil {
		return "", err
	}
	return r.answer(receipt), nil
}

// checkHandles are the faults of context and handles, before any card is asked.
func (r *reading) checkHandles() error {
	if err := r.Access(konnektortest.Access{}); err != nil {
		return err
	}
	egk, ok := r.Konnektor.Card(r.egk)
	hpc, okHPC := r.Konnektor.Card(r.hpc)
	if !ok || !okHPC {
		return konnektortest.NewFault(4101)
	}
	for _, h := range []konnektor.CardHandle{r.egk, r.hpc} {
		if err := r.Access(konnektortest.Access{Card: h, Session: true}); err != nil {
			return err
		}
	}
	if egk.Type != konnektor.CardEGK {
		return konnektortest.NewFault(4051)
	}
	pin, locked := konnektor.PINSMC, konnektor.Code(3041)
	switch hpc.Type {
	case konnektor.CardSMCB, konnektor.CardHSMB:
	case konnektor.CardHBA, konnektor.CardHBAqSig:
		pin, locked = konnektor.PINCH, 3042
	default:
		return konnektortest.NewFault(4051)
	}
	if hpc.PINs[pin].State != konnektor.PINVerified {
		return fault(locked)
	}
	return nil
}

// checkCard are the faults that the card itself gives.
func (r *reading) checkCard() error {
	card, ok := r.Konnektor.Card(r.egk)
	if !ok {
		return konnektortest.NewFault(4101)
	}
	if r.insured, ok = card.Content.(Insured); !ok {
		return fault(111)
	}
	s := r.insured.Card
	switch {
	case s.Generation1:
		return fault(113)
	case s.Certificate != 0:
		return fault(s.Certificate)
	case s.Fault != 0:
		return fault(s.Fault)
	case s.Locked && !r.repairs():
		return fault(114)
	case s.Open && !r.repairs():
		return fault(3001)
	}
	return nil
}

// repairs says whether an online check will bring the card in order. A locked
// card is taken online even when nobody asked for the check.
func (r *reading) repairs() bool {
	online := r.Konnektor.Online(konnektortest.TI) && r.insured.Online.E == 1
	return online && (r.check || r.insured.Card.Locked)
}

// receipt makes, stores and finds the Pruefungsnachweis; nil when none is to be
// returned.
func (r *reading) receipt() (*Receipt, error) {
	if r.check || r.insured.Card.Locked {
		if err := r.online(); err != nil {
			return nil, err
		}
	}
	stored := r.insured.Stored
	switch {
	case !r.proof:
		return nil, nil
	case stored == nil:
		return nil, fault(3040)
	case stored.Mandant != "" && stored.Mandant != r.Context.MandantID:
		return nil, fault(3039)
	}
	return stored, nil
}

// online checks the card at the backend, updates it and stores the receipt on
// it.
func (r *reading) online() error {
	o, b := r.insured.Online, r.module.current()
	e, ec := o.E, o.EC
	if e == 0 {
		e = 2
	}
	if b.E != 0 {
		e, ec = b.E, b.EC
	}
	switch {
	case !r.Konnektor.Online(konnektortest.TI):
		e, ec = 3, 0
	case !r.wait(o.Delay, b.Timeout):
		e, ec = 3, 12101
	case o.Fault != 0:
		return fault(o.Fault)
	case e == 4:
		return fault(106)
	}
	if e == 3 && b.OfflineTooLong {
		e = 6
	}
	return r.store(Receipt{E: e, EC: ec, Time: time.Now(), Mandant: r.Context.MandantID, PZ: o.PZ})
}

// wait waits for the backend; false when it took too long.
func (r *reading) wait(delay, timeout time.Duration) bool {
	if timeout <= 0 {
		timeout = 10 * time.Second
	}
	timer := time.NewTimer(min(delay, timeout))
	defer timer.Stop()
	select {
	case <-timer.C:
		return delay < timeout
	case <-r.Done:
		return false
	}
}

// store writes the result of an online check to the card.
func (r *reading) store(receipt Receipt) error {
	p := r.insured
	if receipt.E == 1 {
		if p.Online.Update != nil {
			p = *p.Online.Update
		}
		p.Online.E, p.Updated = 2, receipt.Time
		p.Card.Locked, p.Card.Open = false, false
	}
	p.Stored = &receipt
	r.insured = p
	return r.Konnektor.ChangeCard(r.egk, func(c *konnektortest.Card) { c.Content = p })
}

// answer writes ReadVSDResponse (VSDService.xsd).
func (r *reading) answer(receipt *Receipt) string {
	p := r.insured
	schema := "fa/vsds/Schema_VSD.xsd"
	proof := "fa/vsds/Pruefungsnachweis.xsd"
	if p.private() {
		schema, proof = "fa/vsds/Schema_VSD_PKV.xsd", "fa/vsds/Pruefungsnachweis_PKV.xsd"
	}
	body := r.field(PD, "VSD:PersoenlicheVersichertendaten", p.PD(), schema) +
		r.field(VD, "VSD:AllgemeineVersicherungsdaten", p.VD(), schema)
	if !p.Card.NoC2C {
		body += r.field(GVD, "VSD:GeschuetzteVersichertendaten", p.GVD(), schema)
	}
	body += r.status()
	if receipt != nil {
		body += r.field(PN, "VSD:Pruefungsnachweis", receipt.document(p, r.Rand), proof)
	}
	return elem("VSD:ReadVSDResponse", body)
}

// field writes one document with the defect that the card has for it.
func (r *reading) field(f Field, name, doc, schema string) string {
	defect := r.insured.Defects[f]
	if defect == Missing {
		r.Malformed = true
		return ""
	}
	if defect == BadCheckDigit {
		kvnr := []byte(r.insured.KVNR)
		kvnr[9] = '0' + (kvnr[9]-'0'+1)%10
		doc = replaceOnce(doc, string(r.insured.KVNR), string(kvnr))
	}
	k := packing{r.Rand, defect}
	content := k.bytes(doc, f == PN)
	if defect == "" && r.insured.CDMVersion == "" && r.insured.Namespace == "" {
		r.Check(schema, content)
	}
	r.Malformed = r.Malformed || defect == BadBase64
	return text(name, k.field(content))
}

// status writes VSD_Status. The zone of the time is missing now and then, as
// in the field.
func (r *reading) status() string {
	p := r.insured
	open, version := "0", "5.2.0"
	if p.Card.ShowOpen {
		open = "1"
	}
	if p.private() {
		version = "1.0.0"
	}
	if p.VSDVersion != "" {
		version = p.VSDVersion
	}
	updated := p.Updated
	if updated.IsZero() {
		updated = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	}
	return elem("VSD:VSD_Status", text("VSD:Status", open), text("VSD:Timestamp", timestamp(updated, r.Rand)),
		text("VSD:Version", version))
}

func timestamp(t time.Time, rng *rand.Rand) string {
	layout := []string{"2006-01-02T15:04:05", "2006-01-02T15:04:05Z", "2006-01-02T15:04:05.000Z"}[rng.IntN(3)]
	return t.UTC().Format(layout)
}
