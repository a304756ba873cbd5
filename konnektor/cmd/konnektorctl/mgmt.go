package main

import (
	"github.com/spf13/cobra"

	"github.com/libkonnektor/libkonnektor/konnektor/operations"
)

func (a *app) mgmt() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "mgmt",
		Short: "The management interface: status, info, logs, restart, log-settings",
		Long: `Reads the management interface of a Konnektor, and changes it through fixes only.
Settings and exit codes are those of fix.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	a.manage.flags(cmd)
	cmd.AddCommand(a.mgmtStatus(), a.mgmtInfo(), a.mgmtLogs(), a.mgmtRestart(), a.mgmtLogSettings())
	return cmd
}

func (a *app) mgmtStatus() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show tunnels, operating conditions and whether the box waits for a restart",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r := request{}
			set(r, "only_active", !all)
			_, err := a.run(cmd.Context(), "mgmt.status", r)
			return err
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "also the operating conditions that are not active")
	return cmd
}

func (a *app) mgmtInfo() *cobra.Command {
	return &cobra.Command{
		Use:   "info",
		Short: "Show version, serial number, clock and load",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := a.run(cmd.Context(), "mgmt.info", request{})
			return err
		},
	}
}

func (a *app) mgmtLogs() *cobra.Command {
	var module, kind, from, to string
	var limit int64
	var full bool
	cmd := &cobra.Command{
		Use:   "logs",
		Short: "Show entries of a log",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r := request{}
			set(r, "module", module)
			set(r, "kind", kind)
			set(r, "from", from)
			set(r, "to", to)
			set(r, "limit", limit)
			set(r, "full", full)
			_, err := a.run(cmd.Context(), "mgmt.logs", r)
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&module, "module", "", "the `LOG`: system, vsdm, amts, nfdm, epa (default system)")
	f.StringVar(&kind, "kind", "", "OP, SEC or PERF (default OP)")
	f.StringVar(&from, "from", "", "from `TIME`, such as 2026-01-31T08:00:00Z (default a day ago)")
	f.StringVar(&to, "to", "", "until `TIME` (default now)")
	f.Int64Var(&limit, "limit", 0, "at most so many entries (default 1000)")
	f.BoolVar(&full, "full", false, "all of each entry, which may name patients")
	return cmd
}

func (a *app) mgmtRestart() *cobra.Command {
	var by fixPolicies
	var coolDown int64
	var enterPIN bool
	cmd := &cobra.Command{
		Use:   "restart",
		Short: "Restart the box and wait until the practice can work again",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r := request{}
			set(r, "consent", by.consent)
			set(r, "cool_down_minutes", coolDown)
			set(r, "enter_pin", enterPIN)
			if by.consent == "" && !by.silent && !by.yes {
				if !a.confirm(operations.AskRestart) {
					return errFixRefused
				}
				r["consent"], by.consent = "a person at the terminal", "asked"
			}
			return a.fixRun(cmd.Context(), "mgmt.restart", r, &by)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&by.silent, "silent", false, "print and ask nothing: the exit code tells")
	f.BoolVar(&by.yes, "yes", false, "do not ask; show progress")
	f.StringVar(&by.consent, "consent", "", "who has consented, in `WORDS` for the journal")
	f.StringVar(&by.logFile, "log", "", "append what happens to this `FILE`; at 1 MiB it becomes FILE.1")
	f.Int64Var(&coolDown, "cool-down", 0, "`MINUTES` after a restart without another one (default 30, -1 none)")
	f.BoolVar(&enterPIN, "enter-pin", false, "let the terminals ask for the PIN of each SMC-B")
	return cmd
}

func (a *app) mgmtLogSettings() *cobra.Command {
	var by fixPolicies
	var days int64
	var crypto string
	cmd := &cobra.Command{
		Use:   "log-settings",
		Short: "Show the settings of the logs, or change them step by step",
		Long: `Shows the settings of the logs. With --retention or --crypto-ops it changes them by
the fix seclog: step by step, with journal and a way back.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			to := request{}
			set(to, "security_log_days", days)
			if crypto != "" {
				to["successful_crypto_ops"] = crypto == "on"
			}
			if len(to) == 0 {
				_, err := a.run(cmd.Context(), "mgmt.log_settings", request{})
				return err
			}
			r := request{"set": to}
			by.set(r)
			if by.consent == "" && !by.silent && !by.yes && !a.confirm(operations.AskLogSettings) {
				return errFixRefused
			}
			by.yes = true
			return a.fixRun(cmd.Context(), "mgmt.log_settings", r, &by)
		},
	}
	cmd.Flags().Int64Var(&days, "retention", 0, "retention of the security log, 10 to 365 `DAYS`")
	cmd.Flags().StringVar(&crypto, "crypto-ops", "", "log successful crypto operations: on or off")
	by.flags(cmd)
	return cmd
}
