package wire

import "bytes"

// Enter moves to the next child of the element at the given depth if it stands
// right here in the usual form: a start tag without prefix and attributes, in
// the default namespace space, with nothing before it. Otherwise it does not
// move and reports false, which says nothing about what stands here: Child
// finds out. A decoder that knows the order of a schema tries its elements with
// Enter and Leaf and leaves the rest to Child, at half the cost.
func (r *Reader) Enter(depth int, space, local string) bool {
	if !r.stands(depth, space, local) {
		return false
	}
	end := r.pos + 1 + len(local)
	r.open = append(r.open, frame{start: r.pos, end: end, binds: len(r.binds)})
	r.elements++
	r.attrs = r.attrs[:0]
	r.space, _ = r.lookup(nil)
	r.local = r.src[r.pos+1 : end]
	r.pos = end + 1
	return true
}

// Leaf is Enter and Text in one, for an element that holds one run of text
// without references.
func (r *Reader) Leaf(depth int, space, local string) (text string, ok bool) {
	run, after := r.leaf(depth, space, local)
	if after == 0 {
		return "", false
	}
	r.elements++
	r.pos = after
	return r.copied(run), true
}

// LeafToken is Leaf with Token in place of Text, for text without white space.
func (r *Reader) LeafToken(depth int, space, local string) (text string, ok bool) {
	run, after := r.leaf(depth, space, local)
	if after == 0 || bytes.ContainsAny(run, " \t\r\n") {
		return "", false
	}
	r.elements++
	r.pos = after
	return r.copied(run), true
}

// leaf finds the text of an element in the usual form, and where its end tag
// ends; 0 if it is none.
func (r *Reader) leaf(depth int, space, local string) (run []byte, after int) {
	if !r.stands(depth, space, local) {
		return nil, 0
	}
	begin := r.pos + len(local) + len("<>")
	run = r.src[begin:]
	n := r.plainLength(run, false)
	end := run[n:]
	size := len(local) + len("</>")
	if len(end) < size || end[0] != '<' || end[1] != '/' || end[size-1] != '>' || string(end[2:size-1]) != local {
		return nil, 0
	}
	return run[:n], begin + n + size
}

// stands reports whether <local> stands here as a child of the element at the
// given depth, in the namespace space.
func (r *Reader) stands(depth int, space, local string) bool {
	rest := r.src[min(r.pos, len(r.src)):]
	n := len(local)
	return len(rest) > n+1 && rest[0] == '<' && rest[n+1] == '>' && string(rest[1:n+1]) == local &&
		r.err == nil && len(r.open) == depth && depth > 0 && depth < MaxDepth && !r.empty &&
		r.elements < MaxElements && (r.anySpace || r.isDefault(space))
}

// isDefault reports whether space is the default namespace here. The answer is
// kept until a declaration comes or goes.
func (r *Reader) isDefault(space string) bool {
	if r.defaultSpace != space {
		uri, _ := r.lookup(nil)
		if string(uri) != space {
			return false
		}
		r.defaultSpace = space
	}
	return true
}
