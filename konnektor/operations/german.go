package operations

// This file holds every German text of the library: what practice staff reads.
// Sources: the table of faults and reactions in gemILF_PS and gemSpec_SST_PS_VSDM,
// the operating conditions of gemSpec_Kon (TAB_KON_503).

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/akaut"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/exchange"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/restart"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/seclog"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/tslimport"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/libkonnektor/libkonnektor/vsdm"
)

// german is a text for practice staff: what is, and what the practice can do
// about it (empty when nothing).
type german struct{ what, do string }

// Titles of the operations.
const (
	titleServices       = "Dienste des Konnektors"
	titleState          = "Zustand des Konnektors"
	titleTerminals      = "Kartenterminals"
	titleTerminal       = "Ein Kartenterminal"
	titleCards          = "Gesteckte Karten"
	titleCard           = "Eine gesteckte Karte"
	titleCardsWait      = "Auf eine Karte warten"
	titleCardsWatch     = "Karten beobachten"
	titlePINStatus      = "Zustand der PIN"
	titleVSDRead        = "Versichertenstammdaten lesen"
	titleTSLShow        = "Vertrauensliste (TSL) ansehen"
	titleTSLVerify      = "Vertrauensliste (TSL) prüfen"
	titleTSLDiff        = "Zwei Vertrauenslisten (TSL) vergleichen"
	titleTSLPlan        = "Einspielen von Vertrauenslisten (TSL) planen"
	titleCertsShow      = "Zertifikate ansehen"
	titleCertsInventory = "Zertifikate und ihre Laufzeiten"
	titleCertsCalendar  = "Kalender der Laufzeiten"
	titleTSLFetch       = "Vertrauensliste (TSL) herunterladen"
)

// Titles of the operations on PINs, documents, data of the eGK and events.
const (
	titlePINVerify             = "PIN eingeben"
	titlePINChange             = "PIN ändern"
	titlePINUnblock            = "PIN mit der PUK freischalten"
	titlePINEnable             = "PIN-Eingabe einschalten"
	titlePINDisable            = "PIN-Eingabe abschalten"
	titleTerminalRequestCard   = "Eine Karte anfordern"
	titleTerminalEject         = "Eine Karte auswerfen"
	titleSignDocuments         = "Dokumente signieren"
	titleSignVerify            = "Signaturen prüfen"
	titleSignJobNumber         = "Nummer für einen Signaturauftrag"
	titleSignStop              = "Einen Signaturauftrag abbrechen"
	titleSignComfortActivate   = "Komfortsignatur einschalten"
	titleSignComfortDeactivate = "Komfortsignatur abschalten"
	titleSignComfortMode       = "Zustand der Komfortsignatur"
	titleAuthSign              = "Anmeldung mit einer Karte signieren"
	titleEncrypt               = "Dokument verschlüsseln"
	titleDecrypt               = "Dokument entschlüsseln"
	titleKVKRead               = "Krankenversichertenkarte (KVK) lesen"
	titleNFDRead               = "Notfalldaten lesen"
	titleNFDWrite              = "Notfalldaten schreiben"
	titleNFDErase              = "Notfalldaten löschen"
	titleDPERead               = "Persönliche Erklärungen lesen"
	titleDPEWrite              = "Persönliche Erklärungen schreiben"
	titleDPEErase              = "Persönliche Erklärungen löschen"
	titleAMTSReadPlan          = "Medikationsplan lesen"
	titleAMTSWritePlan         = "Medikationsplan schreiben"
	titleAMTSReadConsent       = "Einwilligung in den Medikationsplan lesen"
	titleAMTSWriteConsent      = "Einwilligung in den Medikationsplan schreiben"
	titleAMTSDeleteConsent     = "Einwilligung in den Medikationsplan löschen"
	titleCertsVerify           = "Zertifikat am Konnektor prüfen"
	titleEventsWatch           = "Ereignisse beobachten"
	titleEventsSubscriptions   = "Abonnements von Ereignissen"
	titleEventsSubscribe       = "Ereignisse abonnieren"
	titleEventsRenew           = "Abonnements verlängern"
	titleEventsUnsubscribe     = "Abonnements beenden"
)

// Titles of the operations on management and fixes.
const (
	titleMgmtStatus      = "Zustand laut Verwaltungsoberfläche"
	titleMgmtInfo        = "Angaben zum Konnektor"
	titleMgmtLogs        = "Protokoll des Konnektors"
	titleMgmtLogSettings = "Einstellungen der Protokollierung"
	titleMgmtRestart     = "Konnektor neu starten"
	titleFixList         = "Mögliche Reparaturen"
	titleFixCheck        = "Bekannte Störungen prüfen"
	titleFixPlan         = "Reparatur planen"
	titleFixApply        = "Reparatur ausführen"
	titleFixResume       = "Wartende Reparaturen fortsetzen"
	titleFixStatus       = "Stand der Reparaturen"
	titleFixJournal      = "Aufzeichnung der Reparaturen"
)

// Words of tables and messages.
const (
	wordYes     = "ja"
	wordNo      = "nein"
	wordNone    = "keine"
	wordAdvice  = "Was tun"
	wordCode    = "Fehler"
	wordUnknown = "unbekannt"
	wordNothing = "nichts"
)

// Question is what a program asks a person at a terminal, in German.
type Question string

// The questions of programs that run operations, such as konnektorctl.
const (
	AskAdministrator Question = "Benutzer (Administrator): "
	AskPassword      Question = "Passwort: "
	AskFix           Question = "Jetzt ausführen? [j/N] "
	AskRestart       Question = "Den Konnektor jetzt neu starten? [j/N] "
	AskLogSettings   Question = "Die Protokollierung jetzt umstellen? [j/N] "
)

// IsYes says whether a line that a person typed is a yes, ja or j in any case;
// everything else means no.
func IsYes(line string) bool {
	line = strings.TrimSpace(line)
	return strings.EqualFold(line, wordYes) || strings.EqualFold(line, wordYes[:1])
}

// remedyGerman is what to do about a code that has no line of its own.
var remedyGerman = map[konnektor.RemedyClass]string{
	konnektor.RemedyRetry:       "Bitte den Vorgang nach kurzer Zeit wiederholen. Bleibt der Fehler, den IT-Service verständigen.",
	konnektor.RemedyUser:        "Bitte Karte, PIN und Eingaben prüfen und den Vorgang wiederholen.",
	konnektor.RemedyAdmin:       "Bitte den IT-Service verständigen: Die Einrichtung des Konnektors muss geprüft werden.",
	konnektor.RemedyReplaceCard: "Bitte eine andere oder neuere Karte verwenden; sonst an den Herausgeber der Karte wenden.",
	konnektor.RemedyRestart:     "Bitte den Konnektor neu starten. Hilft das nicht, den IT-Service verständigen.",
	konnektor.RemedyOffline:     "Die Karte bleibt gültig. Bitte die Prüfung beim nächsten Besuch im Quartal wiederholen.",
	RemedyProgram:               "Bitte den Hersteller der Praxissoftware verständigen.",
	konnektor.RemedyNone:        "",
}

// kindRemedy says who can do something about a kind.
var kindRemedy = map[konnektor.Kind]konnektor.RemedyClass{
	konnektor.KindConfig:             konnektor.RemedyAdmin,
	konnektor.KindUnknownHost:        konnektor.RemedyAdmin,
	konnektor.KindUnreachable:        konnektor.RemedyRetry,
	konnektor.KindTimeout:            konnektor.RemedyRetry,
	konnektor.KindCancelled:          konnektor.RemedyNone,
	konnektor.KindNoTLS:              konnektor.RemedyAdmin,
	konnektor.KindTLS:                konnektor.RemedyAdmin,
	konnektor.KindCertificate:        konnektor.RemedyAdmin,
	konnektor.KindCertificateName:    konnektor.RemedyAdmin,
	konnektor.KindCertificateExpired: konnektor.RemedyAdmin,
	konnektor.KindBrainpool:          konnektor.RemedyAdmin,
	konnektor.KindClientCertificate:  konnektor.RemedyAdmin,
	konnektor.KindUnauthorized:       konnektor.RemedyAdmin,
	konnektor.KindHTTP:               konnektor.RemedyRetry,
	konnektor.KindFault:              RemedyProgram,
	konnektor.KindEmpty:              konnektor.RemedyRetry,
	konnektor.KindTooLarge:           RemedyProgram,
	konnektor.KindMalformed:          RemedyProgram,
	konnektor.KindNoService:          konnektor.RemedyAdmin,
	konnektor.KindRequest:            RemedyProgram,
	konnektor.KindNotInserted:        konnektor.RemedyUser,
	KindKonnektor:                    konnektor.RemedyAdmin,
	KindUnknownOperation:             RemedyProgram,
	KindSeveralCards:                 konnektor.RemedyUser,
	KindNoSMCB:                       konnektor.RemedyUser,
	KindFile:                         konnektor.RemedyUser,
	KindFormat:                       konnektor.RemedyUser,
	KindPassword:                     konnektor.RemedyUser,
	KindTrustList:                    konnektor.RemedyAdmin,
	KindDownload:                     konnektor.RemedyRetry,
	KindManagementLogin:              konnektor.RemedyAdmin,
	KindUnsupported:                  konnektor.RemedyAdmin,
	KindByHand:                       konnektor.RemedyAdmin,
	KindRefused:                      konnektor.RemedyAdmin,
	KindSink:                         konnektor.RemedyAdmin,
	KindClosed:                       RemedyProgram,
	KindInternal:                     RemedyProgram,
}

// kindGerman has every kind of package konnektor and of this package.
var kindGerman = map[konnektor.Kind]german{
	konnektor.KindConfig: {
		"Die Einstellungen für den Konnektor sind unvollständig oder falsch.",
		"Bitte Adresse, Aufrufkontext, Zertifikate und Schlüssel in den Einstellungen prüfen.",
	},
	konnektor.KindUnknownHost: {
		"Der Name des Konnektors ist im Netz nicht bekannt.",
		"Bitte die Adresse des Konnektors in den Einstellungen und die Netzwerkverbindung prüfen.",
	},
	konnektor.KindUnreachable: {
		"Der Konnektor ist nicht erreichbar.",
		"Bitte prüfen, ob der Konnektor eingeschaltet und mit dem Netz verbunden ist und ob Adresse und Port stimmen. Nach einem Neustart braucht er einige Minuten.",
	},
	konnektor.KindTimeout: {
		"Der Konnektor hat nicht rechtzeitig geantwortet.",
		"Bitte den Vorgang wiederholen. Bleibt der Fehler, den Konnektor neu starten oder den IT-Service verständigen.",
	},
	konnektor.KindCancelled: {
		"Der Vorgang wurde abgebrochen.",
		"",
	},
	konnektor.KindNoTLS: {
		"Der Konnektor spricht an dieser Adresse unverschlüsselt, erwartet wird TLS.",
		"Bitte den IT-Service verständigen: Adresse und Port prüfen und TLS am Konnektor einschalten.",
	},
	konnektor.KindTLS: {
		"Die gesicherte Verbindung (TLS) zum Konnektor kam nicht zustande.",
		"Bitte den IT-Service verständigen: TLS-Einstellungen und Zertifikat des Konnektors prüfen. Hat er für Clientsysteme nur ein Zertifikat mit Brainpool-Kurve, muss er auf eines mit RSA oder NIST-Kurve umgeschaltet werden.",
	},
	konnektor.KindCertificate: {
		"Dem Zertifikat des Konnektors wird nicht vertraut.",
		"Wurde der Konnektor getauscht oder sein Zertifikat erneuert? Dann muss der IT-Service das neue Zertifikat vergleichen und hinterlegen. Sonst nicht weiterarbeiten.",
	},
	konnektor.KindCertificateName: {
		"Das Zertifikat des Konnektors lautet auf einen anderen Namen.",
		"Bitte den IT-Service verständigen: Adresse und erwarteten Namen (üblich ist konnektor.konlan) prüfen.",
	},
	konnektor.KindCertificateExpired: {
		"Das Zertifikat des Konnektors ist abgelaufen oder noch nicht gültig.",
		"Bitte Datum und Uhrzeit dieses Rechners prüfen. Stimmen sie, muss der IT-Service am Konnektor auf ein erneuertes Zertifikat umschalten.",
	},
	konnektor.KindBrainpool: {
		"Der Konnektor zeigt ein Zertifikat mit einer Brainpool-Kurve, die dieses Programm noch nicht lesen kann.",
		"Bitte den IT-Service verständigen: Am Konnektor für Clientsysteme ein Zertifikat mit RSA oder NIST-Kurve einstellen.",
	},
	konnektor.KindClientCertificate: {
		"Der Konnektor hat das Zertifikat dieses Rechners nicht angenommen.",
		"Bitte den IT-Service verständigen: Am Konnektor ein Zertifikat für dieses Clientsystem erstellen und hier hinterlegen.",
	},
	konnektor.KindUnauthorized: {
		"Der Konnektor hat die Anmeldung dieses Rechners abgelehnt.",
		"Bitte Benutzername und Passwort des Clientsystems prüfen. Nach drei falschen Versuchen sperrt der Konnektor eine Zeit lang.",
	},
	konnektor.KindHTTP: {
		"Der Konnektor hat mit einer Störung geantwortet.",
		"Bitte den Vorgang nach kurzer Zeit wiederholen. Bleibt der Fehler, den Konnektor neu starten.",
	},
	konnektor.KindFault: {
		"Der Konnektor hat die Anfrage ohne Angabe eines Fehlercodes abgelehnt.",
		"Bitte den Hersteller der Praxissoftware verständigen; vielleicht passt die Version des Programms nicht zum Konnektor.",
	},
	konnektor.KindEmpty: {
		"Der Konnektor hat leer geantwortet.",
		"Bitte den Vorgang wiederholen. Bleibt der Fehler, den Konnektor neu starten.",
	},
	konnektor.KindTooLarge: {
		"Die Antwort ist größer als erlaubt.",
		"Bitte prüfen, ob die Adresse wirklich die des Konnektors ist; sonst den Hersteller der Praxissoftware verständigen.",
	},
	konnektor.KindMalformed: {
		"Die Antwort des Konnektors ist nicht lesbar.",
		"Bitte prüfen, ob die Adresse wirklich die des Konnektors ist; sonst den Hersteller der Praxissoftware verständigen.",
	},
	konnektor.KindNoService: {
		"Der Konnektor bietet diesen Dienst nicht in einer passenden Version an.",
		"Bitte den IT-Service verständigen: Konnektor oder Praxissoftware brauchen eine neuere Version.",
	},
	konnektor.KindRequest: {
		"Der Aufruf der Praxissoftware ist fehlerhaft.",
		"Bitte den Hersteller der Praxissoftware verständigen.",
	},
	konnektor.KindNotInserted: {
		"Es steckt keine passende Karte.",
		"Bitte die Karte in das Kartenterminal stecken.",
	},
	KindKonnektor: {
		"Der Konnektor meldet einen Fehler.",
		remedyGerman[konnektor.RemedyAdmin],
	},
	KindUnknownOperation: {
		"Die Praxissoftware hat eine Funktion aufgerufen, die es in dieser Version nicht gibt.",
		"Bitte den Hersteller der Praxissoftware verständigen.",
	},
	KindSeveralCards: {
		"Es stecken mehrere Gesundheitskarten.",
		"Bitte nur eine Gesundheitskarte stecken oder das Kartenterminal auswählen.",
	},
	KindNoSMCB: {
		"Es steckt kein Praxisausweis (SMC-B).",
		"Bitte den Praxisausweis in ein Kartenterminal stecken und seine PIN eingeben.",
	},
	KindFile: {
		"Die Datei kann nicht gelesen oder geschrieben werden.",
		"Bitte Pfad, Zugriffsrechte und Größe der Datei prüfen.",
	},
	KindFormat: {
		"Der Inhalt der Datei ist nicht lesbar.",
		"Bitte prüfen, ob es die richtige Datei ist, und sie sonst neu beschaffen.",
	},
	KindPassword: {
		"Das Passwort der Datei ist falsch.",
		"Bitte das Passwort angeben, mit dem die Datei am Konnektor erzeugt wurde.",
	},
	KindTrustList: {
		"Die Vertrauensliste (TSL) ist nicht gültig.",
		"Bitte die Liste neu herunterladen.",
	},
	KindDownload: {
		"Die Vertrauensliste (TSL) konnte nicht heruntergeladen werden.",
		"Bitte die Internetverbindung prüfen und den Vorgang wiederholen. Bleibt der Fehler, den IT-Service verständigen.",
	},
	KindManagementLogin: {
		"Die Verwaltungsoberfläche des Konnektors hat die Anmeldung abgelehnt.",
		"Bitte Benutzername und Passwort des Administrators prüfen. Nicht mehrfach probieren: Das Konto wird sonst gesperrt.",
	},
	KindUnsupported: {
		"Dieser Konnektor lässt das nicht von außen zu, oder das Modell ist nicht bekannt.",
		"Bitte den IT-Service verständigen; er kann es in der Verwaltungsoberfläche erledigen.",
	},
	KindByHand: {
		"Für dieses Modell ist nicht veröffentlicht, wie das von außen geht.",
		"Bitte von Hand in der Verwaltungsoberfläche vorgehen; die Schritte stehen dabei.",
	},
	KindRefused: {
		"Die Verwaltungsoberfläche des Konnektors hat den Vorgang abgelehnt.",
		"Bitte Rechte des Administrators und Zustand des Konnektors prüfen; sonst den Support des Herstellers verständigen.",
	},
	KindSink: {
		"Der Anschluss (Port) für die Ereignisse des Konnektors kann nicht geöffnet werden.",
		"Bitte den IT-Service verständigen: Adresse, Port, Zertifikat und Schlüssel für die Ereignisse prüfen. Vielleicht benutzt ein anderes Programm den Port.",
	},
	KindClosed: {
		"Die Verbindung zum Konnektor wurde vom Programm beendet.",
		"Bitte das Programm neu starten. Bleibt der Fehler, den Hersteller der Praxissoftware verständigen.",
	},
	KindInternal: {
		"Im Programm ist ein Fehler aufgetreten.",
		"Bitte den Hersteller der Praxissoftware verständigen.",
	},
}

// germanKind is the text of a kind.
func germanKind(k konnektor.Kind) german {
	if g, ok := kindGerman[k]; ok {
		return g
	}
	return kindGerman[KindInternal]
}

// What to do, where several codes share it.
const (
	doReinsert = "Bitte die Karte herausziehen, prüfen und neu stecken. Betrifft es nur diese Karte: Versicherte an die Krankenkasse verweisen, Ersatzverfahren. Betrifft es viele Karten: IT-Service verständigen."
	doNewCard  = "Bitte nach einer neueren Karte fragen; sonst Versicherte an die Krankenkasse verweisen, Ersatzverfahren."
	doService  = "Bitte den IT-Service verständigen."
	doRetry    = "Bitte Karte neu stecken und den Vorgang wiederholen; sonst den IT-Service verständigen."
	doSetup    = "Bitte den IT-Service verständigen: Mandant, Clientsystem, Arbeitsplatz, Kartenterminal und Karten müssen im Konnektor einander zugeordnet sein."
	doStale    = "Bitte prüfen, ob die Karte noch steckt, und den Vorgang wiederholen."
	doAccept   = "Die Karte bleibt gültig. Bitte die Prüfung beim nächsten Besuch im Quartal wiederholen."
	doUnlock   = "Bitte die PIN am Kartenterminal eingeben und den Vorgang wiederholen."
	doVendor   = "Bitte den Hersteller der Praxissoftware verständigen."
	doPINLost  = "Bitte die PIN mit der PUK freischalten; sonst an den Herausgeber der Karte wenden."
	doOnceMore = "Bitte den Vorgang wiederholen. Bleibt der Fehler, den IT-Service verständigen."
	doDocument = "Bitte das Dokument prüfen; sonst den Hersteller der Praxissoftware verständigen."

	doAskPerson = "Bitte mit der versicherten Person sprechen."
)

