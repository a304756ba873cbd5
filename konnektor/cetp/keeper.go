package cetp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

const (
	// round is how often a keeper looks after its own address and the clock.
	round = time.Minute
	// checkEvery is how often it compares its subscriptions with the Konnektor's.
	checkEvery = time.Hour
	// urgentPause is the least time between two comparisons that somebody asks
	// for, an event BOOTUP among them: anybody on the network can send one.
	urgentPause = 5 * time.Second
	// retryFirst and retryMost are the pauses after a failure; they double.
	retryFirst = 2 * time.Second
	retryMost  = time.Minute
	// tendTimeout bounds one call, partTimeout all calls of Close.
	tendTimeout = 30 * time.Second
	partTimeout = 5 * time.Second
	// clockJump is by how much the clock may be set before it counts.
	clockJump = time.Minute
	// shortLife is the shortest life of a subscription that is believed: below
	// it, the clocks of Konnektor and computer differ.
	shortLife = time.Minute
)

// KeeperConfig says what a [Keeper] subscribes to. Zero fields mean the
// documented default.
type KeeperConfig struct {
	// Topics are the topics, one subscription each; nil means CARD.
	Topics []string
	// Filter is the XPath expression of all subscriptions; empty means none.
	Filter string
}

// Keeper keeps the subscriptions of one Konnektor and Aufrufkontext alive: it
// subscribes, renews at half of their life, compares its list with the
// Konnektor's every hour, after BOOTUP, after the clock was set and when cards
// come without an event, takes away what an earlier run left behind, follows the
// sink's own address and unsubscribes when it is closed. It is safe for
// concurrent use.
type Keeper struct {
	sink   *Sink
	client *konnektor.Client
	cfg    KeeperConfig
	urgent chan struct{} // holds one: compare soon
	stop   context.CancelFunc
	ended  chan struct{}

	mu        sync.Mutex
	closed    bool
	consumers []*Consumer // never changed, only replaced
	proven    bool        // an event came since the last trouble
	complete  bool        // every topic has its subscription
	state     KeeperState

	// What follows belongs to the goroutine of tend.
	eventTo   string
	held      []subscription
	checkAt   time.Time // the next comparison
	checkedAt time.Time // the last one
	tendedAt  time.Time // the last round
	failures  int       // in a row
}

// subscription is one of the keeper's, with the time of its renewal.
type subscription struct {
	konnektor.Subscription
	renewAt time.Time
}

// KeeperState is what a keeper knows of its subscriptions.
type KeeperState struct {
	EventTo       string // what the Konnektor was told
	Subscriptions []konnektor.Subscription
	Flow          konnektor.EventFlow // whether events come
	LastEvent     time.Time           // when one came last; the zero time before the first
	LastCheck     time.Time           // when the Konnektor last listed the subscriptions
	Err           error               // why there is trouble; nil when there is none
}

// Keep starts a keeper for the Konnektor of client. Several keepers may share a
// sink, for several Konnektors or Aufrufkontexte. Keep returns at once; trouble
// is in [Keeper.State], and the keeper tries again. The caller closes the keeper
// before the client.
func (s *Sink) Keep(client *konnektor.Client, cfg KeeperConfig) (*Keeper, error) {
	if len(cfg.Topics) == 0 {
		cfg.Topics = []string{konnektor.TopicCard}
	}
	ctx, stop := context.WithCancel(s.life)
	k := &Keeper{
		sink: s, client: client, cfg: cfg, stop: stop,
		urgent: make(chan struct{}, 1), ended: make(chan struct{}),
		state: KeeperState{Flow: konnektor.FlowStopped},
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		stop()
		return nil, ErrClosed
	}
	s.keepers = append(slices.Clone(s.keepers), k)
	go k.run(ctx)
	return k, nil
}

// Events returns a new consumer of the events of the keeper's subscriptions, and
// of BOOTUP, which has none. It feeds one [konnektor.Client.Watch].
func (k *Keeper) Events() *Consumer {
	c := newConsumer(k.sink.cfg.Queue)
	c.leave, c.missed = k.drop, k.eventsMissed
	k.mu.Lock()
	defer k.mu.Unlock()
	c.flow = k.state.Flow
	c.wake()
	if k.closed {
		c.end()
	}
	k.consumers = append(slices.Clone(k.consumers), c)
	return c
}

