package secunettest_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet/secunettest"
)

func TestStatusListsAllStatesRaisedOrNot(t *testing.T) {
	clock := standing()
	box := secunettest.NewWith(t, secunettest.Options{Clock: clock, Services: konnektortest.Options{Seed: 7}})
	c := login(t, box)
	clock.Advance(time.Minute)
	require.NoError(t, box.Konnektor.SetState("EC_CardTerminal_Software_Out_Of_Date(T2)", true))
	status := c.object(statusPath)
	require.ElementsMatch(t, []string{"connectorStarted", "vpnTiConnected", "vpnTiConnectionStateDate", "vpnSisConnected",
		"vpnSisConnectionStateDate", "restartRequired", "operatingStates"}, keys(status))
	require.EqualValues(t, clock.Now().Add(-61*time.Minute).UnixMilli(), status["connectorStarted"])

	find := func(main, sub string) string {
		for _, s := range c.object(statusPath)["operatingStates"].([]any) {
			m := s.(map[string]any)
			if got, _ := m["subCondition"].(string); m["mainCondition"] == main && got == sub {
				b, err := json.Marshal(m)
				require.NoError(t, err)
				return string(b)
			}
		}
		return ""
	}
	require.JSONEq(t, fmt.Sprintf(`{"mainCondition":"EC_CardTerminal_Software_Out_Of_Date","subCondition":"T2",
		"severity":"INFO","severityLevel":1,"errorType":"TECHNICAL","errorTypeLevel":0,"value":true,
		"parameters":{"Value":"true","Bedeutung":"Software des Kartenterminals nicht aktuell","CtID":"T2"},"validFrom":%d}`,
		clock.Now().UnixMilli()), find("EC_CardTerminal_Software_Out_Of_Date", "T2"))
	started := int64(status["connectorStarted"].(float64))
	require.JSONEq(t, fmt.Sprintf(`{"mainCondition":"EC_CRL_Out_Of_Date","subCondition":null,
		"severity":"FATAL","severityLevel":4,"errorType":"SECURITY","errorTypeLevel":1,"value":false,
		"parameters":{},"validFrom":%d}`, started), find("EC_CRL_Out_Of_Date", ""))
	require.NotEmpty(t, find("EC_OTHER_ERROR_STATE", "2"))

	clock.Advance(time.Minute)
	require.NoError(t, box.Konnektor.SetState("EC_CardTerminal_Software_Out_Of_Date(T2)", false))
	require.Contains(t, find("EC_CardTerminal_Software_Out_Of_Date", "T2"), `"Value":"false"`)
}

func keys(m map[string]any) (names []string) {
	for name := range m {
		names = append(names, name)
	}
	return names
}

func TestVersionTimeAndLoad(t *testing.T) {
	box := secunettest.NewWith(t, secunettest.Options{Clock: standing(), Firmware: "5.60.1", Product: secunettest.Rechenzentrum})
	c := login(t, box)
	version := c.object("/rest/mgmt/ak/dienste/status/version")
	require.ElementsMatch(t, []string{"fwVersion", "hwVersion", "productName", "productType", "serialNumber", "buildTime"}, keys(version))
	require.Equal(t, "5.60.1", version["fwVersion"])
	require.Contains(t, version["productName"], "simulator")
	clock := c.object("/rest/mgmt/nk/ntp/zeit")
	require.EqualValues(t, box.Clock.Now().UnixMilli(), clock["time"])
	require.Equal(t, "Europe/Berlin", clock["timeZone"])
	require.Len(t, c.object("/rest/mgmt/nk/status/basic"), 16)
	require.Len(t, c.get("/rest/mgmt/nk/licence/features"), 13)
	c.get("/rest/mgmt/ak/dienste/status/releaseinfos")
	require.Equal(t, http.StatusOK, first(c.do("GET", "/rest/mgmt/ak/dienste/status/ping", nil)))
}

const logPath = "/rest/mgmt/ak/dienste/protokoll/datei/system/OP/"

