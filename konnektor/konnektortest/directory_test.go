package konnektortest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// directoryOf fetches and takes apart a service directory.
func directoryOf(t *testing.T, o Options) (r *raw, root *Element) {
	t.Helper()
	r = newRaw(t, o)
	body, _, status := r.get("/connector.sds")
	require.Equal(t, 200, status)
	root, err := parseXML([]byte(body), nil, false)
	require.NoError(t, err)
	return r, root
}

// versionsOf lists the Version elements of a service, from all its Service
// elements.
func versionsOf(root *Element, service string) (elements int, versions []*Element) {
	for _, s := range root.Child("ServiceInformation").Children {
		if s.Attr("Name") == service {
			elements++
			versions = append(versions, s.Child("Versions").Children...)
		}
	}
	return elements, versions
}

func TestDirectoryStyles(t *testing.T) {
	for _, c := range []struct {
		style                 Style
		vendor                string
		elements, addresses   int // of the SignatureService with its four versions
		event, vsd, signature string
	}{
		{Secunet, "SECUN", 1, 1, "/ws/EventService", "/ws/VSDService", "/ws/SignatureService"},
		{KoCoBox, "KOCOC", 4, 2, "/service/systeminformationservice", "/service/fmvsdm", "/service/v75/signservice"},
		{RISE, "RISEG", 1, 2, "/webservices/eventservice", "/fm/vsdservice", "/webservices/signatureservice/v7.5"},
	} {
		t.Run(string(c.style), func(t *testing.T) {
			_, root := directoryOf(t, Options{Style: c.style})
			id := root.Child("ProductInformation").Child("ProductIdentification")
			require.Equal(t, c.vendor, id.Value("ProductVendorID"))
			require.Contains(t, root.Value("ProductInformation", "ProductMiscellaneous", "ProductName"), "simulator")
			elements, versions := versionsOf(root, "SignatureService")
			require.Equal(t, c.elements, elements)
			require.Len(t, versions, 4)
			addresses := map[string]bool{}
			for _, v := range versions {
				addresses[v.Child("EndpointTLS").Attr("Location")] = true
				require.Nil(t, v.Child("Endpoint"), "TLS is mandatory")
			}
			require.Len(t, addresses, c.addresses)
			for service, path := range map[string]string{"EventService": c.event, "VSDService": c.vsd} {
				_, v := versionsOf(root, service)
				require.True(t, strings.HasSuffix(v[0].Child("EndpointTLS").Attr("Location"), path))
				require.Equal(t, c.style == RISE, v[0].Attr("Version") == "", "RISE leaves the number out where it has one version")
			}
			require.True(t, hasSuffix(addresses, c.signature))
			_, cards := versionsOf(root, "CardService")
			require.Len(t, cards, 4)
		})
	}
}

func hasSuffix(set map[string]bool, suffix string) bool {
	for s := range set {
		if strings.HasSuffix(s, suffix) {
			return true
		}
	}
	return false
}

func TestDirectoryNamesWhatIsDemanded(t *testing.T) {
	for _, c := range []struct {
		auth               Auth
		tls, client, plain bool
	}{{Plain, false, false, true}, {TLS, true, false, false}, {Basic, true, true, false}, {ClientCertificate, true, true, false}} {
		for seed := uint64(1); seed <= 4; seed += 3 { // words and digits
			_, root := directoryOf(t, Options{Auth: c.auth, Seed: seed})
			require.Equal(t, c.tls, root.Bool("TLSMandatory"))
			require.Equal(t, c.client, root.Bool("ClientAutMandatory"))
			_, v := versionsOf(root, "EventService")
			require.Equal(t, c.plain, v[0].Child("Endpoint") != nil)
		}
	}
}

func TestDirectoryOfAnotherHost(t *testing.T) {
	r, root := directoryOf(t, Options{Auth: Plain, Directory: Directory{Host: "konnektor.konlan", FirmwareVersion: "1.2.3"}})
	_, v := versionsOf(root, "EventService")
	require.True(t, strings.HasPrefix(v[0].Child("EndpointTLS").Attr("Location"), "https://konnektor.konlan/"))
	require.True(t, strings.HasPrefix(v[0].Child("Endpoint").Attr("Location"), "http://konnektor.konlan/"))
	require.True(t, r.k.Config().RewriteHost)
	require.Contains(t, root.Child("ProductInformation").Child("ProductIdentification").Child("ProductVersion").Value("Local", "FWVersion"), "1.2.3")
}

// TestVersion82IsATrap calls the address of CardService 8.2 as a client would
// that takes the highest version of all.
func TestVersion82IsATrap(t *testing.T) {
	r := newRaw(t, Options{Style: KoCoBox})
	m := r.call("GetPinStatus", pinStatus(here, r.k.Handle("SMC-B"), "PIN.SMC"))
	require.Zero(t, r.send(m).code())
	m.path = "/service/v82/cardservice"
	require.Equal(t, "Client", r.send(m).fault())
}

// TestVSDServiceIsListedOnly: its operation comes with vsdmtest.
func TestVSDServiceIsListedOnly(t *testing.T) {
	r := newRaw(t, Options{Style: Secunet, BadRequests: true})
	m := r.call("GetCards", getCardsIn(here, ""))
	m.path, m.action = "/ws/VSDService", `"http://ws.gematik.de/conn/vsds/VSDService/v6.0#ReadVSD"`
	a := r.send(m)
	require.Equal(t, 500, a.status)
	require.Equal(t, "Client", a.fault())
	require.Contains(t, a.body, "ReadVSD")
}
