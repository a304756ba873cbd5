package tslimport_test

import (
	"context"
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/fixtest"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/tslimport"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet/secunettest"
)

// onBox is the fix for a simulated box, with the lists that it needs.
func onBox(t *testing.T, box *secunettest.Box) *tslimport.Fix {
	t.Helper()
	folder := t.TempDir()
	var p tslimport.Parameters
	for i, l := range box.Lists() {
		name := filepath.Join(folder, strconv.Itoa(i)+".xml")
		require.NoError(t, os.WriteFile(name, l.XML, 0o600))
		p.Lists = append(p.Lists, name)
	}
	return tslimport.New(p, tslimport.Hooks{Now: box.Clock.Now})
}

func TestMay2020(t *testing.T) {
	for changes := range 3 {
		t.Run(strconv.Itoa(changes+1), func(t *testing.T) {
			box := secunettest.NewWith(t, secunettest.Options{
				Incident: secunettest.May2020, MissedChanges: changes + 1, OfflineImport: true, VPNAfterRestart: true,
			})
			d, f, o := fixtest.Open(t, box), onBox(t, box), fixtest.Options(t, box)
			before := box.State()
			dry := o
			dry.DryRun = true
			require.Equal(t, fix.Planned, fix.Run(t.Context(), d, f, dry).Outcome)
			require.Equal(t, before, box.State())
			box.Forget()

			begun := box.Clock.Now()
			r := fix.Run(t.Context(), d, f, o)
			require.NoError(t, r.Err)
			require.Equal(t, fix.Applied, r.Outcome)
			t.Logf("%d steps, %d requests, %s of the box's time, %v", len(r.Plan), len(box.Requests()), box.Clock.Now().Sub(begun), box.Operations())
			s := box.State()
			require.Equal(t, box.Lists()[len(box.Lists())-1].Sequence, s.TSLSequence)
			require.True(t, s.Online)
			require.Equal(t, 1, s.Restarts)
			changing := []string{"sim-online-put"}
			for range box.Lists() {
				changing = append(changing, "sim-tsl-import")
			}
			require.Equal(t, append(changing, "sim-online-put", "reboot"), effects(box))
			for _, step := range r.Plan {
				want := mgmt.Simulator
				if step.Key == "restart" {
					want = mgmt.Confirmed
				}
				require.Equal(t, want, step.Evidence, step.Key)
			}
			require.Equal(t, fix.AlreadyDone, fix.Run(t.Context(), d, f, o).Outcome)
			require.NoError(t, d.Close(t.Context()))
			fixtest.Behaved(t, box)
		})
	}
}

// Without the calls that an operator has supplied there is a procedure by hand,
// and nothing is sent that changes anything.
func TestWithoutAProfile(t *testing.T) {
	box := secunettest.Incident2020May(t, 1)
	before := box.State()
	d := fixtest.Open(t, box, func(c *mgmt.Config) { c.Profiles, c.AllowOperatorSupplied = nil, false })
	r := fix.Run(t.Context(), d, onBox(t, box), fixtest.Options(t, box))
	require.Equal(t, fix.Refused, r.Outcome)
	require.Equal(t, fix.ReasonUnknownCall, r.Reason)
	var unknown *mgmt.UnknownEndpointError
	require.ErrorAs(t, r.Err, &unknown)
	require.NotEmpty(t, unknown.Procedure)
	require.Equal(t, before, box.State())
	require.Empty(t, box.Requests())
}

func TestDisturbedBox(t *testing.T) {
	for name, disturb := range map[string]func(box *secunettest.Box){
		"refused":               func(b *secunettest.Box) { b.Fail("sim-tsl-import", http.StatusConflict, 1) },
		"ignored":               func(b *secunettest.Box) { b.Ignore("sim-tsl-import", 1) },
		"lost before":           func(b *secunettest.Box) { b.CutBefore("sim-tsl-import", 1) },
		"lost during":           func(b *secunettest.Box) { b.CutDuring("sim-tsl-import", 1) },
		"lost after":            func(b *secunettest.Box) { b.CutAfter("sim-tsl-import", 1) },
		"restart is not heard":  func(b *secunettest.Box) { b.CutBefore("reboot", 1) },
		"restart is not said":   func(b *secunettest.Box) { b.NoAnswer("reboot", 1) },
		"switch is not told":    func(b *secunettest.Box) { b.NoAnswer("sim-online-put", 1) },
		"switch is ignored":     func(b *secunettest.Box) { b.Ignore("sim-online-put", 1) },
		"reboots at the import": func(b *secunettest.Box) { b.RebootBefore("sim-tsl-import") },
		"reboots at the switch": func(b *secunettest.Box) { b.RebootAfter("sim-online-put") },
	} {
		t.Run(name, func(t *testing.T) {
			box := secunettest.NewWith(t, secunettest.Options{Incident: secunettest.May2020, OfflineImport: true})
			d, f, o := fixtest.Open(t, box), onBox(t, box), fixtest.Options(t, box)
			disturb(box)
			r := fix.Run(t.Context(), d, f, o)
			require.True(t, box.State().Online || r.Outcome == fix.Stuck, "%s: %v", r.Outcome, r.Err)
			for range 2 {
				box.Clock.Advance(time.Hour)
				r = fix.Run(t.Context(), d, f, o)
			}
			require.Contains(t, []fix.Outcome{fix.Applied, fix.AlreadyDone}, r.Outcome, "%v", r.Err)
			s := box.State()
			require.Equal(t, box.Lists()[len(box.Lists())-1].Sequence, s.TSLSequence)
			require.True(t, s.Online)
			fixtest.Behaved(t, box)
		})
	}
}

// A box that is given an anchor by a file, as one that does not tell its own.
func TestAnchorFromAFile(t *testing.T) {
	box := secunettest.Incident2020May(t, 1)
	der := box.Anchor()
	name := filepath.Join(t.TempDir(), "anchor.pem")
	require.NoError(t, os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	d := fixtest.Open(t, box)
	folder := t.TempDir()
	p := tslimport.Parameters{Anchor: name}
	for i, l := range box.Lists() {
		file := filepath.Join(folder, strconv.Itoa(i)+".xml")
		require.NoError(t, os.WriteFile(file, l.XML, 0o600))
		p.Lists = append(p.Lists, file)
	}
	quiet := &untold{d.(tslDevice)}
	plan, err := tslimport.New(p, tslimport.Hooks{Now: box.Clock.Now}).Plan(t.Context(), quiet)
	require.NoError(t, err)
	require.Len(t, plan, len(p.Lists)+3)
	p.Anchor = ""
	_, err = tslimport.New(p, tslimport.Hooks{Now: box.Clock.Now}).Plan(t.Context(), quiet)
	var refusal *fix.Refusal
	require.ErrorAs(t, err, &refusal, "the anchor that is compiled in is another one")
	require.Equal(t, tslimport.ReasonListMissing, refusal.Reason)
}

type tslDevice interface {
	mgmt.Device
	mgmt.TSLImporter
	mgmt.StatusReader
	mgmt.OnlineSwitch
	mgmt.Restarter
}

// untold is a device that does not tell its anchor.
type untold struct{ tslDevice }

func (u *untold) TSLState(ctx context.Context) (mgmt.TSLState, error) {
	s, err := u.tslDevice.TSLState(ctx)
	s.Anchor = nil
	return s, err
}

// effects are the operations that changed something on the box.
func effects(box *secunettest.Box) (names []string) {
	for _, q := range box.Requests() {
		if q.Effect && q.Method != http.MethodGet && q.Operation != "login" && q.Operation != "logout" {
			names = append(names, q.Operation)
		}
	}
	return names
}
