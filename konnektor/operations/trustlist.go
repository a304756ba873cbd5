package operations

import (
	"bytes"
	"encoding/hex"
	"errors"
	"sort"
	"strconv"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/tsl"
)

// The verdicts about a trust list.
const (
	listValid      = "valid"
	listRefused    = "refused"
	listUnreadable = "unreadable"
)

// maxSmallFile bounds certificates and signatures that stand in files.
const maxSmallFile = 1 << 20

// listRules are the fields that say what a trust list is judged by.
type listRules struct {
	Environment string `json:"environment,omitempty" enum:"prod ref test any" doc:"The environment that the list has to be of: production, reference, test, or any of them. prod when left out."`
	At          string `json:"at,omitempty" doc:"The time to judge at, RFC 3339 or a day; now when left out."`
	Anchor      string `json:"anchor,omitempty" doc:"A file with trust anchors (TSL-CA; PEM or DER) in place of those that the library has."`
	GraceDays   int64  `json:"grace_days,omitempty" min:"1" max:"30" doc:"For how many days after its end a list may still be used. 30 when left out."`
}

// options reads the rules; other is the environment when none is given.
func (r *listRules) options(other tsl.Environment) (tsl.Options, error) {
	o := tsl.Options{Environment: other, Grace: time.Duration(r.GraceDays) * 24 * time.Hour}
	if r.Environment != "" {
		o.Environment = tsl.Environment(r.Environment)
	}
	var err error
	if o.At, err = moment("at", r.At); err != nil {
		return o, err
	}
	o.Anchors, err = readAnchors("anchor", r.Anchor)
	return o, err
}

// readAnchors reads the certificates of a file, nil without one.
func readAnchors(field, path string) ([]*certs.Certificate, error) {
	data, err := readOptional(field, path, maxSmallFile)
	if data == nil || err != nil {
		return nil, err
	}
	if !bytes.Contains(data, []byte("-----BEGIN")) {
		cert, err := certs.Parse(data)
		if err != nil {
			return nil, &fileError{field, KindFormat, err}
		}
		return []*certs.Certificate{cert}, nil
	}
	all, err := certs.ParsePEM(data)
	if err != nil {
		return nil, &fileError{field, KindFormat, err}
	}
	return all, nil
}

// trustListDoc is what is known of a list.
type trustListDoc struct {
	Environment   string `json:"environment" enum:"prod ref test unknown" doc:"The environment that the list is of."`
	Sequence      int64  `json:"sequence" doc:"The sequence number (TSLSequenceNumber)."`
	ID            string `json:"id" doc:"The Id of the list."`
	Issued        string `json:"issued" format:"date-time" doc:"When the list was issued."`
	NextUpdate    string `json:"next_update,omitempty" format:"date-time" doc:"Until when the issuer means to publish a newer list."`
	Signer        string `json:"signer" doc:"Who signed it: the common name in the certificate."`
	SignerExpires string `json:"signer_expires,omitempty" format:"date-time" doc:"When the signer's certificate ends."`
	Anchor        string `json:"anchor" doc:"The trust anchor (TSL-CA) that issued the signer's certificate."`
	AnchorExpires string `json:"anchor_expires,omitempty" format:"date-time" doc:"When the trust anchor ends."`
	Services      int64  `json:"services" doc:"How many services it lists."`
	Size          int64  `json:"size" table:"-" doc:"The size of the file in bytes."`
	SHA256        string `json:"sha256" doc:"The SHA-256 of the file in hex."`
}

// claimsDoc is what a refused file says of itself.
type claimsDoc struct {
	Environment string `json:"environment" enum:"prod ref test unknown" doc:"The environment that the file names."`
	Sequence    int64  `json:"sequence" doc:"The sequence number that the file has."`
	ID          string `json:"id" doc:"The Id that the file has."`
	Issued      string `json:"issued,omitempty" format:"date-time" doc:"When it claims to be issued."`
	NextUpdate  string `json:"next_update,omitempty" format:"date-time" doc:"Until when it claims to hold."`
	Signer      string `json:"signer" doc:"The name in the certificate of its signature; empty without one."`
	Damaged     bool   `json:"damaged" doc:"The signature does not fit the file. When it fits, only the trust anchor or a rule is against it."`
}

