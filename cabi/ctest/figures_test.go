//go:build !race

package ctest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/operations"
)

// measure runs figures.c and returns what it measured.
func (on *target) measure(t testing.TB, exe, library string, args ...string) map[string]float64 {
	t.Helper()
	out, err := on.run(t, exe, append([]string{library}, args...)...)
	require.NoError(t, err, "%s", out)
	figures := map[string]float64{}
	for lines := bufio.NewScanner(strings.NewReader(out)); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		figures[name], err = strconv.ParseFloat(value, 64)
		require.NoError(t, err, "%s", out)
	}
	require.NotEmpty(t, figures)
	return figures
}

// report makes the figures those of a benchmark.
func report(b *testing.B, figures map[string]float64) {
	b.ReportMetric(0, "ns/op")
	for name, value := range figures {
		b.ReportMetric(value, name)
	}
}

func TestOpenAndCloseAreFlat(t *testing.T) {
	s := startSimulator(t)
	figures := linux.measure(t, linux.compile(t, "figures.c"), linux.shipped(t), "cycles", s.config, "10000")
	require.Less(t, figures["late-kB"]-figures["early-kB"], 8192.0, "%v", figures)
}

func BenchmarkLoad(b *testing.B) {
	for _, on := range targets {
		b.Run(on.name, func(b *testing.B) {
			library, exe := on.shipped(b), on.compile(b, "figures.c")
			info, err := os.Stat(library)
			require.NoError(b, err)
			for b.Loop() {
				report(b, on.measure(b, exe, library, "loading"))
			}
			b.ReportMetric(float64(info.Size()), "bytes")
		})
	}
}

func BenchmarkEmptyCall(b *testing.B) {
	library, exe := linux.tested(b), linux.compile(b, "figures.c")
	report(b, linux.measure(b, exe, library, "empty", "1000000"))
}

func BenchmarkThreads(b *testing.B) {
	library, exe := linux.tested(b), linux.compile(b, "figures.c")
	report(b, linux.measure(b, exe, library, "parallel"))
}

func BenchmarkHandles(b *testing.B) {
	s, exe := startSimulator(b), linux.compile(b, "figures.c")
	figures := linux.measure(b, exe, linux.shipped(b), "handles", s.config)
	for name, value := range linux.measure(b, exe, linux.shipped(b), "cycles", s.config, "10000") {
		figures[name] = value
	}
	report(b, figures)
}

// BenchmarkReadVSD reads the same card through the interface and from Go, each
// in a process of its own, in turns. Its figures are medians over the rounds,
// those of the ratios too: a round compares what ran side by side. The answers
// come from a recording, so that the work of the simulator does not blur the
// picture.
func BenchmarkReadVSD(b *testing.B) {
	const rounds = 11
	s := startSimulator(b, "--auth", "plain")
	config := recording(b, s)
	session := openSession(b, config)
	request := `{"card_handle":"` + handleOf(b, session, "EGK") + `","smcb_handle":"` + handleOf(b, session, "SMC-B") + `"}`
	library, exe := linux.shipped(b), linux.compile(b, "figures.c")
	all := map[string][]float64{}
	for range rounds {
		abi := linux.measure(b, exe, library, "reading", config, "vsd.read", request, strconv.Itoa(reads))
		for name, inGo := range childFigures(b, config, request) {
			all["abi-"+name] = append(all["abi-"+name], abi[name])
			all["go-"+name] = append(all["go-"+name], inGo)
			all["ratio-"+name] = append(all["ratio-"+name], abi[name]/inGo)
		}
	}
	medians := map[string]float64{}
	for name, values := range all {
		slices.Sort(values)
		medians[name] = values[len(values)/2]
	}
	report(b, medians)
}

// reads is how many reads a round has.
const reads = 2000

