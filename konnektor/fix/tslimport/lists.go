package tslimport

import (
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/tsl"
)

// way are the lists to import, oldest first.
type way struct {
	lists []list
	// has means that the box has the newest list of the files already, and that
	// it is not outdated.
	has bool
}

// list is one import.
type list struct {
	data   []byte
	list   *tsl.List
	needs  string // common name of the trust anchor
	brings string // that of the announced one, "" for none
}

// way finds it, and proves each list in the state that the ones before it lead
// to.
func (f *Fix) way(found mgmt.TSLState) (way, error) {
	now := f.hooks.Now()
	files, err := f.files()
	if err != nil {
		return way{}, err
	}
	device, err := f.device(found, files, now)
	if err != nil {
		return way{}, err
	}
	plan, err := tsl.MakePlan(device, files, now)
	switch {
	case err != nil:
		return way{}, refuse(ReasonAnchorUnknown, "%v", err)
	case plan.Missing != "":
		return way{}, refuse(ReasonListMissing, "%s", plan.Missing)
	case len(plan.Steps) == 0:
		return way{has: hasNewest(found, files, now)}, nil
	}
	return order(plan, files, now)
}

// order takes the steps of a plan that can be gone now.
func order(plan *tsl.Plan, files []tsl.File, now time.Time) (way, error) {
	content := map[string][]byte{}
	for _, file := range files {
		content[file.Name] = file.Data
	}
	var w way
	for _, s := range plan.Steps {
		if s.NotBefore.After(now) {
			return way{}, refuse(ReasonNotYet, "list %d: its trust anchor is in force from %s", s.Result.List.Sequence, s.NotBefore.Format(time.RFC3339))
		}
		one := list{data: content[s.File], list: s.Result.List, needs: s.Needs.Subject.CommonName}
		if a := s.Result.Announced; a != nil {
			one.brings = a.Certificate.Subject.CommonName
		}
		w.lists = append(w.lists, one)
	}
	newest := w.lists[len(w.lists)-1].list
	if !newest.NextUpdate.IsZero() && now.After(newest.NextUpdate) {
		return way{}, refuse(ReasonListExpired, "the newest list that can be reached, %d, was valid until %s", newest.Sequence, newest.NextUpdate.Format(time.RFC3339))
	}
	return w, nil
}

// files reads the lists.
func (f *Fix) files() ([]tsl.File, error) {
	files := make([]tsl.File, 0, len(f.p.Lists))
	for _, name := range f.p.Lists {
		data, err := f.hooks.ReadFile(name)
		if err != nil {
			return nil, refuse(ReasonFiles, "%v", err)
		}
		if len(data) > tsl.MaxSize {
			return nil, refuse(ReasonFiles, "%s: no trust list has more than %d bytes", name, tsl.MaxSize)
		}
		files = append(files, tsl.File{Name: name, Data: data})
	}
	return files, nil
}

// device is the state from which the box goes on: its anchor and its list. An
// anchor that its own list announces is known when that list is among the files.
func (f *Fix) device(found mgmt.TSLState, files []tsl.File, now time.Time) (tsl.State, error) {
	s := tsl.State{Environment: f.p.Environment}
	var err error
	if s.Anchor, err = f.anchor(found); err != nil {
		return s, err
	}
	for _, file := range files {
		if seen, err := tsl.Peek(file.Data); err != nil || found.ID == "" || seen.ID != found.ID {
			continue
		}
		if with, _, err := s.Accept(file.Data, tsl.Options{At: now, Historic: true}); err == nil {
			return with, nil
		}
	}
	if found.Sequence != 0 || found.ID != "" {
		s.List = &tsl.Stored{Environment: f.p.Environment, Sequence: int(found.Sequence), ID: found.ID}
	}
	return s, nil
}

// anchor is the one that the box tells, else that of the file, else the one that
// is compiled in.
func (f *Fix) anchor(found mgmt.TSLState) (*certs.Certificate, error) {
	der := found.Anchor
	if len(der) == 0 && f.p.Anchor != "" {
		data, err := f.hooks.ReadFile(f.p.Anchor)
		if err != nil {
			return nil, refuse(ReasonFiles, "%v", err)
		}
		der = data
	}
	if len(der) == 0 {
		anchor, err := tsl.AnchorOf(f.p.Environment)
		if err != nil {
			return nil, refuse(ReasonEnvironment, "%v", err)
		}
		return anchor, nil
	}
	all, err := certs.ParseAll(der)
	if err != nil || len(all) != 1 {
		return nil, refuse(ReasonAnchorUnknown, "the trust anchor of the box cannot be read")
	}
	return all[0], nil
}

// hasNewest reports whether the list of the box is the newest of the files, or
// newer, and the newest of the files is not outdated.
func hasNewest(found mgmt.TSLState, files []tsl.File, now time.Time) bool {
	var newest *tsl.Unverified
	for _, file := range files {
		seen, err := tsl.Peek(file.Data)
		if err == nil && seen.Damage == nil && (newest == nil || seen.Sequence > newest.Sequence) {
			newest = seen
		}
	}
	return newest != nil && found.Sequence >= int64(newest.Sequence) && now.Before(newest.NextUpdate)
}
