package vsdm

import (
	"strconv"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/vsdm/internal/ws/vsd52"
	"github.com/libkonnektor/libkonnektor/vsdm/internal/ws/vsdpkv10"
)

// The names of the root elements. They are the same for GKV and PKV.
const (
	rootPD  = "UC_PersoenlicheVersichertendatenXML"
	rootVD  = "UC_AllgemeineVersicherungsdatenXML"
	rootGVD = "UC_GeschuetzteVersichertendatenXML"
)

// The revisions of the schemas that are known.
const (
	revisionGKV = "5.2."
	revisionPKV = "1.0."
	revisionPN  = "1.0."
)

// personal reads PD, which are the same for GKV and PKV.
func (d *decoder) personal(packed []byte, room *parts) error {
	p := &room.vsd.PersoenlicheVersichertendaten
	msg := &d.messages.pd
	if err := d.open(docPD, packed); err != nil {
		return err
	}
	revision := revisionGKV
	if d.private(rootPD) {
		revision = revisionPKV
	}
	if err := d.read(msg, vsdpkv10.Space); err != nil {
		return err
	}
	p.CDMVersion = d.version(msg.CDMVersion, revision)
	p.VersichertenID = konnektor.KVNR(msg.Versicherter.VersichertenID)
	switch CheckKVNR(p.VersichertenID) {
	case ErrKVNRForm:
		d.bad("Versicherten_ID", msg.Versicherter.VersichertenID, ProblemForm)
	case ErrKVNRCheckDigit:
		d.warn("Versicherten_ID", ProblemCheckDigit)
	}
	d.person(&msg.Versicherter.Person, &p.Person, &room.strasse)
	d.missing()
	return nil
}

func (c *checker) person(from *vsd52.Person, p *Person, strasse *StrassenAdresse) {
	p.Geburtsdatum = c.date("Person/Geburtsdatum", from.Geburtsdatum, true)
	p.Vorname = c.text("Person/Vorname", from.Vorname, 1, 45)
	p.Nachname = c.text("Person/Nachname", from.Nachname, 1, 45)
	p.Geschlecht = Geschlecht(from.Geschlecht)
	if len(from.Geschlecht) != 1 || from.Geschlecht[0] < 'A' || from.Geschlecht[0] > 'Z' {
		c.bad("Person/Geschlecht", from.Geschlecht, ProblemForm)
	}
	p.Vorsatzwort = c.optional("Person/Vorsatzwort", from.Vorsatzwort, 0, 20)
	p.Namenszusatz = c.optional("Person/Namenszusatz", from.Namenszusatz, 0, 20)
	p.Titel = c.optional("Person/Titel", from.Titel, 0, 20)
	if a := from.PostfachAdresse; a != nil {
		const at = "Person/PostfachAdresse/"
		p.PostfachAdresse = &PostfachAdresse{
			Postleitzahl:        c.optional(at+"Postleitzahl", a.Postleitzahl, 1, 10),
			Ort:                 c.text(at+"Ort", a.Ort, 0, 40),
			Postfach:            c.text(at+"Postfach", a.Postfach, 0, 8),
			Wohnsitzlaendercode: c.text(at+"Land/Wohnsitzlaendercode", a.Land.Wohnsitzlaendercode, 0, 3),
		}
	}
	if a := from.StrassenAdresse; a != nil {
		const at = "Person/StrassenAdresse/"
		p.StrassenAdresse = strasse
		*strasse = StrassenAdresse{
			Postleitzahl:        c.optional(at+"Postleitzahl", a.Postleitzahl, 1, 10),
			Ort:                 c.text(at+"Ort", a.Ort, 0, 40),
			Wohnsitzlaendercode: c.text(at+"Land/Wohnsitzlaendercode", a.Land.Wohnsitzlaendercode, 0, 3),
			Strasse:             c.optional(at+"Strasse", a.Strasse, 0, 46),
			Hausnummer:          c.optional(at+"Hausnummer", a.Hausnummer, 0, 9),
			Anschriftenzusatz:   c.optional(at+"Anschriftenzusatz", a.Anschriftenzusatz, 0, 40),
		}
	}
}

