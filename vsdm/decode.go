package vsdm

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/wire"
	"github.com/libkonnektor/libkonnektor/vsdm/internal/gunzip"
	"github.com/libkonnektor/libkonnektor/vsdm/internal/ws/pnw10"
	"github.com/libkonnektor/libkonnektor/vsdm/internal/ws/vsd52"
	"github.com/libkonnektor/libkonnektor/vsdm/internal/ws/vsdpkv10"
	"github.com/libkonnektor/libkonnektor/vsdm/internal/ws/vsdservice52"
)

// Limits of one document. The files of a card hold 1242 bytes at most, and
// what they hold unpacks to about 1 KiB.
const (
	maxPacked   = 6 << 10 // 8 KiB of base64
	maxUnpacked = 64 << 10
)

// Names of the documents in ReadVSDResponse.
const (
	docPD     = "PersoenlicheVersichertendaten"
	docVD     = "AllgemeineVersicherungsdaten"
	docGVD    = "GeschuetzteVersichertendaten"
	docStatus = "VSD_Status"
	docPN     = "Pruefungsnachweis"
)

// Documents are the four documents of a ReadVSD as they come: gzip(XML), at
// most 6 KiB each. PD and VD are needed; GVD and PN may be empty.
type Documents struct {
	masked
	PD, VD, GVD, PN []byte
}

// Decode decodes documents that the caller has kept or got in another way. The
// result has no Status and no Flags.
//
// The error is of konnektor.KindMalformed or konnektor.KindTooLarge and quotes
// no data. What departs from the schema without being unreadable is no error
// but a Warning.
func Decode(docs Documents) (*VSD, error) {
	v, err := decode(docs)
	if err != nil {
		return nil, fmt.Errorf("vsdm: decode: %w", err)
	}
	return v, nil
}

// DecodePruefungsnachweis reads a receipt that the caller has kept
// ([Pruefungsnachweis.Raw]). Errors are as for Decode.
func DecodePruefungsnachweis(raw []byte) (*Pruefungsnachweis, []Warning, error) {
	d := newDecoder()
	defer d.release()
	p, err := d.receipt(raw, new(receiptParts))
	if err != nil {
		return nil, nil, fmt.Errorf("vsdm: decode: %w", err)
	}
	return p, d.warnings, nil
}

// parts is a VSD with those of its parts that a usual card has, in one piece of
// memory.
type parts struct {
	vsd       VSD
	strasse   StrassenAdresse
	gkv       ZusatzinfosGKV
	gvd       GeschuetzteVersichertendaten
	zuzahlung Zuzahlungsstatus
	selektiv  Selektivvertraege
	receipt   receiptParts
}

// receiptParts is the same for a receipt.
type receiptParts struct {
	pn  Pruefungsnachweis
	pz  Pruefziffer
	raw [pruefzifferSize]byte
}

func decode(docs Documents) (*VSD, error) {
	if len(docs.PD) == 0 || len(docs.VD) == 0 {
		name := docPD
		if len(docs.PD) > 0 {
			name = docVD
		}
		return nil, fmt.Errorf("%w: no %s in the answer", konnektor.KindMalformed, name)
	}
	d := newDecoder()
	defer d.release()
	p := new(parts)
	err := d.personal(docs.PD, p)
	if err == nil {
		err = d.general(docs.VD, p)
	}
	if err == nil && len(docs.GVD) > 0 {
		err = d.protected(docs.GVD, p)
	}
	if err == nil && len(docs.PN) > 0 {
		p.vsd.Pruefungsnachweis, err = d.receipt(docs.PN, &p.receipt)
	}
	if err != nil {
		return nil, err
	}
	p.vsd.Warnings = d.warnings
	return &p.vsd, nil
}

// decoder decodes documents one after the other.
type decoder struct {
	checker
	unpacker gunzip.Decoder
	reader   wire.Reader
	xml      []byte
	messages messages
}

// messages are the documents as the schemas have them.
type messages struct {
	pd     vsd52.UCPersoenlicheVersichertendatenXML
	vd     vsd52.UCAllgemeineVersicherungsdatenXML
	vdPKV  vsdpkv10.UCAllgemeineVersicherungsdatenXML
	gvd    vsd52.UCGeschuetzteVersichertendatenXML
	gvdPKV vsdpkv10.UCGeschuetzteVersichertendatenXML
	pn     pnw10.PN
}

// decoders keeps decoders for the next read. They hold no data: release
// overwrites what they have unpacked.
var decoders = sync.Pool{New: func() any { return &decoder{xml: make([]byte, 0, 4<<10)} }}

// maxKept bounds the buffer that goes back to the pool.
const maxKept = 8 << 10

func newDecoder() *decoder { return decoders.Get().(*decoder) }

func (d *decoder) release() {
	d.checker, d.messages = checker{}, messages{}
	d.reader.Forget()
	clear(d.xml[:cap(d.xml)])
	if cap(d.xml) <= maxKept {
		decoders.Put(d)
	}
}

