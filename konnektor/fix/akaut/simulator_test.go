package akaut_test

import (
	"context"
	"crypto/x509"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/akaut"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/fixtest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet/secunettest"
)

// affected is a box of July 2025 with the PVS beside it.
func affected(t *testing.T) (box *secunettest.Box, f *akaut.Fix, pinned *[]byte) {
	t.Helper()
	return affectedOf(t, secunettest.Options{Incident: secunettest.July2025})
}

func affectedOf(t *testing.T, o secunettest.Options) (box *secunettest.Box, f *akaut.Fix, pinned *[]byte) {
	t.Helper()
	box = secunettest.NewWith(t, o)
	client, err := konnektor.New(box.Konnektor.Config())
	require.NoError(t, err)
	t.Cleanup(func() { client.Close() })
	cards, _, err := client.Cards(t.Context(), konnektor.CardFilter{Type: konnektor.CardSMCB})
	require.NoError(t, err)
	require.NotEmpty(t, cards)
	stored := box.Konnektor.ServerCertificate()
	f = akaut.New(akaut.Parameters{SMCB: cards[0].ICCSN}, akaut.Hooks{
		Served: fixtest.Served(box),
		Pinned: func(context.Context) ([]byte, error) { return stored, nil },
		Pin:    func(_ context.Context, c *certs.Certificate) error { stored = c.Raw; return nil },
		Now:    box.Clock.Now,
	})
	return box, f, &stored
}

func TestJuly2025(t *testing.T) {
	box, f, pinned := affected(t)
	d, o := fixtest.Open(t, box), fixtest.Options(t, box)
	before := box.State()
	dry := o
	dry.DryRun = true
	r := fix.Run(t.Context(), d, f, dry)
	require.Equal(t, fix.Planned, r.Outcome, "%v", r.Err)
	require.Equal(t, before, box.State())
	box.Forget()

	begun := box.Clock.Now()
	r = fix.Run(t.Context(), d, f, o)
	require.NoError(t, r.Err)
	require.Equal(t, fix.Applied, r.Outcome)
	t.Logf("%d steps, %d requests, %s of the box's time, %v", len(r.Plan), len(box.Requests()), box.Clock.Now().Sub(begun), box.Operations())
	s := box.State()
	require.Equal(t, "SMC-K_RENEWED", s.Identity)
	require.Equal(t, "renewed", s.Registered)
	require.NotEqual(t, before.Certificate, s.Certificate)
	require.Equal(t, box.Konnektor.ServerCertificate(), *pinned)
	require.Equal(t, []string{"sim-registration-put", "sim-identity-put"}, effects(box))
	require.Equal(t, fix.AlreadyDone, fix.Run(t.Context(), d, f, o).Outcome)

	box.Clock.Advance(10 * time.Minute)
	reader, err := mgmt.As[mgmt.StatusReader](d)
	require.NoError(t, err)
	status, err := reader.Status(t.Context())
	require.NoError(t, err)
	require.True(t, status.TI.Online, "the practice has its TI again")
	require.NoError(t, d.Close(t.Context()))
	fixtest.Behaved(t, box)
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

func TestDisturbedBox(t *testing.T) {
	for name, disturb := range map[string]func(box *secunettest.Box){
		"registration is refused":     func(b *secunettest.Box) { b.Fail("sim-registration-put", http.StatusConflict, 1) },
		"registration is ignored":     func(b *secunettest.Box) { b.Ignore("sim-registration-put", 1) },
		"registration is not told":    func(b *secunettest.Box) { b.NoAnswer("sim-registration-put", 1) },
		"switch is refused":           func(b *secunettest.Box) { b.Fail("sim-identity-put", http.StatusConflict, 1) },
		"switch is ignored":           func(b *secunettest.Box) { b.Ignore("sim-identity-put", 1) },
		"switch is lost before":       func(b *secunettest.Box) { b.CutBefore("sim-identity-put", 1) },
		"switch is lost during":       func(b *secunettest.Box) { b.CutDuring("sim-identity-put", 1) },
		"switch is lost after":        func(b *secunettest.Box) { b.CutAfter("sim-identity-put", 1) },
		"reboots at the switch":       func(b *secunettest.Box) { b.RebootBefore("sim-identity-put") },
		"reboots after the switch":    func(b *secunettest.Box) { b.RebootAfter("sim-identity-put") },
		"reboots at the registration": func(b *secunettest.Box) { b.RebootAfter("sim-registration-put") },
	} {
		t.Run(name, func(t *testing.T) {
			box, f, pinned := affected(t)
			d, o := fixtest.Open(t, box), fixtest.Options(t, box)
			disturb(box)
			r := fix.Run(t.Context(), d, f, o)
			for range 2 {
				box.Clock.Advance(time.Hour)
				r = fix.Run(t.Context(), d, f, o)
			}
			require.Contains(t, []fix.Outcome{fix.Applied, fix.AlreadyDone}, r.Outcome, "%v", r.Err)
			require.Equal(t, "SMC-K_RENEWED", box.State().Identity)
			require.Equal(t, box.Konnektor.ServerCertificate(), *pinned)
			require.LessOrEqual(t, box.Count("sim-registration-put"), 2)
			fixtest.Behaved(t, box)
		})
	}
}

// A box whose management shows the same certificate as its services stays within
// reach when it is known by its key: a renewed certificate has the same one.
func TestManagementThatFollowsIsPinnedByItsKey(t *testing.T) {
	box, f, _ := affectedOf(t, secunettest.Options{Incident: secunettest.July2025, ManagementFollows: true})
	shown, err := x509.ParseCertificate(box.Certificate())
	require.NoError(t, err)
	d := fixtest.Open(t, box, func(c *mgmt.Config) {
		c.Trust = konnektor.Trust{PublicKeySHA256: []string{konnektor.PublicKeyPin(shown)}}
	})
	r := fix.Run(t.Context(), d, f, fixtest.Options(t, box))
	require.NoError(t, r.Err)
	require.Equal(t, fix.Applied, r.Outcome)
	require.NotEqual(t, shown.Raw, box.Certificate())
	fixtest.Behaved(t, box)
}

func TestWithoutAProfile(t *testing.T) {
	box, f, _ := affected(t)
	d := fixtest.Open(t, box, func(c *mgmt.Config) { c.Profiles, c.AllowOperatorSupplied = nil, false })
	r := fix.Run(t.Context(), d, f, fixtest.Options(t, box))
	require.Equal(t, fix.Refused, r.Outcome)
	require.Equal(t, fix.ReasonUnknownCall, r.Reason)
	var unknown *mgmt.UnknownEndpointError
	require.ErrorAs(t, r.Err, &unknown)
	require.NotEmpty(t, unknown.Procedure)
	require.Empty(t, box.Requests())
}
