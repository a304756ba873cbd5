package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
)

const exchangeHelp = `Accompanies the exchange of a Konnektor; it reads only, and changes nothing.

  konnektorctl --config old.json exchange take before.json --backup backup.tar
  konnektorctl exchange ready before.json
  konnektorctl --config new.json exchange take after.json
  konnektorctl exchange compare before.json after.json --done cables,restore --out report.md

Settings are those of mgmt. The files hold no secrets and no patients; only their
owner may read them.`

func (a *app) exchange() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "exchange",
		Short: "Accompany the exchange of a box: take, ready, compare",
		Long:  exchangeHelp,
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	a.manage.flags(cmd)
	cmd.AddCommand(a.exchangeTake(), a.exchangeReady(), a.exchangeCompare())
	return cmd
}

func (a *app) exchangeTake() *cobra.Command {
	var backup, made, hash string
	var readCard bool
	cmd := &cobra.Command{
		Use:   "take FILE",
		Short: "Write to a new file what the practice has on its box",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r := request{"file": args[0]}
			set(r, "read_card", readCard)
			if backup != "" {
				if made == "" {
					info, err := os.Stat(backup)
					if err != nil {
						return err
					}
					made = info.ModTime().UTC().Format(time.RFC3339)
				}
				b := request{"file": filepath.Base(backup), "made": made}
				set(b, "public_key_hash", hash)
				r["backup"] = b
			}
			_, err := a.run(cmd.Context(), "exchange.take", r)
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&backup, "backup", "", "the backup of this box that was kept; the `FILE` is not read")
	f.StringVar(&made, "backup-made", "", "`TIME` at which it was made (default that of the file)")
	f.StringVar(&hash, "backup-key-hash", "", "`HASH` of its key, which the box shows at the restore")
	f.BoolVar(&readCard, "read-card", false, "read the inserted eGK as a test, which its log notes; nothing of it is kept")
	return cmd
}

func (a *app) exchangeReady() *cobra.Command {
	var next string
	cmd := &cobra.Command{
		Use:   "ready BEFORE",
		Short: "Tell what speaks against beginning, and what people do; asks no Konnektor",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r := request{"before_file": args[0]}
			set(r, "next_file", next)
			a.files = true
			answer, err := a.run(cmd.Context(), "exchange.ready", r)
			if err != nil {
				return err
			}
			_, err = exchanged(answer)
			return err
		},
	}
	cmd.Flags().StringVar(&next, "next", "", "`FILE` that take has written of the new box, as far as it can be read already")
	return cmd
}

func (a *app) exchangeCompare() *cobra.Command {
	var done, notDone []string
	var out output
	cmd := &cobra.Command{
		Use:   "compare BEFORE AFTER",
		Short: "Tell what is different after the exchange, and write the record; asks no Konnektor",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out.file != "" {
				if err := out.free(out.file); err != nil {
					return err
				}
			}
			r := request{"before_file": args[0], "after_file": args[1]}
			if len(done) > 0 {
				r["done"] = done
			}
			if len(notDone) > 0 {
				r["not_done"] = notDone
			}
			a.files = true
			answer, err := a.run(cmd.Context(), "exchange.compare", r)
			if err != nil {
				return err
			}
			report, found := exchanged(answer)
			if out.file != "" {
				if err := out.write(out.file, []byte(report)); err != nil {
					return err
				}
			}
			return found
		},
	}
	cmd.Flags().StringSliceVar(&done, "done", nil, "`KEYS` of the checklist that people have done")
	cmd.Flags().StringSliceVar(&notDone, "not-done", nil, "`KEYS` that they have not")
	out.flags(cmd, "write the record, Markdown in German, to this `FILE`")
	return cmd
}

// exchanged is the report of an answer, and errExchange when an error was found.
func exchanged(answer []byte) (report string, err error) {
	var a struct {
		Level  string `json:"level"`
		Report string `json:"report_de"`
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return "", err
	}
	if a.Level == "error" {
		return a.Report, errExchange
	}
	return a.Report, nil
}
