//go:build !race

package ctest

import (
	"bytes"
	"debug/elf"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// maxCore is the largest size in bytes of a library that reads cards and nothing
// else (build tag core): 8 MB. maxSize is that of one with every ability, which
// the later issues have added: just above what they need. What adds an ability
// looks at the sizes that TestShippedFiles and TestCoreSize log, and at
// TestStandardLibrary; README.md, "Size", says what has helped.
const (
	maxCore = 8_000_000
	maxSize = 11_050_000
)

// read reads a file of the repository.
func read(t testing.TB, elements ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(append([]string{root}, elements...)...))
	require.NoError(t, err)
	return string(b)
}

// golden compares text with a file in testdata.
func golden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(b), text, "the contract has changed: within a major version it only grows")
}

func TestHeaderCompiles(t *testing.T) {
	source := filepath.Join(t.TempDir(), "header.c")
	require.NoError(t, os.WriteFile(source, []byte("#include <konnektor.h>\n"), 0o644))
	include := "-I" + filepath.Join(root, "cabi", "include")
	strict := []string{"-pedantic", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", include}
	for _, c := range []struct{ compiler, standard, language string }{
		{"gcc", "c89", "c"}, {"gcc", "c99", "c"}, {"gcc", "c11", "c"}, {"gcc", "c17", "c"},
		{"g++", "c++98", "c++"}, {"g++", "c++11", "c++"}, {"g++", "c++20", "c++"},
		{"x86_64-w64-mingw32-gcc", "c99", "c"}, {"i686-w64-mingw32-gcc", "c99", "c"},
	} {
		t.Run(c.compiler+" "+c.standard, func(t *testing.T) {
			need(t, c.compiler)
			command(t, c.compiler, append(strict, "-std="+c.standard, "-x", c.language, source)...)
		})
	}
	t.Run("tcc", func(t *testing.T) {
		need(t, "tcc")
		command(t, "tcc", "-Wall", "-Werror", include, "-c", source, "-o", filepath.Join(t.TempDir(), "header.o"))
	})
}

// prototypes are the functions of the header, by the compiler's own account.
func prototypes(t testing.TB) []string {
	t.Helper()
	need(t, "gcc")
	dir := t.TempDir()
	source, list := filepath.Join(dir, "header.c"), filepath.Join(dir, "list")
	require.NoError(t, os.WriteFile(source, []byte("#include <konnektor.h>\n"), 0o644))
	command(t, "gcc", "-I"+filepath.Join(root, "cabi", "include"), "-fsyntax-only", "-aux-info", list, source)
	b, err := os.ReadFile(list)
	require.NoError(t, err)
	var found []string
	for _, m := range regexp.MustCompile(`(?m)^/\* .*\*/ extern (.* \*?kon_.*);$`).FindAllStringSubmatch(string(b), -1) {
		found = append(found, m[1])
	}
	require.NotEmpty(t, found)
	return found
}

// names are the names of the functions of the header.
func names(t testing.TB) []string {
	t.Helper()
	var found []string
	for _, p := range prototypes(t) {
		found = append(found, regexp.MustCompile(`kon_[a-z_]+`).FindString(p))
	}
	slices.Sort(found)
	return found
}

func TestPrototypes(t *testing.T) {
	golden(t, "prototypes.golden", strings.Join(prototypes(t), "\n")+"\n")
}

// signature is a function in the types that cross the interface: i32 and ptr.
// The last one is the result.
type signature struct {
	name  string
	types []string
}

// cSignatures are those of the header.
func cSignatures(t *testing.T) []signature {
	var list []signature
	for _, p := range prototypes(t) {
		m := regexp.MustCompile(`^(.*?)(kon_[a-z_]+) \((.*)\)$`).FindStringSubmatch(p)
		require.NotNil(t, m, p)
		s := signature{name: m[2]}
		for _, arg := range strings.Split(m[3], ",") {
			if arg = strings.TrimSpace(arg); arg != "void" {
				s.types = append(s.types, cType(t, arg))
			}
		}
		s.types = append(s.types, cType(t, strings.TrimSpace(m[1])))
		list = append(list, s)
	}
	return list
}

func cType(t *testing.T, c string) string {
	if strings.Contains(c, "*") {
		return "ptr"
	}
	require.Equal(t, "int32_t", c)
	return "i32"
}

// pascalSignatures are those of the Delphi unit.
func pascalSignatures(t *testing.T) []signature {
	var list []signature
	unit := read(t, "cabi", "delphi", "KonnektorLib.pas")
	for _, m := range regexp.MustCompile(`(?m)^  (kon_[a-z_]+): function(?:\((.*)\))?: (\w+); cdecl;$`).FindAllStringSubmatch(unit, -1) {
		s := signature{name: m[1]}
		for _, arg := range strings.Split(m[2], ";") {
			if arg = strings.TrimSpace(arg); arg != "" {
				by, kind, _ := strings.Cut(arg, ": ")
				if strings.HasPrefix(by, "out ") || strings.HasPrefix(by, "var ") {
					kind = "PAnsiChar" // by reference
				}
				s.types = append(s.types, map[string]string{"Integer": "i32", "PAnsiChar": "ptr"}[kind])
			}
		}
		s.types = append(s.types, map[string]string{"Integer": "i32", "PAnsiChar": "ptr"}[m[3]])
		list = append(list, s)
	}
	return list
}

// csharpSignatures are those of the C# binding.
func csharpSignatures(t *testing.T) []signature {
	kinds := map[string]string{"int": "i32", "IntPtr": "ptr", "byte[]": "ptr", "out int": "ptr", "out IntPtr": "ptr"}
	var list []signature
	file := read(t, "cabi", "dotnet", "Libkonnektor", "Native.cs")
	expr := `CallingConvention\.Cdecl\)\]\s+internal static extern (\w+) (kon_[a-z_]+)\((.*)\);`
	for _, m := range regexp.MustCompile(expr).FindAllStringSubmatch(file, -1) {
		s := signature{name: m[2]}
		for _, arg := range strings.Split(m[3], ",") {
			if arg = strings.TrimSpace(arg); arg != "" {
				s.types = append(s.types, kinds[arg[:strings.LastIndex(arg, " ")]])
			}
		}
		s.types = append(s.types, kinds[m[1]])
		list = append(list, s)
	}
	return list
}

func TestBindingsMatchHeader(t *testing.T) {
	require.Equal(t, cSignatures(t), pascalSignatures(t))
	require.Equal(t, cSignatures(t), csharpSignatures(t))
}

// constants are the names of the constants of the header.
func constants(t *testing.T) []string {
	var found []string
	for _, m := range regexp.MustCompile(`(?m)^#define (KON_[A-Z_]+) [(0-9-]`).FindAllStringSubmatch(read(t, "cabi", "include", "konnektor.h"), -1) {
		found = append(found, m[1])
	}
	require.NotEmpty(t, found)
	return found
}

// The constants, and the sizes of the types, as each compiler sees them.
func TestConstants(t *testing.T) {
	list := constants(t)
	var c, pas strings.Builder
	c.WriteString("#include <konnektor.h>\n#include <stdio.h>\nint main(void)\n{\n")
	pas.WriteString("program Constants;\nuses KonnektorLib;\nbegin\n")
	for _, name := range list {
		fmt.Fprintf(&c, "printf(\"%s %%d\\n\", (int)%s);\n", name, name)
		fmt.Fprintf(&pas, "Writeln('%s ', %s);\n", name, name)
	}
	c.WriteString("printf(\"size %d %d\\n\", (int)sizeof(int32_t), (int)sizeof(char *));\nreturn 0;\n}\n")
	pas.WriteString("Writeln('size ', SizeOf(Integer), ' ', SizeOf(PAnsiChar));\nend.\n")
	each(t, func(t *testing.T, on *target) {
		dir := t.TempDir()
		source := filepath.Join(dir, "constants.c")
		require.NoError(t, os.WriteFile(source, []byte(c.String()), 0o644))
		need(t, on.needs...)
		exe := filepath.Join(dir, "c"+on.exe)
		command(t, on.cc, "-I"+filepath.Join(root, "cabi", "include"), source, "-o", exe)
		fromC, err := on.run(t, exe)
		require.NoError(t, err)
		program := filepath.Join(dir, "constants.dpr")
		require.NoError(t, os.WriteFile(program, []byte(pas.String()), 0o644))
		fromPascal, err := on.run(t, on.pascal(t, program, "Delphi", dir))
		require.NoError(t, err)
		require.Equal(t, fromC, fromPascal)
		if on == linux {
			values, _, _ := strings.Cut(fromC, "size ")
			golden(t, "constants.golden", values)
			require.Equal(t, values, mono(t, assembly(t), "constants"))
		}
	})
}

func TestExportsAndImports(t *testing.T) {
	t.Run(linux.name, func(t *testing.T) {
		f, err := elf.Open(linux.shipped(t))
		require.NoError(t, err)
		defer f.Close()
		symbols, err := f.DynamicSymbols()
		require.NoError(t, err)
		var exported []string
		for _, s := range symbols {
			if s.Section != elf.SHN_UNDEF && s.Section != elf.SHN_ABS {
				require.Equal(t, "KON_1", s.Version, s.Name)
				exported = append(exported, s.Name)
			}
		}
		slices.Sort(exported)
		require.Equal(t, names(t), exported)
		libraries, err := f.ImportedLibraries()
		require.NoError(t, err)
		require.Equal(t, []string{"libc.so.6"}, libraries)
		soname, err := f.DynString(elf.DT_SONAME)
		require.NoError(t, err)
		require.Equal(t, []string{"libkonnektor.so.1"}, soname)
		imported, err := f.ImportedSymbols()
		require.NoError(t, err)
		for _, s := range imported {
			require.LessOrEqual(t, glibc(t, s.Version), 34, "%s: too new for Ubuntu 22.04 and RHEL 9", s.Name)
		}
		relocatesItself(t, f)
	})
	for _, on := range []*target{win64, win32} {
		t.Run(on.name, func(t *testing.T) {
			dump := command(t, "objdump", "-p", on.shipped(t))
			var exported, imported []string
			for _, m := range regexp.MustCompile(`(?m)^\t\[ *\d+\] (?:\+base\[ *\d+\] +[0-9a-f]+ )?(\w+)$`).FindAllStringSubmatch(dump, -1) {
				exported = append(exported, m[1])
			}
			for _, m := range regexp.MustCompile(`DLL Name: (\S+)`).FindAllStringSubmatch(dump, -1) {
				imported = append(imported, m[1])
			}
			require.Equal(t, names(t), exported)
			require.ElementsMatch(t, []string{"KERNEL32.dll", "msvcrt.dll"}, imported)
		})
	}
}

// relocatesItself checks what cabi/internal/relr has done: nothing demands a
// newer loader, and the loader has little to do.
func relocatesItself(t *testing.T, f *elf.File) {
	t.Helper()
	needs, err := f.DynamicVersionNeeds()
	require.NoError(t, err)
	for _, of := range needs {
		for _, v := range of.Needs {
			require.LessOrEqual(t, glibc(t, v.Dep), 34)
		}
	}
	require.Less(t, f.Section(".rela.dyn").Size, uint64(1024))
	require.NotZero(t, f.Section(".relr.dyn").Size)
}

// Packages of the standard library that come with much code, and that the
// library can do without. One of them comes in by an import anywhere below.
func TestStandardLibrary(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", "-tags", "nethttpomithttp2", "./cabi")
	cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=1")
	out, err := cmd.Output()
	require.NoError(t, err)
	list := strings.Fields(string(out))
	require.Contains(t, list, "net/http")
	for _, heavy := range []string{"regexp", "encoding/xml", "encoding/gob", "text/template", "html/template", "go/ast", "flag", "testing",
		"expvar", "net/http/cookiejar", "net/http/httptest", "database/sql", "time/tzdata", "archive/zip", "log/syslog"} {
		require.NotContains(t, list, heavy)
	}
}

// glibc is the minor of a version such as GLIBC_2.34; 0 for none.
func glibc(t *testing.T, version string) (minor int) {
	if version != "" {
		_, err := fmt.Sscanf(version, "GLIBC_2.%d", &minor)
		require.NoError(t, err)
	}
	return minor
}

// text16 is a text as it stands in a resource of Windows.
func text16(s string) []byte {
	var b []byte
	for _, r := range s {
		b = append(b, byte(r), 0)
	}
	return b
}

// TestCoreSize builds the library without the abilities beyond reading cards.
func TestCoreSize(t *testing.T) {
	each(t, func(t *testing.T, on *target) {
		info, err := os.Stat(filepath.Join(on.build(t, "core"), on.library))
		require.NoError(t, err)
		require.LessOrEqual(t, info.Size(), int64(maxCore))
		t.Logf("%d bytes", info.Size())
	})
}

func TestShippedFiles(t *testing.T) {
	version := regexp.MustCompile(`KON_VERSION_TEXT "(.*)"`).FindStringSubmatch(read(t, "cabi", "version.h"))[1]
	require.Contains(t, read(t, "cabi", "version.h"), "KON_VERSION_NUMBERS "+strings.ReplaceAll(version, ".", ", ")+", 0")
	require.Contains(t, read(t, "cabi", "dotnet", "Libkonnektor", "Libkonnektor.csproj"), "<Version>"+version+"</Version>")
	each(t, func(t *testing.T, on *target) {
		b, err := os.ReadFile(on.shipped(t))
		require.NoError(t, err)
		require.LessOrEqual(t, len(b), maxSize)
		t.Logf("%d bytes", len(b))
		mark := "crash on purpose"
		require.False(t, strings.Contains(string(b), mark), "the operations of the tests are in the shipped library")
		require.True(t, strings.Contains(fileText(t, on.tested(t)), mark))
		if on != linux {
			require.True(t, bytes.Contains(b, append(text16("ProductVersion\x00\x00"), text16(version)...)) ||
				bytes.Contains(b, text16(version)), "version resource")
			require.True(t, bytes.Contains(b, text16("OriginalFilename")))
		}
		sums := fileText(t, filepath.Join(filepath.Dir(on.build(t, "")), "SHA256SUMS"))
		require.Contains(t, sums, on.name+"/"+on.library)
		check := exec.Command("sha256sum", "--check", "--quiet", "SHA256SUMS")
		check.Dir = filepath.Dir(on.build(t, ""))
		require.NoError(t, check.Run())
	})
}

// fileText reads any file.
func fileText(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(b)
}

// The same sources give the same bytes in another folder.
func TestReproducible(t *testing.T) {
	other := filepath.Join(t.TempDir(), "elsewhere")
	copySources(t, other)
	out := filepath.Join(t.TempDir(), "dist")
	for _, on := range targets {
		need(t, on.needs...)
	}
	build := exec.Command(filepath.Join(other, "cabi", "build", "build"), "-o", out)
	b, err := build.CombinedOutput()
	require.NoError(t, err, "%s", b)
	each(t, func(t *testing.T, on *target) {
		for _, file := range []string{on.library, "konnektor.lib", "libkonnektor.dll.a"} {
			if on == linux && file != on.library {
				continue
			}
			first, second := fileText(t, filepath.Join(on.build(t, ""), file)), fileText(t, filepath.Join(out, on.name, file))
			require.True(t, first == second, "%s differs", file)
		}
	})
}

// copySources copies what a build of the library reads.
func copySources(t *testing.T, to string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(root, path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && rel != ".", d.IsDir() && (rel == "dist" || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || strings.HasSuffix(rel, "_test.go"):
			return nil
		}
		copyFile(t, path, filepath.Join(to, rel))
		return nil
	})
	require.NoError(t, err)
}

