package layers

// row says what the packages that match pkg may import besides the standard
// library. A pattern is
//
//	a/b      that package
//	a/*      every package directly in a
//	a/...    every package in a, at any depth
//	PUBLIC   every package that others may build on: not internal, no program,
//	         no ...test package
//	TEST     every ...test package
//
// and everything with a dot in its first part is a module from elsewhere.
type row struct {
	pkg string
	may []string
}

const (
	gowsdl  = "github.com/hooklift/gowsdl"
	cobra   = "github.com/spf13/cobra"
	testify = "github.com/stretchr/testify/..."
	pkcs7   = "github.com/smallstep/pkcs7"
	xcrypto = "golang.org/x/crypto/..."
)

// table is read from the top: the first row that matches a package counts. A
// package without a row is an error, so that a new one is placed on purpose.
var table = []row{
	// Cryptography and certificates know nothing of Konnektors.
	{"certs/brainpool", []string{xcrypto}},
	{"certs/p12", []string{"certs/brainpool", "certs/internal/ber", xcrypto}},
	{"certs/internal/...", []string{"certs/brainpool", "certs/p12", "certs/internal/...", xcrypto, pkcs7}},
	{"certs", []string{"certs/brainpool", "certs/p12", "certs/internal/...", xcrypto, pkcs7}},
	{"tsl/internal/...", []string{"certs/brainpool", "tsl/internal/..."}},
	{"tsl", []string{"certs", "certs/brainpool", "tsl/internal/..."}},

	// The client, from the wire upwards.
	{"konnektor/wire", nil},
	{"konnektor/internal/ws/...", []string{"konnektor/wire", "konnektor/internal/ws/..."}},
	{"konnektor/internal/wsgen/...", []string{"konnektor/internal/wsgen/...", "konnektor/wire", gowsdl + "/..."}},
	{"konnektor/internal/codegen", nil},
	{"konnektor/internal/gotest", nil},
	{"konnektor/internal/layers", nil},
	{"konnektor/internal/...", []string{"konnektor/wire", "konnektor/internal/...", "certs", "certs/brainpool"}},
	{"konnektor", []string{"konnektor/wire", "konnektor/internal/...", "certs", "certs/brainpool", "certs/p12"}},
	{"konnektor/cetp", []string{"konnektor", "konnektor/wire", "konnektor/internal/..."}},
	{"vsdm/internal/...", []string{"konnektor/wire", "vsdm/internal/..."}},
	{"vsdm", []string{"konnektor", "konnektor/wire", "vsdm/internal/..."}},

	// Management and repair. A vendor never knows another one, a fix knows none.
	{"konnektor/mgmt", []string{"konnektor/internal/boxfile", "konnektor", "certs"}},
	{"konnektor/mgmt/mgmttest", []string{"konnektor", "TEST"}},
	{"konnektor/mgmt/*", []string{"konnektor/mgmt", "konnektor", "certs"}},
	{"konnektor/fix", []string{"konnektor/internal/boxfile", "konnektor/mgmt", "konnektor", "certs"}},
	{"konnektor/fix/fixtest", []string{"konnektor/fix", "konnektor/mgmt", "konnektor/mgmt/*", "konnektor", "TEST"}},
	{"konnektor/fix/internal/*", []string{"konnektor/fix", "konnektor/mgmt", "konnektor", "certs", "tsl"}},
	{"konnektor/fix/*", []string{"konnektor/fix/internal/...", "konnektor/fix", "konnektor/mgmt", "konnektor", "certs", "tsl"}},
	{"konnektor/diagnose", []string{"konnektor", "konnektor/mgmt", "vsdm", "certs", "tsl"}},

	// Every ability by name, and the programs. Nobody imports a program.
	{"konnektor/operations", []string{"PUBLIC"}},
	{"cabi/...", []string{"PUBLIC", "cabi/internal/..."}},
	{"konnektor/cmd/*", []string{"PUBLIC", "TEST", cobra}},
	{"examples/...", []string{"PUBLIC", "TEST"}},

	// What imitates a Konnektor or a PKI, for our tests and our users' tests.
	{"certs/certstest", []string{"certs", "certs/brainpool", "certs/p12", xcrypto}},
	{"tsl/tsltest", []string{"tsl", "certs", "certs/brainpool", "TEST"}},
	{"konnektor/schematest", nil},
	{"konnektor/konnektortest", []string{"konnektor", "konnektor/wire", "certs", "certs/brainpool", "TEST"}},
	{"konnektor/konnektortest/judgetest", []string{"konnektor", "vsdm", "TEST"}},
	{"konnektor/mgmt/*/*", []string{"konnektor", "certs", "tsl", "TEST"}},
	{"vsdm/vsdmtest", []string{"vsdm", "konnektor", "konnektor/wire", "TEST"}},
}

// inTests is what a _test.go file may import beyond the row of its package.
var inTests = []string{"PUBLIC", "TEST", testify}

// topLevel lists the folders that may stand beside go.mod.
var topLevel = []string{"konnektor", "vsdm", "certs", "tsl", "cabi", "examples"}

// maxFunction is the number of lines from which on a function does two things.
const maxFunction = 60
