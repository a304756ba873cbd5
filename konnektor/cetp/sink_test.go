package cetp_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/cetp"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

// patience is for what happens at once unless the computer is busy.
const patience = time.Minute

// listen opens a sink on loopback that closes with the test.
func listen(t testing.TB, cfg cetp.Config) *cetp.Sink {
	t.Helper()
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	s, err := cetp.Listen(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func dial(t testing.TB, s *cetp.Sink) net.Conn {
	t.Helper()
	c, err := net.DialTimeout("tcp", s.Addr().String(), patience)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	require.NoError(t, c.SetDeadline(time.Now().Add(patience)))
	return c
}

func eventXML(topic, subscription string) string {
	return `<EVT:Event xmlns:EVT="http://ws.gematik.de/conn/EventService/v7.2"><EVT:Topic>` + topic +
		`</EVT:Topic><EVT:Type>Operation</EVT:Type><EVT:Severity>Info</EVT:Severity><EVT:SubscriptionID>` + subscription +
		`</EVT:SubscriptionID><EVT:Message><EVT:Parameter><EVT:Key>CardHolderName</EVT:Key><EVT:Value>KANARIENVOGEL</EVT:Value></EVT:Parameter></EVT:Message></EVT:Event>`
}

func frame(content string) []byte {
	var b bytes.Buffer
	_ = cetp.WriteFrame(&b, []byte(content)) // a Buffer takes all
	return b.Bytes()
}

func next(t testing.TB, c *cetp.Consumer) konnektor.Notice {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	n, err := c.Next(ctx)
	require.NoError(t, err)
	return n
}

func nextTopic(t testing.TB, c *cetp.Consumer) string {
	t.Helper()
	n := next(t, c)
	require.NotNil(t, n.Event, "%+v", n)
	return n.Event.Topic
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, patience, time.Millisecond, what)
}

// ended waits until the other side ends the connection.
func ended(t *testing.T, c net.Conn) {
	t.Helper()
	_, err := io.Copy(io.Discard, c)
	require.False(t, errors.Is(err, os.ErrDeadlineExceeded), "the sink keeps the connection")
}

func TestFramesInPackets(t *testing.T) {
	s := listen(t, cetp.Config{})
	events := s.Events()
	c := dial(t, s)
	two := append(frame(eventXML("A/1", "s")), frame(eventXML("A/2", "s"))...)
	_, err := c.Write(two)
	require.NoError(t, err)
	require.Equal(t, "A/1", nextTopic(t, events))
	n := next(t, events)
	require.Equal(t, "A/2", n.Event.Topic)
	require.Equal(t, c.LocalAddr().String(), n.Event.Peer)
	require.WithinDuration(t, time.Now(), n.Event.Received, time.Minute)

	whole := frame(eventXML("B", "s"))
	for i := range 50 {
		_, err := c.Write(whole[len(whole)*i/50 : len(whole)*(i+1)/50])
		require.NoError(t, err)
	}
	require.Equal(t, "B", nextTopic(t, events))
	_, err = c.Write(frame("no XML"))
	require.NoError(t, err)
	_, err = c.Write(frame(eventXML("C", "s")))
	require.NoError(t, err)
	require.Equal(t, "C", nextTopic(t, events), "a frame that is no event costs only itself")
	eventually(t, "all are counted", func() bool {
		return s.Stats() == cetp.Stats{Connections: 1, Frames: 5, Events: 4, Bad: 1, Unknown: 4}
	})
}

func TestBadConnections(t *testing.T) {
	var log syncBuffer
	s := listen(t, cetp.Config{MaxFrame: 4096, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	events := s.Events()
	good := frame(eventXML("GOOD", "s"))
	for name, data := range map[string][]byte{
		"wrong magic":       []byte("XETP\x00\x00\x00\x01a"),
		"wrong later":       append(bytes.Clone(good), "CETQ\x00\x00\x00\x01a"...),
		"too large":         frame(strings.Repeat("KANARIENVOGEL", 1000)),
		"empty":             []byte("CETP\x00\x00\x00\x00"),
		"TLS that is none":  []byte("\x16\x03\x01\x00\x05hello"),
		"HTTP":              []byte("POST / HTTP/1.1\r\n\r\n"),
		"largest, no bytes": []byte("CETP\xff\xff\xff\xff"),
	} {
		c := dial(t, s)
		_, err := c.Write(data)
		require.NoError(t, err, name)
		ended(t, c)
	}
	cut := dial(t, s)
	_, err := cut.Write(good[:30])
	require.NoError(t, err)
	require.NoError(t, cut.Close())
	eventually(t, "all are counted", func() bool { st := s.Stats(); return st.Refused+st.Bad == 8 })
	require.Equal(t, "GOOD", nextTopic(t, events))
	c := dial(t, s)
	_, err = c.Write(frame(eventXML("STILL", "s")))
	require.NoError(t, err)
	require.Equal(t, "STILL", nextTopic(t, events))
	require.NotContains(t, log.String(), "KANARIENVOGEL")
	require.Contains(t, log.String(), "STILL")
}

// syncBuffer is a buffer for loggers.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestTooManyConnections(t *testing.T) {
	s := listen(t, cetp.Config{MaxConnections: 2})
	events := s.Events()
	say := func(c net.Conn, topic string) {
		_, err := c.Write(frame(eventXML(topic, "s")))
		require.NoError(t, err)
		require.Equal(t, topic, nextTopic(t, events))
	}
	first, second := dial(t, s), dial(t, s)
	say(first, "1")
	say(second, "2")
	say(first, "1 again")
	third := dial(t, s)
	say(third, "3")
	ended(t, second)
	say(first, "1 still")
}

func TestPortTaken(t *testing.T) {
	s := listen(t, cetp.Config{})
	_, err := cetp.Listen(cetp.Config{Listen: s.Addr().String()})
	require.ErrorIs(t, err, syscall.EADDRINUSE)
	require.Contains(t, err.Error(), "in use by another program")
}

func TestConfigOfSink(t *testing.T) {
	for name, cfg := range map[string]cetp.Config{
		"no address":        {Listen: "nowhere:x"},
		"negative":          {Queue: -1},
		"half a key":        {CertificateFile: "x"},
		"no such file":      {CertificateFile: "/nonexistent", KeyFile: "/nonexistent"},
		"announce a URL":    {Announce: "cetp://host:1"},
		"announce port 0":   {Announce: "host:0"},
		"announce no port":  {Announce: "host:x"},
		"announce brackets": {Announce: "[::1"},
	} {
		_, err := cetp.Listen(cfg)
		require.Error(t, err, name)
		require.True(t, strings.HasPrefix(err.Error(), "cetp: "), "%s: %v", name, err)
	}
}

func TestEventTo(t *testing.T) {
	s := listen(t, cetp.Config{})
	_, port, err := net.SplitHostPort(s.Addr().String())
	require.NoError(t, err)
	for announce, want := range map[string]string{
		"": "cetp://127.0.0.1:" + port, "pvs.example": "cetp://pvs.example:" + port, "pvs.example:20000": "cetp://pvs.example:20000",
		"::1": "cetp://[::1]:" + port, "[2001:db8::1]:9": "cetp://[2001:db8::1]:9",
	} {
		cfg := cetp.Config{Announce: announce}
		got, err := listen(t, cfg).EventTo(t.Context(), "127.0.0.1:443")
		require.NoError(t, err)
		if !strings.Contains(announce, ":") || announce == "::1" {
			want = want[:strings.LastIndex(want, ":")] // each sink has a port of its own
			got = got[:strings.LastIndex(got, ":")]
		}
		require.Equal(t, want, got)
	}
}

// TestNoConsumerStallsAnother has one that takes nothing among nine that do.
func TestNoConsumerStallsAnother(t *testing.T) {
	const n = 10_000
	s := listen(t, cetp.Config{Queue: 100})
	lazy := s.Events()
	var counted sync.WaitGroup
	totals := make([]int, 9)
	for i := range totals {
		c := s.Events()
		counted.Go(func() {
			for totals[i] < n {
				notice, err := c.Next(t.Context())
				if err != nil {
					return
				}
				if notice.Event != nil {
					totals[i]++
				}
				totals[i] += notice.Lost
			}
		})
	}
	c := dial(t, s)
	for i := range n {
		_, err := c.Write(frame(eventXML(fmt.Sprint("T/", i), "s")))
		require.NoError(t, err)
	}
	counted.Wait()
	for _, total := range totals {
		require.Equal(t, n, total, "every event was taken or told as lost")
	}
	require.Equal(t, n-100, next(t, lazy).Lost)
	for i := n - 100; i < n; i++ {
		require.Equal(t, fmt.Sprint("T/", i), nextTopic(t, lazy), "the newest are kept, in order")
	}
	_, ok := lazy.Take()
	require.False(t, ok)
}

func TestConsumerEnds(t *testing.T) {
	s := listen(t, cetp.Config{})
	c := s.Events()
	c.Missed()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Next(ctx)
	require.ErrorIs(t, err, context.Canceled)
	c.Close()
	c.Close()
	require.Equal(t, konnektor.FlowStopped, next(t, c).Flow)
	_, err = c.Next(t.Context())
	require.ErrorIs(t, err, cetp.ErrClosed)
	other := s.Events()
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	require.Equal(t, konnektor.FlowStopped, next(t, other).Flow)
	_, err = other.Next(t.Context())
	require.ErrorIs(t, err, cetp.ErrClosed)
	require.Equal(t, konnektor.FlowStopped, next(t, s.Events()).Flow)
}

func TestTLS(t *testing.T) {
	s := listen(t, cetp.Config{RequireTLS: true})
	events := s.Events()
	plain := dial(t, s)
	_, err := plain.Write(frame(eventXML("PLAIN", "s")))
	require.NoError(t, err)
	ended(t, plain)
	for _, suite := range []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384} {
		cfg := &tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{suite}, ServerName: "localhost"}
		cfg.InsecureSkipVerify = true // the certificate is checked below
		c := tls.Client(dial(t, s), cfg)
		require.NoError(t, c.HandshakeContext(t.Context()))
		leaf := c.ConnectionState().PeerCertificates[0]
		require.NoError(t, leaf.VerifyHostname("localhost"))
		require.NoError(t, leaf.VerifyHostname("127.0.0.1"))
		_, err := c.Write(append(frame(eventXML("A", "s")), frame(eventXML("B", "s"))...))
		require.NoError(t, err)
		require.Equal(t, "A", nextTopic(t, events))
		require.Equal(t, "B", nextTopic(t, events))
	}
}

