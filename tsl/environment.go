package tsl

import (
	"fmt"
	"net/url"
	"strings"
)

// Environment is one of the separate worlds of the TI.
type Environment string

// The environments of the TI.
const (
	Production Environment = "prod"
	Reference  Environment = "ref"
	Test       Environment = "test"

	// AnyEnvironment, as Options.Environment, takes a list of each of the
	// three; Result.List.Environment says which it is.
	AnyEnvironment Environment = "any"
	// UnknownEnvironment is that of a list whose operator and addresses do not
	// agree or are none of the known ones.
	UnknownEnvironment Environment = "unknown"
)

// ParseEnvironment reads the name of an environment, in any case: those of the
// constants but UnknownEnvironment, production, reference, and PU, RU, TU. The
// empty name means production, others are an error.
func ParseEnvironment(name string) (Environment, error) {
	switch e := Environment(strings.ToLower(name)); e {
	case "", "production", "pu":
		return Production, nil
	case "reference", "ru":
		return Reference, nil
	case "tu":
		return Test, nil
	case Production, Reference, Test, AnyEnvironment:
		return e, nil
	}
	return "", fmt.Errorf("tsl: environment %.20q: not prod, ref, test or any", name)
}

// DetectEnvironment judges by the name of the operator, which begins with
// TEST-ONLY outside of production, and by the names of the download hosts,
// which end in .telematik in production and contain -ref or -test in the other
// two. The signature does not tell reference and test apart: they share anchor,
// signer and counter.
func DetectEnvironment(operator string, addresses []Address) Environment {
	found := UnknownEnvironment
	for i, a := range addresses {
		e := hostEnvironment(a.URL)
		if i > 0 && e != found {
			return UnknownEnvironment
		}
		found = e
	}
	if strings.HasPrefix(operator, "TEST-ONLY") == (found == Production) {
		return UnknownEnvironment
	}
	return found
}

func hostEnvironment(address string) Environment {
	u, err := url.Parse(address)
	if err != nil {
		return UnknownEnvironment
	}
	host := strings.ToLower(u.Hostname())
	first, domain, _ := strings.Cut(host, ".")
	switch {
	case strings.HasSuffix(first, "-ref") && strings.HasSuffix(domain, ".telematik-test"):
		return Reference
	case strings.HasSuffix(first, "-test") && strings.HasSuffix(domain, ".telematik-test"):
		return Test
	case strings.HasSuffix(domain, ".telematik") && (first == "download" || first == "download-bak"):
		return Production
	}
	return UnknownEnvironment
}
