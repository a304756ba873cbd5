//go:build unix

package konnektor_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// benchServer is the environment variable that turns this test binary into the
// server of BenchmarkInvoke: its processor time must not count.
const benchServer = "KONNEKTOR_BENCH_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(benchServer) != "" {
		serveFixedAnswer()
		return
	}
	os.Exit(m.Run())
}

// serveFixedAnswer answers every POST with the same message, over TLS, until
// its standard input ends.
func serveFixedAnswer() {
	answer := fixedAnswer()
	var server *httptest.Server
	server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml;charset=utf-8")
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, directoryOf("VSDService", "5.2.0", "", server.URL+"/vsd"))
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = w.Write(answer)
	}))
	defer server.Close()
	fmt.Println(server.URL, base64.StdEncoding.EncodeToString(server.Certificate().Raw))
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// fixedAnswer has the size of a usual ReadVSD answer (facts of real cards: PD
// 400, VD 380, GVD 240, receipt 185 bytes compressed).
func fixedAnswer() []byte {
	field := func(name string, size int) string {
		return "<VSD:" + name + ">" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0x1f}, size)) + "</VSD:" + name + ">"
	}
	return []byte(`<?xml version="1.0" encoding="UTF-8"?><S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>` +
		`<VSD:ReadVSDResponse xmlns:VSD="http://ws.gematik.de/conn/vsds/VSDService/v5.2">` +
		field("PersoenlicheVersichertendaten", 400) + field("AllgemeineVersicherungsdaten", 380) +
		field("GeschuetzteVersichertendaten", 240) +
		`<VSD:VSD_Status><VSD:Status>0</VSD:Status><VSD:Timestamp>2026-11-21T10:00:00Z</VSD:Timestamp><VSD:Version>5.2.0</VSD:Version></VSD:VSD_Status>` +
		field("Pruefungsnachweis", 185) + `</VSD:ReadVSDResponse></S:Body></S:Envelope>`)
}

const spaceVSD = "http://ws.gematik.de/conn/vsds/VSDService/v5.2"

var readVSD = konnektor.Operation{
	Service: "VSDService", Version: "5.2", Namespace: spaceVSD,
	Name: "ReadVSD", Action: "http://ws.gematik.de/conn/vsds/VSDService/v6.0#ReadVSD",
}

// readVSDRequest is ReadVSD as package vsdm has it, whose types cannot be
// imported here.
type readVSDRequest struct {
	egk, smcb                          string
	mandant, client, workplace, userID string
}

func (v *readVSDRequest) EncodeXML(w *wire.Writer) {
	w.Declare(` xmlns:VSD="` + spaceVSD + `" xmlns:CCTX="http://ws.gematik.de/conn/ConnectorContext/v2.0"` +
		` xmlns:CONN="http://ws.gematik.de/conn/ConnectorCommon/v5.0"`)
	w.Start("VSD:ReadVSD")
	w.Elem("VSD:EhcHandle", v.egk)
	w.Elem("VSD:HpcHandle", v.smcb)
	w.Bool("VSD:PerformOnlineCheck", true)
	w.Bool("VSD:ReadOnlineReceipt", true)
	w.Start("CCTX:Context")
	w.Elem("CONN:MandantId", v.mandant)
	w.Elem("CONN:ClientSystemId", v.client)
	w.Elem("CONN:WorkplaceId", v.workplace)
	w.End("CCTX:Context")
	w.End("VSD:ReadVSD")
}

func (v *readVSDRequest) SetContext(mandantID, clientSystemID, workplaceID, userID string) {
	v.mandant, v.client, v.workplace, v.userID = mandantID, clientSystemID, workplaceID, userID
}

func (v *readVSDRequest) Handles() []*string { return []*string{&v.egk, &v.smcb} }

type readVSDResponse struct {
	pd, vd, gvd, receipt []byte
	status, version      string
	timestamp            wire.DateTime
}

func (*readVSDResponse) ElementName() (space, local string) { return spaceVSD, "ReadVSDResponse" }