// recording starts a server that passes every new request on to the simulator
// and answers it from then on by itself. It returns a file with the
// configuration for it.
func recording(b *testing.B, s *simulator) string {
	b.Helper()
	var config map[string]any
	require.NoError(b, json.Unmarshal([]byte(fileText(b, s.config)), &config))
	target := config["url"].(string)
	var mu sync.Mutex
	answers := map[string][]byte{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		key := r.URL.Path + r.Header.Get("SOAPAction") + string(body)
		mu.Lock()
		defer mu.Unlock()
		if answers[key] == nil {
			req, err := http.NewRequestWithContext(r.Context(), r.Method, target+r.URL.Path, bytes.NewReader(body))
			require.NoError(b, err)
			req.Header = r.Header.Clone()
			resp, err := http.DefaultClient.Do(req)
			require.NoError(b, err)
			defer resp.Body.Close()
			answers[key], err = io.ReadAll(resp.Body)
			require.NoError(b, err)
		}
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		_, _ = w.Write(answers[key])
	}))
	b.Cleanup(server.Close)
	config["url"], config["rewrite_host"] = server.URL, true
	text, err := json.Marshal(config)
	require.NoError(b, err)
	path := filepath.Join(b.TempDir(), "konnektor.json")
	require.NoError(b, os.WriteFile(path, text, 0o600))
	return path
}

// openSession opens what the library would open.
func openSession(b *testing.B, config string) *operations.Session {
	b.Helper()
	session, err := operations.Open([]byte(fileText(b, config)), nil)
	require.NoError(b, err)
	b.Cleanup(func() { _ = session.Close() })
	return session
}

// childFigures has this program read in a process of its own, by
// BenchmarkReadInGo.
func childFigures(b *testing.B, config, request string) map[string]float64 {
	b.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^$", "-test.bench", "^BenchmarkReadInGo$", "-test.benchtime", "1x")
	cmd.Env = append(os.Environ(), "KON_CONFIG="+config, "KON_REQUEST="+request)
	out, err := cmd.CombinedOutput()
	require.NoError(b, err, "%s", out)
	m := regexp.MustCompile(`([0-9.]+) cpu-us\s+([0-9.]+) wall-us`).FindSubmatch(out)
	require.NotNil(b, m, "%s", out)
	cpu, err := strconv.ParseFloat(string(m[1]), 64)
	require.NoError(b, err)
	wall, err := strconv.ParseFloat(string(m[2]), 64)
	require.NoError(b, err)
	return map[string]float64{"cpu-us": cpu, "wall-us": wall}
}

// BenchmarkReadInGo is the other half of BenchmarkReadVSD.
func BenchmarkReadInGo(b *testing.B) {
	request := os.Getenv("KON_REQUEST")
	if request == "" {
		b.Skip("part of BenchmarkReadVSD")
	}
	session := openSession(b, os.Getenv("KON_CONFIG"))
	report(b, inGo(b, reads, func() error {
		_, err := session.Call(b.Context(), "vsd.read", []byte(request))
		return err
	}))
}

// handleOf finds the card of a type.
func handleOf(b *testing.B, session *operations.Session, kind string) string {
	b.Helper()
	answer, err := session.Call(b.Context(), "cards", []byte(`{"card_type":"`+kind+`"}`))
	require.NoError(b, err)
	var list struct{ Cards []struct{ Handle string } }
	require.NoError(b, json.Unmarshal(answer, &list))
	require.NotEmpty(b, list.Cards)
	return list.Cards[0].Handle
}

// inGo measures what figures.c measures, in this process.
func inGo(b *testing.B, count int, read func() error) map[string]float64 {
	b.Helper()
	for range 20 {
		require.NoError(b, read())
	}
	begin, work := time.Now(), busy(b)
	for range count {
		require.NoError(b, read())
	}
	per := float64(count) * 1e3
	return map[string]float64{
		"wall-us": float64(time.Since(begin)) / per,
		"cpu-us":  float64(busy(b)-work) / per,
	}
}

// busy is the processor time of this process.
func busy(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
