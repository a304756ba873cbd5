package konnektor_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

func writeFiles(t testing.TB, dir string, files map[string][]byte) {
	t.Helper()
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
}

func readFile(t testing.TB, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	require.NoError(t, err)
	return b
}

// object is a tag, a length and a value.
func object(tag byte, value string) []byte {
	head := []byte{tag, byte(len(value))}
	if len(value) > 0x7F {
		head = []byte{tag, 0x81, byte(len(value))}
	}
	return append(head, value...)
}

// template makes a VersichertenDatenTemplate with its checksum.
func template(objects ...[]byte) []byte {
	var inner []byte
	for _, o := range objects {
		inner = append(inner, o...)
	}
	all := object(0x60, string(append(inner, 0x8E, 1, 0)))
	sum := byte(0)
	for _, b := range all {
		sum ^= b
	}
	all[len(all)-1] = sum
	return all
}

// fullKVK is a card of a made-up person, in DIN 66003.
var fullKVK = template(
	object(0x80, "Testkasse S}d"), object(0x81, "1234567"), object(0x8F, "00020"), object(0x82, "123456789012"),
	object(0x83, "1000"), object(0x90, "1"), object(0x84, "Dr."), object(0x85, "J|rg"), object(0x86, "von"),
	object(0x87, "[rmel~"), object(0x88, "31051960"), object(0x89, "Testweg 1"), object(0x8A, "D"),
	object(0x8B, "12345"), object(0x8C, "Teststadt"), object(0x8D, "1227"), object(0xA0, "new"))

func TestKVK(t *testing.T) {
	s, client := startStandIn(t, usualVersions)
	s.says("ReadVDT", `<ReadKVKResponse xmlns="http://ws.gematik.de/conn/vsds/KvkService/v4.0"><KVK>`+base64.StdEncoding.EncodeToString(fullKVK)+`</KVK></ReadKVKResponse>`)
	kvk, err := client.ReadKVK(t.Context(), "kvk-1")
	require.NoError(t, err)
	require.Equal(t, &konnektor.KVK{
		KrankenkassenName: "Testkasse Süd", KrankenkassenNummer: "1234567", WOP: "00020", VersichertenNummer: "123456789012",
		VersichertenStatus: "1000", StatusErgaenzung: "1", Titel: "Dr.", Vorname: "Jörg", Namenszusatz: "von", Familienname: "Ärmelß",
		Geburtsdatum: "31051960", Strasse: "Testweg 1", Laendercode: "D", Postleitzahl: "12345", Ort: "Teststadt", GueltigBis: "1227",
		ChecksumOK: true, Raw: fullKVK,
	}, kvk)
	born, ok := kvk.BirthDate()
	require.True(t, ok)
	require.Equal(t, time.Date(1960, 5, 31, 0, 0, 0, 0, time.UTC), born)

	s.says("ReadVDT", written(t, "KVKService-4.0", "ReadKVK.answer"))
	kvk, err = client.ReadKVK(t.Context(), "kvk-1")
	require.NoError(t, err)
	require.True(t, kvk.Unread)
	require.NotEmpty(t, kvk.Raw)
	s.says("ReadVDT", written(t, "KVKService-4.0", "ReadKVK.answer-none"))
	_, err = client.ReadKVK(t.Context(), "kvk-1")
	require.ErrorIs(t, err, konnektor.KindMalformed)
	_, err = client.ReadKVK(t.Context(), "")
	require.ErrorIs(t, err, konnektor.KindRequest)
}

func TestParseKVK(t *testing.T) {
	payer, person := object(0x80, "Kasse"), object(0x87, "Name")
	wrong := append([]byte{}, fullKVK...)
	wrong[10] ^= 1
	kvk, err := konnektor.ParseKVK(wrong)
	require.NoError(t, err)
	require.False(t, kvk.ChecksumOK)
	kvk, err = konnektor.ParseKVK(append(template(payer, person), 0x90, 0)) // a status word behind it
	require.NoError(t, err)
	require.True(t, kvk.ChecksumOK)
	kvk, err = konnektor.ParseKVK(object(0x60, string(append(payer, person...))))
	require.NoError(t, err)
	require.False(t, kvk.ChecksumOK, "there is none")
	born := konnektor.KVK{Geburtsdatum: "00001960"}
	_, ok := born.BirthDate()
	require.False(t, ok, "a day that is not known")

	for name, data := range map[string][]byte{
		"nothing":                nil,
		"another tag":            object(0x61, "x"),
		"cut off":                fullKVK[:40],
		"an object cut off":      object(0x60, string(append(append([]byte{}, payer...), 0x87, 9, 'x'))),
		"a tag twice":            template(payer, person, person),
		"neither payer nor name": template(object(0x88, "31051960")),
		"a control character":    template(payer, object(0x87, "Na\x00me")),
		"eight bits":             template(payer, object(0x87, "N\xe4me")),
		"length of three bytes":  {0x60, 0x83, 0, 0, 1, 0},
		"endless length":         {0x60, 0x80, 0, 0},
		"length alone":           {0x60, 0x82, 0},
		"large":                  make([]byte, 5000),
	} {
		kvk, err := konnektor.ParseKVK(data)
		require.ErrorIs(t, err, konnektor.ErrKVK, name)
		require.NotNil(t, kvk, name)
		require.NotContains(t, err.Error(), "Na", name)
	}
}

// FuzzKVK takes any bytes apart.
func FuzzKVK(f *testing.F) {
	f.Add(fullKVK)
	f.Add([]byte{0x60, 0x81, 2, 0x80, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		kvk, err := konnektor.ParseKVK(data)
		require.NotNil(t, kvk)
		if err == nil {
			require.NotEmpty(t, kvk.Raw)
		}
	})
}