func (v *readVSDResponse) DecodeXML(r *wire.Reader) {
	for d := r.Depth(); r.Child(d); {
		switch {
		case r.Is(spaceVSD, "PersoenlicheVersichertendaten"):
			v.pd = r.Base64()
		case r.Is(spaceVSD, "AllgemeineVersicherungsdaten"):
			v.vd = r.Base64()
		case r.Is(spaceVSD, "GeschuetzteVersichertendaten"):
			v.gvd = r.Base64()
		case r.Is(spaceVSD, "VSD_Status"):
			v.decodeStatus(r)
		case r.Is(spaceVSD, "Pruefungsnachweis"):
			v.receipt = r.Base64()
		}
	}
}

func (v *readVSDResponse) decodeStatus(r *wire.Reader) {
	for d := r.Depth(); r.Child(d); {
		switch {
		case r.Is(spaceVSD, "Status"):
			v.status = r.Text()
		case r.Is(spaceVSD, "Timestamp"):
			v.timestamp = r.DateTime()
		case r.Is(spaceVSD, "Version"):
			v.version = r.Text()
		}
	}
}

// fixedServer starts the server in a process of its own.
func fixedServer(t testing.TB) (url string, cert *x509.Certificate) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), benchServer+"=1")
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	url, der, _ := strings.Cut(strings.TrimSpace(line), " ")
	raw, err := base64.StdEncoding.DecodeString(der)
	require.NoError(t, err)
	cert, err = x509.ParseCertificate(raw)
	require.NoError(t, err)
	return url, cert
}

// processorTime is what this process has used so far, in user and system mode.
func processorTime(t testing.TB) time.Duration {
	var usage syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkInvoke compares a ReadVSD through the Client, without decoding of the
// documents in it, with net/http posting the same bytes and reading the answer,
// each on a TLS connection that is kept. Both take turns in one run. Reported:
// processor time of a call and the ratio.
func BenchmarkInvoke(b *testing.B) {
	url, cert := fixedServer(b)
	client := open(b, konnektor.Config{
		URL:   url,
		Call:  konnektor.CallContext{MandantID: "Mandant1", ClientSystemID: "PVS1", WorkplaceID: "Arbeitsplatz1"},
		Trust: konnektor.Trust{CertificateSHA256: []string{konnektor.CertificatePin(cert)}},
	})
	ours := func() {
		req := readVSDRequest{egk: "9d5d4f0e-0b0a-4b5f-8a4e-2f0a5a0b7c11", smcb: "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"}
		var resp readVSDResponse
		if err := client.Invoke(b.Context(), readVSD, &req, &resp); err != nil || len(resp.pd) != 400 {
			b.Fatal(err)
		}
	}
	bare := barePost(b, url+"/vsd", cert)
	ours()
	bare()
	var oursTime, bareTime time.Duration
	const block = 100
	for b.Loop() {
		start := processorTime(b)
		for range block {
			bare()
		}
		middle := processorTime(b)
		for range block {
			ours()
		}
		oursTime += processorTime(b) - middle
		bareTime += middle - start
	}
	calls := float64(b.N * block)
	b.ReportMetric(float64(bareTime.Nanoseconds())/calls/1000, "bare-us/call")
	b.ReportMetric(float64(oursTime.Nanoseconds())/calls/1000, "ours-us/call")
	b.ReportMetric(float64(oursTime)/float64(bareTime), "ratio")
	b.ReportMetric(testing.AllocsPerRun(200, ours), "ours-allocs/call")
	b.ReportMetric(testing.AllocsPerRun(200, bare), "bare-allocs/call")
}

// barePost returns a function that posts the same bytes as the Client and reads
// the answer.
func barePost(b *testing.B, url string, cert *x509.Certificate) func() {
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	b.Cleanup(client.CloseIdleConnections)
	req := readVSDRequest{egk: "9d5d4f0e-0b0a-4b5f-8a4e-2f0a5a0b7c11", smcb: "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"}
	req.SetContext("Mandant1", "PVS1", "Arbeitsplatz1", "")
	w := wire.NewWriter([]byte(`<?xml version="1.0" encoding="UTF-8"?><S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>`))
	req.EncodeXML(w)
	w.Raw(`</S:Body></S:Envelope>`)
	body, err := w.Bytes()
	require.NoError(b, err)
	return func() {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url, bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Content-Type", "text/xml; charset=UTF-8")
		req.Header.Set("SOAPAction", `"`+readVSD.Action+`"`)
		resp, err := client.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		answer, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || len(answer) == 0 {
			b.Fatal(err)
		}
	}
}
