package tsl

import (
	"errors"
	"time"
)

// CVC is what is of interest in a card verifiable certificate.
type CVC struct {
	Holder, Authority   string // CHR and CAR: five letters and three digits, as DEZGW870226
	NotBefore, NotAfter time.Time
}

var errCVC = errors.New("tsl: no card verifiable certificate")

// ParseCVC reads a card verifiable certificate (gemSpec_PKI, 6.7; ISO 7816-8).
// Its signature is not checked. What has no holder and no dates is an error.
func ParseCVC(cvc []byte) (CVC, error) {
	var c CVC
	body, ok := tlv(cvc, 0x7F21)
	if !ok {
		return c, errCVC
	}
	if body, ok = tlv(body, 0x7F4E); !ok {
		return c, errCVC
	}
	car, _ := tlv(body, 0x42)
	chr, _ := tlv(body, 0x5F20)
	c.Authority, c.Holder = reference8(car), reference8(chr)
	from, okFrom := tlv(body, 0x5F25)
	to, okTo := tlv(body, 0x5F24)
	var ok1, ok2 bool
	c.NotBefore, ok1 = cvcDate(from)
	c.NotAfter, ok2 = cvcDate(to)
	if !okFrom || !okTo || !ok1 || !ok2 || c.Holder == "" {
		return c, errCVC
	}
	c.NotAfter = c.NotAfter.Add(day - time.Second) // the last day counts
	return c, nil
}

// reference8 reads a CAR or CHR of eight bytes: five characters, then the
// service indicator, discretionary data, algorithm and year as digits.
func reference8(b []byte) string {
	const digits = "0123456789abcdef"
	if len(b) != 8 {
		return ""
	}
	text := append([]byte(nil), b[:5]...)
	for _, x := range b[5:] {
		text = append(text, digits[x>>4], digits[x&15])
	}
	for _, x := range text {
		if x < 0x20 || x > 0x7E {
			return ""
		}
	}
	return string(text)
}

// cvcDate reads six digits, a byte each: YYMMDD.
func cvcDate(b []byte) (time.Time, bool) {
	if len(b) != 6 {
		return time.Time{}, false
	}
	text := []byte("20")
	for _, d := range b {
		if d > 9 {
			return time.Time{}, false
		}
		text = append(text, '0'+d)
	}
	t, err := time.Parse("20060102", string(text))
	return t, err == nil
}

// tlv finds the first object with a tag of one or two bytes.
func tlv(b []byte, want int) (value []byte, ok bool) {
	for len(b) > 0 {
		tag, n := int(b[0]), 1
		if tag&0x1F == 0x1F && len(b) > 1 {
			tag, n = tag<<8|int(b[1]), 2
		}
		size, used := tlvLength(b[n:])
		if used == 0 || size > len(b)-n-used {
			return nil, false
		}
		value, b = b[n+used:n+used+size], b[n+used+size:]
		if tag == want {
			return value, true
		}
	}
	return nil, false
}

func tlvLength(b []byte) (size, used int) {
	switch {
	case len(b) > 0 && b[0] < 0x80:
		return int(b[0]), 1
	case len(b) > 1 && b[0] == 0x81:
		return int(b[1]), 2
	case len(b) > 2 && b[0] == 0x82:
		return int(b[1])<<8 | int(b[2]), 3
	}
	return 0, 0
}
