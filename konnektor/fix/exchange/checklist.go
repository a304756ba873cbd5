package exchange

import "slices"

// Stage is when something is to be done.
type Stage string

// The stages.
const (
	StageBefore Stage = "before"
	StageDuring Stage = "during"
	StageAfter  Stage = "after"
	StageEnd    Stage = "end" // when the new box has worked for some days
)

// Item is one entry of the checklist.
type Item struct {
	Key   string `json:"key"`
	Stage Stage  `json:"stage"`
	// Person: people do it; the program looks at nothing of it. Else it is a
	// check of this package that has this key.
	Person bool   `json:"person,omitempty"`
	Text   string `json:"text"` // English
}

// The checks of this package, as keys of items and findings.
const (
	CheckComplete       = "snapshot-complete"
	CheckProduct        = "product"
	CheckFirmware       = "firmware-equal"
	CheckLicence        = "licence"
	CheckBackup         = "backup-kept"
	CheckCertificate    = "server-certificate"
	CheckAddress        = "address"
	CheckVPN            = "vpn"
	CheckStates         = "operating-states"
	CheckTerminals      = "terminals"
	CheckCards          = "cards"
	CheckContexts       = "contexts"
	CheckClientSystems  = "client-certificates"
	CheckPINs           = "smc-b-pins"
	CheckFunction       = "function-test"
	CheckDeregistration = "no-deregistration"
)

// checklist is the order of the exchange of a box with its backup (see
// Bedienungsanleitung Highspeed-Konnektor 2.0 for backup and restore). What is
// never done stands at its place, too.
var checklist = []Item{
	{CheckComplete, StageBefore, false, "everything that is compared later can be read"},
	{CheckFunction, StageBefore, false, "a card is read (ReadVSD)"},
	{CheckVPN, StageBefore, false, "the VPN of the TI is up"},
	{CheckFirmware, StageBefore, false, "both boxes have the same, current firmware"},
	{"terminal-firmware", StageBefore, true, "the card terminals have current firmware"},
	{CheckCertificate, StageBefore, false, "when the certificates of the boxes end"},
	{CheckLicence, StageBefore, false, "the licences of the old box are known, the licence file is at hand: a backup does not contain it"},
	{"access-data", StageBefore, true, "user, password and, for the restore, an account of a Super-Admin are at hand; those of the old box come back with the restore"},
	{"smc-b-at-hand", StageBefore, true, "the SMC-B and its PIN are at hand"},
	{"network-plan", StageBefore, true, "the network is planned: fixed address or DHCP, and what is set to the address in terminals, PVS and firewall"},
	{CheckBackup, StageBefore, false, "a full backup of the old box is kept, with its password and the hash of its key in another place"},
	{CheckDeregistration, StageDuring, true, "the old box is NOT deregistered: that removes all registrations"},
	{"cables", StageDuring, true, "the old box is shut down and the cables are moved to the new one"},
	{"first-login", StageDuring, true, "first login with the password of delivery, which is changed at once"},
	{"restore", StageDuring, true, "the backup is restored; the key hash that is shown is compared; then the box restarts"},
	{"pairing", StageDuring, true, "the terminals are paired anew by the box (Wartungspairing)"},
	{"licence-upload", StageDuring, true, "the licence is uploaded; then the box restarts"},
	{"registration", StageDuring, true, "the new box is registered at the VPN access service; then it restarts"},
	{CheckAddress, StageAfter, false, "the address that the PVS uses"},
	{CheckStates, StageAfter, false, "no operating state that was not there before"},
	{CheckTerminals, StageAfter, false, "all terminals are connected"},
	{CheckCards, StageAfter, false, "all SMC-Bs, HBAs and cards of terminals are there"},
	{CheckPINs, StageAfter, false, "the PINs of the SMC-Bs are entered"},
	{CheckContexts, StageAfter, false, "all Aufrufkontexte are there"},
	{CheckClientSystems, StageAfter, false, "the certificates of the client systems are there and valid for long"},
	{CheckFunction, StageAfter, false, "a card is read (ReadVSD)"},
	{"diagnose-kit", StageAfter, true, "the function test of the Diagnose-Kit is green"},
	{"kim", StageAfter, true, "a KIM message to oneself arrives"},
	{"backup-new", StageAfter, true, "a full backup of the new box is made and kept"},
	{"old-box", StageEnd, true, "the old box is reset to the state of delivery and disposed of, as the last step of all"},
}

// Checklist is what an exchange consists of, in order.
func Checklist() []Item { return slices.Clone(checklist) }
