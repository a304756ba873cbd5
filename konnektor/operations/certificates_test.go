package operations_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/operations"
	"github.com/libkonnektor/libkonnektor/tsl/tsltest"
)

// inventoryJSON is what the tests look at.
type inventoryJSON struct {
	Entries []struct {
		Label      string `json:"label"`
		Kind       string `json:"kind"`
		Key        string `json:"key"`
		Generation string `json:"generation"`
		State      string `json:"state"`
		Name       string `json:"name"`
	} `json:"entries"`
	Due []struct {
		Rule   string `json:"rule"`
		WhatDE string `json:"what_de"`
		SureDE string `json:"sure_de"`
	} `json:"due"`
	Known []struct {
		Label string `json:"label"`
		ICCSN string `json:"iccsn"`
	} `json:"known"`
	Skipped []struct {
		Label  string `json:"label"`
		TextDE string `json:"text_de"`
	} `json:"skipped"`
}

func inventory(t *testing.T, s *operations.Session, request string) inventoryJSON {
	t.Helper()
	raw, err := s.Call(t.Context(), "certs.inventory", []byte(request))
	require.NoError(t, err)
	fits(t, "certs.inventory", raw)
	var inv inventoryJSON
	require.NoError(t, json.Unmarshal(raw, &inv))
	return inv
}

// kinds counts the entries by label and kind of certificate.
func (inv inventoryJSON) kinds(label string) map[string]int {
	n := map[string]int{}
	for _, e := range inv.Entries {
		if e.Label == label {
			n[e.Kind]++
		}
	}
	return n
}

// cardFile writes the certificates of a card to a file in PEM.
func cardFile(t *testing.T, kind certstest.CardKind, o certstest.CardOptions) string {
	t.Helper()
	card, err := certstest.New(t).Card(kind, o)
	require.NoError(t, err)
	var pem []byte
	for _, id := range card.Identities {
		pem = append(pem, id.CertificatePEM()...)
	}
	file := filepath.Join(t.TempDir(), "card.pem")
	require.NoError(t, os.WriteFile(file, pem, 0o600))
	return file
}

func TestCertsShow(t *testing.T) {
	s := operations.NewFiles()
	file := cardFile(t, certstest.SMCB, certstest.CardOptions{TelematikID: "1-20012345678"})
	request, err := json.Marshal(map[string]any{"path": file, "at": "2026-07-15"})
	require.NoError(t, err)
	raw, err := s.Call(t.Context(), "certs.show", request)
	require.NoError(t, err)
	fits(t, "certs.show", raw)
	var a struct {
		Certificates []struct {
			Kind        string   `json:"kind"`
			State       string   `json:"state"`
			TelematikID string   `json:"telematik_id"`
			Roles       []string `json:"roles"`
			ProfileDE   string   `json:"profile_de"`
		} `json:"certificates"`
	}
	require.NoError(t, json.Unmarshal(raw, &a))
	require.Len(t, a.Certificates, 6)
	for _, c := range a.Certificates {
		require.Equal(t, "valid", c.State)
		require.Equal(t, "1-20012345678", c.TelematikID)
		require.Equal(t, []string{"Betriebsstätte Arzt"}, c.Roles)
		require.Empty(t, c.ProfileDE)
	}

	card, err := certstest.New(t).Card(certstest.GSMCKT, certstest.CardOptions{WithoutRSA: true, Changes: []certstest.Change{certstest.KeyUsage(0)}})
	require.NoError(t, err)
	raw, err = s.Call(t.Context(), "certs.show", []byte(`{"content":"`+base64.StdEncoding.EncodeToString(card.Identities[0].DER)+`"}`))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &a))
	require.Equal(t, "C.SMKT.AUT", a.Certificates[0].Kind)
	require.Contains(t, a.Certificates[0].ProfileDE, "Verwendungszweck")
}

