package konnektortest

import (
	"strconv"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// Validity is until when holds what a Konnektor depends on. The operating states
// that tell of it follow the Konnektor's clock ([Options].Now), in the times of
// gemSpec_Kon TAB_KON_503. What has the zero time holds for ever.
type Validity struct {
	// TSL is the NextUpdate of the trust list: it expires soon for the last 7
	// days, is then out of date within TSLGrace, and beyond it after that.
	TSL time.Time
	// TSLGrace is the grace period; 0 means 30 days, which is the simulator's
	// choice.
	TSLGrace time.Duration
	// TrustAnchor is the end of the TSL's trust anchor, told for the last 30 days.
	TrustAnchor time.Time
	// CRL is the end of the CRL, told for the last 3 days.
	CRL time.Time
	// Certificate is the end of the Konnektor's own C.NK, told for the last 180
	// days.
	Certificate time.Time
}

const (
	day             = 24 * time.Hour
	defaultTSLGrace = 30 * day
	// clockLook is how often the Konnektor looks at its clock for states that
	// follow it; calls look, too.
	clockLook = 10 * time.Millisecond
)

// timedState is a state that holds from one time on and up to another one.
type timedState struct {
	name        string
	from, until time.Time // until zero: for ever
	parameters  []konnektor.Parameter
}

// timed are the states that follow from v.
func (v Validity) timed() []timedState {
	var all []timedState
	add := func(end time.Time, notice time.Duration, soon, over string, parameters ...konnektor.Parameter) {
		if !end.IsZero() {
			all = append(all, timedState{soon, end.Add(-notice), end, parameters}, timedState{over, end, time.Time{}, parameters})
		}
	}
	at := func(key string, t time.Time) konnektor.Parameter {
		return konnektor.Parameter{Key: key, Value: konnektor.ParameterValue(t.UTC().Format(time.RFC3339))}
	}
	add(v.TrustAnchor, 30*day, "EC_TSL_Trust_Anchor_Expiring", "EC_TSL_Trust_Anchor_Out_Of_Date", at("ExpiringDateTrustAnchor", v.TrustAnchor))
	add(v.CRL, 3*day, "EC_CRL_Expiring", "EC_CRL_Out_Of_Date")
	add(v.Certificate, 180*day, "EC_NK_Certificate_Expiring", "EC_NK_Certificate_Expired")
	if v.TSL.IsZero() {
		return all
	}
	grace := or(v.TSLGrace, defaultTSLGrace)
	beyond, next := v.TSL.Add(grace), at("NextUpdateTSL", v.TSL)
	days := konnektor.Parameter{Key: "GracePeriodTSL", Value: konnektor.ParameterValue(strconv.Itoa(int(grace / day)))}
	return append(all,
		timedState{"EC_TSL_Expiring", v.TSL.Add(-7 * day), v.TSL, []konnektor.Parameter{next}},
		timedState{"EC_TSL_Out_Of_Date_Within_Grace_Period", v.TSL, beyond, []konnektor.Parameter{next, days}},
		timedState{"EC_TSL_Out_Of_Date_Beyond_Grace_Period", beyond, time.Time{}, []konnektor.Parameter{next, days}})
}

func (s timedState) holds(now time.Time) bool {
	return !now.Before(s.from) && (s.until.IsZero() || now.Before(s.until))
}

// SetValidity has the operating states follow the clock from now on, as after
// Options.Validity. What the clock does not change, [Konnektor.SetState] does.
func (k *Konnektor) SetValidity(v Validity) {
	k.mu.Lock()
	defer k.mu.Unlock()
	before := k.timed
	k.timed = v.timed()
	for _, s := range before {
		if k.byClock[s.name] {
			k.byClock[s.name] = false
			k.set(k.states[s.name], s.still(k.timed, k.now()))
		}
	}
	k.followClock()
	k.looking = k.looking || k.spawn(k.lookAtClock)
}

// still says whether a state of the same name holds among others.
func (s timedState) still(others []timedState, now time.Time) bool {
	for _, o := range others {
		if o.name == s.name && o.holds(now) {
			return true
		}
	}
	return false
}

// followClock raises and clears the states that the time has changed since it
// was called last. The lock is held.
func (k *Konnektor) followClock() {
	now := k.now()
	for _, s := range k.timed {
		holds := s.holds(now)
		if holds == k.byClock[s.name] {
			continue
		}
		k.byClock[s.name] = holds
		if c := k.states[s.name]; c != nil {
			c.parameters = s.parameters
			k.set(c, holds)
		}
	}
}

// lookAtClock sees to it that events of states come without a call.
func (k *Konnektor) lookAtClock() {
	ticker := time.NewTicker(clockLook)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			k.mu.Lock()
			k.followClock()
			k.mu.Unlock()
		case <-k.closed:
			return
		}
	}
}
