package konnektor_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// plainJob is a job of n documents without a number.
func plainJob(n int) konnektor.Signing {
	job := konnektor.Signing{Card: "hba-1", Crypt: konnektor.CryptRSA}
	for range n {
		job.Documents = append(job.Documents, konnektor.SignDocument{Content: []byte("x"), Type: konnektor.SignatureCAdES})
	}
	return job
}

// TestMixedSignatures has a job of which some documents are signed.
func TestMixedSignatures(t *testing.T) {
	s, client := startStandIn(t, usualVersions)
	answer := written(t, "SignatureService-7.5", "SignDocument.answer")
	answer = strings.Replace(answer, `<s:SignResponse RequestID="r3">`,
		`<s:SignResponse RequestID="r4"><c:Status><c:Result>ERROR</c:Result>`+gerrorOf("4124")+`</c:Status></s:SignResponse>`+
			`<s:SignResponse RequestID="nobody's"><c:Status><c:Result>OK</c:Result></c:Status></s:SignResponse><s:SignResponse RequestID="r3">`, 1)
	s.says("SignDocument", answer)
	s.says("GetJobNumber", written(t, "SignatureService-7.5", "GetJobNumber.answer"))
	waits := newWaits()
	job := plainJob(5)
	job.Entry.Waiting = waits.add
	for i := range job.Documents {
		job.Documents[i].ID = fmt.Sprintf("r%d", i+1)
	}
	result, err := client.SignDocuments(t.Context(), job)
	require.NoError(t, err, "the job is done")
	require.Equal(t, konnektor.JobNumber("QVS-117"), result.JobNumber)
	require.Equal(t, result.JobNumber, waits.all()[0].JobNumber)
	require.Contains(t, s.one(t, "SignDocument"), "<SIG75:JobNumber>QVS-117</SIG75:JobNumber>")
	require.Equal(t, 3, result.Failed())
	require.Len(t, result.Documents, 5)

	pdf := result.Documents[0]
	require.NoError(t, pdf.Err)
	require.Equal(t, "PDF", string([]byte(pdf.Document)))
	require.Equal(t, "application/pdf-a", pdf.MIMEType)
	require.Equal(t, "CMS", string([]byte(pdf.Signature)))
	require.Equal(t, konnektor.SignatureCAdES, pdf.Type)
	require.ErrorIs(t, result.Documents[1].Err, konnektor.CodeCardGenerationRejected, "a Warning without a signature")
	require.Nil(t, result.Documents[1].Warning)
	require.True(t, result.Documents[2].XML)
	require.Contains(t, string([]byte(result.Documents[2].Signature)), "<ds:SignatureValue>AwQF</ds:SignatureValue>")
	require.ErrorIs(t, result.Documents[3].Err, konnektor.CodeQESDocument)
	require.ErrorIs(t, result.Documents[4].Err, konnektor.KindMalformed, "not in the answer")
	require.Equal(t, "r5", result.Documents[4].ID)
}

// TestOlderSignatureService has 7.4 only.
func TestOlderSignatureService(t *testing.T) {
	s, client := startStandIn(t, versionsWith(usualVersions, map[string]string{"SignatureService": "7.4.2"}))
	s.says("SignDocument", written(t, "SignatureService-7.4", "SignDocument.answer"))
	s.says("VerifyDocument", written(t, "SignatureService-7.4", "VerifyDocument.answer"))
	result, err := client.SignDocuments(t.Context(), signing)
	require.NoError(t, err)
	require.Equal(t, 4, result.Failed(), "r2 and three that the answer does not name")
	require.Equal(t, "PDF", string([]byte(result.Documents[0].Document)))
	require.Contains(t, s.one(t, "SignDocument"), "<SIG74:Crypt>ECC</SIG74:Crypt>")
	v, _, err := client.VerifyDocument(t.Context(), konnektor.SignedInput{Signature: []byte("CMS"), Report: true})
	require.NoError(t, err)
	require.Equal(t, konnektor.VerificationValid, v.Result)

	_, _, err = client.ActivateComfortSignature(t.Context(), konnektor.ComfortRequest{Card: "hba-1"})
	require.ErrorIs(t, err, konnektor.KindNoService)
	require.Contains(t, err.Error(), "comfort signatures need SignatureService 7.5")
	_, err = client.DeactivateComfortSignature(t.Context(), "hba-1")
	require.ErrorIs(t, err, konnektor.KindNoService)
	_, _, err = client.SignatureMode(t.Context(), "hba-1")
	require.ErrorIs(t, err, konnektor.KindNoService)
}