// general reads VD. Those of a private insurer say so by their namespace or,
// in a revision that is not known, by their KTR_TYP.
func (d *decoder) general(packed []byte, room *parts) error {
	err := d.open(docVD, packed)
	switch {
	case err != nil:
	case d.private(rootVD):
		err = d.generalPKV(&room.vsd.AllgemeineVersicherungsdaten)
	default:
		err = d.generalGKV(&room.vsd.AllgemeineVersicherungsdaten, &room.gkv)
	}
	if err == nil {
		d.missing()
	}
	return err
}

// private reports whether the document, on whose root the reader stands, is
// that of a private insurer.
func (d *decoder) private(root string) bool {
	kind, _ := d.reader.Attr("", "KTR_TYP")
	return kind == "1" || d.reader.Is(vsdpkv10.Space, root)
}

func (d *decoder) generalGKV(v *AllgemeineVersicherungsdaten, gkv *ZusatzinfosGKV) error {
	msg := &d.messages.vd
	if err := d.read(msg); err != nil {
		return err
	}
	v.CDMVersion = d.version(msg.CDMVersion, revisionGKV)
	from := &msg.Versicherter.Versicherungsschutz
	d.cover(&v.Versicherungsschutz, from.Beginn, from.Ende)
	k := &from.Kostentraeger
	v.Versicherungsschutz.Kostentraeger = d.kostentraeger(&payerAt,
		k.Kostentraegerkennung, k.Kostentraegerlaendercode, k.Name)
	if o := k.AbrechnenderKostentraeger; o != nil {
		v.Versicherungsschutz.AbrechnenderKostentraeger = new(d.kostentraeger(&otherPayerAt,
			o.Kostentraegerkennung, o.Kostentraegerlaendercode, o.Name))
	}
	info := &msg.Versicherter.Zusatzinfos.ZusatzinfosGKV
	v.ZusatzinfosGKV = gkv
	*gkv = ZusatzinfosGKV{
		Versichertenart: Versichertenart(d.digits("ZusatzinfosGKV/Versichertenart", info.Versichertenart, 1, 1)),
		WOP:             WOP(d.digits("Zusatzinfos_Abrechnung_GKV/WOP", info.ZusatzinfosAbrechnungGKV.WOP, 2, 2)),
	}
	if e := info.ZusatzinfosAbrechnungGKV.Kostenerstattung; e != nil {
		const at = "Kostenerstattung/"
		gkv.Kostenerstattung = &Kostenerstattung{
			AerztlicheVersorgung:     d.flag(at+"AerztlicheVersorgung", e.AerztlicheVersorgung),
			ZahnaerztlicheVersorgung: d.flag(at+"ZahnaerztlicheVersorgung", e.ZahnaerztlicheVersorgung),
			StationaererBereich:      d.flag(at+"StationaererBereich", e.StationaererBereich),
			VeranlassteLeistungen:    d.flag(at+"VeranlassteLeistungen", e.VeranlassteLeistungen),
		}
	}
	return nil
}

func (c *checker) cover(s *Versicherungsschutz, beginn string, ende *string) {
	s.Beginn = c.date("Versicherungsschutz/Beginn", beginn, false)
	s.Ende = c.optionalDate("Versicherungsschutz/Ende", ende)
}

// Where the three values of a Kostentraeger stand.
var (
	payerAt = [3]string{
		"Kostentraeger/Kostentraegerkennung", "Kostentraeger/Kostentraegerlaendercode", "Kostentraeger/Name",
	}
	otherPayerAt = [3]string{
		"AbrechnenderKostentraeger/Kostentraegerkennung", "AbrechnenderKostentraeger/Kostentraegerlaendercode",
		"AbrechnenderKostentraeger/Name",
	}
)

func (c *checker) kostentraeger(at *[3]string, kennung, land, name string) Kostentraeger {
	return Kostentraeger{
		Kostentraegerkennung:     c.digits(at[0], kennung, 1, 9),
		Kostentraegerlaendercode: c.text(at[1], land, 0, 3),
		Name:                     c.text(at[2], name, 0, 45),
	}
}