// codeGerman has the codes that a practice meets when it reads cards and
// enters PINs. Other codes are shown in the words of the device.
var codeGerman = map[konnektor.Code]german{
	101:  {"Die Karte antwortet nicht richtig.", doReinsert},
	102:  {"Ein Gerät reagiert nicht wie erwartet.", doService},
	103:  {"Die Software des Konnektors reagiert nicht wie erwartet.", doService},
	104:  {"Das Fachmodul des Konnektors reagiert nicht.", doService},
	105:  {"Die Gesundheitskarte ist nicht lesbar.", doReinsert},
	106:  {"Das Zertifikat der Gesundheitskarte ist gesperrt: Die Karte ist kein Leistungsnachweis.", doNewCard},
	107:  {"Das Zertifikat der Gesundheitskarte ist ungültig oder abgelaufen: Die Karte ist kein Leistungsnachweis.", doNewCard},
	108:  {"Das Zugriffsprotokoll auf der Gesundheitskarte konnte nicht geschrieben werden.", doRetry},
	109:  {"Praxisausweis (SMC-B) oder Heilberufsausweis (HBA) sind nicht lesbar.", "Bitte den Ausweis neu stecken und seine PIN erneut eingeben; sonst den IT-Service verständigen."},
	110:  {"Die Gesundheitskarte hat einen Befehl nicht ausgeführt.", doReinsert},
	111:  {"Die Daten der Gesundheitskarte konnten nicht gelesen werden.", doReinsert},
	112:  {"Auf die Gesundheitskarte konnte nicht geschrieben werden.", doRetry},
	113:  {"Die Gesundheitskarte ist von einer veralteten Generation: Sie ist kein Leistungsnachweis.", doNewCard},
	114:  {"Die Gesundheitsanwendung der Karte ist gesperrt: Die Karte ist kein Leistungsnachweis.", doNewCard},
	115:  {"Die Gesundheitskarte ist älter als Generation 2 und wird nicht mehr unterstützt.", doNewCard},
	500:  {"Der Dienst der Krankenkasse hat eine Störung.", doAccept},
	3001: {"Die Versichertendaten der Karte sind nach einer unterbrochenen Aktualisierung unvollständig.", "Bitte zwei- bis dreimal mit Online-Prüfung neu lesen; sonst Versicherte an die Krankenkasse verweisen."},
	3011: {"Die Versichertendaten der Karte konnten nicht verarbeitet werden.", "Bitte die Karte neu stecken; sonst Versicherte an die Krankenkasse verweisen."},
	3020: {"Die Krankenversichertenkarte (KVK) ist nicht lesbar.", "Bitte die Karte neu stecken; sonst anderen Nachweis verlangen."},
	3021: {"Die Daten der Krankenversichertenkarte (KVK) sind beschädigt.", "Bitte anderen Nachweis verlangen."},
	3039: {"Der Prüfungsnachweis der Karte kann nicht gelesen werden (er stammt von einer anderen Praxis).", "Bitte die Karte mit Online-Prüfung neu lesen."},
	3040: {"Auf der Karte ist kein Prüfungsnachweis.", "Bitte die Karte mit Online-Prüfung neu lesen."},
	3041: {"Der Praxisausweis (SMC-B) ist nicht freigeschaltet.", "Bitte die PIN des Praxisausweises am Kartenterminal eingeben, danach neu lesen."},
	3042: {"Der Heilberufsausweis (HBA) ist nicht freigeschaltet.", "Bitte die PIN des Heilberufsausweises am Kartenterminal eingeben, danach neu lesen."},
	4000: {"Der Konnektor versteht die Anfrage der Praxissoftware nicht.", doVendor},
	4001: {"Im Konnektor ist ein interner Fehler aufgetreten.", "Bitte einmal wiederholen. Betrifft es nur einzelne ältere Karten: Ersatzverfahren, später neu lesen. Betrifft es alle Karten: IT-Service verständigen."},
	4002: {"Der Konnektor ist in einem kritischen Betriebszustand und hat den Vorgang gesperrt.", "Bitte den Zustand des Konnektors ansehen, ihn neu starten und sonst den IT-Service verständigen."},
	4003: {"Für den Heilberufsausweis (HBA) fehlt die Nutzerkennung.", "Bitte in der Praxissoftware einen Benutzer (UserId) einstellen."},
	4004: {"Der Mandant ist am Konnektor nicht bekannt.", doSetup},
	4005: {"Das Clientsystem ist am Konnektor nicht bekannt.", doSetup},
	4006: {"Der Arbeitsplatz ist am Konnektor nicht bekannt.", doSetup},
	4007: {"Das Kartenterminal ist am Konnektor nicht bekannt.", doSetup},
	4008: {"Die Karte steckt nicht mehr.", doStale},
	4009: {"Der Praxisausweis (SMC-B) ist am Konnektor nicht eingetragen.", doSetup},
	4010: {"Das Clientsystem ist dem Mandanten nicht zugeordnet.", doSetup},
	4011: {"Der Arbeitsplatz ist dem Mandanten nicht zugeordnet.", doSetup},
	4012: {"Das Kartenterminal ist dem Mandanten nicht zugeordnet.", doSetup},
	4013: {"Der Praxisausweis (SMC-B) ist dem Mandanten nicht zugeordnet.", doSetup},
	4014: {"Arbeitsplatz und Clientsystem gehören für diesen Mandanten nicht zusammen.", doSetup},
	4015: {"Das Kartenterminal ist diesem Arbeitsplatz nicht zugeordnet.", doSetup},
	4016: {"Das Kartenterminal steht nicht an diesem Arbeitsplatz.", doSetup},
	4017: {"Die Gesundheitskarte wird gerade an einem anderen Arbeitsplatz benutzt.", "Bitte kurz warten und den Vorgang wiederholen."},
	4018: {"Der Heilberufsausweis (HBA) ist unter einem anderen Benutzer angemeldet.", "Bitte den Vorgang wiederholen; sonst die andere Anmeldung beenden."},
	4019: {"Der Konnektor hat für diesen Aufruf keine Zugriffsregel.", doSetup},
	4020: {"Das Kartenterminal ist von keinem Arbeitsplatz dieses Clientsystems erreichbar.", doSetup},
	4021: {"In der Anfrage der Praxissoftware fehlen Angaben.", doVendor},
	4028: {"Der Konnektor erreicht das Kartenterminal nicht.", "Bitte Strom und Netzwerk des Kartenterminals prüfen; sonst den IT-Service verständigen."},
	4039: {"Anzeige oder Tastatur des Kartenterminals sind gerade belegt.", "Bitte die Eingabe am Kartenterminal beenden und den Vorgang wiederholen."},
	4043: {"Die PIN wurde nicht rechtzeitig eingegeben.", doUnlock},
	4044: {"Der Zugriff auf das Kartenterminal ist gescheitert.", "Bitte das Kartenterminal prüfen und den Vorgang wiederholen."},
	4045: {"Der Zugriff auf die Karte ist gescheitert.", doReinsert},
	4046: {"Die Anwendung gibt es auf dieser Karte nicht.", doNewCard},
	4047: {"Die Karte wurde inzwischen gezogen.", doStale},
	4048: {"Gesundheitskarte und Praxisausweis haben sich nicht gegenseitig anerkannt.", doReinsert},
	4049: {"Die Eingabe wurde am Kartenterminal abgebrochen.", doUnlock},
	4051: {"Die Karte ist vom falschen Typ.", "Bitte eine passende Karte stecken oder auswählen."},
	4052: {"Die Karte hat den Zugriff verweigert.", doReinsert},
	4056: {"Der Praxisausweis (SMC-B) ist vermutlich nicht freigeschaltet.", "Bitte die PIN des Praxisausweises am Kartenterminal eingeben, danach neu lesen."},
	4057: {"Die Gesundheitskarte hat den Praxisausweis nicht anerkannt.", "Bitte die Karte neu stecken. Bleibt der Fehler, Versicherte an die Krankenkasse verweisen."},
	4060: {"Das Gerät ist gerade belegt.", "Bitte kurz warten und den Vorgang wiederholen."},
	4061: {"Die PIN war falsch.", "Bitte die PIN erneut eingeben; auf die verbleibenden Versuche achten."},
	4063: {"Die PIN ist gesperrt.", doPINLost},
	4064: {"Die PUK ist gesperrt.", "Bitte an den Herausgeber der Karte wenden: Die Karte muss ersetzt werden."},
	4065: {"Die Karte hat noch ihre Transport-PIN.", "Bitte zuerst die Transport-PIN in eine eigene PIN ändern."},
	4082: {"Die PIN wurde durch die falsche Eingabe gesperrt.", doPINLost},
	4085: {"Die Karte ist nicht freigeschaltet.", doUnlock},
	4092: {"Für die PIN-Eingabe ist diesem Arbeitsplatz kein Kartenterminal zugeordnet.", doSetup},
	4093: {"Die Karte wird gerade von einem anderen Vorgang benutzt.", "Bitte kurz warten und den Vorgang wiederholen."},
	4094: {"Die Karte hat nicht rechtzeitig geantwortet.", "Bitte die Karte neu stecken."},
	4096: {"Das Kartenterminal ist am Konnektor nicht bekannt.", doSetup},
	4097: {"Den Steckplatz gibt es am Kartenterminal nicht.", doSetup},
	4098: {"In diesem Steckplatz steckt keine Karte.", "Bitte die Karte stecken."},
	4099: {"Eine Karte mit dieser Nummer steckt nicht.", "Bitte die Karte stecken."},
	4101: {"Die Karte wurde inzwischen gezogen.", doStale},
	4131: {"Die Karte wurde inzwischen gezogen.", doStale},
	4146: {"Die Karte wurde inzwischen gezogen.", doStale},
	4174: {"Der Konnektor hat keine Verbindung zur Telematikinfrastruktur.", "Bitte den Internetanschluss prüfen und den Vorgang wiederholen; sonst den IT-Service verständigen."},
	4192: {"Die Gesundheitskarte ist von einer veralteten Generation und wird nicht mehr unterstützt.", doNewCard},
	4202: {"Es wurde keine Karte in der vorgesehenen Zeit gesteckt.", "Bitte die Karte stecken und den Vorgang wiederholen."},
	4203: {"Die Karte wurde nicht entnommen.", "Bitte die Karte aus dem Kartenterminal nehmen."},
	4204: {"Der Konnektor erkennt dieses Clientsystem nicht an.", "Bitte den IT-Service verständigen: Zertifikat oder Passwort des Clientsystems prüfen."},
	4221: {"Das Kartenterminal ist am Konnektor nicht aktiviert.", doSetup},
	4222: {"Das Kartenterminal ist nicht mit dem Konnektor verbunden.", "Bitte Strom und Netzwerk des Kartenterminals prüfen; sonst den IT-Service verständigen."},
	4258: {"Die Karte hat keine Zertifikate mit elliptischen Kurven (ECC); so antworten Karten der Generation 2.0.", "Bitte prüfen, ob die Karte gegen eine neuere getauscht werden muss (siehe certs inventory)."},
	4265: {"Die Karte wurde inzwischen gezogen.", doStale},

	4105: {"Das Dokument konnte nicht verschlüsselt werden.", doOnceMore},
	4106: {"Das Dokument ist nicht für diese Karte verschlüsselt.", "Bitte die Karte verwenden, für die es verschlüsselt wurde."},
	4107: {"Das Dokument konnte nicht entschlüsselt werden.", doDocument},
	4108: {"Das Dokument konnte nicht verschlüsselt werden.", doOnceMore},
	4109: {"Das Dokument konnte nicht entschlüsselt werden.", doDocument},
	4110: {"Das Format des Dokuments wird nicht unterstützt.", doDocument},
	4111: {"Die gewünschte Art der Signatur gibt es nicht.", doVendor},
	4112: {"Das Dokument eignet sich nicht für eine Signatur.", doDocument},
	4115: {"Die Signatur des Dokuments ist falsch: Es wurde verändert.", "Bitte das Dokument neu anfordern."},
	4116: {"Die Eingabe am Kartenterminal kam nicht rechtzeitig.", doUnlock},
	4118: {"Mit dieser Karte kann nur ein Dokument auf einmal signiert werden.", "Bitte die Dokumente einzeln signieren oder einen neueren Heilberufsausweis verwenden."},
	4123: {"Das Dokument konnte nicht signiert werden.", doOnceMore},
	4124: {"Das Dokument eignet sich nicht für eine qualifizierte Signatur.", doDocument},
	4205: {"Im PDF ist kein Platz für die Signatur.", doDocument},
	4206: {"Das Zertifikat des Unterzeichners wurde nicht gefunden.", doDocument},
	4208: {"Das Dokument entspricht nicht dem vorgeschriebenen Aufbau.", doDocument},
	4209: {"Dafür wird eine andere Karte gebraucht.", "Bitte eine passende Karte stecken oder auswählen."},
	4243: {"Den Signaturauftrag gibt es nicht oder nicht mehr.", doOnceMore},
	4252: {"Die Auftragsnummer wurde schon verwendet.", doOnceMore},
	4253: {"Das Dokument hat keine Signatur.", doDocument},
	4259: {"Das Dokument ist nicht für alle Empfänger verschlüsselt.", "Bitte die Zertifikate der Empfänger prüfen."},
	4262: {"Die Signatur gilt nicht für das ganze Dokument.", doDocument},
	4263: {"Die Komfortsignatur ist am Konnektor nicht freigegeben.", doService},
	4267: {"Die Komfortsignatur konnte nicht eingeschaltet werden.", doOnceMore},
	4268: {"Die Komfortsignatur konnte nicht abgeschaltet werden.", doOnceMore},
	4270: {"Die Kennung für die Komfortsignatur wurde schon verwendet.", doVendor},
	4271: {"Die Komfortsignatur ist abgelaufen.", "Bitte die Komfortsignatur mit der PIN erneut einschalten."},
	4272: {"Die Kennung für die Komfortsignatur ist nicht zulässig.", doVendor},
	4274: {"Die Komfortsignatur geht nur mit einem Heilberufsausweis (HBA).", "Bitte einen Heilberufsausweis verwenden."},
	4275: {"Die PIN ist gesperrt.", doPINLost},
	4276: {"Die PIN war falsch.", "Bitte die PIN erneut eingeben; auf die verbleibenden Versuche achten."},
	4278: {"Es gibt zu viele Komfortsignatur-Sitzungen zugleich.", "Bitte eine andere Sitzung beenden."},

	5001: {"Heilberufsausweis (HBA) oder Praxisausweis (SMC-B) sind nicht freigeschaltet.", doUnlock},
	5002: {"Mit diesem Ausweis ist der Vorgang nicht erlaubt.", "Bitte einen Ausweis mit der nötigen Berechtigung verwenden."},
	5003: {"Die Notfalldaten der Karte sind unvollständig.", "Bitte die Notfalldaten neu schreiben."},
	5008: {"Die Notfalldaten gehören zu einer anderen Person.", "Bitte Karte und Datensatz prüfen."},
	5013: {"Die Notfalldaten sind zu groß für die Karte.", "Bitte die Notfalldaten kürzen."},
	5017: {"Die Notfalldaten sind nicht gültig.", doVendor},
	5019: {"Die PIN der Gesundheitskarte wurde nicht richtig eingegeben.", doUnlock},
	5020: {"Die Notfalldaten sind auf Wunsch der versicherten Person verborgen.", doAskPerson},
	5021: {"Auf der Karte sind keine Notfalldaten.", "Nichts ist zu tun."},
	5022: {"Auf der Karte sind schon Notfalldaten.", "Bitte die Notfalldaten erst lesen und dann ändern."},
	5103: {"Die persönlichen Erklärungen der Karte sind unvollständig.", "Bitte die Erklärungen neu schreiben."},
	5108: {"Die persönlichen Erklärungen gehören zu einer anderen Person.", "Bitte Karte und Datensatz prüfen."},
	5113: {"Die persönlichen Erklärungen sind zu groß für die Karte.", "Bitte die Erklärungen kürzen."},
	5114: {"Die persönlichen Erklärungen sind nicht gültig.", doVendor},
	5120: {"Die persönlichen Erklärungen sind auf Wunsch der versicherten Person verborgen.", doAskPerson},
	5121: {"Auf der Karte sind keine persönlichen Erklärungen.", "Nichts ist zu tun."},
	5122: {"Auf der Karte sind schon persönliche Erklärungen.", "Bitte die Erklärungen erst lesen und dann ändern."},
	6010: {"Die Einwilligung in den Medikationsplan ist schon auf der Karte.", "Nichts ist zu tun."},
	6049: {"Heilberufsausweis (HBA) oder Praxisausweis (SMC-B) sind nicht freigeschaltet.", doUnlock},
	6054: {"Der Medikationsplan der Karte ist unvollständig.", "Bitte den Medikationsplan neu schreiben."},
	6056: {"Am Kartenterminal wurde nicht zugestimmt.", doAskPerson},
	6057: {"Der Medikationsplan gehört zu einer anderen Person.", "Bitte Karte und Datensatz prüfen."},
	6058: {"Der Medikationsplan ist nicht gültig.", doVendor},
	6059: {"Auf der Karte ist kein Platz für den Medikationsplan.", "Bitte den Medikationsplan kürzen."},
	6060: {"Die Einwilligung ist nicht gültig.", doVendor},
	6061: {"Auf der Karte ist keine Einwilligung in den Medikationsplan.", "Bitte zuerst die Einwilligung einholen und schreiben."},
	6063: {"Die Gesundheitskarte ist gesperrt.", doNewCard},
	6064: {"Der Medikationsplan ist auf Wunsch der versicherten Person verborgen.", doAskPerson},
	6065: {"Am Kartenterminal wurde dem Löschen nicht zugestimmt.", "Nichts ist zu tun."},
	6072: {"Die Karte wurde während des Vorgangs gezogen.", doRetry},

	11101: {"Der Dienst der Krankenkasse ist für diese Karte nicht zuständig.", doAccept},
	11148: {"Der Dienst der Krankenkasse hat die Anfrage abgelehnt.", doAccept},
	11999: {"Der Dienst der Krankenkasse hat eine Störung.", "Bitte die Karte erneut lesen; sonst den IT-Service verständigen."},
	12101: {"Für diese Karte liegt keine Aktualisierung vor.", doAccept},
	12102: {"Für diese Karte muss zuerst eine andere Aktualisierung erfolgen.", doAccept},
	12103: {"Dienst der Krankenkasse und Gesundheitskarte haben sich nicht gegenseitig anerkannt.", doAccept},
	12105: {"Der Dienst der Krankenkasse hält die Gesundheitskarte für defekt.", "Bitte die Karte neu stecken; sonst Versicherte an die Krankenkasse verweisen."},
	12999: {"Der Dienst der Krankenkasse hat eine Störung.", "Bitte die Karte erneut lesen; sonst den IT-Service verständigen."},
}

// codesBesideTable have a text here although no code table has them: what they
// mean is known from gematik's wiki only.
var codesBesideTable = []konnektor.Code{konnektor.CodeNoECC}

// germanFault is the text of a fault: the entry t of its trace with text, what
// the device says.
func germanFault(t konnektor.Trace, text string) german {
	g, known := codeGerman[t.Code]
	number := fmt.Sprintf("%s %d", wordCode, int(t.Code))
	switch {
	case known && text != "":
		g.what += " (" + number + ": " + text + ")"
	case known:
		g.what += " (" + number + ")"
	case text != "":
		g.what = "Der Konnektor meldet: " + text + " (" + number + ")"
	default:
		g.what = "Der Konnektor meldet " + number + "."
	}
	if !known {
		g.do = remedyGerman[remedyOf(t)]
	}
	return g
}

// eventGerman has the events; konnektor.lost has the text of its error.
var eventGerman = map[string]string{
	eventPresent:  "Karte steckt",
	eventInserted: "Karte gesteckt",
	eventRemoved:  "Karte gezogen",
	eventBack:     "Der Konnektor antwortet wieder",
	eventWaiting:  "Bitte die Gesundheitskarte stecken",
	eventReading:  "Die Gesundheitskarte wird gelesen, bitte nicht entnehmen",
	eventRunning:  "Der Konnektor schickt Ereignisse",
	eventStopped:  "Es kommen keine Ereignisse; die Karten werden regelmäßig abgefragt",
	eventDropped:  "Ereignisse wurden verworfen",
}

// cardTypeGerman names the types of cards.
var cardTypeGerman = map[konnektor.CardType]string{
	konnektor.CardEGK:     "Gesundheitskarte",
	konnektor.CardHBAqSig: "Heilberufsausweis (Vorläufer, qSig)",
	konnektor.CardHBA:     "Heilberufsausweis",
	konnektor.CardSMCB:    "Praxisausweis (SMC-B)",
	konnektor.CardHSMB:    "Praxisausweis (HSM-B)",
	konnektor.CardSMCKT:   "Gerätekarte des Kartenterminals",
	konnektor.CardKVK:     "Krankenversichertenkarte",
	konnektor.CardZOD:     "Heilberufsausweis (Vorläufer, ZOD)",
	konnektor.CardUnknown: "nicht erkannte Karte",
	konnektor.CardHBAx:    "Heilberufsausweis oder Vorläufer",
	konnektor.CardSMB:     "Praxisausweis",
}

// germanCardType names a type of card; an unknown one by itself.
func germanCardType(t konnektor.CardType) string {
	if s, ok := cardTypeGerman[t]; ok {
		return s
	}
	return string(t)
}

