package operations

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/cetp"
)

// The events of events.watch beside those of cards.watch.
const (
	eventKonnektor = "konnektor.event"
	eventRunning   = "events.running"
	eventStopped   = "events.stopped"
	eventDropped   = "events.dropped"
)

// defaultTopics are what events.watch subscribes to.
var defaultTopics = []string{konnektor.TopicCard, konnektor.TopicOperationalState, konnektor.TopicNetwork}

// troubleInterval is how often events.watch looks whether subscribing has failed.
const troubleInterval = time.Second

type eventsWatchRequestDoc struct {
	Topics []string `json:"topics,omitempty" doc:"The topics, each also for those below it. CARD, OPERATIONAL_STATE and NETWORK when left out; BOOTUP always comes."`
	Filter string   `json:"filter,omitempty" doc:"An XPath expression on the events that the Konnektor applies."`
	cardSelection
	sinkField
	polling
	timeLimit
}

type eventsWatchAnswerDoc struct {
	Events   int64 `json:"events" doc:"How many other events came."`
	Inserted int64 `json:"inserted" doc:"How many cards were inserted since the call began."`
	Removed  int64 `json:"removed" doc:"How many cards were removed."`
}

// eventsWatchEventDoc is one thing that events.watch has to tell.
type eventsWatchEventDoc struct {
	Event          string            `json:"event" enum:"card.present card.inserted card.removed konnektor.lost konnektor.back konnektor.event events.running events.stopped events.dropped" doc:"What happened. card and konnektor.lost, konnektor.back as in cards.watch; konnektor.event: an event of the Konnektor; events.running, events.stopped: events come or stay away from now on; events.dropped: some were not taken in time."`
	TextDE         string            `json:"text_de" doc:"What happened, in German."`
	Card           *cardDoc          `json:"card,omitempty" doc:"The card."`
	Error          *Error            `json:"error,omitempty" doc:"Why the Konnektor is lost or events stay away, as far as that is known."`
	Count          int64             `json:"count,omitempty" doc:"With events.dropped: how many."`
	Topic          string            `json:"topic,omitempty" doc:"With konnektor.event: its topic, as on the wire."`
	Type           string            `json:"type,omitempty" doc:"Operation, Security, Infrastructure, Business or Other."`
	Severity       string            `json:"severity,omitempty" doc:"Info, Warning, Error or Fatal."`
	SubscriptionID string            `json:"subscription_id,omitempty" doc:"The subscription."`
	Received       string            `json:"received,omitempty" format:"date-time" doc:"When it came."`
	Parameters     []parameterDoc    `json:"parameters,omitempty" doc:"The parameters in the order of the wire. They may name a person."`
	Condition      *conditionDoc     `json:"condition,omitempty" doc:"With OPERATIONAL_STATE: the operating condition that was raised or cleared."`
	Tunnel         *tunnelDoc        `json:"tunnel,omitempty" doc:"With NETWORK/VPN: the tunnel that went up or down."`
	Certificate    *cardCertEventDoc `json:"certificate,omitempty" doc:"With CERT/CARD/STATUS: a certificate that ends soon or is not valid."`
	Step           string            `json:"step,omitempty" doc:"With VSDM/PROGRESS and SMC_K: the step."`
	OK             *bool             `json:"ok,omitempty" doc:"With SMC_K: it has worked."`
}

type parameterDoc struct {
	Key   string `json:"key" doc:"Its name; upper and lower case count."`
	Value string `json:"value" doc:"Its value."`
}

type tunnelDoc struct {
	Name string `json:"name" doc:"TI or SIS."`
	Up   bool   `json:"up" doc:"It went up."`
}

type cardCertEventDoc struct {
	CardHandle string `json:"card_handle" doc:"The card."`
	CardType   string `json:"card_type" doc:"The type of the card."`
	ICCSN      string `json:"iccsn" doc:"The serial number of the card."`
	Holder     string `json:"holder" doc:"The holder. Names a person."`
	Name       string `json:"name" doc:"The certificate, such as C.OSIG."`
	Expires    string `json:"expires" format:"date" doc:"The day on which it ends."`
	Status     string `json:"status" doc:"In the words of the device."`
}

func opEventsWatch() Operation {
	return emits[eventsWatchEventDoc](define(Operation{
		Name:       "events.watch",
		Summary:    "Tells by events what the Konnektor reports, and which cards are inserted and removed, until timeout_ms is over or the call is cancelled. A Konnektor that stops answering is waited for. Without a sink, and while events stay away, cards are found by listing them; other events are missed then.",
		Title:      titleEventsWatch,
		Repeatable: true,
	}, runEventsWatch))
}

