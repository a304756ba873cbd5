package tslimport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/tsl"
)

// Name is the name of the fix, as it stands in journals and job files.
const Name = "tslimport"

// The reasons of refusals, beside those of a list that the box does not take
// ([ImportError]).
const (
	ReasonNoNewerList   = "no-newer-list"       // none of the files is newer than the list of the box
	ReasonListMissing   = "list-missing"        // a list with an anchor change in between was not given
	ReasonNotYet        = "anchor-not-yet"      // an anchor on the way is not in force yet
	ReasonListExpired   = "newest-list-stale"   // the newest list is outdated itself
	ReasonStillStale    = "still-stale"         // the list is new, the restart was made, the states stay
	ReasonAnchorUnknown = "device-anchor"       // the box's trust anchor cannot be read
	ReasonFiles         = "files"               // a file cannot be read
	ReasonEnvironment   = "unknown-environment" // no anchor for the environment
)

// Parameters say which lists there are. They are data, for a job file.
type Parameters struct {
	// Lists are files with trust lists, in any order: the newest one, and every
	// one that announced a change of the trust anchor since the box's own. Files
	// that are not needed do no harm.
	Lists []string `json:"lists"`
	// Environment is that of the box; "" means production.
	Environment tsl.Environment `json:"environment,omitempty"`
	// Anchor is a file (DER or PEM) with the trust anchor that the box knows, for
	// a box that does not tell it; "" means the one that is compiled in.
	Anchor string `json:"anchor,omitempty"`
	// Newer imports a newer list although the one on the box is not stale.
	Newer bool `json:"newer,omitempty"`
	// StaysOffline: the practice has "Leistungsumfang Online" switched off on
	// purpose. Without it the box is online afterwards.
	StaysOffline bool `json:"stays_offline,omitempty"`
	// NoSwitch: the product has no "Leistungsumfang Online", as a
	// Highspeed-Konnektor; nothing is switched.
	NoSwitch bool `json:"no_switch,omitempty"`
}

// Hooks are what the fix needs of its caller; zero fields have a default.
type Hooks struct {
	// ReadFile reads a file of the Parameters; nil means os.ReadFile.
	ReadFile func(name string) ([]byte, error)
	// Now is the time to judge lists at; nil means time.Now.
	Now func() time.Time
}

// Fix is the fix. It is safe for concurrent use if its hooks are.
type Fix struct {
	p     Parameters
	hooks Hooks
}

// New makes the fix. Parameters that make no sense are an error of Plan.
func New(p Parameters, h Hooks) *Fix {
	p.Environment = cmp.Or(p.Environment, tsl.Production)
	if h.ReadFile == nil {
		h.ReadFile = os.ReadFile
	}
	if h.Now == nil {
		h.Now = time.Now
	}
	return &Fix{p: p, hooks: h}
}

// Name is "tslimport".
func (f *Fix) Name() string { return Name }

// Plan finds out whether the list on the box is stale and which lists it needs.
// It returns an error that wraps [mgmt.ErrUnsupported] or
// [mgmt.ErrUnknownEndpoint] for a product that takes no list from outside, and a
// [*fix.Refusal] when the files do not lead to a list that helps.
func (f *Fix) Plan(ctx context.Context, d mgmt.Device) (fix.Plan, error) {
	if len(f.p.Lists) == 0 {
		return nil, refuse(ReasonFiles, "no lists given")
	}
	b, err := newBox(d)
	if err != nil {
		return nil, err
	}
	if err := b.read(ctx); err != nil {
		return nil, err
	}
	lists, needed, err := f.needed(ctx, b)
	if err != nil || !needed {
		return nil, err
	}
	return f.steps(ctx, b, lists)
}

// needed are the lists to import, and whether there is anything to do: none may
// be left to import, and the box still be in the state of a run that was
// interrupted.
func (f *Fix) needed(ctx context.Context, b *box) (lists []list, needed bool, err error) {
	now := f.hooks.Now()
	outdated := b.outdated(now)
	if outdated || f.p.Newer {
		w, err := f.way(b.list)
		if err != nil || len(w.lists) > 0 {
			return w.lists, true, err
		}
		if outdated && !w.has {
			return nil, false, refuse(ReasonNoNewerList, "the list of the box is outdated, and none of %d files is newer", len(f.p.Lists))
		}
	}
	switch {
	case stale(b.status):
		if age := now.Sub(b.status.Started); !b.status.Started.IsZero() && age.Abs() < again {
			return nil, false, refuse(ReasonStillStale, "the list is new and the box was restarted; the states of an outdated list stay")
		}
		return nil, true, nil
	case f.p.StaysOffline || b.status.TI.Online:
		return nil, false, nil
	}
	// Nothing is stale, and there is no VPN: did a run end before it switched the
	// box online again?
	if err := f.readOnline(ctx, b); err != nil {
		return nil, false, err
	}
	return nil, b.online != nil && !*b.online, nil
}

// Reverse switches the box online again when the switch was all that was begun.
// There is no way back for an imported list.
func (f *Fix) Reverse(ctx context.Context, d mgmt.Device, begun fix.Record) error {
	switch begun.Step {
	case keyOffline:
		return switchOn(ctx, d)
	case keyOnline, keyRestart:
		return nil // that is how the box shall be
	}
	return fmt.Errorf("tslimport: step %s: there is no way back", begun.Step)
}

func switchOn(ctx context.Context, d mgmt.Device) error {
	online, err := mgmt.As[mgmt.OnlineSwitch](d)
	if err != nil {
		return err
	}
	on, err := online.Online(ctx)
	if err != nil || on {
		return err
	}
	if err := online.SetOnline(ctx, true); err != nil {
		return err
	}
	if on, err = online.Online(ctx); err != nil {
		return err
	}
	if !on {
		return errors.New("tslimport: the box took the switch and is not online")
	}
	return nil
}

func refuse(reason, format string, args ...any) error {
	return &fix.Refusal{Fix: Name, Reason: reason, Text: fmt.Sprintf(format, args...)}
}