// pinGerman has the states of a PIN.
var pinGerman = map[konnektor.PINState]german{
	konnektor.PINVerified:   {"freigeschaltet", ""},
	konnektor.PINTransport:  {"Transport-PIN", "Bitte zuerst die Transport-PIN in eine eigene PIN ändern."},
	konnektor.PINEmpty:      {"Leer-PIN", "Bitte zuerst eine eigene PIN setzen."},
	konnektor.PINBlocked:    {"gesperrt", doPINLost},
	konnektor.PINVerifiable: {"nicht freigeschaltet", "Bitte die PIN am Kartenterminal eingeben, wenn die Karte gebraucht wird."},
	konnektor.PINDisabled:   {"PIN-Eingabe abgeschaltet", ""},
}

// germanPIN is the text of the state of a PIN; an unknown one stands for itself.
func germanPIN(s konnektor.PINState) german {
	if g, ok := pinGerman[s]; ok {
		return g
	}
	return german{what: string(s)}
}

// germanBusy is for a Konnektor at whose management somebody else is logged in.
var germanBusy = german{
	"An der Verwaltungsoberfläche des Konnektors ist gerade ein anderes Programm dieses Rechners angemeldet.",
	"Bitte warten, bis es fertig ist, und den Vorgang wiederholen.",
}

// germanRefusedBefore is for a login that was not tried again.
func germanRefusedBefore(at time.Time, file string) (what, do string) {
	return "Die Verwaltungsoberfläche des Konnektors hat diese Anmeldung am " + at.UTC().Format("02.01.2006 15:04 UTC") +
			" abgelehnt. Sie wurde nicht noch einmal versucht, damit das Konto nicht gesperrt wird.",
		"Bitte Benutzername und Passwort des Administrators prüfen und ändern. Sind sie richtig, war das Konto gesperrt: " +
			"Nach dem Entsperren die Datei " + file + " im Ordner der Verwaltung (state_dir) löschen."
}

// doEntryOpen is what to do when a call ended before the entry of a PIN.
const doEntryOpen = "Vielleicht fragt das Kartenterminal noch nach der PIN: Eine Eingabe dort zählt. Bitte dort abbrechen oder abwarten und danach den Zustand der PIN ansehen."

// germanEntry asks for the PIN at a terminal.
func germanEntry(w konnektor.EntryWait) string {
	s := "Bitte am Kartenterminal"
	if w.Terminal != "" {
		s += " " + clean(string(w.Terminal))
	}
	if w.PIN != "" {
		s += " die " + clean(string(w.PIN))
	} else {
		s += ", wenn es danach fragt, die PIN"
	}
	s += " eingeben"
	if w.JobNumber != "" {
		s += ". Auftrag " + clean(string(w.JobNumber))
	}
	return s
}

// germanPlace says where a card is and whose it is.
func germanPlace(terminal string, slot int64, holder string) string {
	s := fmt.Sprintf(" (%s, Steckplatz %d)", terminal, slot)
	if holder != "" {
		s += " " + holder
	}
	return s
}

// germanSecondsLeft says how long something still waits.
func germanSecondsLeft(n int64) string { return fmt.Sprintf(" (noch %d s)", n) }

// pinResultGerman has the outcomes of PIN operations.
var pinResultGerman = map[konnektor.PINOutcome]german{
	konnektor.PINOutcomeOK:         {"angenommen", ""},
	konnektor.PINOutcomeRejected:   {"falsch", "Bitte die PIN erneut eingeben; auf die verbleibenden Versuche achten."},
	konnektor.PINOutcomeWasBlocked: {"war schon gesperrt", doPINLost},
	konnektor.PINOutcomeNowBlocked: {"durch die falsche Eingabe gesperrt", doPINLost},
	konnektor.PINOutcomeError:      {"nicht eingegeben", doUnlock},
	konnektor.PINOutcomeTransport:  {"Transport-PIN", "Bitte zuerst die Transport-PIN in eine eigene PIN ändern."},
}

// germanPINResult is the text of an outcome; an unknown one stands for itself.
func germanPINResult(r konnektor.PINOutcome) german {
	if g, ok := pinResultGerman[r]; ok {
		return g
	}
	return german{what: clean(string(r))}
}

// germanVerification is the text of what a Konnektor says of a signature or a
// certificate.
func germanVerification(result string) string {
	switch result {
	case konnektor.VerificationValid:
		return "gültig"
	case konnektor.VerificationInvalid:
		return "ungültig"
	case konnektor.VerificationInconclusive:
		return "nicht abschließend prüfbar"
	}
	return clean(result)
}

// germanKonnektorEvent says what an event of the Konnektor means; one whose topic
// is not known stands for itself.
func germanKonnektorEvent(e *konnektor.Event) string {
	if s, ok := e.State(); ok {
		word := "behoben"
		if s.State.Active {
			word = "eingetreten"
		}
		return germanCondition(s.State.Condition) + " (" + word + ")"
	}
	if v, ok := e.VPN(); ok {
		word := "unterbrochen"
		if v.Up {
			word = "aufgebaut"
		}
		return "Verbindung zu " + clean(v.Tunnel) + " " + word
	}
	if c, ok := e.Certificate(); ok {
		return "Zertifikat einer Karte läuft ab oder ist ungültig (" + germanCardType(c.CardType) + ")"
	}
	if g, ok := e.GSMCK(); ok {
		word := "gescheitert"
		if g.OK {
			word = "gelungen"
		}
		return "Erneuerung der Zertifikate des Konnektors: Schritt " + clean(g.Step) + " " + word
	}
	switch {
	case e.Bootup():
		return "Der Konnektor ist gestartet"
	case e.Is(konnektor.TopicSessionTimeout):
		return "Eine Kartensitzung ist abgelaufen"
	case e.Is(konnektor.TopicVSDMProgress):
		return "Die Gesundheitskarte wird gelesen"
	}
	return "Meldung des Konnektors: " + clean(e.Topic)
}

// germanState sums the state of the Konnektor up.
func germanState(k *konnektor.State) string {
	counts := map[string]int{}
	for _, o := range k.Operating {
		if o.Active {
			counts[strings.ToLower(o.Severity)]++
		}
	}
	s := "Der Konnektor ist nicht mit der Telematikinfrastruktur verbunden"
	if k.TI.Online {
		s = "Der Konnektor ist mit der Telematikinfrastruktur verbunden"
	}
	switch {
	case counts["fatal"] > 0:
		return s + " und meldet einen kritischen Zustand, der Vorgänge sperrt."
	case counts["error"] > 0:
		return s + " und meldet Fehler."
	case counts["warning"] > 0:
		return s + " und meldet Warnungen."
	case counts["info"] > 0:
		return s + " und gibt Hinweise."
	case k.TI.Online:
		return s + " und meldet keine Störung."
	}
	return s + "."
}

// germanSeverity names a severity; an unknown one stands for itself.
func germanSeverity(s string) string {
	switch strings.ToLower(s) {
	case "fatal":
		return "kritisch"
	case "error":
		return "Fehler"
	case "warning":
		return "Warnung"
	case "info":
		return "Hinweis"
	}
	return s
}

// Words of the operations on trust lists.
const (
	doListAgain  = "Bitte die Liste neu herunterladen, unverändert speichern und nicht mit einem Editor öffnen."
	doListAnchor = "Bitte prüfen, ob die Liste zur richtigen Umgebung gehört. Nach einem Wechsel des Vertrauensankers muss zuerst die Liste eingespielt werden, die ihn ankündigt (siehe tsl plan)."
	doListNewest = "Bitte die neueste Liste derselben Umgebung verwenden."
	planMissing  = "Es fehlt eine Vertrauensliste, die den Vertrauensanker %s ankündigt. Bitte ältere Listen beschaffen."
	unknownFact  = "sonstige Änderung"
	pointFailed  = "keine brauchbare Antwort"
)

// listGerman says why a trust list is refused, by the codes of the TI.
var listGerman = map[tsl.Code]german{
	tsl.CodeSignerMissing:    {"In der Vertrauensliste fehlt das Zertifikat des Unterzeichners.", doListAgain},
	tsl.CodeSeveralAnchors:   {"Die Vertrauensliste kündigt mehrere neue Vertrauensanker an.", doListNewest},
	tsl.CodeAnchorUnreadable: {"Der angekündigte Vertrauensanker ist nicht lesbar.", doListNewest},
	tsl.CodeNoAddress:        {"In der Vertrauensliste fehlen die Adressen zum Herunterladen.", doListAgain},
	tsl.CodeDownload:         {"Die Vertrauensliste konnte nicht heruntergeladen werden.", "Bitte die Internetverbindung prüfen und den Vorgang wiederholen."},
	tsl.CodeIDIncorrect:      {"Die Vertrauensliste ist nicht neuer als die vorhandene, oder ihre Nummer passt nicht dazu.", doListNewest},
	tsl.CodeOverdue:          {"Die Vertrauensliste ist abgelaufen, die Nachfrist läuft noch.", doListNewest},
	tsl.CodeExpired:          {"Die Vertrauensliste ist abgelaufen, auch die Nachfrist ist vorbei.", doListNewest},
	tsl.CodeNotWellFormed:    {"Die Datei ist keine Vertrauensliste oder beschädigt.", doListAgain},
	tsl.CodeSchema:           {"Die Datei hat nicht den Aufbau einer Vertrauensliste.", doListAgain},
	tsl.CodeSignature:        {"Die Unterschrift der Vertrauensliste ist falsch: Die Datei wurde verändert.", doListAgain},
	tsl.CodeKeyUsage:         {"Das Zertifikat des Unterzeichners ist nicht zum Unterschreiben bestimmt.", doListAgain},
	tsl.CodeExtendedKeyUsage: {"Das Zertifikat des Unterzeichners ist nicht für Vertrauenslisten bestimmt.", doListAgain},
	tsl.CodeNotInTime:        {"Der Unterzeichner oder der Vertrauensanker ist abgelaufen oder noch nicht gültig.", "Bitte Datum und Uhrzeit prüfen und die neueste Liste verwenden."},
	tsl.CodeOtherKeyID:       {"Der Unterzeichner gehört zu einem anderen Vertrauensanker gleichen Namens.", doListAnchor},
	tsl.CodeSignerSignature:  {"Das Zertifikat des Unterzeichners stammt nicht vom Vertrauensanker.", doListAnchor},
	tsl.CodeAnchorUnknown:    {"Der Unterzeichner gehört zu keinem bekannten Vertrauensanker.", doListAnchor},
	tsl.CodeCrossCertificate: {"Die Datei mit den Wurzelzertifikaten (roots.json) ist nicht verwendbar.", "Bitte die Datei neu herunterladen."},
	tsl.CodeAnchorMissing:    {"Es ist kein Vertrauensanker zum Prüfen vorhanden.", doListAnchor},
}

// listEnvironmentGerman is the text for a list of another environment, which
// shares its code with wrong numbers.
var listEnvironmentGerman = german{
	"Die Vertrauensliste gehört zu einer anderen Umgebung.",
	"Bitte die Liste der richtigen Umgebung verwenden: Produktivumgebung (prod), Referenzumgebung (ref) oder Testumgebung (test).",
}

// The texts for an OCSP answer about the signer.
var (
	listRevokedGerman = german{"Das Zertifikat des Unterzeichners ist gesperrt.", "Bitte die Liste nicht verwenden und den IT-Service verständigen."}
	listStatusGerman  = german{"Die Auskunft über den Unterzeichner (OCSP) ist nicht verwendbar.", "Bitte die Auskunft neu herunterladen: Sie gilt nur kurze Zeit."}
)

// germanListCode says why a list is refused.
func germanListCode(err *tsl.Error) german {
	if errors.Is(err, tsl.ErrEnvironment) {
		return listEnvironmentGerman
	}
	if g, ok := listGerman[err.Code]; ok {
		return g
	}
	if errors.Is(err, certs.CodeRevoked) {
		return listRevokedGerman
	}
	return listStatusGerman
}

// warningGerman has what is noted about a list.
var warningGerman = map[tsl.WarningKind]string{
	tsl.WarnID:               "Die Kennung der Liste passt nicht zu Folgenummer und Zeitpunkt.",
	tsl.WarnNoNextUpdate:     "Die Liste sagt nicht, wann die nächste kommt.",
	tsl.WarnOverdue:          listGerman[tsl.CodeOverdue].what,
	tsl.WarnExpired:          listGerman[tsl.CodeExpired].what,
	tsl.WarnSignerExpired:    "Der Unterzeichner ist inzwischen abgelaufen; geprüft wurde zum Zeitpunkt der Ausgabe.",
	tsl.WarnAnchorExpired:    "Der Vertrauensanker ist inzwischen abgelaufen; geprüft wurde zum Zeitpunkt der Ausgabe.",
	tsl.WarnSeveralAnchors:   "Die Liste kündigt mehrere neue Vertrauensanker an; keiner davon wird übernommen.",
	tsl.WarnAnchorUnreadable: "Der angekündigte Vertrauensanker ist nicht lesbar und wird nicht übernommen.",
	tsl.WarnAnchorStatus:     "Der angekündigte Vertrauensanker ist nicht zugelassen und wird nicht übernommen.",
	tsl.WarnAnchorNotInTime:  "Der angekündigte Vertrauensanker ist abgelaufen oder noch nicht gültig und wird nicht übernommen.",
}

// germanListVerdict is the verdict about a list.
func germanListVerdict(v listVerdict) string {
	switch v.Verdict {
	case listRefused:
		return "abgelehnt"
	case listUnreadable:
		return "keine lesbare Vertrauensliste"
	}
	if slices.ContainsFunc(v.Notes, func(n listNoteDoc) bool { return n.Code == int64(tsl.CodeExpired) }) {
		return "richtig unterschrieben, aber abgelaufen"
	}
	if v.Same {
		return "gültig, aber nicht neu: Diese Liste ist schon vorhanden"
	}
	return "gültig"
}

// uncheckedGerman has what was not checked.
var uncheckedGerman = map[tsl.Unchecked]string{
	tsl.UncheckedOCSP:     "Ob der Unterzeichner gesperrt ist (OCSP)",
	tsl.UncheckedDetached: "Die getrennte Unterschrift (.sig): Es wurde keine angegeben",
	tsl.UncheckedSequence: "Kennung und Folgenummer: Es wurde keine vorhandene Liste angegeben",
}

// groupGerman names the groups of services.
var groupGerman = map[tsl.Group]string{
	tsl.GroupCA:           "Zertifikatsaussteller (CA)",
	tsl.GroupOCSP:         "Statusauskunft (OCSP)",
	tsl.GroupCRL:          "Sperrliste (CRL)",
	tsl.GroupCVC:          "Kartenwurzel (CVC)",
	tsl.GroupBNetzA:       "Bundesnetzagentur",
	tsl.GroupDNSSEC:       "Namensdienst (DNSSEC)",
	tsl.GroupAnchorChange: "Neuer Vertrauensanker",
	tsl.GroupOther:        "Sonstiger Dienst",
}

// germanGroup names a group; an unknown one by itself.
func germanGroup(g tsl.Group) string {
	if s, ok := groupGerman[g]; ok {
		return s
	}
	return string(g)
}

// listEndGerman names what ends, beside the groups.
var listEndGerman = map[tsl.EndKind]string{
	tsl.EndSigner:      "Unterzeichner der Liste",
	tsl.EndAnchor:      "Vertrauensanker",
	tsl.EndList:        "Vertrauensliste",
	tsl.BeginNewAnchor: "Neuer Vertrauensanker gilt",
}

// germanListEnd names what ends.
func germanListEnd(what tsl.EndKind) string {
	if s, ok := listEndGerman[what]; ok {
		return s
	}
	return germanGroup(tsl.Group(what))
}

// serviceStatusGerman has the states of a service.
var serviceStatusGerman = map[tsl.Status]string{
	tsl.StatusInAccord: "zugelassen",
	tsl.StatusRevoked:  "gesperrt",
}

// germanListStatus is the status of a service; an unknown one stands for itself.
func germanListStatus(s tsl.Status) string {
	if text, ok := serviceStatusGerman[s]; ok {
		return text
	}
	return s.String()
}

// germanStatusName is germanListStatus of a short name.
func germanStatusName(name string) string {
	for status, text := range serviceStatusGerman {
		if status.String() == name {
			return text
		}
	}
	return name
}

// changeGerman has the kinds of change.
var changeGerman = map[tsl.ChangeKind]string{
	tsl.Added:      "neu",
	tsl.Dropped:    "entfallen",
	tsl.Revoked:    "gesperrt",
	tsl.Reinstated: "wieder zugelassen",
	tsl.Changed:    "geändert",
}

// factGerman words the facts of a change, with what is and what was; the last
// two come before what was added and dropped.
var factGerman = map[tsl.FactKind]string{
	tsl.FactValidUntil:      "gültig bis %s",
	tsl.FactKey:             "Schlüssel %s",
	tsl.FactIssuer:          "ausgestellt von %s",
	tsl.FactDNSSECKey:       "Schlüsselnummer %s",
	tsl.FactDigest:          "Prüfsumme %s",
	tsl.FactStatus:          "Status: %s",
	tsl.FactSince:           "Status seit %s",
	tsl.FactFrom:            "ab %s",
	tsl.FactTypes:           "für %s",
	tsl.FactStatusChanged:   "Status: bisher %[2]s, jetzt %[1]s",
	tsl.FactSinceChanged:    "Beginn des Status: bisher %[2]s, jetzt %[1]s",
	tsl.FactName:            "Name: bisher %[2]s, jetzt %[1]s",
	tsl.FactProvider:        "Anbieter: bisher %[2]s, jetzt %[1]s",
	tsl.FactSupplyPoint:     "Adresse der Statusauskunft: bisher %[2]s, jetzt %[1]s",
	tsl.FactEnvironment:     "Umgebung: bisher %[2]s, jetzt %[1]s",
	tsl.FactOperator:        "Betreiber: bisher %[2]s, jetzt %[1]s",
	tsl.FactScheme:          "Bezeichnung: bisher %[2]s, jetzt %[1]s",
	tsl.FactAddresses:       "Adressen zum Herunterladen: bisher %[2]s, jetzt %[1]s",
	tsl.FactTypesChanged:    "erlaubte Zertifikatstypen",
	tsl.FactMappingsChanged: "Umleitung von Adressen",
}

// germanFact is a fact of a change.
func germanFact(f tsl.Fact) string {
	format, ok := factGerman[f.Kind]
	if !ok {
		return unknownFact
	}
	switch f.Kind {
	case tsl.FactTypesChanged, tsl.FactMappingsChanged:
		return format + germanSet("; neu: ", f.Added) + germanSet("; entfallen: ", f.Dropped)
	case tsl.FactStatus, tsl.FactStatusChanged:
		f.Value, f.Was = germanStatusName(f.Value), germanStatusName(f.Was)
	case tsl.FactValidUntil, tsl.FactSince, tsl.FactFrom, tsl.FactSinceChanged:
		f.Value, f.Was = germanMoment(f.Value), germanMoment(f.Was)
	}
	if !strings.Contains(format, "%[") {
		return fmt.Sprintf(format, f.Value)
	}
	return fmt.Sprintf(format, orNothing(f.Value), orNothing(f.Was))
}

// germanSet lists what a set got or lost, nothing when it is empty.
func germanSet(word string, all []string) string {
	if len(all) == 0 {
		return ""
	}
	return word + strings.Join(all, ", ")
}

func orNothing(s string) string {
	if s == "" {
		return wordNothing
	}
	return s
}

// germanMoment is a time in UTC, such as 01.07.2026 08:00 UTC: answers are read
// on other computers, too.
func germanMoment(s string) string {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return s
	}
	return t.UTC().Format("02.01.2006 15:04 UTC")
}

// germanFacts are the facts of a change in a line.
func germanFacts(facts []tsl.Fact) string {
	var words []string
	for _, f := range facts {
		words = append(words, germanFact(f))
	}
	return strings.Join(words, "; ")
}

// germanFailedPoint is an address that did not answer as it should.
func germanFailedPoint(err error) string {
	var at *tsl.PointError
	if errors.As(err, &at) {
		return at.URL + ": " + pointFailed
	}
	return pointFailed
}

// germanDiff sums the changes up.
func germanDiff(d *tsl.Diff) string {
	counts := map[tsl.ChangeKind]int{}
	for _, c := range d.Changes {
		counts[c.Kind]++
	}
	var parts []string
	for _, kind := range []tsl.ChangeKind{tsl.Added, tsl.Dropped, tsl.Revoked, tsl.Reinstated, tsl.Changed} {
		if n := counts[kind]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, changeGerman[kind]))
		}
	}
	s := fmt.Sprintf("Von Liste %d zu Liste %d: ", d.Old.Sequence, d.New.Sequence)
	if len(parts) == 0 {
		return s + "keine Änderung bei den Diensten."
	}
	return s + strings.Join(parts, ", ") + "."
}

