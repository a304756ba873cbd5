package vsdm

import (
	"errors"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// Problems of a KVNR, to be told apart with errors.Is.
var (
	// ErrKVNRForm means that it is not one capital letter and nine digits.
	ErrKVNRForm = errors.New("vsdm: KVNR: not one capital letter and nine digits")
	// ErrKVNRCheckDigit means that the last digit does not fit the others.
	ErrKVNRCheckDigit = errors.New("vsdm: KVNR: wrong check digit")
)

// CheckKVNR checks form and check digit of the unchangeable part of a
// Krankenversichertennummer (guideline after paragraph 290
// SGB V): the letter counts as its two-digit place in the alphabet, the digits
// are weighted with 1 and 2 in turn, and the digit sums add up to the last
// digit modulo 10. The error is ErrKVNRForm or ErrKVNRCheckDigit and does not
// quote the number.
func CheckKVNR(k konnektor.KVNR) error {
	if len(k) != 10 || k[0] < 'A' || k[0] > 'Z' {
		return ErrKVNRForm
	}
	letter := int(k[0]-'A') + 1
	sum := letter/10 + digitSum(2*(letter%10))
	for i := 1; i < len(k); i++ {
		digit := int(k[i]) - '0'
		switch {
		case digit < 0 || digit > 9:
			return ErrKVNRForm
		case i < 9:
			sum += digitSum(digit * (1 + (i+1)%2))
		case digit != sum%10:
			return ErrKVNRCheckDigit
		}
	}
	return nil
}

func digitSum(n int) int { return n/10 + n%10 }
