package operations

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"path/filepath"
	"sort"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/p12"
	"github.com/libkonnektor/libkonnektor/tsl"
)

// certFileDoc is where certificates are.
type certFileDoc struct {
	Path     string `json:"path,omitempty" doc:"A file with certificates: PEM, DER, a bundle (p7b) or PKCS#12. Give this or content."`
	Content  string `json:"content,omitempty" doc:"The same in base64, in place of a file."`
	Password string `json:"password,omitempty" doc:"The password of a PKCS#12 file."`
	Label    string `json:"label,omitempty" doc:"Where the certificates are from, for people. The name of the file when left out."`
}

// read returns the certificates; field names the place in the request.
func (f *certFileDoc) read(field string) ([]*certs.Certificate, error) {
	data, err := f.data(field)
	if err != nil {
		return nil, err
	}
	all, err := certs.ParseAll(data)
	if err == nil {
		return all, nil
	}
	bundle, notP12 := p12.Decode(data, f.Password)
	switch {
	case errors.Is(notP12, p12.ErrPassword):
		return nil, &fileError{field, KindPassword, notP12}
	case notP12 != nil && bytes.Contains(data, []byte("-----BEGIN")), errors.Is(notP12, p12.ErrMalformed):
		return nil, &fileError{field, KindFormat, err}
	case notP12 != nil:
		return nil, &fileError{field, KindFormat, notP12}
	}
	all = nil
	for _, der := range bundle.Certificates {
		cert, err := certs.Parse(der)
		if err != nil {
			return nil, &fileError{field, KindFormat, err}
		}
		all = append(all, cert)
	}
	return all, nil
}

func (f *certFileDoc) data(field string) ([]byte, error) {
	switch {
	case (f.Path == "") == (f.Content == ""):
		return nil, &requestError{field, "give path or content"}
	case f.Path != "":
		return readFile(field, f.Path, maxSmallFile)
	}
	data, err := base64.StdEncoding.DecodeString(f.Content)
	if err != nil {
		return nil, &requestError{field, "content is no base64"}
	}
	return data, nil
}

// label names the certificates for people.
func (f *certFileDoc) label() string {
	switch {
	case f.Label != "":
		return clean(f.Label)
	case f.Path != "":
		return clean(filepath.Base(f.Path))
	}
	return wordCertificate
}

type certsShowRequestDoc struct {
	certFileDoc
	Konnektor bool `json:"konnektor,omitempty" doc:"In place of a file: the certificates that the Konnektor shows, as certs.inventory reads them."`
	HBA       bool `json:"hba,omitempty" doc:"With konnektor: also those of HBA. While an HBA is read, nobody can sign with it."`

	At     string `json:"at,omitempty" doc:"The time that validity is seen from, RFC 3339 or a day; now when left out."`
	List   string `json:"list,omitempty" doc:"A file with a trust list (TSL): every certificate that is not of a CA is judged by it. The list is verified first, at its own time of issue."`
	Anchor string `json:"anchor,omitempty" doc:"A file with trust anchors (TSL-CA) for that list in place of those that the library has."`
	timeLimit
}

type certsShowAnswerDoc struct {
	Certificates []certificateDoc   `json:"certificates" doc:"The certificates, in the order of the file."`
	Skipped      []inventorySkipDoc `json:"skipped,omitempty" doc:"With konnektor: what could not be read, or was left out."`
}

