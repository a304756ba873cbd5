package konnektor

import (
	"context"
	"slices"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/eventservice72"
)

// SubscriptionLife is how long a subscription lives after Subscribe or
// RenewSubscriptions (gemSpec_Kon, Systeminformationsdienst).
const SubscriptionLife = 25 * time.Hour

// maxRenewals is how many subscriptions one RenewSubscriptions may name.
const maxRenewals = 1000

// Subscription asks a Konnektor to send events.
type Subscription struct {
	// ID is given by the Konnektor, at most 64 characters.
	ID string
	// EventTo is where the events go: cetp://host:port.
	EventTo string
	// Topic is the topic of the events, or one above it, such as CARD. Upper and
	// lower case do not count. At most 1024 characters.
	Topic string
	// Filter is an XPath expression on the event, at most 1024 characters; empty
	// means all events.
	Filter string
	// Expires is when the subscription ends, by the clock of the Konnektor; the
	// zero time when it does not say.
	Expires time.Time
}

// Subscribe asks for the events of s.Topic at s.EventTo. It returns s with ID
// and Expires. It is not sent again when its answer is lost: look at
// [Client.Subscriptions] then. Whether a Konnektor gives a new ID for what is
// subscribed already is not known.
//
// It returns an [*Error], with code 4095 for a Filter that the Konnektor cannot
// evaluate, or a [*Failure]. Subscribe is safe for concurrent use.
func (c *Client) Subscribe(ctx context.Context, s Subscription) (Subscription, *Warning, error) {
	op := eventservice72.OperationSubscribe
	if s.EventTo == "" || s.Topic == "" {
		return Subscription{}, nil, fail(KindRequest, op.Name, "EventTo and topic are needed")
	}
	req := eventservice72.Subscribe{Subscription: eventservice72.SubscriptionType{EventTo: s.EventTo, Topic: s.Topic}}
	if s.Filter != "" {
		req.Subscription.Filter = new(s.Filter)
	}
	var resp eventservice72.SubscribeResponse
	if err := c.Invoke(ctx, op, &req, &resp); err != nil {
		return Subscription{}, nil, err
	}
	warning, err := outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
	switch {
	case err != nil:
		return Subscription{}, nil, err
	case resp.SubscriptionID == "":
		return Subscription{}, nil, fail(KindMalformed, op.Name, "answer without SubscriptionID")
	}
	s.ID, s.Expires = resp.SubscriptionID, resp.TerminationTime.Time
	return s, warning, nil
}

// Unsubscribe ends the subscription with the ID.
//
// It returns an [*Error], with CodeSubscriptionID when there is none, or a
// [*Failure]. Unsubscribe is safe for concurrent use.
func (c *Client) Unsubscribe(ctx context.Context, id string) (*Warning, error) {
	return c.unsubscribe(ctx, &eventservice72.Unsubscribe{SubscriptionID: &id})
}

// UnsubscribeSink ends all subscriptions of the CallContext that go to eventTo
// (cetp://host:port), like [Client.Unsubscribe].
func (c *Client) UnsubscribeSink(ctx context.Context, eventTo string) (*Warning, error) {
	return c.unsubscribe(ctx, &eventservice72.Unsubscribe{EventTo: &eventTo})
}

func (c *Client) unsubscribe(ctx context.Context, req *eventservice72.Unsubscribe) (*Warning, error) {
	op := eventservice72.OperationUnsubscribe
	var resp eventservice72.UnsubscribeResponse
	if err := c.Invoke(ctx, op, req, &resp); err != nil {
		return nil, err
	}
	return outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
}

// Subscriptions lists the subscriptions of the CallContext, in no given order.
// mandantWide lists all of the Mandant.
//
// It returns an [*Error] or a [*Failure]. Subscriptions is safe for concurrent
// use.
func (c *Client) Subscriptions(ctx context.Context, mandantWide bool) ([]Subscription, *Warning, error) {
	op := eventservice72.OperationGetSubscription
	req := eventservice72.GetSubscription{MandantWide: &mandantWide}
	var resp eventservice72.GetSubscriptionResponse
	if err := c.Invoke(ctx, op, &req, &resp); err != nil {
		return nil, nil, err
	}
	warning, err := outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
	if err != nil {
		return nil, nil, err
	}
	list := make([]Subscription, len(resp.Subscriptions.Subscription))
	for i := range resp.Subscriptions.Subscription {
		v := &resp.Subscriptions.Subscription[i]
		list[i] = Subscription{ID: text(v.SubscriptionID), EventTo: v.EventTo, Topic: v.Topic, Filter: text(v.Filter)}
		if v.TerminationTime != nil {
			list[i].Expires = v.TerminationTime.Time
		}
	}
	return list, warning, nil
}

// RenewSubscriptions prolongs subscriptions and returns them with ID and
// Expires only. More than 1000 are sent in several calls; of those that were
// sent before an error the renewals come back beside it.
//
// It returns an [*Error], with CodeSubscriptionID when one of them is unknown or
// ended already, or a [*Failure]. RenewSubscriptions is safe for concurrent use.
func (c *Client) RenewSubscriptions(ctx context.Context, ids ...string) ([]Subscription, *Warning, error) {
	op := eventservice72.OperationRenewSubscriptions
	if len(ids) == 0 {
		return nil, nil, fail(KindRequest, op.Name, "no subscription is named")
	}
	var renewed []Subscription
	var warning *Warning
	for part := range slices.Chunk(ids, maxRenewals) {
		req := eventservice72.RenewSubscriptions{SubscriptionID: part}
		var resp eventservice72.RenewSubscriptionsResponse
		if err := c.Invoke(ctx, op, &req, &resp); err != nil {
			return renewed, warning, err
		}
		w, err := outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
		if err != nil {
			return renewed, warning, err
		}
		if w != nil {
			warning = w
		}
		for _, r := range resp.SubscribeRenewals.SubscriptionRenewal {
			renewed = append(renewed, Subscription{ID: r.SubscriptionID, Expires: r.TerminationTime.Time})
		}
	}
	return renewed, warning, nil
}
