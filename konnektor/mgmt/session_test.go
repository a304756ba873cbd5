package mgmt_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

func TestOpenSendsNothing(t *testing.T) {
	b := newSecunet(t)
	d := b.open(b.config())
	require.Equal(t, mgmt.Secunet, d.Product().Vendor)
	require.NoError(t, d.Close(t.Context()))
	require.Empty(t, b.came())
	_, err := as[mgmt.StatusReader](t, d).Status(t.Context())
	require.ErrorIs(t, err, mgmt.ErrClosed)
}

func TestOneLoginForAllCalls(t *testing.T) {
	b := newSecunet(t)
	b.inSession("GET "+statusPath, 200, "{}")
	d := b.open(b.config())
	for range 3 {
		_, err := as[mgmt.StatusReader](t, d).Status(t.Context())
		require.NoError(t, err)
	}
	require.NoError(t, d.Close(t.Context()))
	require.NoError(t, d.Close(t.Context()))
	require.Equal(t, []string{"POST " + loginPath, "GET " + statusPath, "GET " + statusPath, "GET " + statusPath, "DELETE " + logoutPath}, b.names())
	require.Empty(t, b.sessions)
}

func TestSessionOver(t *testing.T) {
	b := newSecunet(t)
	b.inSession("GET "+statusPath, 200, "{}")
	d := b.open(b.config())
	status := as[mgmt.StatusReader](t, d)
	_, err := status.Status(t.Context())
	require.NoError(t, err)
	b.expire()
	b.came()
	_, err = status.Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"GET " + statusPath, "POST " + loginPath, "GET " + statusPath}, b.names())
}

// TestForbidden sees that a role that may not do something leads to one login
// more at most, and to none when the session is new.
func TestForbidden(t *testing.T) {
	b := newSecunet(t)
	b.inSession("GET "+statusPath, 200, "{}")
	b.on("GET /rest/mgmt/ak/dienste/karten", http.StatusForbidden, password)
	d := b.open(b.config())
	_, err := as[mgmt.CardReader](t, d).Cards(t.Context())
	var refused *mgmt.RefusedError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, http.StatusForbidden, refused.Status)
	require.Equal(t, 1, b.logins)
	_, err = as[mgmt.CardReader](t, d).Cards(t.Context())
	require.ErrorAs(t, err, &refused)
	require.Equal(t, 2, b.logins)
	require.NotContains(t, err.Error(), password)
}

func TestWrongPasswordIsTriedOnce(t *testing.T) {
	for name, status := range map[string]int{"401": 401, "403": 403, "400": 400, "200 without token": 200} {
		t.Run(name, func(t *testing.T) {
			b := newSecunet(t)
			b.on("POST "+loginPath, status, "")
			d := b.open(b.config())
			for range 5 {
				_, err := as[mgmt.StatusReader](t, d).Status(t.Context())
				require.ErrorIs(t, err, mgmt.ErrLogin)
				require.ErrorIs(t, err, konnektor.KindUnauthorized)
			}
			require.NoError(t, d.Close(t.Context()))
			require.Equal(t, []string{"POST " + loginPath}, b.names())
		})
	}
}

// TestRefusalThatIsCutOff loses the connection in the middle of the refusal: its
// status was read, and that is enough not to try the password again.
func TestRefusalThatIsCutOff(t *testing.T) {
	b := newSecunet(t)
	b.do("POST "+loginPath, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, "wrong") // less than announced: the server ends the connection
	})
	d := b.open(b.config())
	for range 3 {
		_, err := as[mgmt.StatusReader](t, d).Status(t.Context())
		require.ErrorIs(t, err, mgmt.ErrLogin)
	}
	require.Len(t, b.came(), 1)
}

// TestPasswordChangedMeanwhile has the box throw us out and then refuse the
// password.
func TestPasswordChangedMeanwhile(t *testing.T) {
	b := newSecunet(t)
	b.inSession("GET "+statusPath, 200, "{}")
	d := b.open(b.config())
	_, err := as[mgmt.StatusReader](t, d).Status(t.Context())
	require.NoError(t, err)
	b.expire()
	b.wrong = true
	for range 3 {
		_, err = as[mgmt.StatusReader](t, d).Status(t.Context())
		require.ErrorIs(t, err, mgmt.ErrLogin)
	}
	require.Equal(t, 2, b.logins)
}

