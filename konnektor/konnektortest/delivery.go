package konnektortest

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// Values of Events whose fields are zero.
const (
	defaultMaxTry          = 3
	defaultDeliveryTimeout = 20 * time.Second
)

// maxWaiting bounds the events that wait for one sink.
const maxWaiting = 100_000

// Events says how a Konnektor delivers events. Zero fields mean the documented
// default.
type Events struct {
	// MaxTry is EVT_MAX_TRY: after so many connections to a sink in a row that
	// failed, its subscriptions are dropped. 0 means 3.
	MaxTry int
	// Timeout bounds one delivery; 0 means 20 s, so that a busy computer loses no
	// event.
	Timeout time.Duration
	// Resubscribe says what Subscribe answers for what is subscribed already:
	// OldID or NewID. Sources contradict each other; empty lets the seed choose.
	Resubscribe Resubscribe
	// OneConnection sends the events that wait for a sink over one connection, in
	// place of one each.
	OneConnection bool
}

// Resubscribe is a choice of Events.
type Resubscribe string

// The choices.
const (
	OldID Resubscribe = "old"
	NewID Resubscribe = "new"
)

// keepsID decides what Subscribe answers for what is subscribed already.
func (o Options) keepsID() bool {
	if o.Events.Resubscribe == "" {
		return o.Seed&2 == 0
	}
	return o.Events.Resubscribe == OldID
}

// Event is what the Konnektor reports to those who subscribed.
type Event struct {
	Topic      string
	Type       konnektor.EventType     // empty means Operation
	Severity   konnektor.EventSeverity // empty means Info
	Parameters []konnektor.Parameter
	// Terminal and Card say whose rights count; empty means everybody's.
	Terminal konnektor.TerminalID
	Card     *Card
}

// EventDisturbance is a way in which the delivery of an event goes wrong. Zero
// fields change nothing.
type EventDisturbance struct {
	Lose   bool          // it is not sent
	Copies int           // it is sent so many times more
	Delay  time.Duration // it is sent so late, after those that follow it
	// Edit changes the bytes of the frame, its header included.
	Edit func(frame []byte) []byte
	// Blocks cuts the frame into so many packets.
	Blocks int
}

type plannedEvent struct {
	EventDisturbance
	topic string
	left  int
}

// eventing is the state of the events. The Konnektor's lock guards it.
type eventing struct {
	keepID        bool
	subscriptions []*Subscription
	sinks         map[string]*sink // by EventTo
	planned       []*plannedEvent
	pending       int // frames that are on their way
}

// sink is a place where events go.
type sink struct {
	to       string
	waiting  []*parcel
	running  bool // a goroutine delivers
	failures int  // connections in a row
}

// parcel is a frame for a sink.
type parcel struct {
	frame  []byte
	blocks int
}

// now is the time of the Konnektor.
func (k *Konnektor) now() time.Time { return k.opts.Now() }

// Emit reports an event to those who subscribed to its topic.
func (k *Konnektor) Emit(e Event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.emit(e)
}

// DisturbEvents makes the next n deliveries of events with the topic, or one
// below it, go wrong as d says. A negative n means until HealEvents. A delivery
// is one event for one subscription.
func (k *Konnektor) DisturbEvents(topic string, d EventDisturbance, n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if n != 0 {
		k.events.planned = append(k.events.planned, &plannedEvent{d, topic, n})
	}
}

// HealEvents ends all disturbances of events.
func (k *Konnektor) HealEvents() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.events.planned = nil
}

// eventDisturbance takes the next disturbance of a topic. The lock is held.
func (k *Konnektor) eventDisturbance(topic string) EventDisturbance {
	for i, p := range k.events.planned {
		if !underTopic(p.topic, topic) {
			continue
		}
		if p.left > 0 {
			p.left--
		}
		if p.left == 0 {
			k.events.planned = slices.Delete(k.events.planned, i, i+1)
		}
		return p.EventDisturbance
	}
	return EventDisturbance{}
}

