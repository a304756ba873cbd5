package mgmt_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// logSettings are as a box has them: days as strings, a key and a module that no
// source names, blanks as they come.
const logSettings = `{ "unknown":{"keep":[1,  2.50]}, "logSuccessfulCryptoOps":"ENABLED", "securityLogDays":"180",
 "logInfo":[{"fmName":"system","severity":"DEBUG","logDays":"180","performanceLog":"ENABLED"},
 {"fmName":"new","severity":"TRACE","logDays":90,"performanceLog":"DISABLED","more":null}] }`

func TestLogSettings(t *testing.T) {
	b := newSecunet(t)
	b.inSession("GET "+logPath, 200, logSettings)
	b.inSession("PUT "+logPath, 204, "")
	settings := as[mgmt.LogConfigurer](t, b.open(b.config()))
	s, err := settings.LogSettings(t.Context())
	require.NoError(t, err)
	require.True(t, s.SuccessfulCryptoOps)
	require.Equal(t, 180, s.SecurityLogDays)
	require.Equal(t, []mgmt.ModuleLog{{Name: "system", Level: "DEBUG", Days: 180, Performance: true}, {Name: "new", Level: "TRACE", Days: 90}}, s.Modules)

	s.SuccessfulCryptoOps, s.SecurityLogDays = false, 140
	s.Modules[0] = mgmt.ModuleLog{Name: "system", Level: mgmt.LevelWarning, Days: 10}
	s.Modules[1].Days = 50
	b.came()
	require.NoError(t, settings.SetLogSettings(t.Context(), s))
	came := b.came()
	require.Len(t, came, 1)
	require.Equal(t, "PUT "+logPath+"?strict=true", came[0].String())
	require.Equal(t, "application/json", came[0].Header.Get("Content-Type"))
	want := strings.NewReplacer(
		`Ops":"ENABLED"`, `Ops":"DISABLED"`, `"securityLogDays":"180"`, `"securityLogDays":"140"`,
		`"severity":"DEBUG","logDays":"180","performanceLog":"ENABLED"`, `"severity":"WARNING","logDays":"10","performanceLog":"DISABLED"`,
		`"logDays":90`, `"logDays":50`,
	).Replace(logSettings)
	require.Equal(t, want, came[0].Body, "every other byte stays, a string stays a string and a number a number")
}

func TestLogSettingsRefusedHere(t *testing.T) {
	b := newSecunet(t)
	b.inSession("GET "+logPath, 200, logSettings)
	settings := as[mgmt.LogConfigurer](t, b.open(b.config()))
	for name, change := range map[string]func(*mgmt.LogSettings){
		"too short":      func(s *mgmt.LogSettings) { s.SecurityLogDays = 9 },
		"too long":       func(s *mgmt.LogSettings) { s.Modules[0].Days = 366 },
		"unknown module": func(s *mgmt.LogSettings) { s.Modules[0].Name = "other" },
		"without Raw":    func(s *mgmt.LogSettings) { s.Raw = nil },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := settings.LogSettings(t.Context())
			require.NoError(t, err)
			change(&s)
			b.came()
			require.ErrorIs(t, settings.SetLogSettings(t.Context(), s), konnektor.KindRequest)
			require.Empty(t, b.came())
		})
	}
	for name, answer := range map[string]string{
		"no JSON": "<html>" + password, "no days": `{"logSuccessfulCryptoOps":"ENABLED","logInfo":[]}`, "days as text": strings.Replace(logSettings, `"180"`, `"`+password+`"`, 1),
		"unknown switch": strings.Replace(logSettings, "ENABLED", "MAYBE", 1), "no list": strings.Replace(logSettings, "[{", "7, \"x\":[{", 1),
	} {
		t.Run(name, func(t *testing.T) {
			b.inSession("GET "+logPath, 200, answer)
			_, err := settings.LogSettings(t.Context())
			require.ErrorIs(t, err, konnektor.KindMalformed)
			require.NotContains(t, err.Error(), password)
		})
	}
}

