package vsdm_test

import (
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/vsdm"
	"github.com/stretchr/testify/require"
)

func day(s string) vsdm.Date {
	d, err := vsdm.ParseDate(s)
	if err != nil {
		return vsdm.Date{Year: -1}
	}
	return d
}

func TestParseDate(t *testing.T) {
	cases := map[string]struct {
		want        vsdm.Date
		known, real bool
	}{
		"19850616": {vsdm.Date{Year: 1985, Month: 6, Day: 16}, true, true},
		"20000229": {vsdm.Date{Year: 2000, Month: 2, Day: 29}, true, true},
		"19000229": {vsdm.Date{Year: 1900, Month: 2, Day: 29}, true, false},
		"20230231": {vsdm.Date{Year: 2023, Month: 2, Day: 31}, true, false},
		"19530000": {vsdm.Date{Year: 1953}, false, true},
		"19531100": {vsdm.Date{Year: 1953, Month: 11}, false, true},
		"19530017": {vsdm.Date{Year: 1953, Day: 17}, false, false},
		"00000101": {vsdm.Date{Month: 1, Day: 1}, false, false},
		"00000000": {vsdm.Date{}, false, false},
	}
	for s, c := range cases {
		got, err := vsdm.ParseDate(s)
		require.NoError(t, err, s)
		require.Equal(t, c.want, got, s)
		require.Equal(t, c.known, got.Known(), s)
		require.Equal(t, c.real, got.Real(), s)
		if !got.IsZero() {
			require.Equal(t, s, got.String())
		}
	}
	require.Empty(t, vsdm.Date{}.String())
	for _, s := range []string{"", "1985-06-16", "1985061", "198506160", "19851306", "19850632", "1985061٦", "+9850616", " 9850616"} {
		_, err := vsdm.ParseDate(s)
		require.Error(t, err, s)
		require.NotContains(t, err.Error(), "985", "quotes the date")
	}
}

func TestNotAfter(t *testing.T) {
	cases := []struct {
		name, a, b string
		want       vsdm.Answer
	}{
		{"the day before", "20240630", "20240701", vsdm.Yes},
		{"the same day", "20240701", "20240701", vsdm.Yes},
		{"the day after", "20240702", "20240701", vsdm.No},
		{"unknown day in an earlier month", "20240600", "20240701", vsdm.Yes},
		{"unknown day in the month", "20240700", "20240715", vsdm.Unknown},
		{"unknown day, compared with the last of the month", "20240700", "20240731", vsdm.Yes},
		{"unknown day in a later month", "20240800", "20240731", vsdm.No},
		{"unknown month in an earlier year", "20230000", "20240101", vsdm.Yes},
		{"unknown month in the year", "20240000", "20240701", vsdm.Unknown},
		{"unknown month in a later year", "20250000", "20241231", vsdm.No},
		{"both unknown", "20240700", "20240700", vsdm.Unknown},
		{"no year", "00000101", "20240701", vsdm.Unknown},
		{"a day that no month has", "20240231", "20240301", vsdm.Yes},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, day(c.a).NotAfter(day(c.b)))
		})
	}
	require.Equal(t, vsdm.Unknown, vsdm.Date{}.NotAfter(day("20240701")))
	require.Equal(t, vsdm.Unknown, day("20240701").NotAfter(vsdm.Date{}))
}

func TestAge(t *testing.T) {
	cases := []struct {
		name, birth, day string
		least, most      int
		ok               bool
	}{
		{"birthday", "19850616", "20260616", 41, 41, true},
		{"the day before", "19850616", "20260615", 40, 40, true},
		{"day of birth", "20260615", "20260615", 0, 0, true},
		{"leap day, 28 February", "20040229", "20230228", 18, 18, true},
		{"leap day, 1 March", "20040229", "20230301", 19, 19, true},
		{"unknown day, before the month", "19850600", "20260531", 40, 40, true},
		{"unknown day, in the month", "19850600", "20260615", 40, 41, true},
		{"unknown day, on the last of the month", "19850600", "20260630", 40, 41, true},
		{"unknown day, after the month", "19850600", "20260701", 41, 41, true},
		{"unknown month", "19530000", "20260615", 72, 73, true},
		{"unknown month, in the year of birth", "20260000", "20260615", 0, 0, true},
		{"not born yet", "20260616", "20260615", 0, 0, false},
		{"no year", "00000616", "20260615", 0, 0, false},
		{"incomplete day", "19850616", "20260600", 0, 0, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			least, most, ok := day(c.birth).Age(day(c.day))
			require.Equal(t, c.ok, ok)
			require.Equal(t, [2]int{c.least, c.most}, [2]int{least, most})
		})
	}
}

