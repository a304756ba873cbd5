package wire

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Text returns the text of the current element and moves past its end.
// Elements inside it are skipped and comments left out.
func (r *Reader) Text() string { return r.copied(r.rawText()) }

// ShareText makes Text, Token and Attr return parts of one copy of the document in
// place of copies of their own, until Reset: less work for a small document of
// which most texts are kept. Any of them keeps the whole copy in memory.
func (r *Reader) ShareText() { r.whole = string(r.src) }

// copied is text as a string.
func (r *Reader) copied(text []byte) string {
	// A part of the source reaches to its end, which says where it begins.
	at := cap(r.src) - cap(text)
	if len(text) > 0 && at >= 0 && at+len(text) <= len(r.whole) && &text[0] == &r.src[at] {
		return r.whole[at : at+len(text)]
	}
	return string(text)
}

// rawText is Text, valid until the next call.
func (r *Reader) rawText() []byte {
	run, more := r.run()
	if more {
		var all []byte
		keep := func(b []byte) { all = append(all, b...) }
		for r.next(keep) {
			r.Skip()
		}
		run = all
	} else if run != nil {
		run = r.unescape(run, false)
	}
	if r.err != nil {
		return nil
	}
	return run
}

// run returns the text of the current element, unchecked, and moves past its
// end, if it is one run of the source, as it mostly is. Else it says that there
// is more and does not move.
func (r *Reader) run() (text []byte, more bool) {
	if r.err != nil || len(r.open) == 0 {
		return nil, false
	}
	if r.empty {
		r.closeEmpty()
		return nil, false
	}
	i := bytes.IndexByte(r.src[r.pos:], '<')
	if i < 0 || r.pos+i+1 == len(r.src) || r.src[r.pos+i+1] != '/' {
		return nil, true
	}
	text = r.src[r.pos : r.pos+i]
	r.pos += i
	r.closeTag()
	return text, false
}

// plain marks the bytes that stand for themselves in text: ASCII without
// control characters, carriage return (which becomes a newline), the beginnings
// of references and of markup, and ] (which may begin ]]>).
var plain = func() (t [256]bool) {
	for c := range utf8.RuneSelf {
		t[c] = c >= 0x20 || c == '\t' || c == '\n'
	}
	t['&'], t['<'], t[']'] = false, false, false
	return t
}()

// unescape checks a run of text or an attribute value and resolves its
// references. The result is the run itself where nothing is to be done, else
// scratch that the next call reuses.
func (r *Reader) unescape(run []byte, attribute bool) []byte {
	n := r.plainLength(run, attribute)
	if n == len(run) {
		return run
	}
	out := append(r.scratch[:0], run[:n]...)
	for run = run[n:]; len(run) > 0; run = run[n:] {
		if out, n = r.unescapeOne(out, run, attribute); r.err != nil {
			r.scratch = out
			return nil
		}
		run = run[n:]
		n = r.plainLength(run, attribute)
		out = append(out, run[:n]...)
	}
	r.scratch = out
	return out
}

// plainLength is how many bytes at the front of run stand for themselves.
func (r *Reader) plainLength(run []byte, attribute bool) int {
	n := 0
	for {
		for n < len(run) && plain[run[n]] && (run[n] >= ' ' || !attribute) {
			n++
		}
		if n == len(run) || run[n] < utf8.RuneSelf {
			return n
		}
		size := r.char(run[n:])
		if size == 0 {
			return n
		}
		n += size
	}
}

// unescapeOne appends the character with which b begins, and says how many
// bytes of b it took.
func (r *Reader) unescapeOne(out, b []byte, attribute bool) ([]byte, int) {
	switch c := b[0]; {
	case c == '&':
		ch, n := r.reference(b)
		return utf8.AppendRune(out, ch), n
	case c == '\r' && len(b) > 1 && b[1] == '\n':
		return append(out, newline(attribute)), 2
	case c == '\r', c == '\n':
		return append(out, newline(attribute)), 1
	case c == '\t' && attribute:
		return append(out, ' '), 1
	case c == ']' && !attribute && bytes.HasPrefix(b, []byte("]]>")):
		r.syntax("]]> in text")
	case c >= utf8.RuneSelf:
		if n := r.char(b); n > 0 {
			return append(out, b[:n]...), n
		}
	case !isChar(rune(c)):
		r.syntax("control character")
	default:
		return append(out, c), 1
	}
	return out, 0
}

func newline(attribute bool) byte {
	if attribute {
		return ' '
	}
	return '\n'
}

