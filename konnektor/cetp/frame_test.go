package cetp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

func frameOf(content string) []byte {
	return append(binary.BigEndian.AppendUint32([]byte("CETP"), uint32(len(content))), content...)
}

func TestReadFrame(t *testing.T) {
	big := strings.Repeat("x", 100_000)
	for _, c := range []struct {
		name    string
		bytes   []byte
		content string
		err     error
	}{
		{"one", frameOf("<a/>"), "<a/>", nil},
		{"the largest", frameOf(big), big, nil},
		{"nothing", nil, "", io.EOF},
		{"cut in the magic", []byte("CE"), "", io.ErrUnexpectedEOF},
		{"cut in the length", frameOf("a")[:6], "", io.ErrUnexpectedEOF},
		{"cut before the content", frameOf("a")[:8], "", io.ErrUnexpectedEOF},
		{"cut in the content", frameOf("abc")[:10], "", io.ErrUnexpectedEOF},
		{"cut in a large content", frameOf(big)[:50_000], "", io.ErrUnexpectedEOF},
		{"another magic", []byte("CETX\x00\x00\x00\x01a"), "", ErrMagic},
		{"HTTP", []byte("GET / HTTP/1.1\r\n"), "", ErrMagic},
		{"short and wrong", []byte("X"), "", ErrMagic},
		{"empty", frameOf(""), "", ErrFrameSize},
		{"too large", frameOf(big + "x"), "", ErrFrameSize},
		{"length of the largest number", []byte("CETP\xff\xff\xff\xff"), "", ErrFrameSize},
		{"length little end first", []byte("CETP\x01\x00\x00\x00a"), "", ErrFrameSize},
	} {
		for how, r := range map[string]io.Reader{
			"at once": bytes.NewReader(c.bytes), "byte by byte": iotest.OneByteReader(bytes.NewReader(c.bytes)),
			"in halves": iotest.HalfReader(bytes.NewReader(c.bytes)), "with its end": iotest.DataErrReader(bytes.NewReader(c.bytes)),
		} {
			content, err := ReadFrame(r, 100_000)
			if c.err != nil {
				require.ErrorIs(t, err, c.err, "%s %s", c.name, how)
				continue
			}
			require.NoError(t, err, "%s %s", c.name, how)
			require.Equal(t, c.content, string(content), c.name)
		}
	}
}

func TestReadFrameTakesNoMore(t *testing.T) {
	r := bytes.NewReader(append(append(frameOf("one"), frameOf("two")...), "rest"...))
	for _, want := range []string{"one", "two"} {
		got, err := ReadFrame(r, 0)
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
	require.Equal(t, 4, r.Len())
	_, err := ReadFrame(r, 0)
	require.ErrorIs(t, err, ErrMagic)
	_, err = ReadFrame(iotest.ErrReader(io.ErrClosedPipe), 0)
	require.ErrorIs(t, err, io.ErrClosedPipe)
}

// TestLargeNumberCostsNothing: what a header promises is not reserved.
func TestLargeNumberCostsNothing(t *testing.T) {
	frame := []byte("CETP\x10\x00\x00\x00abc")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const n = 100
	for range n {
		_, err := ReadFrame(bytes.NewReader(frame), 1<<30)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	}
	runtime.ReadMemStats(&after)
	require.Less(t, (after.TotalAlloc-before.TotalAlloc)/n, uint64(4*firstRead))
}

func TestWriteFrame(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, WriteFrame(&b, []byte("<a/>")))
	require.Equal(t, frameOf("<a/>"), b.Bytes())
	require.ErrorIs(t, WriteFrame(&b, nil), ErrFrameSize)
	require.Error(t, WriteFrame(iotestWriter{}, []byte("a")))
}

type iotestWriter struct{}

func (iotestWriter) Write([]byte) (int, error) { return 0, errors.New("full") }

func FuzzReadFrame(f *testing.F) {
	f.Add(frameOf("<a/>"))
	f.Add(append(frameOf("a"), frameOf("b")...))
	f.Add([]byte("CETP\xff\xff\xff\xff"))
	f.Add([]byte("CE"))
	f.Fuzz(func(t *testing.T, data []byte) {
		const limit = 1 << 12
		r := bytes.NewReader(data)
		whole := frameReader{from: iotest.OneByteReader(bytes.NewReader(data)), max: limit}
		var again bytes.Buffer
		for {
			content, err := ReadFrame(r, limit)
			other, otherErr := whole.next()
			require.Equal(t, err == nil, otherErr == nil, "it does not matter how the bytes come")
			if err != nil {
				require.Nil(t, content)
				break
			}
			require.Equal(t, content, other)
			require.LessOrEqual(t, len(content), limit)
			require.NoError(t, WriteFrame(&again, content))
		}
		require.True(t, bytes.HasPrefix(data, again.Bytes()), "what was read is what was there")
	})
}
