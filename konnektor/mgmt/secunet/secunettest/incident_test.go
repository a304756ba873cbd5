package secunettest_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet/secunettest"
)

const tslPath = "/simulator/tsl"

func codes(t *testing.T, body []byte) []int {
	t.Helper()
	var refused struct{ Codes []int }
	require.NoError(t, json.Unmarshal(body, &refused))
	return refused.Codes
}

func TestMay2020IsCuredByTheListsInTheirOrder(t *testing.T) {
	for changes, stale := range map[int]string{1: "EC_TSL_Out_Of_Date_Within_Grace_Period", 3: "EC_TSL_Out_Of_Date_Beyond_Grace_Period"} {
		t.Run(fmt.Sprint(changes, " missed"), func(t *testing.T) {
			box := secunettest.Incident2020May(t, changes)
			c := login(t, box)
			require.Subset(t, c.active(), []string{stale, "EC_TSL_Update_Not_Successful", "EC_No_VPN_TI_Connection"})
			lists := box.Lists()
			require.Len(t, lists, changes+1)
			for i := len(lists) - 1; i > 0; i-- {
				status, _, body := c.do("POST", tslPath, lists[i].XML)
				require.Equal(t, http.StatusUnprocessableEntity, status)
				require.Contains(t, [][]int{{4128, 1027}, {4128, 1023}, {4128, 1024}}, codes(t, body))
			}
			damaged := []byte(strings.Replace(string(lists[0].XML), "gematik", "hematik", 1))
			_, _, body := c.do("POST", tslPath, damaged)
			require.Equal(t, []int{4128, 1013}, codes(t, body))
			require.Empty(t, box.Changes())
			for i, l := range lists {
				require.Equal(t, http.StatusOK, first(c.do("POST", tslPath, l.XML)), i)
				require.EqualValues(t, l.Sequence, c.object(tslPath)["sequence"])
				require.Equal(t, i == changes, box.Konnektor.Online(konnektortest.TI), "the tunnel wants the newest list")
			}
			require.Empty(t, c.active())
			status, _, body := c.do("POST", tslPath, lists[changes].XML)
			require.Equal(t, http.StatusUnprocessableEntity, status)
			require.Equal(t, []int{4128, 1007}, codes(t, body))
			require.Len(t, box.Changes(), changes+1)
		})
	}
}

func TestListAgesWithTheClock(t *testing.T) {
	clock := standing()
	box := secunettest.NewWith(t, secunettest.Options{Clock: clock})
	c := login(t, box)
	require.Empty(t, c.active())
	next := time.UnixMilli(int64(c.object(tslPath)["nextUpdate"].(float64)))
	for _, x := range []struct {
		at    time.Time
		state []string
	}{
		{next.Add(-7*24*time.Hour - time.Second), nil},
		{next.Add(-7 * 24 * time.Hour), []string{"EC_TSL_Expiring"}},
		{next.Add(time.Second), []string{"EC_TSL_Out_Of_Date_Within_Grace_Period"}},
		{next.Add(30*24*time.Hour + time.Second), []string{"EC_TSL_Out_Of_Date_Beyond_Grace_Period", "EC_No_VPN_TI_Connection"}},
	} {
		clock.Advance(x.at.Sub(clock.Now()))
		c.again()
		require.ElementsMatch(t, x.state, c.active())
	}
}

func TestAnchorAgesWithTheClock(t *testing.T) {
	clock := standing()
	box := secunettest.NewWith(t, secunettest.Options{Clock: clock})
	end := box.TSL().Anchor.NotAfter
	clock.Advance(end.Add(-30 * 24 * time.Hour).Sub(clock.Now()))
	require.Contains(t, states(box), "EC_TSL_Trust_Anchor_Expiring")
	clock.Advance(30*24*time.Hour + time.Second)
	require.Contains(t, states(box), "EC_TSL_Trust_Anchor_Out_Of_Date")
	require.NotContains(t, states(box), "EC_TSL_Trust_Anchor_Expiring")
}