// certificateDoc is one certificate. It names no insured person.
type certificateDoc struct {
	Label       string   `json:"label" doc:"Where it is from."`
	Kind        string   `json:"kind" table:"-" doc:"What it is: the certificate type such as C.AK.AUT, CA, root CA, C.GEM.OCSP, or other."`
	KindDE      string   `json:"kind_de" doc:"The same in German."`
	Holder      string   `json:"holder" doc:"What carries such certificates, such as SMC-B or gSMC-K; empty when there is no such thing."`
	Name        string   `json:"name" doc:"The common name; *** in a certificate that names an insured person."`
	State       string   `json:"state" table:"-" enum:"valid soon expired not-yet" doc:"valid, soon (ends within 90 days), expired, not-yet (not yet valid)."`
	StateDE     string   `json:"state_de" doc:"The state in German."`
	NotBefore   string   `json:"not_before" format:"date-time" doc:"When it begins."`
	NotAfter    string   `json:"not_after" format:"date-time" doc:"When it ends."`
	Key         string   `json:"key" doc:"The type of its key, such as RSA-2048 or brainpoolP256r1."`
	ICCSN       string   `json:"iccsn" doc:"The serial number of the card, as far as the certificate tells it."`
	TelematikID string   `json:"telematik_id" doc:"The Telematik-ID; empty where there is none."`
	Roles       []string `json:"roles" doc:"What the holder is, in German (gemSpec_OID)."`
	Names       []string `json:"names" doc:"The names of the host, in a certificate for TLS."`
	Issuer      string   `json:"issuer" doc:"The common name of the issuer."`
	Serial      string   `json:"serial" doc:"The serial number in hex."`
	SHA256      string   `json:"sha256" doc:"The SHA-256 of the certificate in hex."`
	ProfileDE   string   `json:"profile_de,omitempty" doc:"What in its key usages does not fit its type, in German; left out when they fit."`
	Check       string   `json:"check,omitempty" table:"-" enum:"trusted refused" doc:"With list: whether the list makes the certificate trusted. Revocation (OCSP) is not asked for."`
	CheckCode   int64    `json:"check_code,omitempty" table:"-" doc:"The code of the TI for the reason of a refusal (gemSpec_PKI)."`
	CheckDE     string   `json:"check_de,omitempty" doc:"The verdict in German."`
}

func opCertsShow() Operation {
	return define(Operation{
		Name:       "certs.show",
		Summary:    "Shows the certificates of the TI in a file or on a Konnektor, and judges them by a trust list where one is given. Needs no Konnektor unless asked for it.",
		Title:      titleCertsShow,
		Repeatable: true,
		Local:      true,
	}, runCertsShow)
}

func runCertsShow(ctx context.Context, c *call, req certsShowRequestDoc) (*certsShowAnswerDoc, error) {
	at, err := moment("at", req.At)
	if err != nil {
		return nil, err
	}
	all, skipped, err := req.sources(ctx, c)
	if err != nil {
		return nil, err
	}
	cas, err := req.trusted(at)
	if err != nil {
		return nil, err
	}
	inv := certs.NewInventory(all, certs.InventoryOptions{At: at})
	a := &certsShowAnswerDoc{Certificates: make([]certificateDoc, 0, len(all)), Skipped: skipped}
	for i := range inv.Entries {
		cert := all[i].Certificate
		d := newCertificate(&inv.Entries[i], cert)
		if req.List != "" && !cert.IsCA {
			d.judge(cert, certs.CheckOptions{At: at, CAs: cas})
		}
		a.Certificates = append(a.Certificates, d)
	}
	return a, nil
}

// sources are the certificates of the file or of the Konnektor.
func (r *certsShowRequestDoc) sources(ctx context.Context, c *call) ([]certs.Item, []inventorySkipDoc, error) {
	if !r.Konnektor {
		if r.HBA {
			return nil, nil, &requestError{"hba", "only together with konnektor"}
		}
		all, err := r.read("path")
		return items(r.label(), all, false), nil, err
	}
	if r.Path != "" || r.Content != "" {
		return nil, nil, &requestError{"konnektor", "give path, content or konnektor"}
	}
	live := &liveSource{call: c, hba: r.HBA}
	err := live.collect(ctx)
	return live.items, live.skipped, err
}

// trusted are the CAs of the trust list, none without one.
func (r *certsShowRequestDoc) trusted(at time.Time) ([]certs.TrustedCA, error) {
	if r.List == "" {
		return nil, nil
	}
	anchors, err := readAnchors("anchor", r.Anchor)
	if err != nil {
		return nil, err
	}
	list, _, err := readList("list", r.List, tsl.Options{At: at, Environment: tsl.AnyEnvironment, Anchors: anchors})
	if err != nil {
		return nil, err
	}
	cas, _ := list.List.TrustedCAs() // what cannot be read issues nothing that is trusted
	return cas, nil
}

// The verdicts about a certificate.
const (
	certTrusted = "trusted"
	certRefused = "refused"
)

// judge fills in the verdict by a trust list.
func (d *certificateDoc) judge(c *certs.Certificate, o certs.CheckOptions) {
	_, err := c.Check(o)
	var refusal *certs.CheckError
	switch {
	case err == nil:
		d.Check, d.CheckDE = certTrusted, checkTrusted
	case errors.As(err, &refusal):
		d.Check, d.CheckCode, d.CheckDE = certRefused, int64(refusal.Code), germanCheck(refusal)
	default:
		d.Check, d.CheckDE = certRefused, checkRefused
	}
}

