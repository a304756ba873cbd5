package tsl_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/stretchr/testify/require"
)

// real reads a file of the TI's download points, or skips.
func real(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "shared", "testdata", "tsl", name))
	if err != nil {
		t.Skip("real trust lists not found in ../shared/testdata/tsl")
	}
	return data
}

func at(t testing.TB, text string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return v
}

// realList is what is known of a real list (testdata/tsl/README.md).
type realList struct {
	file, id, issued, next, signer, anchor string
	environment                            tsl.Environment
	sequence, services, inAccord           int
}

var realLists = []realList{
	{"prod-10326.xml", "ID31032620260713230007Z", "2026-07-13T23:00:07Z", "2026-08-12T23:00:07Z", "TSL Signing Unit 6", "GEM.TSL-CA3", tsl.Production, 10326, 272, 272},
	{"prod-10291.xml", "ID31029120250427230005Z", "2025-04-27T23:00:05Z", "2025-05-27T23:00:05Z", "TSL Signing Unit 4", "GEM.TSL-CA3", tsl.Production, 10291, 269, 269},
	{"ref-10699.xml", "ID31069920260722074748Z", "2026-07-22T07:47:48Z", "2026-08-21T07:47:48Z", "TSL Signing Unit 12 TEST-ONLY", "GEM.TSL-CA28 TEST-ONLY", tsl.Reference, 10699, 287, 287},
	{"test-10654.xml", "ID31065420260220083018Z", "2026-02-20T08:30:18Z", "2026-03-22T08:30:18Z", "TSL Signing Unit 12 TEST-ONLY", "GEM.TSL-CA28 TEST-ONLY", tsl.Test, 10654, 234, 216},
}

func TestRealLists(t *testing.T) {
	for _, want := range realLists {
		t.Run(want.file, func(t *testing.T) {
			data := real(t, want.file)
			r, err := tsl.Verify(data, tsl.Options{At: at(t, want.issued).Add(24 * time.Hour), Environment: want.environment})
			require.NoError(t, err)
			l := r.List
			require.Equal(t, want.id, l.ID)
			require.Equal(t, want.sequence, l.Sequence)
			require.Equal(t, want.environment, l.Environment)
			require.Equal(t, at(t, want.issued), l.Issued)
			require.Equal(t, at(t, want.next), l.NextUpdate)
			require.Equal(t, want.signer, r.Signer.Subject.CommonName)
			require.Equal(t, want.anchor, r.Anchor.Subject.CommonName)
			require.Len(t, l.Services, want.services)
			require.Equal(t, want.inAccord, countInAccord(l))
			require.Nil(t, r.Announced)
			require.Empty(t, r.Warnings)
			require.Len(t, r.NotChecked, 3)
			require.Len(t, l.Addresses, 2)
			require.True(t, l.Addresses[1].Backup)
		})
	}
}

func countInAccord(l *tsl.List) (n int) {
	for i := range l.Services {
		if l.Services[i].Status == tsl.StatusInAccord {
			n++
		}
	}
	return n
}

func TestRealListsHaveTheirServices(t *testing.T) {
	data := real(t, "prod-10326.xml")
	r, err := tsl.Verify(data, tsl.Options{At: at(t, "2026-07-15T00:00:00Z")})
	require.NoError(t, err)
	counts := map[tsl.Group]int{}
	for i := range r.List.Services {
		s := &r.List.Services[i]
		counts[s.Group()]++
		certificates, err := s.Certificates()
		require.NoError(t, err, s.Name)
		require.Equal(t, len(s.DER), len(certificates))
	}
	require.Equal(t, map[tsl.Group]int{
		tsl.GroupCA: 111, tsl.GroupOCSP: 136, tsl.GroupCRL: 1, tsl.GroupCVC: 16,
		tsl.GroupBNetzA: 1, tsl.GroupDNSSEC: 1, tsl.GroupOther: 6,
	}, counts)
	dnssec := r.List.In(tsl.GroupDNSSEC)[0].DNSSEC
	require.Equal(t, "telematik.", dnssec.Zone)
	require.Equal(t, []tsl.DNSSECKey{{
		ID: "Fk6UWys", ValidFrom: "2020-05-25T00:00:00+00:00", KeyTag: "50572", Algorithm: "8", DigestType: "2",
		Digest: "3973559a8e03a08a8bf90baf22fde7e31f2b9f92ad29af4e80ff9ef23979ae0e",
	}}, dnssec.Keys)
	require.Len(t, r.List.In(tsl.GroupBNetzA)[0].DER, 2)
	for _, s := range r.List.In(tsl.GroupCVC) {
		require.NotEmpty(t, s.CVC, s.Name)
	}
}

