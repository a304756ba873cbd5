//go:build !race

package ctest

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// pascal compiles a Pascal program into dir.
func (on *target) pascal(t testing.TB, program, mode, dir string) string {
	t.Helper()
	need(t, "ppcx64")
	if on != linux {
		need(t, "fpc")
	}
	units := t.TempDir()
	args := append(on.fpc[1:len(on.fpc):len(on.fpc)], "-M"+mode, "-O2", "-vw-n-h-", "-Fu"+filepath.Join(root, "cabi", "delphi"),
		"-FE"+dir, "-FU"+units, program)
	command(t, on.fpc[0], args...)
	return filepath.Join(dir, strings.TrimSuffix(filepath.Base(program), ".dpr")+on.exe)
}

// sources are the files of the assembly.
func sources(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "cabi", "dotnet", "Libkonnektor", "*.cs"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

// assembly compiles the binding and its test into a folder and returns the
// test.
func assembly(t testing.TB) string {
	t.Helper()
	need(t, "mcs", "mono")
	dir := t.TempDir()
	dll := filepath.Join(dir, "Libkonnektor.dll")
	command(t, "mcs", append([]string{"-langversion:7", "-warn:4", "-warnaserror", "-nowarn:1591", "-target:library",
		"-doc:" + filepath.Join(dir, "Libkonnektor.xml"), "-out:" + dll}, sources(t)...)...)
	return csharp(t, dll, filepath.Join(root, "cabi", "dotnet", "test", "BindingTest.cs"))
}

// csharp compiles a C# program beside the binding.
func csharp(t testing.TB, dll, source string) string {
	t.Helper()
	exe := filepath.Join(filepath.Dir(dll), strings.TrimSuffix(filepath.Base(source), ".cs")+".exe")
	command(t, "mcs", "-langversion:7", "-warn:4", "-warnaserror", "-r:"+dll, "-out:"+exe, source)
	return exe
}

// mono runs a C# program, which finds the library beside it.
func mono(t testing.TB, exe string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "mono", append([]string{exe}, args...)...)
	cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+filepath.Dir(exe), "LC_ALL=C.UTF-8")
	timer := time.AfterFunc(runLimit, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	b, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", b)
	return string(b)
}

func TestPascalBinding(t *testing.T) {
	program := filepath.Join(root, "cabi", "delphi", "test", "BindingTest.dpr")
	for _, mode := range []string{"Delphi", "DelphiUnicode"} {
		t.Run(mode, func(t *testing.T) {
			each(t, func(t *testing.T, on *target) {
				dir := t.TempDir()
				copyFile(t, on.tested(t), filepath.Join(dir, on.library))
				on.pass(t, on.pascal(t, program, mode, dir))
			})
		})
	}
}

func TestCSharpBinding(t *testing.T) {
	exe := assembly(t)
	copyFile(t, linux.tested(t), filepath.Join(filepath.Dir(exe), "libkonnektor.so"))
	m := closingLine.FindStringSubmatch(mono(t, exe))
	require.NotNil(t, m)
	require.NotEqual(t, "0", m[1])
	require.Equal(t, "0", m[2])
}

// simulator is a running konnektorsim.
type simulator struct {
	config  string // file with the configuration for clients
	control string // file that tells its control port
	program string
}

// simulatorProgram builds konnektorsim once.
var simulatorProgram = sync.OnceValues(func() (string, error) {
	exe := filepath.Join(work, "konnektorsim")
	cmd := exec.Command("go", "build", "-o", exe, "./konnektor/cmd/konnektorsim")
	cmd.Dir = root
	return exe, cmd.Run()
})

// startSimulator starts a konnektorsim that ends with the test.
func startSimulator(t testing.TB, flags ...string) *simulator {
	t.Helper()
	exe, err := simulatorProgram()
	require.NoError(t, err)
	dir := t.TempDir()
	s := &simulator{config: filepath.Join(dir, "konnektor.json"), control: filepath.Join(dir, "control.json"), program: exe}
	cmd := exec.Command(exe, append([]string{"--print-config", "--control-file", s.control, "--max-runtime", "30m"}, flags...)...)
	out := output(t, cmd)
	stdout, err := os.Create(s.config)
	require.NoError(t, err)
	defer stdout.Close()
	cmd.Stdout = stdout
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	require.Eventually(t, func() bool {
		b, err := os.ReadFile(s.config)
		return err == nil && json.Valid(bytes.TrimSpace(b)) && len(b) > 2
	}, runLimit, 10*time.Millisecond, "%s", out)
	return s
}

// do runs a command of konnektorsim against the running one.
func (s *simulator) do(t testing.TB, args ...string) string {
	t.Helper()
	return command(t, s.program, append(args, "--control-file", s.control)...)
}

// firstPerson is in what every program prints: the test person whose card is
// inserted at the start.
func firstPerson(t testing.TB, s *simulator) string {
	t.Helper()
	ctl := filepath.Join(work, "konnektorctl")
	build := exec.Command("go", "build", "-o", ctl, "./konnektor/cmd/konnektorctl")
	build.Dir = root
	require.NoError(t, build.Run())
	var answer struct {
		Person struct{ Vorname, Nachname string }
	}
	out := command(t, ctl, "--config", s.config, "--json", "vsd")
	for lines := json.NewDecoder(strings.NewReader(out)); lines.More(); { // the events, then the answer
		require.NoError(t, lines.Decode(&answer))
	}
	require.NotEmpty(t, answer.Person.Nachname)
	return answer.Person.Nachname
}

