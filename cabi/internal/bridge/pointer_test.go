package bridge

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestJSONGet(t *testing.T) {
	// the document of RFC 6901, section 5, and the values of its table
	const rfc = `{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}`
	for _, c := range []struct {
		text, pointer, value string
		kind                 Kind
		status               Status
	}{
		{rfc, "", rfc, KindObject, OK},
		{rfc, "/foo", `["bar","baz"]`, KindList, OK},
		{rfc, "/foo/0", "bar", KindString, OK},
		{rfc, "/", "0", KindNumber, OK},
		{rfc, "/a~1b", "1", KindNumber, OK},
		{rfc, "/c%d", "2", KindNumber, OK},
		{rfc, "/e^f", "3", KindNumber, OK},
		{rfc, "/g|h", "4", KindNumber, OK},
		{rfc, `/i\j`, "5", KindNumber, OK},
		{rfc, `/k"l`, "6", KindNumber, OK},
		{rfc, "/ ", "7", KindNumber, OK},
		{rfc, "/m~0n", "8", KindNumber, OK},
		{rfc, "/foo/#", "2", KindNumber, OK},
		{rfc, "/foo/2", "", 0, NotFound},
		{rfc, "/foo/-", "", 0, NotFound},
		{rfc, "/foo/00", "", 0, NotFound},
		{rfc, "/foo/+0", "", 0, NotFound},
		{rfc, "/foo/0/0", "", 0, NotFound},
		{rfc, "/foo/4294967296", "", 0, NotFound},
		{rfc, "//", "", 0, NotFound},
		{rfc, "/#", "", 0, NotFound},
		{rfc, "foo", "", 0, BadArgument},
		{rfc + "x", "", "", 0, BadText},
		{"", "", "", 0, BadText},
		{"\xff", "", "", 0, BadText},
		{`{"#":1}`, "/#", "1", KindNumber, OK},
		{`{"~1":1}`, "/~01", "1", KindNumber, OK},
		{` null `, "", "null", KindNull, OK},
		{`{"a": false }`, "/a", "false", KindBool, OK},
		{`{"a":"\u0000\u00e4\n"}`, "/a", "\x00ä\n", KindString, OK},
		{`{"a":-1.5e3}`, "/a", "-1.5e3", KindNumber, OK},
		{`{"a":1,"a":2}`, "/a", "1", KindNumber, OK},
		{strings.Repeat("[", 9000) + strings.Repeat("]", 9000), strings.Repeat("/0", 8999), "[]", KindList, OK},
		{strings.Repeat("[", 20000) + strings.Repeat("]", 20000), "", "", 0, BadText},
	} {
		value, kind, status := JSONGet([]byte(c.text), c.pointer)
		require.Equal(t, c.status, status, c.pointer)
		require.Equal(t, c.kind, kind, c.pointer)
		require.Equal(t, c.value, string(value), c.pointer)
	}
	_, _, status := JSONGet(make([]byte, MaxText+1), "")
	require.Equal(t, TooLarge, status)
}

func FuzzJSONGet(f *testing.F) {
	f.Add([]byte(`{"a":[1,"x",{"b/c":null}]}`), "/a/2/b~1c")
	f.Add([]byte(`[[],""]`), "/#")
	f.Fuzz(func(t *testing.T, text []byte, pointer string) {
		value, kind, status := JSONGet(text, pointer)
		if status != OK {
			require.Nil(t, value)
			return
		}
		require.True(t, json.Valid(text))
		if kind != KindString {
			require.True(t, json.Valid(value))
		}
	})
}

func FuzzCutToken(f *testing.F) {
	f.Add([]byte(`{"call_token":7,"a":{"b":[1]}}`))
	f.Add([]byte(`{"a":"call_token"}`))
	f.Fuzz(func(t *testing.T, request []byte) {
		token, rest, ok := cutToken(request)
		if !ok {
			require.Nil(t, rest)
			return
		}
		require.GreaterOrEqual(t, token, int32(0))
		require.Equal(t, json.Valid(request), json.Valid(rest))
		if token == 0 {
			require.Equal(t, string(request), string(rest))
		}
	})
}