func TestRealDetachedSignature(t *testing.T) {
	list, sig := real(t, "prod-10326.xml"), real(t, "prod-10326.sig")
	o := tsl.Options{At: at(t, "2026-07-15T00:00:00Z"), Detached: sig}
	r, err := tsl.Verify(list, o)
	require.NoError(t, err)
	require.True(t, r.Detached)

	_, err = tsl.Verify(append(list[:len(list):len(list)], '\n'), o)
	require.ErrorIs(t, err, tsl.CodeSignature)
	o.At = at(t, "2025-05-01T00:00:00Z")
	_, err = tsl.Verify(real(t, "prod-10291.xml"), o)
	require.ErrorIs(t, err, tsl.CodeSignature, "the signature of another list")
}

// TestRealListsByTheirRules has the expected results of testdata/tsl/README.md.
func TestRealListsByTheirRules(t *testing.T) {
	production, test := anchor(t, tsl.Production), anchor(t, tsl.Test)
	newer := &tsl.Stored{Environment: tsl.Production, Sequence: 10326, ID: "ID31032620260713230007Z"}
	older := &tsl.Stored{Environment: tsl.Production, Sequence: 10291, ID: "ID31029120250427230005Z"}
	ofTest := &tsl.Stored{Environment: tsl.Test, Sequence: 10654, ID: "ID31065420260220083018Z"}
	for _, c := range []struct {
		name, file, at string
		o              tsl.Options
		code           tsl.Code // 0: accepted
		warning        tsl.Code
	}{
		{"old list in its time", "prod-10291.xml", "2025-05-01T00:00:00Z", tsl.Options{}, 0, 0},
		{"signer expired before the list", "prod-10291.xml", "2025-05-27T12:00:00Z", tsl.Options{}, tsl.CodeNotInTime, 0},
		{"the same, judged at its issue", "prod-10291.xml", "2025-05-27T12:00:00Z", tsl.Options{Historic: true}, 0, tsl.CodeNotInTime},
		{"overdue within grace", "prod-10326.xml", "2026-08-20T00:00:00Z", tsl.Options{}, 0, tsl.CodeOverdue},
		{"overdue without grace", "prod-10326.xml", "2026-08-20T00:00:00Z", tsl.Options{Grace: -1}, tsl.CodeExpired, 0},
		{"beyond grace", "prod-10326.xml", "2026-09-15T00:00:00Z", tsl.Options{}, tsl.CodeExpired, 0},
		{"beyond grace, for a plan", "prod-10326.xml", "2026-09-15T00:00:00Z", tsl.Options{Historic: true}, 0, tsl.CodeExpired},
		{"newer over older", "prod-10326.xml", "2026-07-15T00:00:00Z", tsl.Options{Stored: older}, 0, 0},
		{"older over newer", "prod-10291.xml", "2025-05-01T00:00:00Z", tsl.Options{Stored: newer}, tsl.CodeIDIncorrect, 0},
		{"the same again", "prod-10326.xml", "2026-07-15T00:00:00Z", tsl.Options{Stored: newer}, 0, 0},
		{"production under the test anchor", "prod-10326.xml", "2026-07-15T00:00:00Z", with(tsl.AnyEnvironment, test), tsl.CodeAnchorUnknown, 0},
		{"reference under the production anchor", "ref-10699.xml", "2026-07-23T00:00:00Z", with(tsl.AnyEnvironment, production), tsl.CodeAnchorUnknown, 0},
		{"test under the production anchor", "test-10654.xml", "2026-02-21T00:00:00Z", with(tsl.AnyEnvironment, production), tsl.CodeAnchorUnknown, 0},
		{"reference where production is asked for", "ref-10699.xml", "2026-07-23T00:00:00Z", with("", test), tsl.CodeIDIncorrect, 0},
		{"reference over test", "ref-10699.xml", "2026-07-23T00:00:00Z", tsl.Options{Environment: tsl.AnyEnvironment, Stored: ofTest}, tsl.CodeIDIncorrect, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.At = at(t, c.at)
			r, err := tsl.Verify(real(t, c.file), c.o)
			if c.code != 0 {
				require.ErrorIs(t, err, c.code)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.warning != 0, len(r.Warnings) > 0, r.Warnings)
			if c.warning != 0 {
				require.Equal(t, c.warning, r.Warnings[0].Code)
			}
		})
	}
}

func TestRealListOfAnotherEnvironmentSaysSo(t *testing.T) {
	_, err := tsl.Verify(real(t, "ref-10699.xml"), tsl.Options{At: at(t, "2026-07-23T00:00:00Z")})
	require.ErrorIs(t, err, tsl.CodeAnchorUnknown)
	require.ErrorIs(t, err, tsl.ErrEnvironment)
	require.ErrorContains(t, err, "environment ref, not prod")
	_, err = tsl.Verify(real(t, "ref-10699.xml"), tsl.Options{At: at(t, "2026-07-23T00:00:00Z"), Environment: tsl.Test})
	require.ErrorIs(t, err, tsl.CodeIDIncorrect)
	require.ErrorIs(t, err, tsl.ErrEnvironment)
}
