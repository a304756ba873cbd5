package konnektortest

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// catcher is a sink that reads frames with a few lines of its own.
type catcher struct {
	net.Listener
	mu     sync.Mutex
	events []*Element
	peers  []*x509.Certificate
}

// newCatcher opens a sink; cfg nil means plain TCP.
func newCatcher(t *testing.T, cfg *tls.Config) *catcher {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	if cfg != nil {
		l = tls.NewListener(l, cfg)
	}
	c := &catcher{Listener: l}
	var reading sync.WaitGroup
	reading.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c.read(conn) // one after the other: the order of connections is that of the events
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		reading.Wait()
	})
	return c
}

func (c *catcher) read(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	r := bufio.NewReader(conn)
	for {
		header := make([]byte, 8)
		if _, err := io.ReadFull(r, header); err != nil || string(header[:4]) != "CETP" {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(header[4:]))
		if _, err := io.ReadFull(r, body); err != nil {
			return
		}
		root, err := parseXML(body, nil, false)
		if err != nil {
			return
		}
		c.mu.Lock()
		c.events = append(c.events, root)
		if s, ok := conn.(*tls.Conn); ok {
			c.peers = append(c.peers, s.ConnectionState().PeerCertificates...)
		}
		c.mu.Unlock()
	}
}

func (c *catcher) to() string { return "cetp://" + c.Addr().String() }

// wait waits for n events and returns their topics.
func (c *catcher) wait(t *testing.T, n int) []string {
	t.Helper()
	var topics []string
	require.Eventually(t, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		topics = nil
		for _, e := range c.events {
			topics = append(topics, e.Value("Topic"))
		}
		return len(topics) >= n
	}, time.Minute, time.Millisecond, "%d events", n)
	return topics
}

// value is a parameter of the i-th event.
func (c *catcher) value(i int, key string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.events[i].Child("Message").Children {
		if p.Value("Key") == key {
			return p.Value("Value"), true
		}
	}
	return "", false
}

func (r *raw) subscribe(context, to, topic, filter string) reply {
	r.t.Helper()
	more := ""
	if filter != "" {
		more = ElemText("EVT:Filter", filter)
	}
	return r.send(r.call("Subscribe", Elem("EVT:Subscribe", context,
		Elem("EVT:Subscription", ElemText("EVT:EventTo", to), ElemText("EVT:Topic", topic), more))))
}

func (r *raw) quiet() {
	r.t.Helper()
	require.Eventually(r.t, func() bool { return r.k.EventsPending() == 0 }, time.Minute, time.Millisecond)
}

