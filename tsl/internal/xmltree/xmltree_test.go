package xmltree_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/libkonnektor/libkonnektor/tsl/internal/xmltree"
	"github.com/stretchr/testify/require"
)

// canonical is the canonical form of a document.
func canonical(doc []byte) ([]byte, *xmltree.Element, error) {
	var out bytes.Buffer
	root, err := xmltree.Parse(doc, func(e *xmltree.Element) (io.Writer, bool) { return &out, e.Parent == nil })
	return out.Bytes(), root, err
}

// documents are well-formed and of the kind that is read.
var documents = []string{
	`<a/>`,
	`<?xml version="1.0" encoding="utf-8" standalone='yes' ?><a></a>`,
	"<a>\r\n<b c='1'\tb = \"2\"\n/>\r</a>\n\n",
	`<a>x<!-- c -->y<b/><!----></a><!-- end -->`,
	`<a><![CDATA[<&>]]>]]&gt;<![CDATA[]]></a>`,
	`<a>&#x41;&#66;&amp;&lt;&gt;&quot;&apos;&#xD;&#xA;&#9;&#x1F600;</a>`,
	"<a b='&#xD;&#xA;&#9;&amp;&lt;&gt;&quot;&apos;\t\n>'/>",
	`<a xmlns="urn:a"><b xmlns=""><c xmlns="urn:a"/></b><b/></a>`,
	`<a xmlns="urn:a" xmlns:b="urn:b" xmlns:c="urn:c"><c:d b:x="1" c:a="2" a="3"/><e/></a>`,
	`<p:a xmlns:p="urn:1"><p:b xmlns:p="urn:2"><p:c/></p:b><p:b/><q:b xmlns:q="urn:1"/></p:a>`,
	`<a xmlns:z="urn:z" xmlns:y="urn:y"><z:b y:k="1"><z:c y:k="2"/></z:b><y:b/></a>`,
	`<a xmlns:x="urn:1" xmlns:y="urn:1" x:b="1"><y:c y:b="2"/></a>`,
	`<a xml:lang="de" xml:space="preserve"><b xml:lang="en"/></a>`,
	`<ä ö="ü">ß€😀</ä>`,
	"\xEF\xBB\xBF<a>\u0085\u2028\uFFFD</a>",
	`<a-b.c_d1 e-f.g="1"/>`,
	`<a xmlns:b="urn:b" b:c="1" c="2"></a >`,
	`<a xmlns:xml="http://www.w3.org/XML/1998/namespace" xml:lang="x"/>`,
	`<a Id="1"><b Id="2" id="3"/></a>`,
	`<n:a xmlns:n="urn:n" xmlns="urn:d"><b><n:c><d xmlns="urn:e"/></n:c></b></n:a>`,
}

func TestCanonicalFormBeforeXmllint(t *testing.T) {
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint not found")
	}
	for i, doc := range append(documents, realLists(t)...) {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			ours, _, err := canonical([]byte(doc))
			require.NoError(t, err)
			file := filepath.Join(t.TempDir(), "doc.xml")
			require.NoError(t, os.WriteFile(file, []byte(withoutComments(doc)), 0o600))
			theirs, err := exec.Command(xmllint, "--exc-c14n", file).Output()
			require.NoError(t, err)
			require.Equal(t, string(theirs), string(ours))
		})
	}
}

// withoutComments is for xmllint, which canonicalizes with comments.
func withoutComments(doc string) string {
	for {
		before, rest, found := strings.Cut(doc, "<!--")
		if !found {
			return doc
		}
		_, after, _ := strings.Cut(rest, "-->")
		doc = before + after
	}
}

func realLists(t testing.TB) (lists []string) {
	files, _ := filepath.Glob(filepath.Join("..", "..", "..", "..", "shared", "testdata", "tsl", "*.xml"))
	for _, f := range files {
		data, err := os.ReadFile(f)
		require.NoError(t, err)
		lists = append(lists, string(data))
	}
	return lists
}

// TestSubtrees writes every element of a document as an apex of its own, and a
// document without one of its subtrees.
func TestSubtrees(t *testing.T) {
	const doc = `<a xmlns="urn:a" xmlns:p="urn:p" xmlns:u="urn:u"><b p:x="1"><p:c>t</p:c><d xmlns=""><p:e/></d></b></a>`
	want := map[string]string{
		"b": `<b xmlns="urn:a" xmlns:p="urn:p" p:x="1"></b>`,
		"c": `<p:c xmlns:p="urn:p">t</p:c>`,
		"d": `<d></d>`,
		"e": `<p:e xmlns:p="urn:p"></p:e>`,
		"a": `<a xmlns="urn:a"></a>`,
	}
	got := map[string]*bytes.Buffer{}
	_, err := xmltree.Parse([]byte(doc), func(e *xmltree.Element) (io.Writer, bool) {
		got[e.Name] = &bytes.Buffer{}
		return got[e.Name], true
	})
	require.NoError(t, err)
	for name, text := range want {
		require.Equal(t, text, got[name].String())
	}

	var kept bytes.Buffer
	_, err = xmltree.Parse([]byte(doc), func(e *xmltree.Element) (io.Writer, bool) {
		if e.Name == "d" {
			return nil, true
		}
		return &kept, e.Parent == nil
	})
	require.NoError(t, err)
	require.Equal(t, `<a xmlns="urn:a"><b xmlns:p="urn:p" p:x="1"><p:c>t</p:c></b></a>`, kept.String())
}

