package operations

import (
	"context"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

type eventSubscriptionDoc struct {
	ID      string `json:"id" doc:"What the Konnektor calls it."`
	EventTo string `json:"event_to" doc:"Where the events go: cetp://host:port."`
	Topic   string `json:"topic" doc:"The topic, also for those below it."`
	Filter  string `json:"filter" doc:"An XPath expression on the events; empty for all."`
	Expires string `json:"expires" format:"date-time" doc:"When it ends, by the clock of the Konnektor; empty when not told."`
}

type eventsSubscriptionsRequestDoc struct {
	MandantWide bool `json:"mandant_wide,omitempty" doc:"All of the Mandant, not only those of the workplace."`
	timeLimit
}

type eventsSubscriptionsAnswerDoc struct {
	Subscriptions []eventSubscriptionDoc `json:"subscriptions" doc:"The subscriptions, in no given order."`
	Warning       *Error                 `json:"warning,omitempty" doc:"What the Konnektor reports beside its answer."`
}

type eventsSubscribeRequestDoc struct {
	EventTo string `json:"event_to" doc:"Where the events go: cetp://host:port."`
	Topic   string `json:"topic" doc:"The topic, also for those below it."`
	Filter  string `json:"filter,omitempty" doc:"An XPath expression on the events; all when left out."`
	timeLimit
}

type eventsSubscribeAnswerDoc struct {
	Subscription eventSubscriptionDoc `json:"subscription" doc:"The subscription."`
	Warning      *Error               `json:"warning,omitempty" doc:"What the Konnektor reports beside its answer."`
}

type eventsRenewRequestDoc struct {
	IDs []string `json:"ids" doc:"The subscriptions."`
	timeLimit
}

type eventsUnsubscribeRequestDoc struct {
	ID      string `json:"id,omitempty" doc:"The subscription. Give this or event_to."`
	EventTo string `json:"event_to,omitempty" doc:"All subscriptions that go there."`
	timeLimit
}

// subscriptionOperations are for a PVS with an event sink of its own.
func subscriptionOperations() []Operation {
	return []Operation{
		define(Operation{
			Name: "events.subscriptions", Summary: "Lists the subscriptions to events.", Title: titleEventsSubscriptions, Repeatable: true,
		}, runEventsSubscriptions),
		define(Operation{
			Name:    "events.subscribe",
			Summary: "Subscribes to events for a sink of your own. It lives for 25 hours; see events.renew. events.watch and cards.watch do all of this by themselves.",
			Title:   titleEventsSubscribe,
		}, runEventsSubscribe),
		define(Operation{
			Name: "events.renew", Summary: "Prolongs subscriptions; the answer has id and expires only.", Title: titleEventsRenew, Repeatable: true,
		}, runEventsRenew),
		define(Operation{
			Name: "events.unsubscribe", Summary: "Ends subscriptions.", Title: titleEventsUnsubscribe, Repeatable: true,
		}, runEventsUnsubscribe),
	}
}

func newSubscription(s konnektor.Subscription) eventSubscriptionDoc {
	return eventSubscriptionDoc{s.ID, s.EventTo, s.Topic, s.Filter, dateTime(s.Expires)}
}

func newSubscriptions(c *call, list []konnektor.Subscription, w *konnektor.Warning) *eventsSubscriptionsAnswerDoc {
	a := &eventsSubscriptionsAnswerDoc{Subscriptions: []eventSubscriptionDoc{}, Warning: newWarning(c.op, w)}
	for _, s := range list {
		a.Subscriptions = append(a.Subscriptions, newSubscription(s))
	}
	return a
}

func runEventsSubscriptions(ctx context.Context, c *call, req eventsSubscriptionsRequestDoc) (*eventsSubscriptionsAnswerDoc, error) {
	list, w, err := c.client.Subscriptions(ctx, req.MandantWide)
	if err != nil {
		return nil, err
	}
	return newSubscriptions(c, list, w), nil
}

func runEventsSubscribe(ctx context.Context, c *call, req eventsSubscribeRequestDoc) (*eventsSubscribeAnswerDoc, error) {
	s, w, err := c.client.Subscribe(ctx, konnektor.Subscription{EventTo: req.EventTo, Topic: req.Topic, Filter: req.Filter})
	if err != nil {
		return nil, err
	}
	return &eventsSubscribeAnswerDoc{newSubscription(s), newWarning(c.op, w)}, nil
}

func runEventsRenew(ctx context.Context, c *call, req eventsRenewRequestDoc) (*eventsSubscriptionsAnswerDoc, error) {
	list, w, err := c.client.RenewSubscriptions(ctx, req.IDs...)
	if err != nil {
		return nil, err
	}
	return newSubscriptions(c, list, w), nil
}

func runEventsUnsubscribe(ctx context.Context, c *call, req eventsUnsubscribeRequestDoc) (*doneAnswerDoc, error) {
	switch {
	case (req.ID == "") == (req.EventTo == ""):
		return nil, &requestError{cause: "give id or event_to"}
	case req.ID != "":
		return c.finish(c.client.Unsubscribe(ctx, req.ID))
	}
	return c.finish(c.client.UnsubscribeSink(ctx, req.EventTo))
}