type anchorChangeDoc struct {
	Name    string `json:"name" doc:"The new trust anchor: the common name in its certificate."`
	Active  string `json:"active" format:"date-time" doc:"From when on lists are signed under it."`
	Expires string `json:"expires" format:"date-time" doc:"When it ends."`
	SHA256  string `json:"sha256" doc:"The SHA-256 of its certificate in hex."`
}

type listNoteDoc struct {
	Code   int64  `json:"code,omitempty" doc:"The code of the TI, where it has one."`
	Text   string `json:"text" table:"-" doc:"For developers, in English."`
	TextDE string `json:"text_de" doc:"For practice staff, in German."`
}

// listVerdict are the fields of an answer that judges a list.
type listVerdict struct {
	Verdict   string           `json:"verdict" table:"-" enum:"valid refused unreadable" doc:"valid; refused: a trust list that must not be used; unreadable: no trust list, or a damaged file."`
	VerdictDE string           `json:"verdict_de" doc:"The verdict in German."`
	Code      int64            `json:"code,omitempty" doc:"The code of the TI for the reason of a refusal (gemSpec_PKI)."`
	Reason    string           `json:"reason,omitempty" table:"-" doc:"Why it was refused, in English."`
	TextDE    string           `json:"text_de,omitempty" doc:"Why it was refused, in German."`
	AdviceDE  string           `json:"advice_de,omitempty" doc:"What to do about it, in German."`
	CheckedAt string           `json:"checked_at" format:"date-time" doc:"The time that was judged at."`
	Same      bool             `json:"same" table:"-" doc:"It is the stored list: valid, and nothing new."`
	Detached  bool             `json:"detached" table:"-" doc:"A detached signature was checked, too."`
	List      *trustListDoc    `json:"list,omitempty" doc:"The list, when it is valid."`
	Claims    *claimsDoc       `json:"claims,omitempty" doc:"What a refused file says of itself. Nothing of it is verified; anybody may have written it."`
	Announced *anchorChangeDoc `json:"announced,omitempty" doc:"The new trust anchor that the list announces."`
	States    []string         `json:"states,omitempty" table:"-" doc:"The operating states that a Konnektor with this list has at that time, such as EC_TSL_Expiring."`
	StatesDE  []string         `json:"states_de,omitempty" doc:"The same in German."`
	Notes     []listNoteDoc    `json:"notes,omitempty" doc:"What was found and does not make the list unusable."`
	Unchecked []listNoteDoc    `json:"unchecked,omitempty" doc:"What was not checked."`
}

// judge verifies a list. The Result is nil unless it is valid; the error is
// never about the list.
func judge(data []byte, o tsl.Options) (listVerdict, *tsl.Result, error) {
	v := listVerdict{Verdict: listValid, CheckedAt: dateTime(o.At)}
	r, err := tsl.Verify(data, o)
	var refusal *tsl.Error
	switch {
	case err == nil:
		v.accept(r, o)
	case errors.As(err, &refusal) && refusal.Code != 0:
		v.refuse(data, refusal)
	default:
		return v, nil, err
	}
	v.VerdictDE = germanListVerdict(v)
	return v, r, nil
}

// accept fills in what a valid list has.
func (v *listVerdict) accept(r *tsl.Result, o tsl.Options) {
	v.Same, v.Detached, v.List = r.Same, r.Detached, newTrustList(r)
	v.Announced = newAnchorChange(r.Announced)
	v.States = r.OperatingStates(o.At, o.Grace)
	for _, s := range v.States {
		v.StatesDE = append(v.StatesDE, germanCondition(s))
	}
	v.Notes = newNotes(r)
	for _, text := range r.NotChecked {
		v.Unchecked = append(v.Unchecked, listNoteDoc{Text: string(text), TextDE: uncheckedGerman[text]})
	}
	sort.Slice(v.Unchecked, func(i, j int) bool { return v.Unchecked[i].TextDE < v.Unchecked[j].TextDE })
}

