package vsdmtest

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestHashCheckValue is the vector of A_27352 in public test data.
func TestHashCheckValue(t *testing.T) {
	p := Insured{Begin: "20180111", Street: &Street{Strasse: " Beispielstrasse "}}
	require.Equal(t, "17d643edc2", hex.EncodeToString(p.hashCheckValue()))
	p.Street = nil
	require.Len(t, p.hashCheckValue(), 5)
}

// TestPruefziffer2 opens the ciphertext with the simulator's key.
func TestPruefziffer2(t *testing.T) {
	p := Person(1)
	issued := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	pz := Receipt{E: 2, Time: issued, PZ: 2}.pz(p, rand.New(rand.NewPCG(1, 2)))
	require.Len(t, pz, 47)
	require.EqualValues(t, 0x80+('T'-'A')*4+2, pz[0])
	block, err := aes.NewCipher(make([]byte, 16))
	require.NoError(t, err)
	gcm, err := cipher.NewGCM(block)
	require.NoError(t, err)
	plain, err := gcm.Open(nil, pz[1:13], pz[13:], nil)
	require.NoError(t, err)
	require.Equal(t, p.hashCheckValue(), plain[:5])
	units := int(plain[5])<<16 | int(plain[6])<<8 | int(plain[7])
	require.Equal(t, issued.Sub(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC))/time.Second/8, time.Duration(units))
	require.Equal(t, string(p.KVNR), string(plain[8:]))
}

func TestLatin9(t *testing.T) {
	require.Equal(t, []byte("a\xe4\xa4\xa6\xff&#xA4;&#x104;&#x1F600;"), latin9("aä€Šÿ¤Ą😀"))
}
