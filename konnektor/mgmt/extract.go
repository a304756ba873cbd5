package mgmt

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// Extractor says where a result stands in an answer. In JSON it is a pointer
// (RFC 6901) into the JSON of the body, such as "/tsl/sequenceNumber", or an
// object. Exactly one of At, Header, Cookie, Field and Body says where.
//
// What is not there, or null, is left out; the result is then "not told".
type Extractor struct {
	At     string `json:"at,omitempty"`     // JSON pointer; "/" alone is the key ""; see Whole
	Whole  bool   `json:"whole,omitempty"`  // the whole JSON of the body
	Header string `json:"header,omitempty"` // header of the answer
	Cookie bool   `json:"cookie,omitempty"` // value of the first cookie that is set
	Field  string `json:"field,omitempty"`  // text of the form field of that name or id in an HTML page
	Body   bool   `json:"body,omitempty"`   // the body as it is, as bytes

	// As is how the box writes the value; empty means as it stands.
	As ValueType `json:"as,omitempty"`
	// Map translates the value, as text, to that of the result. A value that is
	// not in it stays as it is.
	Map map[string]json.RawMessage `json:"map,omitempty"`
	// Each says, for a list, where the parts of each element stand.
	Each map[string]Extractor `json:"each,omitempty"`

	// Required: an answer without it is an error.
	Required bool `json:"required,omitempty"`
}

// ValueType is how a box writes a value.
type ValueType string

// The types. The results are those of JSON, times in RFC 3339 and UTC, bytes in
// base64.
const (
	AsText    ValueType = "text"    // a string, number or boolean, as string
	AsTrimmed ValueType = "trimmed" // the same without blanks at both ends
	AsNumber  ValueType = "number"  // a number, or a string of digits
	AsUnixMS  ValueType = "unix-ms" // milliseconds since 1970; 0 and "" mean none
	AsUnixS   ValueType = "unix-s"  // seconds since 1970; 0 and "" mean none
	AsTime    ValueType = "time"    // RFC 3339
	AsSeconds ValueType = "seconds" // a duration; the result is in nanoseconds
	AsBase64  ValueType = "base64"  // bytes
)

// plainExtractor is Extractor without its methods.
type plainExtractor Extractor

// UnmarshalJSON reads a pointer or an object.
func (x *Extractor) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		*x = Extractor{}
		return json.Unmarshal(data, &x.At)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	return dec.Decode((*plainExtractor)(x))
}

// reply is an answer on its way to results.
type reply struct {
	header http.Header
	body   []byte
	json   any  // the body, once parsed
	parsed bool // json is set
}

// extract gives the results as one JSON object.
func (r *reply) extract(all map[string]Extractor) (map[string]any, error) {
	out := map[string]any{}
	for name, x := range all {
		v, err := r.value(&x)
		if err != nil {
			return nil, malformed(name)
		}
		if v, err = x.convert(v); err != nil {
			return nil, malformed(name)
		}
		if v == nil && x.Required {
			return nil, malformed(name)
		}
		if v != nil {
			out[name] = v
		}
	}
	return out, nil
}

// value finds what x points to; nil for nothing.
func (r *reply) value(x *Extractor) (any, error) {
	switch {
	case x.Header != "":
		return orNil(r.header.Get(x.Header)), nil
	case x.Cookie:
		return orNil(firstCookie(r.header)), nil
	case x.Field != "":
		return orNil(formField(r.body, x.Field)), nil
	case x.Body:
		return base64.StdEncoding.EncodeToString(r.body), nil
	}
	if !r.parsed {
		if err := decodeJSON(r.body, &r.json); err != nil {
			return nil, err
		}
		r.parsed = true
	}
	return lookUp(r.json, x.At)
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// decodeJSON decodes one document, with numbers as they stand.
func decodeJSON(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	return dec.Decode(v)
}

// firstCookie is the value of the first Set-Cookie.
func firstCookie(h http.Header) string {
	line, _, _ := strings.Cut(h.Get("Set-Cookie"), ";")
	_, value, _ := strings.Cut(line, "=")
	return strings.TrimSpace(value)
}

// convert turns what the box wrote into what the result is.
func (x *Extractor) convert(v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	if x.Each != nil {
		return x.list(v)
	}
	if to, ok := x.Map[plainText(v)]; ok {
		return to, nil
	}
	switch x.As {
	case "":
		return v, nil
	case AsText:
		return plainText(v), nil
	case AsTrimmed:
		return strings.TrimSpace(plainText(v)), nil
	case AsBase64:
		text := strings.Join(strings.Fields(plainText(v)), "")
		_, err := base64.StdEncoding.DecodeString(text)
		return text, err
	case AsTime:
		t, err := time.Parse(time.RFC3339, strings.TrimSpace(plainText(v)))
		return t.UTC(), err
	}
	return x.number(plainText(v))
}

// number converts the types that are numbers.
func (x *Extractor) number(text string) (any, error) {
	text = strings.TrimSpace(text)
	n, err := json.Number(text).Int64()
	if (text == "" || n == 0 && err == nil) && (x.As == AsUnixMS || x.As == AsUnixS) {
		return nil, nil
	}
	switch {
	case text == "":
		return nil, nil
	case err != nil:
		return nil, err
	case x.As == AsUnixMS:
		return timeOf(time.UnixMilli(n))
	case x.As == AsUnixS:
		return timeOf(time.Unix(n, 0))
	case x.As == AsSeconds:
		if n > maxSeconds || n < 0 {
			return nil, errValue
		}
		return n * int64(time.Second), nil
	}
	return n, nil
}

// maxSeconds is what a time.Duration can hold.
const maxSeconds = (1<<63 - 1) / int64(time.Second)

// timeOf refuses years that RFC 3339 cannot write.
func timeOf(t time.Time) (any, error) {
	t = t.UTC()
	if t.Year() < 1 || t.Year() > 9999 {
		return nil, errValue
	}
	return t, nil
}

// list converts each element of a list.
func (x *Extractor) list(v any) (any, error) {
	elements, ok := v.([]any)
	if !ok {
		return nil, errValue
	}
	out := make([]any, 0, len(elements))
	for _, element := range elements {
		part := &reply{json: element, parsed: true}
		results, err := part.extract(x.Each)
		if err != nil {
			return nil, err
		}
		out = append(out, results)
	}
	return out, nil
}

// plainText is a scalar as text; the number type is json.Number.
func plainText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return ""
}
