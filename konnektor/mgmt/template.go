package mgmt

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
)

// Values are what is put into a request, by the names of [Operation.Values]:
// strings, numbers, booleans, JSON (json.RawMessage) or bytes.
type Values map[string]any

// cutPlaceholder cuts text around the first "{name}" or "{name|text}"; ok is false
// when there is none.
func cutPlaceholder(text string) (before, name string, asText bool, rest string, ok bool) {
	for at := 0; at < len(text); at++ {
		if text[at] != '{' {
			continue
		}
		end := at + 1
		for end < len(text) && (text[end] >= 'a' && text[end] <= 'z' || text[end] == '_') {
			end++
		}
		rest, asText = strings.CutPrefix(text[end:], "|text")
		if after, closed := strings.CutPrefix(rest, "}"); closed && end > at+1 {
			return text[:at], text[at+1 : end], asText, after, true
		}
	}
	return "", "", false, "", false
}

// checkTemplate refuses braces that are no placeholder and unknown names.
func checkTemplate(place, text string, names []string) error {
	unknown := ""
	for {
		before, name, _, rest, ok := cutPlaceholder(text)
		if !ok {
			break
		}
		if strings.ContainsAny(before, "{}") {
			return configError("%s: a brace that is no {name}", place)
		}
		if unknown == "" && !slices.Contains(names, name) {
			unknown = name
		}
		text = rest
	}
	switch {
	case strings.ContainsAny(text, "{}"):
		return configError("%s: a brace that is no {name}", place)
	case unknown != "":
		return configError("%s: {%s}: the operation has no such value", place, unknown)
	}
	return nil
}

// alone is the name in a text that is "{name}" and nothing else.
func alone(text string) (string, bool) {
	before, name, asText, rest, ok := cutPlaceholder(text)
	if !ok || asText || before != "" || rest != "" {
		return "", false
	}
	return name, true
}

// fill puts values into a text, each through escape.
func (v Values) fill(text string, escape func(string) (string, error)) (string, error) {
	var filled strings.Builder
	for {
		before, name, _, rest, ok := cutPlaceholder(text)
		if !ok {
			filled.WriteString(text)
			return filled.String(), nil
		}
		value, err := v.text(name)
		if err == nil {
			value, err = escape(value)
		}
		if err != nil {
			return "", err
		}
		filled.WriteString(before + value)
		text = rest
	}
}

// text is a value as text: bytes as base64.
func (v Values) text(name string) (string, error) {
	switch value := v[name].(type) {
	case string:
		return value, nil
	case []byte:
		return base64.StdEncoding.EncodeToString(value), nil
	case json.RawMessage:
		var s string
		if json.Unmarshal(value, &s) == nil {
			return s, nil
		}
		return string(value), nil
	case bool, int, int64:
		return fmt.Sprint(value), nil
	}
	return "", requestError("no value for {%s}", name)
}

// segment escapes a value as one segment of a path.
func segment(s string) (string, error) {
	if s == "" || s == "." || s == ".." || strings.ContainsFunc(s, control) {
		return "", requestError("a value that cannot stand in a path")
	}
	return url.PathEscape(s), nil
}

// header refuses what would end a header.
func header(s string) (string, error) {
	if strings.ContainsFunc(s, control) {
		return "", requestError("a value that cannot stand in a header")
	}
	return s, nil
}

func asIs(s string) (string, error) { return s, nil }

// translated gives the values the names that the box has for them.
func (v Values) translated(by map[string]map[string]json.RawMessage) Values {
	if len(by) == 0 {
		return v
	}
	out := Values{}
	for name, value := range v {
		out[name] = value
		if text, err := v.text(name); err == nil {
			if to, ok := by[name][text]; ok {
				out[name] = to
			}
		}
	}
	return out
}

// query fills a query.
func (v Values) query(templates map[string]string) (string, error) {
	query := url.Values{}
	for name, text := range templates {
		filled, err := v.fill(text, asIs)
		if err != nil {
			return "", err
		}
		query.Set(name, filled)
	}
	return query.Encode(), nil
}

// body fills a body and names its type.
func (v Values) body(e *Entry) (data []byte, contentType string, err error) {
	switch {
	case e.Body == nil:
		return nil, "", nil
	case e.BodyType == BodyForm:
		var form map[string]string
		if err := json.Unmarshal(e.Body, &form); err != nil {
			return nil, "", errValue
		}
		text, err := v.query(form)
		return []byte(text), "application/x-www-form-urlencoded", err
	case e.BodyType == BodyRaw:
		var text string
		if err := json.Unmarshal(e.Body, &text); err != nil {
			return nil, "", errValue
		}
		data, err := v.bytes(text)
		return data, "application/octet-stream", err
	case e.BodyType == BodyMultipart:
		return v.multipart(e.Body)
	}
	data, err = v.json(e.Body)
	return data, "application/json", err
}

