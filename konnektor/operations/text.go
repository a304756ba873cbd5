package operations

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
)

// Text writes an answer of the operation of that name for practice staff: in
// German, aligned, times in the zone of this computer. It leaves out what only
// programs need. It returns an *Error of kind unknown-operation, or of kind
// internal for an answer that does not fit.
func Text(name string, answer []byte) (string, error) {
	cat := theCatalogue()
	op := cat.byName[name]
	if op == nil {
		return "", NewError(name, errUnknownOperation)
	}
	dec := json.NewDecoder(bytes.NewReader(answer))
	dec.UseNumber()
	var v map[string]any
	err := dec.Decode(&v)
	if _, more := dec.Token(); err != nil || v == nil || !errors.Is(more, io.EOF) {
		return "", NewError(name, fmt.Errorf("operations: %s: the answer is no JSON object", name))
	}
	p := printer{types: cat.types}
	p.object(cat.answerType(op), v, "")
	return strings.TrimLeft(p.buf.String(), "\n"), nil
}

// EventText writes an event of any operation for practice staff, in one line of
// German. It is empty for what is no event.
func EventText(event []byte) string {
	var e struct {
		Text        string   `json:"text_de"`
		Card        *cardDoc `json:"card"`
		SecondsLeft *int64   `json:"seconds_left"`
	}
	if json.Unmarshal(event, &e) != nil {
		return ""
	}
	s := printable(e.Text)
	if e.Card != nil {
		s += germanPlace(printable(e.Card.TerminalID), e.Card.Slot, printable(e.Card.Holder))
	}
	if e.SecondsLeft != nil {
		s += germanSecondsLeft(*e.SecondsLeft)
	}
	return s
}

// printer writes JSON values by their descriptions.
type printer struct {
	types types
	buf   strings.Builder
}

// object writes the simple members of v line by line, then the others.
func (p *printer) object(t *Type, v map[string]any, indent string) {
	tab := tabwriter.NewWriter(&p.buf, 0, 0, 2, ' ', 0)
	for i := range t.Fields {
		f := &t.Fields[i]
		if s := p.simple(f, v[f.Name]); s != "" && !f.hidden {
			fmt.Fprintf(tab, "%s%s:\t%s\n", indent, f.LabelDE, s)
		}
	}
	_ = tab.Flush() // a strings.Builder takes everything
	for i := range t.Fields {
		if f := &t.Fields[i]; !f.hidden {
			p.member(f, v[f.Name], indent)
		}
	}
}

// member writes an object or a list of objects under its heading.
func (p *printer) member(f *Field, v any, indent string) {
	switch v := v.(type) {
	case map[string]any:
		t := p.types[f.Of]
		if t == nil {
			return
		}
		if f.Of == "Error" {
			fmt.Fprintf(&p.buf, "\n%s%s: %s\n", indent, f.LabelDE, printable(v["text_de"]))
			return
		}
		fmt.Fprintf(&p.buf, "\n%s%s\n", indent, f.LabelDE)
		p.object(t, v, indent+"  ")
	case []any:
		if t := p.types[f.Of]; t != nil && len(v) > 0 {
			fmt.Fprintf(&p.buf, "\n%s%s\n", indent, f.LabelDE)
			p.table(t, v, indent+"  ")
		}
	}
}

// table writes objects of the type t as rows. Columns without any value are
// left out; a single one needs no heading.
func (p *printer) table(t *Type, list []any, indent string) {
	var columns []*Field
	for i := range t.Fields {
		f := &t.Fields[i]
		filled := slices.ContainsFunc(list, func(row any) bool { return p.cell(f, row) != "" })
		if filled && !f.hidden {
			columns = append(columns, f)
		}
	}
	if len(columns) == 1 {
		for _, v := range list {
			fmt.Fprintf(&p.buf, "%s- %s\n", indent, p.cell(columns[0], v))
		}
		return
	}
	tab := tabwriter.NewWriter(&p.buf, 0, 0, 2, ' ', 0)
	row := func(cell func(*Field) string) {
		cells := make([]string, 0, len(columns))
		for _, f := range columns {
			cells = append(cells, cell(f))
		}
		fmt.Fprintln(tab, indent+strings.Join(cells, "\t"))
	}
	row(func(f *Field) string { return f.LabelDE })
	for _, v := range list {
		row(func(f *Field) string { return p.cell(f, v) })
	}
	_ = tab.Flush() // a strings.Builder takes everything
}

// cell is the text of the member f of a row.
func (p *printer) cell(f *Field, row any) string {
	v, _ := row.(map[string]any)
	return p.simple(f, v[f.Name])
}

// simple is the text of a value that fits into a line; empty for any other.
func (p *printer) simple(f *Field, v any) string {
	switch v := v.(type) {
	case bool:
		if v {
			return wordYes
		}
		return wordNo
	case json.Number:
		if strings.HasPrefix(v.String(), "-") { // stands for not told
			return wordUnknown
		}
		return v.String()
	case string:
		switch f.Format {
		case FormatDate:
			return germanDate(printable(v))
		case FormatDateTime:
			return germanDateTime(printable(v))
		}
		return printable(v)
	case []any:
		return p.simpleList(f, v)
	}
	return ""
}

// simpleList joins the strings of a list; an empty list of objects is a line,
// too.
func (p *printer) simpleList(f *Field, list []any) string {
	if len(list) == 0 {
		return wordNone
	}
	if p.types[f.Of] != nil {
		return ""
	}
	var s []string
	for _, v := range list {
		s = append(s, printable(v))
	}
	return strings.Join(s, ", ")
}

// printable is a string value without controls, which could steer a terminal.
func printable(v any) string {
	s, _ := v.(string)
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, s)
}

// germanDate turns YYYY-MM-DD around; day and month may be missing.
func germanDate(s string) string {
	parts := strings.Split(s, "-")
	slices.Reverse(parts)
	return strings.Join(parts, ".")
}

// germanDateTime is the time in the zone of this computer.
func germanDateTime(s string) string {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return s
	}
	return t.Local().Format("02.01.2006 15:04")
}
