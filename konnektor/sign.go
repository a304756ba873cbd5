package konnektor

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/dss10"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/signaturepolicy10"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/signatureservice75"
	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// Limits of documents, checked before anything is sent (gemSpec_Kon).
const (
	// MaxDocument bounds one document, in bytes: 25 MB.
	MaxDocument = 25 << 20
	// MaxBatch bounds all documents of one job, in bytes: 250 MB.
	MaxBatch = 250 << 20
)

// Codes of SignatureService.
const (
	CodeSignatureType     Code = 4111 // type or variant is invalid
	CodeSignatureDocument Code = 4112 // breaks the rules for non-qualified signatures
	CodeSignatureTimeout  Code = 4116 // the user did not act in time
	CodeBatchNotPossible  Code = 4118 // predecessor cards sign one document at a time
	CodeSignatureFailed   Code = 4123
	CodeQESDocument       Code = 4124 // breaks the rules for qualified signatures
	CodeSignaturePDFRoom  Code = 4205 // no room inside the PDF
)

// SignatureType is the format of a signature.
type SignatureType string

// The formats, as URIs of the wire (gemSpec_Kon). An HBA signs with its QES key,
// an SMC-B with its OSIG key.
const (
	SignatureCAdES SignatureType = "urn:ietf:rfc:5652"
	SignatureXAdES SignatureType = "urn:ietf:rfc:3275"
	SignaturePAdES SignatureType = "http://uri.etsi.org/02778/3"
)

// SignatureVariant says where document and signature are.
type SignatureVariant string

// The variants. A PDF always carries its signature inside.
const (
	Detached   SignatureVariant = "detached"   // the signature stands alone
	Enveloping SignatureVariant = "enveloping" // the signature contains the document
	Enveloped  SignatureVariant = "enveloped"  // the document contains the signature
)

// TvMode says whether documents are shown in a trusted viewer.
type TvMode string

// The modes of the viewer (SignatureService 7.5).
const (
	TvNone        TvMode = "NONE"
	TvUnconfirmed TvMode = "UNCONFIRMED" // shown without waiting
	TvConfirmed   TvMode = "CONFIRMED"   // shown until the user confirms
)

// Signing is a job: documents to be signed with one card and, for an HBA, one
// entry of PIN.QES.
type Signing struct {
	Card CardHandle
	// Crypt is CryptRSA, CryptECC or CryptRSAECC, and must be set. It is left
	// out for a Konnektor with SignatureService 7.4.0, which has RSA only.
	Crypt Crypt
	// JobNumber is shown at the terminal; empty means one that is fetched with
	// [Client.JobNumber]. Entry.Waiting is told it, too.
	JobNumber JobNumber
	// TvMode is empty for TvNone.
	TvMode    TvMode
	Documents []SignDocument
	Entry     Entry
}

// Format writes card and size, whatever the verb.
func (job Signing) Format(f fmt.State, _ rune) { writeShown(f, job.shown()) }

// LogValue is card and size.
func (job Signing) LogValue() slog.Value { return slog.StringValue(job.shown()) }

func (job Signing) shown() string {
	return "Signing{" + string(job.Card) + " " + counted(len(job.Documents), job.size()) + "}"
}

// counted says how much there is.
func counted(documents int, bytes int64) string {
	return fmt.Sprintf("%d documents of %d bytes", documents, bytes)
}

// SignDocument is one document to be signed.
type SignDocument struct {
	// ID names the document in the result, and wherever that is printed or
	// logged: no name of a patient. Empty means its place in the job, from 1.
	ID      string
	Content Content
	// Type must be set.
	Type SignatureType
	// Variant is empty for Enveloping in CAdES and Enveloped in PAdES; XAdES
	// needs it.
	Variant SignatureVariant
	// MIMEType is empty for application/pdf-a in PAdES and text/plain;
	// charset=utf-8 in CAdES. XAdES has none.
	MIMEType string
	// XML sends a document for CAdES as XML (Base64XML) instead of bytes.
	XML bool
	// ShortText describes the document in the viewer: at most 30 letters,
	// digits, blanks and _ . - (SignatureService 7.5.5).
	ShortText string
	// PlaceAfter and PlaceFirstIn are XPaths that say where an enveloped XAdES
	// signature goes; at most one of them. None means first in the root.
	PlaceAfter, PlaceFirstIn string
	// Policy is the identifier of a signature policy, such as that of NFDM;
	// empty means none.
	Policy string
	// Update adds to signatures that the document already has; empty does not.
	Update SignatureUpdate
	// Schemas are XML schemas that the document is checked against.
	Schemas []XMLSchema
	// Signed and Unsigned are further properties.
	Signed, Unsigned []SignatureProperty
	// IncludeRevocationInfo embeds the OCSP answer about the signer's
	// certificate, as KBV asks for in an eAU. Before SignatureService 7.5.6 devices
	// do so for qualified signatures only (history of its schema); a signature
	// without it has a Warning with code 4261.
	IncludeRevocationInfo bool
}

