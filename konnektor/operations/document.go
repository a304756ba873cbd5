package operations

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

//go:generate go test -count=1 -run ^TestOperationsFile$ . -update

// Document is the list of operations for programs: documentation and bindings
// to other languages are generated or checked from it. The file operations.json
// holds it.
type Document struct {
	Operations []DocumentOperation `json:"operations"`
	// Config names the type of what opens a Session.
	Config string `json:"config"`
	// Error names the type of every failure.
	Error string `json:"error"`
	// Kinds lists the values of its field kind.
	Kinds []DocumentKind `json:"kinds"`
	// Types has every type named above, by name in alphabetical order.
	Types []Type `json:"types"`
}

// DocumentOperation is one operation. Request, Answer and Event are names of
// types; Event is empty when the operation has none. A Local one needs no
// Konnektor, one with Management the settings of the management interface.
type DocumentOperation struct {
	Name            string `json:"name"`
	Summary         string `json:"summary"`
	TitleDE         string `json:"title_de"`
	Repeatable      bool   `json:"repeatable"`
	Local           bool   `json:"local"`
	Management      bool   `json:"management,omitempty"`
	MaxRequestBytes int    `json:"max_request_bytes"`
	Request         string `json:"request"`
	Answer          string `json:"answer"`
	Event           string `json:"event,omitempty"`
}

// DocumentKind is one kind of failure.
type DocumentKind struct {
	Kind     konnektor.Kind        `json:"kind"`
	Remedy   konnektor.RemedyClass `json:"remedy"`
	TextDE   string                `json:"text_de"`
	AdviceDE string                `json:"advice_de"`
}

// Describe returns the Document.
func Describe() Document {
	cat := theCatalogue()
	d := Document{Config: "Config", Error: "Error", Operations: []DocumentOperation{}}
	for i := range cat.list {
		o := &cat.list[i]
		d.Operations = append(d.Operations, DocumentOperation{
			Name: o.Name, Summary: o.Summary, TitleDE: o.Title, Repeatable: o.Repeatable, Local: o.Local, Management: o.Management,
			MaxRequestBytes: o.maxRequest(),
			Request:         cat.names[o.request], Answer: cat.names[o.answer], Event: cat.names[o.event],
		})
	}
	for _, k := range slices.Sorted(maps.Keys(kindGerman)) {
		g := kindGerman[k]
		d.Kinds = append(d.Kinds, DocumentKind{k, kindRemedy[k], g.what, g.do})
	}
	for _, name := range slices.Sorted(maps.Keys(cat.types)) {
		d.Types = append(d.Types, *cat.types[name])
	}
	return d
}

// JSON is the Document as it stands in operations.json.
func (d Document) JSON() ([]byte, error) {
	b, err := encode(d)
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	err = json.Indent(&buf, b, "", "  ")
	buf.WriteByte('\n')
	return buf.Bytes(), err
}
