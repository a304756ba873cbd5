package vsdmtest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// keyVersion and operator are what both versions of the Pruefziffer show.
const (
	operator   = 'T'
	keyVersion = 2
)

// document returns the XML of the Pruefungsnachweis. It has no declaration, as
// those of the field.
func (r Receipt) document(p Insured, rng *rand.Rand) string {
	kind := ""
	if p.private() {
		kind = ` KTR_TYP="1"`
	}
	inner := text("TS", r.Time.UTC().Format("20060102150405")) + text("E", strconv.Itoa(r.E))
	if r.E == 3 && r.EC != 0 {
		inner += text("EC", strconv.Itoa(r.EC))
	}
	if pz := r.pz(p, rng); pz != nil {
		inner += text("PZ", base64.StdEncoding.EncodeToString(pz))
	}
	return `<PN xmlns="` + spaceReceipt + `" CDM_VERSION="1.0.0"` + kind + ">" + inner + "</PN>"
}

// pz makes the Pruefziffer; only results 1 and 2 have one.
func (r Receipt) pz(p Insured, rng *rand.Rand) []byte {
	version := r.PZ
	if version == 0 {
		version = 1 + rng.IntN(2)
	}
	switch {
	case r.E != 1 && r.E != 2 || version < 0:
		return nil
	case version == 1:
		return r.pz1(p)
	}
	return r.pz2(p, rng)
}

// pz1 is the first version, 47 bytes: KVNR, Unix time, reason, operator, key
// version, and 24 bytes of an HMAC.
func (r Receipt) pz1(p Insured) []byte {
	reason := "U"
	if r.E == 1 {
		reason = "V"
	}
	out := fmt.Appendf(nil, "%-10.10s%010d%s%c%d", string(p.KVNR), r.Time.Unix(), reason, operator, keyVersion)
	mac := hmac.New(sha256.New, []byte("vsdmtest"))
	mac.Write(out)
	return mac.Sum(out)[:47]
}

// pz2 is the second version (C_12143, A_27278), 47 bytes: operator and key
// version with the top bit set, IV, ciphertext, tag.
func (r Receipt) pz2(p Insured, rng *rand.Rand) []byte {
	block, err := aes.NewCipher(make([]byte, 16))
	if err != nil {
		return nil
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil
	}
	out := []byte{0x80 + (operator-'A')*4 + keyVersion}
	for range 12 {
		out = append(out, byte(rng.Uint32()))
	}
	units := r.Time.Sub(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)) / (8 * time.Second)
	plain := append(p.hashCheckValue(), byte(units>>16), byte(units>>8), byte(units))
	plain = fmt.Appendf(plain, "%-10.10s", string(p.KVNR))
	return gcm.Seal(out, out[1:13], plain, nil)
}

// hashCheckValue is hcv (A_27352): five bytes of SHA-256 over begin of
// insurance and street, top bit cleared.
func (p Insured) hashCheckValue() []byte {
	street := ""
	if p.Street != nil {
		street = strings.TrimSpace(p.Street.Strasse)
	}
	sum := sha256.Sum256(latin9(p.Begin + street))
	sum[0] &= 0x7f
	return sum[:5]
}
