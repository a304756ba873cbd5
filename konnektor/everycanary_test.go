package konnektor_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// canaryDocument is a document about the person of the canary words.
const canaryDocument = canaryName + " " + canaryKVNR

var canaryBase64 = base64.StdEncoding.EncodeToString([]byte(canaryDocument))

// canaryAnswers have the canary words wherever an answer has a document, a name
// or a text of its own.
var canaryAnswers = strings.NewReplacer(
	"UERG", canaryBase64, "Q01T", canaryBase64, "PGEvPg==", canaryBase64, // signed, encrypted and decrypted documents
	"PG5mZC8+", canaryBase64, "PGRwZS8+", canaryBase64, "cGxhbg==", canaryBase64, // NFD, DPE, medication plan
	"<a:ConsentData></a:ConsentData>", "<a:ConsentData>"+canaryBase64+"</a:ConsentData>",
	"YIGAAAEC", base64.StdEncoding.EncodeToString(template(
		object(0x80, "Kasse"), object(0x82, canaryKVNR), object(0x85, canaryName), object(0x87, canaryName), object(0x89, canaryName))),
	"in Ordnung", canaryDocument, "Karte &lt;alt&gt; &amp; selten", canaryDocument, "zwei\nZeilen", canaryDocument,
)

// canaryCalls are every call with a document about the person.
func canaryCalls() []call {
	job := plainJob(3)
	job.JobNumber = "QVS-117"
	for i := range job.Documents {
		job.Documents[i].ID, job.Documents[i].Content = fmt.Sprintf("r%d", i+1), []byte(canaryDocument)
	}
	calls := everyCall()
	for i := range calls {
		switch calls[i].op {
		case "SignDocument":
			calls[i].do = func(ctx context.Context, c *konnektor.Client) (any, error) {
				r, err := c.SignDocuments(ctx, job)
				return []any{job, &job, r, &r, r.Documents}, err
			}
		case "WriteNFD":
			calls[i].do = func(ctx context.Context, c *konnektor.Client) (any, error) {
				return c.WriteNFD(ctx, egkAccess, []byte(canaryDocument))
			}
		case "EncryptDocument":
			e := konnektor.Encryption{Content: []byte(canaryDocument), Type: konnektor.EncryptionCMS, Certificates: [][]byte{{1}}}
			calls[i].do = func(ctx context.Context, c *konnektor.Client) (any, error) {
				d, _, err := c.EncryptDocument(ctx, e)
				return []any{e, &e, d, &d}, err
			}
		}
	}
	return calls
}

// TestNoDocumentInLogs makes every call with canary words in requests, answers
// and faults, and logs all that comes back through both handlers of the standard
// library at the lowest level.
func TestNoDocumentInLogs(t *testing.T) {
	var out bytes.Buffer
	for _, handler := range handlers(&out) {
		log := slog.New(handler)
		s, client := startStandIn(t, usualVersions, func(cfg *konnektor.Config) { cfg.Log = log })
		for _, c := range canaryCalls() {
			good := canaryAnswers.Replace(c.written(t))
			s.says(c.soapAction(), good)
			got, err := c.do(t.Context(), client)
			require.NoError(t, err, c.op)
			careless(t, &out, log, got)
			if many, ok := got.([]any); ok {
				careless(t, &out, log, many...)
			}
			for _, bad := range []string{
				strings.Replace(faultWith("4001"), ">Text<", ">"+canaryDocument+"<", 1),
				strings.Replace(faultWith("20000"), "</G:Trace>", "<G:Detail>"+canaryDocument+"</G:Detail></G:Trace>", 1),
				"<" + canaryName + "/>", good[:len(good)-5], `<?xml version="1.0"?><a>` + canaryDocument,
				strings.Replace(good, ">OK<", ">"+canaryName+"<", 1),
				strings.ReplaceAll(good, "2026-02", canaryKVNR),
			} {
				s.says(c.soapAction(), bad)
				if got, err = c.do(t.Context(), client); err != nil {
					careless(t, &out, log, err)
					continue
				}
				careless(t, &out, log, got)
			}
		}
	}
	require.Contains(t, out.String(), "***")
	for _, word := range []string{canaryName, canaryKVNR} {
		for _, form := range []string{
			word, hex.EncodeToString([]byte(word)), strings.ToUpper(hex.EncodeToString([]byte(word))),
			strings.Trim(fmt.Sprint([]byte(word)), "[]"), base64.StdEncoding.EncodeToString([]byte(word))[:8],
		} {
			i := strings.Index(out.String(), form)
			require.Negative(t, i, "%q in: %s", form, out.String()[max(i-200, 0):max(i+50, 0)])
		}
	}
}

