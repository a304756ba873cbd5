package mgmt

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzReadProfile reads profiles; one that is read can be filled in and answers
// can be taken apart by it, without a panic.
func FuzzReadProfile(f *testing.F) {
	for _, file := range []string{"secunet/profile.json", "rise/profile.json", "rise/ticlient.json", "kocobox/profile.json"} {
		data, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(string(data), `{"a":[1,"2",null]}`)
	}
	f.Add(`{"vendor":"SECUN","evidence":"inferred","source":"x","entries":[{"operation":"tsl.import","method":"POST","path":"/{list}","body_type":"multipart","body":[{"name":"a","value":"{list}"}],"error_codes":"/a"}]}`, `{"a":[1]}`)
	f.Fuzz(func(t *testing.T, document, answer string) {
		p, err := ReadProfile([]byte(document))
		if err != nil {
			return
		}
		for i := range p.Entries {
			e := &p.Entries[i]
			values := Values{}
			for _, name := range e.Operation.Values() {
				values[name] = answer
			}
			values = values.translated(e.Values)
			_, _ = values.fill(e.Path, segment)
			_, _ = values.query(e.Query)
			_, _, _ = values.body(e)
			_ = e.codes([]byte(answer))
			a := Answer{op: e.Operation, entry: e, reply: reply{body: []byte(answer)}}
			results, err := a.reply.extract(e.Extract)
			if err == nil {
				_, err = json.Marshal(results)
				require.NoError(t, err)
			}
		}
	})
}

func vendorsEntry(t testing.TB, op Operation) *Entry {
	data, err := os.ReadFile("secunet/profile.json")
	require.NoError(t, err)
	p, err := ReadProfile(data)
	require.NoError(t, err)
	e := p.find(op, Product{Vendor: Secunet})
	require.NotNil(t, e)
	return e
}

func FuzzStatus(f *testing.F) {
	e := vendorsEntry(f, OpStatus)
	f.Add(`{"connectorStarted":1,"vpnTiConnected":true,"operatingStates":[{"mainCondition":"EC_LOG_OVERFLOW","subCondition":7,"validFrom":"5","value":false}]}`)
	f.Add(`{"connectorStarted":9223372036854775807,"operatingStates":{}}`)
	f.Fuzz(func(t *testing.T, body string) {
		var s statusResults
		a := Answer{op: OpStatus, entry: e, reply: reply{body: []byte(body)}}
		if err := a.Decode(&s); err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		_, err := json.Marshal(s)
		require.NoError(t, err, "times that can be written")
	})
}

// FuzzPatch changes log settings of any form: what is written is JSON in which
// what was asked for stands.
func FuzzPatch(f *testing.F) {
	e := vendorsEntry(f, OpLogSettingsGet)
	f.Add(`{"logSuccessfulCryptoOps":"ENABLED","securityLogDays":"180","logInfo":[{"fmName":"a","severity":"INFO","logDays":30,"performanceLog":"ENABLED"}]}`)
	f.Add(`{"securityLogDays":1e2,"logSuccessfulCryptoOps":"DISABLED","securityLogDays":50,"logInfo":[{"fmName":"a","logDays":" 11"},{"fmName":"a"}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		found, err := (&Answer{op: e.Operation, entry: e, reply: reply{body: []byte(body)}}).logSettings()
		if err != nil {
			return
		}
		want := found
		want.SuccessfulCryptoOps, want.SecurityLogDays = !want.SuccessfulCryptoOps, 44
		raw, err := e.patchLogSettings(want)
		if err != nil {
			return
		}
		require.True(t, json.Valid(raw), "%s", raw)
		again, err := (&Answer{op: e.Operation, entry: e, reply: reply{body: raw}}).logSettings()
		require.NoError(t, err)
		require.Equal(t, want.SuccessfulCryptoOps, again.SuccessfulCryptoOps)
		require.Equal(t, want.SecurityLogDays, again.SecurityLogDays)
		require.Equal(t, found.Modules, again.Modules)
	})
}

func FuzzParseLogLine(f *testing.F) {
	f.Add("timestamp=1;type=op;severity=info; text=a=b;Vorgangsnummer=soap-1697717671064-0a1b2c3d\n")
	f.Add(";;=;=a;\xff=\xfe")
	f.Fuzz(func(t *testing.T, line string) {
		e := ParseLogLine(line)
		_ = e.Code()
		require.NotContains(t, e.String(), "\n")
		require.LessOrEqual(t, len(e.Fields), strings.Count(line, ";")+1)
		if at, ok := parseStamp(line); ok {
			require.LessOrEqual(t, at.Year(), 9999)
		}
	})
}
