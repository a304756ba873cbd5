package secunettest

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
	"github.com/libkonnektor/libkonnektor/tsl"
)

// trust is what the box knows of trust lists. A box without any has no states
// about them.
type trust struct {
	state      tsl.State
	nextUpdate time.Time // of the list in use
	updated    time.Time // when it came
	// needs is the sequence number from which on a list has what the tunnel needs:
	// in 2020 the trust anchor of the TI's name service.
	needs int
	lists []List
}

// List is a trust list that the practice could have.
type List struct {
	Name     string // a file name
	XML      []byte
	Sequence int
	// Announces says that it announces a change of the trust anchor.
	Announces bool
}

// Lists returns the lists that bring a stale box up to date, oldest first. A box
// that is not stale has none.
func (b *Box) Lists() []List { return b.trust.lists } // does not change

// Anchor returns the trust anchor that the box began with, DER; nil for none.
// Whoever judges its lists begins there too: it is none of the real ones.
func (b *Box) Anchor() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.trust.state.Anchor == nil {
		return nil
	}
	return b.trust.state.Anchor.Raw
}

// TSL returns what the box knows of trust lists.
func (b *Box) TSL() tsl.State {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.trust.state
}

// SetTSL gives the box a list in use and an anchor.
func (b *Box) SetTSL(state tsl.State, nextUpdate time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trust.state, b.trust.nextUpdate, b.trust.updated = state, nextUpdate, b.Clock.Now()
	b.evolve()
}

func (t *trust) sequence() int {
	if t.state.List == nil {
		return 0
	}
	return t.state.List.Sequence
}

// stale says whether the box knows that it has not got the newest list.
func (t *trust) stale() bool { return t.sequence() < t.needs }

// blocks says whether the tunnel to the TI cannot be up for want of trust.
func (t *trust) blocks(now time.Time) bool {
	anchor := t.state.AnchorAt(now)
	return t.stale() || !t.nextUpdate.IsZero() && now.After(t.nextUpdate.Add(tsl.DefaultGrace)) ||
		anchor != nil && now.After(anchor.NotAfter)
}

func (b *Box) tslState(*mgmttest.Call) mgmttest.Answer {
	t := &b.trust
	m := map[string]any{"sequence": nil, "id": nil, "nextUpdate": nil, "anchor": nil, "updated": t.updated.UnixMilli()}
	if t.state.List != nil {
		m["sequence"], m["id"], m["nextUpdate"] = t.state.List.Sequence, t.state.List.ID, t.nextUpdate.UnixMilli()
	}
	if anchor := t.state.AnchorAt(b.Clock.Now()); anchor != nil {
		m["anchor"] = anchor.Raw // base64 in JSON
	}
	return answer(m)
}

// Codes of a refused import.
const (
	importFailed    = 4128  // by hand
	otherListParse  = 46552 // the maker's, with a list while the box is online
	sameList        = 1007
	refusedTrust    = http.StatusUnprocessableEntity
	conflictPending = http.StatusConflict
)

// tslImport imports a list by the rules of package tsl for imports by hand: an
// expired list is taken, one under an unknown anchor is not. Whether a box judges
// an expired signer is not known; this one judges at the time of issue.
func (b *Box) tslImport(c *mgmttest.Call) mgmttest.Answer {
	if b.opts.OfflineImport && b.online {
		return failure(conflictPending, "Leistungsumfang Online", importFailed, otherListParse)
	}
	state, r, err := b.trust.state.Accept(c.Body, tsl.Options{At: b.Clock.Now(), Historic: true})
	var refused *tsl.Error
	switch {
	case errors.As(err, &refused) && refused.Code != 0:
		return failure(refusedTrust, "TSL", importFailed, int(refused.Code))
	case err != nil:
		return failure(refusedTrust, "TSL", importFailed)
	case r.Same:
		return failure(refusedTrust, "TSL", importFailed, sameList)
	}
	before, after := fmt.Sprint(b.trust.sequence()), fmt.Sprint(r.List.Sequence)
	b.change(c, "tsl", before, after, func() {
		b.trust.state, b.trust.nextUpdate, b.trust.updated = state, r.List.NextUpdate, b.Clock.Now()
	})
	return done()
}

func (b *Box) onlineState(*mgmttest.Call) mgmttest.Answer {
	return answer(map[string]any{"online": b.online})
}

// putOnline sets Leistungsumfang Online (MGM_LU_ONLINE).
func (b *Box) putOnline(c *mgmttest.Call) mgmttest.Answer {
	var in struct{ Online bool }
	if err := decode(c.Body, &in, "online"); err != nil {
		return complain(c, http.StatusBadRequest, err.Error())
	}
	b.change(c, "online", fmt.Sprint(b.online), fmt.Sprint(in.Online), func() { b.online = in.Online })
	return done()
}
