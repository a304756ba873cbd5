package konnektor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// box is the truth about the cards, as a list of a Konnektor tells it. It runs
// inside a bubble of synctest, where time passes when everybody waits.
type box struct {
	mu    sync.Mutex
	cards []Card
	lists int
	err   error
}

func (b *box) list(context.Context) ([]Card, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lists++
	return append([]Card(nil), b.cards...), b.err
}

// count is how often the cards were listed.
func (b *box) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lists
}

// set changes the truth.
func (b *box) set(err error, cards ...Card) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err, b.cards = err, cards
}

// newsFeed is an EventSource that a test fills.
type newsFeed struct {
	ready  chan struct{}
	mu     sync.Mutex
	queue  []Notice
	missed int
}

func newFeed() *newsFeed { return &newsFeed{ready: make(chan struct{}, 1)} }

func (f *newsFeed) Ready() <-chan struct{} { return f.ready }
func (f *newsFeed) Missed()                { f.missed++ }
func (f *newsFeed) Take() (Notice, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.queue) == 0 {
		return Notice{}, false
	}
	n := f.queue[0]
	f.queue = f.queue[1:]
	return n, true
}

func (f *newsFeed) push(n ...Notice) {
	f.mu.Lock()
	f.queue = append(f.queue, n...)
	f.mu.Unlock()
	select {
	case f.ready <- struct{}{}:
	default:
	}
}

func (f *newsFeed) event(topic string, c Card) {
	e := &Event{Topic: topic}
	for _, p := range [][2]string{
		{"CardHandle", string(c.Handle)}, {"CardType", string(c.Type)}, {"ICCSN", string(c.ICCSN)}, {"CtID", string(c.Terminal)},
		{"SlotID", fmt.Sprint(c.Slot)}, {"InsertTime", c.InsertTime.UTC().Format(time.RFC3339Nano)},
	} {
		e.Parameters = append(e.Parameters, Parameter{p[0], ParameterValue(p[1])})
	}
	f.push(Notice{Event: e})
}

// watched is a watcher under test.
type watched struct {
	t    *testing.T
	box  *box
	feed *newsFeed
	said []string
	more []bool // CardChange.More of what was said
	// together is more of what after has returned.
	together []bool
	err      error
	stop     context.CancelFunc
	over     chan struct{}
}

func startWatch(t *testing.T, b *box, req WatchRequest) *watched {
	ctx, cancel := context.WithCancel(t.Context())
	w := &watched{t: t, box: b, stop: cancel, over: make(chan struct{})}
	if req.Events != nil {
		w.feed = req.Events.(*newsFeed)
	}
	go func() {
		defer close(w.over)
		newWatcher(req, b.list).run(ctx, func(c CardChange, err error) bool {
			if w.err = err; err == nil {
				w.said = append(w.said, strings.TrimSpace(string(c.Kind)+" "+string(c.Card.Handle)))
				w.more = append(w.more, c.More)
			}
			return true
		})
	}()
	return w
}

// after lets time pass and returns what was said meanwhile.
func (w *watched) after(d time.Duration) []string {
	time.Sleep(d) // synctest's own time
	synctest.Wait()
	said := w.said
	w.said, w.together, w.more = nil, w.more, nil
	return said
}

func (w *watched) end() {
	w.stop()
	<-w.over
	require.ErrorIs(w.t, w.err, context.Canceled)
}

func cardIn(handle string, slot int) Card {
	return Card{Handle: CardHandle(handle), Type: CardEGK, ICCSN: ICCSN("8027688310000000" + fmt.Sprintf("%04d", slot)), Terminal: "T1", Slot: slot, InsertTime: time.Now()}
}

const blink = time.Millisecond

func TestWatchPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &box{cards: []Card{cardIn("a", 1)}}
		w := startWatch(t, b, WatchRequest{})
		require.Equal(t, []string{"present a"}, w.after(blink))
		time.Sleep(300 * time.Millisecond)
		second := cardIn("b", 2)
		b.set(nil, b.cards[0], second)
		require.Equal(t, []string{"inserted b"}, w.after(time.Second))
		b.set(nil, second)
		require.Equal(t, []string{"removed a"}, w.after(time.Second))
		lists := b.count()
		require.Empty(t, w.after(10*time.Second))
		require.Equal(t, lists+10, b.count())

		b.set(fail(KindUnreachable, "GetCards", "gone"))
		require.Equal(t, []string{"lost"}, w.after(2*time.Second))
		lists = b.count()
		require.Empty(t, w.after(10*time.Minute))
		require.Less(t, b.count()-lists, 30, "a Konnektor that is gone is asked less often")
		b.set(nil, second, cardIn("c", 3))
		require.Equal(t, []string{"back", "inserted c"}, w.after(maxPause))
		w.end()
	})
}

func TestWatchEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wrong := &Error{Op: "GetCards", Trace: []Trace{{Code: CodeBadMandant}}}
		gone := fail(KindUnreachable, "GetCards", "gone")
		for _, c := range []struct {
			name    string
			err     error
			patient bool
			ends    bool
		}{
			{"settings that are wrong", wrong, true, true},
			{"no answer at the beginning", gone, false, true},
			{"no answer at the beginning, patient", gone, true, false},
			{"not ours", errors.New("x"), true, true},
		} {
			b := &box{err: c.err}
			w := startWatch(t, b, WatchRequest{Patient: c.patient})
			said := w.after(blink)
			if c.ends {
				<-w.over
				require.ErrorIs(t, w.err, c.err, c.name)
				require.Empty(t, said)
				continue
			}
			require.Equal(t, []string{"lost"}, said)
			b.set(nil, cardIn("a", 1))
			require.Equal(t, []string{"back", "present a"}, w.after(maxPause))
			b.set(wrong)
			w.after(maxPause)
			<-w.over
			require.ErrorIs(t, w.err, wrong, "it becomes wrong later")
		}
	})
}

