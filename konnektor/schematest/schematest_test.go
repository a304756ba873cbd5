package schematest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/schematest"
)

const (
	valid = `<GetJobNumberResponse xmlns="http://ws.gematik.de/conn/SignatureService/v7.5">` +
		`<JobNumber>ABC-123</JobNumber></GetJobNumberResponse>`
	schema = "conn/SignatureService_V7_5_6.xsd"
)

func TestValidDocumentPasses(t *testing.T) {
	schematest.Validate(t, schema, []byte(valid))
}

func TestEachInvalidDocumentIsNamed(t *testing.T) {
	complaints := schematest.Complaints(t, schema,
		schematest.Document{Name: "bad value", XML: []byte(strings.Replace(valid, "123", "12", 1))},
		schematest.Document{Name: "good", XML: []byte(valid)},
		schematest.Document{Name: "unknown element", XML: []byte(strings.ReplaceAll(valid, "JobNumber>", "JobNr>"))},
		schematest.Document{Name: "unknown root", XML: []byte(`<a/>`)},
		schematest.Document{Name: "no XML", XML: []byte(`<a>`)},
		schematest.Document{Name: "empty"},
	)
	require.Len(t, complaints, 5)
	require.Contains(t, complaints["bad value"], "pattern")
	require.Contains(t, complaints["unknown element"], "not expected")
	require.Contains(t, complaints["unknown root"], "No matching global declaration")
	require.NotContains(t, complaints, "good")
}

func TestNoDocumentNeedsNoJudge(t *testing.T) {
	t.Setenv("PATH", "")
	require.Empty(t, schematest.Complaints(t, schema))
}

func TestMissingJudge(t *testing.T) {
	lint := func(t testing.TB) { schematest.Validate(t, schema, []byte(valid)) }
	dir := func(t testing.TB) { schematest.Dir(t) }
	cases := []struct {
		name, variable, value, ci, want string
		run                             func(testing.TB)
	}{
		{"no xmllint", "PATH", "", "", "xmllint is not installed", lint},
		{"no schemas", "GEMATIK_API_DIR", t.TempDir(), "", "GEMATIK_API_DIR", dir},
		{"no xmllint in CI", "PATH", "", "true", "xmllint is not installed", lint},
		{"no schemas in CI", "GEMATIK_API_DIR", t.TempDir(), "true", "GEMATIK_API_DIR", dir},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("CI", c.ci)
			t.Setenv(c.variable, c.value)
			ended := &ending{TB: t}
			done := make(chan struct{})
			go func() {
				defer close(done)
				c.run(ended)
			}()
			<-done
			require.Equal(t, c.ci == "true", ended.failed)
			require.Equal(t, c.ci == "", ended.skipped)
			require.Contains(t, ended.why, c.want)
		})
	}
}
