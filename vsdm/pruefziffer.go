package vsdm

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// Anlass is why a central service made a Pruefziffer (version 1).
type Anlass string

// The reasons.
const (
	AnlassFlagQuery      Anlass = "U" // the update flags were asked for
	AnlassVSDUpdate      Anlass = "V" // VSD were updated
	AnlassCardManagement Anlass = "C" // the card's management was at work
)

// Pruefziffer is the check value of a Pruefungsnachweis (PZ) as far as a PVS
// may read it: nothing in it is verified, since the keys are secret. It is
// masked like a KVNR.
type Pruefziffer struct {
	masked

	// Version is 1, or 2 for the encrypted one (C_12143, A_27278, A_27279).
	Version int
	// Betreiber is the letter of the operator of the central service.
	Betreiber string
	// KeyVersion is the version of the operator's key: one character in version
	// 1, 0 to 3 in version 2.
	KeyVersion string

	// KVNR, Time and Anlass stand in version 1 only; version 2 encrypts them.
	KVNR   konnektor.KVNR
	Time   time.Time // in UTC, to the second
	Anlass Anlass

	// Raw is all of it, 47 bytes.
	Raw []byte
}

const pruefzifferSize = 47

// Layout of version 1.
const (
	pzTime      = 10 // after the KVNR
	pzAnlass    = pzTime + 10
	pzBetreiber = pzAnlass + 1
	pzKey       = pzBetreiber + 1
)

// pruefziffer reads the text of PZ; nil means that it cannot be read.
func (r *receiptParts) pruefziffer(text string) *Pruefziffer {
	if len(text) != base64.StdEncoding.EncodedLen(pruefzifferSize) {
		text = strings.Join(strings.Fields(text), "")
	}
	var raw [pruefzifferSize + 1]byte
	if base64.StdEncoding.DecodedLen(len(text)) > len(raw) {
		return nil
	}
	if n, err := base64.StdEncoding.Decode(raw[:], []byte(text)); err != nil || n != len(r.raw) {
		return nil
	}
	r.raw = [pruefzifferSize]byte(raw[:])
	r.pz.Raw = r.raw[:]
	if !r.pz.parse() {
		return nil
	}
	return &r.pz
}

// parse takes Raw apart.
func (p *Pruefziffer) parse() bool {
	if p.Raw[0] >= 0x80 {
		return p.parse2()
	}
	p.Version = 1
	p.KVNR = konnektor.KVNR(p.Raw[:pzTime])
	p.Anlass = Anlass(p.Raw[pzAnlass : pzAnlass+1])
	p.Betreiber = string(p.Raw[pzBetreiber : pzBetreiber+1])
	p.KeyVersion = string(p.Raw[pzKey : pzKey+1])
	seconds, err := strconv.ParseUint(string(p.Raw[pzTime:pzAnlass]), 10, 63)
	p.Time = time.Unix(int64(seconds), 0).UTC()
	return CheckKVNR(p.KVNR) != ErrKVNRForm && err == nil && printable(p.Raw[pzAnlass:pzKey+1])
}

// parse2 reads the first byte of version 2, which is all that is not
// encrypted: 0x80 + operator*4 + key version.
func (p *Pruefziffer) parse2() bool {
	operator, key := p.Raw[0]&0x7F>>2, p.Raw[0]&3
	p.Version = 2
	p.Betreiber = string(rune('A' + operator))
	p.KeyVersion = strconv.Itoa(int(key))
	return operator <= 'Z'-'A'
}

func printable(b []byte) bool {
	for _, c := range b {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}
