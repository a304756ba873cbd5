package p12_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/asn1"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/libkonnektor/libkonnektor/certs/brainpool"
	"github.com/libkonnektor/libkonnektor/certs/p12"
	"github.com/stretchr/testify/require"
)

// identity is a key with a self-signed certificate, made by openssl.
type identity struct {
	key, cert string // files
	der       []byte
}

func openssl(t *testing.T, args ...string) []byte {
	t.Helper()
	out, err := exec.Command("openssl", args...).CombinedOutput()
	require.NoError(t, err, "openssl %s: %s", strings.Join(args, " "), out)
	return out
}

func needOpenSSL(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl not found")
	}
}

func makeIdentity(t *testing.T, kind string) identity {
	dir := t.TempDir()
	id := identity{key: filepath.Join(dir, "key.pem"), cert: filepath.Join(dir, "cert.pem")}
	args := []string{"req", "-new", "-x509", "-sha256", "-nodes", "-days", "30", "-subj", "/CN=made up", "-keyout", id.key, "-out", id.cert}
	if bits, ok := strings.CutPrefix(kind, "RSA-"); ok {
		args = append(args, "-newkey", "rsa:"+bits)
	} else {
		args = append(args, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:"+kind)
	}
	openssl(t, args...)
	text, err := os.ReadFile(id.cert)
	require.NoError(t, err)
	block, _ := pem.Decode(text)
	id.der = block.Bytes
	return id
}

func (id identity) export(t *testing.T, password string, options ...string) []byte {
	file := filepath.Join(t.TempDir(), "id.p12")
	args := []string{"pkcs12", "-export", "-legacy", "-inkey", id.key, "-in", id.cert, "-name", "Client 1", "-out", file, "-passout", "stdin"}
	cmd := exec.Command("openssl", append(args, options...)...)
	cmd.Stdin = strings.NewReader(password + "\n")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	return data
}

// ber writes a DER value again as Konnektors do: indefinite lengths and octet
// strings in chunks. Octet strings that hold a value are opened where descend
// says so.
func ber(t *testing.T, der []byte, chunk int) []byte {
	t.Helper()
	var v asn1.RawValue
	rest, err := asn1.Unmarshal(der, &v)
	require.NoError(t, err)
	require.Empty(t, rest)
	switch {
	case v.Class == asn1.ClassUniversal && v.Tag == asn1.TagOctetString && len(v.Bytes) > chunk:
		out := []byte{0x24, 0x80}
		for b := v.Bytes; len(b) > 0; {
			n := min(chunk, len(b))
			part, err := asn1.Marshal(b[:n])
			require.NoError(t, err)
			out, b = append(out, part...), b[n:]
		}
		return append(out, 0, 0)
	case !v.IsCompound:
		return v.FullBytes
	}
	out := []byte{v.FullBytes[0], 0x80}
	for b := v.Bytes; len(b) > 0; {
		var child asn1.RawValue
		rest, err := asn1.Unmarshal(b, &child)
		require.NoError(t, err)
		out, b = append(out, ber(t, child.FullBytes, chunk)...), rest
	}
	return append(out, 0, 0)
}

func check(t *testing.T, file []byte, password string, id identity) *p12.Bundle {
	t.Helper()
	b, err := p12.Decode(file, password)
	require.NoError(t, err)
	require.Equal(t, "Client 1", b.Name)
	require.NotEmpty(t, b.Certificates)
	require.Equal(t, id.der, b.Certificates[0])
	return b
}

// opensslPBEs and opensslMACs are what openssl can write.
var (
	opensslPBEs = []string{
		"PBE-SHA1-3DES", "PBE-SHA1-2DES", "PBE-SHA1-RC2-40", "PBE-SHA1-RC2-128", "PBE-SHA1-RC4-40",
		"PBE-SHA1-RC4-128", "AES-128-CBC", "AES-192-CBC", "AES-256-CBC", "DES-EDE3-CBC", "NONE",
	}
	opensslMACs = []string{"sha1", "sha224", "sha256", "sha384", "sha512"}
)

// TestOpenSSLCombinations has every pair of encryptions, and every kind of key
// with every encryption of it. The MAC does not depend on any of these, so
// that the MACs take turns.
func TestOpenSSLCombinations(t *testing.T) {
	needOpenSSL(t)
	const password = "ein Passwort 00"
	for _, kind := range []string{"RSA-2048", "RSA-3072", "prime256v1", "brainpoolP256r1", "brainpoolP384r1"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			id := makeIdentity(t, kind)
			for i, forKey := range opensslPBEs {
				others := []string{opensslPBEs[(i+3)%len(opensslPBEs)]}
				if kind == "brainpoolP256r1" {
					others = opensslPBEs
				}
				for j, other := range others {
					mac := opensslMACs[(i+j)%len(opensslMACs)]
					t.Run(forKey+" "+other+" "+mac, func(t *testing.T) {
						file := id.export(t, password, "-keypbe", forKey, "-certpbe", other, "-macalg", mac)
						b := check(t, file, password, id)
						switch {
						case strings.HasPrefix(kind, "RSA"):
							require.IsType(t, new(rsa.PrivateKey), b.Key)
						case strings.HasPrefix(kind, "brainpool"):
							require.IsType(t, new(brainpool.PrivateKey), b.Key)
						default:
							require.IsType(t, new(ecdsa.PrivateKey), b.Key)
						}
						check(t, ber(t, file, 1000), password, id)
						check(t, ber(t, file, 7), password, id)
					})
				}
			}
		})
	}
}

func TestAsKonnektorsWriteIt(t *testing.T) {
	needOpenSSL(t)
	id := makeIdentity(t, "brainpoolP256r1")
	file := id.export(t, "00", "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-RC2-40", "-macalg", "sha1", "-iter", "51200")
	check(t, ber(t, file, 1000), "00", id)
}

