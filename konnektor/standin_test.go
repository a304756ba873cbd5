package konnektor_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// standIn is an HTTP server that gives written answers, whatever is asked: for
// what a Konnektor may say, right or wrong. The simulator is in konnektortest.
type standIn struct {
	URL string

	mu       sync.Mutex
	answers  map[string]answer
	requests map[string][]string // messages by operation
}

// answer makes the n-th answer of an operation, from 1: a message.
type answer func(n int) string

// usualVersions are the services of a Konnektor of these days.
var usualVersions = map[string]string{
	"EventService": "7.2.0", "CardService": "8.1.2", "CardTerminalService": "1.1.0", "CertificateService": "6.0.1",
	"SignatureService": "7.5.5", "AuthSignatureService": "7.4.1", "EncryptionService": "6.1.1",
	"KVKService": "4.0.0", "NFDService": "1.0.0", "DPEService": "1.0.0", "AMTSService": "1.0.0",
}

// olderVersions are those of a PTV3 device.
var olderVersions = versionsWith(usualVersions, map[string]string{
	"CertificateService": "6.0.0", "SignatureService": "7.4.0", "AuthSignatureService": "7.4.0", "EncryptionService": "6.1.0",
})

func versionsWith(m, more map[string]string) map[string]string {
	all := map[string]string{}
	for _, from := range []map[string]string{m, more} {
		for k, v := range from {
			all[k] = v
		}
	}
	return all
}

// startStandIn starts a stand-in with services by name and version, and a Client
// of it.
func startStandIn(t testing.TB, versions map[string]string, more ...func(*konnektor.Config)) (*standIn, *konnektor.Client) {
	t.Helper()
	s := &standIn{answers: map[string]answer{}, requests: map[string][]string{}}
	server := httptest.NewServer(s.handler(versions))
	t.Cleanup(server.Close)
	s.URL = server.URL
	cfg := konnektor.Config{URL: server.URL, Call: someone, BusyTimeout: -1}
	for _, change := range more {
		change(&cfg)
	}
	return s, open(t, cfg)
}

var bodyOf = regexp.MustCompile(`(?s)<S:Body>(.*)</S:Body>`)

func (s *standIn) handler(versions map[string]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/connector.sds" {
			var services []string
			for name, version := range versions {
				services = append(services, serviceOf(name, versionOf(`Version="`+version+`"`, s.URL+"/"+name, "https://unused")))
			}
			_, _ = io.WriteString(w, directoryWith(false, services...))
			return
		}
		request, _ := io.ReadAll(r.Body)
		_, op, _ := strings.Cut(strings.Trim(r.Header.Get("SOAPAction"), `"`), "#")
		s.mu.Lock()
		message := ""
		if m := bodyOf.FindSubmatch(request); m != nil {
			message = string(m[1])
		}
		s.requests[op] = append(s.requests[op], message)
		n, made := len(s.requests[op]), s.answers[op]
		s.mu.Unlock()
		if made == nil {
			http.Error(w, "no answer for "+op, http.StatusNotImplemented)
			return
		}
		body := made(n)
		if !strings.HasPrefix(body, "<?xml") && !strings.HasPrefix(body, "--") {
			body = envelopeHead + body + envelopeTail
		}
		if strings.HasPrefix(body, "--mark") {
			w.Header().Set("Content-Type", `multipart/related; type="application/xop+xml"; boundary="mark"`)
		}
		if strings.Contains(body, "<S:Fault>") {
			w.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = io.WriteString(w, body)
	})
}

// answer sets the answer of an operation, which is named as in its SOAPAction.
func (s *standIn) answer(op string, a answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[op] = a
}

// says sets one answer for all calls of an operation.
func (s *standIn) says(op, message string) { s.answer(op, func(int) string { return message }) }

// sent returns the messages that an operation got.
func (s *standIn) sent(op string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.requests[op]...)
}

// one returns the only message that an operation got.
func (s *standIn) one(t testing.TB, op string) string {
	t.Helper()
	all := s.sent(op)
	require.Len(t, all, 1, op)
	return all[0]
}

// written is an answer of the tests of the generated types, which stand beside
// the official schemas.
func written(t testing.TB, service, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("internal", "ws", "testdata", service, name+".xml"))
	require.NoError(t, err)
	return strings.TrimSpace(string(b))
}

// faultWith is a fault with a code.
func faultWith(code string) string {
	return `<S:Fault><faultcode>S:Server</faultcode><faultstring>x</faultstring><detail>` + gerrorOf(code) + `</detail></S:Fault>`
}

func gerrorOf(code string) string {
	return `<G:Error xmlns:G="http://ws.gematik.de/tel/error/v2.0"><G:MessageID>m</G:MessageID><G:Timestamp>2026-02-28T10:11:12Z</G:Timestamp>` +
		`<G:Trace><G:EventID>e</G:EventID><G:Instance>Konnektor-Lokal</G:Instance><G:LogReference>l</G:LogReference><G:CompType>Konnektor</G:CompType>` +
		`<G:Code>` + code + `</G:Code><G:Severity>Error</G:Severity><G:ErrorType>Technical</G:ErrorType><G:ErrorText>Text</G:ErrorText></G:Trace></G:Error>`
}

// manualDeadline is a ctx whose deadline passes when the test says so, and not a
// moment earlier, however slow the machine is.
type manualDeadline struct {
	context.Context
	end  time.Time
	over chan struct{}
	once sync.Once
}

func newDeadline(t testing.TB) *manualDeadline {
	return &manualDeadline{Context: t.Context(), end: time.Now().Add(time.Hour), over: make(chan struct{})}
}

// pass ends the ctx.
func (d *manualDeadline) pass() { d.once.Do(func() { close(d.over) }) }

func (d *manualDeadline) Deadline() (time.Time, bool) { return d.end, true }
func (d *manualDeadline) Done() <-chan struct{}       { return d.over }

func (d *manualDeadline) Err() error {
	select {
	case <-d.over:
		return context.DeadlineExceeded
	default:
		return nil
	}
}
