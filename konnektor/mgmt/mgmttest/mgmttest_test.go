package mgmttest_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

// echo is an interface of one operation, "ask", at /ask.
type echo struct{ asked atomic.Int32 }

func (*echo) Recognise(_, path string) (string, []string) {
	if path == "/ask" {
		return "ask", nil
	}
	return "", nil
}

func (e *echo) Answer(c *mgmttest.Call) mgmttest.Answer {
	if !c.Undone {
		e.asked.Add(1)
	}
	return mgmttest.Answer{Status: http.StatusOK, Body: []byte("answer")}
}

type setup struct {
	*mgmttest.Server
	clock  *mgmttest.Clock
	echo   *echo
	client *http.Client
}

func start(t *testing.T, seed uint64) *setup {
	t.Helper()
	s := &setup{clock: mgmttest.NewClock(time.Time{}), echo: &echo{}}
	var err error
	s.Server, err = mgmttest.Start(mgmttest.Options{Clock: s.clock, Seed: seed, Handler: s.echo, Name: "box"})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	s.client = clientOf(t, s.Server)
	return s
}

// clientOf trusts the certificate of a port.
func clientOf(t *testing.T, s *mgmttest.Server) *http.Client {
	t.Helper()
	cert, err := x509.ParseCertificate(s.Certificate())
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "box"}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: time.Minute}
}

// ask says whether a request was answered.
func (s *setup) ask(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL()+"/ask", nil)
	if err != nil {
		return false
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return err == nil && string(b) == "answer"
}

func TestStuckServerAnswersOneInFifty(t *testing.T) {
	pattern := func(seed uint64, how mgmttest.Stuck, n int) (answered []int) {
		s := start(t, seed)
		s.Stuck(how)
		for i := range n {
			if s.ask(t.Context()) {
				answered = append(answered, i)
			}
		}
		require.EqualValues(t, len(answered), s.echo.asked.Load())
		require.Equal(t, n, s.Count("ask"))
		return answered
	}
	one := pattern(5, mgmttest.Stuck{OneIn: 50}, 150)
	require.Len(t, one, 3)
	for i, at := range one {
		require.Equal(t, i, at/50, "one in every fifty")
	}
	require.Equal(t, one, pattern(5, mgmttest.Stuck{OneIn: 50}, 150), "the same for the same seed")
	require.NotEqual(t, one, pattern(6, mgmttest.Stuck{OneIn: 50}, 150))

	row := pattern(5, mgmttest.Stuck{OneIn: 50, Answers: 4}, 100)
	require.Len(t, row, 8)
	require.Equal(t, row[0]+3, row[3], "four in a row")
	require.Equal(t, row[4]+3, row[7])
}

func TestStuckServerAnswersInItsWindow(t *testing.T) {
	s := start(t, 9)
	s.Stuck(mgmttest.Stuck{Every: time.Hour, For: 2 * time.Minute})
	for range 3 {
		answered := 0
		for range 60 {
			if s.ask(t.Context()) {
				answered++
			}
			s.clock.Advance(time.Minute)
		}
		require.InDelta(t, 2, answered, 1)
	}
	s.Unstick()
	require.True(t, s.ask(t.Context()))
}

func TestBlockedServerAnswersWhenTheTimeIsOver(t *testing.T) {
	s := start(t, 1)
	s.Block(10*time.Minute, 0)
	require.False(t, s.ask(t.Context()))
	s.clock.Advance(9 * time.Minute)
	require.False(t, s.ask(t.Context()))
	s.clock.Advance(time.Minute)
	require.True(t, s.ask(t.Context()))
	require.EqualValues(t, 1, s.echo.asked.Load())
}

func TestHangEndsWithTheClient(t *testing.T) {
	s := start(t, 1)
	s.Hang("ask", 1)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan bool, 1)
	go func() { ended <- s.ask(ctx) }()
	require.Eventually(t, func() bool { return s.Count("ask") == 1 }, 30*time.Second, time.Millisecond)
	cancel()
	require.False(t, <-ended)
	require.True(t, s.ask(t.Context()))
	require.Equal(t, 1, s.Counters().ByOperation["ask"]-1)
}