// refuse fills in why a list is refused, and what it says of itself.
func (v *listVerdict) refuse(data []byte, err *tsl.Error) {
	v.Verdict, v.Code, v.Reason = listRefused, int64(err.Code), clean(err.Error())
	g := germanListCode(err)
	v.TextDE, v.AdviceDE = g.what, g.do
	seen, unreadable := tsl.Peek(data)
	if unreadable != nil {
		v.Verdict = listUnreadable
		return
	}
	v.Claims = &claimsDoc{
		Environment: string(seen.Environment), Sequence: int64(seen.Sequence), ID: clean(seen.ID),
		Issued: dateTime(seen.Issued), NextUpdate: dateTime(seen.NextUpdate), Damaged: seen.Damage != nil,
	}
	if seen.Signer != nil {
		v.Claims.Signer = clean(seen.Signer.Subject.CommonName)
	}
}

// listError is a list that an operation needs to be valid and that is not.
type listError struct {
	field   string
	refusal *tsl.Error
}

// Error names the field and the reason.
func (e *listError) Error() string {
	return "request: field " + e.field + ": " + clean(e.refusal.Error())
}

// Unwrap gives the kind and the refusal.
func (e *listError) Unwrap() []error { return []error{KindTrustList, e.refusal} }

// readList reads and verifies the list that a field names, by the rules for
// lists that are not new: judged at the time of issue.
func readList(field, path string, o tsl.Options) (*tsl.Result, []byte, error) {
	data, err := readFile(field, path, tsl.MaxSize)
	if err != nil {
		return nil, nil, err
	}
	o.Historic, o.Stored, o.Detached = true, nil, nil
	r, err := tsl.Verify(data, o)
	var refusal *tsl.Error
	if errors.As(err, &refusal) {
		return nil, nil, &listError{field, refusal}
	}
	return r, data, err
}

func newTrustList(r *tsl.Result) *trustListDoc {
	l := r.List
	return &trustListDoc{
		Environment: string(l.Environment), Sequence: int64(l.Sequence), ID: clean(l.ID),
		Issued: dateTime(l.Issued), NextUpdate: dateTime(l.NextUpdate),
		Signer: clean(r.Signer.Subject.CommonName), SignerExpires: dateTime(r.Signer.NotAfter),
		Anchor: clean(r.Anchor.Subject.CommonName), AnchorExpires: dateTime(r.Anchor.NotAfter),
		Services: int64(len(l.Services)), Size: int64(l.Size), SHA256: hex.EncodeToString(l.SHA256[:]),
	}
}

func newAnchorChange(a *tsl.Announcement) *anchorChangeDoc {
	if a == nil {
		return nil
	}
	return &anchorChangeDoc{
		Name: clean(a.Certificate.Subject.CommonName), Active: dateTime(a.Active),
		Expires: dateTime(a.Certificate.NotAfter), SHA256: fingerprint(a.Certificate),
	}
}

func newNotes(r *tsl.Result) []listNoteDoc {
	var all []listNoteDoc
	for _, w := range r.Warnings {
		all = append(all, listNoteDoc{Code: int64(w.Code), Text: clean(w.Text), TextDE: warningGerman[w.Kind]})
	}
	return all
}

// listWords are the English words of package tsl about a list, cleaned.
func listWords(words []string) []string {
	all := make([]string, 0, len(words))
	for _, w := range words {
		all = append(all, clean(w))
	}
	return all
}

// numbered is a field of a list.
func numbered(field string, i int) string { return field + "[" + strconv.Itoa(i) + "]" }
