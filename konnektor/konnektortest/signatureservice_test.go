package konnektortest_test

import (
	"bytes"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

// minimalPDF is a PDF of one empty page.
func minimalPDF() []byte {
	var b bytes.Buffer
	var offsets []int
	b.WriteString("%PDF-1.7\n")
	for i, object := range []string{
		"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
	} {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 4\n0000000000 65535 f \n")
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", at)
	return b.Bytes()
}

// sign signs one document with the SMC-B.
func sign(t *testing.T, client *konnektor.Client, card konnektor.CardHandle, crypt konnektor.Crypt, d konnektor.SignDocument) konnektor.SignedDocument {
	t.Helper()
	result, err := client.SignDocuments(t.Context(), konnektor.Signing{Card: card, Crypt: crypt, Documents: []konnektor.SignDocument{d}})
	require.NoError(t, err)
	require.NoError(t, result.Documents[0].Err)
	return result.Documents[0]
}

// accepts runs a foreign judge; it must end well.
func accepts(t *testing.T, files map[string][]byte, name string, args ...string) {
	t.Helper()
	files["out"] = nil
	tool(t, files, name, args...)
}

// refuses runs a foreign judge; it must not end well.
func refuses(t *testing.T, files map[string][]byte, name string, args ...string) {
	t.Helper()
	_, output, err := runTool(t, files, name, args...)
	require.Error(t, err, "%s", output)
}

func TestCAdES(t *testing.T) {
	k, client, a := practice(t)
	text := []byte("Arztbrief für niemanden")
	for _, crypt := range []konnektor.Crypt{konnektor.CryptRSA, konnektor.CryptECC} {
		for _, variant := range []konnektor.SignatureVariant{konnektor.Enveloping, konnektor.Detached} {
			t.Run(string(crypt)+" "+string(variant), func(t *testing.T) {
				d := sign(t, client, a.HPC, crypt, konnektor.SignDocument{Content: text, Type: konnektor.SignatureCAdES, Variant: variant})
				files := cardKey(t, k, a.HPC, "C.SIG", string(crypt))
				files["signature"], files["content"] = d.Signature, text
				args := []string{"cms", "-verify", "-binary", "-cades", "-inform", "DER", "-in", "signature", "-CAfile", "cert.pem", "-partial_chain",
					"-purpose", "any", "-out", "out"}
				content := []byte(nil)
				if variant == konnektor.Detached {
					args, content = append(args, "-content", "content"), text
				}
				accepts(t, files, "openssl", args...)
				signers, err := d.Signers(content)
				require.NoError(t, err)
				require.Len(t, signers, 1)

				in := konnektor.SignedInput{Signature: d.Signature, Document: content, Report: true}
				v, _, err := client.VerifyDocument(t.Context(), in)
				require.NoError(t, err)
				require.Equal(t, "VALID", v.Result)
				require.Len(t, v.Findings, 1)
				broken := bytes.Clone(d.Signature)
				broken[len(broken)-1] ^= 1
				in.Signature = broken
				v, _, err = client.VerifyDocument(t.Context(), in)
				require.NoError(t, err)
				require.Equal(t, "INVALID", v.Result)
			})
		}
	}
}

// TestOpenSSLSigns has openssl make the signature and the Konnektor judge it.
func TestOpenSSLSigns(t *testing.T) {
	k, client, a := practice(t)
	for _, algorithm := range []string{"RSA", "ECC"} {
		files := cardKey(t, k, a.HPC, "C.SIG", algorithm)
		files["content"] = []byte("Text")
		theirs := tool(t, files, "openssl", "cms", "-sign", "-binary", "-cades", "-nodetach", "-md", "sha256", "-outform", "DER",
			"-in", "content", "-signer", "cert.pem", "-inkey", "key.pem", "-out", "out")
		v, _, err := client.VerifyDocument(t.Context(), konnektor.SignedInput{Signature: theirs})
		require.NoError(t, err)
		require.Equal(t, "VALID", v.Result, algorithm)
	}
}

func TestPAdES(t *testing.T) {
	k, client, a := practice(t)
	for _, crypt := range []konnektor.Crypt{konnektor.CryptRSA, konnektor.CryptECC} {
		d := sign(t, client, a.HPC, crypt, konnektor.SignDocument{Content: minimalPDF(), Type: konnektor.SignaturePAdES})
		require.Empty(t, d.Signature)
		v, _, err := client.VerifyDocument(t.Context(), konnektor.SignedInput{Document: d.Document, MIMEType: d.MIMEType})
		require.NoError(t, err)
		require.Equal(t, "VALID", v.Result)

		r := regexp.MustCompile(`/ByteRange \[0 (\d+) (\d+) (\d+)\]`).FindSubmatch(d.Document)
		first, _ := strconv.Atoi(string(r[1]))
		second, _ := strconv.Atoi(string(r[2]))
		hexText := bytes.Trim(d.Document[first:second], "<>")
		cms := make([]byte, len(hexText)/2)
		_, err = fmt.Sscanf(string(hexText), "%x", &cms)
		require.NoError(t, err)
		files := cardKey(t, k, a.HPC, "C.SIG", string(crypt))
		files["signature"], files["content"] = cms, append(bytes.Clone(d.Document[:first]), d.Document[second:]...)
		accepts(t, files, "openssl", "cms", "-verify", "-binary", "-cades", "-inform", "DER", "-in", "signature", "-content", "content",
			"-CAfile", "cert.pem", "-partial_chain", "-purpose", "any", "-out", "out")
		id, err := k.CardIdentity(a.HPC, "C.SIG", string(crypt))
		require.NoError(t, err)
		by, err := d.Signers(nil)
		require.NoError(t, err)
		require.Len(t, by, 1)
		require.True(t, by[0].Certificate.Equal(id.Certificate))

		again := sign(t, client, a.HPC, crypt, konnektor.SignDocument{Content: d.Document, Type: konnektor.SignaturePAdES})
		v, _, err = client.VerifyDocument(t.Context(), konnektor.SignedInput{Document: again.Document, MIMEType: d.MIMEType})
		require.NoError(t, err)
		require.Equal(t, "VALID", v.Result, "a second signature")
		_, err = again.Signers(nil)
		require.ErrorIs(t, err, certs.ErrPDF, "the first one does not cover the second")
		_, _, err = client.VerifyDocument(t.Context(), konnektor.SignedInput{Document: append(bytes.Clone(d.Document), "%more\n"...)})
		require.ErrorIs(t, err, konnektor.CodeSignatureNotWhole)
	}
}

func TestXAdES(t *testing.T) {
	k, client, a := practice(t)
	document := []byte(`<?xml version="1.0"?><!-- Kommentar --><n:NFD xmlns:n="urn:nfd" xmlns:unused="urn:x"  z="1" n:a='x"y'><n:Befund>Anlaß &amp; <![CDATA[<Folge>]]></n:Befund><leer xmlns=""/></n:NFD>`)
	for _, crypt := range []konnektor.Crypt{konnektor.CryptRSA, konnektor.CryptECC} {
		for variant, d := range map[string]konnektor.SignDocument{
			"detached": {Variant: konnektor.Detached}, "enveloping": {Variant: konnektor.Enveloping}, "enveloped": {Variant: konnektor.Enveloped},
			"after": {Variant: konnektor.Enveloped, PlaceAfter: "/n:NFD/n:Befund"}, "first": {Variant: konnektor.Enveloped, PlaceFirstIn: "/n:NFD"},
		} {
			t.Run(string(crypt)+" "+variant, func(t *testing.T) {
				d.Content, d.Type = document, konnektor.SignatureXAdES
				signed := sign(t, client, a.HPC, crypt, d)
				in := konnektor.SignedInput{Signature: signed.Signature}
				files := cardKey(t, k, a.HPC, "C.SIG", string(crypt))
				files["signed"], files["document"] = signed.Signature, document
				switch variant {
				case "detached":
					in.Document, in.XML = document, true
				case "enveloping":
				default:
					in = konnektor.SignedInput{Document: signed.Document, XML: true}
					files["signed"] = signed.Document
				}
				v, _, err := client.VerifyDocument(t.Context(), in)
				require.NoError(t, err)
				require.Equal(t, "VALID", v.Result)

				args := []string{"--verify", "--trusted-pem", "cert.pem", "--id-attr:Id", "SignedProperties", "--id-attr:Id", "Object", "--pubkey-cert-pem", "cert.pem", "signed"}
				accepts(t, files, "xmlsec1", args...)
				files["signed"] = bytes.Replace(files["signed"], []byte("Befund>Anla"), []byte("Befund>anla"), 1)
				files["document"] = bytes.Replace(document, []byte("Befund>Anla"), []byte("Befund>anla"), 1)
				refuses(t, files, "xmlsec1", args...)
			})
		}
	}
}

// TestRevocationInfo has the OCSP answer about the signer inside of a signature,
// where RFC 5940 and XAdES 1.3.2 put it.
func TestRevocationInfo(t *testing.T) {
	k := konnektortest.New(t)
	hba, client := doctor(t, k)
	smcb := k.Handle(konnektor.CardSMCB)
	xml := konnektor.SignDocument{Content: []byte("<a><b/></a>"), Type: konnektor.SignatureXAdES, Variant: konnektor.Enveloped, IncludeRevocationInfo: true}
	text := konnektor.SignDocument{Content: []byte("Text"), Type: konnektor.SignatureCAdES, IncludeRevocationInfo: true}
	for _, crypt := range []konnektor.Crypt{konnektor.CryptRSA, konnektor.CryptECC} {
		id, err := k.CardIdentity(hba, "C.QES", string(crypt))
		require.NoError(t, err)
		good := func(der []byte) {
			t.Helper()
			answer, err := certs.ParseOCSPResponse(der)
			require.NoError(t, err)
			require.NoError(t, answer.Verify(id.Certificate, id.Issuer.Certificate, certs.OCSPOptions{At: time.Now()}))
		}
		d := sign(t, client, hba, crypt, text)
		require.Nil(t, d.Warning)
		good(embeddedOCSP(t, d.Signature))
		_, err = d.Signers(nil)
		require.NoError(t, err)
		files := cardKey(t, k, hba, "C.QES", string(crypt))
		files["signature"] = d.Signature
		accepts(t, files, "openssl", "cms", "-verify", "-binary", "-cades", "-inform", "DER", "-in", "signature", "-CAfile", "cert.pem",
			"-partial_chain", "-purpose", "any", "-out", "out")

		x := sign(t, client, hba, crypt, xml)
		require.Nil(t, x.Warning)
		value := regexp.MustCompile(`EncapsulatedOCSPValue>([^<]+)<`).FindSubmatch(x.Document)
		require.NotNil(t, value)
		der, err := base64.StdEncoding.DecodeString(string(value[1]))
		require.NoError(t, err)
		good(der)
		v, _, err := client.VerifyDocument(t.Context(), konnektor.SignedInput{Document: x.Document, XML: true})
		require.NoError(t, err)
		require.Equal(t, "VALID", v.Result)
	}
	pdf := konnektor.SignDocument{Content: minimalPDF(), Type: konnektor.SignaturePAdES, IncludeRevocationInfo: true}
	require.True(t, sign(t, client, hba, konnektor.CryptECC, pdf).Warning.Is(konnektor.Code(4261)), "no place for it")
	require.True(t, sign(t, client, smcb, konnektor.CryptECC, text).Warning.Is(konnektor.Code(4261)), "not before 7.5.6")
	k.Install(konnektortest.SignatureService(konnektortest.SignatureOptions{Versions: []string{"7.5.6"}}))
	require.Nil(t, sign(t, client, smcb, konnektor.CryptECC, text).Warning)
	k.SetOnline(konnektortest.TI, false)
	require.True(t, sign(t, client, hba, konnektor.CryptECC, text).Warning.Is(konnektor.Code(1028)), "no way to the responder")
}

// TestHugeXML has documents that are deeper and longer than a Konnektor should
// follow: they end in a fault, not in work without end.
func TestHugeXML(t *testing.T) {
	_, client, a := practice(t)
	deep := bytes.Repeat([]byte("<a>"), 1<<17)
	const signature = `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>`
	many := signature + strings.Repeat(`<ds:Reference URI=""><ds:DigestValue>AA==</ds:DigestValue></ds:Reference>`, 2000) + `</ds:SignedInfo></ds:Signature>`
	for _, in := range []konnektor.SignedInput{{Document: deep, XML: true}, {Signature: deep}, {Signature: []byte(signature + "</ds:SignedInfo></ds:Signature>"), Document: deep, XML: true}} {
		_, _, err := client.VerifyDocument(t.Context(), in)
		require.ErrorIs(t, err, konnektor.Code(4253))
	}
	v, _, err := client.VerifyDocument(t.Context(), konnektor.SignedInput{Document: []byte("<a>" + many + "</a>"), XML: true})
	require.NoError(t, err)
	require.Equal(t, "INVALID", v.Result)
	result, err := client.SignDocuments(t.Context(), konnektor.Signing{Card: a.HPC, Crypt: konnektor.CryptECC, Documents: []konnektor.SignDocument{
		{Content: deep, Type: konnektor.SignatureXAdES, Variant: konnektor.Detached},
	}})
	require.NoError(t, err)
	require.ErrorIs(t, result.Documents[0].Err, konnektor.Code(4112))
	_, _, err = client.DecryptDocument(t.Context(), konnektor.Decryption{Content: deep, XML: true, Key: konnektor.CardKey{Card: a.HPC, Crypt: konnektor.CryptRSA}})
	require.ErrorIs(t, err, konnektor.Code(4110))
}

// embeddedOCSP is the OCSP answer in a CMS message: the field crls of RFC 5652
// with the choice "other" of RFC 5940.
func embeddedOCSP(t *testing.T, message []byte) []byte {
	t.Helper()
	var info struct {
		Type    asn1.ObjectIdentifier
		Content struct {
			Version                        int
			Digests, Content, Certificates asn1.RawValue
			Revocations                    asn1.RawValue
			Signers                        asn1.RawValue
		} `asn1:"explicit,tag:0"`
	}
	rest, err := asn1.Unmarshal(message, &info)
	require.NoError(t, err)
	require.Empty(t, rest)
	require.Equal(t, 5, info.Content.Version)
	require.Equal(t, 1, info.Content.Revocations.Tag)
	var other struct {
		Format asn1.ObjectIdentifier
		Answer asn1.RawValue
	}
	rest, err = asn1.UnmarshalWithParams(info.Content.Revocations.Bytes, &other, "tag:1")
	require.NoError(t, err)
	require.Empty(t, rest)
	require.Equal(t, "1.3.6.1.5.5.7.16.2", other.Format.String())
	return other.Answer.FullBytes
}

func TestSignatureJobs(t *testing.T) {
	k, client, a := practice(t)
	first, err := client.JobNumber(t.Context())
	require.NoError(t, err)
	second, err := client.JobNumber(t.Context())
	require.NoError(t, err)
	require.NotEqual(t, first, second)
	job := konnektor.Signing{Card: a.HPC, Crypt: konnektor.CryptECC, JobNumber: first, Documents: []konnektor.SignDocument{
		{Content: []byte("a"), Type: konnektor.SignatureCAdES}, {Content: []byte("no PDF"), Type: konnektor.SignaturePAdES},
	}}
	result, err := client.SignDocuments(t.Context(), job)
	require.NoError(t, err)
	require.NoError(t, result.Documents[0].Err)
	require.ErrorIs(t, result.Documents[1].Err, konnektor.CodeSignatureDocument, "one document, not the job")
	_, err = client.SignDocuments(t.Context(), job)
	require.ErrorIs(t, err, konnektor.CodeJobNumberUsed)
	_, err = client.StopSignature(t.Context(), second)
	require.ErrorIs(t, err, konnektor.CodeJobNumberUnknown)

	// An HBA asks for the PIN; the job is stopped meanwhile.
	hba, doctor := doctor(t, k)
	k.React("T1", konnektortest.Reaction{Until: make(chan struct{})})
	job.Card, job.JobNumber = hba, second
	ended := make(chan error, 1)
	go func() { _, err := doctor.SignDocuments(t.Context(), job); ended <- err }()
	require.Eventually(t, func() bool { return len(k.Asking()) == 1 }, time.Minute, time.Millisecond)
	_, err = doctor.StopSignature(t.Context(), second)
	require.NoError(t, err)
	require.ErrorIs(t, <-ended, konnektor.CodePINCancelled)
}

// doctor is an HBA and a client with a UserID.
func doctor(t *testing.T, k *konnektortest.Konnektor) (konnektor.CardHandle, *konnektor.Client) {
	t.Helper()
	return k.Insert(konnektor.CardHBA), userOf(t, k, 1)
}

// userOf is a client with a UserID of its own.
func userOf(t *testing.T, k *konnektortest.Konnektor, n int) *konnektor.Client {
	t.Helper()
	cfg := k.Config()
	cfg.Call.UserID = fmt.Sprintf("d9c3a3a2-2f0e-4a57-9d3c-6b0a8d8a1f%02x", n)
	client, err := konnektor.New(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func TestComfortSignature(t *testing.T) {
	clock := konnektortest.NewClock(time.Now())
	k := konnektortest.NewWith(t, konnektortest.Options{Now: clock.Now})
	k.Install(konnektortest.SignatureService(konnektortest.SignatureOptions{ComfortMax: 3, ComfortTimer: time.Hour}))
	hba, client := doctor(t, k)
	ctx := t.Context()
	document := konnektor.SignDocument{Content: []byte("Rezept"), Type: konnektor.SignatureCAdES}
	signTwo := func() error {
		_, err := client.SignDocuments(ctx, konnektor.Signing{Card: hba, Crypt: konnektor.CryptECC, Documents: []konnektor.SignDocument{document, document}})
		return err
	}
	mode, _, err := client.SignatureMode(ctx, hba)
	require.NoError(t, err)
	require.True(t, mode.Enabled)
	require.Equal(t, 3, mode.Max)
	require.Equal(t, time.Hour, mode.Timer)
	require.Nil(t, mode.Session)

	k.React("T1", konnektortest.Reaction{Wrong: true})
	require.ErrorIs(t, signTwo(), konnektor.Code(4276), "each job asks")
	active, _, err := client.ActivateComfortSignature(ctx, konnektor.ComfortRequest{Card: hba})
	require.NoError(t, err)
	require.Equal(t, konnektor.SigningComfort, active)
	k.React("T1", konnektortest.Reaction{Cancel: true})
	require.NoError(t, signTwo(), "nobody is asked")
	mode, _, err = client.SignatureMode(ctx, hba)
	require.NoError(t, err)
	require.Equal(t, 1, mode.Session.CountLeft)
	require.ErrorIs(t, signTwo(), konnektor.CodeComfortEnded, "the counter")

	k.React("T1", konnektortest.Reaction{}, konnektortest.Reaction{})
	require.ErrorIs(t, signTwo(), konnektor.CodePINCancelled, "back to the PIN")
	_, _, err = client.ActivateComfortSignature(ctx, konnektor.ComfortRequest{Card: hba})
	require.ErrorIs(t, err, konnektor.CodeComfortUserIDUsed)
	client = userOf(t, k, 2)
	_, _, err = client.ActivateComfortSignature(ctx, konnektor.ComfortRequest{Card: hba})
	require.NoError(t, err)
	clock.Advance(2 * time.Hour)
	require.ErrorIs(t, signTwo(), konnektor.CodeComfortEnded, "the timer")
	client = userOf(t, k, 3)
	_, _, err = client.ActivateComfortSignature(ctx, konnektor.ComfortRequest{Card: hba})
	require.NoError(t, err)
	_, err = client.DeactivateComfortSignature(ctx, hba)
	require.NoError(t, err)
	k.React("T1", konnektortest.Reaction{Cancel: true})
	require.ErrorIs(t, signTwo(), konnektor.CodePINCancelled)

	k.Install(konnektortest.SignatureService(konnektortest.SignatureOptions{ComfortOff: true}))
	_, _, err = client.ActivateComfortSignature(ctx, konnektor.ComfortRequest{Card: hba})
	require.ErrorIs(t, err, konnektor.CodeComfortDisabled)
}

// TestComfortSessionsEnd: what is over, or of a card that has gone, keeps nobody
// from a new session.
func TestComfortSessionsEnd(t *testing.T) {
	clock := konnektortest.NewClock(time.Now())
	k := konnektortest.NewWith(t, konnektortest.Options{Now: clock.Now})
	k.Install(konnektortest.SignatureService(konnektortest.SignatureOptions{ComfortTimer: time.Hour, ComfortSessions: 1}))
	hba, client := doctor(t, k)
	activate := func() error {
		_, _, err := client.ActivateComfortSignature(t.Context(), konnektor.ComfortRequest{Card: hba})
		return err
	}
	require.NoError(t, activate())
	k.Reboot()
	hba, client = k.Handle(konnektor.CardHBA), userOf(t, k, 2)
	require.NoError(t, activate(), "the handle is another one")
	mode, _, err := client.SignatureMode(t.Context(), hba)
	require.NoError(t, err)
	require.NotNil(t, mode.Session)
	clock.Advance(time.Hour)
	mode, _, err = client.SignatureMode(t.Context(), hba)
	require.NoError(t, err)
	require.Nil(t, mode.Session, "its time is over")
	card, err := k.Remove(hba)
	require.NoError(t, err)
	hba, err = k.InsertCard(card)
	require.NoError(t, err)
	client = userOf(t, k, 3)
	require.NoError(t, activate())
}

// TestOldSignatureService signs with a Konnektor that has 7.4 only, and with one
// that does not know Crypt.
func TestOldSignatureService(t *testing.T) {
	for _, version := range []string{"7.4.0", "7.4.2"} {
		// A directory without versions lets the client try with Crypt first.
		k := konnektortest.NewWith(t, konnektortest.Options{BadRequests: true})
		k.Install(konnektortest.SignatureService(konnektortest.SignatureOptions{Versions: []string{version}}))
		smcb := k.Handle(konnektor.CardSMCB)
		client, err := konnektor.New(k.Config())
		require.NoError(t, err)
		defer client.Close()
		d := sign(t, client, smcb, konnektor.CryptRSA, konnektor.SignDocument{Content: []byte("x"), Type: konnektor.SignatureCAdES})
		_, err = d.Signers(nil)
		require.NoError(t, err)
		v, _, err := client.VerifyDocument(t.Context(), konnektor.SignedInput{Signature: d.Signature})
		require.NoError(t, err)
		require.Equal(t, "VALID", v.Result)
		_, _, err = client.SignatureMode(t.Context(), smcb)
		require.ErrorIs(t, err, konnektor.KindNoService)
	}
}

// TestPDFThatIsNone has files that begin like a PDF and break its rules: each is
// refused, and ends neither the job nor the Konnektor.
func TestPDFThatIsNone(t *testing.T) {
	_, client, a := practice(t)
	good := string(minimalPDF())
	var documents []konnektor.SignDocument
	for _, change := range [][2]string{
		{"/Size 4", "/Size 99999999999999999999"}, {"/Size 4", "/Size 9223372036854775807"}, {"/Size 4", ""}, {"/Root 1 0 R", "/Root 7 0 R"},
		{"startxref\n", "startxref\n9999999"}, {"%%EOF", "%%EO"}, {"%PDF", "%PDX"}, {"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type << /Catalog"},
		{"/Pages 2 0 R >>", "/Pages 2 0 R /AcroForm 9 0 R >>"},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		require.NotEqual(t, good, bad)
		documents = append(documents, konnektor.SignDocument{Content: []byte(bad), Type: konnektor.SignaturePAdES})
	}
	result, err := client.SignDocuments(t.Context(), konnektor.Signing{Card: a.HPC, Crypt: konnektor.CryptECC, Documents: documents})
	require.NoError(t, err)
	for i, d := range result.Documents {
		require.ErrorIs(t, d.Err, konnektor.CodeSignatureDocument, "%d", i)
	}
}
