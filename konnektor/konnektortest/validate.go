package konnektortest

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/libkonnektor/libkonnektor/konnektor/schematest"
)

// document is a request, an answer or a part of one that has a schema. Its body
// is an XML document of its own.
type document struct {
	name, schema string
	body         []byte
}

// Bounds of what is kept for the schemas.
const (
	maxDocuments     = 5_000
	maxDocumentBytes = 32 << 20
)

// schemaQueue keeps the documents of a test, each once, until they are held
// against their schemas.
type schemaQueue struct {
	on     bool
	docs   []document
	bytes  int
	seen   map[[32]byte]bool
	unkept int // beyond the bounds
}

func (q *schemaQueue) add(d document) {
	sum := sha256.Sum256(slices.Concat([]byte(d.schema), []byte{0}, d.body))
	if !q.on || d.schema == "" || q.seen[sum] {
		return
	}
	if len(q.docs) >= maxDocuments || q.bytes+len(d.body) > maxDocumentBytes {
		q.unkept++
		return
	}
	if q.seen == nil {
		q.seen = map[[32]byte]bool{}
	}
	q.seen[sum] = true
	d.body = bytes.Clone(d.body)
	q.docs, q.bytes = append(q.docs, d), q.bytes+len(d.body)
}

// validate fails the test for every document that is not valid, with one run of
// xmllint a schema.
func (q *schemaQueue) validate(t testing.TB) {
	t.Helper()
	bySchema := map[string][]schematest.Document{}
	for i, d := range q.docs {
		name := fmt.Sprintf("%s (document %d)", d.name, i)
		bySchema[d.schema] = append(bySchema[d.schema], schematest.Document{Name: name, XML: d.body})
	}
	for _, schema := range slices.Sorted(maps.Keys(bySchema)) {
		docs := bySchema[schema]
		complaints := schematest.Complaints(t, schema, docs...)
		for _, d := range docs {
			if why, wrong := complaints[d.Name]; wrong {
				t.Errorf("konnektortest: %s is not valid after %s:\n%s\n%.3000s", d.Name, schema, why, d.XML)
			}
		}
	}
	if q.unkept > 0 {
		t.Logf("konnektortest: %d documents beyond the first %d were not held against the schemas", q.unkept, len(q.docs))
	}
}
