package konnektortest_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

// TestMTOM signs, verifies, encrypts and decrypts with a Konnektor that answers
// in parts, and has documents larger than other requests may be.
func TestMTOM(t *testing.T) {
	k := konnektortest.NewWith(t, konnektortest.Options{MTOM: true})
	client, err := konnektor.New(k.Config())
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	smcb := k.Handle(konnektor.CardSMCB)
	large := bytes.Repeat([]byte("0123456789abcde\n"), 13<<16/16) // more than 1 MiB in base64
	for _, d := range []konnektor.SignDocument{
		{Content: large, Type: konnektor.SignatureCAdES, Variant: konnektor.Detached}, {Content: []byte("x"), Type: konnektor.SignatureCAdES},
	} {
		signed := sign(t, client, smcb, konnektor.CryptECC, d)
		v, _, err := client.VerifyDocument(t.Context(), konnektor.SignedInput{Signature: signed.Signature, Document: d.Content, MIMEType: "text/plain"})
		require.NoError(t, err)
		require.Equal(t, "VALID", v.Result)
	}
	pdf := sign(t, client, smcb, konnektor.CryptRSA, konnektor.SignDocument{Content: minimalPDF(), Type: konnektor.SignaturePAdES})
	require.True(t, bytes.HasPrefix(pdf.Document, []byte("%PDF-")))
	xml := sign(t, client, smcb, konnektor.CryptRSA, konnektor.SignDocument{Content: []byte("<a><b/></a>"), Type: konnektor.SignatureXAdES, Variant: konnektor.Enveloped})
	require.Contains(t, string(xml.Document), "Signature")

	key := konnektor.CardKey{Card: smcb, Crypt: konnektor.CryptECC}
	sealed, _, err := client.EncryptDocument(t.Context(), konnektor.Encryption{Content: large, Type: konnektor.EncryptionCMS, Key: &key})
	require.NoError(t, err)
	clear, _, err := client.DecryptDocument(t.Context(), konnektor.Decryption{Content: sealed.Content, Key: key})
	require.NoError(t, err)
	require.True(t, bytes.Equal(large, clear.Content))
	_, _, err = client.DecryptDocument(t.Context(), konnektor.Decryption{Content: []byte("no CMS"), Key: key})
	var fault *konnektor.Error
	require.ErrorAs(t, err, &fault, "a fault is a whole")
}