// reference resolves the character or entity reference at the beginning of b.
func (r *Reader) reference(b []byte) (rune, int) {
	end := bytes.IndexByte(b[:min(len(b), maxReference)], ';')
	if end < 2 {
		r.syntax("& without reference")
		return 0, 0
	}
	if b[1] == '#' {
		ch, ok := character(string(b[2:end]))
		if !ok {
			r.syntax("bad character reference")
		}
		return ch, end + 1
	}
	switch string(b[1:end]) {
	case "lt":
		return '<', end + 1
	case "gt":
		return '>', end + 1
	case "amp":
		return '&', end + 1
	case "apos":
		return '\'', end + 1
	case "quot":
		return '"', end + 1
	}
	r.forbidden("entity")
	return 0, 0
}

// maxReference is the length of the longest reference: &#x0010FFFF;
const maxReference = 12

// character is the character that a numeric reference names.
func character(digits string) (rune, bool) {
	base := 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 31)
	return rune(n), err == nil && isChar(rune(n))
}

// isChar is the production Char of XML 1.0.
func isChar(c rune) bool {
	return c >= 0x20 && c <= 0xD7FF || c == '\t' || c == '\n' || c == '\r' ||
		c >= 0xE000 && c <= 0xFFFD || c >= 0x10000 && c <= 0x10FFFF
}

// char is the length of the character beyond ASCII with which b begins, 0 if
// that is none of XML.
func (r *Reader) char(b []byte) int {
	ch, n := utf8.DecodeRune(b)
	switch {
	case ch == utf8.RuneError && n == 1:
		r.Fail(fmt.Errorf("%w: not UTF-8", ErrCharset))
		return 0
	case !isChar(ch):
		r.syntax("character that XML does not know")
		return 0
	}
	return n
}

// checkText checks text that is not kept.
func (r *Reader) checkText(run []byte) {
	for _, c := range run {
		if !plain[c] {
			r.unescape(run, false)
			return
		}
	}
}

// checkChars checks what stands in a comment, an instruction or a CDATA section.
func (r *Reader) checkChars(run []byte) {
	for i := 0; i < len(run); {
		c := run[i]
		switch {
		case c >= utf8.RuneSelf:
			n := r.char(run[i:])
			if n == 0 {
				return
			}
			i += n
		case !isChar(rune(c)):
			r.syntax("control character")
			return
		default:
			i++
		}
	}
}

// markup takes a comment, an instruction or, inside the root, a CDATA section,
// and reports whether it stood on one.
func (r *Reader) markup() bool {
	switch {
	case r.peek("<!--"):
		r.comment()
	case r.peek("<?"):
		r.instruction()
	case r.peek("<![CDATA[") && len(r.open) > 0:
		r.cdata()
	case r.peek("<!"):
		r.forbidden("DOCTYPE or another declaration")
	default:
		return false
	}
	return r.err == nil
}

func (r *Reader) comment() {
	body, _, _ := bytes.Cut(r.src[r.pos+len("<!--"):], []byte("--"))
	end := r.pos + len("<!--") + len(body)
	if !bytes.HasPrefix(r.src[end:], []byte("-->")) {
		r.syntax("comment does not end")
		return
	}
	r.checkChars(body)
	r.pos = end + len("-->")
}

func (r *Reader) instruction() {
	body, _, found := bytes.Cut(r.src[r.pos+len("<?"):], []byte("?>"))
	n := nameLength(body)
	switch {
	case !found:
		r.syntax("processing instruction does not end")
	case n == 0 || n < len(body) && !isSpace(body[n]) || bytes.IndexByte(body[:n], ':') >= 0:
		r.syntax("processing instruction without name")
	case bytes.EqualFold(body[:n], []byte("xml")):
		r.syntax("XML declaration not at the beginning")
	default:
		r.checkChars(body)
		r.pos += len("<?") + len(body) + len("?>")
	}
}

// cdata takes a CDATA section and returns its text.
func (r *Reader) cdata() []byte {
	body, _, found := bytes.Cut(r.src[r.pos+len("<![CDATA["):], []byte("]]>"))
	if !found {
		r.syntax("CDATA section does not end")
		return nil
	}
	r.checkChars(body)
	r.pos += len("<![CDATA[") + len(body) + len("]]>")
	if bytes.IndexByte(body, '\r') < 0 {
		return body
	}
	body = bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(body, []byte("\r"), []byte("\n"))
}