// germanPlan sums a plan up.
func germanPlan(p *tsl.Plan) string {
	switch n := len(p.Steps); {
	case n == 0 && p.Missing != "":
		return "Mit diesen Dateien ist kein Weg zur neuesten Liste möglich."
	case n == 0:
		return "Es ist nichts einzuspielen."
	case n == 1:
		return fmt.Sprintf("Eine Liste ist einzuspielen: %d.", p.Steps[0].Result.List.Sequence)
	default:
		return fmt.Sprintf("%d Listen sind in dieser Reihenfolge einzuspielen, die letzte ist %d.", n, p.Steps[n-1].Result.List.Sequence)
	}
}

// germanPlanStep is a step of a plan.
func germanPlanStep(s tsl.Step) string {
	text := fmt.Sprintf("Liste %d einspielen (geprüft: unterschrieben von %s)", s.Result.List.Sequence, printable(s.Result.Signer.Subject.CommonName))
	if a := s.Result.Announced; a != nil {
		text += fmt.Sprintf("; sie bringt den Vertrauensanker %s", printable(a.Certificate.Subject.CommonName))
	}
	return text
}

// partGerman words the parts of a step.
var partGerman = map[tsl.PartKind]string{
	tsl.PartImport:    "{name} einspielen: Liste vom {time}",
	tsl.PartNeeds:     "Voraussetzung: Im Gerät gilt der Vertrauensanker {name}",
	tsl.PartNotBefore: "Nicht vor dem {time}: Erst dann gilt dieser Vertrauensanker",
	tsl.PartProves:    "Geprüft: Unterschrieben von {name} unter diesem Vertrauensanker",
	tsl.PartBrings:    "Danach kennt das Gerät den Vertrauensanker {name}, er gilt ab {time}",
	tsl.PartNote:      "Hinweis: {name}",
}

// germanPart is a part of a step.
func germanPart(p tsl.Part) string {
	name := p.Name
	if p.Warning != nil {
		name = warningGerman[p.Warning.Kind]
	}
	return clean(strings.NewReplacer("{name}", name, "{time}", germanMoment(dateTime(p.At))).Replace(partGerman[p.Kind]))
}

// unusedGerman says why a file is in no step.
var unusedGerman = map[tsl.UnusedKind]string{
	tsl.UnusedUnreadable:  "ist keine Vertrauensliste oder beschädigt",
	tsl.UnusedDamaged:     "wurde verändert: Die Unterschrift ist falsch",
	tsl.UnusedEnvironment: "gehört zu einer anderen Umgebung",
	tsl.UnusedKnown:       "ist schon eingespielt",
	tsl.UnusedNotNewer:    "ist nicht neuer als die Liste des Geräts",
	tsl.UnusedNotNeeded:   "wird auf dem Weg zur neuesten Liste nicht gebraucht",
	tsl.UnusedRefused:     "würde das Gerät nicht annehmen: Die Liste ist nicht gültig",
}

// Words of the operations on certificates.
const (
	wordCertificate = "Zertifikat"
	labelTLS        = "TLS-Identität des Konnektors"
	labelClient     = "Zertifikat dieses Clientsystems"
	labelOwnCard    = "Gerätekarte des Konnektors (gSMC-K)"
	calendarName    = "Laufzeiten der TI-Zertifikate"
	calendarEnd     = "Zertifikat läuft ab"
	calendarEnds    = "Ablauf"
	wordDue         = "Termine"
	leftOutHBA      = "Der Heilberufsausweis wurde nicht gelesen: Das würde ihn sperren, solange es dauert."
	leftOutOwnCard  = "Nicht abgefragt, weil dabei auch der gesteckte Heilberufsausweis gelesen würde."
	ifGeneration20  = " (falls die Karte von Generation 2.0 ist)"
	sourcesConflict = "; die Quellen widersprechen sich"
)

// germanCardPlace names a card by its type and place.
func germanCardPlace(c konnektor.Card) string {
	return clean(fmt.Sprintf("%s in %s, Steckplatz %d", germanCardType(c.Type), c.Terminal, c.Slot))
}

// certificateKindGerman has the kinds of certificates that are no name of a type.
var certificateKindGerman = map[string]string{
	certs.KindRoot:  "Wurzelzertifikat",
	certs.KindCA:    "Aussteller (CA)",
	certs.KindOther: "sonstiges Zertifikat",
}

// germanCertificateKind names a kind; a type stands for itself.
func germanCertificateKind(kind string) string {
	if s, ok := certificateKindGerman[kind]; ok {
		return s
	}
	return clean(kind)
}

// certificateStateGerman has the states of certificates.
var certificateStateGerman = map[certs.State]string{
	certs.StateValid:       "gültig",
	certs.StateSoon:        "läuft bald ab",
	certs.StateExpired:     "abgelaufen",
	certs.StateNotYetValid: "noch nicht gültig",
}

// Verdicts about a certificate by a trust list.
const (
	checkTrusted = "vertrauenswürdig (Sperrung nicht geprüft)"
	checkRefused = "nicht vertrauenswürdig"
)

// checkGerman says why a trust list does not make a certificate trusted, by the
// codes of the TI.
var checkGerman = map[certs.Code]string{
	certs.CodeKeyUsage:         "der Verwendungszweck passt nicht zum Typ",
	certs.CodeExtKeyUsage:      "der erweiterte Verwendungszweck passt nicht zum Typ",
	certs.CodeWrongType:        "der Typ ist ein anderer als erwartet",
	certs.CodeUnreadable:       "das Zertifikat ist nicht lesbar",
	certs.CodeNotInTime:        "abgelaufen oder noch nicht gültig",
	certs.CodeOtherKeyID:       "mit einem anderen Schlüssel des Ausstellers ausgestellt",
	certs.CodeSignature:        "die Unterschrift des Ausstellers ist falsch",
	certs.CodeIssuerUnknown:    "der Aussteller steht nicht in der Vertrauensliste",
	certs.CodeNoType:           "ohne Zertifikatstyp",
	certs.CodeCARevoked:        "ausgestellt, nachdem der Aussteller gesperrt wurde",
	certs.CodeTypeNotAllowedCA: "der Aussteller darf diesen Typ nicht ausstellen",
	certs.CodeOCSPCheck:        "die Auskunft über Sperrungen (OCSP) ist nicht verwendbar",
	certs.CodeOCSPSigner:       "die Auskunft über Sperrungen (OCSP) kommt von der falschen Stelle",
	certs.CodeOCSPSignature:    "die Unterschrift der Auskunft über Sperrungen (OCSP) ist falsch",
	certs.CodeOCSPUnavailable:  "es kam keine Auskunft über Sperrungen (OCSP)",
	certs.CodeNoCertHash:       "die Auskunft über Sperrungen (OCSP) nennt das Zertifikat nicht",
	certs.CodeOtherCertHash:    "die Auskunft über Sperrungen (OCSP) gilt einem anderen Zertifikat",
	certs.CodeStatusUnknown:    "der Aussteller kennt das Zertifikat nicht",
	certs.CodeRevoked:          "gesperrt",
	certs.CodeNonce:            "die Auskunft über Sperrungen (OCSP) ist nicht die Antwort auf unsere Frage",
	certs.CodeOCSPStatus:       "die Auskunft über Sperrungen (OCSP) meldet einen Fehler",
}

// germanCheck says why a certificate is not trusted.
func germanCheck(err *certs.CheckError) string {
	why, ok := checkGerman[err.Code]
	if !ok {
		why = err.Code.Error()
	}
	return checkRefused + ": " + why
}

// germanProfile says what in the key usages of a certificate does not fit.
func germanProfile(err *certs.CheckError) string {
	if err.Code == certs.CodeExtKeyUsage {
		return "Der erweiterte Verwendungszweck passt nicht zum Zertifikatstyp."
	}
	return "Der Verwendungszweck passt nicht zum Zertifikatstyp."
}

// ruleText says in German what a dated rule says in English.
type ruleText struct{ what, source, conflict string }

// stillListed is what contradicts the dates for the end of RSA.
const stillListed = "Die Vertrauensliste vom 13.07.2026 führt noch RSA-Aussteller für SMC-B, HBA, Gesundheitskarten und Geräte als zugelassen; ob und wann RSA abgeschaltet wurde, ist nicht bekannt."

// ruleGerman has the dated rules by their names.
var ruleGerman = map[string]ruleText{
	"konnektor-rsa-end": {
		"Konnektoren, deren Gerätekarte nur RSA kann, werden ausgeschlossen",
		"gemF_Laufzeitverlaengerung_gSMC-K 1.1.0, A_21765-01 und A_21774-01; KBV", "",
	},
	"qes-rsa-end": {
		"Qualifizierte Signaturen mit RSA unter 3000 Bit sind nicht mehr erlaubt",
		"gemSpec_Krypt; KBV", "Es folgte eine Übergangszeit, deren Ende nicht bekannt ist.",
	},
	"ca3-dropped": {"Der Aussteller (RSA) fällt aus der Vertrauensliste", "Vertrauensliste 10315 vom 16.03.2026", ""},
	"vpnk-rsa-dropped": {
		"Die letzten RSA-Aussteller der VPN-Zugangsdienste fallen aus der Vertrauensliste", "Vertrauensliste 10323 vom 27.06.2026", "",
	},
	"hba-smcb-g20-end": {
		"HBA und SMC-B der Generation 2.0 sind bis zu diesem Tag nutzbar", "KBV, 17.11.2025; KV Rheinland-Pfalz", stillListed,
	},
	"rsa-shutdown": {
		"RSA wird abgeschaltet, außer für qualifizierte Signaturen", "Wiki der gematik, Fragen zur Umstellung von RSA auf ECC", stillListed,
	},
	"komp-ca5-end": {"Der Aussteller GEM.KOMP-CA5 (RSA) läuft ab", "sein Zertifikat in der Vertrauensliste 10326", ""},
	"gsmckt-g20-end": {
		"Gerätekarten der Kartenterminals (gSMC-KT) der Generation 2.0 sind bis zu diesem Tag nutzbar",
		"Berichte aus zweiter Hand; eine Veröffentlichung der gematik oder der KBV wurde nicht gefunden",
		"Der RSA-Aussteller GEM.KOMP-CA5 läuft schon am 07.12.2026 ab, GEM.KOMP-CA7 erst am 30.11.2029.",
	},
	"komp-ca7-end": {"Der Aussteller GEM.KOMP-CA7 (RSA) läuft ab", "sein Zertifikat in der Vertrauensliste 10326", ""},
	"gsmck-renewal-window": {
		"Ab hier lädt der Konnektor täglich erneuerte Zertifikate seiner Gerätekarte",
		"gemF_Laufzeitverlaengerung_gSMC-K 1.1.0, TUC_KON_410 und A_21744", "",
	},
	"konnektor-exchange": {
		"Bis hier sollte ein Konnektor ohne erneuerte Zertifikate getauscht sein",
		"Checkliste von Praxen für den Tausch eines Konnektors; eine Vorgabe der gematik ist nicht bekannt", "",
	},
	"gsmckt-expires-soon": {
		"Ab hier warnt der Konnektor vor dem Ablauf der Gerätekarte im Kartenterminal", "gemSpec_Kon 5.18.0, Betriebszustände", "",
	},
	"tsl-anchor-expiring": {
		"Ab hier warnen Konnektoren vor dem Ablauf des Vertrauensankers", "gemSpec_Kon 5.18.0, Betriebszustände", "",
	},
}

// germanRule is what happens by a rule; an unknown one says it itself.
func germanRule(d certs.Due) string {
	text := ruleGerman[d.Rule].what
	if text == "" {
		text = d.What
	}
	if d.Assumed {
		text += ifGeneration20
	}
	return text
}

// effectGerman has what comes on the day of a rule.
var effectGerman = map[certs.Effect]string{
	certs.EffectEnds:    "Nutzung endet",
	certs.EffectPlanned: "Ende angekündigt",
	certs.EffectBegins:  "beginnt",
	certs.EffectAct:     "bis hier handeln",
}

// renewalGerman tells the two certificates of a renewal apart.
var renewalGerman = map[string]string{certs.RenewalOriginal: "ursprünglich", certs.RenewalRenewed: "erneuert"}

// germanEvent words an event of the calendar: the end of a certificate, or a
// rule about it.
func germanEvent(e *certs.Entry, d *certs.Due, labels string) certs.EventWords {
	kind := germanCertificateKind(e.Kind)
	about := fmt.Sprintf("%s\n%s %s %s\nAussteller: %s, Seriennummer %s\nGültig von %s bis %s", labels, kind, e.Name, e.Key,
		e.Issuer, e.Serial, germanMoment(dateTime(e.NotBefore)), germanMoment(dateTime(e.NotAfter)))
	title := fmt.Sprintf("%s: %s (%s): ", labels, kind, e.Key)
	if d == nil {
		return certs.EventWords{Summary: title + calendarEnd, Description: about, Category: calendarEnds}
	}
	what, rule := germanRule(*d), ruleGerman[d.Rule]
	text := fmt.Sprintf("%s\n%s\nWie sicher: %s. Quelle: %s", what, about, germanEvidence(*d), rule.source)
	if rule.conflict != "" {
		text += "\nWiderspruch: " + rule.conflict
	}
	return certs.EventWords{Summary: title + what, Description: text, Category: effectGerman[d.Effect]}
}

// evidenceGerman says how sure a rule is.
var evidenceGerman = map[certs.Evidence]string{
	certs.EvidenceConfirmed: "bestätigt",
	certs.EvidenceMeasured:  "in Vertrauenslisten gesehen",
	certs.EvidencePlanned:   "angekündigt",
	certs.EvidenceSecondary: "nur aus zweiter Hand bekannt",
}

// germanEvidence says how sure a rule is, and whether it is contradicted.
func germanEvidence(d certs.Due) string {
	text := evidenceGerman[d.Evidence]
	if d.Conflict != "" {
		text += sourcesConflict
	}
	return text
}

// conditionGerman has the operating conditions. The names are written in
// several ways, hence the keys of conditionKey.
var conditionGerman = map[string]string{
	"cardterminalsoftwareoutofdate":            "Software des Kartenterminals veraltet",
	"cardterminalgsmcktcertificateexpiressoon": "Zertifikat der Gerätekarte im Kartenterminal läuft bald ab",
	"connectorsoftwareoutofdate":               "Software des Konnektors veraltet",
	"fwupdateavailable":                        "Neue Firmware verfügbar",
	"fwnotvalidstatusblocked":                  "Firmware nicht mehr zugelassen: Zugang zur TI gesperrt",
	"timesyncnotsuccessful":                    "Zeitabgleich nicht gelungen",
	"timesyncpendingwarning":                   "Zeitabgleich seit längerem nicht gelungen",
	"timesyncpendingcritical":                  "Zeitabgleich seit zu langer Zeit nicht gelungen",
	"timedifferenceintolerable":                "Uhr des Konnektors weicht zu stark ab",
	"tslupdatenotsuccessful":                   "Vertrauensliste (TSL) konnte nicht aktualisiert werden",
	"tslexpiring":                              "Vertrauensliste (TSL) läuft bald ab",
	"tsloutofdatewithingraceperiod":            "Vertrauensliste (TSL) abgelaufen, Nachfrist läuft",
	"tsloutofdatebeyondgraceperiod":            "Vertrauensliste (TSL) abgelaufen, Nachfrist vorbei",
	"tsltrustanchorexpiring":                   "Vertrauensanker der TSL läuft bald ab",
	"tsltrustanchoroutofdate":                  "Vertrauensanker der TSL abgelaufen",
	"bnetzavlupdatenotsuccessful":              "Liste der Bundesnetzagentur konnte nicht aktualisiert werden",
	"bnetzavlnotvalid":                         "Liste der Bundesnetzagentur nicht gültig",
	"crlexpiring":                              "Sperrliste läuft bald ab",
	"crloutofdate":                             "Sperrliste abgelaufen",
	"logoverflow":                              "Protokoll übergelaufen: jüngere Einträge wurden gelöscht",
	"securitylognotwritable":                   "Sicherheitsprotokoll nicht beschreibbar",
	"cryptoperationalarm":                      "Auffällig viele kryptographische Vorgänge",
	"nkcertificateexpiring":                    "Zertifikat des Konnektors für das Netz läuft bald ab",
	"nkcertificateexpired":                     "Zertifikat des Konnektors für das Netz abgelaufen",
	"cardterminalnotavailable":                 "Kartenterminal nicht erreichbar",
	"novpnticonnection":                        "Keine Verbindung zur TI",
	"novpnsisconnection":                       "Keine Verbindung zum sicheren Internetzugang (SIS)",
	"noonlineconnection":                       "Keine Verbindung zum Internet",
	"ipadressesnotavailable":                   "Keine IP-Adressen verfügbar",
	"ipaddressesnotavailable":                  "Keine IP-Adressen verfügbar",
	"firewallnotreliable":                      "Firewall des Konnektors nicht zuverlässig",
	"randomgeneratornotreliable":               "Zufallsgenerator des Konnektors nicht zuverlässig",
	"securekeystorenotavailable":               "Schlüsselspeicher des Konnektors nicht verfügbar",
	"softwareintegritycheckfailed":             "Prüfung der Konnektor-Software gescheitert",
	"tlscertificatesecurity":                   "TLS-Zertifikat des Konnektors entspricht nicht mehr den Vorgaben",
	"othererrorstate":                          "Sonstiger Zustand (vom Hersteller bestimmt)",
}

// conditionKey is a condition in lower case without EC_ and marks.
func conditionKey(s string) string {
	s = strings.ToLower(s)
	s = strings.TrimPrefix(s, "ec_")
	return strings.NewReplacer("_", "", "-", "", " ", "").Replace(s)
}

// germanCondition is the text of an operating condition; an unknown one stands
// for itself.
func germanCondition(condition string) string {
	if s, ok := conditionGerman[conditionKey(condition)]; ok {
		return s
	}
	return condition
}

// geschlechtGerman has the letters in use.
var geschlechtGerman = map[vsdm.Geschlecht]string{
	vsdm.GeschlechtMaennlich:  "männlich",
	vsdm.GeschlechtWeiblich:   "weiblich",
	vsdm.GeschlechtUnbestimmt: "unbestimmt",
	vsdm.GeschlechtDivers:     "divers",
}

// versichertenartGerman has the kinds of membership.
var versichertenartGerman = map[vsdm.Versichertenart]string{
	vsdm.VersichertenartMitglied: "Mitglied",
	vsdm.VersichertenartFamilie:  "Familienversichert",
	vsdm.VersichertenartRentner:  "Rentner und deren Familienangehörige",
}

// tarifartGerman has the kinds of private insurance.
var tarifartGerman = map[vsdm.Tarifart]string{
	vsdm.TarifartIndividual: "Individualtarif",
	vsdm.TarifartStandard:   "Standardtarif",
	vsdm.TarifartBasis:      "Basistarif",
	vsdm.TarifartNotlagen:   "Notlagentarif",
}

// Codes of private insurance (Schema_VSD_PKV.xsd 1.0.0), and of selective
// contracts.
var (
	beihilfeGerman   = map[string]string{"00": "keine Angabe", "01": "beihilfeberechtigt"}
	kvbGerman        = map[string]string{"00": "keine Angabe", "01": "PBeaKK", "02": "KVB"}
	unterkunftGerman = map[string]string{
		"00": "keine Angabe", "01": "Einbettzimmer", "02": "Zweibettzimmer", "03": "Mehrbettzimmer",
		"04": "Differenz zwischen Ein- und Zweibettzimmer",
	}
	behandlungGerman = map[string]string{
		"00": "keine Angabe", "01": "Chefarztbehandlung", "02": "allgemein", "03": "Belegarzt",
	}
	selektivGerman = map[vsdm.Selektivvertrag]string{
		vsdm.SelektivvertragNo: "nein", vsdm.SelektivvertragYes: "ja",
		vsdm.SelektivvertragUnused: "von der Krankenkasse nicht genutzt",
	}
)

// ruhensGerman has the kinds of a dormant claim.
var ruhensGerman = map[vsdm.ArtDesRuhens]string{
	vsdm.RuhtVollstaendig:   "vollständig: kein Anspruch",
	vsdm.RuhtEingeschraenkt: "eingeschränkter Anspruch",
}

// gruppeGerman has the groups with rules of their own.
var gruppeGerman = map[string]string{
	"4": "Sozialhilfe (§ 264 SGB V)",
	"6": "Kriegsopfer (BVG)",
	"7": "Im Ausland versichert, Abrechnung nach Aufwand",
	"8": "Im Ausland versichert, pauschal",
	"9": "Asylbewerberleistungen (§§ 4 und 6 AsylbLG)",
}

// germanGruppe names a group, empty for none and an unknown one.
func germanGruppe(g vsdm.BesonderePersonengruppe) string {
	return gruppeGerman[strings.TrimLeft(string(g), "0")]
}

