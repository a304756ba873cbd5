package mgmt

// procedure is what a person does where no call is known, in German, one step an
// entry. Menus of secunet are those of the Bedienungsanleitung Highspeed-Konnektor
// 2.0, whose boxes are of the same family; those of RISE and KoCoBox are not
// published, so that the manual of the maker is named instead.
func procedure(v Vendor, op Operation, origin string) []string {
	steps := []string{"Im Browser " + origin + " öffnen und als Administrator anmelden."}
	known, ok := vendorSteps[v][alias(op)]
	if !ok {
		known, ok = anyVendor[alias(op)]
	}
	if !ok {
		known = []string{"Die Funktion in der Verwaltungsoberfläche aufrufen; das Handbuch des Herstellers beschreibt den Menüpunkt. Im Zweifel den DVO beauftragen."}
	}
	return append(steps, known...)
}

// alias is the operation whose procedure is that of op too.
func alias(op Operation) Operation {
	switch op {
	case OpLogSettingsGet:
		return OpLogSettingsSet
	case OpOnlineGet:
		return OpOnlineSet
	case OpTSLState:
		return OpTSLImport
	case OpServerIdentityGet, OpServerRenewed:
		return OpServerIdentitySet
	case OpRegistrationGet:
		return OpRegistrationRenew
	case OpLicences:
		return OpLicenceUpload
	case OpTerminal, OpTerminalActivate, OpTerminalDeactive, OpTerminalConnect, OpTerminalUnassign, OpTerminalRemove:
		return OpTerminals
	case OpCard:
		return OpCards
	case OpPINVerify:
		return OpPINStatus
	case OpMandanten, OpClientSystems:
		return OpInfoModel
	case OpUpdatesCheck, OpUpdatesTerminal, OpUpdateDownload, OpUpdateSchedule, OpUpdateSettingsSet:
		return OpUpdates
	case OpInfoLoad, OpInfoClock, OpReleases:
		return OpInfo
	}
	return op
}

// vendorSteps are what is known of a vendor's menus.
var vendorSteps = map[Vendor]map[Operation][]string{
	Secunet: secunetSteps,
	RISE:    {OpBackupCreate: riseBackup},
}

var secunetSteps = map[Operation][]string{
	OpLogSettingsSet: {
		"Diagnose > Administration > Protokoll-Einstellungen öffnen.",
		"Protokollierung erfolgreicher Kryptooperationen und Performance-Protokolle ausschalten, Stufe auf „Warnung“ stellen.",
		"Vorhaltedauer in Schritten von höchstens 40 Tagen verringern (kleinster Wert 10 Tage) und nach jedem Schritt speichern; die Oberfläche kann dabei länger nicht reagieren.",
		"Die Werte erneut aufrufen und prüfen, ob sie übernommen wurden.",
	},
	OpTSLImport: {
		"System > Zertifikate öffnen; Ablaufdatum und Sequenznummer der TSL notieren.",
		"Die aktuelle TSL von https://download.tsl.ti-dienste.de/TSL.xml herunterladen.",
		"Leistungsumfang Online ausschalten.",
		"Die TSL hochladen. Hat der Konnektor einen oder mehrere Wechsel des Vertrauensankers verpasst, zuerst jede TSL mit einem Ankerwechsel in der Reihenfolge ihres Erscheinens, zuletzt die aktuelle.",
		"Leistungsumfang Online wieder einschalten und den Konnektor neu starten.",
		"Sequenznummer prüfen; die Meldungen EC_TSL_... dürfen nicht mehr anstehen.",
	},
	OpOnlineSet: {
		"Den Schalter „Leistungsumfang Online“ in der Verwaltungsoberfläche umstellen und speichern.",
		"Den Konnektor neu starten, wenn die Oberfläche dazu auffordert.",
	},
	OpServerIdentitySet: {
		"System > Laufzeitverlängerung öffnen und prüfen, dass die erneuerten Zertifikate vorhanden sind (online abrufen oder aus einer Datei einspielen).",
		"Eine Sicherung erstellen.",
		"Mit den erneuerten Zertifikaten erneut beim VPN-Zugangsdienst freischalten. Die bestehende Freischaltung dabei nicht zurücknehmen.",
		"Praxis > Clientsysteme > Clientsystem-Einstellungen öffnen und „Erneuerte ID.AK.AUT verwenden“ einschalten.",
		"Eine weitere Sicherung erstellen und die Übersicht der verwendeten Zertifikate prüfen.",
		"In allen Clientsystemen das neue Zertifikat des Konnektors hinterlegen.",
	},
	OpRegistrationRenew: {
		"Die Freischaltung beim VPN-Zugangsdienst aufrufen. Benötigt werden Mandant, gesteckte und freigeschaltete SMC-B und die Contract-ID des Zugangsanbieters.",
		"Den Zertifikatstyp wählen und freischalten. Eine bestehende Freischaltung nicht zurücknehmen: Damit entfallen alle Registrierungen.",
		"Prüfen, dass die VPN-Verbindung zur TI wieder steht.",
	},
	OpBackupCreate: {
		"Die Sicherung in der Verwaltungsoberfläche aufrufen und als Umfang „Gesamtexport“ wählen.",
		"Ein zufälliges Kennwort mit mindestens 20 Zeichen vergeben (Groß- und Kleinbuchstaben, Ziffern, Sonderzeichen; nicht der Benutzername) und getrennt von der Datei aufbewahren.",
		"Die Datei herunterladen und den angezeigten öffentlichen Schlüssel samt Prüfsumme notieren: Er wird beim Einspielen verglichen.",
	},
	OpLicenceUpload: {
		"Die Lizenzdatei in der Verwaltungsoberfläche hochladen.",
		"Den Konnektor neu starten: Erst danach gilt die Lizenz.",
	},
	OpRestart: {
		"System > Allgemein > Neustart wählen. Die Einstellungen bleiben erhalten.",
		"Warten, bis der Konnektor wieder erreichbar ist, und die PIN der SMC-B erneut eingeben.",
	},
	OpLogOverflowReset: {
		"Die Meldung EC_LOG_OVERFLOW in der Verwaltungsoberfläche zurücksetzen; nur ein Administrator kann das.",
		"Vorher die Menge der Protokolleinträge verringern (Diagnose > Administration > Protokoll-Einstellungen), sonst erscheint sie wieder.",
	},
	OpLogRead: {"Unter Diagnose die Protokolle herunterladen (Text oder gzip)."},
	OpStatus:  {"Diagnose > Status öffnen und die Betriebszustände ablesen."},
}

