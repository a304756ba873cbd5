package konnektortest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"math/big"
	"slices"

	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/libkonnektor/libkonnektor/konnektor"
)

const dssSpace = "urn:oasis:names:tc:dss:1.0:core:schema"

// Types of signatures on the wire of ExternalAuthenticate.
const (
	typeRSA   = "urn:ietf:rfc:3447"
	typeECDSA = "urn:bsi:tr:03111:ecdsa"
)

// AuthSignatureService is the service of ExternalAuthenticate in the versions
// with these numbers; none means 7.4.0 and 7.4.1. Version 7.4.0 alone has RSA
// only.
func AuthSignatureService(numbers ...string) Service {
	if len(numbers) == 0 {
		numbers = []string{"7.4.0", "7.4.1"}
	}
	s := Service{
		Name: "AuthSignatureService", Schema: "conn/SignatureService.xsd",
		Prefixes: map[string]string{"SIG": signature74Space, "DSS": dssSpace},
	}
	a := &authSignature{ecc: slices.Contains(numbers, "7.4.1")}
	op := Operation{
		Name: "ExternalAuthenticate", SOAPActions: []string{signature74Space + "#ExternalAuthenticate"},
		AllowedIn: InCardStates, Handle: a.sign,
		Request: Sequence(signature74Space, "ExternalAuthenticate", One(CardHandleShape), One(ContextShape),
			Maybe(All(signature74Space, "OptionalInputs", Maybe(Simple(dssSpace, "SignatureType", AnyText)),
				Maybe(Simple(signature74Space, "SignatureSchemes", OneOf("RSASSA-PSS", "RSASSA-PKCS1-v1_5"))))),
			One(Sequence(signature74Space, "BinaryString", One(base64Data)))),
	}
	for _, number := range numbers {
		s.Versions = append(s.Versions, Version{
			Number: number, TargetNamespace: "http://ws.gematik.de/conn/AuthSignatureService/WSDL/v7.4", Operations: []Operation{op},
		})
	}
	return s
}

// base64Data is dss:Base64Data.
var base64Data = Shape{Space: dssSpace, Local: "Base64Data", Text: base64Binary, Attrs: map[string]Facet{"MimeType": AnyText}}

// authSignature is the AuthSignatureService of one Konnektor.
type authSignature struct{ ecc bool }

func (a *authSignature) sign(c *Call) (string, error) {
	h := konnektor.CardHandle(c.Request.Value("CardHandle"))
	card, release, err := c.unlockedHPC(h)
	if err != nil {
		return "", err
	}
	defer release()
	digest := bytesOf(c.Request.Value("BinaryString", "Base64Data"))
	kind, scheme := or(c.Request.Value("OptionalInputs", "SignatureType"), typeRSA), c.Request.Value("OptionalInputs", "SignatureSchemes")
	algorithm := "RSA"
	switch {
	case kind == typeECDSA && a.ecc:
		algorithm = "ECC"
	case kind != typeRSA:
		return "", NewFault(4111)
	}
	id, err := c.Konnektor.CardIdentity(card.Handle, "C.AUT", algorithm)
	if err != nil {
		return "", err
	}
	value, err := c.signDigest(id, digest, scheme == "RSASSA-PSS")
	if err != nil {
		return "", err
	}
	if c.Konnektor.breaks() {
		value[len(value)-1] ^= 1
	}
	return Elem("SIG:ExternalAuthenticateResponse", StatusOK(), Elem("DSS:SignatureObject",
		elemAttr("DSS:Base64Signature", "Type", kind, base64.StdEncoding.EncodeToString(value)))), nil
}

// BreakSignatures makes the next n signatures of ExternalAuthenticate wrong by
// one bit.
func (k *Konnektor) BreakSignatures(n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.toBreak = n
}

// breaks uses up one of the signatures to break.
func (k *Konnektor) breaks() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.toBreak == 0 {
		return false
	}
	k.toBreak--
	return true
}

// unlockedHPC opens a session with an SMC-B or HBA whose PIN was verified.
func (c *Call) unlockedHPC(h konnektor.CardHandle) (Card, func(), error) {
	if err := c.Access(Access{Card: h, Session: true}); err != nil {
		return Card{}, nil, err
	}
	card, ok := c.Konnektor.Card(h)
	if !ok {
		return Card{}, nil, NewFault(4008)
	}
	pin, isHPC := openerPIN(card.Type)
	switch {
	case !isHPC:
		return Card{}, nil, NewFault(4051)
	case card.PINs[pin].State != konnektor.PINVerified:
		return Card{}, nil, NewFault(4085)
	}
	release, err := c.OpenSession(h)
	return card, release, err
}

// hashes are those of ExternalAuthenticate, by the length of a digest.
var hashes = map[int]crypto.Hash{32: crypto.SHA256, 48: crypto.SHA384, 64: crypto.SHA512}

// signDigest signs with a key of a card. Devices give an ECDSA signature as a
// sequence or as R and S after each other: so does the simulator.
func (c *Call) signDigest(id *certstest.Identity, digest []byte, pss bool) ([]byte, error) {
	hash, ok := hashes[len(digest)]
	if !ok {
		return nil, badRequest("no digest of a known length")
	}
	var opts crypto.SignerOpts = hash
	if _, isRSA := id.Key.(*rsa.PrivateKey); isRSA && pss {
		opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash}
	}
	value, err := id.Key.Sign(rand.Reader, digest, opts)
	if err != nil {
		return nil, fmt.Errorf("konnektortest: sign: %w", err)
	}
	if _, isRSA := id.Key.(*rsa.PrivateKey); isRSA || c.Coin() {
		return value, nil
	}
	return rawECDSA(value, 32)
}

// rawECDSA turns a sequence of two integers into R and S of a length.
func rawECDSA(der []byte, size int) ([]byte, error) {
	var s struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &s); err != nil || len(rest) > 0 {
		return nil, fmt.Errorf("konnektortest: signature: %w", err)
	}
	raw := make([]byte, 2*size)
	s.R.FillBytes(raw[:size])
	s.S.FillBytes(raw[size:])
	return raw, nil
}

// elemAttr is ElemText with an attribute.
func elemAttr(name, attribute, value, text string) string {
	return "<" + name + " " + attribute + `="` + escape(value, true) + `">` + escape(text, false) + "</" + name + ">"
}