func runEventsWatch(ctx context.Context, c *call, req eventsWatchRequestDoc) (*eventsWatchAnswerDoc, error) {
	topics := req.Topics
	if len(topics) == 0 {
		topics = defaultTopics
	}
	for _, topic := range topics {
		if strings.Trim(topic, "/ ") == "" {
			return nil, &requestError{"topics", "must not be empty"}
		}
	}
	w := &eventWatcher{call: c}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watch := konnektor.WatchRequest{Filter: req.filter(), Poll: req.interval()}
	if req.Sink != nil {
		keeper, leave, err := c.sources.keep(c.client, *req.Sink, cetp.KeeperConfig{Topics: topics, Filter: req.Filter})
		if err != nil {
			return nil, err
		}
		defer leave()
		cards, others := keeper.Events(), keeper.Events()
		defer cards.Close()
		defer others.Close()
		watch.Events = cards
		w.start(ctx, keeper, others)
	}
	var err error
	if slices.ContainsFunc(topics, isCardTopic) || req.Sink == nil {
		err = w.cards(ctx, watch)
	} else {
		<-ctx.Done()
		err = ctx.Err()
	}
	cancel()
	w.running.Wait()
	if req.TimeoutMS > 0 && err == context.DeadlineExceeded { // not that of a call
		return &w.count, nil
	}
	return nil, err
}

// isCardTopic says whether a topic is about inserted and removed cards.
func isCardTopic(topic string) bool {
	e := konnektor.Event{Topic: topic}
	return e.Is(konnektor.TopicCard) && !e.Is(konnektor.TopicSessionTimeout)
}

// eventWatcher tells of cards and of other events, each from a goroutine of its
// own.
type eventWatcher struct {
	call    *call
	running sync.WaitGroup

	mu    sync.Mutex
	count eventsWatchAnswerDoc
}

func (w *eventWatcher) send(d eventsWatchEventDoc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch d.Event {
	case eventInserted:
		w.count.Inserted++
	case eventRemoved:
		w.count.Removed++
	case eventKonnektor:
		w.count.Events++
	}
	w.call.send(d)
}

// cards tells of cards until ctx ends.
func (w *eventWatcher) cards(ctx context.Context, watch konnektor.WatchRequest) error {
	for change, err := range w.call.client.Watch(ctx, watch) {
		if err != nil {
			return err
		}
		for _, d := range newCardEvents(w.call.op, change) {
			w.send(eventsWatchEventDoc{Event: d.Event, TextDE: d.TextDE, Card: d.Card, Error: d.Error})
		}
	}
	return ctx.Err()
}

// start tells of everything else in the background, until ctx ends.
func (w *eventWatcher) start(ctx context.Context, keeper *cetp.Keeper, events *cetp.Consumer) {
	w.running.Add(1)
	go func() {
		defer w.running.Done()
		ticker := time.NewTicker(troubleInterval)
		defer ticker.Stop()
		var trouble error
		for {
			for n, ok := events.Take(); ok && ctx.Err() == nil; n, ok = events.Take() {
				w.notice(n, keeper)
			}
			select {
			case <-ctx.Done():
				return
			case <-events.Ready():
			case <-ticker.C:
				err := keeper.State().Err
				if err != nil && (trouble == nil || err.Error() != trouble.Error()) {
					w.notice(konnektor.Notice{Flow: konnektor.FlowStopped}, keeper)
				}
				trouble = err
			}
		}
	}()
}

// notice tells of one notice.
func (w *eventWatcher) notice(n konnektor.Notice, keeper *cetp.Keeper) {
	switch {
	case n.Event != nil:
		if _, card := n.Event.Card(); !card { // Watch tells of those
			w.send(newEvent(n.Event))
		}
	case n.Lost > 0:
		w.send(eventsWatchEventDoc{Event: eventDropped, TextDE: eventGerman[eventDropped], Count: int64(n.Lost)})
	case n.Flow == konnektor.FlowRunning:
		w.send(eventsWatchEventDoc{Event: eventRunning, TextDE: eventGerman[eventRunning]})
	default:
		d := eventsWatchEventDoc{Event: eventStopped, TextDE: eventGerman[eventStopped]}
		if err := keeper.State().Err; err != nil && !errors.Is(err, context.Canceled) {
			d.Error = NewError(w.call.op, err)
		}
		w.send(d)
	}
}

// newEvent is an event of the Konnektor with what is known of its topic.
func newEvent(e *konnektor.Event) eventsWatchEventDoc {
	d := eventsWatchEventDoc{
		Event: eventKonnektor, TextDE: germanKonnektorEvent(e), Topic: e.Topic, Type: string(e.Type), Severity: string(e.Severity),
		SubscriptionID: e.SubscriptionID, Received: dateTime(e.Received),
	}
	for _, p := range e.Parameters {
		d.Parameters = append(d.Parameters, parameterDoc{p.Key, string(p.Value)})
	}
	if s, ok := e.State(); ok {
		condition := newCondition(s.State)
		d.Condition = &condition
	}
	if v, ok := e.VPN(); ok {
		d.Tunnel = &tunnelDoc{v.Tunnel, v.Up}
	}
	if c, ok := e.Certificate(); ok {
		d.Certificate = &cardCertEventDoc{
			string(c.Card), string(c.CardType), string(c.ICCSN), string(c.Holder), c.Certificate, date(c.Expires), c.Status,
		}
	}
	if p, ok := e.VSDMProgress(); ok {
		card := newCard(p.Card)
		d.Step, d.Card = p.Step, &card
	}
	if g, ok := e.GSMCK(); ok {
		d.Step, d.OK = g.Step, &g.OK
	}
	return d
}