func TestDelayIsByTheClockOfTheBox(t *testing.T) {
	s := start(t, 1)
	s.Disturb("", mgmttest.Disturbance{Delay: time.Hour}, 1)
	ended := make(chan bool, 1)
	go func() { ended <- s.ask(t.Context()) }()
	require.Eventually(t, func() bool { return s.Count("ask") == 1 }, 30*time.Second, time.Millisecond)
	require.Empty(t, ended)
	require.Eventually(t, func() bool {
		s.clock.Advance(time.Hour)
		return len(ended) == 1
	}, 30*time.Second, time.Millisecond)
	require.True(t, <-ended)
}

func TestDisturbancesFollowEachOther(t *testing.T) {
	s := start(t, 1)
	s.Fail("ask", http.StatusTeapot, 1)
	s.CutBefore("ask", 1)
	s.Fail("other", http.StatusTeapot, 1)
	require.False(t, s.ask(t.Context()))
	require.False(t, s.ask(t.Context()))
	require.True(t, s.ask(t.Context()))
	s.CutBefore("", -1)
	require.False(t, s.ask(t.Context()))
	s.Heal("")
	require.True(t, s.ask(t.Context()))
	var statuses []int
	for _, r := range s.Requests() {
		statuses = append(statuses, r.Status)
	}
	require.Equal(t, []int{418, 0, 200, 0, 200}, statuses)
}

func TestCertificateOfThePort(t *testing.T) {
	s := start(t, 1)
	old := s.Fingerprint()
	require.True(t, s.ask(t.Context()))
	require.NoError(t, s.RenewCertificate())
	require.NotEqual(t, old, s.Fingerprint())
	s.client.CloseIdleConnections()
	require.False(t, s.ask(t.Context()), "the pin is that of the old one")
	cert, err := x509.ParseCertificate(s.Certificate())
	require.NoError(t, err)
	require.Equal(t, 2048, cert.PublicKey.(interface{ Size() int }).Size()*8)
}

func TestClockThatStands(t *testing.T) {
	begin := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c := mgmttest.NewClock(begin)
	moved := 0
	stop := c.Watch(func() { moved++ })
	over, giveUp := c.After(time.Minute)
	defer giveUp()
	c.Advance(59 * time.Second)
	require.Empty(t, over)
	require.NoError(t, c.Sleep(t.Context(), time.Second))
	require.Equal(t, begin.Add(time.Minute), <-over)
	require.Equal(t, time.Minute, c.Elapsed())
	require.Equal(t, 2, moved)
	stop()
	c.Advance(time.Hour)
	require.Equal(t, 2, moved)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, c.Sleep(ended, time.Hour), context.Canceled)
	require.Equal(t, begin.Add(61*time.Minute), c.Now())
}

func TestClockThatRuns(t *testing.T) {
	c := mgmttest.RunningClock(time.Time{}, 3600)
	began := c.Now()
	moved := make(chan time.Time, 1)
	stop := c.Watch(func() {
		select {
		case moved <- c.Now():
		default:
		}
	})
	defer stop()
	require.NoError(t, c.Sleep(t.Context(), 2*time.Minute))
	require.GreaterOrEqual(t, c.Now().Sub(began), 2*time.Minute)
	require.GreaterOrEqual(t, c.Elapsed(), 2*time.Minute)
	require.True(t, (<-moved).After(began))
	c.Advance(20 * 365 * 24 * time.Hour)
	require.Less(t, c.Now().Sub(began), 10*365*24*time.Hour, "nobody moves it")
}

func TestServerListensOnLoopbackOnly(t *testing.T) {
	_, err := mgmttest.Start(mgmttest.Options{Clock: mgmttest.NewClock(time.Time{}), Handler: &echo{}, Listen: "0.0.0.0:0"})
	require.ErrorContains(t, err, "loopback")
	_, err = mgmttest.Start(mgmttest.Options{})
	require.Error(t, err)
}
