package certs_test

import (
	"bytes"
	"encoding/asn1"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/stretchr/testify/require"
)

func TestIdentifiersOfCards(t *testing.T) {
	p := lightPKI(t)
	first := func(kind certstest.CardKind, o certstest.CardOptions) *certs.Certificate {
		o.WithoutRSA = true
		card, err := p.Card(kind, o)
		require.NoError(t, err)
		return card.Identities[0].Certificate
	}
	smcb := first(certstest.SMCB, certstest.CardOptions{ICCSN: "80276883110000012345", TelematikID: "5-2KHAUS-1", Role: 53})
	require.Equal(t, certs.ICCSN("80276883110000012345"), smcb.ICCSN())
	require.Equal(t, certs.TelematikID("5-2KHAUS-1"), smcb.TelematikID())
	require.Equal(t, "Krankenhaus und Vorsorge- und Rehaeinrichtungen", smcb.TelematikID().Sector())
	require.Equal(t, []certs.Role{certs.RoleKrankenhaus}, smcb.Roles())
	require.Equal(t, certs.RoleInstitution, smcb.Roles()[0].Kind())
	require.Empty(t, smcb.KVNR())
	require.Equal(t, "C.HCI.AUT", smcb.Kind())
	require.NotEqual(t, "***", smcb.DisplayName())

	egk := first(certstest.EGK, certstest.CardOptions{KVNR: "X110400001", Name: "Kanari Vogel"})
	require.Equal(t, "X110400001", string(egk.KVNR()))
	require.Equal(t, "***", egk.DisplayName())
	require.Empty(t, egk.ICCSN())
	require.Empty(t, egk.TelematikID())
	require.True(t, egk.HasRole(certs.RoleVersicherter))

	box := first(certstest.GSMCK, certstest.CardOptions{ICCSN: "80276001080000000001"})
	require.Equal(t, certs.ICCSN("80276001080000000001"), box.ICCSN())
	require.True(t, box.HasRole(certs.RoleAnwendungskonnektor))
	require.True(t, box.HasType(certs.TypeAKAUT))

	unit := first(certstest.GSMCK, certstest.CardOptions{Changes: []certstest.Change{func(tpl *certstest.Template) {
		tpl.Subject.OrganizationalUnit, tpl.Subject.CommonName = []string{"X110400001"}, "box"
	}}})
	require.Empty(t, unit.KVNR(), "only certificates of insured persons have one")
	require.Empty(t, unit.ICCSN())
	require.Equal(t, "root CA", p.Root(2).Certificate.Kind())
	require.Equal(t, "CA", p.TSLCA(1).Certificate.Kind())
	signer, err := p.TSLSigner(p.TSLCA(1))
	require.NoError(t, err)
	require.Equal(t, "C.TSL.SIG", signer.Certificate.Kind())
	require.True(t, signer.Certificate.IsTSLSigner())
	require.NoError(t, signer.Certificate.CheckProfile(certs.TypeTSLSIG))
	responder, err := p.OCSPSigner(p.TSLCA(1))
	require.NoError(t, err)
	require.Equal(t, "C.GEM.OCSP", responder.Certificate.Kind())
}

func TestFormsOfIdentifiers(t *testing.T) {
	for id, valid := range map[certs.TelematikID]bool{
		"1-1": true, "10-abc": true, "5-SMC-B-Testkarte-883110000012345": true, "3-10.3.1234567000.10.999": true,
		"": false, "1-": false, "-1": false, "100-1": false, "a-1": false, "11": false,
		certs.TelematikID("1-" + strings.Repeat("1", 126)): true, certs.TelematikID("1-" + strings.Repeat("1", 127)): false,
	} {
		require.Equal(t, valid, id.Valid(), string(id))
	}
	require.Equal(t, "Gesundheitshandwerke", certs.TelematikID("11-1").Sector())
	require.Empty(t, certs.TelematikID("6-1").Sector())
	for n, valid := range map[certs.ICCSN]bool{
		"80276883110000012345": true, "8027688311000001234": false, "802768831100000123456": false,
		"90276883110000012345": false, "8027688311000001234x": false, "": false,
	} {
		require.Equal(t, valid, n.Valid(), string(n))
	}
	for k, valid := range map[certs.KVNR]bool{"X110400001": true, "x110400001": false, "X11040000": false, "X11040000A": false, "": false} {
		require.Equal(t, valid, k.Valid(), string(k))
	}
}

