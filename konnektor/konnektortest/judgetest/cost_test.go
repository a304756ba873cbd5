//go:build linux

package judgetest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/vsdm"
)

// BenchmarkReadVSDCost prints the CPU time of the client for one ReadVSD over a
// kept-alive TLS connection with client certificate, against a server in another
// process that always answers the same: posting the bytes and reading the answer
// with net/http alone, our client with everything decoded, a C client on gSOAP,
// which decodes base64 only, and zeep, which does so too. It prints the ratios
// to net/http too. All are measured in one run.
func BenchmarkReadVSDCost(b *testing.B) {
	s := startFixed(b)
	bare, ours := s.measureGo(b)
	for _, c := range []struct {
		name string
		cost func(testing.TB) float64
	}{
		{"nethttp", func(testing.TB) float64 { return bare }},
		{"libkonnektor", func(testing.TB) float64 { return ours }},
		{"gsoap", s.measureGSOAP},
		{"zeep", s.measureZeep},
	} {
		var cost float64 // measured once, however often the benchmark is repeated
		b.Run(c.name, func(b *testing.B) {
			if cost == 0 {
				cost = c.cost(b)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(cost, "cpu-us/call")
			b.ReportMetric(cost/bare, "x-nethttp")
		})
	}
}

const (
	rounds     = 10
	goCalls    = 2000 // a round
	gsoapCalls = 5000
	zeepCalls  = 200
)

// measureGo measures net/http and our client in turns, so that both meet the
// same machine.
func (s *fixed) measureGo(b *testing.B) (bare, ours float64) {
	client, err := konnektor.New(konnektor.Config{
		URL:   s.url,
		Call:  konnektor.CallContext{MandantID: "m", ClientSystemID: "c", WorkplaceID: "w"},
		Auth:  konnektor.Auth{CertificatePEM: s.pki.Client, KeyPEM: konnektor.Secret(s.pki.Client)},
		Trust: konnektor.Trust{CAsPEM: s.pki.CA},
	})
	require.NoError(b, err)
	defer client.Close()
	read := func() error {
		_, err := vsdm.Read(b.Context(), client, vsdm.Request{EGK: "egk-1", SMCB: "smcb-1"})
		return err
	}
	require.NoError(b, read())
	post := s.poster(b)
	require.NoError(b, post())
	for range rounds {
		bare += cpuOf(b, post) / rounds
		ours += cpuOf(b, read) / rounds
	}
	return bare, ours
}

// cpuOf is the CPU time of this process for one call, in microseconds.
func cpuOf(b *testing.B, call func() error) float64 {
	begin := cpuTime(b)
	for range goCalls {
		if err := call(); err != nil {
			b.Fatal(err)
		}
	}
	return float64((cpuTime(b) - begin).Microseconds()) / goCalls
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// poster returns what sends, with net/http alone, the bytes that our client
// sent last.
func (s *fixed) poster(b *testing.B) func() error {
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: s.pki.clientTLS(b)}, Timeout: patience}
	b.Cleanup(client.CloseIdleConnections)
	answer, err := client.Get(s.url + "/last")
	require.NoError(b, err)
	request, err := io.ReadAll(answer.Body)
	require.NoError(b, err)
	require.NoError(b, answer.Body.Close())
	require.Contains(b, string(request), "ReadVSD")
	return func() error {
		answer, err := client.Post(s.url, "text/xml; charset=utf-8", bytes.NewReader(request))
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		_, err = io.ReadAll(answer.Body)
		return err
	}
}

func (s *fixed) measureGSOAP(t testing.TB) float64 {
	out := run(t, "", filepath.Join(gsoapPrograms(t), "client"), s.url, file(t, "ca.pem", s.pki.CA),
		file(t, "client.pem", s.pki.Client), "m/c/w", "egk-1", "smcb-1", "true", "true", strconv.Itoa(gsoapCalls))
	_, cost, found := strings.Cut(out, "\nCPU ")
	require.True(t, found, out)
	v, err := strconv.ParseFloat(strings.TrimSpace(cost), 64)
	require.NoError(t, err)
	return v
}

func (s *fixed) measureZeep(t testing.TB) float64 {
	z := startZeep(t, s.url, s.pki.CA, s.pki.Client)
	a := z.call(t, zeepCall{WSDL: "vsds/VSDService.wsdl", Service: "VSDService", Operation: "ReadVSD", Repeat: zeepCalls,
		Request: map[string]any{
			"EhcHandle": "egk-1", "HpcHandle": "smcb-1", "PerformOnlineCheck": true, "ReadOnlineReceipt": true,
			"Context": map[string]string{"MandantId": "m", "ClientSystemId": "c", "WorkplaceId": "w"},
		}})
	require.Empty(t, a.Refused+a.Fault)
	var cost float64
	require.NoError(t, json.Unmarshal(a.OK, &cost))
	return cost
}
