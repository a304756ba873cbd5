package fix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// Snapshot is the content of a snapshot file: what each step would change, as it
// was. No secrets, no patients.
type Snapshot struct {
	Fix     string         `json:"fix"`
	Run     string         `json:"run"`
	Time    time.Time      `json:"time"`
	Product mgmt.Product   `json:"product"`
	Steps   []SnapshotStep `json:"steps"`
}

// SnapshotStep is one step of a plan with its former value.
type SnapshotStep struct {
	Key      string          `json:"key"`
	What     string          `json:"what,omitempty"`
	Before   string          `json:"before,omitempty"`
	After    string          `json:"after,omitempty"`
	Snapshot json.RawMessage `json:"snapshot,omitempty"`
}

// maxSnapshot bounds a snapshot file that is read.
const maxSnapshot = 16 << 20

// ReadSnapshot reads a snapshot file.
func ReadSnapshot(path string) (Snapshot, error) {
	data, err := readFile(path, maxSnapshot)
	if err != nil {
		return Snapshot{}, err
	}
	var s Snapshot
	if err := json.Unmarshal(data, &s); err != nil {
		return Snapshot{}, fmt.Errorf("fix: snapshot %s: %w", filepath.Base(path), err)
	}
	return s, nil
}

// keep puts what was on disk: the former values, and a backup where the box
// offers one. A run that is gone on with has done so before its first change.
func (r *run) keep(ctx context.Context) error {
	r.progress(PhaseSnapshot, 0)
	if r.open != nil {
		r.report.Snapshot, r.report.Backup = r.besides(r.open.Snapshot), r.besides(r.open.Backup)
		return nil
	}
	if err := r.keepSnapshot(); err != nil {
		return &ending{outcome: Refused, reason: reasonOr(err, ReasonJournal), cause: err}
	}
	if r.o.BackupPassword == nil {
		return nil
	}
	backuper, err := mgmt.As[mgmt.Backuper](r.device)
	if err != nil {
		return nil
	}
	return r.keepBackup(ctx, backuper)
}

func (r *run) besides(name string) string {
	if name == "" {
		return ""
	}
	return filepath.Join(r.o.Dir, filepath.Base(name))
}

func (r *run) keepSnapshot() error {
	s := Snapshot{Fix: r.name(), Run: r.report.Run, Time: r.o.Clock.Now().UTC().Round(0), Product: r.device.Product()}
	for _, step := range r.plan {
		s.Steps = append(s.Steps, SnapshotStep{step.Key, step.What, step.Before, step.After, step.Snapshot})
	}
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("fix: snapshot: %w", err)
	}
	path := r.names.snapshot(r.report.Run)
	if err := writeFile(r.o.disk, path, append(data, '\n')); err != nil {
		return err
	}
	r.report.Snapshot = path
	return r.note(Record{Event: EventSnapshot, File: filepath.Base(path)})
}

// keepBackup makes a full backup. The password is the caller's: it is neither
// kept nor written.
func (r *run) keepBackup(ctx context.Context, b mgmt.Backuper) error {
	password, err := r.o.BackupPassword(ctx)
	if err != nil {
		return &ending{outcome: Refused, reason: ReasonBackup, cause: fmt.Errorf("fix: backup: no password: %w", err)}
	}
	backup, err := b.Backup(ctx, mgmt.BackupAll, password)
	if errors.Is(err, mgmt.ErrUnknownEndpoint) || errors.Is(err, mgmt.ErrUnsupported) {
		return nil
	}
	if err == nil && len(backup.Data) == 0 {
		err = errors.New("fix: backup: the box sent an empty one")
	}
	if err != nil {
		return &ending{outcome: Refused, reason: reasonOr(err, ReasonBackup), cause: err}
	}
	r.replan = true
	path := r.names.backup(r.report.Run)
	if err := writeFile(r.o.disk, path, backup.Data); err != nil {
		return &ending{outcome: Refused, reason: reasonOr(err, ReasonBackup), cause: err}
	}
	r.report.Backup = path
	if err := r.note(Record{Event: EventSnapshot, File: filepath.Base(path), Words: backup.PublicKeyHash}); err != nil {
		return &ending{outcome: Refused, reason: reasonOr(err, ReasonJournal), cause: err}
	}
	return nil
}
