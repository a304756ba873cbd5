package mgmt

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// Credentials are those of an admin account: the least role that suffices, such
// as Lokaler Admin of a secunet box, and an account for this program alone. At a
// TI-Client they are client_id and client_secret.
type Credentials struct {
	User     string           `json:"user"`
	Password konnektor.Secret `json:"password"`
}

// String masks both: the name of the user is half of a login.
func (Credentials) String() string { return "mgmt.Credentials(***)" }

// Format writes String, whatever the verb.
func (c Credentials) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, c.String()) // fmt keeps no error of a Formatter
}

// LogValue is String.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.String()) }

// maxCredentials bounds the file, in bytes.
const maxCredentials = 4 << 10

// ReadCredentials reads {"user": "...", "password": "..."} from a file that only
// its owner can read.
//
// On Unix it refuses a file that is not the caller's own (or root's), that its
// group or others may read or write, and anything that is no regular file. On
// Windows it refuses anything that is no regular file; who may read it is in the
// access list of its folder, which is not looked at: put it below the profile of
// the account that the program runs as (%LOCALAPPDATA%), whose access list
// Windows keeps to that account, the system and the administrators.
//
// Errors quote nothing of the content.
func ReadCredentials(name string) (Credentials, error) {
	f, err := os.Open(name)
	if err != nil {
		return Credentials{}, configError("credentials file: %s", withoutPath(err))
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return Credentials{}, configError("credentials file: %s", withoutPath(err))
	case !info.Mode().IsRegular():
		return Credentials{}, configError("credentials file: no regular file")
	}
	if why := ownerOnly(info); why != "" {
		return Credentials{}, configError("credentials file: %s", why)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxCredentials+1))
	switch {
	case err != nil:
		return Credentials{}, configError("credentials file: %s", withoutPath(err))
	case len(data) > maxCredentials:
		return Credentials{}, configError("credentials file: larger than 4 KiB")
	}
	return parseCredentials(data)
}

func parseCredentials(data []byte) (Credentials, error) {
	var c Credentials
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	// What encoding/json says may name a field, which a slip of the editor may
	// have made a password.
	if dec.Decode(&c) != nil || c.User == "" || c.Password == "" {
		return Credentials{}, configError(`credentials file: want {"user": "...", "password": "..."}`)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Credentials{}, configError("credentials file: more than one JSON object")
	}
	return c, nil
}

// withoutPath is the cause of an error of package os.
func withoutPath(err error) string {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err.Error()
	case errors.As(err, &link):
		return link.Err.Error()
	}
	return err.Error()
}

// credentials asks the callback or reads the file.
func (c Config) credentials(ctx context.Context) (Credentials, error) {
	if c.Credentials == nil {
		return ReadCredentials(c.CredentialsFile)
	}
	got, err := c.Credentials(ctx)
	if err == nil && (got.User == "" || got.Password == "") {
		err = configError("credentials: user or password empty")
	}
	return got, err
}
