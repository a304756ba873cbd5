package konnektor

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/dss10"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/signatureservice74"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/signatureservice75"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/verificationreport10"
	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// Codes of VerifyDocument.
const (
	CodeSignatureWrong     Code = 4115 // cryptographically wrong
	CodeSignerNotFound     Code = 4206 // certificate of the signer
	CodeNoSignature        Code = 4253 // nothing to be verified
	CodeSignatureNotWhole  Code = 4262 // does not cover the whole document
	CodeDocumentNotProfile Code = 4208 // does not follow the signature profile
)

// SignedInput is a document with its signature, to be verified.
type SignedInput struct {
	// Document is the document, for a detached signature and for one inside a
	// document (PAdES, enveloped XAdES); else nil.
	Document Content
	// MIMEType is that of the Document, such as application/pdf-a; empty leaves
	// it out.
	MIMEType string
	// XML sends Document as XML (Base64XML) instead of bytes.
	XML bool
	// Signature is a CMS message, or an XML element ds:Signature when
	// SignatureXML is true; nil for a signature inside of Document.
	Signature    Content
	SignatureXML bool
	// At is the time to judge at; the zero time means what the signature says,
	// else now.
	At time.Time
	// TvMode is empty for TvNone.
	TvMode TvMode
	// Report asks for the findings about each signature.
	Report bool
	// IncludeRevocationInfo embeds OCSP answers that the signatures lack.
	IncludeRevocationInfo bool
}

// Format writes how much it is, whatever the verb.
func (in SignedInput) Format(f fmt.State, _ rune) { writeShown(f, in.shown()) }

// LogValue is how much it is.
func (in SignedInput) LogValue() slog.Value { return slog.StringValue(in.shown()) }

func (in SignedInput) shown() string {
	return fmt.Sprintf("SignedInput{%d bytes, signature %d bytes}", len(in.Document), len(in.Signature))
}

// SignatureVerification is what the Konnektor says about a signed document. Its
// words are nearer to the law than to mathematics: INCONCLUSIVE may mean that
// the OCSP responder was not reached.
type SignatureVerification struct {
	// Result is VerificationValid, VerificationInvalid or
	// VerificationInconclusive.
	Result string
	// TimestampType says where the time that was judged at comes from:
	// SIGNATURE_EMBEDDED_TIMESTAMP, QUALIFIED_TIMESTAMP, USER_DEFINED_TIMESTAMP
	// or SYSTEM_TIMESTAMP.
	TimestampType string
	Timestamp     time.Time
	// Findings are what a report says about each signature; nil without one.
	Findings []Finding
	// Document is the document with its signatures, where embedded revocation
	// information made a new one; else nil.
	Document Content
}

// Finding is what a report says about one signature (OASIS DSS-X).
type Finding struct {
	Major, Minor string // URIs; Minor may be empty
	// Message is a text of the device, which may quote names.
	Message Detail
	Field   string // name of the signature field in a PDF; may be empty
}

// Format writes the result, whatever the verb.
func (v SignatureVerification) Format(f fmt.State, _ rune) {
	writeShown(f, "SignatureVerification{"+v.shown()+"}")
}

// LogValue is the result.
func (v SignatureVerification) LogValue() slog.Value { return slog.StringValue(v.shown()) }

// shown is the Result, if it is one that there is.
func (v SignatureVerification) shown() string {
	if signatureservice75.HighLevelResult(v.Result).Valid() {
		return v.Result
	}
	return "?"
}

