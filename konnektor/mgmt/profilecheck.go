package mgmt

import (
	"encoding/json"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
)

// check finds what cannot work; it names the entry.
func (p *Profile) check() error {
	if p.Vendor == "" {
		return configError("profile %s: vendor: missing", p.Name)
	}
	if len(p.Entries) > maxEntries {
		return configError("profile %s: more than %d entries", p.Name, maxEntries)
	}
	if err := checkHeaders(p.Headers, []string{"origin"}); err != nil {
		return configError("profile %s: %s", p.Name, jsonText(err))
	}
	has := map[Operation]bool{}
	for i := range p.Entries {
		has[p.Entries[i].Operation] = true
	}
	for i := range p.Entries {
		e := &p.Entries[i]
		err := e.check()
		if err == nil && e.Verify != "" && !has[e.Verify] {
			err = configError("verify: no entry for %s", e.Verify)
		}
		if err != nil {
			return configError("profile %s: entry %d, %s: %s", p.Name, i+1, e.Operation, jsonText(err))
		}
	}
	return nil
}

var methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

func (e *Entry) check() error {
	switch {
	case !e.Operation.Known():
		return configError("operation: unknown")
	case !slices.Contains(methods, e.Method):
		return configError("method: want one of %s", strings.Join(methods, ", "))
	case !slices.Contains([]Evidence{Confirmed, Inferred, OperatorSupplied, Simulator}, e.Evidence):
		return configError("evidence: want confirmed, inferred, operator-supplied or simulator")
	case strings.TrimSpace(e.Source) == "":
		return configError("source: missing")
	case !slices.Contains([]RestartNeed{"", RestartNeeded, RestartsBox}, e.Restart):
		return configError("restart: want needed or restarts")
	}
	if _, ok := splitPointer(e.ErrorCodes); !ok {
		return configError("error_codes: want a JSON pointer such as /codes")
	}
	for _, status := range slices.Concat(e.Accept, e.Empty) {
		if status < 100 || status > 599 {
			return configError("accept, empty: want statuses of 100 to 599")
		}
	}
	for _, check := range []func() error{e.Firmware.check, e.checkPath, e.checkTexts, e.checkBody, e.checkExtract} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// checkPath wants a path and nothing else.
func (e *Entry) checkPath() error {
	if !strings.HasPrefix(e.Path, "/") || strings.ContainsAny(e.Path, "?#%\\ ") {
		return configError("path: want a slash and then a path, without query")
	}
	for _, segment := range strings.Split(e.Path[1:], "/") {
		if segment == "." || segment == ".." || segment == "" && e.Path != "/" && !strings.HasSuffix(e.Path, "/") {
			return configError("path: empty or dotted segment")
		}
	}
	if strings.Contains(e.Path, "//") {
		return configError("path: empty or dotted segment")
	}
	return checkTemplate("path", e.Path, e.Operation.Values())
}

func (e *Entry) checkTexts() error {
	for name, text := range e.Query {
		if err := checkTemplate("query "+name, text, e.Operation.Values()); err != nil {
			return err
		}
	}
	for name := range e.Values {
		if !slices.Contains(e.Operation.Values(), name) {
			return configError("values: %s: unknown", name)
		}
	}
	return checkHeaders(e.Headers, e.Operation.Values())
}

// ownHeaders are set by us.
var ownHeaders = []string{"Authorization", "Cookie", "Host", "Content-Length", "Transfer-Encoding", "Connection", "Proxy-Authorization", "Idempotency-Key", "Expect", "Upgrade", "Te", "Trailer"}

func checkHeaders(headers map[string]string, values []string) error {
	for name, text := range headers {
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		switch {
		case name == "" || strings.ContainsFunc(name, notToken):
			return configError("headers: no name of a header")
		case slices.Contains(ownHeaders, canonical):
			return configError("headers: %s is not for a profile", canonical)
		case strings.ContainsFunc(text, control):
			return configError("headers: %s: control character", canonical)
		}
		if err := checkTemplate("header "+canonical, text, append(values, "origin")); err != nil {
			return err
		}
	}
	return nil
}

func notToken(r rune) bool {
	return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}

func control(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 }

func (e *Entry) checkBody() error {
	switch {
	case !slices.Contains([]BodyType{"", BodyJSON, BodyForm, BodyRaw, BodyMultipart}, e.BodyType):
		return configError("body_type: want json, form, raw or multipart")
	case e.Body == nil && e.BodyType != "":
		return configError("body: missing")
	case e.Body != nil && e.Method == http.MethodGet:
		return configError("body: a GET has none")
	case strings.ContainsFunc(e.ContentType, control):
		return configError("content_type: control character")
	case e.Body == nil:
		return nil
	}
	var body any
	if err := decodeJSON(e.Body, &body); err != nil {
		return configError("body: no JSON")
	}
	if err := checkBodyTexts(body, e.Operation.Values()); err != nil {
		return err
	}
	switch e.BodyType {
	case BodyForm:
		var form map[string]string
		if json.Unmarshal(e.Body, &form) != nil {
			return configError("body: a form is an object of strings")
		}
	case BodyRaw:
		if _, ok := alone(stringOf(body)); !ok {
			return configError(`body: raw is one value, "{name}"`)
		}
	case BodyMultipart:
		if _, err := parts(e.Body); err != nil {
			return err
		}
	}
	return nil
}

func stringOf(v any) string { s, _ := v.(string); return s }

// checkBodyTexts checks the strings of a body; its names are no templates.
func checkBodyTexts(v any, values []string) error {
	switch v := v.(type) {
	case string:
		return checkTemplate("body", v, values)
	case []any:
		for _, element := range v {
			if err := checkBodyTexts(element, values); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, element := range v {
			if err := checkBodyTexts(element, values); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *Entry) checkExtract() error { return checkExtractors("", e.Extract, e.Operation.Results()) }

func checkExtractors(prefix string, all map[string]Extractor, names []string) error {
	for name, x := range all {
		if !slices.Contains(names, prefix+name) {
			return configError("extract: %s: no result of this operation", prefix+name)
		}
		if why := x.wrong(); why != "" {
			return configError("extract: %s: %s", prefix+name, why)
		}
		if err := checkExtractors(prefix+name+".", x.Each, names); err != nil {
			return err
		}
	}
	return nil
}

var valueTypes = []ValueType{"", AsText, AsTrimmed, AsNumber, AsUnixMS, AsUnixS, AsTime, AsSeconds, AsBase64}

// wrong says what is wrong with an extractor, or nothing.
func (x *Extractor) wrong() string {
	places := 0
	for _, there := range []bool{x.At != "", x.Whole, x.Header != "", x.Cookie, x.Field != "", x.Body} {
		if there {
			places++
		}
	}
	_, ok := splitPointer(x.At)
	switch {
	case places != 1:
		return "want one of at, whole, header, cookie, field, body"
	case !ok:
		return "at: want a JSON pointer such as /name"
	case !slices.Contains(valueTypes, x.As):
		return "as: unknown"
	case x.Each != nil && x.At == "" && !x.Whole:
		return "each: only of JSON"
	}
	return ""
}
