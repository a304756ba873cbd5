package operations

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/vsdm"
)

var update = flag.Bool("update", false, "write operations.json and golden files anew")

func TestOperationsFile(t *testing.T) {
	got, err := Describe().JSON()
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile("operations.json", got, 0o644))
	}
	want, err := os.ReadFile("operations.json")
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "operations.json is out of date: run go generate")
}

func TestEveryTypeIsDescribed(t *testing.T) {
	require.NoError(t, theCatalogue().err)
	d := Describe()
	require.Len(t, d.Operations, len(List()))
	names := map[string]bool{}
	for _, typ := range d.Types {
		names[typ.Name] = true
		require.Regexp(t, `^[A-Z][A-Za-z0-9]*$`, typ.Name)
		for _, f := range typ.Fields {
			at := typ.Name + "." + f.Name
			assert.Regexp(t, `^[a-z][a-z0-9_]*$`, f.Name, at)
			assert.True(t, strings.HasSuffix(f.Doc, "."), "%s: doc %q", at, f.Doc)
			assert.NotEmpty(t, f.LabelDE, "%s has no German label", at)
			assert.Contains(t, []string{"", FormatDate, FormatDateTime, FormatBase64}, f.Format, at)
		}
	}
	for _, o := range d.Operations {
		assert.Regexp(t, `^[a-z]+(\.[a-z_]+)*$`, o.Name)
		assert.NotEmpty(t, o.TitleDE, o.Name)
		assert.True(t, strings.HasSuffix(o.Summary, "."), o.Name)
		for _, name := range []string{o.Request, o.Answer} {
			assert.True(t, names[name], "%s: type %q", o.Name, name)
		}
		request := theCatalogue().types[o.Request]
		assert.NotNil(t, request.field("timeout_ms"), o.Name)
	}
	for i, typ := range d.Types[1:] {
		assert.Less(t, d.Types[i].Name, typ.Name)
	}
}

// configDoc has the members of konnektor.Config, no more and no less.
func TestConfigIsDescribed(t *testing.T) {
	var cfg konnektor.Config
	fill(reflect.ValueOf(&cfg).Elem())
	raw, err := json.Marshal(cfg)
	require.NoError(t, err)
	var doc configDoc
	require.NoError(t, decodeRequest(raw, theCatalogue().types["Config"], theCatalogue().types, reflect.ValueOf(&doc).Elem()))
	again, err := json.Marshal(doc)
	require.NoError(t, err)
	require.JSONEq(t, string(raw), string(again))
	require.NotContains(t, string(again), `""`)
}

// fill sets every field of a struct to something.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int64:
		v.SetInt(int64(time.Second))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Uint8:
		v.SetUint(1)
	}
}

// Every label belongs to a member.
func TestNoLabelIsLeftOver(t *testing.T) {
	used := map[string]bool{}
	for _, typ := range Describe().Types {
		for _, f := range typ.Fields {
			used[f.Name], used[typ.Name+"."+f.Name] = true, true
		}
	}
	for name := range labels {
		assert.True(t, used[name], name)
	}
}

func TestDescribeRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		of   reflect.Type
		want string
	}{
		"a float":        {reflect.TypeFor[struct{ floatDoc }](), "no struct with a name"},
		"a struct":       {reflect.TypeFor[floatDoc](), "operations: float64 has no place in JSON documents (field number of Float)"},
		"a list of list": {reflect.TypeFor[listsDoc](), "operations: a list of lists (field lists of Lists)"},
		"a bad bound":    {reflect.TypeFor[boundDoc](), "operations: tag min of Number:"},
		"no struct":      {reflect.TypeFor[string](), "no struct with a name"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := types{}.add(c.of)
			require.ErrorContains(t, err, c.want)
		})
	}
}

type floatDoc struct {
	Number float64 `json:"number"`
}

type listsDoc struct {
	Lists [][]string `json:"lists"`
}

type boundDoc struct {
	Number int64 `json:"number" min:"one"`
}

// german texts end as sentences do, and nobody typed ae for ä.
func TestGermanTexts(t *testing.T) {
	ascii := regexp.MustCompile(`(?i)fuer|ueber|koenn|muess|pruef|gueltig|loesch|geraet|waehl|spaet|naech|moeg|oeff|schluessel`)
	check := func(where, s string, sentence bool) {
		t.Helper()
		assert.NotEmpty(t, s, where)
		assert.NotRegexp(t, ascii, s, where)
		if sentence {
			assert.True(t, strings.HasSuffix(s, "."), "%s: %q", where, s)
		}
	}
	for kind, g := range kindGerman {
		check(string(kind), g.what, true)
		if kindRemedy[kind] != konnektor.RemedyNone {
			check(string(kind), g.do, true)
		}
	}
	for code, g := range codeGerman {
		check(code.Error(), g.what, true)
		check(code.Error(), g.do, true)
		inTable := code.Info().Layer != ""
		assert.Equal(t, slices.Contains(codesBesideTable, code), !inTable, "code %d is in no code table, or in both", int(code))
	}
	for condition, s := range conditionGerman {
		check(condition, s, false)
	}
	for name, s := range labels {
		check(name, s, false)
	}
}

