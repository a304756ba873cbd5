package konnektor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/certificateservice60"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/certificateservicecommon20"
	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// CertificateRef names a certificate on a card (CertificateServiceCommon v2.0).
type CertificateRef string

// The certificates of cards. An SMC-B has AUT, ENC and SIG, an HBA AUT, ENC and
// QES, an eGK AUT.
const (
	CertificateAUT CertificateRef = "C.AUT"
	CertificateENC CertificateRef = "C.ENC"
	CertificateSIG CertificateRef = "C.SIG"
	CertificateQES CertificateRef = "C.QES"
)

// Codes of CertificateService.
const (
	// CodeCertificateNotOnCard means that the card has no such certificate.
	CodeCertificateNotOnCard Code = 4147
	// CodeCertificateRef means a reference that cards of this type do not have.
	CodeCertificateRef Code = 4149
	// CodeNoECC means a card of generation 2.0, which has RSA keys only.
	CodeNoECC Code = 4258
)

// CardCertificate is a certificate as it was read from a card.
type CardCertificate struct {
	Ref CertificateRef
	// DER is the certificate, nil when the Konnektor gave none.
	DER []byte
	// Certificate is DER parsed, nil when it cannot be. Nothing of it has been
	// checked against a trust list; see certs.Certificate.Check.
	Certificate *certs.Certificate
}

// CardCertificates reads certificates from a card (ReadCardCertificate), in the
// order of the answer. It needs no PIN. While it reads, the card is not free for
// others: mind an HBA with which somebody is signing.
//
// Crypt must be CryptRSA or CryptECC. A Konnektor whose CertificateService is
// older than 6.0.1 has no choice: it gives RSA certificates, and CryptECC is
// answered with a [Failure] of [KindNoService] without asking it.
//
// It returns an [*Error] with CodeNoECC, CodeCertificateNotOnCard or
// CodeCertificateRef, among others, or a [*Failure]. CardCertificates is safe
// for concurrent use.
func (c *Client) CardCertificates(ctx context.Context, card CardHandle, refs []CertificateRef, crypt Crypt) ([]CardCertificate, *Warning, error) {
	op := certificateservice60.OperationReadCardCertificate
	if card == "" || len(refs) == 0 {
		return nil, nil, fail(KindRequest, op.Name, "a card and what to read are needed")
	}
	req := certificateservice60.ReadCardCertificate{CardHandle: string(card)}
	for _, ref := range refs {
		r := certificateservicecommon20.CertRefEnum(ref)
		if !r.Valid() {
			return nil, nil, fail(KindRequest, op.Name, "a reference that there is not")
		}
		req.CertRefList.CertRef = append(req.CertRefList.CertRef, r)
	}
	var resp certificateservice60.ReadCardCertificateResponse
	if err := invokeWithCrypt(ctx, c, op, crypt, &req.Crypt, &req, &resp); err != nil {
		return nil, nil, err
	}
	warning, err := outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
	if err != nil {
		return nil, nil, err
	}
	all := make([]CardCertificate, 0, len(resp.X509DataInfoList.X509DataInfo))
	for _, info := range resp.X509DataInfoList.X509DataInfo {
		one := CardCertificate{Ref: CertificateRef(info.CertRef)}
		if info.X509Data != nil && len(info.X509Data.X509Certificate) > 0 {
			one.DER = info.X509Data.X509Certificate
			one.Certificate, _ = certs.Parse(one.DER) // the caller has the bytes and sees that it is nil
		}
		all = append(all, one)
	}
	return all, warning, nil
}

// CertificateExpiration is until when a certificate holds.
type CertificateExpiration struct {
	// Terminal and Handle say where the card is; both may be empty for the
	// Konnektor's own.
	Terminal TerminalID
	Handle   CardHandle
	ICCSN    ICCSN
	// CommonName is that of the certificate's holder, a person or a practice.
	CommonName   Name
	SerialNumber string
	Expires      time.Time // a day
}

// CertificateExpirations tells until when the certificates of a card hold, or,
// without a card, those of the Konnektor itself and of all HBA and SMC-B of the
// Mandant (CheckCertificateExpiration). For Crypt see [Client.CardCertificates].
//
// It returns an [*Error], with CodeNoECC for a card without ECC certificates, or
// a [*Failure]. CertificateExpirations is safe for concurrent use.
func (c *Client) CertificateExpirations(ctx context.Context, card CardHandle, crypt Crypt) ([]CertificateExpiration, *Warning, error) {
	op := certificateservice60.OperationCheckCertificateExpiration
	var req certificateservice60.CheckCertificateExpiration
	if card != "" {
		req.CardHandle = new(string(card))
	}
	var resp certificateservice60.CheckCertificateExpirationResponse
	if err := invokeWithCrypt(ctx, c, op, crypt, &req.Crypt, &req, &resp); err != nil {
		return nil, nil, err
	}
	warning, err := outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
	if err != nil {
		return nil, nil, err
	}
	all := make([]CertificateExpiration, 0, len(resp.CertificateExpiration))
	for _, e := range resp.CertificateExpiration {
		all = append(all, CertificateExpiration{
			Terminal: TerminalID(e.CtID), Handle: CardHandle(e.CardHandle), ICCSN: ICCSN(e.ICCSN),
			CommonName: Name(e.SubjectCommonName), SerialNumber: e.SerialNumber, Expires: e.Validity.Time(),
		})
	}
	return all, warning, nil
}

