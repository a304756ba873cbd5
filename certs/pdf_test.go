package certs_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/stretchr/testify/require"
)

// pdfRoom is the room for a signature, in hexadecimal digits.
const pdfRoom = 8 << 10

// signedPDF has openssl sign a small PDF. ranges are the three numbers after 0;
// those that are right are put in when it is empty.
func (o openSSL) signedPDF(t testing.TB, ranges string, args ...string) []byte {
	t.Helper()
	const before = "%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [3 0 R] /SigFlags 3 >> >>\nendobj\n" +
		"2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n3 0 obj\n<< /FT /Sig /T (Signature) /V 4 0 R >>\nendobj\n" +
		"4 0 obj\n<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /ByteRange [0 RANGES] /Contents "
	const after = " >>\nendobj\ntrailer\n<< /Root 1 0 R /Size 5 >>\n%%EOF\n"
	if ranges == "" {
		from := len(before) - len("RANGES") + 26
		ranges = fmt.Sprintf("%08d %08d %08d", from, from+pdfRoom+2, len(after))
	}
	head := strings.Replace(before, "RANGES", ranges, 1)
	o.write(t, "ranges", []byte(head+after))
	o.run(t, append([]string{"cms", "-sign", "-binary", "-cades", "-in", "ranges", "-signer", "signer.pem", "-inkey", "signer.key", "-outform", "DER", "-out", "pdf.der"}, args...)...)
	digits := hex.EncodeToString(o.read(t, "pdf.der"))
	require.LessOrEqual(t, len(digits), pdfRoom)
	return []byte(head + "<" + digits + strings.Repeat("0", pdfRoom-len(digits)) + ">" + after)
}

// judgePDF has openssl verify the message in a PDF, which it gets as pdfs do it:
// cut out with the ranges that stand in the file.
func (o openSSL) judgePDF(t testing.TB, file []byte) error {
	t.Helper()
	m := regexp.MustCompile(`/ByteRange \[0 (\d+) (\d+) (\d+)\]`).FindSubmatch(file)
	require.NotNil(t, m)
	var n [3]int
	for i := range n {
		var err error
		n[i], err = strconv.Atoi(string(m[i+1]))
		require.NoError(t, err)
	}
	message, err := hex.DecodeString(string(file[n[0]+1 : n[1]-1]))
	if err != nil {
		return err
	}
	o.write(t, "judged.der", message)
	o.write(t, "judged", append(bytes.Clone(file[:n[0]]), file[n[1]:n[1]+n[2]]...))
	_, err = o.try("cms", "-verify", "-binary", "-noverify", "-inform", "DER", "-in", "judged.der", "-content", "judged")
	return err
}

func TestVerifyPDFOfOpenSSL(t *testing.T) {
	o := newOpenSSL(t)
	_, card := cmsCard(t, certstest.CardOptions{})
	for _, id := range []*certstest.Identity{
		card.Get(certs.TypeHCIOSIG, certs.KeyBrainpoolP256r1), card.Get(certs.TypeHCIOSIG, certs.KeyRSA2048),
	} {
		o.identity(t, "signer", id)
		file := o.signedPDF(t, "")
		require.NoError(t, o.judgePDF(t, file))
		by, err := certs.VerifyPDF(file)
		require.NoError(t, err)
		require.Len(t, by, 1)
		require.True(t, by[0].Certificate.Equal(id.Certificate))

		hole := bytes.Index(file, []byte("/Contents <")) + len("/Contents <")
		for i := 0; i < len(file); i += 3 {
			if i >= hole && i < hole+pdfRoom {
				continue
			}
			spoiled := bytes.Clone(file)
			spoiled[i] ^= 0x01
			_, err := certs.VerifyPDF(spoiled)
			require.Error(t, err, "byte %d outside of the signature", i)
		}
		message := o.read(t, "pdf.der")
		certificate := hole + 2*bytes.Index(message, id.DER)
		for i := hole; i < hole+pdfRoom; i += pdfRoom / 40 {
			if i >= certificate && i < certificate+2*len(id.DER) {
				continue // openssl leaves certificates to the chain
			}
			spoiled := bytes.Clone(file)
			spoiled[i] = "123456789abcdef0"[strings.IndexByte("0123456789abcdef", file[i])]
			_, ours := certs.VerifyPDF(spoiled)
			theirs := o.judgePDF(t, spoiled)
			if i < hole+2*len(message) {
				require.Equal(t, theirs == nil, ours == nil, "digit %d: we: %v, openssl: %v", i-hole, ours, theirs)
				continue
			}
			require.ErrorIs(t, ours, certs.ErrPDF, "digit %d: openssl does not look at what follows the message", i-hole)
		}
	}
}

