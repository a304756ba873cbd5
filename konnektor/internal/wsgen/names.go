package main

import (
	"cmp"
	"fmt"
	"go/token"
	"strings"
	"unicode"
)

// words are the words of element names that Go spells otherwise.
var words = map[string]string{
	"Id": "ID", "Xml": "XML", "Url": "URL", "Uri": "URI", "Xsl": "XSL",
	"Iccsn": "ICCSN", "Kvnr": "KVNR", "Rfc": "RFC",
	"IS": "Is", "PHYSICAL": "Physical", "VERSION": "Version", "TYP": "Typ",
}

// goName turns the name of an element, type or attribute into an exported Go
// name: CtId gives CtID, mandant-wide gives MandantWide.
func goName(local string) string {
	var b strings.Builder
	for part := range strings.FieldsFuncSeq(local, func(c rune) bool { return c == '_' || c == '-' || c == '.' }) {
		for _, w := range camelWords(part) {
			b.WriteString(cmp.Or(words[w], w))
		}
	}
	return b.String()
}

// camelWords splits CtId into Ct and Id. A run of capitals stays together.
func camelWords(s string) []string {
	var all []string
	start := 0
	runes := []rune(strings.ToUpper(s[:1]) + s[1:])
	for i := 1; i < len(runes); i++ {
		if unicode.IsUpper(runes[i]) && !unicode.IsUpper(runes[i-1]) {
			all = append(all, string(runes[start:i]))
			start = i
		}
	}
	return append(all, string(runes[start:]))
}

// constantName is the Go name of one value of the enumeration typeName.
func constantName(typeName, value string) string {
	base := strings.TrimSuffix(strings.TrimSuffix(typeName, "Enum"), "Type")
	if i := strings.LastIndexAny(strings.TrimRight(value, "/"), "/#"); i >= 0 {
		value = strings.TrimRight(value[i+1:], "/")
	}
	value = strings.TrimPrefix(value, "urn:ietf:")
	shouting := strings.ToUpper(value) == value
	var b strings.Builder
	for part := range strings.FieldsFuncSeq(value, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }) {
		if shouting && len(part) > 3 && part != "AMTS" {
			part = part[:1] + strings.ToLower(part[1:])
		}
		part = strings.ToUpper(part[:1]) + part[1:]
		b.WriteString(cmp.Or(words[part], part))
	}
	return base + b.String()
}

// packageName names the package of a namespace after its last segments:
// .../conn/CardService/v8.1 gives cardservice81.
func packageName(space string) (string, error) {
	if known, ok := packages[space]; ok {
		return known, nil
	}
	segments := strings.Split(space, "/")
	if len(segments) < 2 {
		return "", fmt.Errorf("no package name known for namespace %s", space)
	}
	version, isVersion := strings.CutPrefix(segments[len(segments)-1], "v")
	p := strings.ToLower(segments[len(segments)-2]) + strings.ReplaceAll(version, ".", "")
	p = strings.ReplaceAll(p, "_", "")
	if !isVersion || !token.IsIdentifier(p) {
		return "", fmt.Errorf("no package name known for namespace %s", space)
	}
	return p, nil
}