func TestLogRecordsHaveTheirTraps(t *testing.T) {
	clock := standing()
	box := secunettest.NewWith(t, secunettest.Options{Clock: clock, Seed: 3})
	require.NoError(t, box.Set("logInfo.system.severity", "DEBUG"))
	clock.Advance(48 * time.Hour)
	c := login(t, box)
	span := fmt.Sprintf("%d/%d", clock.Now().Add(-40*time.Hour).Unix(), clock.Now().Unix())
	status, _, body := c.do("POST", logPath+span+"?severities=DIWEF&exactMatch=false&ascending=true&limit=1000&offset=0", nil)
	require.Equal(t, http.StatusOK, status)
	var records []struct {
		Type, Timestamp, TimestampAsDateTime, Severity, Message string
		Bytes                                                   []byte
	}
	require.NoError(t, json.Unmarshal(body, &records))
	require.Greater(t, len(records), 150)
	unpadded, without, odd := 0, 0, 0
	for _, r := range records {
		seconds, nanos, found := strings.Cut(r.TimestampAsDateTime, ".")
		require.True(t, found)
		s, err := strconv.ParseInt(seconds, 10, 64)
		require.NoError(t, err)
		n, err := strconv.ParseInt(nanos, 10, 64)
		require.NoError(t, err)
		require.Equal(t, nanos, strconv.FormatInt(n, 10), "no padding")
		if len(nanos) < 9 {
			unpadded++
		}
		at := time.Unix(s, n).In(time.FixedZone("CEST", 7200))
		require.Equal(t, at.Format("02.01.2006 15:04:05.000"), r.Timestamp, "local time in summer")
		if !strings.Contains(r.Message, "Vorgangsnummer=") {
			without++
		}
		line := string(r.Bytes)
		require.True(t, strings.HasSuffix(line, "\n"))
		parts := strings.SplitN(strings.TrimSuffix(line, "\n"), ";", 4)
		require.Equal(t, "timestamp="+r.Timestamp, parts[0])
		require.Equal(t, []string{"type=op", "severity=" + strings.ToLower(r.Severity)}, parts[1:3])
		require.Equal(t, strings.TrimPrefix(parts[3], "text="), r.Message)
		if strings.HasPrefix(r.Message, "Beginn des Anwendungsfalls: GetPinStatus(PinTyp = ") {
			odd++
		}
	}
	require.Positive(t, unpadded)
	require.Positive(t, without)
	require.Positive(t, odd)
}

func TestLogWithoutEntriesIsNotFound(t *testing.T) {
	clock := standing()
	box := secunettest.NewWith(t, secunettest.Options{Clock: clock})
	c := login(t, box)
	require.Equal(t, http.StatusNotFound, first(c.do("POST", logPath+"1000/2000", nil)))
	require.Empty(t, box.Complaints())
	require.Equal(t, http.StatusNotFound, first(c.do("POST", strings.Replace(logPath, "system/OP", "system/SEC", 1)+"1000/2000", nil)))
	require.Len(t, box.Complaints(), 1, "nobody has seen it")

	all := fmt.Sprintf("%d/%d", clock.Now().Add(-24*time.Hour).Unix(), clock.Now().Unix())
	_, _, body := c.do("POST", logPath+all, nil)
	var newest []map[string]any
	require.NoError(t, json.Unmarshal(body, &newest))
	require.Greater(t, len(newest), 10)
	require.Greater(t, newest[0]["timestampAsDateTime"], newest[len(newest)-1]["timestampAsDateTime"], "newest first")
	_, _, body = c.do("POST", logPath+all+"?ascending=true&limit=2&offset=1&severities=EF", nil)
	var page []map[string]any
	require.NoError(t, json.Unmarshal(body, &page))
	require.Len(t, page, 2)
	require.Equal(t, "ERROR", page[0]["severity"])
}

func TestChangesAreInTheLogAtLevelInfoOnly(t *testing.T) {
	for level, written := range map[string]bool{"WARNING": false, "INFO": true} {
		box := secunettest.NewWith(t, secunettest.Options{Clock: standing()})
		require.NoError(t, box.Set("logInfo.system.severity", level))
		c := login(t, box)
		s := c.object(settingsPath)
		s["securityLogDays"] = "170"
		require.Equal(t, http.StatusOK, first(c.do("PUT", strictPath, s)))
		now := box.Clock.Now().Unix()
		_, _, body := c.do("POST", logPath+fmt.Sprintf("%d/%d", now, now), nil)
		require.Equal(t, written, strings.Contains(string(body), "topic=MGM/ADMINCHANGES;User=super;RefID=securityLogDays;NewVal=170"), level)
	}
}

