package judgetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/vsdm"
)

// vsdDocuments are what the gSOAP server packs into its ReadVSD answer: made up
// by hand after the schemas, three of them in ISO-8859-15 with the characters in
// which it differs from ISO-8859-1.
var vsdDocuments = map[string]string{
	"pd": latin9 + `<UC_PersoenlicheVersichertendatenXML xmlns="http://ws.gematik.de/fa/vsdm/vsd/v5.2" CDM_VERSION="5.2.0"><Versicherter>` +
		`<Versicherten_ID>X110411319</Versicherten_ID><Person><Geburtsdatum>19710200</Geburtsdatum><Vorname>Zo` + "\xeb" + `</Vorname>` +
		`<Nachname>` + "\xa6" + `tr` + "\xf6" + `m-` + "\xd8" + `rsted</Nachname><Geschlecht>X</Geschlecht><StrassenAdresse><Postleitzahl>99999</Postleitzahl>` +
		`<Ort>Musterstadt</Ort><Land><Wohnsitzlaendercode>D</Wohnsitzlaendercode></Land><Strasse>Am ` + "\xbc" + `uvre</Strasse>` +
		`<Hausnummer>7a</Hausnummer></StrassenAdresse></Person></Versicherter></UC_PersoenlicheVersichertendatenXML>`,
	"vd": latin9 + `<UC_AllgemeineVersicherungsdatenXML xmlns="http://ws.gematik.de/fa/vsdm/vsd/v5.2" CDM_VERSION="5.2.0"><Versicherter>` +
		`<Versicherungsschutz><Beginn>20180101</Beginn><Kostentraeger><Kostentraegerkennung>999999999</Kostentraegerkennung>` +
		`<Kostentraegerlaendercode>D</Kostentraegerlaendercode><Name>Musterkasse ` + "\xa4" + `</Name></Kostentraeger></Versicherungsschutz>` +
		`<Zusatzinfos><ZusatzinfosGKV><Versichertenart>3</Versichertenart><Zusatzinfos_Abrechnung_GKV><WOP>38</WOP>` +
		`</Zusatzinfos_Abrechnung_GKV></ZusatzinfosGKV></Zusatzinfos></Versicherter></UC_AllgemeineVersicherungsdatenXML>`,
	"gvd": latin9 + `<UC_GeschuetzteVersichertendatenXML xmlns="http://ws.gematik.de/fa/vsdm/vsd/v5.2" CDM_VERSION="5.2.0">` +
		`<Zuzahlungsstatus><Status>1</Status><Gueltig_bis>20261231</Gueltig_bis></Zuzahlungsstatus>` +
		`<Selektivvertraege><Aerztlich>9</Aerztlich><Zahnaerztlich>0</Zahnaerztlich></Selektivvertraege></UC_GeschuetzteVersichertendatenXML>`,
	"pn": `<PN xmlns="http://ws.gematik.de/fa/vsdm/pnw/v1.0" CDM_VERSION="1.0.0"><TS>20260102030405</TS><E>3</E><EC>12103</EC></PN>`,
}

const latin9 = `<?xml version="1.0" encoding="ISO-8859-15"?>`

func TestGSOAPServerReadVSD(t *testing.T) {
	s := startGSOAP(t)
	v, err := vsdm.Read(t.Context(), s.client(t, "practice"), vsdm.Request{EGK: "egk-1", SMCB: "smcb-1", Mode: vsdm.ModeFirst})
	require.NoError(t, err)
	s.received(t, "ReadVSD", " EhcHandle=egk-1 HpcHandle=smcb-1 PerformOnlineCheck=true ReadOnlineReceipt=true")
	require.Empty(t, v.Warnings)

	pd := v.PersoenlicheVersichertendaten
	require.EqualValues(t, "X110411319", string(pd.VersichertenID))
	require.Equal(t, "Zoë", pd.Person.Vorname)
	require.Equal(t, "Štröm-Ørsted", pd.Person.Nachname)
	require.Equal(t, vsdm.Date{Year: 1971, Month: 2}, pd.Person.Geburtsdatum, "the day is not known")
	require.Equal(t, "Am Œuvre", pd.Person.StrassenAdresse.Strasse)
	vd := v.AllgemeineVersicherungsdaten
	require.Equal(t, "Musterkasse €", vd.Versicherungsschutz.Kostentraeger.Name)
	require.EqualValues(t, "38", vd.ZusatzinfosGKV.WOP)
	require.True(t, v.GeschuetzteVersichertendaten.Zuzahlungsstatus.Status)
	require.Equal(t, "5.2.0", v.Status.Version)
	require.True(t, someTime.Equal(v.Status.Timestamp))
	require.Equal(t, vsdm.ErgebnisUpdateFailed, v.Pruefungsnachweis.Ergebnis)
	require.Equal(t, konnektor.Code(12103), v.Pruefungsnachweis.ErrorCode)
	require.Equal(t, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), v.Pruefungsnachweis.Timestamp.UTC())
}

func TestGSOAPServerReadVSDFault(t *testing.T) {
	s := startGSOAP(t)
	_, err := vsdm.Read(t.Context(), s.client(t, "practice"), vsdm.Request{EGK: "egk-1", SMCB: "locked", Mode: vsdm.ModeAlways})
	var fault *konnektor.Error
	require.ErrorAs(t, err, &fault)
	require.Equal(t, []konnektor.Trace{gsoapTrace(3041, "Error", "SM-B nicht freigeschaltet")}, fault.Trace)
}