func TestImportMayWantTheBoxOffline(t *testing.T) {
	box := secunettest.NewWith(t, secunettest.Options{Incident: secunettest.May2020, OfflineImport: true, VPNAfterRestart: true})
	c := login(t, box)
	list := box.Lists()
	_, _, body := c.do("POST", tslPath, list[0].XML)
	require.Equal(t, []int{4128, 46552}, codes(t, body))
	require.Equal(t, http.StatusOK, first(c.do("PUT", "/simulator/online", map[string]bool{"online": false})))
	for _, l := range list {
		require.Equal(t, http.StatusOK, first(c.do("POST", tslPath, l.XML)))
	}
	require.Equal(t, http.StatusOK, first(c.do("PUT", "/simulator/online", map[string]bool{"online": true})))
	require.False(t, box.Konnektor.Online(konnektortest.TI))
	require.Equal(t, http.StatusOK, first(c.do("POST", rebootPath, nil)))
	box.Clock.Advance(5 * time.Minute)
	require.True(t, box.Konnektor.Online(konnektortest.TI))
}

func TestSeptember2020AnswersOneInFifty(t *testing.T) {
	box := secunettest.Incident2020September(t)
	c := connect(t, box)
	answered := 0
	for range 200 {
		resp, err := c.try("POST", loginPath, map[string]string{"username": box.User(), "password": box.Password()})
		if err == nil {
			require.Equal(t, http.StatusNoContent, resp.StatusCode)
			resp.Body.Close()
			answered++
		}
	}
	require.Equal(t, 4, answered)
	require.Len(t, box.Requests(), 200)
	log := box.SecurityLog()
	require.True(t, log.Stuck)
	require.True(t, log.Overflow)
	require.Equal(t, log.Capacity, log.Entries)
}

func TestSeptember2020IsCuredByLessToLogAndAge(t *testing.T) {
	clock := standing()
	box := secunettest.NewWith(t, secunettest.Options{
		Clock: clock, Incident: secunettest.September2020, Stuck: mgmttest.Stuck{Every: time.Hour, For: time.Minute},
	})
	c := connect(t, box)
	var s map[string]any
	for try := 0; s == nil; try++ {
		require.Less(t, try, 241, "one minute of every hour")
		if resp, err := c.try("POST", loginPath, map[string]string{"username": box.User(), "password": box.Password()}); err == nil {
			resp.Body.Close()
			c.token = resp.Header.Get("Authorization")
			s = c.object(settingsPath)
			continue
		}
		clock.Advance(30 * time.Second)
	}
	require.Equal(t, "ENABLED", s["logSuccessfulCryptoOps"])
	s["logSuccessfulCryptoOps"], s["securityLogDays"] = "DISABLED", "140"
	require.Equal(t, http.StatusOK, first(c.do("PUT", strictPath, s)))
	for _, days := range []string{"100", "60", "20", "10"} {
		require.NoError(t, box.Set("securityLogDays", days))
	}
	clock.Advance(4 * 24 * time.Hour)
	require.True(t, box.SecurityLog().Stuck, "young entries stay")
	require.Contains(t, states(box), "EC_Security_Log_Not_Writable")
	clock.Advance(6 * 24 * time.Hour)
	log := box.SecurityLog()
	require.False(t, log.Stuck)
	require.Less(t, log.Entries, 3000)
	c.again()
	require.Equal(t, []string{"EC_LOG_OVERFLOW"}, c.active(), "only an administrator sets it back")
	require.Equal(t, http.StatusOK, first(c.do("POST", "/simulator/log-overflow-reset", nil)))
	require.Empty(t, c.active())
}

func TestSecurityLogFillsAndOverflows(t *testing.T) {
	clock := standing()
	box := secunettest.NewWith(t, secunettest.Options{Clock: clock})
	entries := box.SecurityLog().Entries
	clock.Advance(100 * 24 * time.Hour)
	require.InDelta(t, entries, box.SecurityLog().Entries, 16, "what comes makes up for what leaves")
	require.NoError(t, box.Set("logSuccessfulCryptoOps", "ENABLED"))
	clock.Advance(48 * time.Hour)
	log := box.SecurityLog()
	require.Equal(t, log.Capacity, log.Entries)
	require.True(t, log.Overflow)
	require.Contains(t, states(box), "EC_LOG_OVERFLOW")
	require.False(t, log.Stuck, "without the defect a full log does no harm")
}

// states are the raised states as the services have them.
func states(box *secunettest.Box) []string {
	var names []string
	for _, s := range box.Konnektor.States() {
		if s.Active {
			names = append(names, s.Name)
		}
	}
	return names
}