const statusBody = `{"connectorStarted":1695724471000,"vpnTiConnected":true,"vpnTiConnectionStateDate":1695724500123,
"vpnSisConnected":false,"vpnSisConnectionStateDate":null,"restartRequired":true,"operatingStates":[
{"mainCondition":"EC_CardTerminal_Not_Available","subCondition":"CT-1","severity":"ERROR","severityLevel":3,"errorType":"TECHNICAL","errorTypeLevel":0,"value":true,"parameters":{"CtID":"CT-1"},"validFrom":1695724471000},
{"mainCondition":"EC_OTHER_ERROR_STATE","subCondition":2,"severity":"INFO","errorType":"SECURITY","value":false,"parameters":{},"validFrom":1695724471000},
{"mainCondition":"EC_LOG_OVERFLOW","subCondition":null,"severity":"WARNING","errorType":"TECHNICAL","value":true,"parameters":{"Protokoll":"x"},"validFrom":0}]}`

func TestStatus(t *testing.T) {
	b := newSecunet(t)
	b.inSession("GET "+statusPath, 200, statusBody)
	s, err := as[mgmt.StatusReader](t, b.open(b.config())).Status(t.Context())
	require.NoError(t, err)
	started := time.Date(2023, 9, 26, 10, 34, 31, 0, time.UTC)
	require.Equal(t, started, s.Started)
	require.Equal(t, konnektor.VPN{Online: true, Since: time.UnixMilli(1695724500123).UTC()}, s.TI)
	require.Equal(t, konnektor.VPN{}, s.SIS)
	require.True(t, *s.RestartRequired)
	require.Equal(t, []konnektor.OperatingState{
		{Condition: "EC_CardTerminal_Not_Available", Parameter: "CT-1", Severity: "Error", Type: "Operation", Active: true, Since: started},
		{Condition: "EC_OTHER_ERROR_STATE", Parameter: "2", Severity: "Info", Type: "Security", Since: started},
		{Condition: "EC_LOG_OVERFLOW", Severity: "Warning", Type: "Operation", Active: true},
	}, s.Operating)
}

