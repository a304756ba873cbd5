package exchange_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/exchange"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/fixtest"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/internal/memorybox"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet/secunettest"
)

var at = time.Date(2026, 7, 15, 9, 0, 0, 0, time.UTC)

// practice is a snapshot of a practice that is well.
func practice() exchange.Snapshot {
	end := at.AddDate(2, 0, 0)
	return exchange.Snapshot{
		Version: 1, Taken: at, Address: "https://10.0.0.5",
		Product:       mgmt.Product{Vendor: mgmt.Secunet, Code: "secu_kon", Firmware: "5.50.3", Serial: "1"},
		Certificate:   &exchange.Certificate{SHA256: "aa", Serial: "1", Key: "RSA-2048", NotAfter: end},
		VPN:           new(true),
		Terminals:     []exchange.Terminal{{ID: "ct1", MAC: "00-0D-F8-00-00-01", IP: "10.0.0.21", Firmware: "3.8.1", Correlation: "AKTIV", Connected: true, Expires: end}},
		Cards:         []exchange.Card{{Type: konnektor.CardSMCB, ICCSN: "80276001010000000001", Expires: end}, {Type: konnektor.CardHBA, ICCSN: "80276001010000000002", Expires: end}},
		Contexts:      []exchange.Context{{Mandant: "m1", ClientSystem: "pvs", Workplace: "wp1"}},
		ClientSystems: []exchange.ClientCertificate{{ClientSystem: "pvs", Name: "pvs.p12", NotAfter: end}},
		PINs:          []exchange.PIN{{ICCSN: "80276001010000000001", Mandant: "m1", Status: "VERIFIED"}},
		Licences:      []exchange.Licence{{Feature: "nfdm", Licensed: true}, {Feature: "epa", Licensed: false}},
		FunctionTest:  exchange.TestPassed,
		Backup:        &exchange.Backup{File: "backup.tar", Made: at, PublicKeyHash: "bb"},
	}
}

// bad are the keys of the findings that are more than ok.
func bad(all []exchange.Finding) (keys []string) {
	for _, f := range all {
		if f.Level == exchange.LevelWarning || f.Level == exchange.LevelError {
			keys = append(keys, string(f.Level)+" "+f.Key)
		}
	}
	return keys
}

func TestCompare(t *testing.T) {
	soon, gone := at.AddDate(0, 3, 0), at
	for name, c := range map[string]struct {
		change func(s *exchange.Snapshot)
		bad    []string
	}{
		"everything is there":                   {func(*exchange.Snapshot) {}, nil},
		"the same box":                          {func(s *exchange.Snapshot) { s.Product.Serial = "1" }, []string{"warning same-box"}},
		"another firmware":                      {func(s *exchange.Snapshot) { s.Product.Firmware = "5.1.0" }, []string{"warning other-firmware"}},
		"a terminal is missing":                 {func(s *exchange.Snapshot) { s.Terminals = nil }, []string{"error terminal-missing"}},
		"a terminal is off":                     {func(s *exchange.Snapshot) { s.Terminals[0].Connected = false }, []string{"error terminal-disconnected"}},
		"a terminal has another ID and address": {func(s *exchange.Snapshot) { s.Terminals[0].ID, s.Terminals[0].IP = "ct9", "10.0.0.99" }, nil},
		"a terminal ends in three months":       {func(s *exchange.Snapshot) { s.Terminals[0].Expires = soon }, []string{"warning expires-soon"}},
		"a terminal ends a day later":           {func(s *exchange.Snapshot) { s.Terminals[0].Expires = soon.AddDate(0, 0, 1) }, nil},
		"an SMC-B is missing":                   {func(s *exchange.Snapshot) { s.Cards = s.Cards[1:] }, []string{"error card-missing"}},
		"an HBA is missing":                     {func(s *exchange.Snapshot) { s.Cards = s.Cards[:1] }, []string{"warning card-missing"}},
		"an SMC-B has expired":                  {func(s *exchange.Snapshot) { s.Cards[0].Expires = gone }, []string{"error expired"}},
		"a PIN is locked":                       {func(s *exchange.Snapshot) { s.PINs[0].Status = "VERIFIABLE" }, []string{"error pin-not-entered"}},
		"a context is missing":                  {func(s *exchange.Snapshot) { s.Contexts = nil }, []string{"error context-missing"}},
		"a client certificate is missing":       {func(s *exchange.Snapshot) { s.ClientSystems = nil }, []string{"error client-certificate-missing"}},
		"a client certificate has expired":      {func(s *exchange.Snapshot) { s.ClientSystems[0].NotAfter = gone }, []string{"error client-certificate-missing", "error expired"}},
		"a licence is missing":                  {func(s *exchange.Snapshot) { s.Licences[0].Licensed = false }, []string{"error licence-missing"}},
		"a licence that nobody had":             {func(s *exchange.Snapshot) { s.Licences = s.Licences[:1] }, nil},
		"the VPN is down":                       {func(s *exchange.Snapshot) { s.VPN = new(false) }, []string{"error vpn-down"}},
		"a state is set":                        {func(s *exchange.Snapshot) { s.States = []string{"EC_LOG_OVERFLOW"} }, []string{"warning new-state"}},
		"no card can be read":                   {func(s *exchange.Snapshot) { s.FunctionTest = exchange.TestFailed }, []string{"error function-test-failed"}},
		"the box ends soon":                     {func(s *exchange.Snapshot) { s.Certificate.NotAfter = soon }, []string{"warning expires-soon"}},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := practice(), practice()
			after.Product.Serial, after.Certificate.SHA256 = "2", "cc"
			c.change(&after)
			require.Equal(t, c.bad, bad(exchange.Compare(before, after, at)))
		})
	}
}

