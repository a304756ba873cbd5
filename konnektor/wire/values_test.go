package wire

import (
	"encoding/base64"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// on returns a Reader on an element with this content.
func on(content string) *Reader {
	r := NewReader([]byte("<Value>" + content + "</Value>"))
	r.Root()
	return r
}

// value is a text, what it reads as, and whether it reads at all.
type value[T any] struct {
	text string
	want T
	ok   bool
}

// check reads every text with read.
func check[T any](t *testing.T, read func(*Reader) T, values []value[T]) {
	t.Helper()
	for _, v := range values {
		r := on(v.text)
		got := read(r)
		err := r.Finish()
		if !v.ok {
			require.ErrorIs(t, err, ErrValue, "%q", v.text)
			require.ErrorContains(t, err, "Value is no ", "%q", v.text)
			var zero T
			require.Equal(t, zero, got, "%q", v.text)
			continue
		}
		require.NoError(t, err, "%q", v.text)
		require.Equal(t, v.want, got, "%q", v.text)
	}
}

func TestText(t *testing.T) {
	check(t, (*Reader).Text, []value[string]{
		{" a\n b ", " a\n b ", true},
		{"", "", true},
		{"a<b>c</b>d", "ad", true},
		{"a<b/><![CDATA[ & ]]><?c?>d&gt;", "a & d>", true},
	})
}

func TestToken(t *testing.T) {
	check(t, (*Reader).Token, []value[string]{
		{"plain", "plain", true},
		{"two words", "two words", true},
		{" \n a\tb  c\r\nd ", "a b c d", true},
		{"", "", true},
		{" ", "", true},
		{"&#160;x&#160;", "\u00a0x\u00a0", true},
	})
}

func TestBool(t *testing.T) {
	check(t, (*Reader).Bool, []value[bool]{
		{"true", true, true}, {"1", true, true}, {" false\n", false, true}, {"0", false, true},
		{"TRUE", false, false}, {"", false, false}, {"yes", false, false}, {"01", false, false}, {"\u00a0true", false, false},
	})
}

func TestInt(t *testing.T) {
	check(t, (*Reader).Int, []value[int64]{
		{"17", 17, true}, {" -17 ", -17, true}, {"+5", 5, true}, {"007", 7, true}, {"9223372036854775807", 1<<63 - 1, true},
		{"9223372036854775808", 0, false}, {"", 0, false}, {"1.0", 0, false}, {"1_000", 0, false}, {"0x1", 0, false}, {"1 2", 0, false},
	})
}

func TestUint(t *testing.T) {
	check(t, (*Reader).Uint, []value[uint64]{
		{"17", 17, true}, {" +5 ", 5, true}, {"0", 0, true}, {"18446744073709551615", 1<<64 - 1, true},
		{"-1", 0, false}, {"18446744073709551616", 0, false}, {"", 0, false}, {"++1", 0, false}, {"a", 0, false},
	})
}

func TestBase64(t *testing.T) {
	check(t, (*Reader).Base64, []value[[]byte]{
		{"", []byte{}, true}, {" \n", []byte{}, true}, {"YWJj", []byte("abc"), true}, {"YWI=", []byte("ab"), true},
		{"\n\tYW Jj\r\n YW==  ", []byte("abca"), true}, {"Y<!-- -->WJj", []byte("abc"), true}, {"YWI&#61;", []byte("ab"), true},
		{"<![CDATA[YWJj]]>", []byte("abc"), true},
		{"YWI", nil, false}, {"Y", nil, false}, {"YWJj=", nil, false}, {"YW-_", nil, false}, {"YWJjä", nil, false},
		{"YWI=YWI=", nil, false}, {"Y\u00a0WJj", nil, false},
	})
	r := NewReader([]byte("<Value/>"))
	r.Root()
	require.Equal(t, []byte{}, r.Base64(), "present and empty is not absent")
}

func TestDecodeBase64IsBounded(t *testing.T) {
	text := make([]byte, 1<<20)
	for i := range text {
		text[i] = " A"[i%2]
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := DecodeBase64(text)
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(2*len(text)))
}

func TestDateTime(t *testing.T) {
	at := func(offset, nano int, zoned bool) DateTime {
		zone := time.UTC
		if offset != 0 {
			zone = time.FixedZone("", offset)
		}
		return DateTime{time.Date(2024, 2, 29, 23, 59, 59, nano, zone), zoned}
	}
	check(t, (*Reader).DateTime, []value[DateTime]{
		{"2024-02-29T23:59:59Z", at(0, 0, true), true},
		{" 2024-02-29T23:59:59.5\n", at(0, 500_000_000, false), true},
		{"2024-02-29T23:59:59.123456789999+14:00", at(14*3600, 123_456_789, true), true},
		{"2024-02-29T23:59:59-05:30", at(-19800, 0, true), true},
		{"2024-02-29T23:59:59+00:00", at(0, 0, true), true},
		{"2024-02-29T24:00:00Z", DateTime{time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC), true}, true},
		{"0000-01-01T00:00:00", DateTime{time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), false}, true},
		{"", DateTime{}, true},
		{"2023-02-29T00:00:00Z", DateTime{}, false},
		{"2024-13-01T00:00:00Z", DateTime{}, false},
		{"2024-00-01T00:00:00Z", DateTime{}, false},
		{"2024-01-00T00:00:00Z", DateTime{}, false},
		{"2024-02-29T24:00:01Z", DateTime{}, false},
		{"2024-02-29T24:00:00.1Z", DateTime{}, false},
		{"2024-02-29T25:00:00Z", DateTime{}, false},
		{"2024-02-29T23:60:00Z", DateTime{}, false},
		{"2024-02-29T23:59:60Z", DateTime{}, false},
		{"2024-02-29T23:59:59.Z", DateTime{}, false},
		{"2024-02-29T23:59:59,5Z", DateTime{}, false},
		{"2024-02-29T23:59:59z", DateTime{}, false},
		{"2024-02-29T23:59:59+14:01", DateTime{}, false},
		{"2024-02-29T23:59:59+01:60", DateTime{}, false},
		{"2024-02-29T23:59:59+0100", DateTime{}, false},
		{"2024-02-29T23:59:59*01:00", DateTime{}, false},
		{"2024-02-29T23:59:59+0a:00", DateTime{}, false},
		{"2024-02-29t23:59:59Z", DateTime{}, false},
		{"2024-02-29 23:59:59Z", DateTime{}, false},
		{"2024-02-29T23-59:59Z", DateTime{}, false},
		{"2024-02-29T23:59-59Z", DateTime{}, false},
		{"2024/02/29T23:59:59Z", DateTime{}, false},
		{"2024-02-29T2:59:59Z", DateTime{}, false},
		{"2024-02-29", DateTime{}, false},
		{"-2024-02-29T23:59:59Z", DateTime{}, false},
		{"20a4-02-29T23:59:59Z", DateTime{}, false},
	})
}

