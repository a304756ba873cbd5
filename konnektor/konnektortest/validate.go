package konnektortest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"maps"
	"slices"
	"strconv"
	"strings"
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
	if !q.on || d.schema == "" {
		return
	}
	sum := sha256.Sum256(slices.Concat([]byte(d.schema), []byte{0}, d.body))
	if q.seen[sum] {
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

// Complaint is what xmllint says about a message that is not valid.
type Complaint struct {
	Document string // such as "request of GetCards" or "answer to GetCards"
	Request  bool   // the message is the client's, not ours
	Schema   string // below the folder of the schemas
	Why      string // in the words of xmllint, which quotes the message
	XML      []byte // the message without its envelope
}

// Complaints holds the messages that were kept for the official schemas against
// them, with one run of xmllint a schema. dir is the folder of the schemas: a
// clone of gematik/api-telematik. Messages are kept with [Options.Judge], and by
// New where the schemas are at hand: each of them once, the first few thousand.
// Messages that are wrong on purpose are not held against the schemas.
func (k *Konnektor) Complaints(ctx context.Context, dir string) ([]Complaint, error) {
	k.mu.Lock()
	docs := slices.Clone(k.schemas.docs)
	k.mu.Unlock()
	bySchema := map[string][]schematest.Document{}
	for i, d := range docs {
		bySchema[d.schema] = append(bySchema[d.schema], schematest.Document{Name: strconv.Itoa(i), XML: d.body})
	}
	var all []Complaint
	for _, schema := range slices.Sorted(maps.Keys(bySchema)) {
		complaints, err := schematest.Judge(ctx, dir, schema, bySchema[schema]...)
		if err != nil {
			return nil, err
		}
		for i, d := range docs {
			if why, wrong := complaints[strconv.Itoa(i)]; wrong && d.schema == schema {
				all = append(all, Complaint{d.name, strings.HasPrefix(d.name, requestOf), schema, why, d.body})
			}
		}
	}
	return all, nil
}

// Judged is how many messages are kept for the schemas, and how many were left
// out because there were too many.
func (k *Konnektor) Judged() (kept, left int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.schemas.docs), k.schemas.unkept
}

// requestOf begins the names of requests.
const requestOf = "request of "

// validate fails the test for every message that is not valid.
func (k *Konnektor) validate(t testing.TB) {
	t.Helper()
	kept, left := k.Judged()
	if kept == 0 {
		return
	}
	complaints, err := k.Complaints(context.Background(), schematest.Dir(t))
	if err != nil {
		t.Error(err)
	}
	for _, c := range complaints {
		t.Errorf("konnektortest: %s is not valid after %s:\n%s\n%.3000s", c.Document, c.Schema, c.Why, c.XML)
	}
	if left > 0 {
		t.Logf("konnektortest: %d messages beyond the first %d were not held against the schemas", left, kept)
	}
}