func TestReadCardInC(t *testing.T) {
	s := startSimulator(t)
	person := firstPerson(t, s)
	each(t, func(t *testing.T, on *target) {
		need(t, on.needs...)
		dir := t.TempDir()
		exe := filepath.Join(dir, "readcard"+on.exe)
		copyFile(t, on.shipped(t), filepath.Join(dir, on.library))
		link := []string{"-L" + on.build(t, ""), "-lkonnektor"}
		if on == linux {
			link = []string{"-L" + dir, "-l:libkonnektor.so.1", "-Wl,-rpath," + dir}
		}
		command(t, on.cc, append([]string{"-Wall", "-Wextra", "-Werror", "-I" + filepath.Join(root, "cabi", "include"),
			filepath.Join(root, "examples", "c", "readcard.c"), "-o", exe}, link...)...)
		config := copyFile(t, s.config, filepath.Join(dir, "konnektor.json"))
		out, err := on.run(t, exe, config)
		require.NoError(t, err, "%s", out)
		require.Contains(t, out, "Nachname: "+person)
		require.Contains(t, out, "Urteil: ")
	})
}

func TestReadCardInPascal(t *testing.T) {
	s := startSimulator(t)
	person := firstPerson(t, s)
	each(t, func(t *testing.T, on *target) {
		dir := t.TempDir()
		copyFile(t, on.shipped(t), filepath.Join(dir, on.library))
		exe := on.pascal(t, filepath.Join(root, "cabi", "delphi", "samples", "ReadCard.dpr"), "Delphi", dir)
		out, err := on.run(t, exe, copyFile(t, s.config, filepath.Join(dir, "konnektor.json")))
		require.NoError(t, err, "%s", out)
		require.Contains(t, out, person)
		require.Contains(t, out, "valid=")
	})
}

// inserting inserts a card when the program has seen the first one and the
// Konnektor knows where to send its events.
func inserting(t *testing.T, s *simulator, out func() string, before ...string) {
	t.Helper()
	require.Eventually(t, func() bool {
		return strings.Contains(out(), "card.present EGK") && strings.Contains(s.do(t, "subscriptions"), "CARD")
	}, runLimit, 20*time.Millisecond)
	if len(before) > 0 {
		s.do(t, before...)
	}
	s.do(t, "insert", "--type", "EGK", "--person", "2")
}

func TestWaitForCardsInPascal(t *testing.T) {
	for _, on := range []*target{win64, win32} {
		t.Run(on.name, func(t *testing.T) {
			s := startSimulator(t)
			dir := t.TempDir()
			copyFile(t, on.shipped(t), filepath.Join(dir, on.library))
			exe := on.pascal(t, filepath.Join(root, "cabi", "delphi", "samples", "WaitForCards.dpr"), "Delphi", dir)
			need(t, on.runs...)
			cmd, out := on.command(t, exe, copyFile(t, s.config, filepath.Join(dir, "konnektor.json")))
			require.NoError(t, cmd.Start())
			// Listing the cards fails from now on: only an event can tell of the next.
			inserting(t, s, out, "fail", "--operation", "GetCards", "--code", "4001", "--count", "-1")
			require.NoError(t, cmd.Wait(), "%s", out())
			require.Contains(t, out(), "card.inserted EGK")
			require.Contains(t, out(), "loop alive: TRUE")
		})
	}
}

func TestReadCardInCSharp(t *testing.T) {
	s := startSimulator(t)
	person := firstPerson(t, s)
	dir := filepath.Dir(assembly(t))
	copyFile(t, linux.shipped(t), filepath.Join(dir, "libkonnektor.so"))
	exe := csharp(t, filepath.Join(dir, "Libkonnektor.dll"), filepath.Join(root, "cabi", "dotnet", "samples", "ReadCard.cs"))
	out := mono(t, exe, s.config)
	require.Contains(t, out, person)
	require.Contains(t, out, "valid=")
}

// waitForCardsInCSharp starts the sample and tells how to read what it prints.
func waitForCardsInCSharp(t *testing.T, s *simulator) (*exec.Cmd, func() string) {
	dir := filepath.Dir(assembly(t))
	copyFile(t, linux.shipped(t), filepath.Join(dir, "libkonnektor.so"))
	exe := csharp(t, filepath.Join(dir, "Libkonnektor.dll"), filepath.Join(root, "cabi", "dotnet", "samples", "WaitForCards.cs"))
	cmd := exec.CommandContext(t.Context(), "mono", exe, s.config)
	cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+dir)
	out := output(t, cmd)
	require.NoError(t, cmd.Start())
	return cmd, out
}

func TestWaitForCardsInCSharp(t *testing.T) {
	s := startSimulator(t)
	cmd, out := waitForCardsInCSharp(t, s)
	inserting(t, s, out)
	require.NoError(t, cmd.Wait(), "%s", out())
	require.Contains(t, out(), "card.inserted EGK")
	require.Empty(t, s.do(t, "subscriptions"), "closing unsubscribes")
}

// Only an event can tell of a card while listing the cards fails, as reading does.
func TestCardEventInCSharp(t *testing.T) {
	s := startSimulator(t)
	cmd, out := waitForCardsInCSharp(t, s)
	inserting(t, s, out, "fail", "--operation", "GetCards", "--code", "4001", "--count", "-1")
	require.Eventually(t, func() bool { return strings.Contains(out(), "not read: ") }, runLimit, 20*time.Millisecond)
	require.Contains(t, out(), "card.inserted EGK")
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait(), "it waits for the next card")
}

func TestReadCardInPython(t *testing.T) {
	need(t, "python3")
	s := startSimulator(t)
	cmd := exec.CommandContext(t.Context(), "python3", filepath.Join(root, "examples", "python", "readcard.py"), linux.shipped(t), s.config)
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "PYTHONIOENCODING=utf-8")
	b, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", b)
	require.Contains(t, string(b), firstPerson(t, s))
}
