package vsdm_test

import (
	"errors"
	"fmt"
	"testing"
	"unicode/utf8"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/vsdm"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
	"github.com/stretchr/testify/require"
)

// FuzzDecodeVSD decodes documents made of arbitrary XML, packed rightly, so
// that mutations reach beyond the checksum; FuzzDecodePacked has the packing.
func FuzzDecodeVSD(f *testing.F) {
	for n := 1; n <= vsdmtest.Persons(); n++ {
		p := vsdmtest.Person(n)
		f.Add(latin9(f, p.PD()), latin9(f, p.VD()), latin9(f, p.GVD()))
	}
	f.Add([]byte(gkv(rootPD, wholePD)), []byte(gkv(rootVD, wholeVD)), []byte(gkv(rootGVD, wholeGVD)))
	f.Add([]byte(pkv(rootPD, wholePD)), []byte(pkv(rootVD, wholePKV)), []byte(pkv(rootGVD, "")))
	f.Add([]byte("<"+rootPD+"/>"), []byte("<"+rootVD+` KTR_TYP="1"/>`), []byte("<"+rootGVD+"/>"))
	f.Fuzz(func(t *testing.T, pd, vd, gvd []byte) {
		v, err := vsdm.Decode(vsdm.Documents{PD: pack(t, pd), VD: pack(t, vd), GVD: pack(t, gvd)})
		if err != nil {
			documented(t, err)
			require.Nil(t, v)
			return
		}
		require.LessOrEqual(t, len(v.Warnings), 100)
		require.NotNil(t, v.GeschuetzteVersichertendaten)
		require.NotEqual(t, v.AllgemeineVersicherungsdaten.ZusatzinfosGKV == nil, v.AllgemeineVersicherungsdaten.ZusatzinfosPKV == nil)
		person := v.PersoenlicheVersichertendaten.Person
		require.True(t, utf8.ValidString(person.Vorname+person.Nachname+person.Titel))
		// What follows from the data must not depend on how odd they are.
		v.Proof(vsdm.Case{Day: today})
		person.Geburtsdatum.Age(today)
		_ = vsdm.CheckKVNR(v.PersoenlicheVersichertendaten.VersichertenID)
		_, _ = v.HCV()
		_ = fmt.Sprint(v, v.Warnings)
	})
}

// FuzzDecodePacked decodes arbitrary bytes in the place of each document.
func FuzzDecodePacked(f *testing.F) {
	docs := cardDocuments(f)
	for _, z := range [][]byte{docs.PD, docs.VD, docs.GVD, docs.PN, {}, {0x1F, 0x8B, 8}} {
		f.Add(z)
	}
	f.Fuzz(func(t *testing.T, z []byte) {
		for i := range 4 {
			docs := docs
			*[]*[]byte{&docs.PD, &docs.VD, &docs.GVD, &docs.PN}[i] = z
			if _, err := vsdm.Decode(docs); err != nil {
				documented(t, err)
			}
		}
	})
}

// FuzzDecodeReceipt decodes a receipt made of arbitrary XML.
func FuzzDecodeReceipt(f *testing.F) {
	f.Add([]byte(receiptXML))
	f.Add(pn("<TS>20260704081530</TS><E>3</E><EC>12999</EC>"))
	f.Add(pn("<TS>20260231081530</TS><E>9</E><PZ>" + pz1("A123456780", "1783152930", "UT2") + "</PZ>"))
	f.Add([]byte(`<PN xmlns="urn:x" KTR_TYP="1"/>`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		raw := pack(t, doc)
		p, warnings, err := vsdm.DecodePruefungsnachweis(raw)
		if err != nil {
			documented(t, err)
			require.Nil(t, p)
			return
		}
		require.Equal(t, raw, p.Raw)
		require.LessOrEqual(t, len(warnings), 100)
		p.Quarter()
		if p.Pruefziffer != nil {
			require.Len(t, p.Pruefziffer.Raw, 47)
		}
		again, _, err := vsdm.DecodePruefungsnachweis(p.Raw)
		require.NoError(t, err)
		require.Equal(t, p, again)
	})
}

// documented says whether an error is one that Decode promises.
func documented(t *testing.T, err error) {
	var kind konnektor.Kind
	require.True(t, errors.As(err, &kind), "%v", err)
	require.Contains(t, []konnektor.Kind{konnektor.KindMalformed, konnektor.KindTooLarge}, kind)
	require.Less(t, len(err.Error()), 300)
}
