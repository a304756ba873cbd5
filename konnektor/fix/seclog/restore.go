package seclog

import (
	"encoding/json"
	"fmt"

	"github.com/libkonnektor/libkonnektor/konnektor/fix"
)

// RestoreFrom makes the parameters of the way back from what a journal has of
// the runs that reduced the logs: each setting goes back to what it was before
// the first of the given records that changed it. Records of other fixes, and
// such without a snapshot, are passed over; without any other there is an error.
func RestoreFrom(records []fix.Record) (Parameters, error) {
	var all Values
	for _, r := range records {
		if r.Fix != Name || len(r.Snapshot) == 0 {
			continue
		}
		var before Values
		if err := json.Unmarshal(r.Snapshot, &before); err != nil {
			return Parameters{}, fmt.Errorf("seclog: restore: step %s: snapshot: %w", r.Step, err)
		}
		all.complete(before)
	}
	if all.empty() {
		return Parameters{}, fmt.Errorf("seclog: restore: no settings in %d records", len(records))
	}
	return Parameters{Restore: &all}, nil
}

// complete takes from w what v does not say.
func (v *Values) complete(w Values) {
	if v.SuccessfulCryptoOps == nil {
		v.SuccessfulCryptoOps = w.SuccessfulCryptoOps
	}
	if v.SecurityLogDays == nil {
		v.SecurityLogDays = w.SecurityLogDays
	}
	for _, from := range w.Modules {
		m := v.ensure(from.Name)
		if m.Level == "" {
			m.Level = from.Level
		}
		if m.Days == nil {
			m.Days = from.Days
		}
		if m.Performance == nil {
			m.Performance = from.Performance
		}
	}
}