// dmpGerman names the disease management programmes.
var dmpGerman = map[vsdm.DMP]string{
	vsdm.DMPDiabetes2:        "Diabetes mellitus Typ 2",
	vsdm.DMPBrustkrebs:       "Brustkrebs",
	vsdm.DMPKHK:              "Koronare Herzkrankheit",
	vsdm.DMPDiabetes1:        "Diabetes mellitus Typ 1",
	vsdm.DMPAsthma:           "Asthma bronchiale",
	vsdm.DMPCOPD:             "COPD",
	vsdm.DMPHerzinsuffizienz: "Chronische Herzinsuffizienz",
	vsdm.DMPDepression:       "Depression",
	vsdm.DMPRueckenschmerz:   "Rückenschmerz",
	vsdm.DMPRheuma:           "Rheuma",
	vsdm.DMPOsteoporose:      "Osteoporose",
}

// ergebnisGerman has the results of an online check.
var ergebnisGerman = map[vsdm.Ergebnis]string{
	vsdm.ErgebnisUpdated:            "Die Daten der Karte wurden aktualisiert",
	vsdm.ErgebnisNoUpdate:           "Die Daten der Karte sind aktuell",
	vsdm.ErgebnisUpdateFailed:       "Die Aktualisierung war technisch nicht möglich",
	vsdm.ErgebnisCertificateInvalid: "Das Zertifikat der Karte ist ungültig",
	vsdm.ErgebnisCheckFailed:        "Die Online-Prüfung des Zertifikats war technisch nicht möglich",
	vsdm.ErgebnisOfflineTooLong:     "Die Aktualisierung war nicht möglich, der Konnektor ist zu lange offline",
}

// germanErgebnis is the text of a result.
func germanErgebnis(e vsdm.Ergebnis) string {
	if s, ok := ergebnisGerman[e]; ok {
		return s
	}
	return "Das Ergebnis der Prüfung ist nicht lesbar"
}

// germanCode is what a code means, without what to do; the number for a code
// that has no text of its own.
func germanCode(c konnektor.Code) string {
	if g, ok := codeGerman[c]; ok {
		return g.what
	}
	return fmt.Sprintf("%s %d", wordCode, int(c))
}

// germanVerdict is the verdict on a read in a sentence.
func germanVerdict(p vsdm.Proof) string {
	switch {
	case p.Valid == vsdm.Yes:
		return "Die Karte gilt als Leistungsnachweis, die Behandlung kann abgerechnet werden."
	case p.Valid == vsdm.No:
		return "Kein gültiger Leistungsnachweis."
	case p.Billable == vsdm.Yes:
		return "Kein neuer Nachweis; der gespeicherte Nachweis des Quartals gilt weiter."
	}
	return "Ob die Karte als Leistungsnachweis gilt, ist offen."
}

// reasonGerman has the reasons of a verdict.
var reasonGerman = map[vsdm.Reason]string{
	vsdm.ReasonChecked:            "Die Online-Prüfung war erfolgreich",
	vsdm.ReasonCheckNotPossible:   "Die Online-Prüfung war technisch nicht möglich, die Karte bleibt gültig",
	vsdm.ReasonOfflineTooLong:     "Der Konnektor war länger offline als erlaubt, die Karte bleibt gültig",
	vsdm.ReasonCertificateInvalid: "Das Zertifikat der Karte ist ungültig",
	vsdm.ReasonUnknownResult:      "Der Prüfungsnachweis ist nicht lesbar",
	vsdm.ReasonNoReceipt:          "Es gibt keinen Prüfungsnachweis von diesem Lesen",
	vsdm.ReasonOtherQuarter:       "Der Prüfungsnachweis ist aus einem anderen Quartal",
	vsdm.ReasonStoredReceipt:      "Ein gespeicherter Prüfungsnachweis des Quartals gilt",
	vsdm.ReasonNoOnlineDuty:       "Eine Online-Prüfung ist nicht vorgeschrieben",
	vsdm.ReasonNotYetInsured:      "Der Versicherungsschutz hat noch nicht begonnen",
	vsdm.ReasonNoLongerInsured:    "Der Versicherungsschutz ist beendet",
	vsdm.ReasonCoverUnknown:       "Beginn oder Ende des Versicherungsschutzes sind nicht lesbar",
	vsdm.ReasonDormant:            "Der Leistungsanspruch ruht",
	vsdm.ReasonLimitedClaim:       "Der Leistungsanspruch ist eingeschränkt",
	vsdm.ReasonDormantUnknown:     "Ob der Leistungsanspruch ruht, ist nicht lesbar",
	vsdm.ReasonOpenTransactions:   "Eine Aktualisierung der Karte wurde unterbrochen",
	vsdm.ReasonFault:              "Der Konnektor meldet einen Fehler",
	vsdm.ReasonCardNoProof:        "Die Karte ist kein Leistungsnachweis",
	vsdm.ReasonNoAnswer:           "Der Konnektor antwortet nicht",
	vsdm.ReasonBadAnswer:          "Die Antwort des Konnektors ist nicht lesbar",
	vsdm.ReasonSettings:           "Die Verbindung zum Konnektor ist nicht richtig eingerichtet",
	vsdm.ReasonNotSent:            "Die Karte wurde nicht gelesen",
	vsdm.ReasonNotRecognised:      "Die Karte wird nicht erkannt",
}

// actionGerman has what to do next.
var actionGerman = map[vsdm.Action]string{
	vsdm.ActionReinsertCard:         "Gesundheitskarte herausziehen und neu stecken",
	vsdm.ActionReinsertHPC:          "Praxisausweis (SMC-B) oder Heilberufsausweis (HBA) neu stecken",
	vsdm.ActionUnlockSMCB:           "Praxisausweis (SMC-B) mit seiner PIN freischalten",
	vsdm.ActionUnlockHBA:            "Heilberufsausweis (HBA) mit seiner PIN freischalten",
	vsdm.ActionUnlockHPC:            "Praxisausweis (SMC-B) oder Heilberufsausweis (HBA) mit der PIN freischalten",
	vsdm.ActionInsertEGK:            "Gesundheitskarte stecken oder auswählen",
	vsdm.ActionNewerCard:            "Nach einer neueren Karte fragen",
	vsdm.ActionOtherCard:            "Nach einer anderen Karte fragen",
	vsdm.ActionOtherPayerCard:       "Nach der Karte eines anderen Kostenträgers fragen",
	vsdm.ActionInsurer:              "Versicherte an die Krankenkasse verweisen",
	vsdm.ActionReplacementProcedure: "Ersatzverfahren durchführen",
	vsdm.ActionInform:               "Versicherte darüber informieren, dass kein Leistungsanspruch besteht",
	vsdm.ActionOtherPayer:           "Anderen Kostenträger oder Selbstzahlung klären",
	vsdm.ActionShowLimitedClaim:     "Eingeschränkten Leistungsanspruch beachten",
	vsdm.ActionReadAgain:            "Karte noch einmal lesen",
	vsdm.ActionReadWithOnlineCheck:  "Karte mit Online-Prüfung lesen",
	vsdm.ActionWait:                 "Kurz warten und die Karte noch einmal lesen",
	vsdm.ActionRefreshHandle:        "Prüfen, ob die Karte steckt, und noch einmal lesen",
	vsdm.ActionReadLater:            "Karte später lesen, wenn der Konnektor wieder arbeitet",
	vsdm.ActionRepeatNextVisit:      "Online-Prüfung beim nächsten Besuch im Quartal wiederholen",
	vsdm.ActionITService:            "IT-Service verständigen",
	vsdm.ActionFixContext:           "Mandant, Clientsystem, Arbeitsplatz und Zuordnungen am Konnektor prüfen lassen",
	vsdm.ActionFixConnection:        "Adresse, Zertifikat und Anmeldung des Konnektors prüfen lassen",
	vsdm.ActionSetUserID:            "Benutzer (UserId) für den Heilberufsausweis einstellen",
	vsdm.ActionShowOperatingState:   "Betriebszustand des Konnektors ansehen",
	vsdm.ActionRestartKonnektor:     "Konnektor neu starten",
	vsdm.ActionCheckInternet:        "Internetanschluss prüfen",
	vsdm.ActionProgramFault:         "Hersteller der Praxissoftware verständigen",
	vsdm.ActionStoreReadDate:        "Lesedatum festhalten",
	vsdm.ActionShowCode:             "Fehlercode und Fehlertext notieren",
}

// whenGerman has the cases in which a step is taken; nothing for any case.
var whenGerman = map[vsdm.When]string{
	vsdm.WhenStillFailing: "Hilft das nicht: ",
	vsdm.WhenOnlyThisCard: "Betrifft es nur diese Karte: ",
	vsdm.WhenManyCards:    "Betrifft es mehrere Karten: ",
	vsdm.WhenSomeOldG2:    "Betrifft es nur einzelne ältere Karten: ",
	vsdm.WhenNoOtherCard:  "Gibt es keine: ",
}

// germanStep is a step with its case and its bound.
func germanStep(s vsdm.Step) string {
	text := whenGerman[s.When] + actionGerman[s.Action]
	if s.Times > 0 {
		text += fmt.Sprintf(" (höchstens %d-mal)", s.Times)
	}
	return text
}

// fixGerman names the fixes, and says what each does.
var fixGerman = map[string]german{
	seclog.Name: {
		"Protokollmenge verringern",
		"Schaltet die Protokollierung erfolgreicher Kryptooperationen und die Performance-Protokolle aus, stellt die Stufe auf Warnung und verkürzt die Vorhaltedauer in Schritten. Hilft, wenn das Sicherheitsprotokoll überläuft und der Konnektor kaum noch antwortet. Lässt sich zurücknehmen.",
	},
	tslimport.Name: {
		"Vertrauensliste (TSL) einspielen",
		"Spielt die nötigen Vertrauenslisten in der richtigen Reihenfolge ein und startet den Konnektor neu. Hilft, wenn der Konnektor einen Wechsel des Vertrauensankers verpasst hat und keine Verbindung zur TI bekommt. Lässt sich nicht zurücknehmen.",
	},
	akaut.Name: {
		"Auf das erneuerte Zertifikat umschalten",
		"Schaltet den Konnektor beim VPN-Zugangsdienst neu frei, ohne die alte Freischaltung zurückzunehmen, und stellt auf die erneuerte Identität ID.AK.AUT um. Hilft nach der Laufzeitverlängerung. Danach muss das neue Zertifikat in der Praxissoftware hinterlegt werden.",
	},
	restart.Name: {
		"Konnektor neu starten",
		"Startet den Konnektor neu und wartet, bis Dienste, Verbindung zur TI, Kartenterminals und Karten wieder da sind. Die PIN des Praxisausweises muss danach meist neu eingegeben werden.",
	},
}

// Words and texts of fixes.
const (
	wordRun            = "Lauf"
	textPINsLocked     = "Die PIN mindestens eines Praxisausweises (SMC-B) ist nach dem Neustart gesperrt und muss am Kartenterminal eingegeben werden"
	textNewPin         = "Der Konnektor zeigt jetzt ein anderes Zertifikat; es muss in den Einstellungen hinterlegt werden"
	textJournalDamaged = "Diese Aufzeichnung ist nicht vollständig oder wurde verändert; was fehlt, ist nicht bewiesen."
)

// fixStepGerman has the steps of the fixes by the beginnings of their keys.
var fixStepGerman = map[string][]germanStepKey{
	seclog.Name: {
		{"crypto-ops/on", "Erfolgreiche Kryptooperationen wieder protokollieren"},
		{"crypto-ops/", "Erfolgreiche Kryptooperationen nicht mehr protokollieren"},
		{"performance", "Performance-Protokolle umstellen"},
		{"level", "Stufe der Protokolle umstellen"},
		{"security-log-days/", "Vorhaltedauer des Sicherheitsprotokolls ändern"},
		{"module-log-days", "Vorhaltedauer der übrigen Protokolle ändern"},
		{"all/", "Alle Einstellungen der Protokollierung auf einmal ändern"},
	},
	tslimport.Name: {
		{"online/off", "Leistungsumfang Online ausschalten"},
		{"online/on", "Leistungsumfang Online einschalten"},
		{"tsl/", "Vertrauensliste (TSL) einspielen"},
		{"restart", "Konnektor neu starten"},
	},
	akaut.Name: {
		{"registration", "Beim VPN-Zugangsdienst neu freischalten, ohne die alte Freischaltung zurückzunehmen"},
		{"server-identity/", "Auf die erneuerte Identität ID.AK.AUT umstellen"},
		{"pin", "Das neue Zertifikat hinterlegen"},
	},
	restart.Name: {
		{"restart", "Konnektor neu starten"},
		{"smc-b-pin", "PIN der Praxisausweise (SMC-B) prüfen"},
		{"subscriptions", "Anmeldungen für Ereignisse erneuern"},
	},
}

type germanStepKey struct{ begins, text string }

// germanFixStep is what a step does; its key where that is not known.
func germanFixStep(name, key string) string {
	for _, s := range fixStepGerman[name] {
		if strings.HasPrefix(key, s.begins) {
			return s.text
		}
	}
	return clean(key)
}

// outcomeGerman has the outcomes of a run.
var outcomeGerman = map[fix.Outcome]string{
	fix.AlreadyDone: "Nichts zu tun",
	fix.Planned:     "Nur geplant, nichts geändert",
	fix.Applied:     "Ausgeführt und geprüft",
	fix.RolledBack:  "Misslungen und zurückgenommen: Der Konnektor hat seine alten Werte",
	fix.Pending:     "Noch nicht gelungen, wird wieder versucht",
	fix.Refused:     "Nicht ausgeführt, nichts geändert",
	fix.Stuck:       "Hängengeblieben: Es muss jemand nachsehen",
}

func germanOutcome(o fix.Outcome) string {
	if s := outcomeGerman[o]; s != "" {
		return s
	}
	return clean(string(o))
}

// fixReasonGerman has the reasons of outcomes: why, and what to do next.
var fixReasonGerman = map[string]german{
	fix.ReasonOptions:        {"Die Einstellungen der Reparatur passen nicht.", doVendor},
	fix.ReasonNoBoxName:      {"Der Konnektor nennt keine Seriennummer.", "Bitte in den Einstellungen einen Namen für den Konnektor angeben."},
	fix.ReasonBusy:           {"Ein anderer Vorgang oder Arbeitsplatz arbeitet gerade an diesem Konnektor.", "Bitte warten, bis der andere Vorgang beendet ist."},
	fix.ReasonJournal:        {"Die Aufzeichnung kann nicht geschrieben oder gelesen werden.", "Bitte Ordner und Rechte prüfen, dann die Reparatur wiederholen."},
	fix.ReasonDiskFull:       {"Auf dem Datenträger ist kein Platz mehr.", "Bitte Platz schaffen, dann die Reparatur wiederholen."},
	fix.ReasonOtherBox:       {"Eine unterbrochene Reparatur gehört zu einem anderen Gerät: Der Konnektor wurde vielleicht getauscht.", "Bitte die Aufzeichnung beiseitelegen und die Reparatur neu beginnen."},
	fix.ReasonBadPlan:        {"Der Plan der Reparatur ist fehlerhaft.", doVendor},
	fix.ReasonUnreachable:    {"Der Konnektor antwortet nicht.", "Bitte prüfen, ob der Konnektor eingeschaltet und erreichbar ist."},
	fix.ReasonWrongPassword:  {"Die Anmeldung des Administrators wurde abgelehnt.", "Bitte Benutzername und Passwort des Administrators berichtigen, dann wiederholen. Nicht mehrfach probieren: Das Konto wird sonst gesperrt."},
	fix.ReasonForbidden:      {"Das Konto des Administrators darf das nicht.", "Bitte dem Konto die nötige Rolle geben oder ein anderes Konto verwenden, dann wiederholen."},
	fix.ReasonUnsupported:    {"Dieser Konnektor lässt das nicht von außen zu.", "Bitte den IT-Service verständigen."},
	fix.ReasonUnknownCall:    {"Für dieses Modell ist nicht veröffentlicht, wie das von außen geht.", "Bitte von Hand vorgehen oder die Angaben des Herstellers als Profil hinterlegen."},
	fix.ReasonRefusedByBox:   {"Der Konnektor hat die Änderung abgelehnt.", doService},
	fix.ReasonUnchanged:      {"Der Konnektor hat die Änderung angenommen, sie wirkt aber nicht.", doService},
	fix.ReasonPlanChanged:    {"Der Konnektor hat sich verändert, seit der Plan gemacht wurde.", "Bitte den neuen Plan ansehen und wiederholen."},
	fix.ReasonRestartPending: {"Der Konnektor wartet auf einen Neustart; vorher wirkt keine Änderung.", "Bitte den Konnektor neu starten, dann die Reparatur wiederholen."},
	fix.ReasonNoWayBack:      {"Ein Schritt lässt sich nicht zurücknehmen und ist nicht erlaubt.", "Bitte den Plan ansehen und Schritte ohne Rückweg erlauben, wenn er richtig ist."},
	fix.ReasonNoConsent:      {"Der Änderung hat niemand zugestimmt.", "Bitte den Plan ansehen und zustimmen."},
	fix.ReasonDryRun:         {"Es wurde nur geplant, wie gewünscht.", "Zum Ausführen die Reparatur starten."},
	fix.ReasonWindow:         {"Jetzt ist nicht die Zeit für Wartung.", "Die Reparatur beginnt im Wartungsfenster."},
	fix.ReasonBackup:         {"Die Sicherung des Konnektors ist nicht gelungen.", "Bitte Kennwort und Zustand prüfen, dann wiederholen."},
	fix.ReasonLeaseLost:      {"Ein anderer Arbeitsplatz hat den Konnektor übernommen.", "Bitte warten, bis der andere Arbeitsplatz fertig ist, dann wiederholen."},
	fix.ReasonSharedFolder:   {"Der gemeinsame Ordner aller Arbeitsplätze ist nicht erreichbar.", "Bitte prüfen, ob der Ordner da ist und beschrieben werden darf, dann wiederholen."},
	fix.ReasonCancelled:      {"Der Vorgang wurde abgebrochen oder seine Zeit ist um.", "Die Reparatur kann fortgesetzt werden; sie macht weiter, wo sie war."},
	fix.ReasonNotRestored:    {"Die alten Werte sind am Konnektor nicht zu sehen.", "Bitte den Konnektor mit der Sicherung der alten Werte vergleichen und von Hand richtigstellen."},
	fix.ReasonFailed:         {"Die Reparatur ist misslungen.", doService},
	fix.ReasonNoneOpen:       {"Es gibt keine unterbrochene Reparatur.", ""},
	fix.ReasonExpired:        {"Die Frist der Reparatur, oder die Vertrauensliste, ist abgelaufen.", "War der Konnektor die ganze Zeit nicht erreichbar, bitte seinen Support verständigen; sonst die aktuelle Vertrauensliste herunterladen."},
	fix.ReasonSuperseded:     {"Ein neuerer Auftrag hat diesen ersetzt.", ""},

	tslimport.ReasonNoNewerList:           {"Keine der Vertrauenslisten ist neuer als die des Konnektors.", "Bitte die aktuelle Vertrauensliste herunterladen."},
	tslimport.ReasonListMissing:           {"Es fehlt eine Vertrauensliste mit einem Wechsel des Vertrauensankers.", "Bitte auch die älteren Vertrauenslisten bereitstellen."},
	tslimport.ReasonNotYet:                {"Ein Vertrauensanker auf dem Weg gilt noch nicht.", "Bitte später wiederholen."},
	tslimport.ReasonListExpired:           {"Die neueste Vertrauensliste ist selbst abgelaufen.", "Bitte die aktuelle Vertrauensliste herunterladen."},
	tslimport.ReasonStillStale:            {"Die Vertrauensliste ist neu, der Konnektor meldet sie aber weiter als veraltet.", doService},
	tslimport.ReasonAnchorUnknown:         {"Der Vertrauensanker des Konnektors ist nicht lesbar.", "Bitte den Vertrauensanker als Datei angeben."},
	tslimport.ReasonFiles:                 {"Eine Vertrauensliste oder der Vertrauensanker kann nicht gelesen werden.", "Bitte Pfad und Rechte der Datei prüfen."},
	tslimport.ReasonEnvironment:           {"Für diese Umgebung ist kein Vertrauensanker bekannt.", "Bitte den Vertrauensanker als Datei angeben."},
	string(tslimport.RefusedUnknown):      {"Der Konnektor hat die Vertrauensliste abgelehnt.", doService},
	string(tslimport.RefusedNoList):       {"Der Konnektor hat keine gültige Vertrauensliste.", doService},
	string(tslimport.RefusedSequence):     {"Die Vertrauensliste folgt nicht auf die des Konnektors.", "Bitte prüfen, ob eine Liste dazwischen fehlt."},
	string(tslimport.RefusedUnreadable):   {"Der Konnektor kann die Vertrauensliste nicht lesen.", "Bitte die Datei neu herunterladen."},
	string(tslimport.RefusedSignature):    {"Der Konnektor hält die Signatur der Vertrauensliste für falsch.", "Bitte die Datei neu herunterladen."},
	string(tslimport.RefusedSigner):       {"Der Konnektor erkennt den Unterzeichner der Vertrauensliste nicht an.", doService},
	string(tslimport.RefusedAnchor):       {"Die Vertrauensliste beruht auf einem Vertrauensanker, den der Konnektor nicht kennt.", "Bitte die älteren Vertrauenslisten mit den Ankerwechseln bereitstellen."},
	string(tslimport.RefusedAnchorCount):  {"Die Vertrauensliste kündigt mehrere Vertrauensanker an.", doService},
	string(tslimport.RefusedAnchorNotYet): {"Der neue Vertrauensanker gilt noch nicht.", "Bitte später wiederholen und die Uhr des Konnektors prüfen."},
	string(tslimport.RefusedAnchorEnded):  {"Der neue Vertrauensanker ist abgelaufen.", "Bitte die aktuelle Vertrauensliste herunterladen."},
	string(tslimport.RefusedNeedsECC):     {"Der Konnektor erwartet einen Vertrauensanker mit elliptischer Kurve.", "Bitte die Vertrauensliste für ECC verwenden."},
	string(tslimport.RefusedOnline):       {"Der Konnektor nimmt die Vertrauensliste nur offline an.", doService},
	akaut.ReasonUnknownProduct:            {"Dieses Modell darf nicht umgestellt werden: Es ist nicht bekannt, ob das hilft.", doService},
	akaut.ReasonUnknownFirmware:           {"Von dieser Firmware ist nicht bekannt, ob die Umstellung hilft.", doService},
	akaut.ReasonOwnCertificate:            {"Der Konnektor zeigt ein eigenes Zertifikat der Praxis; daran ist nichts zu ändern.", ""},
	akaut.ReasonUnknownSource:             {"Der Konnektor zeigt eine Identität unbekannter Art.", doService},
	akaut.ReasonNotRenewed:                {"Auf dem Konnektor ist kein erneuertes Zertifikat.", "Bitte zuerst die Laufzeitverlängerung durchführen lassen."},
	akaut.ReasonIncomplete:                {"Auf dem Konnektor sind nicht alle Zertifikate erneuert.", "Bitte zuerst die Laufzeitverlängerung durchführen lassen."},
	akaut.ReasonNotInTime:                 {"Das erneuerte Zertifikat ist abgelaufen oder gilt noch nicht.", doService},
	akaut.ReasonMismatch:                  {"Das erneuerte Zertifikat passt nicht zu dem, das der Konnektor zeigt.", doService},
	akaut.ReasonRegistration:              {"Mandant, Vertragsnummer (Contract-ID) oder Praxisausweis (SMC-B) für die Freischaltung fehlen.", "Bitte die Angaben ergänzen."},
	akaut.ReasonNotServed:                 {"Der Konnektor ist umgestellt, zeigt aber ein anderes Zertifikat.", doService},
	restart.ReasonCoolDown:                {"Der letzte Neustart ist zu kurz her.", "Bitte später wiederholen."},
	restart.ReasonCannotTell:              {"Der Konnektor sagt nicht, ob er auf einen Neustart wartet.", "Bitte den Neustart ausdrücklich verlangen."},
}

