package mgmt

import (
	"slices"
	"strconv"
	"strings"
)

// Contains reports whether version is in the range. A version that cannot be read
// is in the open range only.
func (f Firmware) Contains(version string) bool {
	if f == (Firmware{}) {
		return true
	}
	v, ok := parseVersion(version)
	if !ok {
		return false
	}
	if from, ok := parseVersion(f.From); ok && slices.Compare(v, from) < 0 {
		return false
	}
	below, ok := parseVersion(f.Below)
	return !ok || slices.Compare(v, below) < 0
}

// check refuses ends that are no version.
func (f Firmware) check() error {
	for _, end := range []string{f.From, f.Below} {
		if _, ok := parseVersion(end); end != "" && !ok {
			return configError("firmware: want a version such as 5.50.3")
		}
	}
	return nil
}

// maxParts is the number of parts of a version; shorter ones end in zeros.
const maxParts = 4

// parseVersion reads numbers with dots between them.
func parseVersion(s string) ([]int, bool) {
	s = strings.TrimSpace(s)
	parts := strings.Split(s, ".")
	if s == "" || len(parts) > maxParts {
		return nil, false
	}
	v := make([]int, maxParts)
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 31)
		if err != nil {
			return nil, false
		}
		v[i] = int(n)
	}
	return v, true
}
