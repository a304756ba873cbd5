package tsltest

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/libkonnektor/libkonnektor/tsl"
)

// Case is a list with what has to become of it.
type Case struct {
	Name    string
	XML     []byte
	Options tsl.Options

	// Code is what the list is refused with; 0 means that it is accepted.
	Code tsl.Code
	// Warning is the code of the first warning of an accepted list, 0 for none.
	Warning tsl.Code

	// Good means that the signature is right for software that checks XML
	// signatures and asks no more: it believes every algorithm that it knows
	// and the certificate in the list. Cases that are Good and refused are
	// refused for another reason than damage.
	Good bool
}

// builder collects cases and the first error.
type builder struct {
	m     *Maker
	cases []Case
	err   error
}

// Cases makes every case that there is: lists to be accepted as well.
func (m *Maker) Cases() ([]Case, error) {
	b := &builder{m: m}
	b.harmless()
	b.announced()
	b.following()
	b.timely()
	b.signers()
	b.forms()
	b.wrapped()
	b.damaged()
	b.noXML()
	b.structure()
	return b.cases, b.err
}

func (b *builder) add(c Case) {
	if c.Options.At.IsZero() {
		c.Options = b.m.Options()
	}
	b.cases = append(b.cases, c)
}

// list makes a list, or notes the error.
func (b *builder) list(s Spec) *List {
	list, err := b.m.List(s)
	if err != nil {
		if b.err == nil {
			b.err = err
		}
		return &List{}
	}
	return list
}

// made adds a list whose signature is right.
func (b *builder) made(name string, code, warning tsl.Code, s Spec) {
	b.add(Case{Name: name, XML: b.list(s).XML, Code: code, Warning: warning, Good: true})
}

// edited adds a list that was changed after it was signed. A text that is not
// there is a mistake of the case.
func (b *builder) edited(name string, code tsl.Code, good bool, old, new string) {
	xml := b.list(Spec{}).XML
	if !bytes.Contains(xml, []byte(old)) && b.err == nil {
		b.err = fmt.Errorf("tsltest: case %s: nothing to replace: %q", name, old)
	}
	b.add(Case{Name: name, XML: bytes.Replace(xml, []byte(old), []byte(new), 1), Code: code, Good: good})
}

// bytes adds a list whose bytes a function changes.
func (b *builder) bytes(name string, code tsl.Code, good bool, change func(xml []byte) []byte) {
	b.add(Case{Name: name, XML: change(b.list(Spec{}).XML), Code: code, Good: good})
}

// harmless are lists that stay valid: what was changed is not signed.
func (b *builder) harmless() {
	b.made("as it should be", 0, 0, Spec{})
	b.edited("comment", 0, true, "<SchemeInformation>", "<!-- a comment --><SchemeInformation>")
	b.edited("comment inside of text", 0, true, "LK TSL Scheme", "LK <!-- x -->TSL Scheme")
	b.edited("white space in tags", 0, true, `<SchemeName><Name xml:lang="DE">`, "<SchemeName ><Name\n\txml:lang = 'DE' >")
	b.edited("CDATA", 0, true, "LK TSL Scheme", "LK <![CDATA[TSL]]> Scheme")
	b.edited("character reference", 0, true, "LK TSL Scheme", "L&#75; &#x54;SL Scheme")
	b.edited("empty element tag", 0, true, `"></ds:CanonicalizationMethod>`, `"/>`)
	b.edited("comment after the root", 0, true, rootEnd, rootEnd+"<!-- the end -->\n")
	b.edited("without XML declaration", 0, true, declaration, "")
	b.bytes("byte order mark", 0, true, func(x []byte) []byte { return append([]byte("\xEF\xBB\xBF"), x...) })
	b.bytes("CRLF", 0, true, func(x []byte) []byte { return bytes.ReplaceAll(x, []byte("\n"), []byte("\r\n")) })
	b.bytes("trailing line end", 0, true, func(x []byte) []byte { return append(x, '\n') })
	b.edited("attributes in another order", 0, true, ` TSLTag="http://uri.etsi.org/02231/TSLTag">`, `>`)
	b.cases[len(b.cases)-1].XML = bytes.Replace(b.cases[len(b.cases)-1].XML, []byte(` Id="ID3`), []byte(` TSLTag="http://uri.etsi.org/02231/TSLTag" Id="ID3`), 1)
}

