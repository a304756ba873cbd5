package operations

import (
	"context"
	"strconv"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

type signDocumentsRequestDoc struct {
	CardHandle string            `json:"card_handle" doc:"The card that signs: an HBA makes qualified signatures, an SMC-B others."`
	Crypt      string            `json:"crypt,omitempty" enum:"RSA ECC RSA_ECC" doc:"The key. RSA_ECC when left out: ECC where the card has it."`
	JobNumber  string            `json:"job_number,omitempty" doc:"The number of the job, from sign.job_number. One is fetched when left out."`
	TvMode     string            `json:"tv_mode,omitempty" enum:"NONE UNCONFIRMED CONFIRMED" doc:"Whether the documents are shown in a trusted viewer. NONE when left out."`
	Documents  []signDocumentDoc `json:"documents" doc:"What is to be signed, at most 25 MB each; larger batches in several calls."`
	entryLimit
	timeLimit
}

type signDocumentDoc struct {
	ID                    string                 `json:"id,omitempty" doc:"Names the document in the answer; no name of a patient. Its place, from 1, when left out."`
	Content               string                 `json:"content" format:"base64" doc:"The document."`
	Type                  string                 `json:"type" enum:"CAdES PAdES XAdES" doc:"The format of the signature."`
	Variant               string                 `json:"variant,omitempty" enum:"detached enveloping enveloped" doc:"Where document and signature are. enveloping for CAdES and enveloped for PAdES when left out; XAdES needs it."`
	MIMEType              string                 `json:"mime_type,omitempty" doc:"The MIME type. application/pdf-a for PAdES and text/plain; charset=utf-8 for CAdES when left out."`
	XML                   bool                   `json:"xml,omitempty" doc:"For CAdES: the document is XML and goes out as such."`
	ShortText             string                 `json:"short_text,omitempty" doc:"Describes the document in the viewer: at most 30 letters, digits, blanks, hyphens, underscores and points."`
	PlaceAfter            string                 `json:"place_after,omitempty" doc:"For enveloped XAdES: the XPath of what the signature goes behind."`
	PlaceFirstIn          string                 `json:"place_first_in,omitempty" doc:"For enveloped XAdES: the XPath of what the signature goes into. The root when both are left out."`
	Policy                string                 `json:"policy,omitempty" doc:"The identifier of a signature policy, as NFDM has one."`
	Update                string                 `json:"update,omitempty" enum:"parallel counter" doc:"Adds to the signatures that the document already has."`
	Schemas               []xmlSchemaDoc         `json:"schemas,omitempty" doc:"XML schemas that the document is checked against."`
	Signed                []signaturePropertyDoc `json:"signed_properties,omitempty" doc:"Further properties that are signed."`
	Unsigned              []signaturePropertyDoc `json:"unsigned_properties,omitempty" doc:"Further properties that are not."`
	IncludeRevocationInfo bool                   `json:"include_revocation_info,omitempty" doc:"Embed the OCSP answer about the signer, as KBV asks for in an eAU."`
}

type xmlSchemaDoc struct {
	RefURI  string `json:"ref_uri,omitempty" doc:"Its target namespace or location."`
	Content string `json:"content" format:"base64" doc:"The schema."`
}

type signaturePropertyDoc struct {
	Identifier string   `json:"identifier" doc:"What property it is."`
	Values     []string `json:"values" doc:"XML elements, such as a CMSAttribute with the attribute in base64."`
}

type signDocumentsAnswerDoc struct {
	JobNumber string              `json:"job_number" doc:"The number of the job."`
	Failed    int64               `json:"failed" doc:"How many documents have no signature."`
	Documents []signedDocumentDoc `json:"documents" doc:"What became of each, in the order of the request."`
}

type signedDocumentDoc struct {
	ID        string `json:"id" doc:"The document."`
	Signed    bool   `json:"signed" doc:"It has its signature."`
	Type      string `json:"type" table:"-" doc:"The type of the signature as the Konnektor names it; may be empty."`
	Signature string `json:"signature,omitempty" table:"-" format:"base64" doc:"The CMS message or the XML element; left out where it is in document only."`
	XML       bool   `json:"xml" table:"-" doc:"The signature is an XML element."`
	Document  string `json:"document,omitempty" table:"-" format:"base64" doc:"The document with its signature, for PAdES and enveloped XAdES."`
	MIMEType  string `json:"mime_type,omitempty" table:"-" doc:"The MIME type of document."`
	Error     *Error `json:"error,omitempty" doc:"Why there is no signature."`
	Warning   *Error `json:"warning,omitempty" doc:"What the Konnektor reports beside a signature."`
	ErrorDE   string `json:"error_de,omitempty" doc:"Why there is no signature, in German."`
}

// The words of requests for what has a URI on the wire.
var (
	signatureTypes = map[string]konnektor.SignatureType{
		"CAdES": konnektor.SignatureCAdES, "PAdES": konnektor.SignaturePAdES, "XAdES": konnektor.SignatureXAdES,
	}
	signatureUpdates = map[string]konnektor.SignatureUpdate{
		"parallel": konnektor.UpdateParallel, "counter": konnektor.UpdateCounter,
	}
)

func opSignDocuments() Operation {
	return emits[entryEventDoc](define(Operation{
		Name:      "sign.documents",
		Summary:   "Signs documents with a card, an HBA with one entry of PIN.QES for all. Blocks until then, and is never repeated. A document that cannot be signed does not keep the others from it.",
		Title:     titleSignDocuments,
		Documents: true,
	}, runSignDocuments))
}

func runSignDocuments(ctx context.Context, c *call, req signDocumentsRequestDoc) (*signDocumentsAnswerDoc, error) {
	job := konnektor.Signing{
		Card: konnektor.CardHandle(req.CardHandle), Crypt: cryptOf(req.Crypt), JobNumber: konnektor.JobNumber(req.JobNumber),
		TvMode: konnektor.TvMode(req.TvMode), Entry: req.entry(c),
	}
	for i := range req.Documents {
		d, err := req.Documents[i].document("documents[" + strconv.Itoa(i) + "].")
		if err != nil {
			return nil, err
		}
		job.Documents = append(job.Documents, d)
		req.Documents[i].Content = "" // it is in the job
	}
	result, err := c.client.SignDocuments(ctx, job)
	if err != nil {
		return nil, err
	}
	a := &signDocumentsAnswerDoc{JobNumber: string(result.JobNumber), Failed: int64(result.Failed()), Documents: []signedDocumentDoc{}}
	for i := range result.Documents {
		a.Documents = append(a.Documents, newSigned(c.op, &result.Documents[i]))
	}
	return a, nil
}

// cryptOf is the key that a request asks for.
func cryptOf(s string) konnektor.Crypt {
	if s == "" {
		return konnektor.CryptRSAECC
	}
	return konnektor.Crypt(s)
}

// document is d for the client; at is its place in the request.
func (d *signDocumentDoc) document(at string) (konnektor.SignDocument, error) {
	s := konnektor.SignDocument{
		ID: d.ID, Type: signatureTypes[d.Type], Variant: konnektor.SignatureVariant(d.Variant), MIMEType: d.MIMEType, XML: d.XML,
		ShortText: d.ShortText, PlaceAfter: d.PlaceAfter, PlaceFirstIn: d.PlaceFirstIn, Policy: d.Policy,
		Update: signatureUpdates[d.Update], Signed: properties(d.Signed), Unsigned: properties(d.Unsigned),
		IncludeRevocationInfo: d.IncludeRevocationInfo,
	}
	var err error
	if s.Content, err = decodeBytes(at+"content", d.Content); err != nil {
		return s, err
	}
	for i, schema := range d.Schemas {
		content, err := decodeBytes(at+"schemas["+strconv.Itoa(i)+"].content", schema.Content)
		if err != nil {
			return s, err
		}
		s.Schemas = append(s.Schemas, konnektor.XMLSchema{RefURI: schema.RefURI, Content: content})
	}
	return s, nil
}

func properties(docs []signaturePropertyDoc) (all []konnektor.SignatureProperty) {
	for _, d := range docs {
		p := konnektor.SignatureProperty{Identifier: d.Identifier}
		for _, v := range d.Values {
			p.Value = append(p.Value, wire.RawXML(v))
		}
		all = append(all, p)
	}
	return all
}

func newSigned(op string, d *konnektor.SignedDocument) signedDocumentDoc {
	s := signedDocumentDoc{
		ID: d.ID, Signed: d.Err == nil, Type: string(d.Type), Signature: encodeBytes(d.Signature), XML: d.XML,
		Document: encodeBytes(d.Document), MIMEType: d.MIMEType, Warning: newWarning(op, d.Warning),
	}
	if d.Err != nil {
		s.Error = NewError(op, d.Err)
		s.Error.Repeatable = false
		s.ErrorDE = s.Error.TextDE
	}
	return s
}

type signJobNumberRequestDoc struct {
	timeLimit
}

type signJobNumberAnswerDoc struct {
	JobNumber string `json:"job_number" doc:"The number, such as QVS-117. The terminal shows it while it asks for the PIN."`
}

func opSignJobNumber() Operation {
	return define(Operation{
		Name: "sign.job_number", Summary: "Has the Konnektor make a number for a signature job, to be shown before it begins.", Title: titleSignJobNumber,
	}, runSignJobNumber)
}

func runSignJobNumber(ctx context.Context, c *call, _ signJobNumberRequestDoc) (*signJobNumberAnswerDoc, error) {
	number, err := c.client.JobNumber(ctx)
	if err != nil {
		return nil, err
	}
	return &signJobNumberAnswerDoc{string(number)}, nil
}

type signStopRequestDoc struct {
	JobNumber string `json:"job_number" doc:"The job."`
	timeLimit
}

func opSignStop() Operation {
	return define(Operation{
		Name:       "sign.stop",
		Summary:    "Stops a signature job: documents without signature get none. The call of sign.documents comes back by itself.",
		Title:      titleSignStop,
		Repeatable: true,
	}, runSignStop)
}

func runSignStop(ctx context.Context, c *call, req signStopRequestDoc) (*doneAnswerDoc, error) {
	return c.finish(c.client.StopSignature(ctx, konnektor.JobNumber(req.JobNumber)))
}
