package memorybox

import (
	"context"
	"slices"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// delivered are the log settings of delivery (Bedienungsanleitung
// Highspeed-Konnektor 2.0, 12.3), with a log of a module that nobody knows.
func delivered() mgmt.LogSettings {
	s := mgmt.LogSettings{SecurityLogDays: 180}
	for _, name := range []string{"system", "amts", "epa", "nfdm", "vsdm", "other"} {
		s.Modules = append(s.Modules, mgmt.ModuleLog{Name: name, Level: mgmt.LevelWarning, Days: 180})
	}
	return s
}

// LogSettings are the present ones.
func (b *Box) LogSettings(ctx context.Context) (mgmt.LogSettings, error) {
	var s mgmt.LogSettings
	err := b.call(ctx, mgmt.OpLogSettingsGet, func() error {
		s = b.state.Log
		s.Modules = slices.Clone(s.Modules)
		return nil
	})
	return s, err
}

// SetLogSettings replaces them.
func (b *Box) SetLogSettings(ctx context.Context, s mgmt.LogSettings) error {
	return b.call(ctx, mgmt.OpLogSettingsSet, func() error {
		b.target().Log = s
		b.history = append(b.history, s)
		return nil
	})
}

// History are the log settings that the box has had, from the first on.
func (b *Box) History() []mgmt.LogSettings {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.history)
}
