package konnektortest

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// subscriptionLife is how long a subscription lives after Subscribe and
// RenewSubscriptions (gemSpec_Kon).
const subscriptionLife = 25 * time.Hour

// maxSubscriptions is how many there may be; devices take at least so many.
const maxSubscriptions = 999

// Subscription is what a client system has subscribed to.
type Subscription struct {
	ID      string
	EventTo string // cetp://host:port
	Topic   string
	Filter  string
	Context konnektor.CallContext
	Expires time.Time

	xpath *xpath // the filter; nil without
}

var (
	subscriptionIDShape = Simple(prefixes["EVT"], "SubscriptionID", MaxLength(64))
	eventToShape        = Simple(prefixes["EVT"], "EventTo", eventTo)
	subscriptionShape   = Sequence(prefixes["EVT"], "Subscription",
		Maybe(subscriptionIDShape), Maybe(Simple(prefixes["EVT"], "TerminationTime", dateTime)),
		One(eventToShape), One(Simple(prefixes["EVT"], "Topic", MaxLength(1024))),
		Maybe(Simple(prefixes["EVT"], "Filter", MaxLength(1024))))
)

// eventTo is the pattern of EventTo.
func eventTo(v string) error {
	if v = strings.TrimSpace(v); !strings.HasPrefix(v, "cetp://") || strings.ContainsAny(v, "\r\n") {
		return errors.New("is no cetp address")
	}
	return nil
}

// subscriptionOperations are those of EventService that subscribe.
func subscriptionOperations(op operationMaker) []Operation {
	return []Operation{
		op("Subscribe", subscribe, nil, One(subscriptionShape)),
		op("Unsubscribe", unsubscribe, nil, One(subscriptionIDShape, eventToShape)),
		op("GetSubscription", getSubscription, mandantWide, Maybe(subscriptionIDShape)),
		op("RenewSubscriptions", renewSubscriptions, nil, Many(1, 1000, subscriptionIDShape)),
	}
}

// operationMaker makes an operation of EventService.
type operationMaker = func(name string, handle func(*Call) (string, error), attrs map[string]Facet, parts ...Part) Operation

func subscribe(c *Call) (string, error) {
	if err := c.Access(Access{}); err != nil {
		return "", err
	}
	e := c.Request.Child("Subscription")
	s := &Subscription{
		EventTo: strings.TrimSpace(e.Value("EventTo")), Topic: e.Value("Topic"), Filter: e.Value("Filter"), Context: c.Context,
	}
	if s.Filter != "" {
		var err error
		if s.xpath, err = parseXPath(s.Filter); err != nil {
			return "", &Fault{Code: 4095, Detail: err.Error()}
		}
	}
	k := c.Konnektor
	k.mu.Lock()
	defer k.mu.Unlock()
	known := k.alive()
	s.Expires = k.now().Add(subscriptionLife)
	old := slices.IndexFunc(known, func(o *Subscription) bool {
		return k.events.keepID && o.EventTo == s.EventTo && strings.EqualFold(o.Topic, s.Topic) && o.Context == s.Context
	})
	switch {
	case old >= 0:
		s.ID = known[old].ID
		known[old] = s
	case len(known) >= maxSubscriptions:
		return "", &Fault{Code: 4001, Detail: "too many subscriptions"}
	default:
		s.ID = k.ids.uuid()
		k.events.subscriptions = append(known, s)
	}
	return Elem("EVT:SubscribeResponse", StatusOK(), k.renewalXML(s)), nil
}

// alive drops what has expired and returns the rest. The lock is held.
func (k *Konnektor) alive() []*Subscription {
	now := k.now()
	k.events.subscriptions = slices.DeleteFunc(k.events.subscriptions, func(s *Subscription) bool {
		return !s.Expires.After(now)
	})
	return k.events.subscriptions
}

// mine returns the living subscriptions that a call may see. The lock is held.
func (c *Call) mine(mandantWide bool) []*Subscription {
	var list []*Subscription
	for _, s := range c.Konnektor.alive() {
		same := s.Context.MandantID == c.Context.MandantID
		if !mandantWide {
			same = same && s.Context.ClientSystemID == c.Context.ClientSystemID && s.Context.WorkplaceID == c.Context.WorkplaceID
		}
		if same {
			list = append(list, s)
		}
	}
	return list
}