// announced are lists with new trust anchors. What is wrong with one makes a
// warning.
func (b *builder) announced() {
	next, err := b.m.Anchor(2)
	if err != nil {
		b.err = err
		return
	}
	third, err := b.m.Anchor(3)
	if err != nil {
		b.err = err
		return
	}
	at := b.m.At()
	one := Announcement{Anchor: next, Active: at.Add(20 * day)}
	b.made("announced anchor", 0, 0, Spec{Announce: []Announcement{one}})
	b.made("two announced anchors", 0, tsl.CodeSeveralAnchors, Spec{Announce: []Announcement{one, {Anchor: third, Active: one.Active}}})
	b.made("announced anchor that is no certificate", 0, tsl.CodeAnchorUnreadable, Spec{Announce: []Announcement{{next, one.Active, []byte("no certificate")}}})
	b.made("announced anchor that is no CA", 0, tsl.CodeAnchorUnreadable, Spec{Announce: []Announcement{{next, one.Active, b.signer(1).DER}}})
	b.made("announced anchor in no base64", 0, tsl.CodeAnchorUnreadable, Spec{Announce: []Announcement{one}, Change: func(d *Draft) {
		d.Replace(base64Text(next.DER), "*")
	}})
	early, err := b.m.pki.NewTSLCA(4, certstest.NotYetValid(at))
	if err != nil {
		b.err = err
		return
	}
	b.made("announced anchor not valid yet", 0, tsl.CodeNotInTime, Spec{Announce: []Announcement{{Anchor: early, Active: one.Active}}})
}

// following are lists over a stored one.
func (b *builder) following() {
	stored := &tsl.Stored{Environment: b.m.env, Sequence: 12000, ID: "ID31200020260701000000Z"}
	o := b.m.Options()
	o.Stored = stored
	for _, c := range []struct {
		name string
		code tsl.Code
		warn tsl.Code
		s    Spec
	}{
		{"next number", 0, 0, Spec{Sequence: 12001}},
		{"much later number", 0, 0, Spec{Sequence: 12900}},
		{"lower number", tsl.CodeIDIncorrect, 0, Spec{Sequence: 11999}},
		{"same number with another Id", tsl.CodeIDIncorrect, 0, Spec{Sequence: 12000}},
		{"higher number with the same Id", tsl.CodeIDIncorrect, 0, Spec{Sequence: 12001, ID: stored.ID}},
		{"the same list", 0, tsl.CodeIDIncorrect, Spec{Sequence: 12000, ID: stored.ID}},
		{"list of the reference environment", tsl.CodeIDIncorrect, 0, Spec{Sequence: 12002, Environment: tsl.Reference}},
	} {
		b.add(Case{Name: c.name, XML: b.list(c.s).XML, Code: c.code, Warning: c.warn, Good: true, Options: o})
	}
	b.made("Id that is not made of number and time", 0, tsl.CodeIDIncorrect, Spec{Sequence: 12003, ID: "ID312003"})
	b.made("operator and addresses disagree", tsl.CodeIDIncorrect, 0, Spec{Change: func(d *Draft) { d.Replace("<Name xml:lang=\"DE\">LK GmbH", "<Name xml:lang=\"DE\">TEST-ONLY LK GmbH") }})
	b.made("addresses disagree", tsl.CodeIDIncorrect, 0, Spec{Change: func(d *Draft) { d.Replace("download-bak.tsl.telematik/", "download-bak-test.tsl.telematik-test/") }})
	b.made("no download address", tsl.CodeNoAddress, 0, Spec{Change: func(d *Draft) {
		d.Content = strings.NewReplacer(oid(120), oid(1), oid(121), oid(1)).Replace(d.Content)
	}})
}

func (b *builder) timely() {
	at := b.m.At()
	b.made("overdue", 0, tsl.CodeOverdue, Spec{Issued: at.Add(-40 * day)})
	b.made("overdue on the last day of grace", 0, tsl.CodeOverdue, Spec{Issued: at.Add(-60 * day)})
	b.made("beyond grace", tsl.CodeExpired, 0, Spec{Issued: at.Add(-60*day - time.Second)})
	o := b.m.Options()
	o.Historic = true
	b.add(Case{Name: "beyond grace, for a plan", XML: b.list(Spec{Issued: at.Add(-100 * day)}).XML, Warning: tsl.CodeExpired, Good: true, Options: o})
	o = b.m.Options()
	o.Grace = 5 * day
	b.add(Case{Name: "beyond a shorter grace", XML: b.list(Spec{Issued: at.Add(-36 * day)}).XML, Code: tsl.CodeExpired, Good: true, Options: o})
	o = b.m.Options()
	o.At = at.AddDate(8, 0, 0)
	b.add(Case{Name: "trust anchor expired", XML: b.list(Spec{Issued: o.At.Add(-day)}).XML, Code: tsl.CodeNotInTime, Good: true, Options: o})
}

