package konnektortest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// wrong is a request with one mistake, and what a Konnektor says about it.
type wrong struct {
	name   string
	change func(*message)
	status int
	fault  string // faultcode; "" when the answer is no SOAP
	code   konnektor.Code
	says   string // in the answer
}

func replace(old, new string) func(*message) {
	return func(m *message) { m.body = strings.Replace(m.body, old, new, 1) }
}

var transportMistakes = []wrong{
	{"unknown path", func(m *message) { m.path = "/nowhere" }, 404, "", 0, ""},
	{"content type of SOAP 1.2", func(m *message) { m.contentType = "application/soap+xml" }, 415, "", 0, ""},
	{"content type missing", func(m *message) { m.contentType = "" }, 415, "", 0, ""},
	{"other charset in the header", func(m *message) { m.contentType = "text/xml; charset=ISO-8859-15" }, 415, "", 0, ""},
	{"other charset in the document", func(m *message) {
		m.body = `<?xml version="1.0" encoding="ISO-8859-15"?>` + m.body
	}, 500, "Client", 0, "encoding"},
	{"not UTF-8", replace("Mandant1", "Mandant\xe4"), 500, "Client", 0, "UTF-8"},
	{"no SOAPAction", func(m *message) { m.action = "" }, 500, "Client", 0, "SOAPAction"},
	{"empty SOAPAction", func(m *message) { m.action = `""` }, 500, "Client", 0, "SOAPAction"},
	{"SOAPAction without quotes", func(m *message) { m.action = strings.Trim(m.action, `"`) }, 500, "Client", 0, "quotes"},
	{"SOAPAction of another service", func(m *message) {
		m.action = `"http://ws.gematik.de/conn/CardService/v8.1#GetPinStatus"`
	}, 500, "Client", 0, "SOAPAction"},
	{"operation of another name", func(m *message) {
		m.action = `"http://ws.gematik.de/conn/EventService/v7.2#SubscribeAll"`
	}, 500, "Client", 0, "SubscribeAll"},
	{"two SOAPActions", func(m *message) { m.header = http.Header{"SOAPAction": {m.action}} }, 500, "Client", 0, "one SOAPAction"},
	{"too large", func(m *message) { m.body += strings.Repeat(" ", 1<<20) }, 500, "Client", 0, "too large"},
}

var envelopeMistakes = []wrong{
	{"no body", func(m *message) { m.body = "" }, 500, "Client", 0, "well-formed"},
	{"not XML", func(m *message) { m.body = "GetCards" }, 500, "Client", 0, "well-formed"},
	{"cut off", func(m *message) { m.body = m.body[:len(m.body)-5] }, 500, "Client", 0, "well-formed"},
	{"second root", func(m *message) { m.body += "<a/>" }, 500, "Client", 0, "second root"},
	{"text behind", func(m *message) { m.body += "a" }, 500, "Client", 0, "outside"},
	{"DOCTYPE", func(m *message) { m.body = "<!DOCTYPE a>" + m.body }, 500, "Client", 0, "DOCTYPE"},
	{"processing instruction", replace("<S:Body>", "<?a b?><S:Body>"), 500, "Client", 0, "processing"},
	{"undeclared prefix", replace(`xmlns:CONN=`, `xmlns:CON=`), 500, "Client", 0, "CONN"},
	{"crossed tags", replace("</EVT:GetCards></S:Body>", "</S:Body></EVT:GetCards>"), 500, "Client", 0, "match"},
	{"undefined entity", replace("Mandant1", "&mandant;"), 500, "Client", 0, "entity"},
	{"deep nesting", replace(here, strings.Repeat("<a>", 99)+strings.Repeat("</a>", 99)), 500, "Client", 0, "deep"},
	{"SOAP 1.2", func(m *message) {
		m.body = strings.Replace(m.body, prefixes["S"], "http://www.w3.org/2003/05/soap-envelope", 1)
	}, 500, "VersionMismatch", 0, ""},
	{"no Envelope", func(m *message) { m.body = "<a/>" }, 500, "Client", 0, "Envelope"},
	{"no Body", replace("S:Body>", "S:Bodi>"), 500, "Client", 0, ""},
	{"two requests", replace("</S:Body>", "<a/></S:Body>"), 500, "Client", 0, "one element"},
	{"empty Body", func(m *message) { m.body = envelope("") }, 500, "Client", 0, "one element"},
	{"header", replace("<S:Body>", "<S:Header><a/></S:Header><S:Body>"), 500, "Client", 0, "header a"},
	{"header that must be understood", replace("<S:Body>", `<S:Header><a S:mustUnderstand="1"/></S:Header><S:Body>`),
		500, "MustUnderstand", 0, "header a"},
}