func TestDate(t *testing.T) {
	leap := Date{2024, time.February, 29}
	check(t, (*Reader).Date, []value[Date]{
		{"2024-02-29", leap, true}, {" 2024-02-29Z ", leap, true}, {"2024-02-29+02:00", leap, true}, {"", Date{}, true},
		{"2023-02-29", Date{}, false}, {"2024-02-30", Date{}, false}, {"2024-2-29", Date{}, false}, {"20240229", Date{}, false},
		{"2024-02-29T00:00:00", Date{}, false}, {"2024-02-29x", Date{}, false}, {"2024-02-29+15:00", Date{}, false},
	})
	require.Equal(t, "2024-02-29", leap.String())
	require.Equal(t, time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), leap.Time())
}

func TestDuration(t *testing.T) {
	check(t, (*Reader).Duration, []value[Duration]{
		{"PT6H", Duration{0, 6 * time.Hour}, true},
		{" P1Y2M3DT4H5M6.5S ", Duration{14, 3*24*time.Hour + 4*time.Hour + 5*time.Minute + 6500*time.Millisecond}, true},
		{"-P1MT1M", Duration{-1, -time.Minute}, true},
		{"P0D", Duration{}, true},
		{"PT86400S", Duration{0, 24 * time.Hour}, true},
		{"PT.5S", Duration{}, false}, {"PT1.S", Duration{}, false},
		{"P", Duration{}, false}, {"PT", Duration{}, false}, {"P1DT", Duration{}, false}, {"", Duration{}, false}, {"6H", Duration{}, false},
		{"P1H", Duration{}, false}, {"PT1D", Duration{}, false}, {"P1M1Y", Duration{}, false}, {"PT1S1M", Duration{}, false},
		{"P-1D", Duration{}, false}, {"+P1D", Duration{}, false}, {"P1", Duration{}, false}, {"PT1", Duration{}, false}, {"PT1.5M", Duration{}, false},
		{"P99999999999999999999D", Duration{}, false}, {"P100000D", Duration{}, false}, {"PT7884000001S", Duration{}, false},
	})
}