func TestSubscriptionsOfTheSimulator(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	var mu sync.Mutex
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	r := newRaw(t, Options{Auth: TLS, Now: clock, Events: Events{Resubscribe: NewID}, BadRequests: true})
	a := r.subscribe(here, "cetp://127.0.0.1:1", "CARD", "")
	require.Equal(t, 200, a.status, a.body)
	first := a.all("SubscriptionID")[0]
	second := r.subscribe(here, "cetp://127.0.0.1:1", "CARD", "").all("SubscriptionID")[0]
	require.NotEqual(t, first, second)
	ends, err := time.Parse(time.RFC3339, a.all("TerminationTime")[0])
	require.NoError(t, err)
	require.True(t, ends.Equal(now.Add(25*time.Hour)), "25 hours, not %s", ends.Sub(now))

	list := func(attr, more string) reply {
		return r.send(r.call("GetSubscription", "<EVT:GetSubscription"+attr+">"+here+more+"</EVT:GetSubscription>"))
	}
	require.Equal(t, []string{first, second}, list("", "").all("SubscriptionID"))
	require.Equal(t, []string{second}, list("", ElemText("EVT:SubscriptionID", second)).all("SubscriptionID"))
	require.EqualValues(t, 4102, list("", ElemText("EVT:SubscriptionID", "x")).code())
	elsewhere := callContext("Mandant1", "Clientsystem1", "Arbeitsplatz2")
	require.Equal(t, 200, r.subscribe(elsewhere, "cetp://127.0.0.1:2", "CARD", "").status)
	require.Len(t, list("", "").all("SubscriptionID"), 2, "of one workplace")
	require.Len(t, list(` mandant-wide="true"`, "").all("SubscriptionID"), 3, "of the Mandant")

	renew := func(ids ...string) reply {
		text := ""
		for _, id := range ids {
			text += ElemText("EVT:SubscriptionID", id)
		}
		return r.send(r.call("RenewSubscriptions", Elem("EVT:RenewSubscriptions", here, text)))
	}
	mu.Lock()
	now = now.Add(24 * time.Hour)
	mu.Unlock()
	require.Equal(t, []string{first}, renew(first).all("SubscriptionID"))
	require.EqualValues(t, 4102, renew(first, "unknown").code())
	require.EqualValues(t, 4000, renew().code())
	mu.Lock()
	now = now.Add(2 * time.Hour)
	mu.Unlock()
	require.Equal(t, []string{first}, list(` mandant-wide="true"`, "").all("SubscriptionID"), "the others have expired")
	require.EqualValues(t, 4102, renew(second).code(), "what has expired cannot be renewed")

	end := func(more string) reply {
		return r.send(r.call("Unsubscribe", Elem("EVT:Unsubscribe", here, more)))
	}
	require.EqualValues(t, 4000, end("").code())
	require.EqualValues(t, 4000, end(ElemText("EVT:SubscriptionID", first)+ElemText("EVT:EventTo", "cetp://127.0.0.1:1")).code())
	require.EqualValues(t, 4102, end(ElemText("EVT:SubscriptionID", second)).code())
	require.Equal(t, 200, end(ElemText("EVT:EventTo", "cetp://127.0.0.1:1")).status)
	require.Empty(t, r.k.Subscriptions())

	require.EqualValues(t, 4000, r.subscribe(here, "http://127.0.0.1:1", "CARD", "").code())
	require.EqualValues(t, 4095, r.subscribe(here, "cetp://127.0.0.1:1", "CARD", "/Event[").code())
	require.EqualValues(t, 4004, r.subscribe(callContext("x", "Clientsystem1", "Arbeitsplatz1"), "cetp://h:1", "CARD", "").code())
}

func TestOldIDForWhatIsSubscribed(t *testing.T) {
	r := newRaw(t, Options{Auth: TLS, Events: Events{Resubscribe: OldID}})
	id := r.subscribe(here, "cetp://127.0.0.1:1", "CARD", "").all("SubscriptionID")
	require.Equal(t, id, r.subscribe(here, "cetp://127.0.0.1:1", "card", "").all("SubscriptionID"))
	require.Len(t, r.k.Subscriptions(), 1)
}

func TestEventsOfCards(t *testing.T) {
	r := newRaw(t, Options{Auth: Plain})
	c := newCatcher(t, nil)
	require.Equal(t, 200, r.subscribe(here, c.to(), "card", "").status, "case does not count")
	egk, err := r.k.InsertCard(Card{Type: konnektor.CardEGK, Terminal: "T1", Holder: "Käthe Muster", KVNR: "X110000001"})
	require.NoError(t, err)
	_, err = r.k.InsertCard(Card{Type: konnektor.CardEGK, Terminal: "T2"})
	require.NoError(t, err, "in a terminal that the workplace does not reach")
	_, err = r.k.Remove(egk)
	require.NoError(t, err)
	require.Equal(t, []string{"CARD/INSERTED", "CARD/REMOVED"}, c.wait(t, 2))
	r.quiet()
	require.Len(t, c.wait(t, 2), 2, "nothing of T2")
	for i, want := range map[string]string{"CardHandle": string(egk), "CtID": "T1", "CardHolderName": "Käthe Muster", "KVNR": "X110000001"} {
		for event := range 2 {
			got, ok := c.value(event, i)
			require.True(t, ok)
			require.Equal(t, want, got)
		}
	}
	_, ok := c.value(1, "CertExpirationDate")
	require.False(t, ok, "only an inserted card has it")
	require.Equal(t, 2, r.k.Counters().Events)
}