// Format writes how much it is, whatever the verb.
func (d SignDocument) Format(f fmt.State, _ rune) { writeShown(f, d.shown()) }

// LogValue is how much it is.
func (d SignDocument) LogValue() slog.Value { return slog.StringValue(d.shown()) }

func (d SignDocument) shown() string { return fmt.Sprintf("SignDocument{%d bytes}", len(d.Content)) }

// SignatureUpdate says what to do with signatures that are there already.
type SignatureUpdate string

// The updates (Bedienungsanleitung Secunet Konnektor 2.2, Anhang).
const (
	UpdateParallel SignatureUpdate = "http://ws.gematik.de/conn/sig/sigupdate/parallel"
	UpdateCounter  SignatureUpdate = "http://ws.gematik.de/conn/sig/sigupdate/counter/documentexcluding"
)

// XMLSchema is a schema for the check of a document.
type XMLSchema struct {
	RefURI  string // its target namespace or location
	Content []byte
}

// SignatureProperty is an attribute that goes into a signature. Value holds XML
// elements, such as a CMSAttribute with the attribute in base64.
type SignatureProperty struct {
	Identifier string
	Value      []wire.RawXML
}

// SigningResult is what became of a job.
type SigningResult struct {
	JobNumber JobNumber
	// Documents has one entry for each document of the job, in its order.
	Documents []SignedDocument
}

// Format writes number and counts, whatever the verb.
func (r SigningResult) Format(f fmt.State, _ rune) { writeShown(f, r.shown()) }

// LogValue is number and counts.
func (r SigningResult) LogValue() slog.Value { return slog.StringValue(r.shown()) }

func (r SigningResult) shown() string {
	return fmt.Sprintf("SigningResult{%s %d documents, %d failed}", string(r.JobNumber), len(r.Documents), r.Failed())
}

// Failed is how many documents have no signature.
func (r SigningResult) Failed() int {
	n := 0
	for i := range r.Documents {
		if r.Documents[i].Err != nil {
			n++
		}
	}
	return n
}

// SignedDocument is what became of one document.
type SignedDocument struct {
	ID string
	// Err is why there is no signature: an [*Error] of this document, or a
	// [*Failure] when the answer does not speak of it. Others of the same job
	// may be signed.
	Err error
	// Warning is what the Konnektor reports beside a signature.
	Warning *Warning
	// Signature is the CMS message or the XML element; nil where it is in
	// Document only.
	Signature Content
	// Type is the type of the signature as the Konnektor names it; may be empty.
	Type SignatureType
	// XML says that Signature is an XML element.
	XML bool
	// Document is the document with its signature, for PAdES and enveloped
	// XAdES; else nil.
	Document Content
	// MIMEType is that of Document; may be empty.
	MIMEType string
}

// Format writes ID and state, whatever the verb.
func (d SignedDocument) Format(f fmt.State, _ rune) { writeShown(f, d.shown()) }

// LogValue is ID and state.
func (d SignedDocument) LogValue() slog.Value { return slog.StringValue(d.shown()) }

func (d SignedDocument) shown() string {
	state := "signed"
	if d.Err != nil {
		state = d.Err.Error()
	}
	return "SignedDocument{" + d.ID + " " + state + "}"
}

