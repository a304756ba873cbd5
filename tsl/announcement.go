package tsl

import (
	"fmt"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
)

// Announcement is a trust anchor that a list announces: from Active on, lists
// are signed under it, and no longer under the one before (TUC_PKI_013).
type Announcement struct {
	Name        string             // subject as the list has it
	Active      time.Time          // in UTC
	Certificate *certs.Certificate // the new TSL-CA
}

// checkAnnouncements looks for an announced anchor. What is wrong with it makes
// it ignored, and the list stays valid: TUC_PKI_013 wants it so.
func (r *Result) checkAnnouncements(o *Options) {
	found := r.List.In(GroupAnchorChange)
	switch len(found) {
	case 0:
		return
	case 1:
	default:
		r.warn(WarnSeveralAnchors, CodeSeveralAnchors, "%d new trust anchors are announced: all are ignored", len(found))
		return
	}
	s := found[0]
	all, err := s.Certificates()
	switch {
	case err != nil:
		r.warn(WarnAnchorUnreadable, CodeAnchorUnreadable, "the announced trust anchor %s cannot be read: %v", s.ShortName(), err)
	case len(all) != 1:
		r.warn(WarnAnchorUnreadable, CodeAnchorUnreadable, "the announced trust anchor %s has %d certificates instead of one", s.ShortName(), len(all))
	case !all[0].IsCA:
		r.warn(WarnAnchorUnreadable, CodeAnchorUnreadable, "the announced trust anchor %s is no CA", s.ShortName())
	case s.Status != StatusInAccord:
		r.warn(WarnAnchorStatus, 0, "the announced trust anchor %s is %s: it is ignored", s.ShortName(), s.Status)
	default:
		if err := checkTime(all[0], "announced trust anchor", r.signerTime(o)); err != nil {
			r.warn(WarnAnchorNotInTime, err.Code, "%s: it is ignored", err.Reason)
			return
		}
		r.Announced = &Announcement{s.Name, s.Since, all[0]}
	}
}

func (r *Result) warn(kind WarningKind, code Code, format string, args ...any) {
	r.Warnings = append(r.Warnings, Warning{kind, code, fmt.Sprintf(format, args...)})
}