// Certificates are judged by a trust list that is verified itself.
func TestCertsShowJudgesByAList(t *testing.T) {
	l := newLists(t)
	list := l.file(t, "list.xml", l.make(t, tsltest.Spec{}).XML)
	show := func(der []byte, more map[string]any) (check string, code int64) {
		request := map[string]any{"content": base64.StdEncoding.EncodeToString(der), "list": list}
		for name, value := range more {
			request[name] = value
		}
		var a struct {
			Certificates []struct {
				Check   string `json:"check"`
				Code    int64  `json:"check_code"`
				CheckDE string `json:"check_de"`
			} `json:"certificates"`
		}
		require.NoError(t, json.Unmarshal(l.ask(t, "certs.show", request), &a))
		require.Len(t, a.Certificates, 1)
		require.Equal(t, a.Certificates[0].Check != "", a.Certificates[0].CheckDE != "")
		return a.Certificates[0].Check, a.Certificates[0].Code
	}
	card, err := l.PKI().Card(certstest.SMCB, certstest.CardOptions{WithoutRSA: true})
	require.NoError(t, err)
	check, _ := show(card.Identities[0].DER, nil)
	require.Equal(t, "trusted", check)
	check, code := show(card.Identities[0].DER, map[string]any{"at": "2040-01-01"})
	require.Equal(t, "refused", check)
	require.EqualValues(t, 1021, code)

	foreign, err := certstest.New(t).Card(certstest.SMCB, certstest.CardOptions{WithoutRSA: true})
	require.NoError(t, err)
	check, code = show(foreign.Identities[0].DER, nil)
	require.Equal(t, "refused", check)
	require.NotZero(t, code)
	check, _ = show(l.PKI().CAs()[0].DER, nil)
	require.Empty(t, check, "a CA is not judged")

	_, err = l.session.Call(t.Context(), "certs.show", l.request(t, map[string]any{
		"content": base64.StdEncoding.EncodeToString(card.Identities[0].DER), "list": list, "anchor": "",
	}))
	require.Equal(t, operations.KindTrustList, failure(t, err).Kind, "nothing is judged by a list that is not verified")
}

// A certificate of an eGK names a person, who stays out of answers.
func TestCertsShowNamesNoPatient(t *testing.T) {
	s := operations.NewFiles()
	file := cardFile(t, certstest.EGK, certstest.CardOptions{WithoutRSA: true, Name: "Erika Canary", KVNR: "X110411675"})
	for _, c := range []struct{ op, request string }{
		{"certs.show", `{"path":"` + file + `"}`}, {"certs.inventory", `{"files":[{"path":"` + file + `"}]}`},
		{"certs.calendar", `{"files":[{"path":"` + file + `"}],"with_past":true}`},
	} {
		raw, err := s.Call(t.Context(), c.op, []byte(c.request))
		require.NoError(t, err)
		fits(t, c.op, raw)
		require.Contains(t, string(raw), "***")
		require.NotContains(t, string(raw), "Canary")
		require.NotContains(t, string(raw), "X110411675")
	}
}

func TestCertsRefused(t *testing.T) {
	s := operations.NewFiles()
	text := filepath.Join(t.TempDir(), "text.pem")
	require.NoError(t, os.WriteFile(text, []byte("no certificate"), 0o600))
	for name, c := range map[string]struct {
		op, request string
		want        konnektor.Kind
	}{
		"missing":          {"certs.show", `{"path":"/nonexistent"}`, operations.KindFile},
		"no certificate":   {"certs.show", `{"path":"` + text + `"}`, operations.KindFormat},
		"no base64":        {"certs.show", `{"content":"%"}`, konnektor.KindRequest},
		"both":             {"certs.show", `{"content":"AAAA","path":"x"}`, konnektor.KindRequest},
		"nothing":          {"certs.show", `{}`, konnektor.KindRequest},
		"no source":        {"certs.inventory", `{}`, konnektor.KindRequest},
		"HBA of nobody":    {"certs.inventory", `{"hba":true,"files":[{"path":"x"}]}`, konnektor.KindRequest},
		"second missing":   {"certs.calendar", `{"files":[{"path":"/nonexistent"}]}`, operations.KindFile},
		"no Konnektor":     {"certs.inventory", `{"konnektor":true}`, konnektor.KindConfig},
		"a time of nobody": {"certs.calendar", `{"files":[{"path":"x"}],"at":"bald"}`, konnektor.KindRequest},
	} {
		t.Run(name, func(t *testing.T) {
			e := fail(t, s, c.op, c.request)
			require.Equal(t, c.want, e.Kind, "%s", e.JSON())
		})
	}
}

