package konnektortest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// condition is an operating state (Betriebszustand): one line of
// OperatingState.
type condition struct {
	name, severity, kind string
	active               bool
	since                time.Time
	parameters           []konnektor.Parameter // of its event, beside the usual ones
}

// conditions are the error conditions of gemSpec_Kon TAB_KON_503. Those that
// end in "()" exist once per card terminal. The types are the simulator's
// choice; the severities are the table's.
var conditions = []condition{
	{name: "EC_CardTerminal_Software_Out_Of_Date()", severity: "Info", kind: "Operation"},
	{name: "EC_CardTerminal_gSMC-KT_Certificate_Expires_Soon()", severity: "Info", kind: "Operation"},
	{name: "EC_Connector_Software_Out_Of_Date", severity: "Info", kind: "Operation"},
	{name: "EC_FW_Update_Available", severity: "Info", kind: "Operation"},
	{name: "EC_Time_Sync_Not_Successful", severity: "Info", kind: "Operation"},
	{name: "EC_TSL_Update_Not_Successful", severity: "Info", kind: "Operation"},
	{name: "EC_TSL_Expiring", severity: "Info", kind: "Security"},
	{name: "EC_BNetzA_VL_Update_Not_Successful", severity: "Info", kind: "Operation"},
	{name: "EC_TSL_Trust_Anchor_Expiring", severity: "Info", kind: "Security"},
	{name: "EC_LOG_OVERFLOW", severity: "Warning", kind: "Operation"},
	{name: "EC_CRL_Expiring", severity: "Warning", kind: "Security"},
	{name: "EC_BNetzA_VL_not_valid", severity: "Warning", kind: "Security"},
	{name: "EC_Time_Sync_Pending_Warning", severity: "Warning", kind: "Operation"},
	{name: "EC_TSL_Out_Of_Date_Within_Grace_Period", severity: "Warning", kind: "Security"},
	{name: "EC_CRYPTOPERATION_ALARM", severity: "Warning", kind: "Security"},
	{name: "EC_NK_Certificate_Expiring", severity: "Warning", kind: "Security"},
	{name: "EC_CardTerminal_Not_Available()", severity: "Error", kind: "Operation"},
	{name: "EC_No_VPN_TI_Connection", severity: "Error", kind: "Infrastructure"},
	{name: "EC_No_VPN_SIS_Connection", severity: "Error", kind: "Infrastructure"},
	{name: "EC_No_Online_Connection", severity: "Error", kind: "Infrastructure"},
	{name: "EC_IP_Adresses_Not_Available", severity: "Error", kind: "Infrastructure"},
	{name: "EC_CRL_Out_Of_Date", severity: "Fatal", kind: "Security"},
	{name: "EC_Firewall_Not_Reliable", severity: "Fatal", kind: "Security"},
	{name: "EC_Random_Generator_Not_Reliable", severity: "Fatal", kind: "Security"},
	{name: "EC_Secure_KeyStore_Not_Available", severity: "Fatal", kind: "Security"},
	{name: "EC_Security_Log_Not_Writable", severity: "Fatal", kind: "Security"},
	{name: "EC_Software_Integrity_Check_Failed", severity: "Fatal", kind: "Security"},
	{name: "EC_Time_Difference_Intolerable", severity: "Fatal", kind: "Security"},
	{name: "EC_Time_Sync_Pending_Critical", severity: "Fatal", kind: "Operation"},
	{name: "EC_TSL_Trust_Anchor_Out_Of_Date", severity: "Fatal", kind: "Security"},
	{name: "EC_TSL_Out_Of_Date_Beyond_Grace_Period", severity: "Fatal", kind: "Security"},
	{name: "EC_FW_Not_Valid_Status_Blocked", severity: "Fatal", kind: "Operation"},
	{name: "EC_NK_Certificate_Expired", severity: "Fatal", kind: "Security"},
	{name: "EC_OTHER_ERROR_STATE(1)", severity: "Error", kind: "Operation"},
	{name: "EC_OTHER_ERROR_STATE(2)", severity: "Warning", kind: "Operation"},
}

// Sets of fatal states for Operation.AllowedIn, after TAB_KON_504 (PTV5).
var (
	// InCardStates are the states in which PIN operations still work.
	InCardStates = []string{"EC_CRL_Out_Of_Date", "EC_TSL_Out_Of_Date_Beyond_Grace_Period",
		"EC_TSL_Trust_Anchor_Out_Of_Date", "EC_FW_Not_Valid_Status_Blocked"}
	// InModuleStates are the states in which a module such as VSDM still gets a
	// card session.
	InModuleStates = []string{"EC_CRL_Out_Of_Date", "EC_TSL_Trust_Anchor_Out_Of_Date"}
	// inEventStates are those of the EventService.
	inEventStates = fatalExcept("EC_Software_Integrity_Check_Failed", "EC_NK_Certificate_Expired")
)

