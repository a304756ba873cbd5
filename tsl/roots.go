package tsl

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
)

// Limits of roots.json. The real one has 32 kB and 10 roots.
const (
	maxRootsFile = 1 << 20
	maxRoots     = 128
)

// CodeCrossCertificate means a file of roots that cannot be used (gemSpec_Kon,
// import of cross certificates).
const CodeCrossCertificate Code = 4255

// Roots is the content of roots.json: the root CAs of the TI, each with the
// certificates that it has issued for its neighbours. Nothing in it is to be
// believed before Walk has found a way to it.
type Roots struct {
	entries []rootEntry
}

// rootEntry is one root as the file has it. cross holds what it certifies.
type rootEntry struct {
	name  string
	cert  *certs.Certificate
	cross []*certs.Certificate
}

// TrustedRoot is a root that Walk has reached.
type TrustedRoot struct {
	Name        string // as in the file, such as RCA4
	Certificate *certs.Certificate
	// Way are the cross certificates from the pinned root to this one, nearest
	// to the pinned root first; empty for the pinned root itself.
	Way []*certs.Certificate
}

// ReadRoots reads roots.json. Every certificate in it has to be readable. An
// error is an *Error with CodeCrossCertificate.
func ReadRoots(file []byte) (*Roots, error) {
	if len(file) > maxRootsFile {
		return nil, refuse(CodeCrossCertificate, ErrTooLarge, "roots: %d bytes", len(file))
	}
	var raw []struct {
		Name             string
		Cert, Prev, Next []byte
	}
	if err := json.Unmarshal(file, &raw); err != nil {
		return nil, refuse(CodeCrossCertificate, err, "roots")
	}
	if len(raw) == 0 || len(raw) > maxRoots {
		return nil, refuse(CodeCrossCertificate, nil, "roots: %d entries", len(raw))
	}
	r := &Roots{}
	for _, x := range raw {
		e := rootEntry{name: x.Name}
		var err error
		if e.cert, err = certs.Parse(x.Cert); err != nil {
			return nil, refuse(CodeCrossCertificate, err, "roots: certificate of %.40q", x.Name)
		}
		for _, der := range [][]byte{x.Prev, x.Next} {
			if len(der) == 0 {
				continue
			}
			cross, err := certs.Parse(der)
			if err != nil {
				return nil, refuse(CodeCrossCertificate, err, "roots: cross certificate of %.40q", x.Name)
			}
			e.cross = append(e.cross, cross)
		}
		r.entries = append(r.entries, e)
	}
	return r, nil
}

// Walk goes from the root with a fingerprint (SHA-256 of the certificate, such
// as that of RootFingerprint) along the cross certificates in both directions,
// and returns every root that it reaches, the pinned one first. Each hop is
// checked: the cross certificate is valid at the time and signed by the root
// that was reached before, both are CAs, and it has the name, the key identifier
// and the key of a root of the file that has signed itself and has not expired.
//
// A direction ends where a hop fails; stopped says why. A file without the
// pinned root is an *Error with CodeCrossCertificate. Cross certificates that
// expire with their root are usual: an older file is as good as its hops.
func (r *Roots) Walk(pinned [sha256.Size]byte, at time.Time) (reached []TrustedRoot, stopped []string, err error) {
	if at.IsZero() {
		return nil, nil, &Error{Reason: "roots", Err: ErrCheckTime}
	}
	found := map[[sha256.Size]byte]bool{}
	for _, e := range r.entries {
		if sha256.Sum256(e.cert.Raw) == pinned {
			reached, found[pinned] = []TrustedRoot{{Name: e.name, Certificate: e.cert}}, true
			break
		}
	}
	if reached == nil {
		return nil, nil, refuse(CodeCrossCertificate, nil, "roots: the pinned root is not in the file")
	}
	for i := 0; i < len(reached); i++ {
		from := reached[i]
		for _, cross := range r.crossOf(from.Certificate) {
			next, err := r.hop(from.Certificate, cross, at)
			if err != nil {
				stopped = append(stopped, fmt.Sprintf("from %s to %s: %v", from.Name, cross.Subject.CommonName, err))
				continue
			}
			if print := sha256.Sum256(next.cert.Raw); !found[print] {
				found[print] = true
				way := append(from.Way[:len(from.Way):len(from.Way)], cross)
				reached = append(reached, TrustedRoot{next.name, next.cert, way})
			}
		}
	}
	return reached, stopped, nil
}

func (r *Roots) crossOf(root *certs.Certificate) []*certs.Certificate {
	for _, e := range r.entries {
		if e.cert.Equal(root) {
			return e.cross
		}
	}
	return nil
}

// hop checks one step and returns the root that it leads to.
func (r *Roots) hop(from, cross *certs.Certificate, at time.Time) (rootEntry, error) {
	none := rootEntry{}
	if err := cross.CheckIssuedBy(from); err != nil {
		return none, err
	}
	if err := checkTime(cross, "cross certificate for", at); err != nil {
		return none, err
	}
	if !cross.IsCA {
		return none, fmt.Errorf("cross certificate is no CA")
	}
	for _, e := range r.entries {
		if !bytes.Equal(e.cert.RawSubject, cross.RawSubject) || !bytes.Equal(e.cert.SubjectKeyId, cross.SubjectKeyId) {
			continue
		}
		if !bytes.Equal(e.cert.RawSubjectPublicKeyInfo, cross.RawSubjectPublicKeyInfo) {
			return none, fmt.Errorf("cross certificate has another key than the root")
		}
		if err := e.cert.CheckIssuedBy(e.cert); err != nil {
			return none, fmt.Errorf("root has not signed itself: %w", err)
		}
		if err := checkTime(e.cert, "root", at); err != nil {
			return none, err
		}
		return e, nil
	}
	return none, fmt.Errorf("no root of this name and key in the file")
}
