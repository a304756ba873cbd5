package certs

import (
	"encoding/asn1"
	"strconv"
)

// Role is what an Admission says the holder is: the last number of the
// professionOID 1.2.276.0.76.4.n.
type Role int

// Roles that programs ask for; [Role.String] knows more.
const (
	RoleArzt                  Role = 30
	RoleZahnarzt              Role = 31
	RoleApotheker             Role = 32
	RolePsychotherapeut       Role = 45
	RoleVersicherter          Role = 49
	RolePraxisArzt            Role = 50
	RoleZahnarztpraxis        Role = 51
	RolePraxisPsychotherapeut Role = 52
	RoleKrankenhaus           Role = 53
	RoleOeffentlicheApotheke  Role = 54
	RoleKostentraeger         Role = 59
	RoleAnwendungskonnektor   Role = 103
	RoleNetzkonnektor         Role = 104
	RoleKartenterminal        Role = 105
	RoleSignaturanwendung     Role = 119
	RoleTSLDienst             Role = 189
	RoleHighspeedkonnektor    Role = 302
	RoleTIGatewayZugangsmodul Role = 309
)

// RoleKind is who or what has a role.
type RoleKind string

// The kinds of roles; each is a table of gemSpec_OID.
const (
	RolePerson      RoleKind = "person"      // GS-A_4442
	RoleInstitution RoleKind = "institution" // GS-A_4443
	RoleTechnical   RoleKind = "technical"   // GS-A_4446
)

// String is the text that gemSpec_OID has for the role, in German, or the object
// identifier of a role that is not known.
func (r Role) String() string {
	for _, names := range roleNames {
		if name, known := names[r]; known {
			return name
		}
	}
	return "1.2.276.0.76.4." + strconv.Itoa(int(r))
}

// Kind is who has the role, or empty when it is not known.
func (r Role) Kind() RoleKind {
	for kind, names := range roleNames {
		if _, known := names[r]; known {
			return kind
		}
	}
	return ""
}

// OID is the object identifier.
func (r Role) OID() asn1.ObjectIdentifier { return tiOID(int(r)) }

// RoleByOID is the role with an object identifier; it reports false for what is
// not in the arc of the TI.
func RoleByOID(oid asn1.ObjectIdentifier) (Role, bool) {
	n, ok := tiNumber(oid)
	return Role(n), ok
}

