package tslimport

import (
	"context"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/tsl"
)

// staleStates are the operating states of a box whose list or anchor is past its
// time. Those that only announce it (expiring, an update that failed) are not
// among them.
var staleStates = []string{tsl.StateOverdue, tsl.StateBeyondGrace, tsl.StateAnchorOutOfDate}

// box is a box within one plan.
type box struct {
	device   mgmt.Device
	importer mgmt.TSLImporter
	reader   mgmt.StatusReader
	list     mgmt.TSLState
	status   mgmt.Status
	online   *bool // nil: the product has no such switch
}

func newBox(d mgmt.Device) (*box, error) {
	importer, err := mgmt.As[mgmt.TSLImporter](d)
	if err != nil {
		return nil, err
	}
	reader, err := mgmt.As[mgmt.StatusReader](d)
	if err != nil {
		return nil, err
	}
	return &box{device: d, importer: importer, reader: reader}, nil
}

// read reads list and status.
func (b *box) read(ctx context.Context) (err error) {
	if b.list, err = b.importer.TSLState(ctx); err != nil {
		return err
	}
	b.status, err = b.reader.Status(ctx)
	return err
}

// readOnline reads the switch, where there is one.
func (f *Fix) readOnline(ctx context.Context, b *box) error {
	if f.p.NoSwitch {
		return nil
	}
	s, err := mgmt.As[mgmt.OnlineSwitch](b.device)
	if err != nil {
		return nil // a product without the switch
	}
	on, err := s.Online(ctx)
	if err != nil {
		return err
	}
	b.online = &on
	return nil
}

// outdated reports whether the list in use is past its time, or its anchor.
func (b *box) outdated(now time.Time) bool {
	if b.list.NextUpdate.IsZero() {
		return stale(b.status)
	}
	return now.After(b.list.NextUpdate) || active(b.status, tsl.StateAnchorOutOfDate)
}

// stale reports whether a state of an outdated list or anchor is set.
func stale(s mgmt.Status) bool {
	for _, name := range staleStates {
		if active(s, name) {
			return true
		}
	}
	return false
}

// active reports whether a state is set. Spellings differ between products: in
// case, and in dashes.
func active(s mgmt.Status, name string) bool {
	for _, o := range s.Operating {
		if o.Active && strings.EqualFold(strings.ReplaceAll(o.Condition, "-", ""), strings.ReplaceAll(name, "-", "")) {
			return true
		}
	}
	return false
}