// TestCryptByVersion has devices that answer an unknown Crypt with code 4000,
// and one whose directory does not tell versions.
func TestCryptByVersion(t *testing.T) {
	s, client := startStandIn(t, olderVersions)
	s.says("SignDocument", written(t, "SignatureService-7.4", "SignDocument.answer"))
	s.says("EncryptDocument", written(t, "EncryptionService-6.1", "EncryptDocument.answer"))
	s.says("DecryptDocument", written(t, "EncryptionService-6.1", "DecryptDocument.answer"))
	job := plainJob(1)
	job.JobNumber = "ABC-123"
	encryption := konnektor.Encryption{Content: []byte("x"), Type: konnektor.EncryptionSMIME, Key: &konnektor.CardKey{Card: "c", Crypt: konnektor.CryptRSA}}
	decryption := konnektor.Decryption{Content: []byte("x"), Key: konnektor.CardKey{Card: "c", Crypt: konnektor.CryptRSAECC}}
	_, err := client.SignDocuments(t.Context(), job)
	require.NoError(t, err)
	_, _, err = client.EncryptDocument(t.Context(), encryption)
	require.NoError(t, err)
	_, _, err = client.DecryptDocument(t.Context(), decryption)
	require.NoError(t, err)
	for _, op := range []string{"SignDocument", "EncryptDocument", "DecryptDocument"} {
		require.NotContains(t, s.one(t, op), "Crypt>", op)
	}
	job.Crypt, encryption.Key.Crypt, decryption.Key.Crypt = konnektor.CryptECC, konnektor.CryptECC, konnektor.CryptECC
	_, err = client.SignDocuments(t.Context(), job)
	require.ErrorIs(t, err, konnektor.KindNoService)
	_, _, err = client.EncryptDocument(t.Context(), encryption)
	require.ErrorIs(t, err, konnektor.KindNoService)
	_, _, err = client.DecryptDocument(t.Context(), decryption)
	require.ErrorIs(t, err, konnektor.KindNoService)
	_, _, err = client.ExternalAuthenticate(t.Context(), konnektor.AuthRequest{Card: "c", Scheme: konnektor.AuthECDSA, Digest: make([]byte, 32)})
	require.ErrorIs(t, err, konnektor.KindNoService, "no ECDSA in 7.4.0")

	for _, crypt := range []konnektor.Crypt{"", "DSA"} {
		job.Crypt, encryption.Key.Crypt = crypt, crypt
		_, err = client.SignDocuments(t.Context(), job)
		require.ErrorIs(t, err, konnektor.KindRequest)
		_, _, err = client.EncryptDocument(t.Context(), encryption)
		require.ErrorIs(t, err, konnektor.KindRequest)
	}
}

