package secunet_test

import (
	"context"
	"encoding/json"
	"net"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet/secunettest"
)

// configFor is how to reach a simulated box.
func configFor(t *testing.T, b *secunettest.Box) mgmt.Config {
	u, err := url.Parse(b.URL())
	require.NoError(t, err)
	host, port, err := net.SplitHostPort(u.Host)
	require.NoError(t, err)
	n, err := strconv.Atoi(port)
	require.NoError(t, err)
	services := b.Konnektor.Config()
	return mgmt.Config{
		Host: host, Port: n, Trust: konnektor.Trust{CertificateSHA256: []string{b.Fingerprint()}},
		DirectoryURL: services.URL, DirectoryTrust: services.Trust, DirectoryAuth: services.Auth,
		Credentials: func(context.Context) (mgmt.Credentials, error) {
			return mgmt.Credentials{User: b.User(), Password: konnektor.Secret(b.Password())}, nil
		},
	}
}

func open(t *testing.T, b *secunettest.Box, cfg mgmt.Config) mgmt.Device {
	d, err := mgmt.Open(t.Context(), cfg, secunet.Driver())
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, d.Close(context.Background()))
		require.LessOrEqual(t, b.Counters().Parallel, 1, "requests at once")
		require.LessOrEqual(t, b.Counters().MostOpen, 1, "sessions at once")
	})
	return d
}

func as[T any](t *testing.T, d mgmt.Device) T {
	t.Helper()
	c, err := mgmt.As[T](d)
	require.NoError(t, err)
	return c
}

var products = []secunettest.Product{secunettest.Einbox, secunettest.Rechenzentrum, secunettest.HSK}

func TestReadingASimulatedBox(t *testing.T) {
	for _, product := range products {
		t.Run(string(product), func(t *testing.T) {
			b := secunettest.NewWith(t, secunettest.Options{Product: product})
			d := open(t, b, configFor(t, b))
			require.Equal(t, mgmt.Secunet, d.Product().Vendor)
			ctx := t.Context()
			status, err := as[mgmt.StatusReader](t, d).Status(ctx)
			require.NoError(t, err)
			require.NotEmpty(t, status.Operating)
			require.NotNil(t, status.RestartRequired)
			require.False(t, status.Started.IsZero())
			info, err := as[mgmt.InfoReader](t, d).Info(ctx)
			require.NoError(t, err)
			require.NotEmpty(t, info.Product.Serial)
			require.WithinDuration(t, b.Clock.Now(), info.Clock, time.Second)
			cards, err := as[mgmt.CardReader](t, d).Cards(ctx)
			require.NoError(t, err)
			for _, c := range cards {
				one, err := as[mgmt.CardReader](t, d).Card(ctx, c.Handle)
				require.NoError(t, err)
				require.Equal(t, c.ICCSN, one.ICCSN)
			}
			terminals, err := as[mgmt.TerminalReader](t, d).Terminals(ctx)
			require.NoError(t, err)
			require.NotEmpty(t, terminals)
			one, err := as[mgmt.TerminalReader](t, d).Terminal(ctx, terminals[0].ID)
			require.NoError(t, err)
			require.Equal(t, terminals[0].InternalID, one.InternalID)
			model, err := as[mgmt.InfoModelReader](t, d).InfoModel(ctx)
			require.NoError(t, err)
			require.NotEmpty(t, model.Contexts)
			mandanten, err := as[mgmt.InfoModelReader](t, d).Mandanten(ctx)
			require.NoError(t, err)
			require.NotEmpty(t, mandanten[0].RemotePIN)
			require.NotEmpty(t, mandanten[0].RemotePIN[0].Terminal)
			require.Equal(t, product != secunettest.HSK, mandanten[0].RemotePIN[0].Workplace != "")
			_, err = as[mgmt.InfoModelReader](t, d).ClientSystems(ctx)
			require.NoError(t, err)
			licences, err := as[mgmt.LicenceReader](t, d).Licences(ctx)
			require.NoError(t, err)
			require.NotEmpty(t, licences)
			_, err = as[mgmt.ReleaseReader](t, d).Releases(ctx)
			require.NoError(t, err)
			updates, err := as[mgmt.Updater](t, d).Updates(ctx)
			require.NoError(t, err)
			require.False(t, updates.Checked.IsZero())
			_, err = as[mgmt.Updater](t, d).TerminalUpdates(ctx, "INGHC", "ORGA6100", "1.2.0", "3.8.1")
			require.NoError(t, err)
			require.Equal(t, 1, b.Counters().Logins)
			require.Empty(t, b.Complaints())
		})
	}
}

