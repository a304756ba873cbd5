package wire

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// wellFormed are documents that both readers accept alike.
var wellFormed = []string{
	`<a/>`,
	`<a />`,
	`<a></a >`,
	"\n<a\n>\r\n</a\t>\n",
	`<?note?><!-- before --><a/><!-- after --><?note more?>`,
	`<a>text<b/>more<!-- c --> and <?p?>more</a>`,
	`<a><![CDATA[<&]]>]]&gt;<![CDATA[]]></a>`,
	"<a><![CDATA[1\r\n2\r3\n]]>\r\n4\r5</a>",
	`<a>&lt;&gt;&amp;&apos;&quot;&#65;&#x41;&#x10FFFF;&#xD;&#10;</a>`,
	`<a>] ]] ]>x</a>`,
	`<a b="1" c='2"' d="'&quot;&lt;&#x9;&gt;]]&gt;"/>`,
	"<a b=\"1\t2\n3\r\n4\r5\"/>",
	`<a b = '1'	c="2"></a>`,
	`<p:a xmlns:p="urn:1"><p:b xmlns:p="urn:2" p:c="x" c="y"/><p:b/></p:a>`,
	`<a xmlns="urn:1"><b xmlns=""><c/></b><d/></a>`,
	`<a xmlns="urn:1" b="no namespace"/>`,
	`<a xml:lang="de" xml:space="preserve"/>`,
	`<a xmlns:xml="http://www.w3.org/XML/1998/namespace" xml:lang="de"/>`,
	`<x:a xmlns:x="urn:&amp;&#x41;" xmlns="urn:b"><x:b/></x:a>`,
	`<a xmlns:p="urn:1" xmlns:q="urn:2" p:b="1" q:b="2" b="3"/>`,
	`<Größe maß="ä">ß€𝄞</Größe>`,
	`<_a-b.c9 _d="1"/>`,
	"<a>\u0085\u2028\ufffd\u007f</a>",
	`<a><b><c><d>deep</d></c></b></a>`,
	`<ns1.x:a xmlns:ns1.x="u"/>`,
}

func TestWellFormedDocuments(t *testing.T) {
	for _, doc := range wellFormed {
		got, err := readTree([]byte(doc))
		require.NoError(t, err, doc)
		want, err := oracleTree([]byte(doc))
		require.NoError(t, err, doc)
		require.Equal(t, want, got, doc)
	}
}