// items gives certificates their place.
func items(label string, all []*certs.Certificate, complete bool) []certs.Item {
	list := make([]certs.Item, 0, len(all))
	for _, cert := range all {
		list = append(list, certs.Item{Label: label, Certificate: cert, Complete: complete})
	}
	return list
}

// stateNames are the states of certificates in answers.
var stateNames = map[certs.State]string{
	certs.StateValid: "valid", certs.StateSoon: "soon", certs.StateExpired: "expired", certs.StateNotYetValid: "not-yet",
}

func newCertificate(e *certs.Entry, c *certs.Certificate) certificateDoc {
	d := certificateDoc{
		Label: e.Label, Kind: clean(e.Kind), KindDE: germanCertificateKind(e.Kind), Holder: string(e.Holder), Name: clean(e.Name),
		State: stateNames[e.State], StateDE: certificateStateGerman[e.State],
		NotBefore: dateTime(e.NotBefore), NotAfter: dateTime(e.NotAfter), Key: string(e.Key),
		ICCSN: string(e.ICCSN), TelematikID: clean(string(e.TelematikID)), Roles: listWords(e.Roles), Names: listWords(c.DNSNames),
		Issuer: clean(e.Issuer), Serial: e.Serial, SHA256: e.SHA256,
	}
	for _, t := range c.Types() {
		var refusal *certs.CheckError
		if errors.As(c.CheckProfile(t), &refusal) {
			d.ProfileDE = germanProfile(refusal)
			break
		}
	}
	return d
}

// inventorySources are the fields that say which certificates to look at.
type inventorySources struct {
	Files     []certFileDoc `json:"files,omitempty" doc:"Files with certificates."`
	Konnektor bool          `json:"konnektor,omitempty" doc:"Also those that the Konnektor shows: its TLS identity, the certificates of all SMC-B, the client certificate in use. eGK are never read."`
	HBA       bool          `json:"hba,omitempty" doc:"With konnektor: also those of HBA. While an HBA is read, nobody can sign with it."`
	At        string        `json:"at,omitempty" doc:"The time that everything is seen from, RFC 3339 or a day; now when left out."`
	SoonDays  int64         `json:"soon_days,omitempty" min:"1" max:"3660" doc:"How many days before its end a certificate ends soon. 90 when left out."`
}

// inventory collects the certificates.
func (s *inventorySources) inventory(ctx context.Context, c *call) (*certs.Inventory, *liveSource, error) {
	at, err := moment("at", s.At)
	if err != nil {
		return nil, nil, err
	}
	if len(s.Files) == 0 && !s.Konnektor || len(s.Files) > maxPlanned || s.HBA && !s.Konnektor {
		return nil, nil, &requestError{"files", "give 1 to 64 files, or konnektor; hba only together with konnektor"}
	}
	var list []certs.Item
	for i := range s.Files {
		all, err := s.Files[i].read(numbered("files", i))
		if err != nil {
			return nil, nil, err
		}
		list = append(list, items(s.Files[i].label(), all, false)...)
	}
	live := &liveSource{call: c, hba: s.HBA}
	if s.Konnektor {
		if err := live.collect(ctx); err != nil {
			return nil, nil, err
		}
	}
	o := certs.InventoryOptions{At: at, Soon: time.Duration(s.SoonDays) * 24 * time.Hour}
	return certs.NewInventory(append(list, live.items...), o), live, nil
}

type certsInventoryRequestDoc struct {
	inventorySources
	WithCSV bool `json:"with_csv,omitempty" doc:"Also as a table for spreadsheets."`
	timeLimit
}

type certsInventoryAnswerDoc struct {
	At      string             `json:"at" format:"date-time" doc:"The time that everything is seen from."`
	Entries []inventoryDoc     `json:"entries" doc:"The certificates."`
	Due     []certDueDoc       `json:"due" doc:"What happens to them when, by time: the dated rules of the TI."`
	Known   []knownEndDoc      `json:"known,omitempty" doc:"Ends that the Konnektor tells of cards whose certificates were not read."`
	Skipped []inventorySkipDoc `json:"skipped,omitempty" doc:"What could not be read, or was left out."`
	CSV     string             `json:"csv,omitempty" table:"-" doc:"With with_csv: the certificates as CSV in German, for a .csv file: UTF-8 with a byte order mark, separated by semicolons. Days are in UTC."`
}

