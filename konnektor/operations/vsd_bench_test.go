package operations

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/vsdm"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
)

// BenchmarkJSON is what vsd.read costs beyond vsdm.Read: checking and decoding
// the request, the verdict, encoding the answer.
func BenchmarkJSON(b *testing.B) {
	k := konnektortest.New(b)
	vsdmtest.Install(k)
	egk := k.Insert(konnektor.CardEGK, vsdmtest.Person(1))
	client, err := konnektor.New(k.Config())
	require.NoError(b, err)
	v, err := vsdm.Read(b.Context(), client, vsdm.Request{EGK: egk, SMCB: k.Handle(konnektor.CardSMCB)})
	require.NoError(b, err)
	cat := theCatalogue()
	op := cat.byName["vsd.read"]
	request := []byte(`{"card_handle":"` + string(egk) + `","smcb_handle":"x","mode":"FIRST"}`)
	b.ReportAllocs()
	for b.Loop() {
		var req vsdReadRequestDoc
		if err := decodeRequest(request, cat.requestType(op), cat.types, reflect.ValueOf(&req).Elem()); err != nil {
			b.Fatal(err)
		}
		a := newVSD(v)
		a.Proof = *newProof(v.Proof(vsdm.Case{Day: vsdm.DateOf(time.Now())}))
		if _, err := encode(a); err != nil {
			b.Fatal(err)
		}
	}
}
