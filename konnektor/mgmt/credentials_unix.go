//go:build unix

package mgmt

import (
	"io/fs"
	"os"
	"syscall"
)

// ownerOnly says why others than the owner have access, or nothing.
func ownerOnly(info fs.FileInfo) string {
	if info.Mode().Perm()&0o077 != 0 {
		return "others may read or write it: want mode 0600"
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Uid != 0 && int(stat.Uid) != os.Getuid() {
		return "it belongs to somebody else"
	}
	return ""
}
