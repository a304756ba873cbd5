package konnektor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// FuzzServiceDirectory reads any bytes as a service directory. What can be read
// has services, and finding one never fails otherwise than by not finding it.
func FuzzServiceDirectory(f *testing.F) {
	files, err := filepath.Glob("testdata/directory/*.sds")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(text)
	}
	ops := []Operation{
		{Service: "EventService", Version: "7.2", Namespace: "http://ws.gematik.de/conn/EventService/WSDL/v7.2", Name: "GetCards"},
		{Service: "SignatureService", Version: "7.5", Name: "SignDocument"},
	}
	client, err := New(Config{URL: "https://box", Trust: Trust{CertificateSHA256: []string{strings.Repeat("00", 32)}}})
	require.NoError(f, err)
	defer client.Close()
	f.Fuzz(func(t *testing.T, text []byte) {
		var s Services
		if s.read(wire.NewReader(text)) != nil {
			return
		}
		require.NotEmpty(t, s.Services)
		for _, op := range ops {
			to := client.locate(&s, op)
			require.NotEqual(t, to.err == nil, to.URL == nil)
			if to.err == nil {
				require.Equal(t, "https", to.URL.Scheme, "never to plain HTTP")
				require.NotEmpty(t, to.URL.Host)
			}
		}
	})
}
