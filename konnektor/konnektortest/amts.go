package konnektortest

import (
	"slices"
	"strconv"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

const amtsSpace = "http://ws.gematik.de/conn/amts/AMTSService/v1.0"

// amts is the module for the medication plan.
var amts = &module{
	locked: 6049, pinWrong: 4276, pinGone: 4063, badDocument: 6058, tooLarge: 6059, missing: 6061,
	room: 16 << 10,
}

// amtsService is the module AMTS. Its SOAPActions and its schema disagree about
// amts and amtss.
func amtsService() Service {
	pin := One(Simple(amtsSpace, "UsingPIN", OneOf("AMTS-PIN", "Vertreter-PIN")))
	data := func(name string) Part { return One(Simple(amtsSpace, name, base64Binary)) }
	base := append(egkShapes(), One(ContextShape))
	op := func(name string, handle func(*cardData) (string, error), more ...Part) Operation {
		return Operation{
			Name: name, SOAPActions: []string{"http://ws.gematik.de/conn/amtss/AMTSService/WSDL/v1.0#" + name},
			AllowedIn: InModuleStates, Request: Sequence(amtsSpace, name, append(slices.Clone(base), more...)...),
			Handle: func(c *Call) (string, error) {
				d, release, err := amts.access(c)
				if err != nil {
					return "", err
				}
				defer release()
				return handle(d)
			},
		}
	}
	return Service{
		Name: "AMTSService", Schema: "conn/amtss/AMTSService.xsd", Prefixes: map[string]string{"AMTS": amtsSpace},
		Versions: []Version{{Number: "1.0.0", TargetNamespace: "http://ws.gematik.de/conn/amts/AMTSService/v1.0", Operations: []Operation{
			op("ReadMP", readMP, pin), op("WriteMP", writeMP, data("MPData"), pin),
			op("ReadConsent", readConsent), op("WriteConsent", writeConsent, data("ConsentData")),
			op("DeleteConsent", deleteConsent),
		}}},
	}
}

// amtsPIN has the PIN of the request entered; the consent must be there.
func (d *cardData) amtsPIN() error {
	if _, err := d.read(FileConsent); err != nil {
		return err
	}
	name := konnektor.PINType("MRPIN.AMTS")
	if d.Request.Value("UsingPIN") == "Vertreter-PIN" {
		name = "PIN.AMTS_REP"
		if d.card.PINs[name].State == konnektor.PINDisabled {
			return NewFault(4085)
		}
	}
	return d.unlock(name)
}

// amtsAnswer is Status, what there is, EGKValid, and what follows it.
func (d *cardData) amtsAnswer(before string, after ...string) string {
	return Elem("AMTS:"+d.Operation.Name+"Response", append([]string{StatusOK(), before, ElemText("AMTS:EGKValid", "true")}, after...)...)
}

func readMP(d *cardData) (string, error) {
	if err := d.amtsPIN(); err != nil {
		return "", err
	}
	data, ok := d.card.Files[FileMP]
	if !ok {
		return "", moduleFault(6054)
	}
	used := min(100, 100*compressed(data)/amts.room)
	return d.amtsAnswer(base64XML("AMTS:MPData", data), ElemText("AMTS:EGKUsage", strconv.Itoa(used))), nil
}

func writeMP(d *cardData) (string, error) {
	if err := d.amtsPIN(); err != nil {
		return "", err
	}
	return d.amtsAnswer(""), d.write(FileMP, "MPData")
}

func readConsent(d *cardData) (string, error) {
	data, err := d.read(FileConsent)
	if err != nil {
		return "", err
	}
	return d.amtsAnswer(base64XML("AMTS:ConsentData", data)), nil
}

// writeConsent takes one consent only, and none with a bad document.
func writeConsent(d *cardData) (string, error) {
	if d.card.Files[FileConsent] != nil {
		return "", moduleFault(6010)
	}
	if err := d.unlock("MRPIN.AMTS"); err != nil {
		return "", err
	}
	own := *amts
	own.badDocument = 6060
	d.module = &own
	return d.amtsAnswer(""), d.write(FileConsent, "ConsentData")
}

// deleteConsent takes the medication plan away too.
func deleteConsent(d *cardData) (string, error) {
	if _, err := d.read(FileConsent); err != nil {
		return "", err
	}
	if err := d.unlock("MRPIN.AMTS"); err != nil {
		return "", err
	}
	if err := d.keep(FileMP, nil); err != nil {
		return "", err
	}
	return d.amtsAnswer(""), d.keep(FileConsent, nil)
}