// signer is a signer that differs from the usual one.
func (b *builder) signer(generation int, changes ...certstest.Change) *certstest.Identity {
	ca, err := b.m.Anchor(generation)
	if err == nil {
		var id *certstest.Identity
		if id, err = b.m.pki.TSLSigner(ca, changes...); err == nil {
			return id
		}
	}
	if b.err == nil {
		b.err = err
	}
	return &certstest.Identity{}
}

// signers are lists whose signer is not right, in an order that shows which
// mistake goes before which.
func (b *builder) signers() {
	at := b.m.At()
	for _, c := range []struct {
		name string
		code tsl.Code
		good bool
		id   *certstest.Identity
	}{
		{"signer under another anchor", tsl.CodeAnchorUnknown, true, b.signer(2)},
		{"signer with another issuer's key", tsl.CodeOtherKeyID, true, b.signer(1, certstest.WrongAuthorityKey())},
		{"signer without issuer's key", tsl.CodeOtherKeyID, true, b.signer(1, certstest.NoAuthorityKey())},
		{"signer's certificate with a wrong signature", tsl.CodeSignerSignature, true, b.signer(1, certstest.BadSignature())},
		{"signer expired", tsl.CodeNotInTime, true, b.signer(1, certstest.Expired(at))},
		{"signer not valid yet", tsl.CodeNotInTime, true, b.signer(1, certstest.NotYetValid(at))},
		{"signer for digital signatures", tsl.CodeKeyUsage, true, b.signer(1, certstest.KeyUsage(x509.KeyUsageDigitalSignature))},
		{"signer for more than lists", tsl.CodeKeyUsage, true, b.signer(1, certstest.KeyUsage(x509.KeyUsageContentCommitment|x509.KeyUsageDigitalSignature))},
		{"signer without key usage", tsl.CodeKeyUsage, true, b.signer(1, certstest.KeyUsage(0))},
		{"signer of OCSP answers", tsl.CodeExtendedKeyUsage, true, b.signer(1, certstest.ExtKeyUsage(certstest.EKUOCSP))},
		{"signer without extended key usage", tsl.CodeExtendedKeyUsage, true, b.signer(1, certstest.ExtKeyUsage())},
		{"signer with explicit curve parameters", tsl.CodeSignerMissing, true, b.signer(1, certstest.ExplicitCurve())},
		{"signer with a point off the curve", tsl.CodeSignerMissing, false, b.signer(1, certstest.PointOffCurve())},
		{"signer with trailing bytes", tsl.CodeSignerMissing, false, b.signer(1, certstest.TrailingBytes(0))},
		{"signer with P-256", 0, true, b.keyed(certs.KeyP256)},
	} {
		b.add(Case{Name: c.name, XML: b.list(Spec{Signer: c.id}).XML, Code: c.code, Good: c.good})
	}
	o := b.m.Options()
	o.Anchors = []*certs.Certificate{}
	b.add(Case{Name: "no trust anchor", XML: b.list(Spec{}).XML, Code: tsl.CodeAnchorMissing, Good: true, Options: o})
}

// keyed is a signer with another kind of key.
func (b *builder) keyed(kind certs.KeyType) *certstest.Identity {
	key, err := certstest.GenerateKey(kind)
	if err == nil {
		var id *certstest.Identity
		at := b.m.At()
		id, err = b.m.pki.TSLCA(1).Issue(certstest.Template{
			Subject:   pkix.Name{Country: []string{"DE"}, CommonName: "LK TSL Signing Unit " + string(kind) + " TEST-ONLY"},
			NotBefore: at.AddDate(0, -6, 0), NotAfter: at.AddDate(3, 0, 0), KeyUsage: x509.KeyUsageContentCommitment,
			EKU: []asn1.ObjectIdentifier{certstest.EKUTSL}, Policies: []asn1.ObjectIdentifier{certstest.OIDPolicyTSL},
		}, key)
		if err == nil {
			return id
		}
	}
	if b.err == nil {
		b.err = err
	}
	return &certstest.Identity{}
}

