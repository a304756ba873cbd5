package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/schematest"
)

const moduleRoot = "../../.."

// TestUpToDate fails when make generate would change a file.
func TestUpToDate(t *testing.T) {
	files, err := generateAll(schematest.Dir(t))
	require.NoError(t, err)
	for path, want := range files {
		got, err := os.ReadFile(filepath.Join(moduleRoot, path))
		require.NoError(t, err, "run make generate")
		require.Equal(t, string(want), string(got), "%s is not up to date: run make generate", path)
	}
	stale, err := staleFiles(moduleRoot, files)
	require.NoError(t, err)
	require.Empty(t, stale, "generated no more: run make generate")
}

func TestGenerationIsDeterministic(t *testing.T) {
	dir := schematest.Dir(t)
	first, err := generateAll(dir)
	require.NoError(t, err)
	second, err := generateAll(dir)
	require.NoError(t, err)
	require.Equal(t, first, second)
}

// TestEveryOperationHasGoldenMessages compares the WSDLs with the messages that
// the tests of the generated packages read and write.
func TestEveryOperationHasGoldenMessages(t *testing.T) {
	dir := schematest.Dir(t)
	total := 0
	for _, target := range targets {
		for _, file := range target.wsdls {
			ops, err := readWSDL(dir, file)
			require.NoError(t, err)
			for _, op := range ops {
				total++
				folder := filepath.Join(moduleRoot, target.dir, "testdata")
				if target.dir == "konnektor/internal/ws" {
					folder = filepath.Join(folder, op.service+"-"+op.version)
				}
				require.Equal(t, op.request, rootOf(t, filepath.Join(folder, op.name+".request.golden.xml")))
				require.Equal(t, op.response, rootOf(t, filepath.Join(folder, op.name+".answer.xml")))
			}
		}
	}
	require.Equal(t, 45, total)
}

func rootOf(t *testing.T, file string) name {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	d := xml.NewDecoder(f)
	for {
		token, err := d.Token()
		require.NoError(t, err)
		if start, ok := token.(xml.StartElement); ok {
			return name{start.Name.Space, start.Name.Local}
		}
	}
}

// TestNewestFiles checks that of several files of one namespace the newest is
// read, whatever a WSDL imports, and that variants are merged.
func TestNewestFiles(t *testing.T) {
	lib, err := readLibrary(schematest.Dir(t))
	require.NoError(t, err)
	for space, want := range map[string]string{
		"http://ws.gematik.de/conn/CardService/v8.1":        "[conn/CardService_v8_1_3.xsd] 8.1.3",
		"http://ws.gematik.de/conn/CertificateService/v6.0": "[conn/CertificateService_v6_0_2.xsd] 6.0.2",
		"http://ws.gematik.de/conn/EncryptionService/v6.1":  "[conn/EncryptionService_v6_1_2.xsd] 6.1.2",
		"http://ws.gematik.de/conn/SignatureService/v7.4":   "[conn/SignatureService_V7_4_4.xsd] 7.4.4",
		"http://ws.gematik.de/conn/SignatureService/v7.5":   "[conn/SignatureService_V7_5_6.xsd] 7.5.6",
		pnw: "[fa/vsds/Pruefungsnachweis.xsd fa/vsds/Pruefungsnachweis_PKV.xsd] 1.0.0",
	} {
		require.Equal(t, want, fmt.Sprint(lib[space].files, " ", lib[space].version), space)
	}
}

func TestCompareVersionsAsNumbers(t *testing.T) {
	require.Negative(t, compareVersions("8.1.9", "8.1.10"))
	require.Positive(t, compareVersions("8.1.1", "8.1"))
	require.Zero(t, compareVersions("1.0.0", "1.0.0"))
	require.Negative(t, compareVersions("", "0.1"))
}

