package konnektortest

import (
	"github.com/libkonnektor/libkonnektor/konnektor"
)

const kvkSpace = "http://ws.gematik.de/conn/vsds/KvkService/v4.0"

// kvkService reads the old memory cards. Its SOAPAction names the template, not
// the operation.
func kvkService() Service {
	return Service{
		Name: "KVKService", Schema: "conn/vsds/KvkService.xsd", Prefixes: map[string]string{"KVK": kvkSpace},
		Versions: []Version{{
			Number: "4.0.0", TargetNamespace: kvkSpace,
			Operations: []Operation{{
				Name: "ReadKVK", SOAPActions: []string{kvkSpace + "#ReadVDT"}, AllowedIn: InModuleStates,
				Request: Sequence(kvkSpace, "ReadKVK", One(Simple(kvkSpace, "KVKHandle", MaxLength(128))), One(ContextShape)),
				Handle:  readKVK,
			}},
		}},
	}
}

func readKVK(c *Call) (string, error) {
	h := konnektor.CardHandle(c.Request.Value("KVKHandle"))
	if err := c.Access(Access{Card: h, Session: true}); err != nil {
		return "", err
	}
	card, ok := c.Konnektor.Card(h)
	switch {
	case !ok:
		return "", NewFault(4101)
	case card.Type != konnektor.CardKVK:
		return "", NewFault(4051)
	}
	release, err := c.OpenSession(h)
	if err != nil {
		return "", err
	}
	defer release()
	template, ok := card.Files[FileKVK]
	if !ok {
		template = firstKVK()
	}
	sum := byte(0)
	for _, b := range template {
		sum ^= b
	}
	switch {
	case len(template) == 0:
		return "", moduleFault(3020)
	case sum != 0:
		return "", moduleFault(3021)
	}
	return Elem("KVK:ReadKVKResponse", base64XML("KVK:KVK", template)), nil
}

// firstKVK is the template of somebody who does not exist, in DIN 66003: the
// tags and lengths of the KBV's table, and a checksum that makes the exclusive
// or of all bytes zero.
func firstKVK() []byte {
	fields := []struct {
		tag  byte
		text string
	}{
		{0x80, "Testkasse Simulator"}, {0x81, "9999999"}, {0x8F, "99999"}, {0x82, "100000000001"}, {0x83, "1000"},
		{0x90, "1"}, {0x84, "Dr."}, {0x85, "J|rgen"}, {0x87, "M}llerstein"}, {0x88, "01041950"},
		{0x89, "Simulatorstra~e 1"}, {0x8B, "99999"}, {0x8C, "Teststadt"}, {0x8D, "1239"},
	}
	var body []byte
	for _, f := range fields {
		body = append(append(body, f.tag, byte(len(f.text))), f.text...)
	}
	body = append(body, 0x8E, 1, 0)
	head := []byte{0x60, byte(len(body))}
	if len(body) > 0x7F {
		head = []byte{0x60, 0x81, byte(len(body))}
	}
	template := append(head, body...)
	for _, b := range template[:len(template)-1] {
		template[len(template)-1] ^= b
	}
	return template
}
