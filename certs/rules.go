package certs

import (
	"slices"
	"strings"
	"time"
)

// Generation is that of a card: 2.0 has RSA only, 2.1 has RSA and
// brainpoolP256r1.
type Generation string

// The generations of cards in use.
const (
	Generation20 Generation = "2.0"
	Generation21 Generation = "2.1"
)

// Effect is what happens on the day of a rule.
type Effect string

// The effects.
const (
	EffectEnds    Effect = "ends"    // the certificate is of no use any more
	EffectPlanned Effect = "planned" // the same, as an intention
	EffectBegins  Effect = "begins"  // something becomes possible or is done by a device
	EffectAct     Effect = "act"     // somebody should act by now
)

// Evidence is how sure a rule is.
type Evidence string

// The kinds of evidence.
const (
	EvidenceConfirmed Evidence = "confirmed" // by the body that decides
	EvidenceMeasured  Evidence = "measured"  // seen in published trust lists
	EvidencePlanned   Evidence = "planned"   // announced as an intention
	EvidenceSecondary Evidence = "secondary" // known at second hand only
)

// Rule is a dated rule of the TI: which certificates it is about, and when what
// happens to them.
type Rule struct {
	ID   string `json:"id"` // does not change from version to version
	What string `json:"what"`

	// A rule is about certificates that have one of the types, one of the
	// kinds of key, the generation, and one of the issuers, by the first word
	// of its common name. What is empty does not matter.
	Types      []Type     `json:"types,omitempty"`
	Keys       []KeyType  `json:"keys,omitempty"`
	Generation Generation `json:"generation,omitempty"`
	Issuers    []string   `json:"issuers,omitempty"`
	// Subject is how the common name begins.
	Subject string `json:"subject,omitempty"`

	// Day is when the effect comes, at midnight UTC, or after the end of that
	// day when it is Through. It is zero for a rule that counts from the end of
	// the certificate: so many Months and Days before it.
	Day     time.Time `json:"day,omitzero"`
	Through bool      `json:"through,omitempty"`
	Months  int       `json:"months,omitempty"`
	Days    int       `json:"days,omitempty"`

	Effect   Effect   `json:"effect"`
	Evidence Evidence `json:"evidence"`
	Source   string   `json:"source"`
	// Conflict says where sources contradict each other. Empty when they do
	// not, as far as known.
	Conflict string `json:"conflict,omitempty"`
}

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}

var (
	typesGSMCK = []Type{TypeAKAUT, TypeNKVPN, TypeSAKAUT}
	typesSMCB  = []Type{TypeHCIAUT, TypeHCIENC, TypeHCIOSIG}
	typesHBA   = []Type{TypeHPAUT, TypeHPENC, TypeHPQES}
	keysRSA    = []KeyType{KeyRSA2048, KeyRSA3072, KeyRSA4096}
)

// stillListed is what contradicts the dates for the end of RSA.
const stillListed = "the production trust list of 2026-07-13 still has RSA CAs for SMC-B, HBA, eGK and components in accord; whether and when RSA was shut down is not known"

