package secunettest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

// firstSettings are the settings of a box that nobody has changed, with a key
// and a module that no source names: firmware and licence decide what there is.
func (b *Box) firstSettings() map[string]any {
	var modules []any
	for _, name := range []string{"system", "amts", "epa", "nfdm", "vsdm", "simfm"} {
		modules = append(modules, map[string]any{
			"fmName": name, "severity": "WARNING", "logDays": b.days(180), "performanceLog": "DISABLED",
		})
	}
	return map[string]any{
		"logSuccessfulCryptoOps": "DISABLED", "securityLogDays": b.days(180), "logInfo": modules,
		"simulatorOnly": map[string]any{"keep": []any{true, nil, "ü"}},
	}
}

// days writes days as the box does.
func (b *Box) days(n int) any {
	if b.opts.DaysAsNumbers {
		return float64(n)
	}
	return strconv.Itoa(n)
}

// readDays reads days in the type that the box writes.
func (b *Box) readDays(v any) (int, error) {
	n, err := 0, error(nil)
	switch x := v.(type) {
	case string:
		n, err = strconv.Atoi(x)
	case float64:
		n = int(x)
	}
	_, isText := v.(string)
	switch {
	case isText == b.opts.DaysAsNumbers || err != nil || b.days(n) != v:
		return 0, fmt.Errorf("days as %v of another type than the box writes", v)
	case n < 10 || n > 365:
		return 0, errRange
	}
	return n, nil
}

// errRange is a value that the box refuses; it is no breach of its rules.
var errRange = fmt.Errorf("10 to 365 days")

func (b *Box) logSettings(*mgmttest.Call) mgmttest.Answer { return answer(b.settings) }

// putLogSettings takes the complete object. What a box does with a part of it or
// with values out of range is not known; the simulator refuses.
func (b *Box) putLogSettings(c *mgmttest.Call) mgmttest.Answer {
	var in map[string]any
	if err := json.Unmarshal(c.Body, &in); err != nil {
		return complain(c, http.StatusBadRequest, "the settings are no object")
	}
	next, err := b.checkSettings(in)
	switch {
	case err == errRange:
		return failure(http.StatusBadRequest, "Protokoll-Einstellungen: "+err.Error())
	case err != nil:
		return complain(c, http.StatusBadRequest, err.Error())
	}
	largest := 0
	for _, name := range slices.Sorted(maps.Keys(next)) {
		before, after := b.setting(name), next[name]
		if m, err := strconv.Atoi(after); err == nil && !b.restart && !c.Undone && !slices.Contains(b.opts.Ignored, name) {
			n, _ := strconv.Atoi(before)
			largest = max(largest, m-n, n-m)
		}
		b.change(c, name, before, after, func() { b.set(name, after) })
	}
	if largest > maxStep {
		// That the answer is lost is a reading: the manual says that the user
		// interface may freeze.
		b.Block(b.blockTime(largest), 0)
		return mgmttest.Answer{}
	}
	return answer(b.settings)
}

// maxStep is the largest change of retention that the manual recommends.
const maxStep = 40

func (b *Box) blockTime(days int) time.Duration {
	if b.opts.LongBlock > 0 {
		return b.opts.LongBlock
	}
	return 30*time.Minute + time.Duration(days-maxStep)*time.Minute
}

// checkSettings reads the complete object into values by name.
func (b *Box) checkSettings(in map[string]any) (map[string]string, error) {
	if len(in) != len(b.settings) {
		return nil, fmt.Errorf("%d keys of %d", len(in), len(b.settings))
	}
	out := map[string]string{}
	for key, have := range b.settings {
		v, ok := in[key]
		if !ok {
			return nil, fmt.Errorf("without the key %s", key)
		}
		if err := b.checkSetting(key, v, have, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (b *Box) checkSetting(key string, v, have any, out map[string]string) error {
	switch key {
	case "logSuccessfulCryptoOps":
		return oneOf(out, key, v, "ENABLED", "DISABLED")
	case "securityLogDays":
		return b.checkDays(out, key, v)
	case "logInfo":
		return b.checkModules(v, out)
	}
	was, _ := json.Marshal(have)
	is, _ := json.Marshal(v)
	if string(was) != string(is) {
		return fmt.Errorf("the unknown key %s was changed", key)
	}
	return nil
}

func (b *Box) checkModules(v any, out map[string]string) error {
	list, ok := v.([]any)
	if !ok || len(list) != len(b.modules()) {
		return fmt.Errorf("logInfo does not have all modules")
	}
	seen := map[string]bool{}
	for _, entry := range list {
		m, _ := entry.(map[string]any)
		name, _ := m["fmName"].(string)
		if b.module(name) == nil || seen[name] || len(m) != 4 {
			return fmt.Errorf("logInfo has an entry %q that is not one of the box's", name)
		}
		seen[name] = true
		prefix := "logInfo." + name + "."
		if err := oneOf(out, prefix+"severity", m["severity"], "DEBUG", "INFO", "WARNING", "ERROR", "FATAL"); err != nil {
			return err
		}
		if err := oneOf(out, prefix+"performanceLog", m["performanceLog"], "ENABLED", "DISABLED"); err != nil {
			return err
		}
		if err := b.checkDays(out, prefix+"logDays", m["logDays"]); err != nil {
			return err
		}
	}
	return nil
}

func (b *Box) checkDays(out map[string]string, name string, v any) error {
	n, err := b.readDays(v)
	if err != nil {
		return err
	}
	out[name] = strconv.Itoa(n)
	return nil
}

func oneOf(out map[string]string, name string, v any, allowed ...string) error {
	text, _ := v.(string)
	if !slices.Contains(allowed, text) {
		return fmt.Errorf("%s is %v", name, v)
	}
	out[name] = text
	return nil
}