func TestEventsOfStatesAndReboot(t *testing.T) {
	r := newRaw(t, Options{Auth: Plain, Events: Events{OneConnection: true}})
	c := newCatcher(t, nil)
	for _, topic := range []string{"OPERATIONAL_STATE", "NETWORK/"} {
		require.Equal(t, 200, r.subscribe(here, c.to(), topic, "").status)
	}
	require.NoError(t, r.k.SetState("EC_LOG_OVERFLOW", true))
	r.k.SetOnline(TI, false)
	require.Equal(t, []string{"OPERATIONAL_STATE/EC_LOG_OVERFLOW", "NETWORK/VPN_TI/DOWN", "OPERATIONAL_STATE/EC_No_VPN_TI_Connection"}, c.wait(t, 3))
	r.k.Reboot()
	require.Equal(t, "BOOTUP/BOOTUP_COMPLETE", c.wait(t, 4)[3])
	r.quiet()
	require.Len(t, c.wait(t, 4), 4, "one per sink, though it had two subscriptions")
	require.Empty(t, c.events[3].Value("SubscriptionID"))
	require.Empty(t, r.k.Subscriptions())
}

// TestFiltersOfTheGuide has both examples of gemILF_PS V2.17.0, 4.1.4.2.
func TestFiltersOfTheGuide(t *testing.T) {
	r := newRaw(t, Options{Auth: Plain, BadRequests: true})
	for _, filter := range []string{
		`/EVT:Event/EVT:Message/EVT:Parameter[EVT:Key="CtID" and EVT:Value="T1" and ../EVT:Parameter[EVT:Key="CardType" and EVT:Value="EGK"] and ../../EVT:Severity="Info"]`,
		`/Event/Message/Parameter[Key="CtID" and Value="T1" and ../Parameter[Key="CardType" and Value="EGK"] and ../../Severity="Info"]`,
		`//Parameter[Key='CardType'][Value='EGK']`,
		`not(//Parameter[Key/text()='CardType' and Value!='EGK'])`,
		`/*/Type='Security' or (/Event/./Message/*/Value='EGK')`,
	} {
		c := newCatcher(t, nil)
		a := r.subscribe(here, c.to(), "CARD/INSERTED/", filter)
		require.Equal(t, 200, a.status, a.body)
		kvk, err := r.k.InsertCard(Card{Type: konnektor.CardKVK, Terminal: "T1"})
		require.NoError(t, err)
		egk, err := r.k.InsertCard(Card{Type: konnektor.CardEGK, Terminal: "T1"})
		require.NoError(t, err)
		r.quiet()
		require.Len(t, c.wait(t, 1), 1, filter)
		got, _ := c.value(0, "CardHandle")
		require.Equal(t, string(egk), got, filter)
		for _, h := range []konnektor.CardHandle{kvk, egk} {
			_, err = r.k.Remove(h)
			require.NoError(t, err)
		}
		r.k.DropSubscriptions()
	}
	for _, bad := range []string{"/", "/Event[", "Key=", "Key='x", "a b", "count(//x)", "//x = 1", "text(", "@x", "(a", "a]", "&", strings.Repeat("(", 40) + "a" + strings.Repeat(")", 40), "a/", "a:b:c"} {
		require.EqualValues(t, 4095, r.subscribe(here, "cetp://127.0.0.1:1", "CARD", bad).code(), bad)
	}
}

func TestSinkThatDoesNotAnswer(t *testing.T) {
	r := newRaw(t, Options{Auth: Plain, Events: Events{MaxTry: 2}})
	const to = "cetp://127.0.0.1:1" // nobody listens at port 1
	require.Equal(t, 200, r.subscribe(here, to, "CARD", "").status)
	h := r.k.Insert(konnektor.CardEGK)
	r.quiet()
	require.Len(t, r.k.Subscriptions(), 1, "one failure is not enough")
	_, err := r.k.Remove(h)
	require.NoError(t, err)
	r.quiet()
	require.Empty(t, r.k.Subscriptions(), "EVT_MAX_TRY")
	require.Equal(t, 2, r.k.Counters().EventsFailed)

	require.Equal(t, 200, r.subscribe(here, "cetp://192.0.2.1:9", "CARD", "").status)
	r.k.Insert(konnektor.CardEGK)
	r.quiet()
	require.Equal(t, 3, r.k.Counters().EventsFailed, "another computer gets nothing")
}

func TestEventsOverTLS(t *testing.T) {
	for _, auth := range []Auth{TLS, ClientCertificate} {
		r := newRaw(t, Options{Auth: auth})
		c := newCatcher(t, &tls.Config{Certificates: []tls.Certificate{sinkCertificate(t)}, ClientAuth: tls.RequireAnyClientCert})
		require.Equal(t, 200, r.subscribe(here, c.to(), "CARD", "").status)
		r.k.Insert(konnektor.CardEGK)
		c.wait(t, 1)
		c.mu.Lock()
		require.Equal(t, r.k.ServerCertificate(), c.peers[0].Raw, "the certificate of the Konnektor's services")
		c.mu.Unlock()
	}
}