// underTopic says whether an event's topic is the subscribed one or below it;
// case does not count (gemSpec_Kon, Systeminformationsdienst).
func underTopic(subscribed, topic string) bool {
	subscribed, topic = strings.ToUpper(strings.Trim(subscribed, "/ ")), strings.ToUpper(strings.Trim(topic, "/ "))
	rest, ok := strings.CutPrefix(topic, subscribed)
	return ok && (rest == "" || rest[0] == '/' || subscribed == "")
}

// emit reports an event. The lock is held: the order of events is that of what
// they report.
func (k *Konnektor) emit(e Event) {
	if k.stateBlocks("EC_Software_Integrity_Check_Failed") {
		return // event delivery works in every other state
	}
	for _, s := range k.alive() {
		if !underTopic(s.Topic, e.Topic) || !k.entitled(s, &e) {
			continue
		}
		if text := k.eventXML(e, s.ID); text != "" && s.wants(text) {
			k.dispatch(s.EventTo, e.Topic, text)
		}
	}
}

func (k *Konnektor) stateBlocks(name string) bool {
	c := k.states[name]
	return c != nil && c.active
}

// entitled says whether the subscriber's Aufrufkontext may know of the event.
// The lock is held.
func (k *Konnektor) entitled(s *Subscription, e *Event) bool {
	c := &Call{Konnektor: k, Context: s.Context}
	a := Access{Terminal: e.Terminal, Look: true}
	if e.Card != nil {
		a.Terminal = e.Card.Terminal
	}
	if c.checkKnown(a) != 0 || c.checkAssigned(a) != 0 || c.checkTerminal(a) != 0 {
		return false
	}
	if e.Card != nil && (e.Card.Type == konnektor.CardSMCB || e.Card.Type == konnektor.CardHSMB) {
		return c.checkSMCB(e.Card) == 0
	}
	return true
}

// wants says whether an event passes the filter of the subscription.
func (s *Subscription) wants(text string) bool {
	if s.xpath == nil {
		return true
	}
	root, err := parseXML([]byte(text), nil, false)
	return err == nil && s.xpath.matches(root)
}

// eventXML writes an event; "" when it cannot be written. The lock is held.
func (k *Konnektor) eventXML(e Event, id string) string {
	var message string
	for _, p := range e.Parameters {
		message += Elem("EVT:Parameter", ElemText("EVT:Key", p.Key), ElemText("EVT:Value", string(p.Value)))
	}
	text, err := k.dialect.render(Elem("EVT:Event",
		ElemText("EVT:Topic", e.Topic), ElemText("EVT:Type", string(or(e.Type, konnektor.EventOperation))),
		ElemText("EVT:Severity", string(or(e.Severity, konnektor.SeverityInfo))),
		ElemText("EVT:SubscriptionID", id), Elem("EVT:Message", message)), nil)
	if err != nil {
		return ""
	}
	k.schemas.add(document{"event " + e.Topic, "conn/EventService.xsd", []byte(text)})
	return text
}

// dispatch puts an event on its way, through the next disturbance. The lock is
// held.
func (k *Konnektor) dispatch(to, topic, text string) {
	d := k.eventDisturbance(topic)
	if d.Lose {
		return
	}
	frame := append([]byte("CETP"), binary.BigEndian.AppendUint32(nil, uint32(len(text)))...)
	frame = append(frame, text...)
	if d.Edit != nil {
		frame = d.Edit(frame)
	}
	p := &parcel{frame, d.Blocks}
	for range 1 + d.Copies {
		if d.Delay == 0 {
			k.queue(to, p)
			continue
		}
		if k.spawn(func() { k.sendLate(to, p, d.Delay) }) {
			k.events.pending++
		}
	}
}

