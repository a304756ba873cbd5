//go:build !race

package ctest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/libkonnektor/libkonnektor/tsl/tsltest"
)

// trustDay is the day at which the made lists and cards are valid.
const trustDay = "2026-07-15"

// trustFiles makes two lists, the second of which announces a new trust anchor
// and lacks a service, the anchor, and the certificates of a card terminal.
func trustFiles(t testing.TB) map[string][]byte {
	t.Helper()
	m := tsltest.New(t)
	next, err := m.Anchor(2)
	require.NoError(t, err)
	old, err := m.List(tsltest.Spec{})
	require.NoError(t, err)
	services := m.Services()
	newer, err := m.List(tsltest.Spec{
		Services: services[:len(services)-1], Announce: []tsltest.Announcement{{Anchor: next, Active: m.At().AddDate(0, 0, 20)}},
	})
	require.NoError(t, err)
	anchor, err := m.Anchor(1)
	require.NoError(t, err)
	require.Equal(t, trustDay, m.At().Format("2006-01-02"))
	card, err := m.PKI().Card(certstest.GSMCKT, certstest.CardOptions{WithoutRSA: true, ICCSN: "80276883110000000017"})
	require.NoError(t, err)
	var pem []byte
	for _, id := range card.Identities {
		pem = append(pem, id.CertificatePEM()...)
	}
	return map[string][]byte{"old.xml": old.XML, "new.xml": newer.XML, "anchor.der": anchor.DER, "gsmckt.pem": pem}
}

// put writes the files beside a program.
func put(t testing.TB, dir string, files map[string][]byte) {
	t.Helper()
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o644))
	}
}

// realFiles are two lists of production, or nothing.
func realFiles() map[string][]byte {
	files := map[string][]byte{}
	for name, file := range map[string]string{"old.xml": "prod-10291.xml", "new.xml": "prod-10326.xml"} {
		content, err := os.ReadFile(filepath.Join(root, "..", "shared", "testdata", "tsl", file))
		if err != nil {
			return nil
		}
		files[name] = content
	}
	return files
}

// trustSample runs one of the samples in its own folder.
type trustSample func(args ...string) (string, error)

// judgeTrustLists holds the sample TrustLists to what is known of the lists.
func judgeTrustLists(t *testing.T, dir string, run trustSample) {
	put(t, dir, trustFiles(t))
	out, err := run("old.xml", "new.xml", "prod", trustDay, "anchor.der")
	require.NoError(t, err, "%s", out)
	for _, want := range []string{
		"verdict=valid code=0 ", "under LK.TSL-CA1 TEST-ONLY, next until 2026-08-1", "added Neuer Vertrauensanker LK.TSL-CA2 TEST-ONLY: ",
		"\ndropped ", "step 1: new.xml, needs LK.TSL-CA1 TEST-ONLY", "unused: old.xml wird auf dem Weg zur neuesten Liste nicht gebraucht",
	} {
		require.Contains(t, out, want)
	}
	out, err = run("old.xml", "new.xml", "prod", trustDay)
	require.Error(t, err, "the anchor is not one of the TI: %s", out)
	require.Contains(t, out, "Vertrauensanker")

	files := realFiles()
	if files == nil {
		t.Log("real trust lists not found in ../shared/testdata/tsl: made ones only")
		return
	}
	put(t, dir, files)
	out, err = run("old.xml", "new.xml", "prod", trustDay)
	require.NoError(t, err, "%s", out)
	for _, want := range []string{
		"verdict=valid code=0 ", "list 10326 under GEM.TSL-CA3", "dropped Zertifikatsaussteller (CA) GEM.KOMP-CA3: ", "step 1: new.xml, needs GEM.TSL-CA3",
	} {
		require.Contains(t, out, want)
	}
}

// judgeCertificates holds the sample Certificates to what is known of the card.
func judgeCertificates(t *testing.T, dir string, run trustSample) {
	put(t, dir, trustFiles(t))
	out, err := run("gsmckt.pem", trustDay, "old.xml", "anchor.der")
	require.NoError(t, err, "%s", out)
	for _, want := range []string{
		"C.SMKT.AUT brainpoolP256r1 80276883110000000017 until 20", ", trusted ", "Terminal 1: C.SMKT.AUT brainpoolP256r1 state=valid, ", " gsmckt-expires-soon: Ab hier warnt",
	} {
		require.Contains(t, out, want)
	}
	csv, err := os.ReadFile(filepath.Join(dir, "inventory.csv"))
	require.NoError(t, err)
	require.Contains(t, string(csv), "Terminal 1;C.SMKT.AUT;gSMC-KT;80276883110000000017;")
	require.True(t, strings.HasPrefix(string(csv), "\ufeffHerkunft;Typ;"), "%.40q", csv)
	out, err = run("old.xml")
	require.Error(t, err, "%s", out)
}

var trustSamples = map[string]func(*testing.T, string, trustSample){
	"TrustLists": judgeTrustLists, "Certificates": judgeCertificates,
}

func TestTrustInPascal(t *testing.T) {
	for name, judge := range trustSamples {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, on *target) {
				dir := t.TempDir()
				copyFile(t, on.shipped(t), filepath.Join(dir, on.library))
				exe := on.pascal(t, filepath.Join(root, "cabi", "delphi", "samples", name+".dpr"), "Delphi", dir)
				judge(t, dir, func(args ...string) (string, error) { return on.run(t, exe, args...) })
			})
		})
	}
}

func TestTrustInCSharp(t *testing.T) {
	dir := filepath.Dir(assembly(t))
	copyFile(t, linux.shipped(t), filepath.Join(dir, "libkonnektor.so"))
	for name, judge := range trustSamples {
		t.Run(name, func(t *testing.T) {
			exe := csharp(t, filepath.Join(dir, "Libkonnektor.dll"), filepath.Join(root, "cabi", "dotnet", "samples", name+".cs"))
			judge(t, dir, func(args ...string) (string, error) {
				cmd := exec.CommandContext(t.Context(), "mono", append([]string{exe}, args...)...)
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+dir, "LC_ALL=C.UTF-8")
				out, err := cmd.CombinedOutput()
				return string(out), err
			})
		})
	}
}
