package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// tokenVariable holds the token when --control names the port.
const tokenVariable = "KONNEKTORSIM_TOKEN"

// remote is how a command reaches the simulator.
type remote struct{ address, file string }

func (r *remote) flags(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().StringVar(&r.address, "control", "", "control port of the simulator, with the token in "+tokenVariable)
	cmd.Flags().StringVar(&r.file, "control-file", defaultControlFile(), "control file of the simulator")
	return cmd
}

func readEndpoint(file string) (endpoint, error) {
	var e endpoint
	b, err := os.ReadFile(file)
	if err != nil {
		return e, err
	}
	return e, json.Unmarshal(b, &e)
}

func (r *remote) endpoint() (endpoint, error) {
	if r.address != "" {
		return endpoint{r.address, os.Getenv(tokenVariable)}, nil
	}
	e, err := readEndpoint(r.file)
	if err != nil {
		return e, fmt.Errorf("no running simulator found: %w", err)
	}
	return e, nil
}

// call sends one command to the simulator and reads its answer into out.
func (r *remote) call(ctx context.Context, method, path string, in, out any) error {
	e, err := r.endpoint()
	if err != nil {
		return err
	}
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, controlTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, "http://"+e.Address+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%w: --control: %w", errUsage, err)
	}
	req.Header.Set("Authorization", "Bearer "+e.Token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("the simulator does not answer: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the simulator refused: %s", strings.TrimSpace(string(answer)))
	}
	return json.Unmarshal(answer, out)
}

// post sends a command that answers nothing.
func (r *remote) post(cmd *cobra.Command, path string, in any) error {
	return r.call(cmd.Context(), http.MethodPost, path, in, &struct{}{})
}

func cardsCommand() *cobra.Command {
	var r remote
	var asJSON bool
	cmd := &cobra.Command{Use: "cards", Short: "List the inserted cards", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var cards []cardLine
			if err := r.call(cmd.Context(), http.MethodGet, "/cards", nil, &cards); err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), cards)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "HANDLE\tTYPE\tTERMINAL\tSLOT\tICCSN\tHOLDER")
			for _, c := range cards {
				fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\n", c.Handle, c.Type, c.Terminal, c.Slot, c.ICCSN, c.Holder)
			}
			return w.Flush()
		}}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return r.flags(cmd)
}

func insertCommand() *cobra.Command {
	var r remote
	var in insertRequest
	cmd := &cobra.Command{Use: "insert", Short: "Insert a card and print its handle", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var out struct{ Handle konnektor.CardHandle }
			if err := r.call(cmd.Context(), http.MethodPost, "/insert", in, &out); err != nil {
				return err
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), string(out.Handle))
			return err
		}}
	f := cmd.Flags()
	f.StringVar((*string)(&in.Type), "type", "EGK", "type of the card: EGK, HBA, SMC-B, HSM-B, SMC-KT, KVK, UNKNOWN, ...")
	f.IntVar(&in.Person, "person", 1, "test person on an EGK")
	f.IntVar(&in.Receipt, "receipt", 0, "result of the online check of an EGK, 1 to 6 (default 2)")
	f.StringVar(&in.Holder, "holder", "", "holder of another card")
	f.StringVar((*string)(&in.Terminal), "terminal", "", "card terminal (default: the first with a free slot)")
	f.IntVar(&in.Slot, "slot", 0, "slot (default: the first free one)")
	return r.flags(cmd)
}

func removeCommand() *cobra.Command {
	var r remote
	var in removeRequest
	cmd := &cobra.Command{Use: "remove", Short: "Take a card out", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return r.post(cmd, "/remove", in) }}
	f := cmd.Flags()
	f.StringVar((*string)(&in.Handle), "handle", "", "handle of the card")
	f.StringVar((*string)(&in.Terminal), "terminal", "", "card terminal, in place of the handle")
	f.IntVar(&in.Slot, "slot", 0, "slot, with --terminal")
	return r.flags(cmd)
}

