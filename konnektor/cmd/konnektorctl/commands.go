package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/libkonnektor/libkonnektor/konnektor/operations"
)

func (a *app) services() *cobra.Command {
	var reload bool
	cmd := &cobra.Command{
		Use:   "services",
		Short: "List the services of the Konnektor with versions and addresses",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r := request{}
			set(r, "reload", reload)
			_, err := a.run(cmd.Context(), "services", r)
			return err
		},
	}
	cmd.Flags().BoolVar(&reload, "reload", false, "read the directory from the Konnektor again")
	return cmd
}

// selection are the flags that choose cards.
type selection struct {
	terminal, kind string
	slot           int64
	wide           bool
}

func (s *selection) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.terminal, "terminal", "", "only this card terminal (CtId)")
	f.Int64Var(&s.slot, "slot", 0, "only this slot, counted from 1")
}

func (s *selection) set(r request) {
	set(r, "terminal_id", s.terminal)
	set(r, "slot", s.slot)
	set(r, "card_type", s.kind)
	set(r, "mandant_wide", s.wide)
}

func (a *app) cards() *cobra.Command {
	var s selection
	cmd := &cobra.Command{
		Use:   "cards",
		Short: "List the inserted cards",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r := request{}
			s.set(r)
			_, err := a.run(cmd.Context(), "cards", r)
			return err
		},
	}
	s.flags(cmd)
	cmd.Flags().StringVar(&s.kind, "type", "", "only this `TYPE`, such as EGK, SMC-B, HBA")
	cmd.Flags().BoolVar(&s.wide, "mandant-wide", false, "all cards of the Mandant, not only those that the workplace reaches")
	return cmd
}

func (a *app) terminals() *cobra.Command {
	var wide bool
	cmd := &cobra.Command{
		Use:   "terminals",
		Short: "List the card terminals",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r := request{}
			set(r, "mandant_wide", wide)
			_, err := a.run(cmd.Context(), "terminals", r)
			return err
		},
	}
	cmd.Flags().BoolVar(&wide, "mandant-wide", false, "all terminals of the Mandant, not only those of the workplace")
	return cmd
}

func (a *app) state() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "state",
		Short: "Show the state of the Konnektor: tunnels and operating conditions",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r := request{}
			set(r, "only_active", !all)
			_, err := a.run(cmd.Context(), "state", r)
			return err
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "also the operating conditions that are not active")
	return cmd
}

// defaultWait is how long vsd --wait waits for a card.
const defaultWait = 10 * time.Minute

func (a *app) operations() *cobra.Command {
	return &cobra.Command{
		Use:   "operations",
		Short: "List the operations that call takes; with --json also the fields of requests and answers",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if a.json {
				b, err := operations.Describe().JSON()
				if err != nil {
					return err
				}
				_, err = a.stdout.Write(b)
				return err
			}
			for _, o := range operations.List() {
				fmt.Fprintf(a.stdout, "%-24s  %s\n", o.Name, o.Title)
			}
			return nil
		},
	}
}

func (a *app) call() *cobra.Command {
	return &cobra.Command{
		Use:   "call NAME [REQUEST]",
		Short: "Call any operation with a request in JSON and print its answer",
		Long: `Calls any operation of the library: the same call that a PVS makes through the
shared library. REQUEST is a JSON object; - reads it from stdin, where no other
user of the computer sees it. Without it the request is empty.

Prints the events of the operation, one a line, then the answer; on failure the
error document.`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			a.json, a.files = true, a.settings.none() && isLocal(args[0])
			raw, err := a.requestOf(args[1:])
			if err != nil {
				return err
			}
			answer, err := a.send(cmd.Context(), args[0], raw, a.line)
			if err != nil {
				return err
			}
			return a.printJSON(answer)
		},
	}
}

// isLocal says whether an operation needs no Konnektor.
func isLocal(name string) bool {
	return slices.ContainsFunc(operations.List(), func(o operations.Operation) bool { return o.Name == name && o.Local })
}

// requestOf is the request that call sends: the argument or stdin, with the
// time limit of the flag.
func (a *app) requestOf(args []string) ([]byte, error) {
	raw := []byte(strings.Join(args, ""))
	if string(raw) == "-" {
		var err error
		if raw, err = io.ReadAll(io.LimitReader(a.stdin, operations.MaxDocumentRequest+1)); err != nil {
			return nil, err
		}
	}
	if a.timeout == 0 {
		return raw, nil
	}
	r := map[string]json.RawMessage{}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &r); err != nil || r == nil {
			return nil, errors.New("the request is no JSON object")
		}
	}
	r["timeout_ms"] = strconv.AppendInt(nil, a.timeout.Milliseconds(), 10)
	return json.Marshal(r)
}

// vsdFlags are the flags of vsd.
type vsdFlags struct {
	selection
	mode, egk, smcb, hba, day string
	receipts                  []string
	standalone                bool
	wait                      time.Duration
}

func (a *app) vsd() *cobra.Command {
	var v vsdFlags
	cmd := &cobra.Command{
		Use:   "vsd",
		Short: "Read the insured person from an eGK, with online check, and tell whether the card counts as proof",
		Long: `Reads the insured person's data from an eGK, with the receipt of the online
check, and tells whether the card counts as proof and what to do next. Without
--egk the one eGK that is inserted is read, without --smcb one that is inserted
reads it. Each read adds an entry to the log on the card.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := v.request()
			if err != nil {
				return err
			}
			answer, err := a.run(cmd.Context(), "vsd.read", r)
			if err != nil {
				return err
			}
			return proof(answer)
		},
	}
	v.selection.flags(cmd)
	f := cmd.Flags()
	f.DurationVar(&v.wait, "wait", 0, "wait for a card, at most this time; --wait alone: 10m")
	f.Lookup("wait").NoOptDefVal = defaultWait.String()
	f.StringVar(&v.mode, "mode", "", "when to check online: FIRST contact in the quarter (default), ALWAYS, USER, NEVER")
	f.StringArrayVar(&v.receipts, "receipt", nil, "`FILE` with a receipt kept for this patient, in base64; may be repeated")
	f.StringVar(&v.egk, "egk", "", "handle of the card to read")
	f.StringVar(&v.smcb, "smcb", "", "handle of the SMC-B that reads it")
	f.StringVar(&v.hba, "hba", "", "handle of the HBA that reads it; needs --nutzer")
	f.StringVar(&v.day, "day", "", "day of treatment, YYYY-MM-DD (default today)")
	f.BoolVar(&v.standalone, "standalone", false, "the Konnektor is the offline one of a standalone setup")
	return cmd
}

// request is the request of vsd.read.
func (v *vsdFlags) request() (request, error) {
	r := request{}
	v.selection.set(r)
	set(r, "card_handle", v.egk)
	set(r, "smcb_handle", v.smcb)
	set(r, "hba_handle", v.hba)
	set(r, "mode", v.mode)
	set(r, "day", v.day)
	set(r, "standalone", v.standalone)
	set(r, "wait_ms", v.wait.Milliseconds())
	receipts := make([]string, 0, len(v.receipts))
	for _, file := range v.receipts {
		raw, err := readFile(file)
		if err != nil {
			return nil, err
		}
		receipts = append(receipts, string(raw))
	}
	if len(receipts) > 0 {
		r["stored_receipts"] = receipts
	}
	return r, nil
}

// proof is errNoProof when an answer of vsd.read says that the card is none.
func proof(answer []byte) error {
	var a struct {
		Proof struct {
			Valid string `json:"valid"`
		} `json:"proof"`
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return err
	}
	if a.Proof.Valid == "no" {
		return errNoProof
	}
	return nil
}
