package vsdm

import (
	"encoding/base64"
	"strconv"
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

// parsePruefziffer reads the text of PZ; nil means that it cannot be read.
func parsePruefziffer(text string) *Pruefziffer {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) != pruefzifferSize {
		return nil
	}
	if raw[0] >= 0x80 {
		return parsePruefziffer2(raw)
	}
	p := &Pruefziffer{
		Version:    1,
		KVNR:       konnektor.KVNR(raw[:pzTime]),
		Anlass:     Anlass(raw[pzAnlass : pzAnlass+1]),
		Betreiber:  string(raw[pzBetreiber : pzBetreiber+1]),
		KeyVersion: string(raw[pzKey : pzKey+1]),
		Raw:        raw,
	}
	seconds, err := strconv.ParseUint(string(raw[pzTime:pzAnlass]), 10, 63)
	if CheckKVNR(p.KVNR) == ErrKVNRForm || err != nil || !printable(raw[pzAnlass:pzKey+1]) {
		return nil
	}
	p.Time = time.Unix(int64(seconds), 0).UTC()
	return p
}

// parsePruefziffer2 reads the first byte, which is all that is not encrypted:
// 0x80 + operator*4 + key version.
func parsePruefziffer2(raw []byte) *Pruefziffer {
	operator, key := raw[0]&0x7F>>2, raw[0]&3
	if operator > 'Z'-'A' {
		return nil
	}
	return &Pruefziffer{
		Version:    2,
		Betreiber:  string(rune('A' + operator)),
		KeyVersion: strconv.Itoa(int(key)),
		Raw:        raw,
	}
}

func printable(b []byte) bool {
	for _, c := range b {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}