// sendLate sends after a while.
func (k *Konnektor) sendLate(to string, p *parcel, delay time.Duration) {
	over, stop := k.opts.Clock.After(delay)
	defer stop()
	select {
	case <-over:
	case <-k.closed:
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.events.pending--
	k.queue(to, p)
}

// queue appends to what waits for a sink. The lock is held.
func (k *Konnektor) queue(to string, p *parcel) {
	s := k.events.sinks[to]
	if s == nil {
		k.dropSinks()
		s = &sink{to: to}
		k.events.sinks[to] = s
	}
	s.running = s.running || k.spawn(func() { k.deliver(s) })
	if !s.running || len(s.waiting) >= maxWaiting {
		return
	}
	s.waiting = append(s.waiting, p)
	k.events.pending++
}

// dropSinks forgets the sinks to which nothing goes any more. The lock is held.
func (k *Konnektor) dropSinks() {
	known := map[string]bool{}
	for _, s := range k.events.subscriptions {
		known[s.EventTo] = true
	}
	maps.DeleteFunc(k.events.sinks, func(to string, s *sink) bool { return !s.running && !known[to] })
}

// next takes what waits for a sink: one frame, or all for one connection. A
// Konnektor that was closed sends nothing more.
func (k *Konnektor) next(s *sink) []*parcel {
	k.mu.Lock()
	defer k.mu.Unlock()
	select {
	case <-k.closed:
		k.giveUp(s)
	default:
	}
	n := min(len(s.waiting), 1)
	if k.opts.Events.OneConnection {
		n = len(s.waiting)
	}
	batch := s.waiting[:n:n]
	s.waiting = s.waiting[n:]
	s.running = n > 0
	return batch
}

// deliver sends what waits for a sink, in order, until nothing waits.
func (k *Konnektor) deliver(s *sink) {
	for batch := k.next(s); len(batch) > 0; batch = k.next(s) {
		err := k.connectAndSend(s.to, batch)
		k.delivered(s, len(batch), err)
	}
}

// giveUp drops what waits for a sink. The lock is held.
func (k *Konnektor) giveUp(s *sink) {
	k.events.pending -= len(s.waiting)
	k.counters.EventsFailed += len(s.waiting)
	s.waiting = nil
}

// delivered counts a delivery. The sink's subscriptions go after too many
// connections that failed, and what still waits goes with them.
func (k *Konnektor) delivered(s *sink, n int, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.events.pending -= n
	if err == nil {
		s.failures = 0
		k.counters.Events += n
		return
	}
	k.counters.EventsFailed += n
	if s.failures++; s.failures >= k.opts.Events.MaxTry {
		s.failures = 0
		k.giveUp(s)
		k.forget(func(x *Subscription) bool { return x.EventTo == s.to })
	}
}

// connectAndSend opens a connection and sends frames. An error means that there
// was no connection, or that it broke.
func (k *Konnektor) connectAndSend(to string, batch []*parcel) error {
	ctx, cancel := context.WithTimeout(context.Background(), k.opts.Events.Timeout)
	defer cancel()
	stop := k.cancelOnClose(cancel)
	defer stop()
	conn, err := k.connect(ctx, strings.TrimPrefix(to, "cetp://"))
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(k.opts.Events.Timeout))
	for _, p := range batch {
		if err := p.write(conn); err != nil {
			return err
		}
	}
	return nil
}

// cancelOnClose lets a delivery end with the Konnektor.
func (k *Konnektor) cancelOnClose(cancel func()) (stop func()) {
	over := make(chan struct{})
	go func() {
		select {
		case <-k.closed:
			cancel()
		case <-over:
		}
	}()
	return func() { close(over) }
}

func (p *parcel) write(conn net.Conn) error {
	size := len(p.frame)
	if p.blocks > 1 {
		size = max(len(p.frame)/p.blocks, 1)
	}
	for block := range slices.Chunk(p.frame, max(size, 1)) {
		if _, err := conn.Write(block); err != nil {
			return err
		}
	}
	return nil
}

// connect opens a connection as TIP1-A_4595 has it: plain if and only if TLS is
// not mandatory. It goes to this computer only.
func (k *Konnektor) connect(ctx context.Context, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if err := onThisComputer(ctx, host); err != nil {
		return nil, err
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil || k.opts.Auth == Plain {
		return conn, err
	}
	c := tls.Client(conn, k.sinkConfig(host))
	if err := c.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return c, nil
}

// sinkConfig is the TLS towards a sink. The Konnektor shows its certificate when
// it is asked for. What devices check of a sink's certificate is not known; the
// simulator looks at its dates.
func (k *Konnektor) sinkConfig(host string) *tls.Config {
	c := &tls.Config{
		MinVersion: tls.VersionTLS12,
		ServerName: host,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			own := k.Identity()
			return &own, nil
		},
	}
	c.InsecureSkipVerify = true // a check of its own stands in its place
	c.VerifyConnection = func(s tls.ConnectionState) error {
		now, leaf := time.Now(), s.PeerCertificates[0]
		if now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
			return fmt.Errorf("konnektortest: the sink's certificate is not valid today")
		}
		return nil
	}
	return c
}

