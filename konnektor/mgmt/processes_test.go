package mgmt_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// otherProcess names the variable that makes this program another process, which
// does what it reads from its input.
const otherProcess = "MGMT_TEST_OTHER_PROCESS"

func TestMain(m *testing.M) {
	if settings := os.Getenv(otherProcess); settings != "" {
		serveOrders(settings, os.Stdin)
		return
	}
	os.Exit(m.Run())
}

// serveOrders opens the box and asks for its status at every line; the first word
// of the answer is ok, login, busy or error. At the end of the input it
// logs out.
func serveOrders(settings string, in io.Reader) {
	cfg, err := mgmt.ParseConfig([]byte(settings))
	if err != nil {
		fmt.Println("error", err)
		return
	}
	d, err := mgmt.Open(context.Background(), cfg, drivers...)
	if err != nil {
		fmt.Println("error", err)
		return
	}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		status, err := mgmt.As[mgmt.StatusReader](d)
		if err == nil {
			_, err = status.Status(context.Background())
		}
		fmt.Println(word(err), err)
	}
	_ = d.Close(context.Background())
}

func word(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, mgmt.ErrLogin):
		return "login"
	case errors.Is(err, mgmt.ErrBusy):
		return "busy"
	}
	return "error"
}

// process is another process that may log in to the box.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	orders io.WriteCloser
	said   *bufio.Reader
}

func startProcess(t *testing.T, cfg mgmt.Config) *process {
	t.Helper()
	settings, err := json.Marshal(cfg)
	require.NoError(t, err)
	p := &process{t: t, cmd: exec.CommandContext(t.Context(), os.Args[0])}
	p.cmd.Env = append(os.Environ(), otherProcess+"="+string(settings))
	p.orders, err = p.cmd.StdinPipe()
	require.NoError(t, err)
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	p.said = bufio.NewReader(out)
	require.NoError(t, p.cmd.Start())
	return p
}

// begin has it ask for the status; answer waits for what came of it.
func (p *process) begin() {
	p.t.Helper()
	_, err := io.WriteString(p.orders, "status\n")
	require.NoError(p.t, err)
}

func (p *process) answer() (first, rest string) {
	p.t.Helper()
	line, err := p.said.ReadString('\n')
	require.NoError(p.t, err)
	first, rest, _ = strings.Cut(strings.TrimSpace(line), " ")
	return first, rest
}

// ask does both.
func (p *process) ask() string {
	p.t.Helper()
	p.begin()
	first, rest := p.answer()
	p.t.Log(first, rest)
	return first
}

// end lets it log out.
func (p *process) end() {
	p.t.Helper()
	require.NoError(p.t, p.orders.Close())
	require.NoError(p.t, p.cmd.Wait())
}

func (p *process) kill() {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Kill())
	_ = p.cmd.Wait() // it was killed
}

// inFiles is the Config with everything in files, as another process needs it.
func (b *box) inFiles(password string) mgmt.Config {
	dir := b.t.TempDir()
	cfg := b.config()
	cfg.Credentials, cfg.CredentialsFile = nil, filepath.Join(dir, "credentials.json")
	login, err := json.Marshal(map[string]string{"user": user, "password": password})
	require.NoError(b.t, err)
	require.NoError(b.t, os.WriteFile(cfg.CredentialsFile, login, 0o600))
	cfg.StateDir = filepath.Join(dir, "state")
	return cfg
}

// TestOtherProcessIsLoggedIn has another process keep its session: nobody logs in
// beside it, and everybody may when it has ended or was killed.
func TestOtherProcessIsLoggedIn(t *testing.T) {
	for name, leave := range map[string]func(*process){"logged out": (*process).end, "killed": (*process).kill} {
		t.Run(name, func(t *testing.T) {
			b := newSecunet(t)
			b.inSession("GET "+statusPath, 200, "{}")
			cfg := b.inFiles(password)
			other := startProcess(t, cfg)
			require.Equal(t, "ok", other.ask())

			short := cfg
			short.SlowTimeout = 50 * time.Millisecond
			_, err := as[mgmt.StatusReader](t, b.open(short)).Status(t.Context())
			require.ErrorIs(t, err, mgmt.ErrBusy)
			require.ErrorIs(t, err, konnektor.KindTimeout)
			require.EqualError(t, err, "mgmt: auth.login: given up before it was sent: somebody else is logged in")
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			d := b.open(cfg)
			_, err = as[mgmt.StatusReader](t, d).Status(ctx)
			require.ErrorIs(t, err, konnektor.KindTimeout)
			require.Equal(t, 1, b.count())

			leave(other)
			_, err = as[mgmt.StatusReader](t, d).Status(t.Context())
			require.NoError(t, err)
			require.Equal(t, 2, b.count())
		})
	}
}

// TestNeverTwoSessionsAmongProcesses lets four processes call at the same time.
func TestNeverTwoSessionsAmongProcesses(t *testing.T) {
	b := newSecunet(t)
	b.inSession("GET "+statusPath, 200, "{}")
	cfg := b.inFiles(password)
	var others []*process
	for range 4 {
		others = append(others, startProcess(t, cfg))
	}
	var all sync.WaitGroup
	words := make([]string, len(others))
	for i, other := range others {
		other.begin()
		all.Go(func() {
			line, _ := other.said.ReadString('\n')
			words[i], _, _ = strings.Cut(line, " ")
			_ = other.orders.Close() // it logs out
			_ = other.cmd.Wait()
		})
	}
	all.Wait()
	require.Equal(t, []string{"ok", "ok", "ok", "ok"}, words)
	require.Equal(t, 4, b.count())
	require.Equal(t, 1, b.most, "sessions at once")
	require.Empty(t, b.sessions)
}

// TestRefusedPasswordAmongProcesses has one process find out that the password is
// wrong: no other one sends it again, until it is another one.
func TestRefusedPasswordAmongProcesses(t *testing.T) {
	b := newSecunet(t)
	b.inSession("GET "+statusPath, 200, "{}")
	cfg := b.inFiles(password)
	b.wrong = true
	for range 3 {
		other := startProcess(t, cfg)
		require.Equal(t, "login", other.ask())
		other.end()
	}
	require.Equal(t, 1, b.count(), "sent once")

	_, err := as[mgmt.StatusReader](t, b.open(cfg)).Status(t.Context())
	var login *mgmt.LoginError
	require.ErrorAs(t, err, &login)
	require.False(t, login.Before.IsZero())
	require.Equal(t, 401, login.Status)
	require.Contains(t, login.Error(), "not tried again: see "+filepath.Base(login.File))
	require.Equal(t, 1, b.count())

	// A person unlocks the account, and says so.
	b.wrong = false
	require.NoError(t, os.Remove(login.File))
	other := startProcess(t, cfg)
	require.Equal(t, "ok", other.ask())
	other.end()
}

// count is how many logins the box was sent.
func (b *box) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.logins
}