// anyVendor is what is the same for every box: the duty of gemSpec_Kon, without
// the way through menus.
var anyVendor = map[Operation][]string{
	OpLogSettingsSet: {
		"Die Einstellungen der Protokollierung aufrufen (Menüpunkt: siehe Handbuch des Herstellers).",
		"Protokollierung erfolgreicher Kryptooperationen und Performance-Protokolle ausschalten, Stufe auf „Warnung“ stellen, Vorhaltedauer verringern.",
		"Die Werte erneut aufrufen und prüfen, ob sie übernommen wurden.",
	},
	OpTSLImport: {
		"Ablaufdatum und Sequenznummer der TSL ablesen (Menüpunkt: siehe Handbuch des Herstellers).",
		"Die aktuelle TSL von https://download.tsl.ti-dienste.de/TSL.xml herunterladen und manuell einspielen.",
		"Hat der Konnektor Wechsel des Vertrauensankers verpasst, zuerst jede TSL mit einem Ankerwechsel in der Reihenfolge ihres Erscheinens einspielen, zuletzt die aktuelle.",
		"Prüfen, dass die Meldungen EC_TSL_... nicht mehr anstehen.",
	},
	OpOnlineSet: {"Den Leistungsumfang Online umstellen (Menüpunkt: siehe Handbuch des Herstellers)."},
	OpServerIdentitySet: {
		"Prüfen, dass die erneuerten Zertifikate des Konnektors vorhanden sind (Laufzeitverlängerung; Menüpunkt: siehe Handbuch des Herstellers).",
		"Eine Sicherung erstellen, dann die erneuerte Identität ID.AK.AUT auswählen.",
		"In allen Clientsystemen das neue Zertifikat des Konnektors hinterlegen.",
	},
	OpRegistrationRenew: {
		"Die Freischaltung beim VPN-Zugangsdienst erneuern (Menüpunkt: siehe Handbuch des Herstellers). Die bestehende Freischaltung nicht zurücknehmen.",
		"Prüfen, dass die VPN-Verbindung zur TI wieder steht.",
	},
	OpBackupCreate: {
		"Eine vollständige Sicherung der Konfiguration erstellen und herunterladen (Menüpunkt: siehe Handbuch des Herstellers).",
		"Das Kennwort der Sicherung getrennt von der Datei aufbewahren.",
	},
	OpLicenceUpload:    {"Die Lizenzdatei hochladen (Menüpunkt: siehe Handbuch des Herstellers)."},
	OpRestart:          {"Den Konnektor neu starten und danach die PIN der SMC-B erneut eingeben."},
	OpLogOverflowReset: {"Die Meldung EC_LOG_OVERFLOW zurücksetzen; nur ein Administrator kann das (Menüpunkt: siehe Handbuch des Herstellers)."},
	OpLogRead:          {"Die Protokolle herunterladen (Menüpunkt: siehe Handbuch des Herstellers)."},
	OpStatus:           {"Die Betriebszustände ablesen (Menüpunkt: siehe Handbuch des Herstellers)."},
}

// riseBackup is what differs at a RISE box (Bedienungsanleitung RISE Konnektor
// 3.5.9).
var riseBackup = []string{
	"Die Konfiguration exportieren: Die Datei (*.gka) ist mit einem Kennwort verschlüsselt, das der Konnektor erzeugt und anzeigt. Es getrennt von der Datei aufbewahren.",
	"Zum Signieren wird eine SMC-B mit freigeschalteter PIN gebraucht; gelingt die automatische Auswahl nicht (Fehler 30091), die Karte von Hand wählen.",
}
