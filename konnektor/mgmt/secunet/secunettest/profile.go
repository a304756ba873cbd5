package secunettest

import (
	_ "embed"
	"slices"
)

//go:embed profile.json
var profile []byte

// Profile returns the profile file of the calls below /simulator/, in the format
// of package konnektor/mgmt, for its Config.Profiles or a file. Its evidence is
// "simulator": they exist nowhere else.
func Profile() []byte { return slices.Clone(profile) }
