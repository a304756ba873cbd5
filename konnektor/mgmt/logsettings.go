package mgmt

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// LogSettings reads the log settings: [LogConfigurer].
func (b *Base) LogSettings(ctx context.Context) (LogSettings, error) {
	a, err := b.Do(ctx, OpLogSettingsGet, nil)
	if err != nil {
		return LogSettings{}, err
	}
	return a.logSettings()
}

func (a *Answer) logSettings() (LogSettings, error) {
	var s LogSettings
	if err := a.Decode(&s); err != nil {
		return LogSettings{}, err
	}
	raw, err := a.JSON()
	s.Raw = slices.Clone(raw)
	return s, err
}

// SetLogSettings writes the log settings: [LogConfigurer]. Of s.Raw only what
// differs is changed; every other byte goes back as it came. A module that s does
// not list stays as it is; one that the box does not have is an error.
func (b *Base) SetLogSettings(ctx context.Context, s LogSettings) error {
	read := b.entry(OpLogSettingsGet)
	if read == nil {
		return b.unknown(OpLogSettingsGet)
	}
	if b.entry(OpLogSettingsSet) == nil {
		return b.unknown(OpLogSettingsSet)
	}
	raw, err := read.patchLogSettings(s)
	if err != nil {
		return err
	}
	return b.tell(ctx, OpLogSettingsSet, Values{"raw": raw})
}

// Range of a retention, in days (Bedienungsanleitung Highspeed-Konnektor 2.0,
// 12.3.4).
const (
	MinLogDays = 10
	MaxLogDays = 365
)

// patchLogSettings puts what differs into s.Raw.
func (e *Entry) patchLogSettings(s LogSettings) (json.RawMessage, error) {
	if len(s.Raw) == 0 {
		return nil, requestError("log settings: not from LogSettings")
	}
	found, err := (&Answer{op: e.Operation, entry: e, reply: reply{body: s.Raw}}).logSettings()
	if err != nil {
		return nil, requestError("log settings: not from LogSettings")
	}
	p := patch{raw: slices.Clone(s.Raw), extract: e.Extract}
	p.set("", "successful_crypto_ops", found.SuccessfulCryptoOps, s.SuccessfulCryptoOps)
	p.setDays("", "security_log_days", found.SecurityLogDays, s.SecurityLogDays)
	for _, m := range s.Modules {
		i := slices.IndexFunc(found.Modules, func(f ModuleLog) bool { return f.Name == m.Name })
		if i < 0 {
			return nil, requestError("log settings: the box has no module %q", m.Name)
		}
		p.module(i, found.Modules[i], m)
	}
	return p.raw, p.err
}

// patch changes values in a document where extractors say that they stand.
type patch struct {
	raw     json.RawMessage
	extract map[string]Extractor
	err     error
}

func (p *patch) module(i int, found, want ModuleLog) {
	list := p.extract["modules"]
	inner := patch{raw: p.raw, extract: list.Each, err: p.err}
	prefix := list.At + "/" + strconv.Itoa(i)
	inner.set(prefix, "level", string(found.Level), string(want.Level))
	inner.setDays(prefix, "days", found.Days, want.Days)
	inner.set(prefix, "performance", found.Performance, want.Performance)
	p.raw, p.err = inner.raw, inner.err
}

func (p *patch) setDays(prefix, name string, found, want int) {
	if found != want && (want < MinLogDays || want > MaxLogDays) && p.err == nil {
		p.err = requestError("log settings: %s: want %d to %d days", name, MinLogDays, MaxLogDays)
		return
	}
	p.set(prefix, name, found, want)
}

// set puts the box's name for want where the extractor says. A string stays a
// string and a number a number.
func (p *patch) set(prefix, name string, found, want any) {
	if p.err != nil || found == want {
		return
	}
	x := p.extract[name]
	if x.At == "" {
		p.err = requestError("log settings: %s cannot be changed here", name)
		return
	}
	value, err := x.backwards(want)
	if err == nil {
		p.raw, err = replace(p.raw, prefix+x.At, value)
	}
	if err != nil {
		p.err = requestError("log settings: %s: the box has no such setting", name)
	}
}

// backwards is what the box calls a result.
func (x *Extractor) backwards(result any) (json.RawMessage, error) {
	want, err := plainJSON(result)
	if err != nil {
		return nil, err
	}
	for theirs, ours := range x.Map {
		if strings.TrimSpace(string(ours)) == string(want) {
			return plainJSON(theirs)
		}
	}
	if _, isText := result.(string); len(x.Map) > 0 && !isText {
		return nil, errValue
	}
	return want, nil
}