func TestBusyLoginIsNoWrongPassword(t *testing.T) {
	b := newSecunet(t)
	real := b.answers["POST "+loginPath]
	b.on("POST "+loginPath, http.StatusServiceUnavailable, "")
	b.inSession("GET "+statusPath, 200, "{}")
	d := b.open(b.config())
	_, err := as[mgmt.StatusReader](t, d).Status(t.Context())
	var refused *mgmt.RefusedError
	require.ErrorAs(t, err, &refused)
	require.NotErrorIs(t, err, mgmt.ErrLogin)
	b.do("POST "+loginPath, real)
	_, err = as[mgmt.StatusReader](t, d).Status(t.Context())
	require.NoError(t, err)
}

func TestCredentialsFail(t *testing.T) {
	b := newSecunet(t)
	cfg := b.config()
	asked := errors.New("keyring closed")
	cfg.Credentials = func(context.Context) (mgmt.Credentials, error) { return mgmt.Credentials{}, asked }
	_, err := as[mgmt.StatusReader](t, b.open(cfg)).Status(t.Context())
	require.ErrorIs(t, err, asked)
	cfg.Credentials = func(context.Context) (mgmt.Credentials, error) { return mgmt.Credentials{User: "x"}, nil }
	_, err = as[mgmt.StatusReader](t, b.open(cfg)).Status(t.Context())
	require.ErrorIs(t, err, konnektor.KindConfig)
	require.Empty(t, b.came())
}

// TestNeverTwoSessions lets goroutines of two Devices call at the same time.
func TestNeverTwoSessions(t *testing.T) {
	b := newSecunet(t)
	b.inSession("GET "+statusPath, 200, "{}")
	var all sync.WaitGroup
	for range 2 {
		d, err := mgmt.Open(t.Context(), b.config(), drivers...)
		require.NoError(t, err)
		all.Go(func() {
			var calls sync.WaitGroup
			for range 4 {
				calls.Go(func() {
					_, err := as[mgmt.StatusReader](t, d).Status(t.Context())
					require.NoError(t, err)
				})
			}
			calls.Wait()
			require.NoError(t, d.Close(t.Context()))
		})
	}
	all.Wait()
	require.Equal(t, 1, b.most, "sessions at once")
	require.Equal(t, 2, b.logins)
	require.Empty(t, b.sessions)
}

func TestWaitingForTheOtherDevice(t *testing.T) {
	b := newSecunet(t)
	b.inSession("GET "+statusPath, 200, "{}")
	first, second := b.open(b.config()), b.open(b.config())
	_, err := as[mgmt.StatusReader](t, first).Status(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = as[mgmt.StatusReader](t, second).Status(ctx)
	require.ErrorIs(t, err, konnektor.KindTimeout)
	require.NoError(t, first.Close(t.Context()))
	_, err = as[mgmt.StatusReader](t, second).Status(t.Context())
	require.NoError(t, err)
}

// TestLogoutAfterCancel cancels everything and still logs out.
func TestLogoutAfterCancel(t *testing.T) {
	b := newSecunet(t)
	b.inSession("GET "+statusPath, 200, "{}")
	d := b.open(b.config())
	ctx, cancel := context.WithCancel(t.Context())
	_, err := as[mgmt.StatusReader](t, d).Status(ctx)
	require.NoError(t, err)
	cancel()
	_, err = as[mgmt.StatusReader](t, d).Status(ctx)
	require.ErrorIs(t, err, konnektor.KindCancelled)
	require.NoError(t, d.Close(ctx))
	require.Empty(t, b.sessions)
}

// TestCancelledLogin cancels while the box works on the login: its session must
// not be left behind.
func TestCancelledLogin(t *testing.T) {
	b := newSecunet(t)
	real := b.answers["POST "+loginPath]
	ctx, cancel := context.WithCancel(t.Context())
	b.do("POST "+loginPath, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		real(w, r)
	})
	d := b.open(b.config())
	_, err := as[mgmt.StatusReader](t, d).Status(ctx)
	require.ErrorIs(t, err, konnektor.KindCancelled)
	require.Equal(t, []string{"POST " + loginPath, "DELETE " + logoutPath}, b.names())
	require.Empty(t, b.sessions)
}

func TestOtherCertificate(t *testing.T) {
	b := newSecunet(t)
	cfg := b.config()
	cfg.Trust.CertificateSHA256 = []string{"00" + cfg.Trust.CertificateSHA256[0][2:]}
	_, err := as[mgmt.StatusReader](t, b.open(cfg)).Status(t.Context())
	require.ErrorIs(t, err, konnektor.KindCertificate)
	require.Empty(t, b.came(), "no password goes to an unknown box")

	cfg.Trust = konnektor.Trust{PublicKeySHA256: []string{konnektor.PublicKeyPin(b.server.Certificate())}}
	b.inSession("GET "+statusPath, 200, "{}")
	_, err = as[mgmt.StatusReader](t, b.open(cfg)).Status(t.Context())
	require.NoError(t, err)
}

