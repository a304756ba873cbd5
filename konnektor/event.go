package konnektor

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/eventservice72"
	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// EventType is the type of an event.
type EventType string

// The types of EventService v7.2.
const (
	EventOperation      EventType = "Operation"
	EventSecurity       EventType = "Security"
	EventInfrastructure EventType = "Infrastructure"
	EventBusiness       EventType = "Business"
	EventOther          EventType = "Other"
)

// EventSeverity is how grave an event is.
type EventSeverity string

// The severities of EventService v7.2.
const (
	SeverityInfo    EventSeverity = "Info"
	SeverityWarning EventSeverity = "Warning"
	SeverityError   EventSeverity = "Error"
	SeverityFatal   EventSeverity = "Fatal"
)

// Topics whose events have a view of their own. A topic is a path; devices
// differ in upper and lower case, so compare with [Event.Is].
const (
	TopicCard             = "CARD"
	TopicCardInserted     = "CARD/INSERTED"
	TopicCardRemoved      = "CARD/REMOVED"
	TopicSessionTimeout   = "CARD/SESSION/TIMEOUT"
	TopicCardCertificate  = "CERT/CARD/STATUS"
	TopicOperationalState = "OPERATIONAL_STATE"
	TopicNetwork          = "NETWORK"
	TopicBootup           = "BOOTUP"
	TopicVSDMProgress     = "VSDM/PROGRESS"
	TopicGSMCK            = "SMC_K"
)

// Event is what a Konnektor reports by itself. The views ([Event.Card] and so
// on) read the topics whose parameters are known; the parameters are there for
// the others too. Printing and logging an Event gives its topic only, for its
// parameters may name a patient.
type Event struct {
	Topic    string // as on the wire
	Type     EventType
	Severity EventSeverity
	// SubscriptionID names the subscription; it is empty with BOOTUP, which goes
	// to all sinks that were known before the restart.
	SubscriptionID string
	// Parameters are in the order of the wire. They are shared by all who got
	// the event and must not be changed.
	Parameters []Parameter
	// Received is when the event was read, by the clock of this computer; the
	// zero time when nobody said.
	Received time.Time
	// Peer is the address that sent it; may be empty.
	Peer string
}

// Parameter is one key and value of an event.
type Parameter struct {
	Key   string // upper and lower case count
	Value ParameterValue
}

// ParameterValue is the value of a [Parameter], which may name a patient. It is
// masked like [KVNR]; string(v) is the one way to the value.
type ParameterValue string

// String is "***", or empty for the empty value.
func (v ParameterValue) String() string { return mask(string(v)) }

// GoString is String.
func (v ParameterValue) GoString() string { return mask(string(v)) }

// Format writes String, whatever the verb.
func (v ParameterValue) Format(f fmt.State, _ rune) { writeMasked(f, string(v)) }

// LogValue is String.
func (v ParameterValue) LogValue() slog.Value { return slog.StringValue(mask(string(v))) }

// MarshalText is String, so that no encoder writes a value by accident.
func (v ParameterValue) MarshalText() ([]byte, error) { return []byte(mask(string(v))), nil }

// Format writes the topic, whatever the verb.
func (e Event) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "Event{%s}", strconv.QuoteToASCII(e.Topic))
}

// LogValue is topic, severity and subscription.
func (e Event) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("topic", e.Topic), slog.String("severity", string(e.Severity)),
		slog.String("subscription", e.SubscriptionID),
	)
}

// MarshalJSON writes what LogValue has, so that a logger for JSON gets no
// parameters.
func (e Event) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Topic        string        `json:"topic"`
		Severity     EventSeverity `json:"severity"`
		Subscription string        `json:"subscription,omitempty"`
	}{e.Topic, e.Severity, e.SubscriptionID})
}

// Limits of an event. The schema gives 1024 characters to a topic, 64 to a key
// and 5000 to a value; their number is free there.
const maxParameters = 1000

// ErrEvent is in every error of [ParseEvent].
var ErrEvent = errors.New("konnektor: event")

// ParseEvent reads the element Event of EventService v7.2, whatever its
// namespace: gemILF_PS shows v7.0 in its examples. Unknown elements are passed
// over. The error wraps [ErrEvent] and quotes nothing of doc.
func ParseEvent(doc []byte) (Event, error) {
	r := wire.NewReader(doc)
	r.AnyNamespace()
	r.ShareText()
	if !r.Root() {
		return Event{}, fmt.Errorf("%w: %w", ErrEvent, r.Err())
	}
	if !r.Is("", "Event") {
		return Event{}, fmt.Errorf("%w: another element", ErrEvent)
	}
	var v eventservice72.Event
	v.DecodeXML(r)
	if err := r.Finish(); err != nil {
		return Event{}, fmt.Errorf("%w: %w", ErrEvent, err)
	}
	switch {
	case strings.Trim(v.Topic, "/ \t\r\n") == "":
		return Event{}, fmt.Errorf("%w: no topic", ErrEvent)
	case len(v.Message.Parameter) > maxParameters:
		return Event{}, fmt.Errorf("%w: more than %d parameters", ErrEvent, maxParameters)
	}
	e := Event{
		Topic: strings.TrimSpace(v.Topic), Type: EventType(v.Type), Severity: EventSeverity(v.Severity),
		SubscriptionID: strings.TrimSpace(v.SubscriptionID),
		Parameters:     make([]Parameter, len(v.Message.Parameter)),
	}
	for i, p := range v.Message.Parameter {
		e.Parameters[i] = Parameter{strings.TrimSpace(p.Key), ParameterValue(p.Value)}
	}
	return e, nil
}

