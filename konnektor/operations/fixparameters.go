package operations

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"path/filepath"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/akaut"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/restart"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/seclog"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/tslimport"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/tsl"
)

// fixNames are the fixes, in the order of fix.list.
var fixNames = []string{seclog.Name, tslimport.Name, akaut.Name, restart.Name}

// fixChoice is a fix with its parameters.
type fixChoice struct {
	Fix       string               `json:"fix" enum:"seclog tslimport akaut restart" doc:"The fix."`
	Seclog    *seclogParameters    `json:"seclog,omitempty" doc:"Parameters of the fix seclog; all logs down to the least without them."`
	Tslimport *tslimportParameters `json:"tslimport,omitempty" doc:"Parameters of the fix tslimport, which needs them."`
	Akaut     *akautParameters     `json:"akaut,omitempty" doc:"Parameters of the fix akaut."`
	Restart   *restartParameters   `json:"restart,omitempty" doc:"Parameters of the fix restart; only if the box waits for one without them."`
}

type seclogParameters struct {
	Days       int64         `json:"days,omitempty" min:"10" max:"365" doc:"The longest retention that is left, in days. 10 when left out."`
	Level      string        `json:"level,omitempty" enum:"DEBUG INFO WARNING ERROR FATAL" doc:"The most talkative level that is left. WARNING when left out."`
	Modules    []string      `json:"modules,omitempty" doc:"The logs to touch beside the security log: system, vsdm, amts, nfdm, epa or others. The known ones when left out."`
	AllModules bool          `json:"all_modules,omitempty" doc:"All logs that the box has."`
	OneStep    *bool         `json:"one_step,omitempty" doc:"The whole change in one request, for a box that hardly answers: a change of over 40 days may block it for long. When left out, fix.apply does so for a box that does not answer twice in a row."`
	Restore    *seclogValues `json:"restore,omitempty" doc:"The settings to go to instead, in steps of at most 40 days: the way back up."`
	Undo       bool          `json:"undo,omitempty" doc:"Go back to what the journal has as the former settings, in steps."`
}

type seclogValues struct {
	SuccessfulCryptoOps *bool          `json:"successful_crypto_ops,omitempty" doc:"Successful crypto operations go to the security log."`
	SecurityLogDays     *int64         `json:"security_log_days,omitempty" min:"10" max:"365" doc:"Retention of the security log, in days."`
	Modules             []seclogModule `json:"modules,omitempty" doc:"Settings of single logs."`
}

type seclogModule struct {
	Name        string `json:"name" doc:"The log: system, or that of a Fachmodul."`
	Level       string `json:"level,omitempty" enum:"DEBUG INFO WARNING ERROR FATAL" doc:"The least severity that is written."`
	Days        *int64 `json:"days,omitempty" min:"10" max:"365" doc:"Retention in days."`
	Performance *bool  `json:"performance,omitempty" doc:"The performance log is on."`
}

type tslimportParameters struct {
	Lists        []string `json:"lists" doc:"Files with trust lists, in any order: the newest one, and every one that announced a change of the trust anchor since that of the box."`
	Environment  string   `json:"environment,omitempty" enum:"prod ref test" doc:"The environment of the box. prod when left out."`
	Anchor       string   `json:"anchor,omitempty" doc:"A file with the trust anchor that the box knows, for a box that does not tell it. The one built in when left out."`
	Newer        bool     `json:"newer,omitempty" doc:"Import a newer list although that of the box is not stale."`
	StaysOffline bool     `json:"stays_offline,omitempty" doc:"The practice has Leistungsumfang Online switched off on purpose."`
	NoSwitch     bool     `json:"no_switch,omitempty" doc:"The product has no Leistungsumfang Online, as a Highspeed-Konnektor."`
}