// Signers checks the cryptography of a signature in CAdES or PAdES, RSA, NIST and
// Brainpool alike, and returns who signed. content is the document of a detached
// signature; it is nil for an enveloping one, which has its own, and for PAdES,
// where one signature must cover all of Document (see [certs.VerifyPDF]). Whether
// a signer's certificate is trusted is another question; see
// certs.Certificate.Check. XAdES is not checked here; Client.VerifyDocument asks
// the Konnektor.
//
// Errors are those of package certs.
func (d SignedDocument) Signers(content []byte) ([]certs.SignedBy, error) {
	if len(d.Signature) == 0 && content == nil {
		return certs.VerifyPDF(d.Document)
	}
	message, err := certs.ParseCMS(d.Signature)
	if err != nil {
		return nil, err
	}
	return message.Verify(content)
}

// timePerDocument is time that a job gets for each document, beside the PIN: a
// card needs one second or two for a signature.
const timePerDocument = 5 * time.Second

// SignDocuments signs the documents of a job (SignDocument) with SignatureService
// 7.5, or 7.4 where the Konnektor has no other. It may wait for a PIN; see
// [Entry]. [Client.StopSignature] stops it.
//
// A document that cannot be signed is no error of the job: see
// [SignedDocument.Err]. An error is an [*Error], or a [*Failure], of KindRequest
// for documents beyond MaxDocument and MaxBatch among others. The call is never
// repeated, unless it was refused for the parameter Crypt (code 4000) by a device
// that does not tell its version. SignDocuments is safe for concurrent use.
func (c *Client) SignDocuments(ctx context.Context, job Signing) (SigningResult, error) {
	req, err := job.request()
	if err != nil {
		return SigningResult{}, err
	}
	ctx, cancel := c.allow(ctx, job.time())
	defer cancel()
	version, err := c.signatureVersion(ctx, signName)
	if err != nil {
		return SigningResult{}, err
	}
	op := signatureOperations[version]
	knows, told, err := c.knowsCrypt(ctx, op, job.Crypt)
	switch {
	case err != nil:
		return SigningResult{}, err
	case knows:
		req.Crypt = new(signatureservice75.Crypt(job.Crypt))
	}
	if job.JobNumber == "" {
		if job.JobNumber, err = c.JobNumber(ctx); err != nil {
			return SigningResult{}, err
		}
	}
	req.JobNumber = new(string(job.JobNumber))
	var resp signatureservice75.SignDocumentResponse
	call := entryCall{
		entry: job.Entry, entries: 1, size: answerOf(job.size()),
		wait: EntryWait{Card: job.Card, JobNumber: job.JobNumber},
	}
	err = c.invokeSigning(ctx, op, req, &resp, call)
	if cryptRefused(told, job.Crypt, err) {
		req.Crypt = nil
		err = c.invokeSigning(ctx, op, req, &resp, call)
	}
	if err != nil {
		return SigningResult{}, err
	}
	return SigningResult{JobNumber: job.JobNumber, Documents: signed(req, &resp)}, nil
}

// invokeSigning sends a job in the version of op.
func (c *Client) invokeSigning(ctx context.Context, op Operation, req *signatureservice75.SignDocument, resp *signatureservice75.SignDocumentResponse, call entryCall) error {
	if op.Version == signatureOperations[signature74].Version {
		return c.invokeEntry(ctx, op, signDocument74{req}, &signDocumentResponse74{resp}, call)
	}
	return c.invokeEntry(ctx, op, req, resp, call)
}

const signName = "SignDocument"

// time is how long a job may take, Config.Timeout apart.
func (job *Signing) time() time.Duration {
	entry := job.Entry.Timeout
	if entry == 0 {
		entry = DefaultEntryTimeout
	}
	return max(entry, 0) + time.Duration(len(job.Documents))*timePerDocument
}

// size is that of all documents, in bytes.
func (job *Signing) size() (n int64) {
	for i := range job.Documents {
		n += int64(len(job.Documents[i].Content))
	}
	return n
}

// answerOf bounds an answer with n bytes of documents in base64: some more for
// signatures, certificates and OCSP answers.
func answerOf(n int64) int64 { return n*3/2 + 48<<20 }