type inventoryDoc struct {
	Label       string `json:"label" doc:"Where it is from."`
	Kind        string `json:"kind" table:"-" doc:"What it is, such as C.HCI.AUT, CA, root CA or other."`
	KindDE      string `json:"kind_de" doc:"The same in German."`
	Name        string `json:"name" doc:"The common name; *** in a certificate that names an insured person."`
	Key         string `json:"key" doc:"The type of its key."`
	Generation  string `json:"generation" doc:"The generation of the card, 2.0 or 2.1; empty when it is not known or there is none."`
	State       string `json:"state" table:"-" enum:"valid soon expired not-yet" doc:"valid, soon, expired, not-yet (not yet valid)."`
	StateDE     string `json:"state_de" doc:"The state in German."`
	NotBefore   string `json:"not_before" format:"date-time" table:"-" doc:"When it begins."`
	NotAfter    string `json:"not_after" format:"date-time" doc:"When it ends."`
	UsableUntil string `json:"usable_until" format:"date-time" doc:"When its use ends: not_after, or earlier by a rule that is confirmed or measured."`
	DaysLeft    int64  `json:"days_left" table:"-" doc:"Whole days until it ends; negative afterwards."`
	Renewal     string `json:"renewal" table:"-" doc:"original or renewed, when both are there."`
	RenewalDE   string `json:"renewal_de" table:"-" doc:"The same in German."`
	Holder      string `json:"holder" table:"-" doc:"What carries such certificates."`
	ICCSN       string `json:"iccsn" doc:"The serial number of the card, as far as the certificate tells it."`
	TelematikID string `json:"telematik_id" table:"-" doc:"The Telematik-ID."`
	Issuer      string `json:"issuer" table:"-" doc:"The common name of the issuer."`
	Serial      string `json:"serial" table:"-" doc:"The serial number in hex."`
	SHA256      string `json:"sha256" table:"-" doc:"The SHA-256 of the certificate in hex."`
}

type certDueDoc struct {
	At       string `json:"at" format:"date-time" table:"-" doc:"When the effect comes."`
	Day      string `json:"day" format:"date" doc:"The day, as the source names it or in UTC."`
	Label    string `json:"label" doc:"Where the certificate is from."`
	Kind     string `json:"kind" table:"-" doc:"What it is."`
	KindDE   string `json:"kind_de" doc:"The same in German."`
	Rule     string `json:"rule" table:"-" doc:"The name of the rule, which does not change."`
	Effect   string `json:"effect" table:"-" enum:"ends planned begins act" doc:"ends (of no use any more), planned (the same, announced), begins (something becomes possible), act (somebody should act by now)."`
	What     string `json:"what" table:"-" doc:"What happens, in English."`
	WhatDE   string `json:"what_de" doc:"What happens, in German."`
	EffectDE string `json:"effect_de" table:"-" doc:"The effect in German."`
	Past     bool   `json:"past" table:"-" doc:"It lies before the time that everything is seen from."`
	Evidence string `json:"evidence" table:"-" enum:"confirmed measured planned secondary" doc:"How sure the rule is."`
	SureDE   string `json:"sure_de" doc:"How sure the rule is, in German, with what contradicts it."`
	Source   string `json:"source" table:"-" doc:"Where the rule is from, in English."`
	SourceDE string `json:"source_de" table:"-" doc:"The same in German."`
	Conflict string `json:"conflict" table:"-" doc:"Where sources contradict each other, in English; empty when they do not."`

	ConflictDE string `json:"conflict_de" table:"-" doc:"The same in German."`
	Assumed    bool   `json:"assumed" table:"-" doc:"The rule is for cards of generation 2.0, and it is not known whether this is one."`
	SHA256     string `json:"sha256" table:"-" doc:"The certificate."`
}

type knownEndDoc struct {
	Label      string `json:"label" doc:"What card it is."`
	ICCSN      string `json:"iccsn" doc:"Its serial number."`
	TerminalID string `json:"terminal_id" doc:"The card terminal; empty for the Konnektor's own card."`
	Expires    string `json:"expires" format:"date" doc:"The day on which its certificate ends."`
}

type inventorySkipDoc struct {
	Label  string `json:"label" doc:"What it is."`
	Code   int64  `json:"code,omitempty" doc:"The code of the Konnektor, where there is one."`
	TextDE string `json:"text_de" doc:"Why, in German."`
}

func opCertsInventory() Operation {
	return define(Operation{
		Name:       "certs.inventory",
		Summary:    "Lists certificates of files and of a Konnektor with what ends when, by the dated rules of the TI. Nothing is verified but the Konnektor's TLS identity. Needs no Konnektor unless asked for it.",
		Title:      titleCertsInventory,
		Repeatable: true,
		Local:      true,
	}, runCertsInventory)
}

