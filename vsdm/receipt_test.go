package vsdm_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/vsdm"
	"github.com/stretchr/testify/require"
)

func pn(inner string) []byte {
	return []byte(`<PN xmlns="http://ws.gematik.de/fa/vsdm/pnw/v1.0" CDM_VERSION="1.0.0">` + inner + `</PN>`)
}

// pz1 is a Pruefziffer of version 1.
func pz1(kvnr, seconds, rest string) string {
	return base64.StdEncoding.EncodeToString([]byte(kvnr + seconds + rest + strings.Repeat("\x9a", 24)))
}

func TestDecodePruefungsnachweis(t *testing.T) {
	at := time.Date(2026, 7, 4, 8, 15, 30, 0, time.UTC)
	for e := vsdm.Ergebnis(1); e <= 6; e++ {
		raw := pack(t, pn(fmt.Sprintf("<TS>20260704081530</TS><E>%d</E>", e)))
		p, warnings, err := vsdm.DecodePruefungsnachweis(raw)
		require.NoError(t, err)
		require.Empty(t, warnings)
		require.Equal(t, &vsdm.Pruefungsnachweis{CDMVersion: "1.0.0", Timestamp: at, Ergebnis: e, Raw: raw}, p)
		require.Equal(t, base64.StdEncoding.EncodeToString(raw), p.Base64())
	}
	p, warnings, err := vsdm.DecodePruefungsnachweis(pack(t, pn("<TS>20260704081530</TS><E>3</E><EC>12999</EC>")))
	require.NoError(t, err)
	require.Empty(t, warnings)
	require.Equal(t, konnektor.CodeUpdateBackend, p.ErrorCode)
	require.Equal(t, "E 3 EC 12999 at 2026-07-04T08:15:30Z", p.String())

	private := strings.Replace(string(pn("<TS>20260704081530</TS><E>2</E>")), `"1.0.0"`, `"1.0.0" KTR_TYP="1"`, 1)
	p, warnings, err = vsdm.DecodePruefungsnachweis(pack(t, []byte(private)))
	require.NoError(t, err)
	require.Empty(t, warnings)
	require.True(t, p.PKV)
}

// TestReceiptTolerated has receipts that break the schema and can be read.
func TestReceiptTolerated(t *testing.T) {
	const ts, e = "<TS>20260704081530</TS>", "<E>2</E>"
	warn := func(element string, p vsdm.Problem) vsdm.Warning {
		return vsdm.Warning{Document: "Pruefungsnachweis", Element: element, Problem: p}
	}
	cases := map[string]struct {
		inner    string
		want     vsdm.Warning
		ergebnis vsdm.Ergebnis
	}{
		"no time":           {e, warn("TS", vsdm.ProblemMissing), 2},
		"time in words":     {"<TS>now</TS>" + e, warn("TS", vsdm.ProblemForm), 2},
		"month 13":          {"<TS>20261304081530</TS>" + e, warn("TS", vsdm.ProblemForm), 2},
		"31 February":       {"<TS>20260231081530</TS>" + e, warn("TS", vsdm.ProblemForm), 2},
		"hour 24":           {"<TS>20260704241530</TS>" + e, warn("TS", vsdm.ProblemForm), 2},
		"minute 60":         {"<TS>20260704086030</TS>" + e, warn("TS", vsdm.ProblemForm), 2},
		"second 60":         {"<TS>20260704081560</TS>" + e, warn("TS", vsdm.ProblemForm), 2},
		"signed clock":      {"<TS>20260704+81530</TS>" + e, warn("TS", vsdm.ProblemForm), 2},
		"no result":         {ts, warn("E", vsdm.ProblemMissing), 0},
		"result 0":          {ts + "<E>0</E>", warn("E", vsdm.ProblemForm), 0},
		"result 7":          {ts + "<E>7</E>", warn("E", vsdm.ProblemForm), 7},
		"result in words":   {ts + "<E>good</E>", warn("E", vsdm.ProblemForm), 0},
		"error code":        {ts + "<E>3</E><EC>many</EC>", warn("EC", vsdm.ProblemForm), 3},
		"long error code":   {ts + "<E>3</E><EC>123456</EC>", warn("EC", vsdm.ProblemForm), 3},
		"PZ no base64":      {ts + e + "<PZ>%%%</PZ>", warn("PZ", vsdm.ProblemPZ), 2},
		"PZ empty":          {ts + e + "<PZ/>", warn("PZ", vsdm.ProblemPZ), 2},
		"PZ short":          {ts + e + "<PZ>" + base64.StdEncoding.EncodeToString(make([]byte, 46)) + "</PZ>", warn("PZ", vsdm.ProblemPZ), 2},
		"PZ without KVNR":   {ts + e + "<PZ>" + pz1("x000000000", "1783152930", "UT2") + "</PZ>", warn("PZ", vsdm.ProblemPZ), 2},
		"PZ without time":   {ts + e + "<PZ>" + pz1("X000000000", "17831529x0", "UT2") + "</PZ>", warn("PZ", vsdm.ProblemPZ), 2},
		"PZ with controls":  {ts + e + "<PZ>" + pz1("X000000000", "1783152930", "U\x002") + "</PZ>", warn("PZ", vsdm.ProblemPZ), 2},
		"PZ operator 26":    {ts + e + "<PZ>" + base64.StdEncoding.EncodeToString(append([]byte{0x80 + 26*4}, make([]byte, 46)...)) + "</PZ>", warn("PZ", vsdm.ProblemPZ), 2},
		"unknown element":   {ts + e + "<X>1</X>", warn("", vsdm.ProblemUnread), 2},
		"foreign namespace": {ts + e + `<E xmlns="urn:x">1</E>`, warn("", vsdm.ProblemUnread), 2},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p, warnings, err := vsdm.DecodePruefungsnachweis(pack(t, pn(c.inner)))
			require.NoError(t, err)
			require.Equal(t, []vsdm.Warning{c.want}, warnings)
			require.Equal(t, c.ergebnis, p.Ergebnis)
		})
	}
}

