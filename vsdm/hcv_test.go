package vsdm_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/libkonnektor/libkonnektor/vsdm"
	"github.com/stretchr/testify/require"
)

func TestHashCheckValue(t *testing.T) {
	h, err := vsdm.HashCheckValue(day("20180111"), "Beispielstrasse") // test vector of A_27352
	require.NoError(t, err)
	require.Equal(t, "17d643edc2", hex.EncodeToString(h[:]))
	require.Equal(t, "F9ZD7cI", h.String())

	trimmed, err := vsdm.HashCheckValue(day("20180111"), " \tBeispielstrasse\n")
	require.NoError(t, err)
	require.Equal(t, h, trimmed)

	empty, err := vsdm.HashCheckValue(day("20180111"), "")
	require.NoError(t, err)
	require.NotEqual(t, h, empty)

	// The street counts in ISO-8859-15, where these three have one byte each.
	special, err := vsdm.HashCheckValue(day("20180111"), "€Šü")
	require.NoError(t, err)
	require.Equal(t, sum("20180111\xA4\xA6\xFC"), special)

	for _, strasse := range []string{"Straße ¤ 1", "улица", "\xff"} {
		_, err = vsdm.HashCheckValue(day("20180111"), strasse)
		require.Error(t, err)
		require.NotContains(t, err.Error(), strasse)
	}
	for _, beginn := range []vsdm.Date{{}, {Year: -1}} {
		_, err = vsdm.HashCheckValue(beginn, "Beispielstrasse")
		require.Error(t, err)
	}
}

func TestHCVOfVSD(t *testing.T) {
	v := new(vsdm.VSD)
	v.AllgemeineVersicherungsdaten.Versicherungsschutz.Beginn = day("20180111")
	h, err := v.HCV()
	require.NoError(t, err)
	require.Equal(t, sum("20180111"), h, "without street")
	v.PersoenlicheVersichertendaten.Person.StrassenAdresse = &vsdm.StrassenAdresse{Strasse: "Beispielstrasse"}
	h, err = v.HCV()
	require.NoError(t, err)
	require.Equal(t, "F9ZD7cI", h.String())
}

func sum(s string) (h vsdm.HCV) {
	digest := sha256.Sum256([]byte(s))
	copy(h[:], digest[:])
	h[0] &= 0x7F
	return h
}