// calls are the confirmed calls of secunet boxes: what goes out, what comes back,
// and what of it arrives.
var calls = []struct {
	name string
	call func(*testing.T, context.Context, mgmt.Device) (any, error)
	sent string // method, path with query
	body string
	back string // what the box answers, status 200
	want any
}{
	{"cards", func(t *testing.T, ctx context.Context, d mgmt.Device) (any, error) {
		return as[mgmt.CardReader](t, d).Cards(ctx)
	}, "GET /rest/mgmt/ak/dienste/karten", "", `[{"cardhandle":"SMC-B-83","type":"SMC_B","cardTerminalId":"ct1","cardTerminalHostname":"kt","slotNo":1,"insertTime":1695724471000,"commonName":null,"iccsn":"80276001011699900102","hasEccCert":true,"hasRsaCert":false,"expirationDate":null,"version":{"cos":"4.3.0"}}]`,
		[]mgmt.Card{{Handle: "SMC-B-83", Type: konnektor.CardSMCB, Terminal: "ct1", Hostname: "kt", Slot: 1, Inserted: time.Unix(1695724471, 0).UTC(), ICCSN: "80276001011699900102", ECC: true}}},
	{"card", func(t *testing.T, ctx context.Context, d mgmt.Device) (any, error) {
		return as[mgmt.CardReader](t, d).Card(ctx, "SMC-B-83")
	}, "GET /rest/mgmt/ak/dienste/karten/SMC-B-83", "", `{"cardhandle":"SMC-B-83","type":"SMC_B","eccCert":"AQID","eccCertState":"VALID"}`,
		mgmt.Card{Handle: "SMC-B-83", Type: konnektor.CardSMCB, ECCCertificate: []byte{1, 2, 3}, ECCState: "VALID"}},
	{"PIN state", func(t *testing.T, ctx context.Context, d mgmt.Device) (any, error) {
		return as[mgmt.PINVerifier](t, d).PINState(ctx, "SMC-B-83", "Praxis Süd/1")
	}, "GET /rest/mgmt/ak/dienste/karten/smb/SMC-B-83/Praxis%20S%C3%BCd%2F1/pin", "", `{"status":"VERIFIABLE","retries":3}`,
		mgmt.PINState{Status: "VERIFIABLE", Retries: new(3)}},
	{"PIN entry", func(t *testing.T, ctx context.Context, d mgmt.Device) (any, error) {
		return as[mgmt.PINVerifier](t, d).EnterPIN(ctx, "SMC-B-83", "M1", "ct1")
	}, "POST /rest/mgmt/ak/dienste/karten/smb/SMC-B-83/M1/ct1/pin", "", `{"status":"OK","retries":null}`, mgmt.PINState{Status: "OK"}},
	{"terminal", func(t *testing.T, ctx context.Context, d mgmt.Device) (any, error) {
		x, err := as[mgmt.TerminalReader](t, d).Terminal(ctx, "ct1")
		x.Raw = nil
		return x, err
	}, "GET /rest/mgmt/ak/dienste/kartenterminals/ct1/erweitert", "", `{"internalId":"i1","cardTerminalId":"ct1","label":"Empfang","physical":true,"ipAddress":"192.0.2.9","port":4742,"adminPassword":null,"correlation":"AKTIV","connected":true,"slotInfos":[],"productinformation":{"manufacturer":"DECHY","model":"ST1506","firmwareVersion":"4.0.33 "}}`,
		mgmt.Terminal{InternalID: "i1", ID: "ct1", Label: "Empfang", Physical: true, IP: "192.0.2.9", Port: 4742, Correlation: "AKTIV", Connected: true, Cards: []mgmt.Card{}, Manufacturer: "DECHY", Model: "ST1506", Firmware: "4.0.33 "}},
	{"terminal of a lesser box", func(t *testing.T, ctx context.Context, d mgmt.Device) (any, error) {
		x, err := as[mgmt.TerminalReader](t, d).Terminals(ctx)
		return x[0].ID, err
	}, "GET /rest/mgmt/ak/dienste/kartenterminals", "", `[{"cardTerminalId":"ct1","productinformation":null,"newKey":{}}]`, konnektor.TerminalID("ct1")},
	{"activate", func(t *testing.T, ctx context.Context, d mgmt.Device) (any, error) {
		return nil, as[mgmt.TerminalManager](t, d).SetTerminalActive(ctx, "ct1", true)
	}, "PUT /rest/mgmt/ak/dienste/kartenterminals/ct1/aktivieren", "", "", nil},
	{"deactivate", func(t *testing.T, ctx context.Context, d mgmt.Device) (any, error) {
		return nil, as[mgmt.TerminalManager](t, d).SetTerminalActive(ctx, "ct1", false)
	}, "DELETE /rest/mgmt/ak/dienste/kartenterminals/ct1/aktivieren", "", "", nil},
	{"connect", func(t *testing.T, ctx context.Context, d mgmt.Device) (any, error) {
		return nil, as[mgmt.TerminalManager](t, d).ConnectTerminal(ctx, "ct1")
	}, "PUT /rest/mgmt/ak/dienste/kartenterminals/ct1/verbinden", "", "", nil},
	{"unassign", func(t *testing.T, ctx context.Context, d mgmt.Device) (any, error) {
		return nil, as[mgmt.TerminalManager](t, d).UnassignTerminal(ctx, "ct1")
	}, "DELETE /rest/mgmt/ak/dienste/kartenterminals/ct1/zuweisen", "", "", nil},
	{"remove", func(t *testing.T, ctx context.Context, d mgmt.Device) (any, error) {
		return nil, as[mgmt.TerminalManager](t, d).RemoveTerminal(ctx, "ct1")
	}, "DELETE /rest/mgmt/ak/dienste/kartenterminals/ct1", "", "", nil},
	{"info model", func(t *testing.T, ctx context.Context, d mgmt.Device) (any, error) {
		m, err := as[mgmt.InfoModelReader](t, d).InfoModel(ctx)
		m.Raw = nil
		return m, err
	}, "GET /rest/mgmt/ak/info", "", `{"kartenTerminals":[],"arbeitsplaetze":[{"internalId":"w","localCardTerminalInternalIds":["i1"],"remoteCardTerminalInternalIds":[]}],"aufrufkontexte":[{"arbeitsplatzInternalId":"w","arbeitsplatzId":"W1","clientSystemId":"C1","mandantId":"M1"}],"clientSystems":[{"clientSystemId":"C1"}]}`,
		mgmt.InfoModel{Terminals: []mgmt.Terminal{}, Workplaces: []mgmt.Workplace{{InternalID: "w", Local: []string{"i1"}, Remote: []string{}}},
			Contexts:      []mgmt.Context{{WorkplaceInternalID: "w", WorkplaceID: "W1", ClientSystemID: "C1", MandantID: "M1"}},
			ClientSystems: []mgmt.ClientSystem{{ID: "C1"}}}},
	{"Mandanten of an Einbox", func(t *testing.T, ctx context.Context, d mgmt.Device) (any, error) {
		return as[mgmt.InfoModelReader](t, d).Mandanten(ctx)
	}, "GET /rest/mgmt/ak/info/mandanten", "", `[{"internalId":"m","mandantId":"M1","managedSmbs":[{"iccsn":"80276001011699900102","commonName":null,"hsm":false,"autoPin":true}],"remotePinCardTerminals":[{"arbeitsplatzInternalId":"w","cardTerminalInternalId":"i1"}]}]`,
		[]mgmt.Mandant{{InternalID: "m", ID: "M1", SMCBs: []mgmt.ManagedSMCB{{ICCSN: "80276001011699900102", AutoPIN: true}}, RemotePIN: []mgmt.RemotePIN{{Workplace: "w", Terminal: "i1"}}}}},
	{"Mandanten of an HSK", func(t *testing.T, ctx context.Context, d mgmt.Device) (any, error) {
		return as[mgmt.InfoModelReader](t, d).Mandanten(ctx)
	}, "GET /rest/mgmt/ak/info/mandanten", "", `[{"mandantId":"M1","remotePinCardTerminals":["i1"]}]`,
		[]mgmt.Mandant{{ID: "M1", RemotePIN: []mgmt.RemotePIN{{Terminal: "i1"}}}}},
	{"client systems", func(t *testing.T, ctx context.Context, d mgmt.Device) (any, error) {
		return as[mgmt.InfoModelReader](t, d).ClientSystems(ctx)
	}, "GET /rest/mgmt/ak/info/clientsysteme", "", `[{"internalId":"c","clientSystemId":"C1","certificates":[{"internalId":7,"filename":"a.p12","validity":{"valid":true,"notBefore":1000,"notAfter":2000},"cryptType":"ECC","eccCurve":"NIST"}]}]`,
		[]mgmt.ClientSystem{{InternalID: "c", ID: "C1", Certificates: []mgmt.ClientCertificate{{InternalID: "7", File: "a.p12", Valid: new(true), NotBefore: time.Unix(1, 0).UTC(), NotAfter: time.Unix(2, 0).UTC(), Key: "ECC", Curve: "NIST"}}}}},
	{"licences", func(t *testing.T, ctx context.Context, d mgmt.Device) (any, error) {
		return as[mgmt.LicenceReader](t, d).Licences(ctx)
	}, "GET /rest/mgmt/nk/licence/features", "", `[{"feature":"gsmckrenew","licenced":true,"validFrom":"","validTo":"","count":null,"active":false}]`,
		[]mgmt.Licence{{Feature: "gsmckrenew", Licensed: true}}},
	{"updates", func(t *testing.T, ctx context.Context, d mgmt.Device) (any, error) {
		return as[mgmt.Updater](t, d).Updates(ctx)
	}, "GET /rest/mgmt/ak/dienste/ksr/informationen/updates-konnektor", "", `{"lastUpdate":1000,"list":[]}`,
		mgmt.Updates{Checked: time.Unix(1, 0).UTC(), Raw: json.RawMessage(`{"lastUpdate":1000,"list":[]}`)}},
	{"updates of a terminal", func(t *testing.T, ctx context.Context, d mgmt.Device) (any, error) {
		return as[mgmt.Updater](t, d).TerminalUpdates(ctx, "INGHC", "ORGA6100", "1.2.0 ", "3.8.1 ")
	}, "GET /rest/mgmt/ak/dienste/ksr/informationen/updates-terminal/INGHC/ORGA6100/1.2.0/3.8.1", "", `[]`, mgmt.Updates{Raw: json.RawMessage(`[]`)}},
	{"check updates", func(t *testing.T, ctx context.Context, d mgmt.Device) (any, error) {
		return nil, as[mgmt.Updater](t, d).CheckUpdates(ctx)
	}, "PUT /rest/mgmt/ak/dienste/ksr/informationen/update", "", "", nil},
	{"download", func(t *testing.T, ctx context.Context, d mgmt.Device) (any, error) {
		return nil, as[mgmt.Updater](t, d).DownloadUpdate(ctx, "u/1")
	}, "PUT /rest/mgmt/ak/dienste/ksr/download/u%2F1", "", "", nil},
	{"schedule", func(t *testing.T, ctx context.Context, d mgmt.Device) (any, error) {
		return nil, as[mgmt.Updater](t, d).ScheduleUpdate(ctx, "u1", time.UnixMilli(1700000000000))
	}, "PUT /rest/mgmt/ak/dienste/ksr/einplanen", `{"nachTerminals":null,"updateId":"u1","schedule":1700000000000}`, "", nil},
	{"update settings", func(t *testing.T, ctx context.Context, d mgmt.Device) (any, error) {
		return nil, as[mgmt.Updater](t, d).SetUpdateSettings(ctx, mgmt.UpdateSettings{Check: true, Wave: "EARLY", Weekday: time.Monday, Hour: 1})
	}, "PUT /rest/mgmt/ak/dienste/ksr/einstellungen?strict=true",
		`{"autoUpdateCheck":true,"autoUpdateDownload":false,"autoUpdate":false,"supportTrialUpdates":false,"autoActivateInventoryNetworks":false,"autoUpdateConnectorDependsOnFinishedTerminalUpdates":false,"autoUpdateWave":"EARLY","autoUpdateWeekDay":"MONDAY","autoUpdateTimeHour":"01","autoUpdateTimeMinute":"00"}`, "", nil},
	{"releases", func(t *testing.T, ctx context.Context, d mgmt.Device) (any, error) {
		return as[mgmt.ReleaseReader](t, d).Releases(ctx)
	}, "GET /rest/mgmt/ak/dienste/status/releaseinfos", "", `{"a":1}`, json.RawMessage(`{"a":1}`)},
}

