package cetp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// magic opens every frame.
const magic = "CETP"

// headerSize is magic and length.
const headerSize = 8

// DefaultMaxFrame is the largest event in bytes that a sink takes unless told
// otherwise. Events seen have below 2 KB; the schema has no limit.
const DefaultMaxFrame = 256 << 10

// firstRead bounds what is reserved for a frame before its bytes are there.
const firstRead = 16 << 10

// Problems of a frame, to be told apart with errors.Is. A frame that ends too
// early is io.ErrUnexpectedEOF.
var (
	// ErrMagic means that the peer does not speak CETP.
	ErrMagic = errors.New("cetp: frame: does not begin with CETP")
	// ErrFrameSize means a frame without content or beyond the limit.
	ErrFrameSize = errors.New("cetp: frame: empty or too large")
)

// ReadFrame reads one frame and returns its content: the four letters CETP, the
// length in bytes as unsigned 32-bit number, big end first, and as many bytes of
// XML. It reads nothing behind the frame. max is the largest content; 0 means
// [DefaultMaxFrame].
//
// At the end of r before the first byte of a frame it returns io.EOF.
func ReadFrame(r io.Reader, max int) ([]byte, error) {
	f := frameReader{from: r, max: max}
	return f.next()
}

// WriteFrame writes one frame at once.
func WriteFrame(w io.Writer, content []byte) error {
	if len(content) == 0 || uint64(len(content)) > 1<<32-1 {
		return ErrFrameSize
	}
	frame := make([]byte, 0, headerSize+len(content))
	frame = append(frame, magic...)
	frame = binary.BigEndian.AppendUint32(frame, uint32(len(content)))
	_, err := w.Write(append(frame, content...))
	return err
}

// frameReader reads frames into a buffer that it uses again.
type frameReader struct {
	from    io.Reader
	max     int
	begun   func() // is called after the first bytes of a frame
	header  [headerSize]byte
	content []byte
}

// next returns the content of the next frame, which is good until the call after
// it.
func (f *frameReader) next() ([]byte, error) {
	n, err := io.ReadAtLeast(f.from, f.header[:], 1)
	if err != nil {
		return nil, err // io.EOF at the end of a frame
	}
	if f.begun != nil {
		f.begun()
	}
	if string(f.header[:min(n, len(magic))]) != magic[:min(n, len(magic))] {
		return nil, ErrMagic
	}
	if _, err := io.ReadFull(f.from, f.header[n:]); err != nil {
		return nil, cut(err)
	}
	if string(f.header[:len(magic)]) != magic {
		return nil, ErrMagic
	}
	limit := f.max
	if limit <= 0 {
		limit = DefaultMaxFrame
	}
	size := binary.BigEndian.Uint32(f.header[len(magic):])
	if size == 0 || uint64(size) > uint64(limit) {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrFrameSize, size, limit)
	}
	return f.read(int(size))
}

// read reads the content. Its buffer grows with what has come, so that a large
// number in a header alone costs nothing.
func (f *frameReader) read(size int) ([]byte, error) {
	if cap(f.content) > firstRead && size <= firstRead {
		f.content = nil // one large event is no reason to keep its memory
	}
	if cap(f.content) < min(size, firstRead) {
		f.content = make([]byte, min(size, firstRead))
	}
	have := 0
	for have < size {
		if have == cap(f.content) {
			more := make([]byte, min(size, 2*have))
			copy(more, f.content[:have])
			f.content = more
		}
		n, err := io.ReadFull(f.from, f.content[have:min(size, cap(f.content))])
		have += n
		if err != nil {
			return nil, cut(err)
		}
	}
	return f.content[:size], nil
}

// cut is the error of a frame that ends too early.
func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
