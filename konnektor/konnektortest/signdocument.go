package konnektortest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/libkonnektor/libkonnektor/konnektor"
)

// signJob is one call of SignDocument.
type signJob struct {
	*Call
	id     *certstest.Identity
	prefix string
	// qualified signatures are those of an HBA; embedsAll says that others get an
	// OCSP answer, too.
	qualified, embedsAll bool
}

// sign signs the documents of a job. A person who does not enter the PIN ends
// the job; a document that cannot be signed does not.
func (s *signatures) sign(c *Call, prefix string) (string, error) {
	h := konnektor.CardHandle(c.Request.Value("CardHandle"))
	number := c.Request.Value("JobNumber")
	if number == "" {
		return "", badRequest("a Konnektor needs the JobNumber")
	}
	if err := c.Access(Access{Card: h, Session: true}); err != nil {
		return "", err
	}
	card, ok := c.Konnektor.Card(h)
	if !ok {
		return "", NewFault(4008)
	}
	id, err := s.signer(c, card)
	if err != nil {
		return "", err
	}
	stop, err := s.begin(number)
	if err != nil {
		return "", err
	}
	defer s.end(number)
	release, err := c.OpenSession(h)
	if err != nil {
		return "", err
	}
	defer release()
	c.stop = stop
	if err := s.unlock(c, card); err != nil {
		return "", err
	}
	job := &signJob{
		Call: c, id: id, prefix: prefix, embedsAll: slices.Contains(s.opts.Versions, "7.5.6"),
		qualified: card.Type == konnektor.CardHBA || card.Type == konnektor.CardHBAqSig,
	}
	var text strings.Builder
	for _, request := range c.Request.Children {
		if request.Local == "SignRequest" {
			text.WriteString(job.answer(request, stop))
		}
	}
	return Elem(prefix+":SignDocumentResponse", text.String()), nil
}

// signer is the key for a card: C.QES of an HBA, C.OSIG of an SMC-B.
func (s *signatures) signer(c *Call, card Card) (*certstest.Identity, error) {
	ref := "C.SIG"
	switch card.Type {
	case konnektor.CardHBA, konnektor.CardHBAqSig:
		ref = "C.QES"
	case konnektor.CardSMCB, konnektor.CardHSMB:
	default:
		return nil, NewFault(4126)
	}
	algorithm := "RSA"
	switch crypt := c.Request.Value("Crypt"); {
	case crypt == "ECC", crypt == "RSA_ECC" && hasECC(&card), crypt == "" && s.crypt && hasECC(&card) && c.Coin():
		algorithm = "ECC"
	}
	return c.Konnektor.CardIdentity(card.Handle, ref, algorithm)
}

// unlock has an HBA's owner enter PIN.QES, unless a comfort session does; an
// SMC-B must be unlocked.
func (s *signatures) unlock(c *Call, card Card) error {
	if card.Type == konnektor.CardSMCB || card.Type == konnektor.CardHSMB {
		if card.PINs[konnektor.PINSMC].State != konnektor.PINVerified {
			return NewFault(4085)
		}
		return nil
	}
	n := 0
	for _, request := range c.Request.Children {
		if request.Local == "SignRequest" {
			n++
		}
	}
	if ok, err := s.comfortable(c, card.Handle, n); ok || err != nil {
		return err
	}
	return c.enterQES(card)
}

// answer is the SignResponse to one SignRequest. What the schema offers for a
// document without signature is a Warning with the error.
func (j *signJob) answer(request *Element, stop <-chan struct{}) string {
	var parts []string
	var warning konnektor.Code
	err := j.stopped(stop)
	if err == nil {
		own := seal{id: j.id, at: j.Konnektor.now()}
		if own.ocsp, warning, err = j.revocation(request); err == nil {
			parts, err = j.signOne(request, own)
		}
	}
	status := StatusOK()
	var fault *Fault
	switch {
	case errors.As(err, &fault):
		status, parts = fault.warning(j.Konnektor.ids), nil
	case err != nil:
		status, parts = NewFault(4123).warning(j.Konnektor.ids), nil
	case warning != 0:
		status = NewFault(warning).warning(j.Konnektor.ids)
	}
	return "<" + j.prefix + `:SignResponse RequestID="` + escape(request.Attr("RequestID"), true) + `">` + status + strings.Join(parts, "") +
		"</" + j.prefix + ":SignResponse>"
}

// stopped is fault 4049 when the job was stopped.
func (j *signJob) stopped(stop <-chan struct{}) error {
	select {
	case <-stop:
		return NewFault(4049)
	case <-j.Done:
		return NewFault(4049)
	default:
		return nil
	}
}

