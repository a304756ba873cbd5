package tsl_test

import (
	"strings"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/libkonnektor/libkonnektor/tsl/tsltest"
	"github.com/stretchr/testify/require"
)

func verified(t testing.TB, m *tsltest.Maker, s tsltest.Spec) *tsl.Result {
	t.Helper()
	r, err := tsl.Verify(makeList(t, m, s).XML, m.Options())
	require.NoError(t, err)
	return r
}

// compare makes two lists, the second with changed services, and gives the
// changes in words.
func compare(t *testing.T, change func([]tsltest.Service) []tsltest.Service) []string {
	t.Helper()
	m := tsltest.New(t)
	d := tsl.Compare(verified(t, m, tsltest.Spec{}).List, verified(t, m, tsltest.Spec{Services: change(m.Services())}).List)
	var words []string
	for _, c := range d.Changes {
		words = append(words, c.String())
	}
	return words
}

func find(t *testing.T, services []tsltest.Service, kind, name string) *tsltest.Service {
	t.Helper()
	for i := range services {
		if services[i].Type == kind && strings.Contains(services[i].Name, name) {
			return &services[i]
		}
	}
	require.Failf(t, "no service", "%s %s", kind, name)
	return nil
}

func TestCompare(t *testing.T) {
	since := time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		change func(t *testing.T, s []tsltest.Service) []tsltest.Service
		want   []string
	}{
		{"nothing", func(_ *testing.T, s []tsltest.Service) []tsltest.Service { return s }, nil},
		{"in another order", func(_ *testing.T, s []tsltest.Service) []tsltest.Service {
			s[0], s[2] = s[2], s[0]
			return s
		}, nil},
		{"revoked", func(t *testing.T, s []tsltest.Service) []tsltest.Service {
			ca := find(t, s, tsl.TypeCA, "EGK-CA")
			ca.Status, ca.Since = tsl.StatusRevoked, since
			return s
		}, []string{"CA LK.EGK-CA2 TEST-ONLY revoked (LK GmbH): from 2026-07-01T08:00:00Z"}},
		{"another date", func(t *testing.T, s []tsltest.Service) []tsltest.Service {
			find(t, s, tsl.TypeCA, "HBA-CA").Since = since
			return s
		}, []string{"CA LK.HBA-CA2 TEST-ONLY changed (LK GmbH): status began 2025-07-15T12:00:00Z, now 2026-07-01T08:00:00Z"}},
		{"types and address", func(t *testing.T, s []tsltest.Service) []tsltest.Service {
			ca := find(t, s, tsl.TypeCA, "VPNK-CA")
			ca.Extensions = []tsl.Extension{ca.Extensions[0], {OID: "1.2.3", Name: "oid_new"}}
			ca.SupplyPoint = "http://new.lk.invalid/"
			return s
		}, []string{
			`CA LK.VPNK-CA1 TEST-ONLY changed (LK GmbH): certificate types: oid_new added, oid_vpnk_vpn_sis dropped`,
			`CA LK.VPNK-CA1 TEST-ONLY changed (LK GmbH): supply point "http://ocsp.lk.invalid/ocsp" becomes "http://new.lk.invalid/"`,
		}},
		{"dropped from every group", func(t *testing.T, s []tsltest.Service) []tsltest.Service {
			var left []tsltest.Service
			for _, x := range s {
				switch x.Type {
				case tsl.TypeCVC, tsl.TypeCRL, tsl.TypeUnspecified:
				case tsl.TypeBNetzA:
					x.DER = x.DER[:1]
					left = append(left, x)
				default:
					left = append(left, x)
				}
			}
			return left
		}, []string{
			"CVC root CHR=LKLKX870226, CAR=LKLKX860224 dropped (LK GmbH): valid until 2028-07-15T23:59:59Z",
			"CVC root CHR=LKLKX870226, CAR=LKLKX870226 dropped (LK GmbH): valid until 2028-07-15T23:59:59Z",
			"CRL signer LK CRL-Signer TEST-ONLY dropped (LK GmbH): valid until 2028-07-15T12:00:00Z",
			"BNetzA signer LK Trusted List Signer 2 dropped (LK Agentur): valid until 2028-07-15T12:00:00Z",
			"other service lk.service.invalid dropped (LK GmbH): valid until 2028-07-15T12:00:00Z",
		}},
		{"other DNSSEC anchor", func(t *testing.T, s []tsltest.Service) []tsltest.Service {
			find(t, s, tsl.TypeDNSSEC, "").Other = tsltest.DNSSECAnchor(815, "aa")
			return s
		}, []string{
			"DNSSEC anchor lk. key 815 added (LK GmbH): key 815; digest aa; since 2025-07-15T12:00:00Z",
			"DNSSEC anchor lk. key 4711 dropped (LK GmbH)",
		}},
		{"provider and mapping", func(t *testing.T, s []tsltest.Service) []tsltest.Service {
			b := find(t, s, tsl.TypeBNetzA, "")
			b.Provider, b.Mappings = "LK Behörde", nil
			b.DER = b.DER[:1]
			return s
		}, []string{
			`BNetzA signer LK Trusted List Signer 1 changed (LK Behörde): address mappings: http://ocsp.lk.invalid/ http://ocsp.lk.telematik.invalid/ dropped`,
			`BNetzA signer LK Trusted List Signer 1 changed (LK Behörde): provider "LK Agentur" becomes "LK Behörde"`,
			"BNetzA signer LK Trusted List Signer 2 dropped (LK Agentur): valid until 2028-07-15T12:00:00Z",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, compare(t, func(s []tsltest.Service) []tsltest.Service { return c.change(t, s) }))
		})
	}
}

