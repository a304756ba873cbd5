//go:build !race

package ctest

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// There is no .NET SDK here to pack the NuGet package with. Mono's xbuild, which
// knows no SDK either, evaluates what stands in the project and in the targets.

// oldProject begins a project file that needs no SDK.
const oldProject = `<Project ToolsVersion="4.0" xmlns="http://schemas.microsoft.com/developer/msbuild/2003">`

// evaluate has xbuild print text for the project in file, to which it adds a
// target, and returns the lines.
func evaluate(t *testing.T, file, project, text string, properties ...string) []string {
	t.Helper()
	need(t, "xbuild")
	project = strings.Replace(project, "</Project>", `<Target Name="Show"><Message Importance="high" Text="`+text+`" /></Target></Project>`, 1)
	require.NoError(t, os.WriteFile(file, []byte(project), 0o600))
	out := command(t, "xbuild", append([]string{"/nologo", "/verbosity:minimal", "/target:Show", file}, properties...)...)
	var lines []string
	for _, m := range regexp.MustCompile(`(?m)^\s*show: (.*\S)`).FindAllStringSubmatch(out, -1) {
		lines = append(lines, m[1])
	}
	require.NotEmpty(t, lines, out)
	return lines
}

// nugetPackage lays out the files as the project packs them and returns the
// folder.
func nugetPackage(t *testing.T) string {
	t.Helper()
	project := strings.Replace(read(t, "cabi", "dotnet", "Libkonnektor", "Libkonnektor.csproj"), `<Project Sdk="Microsoft.NET.Sdk">`, oldProject, 1)
	base := t.TempDir() // as the repository, with dist in it
	folder := filepath.Join(base, "cabi", "dotnet", "Libkonnektor")
	copyFile(t, filepath.Join(root, "cabi", "dotnet", "Libkonnektor", "Libkonnektor.targets"), filepath.Join(folder, "Libkonnektor.targets"))
	for _, on := range targets {
		copyFile(t, on.shipped(t), filepath.Join(base, "dist", on.name, on.library))
	}
	out := filepath.Join(base, "package")
	for _, line := range evaluate(t, filepath.Join(folder, "Libkonnektor.csproj"), project, "show: %(None.Pack)|%(None.FullPath)|%(None.PackagePath)") {
		parts := strings.Split(line, "|")
		require.Len(t, parts, 3)
		require.Equal(t, "true", parts[0])
		for _, to := range strings.Split(parts[2], ";") {
			copyFile(t, parts[1], filepath.Join(out, to))
		}
	}
	return out
}

func TestNuGetPackage(t *testing.T) {
	folder := nugetPackage(t)
	for _, file := range []string{"runtimes/win-x64/native/konnektor.dll", "runtimes/win-x86/native/konnektor.dll", "runtimes/linux-x64/native/libkonnektor.so",
		"build/Libkonnektor.targets", "buildTransitive/Libkonnektor.targets"} {
		require.FileExists(t, filepath.Join(folder, file))
	}
	imports := oldProject + `<Import Project="` + filepath.Join(folder, "build", "Libkonnektor.targets") + `" /></Project>`
	text := "show: %(None.FullPath)|%(None.Link)|%(None.CopyToOutputDirectory)"
	framework := evaluate(t, filepath.Join(t.TempDir(), "a.csproj"), imports, text, "/property:TargetFrameworkIdentifier=.NETFramework")
	require.Len(t, framework, 2)
	native := read(t, "cabi", "dotnet", "Libkonnektor", "Native.cs")
	require.Contains(t, native, `Path.Combine("runtimes", rid, "native")`)
	for i, rid := range []string{"win-x64", "win-x86"} {
		parts := strings.Split(framework[i], "|")
		require.FileExists(t, parts[0])
		require.Equal(t, []string{"runtimes/" + rid + "/native/konnektor.dll", "PreserveNewest"}, parts[1:])
		require.Contains(t, native, `"`+rid+`"`)
	}
	other := evaluate(t, filepath.Join(t.TempDir(), "b.csproj"), imports, text, "/property:TargetFrameworkIdentifier=.NETCoreApp")
	require.Equal(t, []string{"||"}, other, ".NET finds the libraries by itself")
}

// Debian has no compiler for Visual Basic: of the snippet in README.md it is
// known only that everything it names is public in the binding.
func TestVisualBasicSnippet(t *testing.T) {
	snippet := regexp.MustCompile("(?s)```vb\n(.*?)```").FindStringSubmatch(read(t, "cabi", "README.md"))
	require.NotNil(t, snippet)
	var binding strings.Builder
	for _, source := range sources(t) {
		binding.WriteString(fileText(t, source))
	}
	framework := []string{"File", "ReadAllText", "Console", "WriteLine"}
	names := regexp.MustCompile(`\.(\w+)|\b(Konnektor\w+|ErrorKind|File|Console)\b`).FindAllStringSubmatch(snippet[1], -1)
	require.Greater(t, len(names), 10)
	for _, m := range names {
		if name := m[1] + m[2]; !slices.Contains(framework, name) && name != "json" {
			require.Regexp(t, `public [^;{=]*\b`+name+`\b`, binding.String())
		}
	}
}

// The project takes every source by the SDK's rule: all below its folder. The
// language version is the one that mcs compiles with here.
func TestDotnetProject(t *testing.T) {
	var project struct {
		Sdk            string                                                                                `xml:"Sdk,attr"`
		PropertyGroups []struct{ TargetFramework, LangVersion, PackageId, EnableDefaultCompileItems string } `xml:"PropertyGroup"`
		ItemGroups     []struct{ Compile []struct{} }                                                        `xml:"ItemGroup"`
	}
	require.NoError(t, xml.Unmarshal([]byte(read(t, "cabi", "dotnet", "Libkonnektor", "Libkonnektor.csproj")), &project))
	require.Equal(t, "Microsoft.NET.Sdk", project.Sdk)
	require.Len(t, project.PropertyGroups, 1)
	p := project.PropertyGroups[0]
	require.Equal(t, []string{"netstandard2.0", "7.0", "Libkonnektor", ""}, []string{p.TargetFramework, p.LangVersion, p.PackageId, p.EnableDefaultCompileItems})
	for _, g := range project.ItemGroups {
		require.Empty(t, g.Compile)
	}
	deeper, err := filepath.Glob(filepath.Join(root, "cabi", "dotnet", "Libkonnektor", "*", "*.cs"))
	require.NoError(t, err)
	require.Empty(t, deeper)
	require.GreaterOrEqual(t, len(sources(t)), 5)
}