// signOne signs one document: OptionalOutputs and SignatureObject.
func (j *signJob) signOne(request *Element, s seal) ([]string, error) {
	inputs := request.Child("OptionalInputs")
	document := request.Child("Document")
	data, isXML := documentOf(document)
	if isXML {
		if _, err := parseXML(data, nil, false); err != nil {
			return nil, NewFault(4112)
		}
	}
	switch kind := inputs.Value("SignatureType"); {
	case kind == typeCAdES:
		return j.cades(data, inputs.Bool("IncludeEContent"), s)
	case kind == typePAdES && !isXML:
		signed, err := signPDF(data, s)
		return j.withDocument(signed, document.Child("Base64Data").Attr("MimeType"), false), err
	case kind == typeXAdES && isXML:
		return j.xades(data, inputs, s)
	}
	return nil, NewFault(4111)
}

func (j *signJob) cades(data []byte, include bool, s seal) ([]string, error) {
	content := data
	if !include {
		content = nil
	}
	cms, err := signCMS(s, data, content)
	return []string{signatureObject(typeCAdES, cms)}, err
}

// xades signs XML: enveloped into the document, enveloping it, or detached.
func (j *signJob) xades(data []byte, inputs *Element, s seal) ([]string, error) {
	switch {
	case inputs.Child("SignaturePlacement") != nil:
		signed, err := signEnveloped(data, inputs.Value("SignaturePlacement", "XPathAfter"), inputs.Value("SignaturePlacement", "XPathFirstChildOf"), s)
		return j.withDocument(signed, "", true), err
	case inputs.Child("IncludeObjects") != nil:
		signature, err := signXML(data, enveloping, s)
		return []string{signatureObject(typeXAdES, signature)}, err
	}
	signature, err := signXML(data, detached, s)
	return []string{signatureObject(typeXAdES, signature)}, err
}

// withDocument is OptionalOutputs with the document that has its signature
// inside.
func (j *signJob) withDocument(data []byte, mime string, isXML bool) []string {
	text := base64.StdEncoding.EncodeToString(data)
	inner := elemAttr("DSS:Base64Data", "MimeType", mime, text)
	if isXML {
		inner = ElemText("CONN:Base64XML", text)
	}
	return []string{Elem(j.prefix+":OptionalOutputs", Elem(j.prefix+":DocumentWithSignature", inner))}
}

func signatureObject(kind string, signature []byte) string {
	return Elem("DSS:SignatureObject", elemAttr("DSS:Base64Signature", "Type", kind, base64.StdEncoding.EncodeToString(signature)))
}

// verify judges the signatures of a document.
func (s *signatures) verify(c *Call, prefix string) (string, error) {
	if err := c.Access(Access{}); err != nil {
		return "", err
	}
	given := c.Request.Child("OptionalInputs").Value("UseVerificationTime", "SpecificTime")
	if given != "" && dateTime(given) != nil {
		return "", badRequest("SpecificTime is not a dateTime")
	}
	object := c.Request.Child("SignatureObject")
	data, isXML := documentOf(c.Request.Child("Document"))
	var level string
	var err error
	switch signature := bytesOf(object.Value("Base64Signature")); {
	case bytes.HasPrefix(bytes.TrimSpace(signature), []byte("<")):
		level, err = c.Konnektor.judgeXML(signature, data)
	case len(signature) > 0:
		level, err = c.Konnektor.judgeCMS(signature, data)
	case isXML:
		level, err = c.Konnektor.judgeXML(data, nil)
	case bytes.HasPrefix(data, []byte("%PDF-")):
		level, err = c.Konnektor.judgePDF(data)
	default:
		err = NewFault(4253)
	}
	if err != nil {
		return "", err
	}
	when, kind := c.Konnektor.now(), "SYSTEM_TIMESTAMP"
	at := ElemText(prefix+":Timestamp", when.UTC().Format("2006-01-02T15:04:05Z"))
	if given != "" {
		kind, at = "USER_DEFINED_TIMESTAMP", ElemText(prefix+":Timestamp", strings.TrimSpace(given))
	}
	outputs := ""
	if c.Request.Child("OptionalInputs").Child("ReturnVerificationReport") != nil {
		outputs = Elem(prefix+":OptionalOutputs", report(level))
	}
	return Elem(prefix+":VerifyDocumentResponse", StatusOK(), Elem(prefix+":VerificationResult",
		ElemText(prefix+":HighLevelResult", level), ElemText(prefix+":TimestampType", kind), at), outputs), nil
}

// report is a VerificationReport about one signature.
func report(level string) string {
	return Elem("VR:VerificationReport", Elem("VR:IndividualReport",
		Elem("VR:SignedObjectIdentifier"), Elem("DSS:Result", ElemText("DSS:ResultMajor", majorOf[level]))))
}

// majorOf are the results of a report (OASIS DSS 1.0 and its profile for
// verification reports).
var majorOf = map[string]string{
	"VALID":        "urn:oasis:names:tc:dss:1.0:detail:valid",
	"INVALID":      "urn:oasis:names:tc:dss:1.0:detail:invalid",
	"INCONCLUSIVE": "urn:oasis:names:tc:dss:1.0:detail:indetermined",
}