func TestGoNames(t *testing.T) {
	for local, want := range map[string]string{
		"CtId": "CtID", "mandant-wide": "MandantWide", "VSD_Status": "VSDStatus", "IS_PHYSICAL": "IsPhysical",
		"CDM_VERSION": "CDMVersion", "KTR_TYP": "KTRTyp", "Iccsn": "ICCSN", "Kvnr": "KVNR", "SubscriptionID": "SubscriptionID",
		"subject_commonName": "SubjectCommonName", "Base64XML": "Base64XML", "XslStylesheet": "XSLStylesheet", "EventTo": "EventTo",
		"UC_PersoenlicheVersichertendatenXML": "UCPersoenlicheVersichertendatenXML", "Versicherten_ID": "VersichertenID", "E": "E",
	} {
		require.Equal(t, want, goName(local), local)
	}
}

func TestConstantNames(t *testing.T) {
	for _, c := range [][3]string{
		{"CardTypeType", "HBA-qSig", "CardTypeHBAQSig"},
		{"CardTypeType", "ZOD_2.0", "CardTypeZOD20"},
		{"PinResultEnum", "TRANSPORT_PIN", "PinResultTransportPIN"},
		{"EncryptionType", "urn:ietf:rfc:5652", "EncryptionRFC5652"},
		{"EncryptionType", "http://www.w3.org/TR/xmlenc-core/", "EncryptionXmlencCore"},
		{"ElementType", "http://www.w3.org/2001/04/xmlenc#Element", "ElementElement"},
		{"SignatureSchemes", "RSASSA-PKCS1-v1_5", "SignatureSchemesRSASSAPKCS1V15"},
	} {
		require.Equal(t, c[2], constantName(c[0], c[1]))
	}
}

