package operations

import (
	"context"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

type signVerifyRequestDoc struct {
	Document              string `json:"document,omitempty" format:"base64" doc:"The document, for a detached signature and for one inside of it."`
	MIMEType              string `json:"mime_type,omitempty" doc:"The MIME type of document, such as application/pdf-a."`
	XML                   bool   `json:"xml,omitempty" doc:"The document is XML and goes out as such."`
	Signature             string `json:"signature,omitempty" format:"base64" doc:"A CMS message or an XML element; left out for a signature inside of document."`
	SignatureXML          bool   `json:"signature_xml,omitempty" doc:"The signature is an XML element."`
	At                    string `json:"at,omitempty" format:"date-time" doc:"The time to judge at. What the signature says, else now, when left out."`
	TvMode                string `json:"tv_mode,omitempty" enum:"NONE UNCONFIRMED CONFIRMED" doc:"Whether the document is shown in a trusted viewer. NONE when left out."`
	Report                bool   `json:"report,omitempty" doc:"Ask for the findings about each signature."`
	IncludeRevocationInfo bool   `json:"include_revocation_info,omitempty" doc:"Embed OCSP answers that the signatures lack."`
	timeLimit
}

// verificationDoc is what the Konnektor says about signatures.
type verificationDoc struct {
	Result        string       `json:"result" table:"-" enum:"VALID INVALID INCONCLUSIVE" doc:"The verdict. INCONCLUSIVE may mean that the OCSP responder was not reached."`
	ResultDE      string       `json:"result_de" doc:"The verdict in German."`
	TimestampType string       `json:"timestamp_type" table:"-" doc:"Where the time that was judged at comes from, such as SIGNATURE_EMBEDDED_TIMESTAMP or SYSTEM_TIMESTAMP."`
	Timestamp     string       `json:"timestamp" format:"date-time" doc:"The time that was judged at."`
	Findings      []findingDoc `json:"findings,omitempty" doc:"What a report says about each signature."`
	Document      string       `json:"document,omitempty" table:"-" format:"base64" doc:"The document, where embedded revocation information made a new one."`
}

type findingDoc struct {
	Major   string `json:"major" doc:"The finding, a URI of OASIS DSS."`
	Minor   string `json:"minor" doc:"The detail, a URI; may be empty."`
	Message string `json:"message" doc:"A text of the device, which may name persons."`
	Field   string `json:"field" doc:"The signature field of a PDF; may be empty."`
}

type signVerifyAnswerDoc struct {
	verificationDoc
	Warning *Error `json:"warning,omitempty" doc:"What the Konnektor reports beside its answer."`
}

func opSignVerify() Operation {
	return define(Operation{
		Name:       "sign.verify",
		Summary:    "Has the Konnektor judge the signatures of a document. An invalid signature is an answer, no failure.",
		Title:      titleSignVerify,
		Repeatable: true,
		Documents:  true,
	}, runSignVerify)
}

func runSignVerify(ctx context.Context, c *call, req signVerifyRequestDoc) (*signVerifyAnswerDoc, error) {
	in := konnektor.SignedInput{
		MIMEType: req.MIMEType, XML: req.XML, SignatureXML: req.SignatureXML, TvMode: konnektor.TvMode(req.TvMode),
		Report: req.Report, IncludeRevocationInfo: req.IncludeRevocationInfo,
	}
	var err error
	if in.Document, err = decodeOptional("document", req.Document); err != nil {
		return nil, err
	}
	if in.Signature, err = decodeOptional("signature", req.Signature); err != nil {
		return nil, err
	}
	if in.At, err = optionalMoment("at", req.At); err != nil {
		return nil, err
	}
	v, warning, err := c.client.VerifyDocument(ctx, in)
	if err != nil {
		return nil, err
	}
	return &signVerifyAnswerDoc{newVerification(&v), newWarning(c.op, warning)}, nil
}

// optionalMoment is moment, but the zero time without one.
func optionalMoment(field, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	return moment(field, text)
}

func newVerification(v *konnektor.SignatureVerification) verificationDoc {
	d := verificationDoc{
		Result: v.Result, ResultDE: germanVerification(v.Result), TimestampType: v.TimestampType, Timestamp: dateTime(v.Timestamp),
		Document: encodeBytes(v.Document),
	}
	for _, f := range v.Findings {
		d.Findings = append(d.Findings, findingDoc{f.Major, f.Minor, string(f.Message), f.Field})
	}
	return d
}