func TestKVNRIsMasked(t *testing.T) {
	k := certs.KVNR("X110400001")
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "kvnr", k)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "kvnr", k)
	text, err := json.Marshal(struct{ K certs.KVNR }{k})
	require.NoError(t, err)
	log.Write(text)
	fmt.Fprintf(&log, "%s %v %+v %#v %q %x %d %v", k, k, k, k, k, k, k, []certs.KVNR{k})
	require.NotContains(t, log.String(), "110400001")
	require.NotContains(t, log.String(), fmt.Sprintf("%x", "110400001"))
	require.Contains(t, log.String(), "***")
	require.Empty(t, certs.KVNR("").String())
}

func TestTypesAndRolesByObjectIdentifier(t *testing.T) {
	typ, ok := certs.TypeByOID(asn1.ObjectIdentifier{1, 2, 276, 0, 76, 4, 79})
	require.True(t, ok)
	require.Equal(t, certs.TypeAKAUT, typ)
	require.Equal(t, "1.2.276.0.76.4.79", typ.OID().String())
	require.Equal(t, certs.HolderGSMCK, typ.Holder())
	typ, ok = certs.TypeByName("C.HP.QES")
	require.True(t, ok)
	require.Equal(t, certs.TypeHPQES, typ)
	text, err := json.Marshal([]certs.Type{typ, 9999})
	require.NoError(t, err)
	require.JSONEq(t, `["C.HP.QES","1.2.276.0.76.4.9999"]`, string(text))
	var types []certs.Type
	require.NoError(t, json.Unmarshal(text, &types))
	require.Equal(t, []certs.Type{certs.TypeHPQES, 9999}, types)
	require.Error(t, json.Unmarshal([]byte(`["C.X"]`), &types))
	require.Error(t, json.Unmarshal([]byte(`["1.2.276.0.76.4.x"]`), &types))
	for _, oid := range []asn1.ObjectIdentifier{{1, 2, 276, 0, 76, 4, 163}, {1, 2, 276, 0, 76, 5, 79}, {1, 2, 276, 0, 76, 4}, {1, 2, 276, 0, 76, 4, 79, 1}, nil} {
		_, ok := certs.TypeByOID(oid)
		require.False(t, ok, oid.String())
	}
	_, ok = certs.TypeByName("C.X")
	require.False(t, ok)
	role, ok := certs.RoleByOID(asn1.ObjectIdentifier{1, 2, 276, 0, 76, 4, 50})
	require.True(t, ok)
	require.Equal(t, "Betriebsstätte Arzt", role.String())
	require.Equal(t, "1.2.276.0.76.4.50", role.OID().String())
	require.Equal(t, "1.2.276.0.76.4.9999", certs.Role(9999).String())
	require.Empty(t, certs.Role(9999).Kind())
	require.Equal(t, certs.RoleTechnical, certs.RoleTSLDienst.Kind())
	require.Equal(t, certs.RolePerson, certs.Role(277).Kind())
}

func TestRenewals(t *testing.T) {
	p := lightPKI(t)
	card, err := p.Card(certstest.GSMCK, certstest.CardOptions{WithoutRSA: true})
	require.NoError(t, err)
	original := card.Certificates()[0]
	renew := func(changes ...certstest.Change) *certs.Certificate {
		renewed, err := card.Renew(p.At(), original.NotAfter.AddDate(1, 0, 0), changes...)
		require.NoError(t, err)
		return renewed.Certificates()[0]
	}
	require.NoError(t, certs.CheckRenewal(original, renew()))
	other, err := p.Card(certstest.GSMCK, certstest.CardOptions{WithoutRSA: true})
	require.NoError(t, err)
	twin, err := p.Card(certstest.GSMCK, certstest.CardOptions{WithoutRSA: true, ICCSN: card.ICCSN})
	require.NoError(t, err)
	sameSerial := func(tpl *certstest.Template) { tpl.Serial = original.SerialNumber }
	for fault, c := range map[certs.RenewalFault]*certs.Certificate{
		certs.RenewalType:   card.Certificates()[1],
		certs.RenewalICCSN:  other.Certificates()[0],
		certs.RenewalCrypt:  twin.Certificates()[0],
		certs.RenewalDate:   renew(certstest.Valid(p.At(), original.NotAfter)),
		certs.RenewalSerial: renew(sameSerial),
	} {
		require.ErrorIs(t, certs.CheckRenewal(original, c), fault)
	}
	require.ErrorIs(t, certs.CheckRenewal(renew(), original), certs.RenewalDate)
	require.ErrorIs(t, certs.CheckRenewal(p.Root(2).Certificate, p.Root(2).Certificate), certs.RenewalType)
}
