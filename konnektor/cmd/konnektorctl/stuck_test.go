package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet/secunettest"
)

// TestSilentFixOfAStuckBox is September 2020 as an updater meets it: the box answers a
// few requests in a row of every fifty, holds the others until it drops them, and is
// busy for hours with what it was told. The updater runs and ends pending, the PVS
// goes on at its next starts, nobody looks. Two hours of the box are a second here.
func TestSilentFixOfAStuckBox(t *testing.T) {
	box, args := incident(t, secunettest.Options{
		Incident: secunettest.September2020, Seed: 11, Clock: mgmttest.RunningClock(time.Time{}, 7200),
		Stuck: mgmttest.Stuck{OneIn: 50, Answers: 6, Hang: time.Second},
	})
	fix := func(timeout string, command ...string) int {
		command = append(command, "--silent", "--timeout", timeout, "--retry", "100ms", "--retry-max", "100ms")
		r := ctl(t, append(args[:len(args):len(args)], command...)...)
		require.Empty(t, r.stdout+r.stderr, "silent")
		return r.code
	}
	starts, begun := 1, time.Now()
	code := fix("3s", "apply", "seclog")
	for ; code == exitPending && time.Since(begun) < 5*time.Minute; starts++ {
		code = fix("30s", "resume")
	}
	require.Equal(t, exitOK, code)
	t.Logf("%d starts, %d requests, %s", starts, len(box.Requests()), time.Since(begun))

	var s struct {
		Crypto string `json:"logSuccessfulCryptoOps"`
		Days   string `json:"securityLogDays"`
	}
	require.NoError(t, json.Unmarshal([]byte(box.State().LogSettings), &s))
	require.Equal(t, "DISABLED", s.Crypto)
	require.Equal(t, "10", s.Days)
	c := box.Counters()
	require.LessOrEqual(t, c.MostOpen, 1, "sessions at once")
	require.Zero(t, c.AllWrong)
	require.Empty(t, box.Complaints())
	require.Equal(t, exitOK, fix("30s", "resume"), "nothing waits any more")

	r := ctl(t, append(args[:len(args):len(args)], "journal")...)
	require.Equal(t, exitOK, r.code, r.stderr)
	require.Contains(t, r.stdout, "Beendet: Ausgeführt und geprüft")
}