func TestFirstUse(t *testing.T) {
	b := newSecunet(t)
	b.inSession("GET "+statusPath, 200, "{}")
	cfg := b.config()
	asked := 0
	refuse := errors.New("no")
	cfg.Trust = konnektor.Trust{OnFirstUse: func(_ context.Context, c *x509.Certificate) error {
		asked++
		require.Equal(t, b.server.Certificate().Raw, c.Raw)
		return refuse
	}}
	d := b.open(cfg)
	_, err := as[mgmt.StatusReader](t, d).Status(t.Context())
	require.ErrorIs(t, err, refuse)
	require.Empty(t, b.came())
	refuse = nil
	for range 2 {
		_, err = as[mgmt.StatusReader](t, d).Status(t.Context())
		require.NoError(t, err)
	}
	require.Equal(t, 2, asked)

	cfg.Trust = konnektor.Trust{}
	_, err = mgmt.Open(t.Context(), cfg, drivers...)
	require.ErrorIs(t, err, konnektor.KindConfig, "there is no way to trust everything")
}

// TestLostAnswers ends the connection at every request: nothing is sent twice,
// but a GET, and nothing is taken for done.
func TestLostAnswers(t *testing.T) {
	b := newSecunet(t)
	const get = "GET /rest/mgmt/nk/protokoll/einstellungen"
	b.inSession(get, 200, logSettings)
	b.do("PUT "+logPath, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		require.NoError(t, err)
		_ = conn.Close()
	})
	d := b.open(b.config())
	settings := as[mgmt.LogConfigurer](t, d)
	found, err := settings.LogSettings(t.Context())
	require.NoError(t, err)
	found.SecurityLogDays = 140
	b.came()
	require.ErrorIs(t, settings.SetLogSettings(t.Context(), found), konnektor.KindUnreachable)
	require.Equal(t, []string{"PUT " + logPath + "?strict=true"}, b.names())
}

func TestRestartLosesTheConnection(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"answered": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) },
		"lost": func(w http.ResponseWriter, _ *http.Request) {
			conn, _, _ := http.NewResponseController(w).Hijack()
			_ = conn.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newSecunet(t)
			b.do("POST /rest/mgmt/nk/system", answer)
			require.NoError(t, as[mgmt.Restarter](t, b.open(b.config())).Restart(t.Context()))
			came := b.came()
			require.Len(t, came, 2)
			require.Equal(t, "{}", came[1].Body)
		})
	}
	t.Run("refused", func(t *testing.T) {
		b := newSecunet(t)
		b.on("POST /rest/mgmt/nk/system", 409, "")
		var refused *mgmt.RefusedError
		require.ErrorAs(t, as[mgmt.Restarter](t, b.open(b.config())).Restart(t.Context()), &refused)
	})
	t.Run("not there", func(t *testing.T) {
		b := newSecunet(t)
		cfg := b.config()
		cfg.Port = nobody
		require.ErrorIs(t, as[mgmt.Restarter](t, b.open(cfg)).Restart(t.Context()), konnektor.KindUnreachable)
	})
}

func TestTimeouts(t *testing.T) {
	b := newSecunet(t)
	gone := make(chan struct{})
	hang := func(_ http.ResponseWriter, r *http.Request) { <-gone }
	t.Cleanup(func() { close(gone) })
	b.do("GET /hangs", hang)
	b.do("PUT /hangs", hang)
	cfg := b.config()
	// Neither call needs a login, whose time would be the same short one.
	cfg.AllowOperatorSupplied, cfg.Profiles = true, []json.RawMessage{operators(
		`{"operation":"status","method":"GET","path":"/hangs","anonymous":true},
		{"operation":"updates.check","method":"PUT","path":"/hangs","anonymous":true,"slow":true}`)}
	cfg.Timeout, cfg.SlowTimeout = 100*time.Millisecond, 200*time.Millisecond
	d := b.open(cfg)
	_, err := as[mgmt.StatusReader](t, d).Status(t.Context())
	require.ErrorIs(t, err, konnektor.KindTimeout)
	begun := time.Now()
	require.ErrorIs(t, as[mgmt.Updater](t, d).CheckUpdates(t.Context()), konnektor.KindTimeout)
	require.GreaterOrEqual(t, time.Since(begun), cfg.SlowTimeout)
}
