package vsdm_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/vsdm"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
	"github.com/stretchr/testify/require"
)

// canaries are the words that must not appear, also as a date is printed.
func canaries() []string {
	words := append(vsdmtest.CanaryWords(), "Kanari", "kanari")
	for _, w := range vsdmtest.CanaryWords() {
		words = append(words, fmt.Sprintf("%x", w), fmt.Sprintf("%v", []byte(w)))
	}
	return words
}

func noCanary(t *testing.T, what, text string) {
	t.Helper()
	for _, word := range canaries() {
		// Without the text itself: a test's log is a log too.
		require.False(t, strings.Contains(text, word), "%s shows %q", what, word)
	}
}

// lowest is below every level that slog names.
const lowest = slog.Level(-100)

// loggers are both handlers of slog at the lowest level.
func loggers(out *bytes.Buffer) []*slog.Logger {
	o := &slog.HandlerOptions{Level: lowest, AddSource: true}
	return []*slog.Logger{slog.New(slog.NewTextHandler(out, o)), slog.New(slog.NewJSONHandler(out, o))}
}

// canary is a card whose every optional part names the canary.
func canary() vsdmtest.Insured {
	p := vsdmtest.Canary()
	p.Box = &vsdmtest.Box{PLZ: p.Street.PLZ, Ort: "Kanariort", Postfach: "Kanari", Land: "D"}
	p.Paying = &vsdmtest.Insurer{IK: "987654321", Land: "D", Name: "Kanarikasse"}
	p.Online.PZ = 1
	return p
}

// TestNoPatientInLogs reads the canary at the lowest level of the log, well and
// in every way that goes wrong.
func TestNoPatientInLogs(t *testing.T) {
	var out bytes.Buffer
	for _, log := range loggers(&out) {
		k := konnektortest.New(t)
		module := vsdmtest.Install(k)
		cfg := k.Config()
		cfg.Log, cfg.BusyTimeout = log, -1
		client, err := konnektor.New(cfg)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, client.Close()) })
		p := &practice{Konnektor: k, module: module, client: client}

		v, err := vsdm.Read(t.Context(), client, p.insert(canary()))
		require.NoError(t, err)
		require.Equal(t, "Kanarinachname", v.PersoenlicheVersichertendaten.Person.Nachname)
		log.Info("read", "vsd", v, "value", *v, "proof", v.Proof(vsdm.Case{Day: today}), "error", err)

		for _, field := range []vsdmtest.Field{vsdmtest.PD, vsdmtest.VD, vsdmtest.GVD, vsdmtest.PN} {
			for _, defect := range vsdmtest.Defects() {
				insured := canary()
				insured.Defects = map[vsdmtest.Field]vsdmtest.Defect{field: defect}
				req := p.insert(insured)
				v, err := vsdm.Read(t.Context(), client, req)
				log.Error("read", "err", err, "vsd", v)
				_, removeErr := p.Remove(req.EGK)
				require.NoError(t, removeErr)
				if err != nil {
					noCanary(t, string(defect), fmt.Sprintf("%v %+v %#v", err, err, err))
				}
				if v != nil {
					noCanary(t, string(defect), fmt.Sprint(v.Warnings))
				}
			}
		}
		p.Disturb("ReadVSD", konnektortest.Disturbance{Fault: &konnektortest.Fault{Code: 105, Detail: "Kanaridetail", Vendor: []konnektor.Trace{{Code: 13001, ErrorText: "Kanarifehler"}}}}, 1)
		_, err = vsdm.Read(t.Context(), client, p.insert(canary()))
		require.ErrorIs(t, err, konnektor.CodeCardUnreadable)
		log.Error("read", "err", err, "proof", vsdm.ProofOfError(err, vsdm.Case{Day: today}))
		noCanary(t, "fault", fmt.Sprintf("%v %+v %#v", err, err, err))
	}
	require.Contains(t, out.String(), "ReadVSD", "nothing was logged")
	noCanary(t, "log", out.String())
}

