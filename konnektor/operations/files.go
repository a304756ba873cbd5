package operations

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/konnektor"
)

// fileError is a file of a request that cannot be used. It names the field and
// never the path, which may say something about a person.
type fileError struct {
	field string
	kind  konnektor.Kind
	cause error
}

// Error names the field and the cause.
func (e *fileError) Error() string {
	return fmt.Sprintf("request: field %s: %s: %v", e.field, e.kind, e.cause)
}

// Unwrap gives the kind and the cause.
func (e *fileError) Unwrap() []error { return []error{e.kind, e.cause} }

var (
	errFileSize  = errors.New("file larger than allowed")
	errFileKind  = errors.New("no regular file")
	errFileEmpty = errors.New("file is empty")
)

// readFile reads the file that a field names, of at most most bytes. Devices and
// pipes, which might never end, are refused before they are opened.
func readFile(field, path string, most int64) ([]byte, error) {
	bad := func(err error) error { return &fileError{field, KindFile, withoutPath(err)} }
	if path == "" {
		return nil, &requestError{field, "must not be empty"}
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, bad(err)
	case !info.Mode().IsRegular():
		return nil, bad(errFileKind)
	case info.Size() > most:
		return nil, bad(errFileSize)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, bad(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	switch {
	case err != nil:
		return nil, bad(err)
	case int64(len(data)) > most:
		return nil, bad(errFileSize)
	case len(data) == 0:
		return nil, bad(errFileEmpty)
	}
	return data, nil
}

// readOptional is readFile for a field that may be left out.
func readOptional(field, path string, most int64) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	return readFile(field, path, most)
}

// writeFile puts data in the place of a file, at once or not at all.
func writeFile(field, path string, data []byte) error {
	bad := func(err error) error { return &fileError{field, KindFile, withoutPath(err)} }
	f, err := os.CreateTemp(filepath.Dir(path), ".konnektor-*")
	if err != nil {
		return bad(err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // what is wrong is known already
		return bad(err)
	}
	return nil
}

// withoutPath is what went wrong, without the name of the file.
func withoutPath(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	var number syscall.Errno
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	case errors.As(err, &number):
		return number
	}
	return err
}

// moment reads a time of a request: RFC 3339, or a day, of which the first
// moment in UTC is meant. Without one it is now.
func moment(field, text string) (time.Time, error) {
	if text == "" {
		return time.Now().UTC().Truncate(time.Second), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, &requestError{field, "want a time such as 2026-01-31T08:00:00Z, or a day"}
}

// fingerprint is the SHA-256 of a certificate in hex.
func fingerprint(c *certs.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}
