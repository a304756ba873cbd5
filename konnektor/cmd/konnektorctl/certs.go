package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

func (a *app) certs() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "certs",
		Short: "Certificates of the TI: show, inventory, calendar; of files and of a Konnektor",
		Long: `Shows certificates of the TI in files (PEM, DER, p7b, PKCS#12) and of a Konnektor:
what they are and until when they can be used, by the dated rules of the TI.
Files need no Konnektor and no settings. The password of a PKCS#12 file comes from
--password-file or KONNEKTOR_PASSWORD.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.certsShow(), a.certsInventory(), a.certsCalendar())
	return cmd
}

func (a *app) certsShow() *cobra.Command {
	var at, list, anchor string
	var hba bool
	cmd := &cobra.Command{
		Use:   "show [FILE]",
		Short: "Show the certificates in a file or of the Konnektor, and judge them by a trust list",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r := request{}
			set(r, "at", at)
			set(r, "list", list)
			set(r, "anchor", anchor)
			set(r, "hba", hba)
			if len(args) == 0 {
				r["konnektor"] = true
				_, err := a.run(cmd.Context(), "certs.show", r)
				return err
			}
			r["path"] = args[0]
			if err := a.setPassword(r); err != nil {
				return settingsError(err)
			}
			return a.local(cmd, "certs.show", r)
		},
	}
	cmd.Flags().StringVar(&at, "at", "", "`TIME` that validity is seen from (default now)")
	cmd.Flags().StringVar(&list, "tsl", "", "`FILE` with the trust list to judge by")
	cmd.Flags().StringVar(&anchor, "anchor", "", "`FILE` with trust anchors (TSL-CA) for it in place of those built in")
	cmd.Flags().BoolVar(&hba, "hba", false, "without FILE: also read HBA; nobody can sign with them meanwhile")
	return cmd
}

// setPassword sets the password of a file, when there is one.
func (a *app) setPassword(r request) error {
	password, err := a.settings.secret()
	set(r, "password", password)
	return err
}

// sources are the flags that say which certificates to look at.
type sources struct {
	konnektor, hba bool
	at             string
	soon           int64
}

func (s *sources) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&s.konnektor, "konnektor", false, "also the Konnektor of the settings: TLS identity, SMC-B, client certificate; without FILE that is the default")
	f.BoolVar(&s.hba, "hba", false, "also read HBA; nobody can sign with them meanwhile")
	f.StringVar(&s.at, "at", "", "`TIME` that everything is seen from (default now)")
	f.Int64Var(&s.soon, "soon", 0, "how many days before its end a certificate ends soon (default 90)")
}

// request asks for files, the Konnektor, or both.
func (s *sources) request(a *app, files []string) (request, error) {
	live := s.konnektor || s.hba || len(files) == 0
	a.files = !live
	r := request{}
	set(r, "konnektor", live)
	set(r, "hba", s.hba)
	set(r, "at", s.at)
	set(r, "soon_days", s.soon)
	var list []request
	for _, file := range files {
		one := request{"path": file}
		if err := a.setPassword(one); err != nil {
			return nil, settingsError(err)
		}
		list = append(list, one)
	}
	if list != nil {
		r["files"] = list
	}
	return r, nil
}

func (a *app) certsInventory() *cobra.Command {
	var s sources
	var csv bool
	var out string
	cmd := &cobra.Command{
		Use:   "inventory [FILE...]",
		Short: "List certificates with what ends when, of files and of the Konnektor; as a table, CSV or JSON",
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := s.request(a, args)
			if err != nil {
				return err
			}
			if !csv && out == "" {
				_, err = a.run(cmd.Context(), "certs.inventory", r)
				return err
			}
			r["with_csv"] = true
			return a.export(cmd, "certs.inventory", r, "csv", out)
		},
	}
	s.flags(cmd)
	cmd.Flags().BoolVar(&csv, "csv", false, "as CSV for a spreadsheet: UTF-8, semicolons")
	cmd.Flags().StringVarP(&out, "out", "o", "", "write the CSV to this `FILE` (default stdout)")
	return cmd
}

func (a *app) certsCalendar() *cobra.Command {
	var s sources
	var out string
	var alarm int64
	var past bool
	cmd := &cobra.Command{
		Use:   "calendar [FILE...]",
		Short: "Write a calendar (.ics) of what ends when, of files and of the Konnektor",
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := s.request(a, args)
			if err != nil {
				return err
			}
			set(r, "alarm_days", alarm)
			set(r, "with_past", past)
			return a.export(cmd, "certs.calendar", r, "calendar", out)
		},
	}
	s.flags(cmd)
	cmd.Flags().StringVarP(&out, "out", "o", "", "write the calendar to this `FILE` (default stdout)")
	cmd.Flags().Int64Var(&alarm, "alarm", 0, "remind so many `DAYS` before")
	cmd.Flags().BoolVar(&past, "past", false, "also what lies in the past")
	return cmd
}

// export calls an operation and writes one text of its answer to a file or to
// stdout; what is not in it is told on stderr. With --json the answer is written
// as it is.
func (a *app) export(cmd *cobra.Command, name string, r request, member, file string) error {
	var members map[string]json.RawMessage
	if err := a.fetch(cmd.Context(), name, r, &members); err != nil || a.json {
		return err
	}
	var text string
	if err := json.Unmarshal(members[member], &text); err != nil {
		return err
	}
	if err := a.tellSkipped(members["skipped"]); err != nil {
		return err
	}
	if file == "" {
		_, err := io.WriteString(a.stdout, text)
		return err
	}
	return os.WriteFile(file, []byte(text), 0o644)
}

// tellSkipped tells what could not be read.
func (a *app) tellSkipped(raw json.RawMessage) error {
	if raw == nil {
		return nil
	}
	var skipped []struct {
		Label string `json:"label"`
		Text  string `json:"text_de"`
	}
	if err := json.Unmarshal(raw, &skipped); err != nil {
		return err
	}
	for _, s := range skipped {
		fmt.Fprintf(a.stderr, "%s: %s\n", s.Label, s.Text)
	}
	return nil
}