// rules are in the order of their dates.
var rules = []Rule{
	{
		ID: "konnektor-rsa-end", What: "Konnektors with an RSA-only gSMC-K are shut out; renewed RSA certificates end",
		Types: typesGSMCK, Keys: keysRSA, Generation: Generation20, Day: day(2025, 12, 31), Through: true, Effect: EffectEnds,
		Evidence: EvidenceConfirmed, Source: "gemF_Laufzeitverlaengerung_gSMC-K 1.1.0, A_21765-01 and A_21774-01; KBV",
	},
	{
		ID: "qes-rsa-end", What: "qualified signatures with RSA keys below 3000 bits are no longer allowed",
		Types: []Type{TypeHPQES, TypeCHQES}, Keys: []KeyType{KeyRSA2048}, Day: day(2025, 12, 31), Through: true, Effect: EffectEnds,
		Evidence: EvidenceConfirmed, Source: "gemSpec_Krypt; KBV",
		Conflict: "a time of transition followed, whose end is not known",
	},
	{
		ID: "ca3-dropped", What: "the trust list drops the issuing RSA CA",
		Issuers: []string{"GEM.KOMP-CA3", "GEM.VPNK-CA3"}, Day: day(2026, 3, 16), Effect: EffectEnds,
		Evidence: EvidenceMeasured, Source: "production trust list 10315 of 2026-03-16",
	},
	{
		ID: "vpnk-rsa-dropped", What: "the trust list drops the last RSA CAs of VPN concentrators",
		Issuers: []string{"GEM.VPNK-CA5", "GEM.VPNK-CA7"}, Day: day(2026, 6, 27), Effect: EffectEnds,
		Evidence: EvidenceMeasured, Source: "production trust list 10323 of 2026-06-27",
	},
	{
		ID: "hba-smcb-g20-end", What: "HBA and SMC-B of generation 2.0 can be used until this day",
		Types: slices.Concat(typesHBA, typesSMCB), Generation: Generation20, Day: day(2026, 6, 30), Through: true, Effect: EffectEnds,
		Evidence: EvidenceConfirmed, Source: "KBV, 2025-11-17; KV Rheinland-Pfalz", Conflict: stillListed,
	},
	{
		ID: "rsa-shutdown", What: "RSA is shut down for everything but qualified signatures",
		Types: slices.Concat([]Type{TypeHPAUT, TypeHPENC, TypeCHAUT, TypeSMKTAUT}, typesSMCB, typesGSMCK), Keys: keysRSA,
		Day: day(2026, 7, 1), Effect: EffectPlanned,
		Evidence: EvidencePlanned, Source: "gematik wiki, FAQ on the migration from RSA to ECC", Conflict: stillListed,
	},
	{
		ID: "komp-ca5-end", What: "the issuing CA GEM.KOMP-CA5 (RSA) expires",
		Issuers: []string{"GEM.KOMP-CA5"}, Day: day(2026, 12, 7), Through: true, Effect: EffectEnds,
		Evidence: EvidenceMeasured, Source: "its certificate in production trust list 10326",
	},
	{
		ID: "gsmckt-g20-end", What: "gSMC-KT of generation 2.0 can be used until this day",
		Types: []Type{TypeSMKTAUT}, Generation: Generation20, Day: day(2026, 12, 31), Through: true, Effect: EffectEnds,
		Evidence: EvidenceSecondary, Source: "reports at second hand; no publication of gematik or KBV found",
		Conflict: "the RSA CA GEM.KOMP-CA5 expires on 2026-12-07 already, GEM.KOMP-CA7 only on 2029-11-30",
	},
	{
		ID: "komp-ca7-end", What: "the issuing CA GEM.KOMP-CA7 (RSA) expires",
		Issuers: []string{"GEM.KOMP-CA7"}, Day: day(2029, 11, 30), Through: true, Effect: EffectEnds,
		Evidence: EvidenceMeasured, Source: "its certificate in production trust list 10326",
	},
	{
		ID: "gsmck-renewal-window", What: "the Konnektor begins to download renewed certificates of its gSMC-K, once a day",
		Types: []Type{TypeNKVPN}, Days: 180, Effect: EffectBegins,
		Evidence: EvidenceConfirmed, Source: "gemF_Laufzeitverlaengerung_gSMC-K 1.1.0, TUC_KON_410 and A_21744",
	},
	{
		ID: "konnektor-exchange", What: "a Konnektor whose gSMC-K is not renewed should be exchanged by now",
		Types: typesGSMCK, Months: 3, Effect: EffectAct,
		Evidence: EvidenceSecondary, Source: "checklist of practices for exchanging a Konnektor; no requirement of gematik known",
	},
	{
		ID: "gsmckt-expires-soon", What: "the Konnektor warns of the end of the gSMC-KT (CardTerminal_gSMC-KT_Certificate_Expires_Soon)",
		Types: []Type{TypeSMKTAUT}, Days: 35, Effect: EffectAct,
		Evidence: EvidenceConfirmed, Source: "gemSpec_Kon 5.18.0, operating states",
	},
	{
		ID: "tsl-anchor-expiring", What: "Konnektors warn of the end of the trust anchor (EC_TSL_Trust_Anchor_Expiring)",
		Subject: "GEM.TSL-CA", Days: 30, Effect: EffectAct,
		Evidence: EvidenceConfirmed, Source: "gemSpec_Kon 5.18.0, operating states",
	},
}

// Rules lists the dated rules that an Inventory applies unless it is told
// others. The dates are those known in November 2026.
func Rules() []Rule { return slices.Clone(rules) }

// applies reports whether the rule is about a certificate, apart from the
// generation.
func (r *Rule) applies(c *Certificate) bool {
	issuer, _, _ := strings.Cut(c.Issuer.CommonName, " ")
	return (len(r.Types) == 0 || slices.ContainsFunc(r.Types, c.HasType)) &&
		(len(r.Keys) == 0 || slices.Contains(r.Keys, c.KeyType())) &&
		(len(r.Issuers) == 0 || slices.Contains(r.Issuers, issuer)) &&
		strings.HasPrefix(c.Subject.CommonName, r.Subject)
}

// relative reports whether the rule counts from the end of the certificate.
func (r *Rule) relative() bool { return r.Day.IsZero() }

// at is when the effect comes.
func (r *Rule) at(c *Certificate) time.Time {
	if r.relative() {
		return c.NotAfter.AddDate(0, -r.Months, -r.Days)
	}
	if r.Through {
		return r.Day.AddDate(0, 0, 1)
	}
	return r.Day
}