// malformed are documents that the Reader refuses, with the error.
var malformed = []struct {
	name string
	doc  string
	want error
}{
	{"nothing", "", ErrSyntax},
	{"white space only", " \n ", ErrSyntax},
	{"comment only", "<!-- a -->", ErrSyntax},
	{"text only", "hello", ErrSyntax},
	{"text before the root", "x<a/>", ErrSyntax},
	{"name before the root", "xa></a>", ErrSyntax},
	{"text after the root", "<a/>x", ErrSyntax},
	{"second root", "<a/><b/>", ErrSyntax},
	{"CDATA outside the root", "<![CDATA[x]]><a/>", ErrForbidden},
	{"CDATA after the root", "<a/><![CDATA[x]]>", ErrForbidden},
	{"no end", "<a>", ErrSyntax},
	{"no end of a child", "<a><b></a>", ErrSyntax},
	{"end of another element", "<a></b>", ErrSyntax},
	{"end with a longer name", "<a></ab>", ErrSyntax},
	{"end with a shorter name", "<ab></a>", ErrSyntax},
	{"end with another prefix", `<p:a xmlns:p="u" xmlns:q="u"></q:a>`, ErrSyntax},
	{"end only", "</a>", ErrSyntax},
	{"end with attribute", `<a></a b="1">`, ErrSyntax},
	{"cut after <", "<", ErrSyntax},
	{"cut in a name", "<a", ErrSyntax},
	{"cut in a tag", "<a ", ErrSyntax},
	{"cut in an attribute", "<a b", ErrSyntax},
	{"cut after =", "<a b=", ErrSyntax},
	{"cut in a value", `<a b="`, ErrSyntax},
	{"cut before >", `<a/`, ErrSyntax},
	{"cut in an end tag", `<a></a`, ErrSyntax},
	{"space after <", "< a/>", ErrSyntax},
	{"space in />", "<a/ >", ErrSyntax},
	{"name begins with a digit", "<1a/>", ErrSyntax},
	{"name begins with a dash", "<-a/>", ErrSyntax},
	{"name begins with a dot", "<.a/>", ErrSyntax},
	{"name with a forbidden character", "<a\u00d7/>", ErrSyntax},
	{"name with a combining character first", "<\u0300a/>", ErrSyntax},
	{"name is no UTF-8", "<a\xff/>", ErrSyntax},
	{"empty prefix", "<:a/>", ErrSyntax},
	{"empty local name", `<p: xmlns:p="u"/>`, ErrSyntax},
	{"two colons", `<p:a:b xmlns:p="u"/>`, ErrSyntax},
	{"local name begins with a digit", `<p:1 xmlns:p="u"/>`, ErrSyntax},
	{"attribute with two colons", `<a xmlns:p="u" p:b:c=""/>`, ErrSyntax},
	{"attribute without value", "<a b/>", ErrSyntax},
	{"attribute without quotes", "<a b=1/>", ErrSyntax},
	{"attributes without space", `<a b="1"c="2"/>`, ErrSyntax},
	{"< in a value", `<a b="<"/>`, ErrSyntax},
	{"& in a value", `<a b="a & b"/>`, ErrSyntax},
	{"control character in a value", "<a b=\"\x01\"/>", ErrSyntax},
	{"value is no UTF-8", "<a b=\"\xff\"/>", ErrCharset},
	{"attribute twice", `<a b="1" b="2"/>`, ErrSyntax},
	{"attribute twice by namespace", `<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>`, ErrSyntax},
	{"default namespace twice", `<a xmlns="1" xmlns="2"/>`, ErrSyntax},
	{"prefix twice", `<a xmlns:p="1" xmlns:p="2"/>`, ErrSyntax},
	{"prefix not declared", "<p:a/>", ErrSyntax},
	{"prefix out of scope", `<a><b xmlns:p="u"/><p:c/></a>`, ErrSyntax},
	{"prefix of an attribute not declared", `<a p:b="1"/>`, ErrSyntax},
	{"prefix without namespace", `<a xmlns:p=""/>`, ErrSyntax},
	{"prefix xmlns", `<a xmlns:xmlns="u"/>`, ErrSyntax},
	{"prefix xmlns of an element", `<xmlns:a/>`, ErrSyntax},
	{"namespace of xmlns", `<a xmlns:p="http://www.w3.org/2000/xmlns/"/>`, ErrSyntax},
	{"prefix xml declared otherwise", `<a xmlns:xml="u"/>`, ErrSyntax},
	{"namespace of xml with another prefix", `<a xmlns:p="http://www.w3.org/XML/1998/namespace"/>`, ErrSyntax},
	{"namespace of xml as default", `<a xmlns="http://www.w3.org/XML/1998/namespace"/>`, ErrSyntax},
	{"declaration with a bad reference", `<a xmlns="&#0;"/>`, ErrSyntax},
	{"]]> in text", "<a>]]></a>", ErrSyntax},
	{"]]> in text between elements", "<a><b/>]]></a>", ErrSyntax},
	{"& in text", "<a>a & b</a>", ErrSyntax},
	{"& at the end", "<a>&</a>", ErrSyntax},
	{"reference without ;", "<a>&lt</a>", ErrSyntax},
	{"reference without name", "<a>&;</a>", ErrSyntax},
	{"reference too long", "<a>&#00000000000065;</a>", ErrSyntax},
	{"reference without digits", "<a>&#;</a>", ErrSyntax},
	{"hexadecimal reference without digits", "<a>&#x;</a>", ErrSyntax},
	{"reference with sign", "<a>&#+65;</a>", ErrSyntax},
	{"reference in capitals", "<a>&#X41;</a>", ErrSyntax},
	{"reference to nothing", "<a>&#0;</a>", ErrSyntax},
	{"reference to a surrogate", "<a>&#xD800;</a>", ErrSyntax},
	{"reference to no character", "<a>&#xFFFF;</a>", ErrSyntax},
	{"reference beyond Unicode", "<a>&#x110000;</a>", ErrSyntax},
	{"reference beyond 32 bits", "<a>&#4294967361;</a>", ErrSyntax},
	{"unknown entity", "<a>&nbsp;</a>", ErrForbidden},
	{"entity of another case", "<a>&LT;</a>", ErrForbidden},
	{"control character", "<a>\x08</a>", ErrSyntax},
	{"control character between elements", "<a><b/>\x08</a>", ErrSyntax},
	{"character that XML does not know", "<a>\uffff</a>", ErrSyntax},
	{"text is no UTF-8", "<a>\xc3</a>", ErrCharset},
	{"surrogate in UTF-8", "<a>\xed\xa0\x80</a>", ErrCharset},
	{"overlong UTF-8", "<a>\xc0\x80</a>", ErrCharset},
	{"CDATA without end", "<a><![CDATA[x</a>", ErrSyntax},
	{"CDATA with a control character", "<a><![CDATA[\x00]]></a>", ErrSyntax},
	{"CDATA is no UTF-8", "<a><![CDATA[\xff]]></a>", ErrCharset},
	{"CDATA misspelt", "<a><![cdata[x]]></a>", ErrForbidden},
	{"comment without end", "<a><!-- x</a>", ErrSyntax},
	{"comment with --", "<a><!-- a -- b --></a>", ErrSyntax},
	{"comment with --->", "<a><!-- a ---></a>", ErrSyntax},
	{"comment too short", "<a><!--></a>", ErrSyntax},
	{"comment with a control character", "<a><!--\x00--></a>", ErrSyntax},
	{"comment is no UTF-8", "<a><!--\xff--></a>", ErrCharset},
	{"instruction without end", "<a><?x</a>", ErrSyntax},
	{"instruction without name", "<a><? x?></a>", ErrSyntax},
	{"instruction with a colon", "<a><?x:y z?></a>", ErrSyntax},
	{"instruction with a bad name", "<a><?x!?></a>", ErrSyntax},
	{"instruction with a control character", "<a><?x \x00?></a>", ErrSyntax},
	{"declaration inside", `<a><?xml version="1.0"?></a>`, ErrSyntax},
	{"declaration in capitals", `<?XML version="1.0"?><a/>`, ErrSyntax},
	{"declaration after white space", "\n" + `<?xml version="1.0"?><a/>`, ErrSyntax},
	{"DOCTYPE", `<!DOCTYPE a><a/>`, ErrForbidden},
	{"DOCTYPE with entities", `<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>`, ErrForbidden},
	{"DOCTYPE after the declaration", `<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>`, ErrForbidden},
	{"markup declaration inside", `<a><!ELEMENT a ANY></a>`, ErrForbidden},
	{"declaration of another version", `<?xml version="1.1"?><a/>`, ErrSyntax},
	{"declaration without version", `<?xml encoding="UTF-8"?><a/>`, ErrSyntax},
	{"declaration without end", `<?xml version="1.0"`, ErrSyntax},
	{"declaration too long", `<?xml version="1.0" ` + strings.Repeat(" ", maxDeclaration) + `?><a/>`, ErrSyntax},
	{"declaration out of order", `<?xml version="1.0" standalone="yes" encoding="UTF-8"?><a/>`, ErrSyntax},
	{"declaration with standalone maybe", `<?xml version="1.0" standalone="maybe"?><a/>`, ErrSyntax},
	{"declaration without space", `<?xml version="1.0"encoding="UTF-8"?><a/>`, ErrSyntax},
	{"declaration without quotes", `<?xml version=1.0?><a/>`, ErrSyntax},
	{"declaration with more", `<?xml version="1.0" a="b"?><a/>`, ErrSyntax},
}