// TestSigningRefused has jobs that are refused before the wire.
func TestSigningRefused(t *testing.T) {
	s, client := startStandIn(t, usualVersions)
	one := func(change func(*konnektor.SignDocument)) konnektor.Signing {
		job := plainJob(1)
		change(&job.Documents[0])
		return job
	}
	large := make([]byte, konnektor.MaxDocument+1)
	batch := plainJob(11)
	for i := range batch.Documents {
		batch.Documents[i].Content = large[1:]
	}
	for name, job := range map[string]konnektor.Signing{
		"no card":             {Crypt: konnektor.CryptRSA, Documents: plainJob(1).Documents},
		"no documents":        plainJob(0),
		"no content":          one(func(d *konnektor.SignDocument) { d.Content = nil }),
		"more than 25 MB":     one(func(d *konnektor.SignDocument) { d.Content = large }),
		"more than 250 MB":    batch,
		"no type":             one(func(d *konnektor.SignDocument) { d.Type = "" }),
		"XAdES at will":       one(func(d *konnektor.SignDocument) { d.Type = konnektor.SignatureXAdES }),
		"PAdES detached":      one(func(d *konnektor.SignDocument) { d.Type, d.Variant = konnektor.SignaturePAdES, konnektor.Detached }),
		"CAdES enveloped":     one(func(d *konnektor.SignDocument) { d.Variant = konnektor.Enveloped }),
		"a place in CAdES":    one(func(d *konnektor.SignDocument) { d.PlaceAfter = "/a" }),
		"two places":          one(func(d *konnektor.SignDocument) { d.PlaceAfter, d.PlaceFirstIn = "/a", "/b" }),
		"long ShortText":      one(func(d *konnektor.SignDocument) { d.ShortText = strings.Repeat("ä", 31) }),
		"bad ShortText":       one(func(d *konnektor.SignDocument) { d.ShortText = "<Brief>" }),
		"broken ShortText":    one(func(d *konnektor.SignDocument) { d.ShortText = "\xff" }),
		"one ID twice":        {Card: "c", Crypt: konnektor.CryptRSA, Documents: []konnektor.SignDocument{{ID: "2", Content: []byte("x"), Type: konnektor.SignatureCAdES}, plainJob(1).Documents[0]}},
		"a bad job number":    {Card: "c", Crypt: konnektor.CryptRSA, JobNumber: "abc-123", Documents: plainJob(1).Documents},
		"a bad TvMode":        {Card: "c", Crypt: konnektor.CryptRSA, TvMode: "x", Documents: plainJob(1).Documents},
		"a negative timeout":  {Card: "c", Crypt: konnektor.CryptRSA, Entry: konnektor.Entry{Timeout: -1}, Documents: plainJob(1).Documents},
		"an ID that XML hasn": one(func(d *konnektor.SignDocument) { d.ID = "\x00" }),
	} {
		t.Run(name, func(t *testing.T) {
			job.JobNumber = max(job.JobNumber, "AAA-000")
			_, err := client.SignDocuments(t.Context(), job)
			require.ErrorIs(t, err, konnektor.KindRequest)
		})
	}
	require.Empty(t, s.sent("SignDocument"))
	_, err := client.StopSignature(t.Context(), "x")
	require.ErrorIs(t, err, konnektor.KindRequest)
	for _, in := range []konnektor.SignedInput{{}, {Document: large}, {Signature: []byte("x"), TvMode: "x"}} {
		_, _, err := client.VerifyDocument(t.Context(), in)
		require.ErrorIs(t, err, konnektor.KindRequest)
	}
	for _, e := range []konnektor.Encryption{
		{}, {Content: []byte("x"), Type: konnektor.EncryptionCMS}, {Content: large, Type: konnektor.EncryptionCMS, Certificates: [][]byte{{1}}},
		{Content: []byte("x"), Certificates: [][]byte{{1}}}, {Content: []byte("x"), Type: konnektor.EncryptionCMS, Certificates: [][]byte{{}}},
		{Content: []byte("x"), Type: konnektor.EncryptionCMS, Certificates: [][]byte{{1}}, Elements: []konnektor.EncryptedElement{{XPath: "/a"}}},
		{Content: []byte("x"), Type: konnektor.EncryptionCMS, Key: &konnektor.CardKey{Crypt: konnektor.CryptRSA}},
	} {
		_, _, err := client.EncryptDocument(t.Context(), e)
		require.ErrorIs(t, err, konnektor.KindRequest)
	}
}

// TestSignedWithMTOM has an answer whose documents are parts of their own.
func TestSignedWithMTOM(t *testing.T) {
	s, client := startStandIn(t, usualVersions)
	answer := strings.Replace(written(t, "SignatureService-7.5", "SignDocument.answer"), "UERG",
		`<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:pdf"/>`, 1)
	s.says("SignDocument", "--mark\r\nContent-ID: <root>\r\nContent-Type: application/xop+xml\r\n\r\n"+envelopeHead+answer+envelopeTail+
		"\r\n--mark\r\nContent-ID: <pdf>\r\nContent-Transfer-Encoding: binary\r\n\r\n%PDF-\x00\xff\r\n--mark--\r\n")
	result, err := client.SignDocuments(t.Context(), signing)
	require.NoError(t, err)
	require.Equal(t, "%PDF-\x00\xff", string([]byte(result.Documents[0].Document)))
}