func TestLogsOfASimulatedBox(t *testing.T) {
	b := secunettest.New(t)
	d := open(t, b, configFor(t, b))
	now := b.Clock.Now()
	reader := as[mgmt.LogReader](t, d)
	entries, err := reader.ReadLog(t.Context(), mgmt.LogQuery{From: now.Add(-30 * 24 * time.Hour), To: now, Limit: 500})
	require.NoError(t, err)
	require.NotEmpty(t, entries)
	for i, e := range entries {
		require.False(t, e.Time.IsZero(), "%s", e)
		require.NotEmpty(t, e.Kind)
		require.False(t, i > 0 && e.Time.Before(entries[i-1].Time))
	}
	entries, err = reader.ReadLog(t.Context(), mgmt.LogQuery{From: now.Add(24 * time.Hour), To: now.Add(48 * time.Hour)})
	require.NoError(t, err)
	require.Empty(t, entries)
	require.Empty(t, b.Complaints())
}

func TestLogSettingsOfASimulatedBox(t *testing.T) {
	for name, numbers := range map[string]bool{"days as strings": false, "days as numbers": true} {
		t.Run(name, func(t *testing.T) {
			b := secunettest.NewWith(t, secunettest.Options{DaysAsNumbers: numbers})
			d := open(t, b, configFor(t, b))
			settings := as[mgmt.LogConfigurer](t, d)
			s, err := settings.LogSettings(t.Context())
			require.NoError(t, err)
			s.SecurityLogDays, s.SuccessfulCryptoOps = 150, true
			for i := range s.Modules {
				s.Modules[i].Level, s.Modules[i].Days, s.Modules[i].Performance = mgmt.LevelError, 160, true
			}
			require.NoError(t, settings.SetLogSettings(t.Context(), s))
			again, err := settings.LogSettings(t.Context())
			require.NoError(t, err)
			s.Raw, again.Raw = nil, nil
			require.Equal(t, s, again)
			require.Empty(t, b.Complaints(), "unknown keys and unlisted modules are kept")
		})
	}
}

// TestPINAtTheTerminal restarts the box, which locks the PIN, and enters it.
func TestPINAtTheTerminal(t *testing.T) {
	b := secunettest.New(t)
	d := open(t, b, configFor(t, b))
	pins := as[mgmt.PINVerifier](t, d)
	mandanten, err := as[mgmt.InfoModelReader](t, d).Mandanten(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, mandanten[0].SMCBs)
	cards, err := as[mgmt.CardReader](t, d).Cards(t.Context())
	require.NoError(t, err)
	for _, c := range cards {
		if c.ICCSN != mandanten[0].SMCBs[0].ICCSN {
			continue
		}
		_, err := pins.PINState(t.Context(), c.Handle, mandanten[0].ID)
		require.NoError(t, err)
		var entry sync.WaitGroup
		entry.Go(func() {
			state, err := pins.EnterPIN(t.Context(), c.Handle, mandanten[0].ID, c.Terminal)
			require.NoError(t, err)
			require.Equal(t, "OK", state.Status)
		})
		require.Eventually(t, func() bool { return len(b.Waiting()) > 0 }, 30*time.Second, 5*time.Millisecond)
		require.True(t, b.EnterPIN(true))
		entry.Wait()
		require.Empty(t, b.Complaints())
		return
	}
	t.Fatal("the Mandant has no SMC-B")
}

