package operations_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet/secunettest"
	"github.com/libkonnektor/libkonnektor/konnektor/operations"
)

// pinnedPVS is a program that knows the services of a box by their certificate, and
// is started again and again.
type pinnedPVS struct {
	t    *testing.T
	box  *secunettest.Box
	dir  string
	pins []string
}

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

// start is the program's next start.
func (p *pinnedPVS) start() *operations.Session {
	p.t.Helper()
	services := p.box.Konnektor.Config()
	services.Trust = konnektor.Trust{CertificateSHA256: p.pins}
	return openManaged(p.t, p.box, services, p.dir, p.box.Password())
}

// call makes one call in a start of its own; each event is told.
func (p *pinnedPVS) call(ctx context.Context, name, request string, event func(string), answer any) {
	p.t.Helper()
	s := p.start()
	defer func() { require.NoError(p.t, s.Close()) }()
	raw, err := s.Stream(ctx, name, []byte(request), func(e []byte) { event(string(e)) })
	if answer == nil {
		return // how it ended is not asked
	}
	require.NoError(p.t, err)
	require.NoError(p.t, json.Unmarshal(raw, answer))
}

// The program ends right after the box has switched to its renewed identity, before
// it was told which certificate to store. From then on its own settings keep it from
// the services: its next start gets the certificate all the same, and each one
// until it has stored it.
func TestNewPinIsHandedOverAfterARestart(t *testing.T) {
	box := running(t, secunettest.Options{Incident: secunettest.July2025})
	former := fingerprint(box.Konnektor.ServerCertificate())
	pvs := &pinnedPVS{t: t, box: box, dir: t.TempDir(), pins: []string{former}}

	ctx, end := context.WithCancel(t.Context())
	defer end()
	told := ""
	pvs.call(ctx, "fix.apply", `{"fix":"akaut","consent":"yes","allow_no_way_back":true}`, func(e string) {
		if told += e; strings.Contains(e, `"phase":"visible"`) && strings.Contains(e, `"key":"server-identity/`) {
			end()
		}
	}, nil)
	require.NotContains(t, told, `"event":"fix.pin"`)
	require.Equal(t, "SMC-K_RENEWED", box.State().Identity)
	renewed := fingerprint(box.Konnektor.ServerCertificate())
	require.NotEqual(t, former, renewed)

	told = ""
	hear := func(e string) { told += e }
	var resumed struct{ Reports []report }
	pvs.call(t.Context(), "fix.resume", `{"consent":"yes"}`, hear, &resumed)
	require.Len(t, resumed.Reports, 1)
	require.Equal(t, "applied", resumed.Reports[0].Outcome, "%+v", resumed.Reports[0].Error)
	require.NotNil(t, resumed.Reports[0].Pin)
	require.Equal(t, renewed, resumed.Reports[0].Pin.SHA256)
	require.Contains(t, told, `"event":"fix.pin"`)

	again := `{"fix":"akaut","consent":"yes","allow_no_way_back":true}`
	var r report
	pvs.call(t.Context(), "fix.apply", again, hear, &r)
	require.Equal(t, "already-done", r.Outcome, "%+v", r.Error)
	require.NotNil(t, r.Pin, "it was not stored yet")
	require.Equal(t, renewed, r.Pin.SHA256)

	pvs.pins = []string{renewed}
	r = report{}
	pvs.call(t.Context(), "fix.apply", again, hear, &r)
	require.Equal(t, "already-done", r.Outcome, "%+v", r.Error)
	require.Nil(t, r.Pin)
	require.Equal(t, 1, box.Count("sim-identity-put"))
}