func (d *decoder) generalPKV(v *AllgemeineVersicherungsdaten) error {
	msg := &d.messages.vdPKV
	if err := d.read(msg); err != nil {
		return err
	}
	v.CDMVersion = d.version(msg.CDMVersion, revisionPKV)
	from := &msg.Versicherter.Versicherungsschutz
	d.cover(&v.Versicherungsschutz, from.Beginn, from.Ende)
	k := &from.Kostentraeger
	v.Versicherungsschutz.Kostentraeger = d.kostentraeger(&payerAt,
		k.Kostentraegerkennung, k.Kostentraegerlaendercode, k.Name)
	if o := k.AbrechnenderKostentraeger; o != nil {
		v.Versicherungsschutz.AbrechnenderKostentraeger = new(d.kostentraeger(&otherPayerAt,
			o.Kostentraegerkennung, o.Kostentraegerlaendercode, o.Name))
	}
	info := &msg.Versicherter.Zusatzinfos.ZusatzinfosPKV
	v.ZusatzinfosPKV = &ZusatzinfosPKV{
		Tarifart:             Tarifart(d.digits("ZusatzinfosPKV/Tarifart", info.Tarifart, 1, 2)),
		Beihilfeberechtigung: d.optionalDigits("ZusatzinfosPKV/Beihilfeberechtigung", info.Beihilfeberechtigung, 1, 2),
		KVBPBeaK:             d.optionalDigits("ZusatzinfosPKV/KVB_PBeaK", info.KVBPBeaK, 1, 2),
	}
	if info.StationaereLeistungen != nil {
		v.ZusatzinfosPKV.StationaereLeistungen = d.hospital(info.StationaereLeistungen)
	}
	return nil
}

func (c *checker) hospital(from *vsdpkv10.StationaereLeistungen) *StationaereLeistungen {
	const at = "StationaereLeistungen/"
	s := &StationaereLeistungen{
		AllgemeineKrankenhausleistungen: c.optionalDigits(at+"AllgemeineKrankenhausleistungen", from.AllgemeineKrankenhausleistungen, 1, 3),
	}
	if flag := from.TeilnahmeClinicCardVerfahren; flag != nil {
		s.TeilnahmeClinicCardVerfahren = c.flag(at+"TeilnahmeClinicCardVerfahren", *flag)
	}
	if len(from.WahlleistungUnterkunft) > 3 {
		c.warn(at+"WahlleistungUnterkunft", ProblemForm)
	}
	for _, u := range from.WahlleistungUnterkunft {
		if (u.HoechstbetragWahlleistungUnterkunft == nil) == (u.ProzentwertWahlleistungUnterkunft == nil) {
			c.warn(at+"WahlleistungUnterkunft", ProblemForm)
		}
		s.WahlleistungUnterkunft = append(s.WahlleistungUnterkunft, WahlleistungUnterkunft{
			Art:           c.digits(at+"ArtWahlleistungUnterkunft", u.ArtWahlleistungUnterkunft, 1, 2),
			Hoechstbetrag: c.optionalDigits(at+"HoechstbetragWahlleistungUnterkunft", u.HoechstbetragWahlleistungUnterkunft, 1, 5),
			Prozentwert:   c.optionalDigits(at+"ProzentwertWahlleistungUnterkunft", u.ProzentwertWahlleistungUnterkunft, 1, 3),
		})
	}
	if w := from.WahlleistungAerztlicheBehandlung; w != nil {
		s.WahlleistungAerztlicheBehandlung = &WahlleistungAerztlicheBehandlung{
			Art:         c.digits(at+"ArtWahlleistungAerztlicheBehandlung", w.ArtWahlleistungAerztlicheBehandlung, 1, 2),
			Prozentwert: c.optionalDigits(at+"ProzentwertWahlleistungAerztlicheBehandlung", w.ProzentwertWahlleistungAerztlicheBehandlung, 1, 3),
		}
	}
	return s
}

// protected reads GVD. Those of a private insurer are an empty element.
func (d *decoder) protected(packed []byte, room *parts) error {
	g := &room.gvd
	room.vsd.GeschuetzteVersichertendaten = g
	if err := d.open(docGVD, packed); err != nil {
		return err
	}
	if d.private(rootGVD) {
		msg := &d.messages.gvdPKV
		err := d.read(msg)
		g.CDMVersion = d.version(msg.CDMVersion, revisionPKV)
		return err
	}
	msg := &d.messages.gvd
	if err := d.read(msg); err != nil {
		return err
	}
	g.CDMVersion = d.version(msg.CDMVersion, revisionGKV)
	d.claims(msg, room)
	d.missing()
	return nil
}