func TestAttributes(t *testing.T) {
	r := NewReader([]byte(`<a b=" true " c="17" d="x" xml:lang="de" e="&#10;&lt;"/>`))
	require.True(t, r.Root())
	b, ok := r.AttrBool("", "b")
	require.True(t, b && ok)
	n, ok := r.AttrInt("", "c")
	require.True(t, ok)
	require.Equal(t, int64(17), n)
	lang, ok := r.Attr(XMLSpace, "lang")
	require.True(t, ok)
	require.Equal(t, "de", lang)
	e, ok := r.Attr("", "e")
	require.True(t, ok)
	require.Equal(t, "\n<", e)
	_, ok = r.AttrBool("", "none")
	require.False(t, ok)
	_, ok = r.AttrInt("", "none")
	require.False(t, ok)
	require.NoError(t, r.Err())
	_, ok = r.AttrInt("", "d")
	require.False(t, ok)
	_, ok = r.AttrBool("", "d")
	require.False(t, ok)
	require.NoError(t, r.Err())
	require.Equal(t, []string{"d"}, r.Unreadable(), "once")
}

// TestOptionalValues reads elements that may be absent: what is no value is left
// out and noted, and what follows is read all the same.
func TestOptionalValues(t *testing.T) {
	read := map[string]func(*Reader) any{
		"bool": func(r *Reader) any { return deref(r.OptionalBool()) }, "int": func(r *Reader) any { return deref(r.OptionalInt()) },
		"uint": func(r *Reader) any { return deref(r.OptionalUint()) }, "time": func(r *Reader) any { return deref(r.OptionalDateTime()) },
		"date": func(r *Reader) any { return deref(r.OptionalDate()) }, "duration": func(r *Reader) any { return deref(r.OptionalDuration()) },
	}
	day, _ := ParseDate("2031-05-31")
	moment, _ := ParseDateTime("2026-02-28T10:11:12Z")
	good := map[string]struct {
		text string
		want any
	}{
		"bool": {" 1 ", true}, "int": {"-7", int64(-7)}, "uint": {"+7", uint64(7)},
		"time": {"2026-02-28T10:11:12Z", moment}, "date": {"2031-05-31", day}, "duration": {"PT1S", Duration{0, time.Second}},
	}
	for name, get := range read {
		one := func(text string) (any, []string, error) {
			r := NewReader([]byte("<a><" + name + ">" + text + "</" + name + "><next>1</next></a>"))
			require.True(t, r.Root() && r.Child(1))
			v := get(r)
			require.True(t, r.Child(1) && r.Is("", "next") && r.Bool(), name)
			return v, r.Unreadable(), r.Finish()
		}
		v, unreadable, err := one(good[name].text)
		require.NoError(t, err)
		require.Equal(t, good[name].want, v, name)
		require.Empty(t, unreadable)
		v, unreadable, err = one("KANARIENVOGEL")
		require.NoError(t, err)
		require.Nil(t, v, name)
		require.Equal(t, []string{name}, unreadable)
		v, unreadable, err = one(" ")
		require.NoError(t, err)
		require.Nil(t, v, name)
		require.Empty(t, unreadable, "nothing was said")
	}
}

// deref is the value behind p, or nil.
func deref[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

func TestLongScratchIsLetGo(t *testing.T) {
	r := on("&amp;" + base64.StdEncoding.EncodeToString(make([]byte, maxScratch)))
	require.Len(t, r.Text(), 1+base64.StdEncoding.EncodedLen(maxScratch))
	r.Reset(nil)
	require.Zero(t, cap(r.scratch))
}
