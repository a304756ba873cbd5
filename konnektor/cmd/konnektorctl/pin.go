package main

import (
	"encoding/json"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) pin() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "pin [CARD-HANDLE [PIN-TYPE]]",
		Short: "Show the state of the PINs of SMC-B and HBA, or of one card; uses up no try. Below: have one entered",
		Args:  cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, err := a.run(cmd.Context(), "pin.status", pinArguments(args))
			return err
		},
	}
	cmd.AddCommand(
		a.enterPIN("verify", "Have a PIN entered at the terminal; without arguments that of the SMC-B"),
		a.enterPIN("change", "Have a PIN or a transport PIN changed at the terminal"),
		a.enterPIN("unblock", "Have the PUK entered at the terminal; it has ten uses, right or wrong"),
		a.enterPIN("enable", "Make an application of a card ask for its PIN"),
		a.enterPIN("disable", "Make an application of a card no longer ask for its PIN"),
	)
	return cmd
}

func pinArguments(args []string) request {
	r := request{}
	for i, name := range []string{"card_handle", "pin_type"}[:len(args)] {
		r[name] = args[i]
	}
	return r
}

// enterPIN is a command that waits for a person at the terminal.
func (a *app) enterPIN(name, short string) *cobra.Command {
	var newPIN bool
	var entry time.Duration
	cmd := &cobra.Command{
		Use:   name + " [CARD-HANDLE [PIN-TYPE]]",
		Short: short,
		Args:  cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			r := pinArguments(args)
			set(r, "new_pin", newPIN)
			set(r, "entry_timeout_ms", entry.Milliseconds())
			answer, err := a.run(cmd.Context(), "pin."+name, r)
			if err != nil {
				return err
			}
			var result struct {
				OK bool `json:"ok"`
			}
			if err := json.Unmarshal(answer, &result); err != nil {
				return err
			}
			if !result.OK {
				return errPIN
			}
			return nil
		},
	}
	cmd.Flags().DurationVar(&entry, "entry-timeout", 0, "how long the Konnektor waits for one entry (default 60s)")
	if name == "unblock" {
		cmd.Flags().BoolVar(&newPIN, "new", false, "have a new PIN set after the PUK")
	}
	return cmd
}

func (a *app) eject() *cobra.Command {
	var s selection
	var message string
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "eject [CARD-HANDLE]",
		Short: "Have a terminal give a card back; by its handle, or by --terminal and --slot",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r := pinArguments(args)
			s.set(r)
			set(r, "message", message)
			set(r, "wait_ms", wait.Milliseconds())
			_, err := a.run(cmd.Context(), "terminal.eject", r)
			return err
		},
	}
	s.flags(cmd)
	cmd.Flags().StringVar(&message, "message", "", "what the terminal shows, at most 48 characters")
	cmd.Flags().DurationVar(&wait, "wait", 0, "how long the terminal asks (default 20s)")
	return cmd
}
