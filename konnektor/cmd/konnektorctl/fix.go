package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/libkonnektor/libkonnektor/konnektor/operations"
)

const fixHelp = `Repairs a Konnektor from outside, over its management interface: with a plan, the
former values on disk, a journal, and a way back when it fails.

The settings need the members management and fixes; --management and --dir give
them as well. The administrator's user and password come from a file that only
its owner may read (credentials_file, --credentials) or are asked for at the
terminal, never from the arguments.

Exit codes of apply and resume:
  0    done, or there was nothing to do
  2    wrong flags or settings
  10   pending: the box does not answer; fix resume tries again
  20   rolled back: it failed, and the box has its former values
  30   stuck: a person has to look
  40   refused: nothing was changed`

func (a *app) fix() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "fix",
		Short: "Repair a Konnektor: list, check, plan, apply, resume, status, journal",
		Long:  fixHelp,
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	a.manage.flags(cmd)
	cmd.AddCommand(a.fixList(), a.fixCheck(), a.fixPlan(), a.fixApply(), a.fixResume(), a.fixStatus(), a.fixJournal())
	return cmd
}

func (a *app) fixList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the fixes",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.local(cmd, "fix.list", request{})
		},
	}
}

func (a *app) fixStatus() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Tell which fixes wait or were interrupted; asks no Konnektor",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := a.run(cmd.Context(), "fix.status", request{})
			return err
		},
	}
}

func (a *app) fixJournal() *cobra.Command {
	var runs int64
	var only string
	cmd := &cobra.Command{
		Use:   "journal",
		Short: "Print the record of all runs, for the practice; asks no Konnektor",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r := request{}
			set(r, "fix", only)
			set(r, "runs", runs)
			return a.printJournal(cmd.Context(), r)
		},
	}
	cmd.Flags().StringVar(&only, "fix", "", "only this `FIX`")
	cmd.Flags().Int64Var(&runs, "runs", 0, "only so many runs of each journal, the last ones")
	return cmd
}

// printJournal prints the text of the journals as it is.
func (a *app) printJournal(ctx context.Context, r request) error {
	var j struct {
		Text string `json:"text_de"`
	}
	if err := a.fetch(ctx, "fix.journal", r, &j); err != nil || a.json {
		return err
	}
	_, err := fmt.Fprint(a.stdout, strings.TrimPrefix(j.Text, "\n"))
	return err
}

func (a *app) fixCheck() *cobra.Command {
	var rules string
	var online, offline, codes []string
	var reasons bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Tell which known incidents affect this box, and which fix helps; changes nothing",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r := request{}
			set(r, "rules_file", rules)
			if len(online) > 0 {
				r["online_days"] = online
			}
			if len(offline) > 0 {
				r["offline_days"] = offline
			}
			if cmd.Flags().Changed("error-codes") {
				r["error_codes"] = codes
			}
			answer, err := a.run(cmd.Context(), "fix.check", r)
			if err != nil || !reasons || a.json {
				return err
			}
			return a.printReasons(answer)
		},
	}
	f := cmd.Flags()
	f.StringVar(&rules, "rules", "", "`FILE` with signed incident rules, to be used from now on")
	f.StringSliceVar(&online, "online-on", nil, "`DAY` on which the box is known to have been online, such as 2025-07-04")
	f.StringSliceVar(&offline, "offline-on", nil, "`DAY` on which it is known not to have been")
	f.StringSliceVar(&codes, "error-codes", nil, "`CODES` that were seen lately")
	f.BoolVar(&reasons, "reasons", false, "also print each criterion and how the box stands to it")
	return cmd
}

// printReasons prints why each verdict is as it is.
func (a *app) printReasons(answer []byte) error {
	var c struct {
		Verdicts []struct {
			Title   string `json:"title_de"`
			Answer  string `json:"answer_de"`
			Tell    string `json:"tell_de"`
			Reasons []struct {
				Criterion string `json:"criterion_de"`
				Answer    string `json:"answer_de"`
				Text      string `json:"text"`
			} `json:"reasons"`
		} `json:"verdicts"`
	}
	if err := json.Unmarshal(answer, &c); err != nil {
		return err
	}
	for _, v := range c.Verdicts {
		fmt.Fprintf(a.stdout, "\n%s: %s\n%s\n", v.Title, v.Answer, v.Tell)
		for _, r := range v.Reasons {
			fmt.Fprintf(a.stdout, "  - %s: %s (%s)\n", r.Criterion, r.Answer, r.Text)
		}
	}
	return nil
}

func (a *app) fixPlan() *cobra.Command {
	var p fixParameters
	cmd := &cobra.Command{
		Use:   "plan FIX",
		Short: "Tell what a fix would change, step by step; changes nothing",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := p.request(cmd, args[0])
			if err != nil {
				return err
			}
			_, err = a.run(cmd.Context(), "fix.plan", r)
			return err
		},
	}
	p.flags(cmd)
	return cmd
}

