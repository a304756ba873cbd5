package gunzip

import "encoding/binary"

// Decoder holds the tables of one inflation; its zero value is ready. They say
// which bytes occur in a block and how often, and nothing more of the content.
// A Decoder is for one goroutine at a time.
type Decoder struct {
	literals  code
	distances code
	lengths   code
	in        input
}

// input is a source of bits, lowest first.
type input struct {
	src  []byte
	pos  int
	bits uint64 // what lies above have is what src goes on with, or zero
	have uint
}

// fill tops the bits up to at least 56 where src has them.
func (in *input) fill() {
	in.pos, in.bits, in.have = fill(in.src, in.pos, in.bits, in.have)
}

func fill(src []byte, pos int, bits uint64, have uint) (int, uint64, uint) {
	if pos+8 > len(src) {
		return fillSlowly(src, pos, bits, have)
	}
	bits |= binary.LittleEndian.Uint64(src[pos:]) << (have & 63)
	return pos + int(63-have)>>3, bits, have | 56
}

func fillSlowly(src []byte, pos int, bits uint64, have uint) (int, uint64, uint) {
	for have < 56 && pos < len(src) {
		bits |= uint64(src[pos]) << have
		pos++
		have += 8
	}
	return pos, bits, have
}

// take reads n bits, which must have been filled in.
func (in *input) take(n uint) (uint, error) {
	if n > in.have {
		return 0, ErrTruncated
	}
	v := uint(in.bits & (1<<n - 1))
	in.bits >>= n
	in.have -= n
	return v, nil
}

// toByte gives back whole bytes that were filled in and drops the rest of the
// current one.
func (in *input) toByte() {
	in.pos -= int(in.have / 8)
	in.bits, in.have = 0, 0
}

// inflate appends the inflated stream at the beginning of src to dst and
// returns what follows it in src.
func (d *Decoder) inflate(dst, src []byte, limit int) (out, rest []byte, err error) {
	d.in = input{src: src}
	defer func() { d.in = input{} }()
	start := len(dst)
	for {
		d.in.fill()
		head, err := d.in.take(3)
		if err != nil {
			return dst, nil, err
		}
		switch head >> 1 {
		case 0:
			dst, err = d.stored(dst, start+limit)
		case 1:
			d.fixedCodes()
			dst, err = d.block(dst, start, limit)
		case 2:
			if err = d.dynamicCodes(); err == nil {
				dst, err = d.block(dst, start, limit)
			}
		default:
			err = ErrFormat
		}
		if err != nil {
			return dst, nil, err
		}
		if head&1 == 1 {
			d.in.toByte()
			return dst, src[d.in.pos:], nil
		}
	}
}

// stored copies a block that is not compressed; dst must not grow beyond end.
func (d *Decoder) stored(dst []byte, end int) ([]byte, error) {
	d.in.toByte()
	rest := d.in.src[d.in.pos:]
	if len(rest) < 4 {
		return dst, ErrTruncated
	}
	n := binary.LittleEndian.Uint16(rest)
	if n != ^binary.LittleEndian.Uint16(rest[2:]) {
		return dst, ErrFormat
	}
	switch rest = rest[4:]; {
	case len(rest) < int(n):
		return dst, ErrTruncated
	case len(dst)+int(n) > end:
		return dst, ErrTooLarge
	}
	d.in.pos += 4 + int(n)
	return append(dst, rest[:n]...), nil
}

// block inflates one compressed block.
//
// Nearly all the time goes here: source and bits are kept in variables, not in
// d, so that they can live in registers.
func (d *Decoder) block(dst []byte, start, limit int) ([]byte, error) {
	src, pos, bits, have := d.in.src, d.in.pos, d.in.bits, d.in.have
	end := start + limit
	for {
		pos, bits, have = fill(src, pos, bits, have)
		e := d.literals.fast[bits%(1<<literalBits)]
		if e == 0 {
			e = d.literals.long(bits)
		}
		n := uint(e & bitsMask)
		if n > have {
			return dst, ErrTruncated
		}
		if e&^literalMask == 0 {
			if len(dst) >= end {
				return dst, ErrTooLarge
			}
			bits, have = bits>>(n&15), have-n
			dst = append(dst, byte(e>>valueShift))
			// A literal mostly comes with others, for which there are bits.
			for range 2 {
				e = d.literals.fast[bits%(1<<literalBits)]
				if n = uint(e & bitsMask); e == 0 || e&^literalMask != 0 || n > have || len(dst) >= end {
					break
				}
				bits, have = bits>>(n&15), have-n
				dst = append(dst, byte(e>>valueShift))
			}
			continue
		}
		bits, have = bits>>(n&15), have-n
		if e&flagEnd != 0 {
			d.in = input{src, pos, bits, have}
			return dst, nil
		}
		length, distance, n, err := d.match(e, bits)
		switch {
		case err != nil:
			return dst, err
		case n > have:
			return dst, ErrTruncated
		case distance > len(dst)-start:
			return dst, ErrFormat
		case len(dst)+length > end:
			return dst, ErrTooLarge
		}
		bits, have = bits>>(n&63), have-n
		dst = repeat(dst, length, distance)
	}
}

// match reads length and distance behind the symbol of a length, and how many
// bits they take: 5 at most for the length, 15 and 13 for the distance.
func (d *Decoder) match(e entry, bits uint64) (length, distance int, n uint, err error) {
	extra := e.extraBits()
	length = e.value(bits)
	far := d.distances.find(bits>>extra, distanceBits)
	if (e|far)&flagBad != 0 {
		return 0, 0, 0, ErrFormat
	}
	n = extra + uint(far&bitsMask)
	return length, far.value(bits >> n), n + far.extraBits(), nil
}

// repeat appends length bytes from distance bytes back; the two may overlap.
func repeat(dst []byte, length, distance int) []byte {
	for from := len(dst) - distance; length > 0; {
		n := min(length, len(dst)-from)
		dst = append(dst, dst[from:from+n]...)
		length -= n
	}
	return dst
}
