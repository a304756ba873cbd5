package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// readVSD is an answer of ReadVSD of the usual size.
var readVSD = []byte(`<?xml version="1.0" encoding="UTF-8"?>
<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><VSD:ReadVSDResponse xmlns:VSD="http://ws.gematik.de/conn/vsds/VSDService/v5.2">` +
	`<VSD:PersoenlicheVersichertendaten>` + octets(413) + `</VSD:PersoenlicheVersichertendaten>` +
	`<VSD:AllgemeineVersicherungsdaten>` + octets(422) + `</VSD:AllgemeineVersicherungsdaten>` +
	`<VSD:GeschuetzteVersichertendaten>` + octets(248) + `</VSD:GeschuetzteVersichertendaten>` +
	`<VSD:VSD_Status><VSD:Status>0</VSD:Status><VSD:Timestamp>2026-02-28T10:11:12.345+01:00</VSD:Timestamp><VSD:Version>5.2.0</VSD:Version></VSD:VSD_Status>` +
	`<VSD:Pruefungsnachweis>` + octets(190) + `</VSD:Pruefungsnachweis></VSD:ReadVSDResponse></S:Body></S:Envelope>`)

func octets(n int) string {
	return base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", n)))
}

// BenchmarkWalk reads every element of a ReadVSD answer, without keeping any.
func BenchmarkWalk(b *testing.B) {
	b.Run("wire", func(b *testing.B) {
		b.ReportAllocs()
		r := NewReader(nil)
		for b.Loop() {
			r.Reset(readVSD)
			r.Root()
			if err := r.Finish(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-xml", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			d := xml.NewDecoder(bytes.NewReader(readVSD))
			for {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

// BenchmarkWrite writes an element with attribute and text.
func BenchmarkWrite(b *testing.B) {
	b.ReportAllocs()
	buf := make([]byte, 0, 1024)
	w := NewWriter(buf)
	for b.Loop() {
		w.Reset(buf)
		w.Start("EVT:GetCards")
		w.AttrBool("mandant-wide", true)
		w.Elem("CONN:MandantId", "Mandant1")
		w.Elem("CONN:ClientSystemId", "Müller & Söhne")
		w.End("EVT:GetCards")
	}
}
