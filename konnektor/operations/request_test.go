package operations

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

type innerDoc struct {
	Day string `json:"day" format:"date" doc:"A day."`
}

type outerDoc struct {
	Mode   string     `json:"mode" enum:"A B" doc:"A mode."`
	Slot   int64      `json:"slot,omitempty" min:"1" max:"9" doc:"A slot."`
	Least  int64      `json:"least,omitempty" min:"0" doc:"At least none."`
	Yes    bool       `json:"yes,omitempty" doc:"A flag."`
	Inner  *innerDoc  `json:"inner,omitempty" doc:"An object."`
	Many   []innerDoc `json:"many,omitempty" doc:"Objects."`
	Words  []string   `json:"words,omitempty" doc:"Strings."`
	Ending string     `json:"ending,omitempty" doc:"A string."`
	timeLimit
}

// outer describes outerDoc.
func outer(t testing.TB) (*Type, types) {
	ts := types{}
	name, err := ts.add(reflect.TypeFor[outerDoc]())
	require.NoError(t, err)
	require.Equal(t, "Outer", name)
	return ts[name], ts
}

func TestDecodeRequest(t *testing.T) {
	typ, all := outer(t)
	for name, c := range map[string]struct{ request, want string }{
		"least":                       {`{"mode":"A"}`, ""},
		"everything":                  {`{"mode":"B","slot":9,"least":0,"yes":true,"inner":{"day":"2026-01-31"},"many":[{"day":""},{"day":"x"}],"words":["a","b"],"ending":"ü","timeout_ms":5}`, ""},
		"white space around":          {" \n\t{ \"mode\" : \"A\" } \r\n", ""},
		"null is absent":              {`{"mode":"A","slot":null,"inner":null,"many":null,"yes":null}`, ""},
		"null for a required field":   {`{"mode":null}`, "field mode: must not be null"},
		"required field missing":      {`{}`, "field mode: missing"},
		"required inside":             {`{"mode":"A","inner":{}}`, "field inner.day: missing"},
		"not in the enum":             {`{"mode":"a"}`, "field mode: want one of A, B"},
		"unknown field":               {`{"mode":"A","slots":1}`, "unknown field slots"},
		"unknown field inside":        {`{"mode":"A","many":[{"day":""},{"month":1}]}`, "field many[1]: unknown field month"},
		"unknown field in capitals":   {`{"Mode":"A"}`, "unknown field Mode"},
		"unknown field full of data":  {`{"X110411675":"A"}`, "unknown field (its name is left out: it does not look like one)"},
		"field twice":                 {`{"mode":"A","mode":"B"}`, "field mode: given twice"},
		"number for a string":         {`{"mode":1}`, "field mode: want a string"},
		"string for a number":         {`{"mode":"A","slot":"1"}`, "field slot: want a whole number"},
		"fraction":                    {`{"mode":"A","slot":1.5}`, "field slot: want a whole number"},
		"exponent":                    {`{"mode":"A","slot":1e0}`, "field slot: want a whole number"},
		"beyond 64 bits":              {`{"mode":"A","least":99999999999999999999}`, "field least: want a whole number"},
		"below the least":             {`{"mode":"A","slot":0}`, "field slot: want a number from 1 to 9"},
		"above the most":              {`{"mode":"A","slot":10}`, "field slot: want a number from 1 to 9"},
		"negative":                    {`{"mode":"A","least":-1}`, "field least: want a number of at least 0"},
		"string for a flag":           {`{"mode":"A","yes":"true"}`, "field yes: want true or false"},
		"object for a string":         {`{"mode":{"a":1}}`, "field mode: want a string"},
		"list for an object":          {`{"mode":"A","inner":[]}`, "field inner: want an object"},
		"object for a list":           {`{"mode":"A","words":{}}`, "field words: want a list"},
		"number in a list of strings": {`{"mode":"A","words":["a",2]}`, "field words[1]: want a string"},
		"null in a list":              {`{"mode":"A","words":[null]}`, "field words[0]: must not be null"},
		"time limit of nothing":       {`{"mode":"A","timeout_ms":0}`, "field timeout_ms: want a number from 1 to 86400000"},
		"nothing":                     {``, "no JSON at byte 1"},
		"no JSON":                     {`mode=A`, "no JSON at byte 1"},
		"null":                        {`null`, "want a JSON object"},
		"list":                        {`[]`, "want a JSON object"},
		"string":                      {`"A"`, "want a JSON object"},
		"cut":                         {`{"mode":"A"`, "no JSON at byte 12"},
		"cut in a field":              {`{"mode"`, "no JSON at byte 8"},
		"comma at the end":            {`{"mode":"A",}`, "no JSON at byte 13"},
		"two objects":                 {`{"mode":"A"}{}`, "more than one JSON value"},
		"a brace too many":            {`{"mode":"A"}}`, "more than one JSON value"},
		"text behind":                 {`{"mode":"A"} x`, "more than one JSON value"},
		"not UTF-8":                   {"{\"mode\":\"A\",\"ending\":\"\xfc\"}", "not UTF-8"},
		"deep where a string belongs": {`{"mode":` + strings.Repeat("[", 50_000), "field mode: want a string"},
		"deep where nothing belongs":  {strings.Repeat(`{"inner":`, 50_000), "field inner: unknown field inner"},
	} {
		t.Run(name, func(t *testing.T) {
			var got outerDoc
			err := decodeRequest([]byte(c.request), typ, all, reflect.ValueOf(&got).Elem())
			if c.want == "" {
				require.NoError(t, err)
				var want outerDoc
				require.NoError(t, json.Unmarshal([]byte(c.request), &want))
				require.Equal(t, want, got)
				return
			}
			require.EqualError(t, err, "request: "+c.want)
		})
	}
}

// What is let through is JSON, and package encoding/json decodes it to the same.
func FuzzDecodeRequest(f *testing.F) {
	typ, all := outer(f)
	f.Add([]byte(`{"mode":"B","slot":9,"inner":{"day":"2026-01-31"},"many":[{"day":""}],"words":["a"],"timeout_ms":5}`))
	f.Add([]byte(`{"mode":"A","slot":null,"words":[],"least":-0} `))
	f.Add([]byte(`{"mode":"A","ending":"\ud800\u0000\ud83d\ude00\"\\\/\b\f\n\r\t","words":["\udc00x","\ud83d\ud83d\ude00"]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var got, want outerDoc
		err := decodeRequest(raw, typ, all, reflect.ValueOf(&got).Elem())
		if err != nil {
			if strings.Contains(err.Error(), "no JSON at byte") {
				require.False(t, json.Valid(raw), "%s", err)
			}
			return
		}
		require.NoError(t, json.Unmarshal(raw, &want))
		require.Equal(t, want, got)
	})
}