func germanReason(reason string) string {
	if reason == "" {
		return ""
	}
	if g, ok := fixReasonGerman[reason]; ok {
		return g.what
	}
	return clean(reason)
}

// germanNext is what a person does next.
func germanNext(r fix.Report) string {
	switch r.Outcome {
	case fix.Applied, fix.AlreadyDone:
		return ""
	case fix.Pending:
		if r.Reason == fix.ReasonRestartPending {
			return "Bitte den Konnektor neu starten: Danach wirkt die Änderung, oder sie wird fortgesetzt."
		}
		return "Nichts: Es wird wieder versucht."
	}
	do := fixReasonGerman[r.Reason].do
	if do == "" {
		do = doService
	}
	switch r.Outcome {
	case fix.RolledBack:
		return "Es ist nichts beschädigt. " + do
	case fix.Stuck:
		return do + " Ein neuer Lauf derselben Reparatur macht weiter, wo dieser war; die alten Werte stehen in der Datei mit dem Stand vorher."
	}
	return do
}

// phaseGerman has what a run is doing.
var phaseGerman = map[fix.Phase]string{
	fix.PhaseWaiting:  "Der Konnektor antwortet nicht, es wird wieder versucht",
	fix.PhasePlan:     "Der Konnektor wird geprüft",
	fix.PhasePermit:   "Die Erlaubnis wird geprüft",
	fix.PhaseSnapshot: "Die alten Werte werden gesichert",
	fix.PhaseApply:    "Die Änderung wird gemacht",
	fix.PhaseVisible:  "Es wird gewartet, bis die Änderung zu sehen ist",
	fix.PhaseVerify:   "Das Ergebnis wird geprüft",
	fix.PhaseRollback: "Die Änderungen werden zurückgenommen",
	fix.PhaseDone:     "Fertig",
}

// germanProgress is one event of a run.
func germanProgress(p fix.Progress) string {
	s := phaseGerman[p.Phase]
	if p.Of > 0 && p.Step > 0 {
		s += fmt.Sprintf(", Schritt %d von %d", p.Step, p.Of)
		if p.Key != "" {
			s += ": " + germanFixStep(p.Fix, p.Key)
		}
	}
	if p.Attempt > 1 || p.Phase == fix.PhaseWaiting && p.Attempt > 0 {
		s += fmt.Sprintf(" (Versuch %d)", p.Attempt)
	}
	return s
}

// germanBoxPhase is what is waited for while a box restarts.
func germanBoxPhase(p restart.Phase) string { return boxPhaseGerman[p] }

var boxPhaseGerman = map[restart.Phase]string{
	restart.PhaseDown:      "Der Konnektor startet neu",
	restart.PhaseServices:  "Der Konnektor antwortet wieder, die Dienste fehlen noch",
	restart.PhaseVPN:       "Die Verbindung zur TI wird aufgebaut",
	restart.PhaseTerminals: "Auf die Kartenterminals wird gewartet",
	restart.PhaseCards:     "Auf die Karten wird gewartet",
	restart.PhaseReady:     "Der Konnektor ist wieder bereit",
}

// germanFixStatus sums up what waits.
func germanFixStatus(waiting, open int) string {
	switch {
	case waiting == 0 && open == 0:
		return "Es wartet keine Reparatur."
	case waiting > 0:
		return fmt.Sprintf("Wartende Reparaturen: %d. Sie werden beim nächsten Fortsetzen wieder versucht.", waiting)
	}
	return fmt.Sprintf("Unterbrochene Reparaturen: %d. Dieselbe Reparatur noch einmal gestartet macht weiter, wo sie war.", open)
}

// answerGerman has the verdicts of incident rules.
var answerGerman = map[fix.Answer]german{
	fix.Affected:    {"betroffen", "erfüllt"},
	fix.NotAffected: {"nicht betroffen", "nicht erfüllt"},
	fix.CannotTell:  {"nicht feststellbar", "nicht feststellbar"},
}

func germanAnswer(a fix.Answer) string { return answerGerman[a].what }

// germanMet is how a box stands to a criterion.
func germanMet(a fix.Answer) string { return answerGerman[a].do }

// criterionGerman has what a criterion looks at.
var criterionGerman = map[fix.CriterionKind]string{
	fix.IsVendor:         "Hersteller",
	fix.IsProductCode:    "Produkt",
	fix.IsFirmware:       "Firmware",
	fix.IsKeyTypes:       "Schlüsselarten",
	fix.IsIdentity:       "Verwendete Identität",
	fix.IsOperatingState: "Betriebszustände",
	fix.IsDate:           "Datum",
	fix.IsOnlineOn:       "An dem Tag online",
	fix.IsRenewedPresent: "Erneuerte Zertifikate vorhanden",
	fix.IsErrorCode:      "Fehlercodes",
	fix.IsSomeCardsOnly:  "Nur bei manchen Karten",
	fix.IsAny:            "Eines von mehreren",
}

// germanVerdicts sums up the verdicts: what to tell the practice of each incident
// that affects the box.
func germanVerdicts(all []fixVerdictDoc) string {
	var affected []string
	open := 0
	for i := range all {
		switch all[i].Answer {
		case string(fix.Affected):
			affected = append(affected, all[i].TitleDE+". "+all[i].TellDE)
		case string(fix.CannotTell):
			open++
		}
	}
	switch {
	case len(affected) > 0:
		return strings.Join(affected, " ")
	case open > 0:
		return fmt.Sprintf("Von keiner bekannten Störung sicher betroffen; bei %d lässt es sich nicht feststellen.", open)
	}
	return "Von keiner bekannten Störung betroffen."
}

// recordGerman has what a line of a journal says.
var recordGerman = map[fix.Event]string{
	fix.EventStarted:  "Begonnen",
	fix.EventResumed:  "Fortgesetzt",
	fix.EventPlanned:  "Geplant",
	fix.EventConsent:  "Erlaubt",
	fix.EventSnapshot: "Alte Werte gesichert",
	fix.EventBegun:    "Schritt begonnen",
	fix.EventAnswered: "Vom Konnektor angenommen",
	fix.EventVisible:  "Am Konnektor zu sehen",
	fix.EventFailed:   "Misslungen",
	fix.EventUndoing:  "Rücknahme begonnen",
	fix.EventUndone:   "Zurückgenommen",
	fix.EventPaused:   "Unterbrochen",
	fix.EventDamaged:  "Aufzeichnung war beschädigt",
	fix.EventEnded:    "Beendet",
}

// germanRecord is a line of a journal for people.
func germanRecord(r *fix.Record) string {
	var all []string
	add := func(word, value string) {
		if value != "" {
			all = append(all, word+clean(value))
		}
	}
	if r.Product != nil {
		add("Gerät ", r.Product.String())
		add("Seriennummer ", r.Product.Serial)
	}
	add("Programm ", r.Version)
	if r.Step != "" {
		add("", germanFixStep(r.Fix, r.Step))
	}
	if r.Before != "" || r.After != "" {
		add("", germanValue(r.Before)+" -> "+germanValue(r.After))
	}
	add("", outcomeGerman[r.Outcome])
	add("", germanReason(r.Reason))
	if r.Event == fix.EventSnapshot && r.Words != "" {
		add("Prüfwert des Schlüssels ", r.Words)
	} else {
		add("", germanWords(r.Words))
	}
	add("Datei ", r.File)
	for _, code := range r.Codes {
		all = append(all, fmt.Sprintf("%s %d", wordCode, code))
	}
	if r.Attempt > 1 {
		all = append(all, fmt.Sprintf("Versuch %d", r.Attempt))
	}
	word := recordGerman[r.Event]
	if word == "" {
		word = clean(string(r.Event))
	}
	if len(all) == 0 {
		return word
	}
	return word + ": " + strings.Join(all, ", ")
}

// valueGerman has the values before and after a step that are always the same, and
// the words that the library itself writes to a journal.
var valueGerman = map[string]string{
	"on":  "an",
	"off": "aus",

	"successful crypto operations on":  "erfolgreiche Kryptooperationen an",
	"successful crypto operations off": "erfolgreiche Kryptooperationen aus",

	"states of an outdated list, or no VPN": "Zustände einer veralteten Liste oder keine VPN-Verbindung",
	"no such state, VPN up":                 "keiner dieser Zustände, VPN-Verbindung besteht",

	"not registered": "nicht freigeschaltet",
	"registered with the former certificates":  "mit den bisherigen Zertifikaten freigeschaltet",
	"registered with the renewed certificates": "mit den erneuerten Zertifikaten freigeschaltet",
	string(mgmt.IdentityOriginal):              "ursprüngliche Identität",
	string(mgmt.IdentityRenewed):               "erneuerte Identität",
	string(mgmt.IdentitySelfSigned):            "selbst ausgestelltes Zertifikat",
	string(mgmt.IdentityImported):              "eingespieltes Zertifikat der Praxis",

	"VPN up":                        "VPN-Verbindung besteht",
	"VPN down":                      "keine VPN-Verbindung",
	"restarted, the rest as before": "neu gestartet, sonst wie vorher",
	"locked by the restart":         "durch den Neustart gesperrt",
	"told to the practice":          "der Praxis gemeldet",
	"asked for at the terminal, else told to the practice": "am Kartenterminal abgefragt, sonst der Praxis gemeldet",
	"ended by the restart":                                 "durch den Neustart beendet",
	"renewed":                                              "erneuert",

	"asked, and consented":                                     "gefragt und zugestimmt",
	"a person at the terminal":                                 "eine Person am Bildschirm",
	"a person at the terminal has seen the plan and consented": "eine Person am Bildschirm hat den Plan gesehen und zugestimmt",
	"the last line was not whole":                              "die letzte Zeile war nicht vollständig",
}

// valuePartGerman has the values with a number or a name in them, as patterns of
// [matched]. Days are shown as here.
var valuePartGerman = []struct{ english, german string }{
	{"security log # days", "Sicherheitsprotokoll $1 Tage"},
	{"list #", "Liste $1"},
	{"valid until *", "gültig bis $1"},
	{"announces trust anchor ~", "kündigt den Vertrauensanker $1 an"},
	{"* until *", "$1 bis $2"},
	{"serial #", "Seriennummer $1"},
	{"# terminals connected", "verbundene Kartenterminals: $1"},
	{"# SMC-B", "SMC-B: $1"},
	{"# of them unlocked", "davon entsperrt: $1"},
	{"given in advance by whoever started ~", "vorab erteilt von dem, der $1 gestartet hat"},
	{"line # does not follow the line before it; # lines behind it are kept aside",
		"Zeile $1 passt nicht zur Zeile davor; $2 Zeilen danach sind beiseitegelegt"},
}

// logNameGerman and logLevelGerman have the names of logs and levels (Bedienungs-
// anleitung Highspeed-Konnektor 2.0, 12.3). Other logs are those of Fachmodule.
var (
	logNameGerman  = map[string]string{"system": "Systemprotokoll", "epa": "ePA"}
	logLevelGerman = map[mgmt.LogLevel]string{
		mgmt.LevelDebug: "Debug", mgmt.LevelInfo: "Info", mgmt.LevelWarning: "Warnung", mgmt.LevelError: "Fehler", mgmt.LevelFatal: "Fatal",
	}
)

// germanValue words a value before or after a step. What is not known stands for
// itself. Logs with the same settings stand together.
func germanValue(value string) string {
	value = clean(value)
	if g := germanWords(value); g != value {
		return g
	}
	var all []string
	between, settings := ", ", ""
	for part := range strings.SplitSeq(value, ", ") {
		name, of := germanLog(part)
		switch {
		case of == "":
			all = append(all, germanWords(part))
		case of == settings:
			last := &all[len(all)-1]
			*last = strings.TrimSuffix(*last, ": "+of) + ", " + name + ": " + of
		default:
			all, between = append(all, name+": "+of), "; "
		}
		settings = of
	}
	return strings.Join(all, between)
}

// germanWords words what the library writes as a whole.
func germanWords(s string) string {
	if g, ok := valueGerman[s]; ok {
		return g
	}
	for _, p := range valuePartGerman {
		if found, ok := matched(p.english, s); ok {
			g := p.german
			for i, value := range found {
				g = strings.Replace(g, "$"+strconv.Itoa(i+1), value, 1)
			}
			return germanDays(g)
		}
	}
	return s
}

// matched holds s to a pattern, in which # stands for a whole number, * for a word
// and ~ for whatever is left, and returns what they stand for.
func matched(pattern, s string) (found []string, ok bool) {
	for ; pattern != ""; pattern = pattern[1:] {
		n := len(s)
		switch pattern[0] {
		case '#':
			n -= len(strings.TrimLeft(s, "0123456789"))
		case '*':
			word, _, _ := strings.Cut(s, " ")
			n = len(word)
		case '~':
		default:
			if s == "" || s[0] != pattern[0] {
				return nil, false
			}
			s = s[1:]
			continue
		}
		if n == 0 {
			return nil, false
		}
		found, s = append(found, s[:n]), s[n:]
	}
	return found, s == ""
}

// germanDays writes the days in s as here.
func germanDays(s string) string {
	part := func(i int) bool { // of a longer word
		return i >= 0 && i < len(s) && (s[i] == '_' || unicode.IsLetter(rune(s[i])) || unicode.IsDigit(rune(s[i])))
	}
	for i := 0; i+len(time.DateOnly) <= len(s); i++ {
		end := i + len(time.DateOnly)
		day, err := time.Parse(time.DateOnly, s[i:end])
		if err == nil && !part(i-1) && !part(end) {
			s = s[:i] + day.Format("02.01.2006") + s[end:]
		}
	}
	return s
}

// germanLog words the settings of one log, such as "system WARNING 10 days"; empty
// for what are none.
func germanLog(part string) (name, settings string) {
	words := strings.Split(part, " ")
	name, words = words[0], words[1:]
	var of []string
	if len(words) > 0 && logLevelGerman[mgmt.LogLevel(words[0])] != "" {
		of, words = append(of, "Stufe "+logLevelGerman[mgmt.LogLevel(words[0])]), words[1:]
	}
	if len(words) > 1 && words[1] == "days" && strings.Trim(words[0], "0123456789") == "" {
		of, words = append(of, words[0]+" Tage"), words[2:]
	}
	if len(words) > 1 && words[0] == "performance" && (words[1] == "on" || words[1] == "off") {
		of, words = append(of, "Performance "+valueGerman[words[1]]), words[2:]
	}
	if name == "" || len(words) > 0 {
		return "", ""
	}
	if german, ok := logNameGerman[name]; ok {
		return german, strings.Join(of, ", ")
	}
	return strings.ToUpper(name), strings.Join(of, ", ")
}

// Titles of the operations on the exchange of a Konnektor.
const (
	titleExchangeTake    = "Stand vor oder nach einem Konnektortausch festhalten"
	titleExchangeReady   = "Vor einem Konnektortausch prüfen"
	titleExchangeCompare = "Nach einem Konnektortausch vergleichen"
)

// exchangeLevelGerman has how much a finding matters.
var exchangeLevelGerman = map[exchange.Level]string{
	exchange.LevelOK:      "in Ordnung",
	exchange.LevelInfo:    "Hinweis",
	exchange.LevelOpen:    "offen",
	exchange.LevelWarning: "Warnung",
	exchange.LevelError:   "Fehler",
}

// exchangeReadyGerman says whether an exchange may begin.
var exchangeReadyGerman = map[exchange.Level]string{
	exchange.LevelOK:      "Der Tausch kann beginnen.",
	exchange.LevelInfo:    "Der Tausch kann beginnen; die Hinweise beachten.",
	exchange.LevelOpen:    "Es spricht nichts gegen den Tausch, aber die offenen Punkte sind von Hand zu prüfen.",
	exchange.LevelWarning: "Vor dem Tausch die Warnungen ansehen.",
	exchange.LevelError:   "Den Tausch noch nicht beginnen: Zuerst die Fehler beheben.",
}

// exchangeComparedGerman says whether everything is there again.
var exchangeComparedGerman = map[exchange.Level]string{
	exchange.LevelOK:      "Alles ist wieder da.",
	exchange.LevelInfo:    "Alles ist wieder da; die Hinweise beachten.",
	exchange.LevelOpen:    "Kein Fehler gefunden; die offenen Punkte sind von Hand zu prüfen.",
	exchange.LevelWarning: "Kein Fehler gefunden, aber Warnungen: Bitte ansehen.",
	exchange.LevelError:   "Es fehlt noch etwas: Die Fehler müssen behoben werden.",
}

// exchangeStageGerman has when something is to be done.
var exchangeStageGerman = map[exchange.Stage]string{
	exchange.StageBefore: "Vor dem Tausch",
	exchange.StageDuring: "Beim Tausch",
	exchange.StageAfter:  "Nach dem Tausch",
	exchange.StageEnd:    "Zum Schluss, nach einigen Tagen",
}

// exchangeTestGerman has how the function test ended.
var exchangeTestGerman = map[exchange.TestResult]string{
	"":                  "nicht gemacht",
	exchange.TestPassed: "bestanden",
	exchange.TestFailed: "misslungen",
}

// exchangeGapGerman has why a part is missing.
var exchangeGapGerman = map[string]string{
	exchange.GapUnsupported: "kann dieses Gerät nicht",
	exchange.GapUnknown:     "der Aufruf für dieses Gerät ist nicht bekannt",
	exchange.GapNoAccess:    "kein Zugang dazu eingestellt",
}