// TestCertificateByFile: a sink shows the certificate that it was given, over TLS
// from a simulated Konnektor to a keeper too.
func TestCertificateByFile(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(7), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"pvs.example"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	cfg := cetp.Config{RequireTLS: true, CertificateFile: filepath.Join(t.TempDir(), "cert.pem"), KeyFile: filepath.Join(t.TempDir(), "key.pem")}
	require.NoError(t, os.WriteFile(cfg.CertificateFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(cfg.KeyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600))
	s := listen(t, cfg)
	roots := x509.NewCertPool()
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	roots.AddCert(cert)
	c := tls.Client(dial(t, s), &tls.Config{RootCAs: roots, ServerName: "pvs.example"})
	require.NoError(t, c.HandshakeContext(t.Context()))

	k := konnektortest.New(t)
	keeper := keep(t, s, client(t, k), cetp.KeeperConfig{})
	subscribed(t, keeper, 1)
	k.Insert(konnektor.CardEGK)
	eventually(t, "the event has come", func() bool { return s.Stats().Events == 1 })
	cfg.KeyFile = cfg.CertificateFile
	_, err = cetp.Listen(cfg)
	require.Error(t, err, "no key in it")
}

// TestOpenSSL has a TLS stack that is not ours send frames.
func TestOpenSSL(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("openssl is missing")
		}
		t.Skip("openssl is missing")
	}
	s := listen(t, cetp.Config{RequireTLS: true})
	events := s.Events()
	for _, version := range []string{"-tls1_2", "-tls1_3"} {
		cmd := exec.CommandContext(t.Context(), openssl, "s_client", "-connect", s.Addr().String(), version, "-quiet", "-no_ign_eof")
		cmd.Stdin = bytes.NewReader(append(frame(eventXML("OPENSSL/1", "s")), frame(eventXML("OPENSSL/2", "s"))...))
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		require.Equal(t, "OPENSSL/1", nextTopic(t, events))
		require.Equal(t, "OPENSSL/2", nextTopic(t, events))
	}
}

func client(t testing.TB, k *konnektortest.Konnektor) *konnektor.Client {
	t.Helper()
	c, err := konnektor.New(k.Config())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}