// bytes is the one value that text names, as it is.
func (v Values) bytes(text string) ([]byte, error) {
	name, _ := alone(text)
	switch value := v[name].(type) {
	case []byte:
		return value, nil
	case json.RawMessage:
		return value, nil
	}
	s, err := v.text(name)
	return []byte(s), err
}

// json fills the strings of a JSON template. Everything else stays as it is.
func (v Values) json(template json.RawMessage) (json.RawMessage, error) {
	template = bytes.TrimSpace(template)
	switch template[0] {
	case '"':
		return v.jsonString(template)
	case '[':
		var list []json.RawMessage
		if err := json.Unmarshal(template, &list); err != nil {
			return nil, errValue
		}
		for i := range list {
			filled, err := v.json(list[i])
			if err != nil {
				return nil, err
			}
			list[i] = filled
		}
		return plainJSON(list)
	case '{':
		return v.jsonObject(template)
	}
	return template, nil
}

// jsonObject fills an object and keeps the order of its members.
func (v Values) jsonObject(template json.RawMessage) (json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(template))
	if _, err := dec.Token(); err != nil {
		return nil, errValue
	}
	out := []byte{'{'}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, errValue
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, errValue
		}
		filled, err := v.json(value)
		if err != nil {
			return nil, err
		}
		key, err := plainJSON(name)
		if err != nil {
			return nil, err
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, key...), ':'), filled...)
	}
	return append(out, '}'), nil
}

func (v Values) jsonString(template json.RawMessage) (json.RawMessage, error) {
	var text string
	if err := json.Unmarshal(template, &text); err != nil {
		return nil, errValue
	}
	if name, ok := alone(text); ok {
		value, there := v[name]
		if !there {
			return nil, requestError("no value for {%s}", name)
		}
		return plainJSON(value)
	}
	filled, err := v.fill(text, asIs)
	if err != nil {
		return nil, err
	}
	return plainJSON(filled)
}

// plainJSON encodes without escapes for HTML.
func plainJSON(v any) (json.RawMessage, error) {
	if raw, ok := v.(json.RawMessage); ok {
		return raw, nil
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, requestError("a value that cannot be sent")
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// part is one part of a multipart body.
type part struct {
	Name     string `json:"name"`
	Filename string `json:"filename"`
	Type     string `json:"type"`
	Value    string `json:"value"`
}

func parts(template json.RawMessage) ([]part, error) {
	var all []part
	dec := json.NewDecoder(bytes.NewReader(template))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&all); err != nil {
		return nil, configError(`body: multipart is a list of {"name", "filename", "type", "value"}`)
	}
	for _, p := range all {
		if p.Name == "" || strings.ContainsFunc(p.Name+p.Filename+p.Type, control) {
			return nil, configError("body: a part without name, or with control characters")
		}
	}
	return all, nil
}

func (v Values) multipart(template json.RawMessage) ([]byte, string, error) {
	all, err := parts(template)
	if err != nil {
		return nil, "", err
	}
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for _, p := range all {
		value, err := v.part(p)
		if err != nil {
			return nil, "", err
		}
		to, err := w.CreatePart(p.header(v))
		if err != nil {
			return nil, "", err
		}
		if _, err := to.Write(value); err != nil {
			return nil, "", err
		}
	}
	if err := w.Close(); err != nil {
		return nil, "", err
	}
	return out.Bytes(), w.FormDataContentType(), nil
}

func (v Values) part(p part) ([]byte, error) {
	if _, ok := alone(p.Value); ok {
		return v.bytes(p.Value)
	}
	text, err := v.fill(p.Value, asIs)
	return []byte(text), err
}

// header describes the part. A name of a file that cannot be filled in is left
// out.
func (p part) header(v Values) textproto.MIMEHeader {
	disposition := "form-data; name=" + quoted(p.Name)
	if name, err := v.fill(p.Filename, header); err == nil && name != "" {
		disposition += "; filename=" + quoted(name)
	}
	h := textproto.MIMEHeader{"Content-Disposition": {disposition}}
	if p.Type != "" {
		h.Set("Content-Type", p.Type)
	}
	return h
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
