package secunettest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet/secunettest"
)

const cardsPath = "/rest/mgmt/ak/dienste/karten"

// services says whether the services answer.
func services(t *testing.T, box *secunettest.Box) bool {
	t.Helper()
	resp, err := http.Get(box.Konnektor.PlainURL() + "/connector.sds")
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

func TestRebootGoesThroughItsPhases(t *testing.T) {
	clock := standing()
	box := secunettest.NewWith(t, secunettest.Options{Clock: clock})
	c := login(t, box)
	cards := c.get(cardsPath).([]any)
	require.NotEmpty(t, cards)
	smcb := box.Konnektor.Handle(konnektor.CardSMCB)
	started := c.object(statusPath)["connectorStarted"]
	require.True(t, services(t, box))

	require.Equal(t, http.StatusOK, first(c.do("POST", rebootPath, map[string]any{})))
	require.Equal(t, secunettest.PhaseDown, box.Phase())
	c.lost("GET", "/rest/mgmt/ak/dienste/status/ping", nil)
	require.False(t, services(t, box))

	clock.Advance(90 * time.Second)
	require.Equal(t, secunettest.PhaseManagement, box.Phase())
	c.http.CloseIdleConnections()
	require.Equal(t, http.StatusUnauthorized, first(c.do("GET", statusPath, nil)), "the session is lost")
	c.again()
	require.NotEqual(t, started, c.object(statusPath)["connectorStarted"])
	require.False(t, services(t, box))

	clock.Advance(30 * time.Second)
	require.Equal(t, secunettest.PhaseServices, box.Phase())
	require.True(t, services(t, box))
	require.Equal(t, false, c.object(statusPath)["vpnTiConnected"])
	require.Empty(t, c.get(cardsPath))

	clock.Advance(30 * time.Second)
	require.Equal(t, secunettest.PhaseVPN, box.Phase())
	require.Equal(t, true, c.object(statusPath)["vpnTiConnected"])
	require.Contains(t, c.active(), "EC_CardTerminal_Not_Available")

	clock.Advance(30 * time.Second)
	require.Equal(t, secunettest.PhaseTerminals, box.Phase())
	require.NotContains(t, c.active(), "EC_CardTerminal_Not_Available")
	require.Empty(t, c.get(cardsPath))

	clock.Advance(20 * time.Second)
	require.Equal(t, secunettest.PhaseReady, box.Phase())
	back := c.get(cardsPath).([]any)
	require.Len(t, back, len(cards))
	require.NotEqual(t, cards[0].(map[string]any)["cardhandle"], back[0].(map[string]any)["cardhandle"])
	require.NotEqual(t, smcb, box.Konnektor.Handle(konnektor.CardSMCB))
	card, _ := box.Konnektor.Card(box.Konnektor.Handle(konnektor.CardSMCB))
	require.Equal(t, konnektor.PINVerifiable, card.PINs[konnektor.PINSMC].State)
	require.Equal(t, 1, box.State().Restarts)
}

func TestRebootAroundARequest(t *testing.T) {
	box := secunettest.NewWith(t, secunettest.Options{Clock: standing()})
	c := login(t, box)
	s := c.object(settingsPath)
	s["securityLogDays"] = "150"

	box.RebootBefore("log-settings-put")
	c.lost("PUT", strictPath, s)
	require.Equal(t, "180", box.Setting("securityLogDays"))
	require.Equal(t, secunettest.PhaseDown, box.Phase())
	box.Clock.Advance(10 * time.Minute)
	c.again()

	box.RebootAfter("log-settings-put")
	c.lost("PUT", strictPath, s)
	require.Equal(t, "150", box.Setting("securityLogDays"))
	require.Equal(t, secunettest.PhaseDown, box.Phase())
}

func TestLostConnections(t *testing.T) {
	for name, x := range map[string]struct {
		plan    func(*secunettest.Box)
		done    bool
		answers bool
		next    bool // the next request is answered
	}{
		"before":    {func(b *secunettest.Box) { b.CutBefore("log-settings-put", 1) }, false, false, true},
		"no answer": {func(b *secunettest.Box) { b.NoAnswer("log-settings-put", 1) }, true, false, true},
		"during":    {func(b *secunettest.Box) { b.CutDuring("log-settings-put", 1) }, true, false, true},
		"after":     {func(b *secunettest.Box) { b.CutAfter("log-settings-put", 1) }, true, true, false},
		"ignored":   {func(b *secunettest.Box) { b.Ignore("log-settings-put", 1) }, false, true, true},
		"refused":   {func(b *secunettest.Box) { b.Fail("log-settings-put", 500, 1) }, false, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			box := secunettest.New(t)
			c := login(t, box)
			s := c.object(settingsPath)
			s["securityLogDays"] = "150"
			x.plan(box)
			if x.answers {
				c.do("PUT", strictPath, s)
			} else {
				c.lost("PUT", strictPath, s)
			}
			want := "180"
			if x.done {
				want = "150"
			}
			require.Equal(t, want, box.Setting("securityLogDays"))
			if !x.next {
				c.lost("GET", statusPath, nil)
			}
			require.Equal(t, want, c.object(settingsPath)["securityLogDays"], "all is well again")
			sent := box.Requests()[2]
			require.Equal(t, "log-settings-put", sent.Operation)
			require.Equal(t, x.done, sent.Effect)
			require.Equal(t, name == "before" || name == "refused", sent.Session == 0)
		})
	}
}

