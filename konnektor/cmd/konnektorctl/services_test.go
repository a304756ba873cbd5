package main

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
)

// doctor writes settings with a UserId to a file and inserts an HBA.
func doctor(t *testing.T, k *konnektortest.Konnektor) (settings, hba string) {
	t.Helper()
	cfg := k.Config()
	cfg.Call.UserID = "d9c3a3a2-2f0e-4a57-9d3c-6b0a8d8a1f00"
	raw, err := json.Marshal(cfg)
	require.NoError(t, err)
	return write(t, "konnektor.json", string(raw)), string(k.Insert(konnektor.CardHBA))
}

func TestPINCommands(t *testing.T) {
	k := simulator(t, konnektortest.TLS)
	settings := config(t, k)
	smcb := k.Handle(konnektor.CardSMCB)
	card, _ := k.Card(smcb)
	require.NoError(t, k.SetPIN(smcb, konnektor.PINSMC, konnektor.PINVerifiable, 3))
	k.React(card.Terminal, konnektortest.Reaction{Wrong: true}, konnektortest.Reaction{}, konnektortest.Reaction{Cancel: true})

	r := ctl(t, "--config", settings, "pin", "verify")
	require.Equal(t, exitFault, r.code)
	require.Contains(t, r.stderr, "Bitte am Kartenterminal "+string(card.Terminal)+" die PIN.SMC eingeben (noch ")
	require.Contains(t, r.stdout, "falsch")
	require.Contains(t, r.stdout, "auf die verbleibenden Versuche achten")
	r = ctl(t, "--config", settings, "pin", "verify", string(smcb), "PIN.SMC", "--json")
	require.Equal(t, exitOK, r.code, r.stderr)
	require.Contains(t, r.stdout, `"ok":true`)
	require.Contains(t, r.stderr, `"event":"entry.waiting"`)
	r = ctl(t, "--config", settings, "pin", "change")
	require.Equal(t, exitFault, r.code)
	require.Contains(t, r.stderr, "abgebrochen")
	require.NoError(t, k.SetPIN(smcb, konnektor.PINSMC, konnektor.PINBlocked, 0))
	require.Equal(t, exitOK, ctl(t, "--config", settings, "pin", "unblock", "--new").code)
	require.Equal(t, exitOK, ctl(t, "--config", settings, "pin", string(smcb)).code, "the state, as before")
}

func TestEject(t *testing.T) {
	k := simulator(t, konnektortest.TLS)
	settings := config(t, k)
	egk := k.Insert(konnektor.CardEGK, vsdmtest.Person(1))
	card, _ := k.Card(egk)
	k.React(card.Terminal, konnektortest.Reaction{Nothing: true})
	r := ctl(t, "--config", settings, "eject", string(egk), "--wait", "100ms", "--message", "Bitte entnehmen")
	require.Equal(t, exitFault, r.code)
	require.Contains(t, r.stderr, "Die Karte wurde nicht entnommen.")
	require.Equal(t, exitOK, ctl(t, "--config", settings, "eject", "--terminal", "T1", "--slot", "1").code)
	require.Equal(t, exitUsage, ctl(t, "--config", settings, "eject").code)
}

func TestSignAndVerify(t *testing.T) {
	k := simulator(t, konnektortest.TLS)
	settings, hba := doctor(t, k)
	folder := t.TempDir()
	text, xml := filepath.Join(folder, "brief.txt"), filepath.Join(folder, "daten.xml")
	require.NoError(t, os.WriteFile(text, []byte("Sehr geehrte Damen"), 0o644))
	require.NoError(t, os.WriteFile(xml, []byte("<a>b</a>"), 0o644))

	r := ctl(t, "--config", settings, "sign", text, "--variant", "detached", "--card", hba)
	require.Equal(t, exitOK, r.code, r.stderr)
	require.Equal(t, text+".p7s\n", r.stdout)
	require.Contains(t, r.stderr, "Auftrag ")
	info, err := os.Stat(text + ".p7s")
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())

	before := k.Counters().Requests["SignDocument"]
	r = ctl(t, "--config", settings, "sign", text)
	require.Equal(t, exitUsage, r.code)
	require.Contains(t, r.stderr, "--overwrite")
	require.Equal(t, before, k.Counters().Requests["SignDocument"], "nobody entered a PIN in vain")
	require.Equal(t, exitUsage, ctl(t, "--config", settings, "sign", text, text, "--overwrite").code)

	r = ctl(t, "--config", settings, "verify", text, "--signature", text+".p7s")
	require.Equal(t, exitOK, r.code, r.stderr)
	require.Contains(t, r.stdout, "gültig")
	require.NoError(t, os.WriteFile(text, []byte("Sehr geehrte Herren"), 0o644))
	r = ctl(t, "--config", settings, "verify", text, "--signature", text+".p7s")
	require.Equal(t, exitFault, r.code)
	require.Contains(t, r.stdout, "ungültig")

	require.Equal(t, exitOK, ctl(t, "--config", settings, "sign", text, "--overwrite").code)
	require.Equal(t, exitOK, ctl(t, "--config", settings, "verify", text+".p7s").code, "the document is inside")
	r = ctl(t, "--config", settings, "sign", xml, "--type", "XAdES", "--variant", "enveloped")
	require.Equal(t, exitOK, r.code, r.stderr)
	r = ctl(t, "--config", settings, "verify", filepath.Join(folder, "daten-signed.xml"))
	require.Equal(t, exitOK, r.code, "%s%s", r.stdout, r.stderr)

	pdf := filepath.Join(folder, "kein.pdf")
	require.NoError(t, os.WriteFile(pdf, []byte("no PDF"), 0o644))
	r = ctl(t, "--config", settings, "sign", pdf)
	require.Equal(t, exitFault, r.code)
	require.Contains(t, r.stderr, pdf+": ")
	require.NoFileExists(t, filepath.Join(folder, "kein-signed.pdf"))
	require.Equal(t, exitUsage, ctl(t, "--config", settings, "sign", filepath.Join(folder, "none")).code)
	r = ctl(t, "--config", settings, "sign", text, "--json")
	require.Equal(t, exitOK, r.code, r.stderr)
	require.Contains(t, r.stdout, `"signature":"`)
}

