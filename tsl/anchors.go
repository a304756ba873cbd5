package tsl

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"sync"

	"github.com/libkonnektor/libkonnektor/certs"
)

// The trust anchors: certificates of the CAs that issue the signers of trust
// lists. They are public. Source: the lists 10326 (production) and 10699
// (reference), each of which contains its own; production was confirmed by two
// more places independent of each other. What is believed is the fingerprint
// below, not the file.
var (
	//go:embed anchors/GEM.TSL-CA3.der
	anchorProduction []byte
	//go:embed anchors/GEM.TSL-CA28-TEST-ONLY.der
	anchorTest []byte
)

// SHA-256 of the certificates, in hex.
const (
	// GEM.TSL-CA3, valid 2020-05-27 to 2028-05-25.
	printProduction = "e2992dc292f6aa8d9e462a7723f54c162853b4056c277260b82ce58921408448"
	// GEM.TSL-CA28 TEST-ONLY, valid 2020-04-08 to 2028-04-06.
	printTest = "43853a0e92bfd6e9e99f02c1d165a688aa94f0df74d8ea0ddf849ecd01be1d6a"
	// GEM.RCA4, the root above GEM.TSL-CA3, valid 2019-10-02 to 2029-09-29.
	printRootProduction = "a9a6d014b5adffaede619afd7c94f2ad4eaa403ddfc63d04907b80a51a4f8b39"
	// GEM.RCA4 TEST-ONLY, the root above GEM.TSL-CA28, valid 2019-08-07 to 2029-08-04.
	printRootTest = "3ae481b0de5e7dd646936c439e9e28f4dea697be3afa21fee3d0308f8a7b2991"
)

var (
	productionAnchor = sync.OnceValues(func() (*certs.Certificate, error) { return pinned(anchorProduction, printProduction) })
	testAnchor       = sync.OnceValues(func() (*certs.Certificate, error) { return pinned(anchorTest, printTest) })
)

// AnchorOf is the trust anchor that is compiled in for an environment.
// Reference and test share theirs. It has no regard for anchor changes that
// lists announced since: see State. There is none for other environments, which
// is an error.
func AnchorOf(e Environment) (*certs.Certificate, error) {
	switch e {
	case Production:
		return productionAnchor()
	case Reference, Test:
		return testAnchor()
	}
	return nil, fmt.Errorf("tsl: no trust anchor for environment %q", e)
}

// RootFingerprint is the SHA-256 of the root certificate at which to begin with
// roots.json, for an environment. For others than the three it is an error.
func RootFingerprint(e Environment) ([sha256.Size]byte, error) {
	var print [sha256.Size]byte
	text := printRootTest
	switch e {
	case Production:
		text = printRootProduction
	case Reference, Test:
	default:
		return print, fmt.Errorf("tsl: no root for environment %q", e)
	}
	_, err := hex.Decode(print[:], []byte(text))
	return print, err
}

func pinned(der []byte, print string) (*certs.Certificate, error) {
	if sum := sha256.Sum256(der); hex.EncodeToString(sum[:]) != print {
		return nil, fmt.Errorf("tsl: the trust anchor compiled in is not the one with fingerprint %s", print)
	}
	return certs.Parse(der)
}