func TestReady(t *testing.T) {
	for name, c := range map[string]struct {
		change func(old, next *exchange.Snapshot)
		bad    []string
	}{
		"may begin":             {func(_, _ *exchange.Snapshot) {}, nil},
		"no backup":             {func(old, _ *exchange.Snapshot) { old.Backup = nil }, []string{"error no-backup"}},
		"an old backup":         {func(old, _ *exchange.Snapshot) { old.Backup.Made = at.AddDate(0, 0, -2) }, []string{"warning backup-old"}},
		"other firmware":        {func(_, next *exchange.Snapshot) { next.Product.Firmware = "6.0.0" }, []string{"error other-firmware"}},
		"another product":       {func(_, next *exchange.Snapshot) { next.Product.Code = "other" }, []string{"warning other-product"}},
		"the new box ends soon": {func(_, next *exchange.Snapshot) { next.Certificate.NotAfter = at.AddDate(0, 1, 0) }, []string{"warning expires-soon"}},
		"cannot read a card":    {func(old, _ *exchange.Snapshot) { old.FunctionTest = exchange.TestFailed }, []string{"error function-test-failed"}},
	} {
		t.Run(name, func(t *testing.T) {
			old, next := practice(), practice()
			c.change(&old, &next)
			require.Equal(t, c.bad, bad(exchange.Ready(old, &next, at)))
		})
	}
	require.Equal(t, exchange.LevelOpen, exchange.Worst(exchange.Ready(practice(), nil, at)), "the new box was not seen yet")
}

func TestHandOver(t *testing.T) {
	before, after := practice(), practice()
	after.Product.Serial, after.Address = "2", "https://10.0.0.6"
	after.Terminals[0].Connected = false
	after.Terminals[0].ID = "ct|<script>"
	h := exchange.NewHandOver(before, after, at, map[string]bool{"cables": true, "kim": false, exchange.CheckPINs: false})
	require.Equal(t, exchange.LevelError, h.Level)
	done := map[string]*bool{}
	for _, item := range h.List {
		done[string(item.Stage)+" "+item.Key] = item.Done
	}
	require.Equal(t, new(true), done["during cables"])
	require.Equal(t, new(false), done["after kim"])
	require.Nil(t, done["after diagnose-kit"], "nobody said anything")
	require.Equal(t, new(false), done["after terminals"])
	require.Equal(t, new(true), done["after smc-b-pins"], "what the program checks, nobody can tick off")
	require.Equal(t, new(true), done["before backup-kept"])

	page := h.Markdown()
	for _, want := range []string{"10.0.0.6", "terminal", "- [x] during: the old box is shut down", "- [!] after: a KIM message", "NOT deregistered", "ct\\|&lt;script&gt;"} {
		require.Contains(t, page, want)
	}
	require.NotContains(t, page, "<script>")
	data, err := json.Marshal(h)
	require.NoError(t, err)
	var again exchange.HandOver
	require.NoError(t, json.Unmarshal(data, &again))
	require.Equal(t, h, again)
}

func TestChecklistIsInOrderAndNeverDeregisters(t *testing.T) {
	stages := []exchange.Stage{exchange.StageBefore, exchange.StageDuring, exchange.StageAfter, exchange.StageEnd}
	i := 0
	for _, item := range exchange.Checklist() {
		for item.Stage != stages[i] {
			i++
		}
		require.NotEmpty(t, item.Text)
	}
	list := exchange.Checklist()
	require.Equal(t, "old-box", list[len(list)-1].Key)
	list[0].Key = "changed"
	require.NotEqual(t, "changed", exchange.Checklist()[0].Key)
}

func TestReadRefusesOtherFiles(t *testing.T) {
	data, err := json.Marshal(practice())
	require.NoError(t, err)
	got, err := exchange.Read(data)
	require.NoError(t, err)
	require.Equal(t, practice(), got)
	for _, bad := range []string{"", "{}", `{"version":2,"taken":"2026-07-15T09:00:00Z"}`, "[]"} {
		_, err := exchange.Read([]byte(bad))
		require.Error(t, err, bad)
	}
}

