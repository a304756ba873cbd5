package konnektortest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// The shapes below follow EventService.xsd 7.2.1, ConnectorCommon.xsd 5.0,
// ConnectorContext.xsd 2.0 and CardServiceCommon.xsd 2.0.
var (
	// ContextShape is the Aufrufkontext, CCTX:Context.
	ContextShape = Sequence(prefixes["CCTX"], "Context",
		One(Simple(prefixes["CONN"], "MandantId", MaxLength(64))),
		One(Simple(prefixes["CONN"], "ClientSystemId", MaxLength(64))),
		One(Simple(prefixes["CONN"], "WorkplaceId", MaxLength(64))),
		Maybe(Simple(prefixes["CONN"], "UserId", MaxLength(64))))
	// CardHandleShape is CONN:CardHandle.
	CardHandleShape = Simple(prefixes["CONN"], "CardHandle", MaxLength(128))

	ctIDShape     = Simple(prefixes["CARDCMN"], "CtId", Length(1, 64))
	slotIDShape   = Simple(prefixes["CARDCMN"], "SlotId", PositiveInteger)
	iccsnShape    = Simple(prefixes["CARDCMN"], "Iccsn", Digits(20))
	cardTypeShape = Simple(prefixes["CARDCMN"], "CardType", OneOf("EGK", "HBA-qSig", "HBA", "SMC-B", "HSM-B",
		"SMC-KT", "KVK", "ZOD_2.0", "UNKNOWN", "HBAx", "SM-B"))
	mandantWide = map[string]Facet{"mandant-wide": Boolean}
)

// eventService is the Systeminformationsdienst; subscription.go has the part
// that subscribes.
func eventService() Service {
	op := func(name string, handle func(*Call) (string, error), attrs map[string]Facet, parts ...Part) Operation {
		shape := Sequence(prefixes["EVT"], name, append([]Part{One(ContextShape)}, parts...)...)
		shape.Attrs = attrs
		return Operation{
			Name: name, SOAPActions: []string{prefixes["EVT"] + "#" + name},
			Request: shape, AllowedIn: inEventStates, Handle: handle,
		}
	}
	return Service{
		Name: "EventService", Schema: "conn/EventService.xsd",
		Versions: []Version{{
			Number: "7.2.0", TargetNamespace: "http://ws.gematik.de/conn/EventService/WSDL/v7.2",
			Operations: append([]Operation{
				op("GetCards", getCards, mandantWide, Maybe(ctIDShape), Maybe(slotIDShape), Maybe(cardTypeShape)),
				op("GetCardTerminals", getCardTerminals, mandantWide),
				op("GetResourceInformation", getResourceInformation, nil,
					Maybe(ctIDShape), Maybe(slotIDShape), Maybe(iccsnShape), Maybe(CardHandleShape)),
			}, subscriptionOperations(op)...),
		}},
	}
}

// StatusOK is the text of a CONN:Status without warning.
func StatusOK() string { return Elem("CONN:Status", ElemText("CONN:Result", "OK")) }

// place is the terminal and slot that a request names.
func (c *Call) place() (konnektor.TerminalID, int, error) {
	id, text := konnektor.TerminalID(c.Request.Value("CtId")), strings.TrimSpace(c.Request.Value("SlotId"))
	if text == "" {
		return id, 0, nil
	}
	slot, err := strconv.Atoi(text)
	k := c.Konnektor
	k.mu.Lock()
	defer k.mu.Unlock()
	if t := k.model.terminal(id); err != nil || t == nil || slot > t.Slots {
		return id, 0, NewFault(4097)
	}
	return id, slot, nil
}

func getCards(c *Call) (string, error) {
	wide := Access{
		Terminal:     konnektor.TerminalID(c.Request.Value("CtId")),
		AnyWorkplace: isTrue(c.Request.Attr("mandant-wide")),
	}
	if err := c.Access(wide); err != nil {
		return "", err
	}
	id, slot, err := c.place()
	if err != nil {
		return "", err
	}
	kind := konnektor.CardType(c.Request.Value("CardType"))
	k := c.Konnektor
	k.mu.Lock()
	defer k.mu.Unlock()
	var list string
	for _, card := range k.cards {
		if id != "" && card.Terminal != id || slot != 0 && card.Slot != slot || !matches(card.Type, kind) {
			continue
		}
		if k.present(card) && c.sees(card, wide.AnyWorkplace) {
			list += c.cardXML(card)
		}
	}
	return Elem("EVT:GetCardsResponse", StatusOK(), Elem("CARD:Cards", list)), nil
}

