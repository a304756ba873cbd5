package vsdmtest

import (
	"fmt"
	"strings"
)

var testInsurer = Insurer{"999567890", "D", "Testkrankenkasse Ehrenwort"}

// persons are made up, each for a case that a reader must survive. Their names
// say so.
var persons = []func() Insured{
	func() Insured { return member("Tilda", "Testmann", 10000001) },
	func() Insured { // characters outside ASCII
		p := member("Åke Žofie", "Dåmmer-Ørsted", 20000002)
		p.Sex, p.Versichertenart, p.Titel = "M", "3", "Dr. œc."
		p.Street = &Street{"24103", "Kieler Föhrde", "D", "Süßstraße", "7 ½", "c/o Jérôme Müßig"}
		return p
	},
	func() Insured { // birth day and month unknown, address abroad, no post code
		p := member("Unbekannt", "Geborener", 30000003)
		p.Birth, p.Sex = "19530000", "X"
		p.Street = &Street{Ort: "Nirgendwo-sur-Mer", Land: "F", Strasse: "Rue de l'Épreuve"}
		return p
	},
	func() Insured { // free of co-payment, disease management, group
		p := member("Dora", "Chronisch-Beispiel", 40000004)
		p.Zuzahlungsstatus, p.ZuzahlungsEnde = "1", "20991231"
		p.DMP, p.BesonderePersonengruppe = "5", "9"
		p.Selektiv = Selektiv{"1", "0", "1010"}
		return p
	},
	func() Insured { // entitlement fully dormant
		p := member("Ruht", "Vollständig", 50000005)
		p.Ruhen = &Ruhen{Begin: "20200101", Art: "1"}
		return p
	},
	func() Insured { // entitlement limited
		p := member("Ruht", "Eingeschränkt", 60000006)
		p.Ruhen = &Ruhen{"20200101", "20991231", "2"}
		return p
	},
	func() Insured { // private, with everything
		p := private("Privatus", "Musterling", 70000007)
		p.Private.Beihilfe, p.Private.KVBPBeaK = "02", "01"
		p.Private.Hospital = &Hospital{ClinicCard: "1", Doctor: "01", DoctorShare: "100", General: "50",
			Rooms: []Room{{"01", "120", ""}, {"02", "", "80"}, {"03", "75", ""}}}
		return p
	},
	func() Insured { return private("Kurt", "Kurzprivat", 80000008) },
	func() Insured { // pensioner, second payer, reimbursement, all name parts
		p := member("Renate Rosalie", "Rentnerin", 90000009)
		p.Versichertenart, p.Birth = "5", "19400229"
		p.Vorsatzwort, p.Namenszusatz, p.Titel = "von der", "Freifrau", "Prof. Dr."
		p.Paying, p.Kostenerstattung = &Insurer{"999567891", "D", "Zahlende Testkasse"}, "1001"
		return p
	},
	func() Insured { // insurance has ended
		p := member("Alte", "Mitgliedschaft", 11000010)
		p.End = "20191231"
		return p
	},
	func() Insured { // post box only, names of one letter
		p := member("Y", "O", 12000011)
		p.Street, p.Box = nil, &Box{"10999", "Berlin", "12 34 56", "D"}
		return p
	},
	func() Insured { // every field as long as it may be, all of Latin-9's own characters
		p := member("ŠšŽžŒœŸ€"+strings.Repeat("ä", 37), "Lang-"+strings.Repeat("ß", 40), 13000012)
		p.Vorsatzwort, p.Namenszusatz = strings.Repeat("v", 20), strings.Repeat("z", 20)
		p.Street = &Street{"1234567890", strings.Repeat("O", 40), "DDD", strings.Repeat("S", 46), "123456789", strings.Repeat("Z", 40)}
		p.Box = &Box{"1234567890", strings.Repeat("P", 40), "12345678", "DDD"}
		return p
	},
}

// Persons is the number of hand-made persons.
func Persons() int { return len(persons) }

// Person returns test person n, counted from 1. The first [Persons] are
// hand-made: 1 plain, 2 characters outside ASCII, 3 unknown day of birth and an
// address abroad, 4 DMP and free of co-payment, 5 and 6 dormant entitlement, 7
// and 8 private, 9 pensioner with all name parts, 10 ended insurance, 11 post
// box, 12 longest fields. Further ones are like 1 with a number of their own.
func Person(n int) Insured {
	if n >= 1 && n <= len(persons) {
		return persons[n-1]()
	}
	n = max(n, -n)
	p := member("Nummer", fmt.Sprintf("Testperson %d", n), n)
	p.KVNR = KVNR('T', n)
	return p
}

// Canary is a person of unmistakable words, for tests that look for patient
// data where none may be. [CanaryWords] lists them. No word is one of few digits,
// which a handle, a port or a time may hold by chance.
func Canary() Insured {
	p := member("Kanarivorname", "Kanarinachname", 77123456)
	p.KVNR, p.Birth = KVNR('K', 77123456), "19771123"
	p.Titel, p.Namenszusatz = "Kanarititel", "Kanarizusatz"
	p.Street = &Street{"98765-KAN", "Kanariort", "D", "Kanaristrasse", "987k", "Kanarianschrift"}
	p.Insurer = Insurer{"987654321", "D", "Kanarikasse"}
	return p
}

// CanaryWords are the texts that name [Canary].
func CanaryWords() []string {
	p := Canary()
	return []string{string(p.KVNR), p.Birth, p.First, p.Last, p.Titel, p.Namenszusatz, p.Street.Ort, p.Street.Strasse,
		p.Street.Hausnummer, p.Street.Zusatz, p.Street.PLZ, p.Insurer.IK, p.Insurer.Name}
}

// member is an insured person of a GKV with the fewest fields.
func member(first, last string, number int) Insured {
	return Insured{
		KVNR: KVNR('X', number), Birth: "19800101", First: first, Last: last, Sex: "W",
		Street: &Street{PLZ: "12345", Ort: "Musterhausen", Land: "D", Strasse: "Beispielstrasse", Hausnummer: "1"},
		Begin:  "20180111", Insurer: testInsurer, Versichertenart: "1", WOP: "38", Zuzahlungsstatus: "0",
	}
}

func private(first, last string, number int) Insured {
	p := member(first, last, number)
	p.Insurer = Insurer{"999168000", "D", "Private Testversicherung"}
	p.Private = &Private{Tarifart: "01"}
	return p
}