func pinCommand() *cobra.Command {
	var r remote
	var in pinRequest
	cmd := &cobra.Command{Use: "pin", Short: "Set the state of a PIN", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return r.post(cmd, "/pin", in) }}
	f := cmd.Flags()
	f.StringVar((*string)(&in.Handle), "handle", "", "handle of the card")
	f.StringVar((*string)(&in.PIN), "pin", "PIN.SMC", "kind of PIN")
	f.StringVar((*string)(&in.State), "state", "VERIFIABLE", "VERIFIED, VERIFIABLE, BLOCKED, TRANSPORT_PIN, EMPTY_PIN, DISABLED")
	f.IntVar(&in.Tries, "tries", 3, "tries left")
	return r.flags(cmd)
}

func stateCommand() *cobra.Command {
	var r remote
	var after, during time.Duration
	cmd := &cobra.Command{
		Use: "state NAME on|off", Short: "Raise or clear an operating state (EC_...) or a tunnel (TI, SIS), now or by the clock",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 || args[1] != "on" && args[1] != "off" {
				return fmt.Errorf("%w: state needs a name and on or off", errUsage)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.post(cmd, "/state", stateRequest{args[0], args[1] == "on", after.Milliseconds(), during.Milliseconds()})
		}}
	cmd.Flags().DurationVar(&after, "after", 0, "when, such as 30s (default: now)")
	cmd.Flags().DurationVar(&during, "for", 0, "for how long; then the other way round (default: for good)")
	return r.flags(cmd)
}

func reactCommand() *cobra.Command {
	var r remote
	cmd := &cobra.Command{
		Use:   "react TERMINAL WHAT...",
		Short: "Plan what the person at a terminal does the next times: " + strings.Join(slices.Sorted(maps.Keys(reactions)), ", "),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return fmt.Errorf("%w: react needs a terminal and what happens there", errUsage)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.post(cmd, "/react", reactRequest{konnektor.TerminalID(args[0]), args[1:]})
		}}
	return r.flags(cmd)
}

func askingCommand() *cobra.Command {
	var r remote
	return r.flags(&cobra.Command{Use: "asking", Short: "List the terminals that wait for a person now", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var all []string
			if err := r.call(cmd.Context(), http.MethodGet, "/asking", nil, &all); err != nil || len(all) == 0 {
				return err
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), strings.Join(all, "\n"))
			return err
		}})
}

func subscriptionsCommand() *cobra.Command {
	var r remote
	return r.flags(&cobra.Command{Use: "subscriptions", Short: "List the subscriptions to events", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var all []subscriptionLine
			if err := r.call(cmd.Context(), http.MethodGet, "/subscriptions", nil, &all); err != nil {
				return err
			}
			for _, s := range all {
				fmt.Fprintf(cmd.OutOrStdout(), "%s  %s  %s\n", s.ID, s.To, s.Topic)
			}
			return nil
		}})
}

func forgetCommand() *cobra.Command {
	var r remote
	return r.flags(&cobra.Command{Use: "forget", Short: "Drop all subscriptions silently, as some devices do", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var out struct{ Subscriptions int }
			if err := r.call(cmd.Context(), http.MethodPost, "/forget", done, &out); err != nil {
				return err
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), out.Subscriptions)
			return err
		}})
}

func rebootCommand() *cobra.Command {
	var r remote
	return r.flags(&cobra.Command{Use: "reboot", Short: "Restart the Konnektor: new handles, locked PINs", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return r.post(cmd, "/reboot", done) }})
}

func failCommand() *cobra.Command {
	var r remote
	var in failRequest
	cmd := &cobra.Command{Use: "fail", Short: "Let the next calls of an operation go wrong", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return r.post(cmd, "/fail", in) }}
	f := cmd.Flags()
	f.StringVar(&in.Operation, "operation", "", "operation, such as ReadVSD or connector.sds (default: every SOAP operation)")
	f.IntVar((*int)(&in.Code), "code", 4001, "code of the fault")
	f.StringVar(&in.As, "as", "", "in place of a fault: "+strings.Join(slices.Sorted(maps.Keys(disturbances)), ", "))
	f.IntVar(&in.Count, "count", 1, "how many calls; negative for all, 0 to end it")
	return r.flags(cmd)
}
