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

// release keeps a for the next call, without what a patient's data left in it.
func (a *answer) release() {
	a.reader.Forget()
	clear(a.buf)
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