type akautParameters struct {
	Mandant    string         `json:"mandant,omitempty" doc:"The Mandant of the registration, unless the box tells it."`
	Contract   string         `json:"contract,omitempty" doc:"The contract ID of the access provider, unless the box tells it."`
	SMCB       string         `json:"smcb,omitempty" doc:"ICCSN of the inserted, unlocked SMC-B. The only one of the practice when left out."`
	Registered bool           `json:"registered,omitempty" doc:"Somebody has registered the box anew by hand."`
	Products   []akautProduct `json:"products,omitempty" doc:"Products that may be switched, in place of those that are known."`
}

type akautProduct struct {
	Vendor string `json:"vendor" doc:"ProductVendorID, such as SECUN."`
	Code   string `json:"code" doc:"ProductCode, such as secu_kon."`
	From   string `json:"from" doc:"The first firmware."`
	Below  string `json:"below,omitempty" doc:"The first firmware that is not meant."`
}

type restartParameters struct {
	Requested       string `json:"requested,omitempty" format:"date-time" doc:"When somebody asked for a restart: it is made unless the box has started since. Without it: only if the box waits for one."`
	CoolDownMinutes int64  `json:"cool_down_minutes,omitempty" min:"-1" max:"10080" doc:"How long after a restart there is no other one. 30 when left out, -1 for none."`
	EnterPIN        bool   `json:"enter_pin,omitempty" doc:"Let the terminal ask for the PIN of each SMC-B that the restart has locked. Without it they are told."`
}

