package vsdmtest

import (
	"regexp"
	"strings"

	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

// The namespaces of the documents: Schema_VSD.xsd, Schema_VSD_PKV.xsd and
// Pruefungsnachweis.xsd.
const (
	spaceGKV     = "http://ws.gematik.de/fa/vsdm/vsd/v5.2"
	spacePKV     = "http://ws.gematik.de/fa/vsdm/vsd_pkv/v1.0"
	spaceReceipt = "http://ws.gematik.de/fa/vsdm/pnw/v1.0"
)

var (
	elem = konnektortest.Elem
	text = konnektortest.ElemText
)

// maybe writes an optional element: nothing when the value is empty.
func maybe(name, value string) string {
	if value == "" {
		return ""
	}
	return text(name, value)
}

// PD returns the XML of UC_PersoenlicheVersichertendatenXML in UTF-8 text,
// without declaration.
func (p Insured) PD() string {
	person := text("Geburtsdatum", p.Birth) + text("Vorname", p.First) + text("Nachname", p.Last) +
		text("Geschlecht", p.Sex) + maybe("Vorsatzwort", p.Vorsatzwort) + maybe("Namenszusatz", p.Namenszusatz) +
		maybe("Titel", p.Titel)
	if b := p.Box; b != nil {
		person += elem("PostfachAdresse", maybe("Postleitzahl", b.PLZ), text("Ort", b.Ort), text("Postfach", b.Postfach),
			elem("Land", text("Wohnsitzlaendercode", b.Land)))
	}
	if s := p.Street; s != nil {
		person += elem("StrassenAdresse", maybe("Postleitzahl", s.PLZ), text("Ort", s.Ort),
			elem("Land", text("Wohnsitzlaendercode", s.Land)), maybe("Strasse", s.Strasse),
			maybe("Hausnummer", s.Hausnummer), maybe("Anschriftenzusatz", s.Zusatz))
	}
	return p.root("UC_PersoenlicheVersichertendatenXML",
		elem("Versicherter", text("Versicherten_ID", string(p.KVNR)), elem("Person", person)))
}

// VD returns the XML of UC_AllgemeineVersicherungsdatenXML.
func (p Insured) VD() string {
	insurer := p.Insurer.fields()
	if p.Paying != nil {
		insurer += elem("AbrechnenderKostentraeger", p.Paying.fields())
	}
	return p.root("UC_AllgemeineVersicherungsdatenXML", elem("Versicherter",
		elem("Versicherungsschutz", text("Beginn", p.Begin), maybe("Ende", p.End), elem("Kostentraeger", insurer)),
		elem("Zusatzinfos", p.extra())))
}

func (i Insurer) fields() string {
	return text("Kostentraegerkennung", i.IK) + text("Kostentraegerlaendercode", i.Land) + text("Name", i.Name)
}

// extra is ZusatzinfosGKV or ZusatzinfosPKV.
func (p Insured) extra() string {
	if p.private() {
		return elem("ZusatzinfosPKV", text("Tarifart", p.Private.Tarifart),
			maybe("Beihilfeberechtigung", p.Private.Beihilfe), maybe("KVB_PBeaK", p.Private.KVBPBeaK), p.Private.Hospital.fields())
	}
	refund := ""
	if f := p.Kostenerstattung; len(f) == 4 {
		refund = elem("Kostenerstattung", text("AerztlicheVersorgung", f[0:1]), text("ZahnaerztlicheVersorgung", f[1:2]),
			text("StationaererBereich", f[2:3]), text("VeranlassteLeistungen", f[3:4]))
	}
	return elem("ZusatzinfosGKV", text("Versichertenart", p.Versichertenart),
		elem("Zusatzinfos_Abrechnung_GKV", refund, text("WOP", p.WOP)))
}

func (h *Hospital) fields() string {
	if h == nil {
		return ""
	}
	var rooms, doctor string
	for _, r := range h.Rooms {
		rooms += elem("WahlleistungUnterkunft", text("ArtWahlleistungUnterkunft", r.Art),
			maybe("HoechstbetragWahlleistungUnterkunft", r.Amount), maybe("ProzentwertWahlleistungUnterkunft", r.Percent))
	}
	if h.Doctor != "" {
		doctor = elem("WahlleistungAerztlicheBehandlung", text("ArtWahlleistungAerztlicheBehandlung", h.Doctor),
			maybe("ProzentwertWahlleistungAerztlicheBehandlung", h.DoctorShare))
	}
	return elem("StationaereLeistungen", maybe("TeilnahmeClinicCardVerfahren", h.ClinicCard), rooms, doctor,
		maybe("AllgemeineKrankenhausleistungen", h.General))
}

// GVD returns the XML of UC_GeschuetzteVersichertendatenXML. That of a PKV is
// empty.
func (p Insured) GVD() string {
	if p.private() {
		return p.root("UC_GeschuetzteVersichertendatenXML", "")
	}
	s := p.Selektiv
	ruhen := ""
	if r := p.Ruhen; r != nil {
		ruhen = elem("RuhenderLeistungsanspruch", text("Beginn", r.Begin), maybe("Ende", r.End), text("ArtDesRuhens", r.Art))
	}
	return p.root("UC_GeschuetzteVersichertendatenXML",
		elem("Zuzahlungsstatus", text("Status", p.Zuzahlungsstatus), maybe("Gueltig_bis", p.ZuzahlungsEnde))+
			maybe("BesonderePersonengruppe", p.BesonderePersonengruppe)+maybe("DMP_Kennzeichnung", p.DMP)+
			elem("Selektivvertraege", text("Aerztlich", nine(s.Aerztlich)), text("Zahnaerztlich", nine(s.Zahnaerztlich)), maybe("Art", s.Art))+
			ruhen)
}

func nine(s string) string {
	if s == "" {
		return "9"
	}
	return s
}

// root opens a document with its namespace and version.
func (p Insured) root(name, inner string) string {
	space, version, kind := spaceGKV, "5.2.0", ""
	if p.private() {
		space, version, kind = spacePKV, "1.0.0", ` KTR_TYP="1"`
	}
	if p.Namespace != "" {
		space = p.Namespace
	}
	if p.CDMVersion != "" {
		version = p.CDMVersion
	}
	return "<" + name + ` xmlns="` + space + `" CDM_VERSION="` + version + `"` + kind + ">" + inner + "</" + name + ">"
}

var tag = regexp.MustCompile(`<(/?)([A-Za-z])`)

// prefixed gives every element of a document a prefix.
func prefixed(doc, prefix string) string {
	doc = strings.Replace(doc, " xmlns=", " xmlns:"+prefix+"=", 1)
	return tag.ReplaceAllString(doc, "<${1}"+prefix+":$2")
}

func replaceOnce(s, old, new string) string { return strings.Replace(s, old, new, 1) }