func (k *Keeper) drop(c *Consumer) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.consumers = without(k.consumers, c)
}

// State returns what the keeper knows.
func (k *Keeper) State() KeeperState {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.state
	s.Subscriptions = slices.Clone(s.Subscriptions)
	return s
}

// Check compares the subscriptions with the Konnektor's soon, as when a user
// misses an event. It does not wait.
func (k *Keeper) Check() {
	select {
	case k.urgent <- struct{}{}:
	default:
	}
}

// eventsMissed is told by who sees that events stay away.
func (k *Keeper) eventsMissed() {
	k.sink.cfg.Log.Warn("events stay away", "konnektor", k.client.Address())
	k.mu.Lock()
	k.proven = false
	k.setFlow()
	k.mu.Unlock()
	k.Check()
}

// hear hands an event to the consumers. It may be called by many goroutines.
func (k *Keeper) hear(d delivery) {
	bootup := d.event.Bootup()
	k.mu.Lock()
	k.state.LastEvent = d.event.Received
	k.proven = true
	if bootup {
		k.complete = false // its subscriptions are gone
	}
	k.setFlow()
	consumers := k.consumers
	k.mu.Unlock()
	for _, c := range consumers {
		c.push(d)
	}
	if bootup {
		k.client.Refresh()
		k.Check()
	}
}

// setFlow tells the consumers when events begin to come, or stay away. It needs
// the lock.
func (k *Keeper) setFlow() {
	flow := konnektor.FlowStopped
	if k.proven && k.complete && !k.closed {
		flow = konnektor.FlowRunning
	}
	if flow == k.state.Flow {
		return
	}
	k.state.Flow = flow
	for _, c := range k.consumers {
		c.setFlow(flow)
	}
}

// Close unsubscribes, which takes 5 s at most, and ends the consumers. A second
// Close does nothing. The error is always nil.
func (k *Keeper) Close() error {
	k.stop()
	<-k.ended
	k.mu.Lock()
	k.closed = true
	k.setFlow()
	consumers := k.consumers
	k.mu.Unlock()
	for _, c := range consumers {
		c.end()
	}
	k.sink.mu.Lock()
	defer k.sink.mu.Unlock()
	k.sink.keepers = without(k.sink.keepers, k)
	return nil
}

// run looks after the subscriptions until ctx ends.
func (k *Keeper) run(ctx context.Context) {
	defer close(k.ended)
	for ctx.Err() == nil {
		k.sleep(ctx, k.tend(ctx))
	}
	k.part(ctx)
}

// sleep waits for d. It brings the next comparison forward when somebody asked
// for it or the clock was set.
func (k *Keeper) sleep(ctx context.Context, d time.Duration) {
	clock := k.sink.cfg.Clock
	begun := clock.Now().Round(0) // the clock on the wall
	over, stop := clock.After(d)
	defer stop()
	select {
	case <-ctx.Done():
	case <-k.urgent:
		stop()
		k.checkAt = time.Time{}
		k.pause(ctx)
	case <-over:
		if passed := clock.Now().Round(0).Sub(begun); (passed - d).Abs() > clockJump {
			k.checkAt = time.Time{}
			for i := range k.held {
				k.held[i].renewAt = time.Time{}
			}
		}
	}
}

// pause keeps urgent rounds apart.
func (k *Keeper) pause(ctx context.Context) {
	left := k.tendedAt.Add(urgentPause).Sub(k.sink.cfg.Clock.Now())
	if left <= 0 {
		return
	}
	over, stop := k.sink.cfg.Clock.After(min(left, urgentPause))
	defer stop()
	select {
	case <-ctx.Done():
	case <-over:
	}
}

// tend does what is due and returns the time until the next round.
func (k *Keeper) tend(ctx context.Context) time.Duration {
	defer func() { k.tendedAt = k.sink.cfg.Clock.Now() }()
	err := k.move(ctx)
	if err == nil {
		err = k.compare(ctx)
	}
	if err == nil {
		err = k.subscribe(ctx)
	}
	if err == nil {
		err = k.renew(ctx)
	}
	k.publish(ctx, err)
	if err != nil {
		k.failures = min(k.failures+1, 10)
		return min(retryFirst<<(k.failures-1), retryMost)
	}
	k.failures = 0
	return k.next()
}