func (c *checker) claims(msg *vsd52.UCGeschuetzteVersichertendatenXML, room *parts) {
	g := &room.gvd
	if z := &msg.Zuzahlungsstatus; *z != (vsd52.Zuzahlungsstatus{}) {
		g.Zuzahlungsstatus = &room.zuzahlung
		room.zuzahlung = Zuzahlungsstatus{
			Status:     c.flag("Zuzahlungsstatus/Status", z.Status),
			GueltigBis: c.optionalDate("Zuzahlungsstatus/Gueltig_bis", z.GueltigBis),
		}
	}
	g.BesonderePersonengruppe = BesonderePersonengruppe(c.optionalDigits("BesonderePersonengruppe", msg.BesonderePersonengruppe, 1, 2))
	g.DMPKennzeichnung = DMPKennzeichnung(c.optionalDigits("DMP_Kennzeichnung", msg.DMPKennzeichnung, 1, 2))
	if s := &msg.Selektivvertraege; *s != (vsd52.Selektivvertraege{}) {
		g.Selektivvertraege = &room.selektiv
		room.selektiv = Selektivvertraege{
			Aerztlich:     Selektivvertrag(c.digits("Selektivvertraege/Aerztlich", s.Aerztlich, 1, 1)),
			Zahnaerztlich: Selektivvertrag(c.digits("Selektivvertraege/Zahnaerztlich", s.Zahnaerztlich, 1, 1)),
			Art:           c.optionalDigits("Selektivvertraege/Art", s.Art, 4, 4),
		}
	}
	if r := msg.RuhenderLeistungsanspruch; r != nil {
		g.RuhenderLeistungsanspruch = &RuhenderLeistungsanspruch{
			Beginn:       c.date("RuhenderLeistungsanspruch/Beginn", r.Beginn, false),
			Ende:         c.optionalDate("RuhenderLeistungsanspruch/Ende", r.Ende),
			ArtDesRuhens: ArtDesRuhens(c.digits("RuhenderLeistungsanspruch/ArtDesRuhens", r.ArtDesRuhens, 1, 1)),
		}
	}
}

// receipt reads PN.
func (d *decoder) receipt(packed []byte, room *receiptParts) (*Pruefungsnachweis, error) {
	msg := &d.messages.pn
	if err := d.open(docPN, packed); err != nil {
		return nil, err
	}
	if err := d.read(msg); err != nil {
		return nil, err
	}
	p := &room.pn
	*p = Pruefungsnachweis{
		CDMVersion: d.version(msg.CDMVersion, revisionPN),
		PKV:        msg.KTRTyp != nil && *msg.KTRTyp == "1",
		Timestamp:  d.receiptTime(msg.TS),
		Raw:        packed,
	}
	if e, err := strconv.Atoi(msg.E); err == nil {
		p.Ergebnis = Ergebnis(e)
	}
	if !p.Ergebnis.Known() {
		d.bad("E", msg.E, ProblemForm)
	}
	if msg.EC != nil {
		code, err := strconv.Atoi(d.digits("EC", *msg.EC, 1, 5))
		if err == nil {
			p.ErrorCode = konnektor.Code(code)
		}
	}
	if msg.PZ != nil {
		if p.Pruefziffer = room.pruefziffer(*msg.PZ); p.Pruefziffer == nil {
			d.warn("PZ", ProblemPZ)
		}
	}
	d.missing()
	return p, nil
}

// receiptTime reads TS, YYYYMMDDHHMMSS, as UTC.
func (c *checker) receiptTime(s string) time.Time {
	if len(s) == len("YYYYMMDDHHMMSS") {
		day, ok := parseDate(s[:8])
		clock, err := strconv.ParseUint(s[8:], 10, 32)
		hour, minute, second := int(clock/10000), int(clock/100%100), int(clock%100)
		if ok && err == nil && day.Known() && day.Real() && hour < 24 && minute < 60 && second < 60 {
			return time.Date(day.Year, time.Month(day.Month), day.Day, hour, minute, second, 0, time.UTC)
		}
	}
	c.bad("TS", s, ProblemForm)
	return time.Time{}
}