func TestEncryptAndDecrypt(t *testing.T) {
	k := simulator(t, konnektortest.TLS)
	settings := config(t, k)
	file := write(t, "geheim.txt", "geheim")
	id, err := k.CardIdentity(k.Handle(konnektor.CardSMCB), "C.ENC", "ECC")
	require.NoError(t, err)
	cert := write(t, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: id.DER})))

	r := ctl(t, "--config", settings, "encrypt", file, "--to", cert)
	require.Equal(t, exitOK, r.code, r.stderr)
	require.Equal(t, file+".p7m\n", r.stdout)
	require.Equal(t, exitUsage, ctl(t, "--config", settings, "encrypt", file, "--to", cert).code, "is there already")
	require.Equal(t, exitUsage, ctl(t, "--config", settings, "decrypt", file+".p7m").code, "would replace the document")
	out := filepath.Join(t.TempDir(), "klar.txt")
	r = ctl(t, "--config", settings, "decrypt", file+".p7m", "-o", out)
	require.Equal(t, exitOK, r.code, r.stderr)
	b, err := os.ReadFile(out)
	require.NoError(t, err)
	require.Equal(t, "geheim", string(b))
	info, err := os.Stat(out)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	require.Equal(t, exitOK, ctl(t, "--config", settings, "decrypt", file+".p7m", "--overwrite").code)
	require.Equal(t, exitUsage, ctl(t, "--config", settings, "decrypt", file).code, "no name for the result")
	require.Equal(t, exitUsage, ctl(t, "--config", settings, "encrypt", file, "--to", file).code, "no certificate")
	require.NotContains(t, ctl(t, "-v", "--config", settings, "encrypt", file, "--to", cert, "--overwrite").stderr, "geheim\n")
}

func TestEvents(t *testing.T) {
	k := simulator(t, konnektortest.TLS)
	settings := config(t, k)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	listening := start(ctx, "", "--config", settings, "events", "--listen", "127.0.0.1:0", "--type", "EGK")
	eventually(t, "subscriptions", func() bool { return len(k.Subscriptions()) == 3 })
	k.Insert(konnektor.CardEGK, vsdmtest.Person(1))
	eventually(t, "the card", func() bool {
		return strings.Contains(listening.stdout.String(), "Gesundheitskarte (T1, Steckplatz 2) ")
	})
	cancel()
	r := listening.result()
	require.Equal(t, exitCancelled, r.code, r.stderr)
	require.Empty(t, k.Subscriptions(), "it unsubscribes")

	ctx, pass := konnektortest.Deadline(t.Context())
	polling := start(ctx, "", "--config", settings, "events", "--poll", "--timeout", "24h", "--json")
	eventually(t, "the first list", func() bool { return strings.Contains(polling.stdout.String(), "card.present") })
	pass()
	r = polling.result()
	require.Equal(t, exitOK, r.code, r.stderr)
	lines := strings.Split(strings.TrimSpace(r.stdout), "\n")
	require.Contains(t, lines[0], `"event":"card.present"`)
	require.Contains(t, lines[len(lines)-1], `"inserted":0`)
	require.Equal(t, exitUsage, ctl(t, "--config", settings, "events", "--listen", "nowhere").code)
}
