package tslimport

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/internal/boot"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/internal/known"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// The keys of the steps; a list is "tsl/" and its sequence number.
const (
	keyOffline = "online/off"
	keyOnline  = "online/on"
	keyRestart = "restart"
	keyList    = "tsl/"
)

// How long the steps may take. The VPN comes up minutes after the box.
const (
	waitList     = 10 * time.Minute
	estimateList = time.Minute
	waitRestart  = boot.Wait + 10*time.Minute
)

// again is how soon after a start the box is not restarted again.
const again = 30 * time.Minute

// steps are what is left to do on a box that has been read.
func (f *Fix) steps(ctx context.Context, b *box, lists []list) (fix.Plan, error) {
	restarter, err := mgmt.As[mgmt.Restarter](b.device)
	if err != nil {
		return nil, err
	}
	if b.online == nil {
		if err := f.readOnline(ctx, b); err != nil {
			return nil, err
		}
	}
	found := b.online
	needed := []mgmt.Operation{mgmt.OpTSLImport, mgmt.OpRestart}
	if found != nil {
		needed = append(needed, mgmt.OpOnlineSet)
	}
	if err := known.Check(b.device, needed...); err != nil {
		return nil, err
	}
	var plan fix.Plan
	if len(lists) > 0 && found != nil && *found {
		plan = append(plan, b.turn(false))
	}
	for _, l := range lists {
		plan = append(plan, b.take(l))
	}
	if found != nil && !f.p.StaysOffline && (!*found || len(lists) > 0) {
		plan = append(plan, b.turn(true))
	}
	return append(plan, f.restart(b, restarter)), nil
}

// turn turns "Leistungsumfang Online".
func (b *box) turn(on bool) fix.Step {
	key, before, after := keyOffline, "on", "off"
	undo := func(ctx context.Context) error { return switchOn(ctx, b.device) }
	if on {
		key, before, after = keyOnline, "off", "on"
		undo = func(context.Context) error { return nil } // that is how the box shall be
	}
	return fix.Step{
		Key: key, What: "Leistungsumfang Online", Before: before, After: after,
		Apply: func(ctx context.Context) error {
			s, err := mgmt.As[mgmt.OnlineSwitch](b.device)
			if err != nil {
				return err
			}
			return s.SetOnline(ctx, on)
		},
		Undo: undo,
		Visible: func(ctx context.Context) (bool, error) {
			s, err := mgmt.As[mgmt.OnlineSwitch](b.device)
			if err != nil {
				return false, err
			}
			is, err := s.Online(ctx)
			return is == on, err
		},
		Repeatable: true, Evidence: known.Evidence(b.device, mgmt.OpOnlineSet), Estimate: 10 * time.Second,
	}
}

// take imports a list. There is no way back: a box takes no older list.
func (b *box) take(l list) fix.Step {
	before := "list " + strconv.FormatInt(b.list.Sequence, 10)
	b.list.Sequence = int64(l.list.Sequence) // for the step after this one
	after := fmt.Sprintf("list %d, valid until %s", l.list.Sequence, l.list.NextUpdate.Format(time.DateOnly))
	if l.brings != "" {
		after += ", announces trust anchor " + l.brings
	}
	return fix.Step{
		Key: keyList + strconv.Itoa(l.list.Sequence), What: "trust list under " + l.needs, Before: before, After: after,
		Apply: func(ctx context.Context) error {
			return explain(l.list.Sequence, b.importer.ImportTSL(ctx, l.data))
		},
		Visible: func(ctx context.Context) (bool, error) {
			s, err := b.importer.TSLState(ctx)
			return err == nil && s.Sequence >= int64(l.list.Sequence), err
		},
		Wait: waitList, Evidence: known.Evidence(b.device, mgmt.OpTSLImport), Estimate: estimateList,
	}
}

// restart is what makes the list effective; it is done when the box has started
// anew and nothing of the old list is left.
func (f *Fix) restart(b *box, restarter mgmt.Restarter) fix.Step {
	watch := boot.NewWatch(b.reader, b.status)
	return fix.Step{
		Key: keyRestart, What: "restart", Before: "states of an outdated list, or no VPN", After: "no such state, VPN up",
		Apply: restarter.Restart,
		Undo:  func(context.Context) error { return nil }, // nothing was changed
		Visible: func(ctx context.Context) (bool, error) {
			back, status, err := watch.Back(ctx)
			if err != nil || !back {
				return false, err
			}
			return !stale(status) && (f.p.StaysOffline || status.TI.Online), nil
		},
		Wait: waitRestart, Evidence: known.Evidence(b.device, mgmt.OpRestart), Estimate: boot.Estimate, Restarts: true,
	}
}