// TestCanaryAnswers has the words of TestNoDocumentInLogs where it means them.
func TestCanaryAnswers(t *testing.T) {
	s, client := startStandIn(t, usualVersions)
	s.says("ReadVDT", canaryAnswers.Replace(written(t, "KVKService-4.0", "ReadKVK.answer")))
	kvk, err := client.ReadKVK(t.Context(), "k")
	require.NoError(t, err)
	require.False(t, kvk.Unread)
	require.Equal(t, canaryName, string(kvk.Familienname))
	s.says("DecryptDocument", canaryAnswers.Replace(written(t, "EncryptionService-6.1", "DecryptDocument.answer")))
	d, _, err := client.DecryptDocument(t.Context(), konnektor.Decryption{Content: []byte("x"), Key: konnektor.CardKey{Card: "c", Crypt: konnektor.CryptRSA}})
	require.NoError(t, err)
	require.Equal(t, canaryDocument, string([]byte(d.Content)))
	s.says("VerifyDocument", canaryAnswers.Replace(written(t, "SignatureService-7.5", "VerifyDocument.answer")))
	v, _, err := client.VerifyDocument(t.Context(), konnektor.SignedInput{Signature: []byte("x"), At: time.Now()})
	require.NoError(t, err)
	require.Equal(t, canaryDocument, string(v.Findings[0].Message))
}

// TestNoDigestInLogs is the same for ExternalAuthenticate, whose digest and
// signature log somebody in, and whose certificate names the practice.
func TestNoDigestInLogs(t *testing.T) {
	digest := []byte((canaryDocument + strings.Repeat("#", 32))[:32])
	signature := []byte(canaryDocument)
	_, key := authKeys(t)
	var out bytes.Buffer
	for _, handler := range handlers(&out) {
		log := slog.New(handler)
		s, client := startStandIn(t, usualVersions, func(cfg *konnektor.Config) { cfg.Log = log })
		r := konnektor.AuthRequest{Card: "smcb-1", Scheme: konnektor.AuthECDSA, Digest: digest}
		der, err := key.Key.Sign(rand.Reader, digest, crypto.SHA256)
		require.NoError(t, err)
		for _, answer := range []string{
			authAnswer(der), authAnswer(signature), strings.Replace(faultWith("4001"), ">Text<", ">"+canaryDocument+"<", 1),
			"<" + canaryName + "/>", strings.Replace(authAnswer(der), ">OK<", ">"+canaryName+"<", 1), `<?xml version="1.0"?><a>` + canaryDocument,
		} {
			s.says("ReadCardCertificate", certificateAnswer("C.AUT", key.DER))
			s.says("ExternalAuthenticate", answer)
			if got, _, err := client.ExternalAuthenticate(t.Context(), r); err != nil {
				careless(t, &out, log, err, r, &r)
			} else {
				careless(t, &out, log, got, &got, r, &r)
			}
		}
	}
	for _, word := range []string{canaryName, canaryKVNR} {
		for _, form := range []string{
			word, hex.EncodeToString([]byte(word)), strings.ToUpper(hex.EncodeToString([]byte(word))),
			strings.Trim(fmt.Sprint([]byte(word)), "[]"), base64.StdEncoding.EncodeToString([]byte(word))[:8],
		} {
			i := strings.Index(out.String(), form)
			require.Negative(t, i, "%q in: %s", form, out.String()[max(i-200, 0):max(i+50, 0)])
		}
	}
	require.Contains(t, out.String(), "AuthSignature{ECDSA}")
}
