package konnektortest

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/libkonnektor/libkonnektor/certs"
)

// The algorithms of XML encryption: AES-256-GCM (XML Encryption 1.1), the key by
// RSAES-OAEP. Which ones devices use is not in a source at hand; these are what
// xmlsec1 reads too.
const (
	xencSpace   = "http://www.w3.org/2001/04/xmlenc#"
	xencElement = xencSpace + "Element"
	xencContent = xencSpace + "Content"
	xencGCM     = "http://www.w3.org/2009/xmlenc11#aes256-gcm"
	xencOAEP    = xencSpace + "rsa-oaep-mgf1p"
	dsigSpace   = "http://www.w3.org/2000/09/xmldsig#"
)

// span is where an element stands in a document, in bytes.
type span struct{ start, openEnd, closeStart, end int64 }

// cut is the part of the document: the element, or what is in it.
func (s span) cut(content bool) (from, to int64) {
	if content {
		return s.openEnd, s.closeStart
	}
	return s.start, s.end
}

// findElement finds the one element at a path of local names such as
// /Akte/Diagnose, or the root for an empty path. Prefixes and //name are
// understood; anything else of XPath is not.
func findElement(doc []byte, path string) (span, error) {
	anywhere := strings.HasPrefix(path, "//")
	var want []string
	for _, step := range strings.Split(strings.Trim(path, "/"), "/") {
		_, local, ok := strings.Cut(step, ":")
		if !ok {
			local = step
		}
		if step != "" {
			want = append(want, local)
		}
	}
	var found []span
	var open []span
	var names []string
	d := xml.NewDecoder(bytes.NewReader(doc))
	for {
		before := d.InputOffset()
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return span{}, NewFault(4110)
		}
		switch t := token.(type) {
		case xml.StartElement:
			names = append(names, t.Name.Local)
			open = append(open, span{start: before, openEnd: d.InputOffset()})
		case xml.EndElement:
			s := open[len(open)-1]
			s.closeStart, s.end = before, d.InputOffset()
			if atPath(names, want, anywhere) {
				found = append(found, s)
			}
			open, names = open[:len(open)-1], names[:len(names)-1]
		}
	}
	switch len(found) {
	case 0:
		return span{}, NewFault(4103)
	case 1:
		return found[0], nil
	}
	return span{}, NewFault(4104)
}

func atPath(names, want []string, anywhere bool) bool {
	switch {
	case len(want) == 0:
		return len(names) == 1
	case anywhere && len(names) > len(want):
		names = names[len(names)-len(want):]
	}
	if len(names) != len(want) {
		return false
	}
	for i, n := range names {
		if want[i] != "*" && want[i] != n {
			return false
		}
	}
	return true
}

// sealXML encrypts one element of a document for recipients with RSA keys.
func sealXML(doc []byte, path string, content bool, recipients []*certs.Certificate) ([]byte, error) {
	at, err := findElement(doc, path)
	if err != nil {
		return nil, err
	}
	from, to := at.cut(content)
	key, nonce, gcm, err := contentCipher()
	if err != nil {
		return nil, err
	}
	var keys strings.Builder
	for _, r := range recipients {
		pub, ok := r.PublicKey.(*rsa.PublicKey)
		if !ok {
			return nil, NewFault(4200)
		}
		wrapped, err := rsa.EncryptOAEP(sha1.New(), rand.Reader, pub, key, nil)
		if err != nil {
			return nil, err
		}
		keys.WriteString(`<xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="` + xencOAEP + `"/><ds:KeyInfo><ds:X509Data><ds:X509Certificate>` +
			base64.StdEncoding.EncodeToString(r.Raw) + `</ds:X509Certificate></ds:X509Data></ds:KeyInfo>` + cipherData(wrapped) + `</xenc:EncryptedKey>`)
	}
	kind := xencElement
	if content {
		kind = xencContent
	}
	sealed := gcm.Seal(nonce, nonce, doc[from:to], nil)
	data := `<xenc:EncryptedData xmlns:xenc="` + xencSpace + `" xmlns:ds="` + dsigSpace + `" Type="` + kind + `"><xenc:EncryptionMethod Algorithm="` + xencGCM +
		`"/><ds:KeyInfo>` + keys.String() + `</ds:KeyInfo>` + cipherData(sealed) + `</xenc:EncryptedData>`
	return bytes.Join([][]byte{doc[:from], []byte(data), doc[to:]}, nil), nil
}

