package operations_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/libkonnektor/libkonnektor/konnektor/operations"
)

// Whatever is called however, on a Konnektor that nobody reaches: an error with
// all that the description of Error asks for.
func FuzzCall(f *testing.F) {
	for _, o := range operations.List() {
		f.Add(o.Name, []byte(`{}`))
	}
	f.Add("cards", []byte(`{"terminal_id":"T1","slot":1,"card_type":"EGK","mandant_wide":true,"timeout_ms":100}`))
	f.Add("vsd.read", []byte(`{"card_handle":"a","smcb_handle":"b","mode":"ALWAYS","stored_receipts":["H4sI"],"day":"2026-01-31"}`))
	f.Add("vsd.read", []byte(`{"perform_online_check":true,"read_online_receipt":null}`))
	f.Add("pin.status", []byte(`{"card_handle":"a","pin_type":"PIN.CH"}`))
	f.Add("", []byte(`[[[[[[`))
	s := closedPort(f)
	f.Fuzz(func(t *testing.T, name string, request []byte) {
		answer, err := s.Call(t.Context(), name, request)
		var e *operations.Error
		if err == nil && name == "fix.list" {
			return // the one operation that asks nobody
		}
		if answer != nil || !errors.As(err, &e) {
			t.Fatalf("answer %q, error %v", answer, err)
		}
		if !json.Valid(e.JSON()) || e.Kind == operations.KindInternal || e.TextDE == "" || len(e.JSON()) > 4000 {
			t.Fatalf("error %s", e.JSON())
		}
		if strings.Contains(e.Text, "\x00") {
			t.Fatalf("control characters in %q", e.Text)
		}
	})
}
