package secunettest

import (
	"maps"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/tsl"
)

// kind is how an operating state is told: severity and type after the table of
// the HSK's manual 2.0, chapter 12.6, which differ here and there from those in
// SOAP. Of states that it does not have they are those of the services.
type kind struct{ severity, typ, meaning string }

const (
	technical = "TECHNICAL"
	security  = "SECURITY"
)

var kinds = map[string]kind{
	"EC_CardTerminal_Software_Out_Of_Date":             {"INFO", technical, "Software des Kartenterminals nicht aktuell"},
	"EC_CardTerminal_gSMC-KT_Certificate_Expires_Soon": {"INFO", technical, "Zertifikat der gSMC-KT läuft bald ab"},
	"EC_Connector_Software_Out_Of_Date":                {"INFO", technical, "Software des Konnektors nicht aktuell"},
	"EC_FW_Update_Available":                           {"INFO", technical, "Firmware-Update verfügbar"},
	"EC_FW_Not_Valid_Status_Blocked":                   {"FATAL", security, "Firmware nicht mehr zulässig"},
	"EC_Time_Sync_Not_Successful":                      {"INFO", technical, "Zeitsynchronisation nicht erfolgreich"},
	"EC_Time_Sync_Pending_Warning":                     {"WARNING", security, "Zeitsynchronisation steht aus"},
	"EC_Time_Sync_Pending_Critical":                    {"FATAL", security, "Zeitsynchronisation steht zu lange aus"},
	"EC_Time_Difference_Intolerable":                   {"FATAL", security, "Zeitabweichung zu groß"},
	"EC_TSL_Update_Not_Successful":                     {"INFO", technical, "Aktualisierung der TSL nicht erfolgreich"},
	"EC_TSL_Expiring":                                  {"INFO", security, "TSL läuft bald ab"},
	"EC_TSL_Out_Of_Date_Within_Grace_Period":           {"WARNING", security, "TSL abgelaufen, in der Nachfrist"},
	"EC_TSL_Out_Of_Date_Beyond_Grace_Period":           {"FATAL", security, "TSL abgelaufen, Nachfrist überschritten"},
	"EC_TSL_Trust_Anchor_Expiring":                     {"INFO", security, "Vertrauensanker der TSL läuft bald ab"},
	"EC_TSL_Trust_Anchor_Out_Of_Date":                  {"FATAL", security, "Vertrauensanker der TSL abgelaufen"},
	"EC_BNetzA_VL_Update_Not_Successful":               {"INFO", technical, "Aktualisierung der BNetzA-VL nicht erfolgreich"},
	"EC_BNetzA_VL_not_valid":                           {"WARNING", security, "BNetzA-VL nicht gültig"},
	"EC_CRL_Expiring":                                  {"WARNING", security, "CRL läuft bald ab"},
	"EC_CRL_Out_Of_Date":                               {"FATAL", security, "CRL abgelaufen"},
	"EC_LOG_OVERFLOW":                                  {"WARNING", technical, "Protokoll übergelaufen"},
	"EC_Security_Log_Not_Writable":                     {"FATAL", technical, "Sicherheitsprotokoll nicht schreibbar"},
	"EC_CardTerminal_Not_Available":                    {"ERROR", technical, "Kartenterminal nicht verfügbar"},
	"EC_No_VPN_TI_Connection":                          {"ERROR", technical, "Keine Verbindung zur TI"},
	"EC_No_VPN_SIS_Connection":                         {"ERROR", technical, "Keine Verbindung zum SIS"},
	"EC_No_Online_Connection":                          {"ERROR", technical, "Keine Online-Verbindung"},
	"EC_IP_Adresses_Not_Available":                     {"ERROR", security, "IP-Adressen nicht verfügbar"},
	"EC_Firewall_Not_Reliable":                         {"FATAL", security, "Firewall nicht zuverlässig"},
	"EC_Random_Generator_Not_Reliable":                 {"FATAL", security, "Zufallsgenerator nicht zuverlässig"},
	"EC_Secure_KeyStore_Not_Available":                 {"FATAL", security, "Schlüsselspeicher nicht verfügbar"},
	"EC_Software_Integrity_Check_Failed":               {"FATAL", security, "Integritätsprüfung fehlgeschlagen"},
	"EC_CRYPTOPERATION_ALARM":                          {"WARNING", security, "Auffällige Anzahl von Kryptooperationen"},
	"EC_TLS_Certificate_Security":                      {"INFO", security, "Zertifikat mit RSA"},
	"EC_OTHER_ERROR_STATE(1)":                          {"FATAL", security, "Selbsttest fehlgeschlagen"},
	"EC_OTHER_ERROR_STATE(2)":                          {"INFO", technical, "Neustart erforderlich"},
	"EC_OTHER_ERROR_STATE(3)":                          {"ERROR", technical, "Karte nach Protokollfehler zurückgesetzt"},
}

var (
	levels = map[string]int{"INFO": 1, "WARNING": 2, "ERROR": 3, "FATAL": 4}
	types  = map[string]int{technical: 0, security: 1}
)

// operatingState is what management tells of a state beyond the services.
type operatingState struct {
	active  bool
	since   time.Time
	touched bool // has changed since the start: only then it has parameters
	params  map[string]string
}

// tunnel is one VPN tunnel.
type tunnel struct {
	up    bool
	since time.Time
}