// A DLL signed with a key that was made here loads, and its signature is good.
func TestSigning(t *testing.T) {
	need(t, append([]string{"osslsigncode", "openssl"}, win64.needs...)...)
	dir := t.TempDir()
	key, cert := filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem")
	command(t, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=libkonnektor test",
		"-addext", "extendedKeyUsage=codeSigning", "-keyout", key, "-out", cert)
	build := exec.Command(filepath.Join(root, "cabi", "build", "build"), "-tags", "cabitest", "-o", dir, win64.name)
	build.Env = append(os.Environ(), "KON_SIGN_CERT="+cert, "KON_SIGN_KEY="+key)
	b, err := build.CombinedOutput()
	require.NoError(t, err, "%s", b)
	dll := filepath.Join(dir, win64.name, win64.library)
	require.Contains(t, command(t, "osslsigncode", "verify", "-CAfile", cert, "-in", dll), "Signature verification: ok")
	win64.pass(t, win64.compile(t, "floating.c"), dll)
}

// The units must compile with Delphi 7, of which there is no compiler here:
// what came later is looked for by name.
func TestDelphi7Rules(t *testing.T) {
	later := map[string]*regexp.Regexp{
		"for in":             regexp.MustCompile(`(?i)\bfor\s+\w+\s+in\b`),
		"generics":           regexp.MustCompile(`(?i)\w<\s*[A-Z]\w*\s*>`),
		"inline variables":   regexp.MustCompile(`(?m)^ {4,}var \w+`),
		"Exit with a result": regexp.MustCompile(`(?i)\bExit\(`),
		"strict visibility":  regexp.MustCompile(`(?i)\bstrict (private|protected)`),
		"class helpers":      regexp.MustCompile(`(?i)\bhelper for\b`),
		"inline":             regexp.MustCompile(`(?i);\s*inline;`),
		"anonymous methods":  regexp.MustCompile(`(?i)reference to`),
		"newer types":        regexp.MustCompile(`\b(UnicodeString|RawByteString|TBytes|NativeInt|NativeUInt|UInt64|TArray)\b`),
		"unit scopes":        regexp.MustCompile(`\b(System|Winapi|Vcl)\.\w`),
		"methods of records": regexp.MustCompile(`(?is)= record[^;]*?\bfunction\b`),
	}
	units, err := filepath.Glob(filepath.Join(root, "cabi", "delphi", "*.pas"))
	require.NoError(t, err)
	require.Len(t, units, 4)
	samples, err := filepath.Glob(filepath.Join(root, "cabi", "delphi", "samples", "*.dpr"))
	require.NoError(t, err)
	require.NotEmpty(t, samples)
	for _, unit := range append(units, samples...) {
		code := regexp.MustCompile(`(?s)\{.*?\}|'[^']*'`).ReplaceAllString(fileText(t, unit), "")
		for what, expr := range later {
			require.Empty(t, expr.FindString(code), "%s: %s", filepath.Base(unit), what)
		}
	}
}
