package konnektor_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/schematest"
	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

var update = flag.Bool("update", false, "rewrite the golden requests")

// call is one call of the Client, with an answer for it.
type call struct {
	service string // and version, as in the folder of the written answers
	op      string // operation
	action  string // what the SOAPAction says, if it is something else
	answer  string // name of the written answer, if it is not OPERATION.answer
	schema  string
	do      func(context.Context, *konnektor.Client) (any, error)
	// repeated says that a busy card is waited for.
	repeated bool
}

var egkAccess = konnektor.EGKAccess{EGK: "egk-1", HPC: "hba-1"}

// signing is a job with a document of each kind, with all that can be said.
var signing = konnektor.Signing{
	Card: "hba-1", Crypt: konnektor.CryptECC, JobNumber: "QVS-117",
	Documents: []konnektor.SignDocument{
		{ID: "r1", Content: []byte("%PDF"), Type: konnektor.SignaturePAdES, ShortText: "Arztbrief äöü 1", IncludeRevocationInfo: true},
		{ID: "r2", Content: []byte("text"), Type: konnektor.SignatureCAdES, Variant: konnektor.Detached, MIMEType: "text/plain",
			Signed: []konnektor.SignatureProperty{{Identifier: "RecipientEmailsAttribute",
				Value: []wire.RawXML{wire.RawXML("<CMSAttribute>QQ==</CMSAttribute>")}}},
			Update: konnektor.UpdateParallel},
		{ID: "r3", Content: []byte("<a/>"), Type: konnektor.SignatureXAdES, Variant: konnektor.Enveloped, PlaceFirstIn: "/a",
			Policy:  "urn:gematik:fa:sak:nfdm:r1:v1",
			Schemas: []konnektor.XMLSchema{{RefURI: "urn:example:a", Content: []byte("<schema/>")}}},
		{Content: []byte("<b/>"), Type: konnektor.SignatureXAdES, Variant: konnektor.Enveloping},
		{Content: []byte("<c/>"), Type: konnektor.SignatureXAdES, Variant: konnektor.Detached},
		{Content: []byte("<d/>"), Type: konnektor.SignatureCAdES, XML: true},
	},
}

func pinCall(op string, do func(*konnektor.Client, context.Context, konnektor.PINRequest) (konnektor.PINResult, *konnektor.Warning, error)) call {
	return call{service: "CardService-8.1", op: op, schema: "conn/CardService_v8_1_3.xsd",
		do: func(ctx context.Context, c *konnektor.Client) (any, error) {
			r, _, err := do(c, ctx, konnektor.PINRequest{Card: "smcb-1", PIN: konnektor.PINSMC})
			return r, err
		}}
}

// everyCall has the calls that are not of EventService, against the versions of
// usualVersions.
func everyCall() []call {
	return append(append(cardCalls(), signatureCalls("SignatureService-7.5", "conn/SignatureService_V7_5_6.xsd")...), cardDataCalls()...)
}