// TestWatchEvents goes through the ways in which events come: every insertion is
// told once, and before its removal.
func TestWatchEvents(t *testing.T) {
	type step struct {
		do   func(b *box, f *newsFeed)
		wait time.Duration
		want []string
	}
	var a, c Card
	insert := func(b *box, f *newsFeed) { a = cardIn("a", 1); b.cards = append(b.cards, a) }
	remove := func(b *box, f *newsFeed) { b.cards = nil }
	inserted := func(b *box, f *newsFeed) { f.event("CARD/INSERTED", a) }
	removed := func(b *box, f *newsFeed) { f.event("card/removed", a) }
	nothing := func(*box, *newsFeed) {}
	both := func(fs ...func(*box, *newsFeed)) func(*box, *newsFeed) {
		return func(b *box, f *newsFeed) {
			for _, do := range fs {
				do(b, f)
			}
		}
	}
	for name, steps := range map[string][]step{
		"in order": {
			{both(insert, inserted), blink, []string{"inserted a"}}, {nothing, time.Hour, nil},
			{both(remove, removed), blink, []string{"removed a"}}, {nothing, time.Hour, nil},
		},
		"each twice": {
			{both(insert, inserted, inserted), blink, []string{"inserted a"}}, {inserted, time.Hour, nil},
			{both(remove, removed, removed), blink, []string{"removed a"}}, {removed, time.Hour, nil}, {inserted, time.Hour, nil},
		},
		"late, after the list": {
			{insert, DefaultCheck + settle, []string{"inserted a"}}, {inserted, time.Hour, nil},
			{remove, DefaultCheck + settle, []string{"removed a"}}, {removed, time.Hour, nil},
		},
		"in the wrong order": {
			{both(insert, remove, removed), blink, []string{"inserted a", "removed a"}}, {inserted, time.Hour, nil},
		},
		"inserted and never there": {
			{func(_ *box, f *newsFeed) { f.event("CARD/INSERTED", cardIn("x", 1)) }, settle + blink, []string{"inserted x", "removed x"}},
		},
		"two at once": {
			{both(insert, inserted, remove, removed), blink, []string{"inserted a", "removed a"}},
		},
		"another card in the slot, without the removal": {
			{both(insert, inserted), time.Second, []string{"inserted a"}},
			{func(b *box, f *newsFeed) { c = cardIn("c", 1); b.cards = []Card{c}; f.event("CARD/INSERTED", c) }, blink, []string{"removed a", "inserted c"}},
			{removed, time.Hour, nil},
		},
		"a card that was in the slot before": {
			{func(b *box, f *newsFeed) {
				a, c = cardIn("a", 1), cardIn("c", 1)
				a.InsertTime = a.InsertTime.Add(-time.Second)
				b.cards = []Card{c}
				f.event("CARD/INSERTED", c)
			}, blink, []string{"inserted c"}},
			{inserted, blink, []string{"inserted a", "removed a"}}, {removed, time.Hour, nil},
		},
		"lost in the queue": {
			{both(insert, func(b *box, f *newsFeed) { f.push(Notice{Lost: 3}) }), blink, []string{"inserted a"}},
		},
		"of others": {
			{func(b *box, f *newsFeed) {
				f.push(Notice{Event: &Event{Topic: "NETWORK/VPN_TI/UP"}})
				f.push(Notice{Event: &Event{Topic: "CARD/INSERTED"}})
			}, time.Hour, nil},
		},
		"after a restart": {
			{both(insert, inserted), time.Second, []string{"inserted a"}},
			{func(b *box, f *newsFeed) {
				b.cards[0].Handle = "a2"
				f.push(Notice{Event: &Event{Topic: "BOOTUP/BOOTUP_COMPLETE"}})
			}, blink, []string{"renamed a2"}},
			{func(b *box, f *newsFeed) {
				b.cards = []Card{cardIn("a3", 1)}
				f.push(Notice{Event: &Event{Topic: "Bootup"}})
			}, blink, []string{"removed a2", "inserted a3"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Hour)
				b, f := &box{}, newFeed()
				f.push(Notice{Flow: FlowRunning})
				w := startWatch(t, b, WatchRequest{Events: f})
				require.Empty(t, w.after(time.Second))
				for i, s := range steps {
					b.mu.Lock()
					s.do(b, f)
					b.mu.Unlock()
					require.Equal(t, s.want, w.after(s.wait), "step %d", i)
				}
				w.end()
			})
		})
	}
}

func TestWatchPollsWhileEventsStayAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := &box{}, newFeed()
		w := startWatch(t, b, WatchRequest{Events: f, Filter: CardFilter{Type: CardEGK}})
		w.after(10 * time.Second)
		require.InDelta(t, 10, b.count(), 2, "nobody has said that events come")
		f.push(Notice{Flow: FlowRunning})
		w.after(blink)
		lists := b.count()
		w.after(10 * time.Minute)
		require.Equal(t, lists+10, b.count())

		b.set(nil, cardIn("a", 1))
		require.Equal(t, []string{"inserted a"}, w.after(DefaultCheck+settle+blink), "without an event")
		require.Equal(t, 1, f.missed, "and the source is told")
		kvk := cardIn("k", 2)
		kvk.Type = CardKVK
		f.event("CARD/INSERTED", kvk)
		require.Empty(t, w.after(DefaultCheck), "not in the filter")
		f.push(Notice{Flow: FlowStopped})
		w.after(blink)
		lists = b.count()
		w.after(10 * time.Second)
		require.Equal(t, lists+10, b.count())
		require.Equal(t, 1, f.missed)
		w.end()
	})
}