// constants lists the constants of a type in a file of package konnektor or
// vsdm, so that a new one cannot be forgotten here.
func constants(t *testing.T, file, typ string) []string {
	t.Helper()
	src, err := os.ReadFile(file)
	require.NoError(t, err)
	var values []string
	for _, m := range regexp.MustCompile(`(?m)^\t\w+ +`+regexp.QuoteMeta(typ)+` += +"([^"]*)"`).FindAllSubmatch(src, -1) {
		values = append(values, string(m[1]))
	}
	require.NotEmpty(t, values, "no constants of type %s in %s", typ, file)
	return values
}

func TestEveryKindIsInGerman(t *testing.T) {
	kinds := constants(t, "../kind.go", "Kind")
	kinds = append(kinds, constants(t, "errors.go", "konnektor.Kind")...)
	kinds = append(kinds, constants(t, "vsd.go", "konnektor.Kind")...)
	for _, k := range kinds {
		assert.Contains(t, kindGerman, konnektor.Kind(k))
		assert.Contains(t, kindRemedy, konnektor.Kind(k))
		assert.Contains(t, theCatalogue().types["Error"].field("remedy").Enum, string(kindRemedy[konnektor.Kind(k)]))
	}
	assert.Len(t, kindGerman, len(kinds))
}

func TestEveryRemedyIsInGerman(t *testing.T) {
	remedies := append(constants(t, "../code.go", "RemedyClass"), string(RemedyProgram))
	for _, r := range remedies {
		assert.Contains(t, remedyGerman, konnektor.RemedyClass(r))
	}
	assert.ElementsMatch(t, remedies, theCatalogue().types["Error"].field("remedy").Enum)
}

func TestEnumsAreThoseOfTheLibrary(t *testing.T) {
	cardTypes := constants(t, "../identifiers.go", "CardType")
	states := constants(t, "../pin.go", "PINState")
	cat := theCatalogue()
	assert.ElementsMatch(t, cardTypes, cat.types["CardsRequest"].field("card_type").Enum)
	assert.ElementsMatch(t, states, cat.types["Pin"].field("state").Enum)
	groups := []string{string(konnektor.CardHBAx), string(konnektor.CardSMB)}
	assert.ElementsMatch(t, cardTypes, append(slices.Clone(cat.types["Card"].field("type").Enum), groups...))
	for _, v := range cardTypes {
		assert.Contains(t, cardTypeGerman, konnektor.CardType(v))
	}
	assert.ElementsMatch(t, constants(t, "../../vsdm/mode.go", "Mode"), cat.types["VsdReadRequest"].field("mode").Enum)
	for _, v := range states {
		assert.Contains(t, pinGerman, konnektor.PINState(v))
	}
}

func TestEveryVerdictIsInGerman(t *testing.T) {
	for _, a := range vsdm.Actions() {
		assert.NotEmpty(t, actionGerman[a], a)
	}
	assert.Len(t, actionGerman, len(vsdm.Actions()))
	for _, r := range vsdm.Reasons() {
		assert.NotEmpty(t, reasonGerman[r], r)
	}
	assert.Len(t, reasonGerman, len(vsdm.Reasons()))
	for _, w := range vsdm.Whens() {
		assert.True(t, strings.HasSuffix(whenGerman[w], ": "), w)
	}
	assert.Len(t, whenGerman, len(vsdm.Whens()))
	for e := vsdm.ErgebnisUpdated; e.Known(); e++ {
		assert.NotEmpty(t, ergebnisGerman[e], e)
	}
	for valid := vsdm.Unknown; valid <= vsdm.No; valid++ {
		for billable := vsdm.Unknown; billable <= vsdm.No; billable++ {
			assert.True(t, strings.HasSuffix(germanVerdict(vsdm.Proof{Valid: valid, Billable: billable}), "."))
		}
	}
}

// The codes of a card that the library can word have a German word.
func TestEveryCodeOfTheCardIsInGerman(t *testing.T) {
	for d := vsdm.DMP(1); d.Meaning() != ""; d++ {
		assert.NotEmpty(t, dmpGerman[d], d.Meaning())
	}
	for n := range 100 {
		g := vsdm.BesonderePersonengruppe(strconv.Itoa(n))
		assert.Equal(t, g.Meaning() == "", germanGruppe(g) == "", g)
		a := vsdm.Versichertenart(strconv.Itoa(n))
		assert.Equal(t, a.Meaning() == "", versichertenartGerman[a] == "", a)
		f := vsdm.Tarifart(fmt.Sprintf("%02d", n))
		assert.Equal(t, f.Meaning() == "", tarifartGerman[f] == "", f)
	}
	for c := 'A'; c <= 'Z'; c++ {
		g := vsdm.Geschlecht(string(c))
		assert.Equal(t, g.Meaning() == "", geschlechtGerman[g] == "", g)
	}
	for _, v := range constants(t, "../../vsdm/codes.go", "ArtDesRuhens") {
		assert.NotEmpty(t, ruhensGerman[vsdm.ArtDesRuhens(v)], v)
	}
}

// Every code that vsdm reacts to has a text of its own.
func TestEveryReactionIsInGerman(t *testing.T) {
	vendor := 0
	for n := range 20_000 {
		code := konnektor.Code(n)
		fault := &konnektor.Error{Op: "ReadVSD", Trace: []konnektor.Trace{{Code: code}}}
		if _, known := codeGerman[code]; known || code.Info().Layer == "" {
			continue
		}
		for _, s := range vsdm.ProofOfError(fault, vsdm.Case{}).Next {
			if s.Action != vsdm.ActionShowCode && s.When == "" {
				t.Errorf("code %d: %s, but no German text", n, s.Action)
			}
		}
		vendor++
	}
	require.NotZero(t, vendor)
}