func fatalExcept(blocked ...string) []string {
	var names []string
	for _, c := range conditions {
		if c.severity == "Fatal" && !slices.Contains(blocked, c.name) {
			names = append(names, c.name)
		}
	}
	return names
}

// vpn is a tunnel.
type vpn struct {
	online bool
	since  time.Time
}

// Tunnel is one of the Konnektor's VPN tunnels.
type Tunnel int

// The tunnels: into the TI, and the secure internet access.
const (
	TI Tunnel = iota
	SIS
)

// boot sets the states of a healthy Konnektor.
func (k *Konnektor) boot() {
	k.states = map[string]*condition{}
	start := k.now().Add(-time.Hour).Truncate(time.Second)
	for _, c := range conditions {
		c.since = start
		base, perTerminal := strings.CutSuffix(c.name, "()")
		if !perTerminal {
			k.states[c.name] = &c
			continue
		}
		for _, t := range k.model.Terminals {
			own := c
			own.name = base + "(" + string(t.ID) + ")"
			own.active = base == "EC_CardTerminal_Not_Available" && t.Disconnected
			k.states[own.name] = &own
		}
	}
	k.vpn = [2]vpn{{true, start}, {true, start}}
}

// SetState raises or clears an operating state, such as EC_LOG_OVERFLOW or
// EC_CardTerminal_Not_Available(T1).
func (k *Konnektor) SetState(name string, active bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	c := k.states[name]
	if c == nil {
		return fmt.Errorf("konnektortest: unknown operating state %q", name)
	}
	k.set(c, active)
	return nil
}

func (k *Konnektor) set(c *condition, active bool) {
	if c != nil && c.active != active {
		c.active, c.since = active, k.now()
		k.stateEvent(c)
	}
}

// SetOnline raises or drops a tunnel, with the operating state that tells it.
func (k *Konnektor) SetOnline(t Tunnel, online bool) {
	name := [2]string{"EC_No_VPN_TI_Connection", "EC_No_VPN_SIS_Connection"}[t&1]
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.vpn[t&1].online != online {
		k.vpn[t&1] = vpn{online, k.now()}
		k.tunnelEvent(t, online)
		k.set(k.states[name], !online)
	}
}

// Online says whether a tunnel is up.
func (k *Konnektor) Online(t Tunnel) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.vpn[t&1].online
}

// SetConnected connects or disconnects a card terminal. A terminal that goes
// takes its cards along: they come back with new handles.
func (k *Konnektor) SetConnected(id konnektor.TerminalID, connected bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	t := k.model.terminal(id)
	if t == nil {
		return fmt.Errorf("konnektortest: no terminal %s", id)
	}
	if t.Disconnected == !connected {
		return nil
	}
	t.Disconnected = !connected
	there := func(c *Card) bool { return c.Terminal == id }
	if !connected {
		k.cardEvents(there, false)
	}
	k.renew(there)
	if connected {
		k.cardEvents(there, true)
	}
	k.set(k.states["EC_CardTerminal_Not_Available("+string(id)+")"], !connected)
	return nil
}

// Reboot restarts the Konnektor: sessions end, every card has a new handle and
// its PINs are locked. All subscriptions are forgotten, and the sinks that were
// known get BOOTUP/BOOTUP_COMPLETE. Operating states stay. There is no time without answers,
// and connections stay open; [Konnektor.CloseIdle] ends those.
func (k *Konnektor) Reboot() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.renew(func(*Card) bool { return true })
	k.bootEvents()
}

// CloseIdle closes the connections that no call uses. A client that calls at the
// same moment may find its connection lost, as in the field.
func (k *Konnektor) CloseIdle() {
	for _, srv := range k.servers {
		srv.SetKeepAlivesEnabled(false)
		srv.SetKeepAlivesEnabled(true)
	}
}

// renew gives cards new handles and locks them. The lock is held.
func (k *Konnektor) renew(which func(*Card) bool) {
	for _, c := range k.cards {
		if which(c) {
			delete(k.sessions, c.Handle)
			c.Handle, c.InsertTime = konnektor.CardHandle(k.ids.uuid()), k.now()
			c.lock()
		}
	}
}

// blocking returns the fatal state that keeps an operation from working, or "".
func (k *Konnektor) blocking(allowed []string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.followClock()
	for _, name := range slices.Sorted(maps.Keys(k.states)) {
		if c := k.states[name]; c.active && c.severity == "Fatal" && !slices.Contains(allowed, name) {
			return name
		}
	}
	return ""
}