func TestMalformedDocuments(t *testing.T) {
	for _, c := range malformed {
		t.Run(c.name, func(t *testing.T) {
			_, err := readTree([]byte(c.doc))
			require.ErrorIs(t, err, c.want)
			require.ErrorIs(t, NewReader([]byte(c.doc)).Finish(), ErrSyntax, "Finish without Root is no success")
		})
	}
}

// TestErrorsQuoteNothing checks that no error repeats what stands in the
// document.
func TestErrorsQuoteNothing(t *testing.T) {
	for _, c := range malformed {
		doc := strings.NewReplacer("a", "Canary", "x", "Canary").Replace(c.doc)
		if _, err := readTree([]byte(doc)); err != nil {
			require.NotContains(t, err.Error(), "Canary", c.name)
		}
	}
}

func TestBounds(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("<a>", n) + strings.Repeat("</a>", n) }
	attributes := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, ` a%d=""`, i)
		}
		return "<a" + b.String() + "/>"
	}
	declarations := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `<a xmlns:p%d="u%d" xmlns:q%d="u%d">`, i/2, i, i/2, i)
		}
		return b.String() + strings.Repeat("</a>", n)
	}
	elements := func(n int) string { return "<a>" + strings.Repeat("<b/>", n-1) + "</a>" }
	cases := []struct {
		name, fits, tooMuch string
	}{
		{"depth", nested(MaxDepth), nested(MaxDepth + 1)},
		{"attributes", attributes(maxAttributes), attributes(maxAttributes + 1)},
		{"declarations of one element", strings.ReplaceAll(attributes(maxAttributes), " a", " xmlns:a"), ""},
		{"declarations in scope", declarations(MaxDepth), ""},
		{"elements", elements(MaxElements), elements(MaxElements + 1)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			doc := strings.ReplaceAll(c.fits, `xmlns:a0=""`, `xmlns:a0="u"`)
			if c.name == "declarations of one element" {
				doc = strings.ReplaceAll(c.fits, `""`, `"u"`)
			}
			r := NewReader([]byte(doc))
			require.True(t, r.Root())
			require.NoError(t, r.Finish())
			if c.tooMuch != "" {
				r = NewReader([]byte(c.tooMuch))
				r.Root()
				require.ErrorIs(t, r.Finish(), ErrForbidden)
			}
		})
	}
}

