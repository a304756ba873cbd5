package konnektor_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

// Words that no log and no error may contain.
const (
	canaryName = "KANARIENVOGEL"
	canaryKVNR = "K999999999"
)

// TestNoPatientInLogs reads cards of a person made of canary words, with good
// and bad answers, and logs all it gets through both handlers of the standard
// library at the lowest level.
func TestNoPatientInLogs(t *testing.T) {
	k := konnektortest.NewWith(t, konnektortest.Options{BadRequests: true})
	egk, err := k.InsertCard(konnektortest.Card{Type: konnektor.CardEGK, Holder: canaryName, KVNR: canaryKVNR})
	require.NoError(t, err)

	var out bytes.Buffer
	for _, handler := range handlers(&out) {
		log := slog.New(handler)
		cfg := k.Config()
		cfg.Log, cfg.BusyTimeout = log, -1
		client := open(t, cfg)
		found, _, err := client.Cards(t.Context(), konnektor.CardFilter{Type: konnektor.CardEGK})
		require.NoError(t, err)
		require.Len(t, found, 1)
		require.Equal(t, canaryName, string(found[0].Holder), "the value is there for those who ask")
		require.Equal(t, canaryKVNR, string(found[0].KVNR))
		r, _, err := client.Resource(t.Context(), konnektor.ResourceQuery{Card: egk})
		require.NoError(t, err)
		careless(t, &out, log, found, found[0], &found[0], r, found[0].Holder, found[0].KVNR,
			[]konnektor.KVNR{found[0].KVNR}, map[string]konnektor.Name{"holder": found[0].Holder})

		for _, err := range failures(t, k, client) {
			careless(t, &out, log, err)
		}
		careless(t, &out, log, client)
	}
	require.Contains(t, out.String(), "***")
	for _, canary := range []string{canaryName, canaryKVNR, fmt.Sprintf("%x", canaryName), fmt.Sprintf("%X", canaryKVNR)} {
		i := strings.Index(out.String(), canary)
		require.Negative(t, i, "%q in: %s", canary, out.String()[max(i-200, 0):max(i, 0)])
	}
}

// careless prints and logs values in all the ways that a programmer in a hurry
// may choose.
func careless(t *testing.T, out *bytes.Buffer, log *slog.Logger, values ...any) {
	t.Helper()
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "%T"} {
			fmt.Fprintf(out, verb+"\n", v)
		}
		fmt.Fprintln(out, v)
		log.Debug("careless", "value", v)
		log.With("value", v).WithGroup("g").Error("careless", "values", []any{v})
		text, err := json.Marshal(v)
		require.NoError(t, err)
		out.Write(text)
		if text, err := xml.Marshal(v); err == nil {
			out.Write(text)
		}
		if err, ok := v.(error); ok {
			fmt.Fprintf(out, "%v\n", fmt.Errorf("wrapped: %w", err))
		}
	}
}

// failures returns an error of each way to go wrong in which the device quotes
// the person.
func failures(t *testing.T, k *konnektortest.Konnektor, client *konnektor.Client) []error {
	t.Helper()
	quote := canaryName + " " + canaryKVNR
	var errs []error
	for _, d := range []konnektortest.Disturbance{
		{Fault: &konnektortest.Fault{Code: konnektor.CodeBadRequest, Detail: quote}},
		{Fault: &konnektortest.Fault{Code: 20000, Detail: quote, Vendor: []konnektor.Trace{{Code: 41000, ErrorText: quote, Severity: "Error", ErrorType: "Technical", CompType: "x"}}}},
		{Fault: &konnektortest.Fault{Plain: quote}},
		{Replace: true, Body: []byte("<html>" + quote)},
		{Replace: true, Body: []byte(envelopeHead + "<" + canaryName + "/>" + envelopeTail)},
		{Replace: true, Body: []byte(quote), Status: 500},
		{Edit: func(answer []byte) []byte { return answer[:len(answer)-9] }},
		{Edit: func(answer []byte) []byte {
			return bytes.Replace(answer, []byte("InsertTime>2"), []byte("InsertTime>"+quote), 1)
		}},
		{Cut: 400},
		{Drop: true},
	} {
		k.Disturb("GetCards", d, 2) // a lost connection is tried twice
		_, _, err := client.Cards(t.Context(), konnektor.CardFilter{Type: konnektor.CardEGK})
		k.Heal("GetCards")
		if err != nil {
			errs = append(errs, err)
		}
	}
	require.Greater(t, len(errs), 8)
	return errs
}
