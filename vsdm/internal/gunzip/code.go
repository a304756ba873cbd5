package gunzip

import "math/bits"

// entry is a symbol as a table of a code holds it: how many bits its code has,
// how many extra bits follow, and the value that it stands for. No code bits
// at all mean that the table does not hold the code.
type entry uint32

const (
	bitsMask    entry = 15
	extraShift        = 4
	valueShift        = 8
	runShift          = 16 // of the shortest run, in the code for lengths
	firstRun          = 16 // the first symbol that stands for a run
	valueMask   entry = 0xFFFF << valueShift
	literalMask entry = 0xFF<<valueShift | bitsMask
	flagLength  entry = 1 << 24 // a length, to be followed by a distance
	flagEnd     entry = 1 << 25 // end of block
	flagBad     entry = 1 << 26 // has a code but no meaning
)

// extraBits is how many bits follow the code.
func (e entry) extraBits() uint { return uint(e >> extraShift & 15) }

// value is what the symbol stands for; next are the bits that follow the code.
func (e entry) value(next uint64) int {
	return int(e&valueMask>>valueShift) + int(next&(1<<e.extraBits()-1))
}

const (
	maxBits      = 15 // of any code
	maxLiterals  = 286
	maxDistances = 30
	fixedCount   = 288 // of literals in the fixed code, two of them without meaning
)

// The number of bits that a table looks at in one go. Longer codes are rare
// and take the slow way.
const (
	literalBits  = 9
	distanceBits = 6
	lengthBits   = 7
)

// Meaning of the symbols (RFC 1951, 3.2.5), without the bits of their codes.
var (
	literalEntries  = makeLiterals()
	distanceEntries = makeDistances()
	lengthEntries   = makeLengths()
)

func makeLiterals() (t [fixedCount]entry) {
	for i := range 256 {
		t[i] = entry(i) << valueShift
	}
	t[256] = flagEnd
	base := 3
	for i := range 28 {
		extra := max(i/4-1, 0)
		t[257+i] = entry(base)<<valueShift | entry(extra)<<extraShift | flagLength
		base += 1 << extra
	}
	t[285] = 258<<valueShift | flagLength
	t[286], t[287] = flagBad, flagBad
	return t
}

func makeDistances() (t [32]entry) {
	base := 1
	for i := range maxDistances {
		extra := max(i/2-1, 0)
		t[i] = entry(base)<<valueShift | entry(extra)<<extraShift
		base += 1 << extra
	}
	t[30], t[31] = flagBad, flagBad
	return t
}

// makeLengths has the lengths 0 to 15 and the runs: of the last length, of 0 and
// of 0 again.
func makeLengths() (t [19]entry) {
	for i := range t {
		t[i] = entry(i) << valueShift
	}
	t[16] |= 3<<runShift | 2<<extraShift
	t[17] |= 3<<runShift | 3<<extraShift
	t[18] |= 11<<runShift | 7<<extraShift
	return t
}

// code is a canonical Huffman code.
type code struct {
	fast [1 << literalBits]entry
	// The slow way: beyond is one past the last code of a length, shifted left
	// to 16 bits, and offset leads from a code to its place in sorted.
	beyond [maxBits + 1]uint32
	offset [maxBits + 1]int32
	sorted [fixedCount]entry

	// What it is built of: the symbols that have a code, in their order.
	symbols [fixedCount]uint16
	length  [fixedCount]uint8
	used    int
	count   [maxBits + 1]uint16
}

func (c *code) reset() {
	c.used = 0
	c.count = [maxBits + 1]uint16{}
}

func (c *code) add(symbol int, length uint8) {
	c.symbols[c.used], c.length[c.used] = uint16(symbol), length
	c.used++
	c.count[length]++
}

// build makes the tables for the symbols added. Like compress/flate it takes a
// complete code, a single code of one bit, and an empty one, which fails only
// when it is used.
func (c *code) build(meaning []entry, fastBits int) bool {
	var next [maxBits + 1]int
	at, total := 0, 0
	for l := 1; l <= maxBits; l++ {
		n := int(c.count[l])
		next[l] = at
		c.offset[l] = int32(total - at)
		total += n
		at += n
		if at > 1<<l {
			return false
		}
		c.beyond[l] = uint32(at) << (16 - l)
		at <<= 1
	}
	if at != 1<<(maxBits+1) && (total > 1 || total != int(c.count[1])) {
		return false
	}
	for i, symbol := range c.symbols[:c.used] {
		l := c.length[i]
		c.sorted[next[l]+int(c.offset[l])] = meaning[symbol] | entry(l)
		next[l]++
	}
	c.fill(fastBits)
	return true
}