func cardCalls() []call {
	terminals := "conn/CardTerminalService.xsd"
	return []call{
		pinCall("VerifyPin", (*konnektor.Client).VerifyPIN), pinCall("ChangePin", (*konnektor.Client).ChangePIN),
		pinCall("EnablePin", (*konnektor.Client).EnablePIN), pinCall("DisablePin", (*konnektor.Client).DisablePIN),
		pinCall("UnblockPin", func(c *konnektor.Client, ctx context.Context, r konnektor.PINRequest) (konnektor.PINResult, *konnektor.Warning, error) {
			return c.UnblockPIN(ctx, r, true)
		}),
		{service: "CardTerminalService-1.1", op: "RequestCard", schema: terminals, repeated: true, do: func(ctx context.Context, c *konnektor.Client) (any, error) {
			r, _, err := c.RequestCard(ctx, konnektor.CardRequest{Terminal: "T1", Slot: 2, Type: konnektor.CardEGK, Message: "Bitte Karte", Wait: 1500 * time.Millisecond})
			return r, err
		}},
		{service: "CardTerminalService-1.1", op: "EjectCard", schema: terminals, answer: "EjectCard.answer", repeated: true, do: func(ctx context.Context, c *konnektor.Client) (any, error) {
			_, err := c.EjectCard(ctx, konnektor.EjectRequest{Card: "egk-1", Wait: 1500 * time.Millisecond})
			return nil, err
		}},
		{service: "EncryptionService-6.1", op: "EncryptDocument", schema: "conn/EncryptionService_v6_1_2.xsd", repeated: true, do: func(ctx context.Context, c *konnektor.Client) (any, error) {
			d, _, err := c.EncryptDocument(ctx, konnektor.Encryption{
				Content: []byte("text"), Type: konnektor.EncryptionCMS, MIMEType: "text/plain", Certificates: [][]byte{[]byte("DER")},
				Key: &konnektor.CardKey{Card: "smcb-1", Crypt: konnektor.CryptRSAECC},
			})
			return d, err
		}},
		{service: "EncryptionService-6.1", op: "DecryptDocument", schema: "conn/EncryptionService_v6_1_2.xsd", do: func(ctx context.Context, c *konnektor.Client) (any, error) {
			d, _, err := c.DecryptDocument(ctx, konnektor.Decryption{
				Content: []byte("CMS"), Key: konnektor.CardKey{Card: "smcb-1", Reference: konnektor.CertificateENC, Crypt: konnektor.CryptECC},
			})
			return d, err
		}},
		{service: "KVKService-4.0", op: "ReadKVK", action: "ReadVDT", schema: "conn/vsds/KvkService.xsd", repeated: true, do: func(ctx context.Context, c *konnektor.Client) (any, error) {
			return c.ReadKVK(ctx, "kvk-1")
		}},
	}
}

// signatureCalls are those that both versions of SignatureService have, and the
// comfort signature of 7.5.
func signatureCalls(service, schema string) []call {
	calls := []call{
		{service: service, op: "SignDocument", schema: schema, do: func(ctx context.Context, c *konnektor.Client) (any, error) {
			return c.SignDocuments(ctx, signing)
		}},
		{service: service, op: "VerifyDocument", schema: schema, repeated: true, do: func(ctx context.Context, c *konnektor.Client) (any, error) {
			v, _, err := c.VerifyDocument(ctx, konnektor.SignedInput{
				Document: []byte("text"), MIMEType: "text/plain", Signature: []byte("CMS"), Report: true, IncludeRevocationInfo: true,
				At: time.Date(2026, 2, 28, 23, 59, 59, 0, time.UTC),
			})
			return v, err
		}},
		{service: service, op: "GetJobNumber", schema: schema, do: func(ctx context.Context, c *konnektor.Client) (any, error) {
			return c.JobNumber(ctx)
		}},
		{service: service, op: "StopSignature", schema: schema, do: func(ctx context.Context, c *konnektor.Client) (any, error) {
			_, err := c.StopSignature(ctx, "QVS-117")
			return nil, err
		}},
	}
	if service == "SignatureService-7.4" {
		return calls
	}
	return append(calls,
		call{service: service, op: "ActivateComfortSignature", schema: schema, do: func(ctx context.Context, c *konnektor.Client) (any, error) {
			m, _, err := c.ActivateComfortSignature(ctx, konnektor.ComfortRequest{Card: "hba-1"})
			return m, err
		}},
		call{service: service, op: "DeactivateComfortSignature", schema: schema, do: func(ctx context.Context, c *konnektor.Client) (any, error) {
			_, err := c.DeactivateComfortSignature(ctx, "hba-1", "hba-2")
			return nil, err
		}},
		call{service: service, op: "GetSignatureMode", schema: schema, repeated: true, do: func(ctx context.Context, c *konnektor.Client) (any, error) {
			m, _, err := c.SignatureMode(ctx, "hba-1")
			return m, err
		}})
}

