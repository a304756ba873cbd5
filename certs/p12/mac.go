package p12

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"hash"
)

type macData struct {
	MAC struct {
		Algorithm pkix.AlgorithmIdentifier
		Digest    []byte
	}
	Salt       []byte
	Iterations int `asn1:"optional,default:1"`
}

var digests = map[string]func() hash.Hash{
	"1.3.14.3.2.26":          sha1.New,
	"2.16.840.1.101.3.4.2.1": sha256.New,
	"2.16.840.1.101.3.4.2.2": sha512.New384,
	"2.16.840.1.101.3.4.2.3": sha512.New,
	"2.16.840.1.101.3.4.2.4": sha256.New224,
}

// findPassword returns the way to write the password under which the MAC over
// safe is right. Without a MAC it can only take the first.
func (r *reader) findPassword(m macData, safe []byte, s string) (password, error) {
	all := passwords(s)
	if len(m.MAC.Algorithm.Algorithm) == 0 {
		return all[0], nil
	}
	newHash, ok := digests[m.MAC.Algorithm.Algorithm.String()]
	if !ok {
		return password{}, fmt.Errorf("%w: MAC %v", ErrUnsupported, oidName(m.MAC.Algorithm.Algorithm))
	}
	for _, p := range all {
		if err := r.spend(m.Iterations); err != nil {
			return password{}, err
		}
		key := derive(newHash, forMAC, p.bmp, m.Salt, m.Iterations, newHash().Size())
		mac := hmac.New(newHash, key)
		mac.Write(safe)
		if hmac.Equal(mac.Sum(nil), m.MAC.Digest) {
			return p, nil
		}
	}
	return password{}, ErrPassword
}

func oidName(oid asn1.ObjectIdentifier) string { return "with OID " + oid.String() }
