package vsdmtest_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/vsdm"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
)

var elements = map[vsdmtest.Field]string{
	vsdmtest.PD: "PersoenlicheVersichertendaten", vsdmtest.VD: "AllgemeineVersicherungsdaten",
	vsdmtest.GVD: "GeschuetzteVersichertendaten", vsdmtest.PN: "Pruefungsnachweis",
}

// spoiled reads a card with one defect and returns the field's base64 text and
// what can be unpacked of it.
func spoiled(t *testing.T, b *bench, f vsdmtest.Field, d vsdmtest.Defect) (text string, present bool, doc []byte, err error) {
	t.Helper()
	egk := b.k.Insert("EGK", with(func(p *vsdmtest.Insured) { p.Defects = map[vsdmtest.Field]vsdmtest.Defect{f: d} }))
	a := b.read(request{egk: egk, hpc: b.k.Handle("SMC-B"), check: true, proof: true})
	require.Zero(t, a.code(), a.body)
	_, removed := b.k.Remove(egk)
	require.NoError(t, removed)
	text, present = first(a.body, elements[f])
	doc, err = unpack(text)
	return text, present, doc, err
}

// TestEveryDefectIsWhatItSays looks at each defect of each field.
func TestEveryDefectIsWhatItSays(t *testing.T) {
	b := newBench(t, konnektortest.Options{})
	for _, f := range []vsdmtest.Field{vsdmtest.PD, vsdmtest.VD, vsdmtest.GVD, vsdmtest.PN} {
		for _, d := range vsdmtest.Defects() {
			if d == vsdmtest.BadCheckDigit && f != vsdmtest.PD {
				continue
			}
			t.Run(string(f)+" "+string(d), func(t *testing.T) {
				text, present, doc, err := spoiled(t, b, f, d)
				require.Equal(t, d != vsdmtest.Missing, present)
				check, known := defects[d]
				require.True(t, known, "no check for this defect")
				check(t, f, text, string(doc), err)
			})
		}
	}
}

type look func(t *testing.T, f vsdmtest.Field, text, doc string, err error)

func fails(says string) look {
	return func(t *testing.T, _ vsdmtest.Field, _, _ string, err error) { require.ErrorContains(t, err, says) }
}

func holds(part string) look {
	return func(t *testing.T, _ vsdmtest.Field, _, doc string, err error) {
		require.NoError(t, err)
		require.True(t, strings.Contains(doc, part), "%.300s", doc)
	}
}

func longer(size int) look {
	return func(t *testing.T, _ vsdmtest.Field, _, doc string, err error) {
		require.NoError(t, err)
		require.Greater(t, len(doc), size)
	}
}

var defects = map[vsdmtest.Defect]look{
	vsdmtest.Missing:       fails("EOF"),
	vsdmtest.Empty:         fails("EOF"),
	vsdmtest.BadBase64:     fails("base64"),
	vsdmtest.NotGzip:       fails("gzip"),
	vsdmtest.TruncatedGzip: fails("unexpected EOF"),
	vsdmtest.BadChecksum:   fails("checksum"),
	vsdmtest.TrailingBytes: fails("unexpected EOF"), // of a second header
	vsdmtest.SecondMember:  holds("<!--second-->"),
	vsdmtest.GzipBomb:      longer(2 << 20),
	vsdmtest.Oversize: func(t *testing.T, _ vsdmtest.Field, text, _ string, err error) {
		require.NoError(t, err)
		require.Greater(t, len(text), 8<<10, "more base64 than any card can hold")
	},
	vsdmtest.Doctype:       holds("<!DOCTYPE"),
	vsdmtest.WrongCharset:  holds(`encoding="x-unheard-of"`),
	vsdmtest.DeepNesting:   holds(strings.Repeat("<a>", 1000)),
	vsdmtest.OtherDocument: holds("rss"),
	vsdmtest.Truncated: func(t *testing.T, _ vsdmtest.Field, _, doc string, err error) {
		require.NoError(t, err)
		require.False(t, strings.HasSuffix(doc, "XML>") || strings.HasSuffix(doc, "PN>"))
	},
	vsdmtest.InvalidUTF8: func(t *testing.T, _ vsdmtest.Field, _, doc string, err error) {
		require.NoError(t, err)
		require.False(t, utf8.ValidString(doc))
	},
	vsdmtest.UnknownNamespace: holds("/v9.9"),
	vsdmtest.UnknownVersion:   holds(`CDM_VERSION="6.0.0"`),
	vsdmtest.BadCheckDigit: func(t *testing.T, _ vsdmtest.Field, _, doc string, err error) {
		require.NoError(t, err)
		kvnr, _ := first(doc, "Versicherten_ID")
		require.ErrorIs(t, vsdm.CheckKVNR(konnektor.KVNR(kvnr)), vsdm.ErrKVNRCheckDigit)
	},
}

func TestPruefziffer(t *testing.T) {
	for version := 1; version <= 2; version++ {
		b := newBench(t, konnektortest.Options{})
		egk := b.k.Insert("EGK", online(vsdmtest.Online{PZ: version}))
		doc, _ := b.read(request{egk: egk, hpc: b.k.Handle("SMC-B"), check: true, proof: true}).document("Pruefungsnachweis")
		text, _ := first(string(doc), "PZ")
		require.Len(t, text, 64)
		pz, err := base64.StdEncoding.DecodeString(text)
		require.NoError(t, err)
		require.Len(t, pz, 47)
		require.Equal(t, version == 2, pz[0] >= 0x80)
		if version == 1 {
			require.Regexp(t, `^X\d{9}\d{10}UT2`, string(pz[:23]))
		}
	}
	b := newBench(t, konnektortest.Options{})
	egk := b.k.Insert("EGK", online(vsdmtest.Online{PZ: -1}))
	doc, _ := b.read(request{egk: egk, hpc: b.k.Handle("SMC-B"), check: true, proof: true}).document("Pruefungsnachweis")
	require.NotContains(t, string(doc), "PZ")
}
