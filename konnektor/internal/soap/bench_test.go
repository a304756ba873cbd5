package soap

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

type instant struct{ body []byte }

func (i instant) RoundTrip(req *http.Request) (*http.Response, error) {
	_ = req.Body.Close()
	return &http.Response{StatusCode: 200, ContentLength: int64(len(i.body)), Body: io.NopCloser(bytes.NewReader(i.body))}, nil
}

type request struct{}

func (request) EncodeXML(w *wire.Writer) {
	w.Declare(` xmlns:T="urn:test"`)
	w.Start("T:Do")
	for range 6 {
		w.Elem("T:Handle", "9d5d4f0e-0b0a-4b5f-8a4e-2f0a5a0b7c11")
	}
	w.End("T:Do")
}

type response struct{ data []byte }

func (*response) ElementName() (space, local string) { return "urn:test", "DoResponse" }
func (v *response) DecodeXML(r *wire.Reader) {
	for d := r.Depth(); r.Child(d); {
		if r.Is("urn:test", "Data") {
			v.data = r.Base64()
		}
	}
}

// BenchmarkPost is the cost of envelope, encoding and decoding, without a
// network: the answer has the size of a usual ReadVSD answer.
func BenchmarkPost(b *testing.B) {
	var body []byte
	body = append(body, `<?xml version="1.0" encoding="UTF-8"?><S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><T:DoResponse xmlns:T="urn:test">`...)
	for range 4 {
		body = append(body, "<T:Data>"+base64.StdEncoding.EncodeToString(make([]byte, 300))+"</T:Data>"...)
	}
	body = append(body, `</T:DoResponse></S:Body></S:Envelope>`...)
	to := Endpoint{URL: &url.URL{Scheme: "http", Host: "h"}, Header: Header("urn:do", "", false), Limit: 1 << 20}
	b.ReportAllocs()
	for b.Loop() {
		var resp response
		if _, err := Post(b.Context(), instant{body}, to, request{}, &resp); err != nil || len(resp.data) != 300 {
			b.Fatal(err)
		}
	}
}
