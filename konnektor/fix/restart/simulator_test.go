package restart_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/fixtest"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/restart"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet/secunettest"
)

func TestSimulatedBox(t *testing.T) {
	for _, product := range []secunettest.Product{secunettest.Einbox, secunettest.HSK} {
		t.Run(string(product), func(t *testing.T) {
			box := secunettest.NewWith(t, secunettest.Options{Product: product})
			client, err := konnektor.New(box.Konnektor.Config())
			require.NoError(t, err)
			defer client.Close()
			var phases []restart.Phase
			hooks := restart.Hooks{
				Now:      box.Clock.Now,
				Phase:    func(p restart.Phase) { phases = append(phases, p) },
				Services: func(ctx context.Context) error { _, err := client.ReloadServices(ctx); return err },
			}
			d, o := fixtest.Open(t, box), fixtest.Options(t, box)
			require.Equal(t, fix.AlreadyDone, fix.Run(t.Context(), d, restart.New(restart.Parameters{}, hooks), o).Outcome)
			require.Zero(t, box.State().Restarts)

			box.SetRestartRequired(true)
			box.Clock.Advance(24 * time.Hour)
			box.Forget()
			begun := box.Clock.Now()
			r := fix.Run(t.Context(), d, restart.New(restart.Parameters{}, hooks), o)
			require.NoError(t, r.Err)
			require.Equal(t, fix.Applied, r.Outcome)
			t.Logf("%d requests, %s of the box's time; %s; %v", len(box.Requests()), box.Clock.Now().Sub(begun), r.Plan[0].Before, box.Operations())
			require.Equal(t, 1, box.State().Restarts)
			require.False(t, box.State().RestartRequired)
			require.Equal(t, restart.PhaseReady, phases[len(phases)-1])
			require.NoError(t, d.Close(t.Context()))
			fixtest.Behaved(t, box)
		})
	}
}

func TestRestartThatIsNotHeardOrNotAnswered(t *testing.T) {
	for name, disturb := range map[string]func(*secunettest.Box){
		"not heard":    func(b *secunettest.Box) { b.CutBefore("reboot", 1) },
		"not answered": func(b *secunettest.Box) { b.NoAnswer("reboot", 1) },
		"ignored":      func(b *secunettest.Box) { b.Ignore("reboot", 1) },
		"refused":      func(b *secunettest.Box) { b.Fail("reboot", 500, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			box := secunettest.New(t)
			box.Clock.Advance(24 * time.Hour)
			box.SetRestartRequired(true)
			hooks := restart.Hooks{Now: box.Clock.Now}
			d, o := fixtest.Open(t, box), fixtest.Options(t, box)
			disturb(box)
			r := fix.Run(t.Context(), d, restart.New(restart.Parameters{}, hooks), o)
			for range 2 {
				box.Clock.Advance(time.Hour)
				r = fix.Run(t.Context(), d, restart.New(restart.Parameters{}, hooks), o)
			}
			require.Contains(t, []fix.Outcome{fix.Applied, fix.AlreadyDone}, r.Outcome, "%v", r.Err)
			require.Equal(t, 1, box.State().Restarts)
			fixtest.Behaved(t, box)
		})
	}
}