// formed adds a list that is signed in another form.
func (b *builder) formed(name string, code tsl.Code, good bool, change func(f *Form)) {
	b.add(Case{Name: name, XML: b.list(Spec{Change: func(d *Draft) { change(&d.Form) }}).XML, Code: code, Good: good})
}

// forms are signatures that are right in a form that is not allowed.
func (b *builder) forms() {
	const sig = tsl.CodeSignature
	b.formed("digests with SHA-512", sig, true, func(f *Form) {
		f.Digest, f.DigestMethod = crypto.SHA512, "http://www.w3.org/2001/04/xmlenc#sha512"
	})
	b.formed("signature with SHA-384", sig, true, func(f *Form) {
		f.MethodHash, f.Method = crypto.SHA384, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"
	})
	b.formed("method of HMAC", sig, false, func(f *Form) { f.Method = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256" })
	b.formed("canonicalization with comments", sig, true, func(f *Form) { f.Canonicalization += "WithComments" })
	b.formed("first transform missing", sig, false, func(f *Form) { f.Enveloped = f.Canonicalization })
	b.formed("without the second reference", sig, true, func(f *Form) { f.SecondReference = false })
	b.formed("second reference to the list", sig, false, func(f *Form) { f.PropertiesURI = "#elsewhere" })
	other := b.signer(1, certstest.CommonName("LK Other Unit TEST-ONLY"))
	b.formed("certificate of another signer", sig, false, func(f *Form) { f.KeyInfo = other.DER })
	b.formed("properties name another signer", sig, true, func(f *Form) { f.Named = other.DER })
	b.formed("certificate missing", tsl.CodeSignerMissing, false, func(f *Form) { f.KeyInfo = []byte{} })
	b.formed("unsigned properties", sig, true, func(f *Form) { f.InObject = "<xades:UnsignedProperties></xades:UnsignedProperties>" })
	b.formed("second Object", sig, true, func(f *Form) { f.InSignature = "<ds:Object>more</ds:Object>" })
	big := b.keyed(certs.KeyBrainpoolP384r1)
	b.add(Case{Name: "signer with brainpoolP384r1", XML: b.list(Spec{Signer: big}).XML, Code: sig, Good: true})
}

// wrapped are attempts to have something read that was not signed.
func (b *builder) wrapped() {
	xml := string(b.list(Spec{}).XML)
	open := strings.Index(xml, "<ds:Signature ")
	end := strings.LastIndex(xml, rootEnd)
	head := strings.Index(xml, "<SchemeInformation>")
	if open < 0 || end < 0 || head < 0 {
		return // the list could not be made, which is noted
	}
	signature := xml[open:end]
	add := func(name string, code tsl.Code, good bool, text string) {
		b.add(Case{Name: name, XML: []byte(text), Code: code, Good: good})
	}
	add("two signatures", tsl.CodeSchema, false, xml[:end]+signature+xml[end:])
	add("signature first", tsl.CodeSchema, true, xml[:head]+signature+xml[head:open]+xml[end:])
	add("no signature", tsl.CodeSignerMissing, false, xml[:open]+xml[end:])
	evil := strings.Replace(xml[len(declaration):open], "10", "99", 1) + signature + rootEnd
	add("list in a list", tsl.CodeSchema, false, strings.Replace(xml, "<ds:SignedInfo>", "<ds:Object>"+evil+"</ds:Object><ds:SignedInfo>", 1))
	inside := "<ds:Object>" + xml[len(declaration):end] + rootEnd + "</ds:Object>"
	add("signed list inside of another", tsl.CodeSchema, false, strings.Replace(xml[:end], "</ds:Object></ds:Signature>", "</ds:Object>"+inside+"</ds:Signature>", 1)+rootEnd)
	b.made("signature in an extension", tsl.CodeSignature, 0, Spec{Change: func(d *Draft) {
		d.Replace(`<Extension Critical="false">`, `<Extension Critical="false"><ds:Signature xmlns:ds="`+spaceDS+`"></ds:Signature>`)
	}})
	b.cases[len(b.cases)-1].Good = false // xmlsec1 takes the first signature that it finds
	b.made("signed properties in an extension", tsl.CodeSignature, 0, Spec{Change: func(d *Draft) {
		d.Replace(`<Extension Critical="false">`, `<Extension Critical="false"><xades:SignedProperties xmlns:xades="`+spaceXAdES+`"></xades:SignedProperties>`)
	}})
	b.made("Id of the signed properties twice", tsl.CodeSchema, 0, Spec{Change: func(d *Draft) {
		d.Replace(`<Extension Critical="false">`, `<Extension Critical="false"><x xmlns="" Id="SignedProperties-`+d.number()+`"></x>`)
	}})
}

// damaged are lists that were changed after they had been signed.
func (b *builder) damaged() {
	const sig = tsl.CodeSignature
	b.edited("number changed", sig, false, "<TSLSequenceNumber>1", "<TSLSequenceNumber>9")
	b.edited("status changed", sig, false, "Svcstatus/inaccord", "Svcstatus/revoked")
	b.edited("white space in content", sig, false, "<SchemeInformation>", "<SchemeInformation>\n")
	b.edited("attribute added", tsl.CodeSchema, false, "<SchemeInformation>", `<SchemeInformation xmlns:x="urn:x" x:y="">`)
	b.edited("prefix added that is not used", 0, true, "<SchemeInformation>", `<SchemeInformation xmlns:x="urn:x">`)
	b.edited("prefix changed", sig, false, `<ns:ExtensionOID xmlns:ns="`+spaceTSL+`">`+oid(79)+"</ns:ExtensionOID>",
		`<nn:ExtensionOID xmlns:nn="`+spaceTSL+`">`+oid(79)+"</nn:ExtensionOID>")
	b.edited("signing time changed", sig, false, "<xades:SigningTime>2", "<xades:SigningTime>3")
	b.edited("Id of the signature changed", sig, true, `Id="Signature-`, `Id="Sig-`)
	b.bytes("digest changed", sig, false, flipText("<ds:DigestValue>", 3))
	b.bytes("signature changed", sig, false, flipText("<ds:SignatureValue>", 7))
	b.bytes("pretty-printed", sig, false, func(x []byte) []byte { return bytes.ReplaceAll(x, []byte("><"), []byte(">\n  <")) })
	b.bytes("service dropped", sig, false, func(x []byte) []byte {
		from, to := bytes.Index(x, []byte("<TSPService>")), bytes.Index(x, []byte("</TSPService>"))
		return append(x[:from:from], x[to+len("</TSPService>"):]...)
	})
	zero := base64Text(make([]byte, 64))
	b.bytes("signature of zeros", sig, false, func(x []byte) []byte { return between(x, "<ds:SignatureValue>", zero, "</ds:SignatureValue>") })
	b.bytes("signature of 63 bytes", sig, false, func(x []byte) []byte {
		return between(x, "<ds:SignatureValue>", base64Text(bytes.Repeat([]byte{1}, 63)), "</ds:SignatureValue>")
	})
	sum := sha256.Sum256(nil)
	b.bytes("digest of 16 bytes", sig, false, func(x []byte) []byte {
		return between(x, "<ds:DigestValue>", base64Text(sum[:16]), "</ds:DigestValue>")
	})
}

// noXML are files that are no list, or XML that no list needs.
func (b *builder) noXML() {
	const xml = tsl.CodeNotWellFormed
	b.add(Case{Name: "empty", Code: xml})
	b.add(Case{Name: "HTML", XML: []byte("<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head><body><br></body></html>\n"), Code: xml})
	b.add(Case{Name: "XHTML", XML: []byte("<html><head><title>404 Not Found</title></head></html>\n"), Code: tsl.CodeSchema})
	b.add(Case{Name: "deep nesting", XML: []byte(strings.Repeat("<a>", 100_000) + strings.Repeat("</a>", 100_000)), Code: xml})
	b.add(Case{Name: "many elements", XML: []byte("<a>" + strings.Repeat("<a/>", 300_000) + "</a>"), Code: xml})
	b.edited("DOCTYPE", xml, true, declaration, declaration+"<!DOCTYPE TrustServiceStatusList>\n")
	b.edited("DOCTYPE with entity", xml, true, declaration, declaration+"<!DOCTYPE TrustServiceStatusList [<!ENTITY e \"x\">]>\n")
	b.edited("entity without declaration", xml, false, "LK TSL Scheme", "LK &tsl; Scheme")
	b.edited("processing instruction", xml, false, "<SchemeInformation>", "<?go on?><SchemeInformation>")
	b.edited("stylesheet", xml, false, declaration, declaration+`<?xml-stylesheet href="list.xsl"?>`)
	b.edited("encoding Latin-1", xml, false, `encoding="UTF-8"`, `encoding="ISO-8859-1"`)
	b.edited("end tag missing", xml, false, "</SchemeInformation>", "")
	b.edited("attribute twice", xml, false, `<Name xml:lang="DE">`, `<Name xml:lang="DE" xml:lang="DE">`)
	b.edited("prefix not declared", xml, false, "<SchemeName>", "<tsl:SchemeName>")
	b.edited("control character", xml, false, "LK TSL Scheme", "LK \x01 Scheme")
	b.edited("text after the root", xml, false, rootEnd, rootEnd+"text")
	b.edited("second root", xml, false, rootEnd, rootEnd+"<a/>")
	b.bytes("UTF-16", xml, false, func(x []byte) []byte {
		wide := []byte("\xFF\xFE")
		for _, c := range x {
			wide = append(wide, c, 0)
		}
		return wide
	})
	b.bytes("cut off", xml, false, func(x []byte) []byte { return x[:len(x)-30] })
	b.bytes("cut off in the middle", xml, false, func(x []byte) []byte { return x[:len(x)/2] })
	b.bytes("larger than any list", xml, false, func(x []byte) []byte {
		return bytes.Replace(x, []byte("LK TSL Scheme"), bytes.Repeat([]byte("LK "), tsl.MaxSize/3+1), 1)
	})
}

// structure are lists that are signed, and not as the schema has it.
func (b *builder) structure() {
	for _, c := range []struct{ name, old, new string }{
		{"without number", "", ""},
		{"version 4", "<TSLVersionIdentifier>3", "<TSLVersionIdentifier>4"},
		{"number that is none", "", "<TSLSequenceNumber>one</TSLSequenceNumber>"},
		{"number zero", "", "<TSLSequenceNumber>0</TSLSequenceNumber>"},
		{"number beyond all numbers", "", "<TSLSequenceNumber>99999999999999999999</TSLSequenceNumber>"},
		{"element that is not known", "<TSLType>", "<TSLColour>red</TSLColour><TSLType>"},
		{"elements in another order", "<TSPServices><TSPService><ServiceInformation>", "<TSPServices><TSPService><ServiceInformation><ServiceStatus>x</ServiceStatus>"},
		{"element of another namespace", "<TSLType>", `<TSLType xmlns="urn:x">`},
		{"attribute that is not known", "<TSLType>", `<TSLType colour="red">`},
		{"text between elements", "<TSLType>", "text<TSLType>"},
		{"empty name", "LK TSL Scheme", ""},
		{"time that is none", "<StatusStartingTime>2", "<StatusStartingTime>x"},
		{"certificate in no base64", "<X509Certificate>M", "<X509Certificate>*"},
	} {
		b.made(c.name, tsl.CodeSchema, 0, Spec{Change: func(d *Draft) {
			old := c.old
			if old == "" {
				old = fmt.Sprintf("<TSLSequenceNumber>%d</TSLSequenceNumber>", d.Sequence)
			}
			d.Replace(old, c.new)
		}})
	}
	b.made("without providers", 0, 0, Spec{Change: func(d *Draft) {
		d.Content = d.Content[:strings.Index(d.Content, "<TrustServiceProviderList>")]
	}})
	b.made("another root", tsl.CodeSchema, 0, Spec{Change: func(d *Draft) {
		d.RootStart = strings.Replace(d.RootStart, "TSLTag=", "Tag=", 1)
	}})
}

// flipText changes a character some places behind a text.
func flipText(mark string, offset int) func([]byte) []byte {
	return func(x []byte) []byte {
		i := bytes.Index(x, []byte(mark)) + len(mark) + offset
		if x[i] == 'A' {
			x[i] = 'B'
		} else {
			x[i] = 'A'
		}
		return x
	}
}

// between replaces what stands between two texts.
func between(x []byte, from, new, to string) []byte {
	head, rest, _ := bytes.Cut(x, []byte(from))
	_, tail, _ := bytes.Cut(rest, []byte(to))
	return bytes.Join([][]byte{head, []byte(from + new + to), tail}, nil)
}
