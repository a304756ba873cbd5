package secunettest

import (
	"fmt"
	"strconv"
	"strings"
)

// modules are the entries of logInfo.
func (b *Box) modules() []any { return b.settings["logInfo"].([]any) }

func (b *Box) module(name string) map[string]any {
	for _, entry := range b.modules() {
		if m := entry.(map[string]any); m["fmName"] == name {
			return m
		}
	}
	return nil
}

// place finds where a setting by its name stands.
func (b *Box) place(name string) (where map[string]any, key string) {
	parts := strings.Split(name, ".")
	if len(parts) == 1 {
		return b.settings, name
	}
	return b.module(parts[1]), parts[2]
}

// setting is the value of a setting; days without regard to their type.
func (b *Box) setting(name string) string {
	where, key := b.place(name)
	return fmt.Sprint(where[key])
}

// set sets a setting.
func (b *Box) set(name, value string) {
	where, key := b.place(name)
	if n, err := strconv.Atoi(value); err == nil {
		where[key] = b.days(n)
		return
	}
	where[key] = value
}

// retention is how many days the security log keeps.
func (b *Box) retention() int {
	n, _ := strconv.Atoi(b.setting("securityLogDays"))
	return n
}

// Setting returns a log setting by its name in [Change]: logSuccessfulCryptoOps,
// securityLogDays, logInfo.system.severity, logInfo.vsdm.logDays and so on.
func (b *Box) Setting(name string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.setting(name)
}

// Set sets a log setting by its name, as somebody at the box does: at once and
// without a block. A name that the box does not have is an error.
func (b *Box) Set(name, value string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	parts := strings.Split(name, ".")
	if len(parts) != 1 && (len(parts) != 3 || parts[0] != "logInfo" || b.module(parts[1]) == nil) {
		return fmt.Errorf("secunettest: no setting %q", name)
	}
	where, key := b.place(name)
	if _, ok := where[key].(string); !ok && !strings.HasSuffix(key, "Days") {
		return fmt.Errorf("secunettest: no setting %q", name)
	}
	b.set(name, value)
	b.evolve()
	return nil
}
