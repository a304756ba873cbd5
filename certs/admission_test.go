package certs_test

import (
	"bytes"
	"encoding/asn1"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/stretchr/testify/require"
)

// tlv is one value of DER, short enough for a length of one byte.
func tlv(tag byte, content ...[]byte) []byte {
	all := bytes.Join(content, nil)
	if len(all) > 127 {
		return append([]byte{tag, 0x82, byte(len(all) >> 8), byte(len(all))}, all...)
	}
	return append([]byte{tag, byte(len(all))}, all...)
}

var arzt = []byte{0x06, 0x07, 0x2a, 0x82, 0x14, 0x00, 0x4c, 0x04, 0x1e} // 1.2.276.0.76.4.30

func TestParseAdmission(t *testing.T) {
	utf8Text := tlv(0x0c, []byte("Ärztin/Arzt"))
	number := tlv(0x13, []byte("1-2"))
	name := tlv(0xa4, tlv(0x30))
	info := tlv(0x30, tlv(0x30, utf8Text), tlv(0x30, arzt), number)
	full := tlv(0x30, name, tlv(0x30, tlv(0x30, tlv(0xa0, name), tlv(0xa1, tlv(0x30)), tlv(0x30, tlv(0x30, tlv(0xa0, tlv(0x30)), tlv(0x30, utf8Text), tlv(0x30, arzt), number, tlv(0x04))))))
	simple := func(infos ...[]byte) []byte { return tlv(0x30, tlv(0x30, tlv(0x30, tlv(0x30, infos...)))) }
	want := certs.Profession{Items: []string{"Ärztin/Arzt"}, OIDs: []asn1.ObjectIdentifier{certs.RoleArzt.OID()}, RegistrationNumber: "1-2"}
	for name, c := range map[string]struct {
		der  []byte
		want []certs.Profession
	}{
		"simple":         {simple(info), []certs.Profession{want}},
		"authorities":    {full, []certs.Profession{want}},
		"two":            {simple(info, info), []certs.Profession{want, want}},
		"no number":      {simple(tlv(0x30, tlv(0x30, utf8Text), tlv(0x30, arzt))), []certs.Profession{{Items: want.Items, OIDs: want.OIDs}}},
		"no identifiers": {simple(tlv(0x30, tlv(0x30, utf8Text), number)), []certs.Profession{{Items: want.Items, RegistrationNumber: "1-2"}}},
		"Latin-1":        {simple(tlv(0x30, tlv(0x30, tlv(0x14, []byte("\xc4rztin"))))), []certs.Profession{{Items: []string{"Ärztin"}}}},
		"BMPString":      {simple(tlv(0x30, tlv(0x30, tlv(0x1e, []byte("\x00\xc4\x00r"))))), []certs.Profession{{Items: []string{"Är"}}}},
		"empty":          {tlv(0x30, tlv(0x30)), nil},
	} {
		got, err := certs.ParseAdmission(c.der)
		require.NoError(t, err, name)
		require.Equal(t, c.want, got, name)
	}
	for name, der := range map[string][]byte{
		"nothing":          nil,
		"HTML":             []byte("<html>"),
		"trailing byte":    append(simple(info), 0),
		"no contents":      tlv(0x30),
		"broken UTF-8":     simple(tlv(0x30, tlv(0x30, tlv(0x0c, []byte("\xff"))))),
		"odd BMPString":    simple(tlv(0x30, tlv(0x30, tlv(0x1e, []byte("abc"))))),
		"line break":       simple(tlv(0x30, tlv(0x30, tlv(0x0c, []byte("a\nb"))))),
		"no text":          simple(tlv(0x30, tlv(0x30, tlv(0x02, []byte{1})))),
		"no identifier":    simple(tlv(0x30, tlv(0x30), tlv(0x30, tlv(0x02, []byte{1})))),
		"something more":   simple(tlv(0x30, tlv(0x30), tlv(0x01, []byte{0xff}))),
		"many professions": simple(bytes.Repeat(info, 65)),
		"many texts":       simple(tlv(0x30, tlv(0x30, bytes.Repeat(utf8Text, 65)))),
		"many identifiers": simple(tlv(0x30, tlv(0x30), tlv(0x30, bytes.Repeat(arzt, 65)))),
	} {
		_, err := certs.ParseAdmission(der)
		require.ErrorIs(t, err, certs.ErrAdmission, name)
	}
}

func TestBrokenAdmissionIsNoRole(t *testing.T) {
	p := lightPKI(t)
	card, err := p.Card(certstest.SMCB, certstest.CardOptions{WithoutRSA: true, Changes: []certstest.Change{func(tpl *certstest.Template) {
		tpl.Admission = nil
		tpl.Extra = append(tpl.Extra, extension(asn1.ObjectIdentifier{1, 3, 36, 8, 3, 3}, false, []byte{0x30, 0}))
	}}})
	require.NoError(t, err)
	c := card.Identities[0].Certificate
	_, err = c.Admission()
	require.ErrorIs(t, err, certs.ErrAdmission)
	require.Empty(t, c.Roles())
	require.Empty(t, c.TelematikID())
}

func FuzzParseAdmission(f *testing.F) {
	p := lightPKI(f)
	for _, kind := range []certstest.CardKind{certstest.SMCB, certstest.GSMCK} {
		card, err := p.Card(kind, certstest.CardOptions{WithoutRSA: true})
		require.NoError(f, err)
		for _, e := range card.Identities[0].Certificate.Extensions {
			if e.Id.String() == "1.3.36.8.3.3" {
				f.Add(e.Value)
			}
		}
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		professions, err := certs.ParseAdmission(der)
		if err != nil {
			require.ErrorIs(t, err, certs.ErrAdmission)
			return
		}
		for _, p := range professions {
			require.True(t, utf8.ValidString(strings.Join(p.Items, "")+p.RegistrationNumber))
		}
	})
}

func FuzzParseCertificate(f *testing.F) {
	p := lightPKI(f)
	for _, kind := range []certstest.CardKind{certstest.SMCB, certstest.GSMCK, certstest.EGK} {
		for _, change := range []certstest.Change{certstest.ExplicitCurve(), certstest.PointOffCurve(), func(*certstest.Template) {}} {
			card, err := p.Card(kind, certstest.CardOptions{WithoutRSA: true, Changes: []certstest.Change{change}})
			require.NoError(f, err)
			f.Add(card.Identities[0].DER)
		}
	}
	f.Add(p.Root(3).DER)
	f.Fuzz(func(t *testing.T, der []byte) {
		c, err := certs.Parse(der)
		if err != nil {
			return
		}
		require.Equal(t, der, c.Raw)
		e := certs.NewInventory([]certs.Item{{Label: "x", Certificate: c}}, certs.InventoryOptions{At: p.At()}).Entries[0]
		require.NotEmpty(t, e.Kind)
		_ = c.KVNR()
		_, _ = c.Check(certs.CheckOptions{At: p.At(), CAs: []certs.TrustedCA{{Certificate: c}}})
		_, _ = certs.NewPool(c).Chain(c, p.At(), p.Root(2).Certificate)
	})
}
