package operations

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/seclog"
)

func TestGermanValues(t *testing.T) {
	on, days := true, 180
	for english, want := range map[string]string{
		"on": "an",
		seclog.Values{SuccessfulCryptoOps: &on, SecurityLogDays: &days, Modules: []seclog.ModuleValues{
			{Name: "system", Level: "WARNING", Days: &days, Performance: &on}, {Name: "vsdm", Days: &days}, {Name: "epa", Performance: &on},
		}}.String(): "erfolgreiche Kryptooperationen an; Sicherheitsprotokoll 180 Tage; " +
			"Systemprotokoll: Stufe Warnung, 180 Tage, Performance an; VSDM: 180 Tage; ePA: Performance an",
		"system 10 days, amts 10 days, vsdm 10 days, other 20 days": "Systemprotokoll, AMTS, VSDM: 10 Tage; OTHER: 20 Tage",
		"list 10286": "Liste 10286",
		"list 10287, valid until 2025-03-30, announces trust anchor GEM.TSL-CA4": "Liste 10287, gültig bis 30.03.2025, kündigt den Vertrauensanker GEM.TSL-CA4 an",
		"states of an outdated list, or no VPN":                                  "Zustände einer veralteten Liste oder keine VPN-Verbindung",
		"SMC-K_ORIGINAL, RSA-2048 until 2025-12-31, serial 4711":                 "ursprüngliche Identität, RSA-2048 bis 31.12.2025, Seriennummer 4711",
		"VPN up, 2 terminals connected, 1 SMC-B, 1 of them unlocked":             "VPN-Verbindung besteht, verbundene Kartenterminals: 2, SMC-B: 1, davon entsperrt: 1",
		"something, of another fix":                                              "something, of another fix",
		"":                                                                       "",
	} {
		require.Equal(t, want, germanValue(english), english)
	}
	require.Equal(t, "a", germanValue("a\x1b"))
}

// The words of whoever consented stay theirs.
func TestWordsOfOthersStay(t *testing.T) {
	for words, want := range map[string]string{
		"Wartungsvertrag, on, list 7":                                "Wartungsvertrag, on, list 7",
		"given in advance by whoever started konnektorctl fix apply": "vorab erteilt von dem, der konnektorctl fix apply gestartet hat",
	} {
		require.Equal(t, "Erlaubt: "+want, germanRecord(&fix.Record{Event: fix.EventConsent, Words: words}))
	}
}
