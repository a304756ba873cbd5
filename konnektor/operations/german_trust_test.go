package operations

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/tsl"
)

// constantsOf lists the values of all constants of a type in package tsl or
// certs, so that a new one cannot be forgotten here.
func constantsOf(t *testing.T, pkg, typ string) (values []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", pkg, "*.go"))
	require.NoError(t, err)
	for _, name := range files {
		src, err := os.ReadFile(name)
		require.NoError(t, err)
		file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			of, typed := spec.Type.(*ast.Ident)
			if !typed || of.Name != typ || len(spec.Values) != 1 {
				return false
			}
			if lit, ok := spec.Values[0].(*ast.BasicLit); ok {
				if text, err := strconv.Unquote(lit.Value); err == nil {
					values = append(values, text)
				} else {
					values = append(values, lit.Value)
				}
			}
			return false
		})
	}
	require.NotEmpty(t, values, "no constants of type %s in %s", typ, pkg)
	return values
}

// inGerman checks that a map has a German text for each constant of a type, and
// none for anything else.
func inGerman[K ~string](t *testing.T, pkg, typ string, texts map[K]string) {
	t.Helper()
	all := constantsOf(t, pkg, typ)
	for _, v := range all {
		assert.NotEmpty(t, texts[K(v)], "%s.%s %q has no German text", pkg, typ, v)
	}
	assert.Len(t, texts, len(all), "%s.%s", pkg, typ)
}

func TestEverythingAboutTrustIsInGerman(t *testing.T) {
	inGerman(t, "tsl", "ChangeKind", changeGerman)
	inGerman(t, "tsl", "Group", groupGerman)
	inGerman(t, "tsl", "Group", groupNames)
	inGerman(t, "tsl", "Status", serviceStatusGerman)
	inGerman(t, "tsl", "FactKind", factGerman)
	inGerman(t, "tsl", "WarningKind", warningGerman)
	inGerman(t, "tsl", "Unchecked", uncheckedGerman)
	inGerman(t, "tsl", "EndKind", listEndGerman)
	inGerman(t, "tsl", "PartKind", partGerman)
	inGerman(t, "tsl", "UnusedKind", unusedGerman)
	inGerman(t, "certs", "State", certificateStateGerman)
	inGerman(t, "certs", "State", stateNames)
	inGerman(t, "certs", "Effect", effectGerman)
	inGerman(t, "certs", "Evidence", evidenceGerman)
	for _, kind := range []string{certs.KindRoot, certs.KindCA, certs.KindOther} {
		assert.NotEqual(t, kind, germanCertificateKind(kind))
	}
	for _, renewal := range []string{certs.RenewalOriginal, certs.RenewalRenewed} {
		assert.NotEmpty(t, renewalGerman[renewal])
	}
	for _, state := range []string{
		tsl.StateExpiring, tsl.StateOverdue, tsl.StateBeyondGrace, tsl.StateAnchorExpiring, tsl.StateAnchorOutOfDate,
	} {
		assert.NotEqual(t, state, germanCondition(state))
	}
}

// The enums in the description have every value, and no other.
func TestEnumsAboutTrust(t *testing.T) {
	types := theCatalogue().types
	inEnum := func(typ, field string, values []string) {
		assert.ElementsMatch(t, values, types[typ].field(field).Enum, "%s.%s", typ, field)
	}
	inEnum("TrustService", "group", slices.Collect(maps.Values(groupNames)))
	inEnum("ListChange", "group", slices.Collect(maps.Values(groupNames)))
	inEnum("ListChange", "kind", constantsOf(t, "tsl", "ChangeKind"))
	inEnum("Inventory", "state", slices.Collect(maps.Values(stateNames)))
	inEnum("Certificate", "state", slices.Collect(maps.Values(stateNames)))
	inEnum("CertDue", "evidence", constantsOf(t, "certs", "Evidence"))
	inEnum("CertDue", "effect", constantsOf(t, "certs", "Effect"))
}

