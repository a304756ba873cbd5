package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/libkonnektor/libkonnektor/konnektor/operations"
)

const help = `Talks to a TI-Konnektor: lists services, cards and terminals, shows the state of
the Konnektor and of PINs, reads the insured person from a card, waits for events,
has PINs entered, signs, verifies, encrypts and decrypts files. Judges trust lists
(TSL) and certificates in files, for which it needs no Konnektor.

Output for people is in German. With --json a command prints the answer of its
operation unchanged, or on failure the error document, on one line of stdout.

Settings come from a JSON file, named by --config or by the environment variable
KONNEKTOR_CONFIG; flags win over the file. A password is read from
--password-file or from the environment variable KONNEKTOR_PASSWORD, never from
the arguments.

Exit codes:
  0    done
  1    the Konnektor answered with a fault, or with nothing that can be used;
       tsl: the list is refused
       pin: the PIN was not accepted; sign: a document has no signature;
       verify: the signature is not valid
       exchange: an error was found, do not begin or not done yet
  2    wrong flags, settings or request; a file that cannot be read
  3    no connection: not reachable, no answer in time, TLS, certificate, login
  4    the card is not inserted, or several are
  5    vsd: the card was read and is no valid proof
  130  cancelled (Ctrl-C)
fix and mgmt: see konnektorctl fix --help`

// app is one run of the program.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer

	settings
	json    bool
	timeout time.Duration
	files   bool // no Konnektor is needed
	silent  bool // nothing is printed or asked
	log     logFile
	bar     *bar

	entryTold bool // that a PIN is waited for
}

// root builds the command line.
func (a *app) root() *cobra.Command {
	cmd := &cobra.Command{
		Use:           "konnektorctl",
		Short:         "Talks to a TI-Konnektor",
		Long:          help,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.CompletionOptions.HiddenDefaultCmd = true
	a.flags(cmd)
	f := cmd.PersistentFlags()
	f.BoolVar(&a.json, "json", false, "print the answer of the operation as JSON")
	f.DurationVar(&a.timeout, "timeout", 0, "give up after this time, waiting included, such as 20s (default: the timeout of the settings for each exchange)")
	cmd.AddCommand(
		a.services(), a.cards(), a.terminals(), a.state(), a.pin(), a.vsd(),
		a.events(), a.eject(), a.sign(), a.verify(), a.encrypt(), a.decrypt(),
		a.tsl(), a.certs(), a.mgmt(), a.fix(), a.exchange(),
		a.operations(), a.call(),
	)
	return cmd
}

// request is what a command asks of its operation: only what was given.
type request map[string]any

// set adds a value unless it is the zero one.
func set[T comparable](r request, name string, value T) {
	var zero T
	if value != zero {
		r[name] = value
	}
}

// ask calls an operation with the time limit of the flag and returns its answer.
func (a *app) ask(ctx context.Context, name string, r request, emit func([]byte)) ([]byte, error) {
	set(r, "timeout_ms", a.timeout.Milliseconds())
	raw, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("request: %w", err)
	}
	return a.send(ctx, name, raw, emit)
}

// answerOf is ask that shows what the operation says on the way and, with --json,
// prints the answer; otherwise that is left to the caller.
func (a *app) answerOf(ctx context.Context, name string, r request) ([]byte, error) {
	answer, err := a.ask(ctx, name, r, a.showEvent)
	if err != nil {
		return nil, err
	}
	a.bar.end()
	if a.json {
		err = a.printJSON(answer)
	}
	return answer, err
}

// printJSON prints a JSON value on a line of stdout.
func (a *app) printJSON(value []byte) error {
	_, err := fmt.Fprintf(a.stdout, "%s\n", value)
	return err
}

// run calls an operation and prints its answer.
func (a *app) run(ctx context.Context, name string, r request) ([]byte, error) {
	answer, err := a.answerOf(ctx, name, r)
	switch {
	case err != nil:
		return nil, err
	case a.json, a.silent:
		return answer, nil
	}
	text, err := operations.Text(name, answer)
	if err != nil {
		return nil, err
	}
	_, err = io.WriteString(a.stdout, text)
	return answer, err
}

// send opens a Session for one operation.
func (a *app) send(ctx context.Context, name string, raw []byte, emit func([]byte)) (answer []byte, err error) {
	s, err := a.session()
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }() // nothing is left to be told
	return s.Stream(ctx, name, raw, emit)
}

// session is a Session with the settings, or one without Konnektor.
func (a *app) session() (*operations.Session, error) {
	if a.files {
		return operations.NewFiles(), nil
	}
	s, err := a.open(a.stderr)
	if err == nil && a.manage.asksPassword {
		s.SetCredentials(a.login)
	}
	return s, err
}

// entryEvery is how often people are told that a PIN is waited for, in seconds.
const entryEvery = 10

// showEvent shows what an operation says on the way.
func (a *app) showEvent(event []byte) {
	if a.log.line("event " + string(event)); a.silent || !a.json && a.showStep(event) {
		return
	}
	if a.json {
		fmt.Fprintf(a.stderr, "%s\n", event)
		return
	}
	var e struct {
		Event string `json:"event"`
		Left  int64  `json:"seconds_left"`
	}
	if json.Unmarshal(event, &e) == nil && e.Event == "entry.waiting" {
		if a.entryTold && e.Left%entryEvery != 0 {
			return
		}
		a.entryTold = true
	}
	if text := operations.EventText(event); text != "" {
		fmt.Fprintln(a.stderr, text)
	}
}
