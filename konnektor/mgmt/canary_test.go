package mgmt_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// careless prints and logs a value in all the ways of a programmer in a hurry.
func careless(out *bytes.Buffer, log *slog.Logger, values ...any) {
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			fmt.Fprintf(out, verb+"\n", v)
		}
		log.Debug("careless", "value", v)
		if _, stored := v.(mgmt.Credentials); stored {
			continue // as JSON it is itself: a program keeps it in a file
		}
		if text, err := json.Marshal(v); err == nil {
			out.Write(text)
		}
	}
}

// TestNoSecretInLogs goes through good and bad answers of all vendors, with the
// log at its lowest level.
func TestNoSecretInLogs(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug - 4}))
	const patient = "PATIENTENNAME"
	for _, vendor := range []mgmt.Vendor{mgmt.Secunet, mgmt.RISE, mgmt.KoCoBox} {
		for _, bad := range []int{0, 200, 401, 404, 500} {
			b, cfg := newSecunet(t), mgmt.Config{}
			cfg = b.config()
			switch vendor {
			case mgmt.RISE:
				b, cfg = newRISE(t)
			case mgmt.KoCoBox:
				b, cfg = newKoCoBox(t)
			}
			cfg.Log = log
			d := b.open(cfg)
			if bad == 401 {
				b.wrong = true
			}
			quote := func(w http.ResponseWriter, _ *http.Request) {
				if bad != 0 {
					w.WriteHeader(bad)
				}
				_, _ = fmt.Fprint(w, `[{"type":"`+token+`","commonName":"`+patient+`","x":"`, user, password)
			}
			for _, path := range []string{statusPath, logPath, "/rest/mgmt/ak/dienste/karten", "/api/v1/status"} {
				b.do("GET "+path, quote)
			}
			b.do("POST /api/v1/mgm/reboot", quote)
			b.do("POST /administration/perform/reboot", quote)
			_, err := as[mgmt.StatusReader](t, d).Status(t.Context())
			careless(&out, log, err)
			_, err = as[mgmt.LogConfigurer](t, d).LogSettings(t.Context())
			careless(&out, log, err)
			_, err = as[mgmt.CardReader](t, d).Cards(t.Context())
			careless(&out, log, err)
			careless(&out, log, as[mgmt.Restarter](t, d).Restart(t.Context()), d, d.Product(), cfg.LogValue())
			require.NoError(t, d.Close(t.Context()))
		}
	}
	line := mgmt.ParseLogLine("type=op;severity=error;code=4018;topic=CARD/INSERTED;CardHolder=" + patient + ";text=" + patient)
	careless(&out, log, line, []mgmt.LogEntry{line}, line.Fields[2], mgmt.Card{Holder: patient}, mgmt.Credentials{User: user, Password: password})
	text := out.String()
	require.Contains(t, text, `"op":"auth.login"`)
	require.Contains(t, text, "CARD/INSERTED")
	for _, canary := range []string{user, password, token, patient, fmt.Sprintf("%x", password), fmt.Sprintf("%x", patient)} {
		i := strings.Index(text, canary)
		require.Negative(t, i, "%q in: %s", canary, text[max(i-200, 0):max(i, 0)])
	}
}

func TestParseLogLine(t *testing.T) {
	for name, c := range map[string]struct {
		line string
		want mgmt.LogEntry
	}{
		"empty": {"", mgmt.LogEntry{}},
		"error": {"timestamp=19.10.2023 14:14:31.064;type=sec;severity=fatal;code=4152;name=SEC; Details=a=b;Vorgangsnummer=evnt-1697717671064-ffffffff\n",
			mgmt.LogEntry{Time: time.UnixMilli(1697717671064).UTC(), Kind: "SEC", Severity: "FATAL", Fields: []mgmt.LogField{
				{"timestamp", "19.10.2023 14:14:31.064"}, {"code", "4152"}, {"name", "SEC"}, {"Details", "a=b"}, {"Vorgangsnummer", "evnt-1697717671064-ffffffff"}}}},
		"free text with equals": {"type=op;Beginn des Anwendungsfalls: GetPinStatus(PinTyp = PIN.CH);;x",
			mgmt.LogEntry{Kind: "OP", Fields: []mgmt.LogField{{"Beginn des Anwendungsfalls: GetPinStatus(PinTyp ", " PIN.CH)"}}, Text: "x"}},
		"other numbers": {"Vorgangsnummer=1697_1_2;text=a;text=b", mgmt.LogEntry{Fields: []mgmt.LogField{{"Vorgangsnummer", "1697_1_2"}}, Text: "a; b"}},
		"UUID":          {"Vorgangsnummer=550e8400-e29b-41d4-a716-446655440000", mgmt.LogEntry{Fields: []mgmt.LogField{{"Vorgangsnummer", "550e8400-e29b-41d4-a716-446655440000"}}}},
		"no UTF-8":      {"a=\xff", mgmt.LogEntry{Fields: []mgmt.LogField{{"a", "�"}}}},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, mgmt.ParseLogLine(c.line)) })
	}
	require.Zero(t, mgmt.ParseLogLine("code=999999999999").Code())
	require.Equal(t, konnektor.Code(4150), mgmt.ParseLogLine("code= 4150 ").Code())
}
