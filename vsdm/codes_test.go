package vsdm_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/libkonnektor/libkonnektor/konnektor/schematest"
	"github.com/libkonnektor/libkonnektor/vsdm"
	"github.com/stretchr/testify/require"
)

func TestMeanings(t *testing.T) {
	for _, c := range []string{"1", "3", "5"} {
		require.NotEmpty(t, vsdm.Versichertenart(c).Meaning(), c)
	}
	require.Empty(t, vsdm.Versichertenart("2").Meaning())
	for _, c := range []string{"M", "W", "X", "D"} {
		require.NotEmpty(t, vsdm.Geschlecht(c).Meaning(), c)
	}
	require.Empty(t, vsdm.Geschlecht("m").Meaning())
	regions := map[string]bool{}
	for _, c := range strings.Fields("01 02 03 17 20 38 46 51 52 71 72 73 78 83 88 93 98") {
		regions[vsdm.WOP(c).Region()] = true
	}
	require.Len(t, regions, 17)
	require.NotContains(t, regions, "")
	require.Empty(t, vsdm.WOP("1").Region())
	for _, c := range []string{"4", "6", "7", "8", "9", "09"} {
		require.NotEmpty(t, vsdm.BesonderePersonengruppe(c).Meaning(), c)
	}
	require.Empty(t, vsdm.BesonderePersonengruppe("5").Meaning())
	require.Empty(t, vsdm.BesonderePersonengruppe("").Meaning())
	for _, c := range []string{"01", "02", "03", "04", "4"} {
		require.NotEmpty(t, vsdm.Tarifart(c).Meaning(), c)
	}
	require.Empty(t, vsdm.Tarifart("00").Meaning())
}

func TestProgrammes(t *testing.T) {
	require.Equal(t, []vsdm.DMP{vsdm.DMPDiabetes2}, vsdm.DMPKennzeichnung("1").Programmes())
	require.Equal(t, []vsdm.DMP{vsdm.DMPDiabetes2}, vsdm.DMPKennzeichnung("01").Programmes())
	require.Equal(t, []vsdm.DMP{vsdm.DMPOsteoporose}, vsdm.DMPKennzeichnung("11").Programmes())
	require.Equal(t, []vsdm.DMP{vsdm.DMPDiabetes2, vsdm.DMPKHK}, vsdm.DMPKennzeichnung("30").Programmes())
	require.Equal(t, []vsdm.DMP{vsdm.DMPBrustkrebs, vsdm.DMPCOPD, vsdm.DMPDiabetes1, vsdm.DMPKHK}, vsdm.DMPKennzeichnung("58").Programmes())
	for _, c := range []string{"", "0", "12", "29", "59", "99", "100", "x", "-1", "3 "} {
		require.Nil(t, vsdm.DMPKennzeichnung(c).Programmes(), c)
	}
	seen := map[string]string{}
	for n := 1; n <= 58; n++ {
		code := strconv.Itoa(n)
		p := vsdm.DMPKennzeichnung(code).Programmes()
		if n > 11 && n < 30 {
			continue
		}
		require.NotEmpty(t, p, code)
		for _, d := range p {
			require.NotEmpty(t, d.Meaning())
		}
		require.Empty(t, seen[fmt.Sprint(p)], "%s repeats", code)
		seen[fmt.Sprint(p)] = code
	}
	require.Empty(t, vsdm.DMP(0).Meaning())
	require.Empty(t, vsdm.DMP(12).Meaning())
}

// germanDMP are the words for the programmes in the list of the schema.
var germanDMP = map[string]vsdm.DMP{
	"Diabetes Typ 2": vsdm.DMPDiabetes2, "Diabetes Typ 1": vsdm.DMPDiabetes1, "Brustkrebs": vsdm.DMPBrustkrebs,
	"KHK": vsdm.DMPKHK, "Asthma": vsdm.DMPAsthma, "COPD": vsdm.DMPCOPD,
}

// TestCodesAgainstSchema holds the lists against the comments of the official
// schema.
func TestCodesAgainstSchema(t *testing.T) {
	file, err := os.ReadFile(filepath.Join(schematest.Dir(t), "fa", "vsds", "Schema_VSD.xsd"))
	require.NoError(t, err)
	list := func(after, before string) [][]string {
		_, rest, found := strings.Cut(string(file), after)
		require.True(t, found)
		rest, _, found = strings.Cut(rest, before)
		require.True(t, found)
		return regexp.MustCompile(`(?m)^(\d\d) = (.*?)\s*$`).FindAllStringSubmatch(rest, -1)
	}
	regions := list("erforderlich.", "Anlage 21 BMV")
	require.Len(t, regions, 17)
	for _, l := range regions {
		name := strings.TrimSuffix(l[2], "s") // the schema says Bayerns
		require.Equal(t, name, strings.TrimSuffix(vsdm.WOP(l[1]).Region(), "s"))
	}
	combinations := list("nicht valider Wertebereich)", "59...99")
	require.Len(t, combinations, 29)
	for _, l := range combinations {
		var want []vsdm.DMP
		for _, word := range regexp.MustCompile(`, | und `).Split(l[2], -1) {
			require.Contains(t, germanDMP, word)
			want = append(want, germanDMP[word])
		}
		require.ElementsMatch(t, want, vsdm.DMPKennzeichnung(l[1]).Programmes(), "%s = %s", l[1], l[2])
	}
}
