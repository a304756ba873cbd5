package brainpool

import "encoding/binary"

// zeroMask is all ones where x is zero, else zero.
func zeroMask(x uint64) uint64 {
	return (x|-x)>>63 - 1
}

// equalMask is all ones where x and y are equal, else zero.
func equalMask(x, y uint64) uint64 {
	return zeroMask(x ^ y)
}

// signedWindow is the i-th signed 5-bit digit of k (Booth): its size, 0 to 16,
// and a mask that is all ones where it is negative. The digits of all windows,
// weighted with 32^i, sum up to k. It runs in constant time for a given i.
func signedWindow(k []uint64, i int) (size, negative uint64) {
	var bits uint64 // the digit's five bits, and the highest of the digit below
	switch low := 5*i - 1; {
	case i == 0:
		bits = k[0] << 1
	case low%64 > 64-6 && low/64+1 < len(k):
		bits = k[low/64]>>(low%64) | k[low/64+1]<<(64-low%64)
	default:
		bits = k[low/64] >> (low % 64)
	}
	bits &= 63
	negative = -(bits >> 5)
	half := (bits + 1) >> 1
	return (32-half)&negative | half&^negative, negative
}

// recode writes u in signed digits: each is zero or odd and below 2^(width-1)
// in size, and of width digits in a row at most one is not zero. digits needs
// one more place than u has bits. Its time depends on u.
func recode(digits []int16, u []uint64, width int) {
	carry := uint64(0)
	for i := 0; i < len(digits); {
		if bitsAt(u, i, 1) == carry {
			i++
			continue
		}
		window := bitsAt(u, i, width) + carry
		carry = window >> (width - 1)
		digits[i] = int16(window) - int16(carry<<width)
		i += width
	}
}

// bitsAt is the number in the count bits of u from bit i on.
func bitsAt(u []uint64, i, count int) uint64 {
	word := i / 64
	if word >= len(u) {
		return 0
	}
	v := u[word] >> (i % 64)
	if i%64+count > 64 && word+1 < len(u) {
		v |= u[word+1] << (64 - i%64)
	}
	return v & (1<<count - 1)
}

func abs(digit int16) int16 {
	return max(digit, -digit)
}

// less reports whether x is below y. Its time depends on them.
func less(x, y []uint64) bool {
	for i := len(x) - 1; i >= 0; i-- {
		if x[i] != y[i] {
			return x[i] < y[i]
		}
	}
	return false
}

// getLimbs reads the big-endian b, eight bytes a limb.
func getLimbs(x []uint64, b []byte) {
	for i := range x {
		x[i] = binary.BigEndian.Uint64(b[len(b)-8*(i+1):])
	}
}

// putLimbs writes x big-endian to b, eight bytes a limb.
func putLimbs(b []byte, x []uint64) {
	for i := range x {
		binary.BigEndian.PutUint64(b[len(b)-8*(i+1):], x[i])
	}
}