// The whole way on a simulated box, through management and services.
func TestTake(t *testing.T) {
	box := secunettest.New(t)
	client, err := konnektor.New(box.Konnektor.Config())
	require.NoError(t, err)
	defer client.Close()
	_, err = box.Konnektor.InsertCard(konnektortest.Card{Type: konnektor.CardEGK, Holder: "CANARY HOLDER", KVNR: "X999888777"})
	require.NoError(t, err)
	d := fixtest.Open(t, box)
	before := box.State()
	sources := exchange.Sources{Management: d, Client: client, Now: box.Clock.Now, ReadVSD: func(context.Context) error { return nil }}

	s, err := exchange.Take(t.Context(), sources)
	require.NoError(t, err)
	require.Empty(t, s.Missing)
	require.Equal(t, mgmt.Secunet, s.Product.Vendor)
	require.NotEmpty(t, s.Product.Serial)
	require.NotEmpty(t, s.Terminals)
	require.NotEmpty(t, s.Cards)
	require.NotEmpty(t, s.Contexts)
	require.NotEmpty(t, s.ClientSystems)
	require.NotEmpty(t, s.PINs)
	require.NotEmpty(t, s.Licences)
	require.NotNil(t, s.Certificate)
	require.Equal(t, exchange.TestPassed, s.FunctionTest)
	for _, c := range s.Cards {
		require.NotEqual(t, konnektor.CardEGK, c.Type)
	}
	require.Equal(t, before, box.State(), "it reads only")
	again, err := exchange.Take(t.Context(), sources)
	require.NoError(t, err)
	require.Equal(t, s, again, "snapshots of the same state are the same")
	t.Log(box.Operations()[:len(box.Operations())/2])

	data, err := json.Marshal(s)
	require.NoError(t, err)
	page := exchange.NewHandOver(s, again, box.Clock.Now(), nil).Markdown()
	for _, secret := range []string{"CANARY", "X999888777", box.Password()} {
		require.NotContains(t, string(data), secret)
		require.NotContains(t, page, secret)
	}
	require.NoError(t, d.Close(t.Context()))
	fixtest.Behaved(t, box)
}

// Services alone tell less; what they do not is noted.
func TestTakeFromServicesAlone(t *testing.T) {
	k := konnektortest.New(t)
	client, err := konnektor.New(k.Config())
	require.NoError(t, err)
	defer client.Close()
	fault := &konnektor.Error{Trace: []konnektor.Trace{{Code: 4093}}}
	s, err := exchange.Take(t.Context(), exchange.Sources{Client: client, ReadVSD: func(context.Context) error { return fault }})
	require.NoError(t, err)
	require.NotEmpty(t, s.Terminals)
	require.NotEmpty(t, s.Cards)
	require.NotNil(t, s.VPN)
	require.Equal(t, exchange.TestFailed, s.FunctionTest)
	require.Equal(t, []int{4093}, s.FunctionCodes)
	var parts []string
	for _, g := range s.Missing {
		require.Equal(t, exchange.GapNoAccess, g.Reason)
		parts = append(parts, g.Part)
	}
	require.Equal(t, []string{exchange.CheckContexts, exchange.CheckClientSystems, exchange.CheckLicence}, parts)
	open := bad(exchange.Compare(s, s, time.Now()))
	require.Equal(t, []string{"error function-test-failed"}, open)
}

func TestTakeFails(t *testing.T) {
	_, err := exchange.Take(t.Context(), exchange.Sources{})
	require.Error(t, err)
	box := secunettest.New(t)
	d := fixtest.Open(t, box)
	box.Fail("terminals", http.StatusInternalServerError, 1)
	_, err = exchange.Take(t.Context(), exchange.Sources{Management: d, Served: fixtest.Served(box)})
	require.ErrorContains(t, err, "exchange: terminals: ")
	_, err = exchange.Take(t.Context(), exchange.Sources{Management: d, Served: func(context.Context) ([]byte, error) { return nil, errors.New("no handshake") }})
	require.EqualError(t, err, "exchange: server-certificate: no handshake")
}

// What a product does not tell is noted with the reason, and to be compared by
// hand.
func TestTakeFromAProductThatTellsLittle(t *testing.T) {
	box := memorybox.New(memorybox.Options{})
	s, err := exchange.Take(t.Context(), exchange.Sources{Management: box})
	require.NoError(t, err)
	require.Equal(t, box.Product(), s.Product)
	require.Equal(t, []exchange.Gap{
		{Part: exchange.CheckProduct, Reason: exchange.GapUnsupported},
		{Part: exchange.CheckCertificate, Reason: exchange.GapNoAccess},
		{Part: exchange.CheckContexts, Reason: exchange.GapUnknown},
		{Part: exchange.CheckClientSystems, Reason: exchange.GapUnknown},
		{Part: exchange.CheckLicence, Reason: exchange.GapUnsupported},
	}, s.Missing)
	found := exchange.Compare(s, s, at)
	require.Equal(t, exchange.LevelOpen, found[0].Level)
	require.Empty(t, bad(exchange.Ready(s, nil, at))[1:], "only the backup is missing")
}