// next is the time until something is due.
func (k *Keeper) next() time.Duration {
	now := k.sink.cfg.Clock.Now()
	d := min(round, k.checkAt.Sub(now))
	for _, h := range k.held {
		d = min(d, h.renewAt.Sub(now))
	}
	return max(d, 0)
}

// publish notes the state for others.
func (k *Keeper) publish(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		k.sink.cfg.Log.Warn("subscriptions", "konnektor", k.client.Address(), "err", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.complete = len(k.held) == len(k.cfg.Topics)
	k.state.EventTo, k.state.LastCheck, k.state.Err = k.eventTo, k.checkedAt, err
	k.state.Subscriptions = k.state.Subscriptions[:0]
	for _, h := range k.held {
		k.state.Subscriptions = append(k.state.Subscriptions, h.Subscription)
	}
	k.setFlow()
}

// move follows the sink's own address: what was subscribed for another one is
// ended.
func (k *Keeper) move(ctx context.Context) error {
	to, err := k.sink.EventTo(ctx, k.client.Address())
	if err != nil {
		return err
	}
	if to == k.eventTo {
		return nil
	}
	old := k.held
	k.forget(func(subscription) bool { return true })
	k.eventTo, k.checkAt = to, time.Time{}
	k.mu.Lock()
	k.proven = false
	k.mu.Unlock()
	k.interrupt()
	for _, h := range old {
		if err := k.unsubscribe(ctx, h.ID); err != nil {
			break // it ends by itself
		}
	}
	return nil
}

// interrupt tells that events stay away until all subscriptions are there.
func (k *Keeper) interrupt() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.complete = false
	k.setFlow()
}

// forget drops subscriptions.
func (k *Keeper) forget(which func(subscription) bool) {
	k.held = slices.DeleteFunc(slices.Clone(k.held), func(h subscription) bool {
		gone := which(h)
		if gone {
			k.sink.disown(h.ID, k)
		}
		return gone
	})
}

// compare compares the subscriptions with the Konnektor's list, if that is due:
// what is missing there is forgotten, what is there twice is ended, and what an
// earlier run left is taken over.
func (k *Keeper) compare(ctx context.Context) error {
	now := k.sink.cfg.Clock.Now()
	if k.checkAt.After(now) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, tendTimeout)
	defer cancel()
	list, _, err := k.client.Subscriptions(ctx, false)
	if err != nil {
		return err
	}
	k.checkedAt, k.checkAt = now, now.Add(checkEvery)
	listed := map[string]bool{}
	for _, s := range list {
		listed[s.ID] = true
	}
	k.forget(func(h subscription) bool { return !listed[h.ID] })
	if len(k.held) < len(k.cfg.Topics) {
		k.interrupt()
	}
	for _, topic := range k.cfg.Topics {
		if err := k.settle(ctx, topic, list); err != nil {
			return err
		}
	}
	return nil
}

// settle leaves one of the listed subscriptions for a topic: the keeper's own,
// else the newest.
func (k *Keeper) settle(ctx context.Context, topic string, list []konnektor.Subscription) error {
	same := slices.DeleteFunc(slices.Clone(list), func(s konnektor.Subscription) bool {
		return s.ID == "" || !strings.EqualFold(s.EventTo, k.eventTo) || !sameTopic(s.Topic, topic) ||
			strings.TrimSpace(s.Filter) != strings.TrimSpace(k.cfg.Filter) || k.sink.owned(s.ID, k.client.Address())
	})
	sort.SliceStable(same, func(i, j int) bool { return same[j].Expires.Before(same[i].Expires) })
	if len(same) > 0 && !k.has(topic) {
		k.hold(topic, same[0], true)
		same = same[1:]
	}
	for _, s := range same {
		if err := k.unsubscribe(ctx, s.ID); err != nil {
			return err
		}
	}
	return nil
}

func sameTopic(a, b string) bool {
	return strings.EqualFold(strings.Trim(a, "/ "), strings.Trim(b, "/ "))
}

func (k *Keeper) has(topic string) bool {
	return slices.ContainsFunc(k.held, func(h subscription) bool { return h.Topic == topic })
}

