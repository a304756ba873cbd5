package soap

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"
)

// A device may answer with MTOM, though nobody asked for it: the message is one
// part of a multipart/related body, and bytes that it would have in base64 are
// parts of their own (XOP 1.0, SOAP MTOM; RFC 2387). Here such a body is turned
// into the plain message that it stands for.

const xopNamespace = "http://www.w3.org/2004/08/xop/include"

// maxParts bounds the parts of a body.
const maxParts = 4096

// What can be wrong with a multipart body. The errors of mime and mime/multipart
// may quote the answer.
var (
	errMultipart   = errors.New("a multipart body that cannot be taken apart")
	errInclude     = errors.New("an xop:Include without its part")
	errPartCoding  = errors.New("a part in an encoding other than binary")
	errRootMissing = errors.New("a multipart body without a message")
)

// boundary is the boundary of a multipart/related body; empty for any other one.
func boundary(contentType string) (boundary, start string) {
	if !strings.HasPrefix(strings.ToLower(strings.TrimSpace(contentType)), "multipart/") {
		return "", ""
	}
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "multipart/related" {
		return "", ""
	}
	return params["boundary"], contentID(params["start"])
}

// contentID is a Content-ID without its angle brackets.
func contentID(s string) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(s), "<"), ">")
}

// plain turns a multipart/related body into the message in it, at most limit
// bytes long. Any other body comes back as it is.
func plain(body []byte, contentType string, limit int64) ([]byte, error) {
	mark, start := boundary(contentType)
	if mark == "" {
		return body, nil
	}
	root, parts, err := split(body, mark, start)
	if err == nil {
		body, err = include(root, parts, limit)
	}
	if err != nil && !errors.Is(err, ErrTooLarge) {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return body, err
}

// split returns the message and all parts by their Content-ID. Without a start,
// the first part is the message.
func split(body []byte, mark, start string) (root []byte, parts map[string][]byte, err error) {
	reader := multipart.NewReader(bytes.NewReader(body), mark)
	parts = map[string][]byte{}
	for range maxParts {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			if root == nil {
				return nil, nil, errRootMissing
			}
			return root, parts, nil
		}
		if err != nil {
			return nil, nil, errMultipart
		}
		switch strings.ToLower(strings.TrimSpace(part.Header.Get("Content-Transfer-Encoding"))) {
		case "", "binary", "8bit", "7bit":
		default:
			return nil, nil, errPartCoding
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, nil, errMultipart
		}
		id := contentID(part.Header.Get("Content-ID"))
		if root == nil && (start == "" || id == start) {
			root = content
			continue
		}
		if _, twice := parts[id]; id == "" || twice {
			return nil, nil, errMultipart
		}
		parts[id] = content
	}
	return nil, nil, errMultipart
}

// include puts the parts in base64 where the message includes them.
func include(root []byte, parts map[string][]byte, limit int64) ([]byte, error) {
	decoder := xml.NewDecoder(bytes.NewReader(root))
	out, copied := make([]byte, 0, len(root)), int64(0)
	for {
		before := decoder.InputOffset()
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errMultipart
		}
		element, ok := token.(xml.StartElement)
		if !ok || element.Name.Space != xopNamespace || element.Name.Local != "Include" {
			continue
		}
		content, ok := parts[reference(element)]
		if !ok || decoder.Skip() != nil {
			return nil, errInclude
		}
		out = append(out, root[copied:before]...)
		copied = decoder.InputOffset()
		if int64(len(out))+int64(base64.StdEncoding.EncodedLen(len(content)))+int64(len(root))-copied > limit {
			return nil, ErrTooLarge
		}
		out = base64.StdEncoding.AppendEncode(out, content)
	}
	return append(out, root[copied:]...), nil
}

// reference is the Content-ID that an xop:Include names; empty for none.
func reference(element xml.StartElement) string {
	for _, attr := range element.Attr {
		if id, ok := strings.CutPrefix(attr.Value, "cid:"); ok && attr.Name.Space == "" && attr.Name.Local == "href" {
			id, err := url.PathUnescape(id)
			if err == nil {
				return id
			}
		}
	}
	return ""
}
