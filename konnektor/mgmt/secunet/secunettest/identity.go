package secunettest

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

// Sources of the certificate towards clients (TlsCertSource of OperatingData).
const (
	Original   = "SMC-K_ORIGINAL"
	Renewed    = "SMC-K_RENEWED"
	SelfSigned = "SELFSIGNED"
	Imported   = "IMPORTED"
)

// identity is the choice of ID.AK.AUT.
type identity struct {
	source   string
	original tls.Certificate
	renewed  []renewed
	missing  bool // not all renewed certificates are there
}

// renewed is a renewed certificate of the gSMC-K.
type renewed struct {
	profile string
	cert    tls.Certificate
	leaf    *x509.Certificate
}

func parse(der []byte) (*x509.Certificate, error) { return x509.ParseCertificate(der) }

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

func (b *Box) firstIdentity() {
	b.identity = identity{source: Original, original: b.Konnektor.Identity()}
	b.registry = registration{with: registeredOriginal, contract: "SIM-CONTRACT-1", mandant: b.Konnektor.Model().Mandanten[0].ID}
}

// Renew gives the box the renewed certificates of its gSMC-K: same keys, same
// ICCSN, new serial numbers. complete false leaves one out. They are not used
// until somebody switches to them.
func (b *Box) Renew(notBefore, notAfter time.Time, complete bool) error {
	var all []renewed
	for _, profile := range []string{"C.AK.AUT", "C.NK.VPN", "C.SAK.AUT"} {
		cert, err := b.Konnektor.RenewIdentity(b.identity.original, notBefore, notAfter)
		if err != nil {
			return fmt.Errorf("secunettest: %w", err)
		}
		leaf, err := parse(cert.Certificate[0])
		if err != nil {
			return fmt.Errorf("secunettest: renewed certificate: %w", err)
		}
		all = append(all, renewed{profile, cert, leaf})
	}
	if !complete {
		all = all[:2]
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.identity.renewed, b.identity.missing = all, !complete
	return nil
}

func (b *Box) renewedAK() *renewed {
	i := slices.IndexFunc(b.identity.renewed, func(r renewed) bool { return r.profile == "C.AK.AUT" })
	if i < 0 {
		return nil
	}
	return &b.identity.renewed[i]
}

// expiring says whether a certificate for the tunnel ends within 180 days.
func (b *Box) expiring(now time.Time) bool {
	for _, r := range b.identity.renewed {
		if r.profile == "C.NK.VPN" {
			return r.leaf.NotAfter.Sub(now) <= 180*day
		}
	}
	return false
}

func (b *Box) identityState(*mgmttest.Call) mgmttest.Answer {
	cert := b.Konnektor.ServerCertificate()
	m := map[string]any{"source": b.identity.source, "certificate": cert}
	if leaf, err := parse(cert); err == nil {
		m["serial"], m["notAfter"] = leaf.SerialNumber.String(), leaf.NotAfter.UnixMilli()
	}
	return answer(m)
}

func (b *Box) renewedState(*mgmttest.Call) mgmttest.Answer {
	list := []map[string]any{}
	for _, r := range b.identity.renewed {
		list = append(list, map[string]any{
			"profile": r.profile, "certificate": r.leaf.Raw, "serial": r.leaf.SerialNumber.String(),
			"notBefore": r.leaf.NotBefore.UnixMilli(), "notAfter": r.leaf.NotAfter.UnixMilli(),
		})
	}
	return answer(map[string]any{"complete": len(list) > 0 && !b.identity.missing, "certificates": list})
}

// putIdentity switches ID.AK.AUT. The certificate that the services show follows
// at once; connections that are open are closed.
func (b *Box) putIdentity(c *mgmttest.Call) mgmttest.Answer {
	var in struct{ Source string }
	if err := decode(c.Body, &in, "source"); err != nil {
		return complain(c, http.StatusBadRequest, err.Error())
	}
	shown := b.identity.original
	switch in.Source {
	case Original:
	case Renewed:
		ak := b.renewedAK()
		if ak == nil {
			return failure(conflictPending, "keine erneuerten Zertifikate")
		}
		shown = ak.cert
	default:
		return failure(http.StatusBadRequest, "Zertifikatsquelle")
	}
	b.change(c, "identity", b.identity.source, in.Source, func() {
		b.identity.source = in.Source
		_ = b.Konnektor.ShowIdentity(shown)
		b.Konnektor.CloseIdle()
		if b.opts.ManagementFollows {
			b.ShowCertificate(shown)
		}
	})
	return done()
}
