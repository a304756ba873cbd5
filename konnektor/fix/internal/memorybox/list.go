package memorybox

import (
	"context"
	"errors"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/tsl"
)

// Codes of a refused import: 4128 always, with that of the reason.
const codeImport konnektor.Code = 4128

// evaluate sets the operating states of the trust list, as a box does when it
// starts.
func (b *Box) evaluate() {
	b.stale = nil
	now := b.clock.Now()
	switch {
	case b.nextUpdate.IsZero() || now.Before(b.nextUpdate):
	case now.After(b.nextUpdate.Add(tsl.DefaultGrace)):
		b.stale = []string{tsl.StateOverdue, tsl.StateBeyondGrace}
	default:
		b.stale = []string{tsl.StateOverdue}
	}
}

// TSLState is the list in use.
func (b *Box) TSLState(ctx context.Context) (mgmt.TSLState, error) {
	var s mgmt.TSLState
	err := b.call(ctx, mgmt.OpTSLState, func() error {
		s = mgmt.TSLState{Sequence: int64(b.state.Sequence), NextUpdate: b.nextUpdate}
		if b.list != nil {
			s.Anchor = b.list.AnchorAt(b.clock.Now()).Raw
			if b.list.List != nil {
				s.ID = b.list.List.ID
			}
		}
		return nil
	})
	return s, err
}

// ImportTSL takes a list while the box is switched offline, if it follows.
func (b *Box) ImportTSL(ctx context.Context, list []byte) error {
	return b.call(ctx, mgmt.OpTSLImport, func() error {
		if b.state.Online || b.list == nil {
			return &mgmt.RefusedError{Operation: mgmt.OpTSLImport, Status: 409, Codes: []konnektor.Code{codeImport, 46552}}
		}
		at := b.clock.Now()
		next, r, err := b.list.Accept(list, tsl.Options{At: at, Historic: true})
		var refused *tsl.Error
		if errors.As(err, &refused) {
			return &mgmt.RefusedError{Operation: mgmt.OpTSLImport, Status: 409, Codes: []konnektor.Code{codeImport, konnektor.Code(refused.Code)}}
		}
		if err != nil {
			return err
		}
		*b.list, b.nextUpdate = next, r.List.NextUpdate
		b.state.Sequence = r.List.Sequence
		return nil
	})
}

// Online is the switch "Leistungsumfang Online".
func (b *Box) Online(ctx context.Context) (bool, error) {
	var on bool
	err := b.call(ctx, mgmt.OpOnlineGet, func() error {
		on = b.state.Online
		return nil
	})
	return on, err
}

// SetOnline turns it.
func (b *Box) SetOnline(ctx context.Context, on bool) error {
	return b.call(ctx, mgmt.OpOnlineSet, func() error {
		if on && !b.state.Online {
			b.vpn = b.clock.Now().Add(time.Minute)
		}
		b.target().Online = on
		return nil
	})
}
