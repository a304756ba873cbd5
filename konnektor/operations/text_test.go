package operations

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

func TestText(t *testing.T) {
	for name, c := range map[string]struct{ op, answer, want string }{
		"a column that is empty is left out": {"cards",
			`{"cards":[{"type_de":"KVK","terminal_id":"T1","slot":2,"holder":"","handle":"h"},{"type_de":"Gesundheitskarte","terminal_id":"T22","slot":11,"handle":"i"}]}`,
			"Karten\n" +
				"  Typ               Terminal  Steckplatz  Kartenkennung\n" +
				"  KVK               T1        2           h\n" +
				"  Gesundheitskarte  T22       11          i\n"},
		"nothing": {"cards", `{"cards":[]}`, "Karten:  keine\n"},
		"a warning": {"cards", `{"cards":[],"warning":{"text_de":"Achtung.","code":4001}}`,
			"Karten:  keine\n\nWarnung: Achtung.\n"},
		"nothing steers the terminal": {"terminal",
			`{"terminal":{"id":"T1","name":"a\u001b[31mb\nc\u202ed\u0085","workplaces":["A","B\u0007"]}}`,
			"Kartenterminal\n  Terminal:       T1\n  Name:           a [31mb c d \n  Arbeitsplätze:  A, B \n"},
		"not told": {"pin.status", `{"pins":[{"pin_type":"PIN.SMC","state_de":"gesperrt","left_tries":-1}]}`,
			"PIN\n  PIN      Zustand   Versuche\n  PIN.SMC  gesperrt  unbekannt\n"},
		"other types than described": {"cards", `{"cards":{"type_de":{"a":1},"slot":[2],"holder":7},"warning":[]}`,
			"Warnung:  keine\n\nKarten\n  Inhaber:  7\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Text(c.op, []byte(c.answer))
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
	for _, answer := range []string{``, `null`, `[]`, `{`, `"a"`, `{"cards":[]} x`} {
		_, err := Text("cards", []byte(answer))
		require.Error(t, err, answer)
		require.Equal(t, KindInternal, err.(*Error).Kind)
	}
	_, err := Text("cards.eat", []byte(`{}`))
	require.Equal(t, KindUnknownOperation, err.(*Error).Kind)
}

func TestGermanDates(t *testing.T) {
	require.Equal(t, "31.01.2026", germanDate("2026-01-31"))
	require.Equal(t, "07.1950", germanDate("1950-07"))
	require.Equal(t, "1950", germanDate("1950"))
	require.Equal(t, "", germanDate(""))
	moment := time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC)
	require.Equal(t, moment.Local().Format("02.01.2006 15:04"), germanDateTime(dateTime(moment)))
	require.Equal(t, "morgen", germanDateTime("morgen"))
	require.Empty(t, dateTime(time.Time{})+date(time.Time{}))
}

func TestUnknownValuesStandForThemselves(t *testing.T) {
	require.Equal(t, "XYZ", germanCardType("XYZ"))
	require.Equal(t, german{what: "XYZ"}, germanPIN("XYZ"))
	require.Equal(t, "EC_New", germanCondition("EC_New"))
	require.Equal(t, "Awful", germanSeverity("Awful"))
	require.Equal(t, "Fehler 41999", germanCode(41999))
	require.Equal(t, "Das Ergebnis der Prüfung ist nicht lesbar", germanErgebnis(0))
	require.Equal(t, "Keine Verbindung zur TI", germanCondition("EC_NO_VPN_TI_CONNECTION"))
	require.Equal(t, german{"Der Konnektor meldet Fehler 9999.", remedyGerman[konnektor.RemedyAdmin]},
		germanFault(konnektor.Trace{Code: 9999}, ""))
	require.Equal(t, "Die Karte wird gerade von einem anderen Vorgang benutzt. (Fehler 4093)",
		germanFault(konnektor.Trace{Code: 4093}, "").what)
}

func TestYesAndNo(t *testing.T) {
	for _, line := range []string{"j", "J\n", " ja ", "JA\r\n"} {
		require.True(t, IsYes(line), "%q", line)
	}
	for _, line := range []string{"", "\n", "n", "nein", "jawohl", "y", "yes", "jj"} {
		require.False(t, IsYes(line), "%q", line)
	}
}
