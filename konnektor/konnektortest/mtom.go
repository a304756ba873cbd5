package konnektortest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
)

// maxDocumentRequest is the largest request to a service that takes documents,
// in bytes.
const maxDocumentRequest = 64 << 20

// base64Elements are those that become parts.
var base64Elements = []string{"Base64Signature", "Base64Data", "Base64XML"}

// packed is an answer as it is sent with MTOM (XOP 1.0, RFC 2387), and its
// headers; an answer that is not comes back as it is.
func (k *Konnektor) packed(x *exchange, d Disturbance, status int, body []byte) ([]byte, http.Header, error) {
	if !k.opts.MTOM || x.extra == nil || !x.extra.MTOM || d.Replace || status != http.StatusOK {
		return body, d.Header, nil
	}
	root, parts, err := extracted(body)
	if err != nil {
		return nil, nil, err
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	put := func(id, kind string, content []byte) error {
		part, err := w.CreatePart(textproto.MIMEHeader{
			"Content-Type": {kind}, "Content-Transfer-Encoding": {"binary"}, "Content-Id": {"<" + id + ">"},
		})
		if err == nil {
			_, err = part.Write(content)
		}
		return err
	}
	err = put("root@simulator", `application/xop+xml; charset=UTF-8; type="text/xml"`, root)
	for i, part := range parts {
		if err == nil {
			err = put(partID(i), "application/octet-stream", part)
		}
	}
	if err == nil {
		err = w.Close()
	}
	header := http.Header{"Content-Type": {`multipart/related; type="application/xop+xml"; start="<root@simulator>"; start-info="text/xml"; boundary="` + w.Boundary() + `"`}}
	for name, values := range d.Header {
		header[http.CanonicalHeaderKey(name)] = values
	}
	return b.Bytes(), header, err
}

func partID(i int) string { return fmt.Sprintf("part%d@simulator", i) }

// extracted takes the contents in base64 out of an answer.
func extracted(body []byte) (root []byte, parts [][]byte, err error) {
	tree, err := parseXML(body, nil, false)
	if err != nil {
		return nil, nil, err
	}
	copied := 0
	var walk func(e *Element)
	walk = func(e *Element) {
		for _, c := range e.Children {
			walk(c)
		}
		content, err := base64.StdEncoding.DecodeString(strings.TrimSpace(e.Text))
		if len(e.Children) > 0 || len(content) == 0 || err != nil || !slices.Contains(base64Elements, e.Local) {
			return
		}
		begin := e.start + bytes.IndexByte(body[e.start:e.end], '>') + 1
		root = append(root, body[copied:begin]...)
		root = fmt.Appendf(root, `<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:%s"/>`, partID(len(parts)))
		parts, copied = append(parts, content), e.start+bytes.LastIndexByte(body[e.start:e.end], '<')
	}
	walk(tree)
	return append(root, body[copied:]...), parts, nil
}
