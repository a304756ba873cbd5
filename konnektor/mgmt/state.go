package mgmt

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// statusResults are the results of status.
type statusResults struct {
	Started         time.Time     `json:"started"`
	TIOnline        bool          `json:"ti_online"`
	TISince         time.Time     `json:"ti_since"`
	SISOnline       bool          `json:"sis_online"`
	SISSince        time.Time     `json:"sis_since"`
	RestartRequired *bool         `json:"restart_required"`
	States          []stateResult `json:"states"`
}

// stateResult is one operating state. Parameter is what stands in brackets in the
// services: the ID of a terminal, or the number of EC_OTHER_ERROR_STATE.
type stateResult struct {
	Condition string    `json:"condition"`
	Parameter string    `json:"parameter"`
	Severity  string    `json:"severity"`
	Type      string    `json:"type"`
	Active    bool      `json:"active"`
	Since     time.Time `json:"since"`
}

// Status reads the operating states: [StatusReader].
func (b *Base) Status(ctx context.Context) (Status, error) {
	r, err := ask[statusResults](ctx, b, OpStatus, nil)
	if err != nil {
		return Status{}, err
	}
	s := Status{
		Started: r.Started, RestartRequired: r.RestartRequired,
		TI: konnektor.VPN{Online: r.TIOnline, Since: r.TISince}, SIS: konnektor.VPN{Online: r.SISOnline, Since: r.SISSince},
	}
	for _, x := range r.States {
		s.Operating = append(s.Operating, konnektor.OperatingState{
			Condition: x.Condition, Parameter: x.Parameter, Severity: x.Severity, Type: x.Type, Active: x.Active, Since: x.Since,
		})
	}
	return s, nil
}

// Ping asks whether the management interface answers: [Pinger]. That it wants a
// login first is an answer.
func (b *Base) Ping(ctx context.Context) error {
	_, err := b.Do(ctx, OpPing, nil)
	if refused, ok := err.(*RefusedError); ok && (refused.Status == 401 || refused.Status == 403) { // Do wraps nothing
		return nil
	}
	return err
}

// infoResults are the results of info, info.load and info.clock.
type infoResults struct {
	Name     string        `json:"name"`
	Type     string        `json:"type"`
	Firmware string        `json:"firmware"`
	Hardware string        `json:"hardware"`
	Serial   string        `json:"serial"`
	Built    time.Time     `json:"built"`
	Clock    time.Time     `json:"clock"`
	TimeZone string        `json:"time_zone"`
	Uptime   time.Duration `json:"uptime"`
	CPU      float64       `json:"cpu_celsius"`
	Load1    float64       `json:"load_1min"`
	MemTotal int64         `json:"mem_total_bytes"`
	MemFree  int64         `json:"mem_free_bytes"`
}

// Info reads version, load and clock: [InfoReader]. What the box has in further
// calls is asked for too; the product of the Device is completed by it.
func (b *Base) Info(ctx context.Context) (Info, error) {
	var r infoResults
	for _, op := range []Operation{OpInfo, OpInfoLoad, OpInfoClock} {
		if op != OpInfo && !b.Can(op) {
			continue
		}
		a, err := b.Do(ctx, op, nil)
		if err == nil {
			err = a.Decode(&r)
		}
		if err != nil {
			return Info{}, err
		}
	}
	return Info{
		Product: b.complete(r), Built: r.Built, Clock: r.Clock, TimeZone: r.TimeZone, Uptime: r.Uptime,
		CPU: r.CPU, Load1: r.Load1, MemTotal: r.MemTotal, MemFree: r.MemFree,
	}, nil
}

// complete adds to the product what was not known. What the service directory
// told stays.
func (b *Base) complete(r infoResults) Product {
	for {
		old := b.product.Load()
		p := *old
		p.Name, p.Firmware, p.Hardware = or(p.Name, r.Name), or(p.Firmware, r.Firmware), or(p.Hardware, r.Hardware)
		p.Serial = or(p.Serial, r.Serial)
		if b.product.CompareAndSwap(old, &p) {
			return p
		}
	}
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// Releases reads the release texts: [ReleaseReader].
func (b *Base) Releases(ctx context.Context) (json.RawMessage, error) {
	return b.raw(ctx, OpReleases, nil)
}

// raw carries out op and returns the JSON of the box.
func (b *Base) raw(ctx context.Context, op Operation, values Values) (json.RawMessage, error) {
	a, err := b.Do(ctx, op, values)
	if err != nil {
		return nil, err
	}
	return a.JSON()
}

// JSON is the body, which must be JSON or empty; then it is nil.
func (a *Answer) JSON() (json.RawMessage, error) {
	if a.Empty || len(a.Body()) == 0 {
		return nil, nil
	}
	if !json.Valid(a.Body()) {
		return nil, &AnswerError{Operation: a.op, text: "answer: no JSON"}
	}
	return a.Body(), nil
}

// Restart restarts the box: [Restarter]. It returns when the request was taken or
// the connection was lost after it was written.
func (b *Base) Restart(ctx context.Context) error {
	values, err := b.restartValues(ctx)
	if err != nil {
		return err
	}
	err = b.tell(ctx, OpRestart, values)
	b.http.CloseIdleConnections()
	return err
}

// restartValues has the credentials, where the box wants them once more.
func (b *Base) restartValues(ctx context.Context) (Values, error) {
	e := b.entry(OpRestart)
	if e == nil || !bytes.Contains(e.Body, []byte("{password}")) {
		return nil, nil
	}
	c, err := b.cfg.credentials(ctx)
	return Values{"user": c.User, "password": string(c.Password)}, err
}