// Is reports whether the event is of the topic or of one below it, such as
// CARD/INSERTED below CARD. Upper and lower case do not count.
func (e *Event) Is(topic string) bool {
	_, ok := e.below(topic)
	return ok
}

// below is what follows topic in the event's own.
func (e *Event) below(topic string) (rest string, ok bool) {
	own, topic := strings.Trim(e.Topic, "/"), strings.Trim(topic, "/")
	if len(own) < len(topic) || !strings.EqualFold(own[:len(topic)], topic) {
		return "", false
	}
	rest = own[len(topic):]
	if rest != "" && rest[0] != '/' {
		return "", false
	}
	return strings.Trim(rest, "/"), true
}

// Value returns the value of the first parameter with this key, without white
// space around it. ok is false when there is none.
func (e *Event) Value(key string) (value string, ok bool) {
	for i := range e.Parameters {
		if e.Parameters[i].Key == key {
			return strings.TrimSpace(string(e.Parameters[i].Value)), true
		}
	}
	return "", false
}

// first returns the first value that is not empty of parameters with these keys.
func (e *Event) first(keys ...string) string {
	for _, key := range keys {
		if v, _ := e.Value(key); v != "" {
			return v
		}
	}
	return ""
}

// CardEvent is a card that was inserted or removed.
type CardEvent struct {
	Inserted bool // else it was removed
	// Card is what the Konnektor told: its Version is always nil, and only an
	// inserted card has CertificateExpires. Its type is [CardUnknown] when the
	// card could not be read.
	Card Card
	// Version is the card's version in the words of the device.
	Version string
}

// Card reads CARD/INSERTED and CARD/REMOVED (gemILF_PS V2.17.0, 4.1.4.2). ok is
// false for other topics and for an event without a handle.
func (e *Event) Card() (c CardEvent, ok bool) {
	inserted := e.Is(TopicCardInserted)
	if !inserted && !e.Is(TopicCardRemoved) {
		return CardEvent{}, false
	}
	c = CardEvent{Inserted: inserted, Card: e.card(), Version: e.first("CardVersion")}
	return c, c.Card.Handle != ""
}

// card reads the parameters that name a card. CARD/REMOVED has its type under
// another key on some devices.
func (e *Event) card() Card {
	slot, _ := strconv.ParseUint(e.first("SlotID"), 10, 31)
	return Card{
		Handle:             CardHandle(e.first("CardHandle")),
		Type:               cmp.Or(CardType(e.first("CardType", "Type")), CardUnknown),
		ICCSN:              ICCSN(e.first("ICCSN")),
		Terminal:           TerminalID(e.first("CtID")),
		Slot:               number(slot),
		InsertTime:         eventTime(e.first("InsertTime")),
		Holder:             Name(e.first("CardHolderName")),
		KVNR:               KVNR(e.first("KVNR")),
		CertificateExpires: eventTime(e.first("CertExpirationDate")),
	}
}

// eventTime reads a time or a day as events have it; the zero time when it
// cannot be read. gemILF_PS shows 2017-12-01T10:08:44:20, which is no xs:dateTime:
// its last colon stands for the point.
func eventTime(s string) time.Time {
	if t, ok := wire.ParseDateTime(s); ok {
		return t.Time
	}
	if d, ok := wire.ParseDate(s); ok {
		return d.Time()
	}
	if len(s) > 19 && s[19] == ':' {
		if t, ok := wire.ParseDateTime(s[:19] + "." + s[20:]); ok {
			return t.Time
		}
	}
	return time.Time{}
}

// SessionTimeout is a card session that the Konnektor ended.
type SessionTimeout struct {
	CardType  CardType
	SessionID string
	Timer     string // in the words of the device
}

// SessionTimeout reads CARD/SESSION/TIMEOUT. ok is false for other topics.
func (e *Event) SessionTimeout() (s SessionTimeout, ok bool) {
	if !e.Is(TopicSessionTimeout) {
		return s, false
	}
	return SessionTimeout{CardType(e.first("CardType")), e.first("SessionID"), e.first("Timer")}, true
}

