package tsl_test

import (
	"testing"

	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/stretchr/testify/require"
)

func TestParseEnvironment(t *testing.T) {
	for name, want := range map[string]tsl.Environment{
		"": tsl.Production, "prod": tsl.Production, "PU": tsl.Production, "Production": tsl.Production, "ref": tsl.Reference, "RU": tsl.Reference,
		"reference": tsl.Reference, "test": tsl.Test, "tu": tsl.Test, "any": tsl.AnyEnvironment,
	} {
		e, err := tsl.ParseEnvironment(name)
		require.NoError(t, err)
		require.Equal(t, want, e, name)
	}
	for _, name := range []string{"unknown", "x", "prod "} {
		_, err := tsl.ParseEnvironment(name)
		require.Error(t, err, name)
	}
}

func TestDetectEnvironment(t *testing.T) {
	const real, test = "gematik GmbH", "TEST-ONLY gematik GmbH"
	for _, c := range []struct {
		operator string
		urls     []string
		want     tsl.Environment
	}{
		{real, []string{"http://download.tsl.telematik/ECC/x.xml", "http://download-bak.tsl.telematik/ECC/x.xml"}, tsl.Production},
		{test, []string{"http://download-ref.tsl.telematik-test/x", "http://download-bak-ref.tsl.telematik-test/x"}, tsl.Reference},
		{test, []string{"http://DOWNLOAD-TEST.tsl.telematik-test:80/x"}, tsl.Test},
		{test, []string{"http://download.tsl.telematik/x"}, tsl.UnknownEnvironment},
		{real, []string{"http://download-ref.tsl.telematik-test/x"}, tsl.UnknownEnvironment},
		{test, []string{"http://download-ref.tsl.telematik-test/x", "http://download-test.tsl.telematik-test/x"}, tsl.UnknownEnvironment},
		{real, []string{"http://elsewhere.example/x", "http://download.tsl.telematik/x"}, tsl.UnknownEnvironment},
		{real, []string{"http://download.tsl.telematik.example/x"}, tsl.UnknownEnvironment},
		{real, []string{"http://telematik/x"}, tsl.UnknownEnvironment},
		{real, []string{"::"}, tsl.UnknownEnvironment},
		{real, nil, tsl.UnknownEnvironment},
		{test, nil, tsl.UnknownEnvironment},
	} {
		var addresses []tsl.Address
		for _, u := range c.urls {
			addresses = append(addresses, tsl.Address{URL: u})
		}
		require.Equal(t, c.want, tsl.DetectEnvironment(c.operator, addresses), "%s %v", c.operator, c.urls)
	}
}

func TestAnchors(t *testing.T) {
	require.Equal(t, "GEM.TSL-CA3", anchor(t, tsl.Production).Subject.CommonName)
	require.Equal(t, "GEM.TSL-CA28 TEST-ONLY", anchor(t, tsl.Test).Subject.CommonName)
	require.Same(t, anchor(t, tsl.Test), anchor(t, tsl.Reference))
	_, err := tsl.AnchorOf(tsl.AnyEnvironment)
	require.Error(t, err)
}