// matches says whether a card's type is asked for. HBAx and SM-B are groups.
func matches(have, want konnektor.CardType) bool {
	switch want {
	case "", have:
		return true
	case konnektor.CardHBAx:
		return have == konnektor.CardHBA || have == konnektor.CardHBAqSig || have == konnektor.CardZOD
	case konnektor.CardSMB:
		return have == konnektor.CardSMCB || have == konnektor.CardHSMB
	}
	return false
}

// present says whether the card's terminal is connected. The lock is held.
func (k *Konnektor) present(c *Card) bool {
	t := k.model.terminal(c.Terminal)
	return t != nil && !t.Disconnected
}

// cardXML writes CARD:Card (CardInfoType of CardService.xsd).
func (c *Call) cardXML(card *Card) string {
	text := ElemText("CONN:CardHandle", string(card.Handle)) + ElemText("CARDCMN:CardType", string(card.Type))
	if card.Version != nil {
		text += versionXML(card.Version)
	}
	if card.ICCSN != "" {
		text += ElemText("CARDCMN:Iccsn", string(card.ICCSN))
	}
	text += ElemText("CARDCMN:CtId", string(card.Terminal)) + ElemText("CARDCMN:SlotId", strconv.Itoa(card.Slot)) +
		ElemText("CARD:InsertTime", c.Konnektor.ids.dateTime(card.InsertTime))
	if card.Holder != "" {
		text += ElemText("CARD:CardHolderName", string(card.Holder))
	}
	if card.KVNR != "" {
		text += ElemText("CARD:Kvnr", string(card.KVNR))
	}
	if !card.Expires.IsZero() {
		text += ElemText("CARD:CertificateExpirationDate", card.Expires.Format(time.DateOnly))
	}
	return Elem("CARD:Card", text)
}

func versionXML(v *konnektor.CardVersion) string {
	var text string
	for _, part := range []struct{ name, value string }{
		{"COSVersion", or(v.COS, "0.0.0")}, {"ObjectSystemVersion", or(v.ObjectSystem, "0.0.0")},
		{"CardPTPersVersion", v.CardPTPers}, {"DataStructureVersion", v.DataStructure},
		{"LoggingVersion", v.Logging}, {"ATRVersion", v.ATR}, {"GDOVersion", v.GDO}, {"KeyInfoVersion", v.KeyInfo},
	} {
		n := strings.Split(part.value, ".")
		if len(n) == 3 {
			text += Elem("CARD:"+part.name, ElemText("CARD:Major", n[0]), ElemText("CARD:Minor", n[1]), ElemText("CARD:Revision", n[2]))
		}
	}
	return Elem("CARD:CardVersion", text)
}

func getCardTerminals(c *Call) (string, error) {
	wide := isTrue(c.Request.Attr("mandant-wide"))
	if err := c.Access(Access{AnyWorkplace: wide}); err != nil {
		return "", err
	}
	k := c.Konnektor
	k.mu.Lock()
	defer k.mu.Unlock()
	var list string
	for _, t := range k.model.Terminals {
		if c.checkTerminal(Access{Terminal: t.ID, AnyWorkplace: wide}) == 0 {
			list += c.terminalXML(&t)
		}
	}
	return Elem("EVT:GetCardTerminalsResponse", StatusOK(), Elem("CTI:CardTerminals", list)), nil
}

// terminalXML writes CTI:CardTerminal (CardTerminalInfo.xsd).
func (c *Call) terminalXML(t *Terminal) string {
	var workplaces string
	m := c.Konnektor.model.mandant(c.Context.MandantID)
	for _, w := range m.Workplaces {
		if w.reaches(t.ID) {
			workplaces += ElemText("CONN:WorkplaceId", w.ID)
		}
	}
	return Elem("CTI:CardTerminal",
		c.terminalProductXML(t), ElemText("CARDCMN:CtId", string(t.ID)), Elem("CONN:WorkplaceIds", workplaces),
		ElemText("CTI:Name", t.Name), ElemText("CTI:MacAddress", t.MAC), addressXML(t.IP),
		ElemText("CTI:Slots", strconv.Itoa(t.Slots)), ElemText("CTI:IS_PHYSICAL", c.Konnektor.boolean(!t.Virtual)),
		ElemText("CTI:Connected", c.Konnektor.boolean(!t.Disconnected)))
}