// TestLargeDocument signs a document of 25 MB, whose answer is larger than those
// of other operations may be.
func TestLargeDocument(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped by -short: 25 MB there and back")
	}
	s, client := startStandIn(t, usualVersions)
	content := strings.Repeat("0123456789abcdefghijklmnopqrstu\n", konnektor.MaxDocument/32)
	s.answer("SignDocument", func(int) string {
		sent := s.sent("SignDocument")[0]
		data := sent[strings.Index(sent, "Base64Data "):strings.Index(sent, "</DSS:Base64Data>")]
		data = data[strings.IndexByte(data, '>')+1:]
		return strings.Replace(written(t, "SignatureService-7.5", "SignDocument.answer"), "Q01T", data, 1)
	})
	job := plainJob(1)
	job.JobNumber, job.Documents[0].ID, job.Documents[0].Content = "AAA-001", "r1", []byte(content)
	result, err := client.SignDocuments(newDeadline(t), job)
	require.NoError(t, err)
	require.True(t, string([]byte(result.Documents[0].Signature)) == content)
}

func TestVerifications(t *testing.T) {
	s, client := startStandIn(t, usualVersions)
	s.says("VerifyDocument", written(t, "SignatureService-7.5", "VerifyDocument.answer"))
	v, warning, err := client.VerifyDocument(t.Context(), konnektor.SignedInput{
		Document: []byte("<a/>"), XML: true, Signature: []byte(`<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>`), SignatureXML: true, Report: true,
	})
	require.NoError(t, err)
	require.Nil(t, warning)
	require.Equal(t, konnektor.VerificationValid, v.Result)
	require.Equal(t, "SYSTEM_TIMESTAMP", v.TimestampType)
	require.Equal(t, time.Date(2026, 2, 28, 10, 0, 0, 0, time.UTC), v.Timestamp.UTC())
	require.Equal(t, []konnektor.Finding{{
		Major: "urn:oasis:names:tc:dss:1.0:resultmajor:Success", Minor: "urn:example:minor", Message: "in Ordnung", Field: "Signature1",
	}}, v.Findings)
	require.Contains(t, s.one(t, "VerifyDocument"), `<DSS:SignatureObject><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/></DSS:SignatureObject>`)
}

func TestSignatureMode(t *testing.T) {
	s, client := startStandIn(t, usualVersions)
	s.says("GetSignatureMode", written(t, "SignatureService-7.5", "GetSignatureMode.answer"))
	mode, _, err := client.SignatureMode(t.Context(), "hba-1")
	require.NoError(t, err)
	require.Equal(t, konnektor.SignatureMode{
		Enabled: true, Max: 100, Timer: 6 * time.Hour,
		Session: &konnektor.SignatureSession{Mode: konnektor.SigningComfort, CountLeft: 87, TimeRemaining: 6*time.Hour - 29500*time.Millisecond},
	}, mode)
	s.says("ActivateComfortSignature", written(t, "SignatureService-7.5", "ActivateComfortSignature.answer"))
	waits := newWaits()
	now, _, err := client.ActivateComfortSignature(t.Context(), konnektor.ComfortRequest{Card: "hba-1", Entry: konnektor.Entry{Waiting: waits.add}})
	require.NoError(t, err)
	require.Equal(t, konnektor.SigningComfort, now)
	require.Equal(t, konnektor.PINQES, waits.all()[0].PIN)
	_, err = client.DeactivateComfortSignature(t.Context())
	require.ErrorIs(t, err, konnektor.KindRequest)
	_, err = client.DeactivateComfortSignature(t.Context(), "hba-1", "")
	require.ErrorIs(t, err, konnektor.KindRequest)
}

