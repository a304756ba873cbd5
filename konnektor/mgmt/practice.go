package mgmt

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// Terminals reads the card terminals: [TerminalReader].
func (b *Base) Terminals(ctx context.Context) ([]Terminal, error) {
	return items[Terminal](ctx, b, OpTerminals, nil)
}

// Terminal reads one card terminal: [TerminalReader].
func (b *Base) Terminal(ctx context.Context, id konnektor.TerminalID) (Terminal, error) {
	return ask[Terminal](ctx, b, OpTerminal, Values{"terminal": string(id)})
}

// SetTerminalActive activates or deactivates a terminal: [TerminalManager].
func (b *Base) SetTerminalActive(ctx context.Context, id konnektor.TerminalID, active bool) error {
	if active {
		return b.ofTerminal(ctx, OpTerminalActivate, id)
	}
	return b.ofTerminal(ctx, OpTerminalDeactive, id)
}

// ConnectTerminal connects a terminal: [TerminalManager].
func (b *Base) ConnectTerminal(ctx context.Context, id konnektor.TerminalID) error {
	return b.ofTerminal(ctx, OpTerminalConnect, id)
}

// UnassignTerminal withdraws the assignment of a terminal: [TerminalManager].
func (b *Base) UnassignTerminal(ctx context.Context, id konnektor.TerminalID) error {
	return b.ofTerminal(ctx, OpTerminalUnassign, id)
}

// RemoveTerminal removes a terminal: [TerminalManager].
func (b *Base) RemoveTerminal(ctx context.Context, id konnektor.TerminalID) error {
	return b.ofTerminal(ctx, OpTerminalRemove, id)
}

func (b *Base) ofTerminal(ctx context.Context, op Operation, id konnektor.TerminalID) error {
	return b.tell(ctx, op, Values{"terminal": string(id)})
}

// Cards reads the inserted cards: [CardReader].
func (b *Base) Cards(ctx context.Context) ([]Card, error) { return items[Card](ctx, b, OpCards, nil) }

// Card reads one card: [CardReader].
func (b *Base) Card(ctx context.Context, handle konnektor.CardHandle) (Card, error) {
	return ask[Card](ctx, b, OpCard, Values{"card": string(handle)})
}

// PINState reads the state of an SMC-B's PIN: [PINVerifier].
func (b *Base) PINState(ctx context.Context, card konnektor.CardHandle, mandantID string) (PINState, error) {
	return ask[PINState](ctx, b, OpPINStatus, Values{"card": string(card), "mandant": mandantID})
}

// EnterPIN has the PIN entered at a terminal: [PINVerifier].
func (b *Base) EnterPIN(ctx context.Context, card konnektor.CardHandle, mandantID string, terminal konnektor.TerminalID) (PINState, error) {
	return ask[PINState](ctx, b, OpPINVerify, Values{"card": string(card), "mandant": mandantID, "terminal": string(terminal)})
}

// InfoModel reads the whole Informationsmodell: [InfoModelReader].
func (b *Base) InfoModel(ctx context.Context) (InfoModel, error) {
	a, err := b.Do(ctx, OpInfoModel, nil)
	if err != nil {
		return InfoModel{}, err
	}
	var m InfoModel
	if err := a.Decode(&m); err != nil {
		return InfoModel{}, err
	}
	m.Raw, err = a.JSON()
	return m, err
}

// Mandanten reads the Mandanten: [InfoModelReader].
func (b *Base) Mandanten(ctx context.Context) ([]Mandant, error) {
	return items[Mandant](ctx, b, OpMandanten, nil)
}

// ClientSystems reads the Clientsysteme: [InfoModelReader].
func (b *Base) ClientSystems(ctx context.Context) ([]ClientSystem, error) {
	return items[ClientSystem](ctx, b, OpClientSystems, nil)
}

// Updates reads which updates of the box there are: [Updater].
func (b *Base) Updates(ctx context.Context) (Updates, error) { return b.updates(ctx, OpUpdates, nil) }

// TerminalUpdates reads which updates of a kind of terminal there are: [Updater].
func (b *Base) TerminalUpdates(ctx context.Context, vendor, product, hardware, firmware string) (Updates, error) {
	return b.updates(ctx, OpUpdatesTerminal, Values{
		"vendor": vendor, "product": product, "hardware": strings.TrimSpace(hardware), "firmware": strings.TrimSpace(firmware),
	})
}

func (b *Base) updates(ctx context.Context, op Operation, values Values) (Updates, error) {
	a, err := b.Do(ctx, op, values)
	if err != nil {
		return Updates{}, err
	}
	var u Updates
	if err := a.Decode(&u); err != nil {
		return Updates{}, err
	}
	u.Raw, err = a.JSON()
	return u, err
}

// CheckUpdates has the box look for updates: [Updater].
func (b *Base) CheckUpdates(ctx context.Context) error { return b.tell(ctx, OpUpdatesCheck, nil) }

// DownloadUpdate has the box download an update: [Updater].
func (b *Base) DownloadUpdate(ctx context.Context, id string) error {
	return b.tell(ctx, OpUpdateDownload, Values{"update": id})
}

// ScheduleUpdate has the box install an update: [Updater].
func (b *Base) ScheduleUpdate(ctx context.Context, id string, at time.Time) error {
	return b.tell(ctx, OpUpdateSchedule, Values{"update": id, "at_ms": at.UnixMilli()})
}

// updateSettings is UpdateSettings as secunet boxes take it.
type updateSettings struct {
	Check         bool   `json:"autoUpdateCheck"`
	Download      bool   `json:"autoUpdateDownload"`
	Install       bool   `json:"autoUpdate"`
	Trial         bool   `json:"supportTrialUpdates"`
	Bestandsnetze bool   `json:"autoActivateInventoryNetworks"`
	After         bool   `json:"autoUpdateConnectorDependsOnFinishedTerminalUpdates"`
	Wave          string `json:"autoUpdateWave"`
	Weekday       string `json:"autoUpdateWeekDay"`
	Hour          string `json:"autoUpdateTimeHour"`
	Minute        string `json:"autoUpdateTimeMinute"`
}

// SetUpdateSettings sets all settings of the updates: [Updater].
func (b *Base) SetUpdateSettings(ctx context.Context, s UpdateSettings) error {
	if s.Hour < 0 || s.Hour > 23 || s.Minute < 0 || s.Minute > 59 || s.Weekday < time.Sunday || s.Weekday > time.Saturday {
		return requestError("update settings: no time of a week")
	}
	if s.Wave == "" {
		return requestError("update settings: wave: missing")
	}
	settings, err := plainJSON(updateSettings{
		Check: s.Check, Download: s.Download, Install: s.Install, Trial: s.Trial, Bestandsnetze: s.Bestandsnetze, After: s.AfterTerminals,
		Wave: s.Wave, Weekday: strings.ToUpper(s.Weekday.String()), Hour: fmt.Sprintf("%02d", s.Hour), Minute: fmt.Sprintf("%02d", s.Minute),
	})
	if err != nil {
		return err
	}
	return b.tell(ctx, OpUpdateSettingsSet, Values{"settings": settings})
}