func TestTooManyNamespacesInScope(t *testing.T) {
	var b strings.Builder
	for i := range 3 {
		b.WriteString("<a")
		for j := range 100 {
			fmt.Fprintf(&b, ` xmlns:p%d="u"`, 100*i+j)
		}
		b.WriteString(">")
	}
	_, err := readTree([]byte(b.String() + strings.Repeat("</a>", 3)))
	require.ErrorIs(t, err, ErrForbidden)
}

// TestRawDeclarationsAreBounded has many small elements below many
// declarations: Raw of each would be far more than the document.
func TestRawDeclarationsAreBounded(t *testing.T) {
	doc := `<a xmlns:p="` + strings.Repeat("u", 64<<10) + `">` + strings.Repeat("<b/>", 1000) + "</a>"
	r := NewReader([]byte(doc))
	require.True(t, r.Root())
	total := 0
	for d := r.Depth(); r.Child(d); {
		total += len(r.Raw())
	}
	require.ErrorIs(t, r.Finish(), ErrForbidden)
	require.Less(t, total, 2*maxDeclared)
}

const message = `<e:Envelope xmlns:e="urn:e" xmlns="urn:m"><e:Body>
	<Message kind="x">
		<Unknown><Number>99</Number></Unknown>
		<Number> 17 </Number>
		<Inner><Text>one</Text><Text/><Text>t<!-- c -->w<b>not this</b><![CDATA[o]]></Text></Inner>
		<other:Number xmlns:other="urn:o">18</other:Number>
		<Flag>true</Flag>
	</Message>
</e:Body></e:Envelope>`