// parameters are those of the chosen fix, as a job file keeps them.
func (f *fixChoice) parameters(ctx context.Context, c *call) (json.RawMessage, error) {
	if err := f.onlyTheChosen(); err != nil {
		return nil, err
	}
	var p any
	var err error
	switch f.Fix {
	case seclog.Name:
		p, err = f.seclog(c.manage)
	case tslimport.Name:
		p, err = f.tslimport()
	case akaut.Name:
		p = f.akaut(ctx, c)
	default:
		p, err = f.restart()
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(p)
}

// onlyTheChosen refuses parameters of another fix.
func (f *fixChoice) onlyTheChosen() error {
	for name, given := range map[string]bool{
		seclog.Name: f.Seclog != nil, tslimport.Name: f.Tslimport != nil, akaut.Name: f.Akaut != nil, restart.Name: f.Restart != nil,
	} {
		if given && name != f.Fix {
			return &requestError{name, "is not for the fix " + f.Fix}
		}
	}
	return nil
}

func (f *fixChoice) seclog(m *management) (seclog.Parameters, error) {
	if f.Seclog == nil {
		return seclog.Parameters{}, nil
	}
	q := f.Seclog
	p := seclog.Parameters{Days: int(q.Days), Level: mgmt.LogLevel(q.Level), Modules: q.Modules, AllModules: q.AllModules}
	p.OneStep = q.OneStep != nil && *q.OneStep
	if q.Restore != nil {
		p.Restore = q.Restore.values()
	}
	if !q.Undo {
		return p, nil
	}
	if q.Restore != nil {
		return p, &requestError{"seclog.undo", "not together with restore"}
	}
	dir, err := m.dir()
	if err != nil {
		return p, err
	}
	h, err := fix.ReadJournal(fix.JournalPath(dir, m.box(), seclog.Name))
	if err == nil {
		p, err = seclog.RestoreFrom(h.Records)
	}
	if err != nil {
		return p, &fileError{"seclog.undo", KindFile, errNoFormer}
	}
	return p, nil
}

// decideOneStep settles how the logs are reduced when the request leaves it open:
// as the job that waits already, else by whether the box answers twice in a row.
func (f *fixChoice) decideOneStep(ctx context.Context, c *call) error {
	if f.Fix != seclog.Name || f.Seclog != nil && (f.Seclog.OneStep != nil || f.Seclog.Restore != nil || f.Seclog.Undo) {
		return nil
	}
	dir, err := c.manage.dir()
	if err != nil {
		return err
	}
	one := false
	if jobs := waitingJobs(dir, c.manage.box(), seclog.Name); len(jobs) > 0 {
		var p seclog.Parameters
		one = strictly(jobs[0].Params, &p) == nil && p.OneStep
	} else {
		one = hardlyAnswers(ctx, c.manage)
	}
	with := seclogParameters{}
	if f.Seclog != nil {
		with = *f.Seclog
	}
	with.OneStep = &one
	f.Seclog = &with
	return nil
}

// hardlyAnswers asks the box twice whether it is there, without a login.
func hardlyAnswers(ctx context.Context, m *management) bool {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	lost := false
	_ = withDevice(ctx, m, func(d mgmt.Device) error { // what else is wrong, the fix finds out
		lost = seclog.HardlyAnswers(ctx, d)
		return nil
	})
	return lost
}

var errNoFormer = errors.New("the journal has no former settings")

func (v *seclogValues) values() *seclog.Values {
	out := &seclog.Values{SuccessfulCryptoOps: v.SuccessfulCryptoOps, SecurityLogDays: asInt(v.SecurityLogDays)}
	for _, m := range v.Modules {
		out.Modules = append(out.Modules, seclog.ModuleValues{Name: m.Name, Level: mgmt.LogLevel(m.Level), Days: asInt(m.Days), Performance: m.Performance})
	}
	return out
}

func asInt(n *int64) *int {
	if n == nil {
		return nil
	}
	return new(int(*n))
}

// tslimport has absolute paths: a job may go on in another folder.
func (f *fixChoice) tslimport() (tslimport.Parameters, error) {
	if f.Tslimport == nil || len(f.Tslimport.Lists) == 0 {
		return tslimport.Parameters{}, &requestError{"tslimport.lists", "missing"}
	}
	q := f.Tslimport
	p := tslimport.Parameters{Newer: q.Newer, StaysOffline: q.StaysOffline, NoSwitch: q.NoSwitch}
	p.Environment = tsl.Environment(q.Environment)
	for i, name := range q.Lists {
		path, err := filepath.Abs(name)
		if err != nil || name == "" {
			return p, &requestError{numbered("tslimport.lists", i), "no path"}
		}
		p.Lists = append(p.Lists, path)
	}
	if q.Anchor != "" {
		path, err := filepath.Abs(q.Anchor)
		if err != nil {
			return p, &requestError{"tslimport.anchor", "no path"}
		}
		p.Anchor = path
	}
	return p, nil
}

// akaut takes the Mandant of the settings when none is given.
func (f *fixChoice) akaut(ctx context.Context, c *call) akaut.Parameters {
	var q akautParameters
	if f.Akaut != nil {
		q = *f.Akaut
	}
	p := akaut.Parameters{Mandant: q.Mandant, Contract: q.Contract, SMCB: konnektor.ICCSN(q.SMCB), Registered: q.Registered}
	if p.Mandant == "" {
		p.Mandant = c.manage.services.Call.MandantID
	}
	for _, product := range q.Products {
		p.Products = append(p.Products, akaut.Product{Vendor: mgmt.Vendor(product.Vendor), Code: product.Code,
			Firmware: mgmt.Firmware{From: product.From, Below: product.Below}})
	}
	if p.SMCB == "" && !p.Registered && c.client != nil {
		p.SMCB = onlySMCB(ctx, c.client)
	}
	return p
}

// onlySMCB is the SMC-B of a practice that has one; "" where the Konnektor does
// not tell, or has several: then the fix asks for it.
func onlySMCB(ctx context.Context, client *konnektor.Client) konnektor.ICCSN {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	cards, _, err := client.Cards(ctx, konnektor.CardFilter{Type: konnektor.CardSMCB, MandantWide: true})
	if err != nil || len(cards) != 1 {
		return ""
	}
	return cards[0].ICCSN
}

func (f *fixChoice) restart() (restart.Parameters, error) {
	if f.Restart == nil {
		return restart.Parameters{}, nil
	}
	p := restart.Parameters{CoolDownMinutes: int(f.Restart.CoolDownMinutes), EnterPIN: f.Restart.EnterPIN}
	var err error
	if f.Restart.Requested != "" {
		p.Requested, err = moment("restart.requested", f.Restart.Requested)
	}
	return p, err
}

// fixRun is one fix on its way: what its hooks tell ends in the answer.
type fixRun struct {
	call   *call
	name   string
	pin    *fixPin
	locked []fixLockedPIN
}

// build makes the fix from the parameters of its job.
func (r *fixRun) build(params json.RawMessage) (fix.Fix, error) {
	switch r.name {
	case seclog.Name:
		var p seclog.Parameters
		err := strictly(params, &p)
		return seclog.New(p), err
	case tslimport.Name:
		var p tslimport.Parameters
		err := strictly(params, &p)
		return tslimport.New(p, tslimport.Hooks{}), err
	case akaut.Name:
		var p akaut.Parameters
		err := strictly(params, &p)
		return akaut.New(p, akaut.Hooks{Served: r.served}), err
	case restart.Name:
		var p restart.Parameters
		err := strictly(params, &p)
		return restart.New(p, restart.Hooks{Services: r.services(), Phase: r.phase, PINs: r.pins}), err
	}
	return nil, &fix.Refusal{Fix: r.name, Reason: fix.ReasonOptions, Text: "there is no such fix"}
}

func strictly(data []byte, v any) error {
	if len(data) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	return dec.Decode(v)
}

// served is the certificate that the services show, whoever signed it: what is
// seen here is compared with the box's own certificates, not trusted.
func (r *fixRun) served(ctx context.Context) ([]byte, error) {
	cfg := r.call.manage.services
	if cfg.URL == "" {
		return nil, configError("url: the fix needs the address of the services")
	}
	var shown []byte
	cfg.Trust = konnektor.Trust{ServerName: cfg.Trust.ServerName, OnFirstUse: func(_ context.Context, c *x509.Certificate) error {
		shown = c.Raw
		return nil
	}}
	cfg.Auth = konnektor.Auth{CertificatePEM: cfg.Auth.CertificatePEM, KeyPEM: cfg.Auth.KeyPEM, CertificateFile: cfg.Auth.CertificateFile,
		KeyFile: cfg.Auth.KeyFile, PKCS12: cfg.Auth.PKCS12, PKCS12File: cfg.Auth.PKCS12File, PKCS12Password: cfg.Auth.PKCS12Password}
	client, err := konnektor.New(cfg)
	if err != nil {
		return nil, err
	}
	defer func() { _ = client.Close() }() // nothing is left to be told
	all, err := client.ServerCertificate(ctx)
	if err == nil {
		return all[0].Raw, nil
	}
	if shown != nil {
		return shown, nil
	}
	return nil, err
}

// services asks whether the services answer; nil without their address.
func (r *fixRun) services() func(context.Context) error {
	if r.call.client == nil {
		return nil
	}
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, pollTimeout)
		defer cancel()
		_, _, err := r.call.client.Resource(ctx, konnektor.ResourceQuery{})
		return err
	}
}

func (r *fixRun) phase(p restart.Phase) {
	r.call.send(fixEventDoc{Event: eventFixBox, Fix: r.name, BoxPhase: string(p), TextDE: germanBoxPhase(p)})
}

func (r *fixRun) pins(_ context.Context, locked []restart.PIN) {
	for _, p := range locked {
		r.locked = append(r.locked, fixLockedPIN{ICCSN: string(p.ICCSN), Mandant: p.MandantID, TerminalID: string(p.Terminal)})
	}
	r.call.send(fixEventDoc{Event: eventFixPINs, Fix: r.name, LockedPINs: r.locked, TextDE: textPINsLocked})
}

// logoutTime bounds the end of a session.
const logoutTime = 30 * time.Second