func TestSecunetCalls(t *testing.T) {
	b := newSecunet(t)
	d := b.open(b.config())
	for _, c := range calls {
		t.Run(c.name, func(t *testing.T) {
			b.inSession(c.sent, 200, c.back)
			got, err := c.call(t, t.Context(), d)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
			came := b.came()
			last := came[len(came)-1]
			require.Equal(t, c.sent, last.String())
			require.Equal(t, c.body, last.Body)
		})
	}
}

func TestInfo(t *testing.T) {
	b := newSecunet(t)
	b.inSession("GET /rest/mgmt/ak/dienste/status/version", 200, `{"fwVersion":"5.50.4 ","hwVersion":"2.0.0","productName":"secunet konnektor","serialNumber":"0815"}`)
	b.inSession("GET /rest/mgmt/nk/status/basic", 200, `{"cpuTemperature":52.5,"loadAvg1min":0.25,"memTotal":2048,"memFree":1024,"uptime":"[U]"}`)
	b.inSession("GET /rest/mgmt/nk/ntp/zeit", 200, `{"time":1700000000000,"timeZone":"Europe/Berlin"}`)
	cfg := b.config()
	cfg.Product = &mgmt.Product{Vendor: mgmt.Secunet}
	d := b.open(cfg)
	info, err := as[mgmt.InfoReader](t, d).Info(t.Context())
	require.NoError(t, err)
	want := mgmt.Product{Vendor: mgmt.Secunet, Name: "secunet konnektor", Firmware: "5.50.4", Hardware: "2.0.0", Serial: "0815"}
	require.Equal(t, mgmt.Info{Product: want, Clock: time.UnixMilli(1700000000000).UTC(), TimeZone: "Europe/Berlin", CPU: 52.5, Load1: 0.25, MemTotal: 2048, MemFree: 1024}, info)
	require.Equal(t, want, d.Product())
}

