package cetp_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/cetp"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

var monday = time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)

func keep(t testing.TB, s *cetp.Sink, c *konnektor.Client, cfg cetp.KeeperConfig) *cetp.Keeper {
	t.Helper()
	k, err := s.Keep(c, cfg)
	require.NoError(t, err)
	return k
}

// subscribed waits until the keeper has n subscriptions and no trouble.
func subscribed(t testing.TB, k *cetp.Keeper, n int) cetp.KeeperState {
	t.Helper()
	var s cetp.KeeperState
	eventually(t, "subscriptions", func() bool { s = k.State(); return len(s.Subscriptions) == n && s.Err == nil })
	return s
}

// awake moves the clock from one waiter to the next, as long as all of them
// wait and no event is on its way, until ok.
func awake(t testing.TB, k *konnektortest.Konnektor, clock *konnektortest.Clock, waiters int, most time.Duration, what string, ok func() bool) {
	t.Helper()
	end := clock.Now().Add(most)
	for !ok() {
		require.True(t, clock.Await(waiters, patience), "%s: somebody works without end", what)
		if k.EventsPending() > 0 {
			eventually(t, what+": the events", func() bool { return k.EventsPending() == 0 })
			continue
		}
		require.False(t, clock.Now().After(end), "%s: not within %s", what, most)
		_, first := clock.Waiting()
		clock.Advance(first)
	}
}

// urgently waits for what happens without much time on the clock: at most the
// pause between urgent rounds.
func urgently(t testing.TB, clock *konnektortest.Clock, what string, ok func() bool) {
	t.Helper()
	eventually(t, what, func() bool {
		if _, first := clock.Waiting(); first > 0 && first <= 5*time.Second {
			clock.Advance(first)
		}
		return ok()
	})
}

func TestKeeperSubscribesAndUnsubscribes(t *testing.T) {
	k := konnektortest.New(t)
	s := listen(t, cetp.Config{})
	keeper := keep(t, s, client(t, k), cetp.KeeperConfig{Topics: []string{"CARD", "OPERATIONAL_STATE"}})
	state := subscribed(t, keeper, 2)
	require.Equal(t, "cetp://"+s.Addr().String(), state.EventTo)
	require.Equal(t, konnektor.FlowStopped, state.Flow, "no event has come yet")
	require.Len(t, k.Subscriptions(), 2)
	events := keeper.Events()
	require.Equal(t, konnektor.FlowStopped, next(t, events).Flow)
	egk := k.Insert(konnektor.CardEGK)
	require.Equal(t, konnektor.FlowRunning, next(t, events).Flow)
	n := next(t, events)
	card, ok := n.Event.Card()
	require.True(t, ok)
	require.Equal(t, egk, card.Card.Handle)
	require.NoError(t, k.SetState("EC_LOG_OVERFLOW", true))
	st, ok := next(t, events).Event.State()
	require.True(t, ok)
	require.True(t, st.State.Active)
	require.NoError(t, keeper.Close())
	require.NoError(t, keeper.Close())
	require.Empty(t, k.Subscriptions())
	require.Equal(t, konnektor.FlowStopped, next(t, events).Flow)
	_, err := s.Keep(client(t, k), cetp.KeeperConfig{})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.Empty(t, k.Subscriptions(), "closing the sink ends its keepers")
	_, err = s.Keep(client(t, k), cetp.KeeperConfig{})
	require.ErrorIs(t, err, cetp.ErrClosed)
	require.NotContains(t, fmt.Sprintf("%+v", keeper), "PRIVATE")
}

// TestManyKonnektorsOnOneSink: each keeper hears its own, though all Konnektors
// give the same subscription IDs, which are unique within one of them only.
func TestManyKonnektorsOnOneSink(t *testing.T) {
	s := listen(t, cetp.Config{VerifyKonnektor: true})
	var ks []*konnektortest.Konnektor
	var feeds []*cetp.Consumer
	for range 3 {
		k := konnektortest.NewWith(t, konnektortest.Options{Seed: 7})
		keeper := keep(t, s, client(t, k), cetp.KeeperConfig{})
		subscribed(t, keeper, 1)
		ks, feeds = append(ks, k), append(feeds, keeper.Events())
	}
	require.Equal(t, ks[0].Subscriptions()[0].ID, ks[2].Subscriptions()[0].ID)
	for i, k := range ks {
		h := k.Insert(konnektor.CardEGK)
		for {
			if n := next(t, feeds[i]); n.Event != nil {
				card, _ := n.Event.Card()
				require.Equal(t, h, card.Card.Handle)
				break
			}
		}
		for j := range i {
			_, more := feeds[j].Take()
			require.False(t, more, "the events of others are not its own")
		}
	}
	stranger := konnektortest.New(t)
	c := client(t, stranger)
	_, _, err := c.Subscribe(t.Context(), konnektor.Subscription{EventTo: "cetp://" + s.Addr().String(), Topic: "CARD"})
	require.NoError(t, err)
	stranger.Insert(konnektor.CardEGK)
	eventually(t, "a Konnektor that nobody trusts is refused", func() bool { return s.Stats().Refused == 1 })
}

