package konnektor

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/connectorcommon50"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/dss10"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/encryptionservice61"
)

// Codes of EncryptionService.
const (
	CodeXMLElementNotUnique Code = 4104
	CodeHybridEncryption    Code = 4105
	CodeWrongKey            Code = 4106 // not encrypted for this card
	CodeHybridDecryption    Code = 4107
	CodeSymmetricEncryption Code = 4108
	CodeSymmetricDecryption Code = 4109
	CodeDocumentFormat      Code = 4110
	CodeRecipientNotReached Code = 4259 // a Warning: not for this certificate
)

// EncryptionType is the format of an encrypted document.
type EncryptionType string

// The formats (EncryptionService 6.1).
const (
	EncryptionCMS   EncryptionType = "urn:ietf:rfc:5652"
	EncryptionXML   EncryptionType = "http://www.w3.org/TR/xmlenc-core/"
	EncryptionSMIME EncryptionType = "urn:ietf:rfc:5751"
)

// CardKey names an encryption key of a card.
type CardKey struct {
	Card CardHandle
	// Reference is empty for C.ENC, the default of the schema.
	Reference CertificateRef
	// Crypt is CryptRSA, CryptECC or CryptRSAECC, and must be set. It is left
	// out for a Konnektor with EncryptionService 6.1.0, which has RSA only.
	Crypt Crypt
}

// Encryption is a document to be encrypted for one or more recipients.
type Encryption struct {
	Content Content
	Type    EncryptionType // must be set
	// MIMEType is that of the content; empty leaves it out. EncryptionXML has
	// none.
	MIMEType string
	// Certificates are the recipients' encryption certificates (DER).
	Certificates [][]byte
	// Key is a recipient's card; nil for none.
	Key *CardKey
	// Elements say what to encrypt inside an XML document; none means its root.
	Elements []EncryptedElement
	// Unprotected are properties that go out unencrypted, as KIM uses them.
	Unprotected []SignatureProperty
}

// Format writes how much it is, whatever the verb.
func (e Encryption) Format(f fmt.State, _ rune) { writeShown(f, e.shown()) }

// LogValue is how much it is.
func (e Encryption) LogValue() slog.Value { return slog.StringValue(e.shown()) }

func (e Encryption) shown() string { return fmt.Sprintf("Encryption{%d bytes}", len(e.Content)) }

// EncryptedElement names a part of an XML document.
type EncryptedElement struct {
	XPath string
	// ContentOnly leaves the tags of the element readable.
	ContentOnly bool
}

// EncryptedDocument is what EncryptDocument and DecryptDocument give back.
type EncryptedDocument struct {
	Content  Content
	XML      bool   // it came as XML
	MIMEType string // may be empty
}

// Format writes how much it is, whatever the verb.
func (d EncryptedDocument) Format(f fmt.State, _ rune) { writeShown(f, d.shown()) }

// LogValue is how much it is.
func (d EncryptedDocument) LogValue() slog.Value { return slog.StringValue(d.shown()) }

func (d EncryptedDocument) shown() string {
	return fmt.Sprintf("EncryptedDocument{%d bytes}", len(d.Content))
}

// EncryptDocument encrypts a document (EncryptDocument). It needs no PIN.
//
// A Warning with CodeRecipientNotReached means that it is not encrypted for all
// recipients. It returns an [*Error] or a [*Failure], of KindRequest for more
// than MaxDocument. EncryptDocument is safe for concurrent use.
func (c *Client) EncryptDocument(ctx context.Context, e Encryption) (EncryptedDocument, *Warning, error) {
	op := encryptionservice61.OperationEncryptDocument
	req, err := e.request()
	if err != nil {
		return EncryptedDocument{}, nil, err
	}
	var resp encryptionservice61.EncryptDocumentResponse
	if e.Key == nil {
		err = c.Invoke(ctx, op, req, &resp)
	} else {
		err = invokeWithCrypt(ctx, c, op, e.Key.Crypt, &req.RecipientKeys.CertificateOnCard.Crypt, req, &resp)
	}
	if err != nil {
		return EncryptedDocument{}, nil, err
	}
	return newEncrypted(op.Name, &resp.Status, resp.Document)
}

