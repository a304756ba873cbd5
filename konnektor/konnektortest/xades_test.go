package konnektortest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

func TestNoRoomForASignature(t *testing.T) {
	_, client, a := practice(t)
	result, err := client.SignDocuments(t.Context(), konnektor.Signing{Card: a.HPC, Crypt: konnektor.CryptECC, Documents: []konnektor.SignDocument{
		{Content: []byte("<a/>"), Type: konnektor.SignatureXAdES, Variant: konnektor.Enveloped},
	}})
	require.NoError(t, err)
	require.ErrorIs(t, result.Documents[0].Err, konnektor.CodeSignatureDocument)
}
