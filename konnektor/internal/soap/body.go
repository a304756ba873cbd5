package soap

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// maxKept is the largest buffer that is kept for the next call, in bytes.
const maxKept = 256 << 10

// answer is the buffer and the reader for one answer. They are used again.
type answer struct {
	buf    []byte
	reader wire.Reader
}

var answers = sync.Pool{New: func() any { return &answer{buf: make([]byte, 0, 8<<10)} }}

func (a *answer) release() {
	if cap(a.buf) <= maxKept {
		answers.Put(a)
	}
}

// read reads the body of resp, at most limit bytes of it, and closes it.
func (a *answer) read(resp *http.Response, limit int64) error {
	defer resp.Body.Close()
	if resp.ContentLength > limit {
		return ErrTooLarge
	}
	a.buf = a.buf[:0]
	if n := int(resp.ContentLength) + 1; n > cap(a.buf) {
		a.buf = make([]byte, 0, n)
	}
	for {
		n, err := resp.Body.Read(a.buf[len(a.buf):cap(a.buf)])
		a.buf = a.buf[:len(a.buf)+n]
		switch {
		case int64(len(a.buf)) > limit:
			return ErrTooLarge
		case err == io.EOF:
			return nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return fmt.Errorf("%w: %w", ErrCut, err)
		case err != nil:
			return err
		}
		if len(a.buf) == cap(a.buf) {
			a.buf = append(a.buf, 0)[:len(a.buf)]
		}
	}
}

// empty reports whether nothing but white space was read.
func (a *answer) empty() bool { return len(bytes.TrimSpace(a.buf)) == 0 }

// payload is the buffer of one request. The transport may go on reading it for
// a while after the answer is there; the last of those who hold it returns it.
type payload struct {
	buf    []byte
	writer wire.Writer

	mu      sync.Mutex
	holders int
}

var payloads = sync.Pool{New: func() any { return &payload{buf: make([]byte, 0, 4<<10)} }}

func newPayload() *payload {
	p := payloads.Get().(*payload)
	p.buf, p.holders = p.buf[:0], 1
	return p
}

func (p *payload) release() {
	p.mu.Lock()
	p.holders--
	last := p.holders == 0
	p.mu.Unlock()
	if last && cap(p.buf) <= maxKept {
		payloads.Put(p)
	}
}

// open returns a reader over the payload. Closing it gives the payload back.
func (p *payload) open() io.ReadCloser {
	p.mu.Lock()
	p.holders++
	p.mu.Unlock()
	return &payloadReader{payload: p}
}

type payloadReader struct {
	mu      sync.Mutex
	payload *payload // nil once closed
	pos     int
}

func (r *payloadReader) Read(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.payload == nil || r.pos == len(r.payload.buf) {
		return 0, io.EOF
	}
	n := copy(b, r.payload.buf[r.pos:])
	r.pos += n
	return n, nil
}

func (r *payloadReader) Close() error {
	r.mu.Lock()
	p := r.payload
	r.payload = nil
	r.mu.Unlock()
	if p != nil {
		p.release()
	}
	return nil
}
