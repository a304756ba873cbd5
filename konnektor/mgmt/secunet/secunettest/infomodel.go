package secunettest

import (
	"encoding/pem"
	"slices"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

func (b *Box) mandant(id string) *konnektortest.Mandant {
	model := b.Konnektor.Model()
	i := slices.IndexFunc(model.Mandanten, func(m konnektortest.Mandant) bool { return m.ID == id })
	if i < 0 {
		return nil
	}
	return &model.Mandanten[i]
}

func internalIDs(ids []konnektor.TerminalID) []string {
	all := []string{}
	for _, id := range ids {
		all = append(all, internalID(string(id)))
	}
	return all
}

// infoModel is the whole information model.
func (b *Box) infoModel(*mgmttest.Call) mgmttest.Answer {
	model := b.Konnektor.Model()
	places, contexts, terminals := []any{}, []any{}, []any{}
	for _, m := range model.Mandanten {
		for _, w := range m.Workplaces {
			places = append(places, map[string]any{
				"internalId": internalID(w.ID), "arbeitsplatzId": w.ID,
				"localCardTerminalInternalIds": internalIDs(w.Local), "remoteCardTerminalInternalIds": internalIDs(w.Remote),
			})
			for _, cs := range m.ClientSystems {
				if w.ClientSystems == nil || slices.Contains(w.ClientSystems, cs) {
					contexts = append(contexts, map[string]any{
						"arbeitsplatzInternalId": internalID(w.ID), "arbeitsplatzId": w.ID, "clientSystemId": cs, "mandantId": m.ID,
					})
				}
			}
		}
	}
	for _, t := range model.Terminals {
		terminals = append(terminals, b.terminalObject(&t))
	}
	return answer(map[string]any{
		"kartenTerminals": terminals, "arbeitsplaetze": places, "aufrufkontexte": contexts, "clientSystems": b.clients(),
	})
}

// mandanten has the two shapes of remotePinCardTerminals: names on what is
// virtual, objects on a box in the practice.
func (b *Box) mandanten(*mgmttest.Call) mgmttest.Answer {
	list := []map[string]any{}
	for _, m := range b.Konnektor.Model().Mandanten {
		smcbs := []any{}
		for _, iccsn := range m.SMCBs {
			smcbs = append(smcbs, map[string]any{
				"iccsn": string(iccsn), "telematikId": nil, "commonName": nil, "hsm": b.opts.Product == HSK,
				"autoPin": false, "activationCode": nil, "autoPinVerificationEnabled": false,
			})
		}
		entry := map[string]any{
			"internalId": internalID(m.ID), "mandantId": m.ID, "managedSmbs": smcbs,
			"assignedCardTerminalInternalIds": internalIDs(m.Terminals), "remotePinCardTerminals": b.remotePIN(m),
		}
		if b.opts.Product != HSK {
			entry["validateTelematikId"] = nil
		}
		list = append(list, entry)
	}
	return answer(list)
}

func (b *Box) remotePIN(m konnektortest.Mandant) []any {
	list := []any{}
	for _, w := range m.Workplaces {
		if len(w.Local) == 0 {
			continue
		}
		terminal := internalID(string(w.Local[0]))
		if b.opts.Product == HSK {
			list = append(list, terminal)
			continue
		}
		list = append(list, map[string]any{"arbeitsplatzInternalId": internalID(w.ID), "cardTerminalInternalId": terminal})
	}
	return list
}

func (b *Box) clientSystems(*mgmttest.Call) mgmttest.Answer { return answer(b.clients()) }

// clients are the client systems with their certificates: the real ones, when the
// services want certificates.
func (b *Box) clients() []any {
	list, seen := []any{}, map[string]bool{}
	for _, m := range b.Konnektor.Model().Mandanten {
		for _, cs := range m.ClientSystems {
			if seen[cs] {
				continue
			}
			seen[cs] = true
			list = append(list, map[string]any{
				"internalId": internalID(cs), "clientSystemId": cs, "certificates": b.clientCertificates(m.ID, cs),
			})
		}
	}
	return list
}

func (b *Box) clientCertificates(mandant, clientSystem string) []any {
	config := b.Konnektor.ConfigFor(konnektor.CallContext{MandantID: mandant, ClientSystemID: clientSystem})
	block, _ := pem.Decode([]byte(config.Auth.CertificatePEM))
	if block == nil {
		return []any{}
	}
	leaf, err := parse(block.Bytes)
	if err != nil {
		return []any{}
	}
	now := b.Clock.Now()
	return []any{map[string]any{
		"internalId": "cert-" + clientSystem, "filename": clientSystem + ".p12",
		"validity": map[string]any{
			"valid":     !now.Before(leaf.NotBefore) && !now.After(leaf.NotAfter),
			"notBefore": leaf.NotBefore.UnixMilli(), "notAfter": leaf.NotAfter.UnixMilli(),
		},
		"cryptType": "ECC", "eccCurve": "NIST", "keystore": nil, "certificate": block.Bytes,
	}}
}
