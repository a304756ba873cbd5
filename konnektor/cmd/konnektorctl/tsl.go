package main

import (
	"encoding/json"

	"github.com/spf13/cobra"
)

// rules are the flags that say what a trust list is judged by.
type rules struct {
	environment, at, anchor string
	grace                   int64
}

func (r *rules) flags(cmd *cobra.Command, environment string) {
	f := cmd.Flags()
	f.StringVar(&r.environment, "env", "", "environment of the list: prod, ref, test or any (default "+environment+")")
	f.StringVar(&r.at, "at", "", "`TIME` to judge at, such as 2026-01-31T08:00:00Z or 2026-01-31 (default now)")
	f.StringVar(&r.anchor, "anchor", "", "`FILE` with trust anchors (TSL-CA) in place of those built in")
	f.Int64Var(&r.grace, "grace", 0, "days for which a list may be used after its end, 1 to 30 (default 30)")
}

func (r *rules) set(req request) {
	set(req, "environment", r.environment)
	set(req, "at", r.at)
	set(req, "anchor", r.anchor)
	set(req, "grace_days", r.grace)
}

func (a *app) tsl() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tsl",
		Short: "Trust lists (TSL): show, verify, diff, plan, fetch; needs no Konnektor",
		Long: `Reads and judges trust lists (TSL) in files, with the trust anchors of the TI
that are built in. No Konnektor and no settings are needed.

Exit codes: 0 the list is valid, 1 it is refused, 2 the file cannot be read or is
no trust list.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.tslShow(), a.tslVerify(), a.tslDiff(), a.tslPlan(), a.tslFetch())
	return cmd
}

func (a *app) tslVerify() *cobra.Command {
	var r rules
	var sig, ocsp, stored string
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Judge a trust list: signature, trust anchor, sequence, dates",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			req := request{"path": args[0]}
			r.set(req)
			set(req, "detached", sig)
			set(req, "ocsp", ocsp)
			set(req, "stored", stored)
			return a.judge(cmd, "tsl.verify", req)
		},
	}
	r.flags(cmd, "prod")
	cmd.Flags().StringVar(&sig, "sig", "", "`FILE` with the detached signature, checked in addition")
	cmd.Flags().StringVar(&ocsp, "ocsp", "", "`FILE` with an OCSP answer about the signer, at most 10 minutes old")
	cmd.Flags().StringVar(&stored, "stored", "", "`FILE` with the list that is in use: the new one must follow it")
	return cmd
}

func (a *app) tslShow() *cobra.Command {
	var r rules
	var group string
	var days int64
	cmd := &cobra.Command{
		Use:   "show FILE",
		Short: "Show what is in a trust list, after verifying it at its own time",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			req := request{"path": args[0]}
			r.set(req)
			set(req, "group", group)
			set(req, "outlook_days", days)
			return a.judge(cmd, "tsl.show", req)
		},
	}
	r.flags(cmd, "any")
	cmd.Flags().StringVar(&group, "group", "", "only this `GROUP`: ca, ocsp-signer, crl-signer, cvc-root, bnetza-signer, dnssec-anchor, anchor-change, other")
	cmd.Flags().Int64Var(&days, "outlook", 0, "also list what ends within so many `DAYS`")
	return cmd
}

func (a *app) tslDiff() *cobra.Command {
	var r rules
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Tell what changed between two trust lists",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			req := request{"old": args[0], "new": args[1]}
			r.set(req)
			return a.local(cmd, "tsl.diff", req)
		},
	}
	r.flags(cmd, "any")
	return cmd
}

func (a *app) tslPlan() *cobra.Command {
	var environment, at, anchor, stored, id string
	var sequence int64
	cmd := &cobra.Command{
		Use:   "plan FILE...",
		Short: "Find which trust lists to import into a Konnektor, in which order",
		Long: `Finds which of the trust lists to import into a Konnektor, and in which order:
after a change of trust anchor it takes only a list under the anchor that it
knows, so the list that announces the new anchor has to come first. What the
Konnektor has is told by --stored, or by --sequence and --id, and --anchor.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			req := request{"paths": args}
			set(req, "environment", environment)
			set(req, "at", at)
			set(req, "anchor", anchor)
			set(req, "stored", stored)
			set(req, "sequence", sequence)
			set(req, "id", id)
			return a.local(cmd, "tsl.plan", req)
		},
	}
	f := cmd.Flags()
	f.StringVar(&environment, "env", "", "environment of the Konnektor: prod, ref or test (default prod)")
	f.StringVar(&at, "at", "", "`TIME` at which the imports begin (default now)")
	f.StringVar(&anchor, "anchor", "", "`FILE` with the trust anchor (TSL-CA) of the Konnektor (default the one built in)")
	f.StringVar(&stored, "stored", "", "`FILE` with the list that the Konnektor has")
	f.Int64Var(&sequence, "sequence", 0, "sequence number of that list, with --id")
	f.StringVar(&id, "id", "", "Id of that list, with --sequence")
	return cmd
}

func (a *app) tslFetch() *cobra.Command {
	var r rules
	var urls []string
	cmd := &cobra.Command{
		Use:   "fetch FILE",
		Short: "Download the newest trust list from the Internet, verify it and keep it in FILE",
		Long: `Downloads the newest trust list from the official addresses on the Internet,
verifies it, and writes it to FILE when it is valid. A list that is in FILE already
has to be valid, and is replaced only by one that follows it.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			req := request{"path": args[0]}
			r.set(req)
			if len(urls) > 0 {
				req["urls"] = urls
			}
			return a.judge(cmd, "tsl.fetch", req)
		},
	}
	r.flags(cmd, "prod")
	cmd.Flags().StringArrayVar(&urls, "from", nil, "`URL` of the list in place of the official addresses; may be repeated")
	return cmd
}

// local runs an operation that needs no Konnektor, and so no settings.
func (a *app) local(cmd *cobra.Command, name string, r request) error {
	a.files = true
	_, err := a.run(cmd.Context(), name, r)
	return err
}

// judge is local for an operation whose answer is a verdict about a list.
func (a *app) judge(cmd *cobra.Command, name string, r request) error {
	a.files = true
	answer, err := a.run(cmd.Context(), name, r)
	if err != nil {
		return err
	}
	var v struct {
		Verdict string `json:"verdict"`
	}
	if err := json.Unmarshal(answer, &v); err != nil {
		return err
	}
	switch v.Verdict {
	case "valid":
		return nil
	case "refused":
		return errRefused
	}
	return errUnreadable
}