func TestWalk(t *testing.T) {
	r := NewReader([]byte(message))
	require.True(t, r.Root())
	require.True(t, r.Is("urn:e", "Envelope"))
	require.Equal(t, 1, r.Depth())
	require.True(t, r.Child(1))
	require.True(t, r.Child(2))
	require.True(t, r.Is("urn:m", "Message"))
	require.False(t, r.Is("urn:e", "Message"))
	kind, ok := r.Attr("", "kind")
	require.True(t, ok)
	require.Equal(t, "x", kind)
	_, ok = r.Attr("urn:m", "kind")
	require.False(t, ok, "an attribute without prefix has no namespace")
	var number int64
	var flag bool
	var texts []string
	for d := r.Depth(); r.Child(d); {
		switch {
		case r.Is("urn:m", "Number"):
			number = r.Int()
		case r.Is("urn:m", "Inner"):
			for d := r.Depth(); r.Child(d); {
				texts = append(texts, r.Text())
			}
		case r.Is("urn:m", "Flag"):
			flag = r.Bool()
		}
	}
	require.Equal(t, 2, r.Depth())
	require.False(t, r.Child(2))
	require.NoError(t, r.Finish())
	require.Equal(t, int64(17), number)
	require.True(t, flag)
	require.Equal(t, []string{"one", "", "two"}, texts)
	require.Equal(t, 2, r.Unread(), "Unknown and the Number of another namespace")
	require.Equal(t, 0, r.Depth())
	require.False(t, r.Child(1))
	require.False(t, r.Child(0))
}

// TestFinishChecksTheRest checks that nothing malformed hides in what nobody
// reads.
func TestFinishChecksTheRest(t *testing.T) {
	for _, rest := range []string{"<b></c></a>", "<b>&x;</b></a>", "<b>\x00</b></a>", "<b/>]]></a>", "<b/></a>x", "<b c='&'/></a>", "<b><!DOCTYPE a></b></a>"} {
		r := NewReader([]byte("<a>" + rest))
		require.True(t, r.Root())
		require.Error(t, r.Finish(), rest)
	}
}

func TestErrorEndsTheWalk(t *testing.T) {
	r := NewReader([]byte(`<a><b>1</b><c>x</c><d>2</d></a>`))
	require.True(t, r.Root())
	require.True(t, r.Child(1))
	require.Equal(t, int64(1), r.Int())
	require.True(t, r.Child(1))
	require.Zero(t, r.Int())
	err := r.Err()
	require.ErrorIs(t, err, ErrValue)
	require.EqualError(t, err, "wire: bad value: c is no integer")
	require.False(t, r.Child(1))
	require.False(t, r.Root())
	require.Empty(t, r.Text())
	require.Nil(t, r.Raw())
	require.Nil(t, r.Base64())
	r.Skip()
	r.Fail(errors.New("a second problem"))
	require.Equal(t, err, r.Finish())
}

func TestSyntaxErrorsSayWhere(t *testing.T) {
	r := NewReader([]byte(`<?xml version="1.0"?><a></b>`))
	require.True(t, r.Root())
	require.EqualError(t, r.Finish(), "wire: not well-formed at byte 24: end tag of another element")
}

func TestUnexpected(t *testing.T) {
	r := NewReader([]byte(`<a/>`))
	require.True(t, r.Root())
	r.Unexpected("GetCardsResponse")
	require.ErrorIs(t, r.Finish(), ErrElement)
	require.EqualError(t, r.Err(), "wire: unexpected element: want GetCardsResponse")
}

func TestAnyNamespace(t *testing.T) {
	r := NewReader([]byte(`<a xmlns="urn:1"/>`))
	require.True(t, r.Root())
	require.False(t, r.Is("urn:2", "a"))
	r.AnyNamespace()
	require.True(t, r.Is("urn:2", "a"))
	require.False(t, r.Is("urn:2", "b"))
	r.Reset([]byte(`<a xmlns="urn:1"/>`))
	require.True(t, r.Root())
	require.False(t, r.Is("urn:2", "a"), "Reset takes it back")
}