func TestTree(t *testing.T) {
	_, root, err := canonical([]byte(`<a xmlns="urn:a" x="1">t<b y="2">&amp;<c/>&lt;</b>u<c xmlns="urn:c"/><b/></a>`))
	require.NoError(t, err)
	require.True(t, root.Is("urn:a", "a"))
	require.Equal(t, "tu", string(root.Text()))
	b := root.First()
	require.Same(t, root, b.Parent)
	require.Equal(t, "&<", string(b.Text()))
	require.Equal(t, "c", b.Next().Name)
	require.Nil(t, root.Child("c"), "it is in another namespace")
	require.Same(t, b, root.Child("b"))
	require.Nil(t, root.Last().Next())
	v, ok := b.Attr("y")
	require.True(t, ok)
	require.Equal(t, "2", v)
	_, ok = b.Attr("x")
	require.False(t, ok)
	require.False(t, root.Blank())
	require.True(t, root.Last().Blank())
	var names []string
	for c := range root.Children {
		names = append(names, c.Name)
	}
	require.Equal(t, []string{"b", "c", "b"}, names)
	for range root.Children {
		break
	}
}

// refused are documents with what they are refused for, nil for a mistake of
// syntax.
var refused = map[string]error{
	"": nil, " ": nil, "x": nil, "<": nil, "<a": nil, "<a>": nil, "<a/": nil, "<a></b>": nil, "</a>": nil, "<a/><b/>": nil, "<a/>x": nil,
	"x<a/>": nil, "<a><b></a></b>": nil, "<a></a": nil, "<a></a b>": nil, "<1/>": nil, "<a:/>": nil, "<:a/>": nil, "<a:b:c/>": nil, "<-a/>": nil,
	"<a b/>": nil, "<a b=/>": nil, "<a b=c/>": nil, "<a b='/>": nil, "<a b='1'c='2'/>": nil, "<a b='<'/>": nil, "<a b='1' b='2'/>": nil,
	"<a:b/>": nil, "<a b:c='1'/>": nil, "<a xmlns:b='' />": nil, "<a xmlns:xmlns='urn:x'/>": nil, "<xmlns:a/>": nil, "<a xmlns:xml='urn:x'/>": nil,
	"<a xmlns='http://www.w3.org/XML/1998/namespace'/>": nil, "<a xmlns:b='http://www.w3.org/2000/xmlns/'/>": nil, "<a xmlns='relative'/>": nil,
	"<a xmlns:b='urn:b' xmlns:b='urn:c'/>": nil, "<a xmlns:b='urn:x' xmlns:c='urn:x' b:d='1' c:d='2'/>": nil, "<a xmlns:1='urn:x'/>": nil,
	"<a>&</a>": nil, "<a>&;</a>": nil, "<a>&#;</a>": nil, "<a>&#x;</a>": nil, "<a>&#0;</a>": nil, "<a>&#xD800;</a>": nil, "<a>&#xFFFE;</a>": nil,
	"<a>&#x110000;</a>": nil, "<a>&#+9;</a>": nil, "<a>&#x+9;</a>": nil, "<a>&amp</a>": nil, "<a>&amp amp;</a>": nil,
	"<a>\x00</a>": nil, "<a>\x0b</a>": nil, "<a>\uFFFE</a>": nil, "<a>\uFFFF</a>": nil, "<a>\xff</a>": nil, "<a>\xed\xa0\x80</a>": nil,
	"<a b='\x01'/>": nil, "<a>]]></a>": nil, "<a><!-- -- --></a>": nil, "<a><!-- --->": nil, "<a><!--": nil, "<a><!-- \x01 --></a>": nil, "<a><!-- \uFFFF --></a>": nil,
	"<![CDATA[x]]><a/>": nil, "<a><![CDATA[x</a>": nil, "<a><![CDATA[\x01]]></a>": nil, "<a><![CDATA[\uFFFE]]></a>": nil, "<a><!x></a>": nil,
	"<?xml version='1.1'?><a/>": nil, "<?xml?><a/>": nil, "<?xml encoding='UTF-8'?><a/>": nil, "<?xml version='1.0' encoding='UTF-16'?><a/>": nil,
	"<?xml version='1.0' standalone='yes' encoding='UTF-8'?><a/>": nil, "<?xml version='1.0' standalone='x'?><a/>": nil, "<?xml version='1.0'": nil,
	"<?xml version='1.0' version='1.0'?><a/>": nil, "<?xml version='1.0' e='UTF-8'?><a/>": nil, "<?xml version='1.0'>x?><a/>": nil,
	" <?xml version='1.0'?><a/>": xmltree.ErrInstruction, "<?x?><a/>": xmltree.ErrInstruction, "<a><?x?></a>": xmltree.ErrInstruction, "<a/><?x?>": xmltree.ErrInstruction,
	"<?xml-stylesheet href='x'?><a/>": xmltree.ErrInstruction,
	"<!DOCTYPE a><a/>":                xmltree.ErrDoctype, "<a><!DOCTYPE a></a>": xmltree.ErrDoctype,
	"<a>&nbsp;</a>": xmltree.ErrEntity, "<a b='&x;'/>": xmltree.ErrEntity,
	"<a Id='1'><b Id='1'/></a>": xmltree.ErrDuplicateID, "<a Id='1' id='1'/>": xmltree.ErrDuplicateID, "<a xml:id='1' ID='1'/>": xmltree.ErrDuplicateID,
	strings.Repeat("<a>", 65) + strings.Repeat("</a>", 65):    xmltree.ErrLimit,
	"<a " + strings.Repeat("b='' ", 33) + "/>":                xmltree.ErrLimit,
	"<" + strings.Repeat("a", 300) + "/>":                     xmltree.ErrLimit,
	"<a>" + strings.Repeat("<b c='' d=''/>", 70_000) + "</a>": xmltree.ErrLimit,
}

