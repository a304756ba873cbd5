package konnektortest

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// TestEverySeedIsValid reads every answer in many dialects; New holds them all
// against the schemas.
func TestEverySeedIsValid(t *testing.T) {
	seen := map[string]bool{}
	for seed := uint64(1); seed <= 40; seed++ {
		r := newRaw(t, Options{Auth: TLS, Seed: seed})
		r.k.Insert(konnektor.CardEGK, Holder("Dåmmer-Ørsted & <Söhne> €"))
		for operation, payload := range map[string]string{
			"GetCards":               getCardsIn(here, "", `mandant-wide="true"`),
			"GetCardTerminals":       `<EVT:GetCardTerminals mandant-wide="true">` + here + `</EVT:GetCardTerminals>`,
			"GetResourceInformation": resource(""),
			"GetPinStatus":           pinStatus(here, r.k.Handle("SMC-B"), "PIN.SMC"),
		} {
			a := r.send(r.call(operation, payload))
			require.Equal(t, 200, a.status, "seed %d: %s", seed, a.body)
			require.NotNil(t, a.root, "seed %d: %s", seed, a.body)
			if operation == "GetCards" {
				require.Contains(t, a.all("CardHolderName"), "Dåmmer-Ørsted & <Söhne> €")
			}
			note(seen, a.body)
		}
		bad := r.send(r.call("GetCards", getCardsIn(callContext("x", "Clientsystem1", "Arbeitsplatz1"), "")))
		require.EqualValues(t, 4004, bad.code(), "seed %d: %s", seed, bad.body)
		body, _, _ := r.get("/connector.sds")
		note(seen, body)
	}
	for what, was := range seen {
		require.True(t, was, "no seed gives: "+what)
	}
}

// note remembers which kinds of writing an answer shows.
func note(seen map[string]bool, body string) {
	for what, shows := range map[string]bool{
		"no declaration": !strings.HasPrefix(body, "<?xml"), "declaration": strings.HasPrefix(body, "<?xml"),
		"numbered prefix": strings.Contains(body, "xmlns:ns3="), "official prefix": strings.Contains(body, "<CARD:Cards"),
		"default namespace": strings.Contains(body, "<GetCardsResponse xmlns="), "xmlns empty": strings.Contains(body, `Body xmlns=""`),
		"lines": strings.Contains(body, "\n  <"), "one line": !strings.Contains(body, "\n  <"),
		"single quotes": strings.Contains(body, "xmlns:S='"), "references": strings.Contains(body, "&#xE5;"),
		"empty element": strings.Contains(body, "/>"), "boolean in digits": strings.Contains(body, "IS_PHYSICAL>1<"),
		"zone": strings.Contains(body, "+01:00<"), "UTC": strings.Contains(body, "Z<"), "empty header": strings.Contains(body, ":Header"),
	} {
		seen[what] = seen[what] || shows
	}
}

func TestTheSeedRepeatsARun(t *testing.T) {
	answer := func(seed uint64) string {
		r := newRaw(t, Options{Seed: seed})
		return strings.Join(r.send(r.call("GetCardTerminals", Elem("EVT:GetCardTerminals", here))).all("CtId"), " ") + string(r.k.Handle("SMC-B"))
	}
	require.Equal(t, answer(7), answer(7))
	require.NotEqual(t, answer(7), answer(8))
}

// TestConcurrent is for the race detector.
func TestConcurrent(t *testing.T) {
	r := newRaw(t, Options{})
	m := r.call("GetCards", getCardsIn(here, ""))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				if a, err := r.try(m); err != nil || a.status != 200 && a.code() != 4093 {
					t.Errorf("%v %v", a, err)
				}
			}
		})
	}
	wg.Go(func() {
		for range 20 {
			h, err := r.k.InsertCard(Card{Type: konnektor.CardEGK})
			if err != nil {
				t.Error(err)
				return
			}
			_ = r.k.SetState("EC_LOG_OVERFLOW", true)
			r.k.Fail("GetCards", 4093, 1)
			r.k.Cards()
			r.k.Counters()
			r.k.Last("")
			if _, err := r.k.Remove(h); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
}
