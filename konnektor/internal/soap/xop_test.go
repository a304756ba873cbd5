package soap

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// typed is a transport with one answer of a content type.
type typed struct{ contentType, body string }

func (a typed) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: 200, ContentLength: int64(len(a.body)), Body: io.NopCloser(strings.NewReader(a.body)),
		Header: http.Header{"Content-Type": {a.contentType}},
	}, nil
}

// holder is a message with bytes in it.
type holder struct{ data [][]byte }

func (*holder) ElementName() (space, local string) { return "urn:test", "DoResponse" }

func (h *holder) DecodeXML(r *wire.Reader) {
	for depth := r.Depth(); r.Child(depth); {
		h.data = append(h.data, r.Base64())
	}
}

const includes = `<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><T:DoResponse xmlns:T="urn:test">` +
	`<T:a><xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:one%40box"/></T:a>` +
	`<T:a>UERG</T:a><T:a> <i:Include href="cid:two" xmlns:i="http://www.w3.org/2004/08/xop/include"> </i:Include></T:a></T:DoResponse></S:Body></S:Envelope>`

func part(id, content string, more ...string) string {
	return "--mark\r\nContent-ID: <" + id + ">\r\n" + strings.Join(more, "") + "\r\n" + content + "\r\n"
}

const relatedType = `multipart/related; type="application/xop+xml"; boundary="mark"; start-info="text/xml"`

func exchange(contentType, body string, limit int64) ([][]byte, error) {
	var h holder
	to := Endpoint{URL: &url.URL{Scheme: "http", Host: "h"}, Limit: limit}
	_, err := Post(context.Background(), typed{contentType, body}, to, request{}, &h)
	return h.data, err
}

func TestMTOM(t *testing.T) {
	binary := "\x00\xff--not a mark\r\n\r\n"
	one := part("one@box", binary, "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n")
	root := part("root", includes, "Content-Type: application/xop+xml; type=\"text/xml\"\r\n")
	want := [][]byte{[]byte(binary), []byte("PDF"), {}}
	for name, c := range map[string]struct{ contentType, body string }{
		"message first": {relatedType, root + one + part("two", "") + "--mark--\r\n"},
		"message by its name": {
			relatedType + `; start="<root>"`, one + part("two", "") + root + "--mark--",
		},
		"with a preamble": {strings.ToUpper(relatedType[:17]) + relatedType[17:], "hello\r\n" + root + one + part("two", "") + "--mark--\r\nbye"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := exchange(c.contentType, c.body, 1<<20)
			require.NoError(t, err)
			require.Len(t, got, 3)
			for i := range want {
				require.True(t, bytes.Equal(want[i], got[i]), "%d: %q", i, got[i])
			}
		})
	}
}

func TestBadMTOM(t *testing.T) {
	root, one, two := part("root", includes), part("one@box", "1"), part("two", "2")
	for name, c := range map[string]struct {
		contentType, body string
		want              error
	}{
		"a part is missing":     {relatedType, root + one + "--mark--\r\n", ErrMalformed},
		"no end":                {relatedType, root + one + two, ErrMalformed},
		"another mark":          {strings.Replace(relatedType, "mark", "other", 1), root + one + two + "--mark--\r\n", ErrMalformed},
		"no such start":         {relatedType + `; start="<gone>"`, root + one + two + "--mark--\r\n", ErrMalformed},
		"a part twice":          {relatedType, root + one + two + two + "--mark--\r\n", ErrMalformed},
		"a part without a name": {relatedType, root + part("", "1") + "--mark--\r\n", ErrMalformed},
		"quoted-printable":      {relatedType, root + part("one@box", "1", "Content-Transfer-Encoding: quoted-printable\r\n") + "--mark--\r\n", ErrMalformed},
		"message no XML":        {relatedType, part("root", "<a") + "--mark--\r\n", ErrMalformed},
		"no mark at all":        {"multipart/related", root, ErrMalformed},
		"another multipart":     {`multipart/mixed; boundary="mark"`, root + "--mark--\r\n", ErrMalformed},
		"many parts": {
			relatedType, root + strings.Repeat(part("x", ""), maxParts+1) + "--mark--\r\n", ErrMalformed,
		},
		"the same part over and over": {
			relatedType,
			part("root", `<a xmlns:x="`+xopNamespace+`">`+strings.Repeat(`<x:Include href="cid:b"/>`, 1000)+`</a>`) +
				part("b", strings.Repeat("b", 50_000)) + "--mark--\r\n", ErrTooLarge,
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := exchange(c.contentType, c.body, 1<<20)
			require.ErrorIs(t, err, c.want)
			require.NotContains(t, err.Error(), "one@box")
		})
	}
}

// FuzzMTOM takes any body apart: what comes out is within its limit or an error.
func FuzzMTOM(f *testing.F) {
	f.Add(relatedType, part("root", includes)+part("one@box", "1")+part("two", "2")+"--mark--\r\n")
	f.Add(relatedType, "--mark\r\n\r\n<a/>\r\n--mark--")
	f.Fuzz(func(t *testing.T, contentType, body string) {
		const limit = 64 << 10
		if len(body) > limit {
			return
		}
		got, err := plain([]byte(body), contentType, limit)
		if err == nil {
			require.LessOrEqual(t, len(got), limit)
		}
	})
}

// TestMTOMLikeBase64 has the same bytes both ways.
func TestMTOMLikeBase64(t *testing.T) {
	content := strings.Repeat("0123456789", 10_000)
	inline := `<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><T:DoResponse xmlns:T="urn:test"><T:a>%s</T:a></T:DoResponse></S:Body></S:Envelope>`
	a, err := exchange("text/xml", fmt.Sprintf(inline, base64.StdEncoding.EncodeToString([]byte(content))), 1<<20)
	require.NoError(t, err)
	b, err := exchange(relatedType, part("root", fmt.Sprintf(inline, `<x:Include xmlns:x="`+xopNamespace+`" href="cid:c"/>`))+part("c", content)+"--mark--\r\n", 1<<20)
	require.NoError(t, err)
	require.Equal(t, a, b)
}