// exchangeCheckGerman names the checks.
var exchangeCheckGerman = map[string]string{
	exchange.CheckComplete:       "Vollständigkeit",
	exchange.CheckProduct:        "Gerät",
	exchange.CheckFirmware:       "Firmware",
	exchange.CheckLicence:        "Lizenzen",
	exchange.CheckBackup:         "Sicherung",
	exchange.CheckCertificate:    "Zertifikat des Konnektors",
	exchange.CheckAddress:        "Adresse",
	exchange.CheckVPN:            "VPN zur TI",
	exchange.CheckStates:         "Betriebszustände",
	exchange.CheckTerminals:      "Kartenterminals",
	exchange.CheckCards:          "Karten",
	exchange.CheckContexts:       "Aufrufkontexte",
	exchange.CheckClientSystems:  "Zertifikate der Clientsysteme",
	exchange.CheckPINs:           "PIN der SMC-B",
	exchange.CheckFunction:       "Funktionstest",
	exchange.CheckDeregistration: "Keine Abmeldung",
}

// exchangeSubjectGerman has the subjects that are words.
var exchangeSubjectGerman = map[string]string{
	exchange.SubjectBox: "Zertifikat des Konnektors",
	exchange.SubjectOld: "Zertifikat des alten Konnektors",
	exchange.SubjectNew: "Zertifikat des neuen Konnektors",
}

// exchangeSideGerman has in which snapshot a part is missing.
var exchangeSideGerman = map[string]string{exchange.SideBefore: "vorher", exchange.SideAfter: "nachher"}

// exchangeOKGerman has what a check says that found nothing.
var exchangeOKGerman = map[string]string{
	exchange.CheckComplete:      "Alles konnte gelesen werden.",
	exchange.CheckFirmware:      "Die Firmware ist dieselbe.",
	exchange.CheckLicence:       "Die Lizenzen sind wie vorher.",
	exchange.CheckBackup:        "Eine Sicherung liegt vor.",
	exchange.CheckCertificate:   "Das Zertifikat gilt noch länger als drei Monate.",
	exchange.CheckVPN:           "Das VPN zur TI steht.",
	exchange.CheckStates:        "Kein neuer Betriebszustand.",
	exchange.CheckTerminals:     "Alle Kartenterminals sind da.",
	exchange.CheckCards:         "Alle Karten der Praxis sind da.",
	exchange.CheckContexts:      "Alle Aufrufkontexte sind da.",
	exchange.CheckClientSystems: "Alle Zertifikate der Clientsysteme sind da.",
	exchange.CheckPINs:          "Die PIN der SMC-B sind wie vorher.",
	exchange.CheckFunction:      "Eine Karte wurde gelesen.",
}

// exchangeKeyGerman has what was found, but for KeyOK.
var exchangeKeyGerman = map[string]string{
	exchange.KeyBackupOld:                "Die Sicherung ist mehr als einen Tag alt: Bitte eine neue anlegen.",
	exchange.KeyCardMissing:              "Die Karte steckt nicht oder wird nicht gesehen.",
	exchange.KeyClientCertificateMissing: "Das Zertifikat fehlt: Ein Clientsystem, das es vorzeigt, wird abgewiesen.",
	exchange.KeyContextMissing:           "Der Aufrufkontext fehlt: Ein PVS, das ihn benutzt, wird abgewiesen.",
	exchange.KeyContextNew:               "Den Aufrufkontext gab es vorher nicht.",
	exchange.KeyExpired:                  "Ist abgelaufen.",
	exchange.KeyExpiresSoon:              "Läuft in den nächsten drei Monaten ab.",
	exchange.KeyFunctionTestFailed:       "Es lässt sich keine Karte lesen.",
	exchange.KeyKeepRegistration:         "Den alten Konnektor angemeldet lassen, bis der neue einige Tage gearbeitet hat.",
	exchange.KeyLicenceFile:              "Die Lizenzdatei bereithalten: Eine Sicherung enthält sie nicht.",
	exchange.KeyLicenceMissing:           "Die Lizenz fehlt: Eine Sicherung enthält keine Lizenzen.",
	exchange.KeyLicencesUnknown:          "Die Lizenzen des alten Konnektors sind nicht bekannt: Die Lizenzdatei bereithalten.",
	exchange.KeyNewState:                 "War vorher nicht gesetzt.",
	exchange.KeyNoBackup:                 "Eine vollständige Sicherung anlegen und ihr Kennwort an einem anderen Ort aufbewahren.",
	exchange.KeyNotRead:                  "Konnte nicht gelesen werden: Bitte von Hand aufschreiben und vergleichen.",
	exchange.KeyNotTested:                "Es wurde keine Karte zur Probe gelesen.",
	exchange.KeyNotTold:                  "Der Konnektor sagt nicht, ob das VPN steht.",
	exchange.KeyOtherAddress:             "Die neue Adresse in jedem PVS, Kartenterminal, KIM und in der Firewall eintragen.",
	exchange.KeyOtherCertificate:         "Jedes PVS, KIM und jeder Empfänger von Ereignissen muss dem neuen Zertifikat vertrauen.",
	exchange.KeyOtherFirmware:            "Die Firmware ist verschieden: Eine Sicherung braucht auf beiden Geräten dieselbe.",
	exchange.KeyOtherProduct:             "Ein anderes Produkt: Eine Sicherung lässt sich darauf nicht wiederherstellen.",
	exchange.KeyPINNotEntered:            "Die PIN muss am Kartenterminal eingegeben werden.",
	exchange.KeySameBox:                  "Es ist dasselbe Gerät.",
	exchange.KeyTerminalAddress:          "Das Kartenterminal hat eine andere Adresse.",
	exchange.KeyTerminalDisconnected:     "War verbunden und ist es nicht mehr: Ist es gekoppelt und eingeschaltet?",
	exchange.KeyTerminalFirmware:         "Das Kartenterminal hat eine andere Firmware.",
	exchange.KeyTerminalID:               "Das Kartenterminal hat eine andere Kennung: Ein PVS, das sie nennt, muss umgestellt werden.",
	exchange.KeyTerminalMissing:          "Der Konnektor kennt das Kartenterminal nicht.",
	exchange.KeyTerminalNew:              "Das Kartenterminal gab es vorher nicht.",
	exchange.KeyTerminalState:            "Die Kopplung des Kartenterminals hat einen anderen Stand.",
	exchange.KeyVPNDown:                  "Das VPN zur TI steht nicht: Ist der Konnektor angemeldet?",
}

// exchangeItemGerman has the checklist.
var exchangeItemGerman = map[string]string{
	exchange.CheckComplete:       "Alles, was später verglichen wird, lässt sich lesen.",
	exchange.CheckFunction:       "Eine Karte wird zur Probe gelesen (ReadVSD).",
	exchange.CheckVPN:            "Das VPN zur TI steht.",
	exchange.CheckFirmware:       "Beide Geräte haben dieselbe, aktuelle Firmware.",
	"terminal-firmware":          "Die Kartenterminals haben aktuelle Firmware.",
	exchange.CheckCertificate:    "Es ist bekannt, wann die Zertifikate der Geräte enden.",
	exchange.CheckLicence:        "Die Lizenzen des alten Konnektors sind bekannt und die Lizenzdatei liegt bereit: Eine Sicherung enthält sie nicht.",
	"access-data":                "Benutzer, Kennwort und für die Wiederherstellung ein Super-Admin liegen bereit; mit ihr kommen die des alten Konnektors zurück.",
	"smc-b-at-hand":              "Die SMC-B und ihre PIN liegen bereit.",
	"network-plan":               "Das Netz ist geplant: feste Adresse oder DHCP, und was in Kartenterminals, PVS und Firewall auf die Adresse eingestellt ist.",
	exchange.CheckBackup:         "Eine vollständige Sicherung des alten Konnektors ist aufbewahrt, Kennwort und Hash des Schlüssels an einem anderen Ort.",
	exchange.CheckDeregistration: "Der alte Konnektor wird NICHT abgemeldet: Das würde alle Anmeldungen entfernen.",
	"cables":                     "Der alte Konnektor ist heruntergefahren, die Kabel stecken am neuen.",
	"first-login":                "Erste Anmeldung mit dem Kennwort der Auslieferung, das sofort geändert wird.",
	"restore":                    "Die Sicherung wird eingespielt und der gezeigte Hash des Schlüssels verglichen; danach startet der Konnektor neu.",
	"pairing":                    "Der Konnektor koppelt die Kartenterminals neu (Wartungspairing).",
	"licence-upload":             "Die Lizenz wird eingespielt; danach startet der Konnektor neu.",
	"registration":               "Der neue Konnektor wird am VPN-Zugangsdienst angemeldet; danach startet er neu.",
	exchange.CheckAddress:        "Die Adresse, die das PVS benutzt, ist festgehalten.",
	exchange.CheckStates:         "Kein Betriebszustand, den es vorher nicht gab.",
	exchange.CheckTerminals:      "Alle Kartenterminals sind verbunden.",
	exchange.CheckCards:          "Alle SMC-B, HBA und Karten der Kartenterminals sind da.",
	exchange.CheckPINs:           "Die PIN der SMC-B sind eingegeben.",
	exchange.CheckContexts:       "Alle Aufrufkontexte sind da.",
	exchange.CheckClientSystems:  "Die Zertifikate der Clientsysteme sind da und gelten noch lange.",
	"diagnose-kit":               "Der Funktionstest des Diagnose-Kits ist grün.",
	"kim":                        "Eine KIM-Nachricht an sich selbst kommt an.",
	"backup-new":                 "Eine vollständige Sicherung des neuen Konnektors ist angelegt und aufbewahrt.",
	"old-box":                    "Der alte Konnektor wird als letzter Schritt auf den Stand der Auslieferung zurückgesetzt und entsorgt.",
}

// germanFinding is a finding in German.
func germanFinding(f exchange.Finding) exchange.Finding {
	key, check := f.Key, f.Check
	switch {
	case key == exchange.KeyOK:
		f.Text = exchangeOKGerman[check]
	case key == exchange.KeyNotRead && check == exchange.CheckFirmware:
		f.Text = "Die Firmware des neuen Konnektors ist nicht bekannt: Bitte mit der des alten vergleichen."
	default:
		f.Text = exchangeKeyGerman[key]
	}
	f.Check = exchangeCheckGerman[check]
	if name, ok := exchangeSubjectGerman[f.Subject]; ok {
		f.Subject = name
	}
	if key == exchange.KeyNotRead && check == exchange.CheckComplete {
		f.After = exchangeSideGerman[f.After]
		if name, ok := exchangeCheckGerman[f.Subject]; ok {
			f.Subject = name
		}
	}
	if day, err := time.Parse(time.DateOnly, f.After); err == nil {
		f.After = day.Format("02.01.2006")
	}
	return f
}

// germanHandOver is the record of an exchange, Markdown.
func germanHandOver(h exchange.HandOver) string {
	text := h.MarkdownIn(&exchange.Words{
		Title: "Konnektortausch", Before: "vorher", After: "nachher", Findings: "Befunde", Checklist: "Checkliste", ByHand: "von Hand",
		Columns: [5]string{"Prüfung", "Was", "vorher", "nachher", "Befund"},
		Rows: [10]string{"festgehalten", "Gerät", "Seriennummer", "Adresse", "Zertifikat (Schlüssel / gültig bis / Seriennummer)",
			"Kartenterminals", "Karten", "Aufrufkontexte", "Funktionstest", "Sicherung"},
		Level:   func(l exchange.Level) string { return exchangeLevelGerman[l] },
		Stage:   func(s exchange.Stage) string { return exchangeStageGerman[s] },
		Test:    func(r exchange.TestResult) string { return exchangeTestGerman[r] },
		Item:    func(i exchange.Item) string { return exchangeItemGerman[i.Key] },
		Time:    func(t time.Time) string { return germanMoment(dateTime(t)) },
		Finding: germanFinding,
	})
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = printable(lines[i])
	}
	return strings.Join(lines, "\n")
}

