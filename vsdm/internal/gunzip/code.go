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

func makeLengths() (t [19]entry) {
	for i := range t {
		t[i] = entry(i) << valueShift
	}
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

// next reads one symbol.
func (c *code) next(in *input, fastBits int) (entry, error) {
	e := c.find(in.bits, fastBits)
	if _, err := in.take(uint(e & bitsMask)); err != nil {
		return 0, err
	}
	if e&flagBad != 0 {
		return 0, ErrFormat
	}
	return e, nil
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
	for _, at := range lengthOrder[:head>>10+4] {
		d.in.fill()
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

// codeLengths reads the run-length coded lengths of both codes.
func (d *Decoder) codeLengths(literals, distances int) error {
	d.literals.reset()
	d.distances.reset()
	last := uint8(0)
	for i := 0; i < literals+distances; {
		d.in.fill()
		e, err := d.lengths.next(&d.in, lengthBits)
		if err != nil {
			return err
		}
		length, times := uint8(e>>valueShift), uint(1)
		if length >= 16 {
			if length == 16 && i == 0 {
				return ErrFormat
			}
			if length, times, err = d.run(length, last); err != nil {
				return err
			}
		}
		last = length
		if i += int(times); i > literals+distances {
			return ErrFormat
		}
		if length > 0 {
			d.addRun(i-int(times), i, literals, length)
		}
	}
	return nil
}

// run reads how often a length repeats: the last one after symbol 16, else 0.
func (d *Decoder) run(symbol, last uint8) (length uint8, times uint, err error) {
	switch symbol {
	case 16:
		times, err = d.in.take(2)
		return last, times + 3, err
	case 17:
		times, err = d.in.take(3)
		return 0, times + 3, err
	}
	times, err = d.in.take(7)
	return 0, times + 11, err
}

func (d *Decoder) addRun(from, to, literals int, length uint8) {
	for i := from; i < to; i++ {
		if i < literals {
			d.literals.add(i, length)
		} else {
			d.distances.add(i-literals, length)
		}
	}
}
