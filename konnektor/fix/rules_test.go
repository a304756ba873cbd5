package fix

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

func active(codes ...string) []konnektor.OperatingState {
	all := []konnektor.OperatingState{{Condition: "EC_Connector_Software_Out_Of_Date", Active: true}, {Condition: "EC_LOG_OVERFLOW"}}
	for _, c := range codes {
		all = append(all, konnektor.OperatingState{Condition: c, Active: true})
	}
	return all
}

func verdictOf(t *testing.T, id string, o Observation, at string) Verdict {
	t.Helper()
	rules, err := EmbeddedRules()
	require.NoError(t, err)
	when, err := time.Parse(time.DateOnly, at)
	require.NoError(t, err)
	for _, v := range rules.Check(o, when) {
		if v.Rule == id {
			require.NotEmpty(t, v.Tell)
			require.NotEmpty(t, v.Reasons)
			for _, r := range v.Reasons {
				require.NotEmpty(t, r.Text, r.Criterion)
				require.NotEmpty(t, r.Source, r.Criterion)
			}
			return v
		}
	}
	t.Fatal(id)
	return Verdict{}
}

func TestEmbeddedRules(t *testing.T) {
	yes, no := true, false
	secunet := func(firmware string) mgmt.Product {
		return mgmt.Product{Vendor: mgmt.Secunet, Code: "secu_kon", Firmware: firmware}
	}
	july := Observation{Product: secunet("5.50.3"), KeyTypes: []string{"RSA"}, Identity: mgmt.IdentityOriginal,
		RenewedPresent: &yes, Operating: active("EC_No_VPN_TI_Connection")}
	with := func(change func(*Observation)) Observation {
		o := july
		change(&o)
		return o
	}
	tests := []struct {
		name, rule string
		o          Observation
		at         string
		want       Answer
	}{
		{"nothing known", "2020-05", Observation{}, "2020-06-01", CannotTell},
		{"stale list", "2020-05", Observation{Product: mgmt.Product{Vendor: mgmt.RISE}, Operating: active("ec_tsl_out_of_date_beyond_grace_period")}, "2020-08-01", Affected},
		{"before the incident", "2020-05", Observation{Product: secunet("3"), Operating: active("EC_TSL_Update_Not_Successful")}, "2020-05-01", NotAffected},
		{"list is well", "2020-05", Observation{Product: secunet("3"), Operating: active()}, "2020-08-01", NotAffected},
		{"another vendor", "2020-05", Observation{Product: mgmt.Product{Vendor: mgmt.KoCoBox}}, "2020-08-01", NotAffected},
		{"a vendor that nobody knows", "2020-05", Observation{Product: mgmt.Product{Vendor: "TSYST"}, Operating: active("EC_TSL_Update_Not_Successful")}, "2020-08-01", CannotTell},
		{"states not known", "2020-05", Observation{Product: secunet("3")}, "2020-08-01", CannotTell},

		{"log overflows", "2020-09", Observation{Product: secunet("3"), Operating: active("EC_LOG_OVERFLOW")}, "2020-09-10", Affected},
		{"log does not", "2020-09", Observation{Product: secunet("3"), Operating: active()}, "2020-09-10", NotAffected},
		{"box does not answer", "2020-09", Observation{Product: secunet("3")}, "2020-09-10", CannotTell},
		{"log of another vendor", "2020-09", Observation{Product: mgmt.Product{Vendor: mgmt.KoCoBox}, Operating: active("EC_LOG_OVERFLOW")}, "2020-09-10", NotAffected},

		{"july", "2025-07", july, "2025-07-08", Affected},
		{"older firmware", "2025-07", with(func(o *Observation) { o.Product.Firmware = "5.50.2" }), "2025-07-08", NotAffected},
		{"newer firmware", "2025-07", with(func(o *Observation) { o.Product.Firmware = "5.60" }), "2025-07-08", Affected},
		{"odd firmware", "2025-07", with(func(o *Observation) { o.Product.Firmware = "5.x" }), "2025-07-08", CannotTell},
		{"RSA and ECC", "2025-07", with(func(o *Observation) { o.KeyTypes = []string{"ECC", "RSA"} }), "2025-07-08", NotAffected},
		{"keys not known", "2025-07", with(func(o *Observation) { o.KeyTypes = nil }), "2025-07-08", CannotTell},
		{"own server certificate", "2025-07", with(func(o *Observation) { o.Identity = mgmt.IdentityImported }), "2025-07-08", NotAffected},
		{"switched already", "2025-07", with(func(o *Observation) { o.Identity = mgmt.IdentityRenewed }), "2025-07-08", NotAffected},
		{"identity of an unknown kind", "2025-07", with(func(o *Observation) { o.Identity = "SOMETHING" }), "2025-07-08", CannotTell},
		{"too early", "2025-07", july, "2025-07-03", NotAffected},
		{"TI is up", "2025-07", with(func(o *Observation) { o.Operating = active() }), "2025-07-08", NotAffected},
		{"online not known", "2025-07", with(func(o *Observation) { o.RenewedPresent = nil }), "2025-07-08", CannotTell},
		{"was online", "2025-07", with(func(o *Observation) { o.RenewedPresent = nil; o.OnlineDays = []string{"2025-07-04"} }), "2025-07-08", Affected},
		{"was offline and has no renewed ones", "2025-07", with(func(o *Observation) { o.RenewedPresent = &no; o.OfflineDays = []string{"2025-07-04"} }), "2025-07-08", NotAffected},

		{"4001 with some cards", "4001", Observation{ErrorCodes: []int{4001}, SomeCardsOnly: &yes}, "2026-06-30", Affected},
		{"4001 with all cards", "4001", Observation{ErrorCodes: []int{4001}, SomeCardsOnly: &no}, "2026-06-30", NotAffected},
		{"4001 with one card", "4001", Observation{ErrorCodes: []int{4001}}, "2026-06-30", CannotTell},
		{"other errors", "4001", Observation{ErrorCodes: []int{4093}, SomeCardsOnly: &yes}, "2026-06-30", NotAffected},
		{"nobody looked", "4001", Observation{SomeCardsOnly: &yes}, "2026-06-30", CannotTell},
	}
	fixes := map[string]string{"2020-05": "tslimport", "2020-09": "seclog", "2025-07": "akaut", "4001": ""}
	for _, test := range tests {
		t.Run(test.rule+" "+test.name, func(t *testing.T) {
			v := verdictOf(t, test.rule, test.o, test.at)
			require.Equal(t, test.want, v.Answer, v.Reasons)
			if test.want == Affected {
				require.Equal(t, fixes[test.rule], v.Fix)
			} else {
				require.Empty(t, v.Fix)
			}
		})
	}
}