func cardDataCalls() []call {
	read := konnektor.NFDRead{EGKAccess: egkAccess, Emergency: true}
	nfd, dpe, amts := "conn/nfds/NFDService.xsd", "conn/nfds/DPEService.xsd", "conn/amtss/AMTSService.xsd"
	type ctx = context.Context
	type client = *konnektor.Client
	return []call{
		{service: "NFDService-1.0", op: "ReadNFD", schema: nfd, repeated: true, do: func(x ctx, c client) (any, error) { n, _, err := c.ReadNFD(x, read); return n, err }},
		{service: "NFDService-1.0", op: "WriteNFD", schema: nfd, do: func(x ctx, c client) (any, error) { return c.WriteNFD(x, egkAccess, []byte("<nfd/>")) }},
		{service: "NFDService-1.0", op: "EraseNFD", schema: nfd, do: func(x ctx, c client) (any, error) { return c.EraseNFD(x, egkAccess) }},
		{service: "DPEService-1.0", op: "ReadDPE", schema: dpe, repeated: true, do: func(x ctx, c client) (any, error) { d, _, err := c.ReadDPE(x, read); return d, err }},
		{service: "DPEService-1.0", op: "WriteDPE", schema: dpe, do: func(x ctx, c client) (any, error) { return c.WriteDPE(x, egkAccess, []byte("<dpe/>")) }},
		{service: "DPEService-1.0", op: "EraseDPE", schema: dpe, do: func(x ctx, c client) (any, error) { return c.EraseDPE(x, egkAccess) }},
		{service: "AMTSService-1.0", op: "ReadMP", schema: amts, do: func(x ctx, c client) (any, error) {
			m, _, err := c.ReadMP(x, egkAccess, konnektor.PINAMTS)
			return m, err
		}},
		{service: "AMTSService-1.0", op: "WriteMP", schema: amts, do: func(x ctx, c client) (any, error) {
			ok, _, err := c.WriteMP(x, egkAccess, konnektor.PINVertreter, []byte("<mp/>"))
			return ok, err
		}},
		{service: "AMTSService-1.0", op: "ReadConsent", schema: amts, do: func(x ctx, c client) (any, error) { d, _, err := c.ReadConsent(x, egkAccess); return d, err }},
		{service: "AMTSService-1.0", op: "WriteConsent", schema: amts, do: func(x ctx, c client) (any, error) {
			ok, _, err := c.WriteConsent(x, egkAccess, []byte("<c/>"))
			return ok, err
		}},
		{service: "AMTSService-1.0", op: "DeleteConsent", schema: amts, do: func(x ctx, c client) (any, error) { ok, _, err := c.DeleteConsent(x, egkAccess); return ok, err }},
	}
}

// soapAction is the operation as the SOAPAction has it.
func (c call) soapAction() string {
	if c.action != "" {
		return c.action
	}
	return c.op
}

func (c call) written(t testing.TB) string {
	name := c.answer
	if name == "" {
		name = c.op + ".answer"
	}
	return written(t, c.service, name)
}

// TestRequests sends every call and has xmllint judge what went out; -update
// rewrites the golden files, and a difference is for a person to look at.
func TestRequests(t *testing.T) {
	docs := map[string][]schematest.Document{}
	send := func(versions map[string]string, calls []call) {
		for _, c := range calls {
			s, client := startStandIn(t, versions)
			s.says(c.soapAction(), c.written(t))
			_, err := c.do(t.Context(), client)
			require.NoError(t, err, c.op)
			message := s.one(t, c.soapAction())
			golden(t, filepath.Join("requests", c.service, c.op+".xml"), message)
			docs[c.schema] = append(docs[c.schema], schematest.Document{Name: c.service + " " + c.op, XML: []byte(message)})
		}
	}
	send(usualVersions, everyCall())
	send(versionsWith(usualVersions, map[string]string{"SignatureService": "7.4.2"}), signatureCalls("SignatureService-7.4", "conn/SignatureService_V7_4_4.xsd"))
	authenticated, err := filepath.Glob("testdata/requests/AuthSignatureService-7.4/*.xml") // from authsign_test.go
	require.NoError(t, err)
	require.Len(t, authenticated, 3)
	for _, file := range authenticated {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		docs["conn/SignatureService_V7_4_4.xsd"] = append(docs["conn/SignatureService_V7_4_4.xsd"], schematest.Document{Name: file, XML: text})
	}
	for schema, all := range docs {
		schematest.ValidateAll(t, schema, all...)
	}
}