func TestCompareAddedReinstatedAndAnnounced(t *testing.T) {
	m := tsltest.New(t)
	revoked := m.Services()
	find(t, revoked, tsl.TypeCA, "EGK-CA").Status = tsl.StatusRevoked
	next, err := m.Anchor(2)
	require.NoError(t, err)
	old := verified(t, m, tsltest.Spec{Services: revoked[1:]})
	d := tsl.Compare(old.List, verified(t, m, tsltest.Spec{Announce: []tsltest.Announcement{{Anchor: next, Active: m.At()}}}).List)
	require.Equal(t, tsl.Reinstated, d.In(tsl.GroupCA)[1].Kind)
	added := d.In(tsl.GroupCA)[0]
	require.Equal(t, tsl.Added, added.Kind)
	require.Contains(t, added.Detail, "brainpoolP256r1; issued by LK.RCA2 TEST-ONLY; since")
	require.Contains(t, added.Detail, "for oid_ak_aut oid_nk_vpn")
	require.Len(t, added.SHA256, 64)
	require.Equal(t, "LK.TSL-CA2 TEST-ONLY", d.In(tsl.GroupAnchorChange)[0].Name)
	require.Len(t, d.Words(), 4)

	same := tsl.Compare(old.List, old.List)
	require.Empty(t, same.Changes)
	require.Equal(t, "nothing changed but number and dates", same.Words()[1])
	other := tsl.Compare(old.List, &tsl.List{Environment: tsl.Test})
	require.Contains(t, other.Words(), `environment: "prod" becomes "test"`)
}

// TestCompareRealLists has what is known of the lists between the two.
func TestCompareRealLists(t *testing.T) {
	old, err := tsl.Verify(real(t, "prod-10291.xml"), tsl.Options{At: at(t, "2025-05-01T00:00:00Z")})
	require.NoError(t, err)
	new, err := tsl.Verify(real(t, "prod-10326.xml"), tsl.Options{At: at(t, "2026-07-15T00:00:00Z")})
	require.NoError(t, err)
	d := tsl.Compare(old.List, new.List)
	words := strings.Join(d.Words(), "\n")
	for _, text := range []string{
		"CA ATOS.EGK-ALVI-CA11 added", "CA GEM.KOMP-CA3 dropped", "CA GEM.VPNK-CA7 dropped", "CA GEM.KOMP-CA10 added",
		"CA KUBUS.EGK-CA3 dropped", "CVC root CHR=DEZGW870226, CAR=DEZGW870226 added", "BNetzA signer German Trusted List Signer 15 added",
	} {
		require.Contains(t, words, text)
	}
	require.Empty(t, d.In(tsl.GroupDNSSEC), "the anchor of 2020 is still the one")
	require.Empty(t, d.Scheme)
}

func TestOutlook(t *testing.T) {
	m := tsltest.New(t)
	next, err := m.Anchor(2)
	require.NoError(t, err)
	r := verified(t, m, tsltest.Spec{Announce: []tsltest.Announcement{{Anchor: next, Active: m.At().Add(10 * day)}}})
	soon := r.Outlook(m.At().Add(40 * day))
	require.Len(t, soon, 2)
	require.Equal(t, tsl.Expiry{At: m.At().Add(10 * day), What: "announced trust anchor comes into force", Name: "LK.TSL-CA2 TEST-ONLY"}, soon[0])
	require.Equal(t, tsl.EndList, soon[1].What)
	all := r.Outlook(m.At().AddDate(20, 0, 0))
	what := map[tsl.EndKind]int{}
	for i, e := range all {
		what[e.What]++
		require.False(t, i > 0 && e.At.Before(all[i-1].At), "not in order")
	}
	require.Equal(t, 1, what["trust anchor"])
	require.Equal(t, 1, what["signer of the list"])
	require.Equal(t, 2, what["CVC root"])
	require.Equal(t, 2, what["BNetzA signer"])
	require.Equal(t, len(r.List.In(tsl.GroupCA)), what["CA"])
}

func TestOperatingStates(t *testing.T) {
	m := tsltest.New(t)
	r := verified(t, m, tsltest.Spec{})
	next, end := r.List.NextUpdate, r.Anchor.NotAfter
	for _, c := range []struct {
		at    time.Time
		grace time.Duration
		want  []string
	}{
		{next.Add(-8 * day), 0, nil},
		{next.Add(-6 * day), 0, []string{tsl.StateExpiring}},
		{next.Add(day), 0, []string{tsl.StateOverdue}},
		{next.Add(31 * day), 0, []string{tsl.StateBeyondGrace}},
		{next.Add(6 * day), 5 * day, []string{tsl.StateBeyondGrace}},
		{end.Add(-day), 0, []string{tsl.StateBeyondGrace, tsl.StateAnchorExpiring}},
		{end.Add(day), 0, []string{tsl.StateBeyondGrace, tsl.StateAnchorOutOfDate}},
	} {
		require.Equal(t, c.want, r.OperatingStates(c.at, c.grace), c.at)
	}
}

func TestParseCVCRefusesOtherBytes(t *testing.T) {
	m := tsltest.New(t)
	r := verified(t, m, tsltest.Spec{})
	cvc := r.List.In(tsl.GroupCVC)[0].CVC
	c, err := tsl.ParseCVC(cvc)
	require.NoError(t, err)
	require.Equal(t, "LKLKX870226", c.Holder)
	for i := range cvc {
		_, err := tsl.ParseCVC(cvc[:i])
		require.Error(t, err, "%d bytes", i)
	}
	_, err = tsl.ParseCVC(nil)
	require.Error(t, err)
}
