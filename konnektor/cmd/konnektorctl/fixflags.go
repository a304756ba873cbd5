package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

// fixPolicies are the flags that say who may change what, and when.
type fixPolicies struct {
	silent, yes, once, noWayBack bool
	consent, window, backup      string
	days                         []string
	deadline                     int64
	retry, retryMax              time.Duration
	logFile                      string
}

func (p *fixPolicies) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&p.silent, "silent", false, "print and ask nothing: the exit code tells; for updaters")
	f.BoolVar(&p.yes, "yes", false, "do not ask; show progress")
	f.StringVar(&p.consent, "consent", "", "who has consented, in `WORDS` for the journal")
	f.BoolVar(&p.noWayBack, "allow-no-way-back", false, "let steps run that cannot be undone: importing a trust list, registering, restarting")
	f.BoolVar(&p.once, "once", false, "one attempt only")
	f.Int64Var(&p.deadline, "deadline", 0, "for how many `DAYS` a box that does not answer is tried, over all runs (default 10)")
	f.StringVar(&p.window, "window", "", "when changes may begin, such as 22:00-05:00")
	f.StringSliceVar(&p.days, "days", nil, "on which `DAYS`: mo, tu, we, th, fr, sa, su (default all)")
	f.StringVar(&p.backup, "backup-credentials", "", "make a full backup first, with the password in this `FILE` {\"user\", \"password\"}")
	f.DurationVar(&p.retry, "retry", 0, "shortest pause between two attempts (default 30s)")
	f.DurationVar(&p.retryMax, "retry-max", 0, "longest pause between two attempts (default 5m, less with a short --timeout)")
	f.StringVar(&p.logFile, "log", "", "append what happens to this `FILE`; at 1 MiB it becomes FILE.1")
}

func (p *fixPolicies) set(r request) {
	set(r, "consent", p.consent)
	set(r, "allow_no_way_back", p.noWayBack)
	set(r, "once", p.once)
	set(r, "deadline_days", p.deadline)
	set(r, "backup_credentials_file", p.backup)
	set(r, "retry_min_ms", p.retry.Milliseconds())
	set(r, "retry_max_ms", p.retryMax.Milliseconds())
	if from, to, ok := cutWindow(p.window); ok {
		r["window_from"], r["window_to"] = from, to
	}
	if len(p.days) > 0 {
		r["window_days"] = p.days
	}
}

// cutWindow cuts 22:00-05:00; what is neither is left to the operation.
func cutWindow(s string) (from, to string, ok bool) {
	if s == "" {
		return "", "", false
	}
	for i := range s {
		if s[i] == '-' {
			return s[:i], s[i+1:], true
		}
	}
	return s, s, true
}

// fixParameters are the flags of single fixes.
type fixParameters struct {
	days                                int64
	level                               string
	modules                             []string
	all, oneStep, undo                  bool
	lists                               []string
	environment, anchor                 string
	newer, staysOffline, noSwitch       bool
	registrationMandant, contract, smcb string
	registered, now, enterPIN           bool
	coolDown                            int64
}

func (p *fixParameters) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.Int64Var(&p.days, "retention", 0, "seclog: longest retention that is left, in `DAYS` (default 10)")
	f.StringVar(&p.level, "level", "", "seclog: most talkative `LEVEL` that is left (default WARNING)")
	f.StringSliceVar(&p.modules, "modules", nil, "seclog: the `LOGS` to touch (default the known ones)")
	f.BoolVar(&p.all, "all-modules", false, "seclog: all logs that the box has")
	f.BoolVar(&p.oneStep, "one-step", false, "seclog: the whole change in one request (default: for a box that hardly answers)")
	f.BoolVar(&p.undo, "undo", false, "seclog: back to the former settings, as the journal has them")
	f.StringSliceVar(&p.lists, "list", nil, "tslimport: `FILE` with a trust list; may be repeated")
	f.StringVar(&p.environment, "env", "", "tslimport: environment of the box: prod, ref or test (default prod)")
	f.StringVar(&p.anchor, "anchor", "", "tslimport: `FILE` with the trust anchor of the box (default the one built in)")
	f.BoolVar(&p.newer, "newer", false, "tslimport: import a newer list although that of the box is not stale")
	f.BoolVar(&p.staysOffline, "stays-offline", false, "tslimport: the practice is offline on purpose")
	f.BoolVar(&p.noSwitch, "no-switch", false, "tslimport: the product has no Leistungsumfang Online")
	f.StringVar(&p.registrationMandant, "registration-mandant", "", "akaut: Mandant of the registration (default that of the box or the settings)")
	f.StringVar(&p.contract, "contract", "", "akaut: contract ID of the access provider (default that of the box)")
	f.StringVar(&p.smcb, "smcb", "", "akaut: `ICCSN` of the inserted SMC-B (default the only one)")
	f.BoolVar(&p.registered, "registered", false, "akaut: somebody has registered the box anew by hand")
	f.BoolVar(&p.now, "now", false, "restart: restart although the box does not wait for it")
	f.BoolVar(&p.enterPIN, "enter-pin", false, "restart: let the terminals ask for the PIN of each SMC-B")
	f.Int64Var(&p.coolDown, "cool-down", 0, "restart: `MINUTES` after a restart without another one (default 30, -1 none)")
}

// request is the request of a fix: only what was given.
func (p *fixParameters) request(cmd *cobra.Command, name string) (request, error) {
	q := request{}
	switch name {
	case "seclog":
		set(q, "days", p.days)
		set(q, "level", p.level)
		set(q, "all_modules", p.all)
		set(q, "undo", p.undo)
		if len(p.modules) > 0 {
			q["modules"] = p.modules
		}
		if cmd.Flags().Changed("one-step") {
			q["one_step"] = p.oneStep
		}
	case "tslimport":
		q["lists"] = p.lists
		set(q, "environment", p.environment)
		set(q, "anchor", p.anchor)
		set(q, "newer", p.newer)
		set(q, "stays_offline", p.staysOffline)
		set(q, "no_switch", p.noSwitch)
	case "akaut":
		set(q, "mandant", p.registrationMandant)
		set(q, "contract", p.contract)
		set(q, "smcb", p.smcb)
		set(q, "registered", p.registered)
	case "restart":
		set(q, "enter_pin", p.enterPIN)
		set(q, "cool_down_minutes", p.coolDown)
		if p.now {
			q["requested"] = time.Now().UTC().Format(time.RFC3339)
		}
	default:
		return nil, fmt.Errorf("unknown fix %q: seclog, tslimport, akaut or restart", name)
	}
	r := request{"fix": name}
	if len(q) > 0 {
		r[name] = q
	}
	return r, nil
}