// raise sets a state in the services as far as these have it. The lock is held.
func (b *Box) raise(name string, active bool, params map[string]string) {
	s := b.states[name]
	if s != nil && active {
		s.params = params
	}
	if s == nil {
		s = &operatingState{since: b.started, params: params}
		b.states[name] = s
	}
	_ = b.Konnektor.SetState(name, active)
}

// setTunnel brings a tunnel up or down, in the services too. The lock is held.
func (b *Box) setTunnel(t konnektortest.Tunnel, up bool, now time.Time) {
	if b.vpn[t].up != up {
		b.vpn[t] = tunnel{up, now}
	}
	b.Konnektor.SetOnline(t, up)
}

// stamp is a time inside of parameters.
func stamp(t time.Time) string { return local(t).Format("02.01.2006 15:04:05.000") }

const day = 24 * time.Hour

// evolveStates sets what follows from the clock. The lock is held.
func (b *Box) evolveStates(now time.Time) {
	b.trustStates(now)
	b.raise("EC_NK_Certificate_Expiring", b.expiring(now), nil)
	b.raise("EC_OTHER_ERROR_STATE(2)", b.restart, nil)
	b.raise("EC_LOG_OVERFLOW", b.security.overflow, map[string]string{"Protokoll": "SEC"})
	b.raise("EC_Security_Log_Not_Writable", b.security.stuck, nil)
	if b.phase() != PhaseDown && b.phase() != PhaseManagement && b.phase() != PhaseServices {
		b.setTunnel(konnektortest.TI, b.tunnelUp(now), now)
		b.setTunnel(konnektortest.SIS, b.online, now)
	}
	b.noteStates(now)
}

// trustStates are those of the trust list: seven days before NextUpdate, the
// grace period after it, 30 days before the end of the anchor.
func (b *Box) trustStates(now time.Time) {
	t := &b.trust
	next, grace := t.nextUpdate, tsl.DefaultGrace
	has := !next.IsZero()
	params := map[string]string{"NextUpdateTSL": stamp(next)}
	long := map[string]string{"NextUpdateTSL": stamp(next), "GracePeriodTSL": "30"}
	b.raise("EC_TSL_Expiring", has && !now.After(next) && next.Sub(now) <= 7*day, params)
	b.raise("EC_TSL_Out_Of_Date_Within_Grace_Period", has && now.After(next) && !now.After(next.Add(grace)), long)
	b.raise("EC_TSL_Out_Of_Date_Beyond_Grace_Period", has && now.After(next.Add(grace)), long)
	b.raise("EC_TSL_Update_Not_Successful", t.stale(), map[string]string{"LastUpdateTSL": stamp(t.updated)})
	if anchor := t.state.AnchorAt(now); anchor != nil {
		end := map[string]string{"ExpiringDateTrustAnchor": stamp(anchor.NotAfter)}
		b.raise("EC_TSL_Trust_Anchor_Expiring", !now.After(anchor.NotAfter) && anchor.NotAfter.Sub(now) <= 30*day, end)
		b.raise("EC_TSL_Trust_Anchor_Out_Of_Date", now.After(anchor.NotAfter), end)
	}
}

// tunnelUp says whether nothing is in the way of the tunnel to the TI.
func (b *Box) tunnelUp(now time.Time) bool {
	cause := b.cutVPN || !b.online || b.trust.blocks(now) || b.registrationBlocks(now)
	if cause {
		b.freshVPN = false
		return false
	}
	return !b.opts.VPNAfterRestart || b.freshVPN || b.vpn[konnektortest.TI].up
}

// noteStates keeps since when each state is as it is, by the box's clock,
// whoever changed it.
func (b *Box) noteStates(now time.Time) {
	for _, k := range b.Konnektor.States() {
		s := b.states[k.Name]
		if s == nil {
			s = &operatingState{since: b.started}
			b.states[k.Name] = s
		}
		if s.active != k.Active {
			s.active, s.since, s.touched = k.Active, now, true
			b.logState(k.Name, s)
		}
	}
}

// state is an operating state as the interface writes it.
func (b *Box) state(k konnektortest.State) map[string]any {
	main, sub := split(k.Name)
	how, known := kinds[k.Name]
	if !known {
		how, known = kinds[main]
	}
	if !known {
		how = kind{strings.ToUpper(k.Severity), map[bool]string{true: security, false: technical}[k.Kind == "Security"], ""}
	}
	s := b.states[k.Name]
	params := map[string]string{}
	if s.touched {
		params["Value"], params["Bedeutung"] = map[bool]string{true: "true", false: "false"}[s.active], how.meaning
		maps.Copy(params, s.params)
		if sub != nil && strings.HasPrefix(main, "EC_CardTerminal") {
			params["CtID"] = *sub
		}
	}
	return map[string]any{
		"mainCondition": main, "subCondition": sub,
		"severity": how.severity, "severityLevel": levels[how.severity],
		"errorType": how.typ, "errorTypeLevel": types[how.typ],
		"value": s.active, "parameters": params, "validFrom": s.since.UnixMilli(),
	}
}

// split takes the part in brackets off the name of a state.
func split(name string) (main string, sub *string) {
	main, rest, found := strings.Cut(name, "(")
	if !found {
		return name, nil
	}
	rest = strings.TrimSuffix(rest, ")")
	return main, &rest
}