// renewalXML writes what Subscribe and RenewSubscriptions answer.
func (k *Konnektor) renewalXML(s *Subscription) string {
	return ElemText("EVT:SubscriptionID", s.ID) + ElemText("EVT:TerminationTime", k.ids.dateTime(s.Expires))
}

func unsubscribe(c *Call) (string, error) {
	if err := c.Access(Access{}); err != nil {
		return "", err
	}
	id, to := c.Request.Value("SubscriptionID"), strings.TrimSpace(c.Request.Value("EventTo"))
	k := c.Konnektor
	k.mu.Lock()
	defer k.mu.Unlock()
	var ended []*Subscription
	for _, s := range c.mine(false) {
		if id != "" && s.ID == id || id == "" && s.EventTo == to {
			ended = append(ended, s)
		}
	}
	if len(ended) == 0 {
		return "", NewFault(4102)
	}
	k.forget(func(s *Subscription) bool { return slices.Contains(ended, s) })
	return Elem("EVT:UnsubscribeResponse", StatusOK()), nil
}

// forget drops subscriptions. The lock is held.
func (k *Konnektor) forget(which func(*Subscription) bool) int {
	before := len(k.events.subscriptions)
	k.events.subscriptions = slices.DeleteFunc(k.events.subscriptions, which)
	return before - len(k.events.subscriptions)
}

func getSubscription(c *Call) (string, error) {
	wide := isTrue(c.Request.Attr("mandant-wide"))
	if err := c.Access(Access{}); err != nil {
		return "", err
	}
	id := c.Request.Value("SubscriptionID")
	k := c.Konnektor
	k.mu.Lock()
	defer k.mu.Unlock()
	var list string
	for _, s := range c.mine(wide) {
		if id == "" || s.ID == id {
			list += k.subscriptionXML(s)
		}
	}
	if id != "" && list == "" {
		return "", NewFault(4102)
	}
	return Elem("EVT:GetSubscriptionResponse", StatusOK(), Elem("EVT:Subscriptions", list)), nil
}

func (k *Konnektor) subscriptionXML(s *Subscription) string {
	text := k.renewalXML(s) + ElemText("EVT:EventTo", s.EventTo) + ElemText("EVT:Topic", s.Topic)
	if s.Filter != "" {
		text += ElemText("EVT:Filter", s.Filter)
	}
	return Elem("EVT:Subscription", text)
}

func renewSubscriptions(c *Call) (string, error) {
	if err := c.Access(Access{}); err != nil {
		return "", err
	}
	k := c.Konnektor
	k.mu.Lock()
	defer k.mu.Unlock()
	mine := c.mine(false)
	var renewed []*Subscription
	for _, e := range c.Request.Children {
		if e.Local != "SubscriptionID" {
			continue
		}
		i := slices.IndexFunc(mine, func(s *Subscription) bool { return s.ID == e.Text })
		if i < 0 {
			return "", NewFault(4102)
		}
		renewed = append(renewed, mine[i])
	}
	var list string
	for _, s := range renewed {
		s.Expires = k.now().Add(subscriptionLife)
		list += Elem("EVT:SubscriptionRenewal", k.renewalXML(s))
	}
	return Elem("EVT:RenewSubscriptionsResponse", StatusOK(), Elem("EVT:SubscribeRenewals", list)), nil
}

// Subscriptions returns all subscriptions that have not expired.
func (k *Konnektor) Subscriptions() []Subscription {
	k.mu.Lock()
	defer k.mu.Unlock()
	var all []Subscription
	for _, s := range k.alive() {
		all = append(all, *s)
	}
	return all
}

// DropSubscriptions forgets all subscriptions and tells nobody, as devices do
// now and then. It returns how many there were.
func (k *Konnektor) DropSubscriptions() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.forget(func(*Subscription) bool { return true })
}
