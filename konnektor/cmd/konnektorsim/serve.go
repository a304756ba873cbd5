package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet/secunettest"
	"github.com/libkonnektor/libkonnektor/konnektor/schematest"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
)

// serveOptions are the flags of the simulator itself.
type serveOptions struct {
	sim                   konnektortest.Options
	auth, identity, style string
	persons               []int
	printConfig           bool
	control, controlFile  string
	schemas               string
	maxRuntime            time.Duration
	incident              incidentOptions
}

func (o *serveOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.sim.Listen, "listen", "127.0.0.1:0", "loopback address for https")
	f.StringVar(&o.sim.ListenPlain, "listen-plain", "127.0.0.1:0", "loopback address for http")
	f.StringVar(&o.auth, "auth", "certificate", "level of authentication: plain, tls, basic, certificate")
	f.StringVar(&o.identity, "identity", "p256", "key of the server's certificate: rsa (3072 bits), p256")
	f.StringVar(&o.style, "style", "", "style of the service directory: secunet, kocobox, rise (default: the seed chooses)")
	f.Uint64Var(&o.sim.Seed, "seed", 0, "seed of what the specifications leave open (default: random)")
	f.StringVar(&o.sim.Directory.Host, "directory-host", "", "host that the service directory names in place of the real one")
	f.BoolVar(&o.sim.DirectoryClosed, "directory-closed", false, "connector.sds needs authentication too")
	f.BoolVar(&o.sim.Empty, "empty", false, "start without SMC-B and SMC-KT")
	f.IntSliceVar(&o.persons, "person", []int{1}, "test persons whose eGK is inserted at start; 0 for none")
	f.BoolVar(&o.printConfig, "print-config", false, "print the client's configuration as JSON")
	f.StringVar(&o.control, "control", "127.0.0.1:0", "loopback address of the control port; empty for none")
	f.StringVar(&o.controlFile, "control-file", defaultControlFile(), "file that tells the other commands the control port")
	f.StringVar(&o.schemas, "schemas", "", "`FOLDER` with the official schemas (a clone of gematik/api-telematik): at the end, tell which messages are not valid (needs xmllint)")
	f.DurationVar(&o.maxRuntime, "max-runtime", 24*time.Hour, "stop after that time")
	f.DurationVar(&o.sim.PINTimeout, "pin-timeout", time.Minute, "how long the Konnektor waits for a PIN at a terminal")
	o.incident.flags(cmd)
}

// serve runs the simulator until ctx ends or its time is over.
func serve(ctx context.Context, o serveOptions, stdout, stderr io.Writer) error {
	if o.maxRuntime <= 0 {
		return fmt.Errorf("%w: --max-runtime must be positive", errUsage)
	}
	if o.schemas != "" {
		if err := schematest.Check(o.schemas); err != nil {
			return fmt.Errorf("%w: --schemas: %w", errUsage, err)
		}
	}
	if err := o.checkIncident(); err != nil {
		return err
	}
	lifetime, cancel := context.WithTimeout(ctx, o.maxRuntime)
	defer cancel()
	o.sim.Judge = o.schemas != ""
	o.sim.Auth, o.sim.Identity = konnektortest.Auth(o.auth), konnektortest.Identity(o.identity)
	o.sim.Style = konnektortest.Style(o.style)
	k, box, err := o.begin()
	if err != nil {
		return err
	}
	defer k.Close()
	if box != nil {
		defer box.Close()
	}
	vsdmtest.Install(k)
	if err := insertPersons(k, o.persons); err != nil {
		return err
	}
	stop, err := o.startControl(k, reboot(k, box), stderr)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Fprintf(stderr, "konnektorsim: simulator at %s (seed %d), until stopped or %s from now\n", k.URL(), k.Seed(), o.maxRuntime)
	remove, err := o.announce(k, box, stdout, stderr)
	if err != nil {
		return err
	}
	defer remove()
	<-lifetime.Done()
	if o.schemas == "" {
		return nil
	}
	return judge(context.WithoutCancel(ctx), k, o.schemas, stderr)
}

// announce prints what a client needs; remove takes away what was written.
func (o *serveOptions) announce(k *konnektortest.Konnektor, box *secunettest.Box, stdout, stderr io.Writer) (remove func(), err error) {
	var printed any = k.Config()
	remove = func() {}
	if box != nil {
		r, removeFiles, err := o.incident.writeIncident(box)
		if err != nil {
			return remove, err
		}
		printed, remove = r, removeFiles
		r.tell(stderr)
	}
	if o.printConfig {
		if err := printJSON(stdout, printed); err != nil {
			remove()
			return nil, err
		}
	}
	return remove, nil
}

// judge tells which of the client's messages and ours are not valid.
func judge(ctx context.Context, k *konnektortest.Konnektor, schemas string, stderr io.Writer) error {
	kept, left := k.Judged()
	complaints, err := k.Complaints(ctx, schemas)
	if err != nil {
		return err
	}
	for _, c := range complaints {
		fmt.Fprintf(stderr, "konnektorsim: %s is not valid after %s:\n%s\n", c.Document, c.Schema, c.Why)
	}
	fmt.Fprintf(stderr, "konnektorsim: %d messages held against the schemas, %d left out\n", kept, left)
	if len(complaints) > 0 {
		return fmt.Errorf("messages that are not valid: %d", len(complaints))
	}
	return nil
}

// reboot restarts the simulator: with management through its phases, without it
// at once.
func reboot(k *konnektortest.Konnektor, box *secunettest.Box) func() {
	if box != nil {
		return box.Reboot
	}
	return func() { k.Reboot(); k.CloseIdle() }
}

// startControl opens the control port where one is wanted and there is a place
// for its file; stop ends it.
func (o serveOptions) startControl(k *konnektortest.Konnektor, reboot func(), stderr io.Writer) (stop func(), err error) {
	switch {
	case o.control == "":
		return func() {}, nil
	case o.controlFile == "":
		fmt.Fprintln(stderr, "konnektorsim: no control port: name a file with --control-file")
		return func() {}, nil
	}
	c, err := startControl(k, reboot, o.control, o.controlFile)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(stderr, "konnektorsim: control port %s, token in %s\n", c.Address, o.controlFile)
	return c.close, nil
}

func insertPersons(k *konnektortest.Konnektor, numbers []int) error {
	for _, n := range numbers {
		if n == 0 {
			continue
		}
		card := konnektortest.Card{Type: "EGK"}
		vsdmtest.Person(n).Describe(&card)
		if _, err := k.InsertCard(card); err != nil {
			return err
		}
	}
	return nil
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