// roleNames are the tables of gemSpec_OID 3.24, as gematik's reference library
// has them; 309 and 310 are from certificates of the real trust lists. That
// library prints 277 as 27.
var roleNames = map[RoleKind]map[Role]string{
	RolePerson: {
		30:  "Ärztin/Arzt",
		31:  "Zahnärztin/Zahnarzt",
		32:  "Apotheker/-in",
		33:  "Apothekerassistent/-in",
		34:  "Pharmazieingenieur/-in",
		35:  "pharmazeutisch-technische/-r Assistent/-in",
		36:  "pharmazeutisch-kaufmännische/-r Angestellte",
		37:  "Apothekenhelfer/-in",
		38:  "Apothekenassistent/-in",
		39:  "Pharmazeutische/-r Assistent/-in",
		40:  "Apothekenfacharbeiter/-in",
		41:  "Pharmaziepraktikant/-in",
		42:  "Stud.pharm. oder Famulant/-in",
		43:  "PTA-Praktikant/-in",
		44:  "PKA Auszubildende/-r",
		45:  "Psychotherapeut/-in",
		46:  "Psychologische/-r Psychotherapeut/-in",
		47:  "Kinder- und Jugendlichenpsychotherapeut/-in",
		48:  "Rettungsassistent/-in",
		49:  "Versicherte/-r",
		178: "Notfallsanitäter/-in",
		232: "Gesundheits- und Krankenpfleger/-in, Gesundheits- und Kinderkrankenpfleger/-in",
		233: "Altenpfleger/-in",
		234: "Pflegefachfrauen und Pflegefachmänner",
		235: "Hebamme",
		236: "Physiotherapeut/-in",
		237: "Augenoptiker/-in und Optometrist/-in",
		238: "Hörakustiker/-in",
		239: "Orthopädieschuhmacher/-in",
		240: "Orthopädietechniker/-in",
		241: "Zahntechniker/-in",
		274: "Ergotherapeut/-in",
		275: "Logopäde/Logopädin",
		276: "Podologe/Podologin",
		277: "Ernährungstherapeut/-in",
	},
	RoleInstitution: {
		50:  "Betriebsstätte Arzt",
		51:  "Zahnarztpraxis",
		52:  "Betriebsstätte Psychotherapeut",
		53:  "Krankenhaus",
		54:  "Öffentliche Apotheke",
		55:  "Krankenhausapotheke",
		56:  "Bundeswehrapotheke",
		57:  "Betriebsstätte Mobile Einrichtung Rettungsdienst",
		58:  "Betriebsstätte gematik",
		59:  "Betriebsstätte Kostenträger",
		187: "Betriebsstätte Leistungserbringerorganisation Vertragszahnärzte",
		190: "AdV-Umgebung bei Kostenträger",
		210: "Betriebsstätte Leistungserbringerorganisation Kassenärztliche Vereinigung",
		223: "Betriebsstätte GKV-Spitzenverband",
		224: "Betriebsstätte Apothekerverband",
		225: "Betriebsstätte Deutscher Apothekerverband",
		226: "Betriebsstätte Mitgliedsverband der Krankenhäuser",
		227: "Betriebsstätte der Deutsche Krankenhaus TrustCenter und Informationsverarbeitung GmbH",
		228: "Betriebsstätte der Deutschen Krankenhausgesellschaft",
		229: "Betriebsstätte der Bundesärztekammer",
		230: "Betriebsstätte einer Ärztekammer",
		231: "Betriebsstätte einer Zahnärztekammer",
		242: "Betriebsstätte der Kassenärztlichen Bundesvereinigung",
		243: "Betriebsstätte der Bundeszahnärztekammer",
		244: "Betriebsstätte der Kassenzahnärztlichen Bundesvereinigung",
		245: "Betriebsstätte Gesundheits-, Kranken- und Altenpflege",
		246: "Betriebsstätte Geburtshilfe",
		247: "Betriebsstätte Physiotherapie",
		248: "Betriebsstätte Augenoptiker",
		249: "Betriebsstätte Hörakustiker",
		250: "Betriebsstätte Orthopädieschuhmacher",
		251: "Betriebsstätte Orthopädietechniker",
		252: "Betriebsstätte Zahntechniker",
		253: "Rettungsleitstelle",
		254: "Betriebsstätte Sanitätsdienst Bundeswehr",
		255: "Betriebsstätte Öffentlicher Gesundheitsdienst",
		256: "Betriebsstätte Arbeitsmedizin",
		257: "Betriebsstätte Vorsorge- und Rehabilitation",
		262: "Betriebsstätte Pflegeberatung nach § 7a SGB XI",
		263: "Betriebsstätte Psychotherapeutenkammer",
		264: "Betriebsstätte Bundespsychotherapeutenkammer",
		265: "Betriebsstätte Landesapothekerkammer",
		266: "Betriebsstätte Bundesapothekerkammer",
		267: "Betriebsstätte elektronisches Gesundheitsberuferegister",
		268: "Betriebsstätte Handwerkskammer",
		269: "Betriebsstätte Register für Gesundheitsdaten",
		270: "Betriebsstätte Abrechnungsdienstleister",
		271: "Betriebsstätte PKV-Verband",
		273: "ePA KTR-Zugriffsautorisierung",
		278: "Ergotherapiepraxis",
		279: "Logopaedische Praxis",
		280: "Podologiepraxis",
		281: "Ernährungstherapeutische Praxis",
		282: "DiGA-Hersteller und -Anbieter",
		284: "Betriebsstätte Weitere Kostenträger im Gesundheitswesen",
		285: "Weitere Organisationen der Gesundheitsversorgung",
		286: "KIM-Hersteller und -Anbieter",
		292: "NCPeH Fachdienst",
		295: "TIM-Hersteller und -Anbieter",
	},
	RoleTechnical: {
		97:  "Versichertenstammdatendienst",
		99:  "Online Certificate Status Protocol",
		100: "Card Management System",
		101: "Update Flag Service",
		103: "Anwendungskonnektor",
		104: "Netzkonnektor",
		105: "Kartenterminal",
		119: "Signaturanwendungskomponente",
		159: "Intermediär VSDM",
		160: "Konfigurationsdienst",
		161: "VPN-Zugangsdienst-TI",
		166: "VPN-Zugangsdienst-SIS",
		171: "Verzeichnisdienst-TI",
		172: "KOM-LE Fachdienst",
		174: "Clientmodul",
		184: "Störungsampel",
		189: "TSL-Dienst-TI",
		204: "ePA Authentisierung",
		205: "ePA Autorisierung",
		206: "ePA Dokumentenverwaltung",
		207: "ePA Management",
		208: "ePA automatisierter Berechtigungserhalt",
		209: "ePA vertrauenswürdige Ausführungsumgebung",
		215: "Zertifikatsverzeichnis TSP X.509",
		216: "HSM Wiederherstellungskomponente 1",
		217: "HSM Wiederherstellungskomponente 2",
		218: "Wiederherstellungskomponente",
		219: "HSM Schlüsselgenerierungsdienst 1",
		220: "HSM Schlüsselgenerierungsdienst 2",
		221: "Schlüsselgenerierungsdienst",
		258: "E-Rezept vertrauenswürdige Ausführungsumgebung",
		259: "E-Rezept",
		260: "IDP-Dienst",
		261: "ePA-Aktensystem-Logging",
		288: "Bestandsnetze.xml Signatur",
		289: "ePA Vertrauensstelle",
		290: "ePA Forschungsdatenzentrum",
		294: "TI-Messenger",
		302: "Highspeed-Konnektor",
		309: "TI-Gateway Zugangsmodul",
		310: "Technische Zertifikatsausgabestelle eines Anbieters SMC-B",
	},
}