func TestTerminalsOfASimulatedBox(t *testing.T) {
	b := secunettest.New(t)
	d := open(t, b, configFor(t, b))
	all, err := as[mgmt.TerminalReader](t, d).Terminals(t.Context())
	require.NoError(t, err)
	id, manage := all[0].ID, as[mgmt.TerminalManager](t, d)
	for _, step := range []struct {
		do   func() error
		want string
	}{
		{func() error { return manage.SetTerminalActive(t.Context(), id, false) }, "GEPAIRT"},
		{func() error { return manage.SetTerminalActive(t.Context(), id, true) }, "AKTIV"},
		{func() error { return manage.ConnectTerminal(t.Context(), id) }, "AKTIV"},
		{func() error { return manage.UnassignTerminal(t.Context(), id) }, "BEKANNT"},
	} {
		require.NoError(t, step.do())
		one, err := as[mgmt.TerminalReader](t, d).Terminal(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, step.want, one.Correlation)
	}
	require.NoError(t, manage.RemoveTerminal(t.Context(), id))
	var refused *mgmt.RefusedError
	require.ErrorAs(t, manage.ConnectTerminal(t.Context(), id), &refused)
	require.Empty(t, b.Complaints())
}

func TestUpdatesOfASimulatedBox(t *testing.T) {
	b := secunettest.New(t)
	u := as[mgmt.Updater](t, open(t, b, configFor(t, b)))
	require.NoError(t, u.CheckUpdates(t.Context()))
	require.NoError(t, u.DownloadUpdate(t.Context(), "sim-update-1"))
	require.NoError(t, u.ScheduleUpdate(t.Context(), "sim-update-1", b.Clock.Now()))
	require.NoError(t, u.SetUpdateSettings(t.Context(), mgmt.UpdateSettings{Wave: "EARLY", Weekday: time.Friday, Hour: 23, Minute: 5}))
	require.Empty(t, b.Complaints())
}

// TestTheProfileOfTheSimulator goes through all calls that nobody has published.
func TestTheProfileOfTheSimulator(t *testing.T) {
	b := secunettest.Incident2020May(t, 1)
	cfg := configFor(t, b)
	d := open(t, b, cfg)
	_, err := as[mgmt.TSLImporter](t, d).TSLState(t.Context())
	require.ErrorIs(t, err, mgmt.ErrUnknownEndpoint, "without the profile")

	cfg.AllowOperatorSupplied, cfg.Profiles = true, []json.RawMessage{secunettest.Profile()}
	d = open(t, b, cfg)
	require.Equal(t, mgmt.Simulator, d.(mgmt.Evidencer).Evidence(mgmt.OpTSLImport))
	lists := as[mgmt.TSLImporter](t, d)
	before, err := lists.TSLState(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, before.Anchor)
	newest := b.Lists()[len(b.Lists())-1]
	var refused *mgmt.RefusedError
	require.ErrorAs(t, lists.ImportTSL(t.Context(), newest.XML), &refused)
	require.NotEmpty(t, refused.Codes)
	for _, list := range b.Lists() {
		require.NoError(t, lists.ImportTSL(t.Context(), list.XML))
	}
	after, err := lists.TSLState(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(newest.Sequence), after.Sequence)

	online := as[mgmt.OnlineSwitch](t, d)
	on, err := online.Online(t.Context())
	require.NoError(t, err)
	require.NoError(t, online.SetOnline(t.Context(), !on))
	got, err := online.Online(t.Context())
	require.NoError(t, err)
	require.Equal(t, !on, got)

	backup, err := as[mgmt.Backuper](t, d).Backup(t.Context(), mgmt.BackupAll, "Zufall-0815-lang-GENUG")
	require.NoError(t, err)
	require.NotEmpty(t, backup.Data)
	require.NotEmpty(t, backup.PublicKeyHash)
	require.NoError(t, as[mgmt.LogOverflowResetter](t, d).ResetLogOverflow(t.Context()))
	require.NoError(t, as[mgmt.LicenceUploader](t, d).UploadLicence(t.Context(), "x.lic", []byte("gsmckrenew")))
	require.Empty(t, b.Complaints())
}