func TestRequire(t *testing.T) {
	r := NewReader([]byte(`<a/>`))
	require.True(t, r.Root())
	r.Require(0b101, "A", "B", "C", "D")
	require.Equal(t, []string{"B", "D"}, r.Missing())
	for range 100 {
		r.Require(0, "E")
	}
	require.Len(t, r.Missing(), maxNoted)
	require.NoError(t, r.Finish())
}

func TestForget(t *testing.T) {
	r := NewReader([]byte(`<geheim a="geheim">ge&#104;eim<b/></geheim>`))
	require.True(t, r.Root())
	r.Attr("", "a")
	r.Text()
	require.NoError(t, r.Finish())
	scratch := r.scratch
	r.Forget()
	require.NotContains(t, string(scratch[:cap(scratch)]), "geheim")
	require.Equal(t, frame{}, r.openArray[0])
	require.Equal(t, attr{}, r.attrArray[0])
	require.False(t, r.Root())
	r.Reset([]byte(`<a>b</a>`))
	require.True(t, r.Root())
	require.Equal(t, "b", r.Text())
	require.NoError(t, r.Finish())
}

func TestRaw(t *testing.T) {
	const doc = `<a xmlns="urn:1" xmlns:p="urn:&lt;2&gt;" xmlns:q="urn:3"><p:b q:x = "1"
 xmlns:q="urn:4"  ><!-- kept --><c/>&amp;<![CDATA[<]]></p:b  ><d xmlns=""/><e/></a>`
	r := NewReader([]byte(doc))
	require.True(t, r.Root())
	var raws []string
	for d := r.Depth(); r.Child(d); {
		raws = append(raws, string(r.Raw()))
	}
	require.NoError(t, r.Finish())
	require.Equal(t, []string{
		`<p:b xmlns:p="urn:&lt;2&gt;" xmlns="urn:1" q:x = "1"` + "\n" + ` xmlns:q="urn:4"  ><!-- kept --><c/>&amp;<![CDATA[<]]></p:b  >`,
		`<d xmlns:q="urn:3" xmlns:p="urn:&lt;2&gt;" xmlns=""/>`,
		`<e xmlns:q="urn:3" xmlns:p="urn:&lt;2&gt;" xmlns="urn:1"/>`,
	}, raws)
}

func TestRawFromLatin(t *testing.T) {
	r := NewReader([]byte("<?xml version='1.0' encoding='ISO-8859-15'?><a><b>\xa4\xe4</b></a>"))
	require.True(t, r.Root())
	require.True(t, r.Child(1))
	require.Equal(t, "<b>€ä</b>", string(r.Raw()))
	require.NoError(t, r.Finish())
}

func TestAnyContent(t *testing.T) {
	for doc, want := range map[string]AnyContent{
		`<a/>`:                      {},
		`<a></a>`:                   {},
		`<a>te&#120;t</a>`:          {Text: "text"},
		`<a>one<b/>two<c>3</c></a>`: {Text: "onetwo", Elements: []RawXML{RawXML("<b/>"), RawXML("<c>3</c>")}},
	} {
		r := NewReader([]byte(doc))
		require.True(t, r.Root())
		var got AnyContent
		got.DecodeXML(r)
		require.NoError(t, r.Finish())
		require.Equal(t, want, got, doc)
		w := NewWriter(nil)
		got.EncodeAs(w, "a")
		b, err := w.Bytes()
		require.NoError(t, err)
		again, err := readTree(b)
		require.NoError(t, err)
		wantTree, err := readTree([]byte(doc))
		require.NoError(t, err)
		require.Equal(t, wantTree, again)
	}
}

func TestGrow(t *testing.T) {
	var s []int
	*Grow(&s) = 1
	*Grow(&s) = 2
	require.Equal(t, []int{1, 2}, s)
}

func TestReaderAllocatesNothing(t *testing.T) {
	r := NewReader(nil)
	doc := []byte(message)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		r.Reset(doc)
		r.Root()
		if err := r.Finish(); err != nil {
			t.Error(err)
		}
	}))
}