func TestRefused(t *testing.T) {
	for doc, want := range refused {
		_, root, err := canonical([]byte(doc))
		require.Nil(t, root, "%.80q", doc)
		var syntax *xmltree.SyntaxError
		require.True(t, errors.As(err, &syntax), "%.80q: %v", doc, err)
		require.LessOrEqual(t, syntax.Offset, len(doc))
		if want != nil {
			require.ErrorIs(t, err, want, "%.80q", doc)
		}
	}
}

// TestRefusedBeforeXmllint has what xmllint says: it refuses whatever we refuse
// as a mistake of syntax, apart from what canonicalization refuses.
func TestRefusedBeforeXmllint(t *testing.T) {
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint not found")
	}
	ours := map[string]bool{"<a xmlns='relative'/>": true, "<?xml version='1.1'?><a/>": true}
	for doc, want := range refused {
		if want != nil || ours[doc] {
			continue
		}
		file := filepath.Join(t.TempDir(), "doc.xml")
		require.NoError(t, os.WriteFile(file, []byte(doc), 0o600))
		out, err := exec.Command(xmllint, "--nonet", "--noout", file).CombinedOutput()
		require.True(t, err != nil || len(out) > 0, "xmllint accepts %q", doc)
	}
}

// FuzzParse checks that a canonical form is its own, and that both documents
// say the same.
func FuzzParse(f *testing.F) {
	for _, doc := range documents {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		first, root, err := canonical(doc)
		if err != nil {
			return
		}
		second, again, err := canonical(first)
		require.NoError(t, err, "%q", first)
		require.Equal(t, string(first), string(second))
		same(t, root, again)
	})
}

func same(t *testing.T, a, b *xmltree.Element) {
	require.True(t, a.Is(b.Space, b.Name))
	require.Equal(t, string(a.Text()), string(b.Text()))
	require.Len(t, b.Attrs, len(a.Attrs))
	for i := range a.Attrs {
		v, found := "", false
		for j := range b.Attrs {
			if b.Attrs[j].Name == a.Attrs[i].Name && b.Attrs[j].Space == a.Attrs[i].Space {
				v, found = b.Attrs[j].Value, true
			}
		}
		require.True(t, found)
		require.Equal(t, a.Attrs[i].Value, v)
	}
	x, y := a.First(), b.First()
	for x != nil && y != nil {
		same(t, x, y)
		x, y = x.Next(), y.Next()
	}
	require.True(t, x == nil && y == nil)
}

func BenchmarkParse(b *testing.B) {
	lists := realLists(b)
	if len(lists) == 0 {
		b.Skip("real trust lists not found in ../shared/testdata/tsl")
	}
	doc := []byte(lists[1])
	b.Run("canonical", func(b *testing.B) {
		b.SetBytes(int64(len(doc)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := xmltree.Parse(doc, func(e *xmltree.Element) (io.Writer, bool) { return io.Discard, e.Parent == nil }); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-xml tokens alone", func(b *testing.B) {
		b.SetBytes(int64(len(doc)))
		b.ReportAllocs()
		for b.Loop() {
			d := xml.NewDecoder(bytes.NewReader(doc))
			for {
				if _, err := d.RawToken(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}
