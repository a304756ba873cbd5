package operations

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/fix/exchange"
)

// sourceOfExchange is the source of package exchange, without its tests.
func sourceOfExchange(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("../fix/exchange/*.go")
	require.NoError(t, err)
	var all strings.Builder
	for _, name := range files {
		if !strings.HasSuffix(name, "_test.go") {
			src, err := os.ReadFile(name)
			require.NoError(t, err)
			all.Write(src)
		}
	}
	return all.String()
}

// named are the constants of package exchange whose names begin so.
func named(t *testing.T, src, prefix string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\t(`+prefix+`\w+) +(?:\w+ +)?= "([^"]*)"`).FindAllStringSubmatch(src, -1) {
		all[m[1]] = m[2]
	}
	require.NotEmpty(t, all, prefix)
	return all
}

func inGermanExchange[K ~string](t *testing.T, all map[string]string, texts map[K]string) {
	t.Helper()
	for name, value := range all {
		assert.NotEmpty(t, texts[K(value)], name)
	}
	assert.Len(t, texts, len(all))
}

func TestEverythingAboutAnExchangeIsInGerman(t *testing.T) {
	src := sourceOfExchange(t)
	checks, keys := named(t, src, "Check"), named(t, src, "Key")
	inGermanExchange(t, checks, exchangeCheckGerman)
	levels := named(t, src, "Level")
	for _, texts := range []map[exchange.Level]string{exchangeLevelGerman, exchangeReadyGerman, exchangeComparedGerman} {
		inGermanExchange(t, levels, texts)
	}
	inGermanExchange(t, named(t, src, "Stage"), exchangeStageGerman)
	inGermanExchange(t, named(t, src, "Gap"), exchangeGapGerman)
	inGermanExchange(t, named(t, src, "Subject"), exchangeSubjectGerman)
	inGermanExchange(t, named(t, src, "Side"), exchangeSideGerman)
	tests := named(t, src, "Test")
	tests["none"] = ""
	inGermanExchange(t, tests, exchangeTestGerman)
	delete(keys, "KeyOK")
	inGermanExchange(t, keys, exchangeKeyGerman)

	// Keys are constants wherever something is found, and a check that can end well
	// says so.
	require.NotRegexp(t, `f\.add\([^,]+, \w+, "`, src)
	fine := map[string]string{}
	for _, m := range regexp.MustCompile(`f\.(?:ok\(|add\()(Check\w+), (?:n|LevelOK)\b`).FindAllStringSubmatch(src, -1) {
		fine[m[1]] = checks[m[1]]
	}
	inGermanExchange(t, fine, exchangeOKGerman)

	items := map[string]string{}
	for _, item := range exchange.Checklist() {
		items[item.Key] = item.Key
	}
	inGermanExchange(t, items, exchangeItemGerman)
	for _, texts := range []map[string]string{exchangeOKGerman, exchangeKeyGerman, exchangeItemGerman} {
		for key, text := range texts {
			assert.Regexp(t, `[.?]$`, text, key)
			assert.NotRegexp(t, `fuer|ueber|koenn|muess|pruef|gueltig|schluessel`, text, key)
		}
	}
	types := theCatalogue().types
	for _, field := range []struct{ typ, name, prefix string }{
		{"ExchangeFinding", "level", "Level"}, {"ExchangeReadyAnswer", "level", "Level"}, {"ExchangeCompareAnswer", "level", "Level"},
		{"ExchangeItem", "stage", "Stage"}, {"ExchangeGap", "reason", "Gap"}, {"ExchangeTakeAnswer", "function_test", "Test"},
	} {
		var want []string
		for _, v := range named(t, src, field.prefix) {
			want = append(want, v)
		}
		assert.ElementsMatch(t, want, types[field.typ].field(field.name).Enum, field)
	}
}