const smallRules = `{"format":"libkonnektor-incidents/1","sequence":%,"issued":"2027-01-01T00:00:00Z","rules":[
{"id":"x","title":"t","source":"s","tell":{"affected":"a","not_affected":"n","cannot_tell":"c"},"criteria":[{"is":"vendor","any_of":["SECUN"]}]}]}`

func small(sequence string) []byte { return []byte(strings.Replace(smallRules, "%", sequence, 1)) }

func TestRuleFilesAreReadStrictly(t *testing.T) {
	good := string(small("2"))
	_, err := ReadRules([]byte(good))
	require.NoError(t, err)
	for name, change := range map[string][2]string{
		"unknown field":           {`"sequence"`, `"sequenz":1,"sequence"`},
		"key twice":               {`"id":"x"`, `"id":"y","id":"x"`},
		"something behind":        {`]}]}`, `]}]} {}`},
		"another format":          {`incidents/1`, `incidents/2`},
		"no sequence":             {`"sequence":2,`, ``},
		"sequence below 1":        {`"sequence":2`, `"sequence":0`},
		"no source":               {`"source":"s",`, ``},
		"no criteria":             {`{"is":"vendor","any_of":["SECUN"]}`, ``},
		"unknown criterion":       {`"is":"vendor"`, `"is":"colour"`},
		"criterion wants nothing": {`,"any_of":["SECUN"]`, ``},
		"wrong field":             {`"any_of":["SECUN"]`, `"any_of":["SECUN"],"from":"1"`},
		"bad version":             {`"is":"vendor","any_of":["SECUN"]`, `"is":"firmware","from":"1.x"`},
		"bad day":                 {`"is":"vendor","any_of":["SECUN"]`, `"is":"online-on","on":"4.7.2025"`},
		"bad code":                {`"is":"vendor","any_of":["SECUN"]`, `"is":"error-code","any_of":["abc"]`},
		"any in any":              {`"is":"vendor","any_of":["SECUN"]`, `"is":"any","any":[{"is":"any","any":[{"is":"vendor","any_of":["A"]}]}]`},
		"a verdict without text":  {`"cannot_tell":"c"`, `"cannot_tell":""`},
		"cut":                     {`"rules":[`, `"rules":`},
	} {
		t.Run(name, func(t *testing.T) {
			bad := strings.Replace(good, change[0], change[1], 1)
			require.NotEqual(t, good, bad)
			_, err := ReadRules([]byte(bad))
			require.Error(t, err)
		})
	}
	rule := good[strings.Index(good, `{"id"`):strings.LastIndex(good, "]}")]
	_, err = ReadRules([]byte(strings.Replace(good, rule, rule+","+rule, 1)))
	require.ErrorContains(t, err, "twice")
	_, err = ReadRules(bytes.Repeat([]byte(" "), maxRules+1))
	require.Error(t, err)
}

