package gunzip_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/libkonnektor/libkonnektor/vsdm/internal/gunzip"
	"github.com/stretchr/testify/require"
)

const limit = 64 << 10

func pack(t testing.TB, plain []byte, level int) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, level)
	require.NoError(t, err)
	_, err = w.Write(plain)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func samples() map[string][]byte {
	rnd := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 20000)
	for i := range noise {
		noise[i] = byte(rnd.Uint32())
	}
	skewed := make([]byte, 60000) // long codes for the rare bytes
	for i := range skewed {
		skewed[i] = byte(min(rnd.ExpFloat64()*3, 255))
	}
	return map[string][]byte{
		"nothing":    {},
		"one byte":   {'x'},
		"one letter": bytes.Repeat([]byte{'a'}, 5000),
		"text":       []byte(strings.Repeat("<Nachname>Muster</Nachname><Vorname>Xenia</Vorname>", 20)),
		"noise":      noise,
		"skewed":     skewed,
		"the limit":  make([]byte, limit),
	}
}

func TestUnpackEveryLevel(t *testing.T) {
	for name, plain := range samples() {
		for level := gzip.HuffmanOnly; level <= gzip.BestCompression; level++ {
			var d gunzip.Decoder
			got, err := d.Unpack([]byte("before"), pack(t, plain, level), limit)
			require.NoError(t, err, "%s, level %d", name, level)
			require.True(t, bytes.Equal(append([]byte("before"), plain...), got), "%s, level %d", name, level)
		}
	}
}

func TestUnpackRefuses(t *testing.T) {
	good := pack(t, []byte(strings.Repeat("card ", 100)), 6)
	change := func(at int, b byte) []byte {
		z := bytes.Clone(good)
		if at < 0 {
			at += len(z)
		}
		z[at] ^= b
		return z
	}
	cases := map[string]struct {
		in   []byte
		want error
	}{
		"nothing":              {nil, gunzip.ErrTruncated},
		"no gzip":              {[]byte("this is a token text"), gunzip.ErrFormat},
		"other method":         {change(2, 1), gunzip.ErrFormat},
		"reserved flag":        {change(3, 0x80), gunzip.ErrFormat},
		"extra field cut":      {append(bytes.Clone(good[:3]), 4, 0, 0, 0, 0, 0, 3), gunzip.ErrTruncated},
		"extra field too long": {append(bytes.Clone(good[:3]), 4, 0, 0, 0, 0, 0, 3, 0xFF, 0xFF, 1), gunzip.ErrTruncated},
		"name without end":     {append(bytes.Clone(good[:3]), 8, 0, 0, 0, 0, 0, 3, 'a', 'b'), gunzip.ErrTruncated},
		"header checksum":      {append(bytes.Clone(good[:3]), 2, 0, 0, 0, 0, 0, 3, 1, 2), gunzip.ErrChecksum},
		"wrong CRC":            {change(-8, 1), gunzip.ErrChecksum},
		"wrong length":         {change(-4, 1), gunzip.ErrChecksum},
		"trailing byte":        {append(bytes.Clone(good), 0), gunzip.ErrTrailing},
		"second member":        {append(bytes.Clone(good), good...), gunzip.ErrTrailing},
		"block type 3":         {append(bytes.Clone(good[:10]), 7), gunzip.ErrFormat},
		"stored length wrong":  {append(bytes.Clone(good[:10]), 1, 1, 0, 0, 0, 'x'), gunzip.ErrFormat},
		"stored block cut":     {append(bytes.Clone(good[:10]), 1, 2, 0, 0xFD, 0xFF, 'x'), gunzip.ErrTruncated},
		"over the limit":       {pack(t, make([]byte, limit+1), 9), gunzip.ErrTooLarge},
		"stored over limit":    {pack(t, make([]byte, limit+1), 0), gunzip.ErrTooLarge},
		"single literals":      {pack(t, []byte(strings.Repeat("ab", limit)), gzip.HuffmanOnly), gunzip.ErrTooLarge},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var d gunzip.Decoder
			_, err := d.Unpack(nil, c.in, limit)
			require.ErrorIs(t, err, c.want)
		})
	}
}

func TestUnpackEveryCut(t *testing.T) {
	for _, level := range []int{0, 1, 9, gzip.HuffmanOnly} {
		whole := pack(t, []byte(strings.Repeat("Versicherter ", 30)), level)
		for n := range whole {
			var d gunzip.Decoder
			_, err := d.Unpack(nil, whole[:n], limit)
			require.ErrorIs(t, err, gunzip.ErrTruncated, "cut at %d", n)
		}
	}
}