// request checks a job and makes the message of it, without Crypt and JobNumber.
func (job *Signing) request() (*signatureservice75.SignDocument, error) {
	refuse := func(text string) error { return fail(KindRequest, signName, text) }
	crypt, mode := signatureservice75.Crypt(job.Crypt), signatureservice75.TvMode(job.TvMode)
	if mode == "" {
		mode = signatureservice75.TvModeNone
	}
	switch {
	case job.Card == "" || len(job.Documents) == 0:
		return nil, refuse("a card and a document are needed")
	case !crypt.Valid():
		return nil, refuse("Crypt must be RSA, ECC or RSA_ECC")
	case !mode.Valid():
		return nil, refuse("no such TvMode")
	case job.JobNumber != "" && !isJobNumber(string(job.JobNumber)):
		return nil, refuse("a job number has the form AAA-999")
	case job.Entry.Timeout < 0:
		return nil, refuse("a negative entry timeout")
	case job.size() > MaxBatch:
		return nil, refuse("more than 250 MB of documents")
	}
	req := &signatureservice75.SignDocument{CardHandle: string(job.Card), TvMode: mode}
	seen := make(map[string]bool, len(job.Documents))
	for i := range job.Documents {
		one, err := job.Documents[i].request(i + 1)
		if err != nil {
			return nil, err
		}
		if seen[one.RequestID] {
			return nil, refuse("two documents with one ID")
		}
		seen[one.RequestID] = true
		req.SignRequest = append(req.SignRequest, *one)
	}
	return req, nil
}

// request checks the document at a place in a job and makes its message.
func (d *SignDocument) request(place int) (*signatureservice75.SignRequest, error) {
	refuse := func(text string) error {
		return fail(KindRequest, signName, "document "+strconv.Itoa(place)+": "+text)
	}
	switch {
	case len(d.Content) == 0:
		return nil, refuse("no content")
	case len(d.Content) > MaxDocument:
		return nil, refuse("more than 25 MB")
	case !isShortText(d.ShortText):
		return nil, refuse("ShortText has more than 30 characters or one that is not allowed")
	case d.PlaceAfter != "" && d.PlaceFirstIn != "":
		return nil, refuse("two places for the signature")
	}
	req := &signatureservice75.SignRequest{
		RequestID: d.ID, IncludeRevocationInfo: d.IncludeRevocationInfo,
		Document:       signatureservice75.DocumentType{ShortText: optional(d.ShortText)},
		OptionalInputs: &signatureservice75.SignRequestOptionalInputs{SignatureType: new(string(d.Type))},
	}
	if req.RequestID == "" {
		req.RequestID = strconv.Itoa(place)
	}
	if what := d.form(req, "document-"+strconv.Itoa(place)); what != "" {
		return nil, refuse(what)
	}
	d.options(req.OptionalInputs)
	return req, nil
}

// form writes type, variant and content into req. It says what does not go
// together.
func (d *SignDocument) form(req *signatureservice75.SignRequest, id string) (wrong string) {
	in := req.OptionalInputs
	switch d.Type + " " + SignatureType(d.Variant) {
	case SignatureCAdES + " ", SignatureCAdES + " " + SignatureType(Enveloping):
		in.IncludeEContent = new(true)
	case SignatureCAdES + " " + SignatureType(Detached):
		in.IncludeEContent = new(false)
	case SignaturePAdES + " ", SignaturePAdES + " " + SignatureType(Enveloped):
	case SignatureXAdES + " " + SignatureType(Detached):
	case SignatureXAdES + " " + SignatureType(Enveloping):
		req.Document.ID = &id
		in.IncludeObjects = &signatureservice75.IncludeObjects{IncludeObject: []dss10.IncludeObject{{WhichDocument: &id}}}
	case SignatureXAdES + " " + SignatureType(Enveloped):
		req.Document.ID = &id
		in.SignaturePlacement = &dss10.SignaturePlacement{
			WhichDocument: &id, CreateEnvelopedSignature: new(true),
			XPathAfter: optional(d.PlaceAfter), XPathFirstChildOf: optional(d.PlaceFirstIn),
		}
		if d.PlaceAfter+d.PlaceFirstIn == "" {
			in.SignaturePlacement.XPathFirstChildOf = new("/*") // the schema wants a place
		}
	default:
		return "a type and a variant that do not go together"
	}
	if in.SignaturePlacement == nil && d.PlaceAfter+d.PlaceFirstIn != "" {
		return "a place for a signature that is not enveloped XAdES"
	}
	if d.Type == SignatureXAdES || d.XML {
		req.Document.Base64XML = d.Content
		return ""
	}
	mime := d.MIMEType
	switch {
	case mime == "" && d.Type == SignaturePAdES:
		mime = "application/pdf-a"
	case mime == "":
		mime = "text/plain; charset=utf-8"
	}
	req.Document.Base64Data = &dss10.Base64Data{Value: d.Content, MimeType: &mime}
	return ""
}