// TestUnknownSubscriptions: what is left of an earlier run, and what overtakes
// the answer to Subscribe.
func TestUnknownSubscriptions(t *testing.T) {
	k := konnektortest.NewWith(t, konnektortest.Options{Auth: konnektortest.TLS, Events: konnektortest.Events{Resubscribe: konnektortest.NewID}})
	s := listen(t, cetp.Config{})
	c := client(t, k)
	to := "cetp://" + s.Addr().String()
	for _, topic := range []string{"CARD", "card/", "CARD", "OTHER"} {
		_, _, err := c.Subscribe(t.Context(), konnektor.Subscription{EventTo: to, Topic: topic})
		require.NoError(t, err)
	}
	_, _, err := c.Subscribe(t.Context(), konnektor.Subscription{EventTo: "cetp://127.0.0.1:1", Topic: "CARD"})
	require.NoError(t, err)
	k.Emit(konnektortest.Event{Topic: "OTHER/1"})
	eventually(t, "it is counted", func() bool { return s.Stats().Unknown == 1 })
	keeper := keep(t, s, c, cetp.KeeperConfig{})
	subscribed(t, keeper, 1)
	events := keeper.Events()
	topics := map[string]int{}
	for _, x := range k.Subscriptions() {
		if x.EventTo == to {
			topics[strings.ToUpper(strings.Trim(x.Topic, "/"))]++
		}
	}
	require.Equal(t, map[string]int{"CARD": 1, "OTHER": 1}, topics, "one of what is subscribed stays, and what is not ours")
	require.Len(t, k.Subscriptions(), 3)
	k.Emit(konnektortest.Event{Topic: "OTHER/2"})
	k.Insert(konnektor.CardEGK)
	for {
		if n := next(t, events); n.Event != nil {
			require.Equal(t, "CARD/INSERTED", n.Event.Topic)
			break
		}
	}
}

func TestEventBeforeTheAnswer(t *testing.T) {
	k := konnektortest.NewWith(t, konnektortest.Options{Auth: konnektortest.TLS, Events: konnektortest.Events{Resubscribe: konnektortest.OldID}})
	s := listen(t, cetp.Config{})
	c := client(t, k)
	_, _, err := c.Subscriptions(t.Context(), false)
	require.NoError(t, err)
	k.Disturb("Subscribe", konnektortest.Disturbance{Delay: 300 * time.Millisecond}, 1)
	keeper := keep(t, s, c, cetp.KeeperConfig{})
	events := keeper.Events()
	eventually(t, "the Konnektor has subscribed", func() bool { return len(k.Subscriptions()) == 1 })
	k.Insert(konnektor.CardEGK)
	eventually(t, "the event is early", func() bool { return s.Stats().Unknown == 1 || len(keeper.State().Subscriptions) == 1 })
	for {
		if n := next(t, events); n.Event != nil {
			require.Equal(t, "CARD/INSERTED", n.Event.Topic)
			break
		}
	}
	eventually(t, "it is not unknown", func() bool { return s.Stats().Unknown == 0 })
}