func TestPing(t *testing.T) {
	b := newSecunet(t)
	b.on("GET /rest/mgmt/ak/dienste/status/ping", 401, "")
	d := b.open(b.config())
	require.NoError(t, as[mgmt.Pinger](t, d).Ping(t.Context()), "an answer is an answer")
	require.Zero(t, b.logins)
	cfg := b.config()
	cfg.Port = nobody
	require.ErrorIs(t, as[mgmt.Pinger](t, b.open(cfg)).Ping(t.Context()), konnektor.KindUnreachable)
}

const logPrefix = "/rest/mgmt/ak/dienste/protokoll/datei/system/OP/1700000000/1700003600"

func TestReadLog(t *testing.T) {
	b := newSecunet(t)
	line := "timestamp=19.10.2023 14:14:31.064;type=op;severity=info; text=Beginn des Anwendungsfalls: GetPinStatus(PinTyp = PIN.CH);Vorgangsnummer=soap-1697717671064-0a1b2c3d\n"
	record := func(stamp, raw string) string {
		return `{"type":"OP","timestamp":"19.10.2023 14:14:31.064","timestampAsDateTime":"` + stamp + `","severity":"INFO","message":"x","bytes":"` + base64.StdEncoding.EncodeToString([]byte(raw)) + `"}`
	}
	b.inSession("POST "+logPrefix, 200, "["+record("1697717672.5", "type=op;severity=warning;code=4018")+","+record("1697717671.64000000", line)+"]")
	q := mgmt.LogQuery{From: time.Unix(1700000000, 0), To: time.Unix(1700003600, 0)}
	reader := as[mgmt.LogReader](t, b.open(b.config()))
	entries, err := reader.ReadLog(t.Context(), q)
	require.NoError(t, err)
	require.Len(t, entries, 2)
	require.Equal(t, time.Date(2023, 10, 19, 12, 14, 31, 64e6, time.UTC), entries[0].Time, "nanoseconds are not padded, the line is in local time")
	require.Equal(t, "soap-1697717671064-0a1b2c3d", entries[0].Field("vorgangsnummer"))
	require.Equal(t, "Beginn des Anwendungsfalls: GetPinStatus(PinTyp = PIN.CH)", entries[0].Text)
	require.Equal(t, konnektor.Code(4018), entries[1].Code())
	require.Equal(t, int64(1697717672), entries[1].Time.Unix())
	require.Equal(t, 5, entries[1].Time.Nanosecond())

	came := b.came()
	last := came[len(came)-1]
	require.Empty(t, last.Body)
	require.Equal(t, "0", last.Header.Get("Content-Length"))
	require.Equal(t, "POST "+logPrefix+"?ascending=true&exactMatch=false&limit=1000&offset=0&severities=IWEF&timezone=GMT%2B0000", last.String())

	b.inSession("POST "+logPrefix, 404, "no such path")
	entries, err = reader.ReadLog(t.Context(), q)
	require.NoError(t, err)
	require.Empty(t, entries, "404 means no log entries")
	for _, unseen := range []mgmt.LogQuery{{Module: "vsdm"}, {Kind: "SEC"}} {
		unseen.From, unseen.To = q.From, q.To
		_, err = reader.ReadLog(t.Context(), unseen)
		require.ErrorIs(t, err, mgmt.ErrUnknownEndpoint)
	}
	_, err = reader.ReadLog(t.Context(), mgmt.LogQuery{})
	require.ErrorIs(t, err, konnektor.KindRequest)
}

// TestRequestsAreAsSeen compares the two requests that matter most with what the
// sources saw, header by header.
func TestRequestsAreAsSeen(t *testing.T) {
	b := newSecunet(t)
	b.inSession("GET "+statusPath, 200, "{}")
	_, err := as[mgmt.StatusReader](t, b.open(b.config())).Status(t.Context())
	require.NoError(t, err)
	came := b.came()
	require.JSONEq(t, `{"username":"`+user+`","password":"`+password+`"}`, came[0].Body)
	require.Equal(t, "application/json", came[0].Header.Get("Content-Type"))
	require.Empty(t, came[0].Header.Get("Authorization"))
	require.Equal(t, "Bearer "+token+"1", came[1].Header.Get("Authorization"))
	require.Empty(t, came[1].Header.Get("Content-Type"))
	require.Equal(t, http.MethodGet, came[1].Method)
}
