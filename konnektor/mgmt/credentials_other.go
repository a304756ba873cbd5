//go:build !unix

package mgmt

import "io/fs"

// ownerOnly cannot tell: see [ReadCredentials].
func ownerOnly(fs.FileInfo) string { return "" }
