package cetp

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

// TestOwnAddress: a sink on all addresses tells the one on the way to the
// Konnektor.
func TestOwnAddress(t *testing.T) {
	got, err := ownAddress(t.Context(), "127.0.0.1:443")
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1", got)
	_, err = ownAddress(t.Context(), "127.0.0.1") // no port
	require.Error(t, err)
}

// TestKeeperFollowsItsAddress: the computer gets another address, as with DHCP,
// loses its network and gets it back.
func TestKeeperFollowsItsAddress(t *testing.T) {
	clock := konnektortest.NewClock(time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC))
	k := konnektortest.NewWith(t, konnektortest.Options{Now: clock.Now, Auth: konnektortest.TLS})
	s, err := Listen(Config{Listen: "127.0.0.1:0", Clock: clock})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	var host atomic.Value
	host.Store("127.0.0.2")
	s.lookup = func(context.Context, string) (string, error) {
		if h := host.Load().(string); h != "" {
			return h, nil
		}
		return "", errors.New("no network")
	}
	client, err := konnektor.New(k.Config())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	keeper, err := s.Keep(client, KeeperConfig{})
	require.NoError(t, err)
	at := func(host string) func() bool {
		return func() bool {
			list := k.Subscriptions()
			return len(list) == 1 && strings.HasPrefix(list[0].EventTo, "cetp://"+host+":") && keeper.State().Err == nil
		}
	}
	reach := func(what string, ok func() bool) {
		for end := clock.Now().Add(3 * time.Minute); !ok(); {
			require.True(t, clock.Await(1, time.Minute))
			require.True(t, clock.Now().Before(end), what)
			_, first := clock.Waiting()
			clock.Advance(first)
		}
	}
	reach("first address", at("127.0.0.2"))
	host.Store("127.0.0.3")
	reach("second address", at("127.0.0.3"))
	host.Store("")
	reach("no network", func() bool { return keeper.State().Err != nil })
	host.Store("127.0.0.4")
	reach("third address", at("127.0.0.4"))
}