// open unpacks a document and moves to its root element.
func (d *decoder) open(name string, packed []byte) error {
	d.document = name
	if len(packed) > maxPacked {
		return d.failed(konnektor.KindTooLarge, errPacked)
	}
	xml, err := d.unpacker.Unpack(d.xml[:0], packed, maxUnpacked)
	if cap(xml) > cap(d.xml) {
		clear(d.xml[:cap(d.xml)])
	}
	d.xml = xml[:0]
	switch {
	case errors.Is(err, gunzip.ErrTooLarge):
		return d.failed(konnektor.KindTooLarge, err)
	case err != nil:
		return d.failed(konnektor.KindMalformed, err)
	}
	d.reader.Reset(xml)
	d.reader.ShareText()
	d.reader.Root() // read asks for problems
	return nil
}

var errPacked = errors.New("longer than 8 KiB")

// failed names the document.
func (d *decoder) failed(kind konnektor.Kind, cause error) error {
	return fmt.Errorf("%w: %s: %w", kind, d.document, cause)
}

// read has msg read the document and reports what departs from the schema. A
// document of another namespace than those known is a revision to be read
// leniently: then, as for a message that stands in for another namespace, only
// local names count.
func (d *decoder) read(msg wire.Decoder, known ...string) error {
	r := &d.reader
	own, root := msg.ElementName()
	if !r.Is(own, root) {
		if !slices.ContainsFunc(known, func(space string) bool { return r.Is(space, root) }) {
			d.warn("", ProblemRevision)
		}
		if r.AnyNamespace(); !r.Is(own, root) {
			r.Unexpected(root)
		}
	}
	msg.DecodeXML(r)
	if err := r.Finish(); err != nil {
		return d.failed(konnektor.KindMalformed, err)
	}
	if r.Unread() > 0 {
		d.warn("", ProblemUnread)
	}
	return nil
}

// missing reports required elements that were not there and that no check has
// reported.
func (d *decoder) missing() {
	for _, name := range d.reader.Missing() {
		if !d.reported(name) {
			d.warn(name, ProblemMissing)
		}
	}
}

// answer is ReadVSDResponse. It is read by hand to let pass what a card may
// have wrong in its status.
type answer struct {
	docs                       Documents
	status, timestamp, version string
	seen                       bool // a status
	emptyGVD, emptyPN          bool
}

// ElementName implements wire.Decoder.
func (*answer) ElementName() (space, local string) {
	return (*vsdservice52.ReadVSDResponse)(nil).ElementName()
}

// DecodeXML implements wire.Decoder.
func (a *answer) DecodeXML(r *wire.Reader) {
	const space = vsdservice52.Space
	for depth := r.Depth(); r.Child(depth); {
		switch {
		case r.Is(space, docPD):
			a.docs.PD = r.Base64()
		case r.Is(space, docVD):
			a.docs.VD = r.Base64()
		case r.Is(space, docGVD):
			a.docs.GVD = r.Base64()
			a.emptyGVD = len(a.docs.GVD) == 0
		case r.Is(space, docStatus):
			a.seen = true
			a.readStatus(r)
		case r.Is(space, docPN):
			a.docs.PN = r.Base64()
			a.emptyPN = len(a.docs.PN) == 0
		}
	}
}

func (a *answer) readStatus(r *wire.Reader) {
	const space = vsdservice52.Space
	for depth := r.Depth(); r.Child(depth); {
		switch {
		case r.Is(space, "Status"):
			a.status = r.Token()
		case r.Is(space, "Timestamp"):
			a.timestamp = r.Token()
		case r.Is(space, "Version"):
			a.version = r.Token()
		}
	}
}

func (a *answer) decode() (*VSD, error) {
	v, err := decode(a.docs)
	if err != nil {
		return nil, err
	}
	c := checker{warnings: v.Warnings, document: docStatus}
	v.Status = a.vsdStatus(&c)
	for name, empty := range map[string]bool{docGVD: a.emptyGVD, docPN: a.emptyPN} {
		if empty {
			c.document = name
			c.warn("", ProblemEmpty)
		}
	}
	v.Warnings = c.warnings
	return v, nil
}

func (a *answer) vsdStatus(c *checker) VSDStatus {
	if !a.seen {
		c.warn("", ProblemMissing)
		return VSDStatus{}
	}
	at, ok := wire.ParseDateTime(a.timestamp)
	if !ok {
		c.warn("Timestamp", ProblemForm)
	}
	if a.status != "0" && a.status != "1" {
		c.warn("Status", ProblemForm)
	}
	if !dotted(a.version) {
		c.warn("Version", ProblemForm)
	}
	s := VSDStatus{Offen: a.status == "1", Timestamp: at.Time, Version: a.version}
	if s.Offen {
		c.warn("Status", ProblemOpen)
	}
	return s
}