// onThisComputer refuses addresses of others: a simulator sends nothing there.
func onThisComputer(ctx context.Context, host string) error {
	ips, err := net.DefaultResolver.LookupIPAddr(ctx, host)
	if err != nil {
		return err
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return err
	}
	for _, ip := range ips {
		if ip.IP.IsLoopback() || slices.ContainsFunc(own, func(a net.Addr) bool {
			n, ok := a.(*net.IPNet)
			return ok && n.IP.Equal(ip.IP)
		}) {
			return nil
		}
	}
	return fmt.Errorf("konnektortest: events go to this computer only, not to %s", host)
}

// EventsPending says how many events are on their way.
func (k *Konnektor) EventsPending() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.events.pending
}

// cardEvent reports a card. The lock is held.
func (k *Konnektor) cardEvent(c *Card, inserted bool) {
	e := Event{Topic: "CARD/REMOVED", Card: c}
	add := func(key, value string) {
		e.Parameters = append(e.Parameters, konnektor.Parameter{Key: key, Value: konnektor.ParameterValue(value)})
	}
	add("CardHandle", string(c.Handle))
	if inserted || !k.dialect.removedType {
		add("CardType", string(c.Type))
	} else {
		add("Type", string(c.Type))
	}
	version := ""
	if c.Version != nil {
		version = c.Version.ObjectSystem
	}
	add("CardVersion", version)
	add("ICCSN", string(c.ICCSN))
	add("CtID", string(c.Terminal))
	add("SlotID", strconv.Itoa(c.Slot))
	add("InsertTime", k.ids.dateTime(c.InsertTime))
	add("CardHolderName", string(c.Holder))
	add("KVNR", string(c.KVNR))
	if inserted {
		e.Topic = "CARD/INSERTED"
		expires := ""
		if !c.Expires.IsZero() {
			expires = c.Expires.Format(time.DateOnly)
		}
		add("CertExpirationDate", expires)
	}
	k.emit(e)
}

// cardEvents reports several cards. The lock is held.
func (k *Konnektor) cardEvents(which func(*Card) bool, inserted bool) {
	for _, c := range k.cards {
		if which(c) {
			k.cardEvent(c, inserted)
		}
	}
}

// stateEvent reports an operating state. The lock is held.
func (k *Konnektor) stateEvent(c *condition) {
	k.emit(Event{
		Topic: "OPERATIONAL_STATE/" + c.name, Type: konnektor.EventType(c.kind), Severity: konnektor.EventSeverity(c.severity),
		Parameters: append([]konnektor.Parameter{
			{Key: "Value", Value: konnektor.ParameterValue(strconv.FormatBool(c.active))},
			{Key: "Bedeutung", Value: konnektor.ParameterValue("Zustand " + c.name)},
		}, c.parameters...),
	})
}

// tunnelEvent reports a tunnel. The lock is held.
func (k *Konnektor) tunnelEvent(t Tunnel, online bool) {
	direction := "DOWN"
	if online {
		direction = "UP"
	}
	k.emit(Event{Topic: "NETWORK/" + [2]string{"VPN_TI", "VPN_SIS"}[t&1] + "/" + direction})
}

// bootEvents forgets all subscriptions and tells the sinks that were known that
// the Konnektor has started: without a subscription, since there is none. The
// lock is held.
func (k *Konnektor) bootEvents() {
	known := map[string]bool{}
	for _, s := range k.alive() {
		known[s.EventTo] = true
	}
	k.events.subscriptions = nil
	for to := range known {
		if text := k.eventXML(Event{Topic: "BOOTUP/BOOTUP_COMPLETE"}, ""); text != "" {
			k.dispatch(to, "BOOTUP/BOOTUP_COMPLETE", text)
		}
	}
}
