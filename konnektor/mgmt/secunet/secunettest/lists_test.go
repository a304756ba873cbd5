package secunettest_test

import (
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet/secunettest"
)

func certificatePEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func writeFile(t *testing.T, dir, name, content string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	return file
}

const terminalsPath = "/rest/mgmt/ak/dienste/kartenterminals"

func TestListsDifferByProduct(t *testing.T) {
	for product, names := range map[secunettest.Product]bool{
		secunettest.Einbox: false, secunettest.Rechenzentrum: false, secunettest.HSK: true,
	} {
		t.Run(string(product), func(t *testing.T) {
			box := secunettest.NewWith(t, secunettest.Options{Product: product})
			c := login(t, box)
			mandant := c.get("/rest/mgmt/ak/info/mandanten").([]any)[0].(map[string]any)
			remote := mandant["remotePinCardTerminals"].([]any)
			require.NotEmpty(t, remote)
			if names {
				require.IsType(t, "", remote[0])
				require.NotContains(t, mandant, "validateTelematikId")
			} else {
				require.ElementsMatch(t, []string{"arbeitsplatzInternalId", "cardTerminalInternalId"}, keys(remote[0].(map[string]any)))
			}
			terminal := c.get(terminalsPath).([]any)[0].(map[string]any)
			require.Equal(t, !names, terminal["autoUpdate"] != nil, "absent on an HSK")
			info := terminal["productinformation"].(map[string]any)
			require.Equal(t, "0120 ", info["sicctVersion"], "the blank is real")
			require.Nil(t, terminal["adminPassword"])
		})
	}
}

func TestInfoModelHoldsTogether(t *testing.T) {
	box := secunettest.New(t)
	c := login(t, box)
	info := c.object("/rest/mgmt/ak/info")
	require.ElementsMatch(t, []string{"kartenTerminals", "arbeitsplaetze", "aufrufkontexte", "clientSystems"}, keys(info))
	require.Len(t, info["aufrufkontexte"], 4)
	systems := c.get("/rest/mgmt/ak/info/clientsysteme").([]any)
	require.Len(t, systems, 2)
	cert := systems[0].(map[string]any)["certificates"].([]any)[0].(map[string]any)
	require.Equal(t, true, cert["validity"].(map[string]any)["valid"])
	require.NotEmpty(t, cert["certificate"])
}

func TestCardsHaveHandlesOfTheirOwn(t *testing.T) {
	box := secunettest.New(t)
	c := login(t, box)
	box.Konnektor.Insert(konnektor.CardUnknown)
	cards := c.get(cardsPath).([]any)
	require.Len(t, cards, 3)
	card := cards[0].(map[string]any)
	require.Equal(t, "SMC_B", card["type"])
	require.True(t, strings.HasPrefix(card["cardhandle"].(string), "SMC-B-"))
	require.Equal(t, box.Handle(box.Konnektor.Handle(konnektor.CardSMCB)), card["cardhandle"])
	one := c.object(cardsPath + "/" + card["cardhandle"].(string))
	require.Contains(t, one, "eccCert")
	require.Equal(t, card["iccsn"], one["iccsn"])
	require.Nil(t, cards[2].(map[string]any)["iccsn"])
	require.Equal(t, http.StatusNotFound, first(c.do("GET", cardsPath+"/SMC-B-9999", nil)))
	require.Equal(t, http.StatusNotFound, first(c.do("GET", cardsPath+"/smb/"+card["cardhandle"].(string)+"/Mandant2/pin", nil)))
}

func TestTerminalsGoThroughTheirSteps(t *testing.T) {
	box := secunettest.New(t)
	c := login(t, box)
	step := func(method, what string) int {
		return first(c.do(method, terminalsPath+"/T3"+what, nil))
	}
	correlation := func() any { return c.object(terminalsPath + "/T3/erweitert")["correlation"] }
	require.Equal(t, http.StatusOK, step("DELETE", "/aktivieren"))
	require.Equal(t, "GEPAIRT", correlation())
	require.Equal(t, http.StatusConflict, step("PUT", "/verbinden"))
	require.Equal(t, http.StatusOK, step("PUT", "/aktivieren"))
	require.Equal(t, "AKTIV", correlation())
	require.Equal(t, http.StatusOK, step("DELETE", "/zuweisen"))
	require.Equal(t, http.StatusConflict, step("PUT", "/aktivieren"), "it is only known")
	require.Equal(t, http.StatusOK, step("DELETE", ""))
	require.Equal(t, http.StatusNotFound, step("PUT", "/aktivieren"))
	require.Len(t, c.get(terminalsPath), 2)
	require.Len(t, box.Changes(), 4)
}

func TestUpdates(t *testing.T) {
	box := secunettest.NewWith(t, secunettest.Options{Clock: standing()})
	c := login(t, box)
	const ksr = "/rest/mgmt/ak/dienste/ksr/"
	list := c.object(ksr + "informationen/updates-konnektor")
	id := list["updates"].([]any)[0].(map[string]any)["updateId"].(string)
	plan := map[string]any{"nachTerminals": nil, "updateId": id, "schedule": 1}
	require.Equal(t, http.StatusConflict, first(c.do("PUT", ksr+"einplanen", plan)), "not downloaded")
	require.Equal(t, http.StatusOK, first(c.do("PUT", ksr+"download/"+id, nil)))
	require.Equal(t, http.StatusOK, first(c.do("PUT", ksr+"einplanen", plan)))
	box.Clock.Advance(time.Minute)
	require.Equal(t, http.StatusOK, first(c.do("PUT", ksr+"informationen/update", nil)))
	require.EqualValues(t, box.Clock.Now().UnixMilli(), c.object(ksr + "informationen/updates-konnektor")["lastUpdate"])
	c.get(ksr + "informationen/updates-terminal/INGHC/ORGA6100/1.2.0/3.8.1")
	settings := map[string]any{
		"autoUpdateCheck": true, "autoUpdateDownload": true, "autoUpdate": false, "supportTrialUpdates": false,
		"autoActivateInventoryNetworks": true, "autoUpdateConnectorDependsOnFinishedTerminalUpdates": false,
		"autoUpdateWave": "EARLY", "autoUpdateWeekDay": "MONDAY", "autoUpdateTimeHour": "01", "autoUpdateTimeMinute": "00",
	}
	require.Equal(t, http.StatusOK, first(c.do("PUT", ksr+"einstellungen?strict=true", settings)))
	require.Empty(t, box.Complaints())
	settings["autoUpdateTimeHour"] = 1
	require.Equal(t, http.StatusBadRequest, first(c.do("PUT", ksr+"einstellungen?strict=true", settings)))
	require.Len(t, box.Complaints(), 1)
}

func TestProfileIsForTheSimulatorOnly(t *testing.T) {
	p, err := mgmt.ReadProfile(secunettest.Profile())
	require.NoError(t, err)
	require.NotEmpty(t, p.Entries)
	for _, e := range p.Entries {
		require.Equal(t, mgmt.Simulator, e.Evidence, e.Operation)
		require.True(t, strings.HasPrefix(e.Path, "/simulator/"), e.Path)
		require.NotContains(t, strings.ToLower(string(e.Operation)), "deregist")
	}
}
