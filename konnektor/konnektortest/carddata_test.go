package konnektortest_test

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

// practice is a client and the two cards of an access to an eGK.
func practice(t *testing.T) (*konnektortest.Konnektor, *konnektor.Client, konnektor.EGKAccess) {
	t.Helper()
	k := konnektortest.New(t)
	client, err := konnektor.New(k.Config())
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return k, client, konnektor.EGKAccess{EGK: k.Insert(konnektor.CardEGK), HPC: k.Handle(konnektor.CardSMCB)}
}

func TestEmergencyData(t *testing.T) {
	k, client, a := practice(t)
	ctx := t.Context()
	_, _, err := client.ReadNFD(ctx, konnektor.NFDRead{EGKAccess: a})
	require.ErrorIs(t, err, konnektor.CodeNFDMissing)

	document := []byte("<NFD>Anlaß</NFD>")
	_, err = client.WriteNFD(ctx, a, document)
	require.NoError(t, err)
	nfd, warning, err := client.ReadNFD(ctx, konnektor.NFDRead{EGKAccess: a, Update: true})
	require.NoError(t, err)
	require.Equal(t, document, []byte(nfd.Document))
	require.True(t, warning.Is(konnektor.CodeNFDNotChecked), "a record without signature")
	require.Equal(t, "INCONCLUSIVE", nfd.Verification.Result)
	require.Empty(t, nfd.Verification.Findings)

	signed := sign(t, client, a.HPC, konnektor.CryptECC, konnektor.SignDocument{Content: document, Type: konnektor.SignatureXAdES, Variant: konnektor.Enveloped})
	for result, content := range map[string][]byte{
		"VALID": signed.Document, "INVALID": bytes.Replace(signed.Document, []byte("Anla"), []byte("anla"), 1),
	} {
		_, err = client.WriteNFD(ctx, a, content)
		require.NoError(t, err)
		nfd, warning, err = client.ReadNFD(ctx, konnektor.NFDRead{EGKAccess: a, Emergency: true})
		require.NoError(t, err)
		require.Equal(t, content, []byte(nfd.Document))
		require.Equal(t, result, nfd.Verification.Result)
		require.Equal(t, result == "INVALID", warning != nil)
		require.Len(t, nfd.Verification.Findings, 1)
	}

	k.React("T1", konnektortest.Reaction{Wrong: true})
	_, _, err = client.ReadNFD(ctx, konnektor.NFDRead{EGKAccess: a})
	require.ErrorIs(t, err, konnektor.CodeNFDMPIN)
	k.React("T1", konnektortest.Reaction{Wrong: true})
	_, _, err = client.ReadNFD(ctx, konnektor.NFDRead{EGKAccess: a, Emergency: true})
	require.NoError(t, err, "an emergency asks for no PIN")
	k.React("T1") // the wrong PIN is still planned: for the next entry
	_, err = client.EraseNFD(ctx, a)
	require.ErrorIs(t, err, konnektor.CodeNFDMPIN)
	_, err = client.EraseNFD(ctx, a)
	require.NoError(t, err)

	_, err = client.WriteNFD(ctx, a, []byte("no XML"))
	require.ErrorIs(t, err, konnektor.CodeNFDInvalid)
	require.NoError(t, k.SetPIN(a.HPC, konnektor.PINSMC, konnektor.PINVerifiable, 3))
	_, err = client.WriteNFD(ctx, a, document)
	require.ErrorIs(t, err, konnektor.CodeNFDMLocked)
}

func TestPersonalDeclarations(t *testing.T) {
	k, client, a := practice(t)
	ctx := t.Context()
	document := []byte("<DPE/>")
	_, err := client.WriteDPE(ctx, a, document)
	require.NoError(t, err)

	// The data stays on the card when it is taken out.
	card, err := k.Remove(a.EGK)
	require.NoError(t, err)
	a.EGK, err = k.InsertCard(card)
	require.NoError(t, err)
	found, _, err := client.ReadDPE(ctx, konnektor.NFDRead{EGKAccess: a})
	require.NoError(t, err)
	require.Equal(t, document, []byte(found))

	_, err = client.WriteDPE(ctx, a, []byte("<DPE>"+strings.Repeat("x", 20_000)+"</DPE>"))
	require.NoError(t, err, "what is compressed counts")
	noise := make([]byte, 8_000)
	source := rand.NewPCG(1, 2)
	for i := range noise {
		noise[i] = byte(source.Uint64())
	}
	_, err = client.WriteDPE(ctx, a, []byte("<DPE>"+base64.StdEncoding.EncodeToString(noise)+"</DPE>"))
	require.ErrorIs(t, err, konnektor.CodeDPETooLarge)
}

func TestMedicationPlan(t *testing.T) {
	k, client, a := practice(t)
	ctx := t.Context()
	_, _, err := client.ReadMP(ctx, a, konnektor.PINAMTS)
	require.ErrorIs(t, err, konnektor.CodeConsentMissing)
	valid, _, err := client.WriteConsent(ctx, a, []byte("<Einwilligung/>"))
	require.NoError(t, err)
	require.True(t, valid)
	_, _, err = client.WriteConsent(ctx, a, []byte("<Einwilligung/>"))
	require.ErrorIs(t, err, konnektor.CodeConsentPresent)

	plan := []byte("<MP>" + strings.Repeat("x", 1000) + "</MP>")
	_, _, err = client.WriteMP(ctx, a, konnektor.PINAMTS, plan)
	require.NoError(t, err)
	read, _, err := client.ReadMP(ctx, a, konnektor.PINAMTS)
	require.NoError(t, err)
	require.True(t, bytes.Equal(plan, read.Data))
	require.True(t, read.EGKValid)
	require.LessOrEqual(t, read.EGKUsage, 1)

	_, _, err = client.ReadMP(ctx, a, konnektor.PINVertreter)
	require.ErrorIs(t, err, konnektor.Code(4085), "nobody may act for the insured person")
	require.NoError(t, k.SetPIN(a.EGK, "PIN.AMTS_REP", konnektor.PINVerifiable, 1))
	k.React("T1", konnektortest.Reaction{Wrong: true})
	_, _, err = client.ReadMP(ctx, a, konnektor.PINVertreter)
	require.ErrorIs(t, err, konnektor.Code(4063))
	_, _, err = client.DeleteConsent(ctx, a)
	require.NoError(t, err)
	_, _, err = client.ReadConsent(ctx, a)
	require.ErrorIs(t, err, konnektor.CodeConsentMissing)
}

func TestKVK(t *testing.T) {
	k, client, _ := practice(t)
	card := k.Insert(konnektor.CardKVK)
	kvk, err := client.ReadKVK(t.Context(), card)
	require.NoError(t, err)
	require.False(t, kvk.Unread)
	require.True(t, kvk.ChecksumOK)
	require.Equal(t, "Müllerstein", string(kvk.Familienname))
	require.Equal(t, "Simulatorstraße 1", string(kvk.Strasse))

	require.NoError(t, k.ChangeCard(card, func(c *konnektortest.Card) { c.Files = map[string][]byte{konnektortest.FileKVK: {0x60, 0}} }))
	_, err = client.ReadKVK(t.Context(), card)
	require.ErrorIs(t, err, konnektor.CodeKVKChecksum)
	require.NoError(t, k.ChangeCard(card, func(c *konnektortest.Card) { c.Files = map[string][]byte{konnektortest.FileKVK: {}} }))
	_, err = client.ReadKVK(t.Context(), card)
	require.ErrorIs(t, err, konnektor.CodeKVKUnreadable)
}
