package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/konnektor/operations"
)

// program names this program in journals.
const program = "konnektorctl"

// manageSettings are the flags of the management interface and of fixes.
type manageSettings struct {
	file, credentials, user     string
	dir, box, shared            string
	management, fixes           json.RawMessage // of the settings file
	managementSet, asksPassword bool
}

func (m *manageSettings) flags(cmd *cobra.Command) {
	f := cmd.PersistentFlags()
	f.StringVar(&m.file, "management", "", "read the settings of the management interface from this JSON `FILE`")
	f.StringVar(&m.credentials, "credentials", "", "`FILE` {\"user\", \"password\"} of the administrator, which only its owner may read")
	f.StringVar(&m.user, "admin", "", "user name of the administrator; the password is asked for at the terminal")
	f.StringVar(&m.dir, "dir", "", "`FOLDER` for journals and jobs (default: the user's, such as ~/.config/libkonnektor/fixes)")
	f.StringVar(&m.box, "box", "", "what names the Konnektor in files (default host and port of management)")
	f.StringVar(&m.shared, "shared", "", "`FOLDER` that all workplaces see, so that two of them never change the box at once")
}

// take takes the members of the settings file that are not those of the services.
func (m *manageSettings) take(raw []byte) ([]byte, error) {
	var all map[string]json.RawMessage
	if json.Unmarshal(raw, &all) != nil || all["management"] == nil && all["fixes"] == nil {
		return raw, nil
	}
	m.management, m.fixes = all["management"], all["fixes"]
	delete(all, "management")
	delete(all, "fixes")
	return json.Marshal(all)
}

// add adds the members to the settings of the services.
func (m *manageSettings) add(config []byte) ([]byte, error) {
	all := map[string]any{}
	if err := json.Unmarshal(config, &all); err != nil {
		return nil, err
	}
	management, err := m.managementJSON()
	if err != nil {
		return nil, err
	}
	if management != nil {
		all["management"] = management
	}
	fixes, err := m.fixesJSON()
	if err != nil {
		return nil, err
	}
	if fixes != nil {
		all["fixes"] = fixes
	}
	return json.Marshal(all)
}

// managementJSON are the settings of the management interface with the flags laid
// over them; nil without any.
func (m *manageSettings) managementJSON() (map[string]any, error) {
	raw := m.management
	if m.file != "" {
		content, err := readFile(m.file)
		if err != nil {
			return nil, err
		}
		raw = content
	}
	if raw == nil {
		return nil, nil
	}
	if _, err := mgmt.ParseConfig(raw); err != nil {
		return nil, err
	}
	var all map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, err
	}
	if m.credentials != "" {
		all["credentials_file"] = m.credentials
	}
	file, _ := all["credentials_file"].(string)
	m.managementSet, m.asksPassword = true, file == "" || m.user != "" && m.credentials == ""
	return all, nil
}

// fixesJSON are the settings of fixes; the folder is the user's own when none is
// named. nil without management: then no fix can run.
func (m *manageSettings) fixesJSON() (map[string]any, error) {
	all := map[string]any{}
	if m.fixes != nil {
		if err := json.Unmarshal(m.fixes, &all); err != nil {
			return nil, fmt.Errorf("fixes: %w", err)
		}
	}
	for name, value := range map[string]string{"dir": m.dir, "box": m.box, "shared": m.shared} {
		if value != "" {
			all[name] = value
		}
	}
	if all["dir"] == nil {
		config, err := os.UserConfigDir()
		if err != nil {
			return nil, errors.New("no folder for journals: use --dir")
		}
		all["dir"] = filepath.Join(config, "libkonnektor", "fixes")
	}
	if all["program"] == nil {
		all["program"] = program
	}
	return all, nil
}

// login asks for what a login needs, at the terminal. A run that may not ask has
// the file only.
func (a *app) login(context.Context) (mgmt.Credentials, error) {
	if a.silent {
		return mgmt.Credentials{}, settingsError(errors.New("no credentials: use credentials_file or --credentials"))
	}
	user := a.manage.user
	in := bufio.NewReader(a.stdin)
	if user == "" {
		fmt.Fprint(a.stderr, operations.AskAdministrator)
		line, err := in.ReadString('\n')
		if user = strings.TrimSpace(line); user == "" {
			return mgmt.Credentials{}, settingsError(errors.Join(errors.New("no user"), err))
		}
	}
	fmt.Fprint(a.stderr, operations.AskPassword)
	password, err := a.hidden(in)
	fmt.Fprintln(a.stderr)
	if err != nil {
		return mgmt.Credentials{}, settingsError(err)
	}
	return mgmt.Credentials{User: user, Password: konnektor.Secret(password)}, nil
}

// hidden reads a line from the terminal without showing it. What is no terminal
// is not asked: a password would stand in a script.
func (a *app) hidden(in *bufio.Reader) (string, error) {
	f, ok := a.stdin.(*os.File)
	if !ok {
		return "", errNoTerminal
	}
	show, err := hide(f)
	if err != nil {
		return "", err
	}
	defer show()
	line, err := in.ReadString('\n')
	line = strings.TrimRight(line, "\r\n")
	if line == "" && err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if line == "" {
		return "", errors.New("no password")
	}
	return line, nil
}

var errNoTerminal = errors.New("a password is asked for at a terminal only: use credentials_file or --credentials")

// confirm asks a yes-or-no question at the terminal; no line means no.
func (a *app) confirm(question operations.Question) bool {
	fmt.Fprint(a.stderr, question)
	line, _ := bufio.NewReader(a.stdin).ReadString('\n') // no line is an empty one
	return operations.IsYes(line)
}
