package exchange

import "time"

// Ready finds what speaks against beginning an exchange. next is the new box, as
// far as it can be read already; nil when it cannot.
func Ready(old Snapshot, next *Snapshot, at time.Time) []Finding {
	var f findings
	n := len(f)
	for _, g := range old.Missing {
		f.add(CheckComplete, LevelOpen, "not-read", g.Part, "", "", "could not be read, is to be written down by hand: "+g.Reason)
	}
	f.ok(CheckComplete, n, "everything could be read")
	f.function(old)
	f.vpn(old)
	f.firmware(old, next)
	if c := old.Certificate; c != nil {
		n = len(f)
		f.ends(CheckCertificate, "certificate of the old box", c.NotAfter, at)
		f.ok(CheckCertificate, n, "until %s", c.NotAfter.Format(time.DateOnly))
	}
	if next != nil && next.Certificate != nil {
		f.ends(CheckCertificate, "certificate of the new box", next.Certificate.NotAfter, at)
	}
	f.endings(old, at)
	if len(old.Licences) == 0 {
		f.add(CheckLicence, LevelOpen, "licences-unknown", "", "", "", "the licences of the old box are not known: have the licence file at hand")
	} else {
		f.add(CheckLicence, LevelOpen, "licence-file", "", "", "", "have the licence file at hand: a backup does not contain it")
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
		f.add(CheckFirmware, LevelOpen, "not-read", "", old.Product.Firmware, "", "compare the firmware of both boxes")
	case old.Product.Vendor != next.Product.Vendor || old.Product.Code != next.Product.Code:
		f.add(CheckProduct, LevelWarning, "other-product", "", old.Product.String(), next.Product.String(), "a backup cannot be restored on another product")
	case old.Product.Firmware != next.Product.Firmware:
		f.add(CheckFirmware, LevelError, "other-firmware", "", old.Product.Firmware, next.Product.Firmware, "update first: both boxes need the same firmware")
	default:
		f.add(CheckFirmware, LevelOK, "ok", "", old.Product.Firmware, next.Product.Firmware, "the same firmware")
	}
}

// backupAge is how old a backup may be: it has to have what was set up since.
const backupAge = 24 * time.Hour

func (f *findings) backup(old Snapshot, at time.Time) {
	switch b := old.Backup; {
	case b == nil:
		f.add(CheckBackup, LevelError, "no-backup", "", "", "", "make a full backup and keep its password in another place")
	case at.Sub(b.Made) > backupAge:
		f.add(CheckBackup, LevelWarning, "backup-old", b.File, "", b.Made.UTC().Format(time.DateOnly), "the backup is more than a day old")
	default:
		f.add(CheckBackup, LevelOK, "ok", b.File, "", "", "a backup is kept")
	}
}