// CertificateEvent is a certificate of a card that ends soon or is not valid.
type CertificateEvent struct {
	Card        CardHandle
	CardType    CardType
	ICCSN       ICCSN
	Holder      Name
	Certificate string    // such as C.OSIG
	Expires     time.Time // the zero time when it cannot be read
	Status      string    // in the words of the device
}

// Certificate reads CERT/CARD/STATUS. ok is false for other topics.
func (e *Event) Certificate() (c CertificateEvent, ok bool) {
	if !e.Is(TopicCardCertificate) {
		return c, false
	}
	return CertificateEvent{
		Card: CardHandle(e.first("CARD_HANDLE")), CardType: CardType(e.first("CARD_TYPE")),
		ICCSN: ICCSN(e.first("ICCSN")), Holder: Name(e.first("CardHolderName")),
		Certificate: e.first("CertName"), Expires: eventTime(e.first("ExpirationDate")),
		Status: e.first("CARD_CERTSTATUS"),
	}, true
}

// StateEvent is an operating state that was raised or cleared.
type StateEvent struct {
	// State has no Since: the event does not tell.
	State OperatingState
	// Meaning is the text of the device; may be empty.
	Meaning string
}

// State reads OPERATIONAL_STATE/EC_... ok is false for other topics, for one
// that names no condition and for an event that does not say whether the
// condition holds. The parameters of the condition, such as NextUpdateTSL, are
// in Parameters.
func (e *Event) State() (s StateEvent, ok bool) {
	condition, ok := e.below(TopicOperationalState)
	if !ok || condition == "" {
		return s, false
	}
	switch strings.ToLower(e.first("Value", "value")) {
	case "true", "1":
		s.State.Active = true
	case "false", "0":
	default:
		return s, false
	}
	name, parameter, deeper := strings.Cut(condition, "/")
	s.State.Condition, s.State.Parameter = splitCondition(name)
	switch {
	case deeper:
		s.State.Parameter = strings.Trim(parameter, "()")
	case s.State.Parameter == "":
		s.State.Parameter = e.first("CtID", "ctId")
	}
	s.State.Severity, s.State.Type = string(e.Severity), string(e.Type)
	s.Meaning = e.first("Bedeutung")
	return s, true
}

// VPNEvent is a tunnel that went up or down.
type VPNEvent struct {
	Tunnel string // TI, or SIS
	Up     bool
}

// VPN reads NETWORK/VPN_TI/UP and its like. ok is false for other topics.
func (e *Event) VPN() (v VPNEvent, ok bool) {
	rest, ok := e.below(TopicNetwork)
	tunnel, direction, both := strings.Cut(strings.ToUpper(rest), "/")
	tunnel, isVPN := strings.CutPrefix(tunnel, "VPN_")
	if !ok || !both || !isVPN || tunnel == "" || direction != "UP" && direction != "DOWN" {
		return VPNEvent{}, false
	}
	return VPNEvent{tunnel, direction == "UP"}, true
}

// Bootup reports whether the event says that the Konnektor has started. All its
// subscriptions are gone then, and all card handles are new.
func (e *Event) Bootup() bool { return e.Is(TopicBootup) }

// VSDMProgress is a step of ReadVSD.
type VSDMProgress struct {
	Step string // UPDATE: the card is updated online; READVSD: its data are read
	Card Card
}

// VSDMProgress reads VSDM/PROGRESS/... ok is false for other topics.
func (e *Event) VSDMProgress() (p VSDMProgress, ok bool) {
	step, ok := e.below(TopicVSDMProgress)
	if !ok || step == "" {
		return p, false
	}
	return VSDMProgress{strings.ToUpper(step), e.card()}, true
}

// GSMCKEvent tells about the renewal of the certificates in the Konnektor's own
// card (gemF_Laufzeitverlaengerung_gSMC-K).
type GSMCKEvent struct {
	// Step is UPDATE, DOWNLOAD or REGISTER.
	Step string
	OK   bool
	// ICCSN, Profile and Serial name the certificate, and Fail the reason of an
	// error, such as No_Smcb; empty where the event has none.
	ICCSN                 ICCSN
	Profile, Serial, Fail string
}

// GSMCK reads SMC_K/UPDATE/SUCCESS and its like. ok is false for other topics.
//
// After UPDATE with OK an administrator must switch the Konnektor to the renewed
// identity: it does not do so by itself.
func (e *Event) GSMCK() (g GSMCKEvent, ok bool) {
	rest, ok := e.below(TopicGSMCK)
	step, result, both := strings.Cut(strings.ToUpper(rest), "/")
	if !ok || !both || result != "SUCCESS" && result != "ERROR" {
		return GSMCKEvent{}, false
	}
	return GSMCKEvent{
		Step: step, OK: result == "SUCCESS", ICCSN: ICCSN(e.first("Iccsn")),
		Profile: e.first("Profile"), Serial: e.first("Serial"), Fail: e.first("Fail"),
	}, true
}
