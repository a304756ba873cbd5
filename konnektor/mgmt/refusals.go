package mgmt

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/boxfile"
)

// refusals remembers in a file which logins a box has refused, so that no process
// that knows the file sends one of them again: a box may lock the account. It is
// read and written by who has the claim on the box.
//
// The file has no password and no user, and little to find one with: of each
// login a check value of four bytes, slow to compute, that is the same for one
// login in four thousand million. It tells of a login at hand whether it is among
// the refused.
type refusals struct{ path string }

// refusalFile is what stands in the file.
type refusalFile struct {
	Note    string    `json:"note"` // for people
	Salt    []byte    `json:"salt"`
	Refused []refusal `json:"refused"`
}

// refusal is one refused login.
type refusal struct {
	At     time.Time `json:"at"`
	Status int       `json:"status"` // HTTP status
	Check  []byte    `json:"check"`
}

// Bounds and form of the file.
const (
	maxRefusals    = 16
	maxRefusalFile = 16 << 10
	saltSize       = 16
	checkSize      = 4
	checkRounds    = 10_000
	refusalNote    = "Logins that the box has refused and that are not tried again. To try them again, remove this file."
)

func newRefusals(address, dir string) *refusals {
	if dir == "" {
		return nil
	}
	return &refusals{stateFile(dir, address, ".refused.json")}
}

// find returns the refusal of a login, nil for one that was not refused. A file
// that cannot be read as one of ours says nothing.
func (r *refusals) find(c Credentials) (*refusal, error) {
	if r == nil {
		return nil, nil
	}
	file, err := r.read()
	if err != nil || len(file.Refused) == 0 {
		return nil, err
	}
	check, err := checkOf(c, file.Salt)
	if err != nil {
		return nil, err
	}
	for _, found := range file.Refused {
		if subtle.ConstantTimeCompare(found.Check, check) == 1 {
			return &found, nil
		}
	}
	return nil, nil
}

// add remembers the refusal of a login. The file is on disk when it returns.
func (r *refusals) add(c Credentials, status int, at time.Time) error {
	if r == nil {
		return nil
	}
	file, err := r.read()
	if err != nil {
		return err
	}
	if len(file.Salt) != saltSize {
		file = refusalFile{Salt: make([]byte, saltSize)}
		rand.Read(file.Salt)
	}
	check, err := checkOf(c, file.Salt)
	if err != nil {
		return err
	}
	file.Note = refusalNote
	file.Refused = append(file.Refused, refusal{at.UTC().Truncate(time.Second), status, check})
	file.Refused = file.Refused[max(0, len(file.Refused)-maxRefusals):]
	data, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return err
	}
	return r.replace(append(data, '\n'))
}

func (r *refusals) replace(data []byte) error {
	if err := boxfile.Replace(boxfile.RealDisk{}, r.path, data); err != nil {
		return &StateError{err}
	}
	return nil
}

// read reads the file. One that is not there or damaged is empty.
func (r *refusals) read() (file refusalFile, err error) {
	f, err := os.Open(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		return file, nil
	}
	if err != nil {
		return file, &StateError{err}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxRefusalFile))
	if err != nil {
		return file, &StateError{err}
	}
	if json.Unmarshal(data, &file) != nil || len(file.Salt) != saltSize {
		return refusalFile{}, nil
	}
	return file, nil
}

// checkOf is the check value of a login.
func checkOf(c Credentials, salt []byte) ([]byte, error) {
	return pbkdf2.Key(sha256.New, c.User+"\x00"+string(c.Password), salt, checkRounds, checkSize)
}
