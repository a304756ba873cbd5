//go:build !race

package tsl_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/libkonnektor/libkonnektor/tsl/tsltest"
	"github.com/stretchr/testify/require"
)

// Thousands of lists, and memory that is measured: without the race detector.

func TestTruncatedLists(t *testing.T) {
	m := tsltest.New(t)
	list, err := m.List(tsltest.Spec{})
	require.NoError(t, err)
	truncate(t, list.XML, m.Options())
}

// truncate cuts a list off at 1,000 places.
func truncate(t *testing.T, list []byte, o tsl.Options) {
	t.Helper()
	end := len(list) - len("</TrustServiceStatusList>")
	for i := range 1000 {
		n := end * i / 999
		_, err := tsl.Verify(list[:n], o)
		require.ErrorIs(t, err, tsl.CodeNotWellFormed, "%d bytes", n)
	}
}

// places are the parts of a list in which bytes are flipped: from a text to the
// next one, and the codes that a change there may end in.
var places = []struct {
	name, from, to string
	codes          []tsl.Code
}{
	{"signature", "<ds:SignatureValue>", "</ds:SignatureValue>", []tsl.Code{tsl.CodeSignature, tsl.CodeNotWellFormed}},
	{"digest", "<ds:DigestValue>", "</ds:DigestValue>", []tsl.Code{tsl.CodeSignature, tsl.CodeNotWellFormed}},
	{"properties", "<xades:SigningTime>", "</xades:SignedProperties>", []tsl.Code{tsl.CodeSignature, tsl.CodeNotWellFormed}},
	{"id", ` Id="ID3`, `"`, []tsl.Code{tsl.CodeSignature, tsl.CodeNotWellFormed}},
	{"signer", "<ds:X509Certificate>", "</ds:X509Certificate>", []tsl.Code{
		tsl.CodeSignature, tsl.CodeNotWellFormed, tsl.CodeSignerMissing, tsl.CodeSignerSignature, tsl.CodeKeyUsage,
		tsl.CodeExtendedKeyUsage, tsl.CodeNotInTime, tsl.CodeOtherKeyID, tsl.CodeAnchorUnknown,
	}},
	{"service", "<TSPService>", "</TSPService>", []tsl.Code{tsl.CodeSignature, tsl.CodeNotWellFormed, tsl.CodeSchema}},
	{"certificate", "<X509Certificate>", "</X509Certificate>", []tsl.Code{tsl.CodeSignature, tsl.CodeNotWellFormed, tsl.CodeSchema}},
	{"number", "<TSLSequenceNumber>", "</TSLSequenceNumber>", []tsl.Code{tsl.CodeSignature, tsl.CodeNotWellFormed, tsl.CodeSchema}},
	{"signed info", "<ds:SignedInfo>", "</ds:SignedInfo>", []tsl.Code{tsl.CodeSignature, tsl.CodeNotWellFormed}},
}

// classes has a byte of every class that XML or base64 makes a difference
// between.
var classes = []byte("\x00\x01\t\n\r !\"&'/0=<>A[]az{\x7f\x80\xc3\xef\xfe\xff")

func TestFlippedBytes(t *testing.T) {
	m := tsltest.New(t)
	list, err := m.List(tsltest.Spec{})
	require.NoError(t, err)
	flip(t, list.XML, m.Options(), 8)
}

// flip puts a byte of each class into each part of a list: at its beginning, at
// its end and at so many places between. Nothing of it may be accepted.
func flip(t *testing.T, original []byte, o tsl.Options, between int) {
	t.Helper()
	random := rand.New(rand.NewPCG(4, 2))
	list := bytes.Clone(original)
	for _, p := range places {
		from := bytes.Index(list, []byte(p.from)) + len(p.from)
		size := bytes.Index(list[from:], []byte(p.to))
		require.Positive(t, size, p.name)
		offsets := []int{0, size - 1}
		for range between {
			offsets = append(offsets, random.IntN(size))
		}
		for _, offset := range offsets {
			for _, b := range classes {
				i := from + offset
				was := list[i]
				if was == b || isSpace(list[i]) && isSpace(b) || b|0x20 == 'a' && bytes.HasPrefix(list[i-3:], []byte("&#xD;")) {
					continue // another white space, in a tag or around base64, is the same list
				}
				list[i] = b
				_, err := tsl.Verify(list, o)
				list[i] = was
				require.Error(t, err, "%s: byte %d: %q becomes %q", p.name, i, was, b)
				require.True(t, isOneOf(err, p.codes), "%s: byte %d: %q becomes %q: %v", p.name, i, was, b, err)
			}
		}
	}
}

func isSpace(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' }

func isOneOf(err error, codes []tsl.Code) bool {
	for _, code := range codes {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}

// TestHugeListsAreRefusedSoon gives 100 MB of different kinds.
func TestHugeListsAreRefusedSoon(t *testing.T) {
	m := tsltest.New(t)
	const size = 100 << 20
	for name, unit := range map[string]string{"text": "x", "elements": "<a/>", "tags": "<a>", "comments": "<!-- -->", "references": "&amp;"} {
		data := []byte("<TrustServiceStatusList>" + strings.Repeat(unit, size/len(unit)))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := tsl.Verify(data, m.Options())
		runtime.ReadMemStats(&after)
		require.ErrorIs(t, err, tsl.CodeNotWellFormed, name)
		require.ErrorIs(t, err, tsl.ErrTooLarge, name)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20), name)
	}
}

// TestLargestListsStayWithinMemory gives what is as large as allowed and made
// to need memory.
func TestLargestListsStayWithinMemory(t *testing.T) {
	m := tsltest.New(t)
	for name, unit := range map[string]string{
		"text": "x", "elements": "<a/>", "attributes": `<a b="" c="" d=""/>`, "declarations": `<a xmlns:b="u:b" xmlns:c="u:c"/>`,
		"references": "&amp;", "names": `<abcdefghijklmnopqrstuvwxyz/>`, "comments": "x<!---->", "CDATA": "<![CDATA[x]]>",
	} {
		data := []byte("<TrustServiceStatusList>" + strings.Repeat(unit, (tsl.MaxSize-100)/len(unit)) + "</TrustServiceStatusList>")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := tsl.Verify(data, m.Options())
		runtime.ReadMemStats(&after)
		require.Error(t, err, name)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8*tsl.MaxSize), name)
	}
}