// labels name the members of answers where people see them: by type and name,
// or by name alone.
var labels = map[string]string{
	"active":                             "Aktiv",
	"advice_de":                          "Was tun",
	"atr":                                "ATR",
	"card":                               "Karte",
	"card_handle":                        "Kartenkennung",
	"card_pt_pers":                       "Personalisierung",
	"card_type":                          "Kartentyp",
	"cards":                              "Karten",
	"central_version":                    "Version",
	"certificate_expires":                "Zertifikat bis",
	"client_aut_mandatory":               "Anmeldung vorgeschrieben",
	"code":                               "Code",
	"comp_type":                          "Komponente",
	"condition":                          "Betriebszustand",
	"connected":                          "Verbunden",
	"cos":                                "Betriebssystem",
	"data_structure":                     "Datenstruktur",
	"endpoint":                           "Adresse",
	"endpoint_tls":                       "Adresse mit TLS",
	"error":                              "Fehler",
	"error_text":                         "Text",
	"error_type":                         "Art",
	"event":                              "Ereignis",
	"event_id":                           "Ereignisnummer",
	"field":                              "Feld",
	"firmware_version":                   "Firmware",
	"gdo":                                "GDO",
	"handle":                             "Kartenkennung",
	"hardware_version":                   "Hardware",
	"holder":                             "Inhaber",
	"http_status":                        "HTTP-Status",
	"iccsn":                              "Kartennummer",
	"id":                                 "Terminal",
	"information_date":                   "Stand",
	"insert_time":                        "Gesteckt",
	"inserted":                           "Gesteckt",
	"instance":                           "Instanz",
	"ip":                                 "IP-Adresse",
	"key_info":                           "Schlüsselangaben",
	"kind":                               "Art",
	"kvnr":                               "Versichertennummer",
	"left_tries":                         "Versuche",
	"log_reference":                      "Protokoll",
	"logging":                            "Protokollierung",
	"mac":                                "MAC-Adresse",
	"mandant_wide":                       "Ganzer Mandant",
	"name":                               "Name",
	"namespace":                          "Namensraum",
	"object_system":                      "Objektsystem",
	"online":                             "Verbunden",
	"only_active":                        "Nur aktive",
	"only_new":                           "Nur neue",
	"op":                                 "Vorgang",
	"operating":                          "Betriebszustände",
	"parameter":                          "Zusatz",
	"physical":                           "Gerät",
	"pin_type":                           "PIN",
	"pins":                               "PIN",
	"poll_ms":                            "Abstand (ms)",
	"product":                            "Produkt",
	"reload":                             "Neu laden",
	"remedy":                             "Zuständig",
	"removed":                            "Gezogen",
	"repeatable":                         "Wiederholbar",
	"services":                           "Dienste",
	"severity_de":                        "Schwere",
	"severity":                           "Schwere",
	"since":                              "Seit",
	"sis":                                "Sicherer Internetzugang (SIS)",
	"slot":                               "Steckplatz",
	"slots":                              "Steckplätze",
	"soap_op":                            "Aufruf",
	"state":                              "Zustand",
	"state_de":                           "Zustand",
	"summary_de":                         "Zustand",
	"terminal":                           "Kartenterminal",
	"terminal_id":                        "Terminal",
	"terminals":                          "Kartenterminals",
	"text":                               "Text",
	"text_de":                            "Bedeutung",
	"ti":                                 "Telematikinfrastruktur",
	"timeout_ms":                         "Zeitgrenze (ms)",
	"tls_mandatory":                      "TLS vorgeschrieben",
	"trace":                              "Fehlerliste",
	"type":                               "Typ",
	"type_de":                            "Typ",
	"type_version":                       "Produkttypversion",
	"vendor_id":                          "Herstellerkürzel",
	"vendor_name":                        "Hersteller",
	"version":                            "Version",
	"warning":                            "Warnung",
	"workplaces":                         "Arbeitsplätze",
	"versicherten_id":                    "Versichertennummer",
	"titel":                              "Titel",
	"vorname":                            "Vorname",
	"vorsatzwort":                        "Vorsatzwort",
	"namenszusatz":                       "Namenszusatz",
	"nachname":                           "Nachname",
	"geburtsdatum":                       "Geburtsdatum",
	"geschlecht":                         "Geschlecht",
	"geschlecht_de":                      "Geschlecht",
	"strassen_adresse":                   "Anschrift",
	"postfach_adresse":                   "Postfachanschrift",
	"strasse":                            "Straße",
	"hausnummer":                         "Hausnummer",
	"anschriftenzusatz":                  "Zusatz",
	"postleitzahl":                       "Postleitzahl",
	"ort":                                "Ort",
	"wohnsitzlaendercode":                "Land",
	"postfach":                           "Postfach",
	"kostentraeger":                      "Kostenträger",
	"abrechnender_kostentraeger":         "Abrechnender Kostenträger",
	"beginn":                             "Beginn",
	"ende":                               "Ende",
	"kostentraegerkennung":               "Institutionskennzeichen",
	"kostentraegerlaendercode":           "Land",
	"versichertenart":                    "Versichertenart",
	"versichertenart_de":                 "Versichertenart",
	"wop":                                "WOP",
	"wop_region":                         "Wohnortprinzip",
	"kostenerstattung":                   "Kostenerstattung",
	"aerztliche_versorgung":              "Ärztliche Versorgung",
	"zahnaerztliche_versorgung":          "Zahnärztliche Versorgung",
	"stationaerer_bereich":               "Stationärer Bereich",
	"veranlasste_leistungen":             "Veranlasste Leistungen",
	"tarifart":                           "Tarifart",
	"tarifart_de":                        "Tarifart",
	"beihilfeberechtigung":               "Beihilfe",
	"kvb_pbeak":                          "KVB/PBeaKK",
	"stationaere_leistungen":             "Stationäre Leistungen",
	"teilnahme_clinic_card_verfahren":    "Clinic-Card",
	"allgemeine_krankenhausleistungen":   "Allgemeine Krankenhausleistungen (%)",
	"wahlleistung_unterkunft":            "Wahlleistung Unterkunft",
	"wahlleistung_aerztliche_behandlung": "Wahlärztliche Behandlung",
	"art":                                "Art",
	"hoechstbetrag":                      "Höchstbetrag (Euro)",
	"prozentwert":                        "Prozent",
	"zuzahlungsstatus":                   "Zuzahlung",
	"besondere_personengruppe":           "Personengruppe",
	"besondere_personengruppe_de":        "Personengruppe",
	"dmp_kennzeichnung":                  "DMP",
	"dmp_de":                             "DMP",
	"selektivvertraege":                  "Selektivverträge",
	"ruhender_leistungsanspruch":         "Ruhender Leistungsanspruch",
	"befreit":                            "Befreit",
	"gueltig_bis":                        "Gültig bis",
	"aerztlich":                          "Ärztlich",
	"zahnaerztlich":                      "Zahnärztlich",
	"art_des_ruhens":                     "Art",
	"art_des_ruhens_de":                  "Art",
	"offen":                              "Aktualisierung unterbrochen",
	"timestamp":                          "Zeitpunkt",
	"ergebnis":                           "Ergebnis",
	"ergebnis_de":                        "Bedeutung",
	"quarter":                            "Quartal",
	"error_code":                         "Code des Dienstes",
	"error_de":                           "Meldung des Dienstes",
	"pkv":                                "Privat versichert",
	"pruefziffer":                        "Prüfziffer",
	"base64":                             "Daten",
	"betreiber":                          "Betreiber",
	"key_version":                        "Schlüsselversion",
	"time":                               "Zeitpunkt",
	"anlass":                             "Anlass",
	"smcb_handle":                        "Praxisausweis",
	"hba_handle":                         "Heilberufsausweis",
	"wait_ms":                            "Wartezeit (ms)",
	"mode":                               "Online-Prüfung",
	"stored_receipts":                    "Gespeicherte Nachweise",
	"perform_online_check":               "Online-Prüfung",
	"read_online_receipt":                "Nachweis lesen",
	"standalone":                         "Standalone",
	"no_online_duty":                     "Keine Prüfpflicht",
	"day":                                "Behandlungstag",
	"konnektor_timeout_ms":               "Zeit des Konnektors (ms)",
	"person":                             "Versicherte Person",
	"versicherungsschutz":                "Versicherungsschutz",
	"zusatzinfos_gkv":                    "Gesetzliche Versicherung",
	"zusatzinfos_pkv":                    "Private Versicherung",
	"geschuetzte_versichertendaten":      "Geschützte Daten",
	"vsd_status":                         "Daten der Karte",
	"pruefungsnachweis":                  "Prüfungsnachweis",
	"hcv":                                "Hash-Prüfwert",
	"online_check":                       "Mit Online-Prüfung",
	"warnings":                           "Hinweise",
	"proof":                              "Leistungsnachweis",
	"verdict_de":                         "Urteil",
	"valid":                              "Gültig",
	"billable":                           "Abrechenbar",
	"reasons":                            "Gründe",
	"next":                               "Nächste Schritte",
	"store_receipt":                      "Nachweis speichern",
	"keep_receipt":                       "Nachweis des Quartals",
	"reason":                             "Grund",
	"action":                             "Schritt",
	"when":                               "Wenn",
	"times":                              "Höchstens",
	"automatic":                          "Selbsttätig",
	"VsdStatus.timestamp":                "Stand",
	"Step.text_de":                       "Schritt",
	"Reason.text_de":                     "Grund",
	"Pruefziffer.version":                "Version",
	"aerztlich_de":                       "Ärztlich",
	"zahnaerztlich_de":                   "Zahnärztlich",
	"art_de":                             "Art",
	"beihilfeberechtigung_de":            "Beihilfe",
	"kvb_pbeak_de":                       "KVB/PBeaKK",
	"url":                                "Adresse",
	"call":                               "Aufrufkontext",
	"auth":                               "Anmeldung",
	"trust":                              "Vertrauen",
	"rewrite_host":                       "Adresse überschreiben",
	"timeout":                            "Zeitgrenze",
	"busy_timeout":                       "Wartezeit bei belegter Karte",
	"mandant_id":                         "Mandant",
	"client_system_id":                   "Clientsystem",
	"workplace_id":                       "Arbeitsplatz",
	"user_id":                            "Benutzer",
	"user":                               "Benutzername",
	"password":                           "Passwort",
	"certificate_pem":                    "Zertifikat",
	"key_pem":                            "Schlüssel",
	"certificate_file":                   "Zertifikatsdatei",
	"key_file":                           "Schlüsseldatei",
	"cas_pem":                            "Aussteller",
	"cas_file":                           "Ausstellerdatei",
	"server_name":                        "Name im Zertifikat",
	"certificate_sha256":                 "Fingerabdruck des Zertifikats",
	"public_key_sha256":                  "Fingerabdruck des Schlüssels",
	"pkcs12":                             "PKCS#12",
	"pkcs12_file":                        "PKCS#12-Datei",
	"pkcs12_password":                    "Passwort der PKCS#12-Datei",
	"environment":                        "Umgebung",
	"sequence":                           "Folgenummer",
	"issued":                             "Ausgestellt",
	"next_update":                        "Nächste Liste bis",
	"signer":                             "Unterzeichner",
	"signer_expires":                     "Unterzeichner bis",
	"anchor":                             "Vertrauensanker",
	"anchor_expires":                     "Vertrauensanker bis",
	"size":                               "Größe",
	"sha256":                             "SHA-256",
	"damaged":                            "Unterschrift falsch",
	"verdict":                            "Urteil",
	"checked_at":                         "Beurteilt zum",
	"same":                               "Schon bekannt",
	"detached":                           "Getrennte Unterschrift",
	"list":                               "Vertrauensliste",
	"claims":                             "Angaben der Datei (ungeprüft)",
	"announced":                          "Angekündigter Vertrauensanker",
	"states":                             "Betriebszustände",
	"states_de":                          "Meldungen am Konnektor",
	"notes":                              "Hinweise",
	"unchecked":                          "Nicht geprüft",
	"expires":                            "Gültig bis",
	"path":                               "Datei",
	"stored":                             "Vorhandene Liste",
	"at":                                 "Zeitpunkt",
	"grace_days":                         "Nachfrist (Tage)",
	"group":                              "Gruppe",
	"group_de":                           "Gruppe",
	"outlook_days":                       "Vorschau (Tage)",
	"ends":                               "Was endet",
	"provider":                           "Anbieter",
	"status":                             "Status",
	"status_de":                          "Status",
	"key":                                "Schlüssel",
	"supply":                             "Auskunft",
	"what":                               "Was",
	"what_de":                            "Was",
	"old":                                "Alte Liste",
	"new":                                "Neue Liste",
	"scheme":                             "Liste selbst",
	"changes":                            "Änderungen",
	"kind_de":                            "Änderung",
	"detail":                             "Einzelheiten",
	"detail_de":                          "Einzelheiten",
	"scheme_de":                          "Liste selbst",
	"words_de":                           "Worte",
	"failed_de":                          "Fehlversuche",
	"with_csv":                           "Auch als Tabelle",
	"csv":                                "Tabelle (CSV)",
	"renewal_de":                         "Erneuerung",
	"effect_de":                          "Wirkung",
	"source_de":                          "Quelle",
	"conflict_de":                        "Widerspruch",
	"paths":                              "Dateien",
	"steps":                              "Schritte",
	"unused":                             "Nicht verwendete Dateien",
	"missing":                            "Fehlt",
	"missing_de":                         "Fehlt",
	"needs":                              "Braucht",
	"not_before":                         "Nicht vor",
	"brings":                             "Bringt",
	"words":                              "Worte",
	"reason_de":                          "Grund",
	"urls":                               "Adressen",
	"written":                            "Gespeichert",
	"failed":                             "Fehlversuche",
	"files_only":                         "Nur Dateien",
	"ListChange.kind":                    "Änderung",
	"TrustList.id":                       "Kennung",
	"Claims.id":                          "Kennung",
	"TslPlanRequest.id":                  "Kennung",
	"TrustList.services":                 "Anzahl der Dienste",
	"AnchorChange.active":                "Gilt ab",
	"TslDiffAnswer.summary_de":           "Ergebnis",
	"TslPlanAnswer.summary_de":           "Ergebnis",
	"ListStep.text_de":                   "Schritt",
	"TslShowAnswer.text_de":              "Grund",
	"TslVerifyAnswer.text_de":            "Grund",
	"TslFetchAnswer.text_de":             "Grund",
	"ListNote.text_de":                   "Hinweis",
	"TslPlanAnswer.anchor":               "Vertrauensanker danach",
	"TslPlanAnswer.sequence":             "Folgenummer danach",
	"content":                            "Inhalt",
	"label":                              "Herkunft",
	"certificates":                       "Zertifikate",
	"not_after":                          "Gültig bis",
	"telematik_id":                       "Telematik-ID",
	"roles":                              "Rollen",
	"names":                              "Namen",
	"issuer":                             "Aussteller",
	"serial":                             "Seriennummer",
	"profile_de":                         "Verwendungszweck",
	"files":                              "Dateien",
	"konnektor":                          "Konnektor",
	"hba":                                "HBA lesen",
	"soon_days":                          "Bald (Tage)",
	"entries":                            "Zertifikate",
	"due":                                "Termine",
	"known":                              "Laufzeiten laut Konnektor",
	"skipped":                            "Nicht gelesen",
	"generation":                         "Generation",
	"usable_until":                       "Nutzbar bis",
	"days_left":                          "Tage",
	"renewal":                            "Erneuerung",
	"rule":                               "Regel",
	"effect":                             "Wirkung",
	"past":                               "Vergangen",
	"evidence":                           "Beleg",
	"sure_de":                            "Wie sicher",
	"source":                             "Quelle",
	"conflict":                           "Widerspruch",
	"assumed":                            "Angenommen",
	"alarm_days":                         "Erinnerung (Tage)",
	"with_past":                          "Auch Vergangenes",
	"calendar":                           "Kalender",
	"events":                             "Termine",
	"Certificate.not_before":             "Gültig ab",
	"Inventory.not_before":               "Gültig ab",
	"CertDue.day":                        "Tag",
	"CertDue.what_de":                    "Was geschieht",
	"InventorySkip.text_de":              "Grund",
	"CertFile.password":                  "Passwort",
	"Certificate.kind":                   "Typ",
	"Inventory.kind":                     "Typ",
	"CertDue.kind":                       "Typ",
	"Certificate.kind_de":                "Typ",
	"Inventory.kind_de":                  "Typ",
	"CertDue.kind_de":                    "Typ",
	"CertsInventoryAnswer.at":            "Stand",
	"check":                              "Vertrauen",
	"check_code":                         "Code",
	"check_de":                           "Vertrauen",
	"ocsp":                               "Auskunft (OCSP)",
	"Service.name":                       "Dienst",
	"Product.name":                       "Produkt",
	"Product.code":                       "Produktkürzel",
	"Condition.type":                     "Art",
	"CardsWatchAnswer.inserted":          "Gesteckte Karten",
	"CardsWatchAnswer.removed":           "Gezogene Karten",
	"entry_timeout_ms":                   "Zeit für die Eingabe (ms)",
	"job_number":                         "Auftragsnummer",
	"seconds_left":                       "Noch (s)",
	"new_pin":                            "Neue PIN",
	"ok":                                 "Gelungen",
	"result":                             "Ergebnis",
	"result_de":                          "Ergebnis",
	"message":                            "Anzeige",
	"already_inserted":                   "Steckte schon",
	"crypt":                              "Schlüsselart",
	"tv_mode":                            "Anzeige der Dokumente",
	"documents":                          "Dokumente",
	"variant":                            "Variante",
	"mime_type":                          "MIME-Typ",
	"xml":                                "XML",
	"short_text":                         "Kurztext",
	"place_after":                        "Signatur hinter",
	"place_first_in":                     "Signatur in",
	"policy":                             "Signaturrichtlinie",
	"update":                             "Zum Ändern",
	"SignDocument.update":                "Vorhandene Signaturen",
	"schemas":                            "XML-Schemas",
	"signed_properties":                  "Signierte Eigenschaften",
	"unsigned_properties":                "Weitere Eigenschaften",
	"include_revocation_info":            "OCSP-Auskunft einbetten",
	"ref_uri":                            "Namensraum",
	"identifier":                         "Kennung",
	"values":                             "Werte",
	"signed":                             "Signiert",
	"signature":                          "Signatur",
	"document":                           "Dokument",
	"signature_xml":                      "Signatur als XML",
	"report":                             "Mit Prüfbericht",
	"timestamp_type":                     "Art der Zeitangabe",
	"findings":                           "Befunde",
	"major":                              "Befund",
	"minor":                              "Einzelheit",
	"Finding.message":                    "Meldung",
	"Finding.field":                      "Signaturfeld",
	"card_handles":                       "Karten",
	"enabled":                            "Freigegeben",
	"max":                                "Höchstzahl",
	"timer_seconds":                      "Dauer (s)",
	"session":                            "Sitzung",
	"count_left":                         "Noch Signaturen",
	"digest":                             "Hashwert",
	"raw":                                "Rohdaten",
	"der":                                "DER",
	"certificate":                        "Zertifikat",
	"elements":                           "Elemente",
	"unprotected_properties":             "Ungeschützte Eigenschaften",
	"xpath":                              "XPath",
	"content_only":                       "Nur Inhalt",
	"hpc_handle":                         "Heilberufsausweis oder Praxisausweis",
	"emergency":                          "Notfall",
	"pin":                                "PIN",
	"verification":                       "Prüfung der Signatur",
	"egk_valid":                          "Gesundheitskarte gültig",
	"egk_usage":                          "Belegung der Karte (%)",
	"krankenkassen_name":                 "Kostenträger",
	"krankenkassen_nummer":               "Kassennummer",
	"versicherten_nummer":                "Versichertennummer",
	"versicherten_status":                "Versichertenstatus",
	"status_ergaenzung":                  "Statusergänzung",
	"familienname":                       "Nachname",
	"laendercode":                        "Land",
	"checksum_ok":                        "Prüfsumme richtig",
	"unread":                             "Nicht vollständig lesbar",
	"listen":                             "Anschluss",
	"announce":                           "Bekanntgegebene Adresse",
	"require_tls":                        "Nur mit TLS",
	"verify_konnektor":                   "Konnektor prüfen",
	"sink":                               "Ereignisse",
	"topics":                             "Themen",
	"filter":                             "Filter",
	"count":                              "Anzahl",
	"topic":                              "Thema",
	"subscription_id":                    "Abonnement",
	"received":                           "Empfangen",
	"parameters":                         "Angaben",
	"tunnel":                             "Verbindung",
	"step":                               "Schritt",
	"value":                              "Wert",
	"up":                                 "Aufgebaut",
	"event_to":                           "Empfänger",
	"subscriptions":                      "Abonnements",
	"subscription":                       "Abonnement",
	"ids":                                "Abonnements",
	"SignedDocument.id":                  "Dokument",
	"SignDocument.id":                    "Dokument",
	"SignedDocument.error_de":            "Fehler",
	"EventSubscription.id":               "Kennung",
	"EventsUnsubscribeRequest.id":        "Abonnement",
	"SignComfortActivateAnswer.mode":     "Betriebsart",
	"ComfortSession.mode":                "Betriebsart",
	"EventsWatchAnswer.inserted":         "Gesteckte Karten",
	"EventsWatchAnswer.removed":          "Gezogene Karten",
	"AuthSignAnswer.raw":                 "Signatur",

	"after":                        "Nachher",
	"akaut":                        "Umschalten",
	"all_modules":                  "Alle Protokolle",
	"allow_no_way_back":            "Ohne Rückweg erlaubt",
	"allow_operator_supplied":      "Herstellerangaben erlaubt",
	"answer":                       "Ergebnis",
	"answer_de":                    "Ergebnis",
	"attempt":                      "Versuch",
	"attempts":                     "Versuche",
	"backup":                       "Sicherung",
	"backup_credentials_file":      "Datei mit Kennwort der Sicherung",
	"before":                       "Vorher",
	"begun":                        "Begonnene Schritte",
	"below":                        "Vor Version",
	"box":                          "Konnektor",
	"box_phase":                    "Stand des Neustarts",
	"built":                        "Erstellt",
	"clock":                        "Uhr",
	"codes":                        "Codes",
	"connect_timeout":              "Zeit für Verbindung",
	"consent":                      "Zustimmung",
	"contract":                     "Vertragsnummer (Contract-ID)",
	"cool_down_minutes":            "Abstand der Neustarts (Minuten)",
	"cpu_celsius":                  "Temperatur (°C)",
	"created":                      "Angelegt",
	"credentials_file":             "Datei mit Zugangsdaten",
	"state_dir":                    "Ordner der Verwaltung",
	"criterion":                    "Merkmal",
	"criterion_de":                 "Merkmal",
	"days":                         "Vorhaltedauer (Tage)",
	"deadline_days":                "Frist (Tage)",
	"dir":                          "Ordner",
	"directory_auth":               "Anmeldung am Dienstverzeichnis",
	"directory_trust":              "Vertrauen zum Dienstverzeichnis",
	"directory_url":                "Adresse des Dienstverzeichnisses",
	"done":                         "Erledigt",
	"ended":                        "Beendet",
	"enter_pin":                    "PIN am Terminal eingeben",
	"error_codes":                  "Fehlercodes",
	"estimate_s":                   "Geschätzte Dauer (s)",
	"fields":                       "Felder",
	"file":                         "Datei",
	"firmware":                     "Firmware",
	"fix":                          "Reparatur",
	"fixes":                        "Reparaturen",
	"from":                         "Von",
	"full":                         "Vollständig",
	"hardware":                     "Hardware",
	"host":                         "Adresse",
	"inferred":                     "Abgeleitet",
	"jobs":                         "Aufträge",
	"journal":                      "Aufzeichnung",
	"journals":                     "Aufzeichnungen",
	"key_types":                    "Schlüsselarten",
	"left_hours":                   "Restzeit (Stunden)",
	"left_s":                       "Restzeit (s)",
	"level":                        "Stufe",
	"limit":                        "Höchstzahl",
	"lists":                        "Vertrauenslisten",
	"load_percent":                 "Last (%)",
	"locked_pins":                  "Gesperrte PIN",
	"management":                   "Verwaltungsoberfläche",
	"mandant":                      "Mandant",
	"memory_free_bytes":            "Freier Speicher (Byte)",
	"memory_total_bytes":           "Speicher (Byte)",
	"module":                       "Protokoll",
	"modules":                      "Protokolle",
	"needs_services":               "Braucht die Dienste",
	"newer":                        "Auch ohne Not",
	"next_attempt":                 "Nächster Versuch",
	"next_de":                      "Was tun",
	"no_switch":                    "Kein Leistungsumfang Online",
	"of":                           "Von",
	"offline_days":                 "Tage ohne Verbindung",
	"offset":                       "Auslassen",
	"once":                         "Nur ein Versuch",
	"one_step":                     "In einem Schritt",
	"online_days":                  "Tage mit Verbindung",
	"open_runs":                    "Unterbrochene Läufe",
	"outcome":                      "Ergebnis",
	"outcome_de":                   "Ergebnis",
	"part":                         "Teil",
	"performance":                  "Performance-Protokoll",
	"phase":                        "Phase",
	"FixReport.pin":                "Neues Zertifikat",
	"FixEvent.pin":                 "Neues Zertifikat",
	"port":                         "Port",
	"procedure_de":                 "Von Hand",
	"products":                     "Produkte",
	"profile_files":                "Profile",
	"program":                      "Programm",
	"records":                      "Einträge",
	"registered":                   "Schon freigeschaltet",
	"MgmtLogSettingsAnswer.report": "Änderung",
	"reports":                      "Ergebnisse",
	"requested":                    "Verlangt",
	"restart":                      "Neustart",
	"restart_required":             "Neustart nötig",
	"restarts":                     "Startet neu",
	"restore":                      "Zielwerte",
	"resumed":                      "Fortgesetzt",
	"retry_max_ms":                 "Längste Pause (ms)",
	"retry_min_ms":                 "Kürzeste Pause (ms)",
	"rule_keys":                    "Schlüssel für Regeln",
	"rules_file":                   "Datei mit Regeln",
	"rules_issued":                 "Regeln vom",
	"rules_sequence":               "Nummer der Regeln",
	"run":                          "Lauf",
	"runs":                         "Läufe",
	"seclog":                       "Protokollmenge",
	"security_log_days":            "Vorhaltedauer Sicherheitsprotokoll (Tage)",
	"set":                          "Neue Werte",
	"settings":                     "Einstellungen",
	"shared":                       "Gemeinsamer Ordner",
	"slow_timeout":                 "Zeit für lange Vorgänge",
	"smcb":                         "Praxisausweis (SMC-B)",
	"snapshot":                     "Stand vorher",
	"some_cards_only":              "Nur bei manchen Karten",
	"started":                      "Gestartet",
	"stays_offline":                "Bleibt offline",
	"FixReport.step":               "Schritt",
	"FixRecord.step":               "Schritt",
	"FixEvent.step":                "Schritt",
	"step_de":                      "Schritt",
	"successful_crypto_ops":        "Erfolgreiche Kryptooperationen",
	"tell_de":                      "Hinweis",
	"time_zone":                    "Zeitzone",
	"title_de":                     "Bezeichnung",
	"to":                           "Bis",
	"MgmtLog.topic":                "Thema",
	"tslimport":                    "Einspielen",
	"undo":                         "Zurück zu den alten Werten",
	"undoing":                      "In Rücknahme",
	"undone":                       "Zurückgenommen",
	"unreadable":                   "Nicht lesbar",
	"uptime_s":                     "Laufzeit (s)",
	"MgmtLogField.value":           "Wert",
	"vendor":                       "Hersteller",
	"verdicts":                     "Störungen",
	"waiting":                      "Wartet",
	"way_back":                     "Rückweg",
	"window_days":                  "Wartungstage",
	"window_from":                  "Wartung ab",
	"window_to":                    "Wartung bis",

	"stage":                       "Stufe des Tauschs",
	"stage_de":                    "Wann",
	"level_de":                    "Bewertung",
	"made":                        "Angelegt",
	"public_key_hash":             "Hash des Schlüssels",
	"read_card":                   "Karte zur Probe lesen",
	"before_file":                 "Datei vorher",
	"after_file":                  "Datei nachher",
	"not_done":                    "Nicht erledigt",
	"report_de":                   "Übergabebericht",
	"checklist":                   "Checkliste",
	"soon_months":                 "Frist (Monate)",
	"backup_hours":                "Höchstalter der Sicherung (h)",
	"contexts":                    "Aufrufkontexte",
	"part_de":                     "Teil",
	"taken":                       "Festgehalten",
	"next_file":                   "Datei des neuen Konnektors",
	"ExchangeReadyRequest.next":   "Neuer Konnektor",
	"subject":                     "Was",
	"client_systems":              "Zertifikate der Clientsysteme",
	"function_test":               "Funktionstest",
	"function_test_de":            "Funktionstest",
	"ExchangeFinding.check":       "Prüfung",
	"ExchangeFinding.check_de":    "Prüfung",
	"ExchangeFinding.text_de":     "Befund",
	"ExchangeItem.person":         "Von Hand",
	"ExchangeItem.text_de":        "Was",
	"ExchangeTakeAnswer.snapshot": "Festgehaltener Stand",
}

// label names a member of a type.
func label(owner, name string) string {
	if s, ok := labels[owner+"."+name]; ok {
		return s
	}
	return labels[name]
}
