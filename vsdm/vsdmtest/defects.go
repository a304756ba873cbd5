package vsdmtest

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"time"
)

// Field is a part of the ReadVSD answer that holds a document.
type Field string

// The fields, by the names of their documents.
const (
	PD  Field = "PD"
	VD  Field = "VD"
	GVD Field = "GVD"
	PN  Field = "PN"
)

// Defect is a way in which a field is malformed.
type Defect string

// The defects.
const (
	Missing          Defect = "missing"           // the element is not there
	Empty            Defect = "empty"             // the element is empty
	BadBase64        Defect = "bad base64"        // a character that base64 does not have
	NotGzip          Defect = "not gzip"          // the XML itself in base64
	TruncatedGzip    Defect = "truncated gzip"    // half the member
	BadChecksum      Defect = "bad checksum"      // a wrong CRC-32
	SecondMember     Defect = "second member"     // a second gzip member
	TrailingBytes    Defect = "trailing bytes"    // bytes behind the member
	GzipBomb         Defect = "gzip bomb"         // some MiB of one character
	Oversize         Defect = "oversize"          // 64 KiB of incompressible text
	Doctype          Defect = "doctype"           // a DOCTYPE with an entity
	Truncated        Defect = "truncated"         // half the document
	WrongCharset     Defect = "wrong charset"     // a declared charset that nobody knows
	InvalidUTF8      Defect = "invalid UTF-8"     // UTF-8 is declared, ISO-8859-15 written
	DeepNesting      Defect = "deep nesting"      // thousands of nested elements
	OtherDocument    Defect = "other document"    // a well-formed document of another kind
	UnknownNamespace Defect = "unknown namespace" // a namespace of the future
	UnknownVersion   Defect = "unknown version"   // CDM_VERSION 6.0.0
	BadCheckDigit    Defect = "bad check digit"   // of the KVNR
)

// Defects lists all defects.
func Defects() []Defect {
	return []Defect{Missing, Empty, BadBase64, NotGzip, TruncatedGzip, BadChecksum, SecondMember, TrailingBytes,
		GzipBomb, Oversize, Doctype, Truncated, WrongCharset, InvalidUTF8, DeepNesting, OtherDocument,
		UnknownNamespace, UnknownVersion, BadCheckDigit}
}

// packing turns a document into the text of a field.
type packing struct {
	rng    *rand.Rand
	defect Defect
}

// bytes encodes the document: a declaration and ISO-8859-15, or with plain,
// which receipts have, neither.
func (k packing) bytes(doc string, plain bool) []byte {
	if !plain && k.rng.IntN(2) == 0 {
		doc = prefixed(doc, "vsd")
	}
	doc = k.spoilText(doc)
	switch {
	case k.defect == WrongCharset:
		return []byte(`<?xml version="1.0" encoding="x-unheard-of"?>` + doc)
	case k.defect == InvalidUTF8:
		return append([]byte(`<?xml version="1.0" encoding="UTF-8"?>`), latin9(doc+"<!--ä-->")...)
	case plain:
		return []byte(doc)
	}
	declaration := []string{
		`<?xml version="1.0" encoding="ISO-8859-15" standalone="yes"?>`,
		`<?xml version="1.0" encoding="ISO-8859-15"?>` + "\n",
		`<?xml version='1.0' encoding='iso-8859-15'?>`,
	}[k.rng.IntN(3)]
	return append([]byte(declaration), latin9(doc)...)
}

func (k packing) spoilText(doc string) string {
	switch k.defect {
	case Doctype:
		return `<!DOCTYPE x [<!ENTITY e "entity">]>` + doc
	case Truncated:
		return doc[:len(doc)/2]
	case DeepNesting:
		return strings.Repeat("<a>", 5000) + strings.Repeat("</a>", 5000)
	case OtherDocument:
		return `<rss version="2.0"><channel/></rss>`
	case UnknownNamespace:
		return strings.Replace(strings.Replace(doc, spaceGKV, "http://ws.gematik.de/fa/vsdm/vsd/v9.9", 1),
			spaceReceipt, "http://ws.gematik.de/fa/vsdm/pnw/v9.9", 1)
	case UnknownVersion:
		return strings.Replace(strings.Replace(doc, `"5.2.0"`, `"6.0.0"`, 1), `VERSION="1.0.0"`, `VERSION="6.0.0"`, 1)
	case GzipBomb:
		return doc + strings.Repeat(" ", 2<<20)
	case Oversize:
		return doc + "<!--" + noise(k.rng, 64<<10) + "-->"
	}
	return doc
}

func noise(rng *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"[rng.IntN(64)]
	}
	return string(b)
}

// field packs a document: gzip, then base64 with the white space of the field.
func (k packing) field(doc []byte) string {
	packed := k.spoilGzip(doc)
	out := base64.StdEncoding.EncodeToString(packed)
	switch {
	case k.defect == Empty:
		return ""
	case k.defect == BadBase64:
		return "%" + out[1:]
	}
	if k.rng.IntN(2) == 0 {
		return out
	}
	var b strings.Builder
	b.WriteString("\n  ")
	for len(out) > 76 {
		b.WriteString(out[:76] + "\n")
		out = out[76:]
	}
	b.WriteString(out + "\n")
	return b.String()
}

func (k packing) spoilGzip(doc []byte) []byte {
	packed := k.gzip(doc)
	switch k.defect {
	case NotGzip:
		return doc
	case TruncatedGzip:
		return packed[:len(packed)/2]
	case BadChecksum:
		packed[len(packed)-8] ^= 0xff
	case SecondMember:
		return append(packed, k.gzip([]byte("<!--second-->"))...)
	case TrailingBytes:
		return append(packed, "trailing"...)
	}
	return packed
}

func (k packing) gzip(doc []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if k.rng.IntN(2) == 0 {
		w.ModTime = time.Unix(1_700_000_000, 0)
	}
	_, _ = w.Write(doc)
	_ = w.Close()
	return b.Bytes()
}