func cipherData(b []byte) string {
	return `<xenc:CipherData><xenc:CipherValue>` + base64.StdEncoding.EncodeToString(b) + `</xenc:CipherValue></xenc:CipherData>`
}

// maxEncrypted bounds how many encrypted parts a document may have.
const maxEncrypted = 1000

// openXML decrypts all encrypted parts of a document.
func openXML(doc []byte, cert *certs.Certificate, key crypto.Signer) ([]byte, error) {
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, NewFault(4106)
	}
	if _, err := parseXML(doc, nil, false); err != nil {
		return nil, NewFault(4110)
	}
	for range maxEncrypted {
		at, err := firstEncrypted(doc)
		if err != nil {
			return nil, err
		}
		if at == nil {
			return doc, nil
		}
		clear, err := openPart(doc[at.start:at.end], cert, private)
		if err != nil {
			return nil, err
		}
		doc = bytes.Join([][]byte{doc[:at.start], clear, doc[at.end:]}, nil)
	}
	return nil, NewFault(4107)
}

// firstEncrypted finds an EncryptedData, or nil.
func firstEncrypted(doc []byte) (*span, error) {
	d := xml.NewDecoder(bytes.NewReader(doc))
	for {
		before := d.InputOffset()
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return nil, NewFault(4110)
		}
		if t, ok := token.(xml.StartElement); ok && t.Name == (xml.Name{Space: xencSpace, Local: "EncryptedData"}) {
			if err := d.Skip(); err != nil {
				return nil, NewFault(4110)
			}
			return &span{start: before, end: d.InputOffset()}, nil
		}
	}
}

// openPart decrypts one EncryptedData.
func openPart(data []byte, cert *certs.Certificate, key *rsa.PrivateKey) ([]byte, error) {
	type method struct {
		Algorithm string `xml:"Algorithm,attr"`
	}
	var part struct {
		Method method `xml:"EncryptionMethod"`
		Keys   []struct {
			Method      method `xml:"EncryptionMethod"`
			Certificate string `xml:"KeyInfo>X509Data>X509Certificate"`
			Value       string `xml:"CipherData>CipherValue"`
		} `xml:"KeyInfo>EncryptedKey"`
		Value string `xml:"CipherData>CipherValue"`
	}
	if err := xml.Unmarshal(data, &part); err != nil || part.Method.Algorithm != xencGCM {
		return nil, NewFault(4201)
	}
	for _, k := range part.Keys {
		if !bytes.Equal(bytesOf(k.Certificate), cert.Raw) || k.Method.Algorithm != xencOAEP {
			continue
		}
		secret, err := rsa.DecryptOAEP(sha1.New(), nil, key, bytesOf(k.Value), nil)
		if err != nil {
			return nil, NewFault(4107)
		}
		gcm, err := newGCM(secret)
		sealed := bytesOf(part.Value)
		if err != nil || len(sealed) < 12 {
			return nil, NewFault(4107)
		}
		clear, err := gcm.Open(nil, sealed[:12], sealed[12:], nil)
		if err != nil {
			return nil, NewFault(4109)
		}
		return clear, nil
	}
	return nil, NewFault(4106)
}

// bytesOf reads base64 with white space; nil for what is none. Requests have
// passed their Shape, which refuses that, when a handler sees them.
func bytesOf(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		return nil
	}
	return b
}