func TestKeeperAfterTrouble(t *testing.T) {
	clock := konnektortest.NewClock(monday)
	k := konnektortest.NewWith(t, konnektortest.Options{Now: clock.Now, Events: konnektortest.Events{Resubscribe: konnektortest.NewID}})
	s := listen(t, cetp.Config{Clock: clock})
	keeper := keep(t, s, client(t, k), cetp.KeeperConfig{})
	first := subscribed(t, keeper, 1).Subscriptions[0].ID
	other := func() bool {
		st := keeper.State()
		return len(st.Subscriptions) == 1 && st.Subscriptions[0].ID != first && len(k.Subscriptions()) == 1 && st.Err == nil
	}
	renewals := func() int { return k.Counters().Requests["RenewSubscriptions"] }

	awake(t, k, clock, 1, 13*time.Hour, "renewed at half life", func() bool { return renewals() == 1 })
	require.InDelta(t, 12.5, clock.Now().Sub(monday).Hours(), 0.2)
	require.InDelta(t, 13, k.Counters().Requests["GetSubscription"], 1, "compared every hour")
	require.Equal(t, first, keeper.State().Subscriptions[0].ID)

	k.DropSubscriptions()
	awake(t, k, clock, 1, 61*time.Minute, "dropped silently", other)

	first = keeper.State().Subscriptions[0].ID
	clock.Advance(10 * time.Second)
	k.Reboot()
	urgently(t, clock, "after BOOTUP", other)

	first = keeper.State().Subscriptions[0].ID
	k.Fail("RenewSubscriptions", konnektor.CodeSubscriptionID, 2)
	awake(t, k, clock, 1, 13*time.Hour, "4102", other)

	first = keeper.State().Subscriptions[0].ID
	k.DropSubscriptions()
	clock.Advance(6 * time.Second)
	keeper.Check()
	urgently(t, clock, "when asked", other)

	// The clock of the computer is set: what was planned by it is not good.
	for _, jump := range []time.Duration{-48 * time.Hour, 72 * time.Hour} {
		first = keeper.State().Subscriptions[0].ID
		k.DropSubscriptions()
		clock.Set(clock.Now().Add(jump))
		awake(t, k, clock, 1, 3*time.Minute, "clock set", other)
	}

	k.SetDown(true)
	k.DropSubscriptions()
	awake(t, k, clock, 1, 2*time.Hour, "down", func() bool { return keeper.State().Err != nil })
	k.SetDown(false)
	first = "none"
	awake(t, k, clock, 1, 2*time.Minute, "back", other)
}

func TestSinksOfOthersAreLeftAlone(t *testing.T) {
	k := konnektortest.New(t)
	first, second := listen(t, cetp.Config{}), listen(t, cetp.Config{})
	a := keep(t, first, client(t, k), cetp.KeeperConfig{})
	b := keep(t, second, client(t, k), cetp.KeeperConfig{})
	subscribed(t, a, 1)
	subscribed(t, b, 1)
	require.Len(t, k.Subscriptions(), 2, "sinks of other programs are left alone")
}

func TestFirewall(t *testing.T) {
	clock := konnektortest.NewClock(monday)
	k := konnektortest.NewWith(t, konnektortest.Options{Now: clock.Now})
	s := listen(t, cetp.Config{Clock: clock})
	c := client(t, k)
	keeper := keep(t, s, c, cetp.KeeperConfig{})
	subscribed(t, keeper, 1)
	w := startWatch(t, c, konnektor.WatchRequest{Events: keeper.Events(), Clock: clock, Filter: konnektor.CardFilter{Type: konnektor.CardEGK}})
	k.DisturbEvents("CARD", konnektortest.EventDisturbance{Lose: true}, -1)
	lists := k.Counters().Requests["GetCards"]
	awake(t, k, clock, 2, time.Minute, "polled while no event has come", func() bool { return k.Counters().Requests["GetCards"] > lists+10 })
	clock.Advance(time.Second)
	h := k.Insert(konnektor.CardEGK)
	awake(t, k, clock, 2, 2*time.Second, "found by polling", func() bool { return w.has("inserted", h) })
	k.HealEvents()
	_, err := k.Remove(h)
	require.NoError(t, err)
	awake(t, k, clock, 2, 2*time.Second, "removed", func() bool { return w.has("removed", h) })
	eventually(t, "events come", func() bool { return keeper.State().Flow == konnektor.FlowRunning })
	// Watch must know it, too: a card that it finds while it polls is no lost event.
	for range 100 {
		require.True(t, clock.Await(2, patience))
		_, first := clock.Waiting()
		if first > 5*time.Second {
			break
		}
		clock.Advance(first)
	}

	k.DisturbEvents("CARD", konnektortest.EventDisturbance{Lose: true}, -1)
	clock.Advance(time.Second)
	h = k.Insert(konnektor.CardEGK)
	awake(t, k, clock, 2, konnektor.DefaultCheck+time.Second, "found by the check", func() bool { return w.has("inserted", h) })
	awake(t, k, clock, 2, 10*time.Second, "events stay away", func() bool { return keeper.State().Flow == konnektor.FlowStopped })
}