func TestJuly2025IsCuredByRegistrationAndSwitch(t *testing.T) {
	box := secunettest.Incident2025July(t)
	c := login(t, box)
	require.Equal(t, []string{"EC_NK_Certificate_Expiring", "EC_No_VPN_TI_Connection"}, states(box))
	renewed := c.object("/simulator/renewed-certificates")
	require.Equal(t, true, renewed["complete"])
	require.Len(t, renewed["certificates"], 3)
	before := shown(t, box)
	require.Equal(t, 2048, before.PublicKey.(interface{ Size() int }).Size()*8)

	smcb, _ := box.Konnektor.Card(box.Konnektor.Handle(konnektor.CardSMCB))
	request := map[string]string{"mandantId": "Mandant1", "smcb": string(smcb.ICCSN), "contractId": "wrong"}
	status, _, body := c.do("PUT", "/simulator/registration", request)
	require.Equal(t, http.StatusUnprocessableEntity, status)
	require.Equal(t, []int{43013}, codes(t, body))
	request["contractId"] = c.object("/simulator/registration")["contractId"].(string)
	require.Equal(t, http.StatusOK, first(c.do("PUT", "/simulator/registration", request)))
	require.Equal(t, true, c.object("/simulator/registration")["renewed"])
	require.False(t, box.Konnektor.Online(konnektortest.TI), "one part is not enough")

	require.Equal(t, http.StatusOK, first(c.do("PUT", "/simulator/server-identity", map[string]string{"source": secunettest.Renewed})))
	require.True(t, box.Konnektor.Online(konnektortest.TI))
	after := shown(t, box)
	require.NotEqual(t, before.SerialNumber, after.SerialNumber)
	require.Equal(t, before.RawSubjectPublicKeyInfo, after.RawSubjectPublicKeyInfo)
	require.Equal(t, after.SerialNumber.String(), c.object("/simulator/server-identity")["serial"])
	require.True(t, after.NotAfter.After(before.NotAfter))
	var names []string
	for _, change := range box.Changes() {
		names = append(names, change.Name)
	}
	require.Equal(t, []string{"registration", "identity"}, names)
	require.Empty(t, box.Complaints())
}

func TestSwitchAloneMaySuffice(t *testing.T) {
	box := secunettest.NewWith(t, secunettest.Options{Incident: secunettest.July2025, SwitchSuffices: true, ManagementFollows: true})
	c := login(t, box)
	pin := box.Fingerprint()
	require.Equal(t, http.StatusOK, first(c.do("PUT", "/simulator/server-identity", map[string]string{"source": secunettest.Renewed})))
	require.True(t, box.Konnektor.Online(konnektortest.TI))
	require.NotEqual(t, pin, box.Fingerprint())
	require.Equal(t, shown(t, box).Raw, box.Certificate(), "management shows the same here")
}

func TestRenewedCertificatesMayBeIncomplete(t *testing.T) {
	box := secunettest.New(t)
	c := login(t, box)
	require.Equal(t, http.StatusConflict, first(c.do("PUT", "/simulator/server-identity", map[string]string{"source": secunettest.Renewed})))
	require.NoError(t, box.Renew(box.Clock.Now(), box.Clock.Now().AddDate(1, 0, 0), false))
	renewed := c.object("/simulator/renewed-certificates")
	require.Equal(t, false, renewed["complete"])
	require.Len(t, renewed["certificates"], 2)
}

// shown is the certificate that the services show in a handshake.
func shown(t *testing.T, box *secunettest.Box) *x509.Certificate {
	t.Helper()
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM([]byte(box.Konnektor.CAsPEM())))
	conn, err := tls.Dial("tcp", strings.TrimPrefix(box.Konnektor.TLSURL(), "https://"), &tls.Config{
		RootCAs: roots, ServerName: "konnektor.konlan", MaxVersion: tls.VersionTLS12,
		Certificates: clientCertificate(t, box), Time: box.Clock.Now,
	})
	require.NoError(t, err)
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0]
}

func clientCertificate(t *testing.T, box *secunettest.Box) []tls.Certificate {
	t.Helper()
	auth := box.Konnektor.Config().Auth
	cert, err := tls.X509KeyPair([]byte(auth.CertificatePEM), []byte(string(auth.KeyPEM)))
	require.NoError(t, err)
	return []tls.Certificate{cert}
}
