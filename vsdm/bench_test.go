//go:build unix

package vsdm_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/wire"
	"github.com/libkonnektor/libkonnektor/vsdm"
	"github.com/stretchr/testify/require"
)

// BenchmarkDecode decodes the four documents of one card.
func BenchmarkDecode(b *testing.B) {
	docs := cardDocuments(b)
	_, err := vsdm.Decode(docs)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := vsdm.Decode(docs); err != nil {
			b.Fatal(err)
		}
	}
}

// benchServer is the environment variable that turns this test binary into the
// server of BenchmarkRead: its processor time must not count.
const benchServer = "VSDM_BENCH_SERVER"

func TestMain(m *testing.M) {
	if file := os.Getenv(benchServer); file != "" {
		if err := serveFixedAnswer(file); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serveFixedAnswer answers every POST with the content of file, over TLS, until
// its standard input ends.
func serveFixedAnswer(file string) error {
	answer, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var server *httptest.Server
	server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml;charset=utf-8")
		if r.Method == http.MethodGet {
			_, _ = fmt.Fprintf(w, benchDirectory, server.URL)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = w.Write(answer)
	}))
	defer server.Close()
	fmt.Println(server.URL, base64.StdEncoding.EncodeToString(server.Certificate().Raw))
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

const benchDirectory = `<ConnectorServices xmlns="http://ws.gematik.de/conn/ServiceDirectory/v3.1"` +
	` xmlns:SI="http://ws.gematik.de/conn/ServiceInformation/v2.0" xmlns:PI="http://ws.gematik.de/int/version/ProductInformation/v1.1">` +
	`<PI:ProductInformation><PI:InformationDate>2026-01-01T00:00:00Z</PI:InformationDate>` +
	`<PI:ProductTypeInformation><PI:ProductType>Konnektor</PI:ProductType><PI:ProductTypeVersion>5.0.0</PI:ProductTypeVersion></PI:ProductTypeInformation>` +
	`<PI:ProductIdentification><PI:ProductVendorID>TEST</PI:ProductVendorID><PI:ProductCode>fixed</PI:ProductCode>` +
	`<PI:ProductVersion><PI:Local><PI:HWVersion>1.0.0</PI:HWVersion><PI:FWVersion>1.0.0</PI:FWVersion></PI:Local></PI:ProductVersion></PI:ProductIdentification>` +
	`<PI:ProductMiscellaneous><PI:ProductVendorName>test</PI:ProductVendorName><PI:ProductName>fixed answer</PI:ProductName></PI:ProductMiscellaneous></PI:ProductInformation>` +
	`<TLSMandatory>true</TLSMandatory><ClientAutMandatory>false</ClientAutMandatory>` +
	`<SI:ServiceInformation><SI:Service Name="VSDService"><SI:Abstract>ReadVSD</SI:Abstract><SI:Versions>` +
	`<SI:Version TargetNamespace="http://ws.gematik.de/conn/vsds/VSDService/v5.2" Version="5.2.0"><SI:Abstract>ReadVSD</SI:Abstract>` +
	`<SI:EndpointTLS Location="%s/vsd"/></SI:Version></SI:Versions></SI:Service></SI:ServiceInformation></ConnectorServices>`

// benchAnswer is the answer of a Konnektor to ReadVSD, with base64 in lines.
func benchAnswer(t testing.TB) []byte {
	docs := cardDocuments(t)
	var b bytes.Buffer
	field := func(name string, packed []byte) {
		text := base64.StdEncoding.EncodeToString(packed)
		b.WriteString("<VSD:" + name + ">")
		for len(text) > 76 {
			b.WriteString(text[:76] + "\n")
			text = text[76:]
		}
		b.WriteString(text + "</VSD:" + name + ">")
	}
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>` +
		`<VSD:ReadVSDResponse xmlns:VSD="http://ws.gematik.de/conn/vsds/VSDService/v5.2">`)
	field("PersoenlicheVersichertendaten", docs.PD)
	field("AllgemeineVersicherungsdaten", docs.VD)
	field("GeschuetzteVersichertendaten", docs.GVD)
	b.WriteString(`<VSD:VSD_Status><VSD:Status>0</VSD:Status><VSD:Timestamp>2026-11-21T10:00:00Z</VSD:Timestamp><VSD:Version>5.2.0</VSD:Version></VSD:VSD_Status>`)
	field("Pruefungsnachweis", docs.PN)
	b.WriteString(`</VSD:ReadVSDResponse></S:Body></S:Envelope>`)
	return b.Bytes()
}

// startBenchServer starts the server in a process of its own.
func startBenchServer(t testing.TB, answer []byte) (url string, cert *x509.Certificate) {
	file := t.TempDir() + "/answer.xml"
	require.NoError(t, os.WriteFile(file, answer, 0o600))
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), benchServer+"="+file)
	cmd.Stderr = os.Stderr
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

var benchCall = konnektor.CallContext{MandantID: "Mandant1", ClientSystemID: "PVS1", WorkplaceID: "Arbeitsplatz1"}

const (
	benchEGK  = "9d5d4f0e-0b0a-4b5f-8a4e-2f0a5a0b7c11"
	benchSMCB = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
)

// TestReadsKeepMemoryFlat makes a thousand reads and looks at what stays in
// memory. The server is another process, so that all of it is ours.
func TestReadsKeepMemoryFlat(t *testing.T) {
	client, _, _ := benchClient(t)
	read := func(times int) {
		for range times {
			_, err := vsdm.Read(t.Context(), client, vsdm.Request{EGK: benchEGK, SMCB: benchSMCB})
			require.NoError(t, err)
		}
	}
	live := func() uint64 {
		var m runtime.MemStats
		for range 3 {
			runtime.GC()
		}
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	read(100)
	before := live()
	read(1000)
	require.Less(t, live(), before+64<<10, "what lives grows with the reads")
}

// benchClient is a client of a server with a fixed answer.
func benchClient(t testing.TB) (client *konnektor.Client, url string, cert *x509.Certificate) {
	url, cert = startBenchServer(t, benchAnswer(t))
	client, err := konnektor.New(konnektor.Config{
		URL: url, Call: benchCall,
		Trust: konnektor.Trust{CertificateSHA256: []string{konnektor.CertificatePin(cert)}},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client, url, cert
}

// BenchmarkRead compares a whole Read, decoding included, with net/http posting
// the same bytes and reading the answer, each on a TLS connection that is kept.
// Both take turns in one run. Reported: processor time of a call, and the median
// of the ratios of the turns, which is to be 1.6 at most.
func BenchmarkRead(b *testing.B) {
	client, url, cert := benchClient(b)
	read := func() {
		v, err := vsdm.Read(b.Context(), client, vsdm.Request{EGK: benchEGK, SMCB: benchSMCB})
		if err != nil || v.Pruefungsnachweis == nil {
			b.Fatal(err)
		}
	}
	bare := barePost(b, url+"/vsd", cert)
	read()
	bare()
	var readTime, bareTime time.Duration
	var ratios []float64
	const block = 100
	for b.Loop() {
		start := processorTime(b)
		for range block {
			bare()
		}
		middle := processorTime(b)
		for range block {
			read()
		}
		end := processorTime(b)
		readTime += end - middle
		bareTime += middle - start
		ratios = append(ratios, float64(end-middle)/float64(middle-start))
	}
	slices.Sort(ratios)
	calls := float64(b.N * block)
	b.ReportMetric(float64(bareTime.Nanoseconds())/calls/1000, "bare-us/call")
	b.ReportMetric(float64(readTime.Nanoseconds())/calls/1000, "read-us/call")
	b.ReportMetric(ratios[len(ratios)/2], "ratio")
	b.ReportMetric(testing.AllocsPerRun(200, read), "read-allocs/call")
	b.ReportMetric(testing.AllocsPerRun(200, bare), "bare-allocs/call")
}

// processorTime is what this process has used so far, in user and system mode.
func processorTime(t testing.TB) time.Duration {
	var usage syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// recorder is an Invoker that keeps the request as a Client would send it.
type recorder struct{ body []byte }

func (r *recorder) Invoke(_ context.Context, _ konnektor.Operation, req wire.Encoder, _ wire.Decoder) error {
	req.(wire.ContextCarrier).SetContext(benchCall.MandantID, benchCall.ClientSystemID, benchCall.WorkplaceID, "")
	w := wire.NewWriter([]byte(`<?xml version="1.0" encoding="UTF-8"?><S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>`))
	req.EncodeXML(w)
	w.Raw(`</S:Body></S:Envelope>`)
	r.body, _ = w.Bytes()
	return konnektor.KindCancelled
}

// barePost returns a function that posts the same bytes as Read and reads the
// answer.
func barePost(b *testing.B, url string, cert *x509.Certificate) func() {
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	b.Cleanup(client.CloseIdleConnections)
	var r recorder
	_, err := vsdm.Read(b.Context(), &r, vsdm.Request{EGK: benchEGK, SMCB: benchSMCB})
	require.ErrorIs(b, err, konnektor.KindCancelled)
	require.NotEmpty(b, r.body)
	return func() {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url, bytes.NewReader(r.body))
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Content-Type", "text/xml; charset=UTF-8")
		req.Header.Set("SOAPAction", `"http://ws.gematik.de/conn/vsds/VSDService/v6.0#ReadVSD"`)
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