// watching collects what Watch tells.
type watching struct {
	mu   sync.Mutex
	said []string
	sum  map[string]int
	err  error
}

func startWatch(t testing.TB, c *konnektor.Client, req konnektor.WatchRequest) *watching {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	w := &watching{sum: map[string]int{}}
	over := make(chan struct{})
	go func() {
		defer close(over)
		for change, err := range c.Watch(ctx, req) {
			w.mu.Lock()
			if w.err = err; err == nil {
				said := string(change.Kind) + " " + string(change.Card.Handle)
				w.said = append(w.said, said)
				w.sum[said]++
			}
			w.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-over
		require.ErrorIs(t, w.err, context.Canceled)
	})
	return w
}

func (w *watching) has(kind string, h konnektor.CardHandle) bool { return w.count(kind, h) > 0 }

func (w *watching) count(kind string, h konnektor.CardHandle) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sum[kind+" "+string(h)]
}

// TestWeek is a week of a practice on a clock that the test moves: some sixty
// cards a day, with restarts, subscriptions that are dropped silently, events
// that are lost, doubled or late, a clock that is set and a network that fails.
// Every card is told once as inserted and once as removed.
func TestWeek(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	})
	rnd := rand.New(rand.NewPCG(seed, 1))
	clock := konnektortest.NewClock(monday)
	k, err := konnektortest.Start(konnektortest.Options{Now: clock.Now, Auth: konnektortest.Plain})
	require.NoError(t, err)
	t.Cleanup(func() { _ = k.Close() })
	s := listen(t, cetp.Config{Clock: clock})
	c := client(t, k)
	keeper := keep(t, s, c, cetp.KeeperConfig{})
	subscribed(t, keeper, 1)
	w := startWatch(t, c, konnektor.WatchRequest{Events: keeper.Events(), Clock: clock, Poll: 2 * time.Minute, Check: 15 * time.Minute, Filter: konnektor.CardFilter{Type: konnektor.CardEGK}})
	require.True(t, clock.Await(2, patience), "Watch has begun")
	troubles := week(k, clock, rnd)
	var cards []konnektor.CardHandle
	for day := range 7 {
		for range 60 {
			clock.Advance(time.Duration(1+rnd.IntN(180)) * time.Second)
			trouble := "none"
			if rnd.IntN(4) == 0 {
				i := rnd.IntN(len(troubles))
				trouble = troubles[i].name
				troubles[i].do()
			}
			h := k.Insert(konnektor.CardEGK)
			what := fmt.Sprintf("day %d, card %d, %s", day, len(cards), trouble)
			awake(t, k, clock, 2, 2*time.Hour, what+": inserted", func() bool { return w.has("inserted", h) })
			_, err := k.Remove(h)
			require.NoError(t, err)
			awake(t, k, clock, 2, 2*time.Hour, what+": removed", func() bool { return w.has("removed", h) })
			cards = append(cards, h)
		}
		night(clock, monday.AddDate(0, 0, day+1))
		for i, h := range cards {
			require.Equal(t, []int{1, 1}, []int{w.count("inserted", h), w.count("removed", h)}, "card %d", i)
		}
	}
	require.GreaterOrEqual(t, clock.Now().Sub(monday), 7*24*time.Hour-3*time.Hour)
	st := s.Stats()
	t.Logf("%d cards, %d events, %d compared, %d renewed, %d subscribed, %d listed", len(cards), st.Events,
		k.Counters().Requests["GetSubscription"], k.Counters().Requests["RenewSubscriptions"],
		k.Counters().Requests["Subscribe"], k.Counters().Requests["GetCards"])
}

type trouble struct {
	name string
	do   func()
}