func TestPINEntryBlocksUntilItEnds(t *testing.T) {
	for name, x := range map[string]struct {
		end    func(*secunettest.Box)
		status string
		state  konnektor.PINState
	}{
		"right":   {func(b *secunettest.Box) { b.EnterPIN(true) }, "OK", konnektor.PINVerified},
		"wrong":   {func(b *secunettest.Box) { b.EnterPIN(false) }, "REJECTED", konnektor.PINVerifiable},
		"timeout": {func(b *secunettest.Box) { b.Clock.Advance(time.Minute) }, "TIMEOUT", konnektor.PINVerifiable},
	} {
		t.Run(name, func(t *testing.T) {
			box := secunettest.NewWith(t, secunettest.Options{Clock: standing()})
			smcb := box.Konnektor.Handle(konnektor.CardSMCB)
			require.NoError(t, box.Konnektor.SetPIN(smcb, konnektor.PINSMC, konnektor.PINVerifiable, 3))
			c := login(t, box)
			pin := cardsPath + "/smb/" + box.Handle(smcb) + "/Mandant1"
			require.Equal(t, map[string]any{"status": "VERIFIABLE", "retries": 3.0}, c.get(pin+"/pin"))
			answers := make(chan []byte, 1)
			go func() {
				resp, err := c.try("POST", pin+"/T1/pin", nil)
				if err == nil {
					b, _ := io.ReadAll(resp.Body)
					resp.Body.Close()
					answers <- b
				}
			}()
			require.Eventually(t, func() bool { return len(box.Waiting()) == 1 }, 30*time.Second, time.Millisecond)
			require.Empty(t, answers)
			x.end(box)
			select {
			case b := <-answers:
				require.True(t, strings.Contains(string(b), `"status":"`+x.status+`"`), string(b))
			case <-time.After(30 * time.Second):
				t.Fatal("the request goes on waiting")
			}
			card, _ := box.Konnektor.Card(smcb)
			require.Equal(t, x.state, card.PINs[konnektor.PINSMC].State)
			require.Empty(t, box.Waiting())
		})
	}
}

func TestTunnelFollowsWhatIsInItsWay(t *testing.T) {
	box := secunettest.New(t)
	c := login(t, box)
	require.True(t, box.Konnektor.Online(konnektortest.TI))
	require.Equal(t, http.StatusOK, first(c.do("PUT", "/simulator/online", map[string]bool{"online": false})))
	require.False(t, box.Konnektor.Online(konnektortest.TI), "services see what management changes")
	require.Contains(t, c.active(), "EC_No_VPN_TI_Connection")
	require.Equal(t, http.StatusOK, first(c.do("PUT", "/simulator/online", map[string]bool{"online": true})))
	require.True(t, box.Konnektor.Online(konnektortest.TI))
	box.CutVPN(true)
	require.Equal(t, false, c.object(statusPath)["vpnTiConnected"])
}
