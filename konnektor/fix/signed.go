package fix

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// Rule files come signed with Ed25519, in one of two forms. What is signed is
// always signedPrefix followed by the bytes of the rule file, so that a
// signature for something else does not count:
//
//	detached   incidents.json, and incidents.json.sig with the signature: 64 bytes,
//	           or in base64
//	enveloped  {"format":"libkonnektor-signed-incidents/1","rules":"<base64 of the
//	           rule file>","signature":"<base64>"}
//
// A maker makes a signature with [SignRules]. The public keys are the caller's:
// none is built in.
const (
	signedPrefix = "libkonnektor incident rules\n"
	signedFormat = "libkonnektor-signed-incidents/1"
	keptRules    = "incidents.signed.json"
)

var (
	// ErrSignature: a rule file is not signed by any of the keys.
	ErrSignature = errors.New("fix: rules: wrong signature")
	// ErrOldRules: a rule file has a smaller sequence number than one before it.
	ErrOldRules = errors.New("fix: rules: older than those in use")
)

// signedRules is the enveloped form.
type signedRules struct {
	Format    string `json:"format"`
	Rules     []byte `json:"rules"`
	Signature []byte `json:"signature"`
}

// SignRules is the enveloped form of a rule file, which is checked first.
func SignRules(rules []byte, key ed25519.PrivateKey) ([]byte, error) {
	if _, err := ReadRules(rules); err != nil {
		return nil, err
	}
	if len(key) != ed25519.PrivateKeySize {
		return nil, errors.New("fix: rules: no Ed25519 key")
	}
	signature := ed25519.Sign(key, append([]byte(signedPrefix), rules...))
	data, err := json.Marshal(signedRules{signedFormat, rules, signature})
	if err != nil {
		return nil, fmt.Errorf("fix: rules: %w", err)
	}
	return data, nil
}

// ReadSignedRules reads the enveloped form. Nothing of the rules is read before
// their signature by one of keys is proven, else it is ErrSignature. A sequence
// number below last is ErrOldRules; that of the rules in use is last.
func ReadSignedRules(data []byte, keys []ed25519.PublicKey, last int64) (Rules, error) {
	if len(data) > 2*maxRules {
		return Rules{}, fmt.Errorf("fix: rules: over %d bytes", 2*maxRules)
	}
	var s signedRules
	if err := decodeStrict(data, &s); err != nil {
		return Rules{}, fmt.Errorf("fix: rules: signed file: %w", err)
	}
	if s.Format != signedFormat {
		return Rules{}, fmt.Errorf("fix: rules: format %q is not %s", s.Format, signedFormat)
	}
	return ReadDetachedRules(s.Rules, s.Signature, keys, last)
}

// ReadDetachedRules is ReadSignedRules for the detached form.
func ReadDetachedRules(rules, signature []byte, keys []ed25519.PublicKey, last int64) (Rules, error) {
	if len(rules) > maxRules {
		return Rules{}, fmt.Errorf("fix: rules: over %d bytes", maxRules)
	}
	if !signedByAny(rules, signature, keys) {
		return Rules{}, ErrSignature
	}
	r, err := ReadRules(rules)
	if err != nil {
		return Rules{}, err
	}
	if r.Sequence < last {
		return Rules{}, fmt.Errorf("%w: %d after %d", ErrOldRules, r.Sequence, last)
	}
	return r, nil
}

func signedByAny(rules, signature []byte, keys []ed25519.PublicKey) bool {
	if len(signature) != ed25519.SignatureSize {
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(signature)))
		if err != nil || len(raw) != ed25519.SignatureSize {
			return false
		}
		signature = raw
	}
	message := append([]byte(signedPrefix), rules...)
	for _, key := range keys {
		if len(key) == ed25519.PublicKeySize && ed25519.Verify(key, message, signature) {
			return true
		}
	}
	return false
}

// KeepRules checks a signed file in the enveloped form and keeps it in dir as
// the one in use. It refuses one that is older than the file in use or than the
// embedded rules.
func KeepRules(dir string, data []byte, keys []ed25519.PublicKey) (Rules, error) {
	inUse, err := KeptRules(dir, keys)
	if err != nil {
		return Rules{}, err
	}
	r, err := ReadSignedRules(data, keys, inUse.Sequence)
	if err != nil {
		return Rules{}, err
	}
	if err := makeDir(dir); err != nil {
		return Rules{}, err
	}
	return r, writeFile(realDisk{}, filepath.Join(dir, keptRules), data)
}

// KeptRules are the rules in use: those kept in dir, if their signature still
// holds and they are not older than the embedded ones, else the embedded ones. A
// kept file that is damaged or not signed by any of keys is an error.
func KeptRules(dir string, keys []ed25519.PublicKey) (Rules, error) {
	embedded, err := EmbeddedRules()
	if err != nil {
		return Rules{}, err
	}
	data, err := readFile(filepath.Join(dir, keptRules), 2*maxRules)
	if errors.Is(err, fs.ErrNotExist) {
		return embedded, nil
	}
	if err != nil {
		return Rules{}, err
	}
	kept, err := ReadSignedRules(data, keys, embedded.Sequence)
	if errors.Is(err, ErrOldRules) {
		return embedded, nil
	}
	return kept, err
}