func TestEveryDatedRuleIsInGerman(t *testing.T) {
	for _, r := range certs.Rules() {
		text := ruleGerman[r.ID]
		assert.NotEmpty(t, text.what, r.ID)
		assert.NotEmpty(t, text.source, r.ID)
		assert.Equal(t, r.Conflict == "", text.conflict == "", r.ID)
		if text.conflict != "" {
			assert.True(t, strings.HasSuffix(text.conflict, "."), r.ID)
		}
	}
	assert.Len(t, ruleGerman, len(certs.Rules()))
}

// Every code that a list or a certificate is refused with has a text: of its own,
// or, in OCSP answers about the signer of a list, the one for all of them.
func TestEveryRefusalIsInGerman(t *testing.T) {
	for _, v := range constantsOf(t, "tsl", "Code") {
		n, err := strconv.Atoi(v)
		require.NoError(t, err)
		g := germanListCode(&tsl.Error{Code: tsl.Code(n)})
		assert.NotEmpty(t, g.do, n)
		assert.NotEmpty(t, g.what, n)
		assert.Equal(t, listGerman[tsl.Code(n)], g, n)
		assert.NotEmpty(t, konnektor.Code(n).Info().Layer, "code %d is not in the code table", n)
	}
	assert.Len(t, listGerman, len(constantsOf(t, "tsl", "Code")))
	for _, v := range constantsOf(t, "certs", "Code") {
		n, err := strconv.Atoi(v)
		require.NoError(t, err)
		assert.NotEmpty(t, checkGerman[certs.Code(n)], n)
	}
	assert.Len(t, checkGerman, len(constantsOf(t, "certs", "Code")))
}

func TestFactsInGerman(t *testing.T) {
	for want, f := range map[string]tsl.Fact{
		"gültig bis 01.07.2026 08:00 UTC":                         {Kind: tsl.FactValidUntil, Value: "2026-07-01T08:00:00Z"},
		"Status: bisher zugelassen, jetzt gesperrt":               {Kind: tsl.FactStatusChanged, Was: "inaccord", Value: "revoked"},
		"Status: withdrawn":                                       {Kind: tsl.FactStatus, Value: "withdrawn"},
		"Anbieter: bisher nichts, jetzt X":                        {Kind: tsl.FactProvider, Value: "X"},
		"erlaubte Zertifikatstypen; neu: a, b":                    {Kind: tsl.FactTypesChanged, Added: []string{"a", "b"}},
		"Umleitung von Adressen; neu: a; entfallen: c":            {Kind: tsl.FactMappingsChanged, Added: []string{"a"}, Dropped: []string{"c"}},
		"ausgestellt von 100% sicher":                             {Kind: tsl.FactIssuer, Value: "100% sicher"},
		"Beginn des Status: bisher x, jetzt 01.01.2026 00:00 UTC": {Kind: tsl.FactSinceChanged, Was: "x", Value: "2026-01-01T00:00:00Z"},
		unknownFact: {Kind: "weather"},
	} {
		assert.Equal(t, want, germanFact(f))
	}
	for _, kind := range constantsOf(t, "tsl", "FactKind") {
		for _, f := range []tsl.Fact{{Kind: tsl.FactKind(kind)}, {Kind: tsl.FactKind(kind), Value: "a", Was: "b"}} {
			assert.NotContains(t, germanFact(f)+f.String(), "%!", kind)
		}
	}
	assert.Equal(t, "Nicht vor dem 01.07.2026 08:00 UTC: Erst dann gilt dieser Vertrauensanker",
		germanPart(tsl.Part{Kind: tsl.PartNotBefore, At: time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC)}))
	assert.Equal(t, "Hinweis: "+listGerman[tsl.CodeExpired].what,
		germanPart(tsl.Part{Kind: tsl.PartNote, Warning: &tsl.Warning{Kind: tsl.WarnExpired}}))
}

// A code that no table has works like the others, with what is known of it.
func TestCardWithoutECC(t *testing.T) {
	g := germanFault(konnektor.Trace{Code: konnektor.CodeNoECC}, "von hier")
	require.Contains(t, g.what, "(Fehler 4258: von hier)")
	require.Contains(t, g.what, "keine Zertifikate mit elliptischen Kurven")
	require.NotEmpty(t, g.do)
	require.Empty(t, konnektor.CodeNoECC.Info().Layer)
}