func TestEncrypted(t *testing.T) {
	s, client := startStandIn(t, usualVersions)
	s.says("EncryptDocument", strings.Replace(written(t, "EncryptionService-6.1", "EncryptDocument.answer"), "<c:Result>OK</c:Result>",
		"<c:Result>Warning</c:Result>"+gerrorOf("4259"), 1))
	s.says("DecryptDocument", written(t, "EncryptionService-6.1", "DecryptDocument.answer"))
	encrypted, warning, err := client.EncryptDocument(t.Context(), konnektor.Encryption{
		Content: []byte("<a/>"), Type: konnektor.EncryptionXML, Certificates: [][]byte{{1}},
		Elements: []konnektor.EncryptedElement{{XPath: "/a"}, {XPath: "/a/b", ContentOnly: true}},
	})
	require.NoError(t, err)
	require.ErrorIs(t, warning, konnektor.CodeRecipientNotReached)
	require.Equal(t, konnektor.EncryptedDocument{Content: []byte("CMS"), MIMEType: "application/pkcs7-mime"}, encrypted)
	require.Contains(t, s.one(t, "EncryptDocument"), `<CRYPT:Element Type="http://www.w3.org/2001/04/xmlenc#Content">/a/b</CRYPT:Element>`)
	require.Contains(t, s.one(t, "EncryptDocument"), "<CONN:Base64XML>")
	decrypted, _, err := client.DecryptDocument(t.Context(), konnektor.Decryption{Content: []byte("<a/>"), XML: true, Key: konnektor.CardKey{Card: "c", Crypt: konnektor.CryptECC}})
	require.NoError(t, err)
	require.Equal(t, konnektor.EncryptedDocument{Content: []byte("<a/>"), XML: true}, decrypted)
}

func TestCardData(t *testing.T) {
	s, client := startStandIn(t, usualVersions)
	for _, c := range cardDataCalls() {
		s.says(c.op, c.written(t))
	}
	nfd, warning, err := client.ReadNFD(t.Context(), konnektor.NFDRead{EGKAccess: egkAccess})
	require.NoError(t, err)
	require.ErrorIs(t, warning, konnektor.CodeCardGenerationRejected)
	require.Equal(t, "<nfd/>", string([]byte(nfd.Document)))
	require.NotEmpty(t, nfd.Verification.Result)
	require.Len(t, nfd.Verification.Findings, 1)
	dpe, _, err := client.ReadDPE(t.Context(), konnektor.NFDRead{EGKAccess: egkAccess})
	require.NoError(t, err)
	require.Equal(t, "<dpe/>", string([]byte(dpe)))
	plan, _, err := client.ReadMP(t.Context(), egkAccess, konnektor.PINAMTS)
	require.NoError(t, err)
	require.Equal(t, konnektor.MedicationPlan{Data: []byte("plan"), EGKValid: true, EGKUsage: 42}, plan)
	consent, _, err := client.ReadConsent(t.Context(), egkAccess)
	require.NoError(t, err)
	require.Equal(t, konnektor.Consent{Data: []byte{}}, consent)

	_, _, err = client.ReadMP(t.Context(), egkAccess, "PIN.CH")
	require.ErrorIs(t, err, konnektor.KindRequest)
	_, _, err = client.ReadMP(t.Context(), konnektor.EGKAccess{EGK: "e"}, konnektor.PINAMTS)
	require.ErrorIs(t, err, konnektor.KindRequest)
	for _, data := range [][]byte{nil, make([]byte, 2<<20)} {
		_, err = client.WriteNFD(t.Context(), egkAccess, data)
		require.ErrorIs(t, err, konnektor.KindRequest)
		_, err = client.WriteDPE(t.Context(), egkAccess, data)
		require.ErrorIs(t, err, konnektor.KindRequest)
		_, _, err = client.WriteMP(t.Context(), egkAccess, konnektor.PINAMTS, data)
		require.ErrorIs(t, err, konnektor.KindRequest)
		_, _, err = client.WriteConsent(t.Context(), egkAccess, data)
		require.ErrorIs(t, err, konnektor.KindRequest)
	}
	waits := newWaits()
	access := egkAccess
	access.Entry.Waiting = waits.add
	ok, _, err := client.DeleteConsent(t.Context(), access)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, konnektor.CardHandle("egk-1"), waits.all()[0].Card)
	require.Empty(t, waits.all()[0].PIN, "the Konnektor chooses")
}
