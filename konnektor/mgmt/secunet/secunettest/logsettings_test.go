package secunettest_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet/secunettest"
)

const goldenSettings = `{"logInfo":[` +
	`{"fmName":"system","logDays":"180","performanceLog":"DISABLED","severity":"WARNING"},` +
	`{"fmName":"amts","logDays":"180","performanceLog":"DISABLED","severity":"WARNING"},` +
	`{"fmName":"epa","logDays":"180","performanceLog":"DISABLED","severity":"WARNING"},` +
	`{"fmName":"nfdm","logDays":"180","performanceLog":"DISABLED","severity":"WARNING"},` +
	`{"fmName":"vsdm","logDays":"180","performanceLog":"DISABLED","severity":"WARNING"},` +
	`{"fmName":"simfm","logDays":"180","performanceLog":"DISABLED","severity":"WARNING"}],` +
	`"logSuccessfulCryptoOps":"DISABLED","securityLogDays":"180","simulatorOnly":{"keep":[true,null,"ü"]}}`

func TestLogSettingsAreCompleteAndKeepUnknownKeys(t *testing.T) {
	box := secunettest.NewWith(t, secunettest.Options{Clock: standing()})
	c := login(t, box)
	_, _, body := c.do("GET", settingsPath, nil)
	require.Equal(t, goldenSettings, string(body))

	s := c.object(settingsPath)
	s["securityLogDays"] = "140"
	s["logInfo"].([]any)[4].(map[string]any)["severity"] = "ERROR"
	status, _, _ := c.do("PUT", strictPath, s)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, s, c.object(settingsPath))
	require.ElementsMatch(t, []secunettest.Change{
		{At: box.Clock.Now(), Name: "logInfo.vsdm.severity", Before: "WARNING", After: "ERROR"},
		{At: box.Clock.Now(), Name: "securityLogDays", Before: "180", After: "140"},
	}, box.Changes())
	require.Empty(t, box.Complaints())
}

func TestDaysAsNumbers(t *testing.T) {
	box := secunettest.NewWith(t, secunettest.Options{DaysAsNumbers: true})
	c := login(t, box)
	s := c.object(settingsPath)
	require.Equal(t, 180.0, s["securityLogDays"])
	s["securityLogDays"] = "150"
	require.Equal(t, http.StatusBadRequest, first(c.do("PUT", strictPath, s)))
	require.Len(t, box.Complaints(), 1)
	s["securityLogDays"] = 150
	require.Equal(t, http.StatusOK, first(c.do("PUT", strictPath, s)))
	require.Equal(t, "150", box.Setting("securityLogDays"))
}

func TestBadSettingsAreRefused(t *testing.T) {
	for name, x := range map[string]struct {
		change    func(map[string]any)
		complaint bool
	}{
		"key left out":          {func(s map[string]any) { delete(s, "simulatorOnly") }, true},
		"key added":             {func(s map[string]any) { s["more"] = 1 }, true},
		"unknown key changed":   {func(s map[string]any) { s["simulatorOnly"] = nil }, true},
		"module left out":       {func(s map[string]any) { s["logInfo"] = s["logInfo"].([]any)[:5] }, true},
		"module twice":          {func(s map[string]any) { l := s["logInfo"].([]any); l[5] = l[0] }, true},
		"severity unknown":      {func(s map[string]any) { s["logInfo"].([]any)[0].(map[string]any)["severity"] = "warning" }, true},
		"crypto as bool":        {func(s map[string]any) { s["logSuccessfulCryptoOps"] = false }, true},
		"days as number":        {func(s map[string]any) { s["securityLogDays"] = 140 }, true},
		"days with a zero":      {func(s map[string]any) { s["securityLogDays"] = "0140" }, true},
		"nine days":             {func(s map[string]any) { s["securityLogDays"] = "9" }, false},
		"more than a year":      {func(s map[string]any) { s["securityLogDays"] = "366" }, false},
		"nine days of a module": {func(s map[string]any) { s["logInfo"].([]any)[3].(map[string]any)["logDays"] = "9" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			box := secunettest.New(t)
			c := login(t, box)
			before := box.State()
			s := c.object(settingsPath)
			x.change(s)
			status, _, body := c.do("PUT", strictPath, s)
			require.Equal(t, http.StatusBadRequest, status)
			require.True(t, json.Valid(body))
			require.Equal(t, x.complaint, len(box.Complaints()) == 1, box.Complaints())
			require.Equal(t, before, box.State())
		})
	}
}

func TestPendingRestartHoldsEveryChangeBack(t *testing.T) {
	box := secunettest.NewWith(t, secunettest.Options{Clock: standing()})
	c := login(t, box)
	box.SetRestartRequired(true)
	require.Equal(t, true, c.object(statusPath)["restartRequired"])
	require.Contains(t, c.active(), "EC_OTHER_ERROR_STATE")
	s := c.object(settingsPath)
	s["securityLogDays"] = "150"
	require.Equal(t, http.StatusOK, first(c.do("PUT", strictPath, s)))
	require.Equal(t, "180", c.object(settingsPath)["securityLogDays"], "accepted and not yet effective")
	require.Empty(t, box.Changes())
	require.Equal(t, 1, box.State().Pending)
	box.Reboot()
	box.Clock.Advance(10 * time.Minute)
	c.again()
	require.Equal(t, "150", c.object(settingsPath)["securityLogDays"])
	require.Equal(t, false, c.object(statusPath)["restartRequired"])
	require.NotContains(t, c.active(), "EC_OTHER_ERROR_STATE")
}

func TestHSKIgnoresWhatItDoesNotSupport(t *testing.T) {
	box := secunettest.NewWith(t, secunettest.Options{Product: secunettest.HSK, Ignored: []string{"logSuccessfulCryptoOps"}})
	require.NoError(t, box.Set("logSuccessfulCryptoOps", "ENABLED"))
	c := login(t, box)
	s := c.object(settingsPath)
	s["logSuccessfulCryptoOps"], s["securityLogDays"] = "DISABLED", "170"
	require.Equal(t, http.StatusOK, first(c.do("PUT", strictPath, s)))
	after := c.object(settingsPath)
	require.Equal(t, "ENABLED", after["logSuccessfulCryptoOps"])
	require.Equal(t, "170", after["securityLogDays"])
	require.Equal(t, http.StatusOK, first(c.do("PUT", "/simulator/online", map[string]bool{"online": false})))
	require.Equal(t, true, c.object("/simulator/online")["online"])
}

func TestLargeChangeOfRetentionBlocksTheInterface(t *testing.T) {
	box := secunettest.NewWith(t, secunettest.Options{Clock: standing()})
	c := login(t, box)
	s := c.object(settingsPath)
	s["securityLogDays"] = "140"
	require.Equal(t, http.StatusOK, first(c.do("PUT", strictPath, s)), "40 days at once are harmless")
	s["securityLogDays"] = "99"
	c.lost("PUT", strictPath, s)
	c.lost("GET", statusPath, nil)
	require.Equal(t, "99", box.Setting("securityLogDays"))
	require.Equal(t, 31*time.Minute, box.Blocked().Sub(box.Clock.Now()))
	box.Clock.Advance(31 * time.Minute)
	c.again()
	require.Equal(t, "99", c.object(settingsPath)["securityLogDays"])
}