// options writes the rest of the optional inputs.
func (d *SignDocument) options(in *signatureservice75.SignRequestOptionalInputs) {
	if signedProperties, unsigned := properties(d.Signed), properties(d.Unsigned); signedProperties != nil || unsigned != nil {
		in.Properties = &dss10.Properties{SignedProperties: signedProperties, UnsignedProperties: unsigned}
	}
	if d.Update != "" {
		in.ReturnUpdatedSignature = &dss10.ReturnUpdatedSignature{Type: new(string(d.Update))}
	}
	in.Schemas = schemas(d.Schemas)
	in.GenerateUnderSignaturePolicy = policy(d.Policy)
}

func properties(all []SignatureProperty) *dss10.PropertiesType {
	if len(all) == 0 {
		return nil
	}
	v := new(dss10.PropertiesType)
	for _, p := range all {
		property := dss10.Property{Identifier: p.Identifier}
		if len(p.Value) > 0 {
			property.Value = &dss10.AnyType{Any: p.Value}
		}
		v.Property = append(v.Property, property)
	}
	return v
}

func schemas(all []XMLSchema) *dss10.SchemasType {
	if len(all) == 0 {
		return nil
	}
	v := new(dss10.SchemasType)
	for _, s := range all {
		v.Schema = append(v.Schema, dss10.DocumentType{RefURI: optional(s.RefURI), Base64XML: s.Content})
	}
	return v
}

// policy is a signature policy on the wire; nil for none.
func policy(identifier string) *signaturepolicy10.SignaturePolicyDetailsType {
	if identifier == "" {
		return nil
	}
	return &signaturepolicy10.SignaturePolicyDetailsType{SignaturePolicyIdentifier: identifier}
}

// maxShortText is how many characters a ShortText may have.
const maxShortText = 30

func isShortText(s string) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= maxShortText && !strings.ContainsFunc(s, func(r rune) bool {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return false
		}
		return !strings.ContainsRune(" _.-äöüÄÖÜß", r)
	})
}

// signed brings the answers into the order of the job.
func signed(req *signatureservice75.SignDocument, resp *signatureservice75.SignDocumentResponse) []SignedDocument {
	answers := make(map[string]*signatureservice75.SignResponse, len(resp.SignResponse))
	for i := range resp.SignResponse {
		one := &resp.SignResponse[i]
		if answers[one.RequestID] == nil {
			answers[one.RequestID] = one
		}
	}
	all := make([]SignedDocument, 0, len(req.SignRequest))
	for i := range req.SignRequest {
		id := req.SignRequest[i].RequestID
		if one := answers[id]; one != nil {
			all = append(all, newSignedDocument(one))
		} else {
			all = append(all, SignedDocument{ID: id, Err: fail(KindMalformed, signName, "answer without this document")})
		}
	}
	return all
}

func newSignedDocument(v *signatureservice75.SignResponse) SignedDocument {
	d := SignedDocument{ID: v.RequestID}
	if d.Warning, d.Err = outcome(signName, string(v.Status.Result), v.Status.Error); d.Err != nil {
		return d
	}
	if object := v.SignatureObject; object != nil {
		switch {
		case object.Base64Signature != nil:
			d.Signature = object.Base64Signature.Value
			d.Type = SignatureType(text(object.Base64Signature.Type))
		case object.Signature != nil:
			d.Signature, d.XML = Content(object.Signature), true
		}
	}
	if v.OptionalOutputs != nil && v.OptionalOutputs.DocumentWithSignature != nil {
		document := v.OptionalOutputs.DocumentWithSignature
		d.Document = document.Base64XML
		if data := document.Base64Data; data != nil {
			d.Document, d.MIMEType = data.Value, text(data.MimeType)
		}
	}
	if len(d.Signature) == 0 && len(d.Document) == 0 {
		// The schema's Status knows OK and Warning only, so a Warning without a
		// signature is how a document fails beside others.
		if d.Err = fail(KindMalformed, signName, "answer without a signature"); d.Warning != nil {
			d.Err, d.Warning = d.Warning, nil
		}
	}
	return d
}
