package soap

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// FuzzEnvelope reads any bytes as the answer to a message, at any HTTP status.
// An answer is a message, a fault or an error, and never two of them.
func FuzzEnvelope(f *testing.F) {
	files, err := filepath.Glob("testdata/envelope/*.xml")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(200, text)
		f.Add(500, text)
	}
	to := Endpoint{URL: &url.URL{Scheme: "http", Host: "h"}, Header: Header("urn:do", "", false), Limit: 64 << 10}
	f.Fuzz(func(t *testing.T, status int, text []byte) {
		var resp response
		result, err := Post(context.Background(), answering{status, text}, to, request{}, &resp)
		require.Equal(t, status, result.HTTPStatus)
		switch fault := result.Fault; {
		case err != nil:
			require.Nil(t, fault)
			for _, kind := range []error{ErrStatus, ErrEmpty, ErrTooLarge, ErrMalformed} {
				if errors.Is(err, kind) {
					return
				}
			}
			require.Fail(t, "an error of no kind", err.Error())
		case fault == nil:
			require.True(t, success(status))
		case fault.Error != nil:
			require.NotEmpty(t, fault.Error.Trace)
		}
	})
}

// answering is a transport with one answer.
type answering struct {
	status int
	body   []byte
}

func (a answering) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Body.Close(); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: a.status, ContentLength: int64(len(a.body)), Body: io.NopCloser(bytes.NewReader(a.body))}, nil
}

func post(body string, limit int64) (Result, error) {
	to := Endpoint{URL: &url.URL{Scheme: "http", Host: "h"}, Header: Header("urn:do", "", false), Limit: limit}
	return Post(context.Background(), answering{200, []byte(body)}, to, request{}, new(response))
}

const doResponse = `<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><T:DoResponse xmlns:T="urn:test"/></S:Body></S:Envelope>`

func TestLimit(t *testing.T) {
	exact := int64(len(doResponse))
	result, err := post(doResponse, exact)
	require.NoError(t, err, "as large as allowed")
	require.Equal(t, len(doResponse), result.Received)
	_, err = post(doResponse+" ", exact)
	require.ErrorIs(t, err, ErrTooLarge)
}

// unknownLength has no Content-Length and counts what is read of it.
type unknownLength struct{ read *int }

func (u unknownLength) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, ContentLength: -1, Body: u}, nil
}

func (u unknownLength) Read(b []byte) (int, error) {
	n := copy(b, strings.Repeat(" ", len(b)))
	*u.read += n
	return n, nil
}

func (u unknownLength) Close() error { return nil }

func TestEndlessAnswer(t *testing.T) {
	const limit = 100_000
	read := 0
	to := Endpoint{URL: &url.URL{Scheme: "http", Host: "h"}, Limit: limit}
	result, err := Post(context.Background(), unknownLength{&read}, to, request{}, new(response))
	require.ErrorIs(t, err, ErrTooLarge)
	require.Less(t, read, 4*limit, "reading ends soon after the limit")
	require.Equal(t, read, result.Received)
}

type unsendable struct{}

func (unsendable) EncodeXML(w *wire.Writer) { w.Elem("a", "\x00") }

func TestUnsendableRequest(t *testing.T) {
	result, err := Post(context.Background(), nil, Endpoint{}, unsendable{}, nil)
	require.ErrorIs(t, err, ErrRequest)
	require.Zero(t, result)
}

func TestHeader(t *testing.T) {
	h := Header("urn:do", "Basic eA==", true)
	var wire bytes.Buffer
	require.NoError(t, h.Write(&wire))
	require.Equal(t, "Authorization: Basic eA==\r\nContent-Type: text/xml; charset=UTF-8\r\nSOAPAction: \"urn:do\"\r\nUser-Agent: libkonnektor\r\n", wire.String())
}