// TestWatchForgetsWhatWasBefore: events of cards that left before Watch began
// are not news.
func TestWatchForgetsWhatWasBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := cardIn("gone", 1)
		time.Sleep(time.Hour)
		b, f := &box{cards: []Card{cardIn("a", 2)}}, newFeed()
		f.event("CARD/INSERTED", cardIn("queued", 3))
		w := startWatch(t, b, WatchRequest{Events: f})
		require.Equal(t, []string{"present a"}, w.after(blink))
		f.event("CARD/REMOVED", gone)
		f.event("CARD/INSERTED", gone)
		require.Empty(t, w.after(time.Hour))
		w.end()
	})
}

// TestWatchSameSecond has a box whose times are whole seconds, and a card that
// came after the first list in the second of the one before it. While listing
// fails, nothing but its event tells of it.
func TestWatchSameSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := &box{cards: []Card{cardIn("a", 1)}}, newFeed()
		w := startWatch(t, b, WatchRequest{Events: f})
		require.Equal(t, []string{"present a"}, w.after(blink))
		late := cardIn("b", 2)
		late.InsertTime = b.cards[0].InsertTime
		b.set(fail(KindUnreachable, "GetCards", "gone"))
		f.push(Notice{Flow: FlowRunning})
		f.event("CARD/INSERTED", late)
		require.Contains(t, w.after(settle), "inserted b")
		w.end()
	})
}

func TestWatchBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Hour)
		b, f := &box{}, newFeed()
		w := startWatch(t, b, WatchRequest{Events: f})
		w.after(blink)
		const n = 10_000
		for i := range n {
			c := cardIn(fmt.Sprint("c", i), 1)
			c.InsertTime = c.InsertTime.Add(time.Duration(i) * time.Second)
			f.event("CARD/INSERTED", c)
			f.event("CARD/REMOVED", c)
		}
		said := w.after(time.Second)
		require.Equal(t, 2*n, len(said))
		for i := range n {
			require.Equal(t, []string{fmt.Sprint("inserted c", i), fmt.Sprint("removed c", i)}, said[2*i:2*i+2])
		}
		w.end()
	})
}

// TestWatchTogether tells of each change whether others that were found with it
// follow: the last of them has all that there is.
func TestWatchTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Hour)
		a, c := cardIn("a", 1), cardIn("c", 2)
		b, f := &box{cards: []Card{a, c}}, newFeed()
		w := startWatch(t, b, WatchRequest{Events: f})
		require.Equal(t, []string{"present a", "present c"}, w.after(blink))
		require.Equal(t, []bool{true, false}, w.together)

		b.set(nil, a)
		require.Equal(t, []string{"removed c"}, w.after(DefaultPoll))
		b.set(fail(KindUnreachable, "GetCards", "gone"))
		require.Equal(t, []string{"lost"}, w.after(DefaultPoll))
		require.Equal(t, []bool{false}, w.together)
		d := cardIn("d", 2)
		b.set(nil, d)
		require.Equal(t, []string{"back", "removed a", "inserted d"}, w.after(maxPause))
		require.Equal(t, []bool{true, true, false}, w.together)

		f.push(Notice{Flow: FlowRunning})
		require.Empty(t, w.after(settle))
		b.set(nil)
		f.event("CARD/REMOVED", d)
		f.event("CARD/INSERTED", cardIn("e", 1))
		f.event("NETWORK/VPN_TI/UP", Card{})
		require.Equal(t, []string{"removed d", "inserted e"}, w.after(blink))
		require.Equal(t, []bool{true, false}, w.together, "what tells no change does not count")
		w.end()
	})
}

func TestWatchStops(t *testing.T) {
	b := &box{cards: []Card{cardIn("a", 1), cardIn("b", 2)}}
	var n int
	newWatcher(WatchRequest{}, b.list).run(t.Context(), func(CardChange, error) bool { n++; return false })
	require.Equal(t, 1, n)
}