// TestCurlDrivesTheInterface has a program that is not ours log in, read the
// settings, write them back changed and log out.
func TestCurlDrivesTheInterface(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is missing")
	}
	box := secunettest.New(t)
	dir := t.TempDir()
	ca := writeFile(t, dir, "ca.pem", string(certificatePEM(box.Certificate())))
	address := strings.TrimPrefix(box.URL(), "https://127.0.0.1:")
	run := func(body, method, path string, headers ...string) string {
		args := []string{"--silent", "--show-error", "--include", "--max-time", "60", "--cacert", ca,
			"--connect-to", "conn-at-pu:443:127.0.0.1:" + address, "--request", method, "https://conn-at-pu" + path}
		for _, h := range headers {
			args = append(args, "--header", h)
		}
		if body != "" {
			args = append(args, "--data-binary", "@"+writeFile(t, dir, "body", body))
		}
		out, err := exec.Command(curl, args...).CombinedOutput()
		require.NoError(t, err, string(out))
		return strings.ReplaceAll(string(out), "\r", "")
	}
	const json = "Content-Type: application/json"
	login := run(fmt.Sprintf(`{"username":%q,"password":%q}`, box.User(), box.Password()), "POST", loginPath, json)
	require.Contains(t, login, "HTTP/1.1 204")
	_, rest, found := strings.Cut(login, "Authorization: ")
	require.True(t, found)
	token, _, _ := strings.Cut(rest, "\n")
	_, settings, found := strings.Cut(run("", "GET", settingsPath, "Authorization: "+token), "\n\n")
	require.True(t, found)
	changed := strings.Replace(settings, `"securityLogDays":"180"`, `"securityLogDays":"140"`, 1)
	require.Contains(t, run(changed, "PUT", strictPath, json, "Authorization: "+token), "HTTP/1.1 200")
	require.Contains(t, run("", "GET", settingsPath, "Authorization: "+token), `"securityLogDays":"140"`)
	require.Contains(t, run("", "DELETE", logoutPath, "Authorization: "+token), "HTTP/1.1 204")
	require.Empty(t, box.Complaints())
	require.Equal(t, 0, box.Counters().Open)
}

func TestBackupHasRulesForItsPassword(t *testing.T) {
	box := secunettest.New(t)
	c := login(t, box)
	for password, ok := range map[string]bool{
		"Lang-genug-ist-es-nun-1": true, "Kurz-1": false, "ohne-grosse-buchstaben-1": false, "Ohne-Ziffern-im-Passwort": false,
		"OhneSonderzeichen123456": false, "Super-genug-ist-es-nun-1": false, "Repus-genug-ist-es-nun-1": false, "Mit Leerzeichen-ist-es-1": false,
	} {
		status, _, body := c.do("POST", "/simulator/backup", map[string]string{"scope": "Gesamtexport", "password": password})
		require.Equal(t, ok, status == http.StatusOK, password)
		if ok {
			var out struct{ Data, PublicKeyHash string }
			require.NoError(t, json.Unmarshal(body, &out))
			data, err := base64.StdEncoding.DecodeString(out.Data)
			require.NoError(t, err)
			require.NotContains(t, string(data), "securityLogDays", "the archive is encrypted")
			require.Len(t, out.PublicKeyHash, 64)
		}
	}
	require.Empty(t, box.Changes())
}

func TestLicenceWantsARestart(t *testing.T) {
	box := secunettest.NewWith(t, secunettest.Options{Clock: standing()})
	c := login(t, box)
	require.Equal(t, http.StatusBadRequest, first(c.do("POST", "/simulator/licence", []byte("something else"))))
	require.Equal(t, http.StatusOK, first(c.do("POST", "/simulator/licence", []byte("licence for gsmckrenew"))))
	require.True(t, box.RestartRequired())
	require.False(t, box.State().Licensed)
	box.Reboot()
	require.True(t, box.State().Licensed)
	require.False(t, box.RestartRequired())
}
