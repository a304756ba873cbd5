package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
)

func TestDemo(t *testing.T) {
	var out strings.Builder
	require.NoError(t, demo(t.Context(), &out))
	text := out.String()
	for n := 1; n <= 2; n++ {
		p := vsdmtest.Person(n)
		require.Contains(t, text, p.First+" "+p.Last)
		require.Contains(t, text, p.Insurer.Name)
	}
	require.Equal(t, 2, strings.Count(text, "Die Karte gilt als Leistungsnachweis"))
	require.Less(t, strings.Index(text, "E 2, "), strings.Index(text, "E 3, "))
	require.Contains(t, text, "Online-Prüfung beim nächsten Besuch im Quartal wiederholen")
	for line := range strings.Lines(text) {
		require.LessOrEqual(t, len([]rune(strings.TrimSuffix(line, "\n"))), 110)
	}
}
