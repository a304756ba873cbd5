package exchange

import "time"

// Ready finds what speaks against beginning an exchange. next is the new box, as
// far as it can be read already; nil when it cannot.
func Ready(old Snapshot, next *Snapshot, at time.Time) []Finding {
	var f findings
	n := len(f)
	for _, g := range old.Missing {
		f.add(CheckComplete, LevelOpen, KeyNotRead, g.Part, "", "", "could not be read, is to be written down by hand: "+g.Reason)
	}
	f.ok(CheckComplete, n, "everything could be read")
	f.function(old)
	f.vpn(old)
	f.firmware(old, next)
	if c := old.Certificate; c != nil {
		n = len(f)
		f.ends(CheckCertificate, SubjectOld, c.NotAfter, at)
		f.ok(CheckCertificate, n, "until %s", c.NotAfter.Format(time.DateOnly))
	}
	if next != nil && next.Certificate != nil {
		f.ends(CheckCertificate, SubjectNew, next.Certificate.NotAfter, at)
	}
	f.endings(old, at)
	if len(old.Licences) == 0 {
		f.add(CheckLicence, LevelOpen, KeyLicencesUnknown, "", "", "", "the licences of the old box are not known: have the licence file at hand")
	} else {
		f.add(CheckLicence, LevelOpen, KeyLicenceFile, "", "", "", "have the licence file at hand: a backup does not contain it")
	}
	f.backup(old, at)
	return f
}

// endings are certificates that an exchange should not carry over.
func (f *findings) endings(old Snapshot, at time.Time) {
	for _, t := range old.Terminals {
		f.ends(CheckTerminals, t.words(), t.Expires, at)
	}
	for _, c := range old.Cards {
		f.ends(CheckCards, c.words(), c.Expires, at)
	}
	for _, c := range old.ClientSystems {
		f.ends(CheckClientSystems, c.words(), c.NotAfter, at)
	}
}

// firmware wants the same on both: a backup is restored on firmware that knows
// what is in it.
func (f *findings) firmware(old Snapshot, next *Snapshot) {
	switch {
	case next == nil || next.Product.Firmware == "":
		f.add(CheckFirmware, LevelOpen, KeyNotRead, "", old.Product.Firmware, "", "compare the firmware of both boxes")
	case old.Product.Vendor != next.Product.Vendor || old.Product.Code != next.Product.Code:
		f.add(CheckProduct, LevelWarning, KeyOtherProduct, "", old.Product.String(), next.Product.String(), "a backup cannot be restored on another product")
	case old.Product.Firmware != next.Product.Firmware:
		f.add(CheckFirmware, LevelError, KeyOtherFirmware, "", old.Product.Firmware, next.Product.Firmware, "update first: both boxes need the same firmware")
	default:
		f.add(CheckFirmware, LevelOK, KeyOK, "", old.Product.Firmware, next.Product.Firmware, "the same firmware")
	}
}

// BackupAge is how old a backup may be: it has to have what was set up since.
const BackupAge = 24 * time.Hour

func (f *findings) backup(old Snapshot, at time.Time) {
	switch b := old.Backup; {
	case b == nil:
		f.add(CheckBackup, LevelError, KeyNoBackup, "", "", "", "make a full backup and keep its password in another place")
	case at.Sub(b.Made) > BackupAge:
		f.add(CheckBackup, LevelWarning, KeyBackupOld, b.File, "", b.Made.UTC().Format(time.DateOnly), "the backup is more than a day old")
	default:
		f.add(CheckBackup, LevelOK, KeyOK, b.File, "", "", "a backup is kept")
	}
}
