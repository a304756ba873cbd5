package vsdmtest

import "fmt"

// latin9Own are the characters where ISO-8859-15 differs from ISO-8859-1.
var latin9Own = map[rune]byte{
	'€': 0xA4, 'Š': 0xA6, 'š': 0xA8, 'Ž': 0xB4, 'ž': 0xB8, 'Œ': 0xBC, 'œ': 0xBD, 'Ÿ': 0xBE,
}

// latin9 encodes XML text in ISO-8859-15. What it cannot say becomes a
// character reference.
func latin9(s string) []byte {
	taken := map[byte]bool{}
	for _, b := range latin9Own {
		taken[b] = true
	}
	var out []byte
	for _, r := range s {
		switch b, own := latin9Own[r]; {
		case own:
			out = append(out, b)
		case r < 0x100 && !taken[byte(r)]:
			out = append(out, byte(r))
		default:
			out = fmt.Appendf(out, "&#x%X;", r)
		}
	}
	return out
}