// fill makes the fast table by doubling it from length to length. What is left
// zero belongs to longer codes, or to none.
func (c *code) fill(fastBits int) {
	c.fast[0] = 0
	sorted := c.sorted[:]
	for l := 1; l <= fastBits; l++ {
		copy(c.fast[1<<(l-1):1<<l], c.fast[:1<<(l-1)])
		n := int(c.count[l])
		value := int(c.beyond[l]>>(16-l)) - n
		for i, e := range sorted[:n] {
			c.fast[bits.Reverse16(uint16(value+i))>>(16-l)] = e
		}
		sorted = sorted[n:]
	}
}

// find looks up the code at the beginning of in.
func (c *code) find(in uint64, fastBits int) entry {
	if e := c.fast[in&(1<<fastBits-1)]; e != 0 {
		return e
	}
	return c.long(in)
}

// long finds a code that is not in the fast table.
func (c *code) long(in uint64) entry {
	reversed := uint32(bits.Reverse16(uint16(in)))
	for l := 1; l <= maxBits; l++ {
		if reversed < c.beyond[l] {
			return c.sorted[int32(reversed>>(16-l))+c.offset[l]]
		}
	}
	return flagBad | 1
}

func (d *Decoder) fixedCodes() {
	d.literals.reset()
	for i := range fixedCount {
		switch {
		case i < 144:
			d.literals.add(i, 8)
		case i < 256:
			d.literals.add(i, 9)
		case i < 280:
			d.literals.add(i, 7)
		default:
			d.literals.add(i, 8)
		}
	}
	d.literals.build(literalEntries[:], literalBits)
	d.distances.reset()
	for i := range distanceEntries {
		d.distances.add(i, 5)
	}
	d.distances.build(distanceEntries[:], distanceBits)
}

// lengthOrder is the order in which the lengths of the code for lengths come.
var lengthOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// dynamicCodes reads the codes at the beginning of a block.
func (d *Decoder) dynamicCodes() error {
	d.in.fill()
	head, err := d.in.take(14)
	if err != nil {
		return err
	}
	literals, distances := int(head&31)+257, int(head>>5&31)+1
	if literals > maxLiterals || distances > maxDistances {
		return ErrFormat
	}
	var lengths [19]uint8
	for i, at := range lengthOrder[:head>>10+4] {
		if i%16 == 0 {
			d.in.fill()
		}
		l, err := d.in.take(3)
		if err != nil {
			return err
		}
		lengths[at] = uint8(l)
	}
	d.lengths.reset()
	for symbol, l := range lengths {
		if l > 0 {
			d.lengths.add(symbol, l)
		}
	}
	if !d.lengths.build(lengthEntries[:], lengthBits) {
		return ErrFormat
	}
	if err := d.codeLengths(literals, distances); err != nil {
		return err
	}
	if !d.literals.build(literalEntries[:], literalBits) || !d.distances.build(distanceEntries[:], distanceBits) {
		return ErrFormat
	}
	return nil
}

// codeLengths reads the run-length coded lengths of both codes. No code of the
// lengths has more bits than their table, and with a run it takes 14 at most.
func (d *Decoder) codeLengths(literals, distances int) error {
	d.literals.reset()
	d.distances.reset()
	src, pos, bits, have := d.in.src, d.in.pos, d.in.bits, d.in.have
	last, used := uint8(0), 0
	for i := 0; i < literals+distances; {
		if have < lengthBits+7 {
			pos, bits, have = fill(src, pos, bits, have)
		}
		e := d.lengths.fast[bits%(1<<lengthBits)]
		n := uint(e & bitsMask)
		length, times := uint8(e>>valueShift), 1
		if length >= firstRun {
			extra := e.extraBits()
			times = int(e>>runShift) + int(bits>>n&(1<<extra-1))
			n += extra
			switch {
			case length > firstRun:
				length = 0
			case i == 0:
				return ErrFormat
			default:
				length = last
			}
		}
		switch {
		case e == 0:
			return ErrFormat
		case n > have:
			return ErrTruncated
		case i+times > literals+distances:
			return ErrFormat
		}
		bits, have = bits>>(n&31), have-n
		last = length
		if length == 0 {
			i += times
			continue
		}
		for ; times > 0; times-- {
			if i < literals {
				d.literals.symbols[used], d.literals.length[used] = uint16(i), length
				d.literals.count[length&15]++
				used++
			} else {
				d.distances.add(i-literals, length)
			}
			i++
		}
	}
	d.literals.used = used
	d.in = input{src, pos, bits, have}
	return nil
}
