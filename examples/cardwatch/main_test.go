package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/vsdm"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
)

// asProgram makes the test binary the program itself.
const asProgram = "CARDWATCH_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// program is a running cardwatch.
type program struct {
	lines  chan string
	stderr bytes.Buffer
	cmd    *exec.Cmd
}

// start runs the program until the test ends.
func start(t testing.TB, k *konnektortest.Konnektor) *program {
	t.Helper()
	raw, err := json.Marshal(k.Config())
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "konnektor.json")
	require.NoError(t, os.WriteFile(file, raw, 0o600))
	p := &program{lines: make(chan string, 100)}
	p.cmd = exec.Command(os.Args[0], file, "127.0.0.1:0")
	p.cmd.Env = append(os.Environ(), asProgram+"=1")
	p.cmd.Stderr = &p.stderr
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			p.lines <- s.Text()
		}
		close(p.lines)
	}()
	require.Eventually(t, func() bool { return len(k.Subscriptions()) == 1 }, time.Minute, time.Millisecond)
	return p
}

// line waits for the next line.
func (p *program) line(t testing.TB) string {
	t.Helper()
	select {
	case s, ok := <-p.lines:
		require.True(t, ok, "it has ended")
		return s
	case <-time.After(time.Minute):
		require.Fail(t, "no line")
		return ""
	}
}

func simulator(t testing.TB) *konnektortest.Konnektor {
	t.Helper()
	k := konnektortest.New(t)
	vsdmtest.Install(k)
	return k
}

func TestCardwatch(t *testing.T) {
	k := simulator(t)
	first, second := vsdmtest.Person(1), vsdmtest.Person(2)
	k.Insert(konnektor.CardEGK, first)
	p := start(t, k)
	want := func(x vsdmtest.Insured) string {
		return x.First + " " + x.Last + ", born " + x.Birth + ", insured by " + x.Insurer.Name
	}
	require.Equal(t, want(first), p.line(t))
	egk := k.Insert(konnektor.CardEGK, second)
	require.Equal(t, want(second), p.line(t))

	// A card that cannot be read does not end it.
	_, err := k.Remove(egk)
	require.NoError(t, err)
	k.Fail("ReadVSD", konnektor.CodeCardReadFailed, 1)
	egk = k.Insert(konnektor.CardEGK, second)
	require.Eventually(t, func() bool { return k.Counters().Requests["ReadVSD"] == 3 }, time.Minute, time.Millisecond)
	_, err = k.Remove(egk)
	require.NoError(t, err)
	k.Insert(konnektor.CardEGK, second)
	require.Equal(t, want(second), p.line(t))

	require.NoError(t, p.cmd.Process.Signal(os.Interrupt))
	require.NoError(t, p.cmd.Wait(), "%s", &p.stderr)
	require.Empty(t, k.Subscriptions(), "it unsubscribes")
	require.NotContains(t, p.stderr.String(), second.Last)
}

func TestUsage(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asProgram+"=1")
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.True(t, strings.Contains(string(out), "usage:"))
}

// BenchmarkCardwatch measures from the insertion of a card to the line that the
// program prints, and what of it is the Konnektor's: one ReadVSD and one list of
// cards, as this process gets them.
func BenchmarkCardwatch(b *testing.B) {
	k := simulator(b)
	p := start(b, k)
	client, err := konnektor.New(k.Config())
	require.NoError(b, err)
	defer client.Close()
	smcb := k.Handle(konnektor.CardSMCB)
	var shown, own []time.Duration
	for b.Loop() {
		begun := time.Now()
		egk := k.Insert(konnektor.CardEGK, vsdmtest.Person(1))
		p.line(b)
		shown = append(shown, time.Since(begun))
		begun = time.Now()
		_, _, err := client.Cards(b.Context(), konnektor.CardFilter{Type: konnektor.CardSMB})
		require.NoError(b, err)
		_, err = vsdm.Read(b.Context(), client, vsdm.Request{EGK: egk, SMCB: smcb})
		require.NoError(b, err)
		own = append(own, time.Since(begun))
		_, err = k.Remove(egk)
		require.NoError(b, err)
	}
	slices.Sort(shown)
	slices.Sort(own)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(shown[len(shown)/2]), "ms-p50")
	b.ReportMetric(ms(shown[len(shown)*99/100]), "ms-p99")
	b.ReportMetric(ms(own[len(own)/2]), "ms-Konnektor-p50")
}