func TestReceiptRevision(t *testing.T) {
	other := strings.Replace(string(pn("<TS>20260704081530</TS><E>2</E>")), "pnw/v1.0", "pnw/v2.0", 1)
	p, warnings, err := vsdm.DecodePruefungsnachweis(pack(t, []byte(other)))
	require.NoError(t, err)
	require.Equal(t, []vsdm.Warning{{Document: "Pruefungsnachweis", Problem: vsdm.ProblemRevision}}, warnings)
	require.Equal(t, vsdm.ErgebnisNoUpdate, p.Ergebnis)

	other = strings.Replace(string(pn("<TS>20260704081530</TS><E>2</E>")), `"1.0.0"`, `"2.0.0"`, 1)
	_, warnings, err = vsdm.DecodePruefungsnachweis(pack(t, []byte(other)))
	require.NoError(t, err)
	require.Equal(t, []vsdm.Warning{{Document: "Pruefungsnachweis", Element: "CDM_VERSION", Problem: vsdm.ProblemRevision}}, warnings)
}

func TestPruefziffer(t *testing.T) {
	decode := func(pz string) *vsdm.Pruefziffer {
		p, warnings, err := vsdm.DecodePruefungsnachweis(pack(t, pn("<TS>20260704081530</TS><E>2</E><PZ>"+pz+"</PZ>")))
		require.NoError(t, err)
		require.Empty(t, warnings)
		return p.Pruefziffer
	}
	one := decode(pz1("A123456780", "1783152930", "VT3"))
	require.Equal(t, 1, one.Version)
	require.Equal(t, konnektor.KVNR("A123456780"), one.KVNR)
	require.True(t, time.Date(2026, 7, 4, 8, 15, 30, 0, time.UTC).Equal(one.Time))
	require.Equal(t, vsdm.AnlassVSDUpdate, one.Anlass)
	require.Equal(t, "T", one.Betreiber)
	require.Equal(t, "3", one.KeyVersion)
	require.Len(t, one.Raw, 47)

	broken := pz1("A123456780", "1783152930", "VT3")
	broken = " " + broken[:20] + "\n " + broken[20:] + " "
	require.Equal(t, one, decode(broken), "white space")

	for operator := range 26 {
		for key := range 4 {
			raw := make([]byte, 47)
			raw[0] = byte(0x80 + operator*4 + key)
			two := decode(base64.StdEncoding.EncodeToString(raw))
			require.Equal(t, 2, two.Version)
			require.Equal(t, string(rune('A'+operator)), two.Betreiber)
			require.Equal(t, fmt.Sprint(key), two.KeyVersion)
			require.Empty(t, two.KVNR)
			require.Zero(t, two.Time)
		}
	}
}

func TestBetter(t *testing.T) {
	at := func(e vsdm.Ergebnis) *vsdm.Pruefungsnachweis { return &vsdm.Pruefungsnachweis{Ergebnis: e} }
	worth := map[vsdm.Ergebnis]int{1: 3, 2: 3, 3: 2, 5: 2, 6: 2, 4: 1, 0: 0, 7: 0}
	for s := vsdm.Ergebnis(0); s <= 7; s++ {
		for l := vsdm.Ergebnis(0); l <= 7; l++ {
			stored, later := at(s), at(l)
			want := stored
			if worth[l] > worth[s] {
				want = later
			}
			require.Same(t, want, vsdm.Better(stored, later), "stored %d, later %d", s, l)
		}
	}
	require.Nil(t, vsdm.Better(nil, nil))
	p := at(4)
	require.Same(t, p, vsdm.Better(nil, p))
	require.Same(t, p, vsdm.Better(p, nil))
}
