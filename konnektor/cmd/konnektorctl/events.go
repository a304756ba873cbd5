package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/libkonnektor/libkonnektor/konnektor/operations"
)

// sinkFlags say where events arrive.
type sinkFlags struct {
	listen, announce, cert, key string
	tls, verify, poll           bool
}

func (s *sinkFlags) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.listen, "listen", "", "address where the Konnektor's events arrive, host:port (default: a free port)")
	f.StringVar(&s.announce, "announce", "", "host or host:port that the Konnektor is told in place of the own address")
	f.StringVar(&s.cert, "sink-cert", "", "PEM `FILE` with the certificate shown to the Konnektor (default: one made at start)")
	f.StringVar(&s.key, "sink-key", "", "PEM `FILE` with its key")
	f.BoolVar(&s.tls, "require-tls", false, "refuse events over plain TCP")
	f.BoolVar(&s.verify, "verify-konnektor", false, "take events only with the Konnektor's certificate")
	f.BoolVar(&s.poll, "poll", false, "open no port: list the cards again and again")
}

func (s *sinkFlags) set(r request) {
	if s.poll {
		return
	}
	sink := request{}
	set(sink, "listen", s.listen)
	set(sink, "announce", s.announce)
	set(sink, "certificate_file", s.cert)
	set(sink, "key_file", s.key)
	set(sink, "require_tls", s.tls)
	set(sink, "verify_konnektor", s.verify)
	r["sink"] = sink
}

func (a *app) events() *cobra.Command {
	var s sinkFlags
	var cards selection
	var topics []string
	var filter string
	cmd := &cobra.Command{
		Use:   "events",
		Short: "Show what the Konnektor reports: cards that come and go, states, tunnels; until --timeout or Ctrl-C",
		Long: `Opens a port for the Konnektor's events, subscribes to them and shows each on a
line, with --json as JSON. Cards are shown even when no event comes: then they
are listed again and again, as with --poll.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r := request{}
			s.set(r)
			cards.set(r)
			set(r, "filter", filter)
			if len(topics) > 0 {
				r["topics"] = topics
			}
			answer, err := a.ask(cmd.Context(), "events.watch", r, a.line)
			if err != nil || !a.json {
				return err
			}
			return a.printJSON(answer)
		},
	}
	s.flags(cmd)
	cards.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&cards.kind, "type", "", "only cards of this `TYPE`, such as EGK, SMC-B, HBA")
	f.StringArrayVar(&topics, "topic", nil, "`TOPIC` to subscribe to; may be repeated (default CARD, OPERATIONAL_STATE, NETWORK)")
	f.StringVar(&filter, "filter", "", "XPath that the Konnektor chooses events by")
	return cmd
}

// line shows an event on a line of stdout.
func (a *app) line(event []byte) {
	if a.json {
		_ = a.printJSON(event) // the operation goes on
		return
	}
	fmt.Fprintf(a.stdout, "%s  %s\n", time.Now().Format(time.TimeOnly), operations.EventText(event))
}