// request checks e and makes the message of it, without Crypt.
func (e *Encryption) request() (*encryptionservice61.EncryptDocument, error) {
	name := encryptionservice61.OperationEncryptDocument.Name
	format := encryptionservice61.EncryptionType(e.Type)
	switch {
	case len(e.Content) == 0:
		return nil, fail(KindRequest, name, "no content")
	case len(e.Content) > MaxDocument:
		return nil, fail(KindRequest, name, "more than 25 MB")
	case !format.Valid():
		return nil, fail(KindRequest, name, "no such type of encryption")
	case len(e.Elements) > 0 && e.Type != EncryptionXML:
		return nil, fail(KindRequest, name, "elements of a document that is encrypted as a whole")
	case len(e.Certificates) == 0 && e.Key == nil:
		return nil, fail(KindRequest, name, "a recipient is needed")
	}
	req := &encryptionservice61.EncryptDocument{
		Document:       document(e.Content, e.Type == EncryptionXML, e.MIMEType),
		OptionalInputs: &encryptionservice61.OptionalInputs{EncryptionType: &format, UnprotectedProperties: properties(e.Unprotected)},
	}
	for _, der := range e.Certificates {
		if len(der) == 0 {
			return nil, fail(KindRequest, name, "an empty certificate")
		}
		req.RecipientKeys.Certificate = append(req.RecipientKeys.Certificate, der)
	}
	if e.Key != nil {
		key, err := e.Key.onWire(name)
		if err != nil {
			return nil, err
		}
		req.RecipientKeys.CertificateOnCard = key
	}
	for _, element := range e.Elements {
		kind := encryptionservice61.ElementElement
		if element.ContentOnly {
			kind = encryptionservice61.ElementContent
		}
		req.OptionalInputs.Element = append(req.OptionalInputs.Element, encryptionservice61.Element{Value: element.XPath, Type: kind})
	}
	return req, nil
}

// onWire is the key on the wire, without Crypt.
func (k *CardKey) onWire(op string) (*encryptionservice61.KeyOnCardType, error) {
	if k.Card == "" {
		return nil, fail(KindRequest, op, "a card is needed")
	}
	return &encryptionservice61.KeyOnCardType{CardHandle: string(k.Card), KeyReference: optional(string(k.Reference))}, nil
}

// Decryption is a document to be decrypted with the key of a card, whose PIN
// must have been verified.
type Decryption struct {
	Content Content
	// XML says that the document is XML with encrypted parts (EncryptionXML).
	XML bool
	// MIMEType is empty to leave it out.
	MIMEType string
	Key      CardKey
}

// Format writes card and size, whatever the verb.
func (d Decryption) Format(f fmt.State, _ rune) { writeShown(f, d.shown()) }

// LogValue is card and size.
func (d Decryption) LogValue() slog.Value { return slog.StringValue(d.shown()) }

func (d Decryption) shown() string {
	return fmt.Sprintf("Decryption{%s %d bytes}", string(d.Key.Card), len(d.Content))
}

// DecryptDocument decrypts a document (DecryptDocument).
//
// It returns an [*Error], with CodeWrongKey for a document for others, or a
// [*Failure], of KindRequest for more than MaxDocument and what encryption adds.
// DecryptDocument is safe for concurrent use.
func (c *Client) DecryptDocument(ctx context.Context, d Decryption) (EncryptedDocument, *Warning, error) {
	op := encryptionservice61.OperationDecryptDocument
	switch {
	case len(d.Content) == 0:
		return EncryptedDocument{}, nil, fail(KindRequest, op.Name, "no content")
	case len(d.Content) > maxEncrypted:
		return EncryptedDocument{}, nil, fail(KindRequest, op.Name, "more than 25 MB")
	}
	key, err := d.Key.onWire(op.Name)
	if err != nil {
		return EncryptedDocument{}, nil, err
	}
	req := encryptionservice61.DecryptDocument{PrivateKeyOnCard: *key, Document: document(d.Content, d.XML, d.MIMEType)}
	var resp encryptionservice61.DecryptDocumentResponse
	if err := invokeWithCrypt(ctx, c, op, d.Key.Crypt, &req.PrivateKeyOnCard.Crypt, &req, &resp); err != nil {
		return EncryptedDocument{}, nil, err
	}
	return newEncrypted(op.Name, &resp.Status, resp.Document)
}

// maxEncrypted bounds an encrypted document: one of MaxDocument in base64, as
// XML encryption has it, and what belongs to its recipients.
const maxEncrypted = MaxDocument*4/3 + 1<<20

// document is a document on the wire.
func document(content []byte, xml bool, mime string) connectorcommon50.DocumentType {
	if xml {
		return connectorcommon50.DocumentType{Base64XML: content}
	}
	return connectorcommon50.DocumentType{Base64Data: &dss10.Base64Data{Value: content, MimeType: optional(mime)}}
}

// newEncrypted reads the Status and the document of an answer.
func newEncrypted(op string, status *connectorcommon50.Status, v *connectorcommon50.DocumentType) (EncryptedDocument, *Warning, error) {
	warning, err := outcome(op, string(status.Result), status.Error)
	switch {
	case err != nil:
		return EncryptedDocument{}, nil, err
	case v == nil || v.Base64XML == nil && v.Base64Data == nil:
		return EncryptedDocument{}, nil, fail(KindMalformed, op, "answer without a document")
	case v.Base64Data != nil:
		return EncryptedDocument{Content: v.Base64Data.Value, MIMEType: text(v.Base64Data.MimeType)}, warning, nil
	}
	return EncryptedDocument{Content: v.Base64XML, XML: true}, warning, nil
}