var schemaMistakes = []wrong{
	{"other operation in the body", func(m *message) { m.body = strings.ReplaceAll(m.body, "EVT:GetCards", "EVT:GetCardTerminals") }, 500, "Client", 4000, "GetCards"},
	{"wrong namespace of the request", func(m *message) { m.body = strings.ReplaceAll(m.body, "EVT:GetCards", "CARD:GetCards") }, 500, "Client", 4000, "expected"},
	{"no context", replace(here, ""), 500, "Client", 4000, "Context"},
	{"context in the namespace of its children", func(m *message) { m.body = strings.ReplaceAll(m.body, "CCTX:Context", "CONN:Context") }, 500, "Client", 4000, "Context"},
	{"children in the namespace of the context", func(m *message) { m.body = strings.ReplaceAll(m.body, "CONN:MandantId", "CCTX:MandantId") }, 500, "Client", 4000, "MandantId"},
	{"context without workplace", replace("<CONN:WorkplaceId>Arbeitsplatz1</CONN:WorkplaceId>", ""), 500, "Client", 4000, "WorkplaceId"},
	{"context twice", replace(here, here+here), 500, "Client", 4000, "Context"},
	{"context last", func(m *message) {
		m.body = strings.Replace(strings.Replace(m.body, here, "", 1), "</EVT:GetCards>", here+"</EVT:GetCards>", 1)
	}, 500, "Client", 4000, "Context"},
	{"order", func(m *message) {
		m.body = strings.Replace(m.body, "<CARDCMN:CtId>T1</CARDCMN:CtId><CARDCMN:SlotId>1</CARDCMN:SlotId>",
			"<CARDCMN:SlotId>1</CARDCMN:SlotId><CARDCMN:CtId>T1</CARDCMN:CtId>", 1)
	}, 500, "Client", 4000, "CtId"},
	{"element twice", replace("<CARDCMN:SlotId>", "<CARDCMN:CtId>T1</CARDCMN:CtId><CARDCMN:SlotId>"), 500, "Client", 4000, "CtId"},
	{"unknown element", replace("</EVT:GetCards>", "<EVT:Crypt>ECC</EVT:Crypt></EVT:GetCards>"), 500, "Client", 4000, "Crypt"},
	{"unknown attribute", replace("mandant-wide", "mandantwide"), 500, "Client", 4000, "mandantwide"},
	{"qualified attribute", replace("mandant-wide", "EVT:mandant-wide"), 500, "Client", 4000, "mandant-wide"},
	{"xsi:type", replace("<EVT:GetCards", `<EVT:GetCards xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="a"`), 500, "Client", 4000, "type"},
	{"text between elements", replace("<CARDCMN:CtId>", "text<CARDCMN:CtId>"), 500, "Client", 4000, "text"},
	{"element in a value", replace(">T1<", "><a/><"), 500, "Client", 4000, "child"},
	{"boolean in words", replace(`"false"`, `"no"`), 500, "Client", 4000, "mandant-wide"},
	{"slot 0", replace(">1</CARDCMN:SlotId>", ">0</CARDCMN:SlotId>"), 500, "Client", 4000, "positive"},
	{"slot in words", replace(">1</CARDCMN:SlotId>", ">one</CARDCMN:SlotId>"), 500, "Client", 4000, "positive"},
	{"card type in small letters", replace(">EGK<", ">egk<"), 500, "Client", 4000, "egk"},
	{"empty terminal", replace(">T1<", "><"), 500, "Client", 4000, "CtId"},
	{"mandant too long", replace("Mandant1", strings.Repeat("m", 65)), 500, "Client", 4000, "65"},
}

func TestStrict(t *testing.T) {
	r := newRaw(t, Options{BadRequests: true})
	good := r.call("GetCards", `<EVT:GetCards mandant-wide="false">`+here+
		`<CARDCMN:CtId>T1</CARDCMN:CtId><CARDCMN:SlotId>1</CARDCMN:SlotId><CARDCMN:CardType>EGK</CARDCMN:CardType></EVT:GetCards>`)
	require.Equal(t, http.StatusOK, r.send(good).status, "the request without mistake")
	for _, w := range append(append(transportMistakes, envelopeMistakes...), schemaMistakes...) {
		t.Run(w.name, func(t *testing.T) {
			m := good
			w.change(&m)
			require.NotEqual(t, good, m, "the mistake changes nothing")
			a := r.send(m)
			require.Equal(t, w.status, a.status, a.body)
			require.Equal(t, w.fault, a.fault(), a.body)
			require.Equal(t, w.code, a.code(), a.body)
			require.Contains(t, a.body, w.says)
		})
	}
	require.Equal(t, http.StatusOK, r.send(good).status, "still well")
}

// TestTolerated are requests that look odd and are right.
func TestTolerated(t *testing.T) {
	r := newRaw(t, Options{})
	good := r.call("GetCards", `<EVT:GetCards mandant-wide="false">`+here+`</EVT:GetCards>`)
	for name, change := range map[string]func(*message){
		"byte order mark":     func(m *message) { m.body = "\ufeff" + m.body },
		"declaration":         func(m *message) { m.body = `<?xml version='1.0' encoding='utf-8' standalone='no'?>` + "\n" + m.body },
		"empty header":        replace("<S:Body>", "<S:Header/><S:Body>"),
		"comments":            replace("Mandant1", "Man<!-- c -->dant1"),
		"CDATA":               replace("Mandant1", "<![CDATA[Mandant1]]>"),
		"character reference": replace("Mandant1", "&#77;andant1"),
		"white space":         func(m *message) { m.body = strings.ReplaceAll(m.body, "><", ">\r\n\t<") },
		"boolean as digit":    replace(`"false"`, `" 0 "`),
		"no charset":          func(m *message) { m.contentType = "text/xml" },
		"charset in quotes":   func(m *message) { m.contentType = `Text/XML;charset="utf-8"` },
		"schema location": replace("<EVT:GetCards",
			`<EVT:GetCards xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b"`),
		"default namespace": func(m *message) {
			m.body = strings.NewReplacer("<EVT:GetCards ", `<GetCards xmlns="`+prefixes["EVT"]+`" `, "</EVT:GetCards>", "</GetCards>").Replace(m.body)
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := good
			change(&m)
			require.NotEqual(t, good, m, "the change changes nothing")
			a := r.send(m)
			require.Equal(t, http.StatusOK, a.status, a.body)
		})
	}
}

func TestOtherMethodsAndPlainHTTPAreRefused(t *testing.T) {
	r := newRaw(t, Options{})
	resp, err := r.http.Get(r.k.URL() + r.path("EventService"))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode)

	resp, err = r.http.Post(r.k.PlainURL()+r.path("EventService"), "text/xml", strings.NewReader(envelope("")))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusForbidden, resp.StatusCode)
}
