package konnektortest

import (
	"strconv"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// cardService is the Kartendienst, as far as it is simulated. Version 8.2 is
// listed without operations: its messages have other namespaces, so a client
// for 8.1 must not choose it.
func cardService() Service {
	getPinStatusShape := Sequence(prefixes["CARD"], "GetPinStatus",
		One(ContextShape), One(CardHandleShape), One(Simple(prefixes["CARDCMN"], "PinTyp", MaxLength(64))))
	operations := append([]Operation{{
		Name: "GetPinStatus", SOAPActions: []string{prefixes["CARD"] + "#GetPinStatus"},
		Request: getPinStatusShape, AllowedIn: InCardStates, Handle: getPinStatus,
	}}, pinOperations()...)
	version := func(number string) Version {
		return Version{number, "http://ws.gematik.de/conn/CardService/WSDL/v8.1", operations}
	}
	return Service{
		Name: "CardService", Schema: "conn/CardService_v8_1_3.xsd",
		Versions: []Version{version("8.1.0"), version("8.1.1"), version("8.1.2"),
			{Number: "8.2.1", TargetNamespace: "http://ws.gematik.de/conn/CardService/WSDL/v8.2"}},
	}
}

func getPinStatus(c *Call) (string, error) {
	h := konnektor.CardHandle(c.Request.Value("CardHandle"))
	if err := c.Access(Access{Card: h, Session: true}); err != nil {
		return "", err
	}
	card, ok := c.Konnektor.Card(h)
	if !ok {
		return "", NewFault(4008)
	}
	if len(card.PINs) == 0 {
		return "", NewFault(4209)
	}
	pin, ok := card.PINs[konnektor.PINType(c.Request.Value("PinTyp"))]
	if !ok {
		return "", NewFault(4072)
	}
	release, err := c.OpenSession(h)
	if err != nil {
		return "", err
	}
	defer release()
	tries := ""
	if pin.State != konnektor.PINVerified && c.Coin() {
		tries = ElemText("CARD:LeftTries", strconv.Itoa(pin.Tries))
	}
	return Elem("CARD:GetPinStatusResponse", StatusOK(), ElemText("CARD:PinStatus", string(pin.State)), tries), nil
}