// hold notes a subscription. One of an earlier run is renewed at once.
func (k *Keeper) hold(topic string, s konnektor.Subscription, old bool) {
	s.Topic, s.EventTo, s.Filter = topic, k.eventTo, k.cfg.Filter
	h := subscription{Subscription: s}
	if !old {
		h.renewAt = k.halfLife(s.Expires)
	}
	k.held = append(k.held, h)
	k.sink.own(s.ID, k)
}

// halfLife is when to renew what expires at t. Its life can only be taken from
// two clocks; what is out of the ordinary counts as the ordinary one.
func (k *Keeper) halfLife(t time.Time) time.Time {
	now := k.sink.cfg.Clock.Now()
	life := t.Sub(now)
	if life <= shortLife || life > konnektor.SubscriptionLife {
		life = konnektor.SubscriptionLife
	}
	return now.Add(life / 2)
}

// subscribe subscribes to the topics that have no subscription.
func (k *Keeper) subscribe(ctx context.Context) error {
	for _, topic := range k.cfg.Topics {
		if k.has(topic) {
			continue
		}
		k.checkAt = time.Time{} // an answer that is lost leaves a subscription
		call, cancel := context.WithTimeout(ctx, tendTimeout)
		s, _, err := k.client.Subscribe(call, konnektor.Subscription{EventTo: k.eventTo, Topic: topic, Filter: k.cfg.Filter})
		cancel()
		if err != nil {
			return err
		}
		k.checkAt = k.checkedAt.Add(checkEvery)
		k.hold(topic, s, false)
	}
	return nil
}

// renew renews what is due. What the Konnektor does not know is subscribed anew.
func (k *Keeper) renew(ctx context.Context) error {
	now := k.sink.cfg.Clock.Now()
	var due []string
	for _, h := range k.held {
		if !h.renewAt.After(now) {
			due = append(due, h.ID)
		}
	}
	if len(due) == 0 {
		return nil
	}
	call, cancel := context.WithTimeout(ctx, tendTimeout)
	defer cancel()
	renewed, _, err := k.client.RenewSubscriptions(call, due...)
	if errors.Is(err, konnektor.CodeSubscriptionID) {
		// One of them is gone; which, is not told.
		return k.renewOneByOne(ctx)
	}
	if err != nil {
		return err
	}
	k.note(renewed, due)
	return nil
}

// renewOneByOne renews what is due still, each by itself, so that one that is
// gone does not keep the others from living on.
func (k *Keeper) renewOneByOne(ctx context.Context) error {
	now := k.sink.cfg.Clock.Now()
	for _, h := range slices.Clone(k.held) {
		if h.renewAt.After(now) {
			continue
		}
		call, cancel := context.WithTimeout(ctx, tendTimeout)
		renewed, _, err := k.client.RenewSubscriptions(call, h.ID)
		cancel()
		switch {
		case errors.Is(err, konnektor.CodeSubscriptionID):
			k.forget(func(x subscription) bool { return x.ID == h.ID })
		case err != nil:
			return err
		default:
			k.note(renewed, []string{h.ID})
		}
	}
	return k.subscribe(ctx)
}

// note notes the new ends of subscriptions.
func (k *Keeper) note(renewed []konnektor.Subscription, ids []string) {
	ends := map[string]time.Time{}
	for _, r := range renewed {
		ends[r.ID] = r.Expires
	}
	for i := range k.held {
		h := &k.held[i]
		if slices.Contains(ids, h.ID) {
			h.Expires = ends[h.ID]
			h.renewAt = k.halfLife(h.Expires)
		}
	}
}

// unsubscribe ends a subscription; one that is gone already is fine.
func (k *Keeper) unsubscribe(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, tendTimeout)
	defer cancel()
	_, err := k.client.Unsubscribe(ctx, id)
	if errors.Is(err, konnektor.CodeSubscriptionID) {
		return nil
	}
	return err
}

// part unsubscribes at the end.
func (k *Keeper) part(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), partTimeout)
	defer cancel()
	for _, h := range k.held {
		if err := k.unsubscribe(ctx, h.ID); err != nil {
			k.sink.cfg.Log.Warn("unsubscribe", "konnektor", k.client.Address(), "err", err)
			break
		}
	}
	k.forget(func(subscription) bool { return true })
}

// Format writes address and topics, whatever the verb.
func (k *Keeper) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "cetp.Keeper(%s %s)", k.client.Address(), strings.Join(k.cfg.Topics, ","))
}