// week is what goes wrong in a week.
func week(k *konnektortest.Konnektor, clock *konnektortest.Clock, rnd *rand.Rand) []trouble {
	return []trouble{
		{"reboot", k.Reboot},
		{"dropped", func() { k.DropSubscriptions() }},
		{"lost", func() { k.DisturbEvents("CARD", konnektortest.EventDisturbance{Lose: true}, 1+rnd.IntN(2)) }},
		{"doubled", func() { k.DisturbEvents("CARD", konnektortest.EventDisturbance{Copies: 2}, 2) }},
		{"late", func() { k.DisturbEvents("CARD", konnektortest.EventDisturbance{Delay: 5 * time.Millisecond}, 2) }},
		{"cut", func() {
			k.DisturbEvents("CARD", konnektortest.EventDisturbance{Edit: func(f []byte) []byte { return f[:len(f)/2] }}, 1)
		}},
		{"in fifty packets", func() { k.DisturbEvents("CARD", konnektortest.EventDisturbance{Blocks: 50}, 2) }},
		{"clock set", func() { clock.Set(clock.Now().Add(time.Duration(rnd.IntN(7200)-3600) * time.Second)) }},
		{"calls fail", func() { k.Disturb("", konnektortest.Disturbance{Drop: true}, 3) }},
		{"reboot that nobody hears of", func() {
			k.DisturbEvents("BOOTUP", konnektortest.EventDisturbance{Lose: true}, 1)
			k.Reboot()
		}},
	}
}

// night lets the time pass until the next morning.
func night(clock *konnektortest.Clock, until time.Time) {
	for clock.Now().Before(until) && clock.Await(2, patience) {
		_, first := clock.Waiting()
		clock.Advance(first)
	}
}

// TestBurst sends 10,000 events at once to a Watch whose caller is slow.
func TestBurst(t *testing.T) {
	k, err := konnektortest.Start(konnektortest.Options{Auth: konnektortest.Plain, Events: konnektortest.Events{OneConnection: true, Timeout: patience}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = k.Close() })
	s := listen(t, cetp.Config{Queue: 256})
	c := client(t, k)
	keeper := keep(t, s, c, cetp.KeeperConfig{})
	subscribed(t, keeper, 1)
	w := startWatch(t, c, konnektor.WatchRequest{Events: keeper.Events(), Filter: konnektor.CardFilter{Type: konnektor.CardEGK}})
	eventually(t, "Watch has begun", func() bool { return k.Counters().Requests["GetCards"] > 0 })
	last := konnektor.CardHandle("")
	for i := range 5_000 {
		if last != "" {
			_, err := k.Remove(last)
			require.NoError(t, err)
		}
		last, err = k.InsertCard(konnektortest.Card{Type: konnektor.CardEGK, ICCSN: konnektor.ICCSN(fmt.Sprintf("8027688310001%07d", i))})
		require.NoError(t, err)
	}
	eventually(t, "the last card is told", func() bool { return w.has("inserted", last) })
	eventually(t, "all events have come", func() bool { return k.EventsPending() == 0 && s.Stats().Events == 9_999 })
	var wrong string
	eventually(t, "no other card is left over", func() bool {
		var in map[string]bool
		in, wrong = w.in()
		return wrong != "" || len(in) == 1 && in[string(last)]
	})
	require.Empty(t, wrong)
}

// in are the cards that were told as inserted and not as removed, and what was
// told wrongly.
func (w *watching) in() (in map[string]bool, wrong string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	in = map[string]bool{}
	for _, said := range w.said {
		kind, handle, _ := strings.Cut(said, " ")
		comes, goes := kind == "inserted" || kind == "present", kind == "removed"
		switch {
		case comes && in[handle], goes && !in[handle]:
			return nil, "not in turn: " + said
		case comes:
			in[handle] = true
		case goes:
			delete(in, handle)
		}
	}
	return in, ""
}

// TestSubscribeErrors: a filter that the Konnektor refuses is trouble that the
// keeper tells.
func TestSubscribeErrors(t *testing.T) {
	k := konnektortest.NewWith(t, konnektortest.Options{Auth: konnektortest.TLS})
	s := listen(t, cetp.Config{})
	keeper := keep(t, s, client(t, k), cetp.KeeperConfig{Filter: "/Event["})
	eventually(t, "trouble", func() bool { return keeper.State().Err != nil })
	require.ErrorIs(t, keeper.State().Err, konnektor.Code(4095))
	require.Empty(t, keeper.State().Subscriptions)

	gone, err := konnektor.New(konnektor.Config{URL: "http://127.0.0.1:1", Call: konnektor.CallContext{MandantID: "m", ClientSystemID: "c", WorkplaceID: "w"}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, gone.Close()) })
	nobody := keep(t, s, gone, cetp.KeeperConfig{})
	eventually(t, "trouble", func() bool { return nobody.State().Err != nil })
	require.ErrorIs(t, nobody.State().Err, konnektor.KindUnreachable)
}
