package operations

import (
	"context"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/restart"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/seclog"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

type mgmtStatusRequestDoc struct {
	OnlyActive bool `json:"only_active,omitempty" doc:"Leave out the conditions that are not active."`
	timeLimit
}

type mgmtStatusAnswerDoc struct {
	Product         *mgmtProduct   `json:"product" doc:"The box."`
	Started         string         `json:"started,omitempty" format:"date-time" doc:"When it started, where it tells."`
	RestartRequired *bool          `json:"restart_required,omitempty" doc:"It waits for a restart, and no change takes effect before; left out where it does not tell."`
	TI              vpnDoc         `json:"ti" doc:"The tunnel to the Telematikinfrastruktur."`
	SIS             vpnDoc         `json:"sis" doc:"The tunnel to the secure internet service (SIS)."`
	Operating       []conditionDoc `json:"operating" doc:"The operating conditions (Betriebszustaende)."`
}

func opMgmtStatus() Operation {
	return define(Operation{
		Name:       "mgmt.status",
		Summary:    "Reads the state of the box over its management interface: tunnels, operating conditions, whether it waits for a restart.",
		Title:      titleMgmtStatus,
		Repeatable: true, Management: true,
	}, runMgmtStatus)
}

func runMgmtStatus(ctx context.Context, c *call, req mgmtStatusRequestDoc) (*mgmtStatusAnswerDoc, error) {
	a := &mgmtStatusAnswerDoc{Operating: []conditionDoc{}}
	err := withDevice(ctx, c.manage, func(d mgmt.Device) error {
		reader, err := mgmt.As[mgmt.StatusReader](d)
		if err != nil {
			return err
		}
		s, err := reader.Status(ctx)
		if err != nil {
			return err
		}
		a.Product, a.Started, a.RestartRequired = newMgmtProduct(d.Product()), dateTime(s.Started), s.RestartRequired
		a.TI, a.SIS = vpnDoc{s.TI.Online, dateTime(s.TI.Since)}, vpnDoc{s.SIS.Online, dateTime(s.SIS.Since)}
		for _, o := range s.Operating {
			if o.Active || !req.OnlyActive {
				a.Operating = append(a.Operating, newCondition(o))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

type mgmtInfoRequestDoc struct{ timeLimit }

type mgmtInfoAnswerDoc struct {
	Product     *mgmtProduct `json:"product" doc:"The box."`
	Built       string       `json:"built,omitempty" format:"date-time" doc:"When its firmware was built."`
	Clock       string       `json:"clock,omitempty" format:"date-time" doc:"What its own clock shows."`
	TimeZone    string       `json:"time_zone,omitempty" doc:"Its time zone."`
	UptimeS     int64        `json:"uptime_s,omitempty" doc:"How long it has been running, in seconds."`
	CelsiusCPU  int64        `json:"cpu_celsius,omitempty" doc:"The temperature of its processor, rounded."`
	LoadPercent int64        `json:"load_percent,omitempty" doc:"Its load over a minute, times a hundred."`
	MemoryTotal int64        `json:"memory_total_bytes,omitempty" doc:"Its memory."`
	MemoryFree  int64        `json:"memory_free_bytes,omitempty" doc:"What is free of it."`
}

func opMgmtInfo() Operation {
	return define(Operation{
		Name:       "mgmt.info",
		Summary:    "Reads version, serial number, clock and load of the box over its management interface.",
		Title:      titleMgmtInfo,
		Repeatable: true, Management: true,
	}, runMgmtInfo)
}

func runMgmtInfo(ctx context.Context, c *call, _ mgmtInfoRequestDoc) (*mgmtInfoAnswerDoc, error) {
	a := new(mgmtInfoAnswerDoc)
	err := withDevice(ctx, c.manage, func(d mgmt.Device) error {
		reader, err := mgmt.As[mgmt.InfoReader](d)
		if err != nil {
			return err
		}
		i, err := reader.Info(ctx)
		if err != nil {
			return err
		}
		*a = mgmtInfoAnswerDoc{
			Product: newMgmtProduct(i.Product), Built: dateTime(i.Built), Clock: dateTime(i.Clock), TimeZone: clean(i.TimeZone),
			UptimeS: int64(i.Uptime / time.Second), CelsiusCPU: int64(i.CPU + 0.5), LoadPercent: int64(i.Load1*100 + 0.5),
			MemoryTotal: i.MemTotal, MemoryFree: i.MemFree,
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

type mgmtLogsRequestDoc struct {
	Module string `json:"module,omitempty" doc:"The log: system, vsdm, amts, nfdm, epa or others. system when left out."`
	Kind   string `json:"kind,omitempty" enum:"OP SEC PERF" doc:"The kind of entries: operation, security or performance. OP when left out."`
	From   string `json:"from,omitempty" format:"date-time" doc:"From when. A day ago when left out."`
	To     string `json:"to,omitempty" format:"date-time" doc:"Until when. Now when left out."`
	Limit  int64  `json:"limit,omitempty" min:"1" max:"10000" doc:"At most so many entries. 1000 when left out."`
	Offset int64  `json:"offset,omitempty" min:"0" max:"100000000" doc:"Entries to pass over."`
	Full   bool   `json:"full,omitempty" doc:"All fields and the text of each entry. They may name patients: keep them out of files."`
	timeLimit
}

type mgmtLogsAnswerDoc struct {
	Entries []mgmtLogDoc `json:"entries" doc:"The entries, oldest first."`
}

type mgmtLogDoc struct {
	Time     string         `json:"time" format:"date-time" doc:"When."`
	Kind     string         `json:"kind" doc:"OP, SEC or PERF."`
	Severity string         `json:"severity" doc:"How severe."`
	Topic    string         `json:"topic,omitempty" doc:"The topic of an event."`
	Code     string         `json:"code,omitempty" doc:"The code of an error."`
	Text     string         `json:"text,omitempty" doc:"With full: the text."`
	Fields   []mgmtLogField `json:"fields,omitempty" table:"-" doc:"With full: the fields of the line, in their order."`
}

type mgmtLogField struct {
	Key   string `json:"key" doc:"The name."`
	Value string `json:"value" doc:"The value."`
}

func opMgmtLogs() Operation {
	return define(Operation{
		Name:       "mgmt.logs",
		Summary:    "Reads entries of a log of the box over its management interface. Without full only time, kind, severity, topic and code: the rest may name patients.",
		Title:      titleMgmtLogs,
		Repeatable: true, Management: true,
	}, runMgmtLogs)
}

func runMgmtLogs(ctx context.Context, c *call, req mgmtLogsRequestDoc) (*mgmtLogsAnswerDoc, error) {
	to, err := moment("to", req.To)
	if err != nil {
		return nil, err
	}
	from := to.Add(-24 * time.Hour)
	if req.From != "" {
		if from, err = moment("from", req.From); err != nil {
			return nil, err
		}
	}
	q := mgmt.LogQuery{Module: req.Module, Kind: req.Kind, From: from, To: to, Limit: int(req.Limit), Offset: int(req.Offset)}
	a := &mgmtLogsAnswerDoc{Entries: []mgmtLogDoc{}}
	err = withDevice(ctx, c.manage, func(d mgmt.Device) error {
		reader, err := mgmt.As[mgmt.LogReader](d)
		if err != nil {
			return err
		}
		entries, err := reader.ReadLog(ctx, q)
		for i := range entries {
			a.Entries = append(a.Entries, newMgmtLog(&entries[i], req.Full))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

func newMgmtLog(e *mgmt.LogEntry, full bool) mgmtLogDoc {
	d := mgmtLogDoc{Time: dateTime(e.Time), Kind: clean(e.Kind), Severity: clean(e.Severity), Topic: clean(e.Field("topic")), Code: clean(e.Field("code"))}
	if full {
		d.Text = clean(e.Text)
		for _, f := range e.Fields {
			d.Fields = append(d.Fields, mgmtLogField{clean(f.Key), clean(f.Value)})
		}
	}
	return d
}

type mgmtLogSettingsRequestDoc struct {
	Set *seclogValues `json:"set,omitempty" doc:"The settings to go to, by the fix seclog, in steps of at most 40 days. What is left out stays. Without set the settings are only read."`
	fixPolicies
}

type mgmtLogSettingsAnswerDoc struct {
	Settings mgmtLogSettingsDoc `json:"settings" doc:"The settings on the box, afterwards."`
	Report   *fixReportDoc      `json:"report,omitempty" doc:"With set: how the change went."`
}

type mgmtLogSettingsDoc struct {
	SuccessfulCryptoOps bool           `json:"successful_crypto_ops" doc:"Successful crypto operations go to the security log."`
	SecurityLogDays     int64          `json:"security_log_days" doc:"Retention of the security log, in days."`
	Modules             []mgmtLogLevel `json:"modules" doc:"The logs of the system and of Fachmodule."`
}

type mgmtLogLevel struct {
	Name        string `json:"name" doc:"The log: system, or that of a Fachmodul."`
	Level       string `json:"level" doc:"The least severity that is written."`
	Days        int64  `json:"days" doc:"Retention in days."`
	Performance bool   `json:"performance" doc:"The performance log is on."`
}

func opMgmtLogSettings() Operation {
	return emits[fixEventDoc](define(Operation{
		Name:       "mgmt.log_settings",
		Summary:    "Reads the settings of the box's logs, or changes them by the fix seclog, with plan, journal and a way back.",
		Title:      titleMgmtLogSettings,
		Repeatable: true, Management: true,
	}, runMgmtLogSettings))
}

func runMgmtLogSettings(ctx context.Context, c *call, req mgmtLogSettingsRequestDoc) (*mgmtLogSettingsAnswerDoc, error) {
	a := new(mgmtLogSettingsAnswerDoc)
	if req.Set != nil {
		choice := fixChoice{Fix: seclog.Name, Seclog: &seclogParameters{Restore: req.Set}}
		params, err := choice.parameters(ctx, c)
		if err != nil {
			return nil, err
		}
		r := &fixRun{call: c, name: seclog.Name}
		if a.Report, err = r.apply(ctx, fix.Job{Params: params}, &req.fixPolicies); err != nil {
			return nil, err
		}
	}
	err := withDevice(ctx, c.manage, func(d mgmt.Device) error {
		log, err := mgmt.As[mgmt.LogConfigurer](d)
		if err != nil {
			return err
		}
		s, err := log.LogSettings(ctx)
		a.Settings = newLogSettings(s)
		return err
	})
	if err != nil && a.Report == nil {
		return nil, err
	}
	return a, nil
}

func newLogSettings(s mgmt.LogSettings) mgmtLogSettingsDoc {
	d := mgmtLogSettingsDoc{SuccessfulCryptoOps: s.SuccessfulCryptoOps, SecurityLogDays: int64(s.SecurityLogDays), Modules: []mgmtLogLevel{}}
	for _, m := range s.Modules {
		d.Modules = append(d.Modules, mgmtLogLevel{clean(m.Name), clean(string(m.Level)), int64(m.Days), m.Performance})
	}
	return d
}

type mgmtRestartRequestDoc struct {
	CoolDownMinutes int64  `json:"cool_down_minutes,omitempty" min:"-1" max:"10080" doc:"How long after a restart there is no other one. 30 when left out, -1 for none."`
	EnterPIN        bool   `json:"enter_pin,omitempty" doc:"Let the terminal ask for the PIN of each SMC-B that the restart has locked. Without it they are told."`
	Consent         string `json:"consent,omitempty" doc:"Who has consented to the restart, in words that go to the journal. Without it nothing is done and the outcome is planned."`
	timeLimit
}

func opMgmtRestart() Operation {
	return emits[fixEventDoc](define(Operation{
		Name:       "mgmt.restart",
		Summary:    "Restarts the box once, by the fix restart, and waits until the practice can work again.",
		Title:      titleMgmtRestart,
		Management: true,
	}, runMgmtRestart))
}

func runMgmtRestart(ctx context.Context, c *call, req mgmtRestartRequestDoc) (*fixReportDoc, error) {
	choice := fixChoice{Fix: restart.Name, Restart: &restartParameters{
		Requested: dateTime(time.Now()), CoolDownMinutes: req.CoolDownMinutes, EnterPIN: req.EnterPIN,
	}}
	params, err := choice.parameters(ctx, c)
	if err != nil {
		return nil, err
	}
	r := &fixRun{call: c, name: restart.Name}
	return r.apply(ctx, fix.Job{Params: params}, &fixPolicies{Consent: req.Consent, AllowNoWayBack: true, Once: true})
}
