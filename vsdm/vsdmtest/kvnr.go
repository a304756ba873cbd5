package vsdmtest

import (
	"fmt"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// KVNR makes a number with a valid check digit from a capital letter and a
// running number of at most eight digits.
//
// The check digit: the letter counts as its two-digit place in the alphabet;
// digits are weighted 1, 2, 1, 2, ...; sums of digits; modulo 10.
func KVNR(letter byte, number int) konnektor.KVNR {
	digits := fmt.Sprintf("%02d%08d", letter-'A'+1, number%100_000_000)
	sum := 0
	for i, d := range digits {
		n := int(d-'0') * (1 + i%2)
		sum += n/10 + n%10
	}
	return konnektor.KVNR(fmt.Sprintf("%c%s%d", letter, digits[2:], sum%10))
}
