package secunettest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

// scopes are what a backup may contain.
var scopes = []string{"Gesamtexport", "Netzkonnektor", "Anwendungskonnektor", "Nur Infomodell", "Nur Benutzer"}

// backup makes an encrypted archive of what can be set.
func (b *Box) backup(c *mgmttest.Call) mgmttest.Answer {
	var in struct{ Scope, Password string }
	if err := decode(c.Body, &in, "scope", "password"); err != nil {
		return complain(c, http.StatusBadRequest, err.Error())
	}
	if !slices.Contains(scopes, in.Scope) || !strong(in.Password, b.User()) {
		return failure(http.StatusBadRequest, "Export", 42010)
	}
	plain, err := json.Marshal(map[string]any{
		"scope": in.Scope, "settings": b.settings, "online": b.online, "serial": b.serial(), "firmware": b.opts.Firmware,
	})
	if err != nil {
		return mgmttest.Answer{Status: http.StatusInternalServerError}
	}
	data, err := seal(plain, in.Password)
	if err != nil {
		return mgmttest.Answer{Status: http.StatusInternalServerError}
	}
	key := sha256.Sum256([]byte("public key of " + b.serial()))
	return answer(map[string]any{"data": data, "publicKeyHash": hex.EncodeToString(key[:])})
}

// strong is the rule for passwords of backups: 20 characters of four classes,
// not the user's name forwards or backwards in any case.
func strong(password, user string) bool {
	var upper, lower, digit, other bool
	for _, r := range password {
		switch {
		case unicode.IsUpper(r):
			upper = true
		case unicode.IsLower(r) && r != 'ß':
			lower = true
		case unicode.IsDigit(r):
			digit = true
		case strings.ContainsRune("ß#?!@$%^&*-", r):
			other = true
		default:
			return false
		}
	}
	name := []rune(strings.ToLower(user))
	small := strings.ToLower(password)
	forward := strings.Contains(small, string(name))
	slices.Reverse(name)
	return upper && lower && digit && other && len([]rune(password)) >= 20 && !forward && !strings.Contains(small, string(name))
}

// seal encrypts with a key from the password; how a real archive is encrypted is
// not known.
func seal(plain []byte, password string) ([]byte, error) {
	key := sha256.Sum256([]byte(password))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, gcm.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	return gcm.Seal(nonce, nonce, plain, nil), nil
}

// uploadLicence takes a licence; it is effective after a restart.
func (b *Box) uploadLicence(c *mgmttest.Call) mgmttest.Answer {
	if !strings.Contains(string(c.Body), "gsmckrenew") {
		return failure(http.StatusBadRequest, "Lizenz")
	}
	if !c.Undone && !b.licensed {
		b.restart = true
		b.change(c, "licence", "false", "true", func() { b.licensed = true })
	}
	return done()
}