func TestCertsInventoryOfFiles(t *testing.T) {
	s := operations.NewFiles()
	file := cardFile(t, certstest.GSMCKT, certstest.CardOptions{Generation20: true})
	inv := inventory(t, s, `{"files":[{"path":"`+file+`","label":"Empfang"}],"at":"2026-07-15"}`)
	require.Equal(t, map[string]int{"C.SMKT.AUT": 1}, inv.kinds("Empfang"))
	rules := map[string]string{}
	for _, d := range inv.Due {
		rules[d.Rule] = d.WhatDE
	}
	require.Contains(t, rules["gsmckt-g20-end"], "falls die Karte von Generation 2.0 ist", "one file does not show the whole card")

	raw, err := s.Call(t.Context(), "certs.calendar", []byte(`{"files":[{"path":"`+file+`"}],"at":"2026-07-15","alarm_days":30}`))
	require.NoError(t, err)
	fits(t, "certs.calendar", raw)
	var c struct {
		Calendar string `json:"calendar"`
		Events   int    `json:"events"`
	}
	require.NoError(t, json.Unmarshal(raw, &c))
	require.Contains(t, c.Calendar, "BEGIN:VCALENDAR\r\n")
	require.Greater(t, c.Events, 1)
	require.Contains(t, c.Calendar, "BEGIN:VALARM")
}

func TestCertsInventoryOfKonnektor(t *testing.T) {
	k := konnektortest.New(t)
	k.Insert(konnektor.CardEGK)
	k.Insert(konnektor.CardHBA, konnektortest.Holder("Dr. Muster"))
	s := open(t, k)
	inv := inventory(t, s, `{"konnektor":true}`)
	label := ""
	for _, e := range inv.Entries {
		require.NotContains(t, e.Kind, "C.HP.", "an HBA is read only when asked for")
		require.NotContains(t, e.Kind, "C.CH.", "an eGK is never read")
		if e.Kind == "C.HCI.AUT" {
			label = e.Label
			require.Equal(t, "2.1", e.Generation)
		}
	}
	require.Equal(t, map[string]int{"C.HCI.AUT": 2, "C.HCI.ENC": 2, "C.HCI.OSIG": 2}, inv.kinds(label), "RSA and ECC")
	require.Len(t, inv.kinds("TLS-Identität des Konnektors"), 1)
	require.Len(t, inv.kinds("Zertifikat dieses Clientsystems"), 1)
	require.Len(t, inv.Skipped, 2, "%v", inv.Skipped)
	require.Zero(t, k.Counters().Requests["CheckCertificateExpiration"], "it would read the HBA")
	require.NotEmpty(t, inv.Known, "what the list of cards tells of HBA and gSMC-KT")

	inv = inventory(t, s, `{"konnektor":true,"hba":true}`)
	found := 0
	for _, e := range inv.Entries {
		if e.Kind == "C.HP.QES" {
			found++
		}
	}
	require.Equal(t, 2, found)
	require.Empty(t, inv.Skipped)
	own := false
	for _, n := range inv.Known {
		own = own || n.ICCSN == "80276883110000000003"
	}
	require.True(t, own, "the Konnektor's own card")
}

func TestCertsInventoryOfAnOldCard(t *testing.T) {
	k := konnektortest.New(t)
	require.NoError(t, k.ChangeCard(k.Handle(konnektor.CardSMCB), func(c *konnektortest.Card) { c.Version.ObjectSystem = "4.3.0" }))
	inv := inventory(t, open(t, k), `{"konnektor":true,"at":"2026-05-01"}`)
	rules := map[string]string{}
	for _, d := range inv.Due {
		rules[d.Rule] = d.WhatDE + "/" + d.SureDE
	}
	require.Contains(t, rules, "hba-smcb-g20-end")
	require.NotContains(t, rules["hba-smcb-g20-end"], "falls", "the card has no ECC certificates: it is of generation 2.0")
	require.Contains(t, rules["hba-smcb-g20-end"], "die Quellen widersprechen sich")
}

// What the Konnektor refuses is told, and the rest is read.
func TestCertsInventoryOfAFaultyKonnektor(t *testing.T) {
	k := konnektortest.New(t)
	k.Fail("ReadCardCertificate", 4045, -1)
	inv := inventory(t, open(t, k), `{"konnektor":true}`)
	require.Len(t, inv.Skipped, 2, "RSA and ECC of the SMC-B")
	for _, s := range inv.Skipped {
		require.Contains(t, s.TextDE, "4045")
	}
	require.NotEmpty(t, inv.Entries)

	k.Heal("ReadCardCertificate")
	k.Disturb("ReadCardCertificate", konnektortest.Disturbance{Hang: true}, -1)
	cfg := k.Config()
	cfg.Timeout = 24 * time.Hour // not what ends it
	raw, err := json.Marshal(cfg)
	require.NoError(t, err)
	s, err := operations.Open(raw, nil)
	require.NoError(t, err)
	defer s.Close()
	require.Equal(t, konnektor.KindTimeout, fail(t, s, "certs.inventory", `{"konnektor":true,"timeout_ms":500}`).Kind)
}