func TestSignedRules(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	otherPublic, otherPrivate, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	keys := []ed25519.PublicKey{otherPublic[:5], public}
	signed, err := SignRules(small("7"), private)
	require.NoError(t, err)

	r, err := ReadSignedRules(signed, keys, 7)
	require.NoError(t, err)
	require.Equal(t, int64(7), r.Sequence)
	_, err = ReadSignedRules(signed, keys, 8)
	require.ErrorIs(t, err, ErrOldRules)
	_, err = ReadSignedRules(signed, []ed25519.PublicKey{otherPublic}, 0)
	require.ErrorIs(t, err, ErrSignature)
	_, err = ReadSignedRules(signed, nil, 0)
	require.ErrorIs(t, err, ErrSignature)

	bare := ed25519.Sign(private, small("7"))
	_, err = ReadDetachedRules(small("7"), bare, keys, 0)
	require.ErrorIs(t, err, ErrSignature, "a signature of the bare file is one for something else")
	right := ed25519.Sign(private, append([]byte(signedPrefix), small("7")...))
	_, err = ReadDetachedRules(small("7"), right, keys, 0)
	require.NoError(t, err)
	_, err = ReadDetachedRules(small("7"), []byte(base64.StdEncoding.EncodeToString(right)+"\n"), keys, 0)
	require.NoError(t, err)
	_, err = ReadDetachedRules(append(small("7"), ' '), right, keys, 0)
	require.ErrorIs(t, err, ErrSignature, "changed by one byte")
	_, err = SignRules([]byte("{}"), otherPrivate)
	require.Error(t, err)
}

func TestKeptRules(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	keys := []ed25519.PublicKey{public}
	dir := filepath.Join(t.TempDir(), "rules")
	embedded, err := KeptRules(dir, keys)
	require.NoError(t, err)
	require.Len(t, embedded.Rules, 4)

	for _, step := range []struct {
		sequence string
		err      error
		inUse    int64
	}{{"5", nil, 5}, {"4", ErrOldRules, 5}, {"5", nil, 5}, {"9", nil, 9}, {"1", ErrOldRules, 9}} {
		signed, err := SignRules(small(step.sequence), private)
		require.NoError(t, err)
		_, err = KeepRules(dir, signed, keys)
		require.ErrorIs(t, err, step.err)
		kept, err := KeptRules(dir, keys)
		require.NoError(t, err)
		require.Equal(t, step.inUse, kept.Sequence)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, keptRules), []byte("{}"), 0o600))
	_, err = KeptRules(dir, keys)
	require.Error(t, err, "a damaged file is told, not passed over")
}

func FuzzReadRules(f *testing.F) {
	f.Add(embeddedRules)
	f.Add(small("1"))
	f.Add([]byte(`[[[[[[`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ReadRules(data)
		if err == nil {
			r.Check(Observation{Product: mgmt.Product{Vendor: "X", Firmware: "1"}, KeyTypes: []string{"RSA"}}, time.Now())
		}
		_, _ = ReadSignedRules(data, nil, 0)
	})
}

func FuzzParseJob(f *testing.F) {
	f.Add([]byte(`{"format":"libkonnektor-job/1","id":"a","number":1,"fix":"seclog","box":"b","created":"2026-01-01T00:00:00Z","left_seconds":1,"attempts":0}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		j, err := parseJob(data)
		if err == nil {
			j.settle([]Job{j}, time.Now())
			j.newer([]Job{j})
		}
	})
}
