package konnektortest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// Auth is what the Konnektor demands of a client: the four levels of
// gemILF_PS, from ANCL_TLS_MANDATORY, ANCL_CAUT_MANDATORY and ANCL_CAUT_MODE.
type Auth string

// The levels.
const (
	Plain             Auth = "plain"       // http is enough; https is offered too
	TLS               Auth = "tls"         // https; the client shows nothing
	Basic             Auth = "basic"       // https and a password by HTTP Basic
	ClientCertificate Auth = "certificate" // https and a client certificate
)

// Identity is the key of the certificate that the Konnektor shows.
type Identity string

// The identities.
const (
	P256    Identity = "p256"
	RSA3072 Identity = "rsa"
)

// Style is whose habits the service directory follows.
type Style string

// The styles, after directories seen in the field.
const (
	Secunet Style = "secunet" // one Service element each, all versions at one address
	KoCoBox Style = "kocobox" // the Service element once per version, addresses of their own
	RISE    Style = "rise"    // product information in the default namespace
)

// Options says what Konnektor to start. Zero fields mean the documented
// default.
type Options struct {
	// Auth is the level of authentication; empty means ClientCertificate.
	Auth Auth
	// Identity is the server's key; empty means P256. Making the RSA key takes
	// about a second, once per process.
	Identity Identity
	// Style is the style of the service directory; empty lets the seed choose.
	Style Style

	// Seed decides what the specifications leave open: prefixes, white space,
	// optional elements. 0 takes KONNEKTORTEST_SEED from the environment, or
	// else a random one.
	Seed uint64

	// Model is the information model; nil means [DefaultModel].
	Model *Model
	// Empty starts without cards. Otherwise an unlocked SMC-B of the first
	// Mandant and an SMC-KT are inserted.
	Empty bool

	// DirectoryClosed switches ANCL_DVD_OPEN off: connector.sds then needs what
	// every other call needs.
	DirectoryClosed bool
	// CertificateAtHTTP answers a client without certificate with HTTP 403, so
	// that an open directory can be read over TLS too. Otherwise the handshake
	// fails. What real devices do is not known; both occur in TLS servers.
	CertificateAtHTTP bool
	// Directory changes the service directory.
	Directory Directory
	// Certificate changes the server's certificate.
	Certificate Certificate

	// PINTimeout is how long the Konnektor waits for a PIN at a terminal, by
	// Clock; 0 means 60 s.
	PINTimeout time.Duration

	// Listen and ListenPlain are the addresses for https and http, loopback
	// only; empty means a free port of 127.0.0.1.
	Listen, ListenPlain string

	// Events says how events are delivered.
	Events Events
	// Now is the time of the Konnektor, for insertions, subscriptions, operating
	// states and all times in its messages; nil means that of Clock. Certificates
	// of its TLS are made and judged by the computer's time.
	Now func() time.Time
	// Clock ends what waits for a person at a terminal, for a card, and for an
	// event that is to come late; nil means the computer's clock.
	Clock konnektor.Clock
	// Validity makes operating states follow Now.
	Validity Validity

	// Judge keeps requests and answers so that [Konnektor.Complaints] can hold
	// them against the official schemas. New sets it where they are at hand.
	Judge bool
	// BadRequests says that the test sends malformed requests on purpose, so
	// that they are not held against the schemas at its end.
	BadRequests bool
	// MaxRequest is the largest request, in bytes; 0 means 1 MiB. SignatureService
	// and EncryptionService take 64 MiB, enough for a document of 25 MB in base64.
	MaxRequest int64
	// MTOM has SignatureService and EncryptionService answer with MTOM: documents
	// and signatures are parts of their own, not in base64. gemSpec_Kon allows it
	// for them; when a device does so is not known.
	MTOM bool
}

// Directory changes the service directory.
type Directory struct {
	// Host replaces the host (and port) in all addresses, as a Konnektor behind
	// NAT does that names itself konnektor.konlan.
	Host string
	// FirmwareVersion is the Konnektor's firmware; empty means "5.50.3".
	FirmwareVersion string
}

// Certificate changes the server's certificate, to test what a client refuses.
type Certificate struct {
	// Names are the DNS names; nil means konnektor.konlan.
	Names []string
	// NotBefore and NotAfter bound its life; zero means from yesterday on for a
	// year.
	NotBefore, NotAfter time.Time
	// Untrusted signs it with a CA that Config does not name.
	Untrusted bool
	// Chain holds further certificates, DER, sent behind the server's.
	Chain [][]byte
}

// seedVariable is the environment variable that repeats a run.
const seedVariable = "KONNEKTORTEST_SEED"

// complete returns o with the defaults in place of zero fields.
func (o Options) complete() (Options, error) {
	o.Auth = or(o.Auth, ClientCertificate)
	o.Identity = or(o.Identity, P256)
	o.Listen = or(o.Listen, "127.0.0.1:0")
	o.ListenPlain = or(o.ListenPlain, "127.0.0.1:0")
	o.MaxRequest = or(o.MaxRequest, 1<<20)
	o.Directory.FirmwareVersion = or(o.Directory.FirmwareVersion, "5.50.3")
	if err := o.completeSeed(); err != nil {
		return o, err
	}
	if o.Style == "" {
		o.Style = []Style{Secunet, KoCoBox, RISE}[o.Seed%3]
	}
	if o.Model == nil {
		o.Model = DefaultModel()
	}
	if o.Clock == nil {
		o.Clock = konnektor.SystemClock{}
	}
	if o.Now == nil {
		o.Now = o.Clock.Now
	}
	o.Events.MaxTry = or(o.Events.MaxTry, defaultMaxTry)
	o.Events.Timeout = or(o.Events.Timeout, defaultDeliveryTimeout)
	if len(o.Certificate.Names) == 0 {
		o.Certificate.Names = []string{"konnektor.konlan"}
	}
	return o, o.check()
}

func (o *Options) completeSeed() error {
	if o.Seed != 0 {
		return nil
	}
	if s := os.Getenv(seedVariable); s != "" {
		seed, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			return fmt.Errorf("konnektortest: %s: %w", seedVariable, err)
		}
		o.Seed = seed
		return nil
	}
	o.Seed = rand.Uint64()>>1 | 1
	return nil
}

func (o Options) check() error {
	switch o.Auth {
	case Plain, TLS, Basic, ClientCertificate:
	default:
		return fmt.Errorf("konnektortest: unknown level of authentication %q", o.Auth)
	}
	switch o.Identity {
	case P256, RSA3072, RSA2048:
	default:
		return fmt.Errorf("konnektortest: unknown identity %q", o.Identity)
	}
	if _, ok := styles[o.Style]; !ok {
		return fmt.Errorf("konnektortest: unknown style %q", o.Style)
	}
	for _, address := range []string{o.Listen, o.ListenPlain} {
		if err := loopback(address); err != nil {
			return err
		}
	}
	return o.Model.check()
}

// loopback refuses an address that others than this machine could reach.
func loopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("konnektortest: listen: %w", err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return errors.New("konnektortest: listen: only a loopback address such as 127.0.0.1 is allowed, not " + strconv.Quote(host))
	}
	return nil
}

// or returns v, or def when v is the zero value.
func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}
