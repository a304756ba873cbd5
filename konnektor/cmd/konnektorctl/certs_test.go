package main

import (
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

// cardFile writes the certificates of a terminal's card to a file.
func cardFile(t *testing.T) string {
	t.Helper()
	card, err := certstest.New(t).Card(certstest.GSMCKT, certstest.CardOptions{ICCSN: "80276883110000000017"})
	require.NoError(t, err)
	var pem strings.Builder
	for _, id := range card.Identities {
		pem.Write(id.CertificatePEM())
	}
	return write(t, "gsmckt.pem", pem.String())
}

func TestCertificatesOfFiles(t *testing.T) {
	file := cardFile(t)
	r := withoutSettings(t, "certs", "show", file, "--at", "2026-07-15")
	require.Equal(t, exitOK, r.code, r.stderr)
	require.Contains(t, r.stdout, "C.SMKT.AUT")
	require.Contains(t, r.stdout, "80276883110000000017")

	r = withoutSettings(t, "certs", "inventory", file, "--at", "2026-07-15")
	require.Equal(t, exitOK, r.code, r.stderr)
	require.Contains(t, r.stdout, "gsmckt.pem")
	require.Contains(t, r.stdout, "RSA-2048")
	require.Contains(t, r.stdout, "RSA wird abgeschaltet, außer für qualifizierte Signaturen")

	out := filepath.Join(t.TempDir(), "ti.ics")
	r = withoutSettings(t, "certs", "calendar", file, "--at", "2026-07-15", "--out", out, "--alarm", "30")
	require.Equal(t, exitOK, r.code, r.stderr)
	require.Empty(t, r.stdout)
	ics, err := os.ReadFile(out)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(ics), "BEGIN:VCALENDAR\r\n"))
	require.Contains(t, string(ics), "BEGIN:VALARM")

	r = withoutSettings(t, "certs", "calendar", file, "--at", "2026-07-15", "--alarm", "30")
	require.Equal(t, string(ics), r.stdout)
	requireSpreadsheet(t, file)
	requireCalendar(t, file)
	r = withoutSettings(t, "--json", "certs", "calendar", file, "--at", "2026-07-15")
	require.Contains(t, r.stdout, `"events":`)
}

// requireSpreadsheet reads the CSV of a file as a spreadsheet does.
func requireSpreadsheet(t *testing.T, file string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "ti.csv")
	r := withoutSettings(t, "certs", "inventory", file, "--at", "2026-07-15", "--out", out)
	require.Equal(t, exitOK, r.code, r.stderr)
	require.Empty(t, r.stdout)
	written, err := os.ReadFile(out)
	require.NoError(t, err)
	r = withoutSettings(t, "certs", "inventory", file, "--at", "2026-07-15", "--csv")
	require.Equal(t, string(written), r.stdout)
	text, marked := strings.CutPrefix(r.stdout, "\ufeff")
	require.True(t, marked, "spreadsheets take it for Latin-1 otherwise")
	reader := csv.NewReader(strings.NewReader(text))
	reader.Comma = ';'
	rows, err := reader.ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 3, "a header, RSA and ECC")
	row := map[string]string{}
	for i, name := range rows[0] {
		row[name] = rows[1][i]
	}
	require.Equal(t, "gsmckt.pem", row["Herkunft"])
	require.Equal(t, "C.SMKT.AUT", row["Typ"])
	require.Equal(t, "80276883110000000017", row["Kartennummer"])
	require.Equal(t, "gültig", row["Zustand"])
	require.Regexp(t, `^\d\d\.\d\d\.20\d\d$`, row["Gültig bis"])
	require.Regexp(t, `^\d+$`, row["Tage"])
	require.Contains(t, row["Termine"], "Ab hier warnt der Konnektor")
}

