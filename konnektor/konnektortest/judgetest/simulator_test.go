package judgetest

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/schematest"
)

// simulator is a running konnektorsim, as a maker of practice software would
// start it: the program, its printed configuration and its commands.
type simulator struct {
	program     string
	controlFile string
	config      konnektor.Config
	badRequests bool // the test sends requests that break their schema
}

// programs is a folder for the programs that the tests build once; TestMain
// makes and removes it.
var programs string

// buildSimulator builds konnektorsim into programs.
var buildSimulator = sync.OnceValue(func() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, "go", "build", "-o", programs, "../../cmd/konnektorsim").CombinedOutput()
	if err != nil {
		return fmt.Errorf("build konnektorsim: %w: %s", err, out)
	}
	return nil
})

func startSimulator(t testing.TB, args ...string) *simulator {
	t.Helper()
	require.NoError(t, buildSimulator())
	s := &simulator{
		program:     filepath.Join(programs, "konnektorsim"),
		controlFile: filepath.Join(t.TempDir(), "control.json"),
	}
	args = append([]string{"-print-config", "-max-runtime", "1h", "-pin-timeout", "30m", "-control-file", s.controlFile, "-schemas", schematest.Dir(t)}, args...)
	p := start(t, s.program, args...)
	t.Cleanup(func() { s.judge(t, p.end()) })
	var printed string
	for !json.Valid([]byte(printed)) {
		printed += p.line(t)
	}
	require.NoError(t, json.Unmarshal([]byte(printed), &s.config))
	return s
}

// invalid is the line with which konnektorsim begins a complaint of xmllint.
var invalid = regexp.MustCompile(`(?m)^konnektorsim: (request of )?.* is not valid after `)

// judge has every message of the run, ours and the other judge's, valid after
// the official schemas, in the words of konnektorsim about it.
func (s *simulator) judge(t testing.TB, said string) {
	t.Helper()
	require.Regexp(t, `[1-9][0-9]* messages held against the schemas, 0 left out`, said)
	for _, m := range invalid.FindAllStringSubmatch(said, -1) {
		require.True(t, s.badRequests && m[1] != "", "%s", said)
	}
}

// command runs one of the simulator's commands and returns what it prints.
func (s *simulator) command(t testing.TB, args ...string) string {
	t.Helper()
	return strings.TrimSpace(run(t, "", s.program, append(args, "-control-file", s.controlFile)...))
}

// insert inserts an eGK with that test person whose online check will have that
// result, and returns its handle.
func (s *simulator) insert(t testing.TB, person, receipt int) string {
	t.Helper()
	return s.command(t, "insert", "-person", strconv.Itoa(person), "-receipt", strconv.Itoa(receipt))
}

// card is an inserted card as the simulator's own command lists it.
type card struct {
	Handle   string `json:"handle"`
	Type     string `json:"type"`
	Terminal string `json:"terminal"`
	Slot     int    `json:"slot"`
	ICCSN    string `json:"iccsn"`
	Holder   string `json:"holder"`
}

// card returns the first inserted card of a type.
func (s *simulator) card(t testing.TB, kind konnektor.CardType) card {
	t.Helper()
	var cards []card
	require.NoError(t, json.Unmarshal([]byte(s.command(t, "cards", "-json")), &cards))
	for _, c := range cards {
		if c.Type == string(kind) {
			return c
		}
	}
	require.FailNow(t, "no card of type "+string(kind))
	return card{}
}

// clientPEM is certificate and key of the client.
func (s *simulator) clientPEM() string {
	return s.config.Auth.CertificatePEM + string(s.config.Auth.KeyPEM)
}