// TestVerifyPDFIsRefused has what a signature is not to be believed for.
func TestVerifyPDFIsRefused(t *testing.T) {
	o := newOpenSSL(t)
	_, card := cmsCard(t, certstest.CardOptions{WithoutRSA: true})
	o.identity(t, "signer", card.Identities[0])
	o.identity(t, "other", card.Identities[1])
	file := o.signedPDF(t, "")
	from := bytes.Index(file, []byte("/Contents ")) + len("/Contents ")
	to, size := from+pdfRoom+2, len(file)
	ranges := func(from, to, rest int) []byte { return o.signedPDF(t, fmt.Sprintf("%08d %08d %08d", from, to, rest)) }
	require.Equal(t, size, len(ranges(from, to, size-to)))
	_, err := certs.VerifyPDF(ranges(from, to, size-to))
	require.NoError(t, err)
	edit := func(old, new string) []byte { return bytes.Replace(file, []byte(old), []byte(new), 1) }
	for name, c := range map[string]struct {
		file []byte
		err  error
	}{
		"something added":        {append(bytes.Clone(file), "\n%%EOF\n"...), certs.ErrPDF},
		"cut off":                {file[:size-1], certs.ErrPDF},
		"another signature":      {append(bytes.Clone(file), file...), certs.ErrPDF},
		"content changed":        {edit("/Count 0", "/Count 1"), certs.ErrSignature},
		"end not covered":        {ranges(from, to, size-to-1), certs.ErrPDF},
		"more than the file":     {ranges(from, to, size-to+1), certs.ErrPDF},
		"hole too large":         {ranges(from-1, to, size-to), certs.ErrPDF},
		"hole too large behind":  {ranges(from, to+1, size-to-1), certs.ErrPDF},
		"hole too small":         {ranges(from+1, to-1, size-to+1), certs.ErrPDF},
		"hole elsewhere":         {ranges(9, 12, size-12), certs.ErrPDF},
		"hole backwards":         {ranges(to, from, size-from), certs.ErrPDF},
		"no hole":                {ranges(from, from, size-from), certs.ErrPDF},
		"ranges that overflow":   {edit(fmt.Sprintf("[0 %08d", from), "[0 99999999999999999999"), certs.ErrPDF},
		"begins later":           {edit("[0 ", "[1 "), certs.ErrPDF},
		"not in hexadecimal":     {edit("/Contents <3", "/Contents <x"), certs.ErrPDF},
		"two signers":            {o.signedPDF(t, "", "-signer", "other.pem", "-inkey", "other.key"), certs.ErrPDF},
		"message with a content": {o.signedPDF(t, "", "-nodetach"), certs.ErrSignature},
		"no message":             {edit("/Contents <308", "/Contents <508"), certs.ErrCMS},
		"SHA-1":                  {o.signedPDF(t, "", "-md", "sha1"), certs.ErrCMSUnsupported},
		"no signature":           {[]byte("%PDF-1.7\n%%EOF\n"), certs.ErrPDF},
		"no PDF":                 {[]byte("<html>"), certs.ErrPDF},
		"nothing":                {nil, certs.ErrPDF},
		"too large":              {make([]byte, 256<<20+1), certs.ErrTooLarge},
	} {
		by, err := certs.VerifyPDF(c.file)
		require.ErrorIs(t, err, c.err, name)
		require.Empty(t, by, name)
	}
	for name, good := range map[string][]byte{
		"digits in capitals": bytes.Join([][]byte{file[:from], bytes.ToUpper(file[from:to]), file[to:]}, nil),
		"digits in lines":    bytes.Join([][]byte{file[:to-3], []byte("\n\t"), file[to-1:]}, nil),
	} {
		_, err := certs.VerifyPDF(good)
		require.NoError(t, err, name)
	}
}

func FuzzVerifyPDF(f *testing.F) {
	for _, seed := range []string{
		"%PDF-1.7\n/ByteRange [0 48 54 2] /Contents <3080>\n",
		"%PDF-/ByteRange[0 1 2 3]", "%PDF-/ByteRange [ 0\x00 9999999999 1 1 ]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		by, err := certs.VerifyPDF(file)
		require.Equal(t, err == nil, len(by) == 1)
	})
}