// VerifyDocument has the Konnektor judge the signatures of a document
// (VerifyDocument), with SignatureService 7.5, or 7.4 where the Konnektor has no
// other. An invalid signature is a result.
//
// It returns an [*Error] or a [*Failure], of KindRequest for more than
// MaxDocument. VerifyDocument is safe for concurrent use.
func (c *Client) VerifyDocument(ctx context.Context, in SignedInput) (SignatureVerification, *Warning, error) {
	op := signatureservice75.OperationVerifyDocument
	req, err := in.request()
	if err != nil {
		return SignatureVerification{}, nil, err
	}
	version, err := c.signatureVersion(ctx, op.Name)
	if err != nil {
		return SignatureVerification{}, nil, err
	}
	var resp signatureservice75.VerifyDocumentResponse
	if version == signature74 {
		err = c.Invoke(ctx, signatureservice74.OperationVerifyDocument, verifyDocument74{req}, &verifyDocumentResponse74{&resp})
	} else {
		err = c.Invoke(ctx, op, req, &resp)
	}
	if err != nil {
		return SignatureVerification{}, nil, err
	}
	warning, err := outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
	if err != nil {
		return SignatureVerification{}, nil, err
	}
	v := newVerification(&resp.VerificationResult)
	if out := resp.OptionalOutputs; out != nil {
		v.Findings = findings(out.VerificationReport)
		if d := out.DocumentWithSignature; d != nil {
			v.Document = d.Base64XML
			if d.Base64Data != nil {
				v.Document = d.Base64Data.Value
			}
		}
	}
	return v, warning, nil
}

// request checks what is to be verified and makes the message of it.
func (in *SignedInput) request() (*signatureservice75.VerifyDocument, error) {
	refuse := func(text string) error {
		return fail(KindRequest, signatureservice75.OperationVerifyDocument.Name, text)
	}
	mode := signatureservice75.TvMode(in.TvMode)
	if mode == "" {
		mode = signatureservice75.TvModeNone
	}
	switch {
	case len(in.Document) == 0 && len(in.Signature) == 0:
		return nil, refuse("a document or a signature is needed")
	case len(in.Document) > MaxDocument || len(in.Signature) > MaxDocument+1<<20:
		return nil, refuse("more than 25 MB")
	case !mode.Valid():
		return nil, refuse("no such TvMode")
	}
	req := &signatureservice75.VerifyDocument{TvMode: &mode, IncludeRevocationInfo: in.IncludeRevocationInfo}
	if !in.At.IsZero() || in.Report {
		req.OptionalInputs = new(signatureservice75.VerifyDocumentOptionalInputs)
	}
	if !in.At.IsZero() {
		at := wire.DateTime{Time: in.At.UTC(), Zoned: true}
		req.OptionalInputs.UseVerificationTime = &dss10.UseVerificationTimeType{SpecificTime: &at}
	}
	if in.Report {
		req.OptionalInputs.ReturnVerificationReport = new(verificationreport10.ReturnVerificationReport)
	}
	if len(in.Document) > 0 {
		req.Document = in.document()
	}
	switch {
	case len(in.Signature) == 0:
	case in.SignatureXML:
		req.SignatureObject = &dss10.SignatureObject{Signature: wire.RawXML(in.Signature)}
	default:
		req.SignatureObject = &dss10.SignatureObject{Base64Signature: &dss10.Base64Signature{
			Value: in.Signature, Type: new(string(SignatureCAdES)),
		}}
	}
	return req, nil
}

func (in *SignedInput) document() *signatureservice75.DocumentType {
	if in.XML {
		return &signatureservice75.DocumentType{Base64XML: in.Document}
	}
	return &signatureservice75.DocumentType{Base64Data: &dss10.Base64Data{Value: in.Document, MimeType: optional(in.MIMEType)}}
}

func newVerification(v *signatureservice75.VerificationResultType) SignatureVerification {
	return SignatureVerification{
		Result: string(v.HighLevelResult), TimestampType: string(v.TimestampType), Timestamp: v.Timestamp.Time,
	}
}

func findings(report *verificationreport10.VerificationReportType) []Finding {
	if report == nil {
		return nil
	}
	all := make([]Finding, 0, len(report.IndividualReport))
	for i := range report.IndividualReport {
		r := &report.IndividualReport[i]
		f := Finding{Major: r.Result.ResultMajor, Minor: text(r.Result.ResultMinor), Field: text(r.SignedObjectIdentifier.FieldName)}
		if r.Result.ResultMessage != nil {
			f.Message = Detail(r.Result.ResultMessage.Value)
		}
		all = append(all, f)
	}
	return all
}