func TestUnpackHeaderFields(t *testing.T) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Name, w.Comment, w.Extra = "pd.xml", "made up", []byte{1, 2, 3}
	_, err := w.Write([]byte("content"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	var d gunzip.Decoder
	got, err := d.Unpack(nil, b.Bytes(), limit)
	require.NoError(t, err)
	require.Equal(t, "content", string(got))
}

// TestBombStaysSmall unpacks a stream of 16 MiB and looks at what it takes.
func TestBombStaysSmall(t *testing.T) {
	var d gunzip.Decoder
	got, err := d.Unpack(nil, pack(t, make([]byte, 16<<20), 9), limit)
	require.ErrorIs(t, err, gunzip.ErrTooLarge)
	require.LessOrEqual(t, len(got), limit)
	require.Less(t, cap(got), 2*limit)
}

// FuzzUnpack holds the decoder against compress/gzip and compress/flate.
func FuzzUnpack(f *testing.F) {
	for _, plain := range samples() {
		if len(plain) < 2000 {
			f.Add(pack(f, plain, 6))
			f.Add(pack(f, plain, gzip.HuffmanOnly))
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var d gunzip.Decoder
		got, err := d.Unpack(nil, in, limit)
		want, wantErr := standard(in)
		if errors.Is(err, gunzip.ErrTooLarge) {
			require.True(t, len(want) > limit || wantErr != nil)
			return
		}
		require.Equal(t, wantErr == nil, err == nil, "ours %v, standard %v", err, wantErr)
		if err == nil {
			require.True(t, bytes.Equal(want, got))
		}
	})
}

var errExtra = errors.New("second member, trailing bytes or reserved flag")

func standard(in []byte) ([]byte, error) {
	if len(in) > 3 && in[3]&0xE0 != 0 {
		return nil, errExtra
	}
	src := bytes.NewReader(in)
	r, err := gzip.NewReader(src)
	if err != nil {
		return nil, err
	}
	r.Multistream(false)
	out, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && src.Len() > 0 {
		return out, errExtra
	}
	return out, err
}

// FuzzInflate puts arbitrary deflate streams into a member with a fitting
// trailer, since a mutation hardly ever finds the checksum by itself.
func FuzzInflate(f *testing.F) {
	for _, plain := range samples() {
		if len(plain) < 2000 {
			z := pack(f, plain, 9)
			f.Add(z[10 : len(z)-8])
		}
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		src := bytes.NewReader(stream)
		plain, err := io.ReadAll(io.LimitReader(flate.NewReader(src), limit+1))
		if len(plain) > limit {
			return
		}
		used := len(stream) - src.Len()
		var d gunzip.Decoder
		got, gotErr := d.Unpack(nil, member(t, stream[:used], plain), limit)
		require.Equal(t, err == nil, gotErr == nil, "ours %v, standard %v", gotErr, err)
		if err == nil {
			require.True(t, bytes.Equal(plain, got))
		}
	})
}

func member(t testing.TB, stream, plain []byte) []byte {
	z := pack(t, plain, 0)
	out := append(bytes.Clone(z[:10]), stream...)
	return append(out, z[len(z)-8:]...)
}

// document is as long and as varied as the PersoenlicheVersichertendaten of a
// card; the person is made up.
const document = `<?xml version="1.0" encoding="ISO-8859-15" standalone="yes"?><UC_PersoenlicheVersichertendatenXML CDM_VERSION="5.2.0" xmlns="http://ws.gematik.de/fa/vsdm/vsd/v5.2"><Versicherter><Versicherten_ID>X000000000</Versicherten_ID><Person><Geburtsdatum>19850616</Geburtsdatum><Vorname>Xenia Albertine</Vorname><Nachname>Mustermann-Beispiel</Nachname><Geschlecht>W</Geschlecht><Titel>Dr.</Titel><StrassenAdresse><Postleitzahl>10115</Postleitzahl><Ort>Musterstadt</Ort><Land><Wohnsitzlaendercode>D</Wohnsitzlaendercode></Land><Strasse>Musterstrasse</Strasse><Hausnummer>12a</Hausnummer></StrassenAdresse></Person></Versicherter></UC_PersoenlicheVersichertendatenXML>`

// BenchmarkUnpack compares with the standard library, whose reader is reused.
func BenchmarkUnpack(b *testing.B) {
	z := pack(b, []byte(document), 6)
	out := make([]byte, 0, 4096)
	b.Run("gunzip", func(b *testing.B) {
		b.ReportAllocs()
		var d gunzip.Decoder
		for b.Loop() {
			if _, err := d.Unpack(out, z, limit); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("standard", func(b *testing.B) {
		b.ReportAllocs()
		src := bytes.NewReader(z)
		r, err := gzip.NewReader(src)
		require.NoError(b, err)
		for b.Loop() {
			src.Reset(z)
			if err := r.Reset(src); err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadFull(r, out[:cap(out)]); err != io.ErrUnexpectedEOF {
				b.Fatal(err)
			}
		}
	})
}
