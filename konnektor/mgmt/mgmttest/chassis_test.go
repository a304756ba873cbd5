package mgmttest_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

// model is a box that notes what becomes of it.
type model struct {
	*echo
	chassis *mgmttest.Chassis
	fails   error
	syncs   int
}

func (m *model) Begin(c *mgmttest.Chassis) error {
	m.chassis = c
	return m.fails
}

func (m *model) Sync() { m.syncs++ }

func TestChassis(t *testing.T) {
	m := &model{echo: &echo{}}
	c, err := mgmttest.StartChassis(mgmttest.Parts{User: "admin", Name: "box"}, m)
	require.NoError(t, err)
	require.Same(t, c, m.chassis)
	require.Equal(t, "admin", c.User())
	require.NotEmpty(t, c.Password())
	require.Equal(t, c.Konnektor.Seed(), c.Seed())
	require.Equal(t, 1, m.syncs)
	c.Clock.Advance(time.Hour)
	require.Equal(t, 2, m.syncs)

	require.True(t, answers(t, c))
	require.True(t, serves(t, c.Konnektor))
	require.NoError(t, c.Close())
	require.NoError(t, c.Close())
	c.Clock.Advance(time.Hour)
	require.Equal(t, 2, m.syncs, "it watches no clock any more")
	require.False(t, answers(t, c))
	require.False(t, serves(t, c.Konnektor))
}

// TestChassisKeepsForeignServices closes only what it has started.
func TestChassisKeepsForeignServices(t *testing.T) {
	k := konnektortest.New(t)
	c, err := mgmttest.StartChassis(mgmttest.Parts{Konnektor: k, Seed: 7, Account: mgmttest.Account{User: "u", Password: "p"}}, &model{echo: &echo{}})
	require.NoError(t, err)
	require.Equal(t, uint64(7), c.Seed())
	require.Equal(t, "p", c.Password())
	require.NoError(t, c.Close())
	require.True(t, serves(t, k))
}

// TestChassisThatDoesNotStart leaves nothing behind that answers.
func TestChassisThatDoesNotStart(t *testing.T) {
	m := &model{echo: &echo{}, fails: errors.New("no first state")}
	_, err := mgmttest.StartChassis(mgmttest.Parts{Name: "box"}, m)
	require.ErrorIs(t, err, m.fails)
	require.False(t, answers(t, m.chassis))
	require.False(t, serves(t, m.chassis.Konnektor))
	require.Zero(t, m.syncs)

	_, err = mgmttest.StartChassis(mgmttest.Parts{Listen: "192.0.2.1:0"}, m)
	require.ErrorContains(t, err, "loopback")
	_, err = mgmttest.StartChassis(mgmttest.Parts{Services: konnektortest.Options{Style: "no such"}}, m)
	require.Error(t, err)
}

// answers says whether the port of the management answers, with its own
// certificate: a port that was given back may be somebody else's by now.
func answers(t *testing.T, c *mgmttest.Chassis) bool {
	t.Helper()
	s := &setup{Server: c.Server, client: clientOf(t, c.Server)}
	return s.ask(t.Context())
}

// serves says the same of the services.
func serves(t *testing.T, k *konnektortest.Konnektor) bool {
	t.Helper()
	client, err := konnektor.New(k.Config())
	require.NoError(t, err)
	defer client.Close()
	_, err = client.Services(t.Context())
	return err == nil
}
