package soap

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// What can be wrong with an exchange beside the errors of the network, to be
// told apart with errors.Is.
var (
	// ErrRequest is a message that cannot be written. Nothing was sent.
	ErrRequest = errors.New("request cannot be encoded")
	// ErrStatus is an HTTP status other than 2xx without a fault.
	ErrStatus = errors.New("HTTP status without a fault")
	// ErrEmpty is an answer without a body.
	ErrEmpty = errors.New("empty answer")
	// ErrTooLarge is an answer beyond its limit.
	ErrTooLarge = errors.New("answer too large")
	// ErrCut is an answer that ended before its end.
	ErrCut = errors.New("answer cut off")
	// ErrMalformed is an answer that is no XML or not the expected message.
	ErrMalformed = errors.New("malformed answer")
)

// Endpoint is where messages of one kind go.
type Endpoint struct {
	URL    *url.URL
	Header http.Header // made by [Header]; not changed any more
	// Limit bounds the body of an answer, in bytes.
	Limit int64
}

// Header is the header of every request with this SOAPAction. A repeatable
// request may be sent again by the transport when a kept connection turns out
// to be dead before any answer; an empty Idempotency-Key, which is not sent,
// tells it so (net/http.Transport). authorization may be empty.
func Header(action, authorization string, repeatable bool) http.Header {
	h := http.Header{
		"Content-Type": {"text/xml; charset=UTF-8"},
		"SOAPAction":   {`"` + action + `"`},
		"User-Agent":   {userAgent},
	}
	if authorization != "" {
		h["Authorization"] = []string{authorization}
	}
	if repeatable {
		h["Idempotency-Key"] = nil
	}
	return h
}

const userAgent = "libkonnektor"

// Result is what is known about an exchange, whether it failed or not.
type Result struct {
	HTTPStatus     int // 0 without answer
	Sent, Received int // bytes of the bodies
	Fault          *Fault
	// Unreadable are optional elements that were left out because their value was
	// not of its type; names that may be logged.
	Unreadable []string
}

// Post sends req and reads the answer into resp. A fault is no error: it is in
// the Result.
func Post(ctx context.Context, rt http.RoundTripper, to Endpoint, req wire.Encoder, resp wire.Decoder) (Result, error) {
	body, err := encode(req)
	if err != nil {
		return Result{}, err
	}
	// From a bytes.Reader, net/http sends header and body in one piece. The
	// buffer is not used again: the transport may read it after the answer.
	httpReq := (&http.Request{
		Method: http.MethodPost, URL: to.URL, Host: to.URL.Host, Header: to.Header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil },
	}).WithContext(ctx)
	result := Result{Sent: len(body)}
	httpResp, err := rt.RoundTrip(httpReq)
	if err != nil {
		return result, err
	}
	err = result.read(httpResp, to.Limit, func(r *wire.Reader) (err error) {
		if !success(httpResp.StatusCode) {
			resp = nil
		}
		result.Fault, err = readEnvelope(r, resp)
		return err
	})
	return result, err
}

// Get fetches a document, without SOAP around it, and has decode read it.
func Get(ctx context.Context, rt http.RoundTripper, from Endpoint, decode func(*wire.Reader) error) (Result, error) {
	var result Result
	req := (&http.Request{
		Method: http.MethodGet, URL: from.URL, Host: from.URL.Host, Header: from.Header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return result, err
	}
	if !success(resp.StatusCode) {
		resp.Body.Close()
		result.HTTPStatus = resp.StatusCode
		return result, ErrStatus
	}
	err = result.read(resp, from.Limit, decode)
	return result, err
}

// read reads an answer and has decode read what is in it.
func (result *Result) read(resp *http.Response, limit int64, decode func(*wire.Reader) error) error {
	result.HTTPStatus = resp.StatusCode
	a := answers.Get().(*answer)
	defer a.release()
	err := a.read(resp, limit)
	result.Received = len(a.buf)
	if err == nil && a.empty() {
		err = ErrEmpty
	}
	message := a.buf
	if err == nil {
		message, err = plain(a.buf, resp.Header.Get("Content-Type"), limit)
	}
	if err == nil {
		a.reader.Reset(message)
		if err = decode(&a.reader); err != nil {
			err = fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		result.Unreadable = a.reader.Unreadable()
	}
	if err != nil && !success(resp.StatusCode) {
		return ErrStatus
	}
	return err
}

func success(status int) bool { return status >= 200 && status < 300 }
