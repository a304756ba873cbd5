package vsdm_test

import (
	"context"
	"testing"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/vsdm"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
	"github.com/stretchr/testify/require"
)

func TestSmoke(t *testing.T) {
	k := konnektortest.New(t)
	vsdmtest.Install(k)
	egk := k.Insert(konnektor.CardEGK, vsdmtest.Person(2))
	client, err := konnektor.New(k.Config())
	require.NoError(t, err)
	v, err := vsdm.Read(context.Background(), client, vsdm.Request{EGK: egk, SMCB: k.Handle(konnektor.CardSMCB)})
	require.NoError(t, err)
	t.Logf("%v %v", v, v.Warnings)
	t.Log(v.PersoenlicheVersichertendaten.Person.Vorname)
	p := v.Proof(vsdm.Case{Day: vsdm.Date{2026, 11, 21}})
	t.Logf("%+v", p)
}