func addressXML(ip string) string {
	switch {
	case ip == "":
		return ""
	case strings.Contains(ip, ":"):
		return Elem("CTI:IPAddress", ElemText("CTI:IPV6Address", ip))
	}
	return Elem("CTI:IPAddress", ElemText("CTI:IPV4Address", ip))
}

// terminalProductXML writes the product of a terminal. One that is not
// connected has empty data and a date of 1970, as seen in the field.
func (c *Call) terminalProductXML(t *Terminal) string {
	if !t.Disconnected {
		s := &style{vendorID: "SIMUL", code: "SIMKT", vendor: "libkonnektor", product: "card terminal simulator"}
		return s.terminalXML("3.9.1", c.Konnektor.ids.now())
	}
	return (&style{}).terminalXML("0.0.0", "1970-01-01T00:00:00Z")
}

func (s *style) terminalXML(version, date string) string {
	kind := "KT"
	if version == "0.0.0" {
		kind = ""
	}
	return Elem("PI:ProductInformation", ElemText("PI:InformationDate", date),
		Elem("PI:ProductTypeInformation", ElemText("PI:ProductType", kind), ElemText("PI:ProductTypeVersion", version)),
		Elem("PI:ProductIdentification", ElemText("PI:ProductVendorID", s.vendorID), ElemText("PI:ProductCode", s.code),
			Elem("PI:ProductVersion", Elem("PI:Local", ElemText("PI:HWVersion", version), ElemText("PI:FWVersion", version)))),
		Elem("PI:ProductMiscellaneous", ElemText("PI:ProductVendorName", s.vendor), ElemText("PI:ProductName", s.product)))
}

func getResourceInformation(c *Call) (string, error) {
	handle := konnektor.CardHandle(c.Request.Value("CardHandle"))
	iccsn := konnektor.ICCSN(c.Request.Value("Iccsn"))
	terminal := konnektor.TerminalID(c.Request.Value("CtId"))
	if handle != "" {
		if _, ok := c.Konnektor.Card(handle); !ok {
			if err := c.Access(Access{}); err != nil {
				return "", err
			}
			return "", NewFault(4101)
		}
	}
	if err := c.Access(Access{Terminal: terminal, Card: handle, Look: true}); err != nil {
		return "", err
	}
	id, slot, err := c.place()
	if err != nil {
		return "", err
	}
	text, err := c.resource(handle, iccsn, id, slot)
	return Elem("EVT:GetResourceInformationResponse", StatusOK(), text), err
}

// resource writes the one resource that was asked for.
func (c *Call) resource(h konnektor.CardHandle, iccsn konnektor.ICCSN, id konnektor.TerminalID, slot int) (string, error) {
	k := c.Konnektor
	k.mu.Lock()
	defer k.mu.Unlock()
	missing := konnektor.Code(4098)
	var want func(*Card) bool
	switch {
	case h != "":
		want = func(card *Card) bool { return card.Handle == h }
	case iccsn != "":
		missing = 4099
		want = func(card *Card) bool { return card.ICCSN == iccsn && c.sees(card, false) }
	case slot != 0:
		want = func(card *Card) bool { return card.Terminal == id && card.Slot == slot }
	case id != "":
		return c.terminalXML(k.model.terminal(id)), nil
	default:
		return k.stateXML(), nil
	}
	card := k.cardBy(func(card *Card) bool { return k.present(card) && want(card) })
	if card == nil {
		return "", NewFault(missing)
	}
	return c.cardXML(card), nil
}

// stateXML writes CONN:Connector (ConnectorCommon.xsd): a healthy Konnektor
// lists all conditions too. The lock is held.
func (k *Konnektor) stateXML() string {
	var states string
	for _, name := range slices.Sorted(maps.Keys(k.states)) {
		s := k.states[name]
		states += Elem("CONN:ErrorState", ElemText("CONN:ErrorCondition", name), ElemText("CONN:Severity", s.severity),
			ElemText("CONN:Type", s.kind), ElemText("CONN:Value", fmt.Sprint(s.active)), ElemText("CONN:ValidFrom", k.ids.dateTime(s.since)))
	}
	return Elem("CONN:Connector",
		Elem("CONN:VPNTIStatus", k.tunnelXML(TI)), Elem("CONN:VPNSISStatus", k.tunnelXML(SIS)),
		Elem("CONN:OperatingState", states))
}

func (k *Konnektor) tunnelXML(t Tunnel) string {
	status := "Offline"
	if k.vpn[t].online {
		status = "Online"
	}
	return ElemText("CONN:ConnectionStatus", status) + ElemText("CONN:Timestamp", k.ids.dateTime(k.vpn[t].since))
}
