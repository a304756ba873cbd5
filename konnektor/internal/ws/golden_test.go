package ws_test

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/schematest"
	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

var update = flag.Bool("update", false, "rewrite the golden requests")

// schemas are the schemas of the services' messages, by service and version.
var schemas = map[string]string{
	"EventService-7.2":         "conn/EventService.xsd",
	"CardService-8.1":          "conn/CardService_v8_1_3.xsd",
	"CardTerminalService-1.1":  "conn/CardTerminalService.xsd",
	"CertificateService-6.0":   "conn/CertificateService_v6_0_2.xsd",
	"SignatureService-7.4":     "conn/SignatureService_V7_4_4.xsd",
	"SignatureService-7.5":     "conn/SignatureService_V7_5_6.xsd",
	"AuthSignatureService-7.4": "conn/SignatureService_V7_4_4.xsd",
	"EncryptionService-6.1":    "conn/EncryptionService_v6_1_2.xsd",
	"KVKService-4.0":           "conn/vsds/KvkService.xsd",
	"NFDService-1.0":           "conn/nfds/NFDService.xsd",
	"DPEService-1.0":           "conn/nfds/DPEService.xsd",
	"AMTSService-1.0":          "conn/amtss/AMTSService.xsd",
}

// message is a generated request: it writes and reads itself.
type message interface {
	wire.Encoder
	wire.Decoder
}

// folder is where the messages of an operation stand.
func folder(op wire.Operation) string { return op.Service + "-" + op.Version }

// encode writes a request.
func encode(t *testing.T, v wire.Encoder) []byte {
	t.Helper()
	w := wire.NewWriter(nil)
	v.EncodeXML(w)
	b, err := w.Bytes()
	require.NoError(t, err)
	return b
}

// decode reads a document into v and returns the Reader.
func decode(t *testing.T, doc []byte, v wire.Decoder) *wire.Reader {
	t.Helper()
	r := wire.NewReader(doc)
	require.True(t, r.Root(), "no root element")
	require.True(t, r.Is(v.ElementName()), "root element %s", r.Local())
	v.DecodeXML(r)
	require.NoError(t, r.Finish())
	return r
}

// like returns a new value of the type of v.
func like[T any](v T) T {
	return reflect.New(reflect.TypeOf(v).Elem()).Interface().(T)
}

// golden compares got with a file, which -update rewrites.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	path = filepath.Join("testdata", path)
	got = append(slices.Clone(got), '\n')
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

// judge validates documents by the schema of their service.
func judge(t *testing.T, docs map[string][]schematest.Document) {
	for _, service := range slices.Sorted(maps.Keys(docs)) {
		t.Run("xmllint "+service, func(t *testing.T) {
			require.Contains(t, schemas, service)
			schematest.ValidateAll(t, schemas[service], docs[service]...)
		})
	}
}