// TestDateOf holds the rule for summer time against the time zone database, at
// each change of 40 years and on either side of midnight.
func TestDateOf(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zone database on this machine")
	}
	for year := 1996; year <= 2037; year++ {
		for at := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() == year; at = at.Add(30 * time.Minute) {
			y, m, d := at.In(berlin).Date()
			require.Equal(t, vsdm.Date{Year: y, Month: int(m), Day: d}, vsdm.DateOf(at), "%s", at)
		}
	}
	moscow := time.FixedZone("MSK", 3*3600)
	require.Equal(t, day("20260101"), vsdm.DateOf(time.Date(2026, 1, 1, 2, 0, 0, 0, moscow)))
	require.Equal(t, day("20251231"), vsdm.DateOf(time.Date(2026, 1, 1, 1, 59, 59, 0, moscow)))
}

func TestQuarter(t *testing.T) {
	for s, want := range map[string]vsdm.Quarter{
		"20260101": {2026, 1}, "20260331": {2026, 1}, "20260401": {2026, 2}, "20260630": {2026, 2},
		"20260701": {2026, 3}, "20260930": {2026, 3}, "20261001": {2026, 4}, "20261231": {2026, 4},
		"20260500": {2026, 2}, "20260000": {},
	} {
		require.Equal(t, want, vsdm.QuarterOf(day(s)), s)
	}
	require.Equal(t, "2026-Q3", vsdm.Quarter{Year: 2026, Number: 3}.String())

	// The quarter changes with the calendar in Germany, not with UTC.
	for at, want := range map[time.Time]vsdm.Quarter{
		time.Date(2026, 6, 30, 21, 59, 59, 0, time.UTC):  {2026, 2},
		time.Date(2026, 6, 30, 22, 0, 0, 0, time.UTC):    {2026, 3},
		time.Date(2025, 12, 31, 22, 59, 59, 0, time.UTC): {2025, 4},
		time.Date(2025, 12, 31, 23, 0, 0, 0, time.UTC):   {2026, 1},
	} {
		require.Equal(t, want, vsdm.Pruefungsnachweis{Timestamp: at}.Quarter(), "%s", at)
	}
	require.Zero(t, vsdm.Pruefungsnachweis{}.Quarter())
}

func TestCover(t *testing.T) {
	cases := []struct {
		name, begin, end, day string
		want                  vsdm.Answer
	}{
		{"within", "20180111", "20301231", "20260704", vsdm.Yes},
		{"without end", "20180111", "", "20260704", vsdm.Yes},
		{"first day", "20260704", "", "20260704", vsdm.Yes},
		{"day before", "20260705", "", "20260704", vsdm.No},
		{"last day", "20180111", "20260704", "20260704", vsdm.Yes},
		{"day after", "20180111", "20260703", "20260704", vsdm.No},
		{"unknown begin in the month", "20260700", "", "20260704", vsdm.Unknown},
		{"unknown end, certainly over", "20180111", "20260600", "20260704", vsdm.No},
		{"no begin, over", "", "20260703", "20260704", vsdm.No},
		{"no begin", "", "", "20260704", vsdm.Unknown},
		{"unreadable begin", "x", "", "20260704", vsdm.Unknown},
		{"unreadable end", "20180111", "x", "20260704", vsdm.Unknown},
		{"unreadable end, not begun", "20260705", "x", "20260704", vsdm.No},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var s vsdm.Versicherungsschutz
			if c.begin != "" {
				s.Beginn = day(c.begin)
			}
			if c.end != "" {
				s.Ende = day(c.end)
			}
			require.Equal(t, c.want, s.On(day(c.day)))
			r := vsdm.RuhenderLeistungsanspruch{Beginn: s.Beginn, Ende: s.Ende}
			require.Equal(t, c.want, r.On(day(c.day)))
		})
	}
}

func TestExempt(t *testing.T) {
	today := day("20260704")
	require.Equal(t, vsdm.No, vsdm.Zuzahlungsstatus{}.Exempt(today))
	require.Equal(t, vsdm.Yes, vsdm.Zuzahlungsstatus{Status: true}.Exempt(today))
	require.Equal(t, vsdm.Yes, vsdm.Zuzahlungsstatus{Status: true, GueltigBis: today}.Exempt(today))
	require.Equal(t, vsdm.No, vsdm.Zuzahlungsstatus{Status: true, GueltigBis: day("20260703")}.Exempt(today))
}

func TestUnreadableDate(t *testing.T) {
	d := vsdm.Date{Year: -1}
	require.Empty(t, d.String())
	require.False(t, d.IsZero())
	require.False(t, d.Known())
	require.False(t, d.Real())
	require.Zero(t, vsdm.QuarterOf(d))
	_, _, ok := d.Age(day("20260704"))
	require.False(t, ok)
}

func TestAnswerString(t *testing.T) {
	require.Equal(t, "yes no unknown", vsdm.Yes.String()+" "+vsdm.No.String()+" "+vsdm.Unknown.String())
}