func runCertsInventory(ctx context.Context, c *call, req certsInventoryRequestDoc) (*certsInventoryAnswerDoc, error) {
	inv, live, err := req.inventory(ctx, c)
	if err != nil {
		return nil, err
	}
	a := &certsInventoryAnswerDoc{
		At: dateTime(inv.At), Entries: make([]inventoryDoc, 0, len(inv.Entries)), Due: []certDueDoc{},
		Known: live.known, Skipped: live.skipped,
	}
	for i := range inv.Entries {
		e := &inv.Entries[i]
		a.Entries = append(a.Entries, newInventoryEntry(e))
		for _, d := range e.Due {
			a.Due = append(a.Due, newDue(e, d))
		}
	}
	sort.SliceStable(a.Due, func(i, j int) bool { return a.Due[i].At < a.Due[j].At })
	if req.WithCSV {
		a.CSV, err = inventoryCSV(a)
	}
	return a, err
}

func newInventoryEntry(e *certs.Entry) inventoryDoc {
	return inventoryDoc{
		Label: e.Label, Kind: clean(e.Kind), KindDE: germanCertificateKind(e.Kind), Name: clean(e.Name), Key: string(e.Key), Generation: string(e.Generation),
		State: stateNames[e.State], StateDE: certificateStateGerman[e.State],
		NotBefore: dateTime(e.NotBefore), NotAfter: dateTime(e.NotAfter), UsableUntil: dateTime(e.UsableUntil),
		DaysLeft: int64(e.DaysLeft), Renewal: e.Renewal, RenewalDE: renewalGerman[e.Renewal], Holder: string(e.Holder), ICCSN: string(e.ICCSN),
		TelematikID: clean(string(e.TelematikID)), Issuer: clean(e.Issuer), Serial: e.Serial, SHA256: e.SHA256,
	}
}

func newDue(e *certs.Entry, d certs.Due) certDueDoc {
	day := d.Day
	if day == "" {
		day = date(d.At.UTC())
	}
	return certDueDoc{
		At: dateTime(d.At), Day: day, Label: e.Label, Kind: clean(e.Kind), KindDE: germanCertificateKind(e.Kind), Rule: d.Rule, Effect: string(d.Effect),
		EffectDE: effectGerman[d.Effect], SourceDE: ruleGerman[d.Rule].source, ConflictDE: ruleGerman[d.Rule].conflict,
		What: d.What, WhatDE: germanRule(d), Past: d.Past, Evidence: string(d.Evidence), SureDE: germanEvidence(d),
		Source: d.Source, Conflict: d.Conflict, Assumed: d.Assumed, SHA256: e.SHA256,
	}
}

type certsCalendarRequestDoc struct {
	inventorySources
	AlarmDays int64 `json:"alarm_days,omitempty" min:"1" max:"3660" doc:"So many days before each event a calendar program reminds. Not at all when left out."`
	WithPast  bool  `json:"with_past,omitempty" doc:"Also what lies in the past."`
	timeLimit
}

type certsCalendarAnswerDoc struct {
	Calendar string             `json:"calendar" doc:"The calendar (iCalendar, RFC 5545), as the text of an .ics file. Its words are German."`
	Events   int64              `json:"events" doc:"How many events are in it."`
	Skipped  []inventorySkipDoc `json:"skipped,omitempty" doc:"What could not be read, or was left out."`
}

func opCertsCalendar() Operation {
	return define(Operation{
		Name:       "certs.calendar",
		Summary:    "Makes a calendar (iCalendar) of what certs.inventory finds: what ends when. Needs no Konnektor unless asked for it.",
		Title:      titleCertsCalendar,
		Repeatable: true,
		Local:      true,
	}, runCertsCalendar)
}

func runCertsCalendar(ctx context.Context, c *call, req certsCalendarRequestDoc) (*certsCalendarAnswerDoc, error) {
	inv, live, err := req.inventory(ctx, c)
	if err != nil {
		return nil, err
	}
	var ics bytes.Buffer
	err = inv.WriteCalendar(&ics, certs.CalendarOptions{
		Name: calendarName, Alarm: time.Duration(req.AlarmDays) * 24 * time.Hour, WithPast: req.WithPast,
		Words: germanEvent,
	})
	if err != nil {
		return nil, err
	}
	return &certsCalendarAnswerDoc{
		Calendar: ics.String(), Events: int64(bytes.Count(ics.Bytes(), []byte("BEGIN:VEVENT"))), Skipped: live.skipped,
	}, nil
}
