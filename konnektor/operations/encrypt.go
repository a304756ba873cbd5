package operations

import (
	"context"
	"strconv"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

type encryptRequestDoc struct {
	Content      string                 `json:"content" format:"base64" doc:"The document, at most 25 MB."`
	Type         string                 `json:"type" enum:"CMS XML SMIME" doc:"The format of the encrypted document."`
	MIMEType     string                 `json:"mime_type,omitempty" doc:"The MIME type of the content; XML has none."`
	Certificates []string               `json:"certificates,omitempty" doc:"The recipients' encryption certificates, each DER in base64."`
	CardHandle   string                 `json:"card_handle,omitempty" doc:"A recipient's card."`
	Key          string                 `json:"key,omitempty" enum:"C.AUT C.ENC C.SIG C.QES" doc:"The certificate of that card. C.ENC when left out."`
	Crypt        string                 `json:"crypt,omitempty" enum:"RSA ECC RSA_ECC" doc:"The key of that card. RSA_ECC when left out."`
	Elements     []encryptedElementDoc  `json:"elements,omitempty" doc:"With type XML: the parts to be encrypted. The root when left out."`
	Unprotected  []signaturePropertyDoc `json:"unprotected_properties,omitempty" doc:"Properties that go out unencrypted, as KIM uses them."`
	timeLimit
}

type encryptedElementDoc struct {
	XPath       string `json:"xpath" doc:"The element."`
	ContentOnly bool   `json:"content_only,omitempty" doc:"Leave its tags readable."`
}

// encryptAnswerDoc is the answer of encrypt and decrypt.
type encryptAnswerDoc struct {
	Content  string `json:"content" table:"-" format:"base64" doc:"The document."`
	Size     int64  `json:"size" doc:"Its size in bytes."`
	XML      bool   `json:"xml" table:"-" doc:"It came as XML."`
	MIMEType string `json:"mime_type" doc:"Its MIME type; may be empty."`
	Warning  *Error `json:"warning,omitempty" doc:"What the Konnektor reports beside its answer. Code 4259: not for all recipients."`
}

var encryptionTypes = map[string]konnektor.EncryptionType{
	"CMS": konnektor.EncryptionCMS, "XML": konnektor.EncryptionXML, "SMIME": konnektor.EncryptionSMIME,
}

func opEncrypt() Operation {
	return define(Operation{
		Name: "encrypt", Summary: "Encrypts a document for one or more recipients. It needs no PIN.", Title: titleEncrypt, Repeatable: true, Documents: true,
	}, runEncrypt)
}

func runEncrypt(ctx context.Context, c *call, req encryptRequestDoc) (*encryptAnswerDoc, error) {
	e := konnektor.Encryption{Type: encryptionTypes[req.Type], MIMEType: req.MIMEType, Unprotected: properties(req.Unprotected)}
	var err error
	if e.Content, err = decodeBytes("content", req.Content); err != nil {
		return nil, err
	}
	for i, s := range req.Certificates {
		der, err := decodeBytes("certificates["+strconv.Itoa(i)+"]", s)
		if err != nil {
			return nil, err
		}
		e.Certificates = append(e.Certificates, der)
	}
	for _, element := range req.Elements {
		e.Elements = append(e.Elements, konnektor.EncryptedElement{XPath: element.XPath, ContentOnly: element.ContentOnly})
	}
	if req.CardHandle != "" {
		key := cardKey(req.CardHandle, req.Key, req.Crypt)
		e.Key = &key
	}
	d, warning, err := c.client.EncryptDocument(ctx, e)
	return newEncrypted(c, d, warning, err)
}

func cardKey(handle, ref, crypt string) konnektor.CardKey {
	return konnektor.CardKey{Card: konnektor.CardHandle(handle), Reference: konnektor.CertificateRef(ref), Crypt: cryptOf(crypt)}
}

type decryptRequestDoc struct {
	Content    string `json:"content" format:"base64" doc:"The encrypted document."`
	XML        bool   `json:"xml,omitempty" doc:"It is XML with encrypted parts."`
	MIMEType   string `json:"mime_type,omitempty" doc:"Its MIME type."`
	CardHandle string `json:"card_handle" doc:"The card with the key; its PIN must have been verified."`
	Key        string `json:"key,omitempty" enum:"C.AUT C.ENC C.SIG C.QES" doc:"The certificate that it is encrypted for. C.ENC when left out."`
	Crypt      string `json:"crypt,omitempty" enum:"RSA ECC RSA_ECC" doc:"The key. RSA_ECC when left out."`
	timeLimit
}

func opDecrypt() Operation {
	return define(Operation{
		Name: "decrypt", Summary: "Decrypts a document with the key of a card.", Title: titleDecrypt, Repeatable: true, Documents: true,
	}, runDecrypt)
}

func runDecrypt(ctx context.Context, c *call, req decryptRequestDoc) (*encryptAnswerDoc, error) {
	content, err := decodeBytes("content", req.Content)
	if err != nil {
		return nil, err
	}
	d, warning, err := c.client.DecryptDocument(ctx, konnektor.Decryption{
		Content: content, XML: req.XML, MIMEType: req.MIMEType, Key: cardKey(req.CardHandle, req.Key, req.Crypt),
	})
	return newEncrypted(c, d, warning, err)
}

func newEncrypted(c *call, d konnektor.EncryptedDocument, w *konnektor.Warning, err error) (*encryptAnswerDoc, error) {
	if err != nil {
		return nil, err
	}
	return &encryptAnswerDoc{encodeBytes(d.Content), int64(len(d.Content)), d.XML, d.MIMEType, newWarning(c.op, w)}, nil
}
