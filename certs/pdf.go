package certs

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/libkonnektor/libkonnektor/certs/internal/ber"
)

// maxPDF bounds a signed PDF in bytes. A Konnektor takes 25 MB.
const maxPDF = 256 << 20

// ErrPDF means that a file is no PDF with exactly one signature that covers all
// of it.
var ErrPDF = errors.New("not a PDF that one signature covers")

// VerifyPDF checks the signature inside of a PDF (PAdES, ISO 32000-1, 12.8) and
// returns who signed; it is one. It checks the same as [Message.Verify], and no
// certificate.
//
// The signature must cover every byte of the file but its own. So a file to which
// something was added after it had been signed is refused, be it a second
// signature or a time stamp, and so is one that has the key ByteRange twice for
// another reason. PAdES has no signing time in the signature: [SignedBy].Time is
// zero as a rule.
//
// Errors wrap ErrPDF, ErrTooLarge, or what ParseCMS and Verify return.
func VerifyPDF(file []byte) ([]SignedBy, error) {
	if len(file) > maxPDF {
		return nil, fmt.Errorf("certs: %w: PDF of %d bytes", ErrTooLarge, len(file))
	}
	from, to, err := signatureHole(file)
	if err != nil {
		return nil, fmt.Errorf("certs: %w: %w", ErrPDF, err)
	}
	if to-from > 2*maxCMS {
		return nil, fmt.Errorf("certs: %w: signature of %d bytes", ErrTooLarge, to-from)
	}
	der, err := readHole(file[from:to])
	if err != nil {
		return nil, fmt.Errorf("certs: %w: %w", ErrPDF, err)
	}
	m, err := ParseCMS(der)
	if err != nil {
		return nil, err
	}
	by, err := m.Verify(bytes.Join([][]byte{file[:from], file[to:]}, nil))
	if err == nil && len(by) != 1 {
		return nil, fmt.Errorf("certs: %w: signed by %d at once", ErrPDF, len(by))
	}
	return by, err
}

// pdfSpaces is the white space of PDF.
const pdfSpaces = "\x00\t\n\f\r "

// byteRange reads the value of the key ByteRange: four numbers in brackets, the
// first of which is 0. It returns the others, none larger than limit.
func byteRange(value []byte, limit int) (n [3]int, ok bool) {
	value, ok = bytes.CutPrefix(bytes.TrimLeft(value, pdfSpaces), []byte("["))
	end := bytes.IndexByte(value[:min(len(value), maxByteRange)], ']')
	if !ok || end < 0 {
		return n, false
	}
	fields := strings.FieldsFunc(string(value[:end]), func(c rune) bool { return c < 0x80 && strings.IndexByte(pdfSpaces, byte(c)) >= 0 })
	if len(fields) != 4 || fields[0] != "0" {
		return n, false
	}
	for i, f := range fields[1:] {
		v, err := strconv.ParseUint(f, 10, 32)
		if err != nil || v > uint64(limit) {
			return n, false
		}
		n[i] = int(v)
	}
	return n, true
}

// maxByteRange bounds the text of a ByteRange in bytes; writers leave room in it.
const maxByteRange = 1 << 10

// signatureHole finds what the one signature leaves out: the value of Contents
// with its brackets.
func signatureHole(file []byte) (from, to int, err error) {
	key := []byte("/ByteRange")
	at := bytes.Index(file, key)
	switch {
	case !bytes.HasPrefix(file, []byte("%PDF-")):
		return 0, 0, errors.New("no PDF")
	case at < 0:
		return 0, 0, errors.New("no signature")
	case bytes.Contains(file[at+len(key):], key):
		return 0, 0, errors.New("more than one signature")
	}
	n, ok := byteRange(file[at+len(key):], len(file))
	if !ok {
		return 0, 0, errors.New("ranges of the signature")
	}
	from, to = n[0], n[1]
	switch {
	case to+n[2] != len(file):
		return 0, 0, errors.New("the signature does not reach to the end")
	case to < from+2 || file[from] != '<' || file[to-1] != '>',
		!bytes.HasSuffix(bytes.TrimRight(file[:from], pdfSpaces), []byte("/Contents")):
		return 0, 0, errors.New("the signature leaves out more than itself")
	}
	return from, to, nil
}

// readHole decodes a string in hexadecimal: a CMS message, and zeros up to the
// room that was kept for it.
func readHole(hole []byte) ([]byte, error) {
	var digits []byte
	for _, c := range hole[1 : len(hole)-1] {
		if strings.IndexByte(pdfSpaces, c) < 0 {
			digits = append(digits, c)
		}
	}
	value := make([]byte, hex.DecodedLen(len(digits)))
	if _, err := hex.Decode(value, digits); err != nil {
		return nil, errors.New("the signature leaves out what is not in hexadecimal")
	}
	der, rest, err := ber.First(value)
	if err != nil {
		return nil, err
	}
	if len(bytes.Trim(rest, "\x00")) > 0 {
		return nil, errors.New("bytes after the signature")
	}
	return der, nil
}
