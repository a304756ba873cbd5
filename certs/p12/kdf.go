package p12

import (
	"fmt"
	"hash"
	"unicode/utf16"
	"unicode/utf8"
)

// maxIterations bounds the iterations of all key derivations of one file
// together: some seconds of work. A Konnektor's file needs 204,800.
const maxIterations = 5_000_000

// spend takes n iterations from what is left.
func (r *reader) spend(n int) error {
	if n < 1 {
		return fmt.Errorf("%w: %d iterations", ErrMalformed, n)
	}
	if n > r.work {
		return fmt.Errorf("%w: more iterations than allowed", ErrTooLarge)
	}
	r.work -= n
	return nil
}

// password is one of the ways in which programs turn a password into bytes.
type password struct {
	bmp  []byte // for the key derivation of PKCS #12
	utf8 []byte // for PBES2
}

// passwords are the ways that occur, the right one first. An empty password is
// written as two zero bytes or as none; old OpenSSL widened each byte of a
// password that is not ASCII.
func passwords(s string) []password {
	right := password{bmp: wide(utf16.Encode([]rune(s))), utf8: []byte(s)}
	all := []password{right}
	if s == "" {
		return append(all, password{utf8: []byte(s)})
	}
	if !isASCII(s) {
		units := make([]uint16, 0, len(s))
		for _, c := range []byte(s) {
			units = append(units, uint16(c))
		}
		all = append(all, password{bmp: wide(units), utf8: []byte(s)})
	}
	return all
}

func isASCII(s string) bool {
	for _, c := range []byte(s) {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// wide is UTF-16BE with two zero bytes at the end (RFC 7292, B.1).
func wide(units []uint16) []byte {
	out := make([]byte, 0, 2*len(units)+2)
	for _, u := range units {
		out = append(out, byte(u>>8), byte(u))
	}
	return append(out, 0, 0)
}

// The purposes of a derived value (RFC 7292, B.3).
const (
	forKey byte = 1
	forIV  byte = 2
	forMAC byte = 3
)

// derive is the key derivation of RFC 7292, B.2.
func derive(newHash func() hash.Hash, purpose byte, password, salt []byte, iterations, size int) []byte {
	h := newHash()
	v := h.BlockSize()
	d := make([]byte, v)
	for i := range d {
		d[i] = purpose
	}
	in := append(repeat(salt, v), repeat(password, v)...)
	var out []byte
	for {
		h.Reset()
		h.Write(d)
		h.Write(in)
		a := h.Sum(nil)
		for range iterations - 1 {
			h.Reset()
			h.Write(a)
			a = h.Sum(a[:0])
		}
		if out = append(out, a...); len(out) >= size {
			return out[:size]
		}
		addToBlocks(in, repeat(a, v)[:v])
	}
}

// repeat repeats b up to a whole number of blocks of v bytes; nothing stays
// nothing.
func repeat(b []byte, v int) []byte {
	n := (len(b) + v - 1) / v * v
	out := make([]byte, n)
	for i := range out {
		out[i] = b[i%len(b)]
	}
	return out
}

// addToBlocks adds b + 1 to each block of in, modulo the block's size.
func addToBlocks(in, b []byte) {
	for block := in; len(block) > 0; block = block[len(b):] {
		carry := 1
		for i := len(b) - 1; i >= 0; i-- {
			carry += int(block[i]) + int(b[i])
			block[i] = byte(carry)
			carry >>= 8
		}
	}
}
