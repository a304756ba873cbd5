package judgetest

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/schematest"
)

// The flags with which Debian built libgsoapssl: struct soap depends on them.
var gsoapFlags = []string{"-O2", "-DWITH_OPENSSL", "-DWITH_IPV6", "-DWITH_GZIP", "-DWITH_DOM", "-I."}

// gsoapPrograms builds the gSOAP server and client from the official WSDLs and
// returns the folder with server and client. That takes about ten
// seconds, once.
func gsoapPrograms(t testing.TB) string {
	t.Helper()
	for _, program := range []string{"wsdl2h", "soapcpp2", "gcc"} {
		needProgram(t, program)
	}
	needFile(t, "/usr/include/stdsoap2.h", "libgsoap-dev")
	needFile(t, "/usr/include/openssl/ssl.h", "libssl-dev")
	schemas := schematest.Dir(t)
	sources, err := filepath.Abs(filepath.Join("testdata", "gsoap"))
	require.NoError(t, err)
	tools := run(t, "", "gcc", "-dumpfullversion") + run(t, "", "sh", "-c", "soapcpp2 -V 2>&1")
	recipe, err := os.ReadFile("gsoap_test.go")
	require.NoError(t, err)
	return cached(t, []string{string(recipe), tools}, []string{schemas, sources}, func(dir string) {
		buildGSOAP(t, dir, schemas, sources)
	})
}

func buildGSOAP(t testing.TB, dir, schemas, sources string) {
	t.Helper()
	work := t.TempDir()
	header := filepath.Join(work, "konnektor.h")
	run(t, filepath.Join(schemas, "conn"), "wsdl2h", "-c", "-t", filepath.Join(sources, "prefixes.dat"),
		"-o", header, "EventService.wsdl", "vsds/VSDService.wsdl")
	// -s is strict, -A demands the SOAPAction of the WSDL.
	run(t, work, "soapcpp2", "-c", "-x", "-s", "-A", "-L", "-I/usr/share/gsoap/import", header)

	objects := []string{"soapC", "soapServer", "soapClient"}
	var group sync.WaitGroup
	failures := make([]error, len(objects))
	for i, name := range objects {
		group.Go(func() {
			_, failures[i] = tryRun(t, work, "gcc", append(gsoapFlags, "-w", "-c", name+".c")...)
		})
	}
	group.Wait()
	for _, err := range failures {
		require.NoError(t, err)
	}
	for program, object := range map[string]string{"server": "soapServer.o", "client": "soapClient.o"} {
		run(t, work, "gcc", append(gsoapFlags, "-Wall", "-Werror", "-o", filepath.Join(dir, program),
			filepath.Join(sources, program+".c"), "soapC.o", object,
			"-lgsoapssl", "-lssl", "-lcrypto", "-lz", "-lpthread")...)
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2)
}
