package konnektortest

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"slices"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// The places of a card for what the modules keep there: [Card.Files].
const (
	FileNFD     = "NFD"     // emergency data, XML
	FileDPE     = "DPE"     // personal declarations, XML
	FileMP      = "MP"      // medication plan, XML
	FileConsent = "CONSENT" // consent to the medication plan, XML
	FileKVK     = "KVK"     // the template of a Krankenversichertenkarte
)

// module is a Fachmodul that keeps data on the eGK, with its codes.
type module struct {
	locked, pinWrong, pinGone konnektor.Code
	badDocument, tooLarge     konnektor.Code
	missing                   konnektor.Code
	room                      int // what fits on the card, in bytes, compressed; the simulator's choice
}

// cardData is an access of a module to an eGK under way.
type cardData struct {
	*Call
	module *module
	egk    konnektor.CardHandle
	card   Card
}

// access opens the eGK of a request for a module. The caller calls release.
func (m *module) access(c *Call) (d *cardData, release func(), err error) {
	d = &cardData{Call: c, module: m, egk: konnektor.CardHandle(c.Request.Value("EhcHandle"))}
	if err := c.Access(Access{}); err != nil {
		return nil, nil, err
	}
	hpc := konnektor.CardHandle(c.Request.Value("HpcHandle"))
	egk, ok := c.Konnektor.Card(d.egk)
	opener, okHPC := c.Konnektor.Card(hpc)
	if !ok || !okHPC {
		return nil, nil, NewFault(4101)
	}
	d.card = egk
	for _, h := range []konnektor.CardHandle{d.egk, hpc} {
		if err := c.Access(Access{Card: h, Session: true}); err != nil {
			return nil, nil, err
		}
	}
	switch pin, isHPC := openerPIN(opener.Type); {
	case egk.Type != konnektor.CardEGK || !isHPC:
		return nil, nil, NewFault(4051)
	case opener.PINs[pin].State != konnektor.PINVerified:
		return nil, nil, moduleFault(m.locked)
	}
	if release, err = c.OpenSession(d.egk); err != nil {
		return nil, nil, err
	}
	if d.card, ok = c.Konnektor.Card(d.egk); !ok { // as it is now, not before the session
		release()
		return nil, nil, NewFault(4101)
	}
	return d, release, nil
}

// openerPIN is the PIN of a card that opens an eGK.
func openerPIN(t konnektor.CardType) (konnektor.PINType, bool) {
	switch t {
	case konnektor.CardSMCB, konnektor.CardHSMB:
		return konnektor.PINSMC, true
	case konnektor.CardHBA, konnektor.CardHBAqSig:
		return konnektor.PINCH, true
	}
	return "", false
}

// unlock has the insured person enter a PIN of the eGK. A card without that PIN,
// or with the PIN switched off, asks for nothing.
func (d *cardData) unlock(name konnektor.PINType) error {
	pin, ok := d.card.PINs[name]
	switch {
	case !ok || pin.State == konnektor.PINDisabled || pin.State == konnektor.PINVerified:
		return nil
	case pin.State != konnektor.PINVerifiable:
		return moduleFault(d.module.pinGone)
	}
	e := &entry{call: d.Call, card: d.card, name: name, pin: pin, terminal: d.card.Terminal}
	_, result, err := e.enter()
	switch {
	case err != nil:
		return err
	case result == pinNowBlocked:
		return moduleFault(d.module.pinGone)
	case result != pinOK:
		return moduleFault(d.module.pinWrong)
	}
	return nil
}

// read returns a file, or the module's code for what is not there.
func (d *cardData) read(file string) ([]byte, error) {
	data, ok := d.card.Files[file]
	if !ok {
		return nil, moduleFault(d.module.missing)
	}
	return data, nil
}

// write keeps a document. It must be XML and fit on the card.
func (d *cardData) write(file, element string) error {
	data := bytesOf(d.Request.Value(element))
	if _, err := parseXML(data, nil, true); err != nil {
		return moduleFault(d.module.badDocument)
	}
	if compressed(data) > d.module.room {
		return moduleFault(d.module.tooLarge)
	}
	return d.keep(file, data)
}

// keep puts data on the card; nil takes it away.
func (d *cardData) keep(file string, data []byte) error {
	err := d.Konnektor.ChangeCard(d.egk, func(c *Card) {
		if data == nil {
			delete(c.Files, file)
			return
		}
		if c.Files == nil {
			c.Files = map[string][]byte{}
		}
		c.Files[file] = slices.Clone(data)
	})
	if err != nil {
		return NewFault(4045)
	}
	return nil
}

// compressed is the size of a document as the card keeps it.
func compressed(data []byte) int {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(data) // a Buffer takes everything
	_ = w.Close()
	return b.Len()
}

// base64XML is an element with binary content.
func base64XML(name string, data []byte) string {
	return ElemText(name, base64.StdEncoding.EncodeToString(data))
}

// egkShapes are EhcHandle and HpcHandle, in this order in every module.
func egkShapes() []Part {
	return []Part{
		One(Simple(prefixes["CONN"], "EhcHandle", MaxLength(128))), One(Simple(prefixes["CONN"], "HpcHandle", MaxLength(128))),
	}
}
