// Package gunzip unpacks one small gzip member (RFC 1952, RFC 1951) that is
// held in memory.
//
// The containers of an eGK are a few hundred bytes long. For such sizes the
// standard library's decoder spends most of its time on tables made for large
// streams, and it keeps a window of 32 KiB with what it has unpacked, which
// here is a patient's data. This one writes to the caller's buffer and keeps
// nothing. It accepts what compress/gzip accepts, except a second member,
// trailing bytes and reserved header flags. Tests hold the two against each
// other.
package gunzip

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// Reasons why input is refused.
var (
	// ErrFormat means that the input is no gzip member or is damaged.
	ErrFormat = errors.New("not a valid gzip member")
	// ErrTruncated means that the input ends too early.
	ErrTruncated = errors.New("gzip member is cut off")
	// ErrChecksum means that CRC-32 or length differ from what was unpacked.
	ErrChecksum = errors.New("gzip checksum differs")
	// ErrTrailing means that something follows the first member.
	ErrTrailing = errors.New("bytes after the gzip member")
	// ErrTooLarge means that the unpacked size exceeds the limit.
	ErrTooLarge = errors.New("unpacked size exceeds the limit")
)

const (
	headerSize  = 10
	trailerSize = 8

	flagHeaderCRC = 1 << 1
	flagExtra     = 1 << 2
	flagName      = 1 << 3
	flagComment   = 1 << 4
	flagReserved  = 0xE0
)

// Unpack appends what the only member in src holds to dst and returns the
// extended slice. More than limit bytes are refused. On an error the returned
// slice holds what was unpacked so far, so that the caller can wipe it.
func (d *Decoder) Unpack(dst, src []byte, limit int) ([]byte, error) {
	body, err := skipHeader(src)
	if err != nil {
		return dst, err
	}
	start := len(dst)
	dst, rest, err := d.inflate(dst, body, limit)
	switch {
	case err != nil:
		return dst, err
	case len(rest) < trailerSize:
		return dst, ErrTruncated
	case len(rest) > trailerSize:
		return dst, ErrTrailing
	}
	plain := dst[start:]
	if binary.LittleEndian.Uint32(rest) != crc32.ChecksumIEEE(plain) ||
		binary.LittleEndian.Uint32(rest[4:]) != uint32(len(plain)) {
		return dst, ErrChecksum
	}
	return dst, nil
}

func skipHeader(src []byte) ([]byte, error) {
	if len(src) < headerSize {
		return nil, ErrTruncated
	}
	if src[0] != 0x1F || src[1] != 0x8B || src[2] != 8 || src[3]&flagReserved != 0 {
		return nil, ErrFormat
	}
	flags, at := src[3], headerSize
	if flags&flagExtra != 0 {
		if len(src) < at+2 {
			return nil, ErrTruncated
		}
		at += 2 + int(binary.LittleEndian.Uint16(src[at:]))
	}
	for _, flag := range [...]byte{flagName, flagComment} {
		if flags&flag == 0 {
			continue
		}
		for at < len(src) && src[at] != 0 {
			at++
		}
		at++
	}
	if flags&flagHeaderCRC != 0 {
		if len(src) < at+2 {
			return nil, ErrTruncated
		}
		if binary.LittleEndian.Uint16(src[at:]) != uint16(crc32.ChecksumIEEE(src[:at])) {
			return nil, ErrChecksum
		}
		at += 2
	}
	if at > len(src) {
		return nil, ErrTruncated
	}
	return src[at:], nil
}
