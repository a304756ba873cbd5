package konnektortest

import (
	"bytes"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
)

// pdfRoom is the room for a CMS message inside a PDF, in bytes.
const pdfRoom = 16 << 10

// maxObjects bounds the objects of a PDF; numbers beyond it are no honest ones.
const maxObjects = 1 << 30

var (
	pdfStart  = regexp.MustCompile(`startxref\s+(\d+)\s+%%EOF\s*$`)
	pdfRoot   = regexp.MustCompile(`/Root\s+(\d+)\s+(\d+)\s+R`)
	pdfSize   = regexp.MustCompile(`/Size\s+(\d+)`)
	pdfRange  = regexp.MustCompile(`/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]`)
	pdfFields = regexp.MustCompile(`/Fields\s*\[`)
)

// pdf is what signing needs of a PDF with a classic table of references; those
// with reference streams are refused (code 4112), which devices need not do.
type pdf struct {
	data     []byte
	table    int    // where the last table is
	root     string // number and generation of the catalog
	catalog  []byte // its dictionary
	nextFree int    // the next object number
}

func readPDF(data []byte) (*pdf, error) {
	refuse := NewFault(4112)
	if !bytes.HasPrefix(data, []byte("%PDF-")) {
		return nil, refuse
	}
	start := pdfStart.FindSubmatch(data)
	if start == nil {
		return nil, refuse
	}
	p := &pdf{data: data}
	p.table, _ = strconv.Atoi(string(start[1])) // digits
	if p.table <= 0 || p.table >= len(data) || !bytes.HasPrefix(data[p.table:], []byte("xref")) {
		return nil, refuse
	}
	trailer := data[p.table:]
	root, size := pdfRoot.FindSubmatch(trailer), pdfSize.FindSubmatch(trailer)
	if root == nil || size == nil {
		return nil, refuse
	}
	if p.nextFree, _ = strconv.Atoi(string(size[1])); p.nextFree > maxObjects {
		return nil, refuse
	}
	p.root = string(root[1]) + " " + string(root[2])
	at := bytes.LastIndex(data, []byte("\n"+p.root+" obj"))
	if at < 0 {
		return nil, refuse
	}
	p.catalog = dictionary(data[at:])
	if p.catalog == nil {
		return nil, refuse
	}
	return p, nil
}

// dictionary is the first dictionary in a text, with its brackets, or nil.
func dictionary(text []byte) []byte {
	from := bytes.Index(text, []byte("<<"))
	if from < 0 {
		return nil
	}
	depth := 0
	for i := from; i+1 < len(text); i++ {
		switch string(text[i : i+2]) {
		case "<<":
			depth++
			i++
		case ">>":
			depth--
			i++
			if depth == 0 {
				return text[from : i+1]
			}
		}
	}
	return nil
}

// withField is the catalog with a signature field more.
func (p *pdf) withField(field int) []byte {
	reference := fmt.Sprintf("%d 0 R ", field)
	if bytes.Contains(p.catalog, []byte("/AcroForm")) {
		if at := pdfFields.FindIndex(p.catalog); at != nil {
			return bytes.Join([][]byte{p.catalog[:at[1]], []byte(reference), p.catalog[at[1]:]}, nil)
		}
		return nil
	}
	end := len(p.catalog) - 2
	return bytes.Join([][]byte{p.catalog[:end], fmt.Appendf(nil, "/AcroForm << /Fields [%s] /SigFlags 3 >> ", reference), p.catalog[end:]}, nil)
}

// signPDF appends an incremental update with a PAdES signature.
func signPDF(data []byte, s seal) ([]byte, error) {
	p, err := readPDF(data)
	if err != nil {
		return nil, err
	}
	signature, field := p.nextFree, p.nextFree+1
	catalog := p.withField(field)
	if catalog == nil {
		return nil, NewFault(4112)
	}
	var b bytes.Buffer
	b.Write(data)
	if !bytes.HasSuffix(data, []byte("\n")) {
		b.WriteByte('\n')
	}
	signatureAt := b.Len()
	fmt.Fprintf(&b, "%d 0 obj\n<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M (D:%s) /ByteRange [0 %010d %010d %010d] /Contents <",
		signature, s.at.UTC().Format("20060102150405Z"), 0, 0, 0)
	contentAt := b.Len() - 1
	b.Write(bytes.Repeat([]byte{'0'}, 2*pdfRoom))
	b.WriteByte('>')
	afterAt := b.Len()
	b.WriteString(" >>\nendobj\n")
	fieldAt := b.Len()
	fmt.Fprintf(&b, "%d 0 obj\n<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature%d) /V %d 0 R /F 132 /Rect [0 0 0 0] >>\nendobj\n", field, signature, signature)
	catalogAt := b.Len()
	fmt.Fprintf(&b, "%s obj\n%s\nendobj\n", p.root, catalog)
	tableAt := b.Len()
	var root, generation int
	_, _ = fmt.Sscan(p.root, &root, &generation) // digits
	fmt.Fprintf(&b, "xref\n%d 1\n%010d %05d n \n%d 2\n%010d 00000 n \n%010d 00000 n \ntrailer\n<< /Size %d /Root %s R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n",
		root, catalogAt, generation, signature, signatureAt, fieldAt, field+1, p.root, p.table, tableAt)
	out := b.Bytes()
	byteRange := fmt.Appendf(nil, "/ByteRange [0 %010d %010d %010d]", contentAt, afterAt, len(out)-afterAt)
	copy(out[signatureAt+bytes.Index(out[signatureAt:], []byte("/ByteRange")):], byteRange)
	signed := append(bytes.Clone(out[:contentAt]), out[afterAt:]...)
	cms, err := signCMS(seal{id: s.id}, signed, nil)
	if err != nil {
		return nil, err
	}
	if len(cms) > pdfRoom {
		return nil, NewFault(4205)
	}
	hex.Encode(out[contentAt+1:], cms)
	return out, nil
}

// judgePDF judges the last signature in a PDF, which must cover all of it.
func (k *Konnektor) judgePDF(data []byte) (string, error) {
	all := pdfRange.FindAllSubmatch(data, -1)
	if len(all) == 0 {
		return "", NewFault(4253)
	}
	var r [4]int
	for i := range r {
		r[i], _ = strconv.Atoi(string(all[len(all)-1][i+1])) // digits; too many give the largest
	}
	if r[0] != 0 || r[1] < 0 || r[2] < r[1] || r[2] > len(data) || r[3] < 0 || r[3] > len(data)-r[2] {
		return "", NewFault(4208)
	}
	if r[2]+r[3] != len(data) {
		return "", NewFault(4262)
	}
	raw, err := hex.DecodeString(string(bytes.Trim(data[r[1]:r[2]], "<> \r\n")))
	if err != nil {
		return "", NewFault(4208)
	}
	var cms asn1.RawValue
	if _, err := asn1.Unmarshal(raw, &cms); err != nil {
		return "", NewFault(4208)
	}
	return k.judgeCMS(cms.FullBytes, append(bytes.Clone(data[:r[1]]), data[r[2]:r[2]+r[3]]...))
}