func TestPasswords(t *testing.T) {
	needOpenSSL(t)
	id := makeIdentity(t, "prime256v1")
	for _, password := range []string{"", "00", "Grüße €5 Ωß", "𝄞 außerhalb der BMP", strings.Repeat("lang", 50)} {
		for _, pbe := range []string{"PBE-SHA1-3DES", "AES-256-CBC"} {
			file := id.export(t, password, "-keypbe", pbe, "-certpbe", pbe)
			check(t, file, password, id)
			_, err := p12.Decode(file, password+"x")
			require.ErrorIs(t, err, p12.ErrPassword)
			without := id.export(t, password, "-keypbe", pbe, "-certpbe", pbe, "-nomac")
			check(t, without, password, id)
			_, err = p12.Decode(without, password+"x")
			require.Error(t, err)
		}
	}
}

func TestTooMuchWork(t *testing.T) {
	needOpenSSL(t)
	id := makeIdentity(t, "prime256v1")
	few, endless := []byte{2, 3, 0x01, 0x86, 0xa0}, []byte{2, 3, 0x7f, 0xff, 0xff}
	for _, pbe := range []string{"AES-256-CBC", "PBE-SHA1-3DES"} {
		file := id.export(t, "00", "-keypbe", pbe, "-certpbe", pbe, "-iter", "100000", "-nomac")
		require.Contains(t, string(file), string(few))
		_, err := p12.Decode(bytes.ReplaceAll(file, few, endless), "00")
		require.ErrorIs(t, err, p12.ErrTooLarge, pbe)
	}
}

// TestTooManyIterationsOfTheMAC has the one count of a file whose integrity is
// to be checked before anything else.
func TestTooManyIterationsOfTheMAC(t *testing.T) {
	needOpenSSL(t)
	id := makeIdentity(t, "prime256v1")
	file := id.export(t, "00", "-keypbe", "NONE", "-certpbe", "NONE", "-iter", "100000")
	few, endless := []byte{2, 3, 0x01, 0x86, 0xa0}, []byte{2, 3, 0x7f, 0xff, 0xff}
	require.Equal(t, 1, bytes.Count(file, few))
	_, err := p12.Decode(bytes.ReplaceAll(file, few, endless), "00")
	require.ErrorIs(t, err, p12.ErrTooLarge)
}

// TestSpoiledFilesBeforeOpenSSL has both verdicts on files with one byte
// changed.
func TestSpoiledFilesBeforeOpenSSL(t *testing.T) {
	needOpenSSL(t)
	id := makeIdentity(t, "brainpoolP256r1")
	file := id.export(t, "00", "-keypbe", "AES-256-CBC", "-certpbe", "AES-256-CBC", "-iter", "100")
	name := filepath.Join(t.TempDir(), "spoiled.p12")
	verdicts := map[bool]int{}
	for i := 0; i < len(file); i += 1 + len(file)/120 {
		spoiled := bytes.Clone(file)
		spoiled[i] ^= 0x15
		require.NoError(t, os.WriteFile(name, spoiled, 0o600))
		out, theirs := exec.Command("openssl", "pkcs12", "-in", name, "-noenc", "-passin", "pass:00").CombinedOutput()
		_, ours := p12.Decode(spoiled, "00")
		require.Equal(t, theirs == nil, ours == nil, "byte %d: we: %v, openssl: %s", i, ours, out)
		verdicts[ours == nil]++
	}
	t.Logf("accepted %d, refused %d", verdicts[true], verdicts[false])
}

func TestDamagedFiles(t *testing.T) {
	needOpenSSL(t)
	id := makeIdentity(t, "brainpoolP256r1")
	file := ber(t, id.export(t, "00", "-iter", "1", "-macalg", "sha1"), 100)
	for i := range file {
		_, err := p12.Decode(file[:i], "00")
		require.Error(t, err)
		flipped := bytes.Clone(file)
		flipped[i] ^= 0x40
		if b, err := p12.Decode(flipped, "00"); err == nil {
			require.Equal(t, id.der, b.Certificates[0]) // an attribute or a name was hit
		}
	}
}

func TestHostileNesting(t *testing.T) {
	for name, file := range map[string][]byte{
		"indefinite":    bytes.Repeat([]byte{0x30, 0x80}, 10000),
		"octet strings": append([]byte{0x30, 0x80}, bytes.Repeat([]byte{0x24, 0x80}, 10000)...),
		"empty":         nil,
		"one byte":      {0x30},
		"length":        {0x30, 0x84, 0xff, 0xff, 0xff, 0xff},
		"long length":   {0x30, 0x89, 1, 2, 3, 4, 5, 6, 7, 8, 9},
		"no PKCS#12":    {0x30, 0x03, 0x02, 0x01, 0x03},
		"HTML":          []byte("<html>404</html>"),
	} {
		_, err := p12.Decode(file, "00")
		require.ErrorIs(t, err, p12.ErrMalformed, name)
	}
	_, err := p12.Decode(make([]byte, 2<<20), "00")
	require.ErrorIs(t, err, p12.ErrTooLarge)
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{0x30, 0x80, 0x02, 0x01, 0x03, 0, 0}, "00")
	seeds, _ := filepath.Glob("testdata/*.p12")
	for _, name := range seeds {
		data, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(data, "00")
	}
	f.Fuzz(func(t *testing.T, file []byte, password string) {
		b, err := p12.DecodeWith(file, password, 1000)
		if (b == nil) == (err == nil) {
			t.Fatal("neither bundle nor error, or both")
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	file, err := os.ReadFile("testdata/konnektor.p12")
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p12.Decode(file, "00"); err != nil {
			b.Fatal(err)
		}
	}
}