func sinkCertificate(t *testing.T) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	tpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, key.Public(), key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestDisturbedEvents(t *testing.T) {
	clock := NewClock(time.Now())
	r := newRaw(t, Options{Auth: Plain, Clock: clock})
	c := newCatcher(t, nil)
	require.Equal(t, 200, r.subscribe(here, c.to(), "X", "").status)
	emit := func(n int) { r.k.Emit(Event{Topic: fmt.Sprint("X/", n)}) }
	r.k.DisturbEvents("x", EventDisturbance{Copies: 1}, 1)
	emit(1)
	r.k.DisturbEvents("X/2", EventDisturbance{Lose: true}, -1)
	emit(2)
	r.k.HealEvents()
	c.wait(t, 2)
	r.k.DisturbEvents("X", EventDisturbance{Delay: time.Hour}, 1)
	emit(3)
	r.k.DisturbEvents("X", EventDisturbance{Blocks: 50}, 1)
	emit(4)
	r.k.DisturbEvents("X", EventDisturbance{Edit: func(frame []byte) []byte { return frame[:20] }}, 1)
	emit(5)
	emit(6)
	require.Equal(t, []string{"X/1", "X/1", "X/4", "X/6"}, c.wait(t, 4))
	require.True(t, clock.Await(1, time.Minute))
	clock.Advance(time.Hour)
	require.Equal(t, []string{"X/1", "X/1", "X/4", "X/6", "X/3"}, c.wait(t, 5))
}

// TestFiltersEnd: filters whose work would grow without end stop.
func TestFiltersEnd(t *testing.T) {
	root, err := parseXML([]byte("<Event><Message>"+strings.Repeat("<Parameter><Key>a</Key><Value>b</Value></Parameter>", 50)+"</Message></Event>"), nil, false)
	require.NoError(t, err)
	for filter, want := range map[string]bool{
		strings.Repeat("//*", 300) + "/x":                          false, // the same elements by many ways
		strings.Repeat("//*/..", 50) + "/Message":                  true,
		strings.Repeat("//*[", 16) + "x" + strings.Repeat("]", 16): false,
		"//Key/text()='a' and not(//Key/text()/text()='b')":        true,
	} {
		x, err := parseXPath(filter)
		require.NoError(t, err)
		require.Equal(t, want, x.matches(root), filter)
	}
}

// TestSinksAreForgotten: who subscribes under ever new addresses leaves nothing
// behind.
func TestSinksAreForgotten(t *testing.T) {
	r := newRaw(t, Options{Auth: Plain, Events: Events{MaxTry: 1}})
	sinks := func(user int) int {
		require.Equal(t, 200, r.subscribe(here, fmt.Sprintf("cetp://127.0.0.1:1/%d", user), "X", "").status)
		r.k.Emit(Event{Topic: "X"})
		r.quiet()
		require.Empty(t, r.k.Subscriptions())
		r.k.mu.Lock()
		defer r.k.mu.Unlock()
		return len(r.k.events.sinks)
	}
	for user := range 5 {
		sinks(user)
	}
	user := 5
	require.Eventually(t, func() bool { user++; return sinks(user) == 1 }, time.Minute, time.Millisecond)
}

// TestEventsAfterClose: what happens at a Konnektor that was closed reaches
// nobody and keeps nobody waiting.
func TestEventsAfterClose(t *testing.T) {
	r := newRaw(t, Options{Auth: Plain})
	require.Equal(t, 200, r.subscribe(here, "cetp://127.0.0.1:1", "X", "").status)
	r.k.DisturbEvents("X", EventDisturbance{Delay: time.Hour}, 1)
	r.k.Emit(Event{Topic: "X"})
	require.Equal(t, 1, r.k.EventsPending())
	require.NoError(t, r.k.Close())
	require.Zero(t, r.k.EventsPending())
	r.k.DisturbEvents("X", EventDisturbance{Delay: time.Hour}, 1)
	r.k.Emit(Event{Topic: "X"})
	r.k.Emit(Event{Topic: "X"})
	r.k.SetValidity(Validity{TSL: time.Now()})
	require.Zero(t, r.k.EventsPending())
}