// requireCalendar has Python's icalendar read a calendar: its words are German.
func requireCalendar(t *testing.T, file string) {
	t.Helper()
	const python = "/usr/bin/python3"
	if exec.Command(python, "-c", "import icalendar").Run() != nil {
		t.Skip("no python3-icalendar: it is the judge of calendars")
	}
	cmd := exec.Command(python, "-c", `
import sys, icalendar
raw = sys.stdin.buffer.read()
assert raw.count(b"\n") == raw.count(b"\r\n"), "line ends"
assert max(map(len, raw.split(b"\r\n"))) <= 75, "long lines"
for e in icalendar.Calendar.from_ical(raw).walk("VEVENT"):
    assert not e.errors, e.errors
    print(e["summary"], e["description"], e["categories"].to_ical().decode(), sep="|")`)
	cmd.Env = append(cmd.Environ(), "PYTHONIOENCODING=utf-8")
	cmd.Stdin = strings.NewReader(withoutSettings(t, "certs", "calendar", file, "--at", "2026-07-15", "--past").stdout)
	read, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", read)
	for _, want := range []string{
		"gsmckt.pem: C.SMKT.AUT (RSA-2048): Zertifikat läuft ab", "Ab hier warnt der Konnektor", "|bis hier handeln",
		"Widerspruch: ", "Quelle: gemSpec_Kon 5.18.0, Betriebszustände", "Wie sicher: bestätigt",
	} {
		require.Contains(t, string(read), want)
	}
	for _, english := range []string{"expire", "issuer", "source", "evidence", "conflict"} {
		require.NotContains(t, string(read), english)
	}
}

func TestCertificatesOfPKCS12(t *testing.T) {
	const p12 = "../../../certs/p12/testdata"
	files, err := filepath.Glob(filepath.Join(p12, "*.p12"))
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("no PKCS#12 files in certs/p12/testdata")
	}
	t.Setenv(envPassword, "certainly not the password")
	r := withoutSettings(t, "certs", "show", files[0])
	require.Equal(t, exitUsage, r.code, r.stdout)
	require.Contains(t, r.stderr, "Das Passwort der Datei ist falsch.")
	require.NotContains(t, r.stderr+r.stdout, "certainly")
}

func TestCertificatesThatCannotBeRead(t *testing.T) {
	require.Equal(t, exitUsage, withoutSettings(t, "certs", "show", "/nonexistent").code)
	r := withoutSettings(t, "certs", "show", write(t, "text", "no certificate"))
	require.Equal(t, exitUsage, r.code)
	require.Contains(t, r.stderr, "Der Inhalt der Datei ist nicht lesbar.")
	require.Equal(t, exitUsage, withoutSettings(t, "certs", "inventory").code, "the Konnektor needs settings")
	require.Equal(t, exitUsage, withoutSettings(t, "certs", "show", "x", "--password-file", "/nonexistent").code)
	require.Equal(t, exitOK, withoutSettings(t, "certs").code)
}

func TestCertificatesOfTheKonnektor(t *testing.T) {
	k := simulator(t, konnektortest.ClientCertificate)
	k.Insert(konnektor.CardHBA, konnektortest.Holder("Dr. Muster"))
	file := config(t, k)
	r := ctl(t, "--config", file, "certs", "inventory")
	require.Equal(t, exitOK, r.code, r.stderr)
	for _, want := range []string{"TLS-Identität des Konnektors", "Zertifikat dieses Clientsystems", "C.HCI.AUT", "Nicht gelesen", "Heilberufsausweis"} {
		require.Contains(t, r.stdout, want)
	}
	require.NotContains(t, r.stdout, "C.HP.")
	r = ctl(t, "--config", file, "certs", "inventory", "--hba", cardFile(t))
	require.Equal(t, exitOK, r.code, r.stderr)
	require.Contains(t, r.stdout, "C.HP.QES")
	require.Contains(t, r.stdout, "C.SMKT.AUT")

	r = ctl(t, "--config", file, "certs", "show")
	require.Equal(t, exitOK, r.code, r.stderr)
	require.Contains(t, r.stdout, "TLS-Identität des Konnektors")
	require.Contains(t, r.stdout, "C.HCI.AUT")
	require.Contains(t, r.stdout, "Heilberufsausweis wurde nicht gelesen")
	require.NotContains(t, r.stdout, "C.HP.")
	r = ctl(t, "--config", file, "certs", "show", "--hba")
	require.Contains(t, r.stdout, "C.HP.AUT")

	r = ctl(t, "--config", file, "certs", "inventory", "--csv")
	require.Equal(t, exitOK, r.code, r.stderr)
	require.Contains(t, r.stdout, "TLS-Identität des Konnektors")
	require.Contains(t, r.stderr, "Heilberufsausweis", "what is not in it is told")

	r = ctl(t, "--config", file, "certs", "calendar", "--past")
	require.Equal(t, exitOK, r.code, r.stderr)
	require.Contains(t, r.stdout, "END:VCALENDAR")
	require.Contains(t, r.stderr, "Heilberufsausweis", "what is not in it is told")
}
