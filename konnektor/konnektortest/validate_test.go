package konnektortest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/schematest"
)

// verdict is a test that keeps what it was told.
type verdict struct {
	testing.TB
	errors, logs []string
}

func (v *verdict) Helper() {}
func (v *verdict) Errorf(format string, args ...any) {
	v.errors = append(v.errors, fmt.Sprintf(format, args...))
}
func (v *verdict) Logf(format string, args ...any) {
	v.logs = append(v.logs, fmt.Sprintf(format, args...))
}

func TestInvalidMessagesFailTheTest(t *testing.T) {
	if !schematest.Available() {
		t.Skip("no xmllint or no official schemas (GEMATIK_API_DIR)")
	}
	r := newRaw(t, Options{})
	good := r.call("GetCards", getCardsIn(here, "T1"))
	require.Zero(t, r.send(good).code())
	bad := good
	bad.body = strings.Replace(good.body, "CARDCMN:CtId", "EVT:CtId", 2)
	require.EqualValues(t, 4000, r.send(bad).code())
	r.k.Disturb("GetCards", Disturbance{Edit: func([]byte) []byte { return nil }}, 1)
	r.send(good)

	v := &verdict{TB: t}
	r.k.validate(v)
	r.k.schemas = schemaQueue{} // so that this test passes
	require.Len(t, v.errors, 1, "the bad request, and neither the good one nor the disturbed answer")
	require.Contains(t, v.errors[0], "request of GetCards")
	require.Contains(t, v.errors[0], "CtId")
}

func TestTheQueueIsBounded(t *testing.T) {
	q := schemaQueue{on: true}
	for i := range maxDocuments + 7 {
		q.add(document{"n", "s", fmt.Appendf(nil, "<a>%d</a>", i)})
		q.add(document{"n", "s", fmt.Appendf(nil, "<a>%d</a>", 0)})
	}
	require.Len(t, q.docs, maxDocuments)
	require.Equal(t, 7, q.unkept)
	q = schemaQueue{on: true}
	q.add(document{"n", "s", make([]byte, maxDocumentBytes)})
	q.add(document{"n", "s", []byte("<b/>")})
	require.Len(t, q.docs, 1)
	q = schemaQueue{}
	q.add(document{"n", "s", []byte("<b/>")})
	require.Empty(t, q.docs)
}
