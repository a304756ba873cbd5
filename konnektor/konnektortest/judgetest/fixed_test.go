package judgetest

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// fixedVariable makes this test binary a server with a fixed answer.
const fixedVariable = "JUDGETEST_FIXED_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(fixedVariable) != "" {
		if err := serveFixed(os.Stdin, os.Stdout); err != nil {
			log.Fatal(err)
		}
		return
	}
	dir, err := os.MkdirTemp("", "judgetest-")
	if err != nil {
		log.Fatal(err)
	}
	programs = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// fixed is a server in a process of its own: this test binary, started again.
type fixed struct {
	*process
	pki pki
	url string
}

// fixedSetup is the line that the server reads.
type fixedSetup struct {
	PKI    pki
	Answer string
}

func startFixed(b *testing.B) *fixed {
	b.Setenv(fixedVariable, "1")
	program, err := os.Executable()
	require.NoError(b, err)
	s := &fixed{process: start(b, program), pki: newPKI(b)}
	require.NoError(b, os.Unsetenv(fixedVariable))
	require.NoError(b, json.NewEncoder(s.in).Encode(fixedSetup{s.pki, vsdAnswer(b)}))
	s.url = s.line(b)
	return s
}

// vsdAnswer is a whole ReadVSD answer.
func vsdAnswer(b *testing.B) string {
	field := func(element, document string) string {
		return fmt.Sprintf("<v:%s>%s</v:%[1]s>", element, base64.StdEncoding.EncodeToString(compress(b, vsdDocuments[document])))
	}
	return `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>` +
		`<v:ReadVSDResponse xmlns:v="http://ws.gematik.de/conn/vsds/VSDService/v5.2">` +
		field("PersoenlicheVersichertendaten", "pd") + field("AllgemeineVersicherungsdaten", "vd") +
		field("GeschuetzteVersichertendaten", "gvd") +
		`<v:VSD_Status><v:Status>0</v:Status><v:Timestamp>2026-01-02T03:04:05Z</v:Timestamp><v:Version>5.2.0</v:Version></v:VSD_Status>` +
		field("Pruefungsnachweis", "pn") + `</v:ReadVSDResponse></s:Body></s:Envelope>`
}

// serveFixed serves until its input ends.
func serveFixed(in io.Reader, out io.Writer) error {
	lines := bufio.NewReader(in)
	line, err := lines.ReadBytes('\n')
	if err != nil {
		return err
	}
	var setup fixedSetup
	if err := json.Unmarshal(line, &setup); err != nil {
		return err
	}
	cert, err := tls.X509KeyPair([]byte(setup.PKI.Server), []byte(setup.PKI.Server))
	if err != nil {
		return err
	}
	server := httptest.NewUnstartedServer(nil)
	server.Config.Handler = fixedHandler(server, setup.Answer)
	// gSOAP's client speaks TLS 1.2 here, so all of them do.
	server.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}
	server.StartTLS()
	defer server.Close()
	fmt.Fprintln(out, server.URL)
	_, err = io.Copy(io.Discard, lines)
	return err
}

// fixedHandler answers every POST the same, connector.sds with itself, and
// /last with the request that was posted last.
func fixedHandler(server *httptest.Server, answer string) http.HandlerFunc {
	var last atomic.Pointer[[]byte]
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		switch {
		case r.Method == http.MethodPost:
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			last.Store(&body)
			_, _ = io.WriteString(w, answer)
		case r.URL.Path == "/connector.sds":
			_, _ = io.WriteString(w, strings.ReplaceAll(directory, "ENDPOINT", server.URL))
		case r.URL.Path == "/last" && last.Load() != nil:
			_, _ = w.Write(*last.Load())
		default:
			http.NotFound(w, r)
		}
	}
}