func TestIdentityByTheProfileOfTheSimulator(t *testing.T) {
	b := secunettest.Incident2025July(t)
	cfg := configFor(t, b)
	cfg.AllowOperatorSupplied, cfg.Profiles = true, []json.RawMessage{secunettest.Profile()}
	d := open(t, b, cfg)
	identity := as[mgmt.ServerIdentifier](t, d)
	found, err := identity.ServerIdentity(t.Context())
	require.NoError(t, err)
	require.Equal(t, mgmt.IdentityOriginal, found.Source)
	require.True(t, found.Complete)
	require.Len(t, found.Renewed, 3)
	require.NoError(t, identity.SetServerIdentity(t.Context(), mgmt.IdentityRenewed))
	found, err = identity.ServerIdentity(t.Context())
	require.NoError(t, err)
	require.Equal(t, mgmt.IdentityRenewed, found.Source)
	r, err := as[mgmt.Registrar](t, d).Registration(t.Context())
	require.NoError(t, err)
	require.True(t, r.Registered)
	require.NotEmpty(t, r.ContractID)
}

// TestRestartOfASimulatedBox restarts and comes back with one login more.
func TestRestartOfASimulatedBox(t *testing.T) {
	for name, disturb := range map[string]func(*secunettest.Box){
		"answered": func(*secunettest.Box) {}, "answer lost": func(b *secunettest.Box) { b.NoAnswer("reboot", 1) }, "answer cut": func(b *secunettest.Box) { b.CutDuring("reboot", 1) },
	} {
		t.Run(name, func(t *testing.T) {
			b := secunettest.New(t)
			d := open(t, b, configFor(t, b))
			disturb(b)
			require.NoError(t, as[mgmt.Restarter](t, d).Restart(t.Context()))
			require.Equal(t, 1, b.Count("reboot"), "never twice")
			require.Error(t, as[mgmt.Pinger](t, d).Ping(t.Context()), "it is down")
			b.Clock.Advance(20 * time.Minute)
			require.NoError(t, as[mgmt.Pinger](t, d).Ping(t.Context()))
			_, err := as[mgmt.StatusReader](t, d).Status(t.Context())
			require.NoError(t, err)
			require.Equal(t, 2, b.Counters().Logins)
			require.Empty(t, b.Complaints())
		})
	}
}

func TestWrongPasswordOfASimulatedBox(t *testing.T) {
	b := secunettest.New(t)
	cfg := configFor(t, b)
	cfg.Credentials = func(context.Context) (mgmt.Credentials, error) {
		return mgmt.Credentials{User: b.User(), Password: "wrong"}, nil
	}
	d := open(t, b, cfg)
	for range 5 {
		_, err := as[mgmt.StatusReader](t, d).Status(t.Context())
		require.ErrorIs(t, err, mgmt.ErrLogin)
	}
	require.Equal(t, 1, b.Count("login"))
}

// TestSessionLimit has somebody else hold the only session.
func TestSessionLimit(t *testing.T) {
	b := secunettest.NewWith(t, secunettest.Options{Account: mgmttest.Account{User: "super", Password: "Made-up-1", MaxSessions: 1}})
	other, why := b.Login(b.User(), b.Password())
	require.Empty(t, why)
	d := open(t, b, configFor(t, b))
	_, err := as[mgmt.StatusReader](t, d).Status(t.Context())
	require.Error(t, err)
	require.NotErrorIs(t, err, mgmt.ErrLogin, "busy is no wrong password")
	require.True(t, b.Logout(other))
	_, err = as[mgmt.StatusReader](t, d).Status(t.Context())
	require.NoError(t, err)
}