// golden compares a message with a file of testdata.
func golden(t *testing.T, path, got string) {
	t.Helper()
	path = filepath.Join("testdata", path)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got+"\n"), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, strings.TrimSpace(string(want)), got, path)
}

// TestFaultsOfEveryCall has a fault for every call, and a busy card, which is
// waited for only where the operation allows it.
func TestFaultsOfEveryCall(t *testing.T) {
	for _, c := range everyCall() {
		t.Run(c.op, func(t *testing.T) {
			s, client := startStandIn(t, usualVersions, func(cfg *konnektor.Config) { cfg.BusyTimeout = time.Minute })
			s.says(c.soapAction(), faultWith("4002"))
			_, err := c.do(t.Context(), client)
			require.ErrorIs(t, err, konnektor.CodeCriticalState)
			var fault *konnektor.Error
			require.ErrorAs(t, err, &fault)
			require.Equal(t, c.op, fault.Op)

			s.answer(c.soapAction(), func(n int) string {
				if n == 2 {
					return faultWith("4093")
				}
				return c.written(t)
			})
			_, err = c.do(t.Context(), client)
			if c.repeated {
				require.NoError(t, err)
				require.Len(t, s.sent(c.soapAction()), 3)
				return
			}
			require.ErrorIs(t, err, konnektor.CodeCardBusy)
			require.Len(t, s.sent(c.soapAction()), 2, "never repeated")
		})
	}
}

// TestHostileAnswersOfEveryCall has answers for every call that no Konnektor
// should give.
func TestHostileAnswersOfEveryCall(t *testing.T) {
	for _, c := range everyCall() {
		t.Run(c.op, func(t *testing.T) {
			good := c.written(t)
			root := good[1:strings.IndexAny(good, " >")]
			for name, answer := range map[string]string{
				"empty element":   good[:strings.Index(good, ">")] + "></" + root + ">",
				"another message": strings.ReplaceAll(good, root, root+"s"),
				"another version": strings.Replace(good, "ws.gematik.de/conn", "ws.gematik.de/other", 1),
				"cut off":         `<?xml version="1.0"?>` + good[:len(good)/2],
				"two messages":    good + good,
				"KANARIENVOGEL":   "KANARIENVOGEL",
			} {
				s, client := startStandIn(t, usualVersions)
				s.says(c.soapAction(), answer)
				_, err := c.do(t.Context(), client)
				if err == nil && name == "empty element" && c.op == "SignDocument" {
					continue // a failure of each document
				}
				require.ErrorIs(t, err, konnektor.KindMalformed, name)
				require.NotContains(t, err.Error(), "KANARIENVOGEL", name)
				require.Len(t, s.sent(c.soapAction()), 1, name)
			}
		})
	}
}

// TestStatusOfEveryCall has a Status that is an error, which no schema knows.
func TestStatusOfEveryCall(t *testing.T) {
	for _, c := range everyCall() {
		good := c.written(t)
		i := strings.Index(good, "Result>OK<")
		if i < 0 || c.op == "SignDocument" {
			continue // without a Status of its own
		}
		s, client := startStandIn(t, usualVersions)
		end := i + strings.Index(good[i:], "</") + strings.Index(good[i+strings.Index(good[i:], "</"):], ">") + 1
		s.says(c.soapAction(), strings.Replace(good[:end], "Result>OK<", "Result>ERROR<", 1)+gerrorOf("4001")+good[end:])
		_, err := c.do(t.Context(), client)
		require.ErrorIs(t, err, konnektor.CodeInternal, c.op)
	}
}

// TestMissingServices has a Konnektor without the service of a call.
func TestMissingServices(t *testing.T) {
	_, client := startStandIn(t, map[string]string{"EventService": "7.2.0"})
	for _, c := range everyCall() {
		_, err := c.do(t.Context(), client)
		require.ErrorIs(t, err, konnektor.KindNoService, c.op)
		var f *konnektor.Failure
		require.True(t, errors.As(err, &f))
		require.Equal(t, c.op, f.Op)
	}
}