func TestPackageNames(t *testing.T) {
	for space, want := range map[string]string{
		"http://ws.gematik.de/conn/CardService/v8.1": "cardservice81",
		pkv: "vsdpkv10",
		ds:  "xmldsig",
	} {
		got, err := packageName(space)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, space := range []string{"", "urn:x", "http://example.org/no-version", "http://example.org/a-b/v1"} {
		_, err := packageName(space)
		require.Error(t, err, space)
	}
}

func TestPatterns(t *testing.T) {
	for xsd, want := range map[string]string{
		`cetp://.*`:           `cetp://[^\n\r]*`,
		`[A-Z]-[0-9]`:         `[A-Z]-[0-9]`,
		`\d{1,3}\.[.]`:        `\d{1,3}\.[.]`,
		`[a-zA-Z 0-9_.\-ä]*`:  `[a-zA-Z 0-9_.\-ä]*`,
		`([0-9])*|[A-F]{2,3}`: `([0-9])*|[A-F]{2,3}`,
	} {
		got, err := goPattern(xsd)
		require.NoError(t, err, xsd)
		require.Equal(t, want, got)
	}
	for _, xsd := range []string{`[a-z-[aeiou]]`, `\i\c*`, `\p{L}`, `^a`, `a$`, `a\`} {
		_, err := goPattern(xsd)
		require.Error(t, err, xsd)
	}
}

func TestCharsets(t *testing.T) {
	for text, wantErr := range map[string]bool{
		`<?xml version="1.0" encoding="US-ASCII"?><schema xmlns="` + xsdSpace + `"/>`:       false,
		`<?xml version="1.0" encoding="us-ascii"?><schema xmlns="` + xsdSpace + `" a="ä"/>`: true,
		`<?xml version="1.0" encoding="EBCDIC"?><schema xmlns="` + xsdSpace + `"/>`:         true,
	} {
		_, err := readSchema(write(t, text), "a.xsd")
		require.Equal(t, wantErr, err != nil, text)
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.xsd"), []byte(text), 0o600))
	return dir
}

// modelOf builds the model of an element R with this content.
func modelOf(t *testing.T, content string) (*typ, error) {
	t.Helper()
	const space = "http://example.org/Test/v1.0"
	text := `<schema xmlns="` + xsdSpace + `" xmlns:t="` + space + `" targetNamespace="` + space + `" elementFormDefault="qualified">` + content + `</schema>`
	lib, err := readLibrary(write(t, text))
	require.NoError(t, err)
	m, err := newModel(lib, target{roots: []name{{space, "R"}}}, "")
	if err != nil {
		return nil, err
	}
	return m.roots[space][0].typ, nil
}

// TestUnknownConstructs checks that nothing of XML Schema is left out in
// silence.
func TestUnknownConstructs(t *testing.T) {
	complex := func(s string) string { return `<element name="R"><complexType>` + s + `</complexType></element>` }
	cases := map[string]string{
		"no such element":       ``,
		"no complex type":       `<element name="R" type="string"/>`,
		"no such type":          `<element name="R" type="t:Nothing"/>`,
		"prefix not declared":   `<element name="R" type="x:Nothing"/>`,
		"built-in type":         complex(`<sequence><element name="A" type="hexBinary"/></sequence>`),
		"group":                 complex(`<group ref="t:G"/>`),
		"any attribute":         complex(`<anyAttribute/>`),
		"list":                  complex(`<sequence><element name="A"><simpleType><list itemType="string"/></simpleType></element></sequence>`),
		"union":                 complex(`<sequence><element name="A"><simpleType><union memberTypes="string"/></simpleType></element></sequence>`),
		"restriction":           complex(`<complexContent><restriction base="t:B"/></complexContent>`),
		"facet":                 complex(`<sequence><element name="A"><simpleType><restriction base="string"><whiteSpace value="collapse"/></restriction></simpleType></element></sequence>`),
		"facet without number":  complex(`<sequence><element name="A"><simpleType><restriction base="string"><maxLength value="many"/></restriction></simpleType></element></sequence>`),
		"sequence in choice":    complex(`<choice><sequence><element name="A" type="string"/><element name="B" type="string"/></sequence></choice>`),
		"choice in choice":      complex(`<choice><choice><element name="A" type="string"/></choice></choice>`),
		"repeated sequence":     complex(`<sequence maxOccurs="unbounded"><element name="A" type="string"/><element name="B" type="string"/></sequence>`),
		"element twice":         complex(`<sequence><element name="A" type="string"/><element name="A" type="string"/></sequence>`),
		"attribute without":     complex(`<attribute name="a"/>`),
		"attribute reference":   complex(`<attribute ref="t:a"/>`),
		"bad maxOccurs":         complex(`<sequence><element name="A" type="string" maxOccurs="0"/></sequence>`),
		"bad minOccurs":         complex(`<sequence><element name="A" type="string" minOccurs="x"/></sequence>`),
		"extension of complex":  `<complexType name="B"/>` + complex(`<simpleContent><extension base="t:B"/></simpleContent>`),
		"unknown in complex":    complex(`<assert/>`),
		"unknown extension":     complex(`<complexContent><extension base="t:Nothing"/></complexContent>`),
		"unknown simple base":   complex(`<sequence><element name="A"><simpleType><restriction base="t:Nothing"/></simpleType></element></sequence>`),
		"reference to nothing":  complex(`<sequence><element ref="t:Nothing"/></sequence>`),
		"two types of one name": `<complexType name="A-B"><sequence/></complexType><complexType name="A_B"><sequence/></complexType>` + complex(`<sequence><element name="X" type="t:A-B"/><element name="Y" type="t:A_B"/></sequence>`),
	}
	for name, content := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := modelOf(t, content)
			require.Error(t, err)
		})
	}
}

// TestModel checks occurrence, order and choice, where gowsdl loses them.
func TestModel(t *testing.T) {
	typ, err := modelOf(t, `<element name="R"><complexType><sequence>
		<element name="A" type="boolean"/>
		<choice><element name="B" type="string"/><element name="C" type="dateTime" maxOccurs="unbounded"/></choice>
		<element name="D" minOccurs="0" maxOccurs="7"><simpleType><restriction base="string"><enumeration value="x"/></restriction></simpleType></element>
		<sequence minOccurs="0"><element name="E" type="base64Binary"/><any/></sequence>
		</sequence><attribute name="a-b" type="boolean" use="required"/></complexType></element>`)
	require.NoError(t, err)
	e := &emitter{m: &model{}, space: typ.space, imports: map[string]bool{}}
	var got []string
	for _, f := range append(typ.attrs, typ.fields...) {
		got = append(got, fmt.Sprintf("%s %s %d %d %t", f.goName, e.fieldType(f), f.min, f.max, f.choice != nil))
	}
	require.Equal(t, []string{
		"AB bool 0 1 false", "A bool 1 1 false", "B *string 0 1 true", "C []wire.DateTime 0 0 true",
		"D []D 0 7 false", "E []byte 0 1 false", "Any []wire.RawXML 0 0 false",
	}, got)
	require.Len(t, typ.choices, 1)
	require.False(t, typ.choices[0].optional)
}

func TestVariantsMustAgree(t *testing.T) {
	schema := func(content string) string {
		return `<schema xmlns="` + xsdSpace + `" targetNamespace="urn:x" version="1.0">` + content + `</schema>`
	}
	one := schema(`<element name="R"><complexType><sequence><element name="A"/></sequence></complexType></element>`)
	cases := map[string]string{
		"other content": schema(`<element name="R"><complexType><sequence><element name="B"/></sequence></complexType></element>`),
		"other element": schema(`<element name="S"/>`),
		"no content":    schema(`<element name="R"/>`),
	}
	for name, other := range cases {
		t.Run(name, func(t *testing.T) {
			dir := write(t, one)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "b.xsd"), []byte(other), 0o600))
			_, err := readLibrary(dir)
			require.ErrorContains(t, err, "a.xsd and b.xsd")
		})
	}
}

func TestMissingSchemas(t *testing.T) {
	t.Setenv("GEMATIK_API_DIR", t.TempDir())
	err := run(t.TempDir())
	require.ErrorContains(t, err, "GEMATIK_API_DIR")
	require.ErrorIs(t, err, os.ErrNotExist)
}

// TestRunRemovesStaleFiles runs the generator on a module of its own.
func TestRunRemovesStaleFiles(t *testing.T) {
	t.Setenv("GEMATIK_API_DIR", schematest.Dir(t))
	root := t.TempDir()
	stale := filepath.Join(root, "konnektor/internal/ws/old10/old10.go")
	kept := filepath.Join(root, "konnektor/internal/ws/doc.go")
	require.NoError(t, os.MkdirAll(filepath.Dir(stale), 0o755))
	require.NoError(t, os.WriteFile(stale, nil, 0o600))
	require.NoError(t, os.WriteFile(kept, nil, 0o600))
	require.NoError(t, run(root))
	require.NoFileExists(t, stale)
	require.FileExists(t, kept)
	require.FileExists(t, filepath.Join(root, "vsdm/internal/ws/vsdservice52/vsdservice52.go"))
}

func TestBadWSDLs(t *testing.T) {
	good, err := os.ReadFile(filepath.Join(schematest.Dir(t), "conn/vsds/VSDService.wsdl"))
	require.NoError(t, err)
	cases := map[string][2]string{
		"no XML":              {"</definitions>", ""},
		"no version":          {"VSDService/v5.2\"", "VSDService\""},
		"no SOAPAction":       {`soapAction="http://ws.gematik.de/conn/vsds/VSDService/v6.0#ReadVSD"`, ""},
		"encoded":             {`use="literal"`, `use="encoded"`},
		"no such message":     {`<message name="ReadVSD`, `<message name="Other`},
		"unknown prefix":      {`element="VSD:`, `element="X:`},
		"no element":          {`element="VSD:ReadVSD"`, `type="VSD:ReadVSD"`},
		"other port type":     {`<portType`, `<other`},
		"operation not there": {`<operation name="ReadVSD">`, `<operation name="Other">`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, string(good), c[0])
			n := -1
			if name == "operation not there" {
				n = 1
			}
			dir := t.TempDir()
			bad := strings.Replace(string(good), c[0], c[1], n)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "a.wsdl"), []byte(bad), 0o600))
			_, err := readWSDL(dir, "a.wsdl")
			require.Error(t, err)
			require.False(t, errors.Is(err, io.EOF))
		})
	}
	_, err = readWSDL(t.TempDir(), "a.wsdl")
	require.ErrorIs(t, err, os.ErrNotExist)
}