// TestNoPatientInPrints prints every struct of a read in every way.
func TestNoPatientInPrints(t *testing.T) {
	p := open(t)
	v, err := vsdm.Read(t.Context(), p.client, p.insert(canary()))
	require.NoError(t, err)
	require.NotNil(t, v.PersoenlicheVersichertendaten.Person.PostfachAdresse)
	require.Equal(t, vsdmtest.Canary().KVNR, v.Pruefungsnachweis.Pruefziffer.KVNR)
	v.GeschuetzteVersichertendaten.RuhenderLeistungsanspruch = new(vsdm.RuhenderLeistungsanspruch)
	v.AllgemeineVersicherungsdaten.ZusatzinfosPKV = &vsdm.ZusatzinfosPKV{Beihilfeberechtigung: "Kanari", StationaereLeistungen: &vsdm.StationaereLeistungen{
		AllgemeineKrankenhausleistungen:  "Kanari",
		WahlleistungUnterkunft:           []vsdm.WahlleistungUnterkunft{{Art: "Kanari"}},
		WahlleistungAerztlicheBehandlung: &vsdm.WahlleistungAerztlicheBehandlung{Art: "Kanari"},
	}}
	v.AllgemeineVersicherungsdaten.ZusatzinfosGKV.Kostenerstattung = new(vsdm.Kostenerstattung)
	docs := vsdm.Documents{PD: []byte("Kanari"), VD: []byte("Kanari"), GVD: []byte("Kanari"), PN: []byte("Kanari")}
	seen := map[reflect.Type]bool{}
	for _, root := range []any{v, docs, vsdm.Case{Day: today, Stored: []vsdm.Pruefungsnachweis{*v.Pruefungsnachweis}}, v.Proof(vsdm.Case{Day: today})} {
		walk(reflect.ValueOf(root), seen, func(value any) { printEveryWay(t, value) })
	}
	require.Greater(t, len(seen), 22)
}

// walk calls visit with each struct of package vsdm that value holds.
func walk(value reflect.Value, seen map[reflect.Type]bool, visit func(any)) {
	switch value.Kind() {
	case reflect.Pointer:
		if !value.IsNil() {
			walk(value.Elem(), seen, visit)
		}
	case reflect.Slice:
		for i := range value.Len() {
			walk(value.Index(i), seen, visit)
		}
	case reflect.Struct:
		if !value.CanInterface() || !strings.HasSuffix(value.Type().PkgPath(), "/vsdm") {
			return
		}
		seen[value.Type()] = true
		visit(value.Interface())
		for i := range value.NumField() {
			walk(value.Field(i), seen, visit)
		}
	}
}

func printEveryWay(t *testing.T, value any) {
	t.Helper()
	what := reflect.TypeOf(value).String()
	if what == "vsdm.Date" {
		return // one value, which somebody took on purpose
	}
	pointer := reflect.New(reflect.TypeOf(value))
	pointer.Elem().Set(reflect.ValueOf(value))
	forms := map[string]any{
		"value": value, "pointer": pointer.Interface(), "slice": []any{value}, "map": map[string]any{"k": value},
		"struct": struct{ V any }{value},
	}
	for form, v := range forms {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%08.3f", "%c", "%U", "%t", "%b", "%o", "%e"} {
			noCanary(t, what+" as "+form+" with "+verb, fmt.Sprintf(verb, v))
		}
		var out bytes.Buffer
		for _, log := range loggers(&out) {
			log.Info("x", "v", v)
			log.With("v", v).WithGroup("g").Info("x", "v", v)
		}
		noCanary(t, what+" as "+form+" logged", out.String())
		encoded, err := json.Marshal(v)
		require.NoError(t, err, what)
		noCanary(t, what+" as "+form+" in JSON", string(encoded))
		if form == "value" || form == "pointer" {
			encoded, _ = xml.Marshal(v)
			noCanary(t, what+" as "+form+" in XML", string(encoded))
		}
		noCanary(t, what+" in an error", fmt.Errorf("x: %v", v).Error())
	}
}

// TestPrintsSaySomething is the other side: what may be shown is shown.
func TestPrintsSaySomething(t *testing.T) {
	p := open(t)
	v, err := vsdm.Read(t.Context(), p.client, p.insert(vsdmtest.Person(1)))
	require.NoError(t, err)
	at := v.Pruefungsnachweis.Timestamp.Format(time.RFC3339)
	require.Equal(t, "VSD(GKV, E 2 at "+at+", 0 warnings)", fmt.Sprint(v))
	require.Equal(t, "E 2 at "+at, fmt.Sprint(v.Pruefungsnachweis))
	require.Equal(t, "E 0 at unknown time", vsdm.Pruefungsnachweis{}.String())
	require.Equal(t, "VSD(GKV, no receipt, 0 warnings)", vsdm.VSD{}.String())
	require.Equal(t, "***", fmt.Sprint(v.PersoenlicheVersichertendaten))
}
