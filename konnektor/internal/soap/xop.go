package soap

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"

	"github.com/libkonnektor/libkonnektor/konnektor/wire"
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
	i := includer{root: root, parts: parts, limit: limit, out: make([]byte, 0, len(root))}
	r := wire.NewReader(root)
	if r.Root() {
		i.children(r)
	}
	err := r.Finish()
	switch {
	case errors.Is(err, ErrTooLarge), errors.Is(err, errInclude):
		return nil, err
	case err != nil:
		return nil, errMultipart
	}
	return append(i.out, root[i.copied:]...), nil
}

// includer copies the message root to out, of which it has copied so much.
type includer struct {
	root   []byte
	parts  map[string][]byte
	limit  int64
	out    []byte
	copied int
}

// children goes through what is in the current element of r.
func (i *includer) children(r *wire.Reader) {
	for depth := r.Depth(); r.Child(depth); {
		if !r.Is(xopNamespace, "Include") {
			i.children(r)
			continue
		}
		if err := i.put(r); err != nil {
			r.Fail(err)
		}
	}
}

// put replaces the current element by the part that it names.
func (i *includer) put(r *wire.Reader) error {
	begin, _ := r.Extent()
	content, ok := i.parts[reference(r)]
	if !ok || begin == 0 {
		return errInclude
	}
	r.Skip()
	_, next := r.Extent()
	if r.Err() != nil {
		return nil
	}
	i.out = append(i.out, i.root[i.copied:begin]...)
	i.copied = next
	if int64(len(i.out))+int64(base64.StdEncoding.EncodedLen(len(content)))+int64(len(i.root)-next) > i.limit {
		return ErrTooLarge
	}
	i.out = base64.StdEncoding.AppendEncode(i.out, content)
	return nil
}

// reference is the Content-ID that an xop:Include names; empty for none.
func reference(r *wire.Reader) string {
	href, _ := r.Attr("", "href")
	if id, ok := strings.CutPrefix(href, "cid:"); ok {
		if id, err := url.PathUnescape(id); err == nil {
			return id
		}
	}
	return ""
}