// Verification is what the Konnektor says of a certificate.
type Verification struct {
	// Result is VALID, INVALID, or INCONCLUSIVE when it could not be found out.
	Result string
	// Reason is why it is not VALID; nil when the Konnektor does not say.
	Reason *Error
	Roles  []string // object identifiers of professions
}

// The results of a Verification.
const (
	VerificationValid        = "VALID"
	VerificationInvalid      = "INVALID"
	VerificationInconclusive = "INCONCLUSIVE"
)

// VerifyCertificate has the Konnektor judge a certificate (DER), with its trust
// list and by OCSP. The zero time means now.
//
// It returns an [*Error] or a [*Failure]. VerifyCertificate is safe for
// concurrent use.
func (c *Client) VerifyCertificate(ctx context.Context, der []byte, at time.Time) (Verification, *Warning, error) {
	op := certificateservice60.OperationVerifyCertificate
	if len(der) == 0 {
		return Verification{}, nil, fail(KindRequest, op.Name, "a certificate is needed")
	}
	req := certificateservice60.VerifyCertificate{X509Certificate: der}
	if !at.IsZero() {
		req.VerificationTime = &wire.DateTime{Time: at.UTC()}
	}
	var resp certificateservice60.VerifyCertificateResponse
	if err := c.Invoke(ctx, op, &req, &resp); err != nil {
		return Verification{}, nil, err
	}
	warning, err := outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
	if err != nil {
		return Verification{}, nil, err
	}
	v := Verification{
		Result: string(resp.VerificationStatus.VerificationResult),
		Reason: newError(op.Name, 0, resp.VerificationStatus.Error),
	}
	for _, role := range resp.RoleList.Role {
		if role != "" {
			v.Roles = append(v.Roles, role)
		}
	}
	return v, warning, nil
}

// serverCertificate stands in a [Failure] for the name of an operation.
const serverCertificate = "server certificate"

// ServerCertificate makes a new TLS connection to the address of the Config and
// returns the certificates that the Konnektor shows, its own first. They come
// back only when the Config's Trust accepts them, by the same rules as for every
// call; nothing is sent.
//
// A [*Failure] has KindConfig for a Config with a plain http address, else the
// kinds of every connection. ServerCertificate is safe for concurrent use.
func (c *Client) ServerCertificate(ctx context.Context) ([]*certs.Certificate, error) {
	ctx, done := c.begin(ctx)
	defer done()
	if c.base.Scheme != "https" {
		return nil, fail(KindConfig, serverCertificate, "the address of the Config is without TLS")
	}
	cert, err := c.cfg.Auth.clientCertificate()
	if err != nil {
		return nil, err
	}
	// Without a cache of sessions the handshake is a full one, in which the
	// Konnektor shows its certificate.
	d := &dialer{life: c.life, verifier: c.verifier, cert: cert}
	address := c.base.Host
	if c.base.Port() == "" {
		address = net.JoinHostPort(c.base.Hostname(), "443")
	}
	conn, err := d.dialTLS(ctx, "tcp", address)
	if err != nil {
		return nil, c.classify(ctx, serverCertificate, c.base.Host, 0, err)
	}
	defer func() { _ = conn.Close() }() // nothing was sent
	shown, ok := conn.(interface{ ConnectionState() tls.ConnectionState })
	if !ok {
		return nil, c.classify(ctx, serverCertificate, c.base.Host, 0, errNoCertificates)
	}
	return parseShown(shown.ConnectionState().PeerCertificates)
}

var errNoCertificates = errors.New("the connection shows no certificates")

// parseShown reads the certificates of a connection as those of the TI.
func parseShown(shown []*x509.Certificate) ([]*certs.Certificate, error) {
	all := make([]*certs.Certificate, 0, len(shown))
	for _, x := range shown {
		cert, err := certs.Parse(x.Raw)
		if err != nil {
			return nil, &Failure{Op: serverCertificate, Kind: KindMalformed, text: "certificate cannot be read", cause: err}
		}
		all = append(all, cert)
	}
	return all, nil
}

// ClientCertificate returns the certificates with which the Client shows who it
// is, its own first; nil when the Config has none. It reads the files that the
// Config names. Errors are a [*Failure] of KindConfig.
func (c *Client) ClientCertificate() ([]*certs.Certificate, error) {
	own, err := c.cfg.Auth.clientCertificate()
	if own == nil || err != nil {
		return nil, err
	}
	all := make([]*certs.Certificate, 0, len(own.Certificate))
	for _, der := range own.Certificate {
		cert, err := certs.Parse(der)
		if err != nil {
			return nil, &Failure{Op: "config", Kind: KindConfig, text: "auth: certificate cannot be read", cause: err}
		}
		all = append(all, cert)
	}
	return all, nil
}
