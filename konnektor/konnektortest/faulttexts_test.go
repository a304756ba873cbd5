package konnektortest

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// TestFaultsAreThoseOfTheTables: severity and type are what the specification
// has, where it has any.
func TestFaultsAreThoseOfTheTables(t *testing.T) {
	for code, f := range faults {
		info := code.Info()
		require.Equal(t, or(info.Severity, f.severity), f.severity, code)
		require.Equal(t, or(info.Type, f.kind), f.kind, code)
		require.NotEmpty(t, f.text, code)
	}
}

// TestEveryFaultHasAText finds every number in the source that a table has as a
// code.
func TestEveryFaultHasAText(t *testing.T) {
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	found := 0
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || name == "faulttexts.go" {
			continue
		}
		file, err := goparser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			number, ok := n.(*ast.BasicLit)
			if !ok || number.Kind != token.INT {
				return true
			}
			v, err := strconv.Atoi(number.Value)
			code := konnektor.Code(v)
			if err != nil || v <= 1024 || v >= 10_000 || code.Info().Layer == "" && code != konnektor.CodeNoECC {
				return true
			}
			found++
			if _, ok := faults[code]; !ok {
				t.Errorf("%s: code %d has no text", name, code)
			}
			return true
		})
	}
	require.Greater(t, found, 100)
}

// TestWordsOnTheWire holds the names of the library that the simulator puts into
// its answers against those of the schemas (CardServiceCommon v2.0, CardService
// v8.1, EventService v7.2).
func TestWordsOnTheWire(t *testing.T) {
	for word, name := range map[string]any{
		"EGK": konnektor.CardEGK, "HBA-qSig": konnektor.CardHBAqSig, "HBA": konnektor.CardHBA, "SMC-B": konnektor.CardSMCB, "HSM-B": konnektor.CardHSMB,
		"SMC-KT": konnektor.CardSMCKT, "KVK": konnektor.CardKVK, "ZOD_2.0": konnektor.CardZOD, "UNKNOWN": konnektor.CardUnknown,
		"HBAx": konnektor.CardHBAx, "SM-B": konnektor.CardSMB,
		"PIN.CH": konnektor.PINCH, "PIN.SMC": konnektor.PINSMC, "PIN.QES": konnektor.PINQES,
		"VERIFIED": konnektor.PINVerified, "TRANSPORT_PIN": konnektor.PINTransport, "EMPTY_PIN": konnektor.PINEmpty,
		"BLOCKED": konnektor.PINBlocked, "VERIFIABLE": konnektor.PINVerifiable, "DISABLED": konnektor.PINDisabled,
		"Operation": konnektor.EventOperation, "Security": konnektor.EventSecurity, "Infrastructure": konnektor.EventInfrastructure,
		"Business": konnektor.EventBusiness, "Other": konnektor.EventOther,
		"Info": konnektor.SeverityInfo, "Warning": konnektor.SeverityWarning, "Error": konnektor.SeverityError, "Fatal": konnektor.SeverityFatal,
	} {
		require.EqualValues(t, word, name)
	}
}
