package fix

import (
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"
)

func TestWindow(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04:05", s, berlin)
		require.NoError(t, err)
		return v
	}
	h := func(hours int, minutes ...int) time.Duration {
		d := time.Duration(hours) * time.Hour
		for _, m := range minutes {
			d += time.Duration(m) * time.Minute
		}
		return d
	}
	night := Window{From: h(22), To: h(5), Location: berlin}
	friday := Window{From: h(22), To: h(5), Days: []time.Weekday{time.Friday}, Location: berlin}
	summer := Window{From: h(2, 30), To: h(4), Location: berlin}
	tests := []struct {
		name string
		w    Window
		at   string
		open bool
		next string // "" when open
	}{
		{"no window", Window{}, "2026-03-02 12:00:00", true, ""},
		{"by day, open", Window{From: h(8), To: h(18), Location: berlin}, "2026-03-02 08:00:00", true, ""},
		{"by day, its end is outside", Window{From: h(8), To: h(18), Location: berlin}, "2026-03-02 18:00:00", false, "2026-03-03 08:00:00"},
		{"until 24 h", Window{From: h(20), To: h(24), Location: berlin}, "2026-03-02 23:59:59", true, ""},
		{"night, before midnight", night, "2026-03-02 23:00:00", true, ""},
		{"night, after midnight", night, "2026-03-03 04:59:59", true, ""},
		{"night, by day", night, "2026-03-03 12:00:00", false, "2026-03-03 22:00:00"},
		{"friday's night on saturday", friday, "2026-03-07 03:00:00", true, ""},
		{"saturday's evening", friday, "2026-03-07 23:00:00", false, "2026-03-13 22:00:00"},
		{"friday before dawn belongs to thursday", friday, "2026-03-06 03:00:00", false, "2026-03-06 22:00:00"},
		{"a whole sunday", Window{Days: []time.Weekday{time.Sunday}, Location: berlin}, "2026-03-08 13:00:00", true, ""},
		{"not a whole monday", Window{Days: []time.Weekday{time.Sunday}, Location: berlin}, "2026-03-09 00:00:00", false, "2026-03-15 00:00:00"},
		// On 2026-03-29 the clock goes from 2 to 3, on 2026-10-25 from 3 back to 2.
		{"2:30 does not exist, it is an hour later", summer, "2026-03-29 03:29:00", false, "2026-03-29 03:30:00"},
		{"and open then", summer, "2026-03-29 03:31:00", true, ""},
		{"a night without an hour", night, "2026-03-29 04:59:00", true, ""},
		{"a night with two of them", night, "2026-10-25 04:59:00", true, ""},
		{"and closed in time", night, "2026-10-25 05:00:00", false, "2026-10-25 22:00:00"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.NoError(t, test.w.check())
			now := at(test.at)
			require.Equal(t, test.open, test.w.Open(now))
			require.Equal(t, test.open, test.w.Open(now.UTC()), "whatever the location of the time")
			want := now
			if test.next != "" {
				want = at(test.next)
			}
			require.True(t, want.Equal(test.w.Next(now)), test.w.Next(now))
		})
	}
	require.Error(t, Window{From: 25 * time.Hour}.check())
	require.Error(t, Window{To: time.Hour, Days: []time.Weekday{7}}.check())
}