func (a *app) fixApply() *cobra.Command {
	var p fixParameters
	var by fixPolicies
	cmd := &cobra.Command{
		Use:   "apply FIX",
		Short: "Run a fix: seclog, tslimport, akaut or restart",
		Long: `Runs a fix. At a terminal it shows the plan and asks; with --silent it asks and
prints nothing, for updaters: consent was given by whoever started it. A box that
does not answer is tried again until --timeout is over (with --silent 15 minutes
by default), and then by fix resume. An interrupted run is gone on with.` + "\n\n" + fixHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := p.request(cmd, args[0])
			if err != nil {
				return err
			}
			by.set(r)
			return a.fixRun(cmd.Context(), "fix.apply", r, &by)
		},
	}
	p.flags(cmd)
	by.flags(cmd)
	return cmd
}

func (a *app) fixResume() *cobra.Command {
	var by fixPolicies
	cmd := &cobra.Command{
		Use:   "resume [FIX]",
		Short: "Go on with what waits, such as when the PVS starts",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r := request{}
			if len(args) == 1 {
				r["fix"] = args[0]
			}
			by.set(r)
			by.yes = true // it was consented to when it was begun
			return a.fixRun(cmd.Context(), "fix.resume", r, &by)
		},
	}
	by.flags(cmd)
	return cmd
}

// silentTime is how long a silent run tries a box that does not answer.
const silentTime = 15 * time.Minute

// fixRun runs fix.apply, fix.resume or mgmt.restart and turns the outcome into an
// exit code.
func (a *app) fixRun(ctx context.Context, name string, r request, by *fixPolicies) (err error) {
	if err := a.log.open(by.logFile); err != nil {
		return settingsError(err)
	}
	defer func() { err = errors.Join(err, a.log.close()) }()
	a.silent = by.silent
	if by.silent && a.timeout == 0 {
		a.timeout = silentTime
	}
	if by.consent == "" {
		consented, err := a.consent(ctx, name, r, by)
		if err != nil || !consented {
			return err
		}
	}
	a.log.line("begin " + name)
	answer, err := a.run(ctx, name, r)
	a.bar.end()
	if err != nil {
		a.log.line("failed: " + err.Error())
		return a.fixFailure(err)
	}
	a.log.line("end " + string(answer))
	return outcome(answer)
}

// consent settles who consents: the arguments, or a person at the terminal who has
// seen the plan.
func (a *app) consent(ctx context.Context, name string, r request, by *fixPolicies) (bool, error) {
	if by.silent || by.yes {
		r["consent"] = "given in advance by whoever started konnektorctl " + strings.ReplaceAll(name, ".", " ")
		return true, nil
	}
	plan := request{}
	for key, value := range r {
		if key == "fix" || key == r["fix"] {
			plan[key] = value
		}
	}
	if _, err := a.run(ctx, "fix.plan", plan); err != nil {
		return false, err
	}
	if a.json || !a.confirm(operations.AskFix) {
		return false, errFixRefused
	}
	r["consent"] = "a person at the terminal has seen the plan and consented"
	return true, nil
}

// fixFailure is a failure before anything was changed.
func (a *app) fixFailure(err error) error {
	var failed *operations.Error
	if !errors.As(err, &failed) || exitCodes[failed.Kind] == exitUsage {
		return err
	}
	a.report(failed)
	return errFixRefused
}

// The outcomes of fixes that are no success; the answer is printed before.
var (
	errFixPending    = errors.New("konnektorctl: the fix is pending")
	errFixRolledBack = errors.New("konnektorctl: the fix was rolled back")
	errFixStuck      = errors.New("konnektorctl: the fix is stuck")
	errFixRefused    = errors.New("konnektorctl: the fix was refused")
)

// outcomes are the failures, the worst first.
var outcomes = []struct {
	outcome string
	err     error
}{
	{"stuck", errFixStuck}, {"rolled-back", errFixRolledBack}, {"refused", errFixRefused}, {"planned", errFixRefused}, {"pending", errFixPending},
}

// outcome is the worst of an answer.
func outcome(answer []byte) error {
	type report struct {
		Outcome string `json:"outcome"`
	}
	var a struct {
		report
		Reports []report `json:"reports"`
		Report  *report  `json:"report"`
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return err
	}
	all := append(a.Reports, a.report)
	if a.Report != nil {
		all = append(all, *a.Report)
	}
	for _, o := range outcomes {
		for _, r := range all {
			if r.Outcome == o.outcome {
				return o.err
			}
		}
	}
	return nil
}
