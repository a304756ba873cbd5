package tsl

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Point is a download point. The list is at URL; what else there is stands
// beside it.
type Point struct {
	URL string
	// Hash means that the SHA-256 of the list is at the same address with .sha2
	// in place of .xml.
	Hash bool
	// Detached means that a detached signature is there with .sig.
	Detached bool
}

// Points are the download points on the Internet for an environment, in the
// order to try them: with TLS and hash, then the fallback without TLS and with
// a detached signature (A_21175 to A_21182). Those inside the TI are in the list
// itself. None is for an unknown environment.
func Points(e Environment) []Point {
	switch e {
	case Production:
		return []Point{
			{URL: "https://download.tsl.ti-dienste.de/ECC/ECC-RSA_TSL.xml", Hash: true},
			{URL: "http://download.crl.ti-dienste.de/TSL-ECC/ECC-RSA_TSL.xml", Detached: true},
		}
	case Reference, Test:
		return []Point{
			{URL: fmt.Sprintf("https://download-%[1]s.tsl.ti-dienste.de/ECC/ECC-RSA_TSL-%[1]s.xml", e), Hash: true},
			{URL: fmt.Sprintf("http://download-testref.crl.ti-dienste.de/TSL-ECC-%[1]s/ECC-RSA_TSL-%[1]s.xml", e), Detached: true},
		}
	}
	return nil
}

// RootsURL is the address of roots.json on the Internet, "" for an unknown
// environment.
func RootsURL(e Environment) string {
	switch e {
	case Production:
		return "https://download.tsl.ti-dienste.de/ECC/ROOT-CA/roots.json"
	case Reference, Test:
		return fmt.Sprintf("https://download-%s.tsl.ti-dienste.de/ECC/ROOT-CA/roots.json", e)
	}
	return ""
}

// PointsOf are the download points that a list names itself, inside the TI.
func PointsOf(l *List) []Point {
	var all []Point
	for _, a := range l.Addresses {
		all = append(all, Point{URL: a.URL})
	}
	return all
}

// Download says what to fetch.
type Download struct {
	// Points are tried one after the other until one answers as it should.
	Points []Point
	// Known describes the list that is there already, nil for none: a server
	// that has nothing else is not asked for the list again.
	Known *Known
	// MaxSize bounds the list in bytes after decompression; 0 means MaxSize of
	// the package.
	MaxSize int64
}

// Known is what to keep of a download, so that the next one can be cheap.
type Known struct {
	SHA256 [sha256.Size]byte
	URL    string // where it came from, with the ETag that the server gave it
	ETag   string
}

// Fetched is what a download brought. Nothing in it has been verified.
type Fetched struct {
	Data     []byte // the list; nil when NotModified
	Detached []byte // the detached signature, nil where the point has none
	Known    Known  // for the next download
	Point    Point  // the one that answered

	// NotModified means that the point has the list that is known already.
	NotModified bool
	// Failed are the points that were tried in vain before, and what else was
	// not as it should be: each is a *PointError.
	Failed []error
}

// PointError is an address that did not answer as it should.
type PointError struct {
	URL string
	Err error
}

// Error gives the address and the cause.
func (e *PointError) Error() string { return e.URL + ": " + e.Err.Error() }

// Unwrap gives the cause.
func (e *PointError) Unwrap() error { return e.Err }

// Limits of what stands beside a list.
const (
	maxHashFile = 4 << 10
	pairTries   = 2
)

var (
	errStatus   = errors.New("answer of the server")
	errHash     = errors.New("the list does not have the published hash")
	errNoHash   = errors.New("no SHA-256 in hex")
	errPair     = errors.New("list and detached signature do not belong together")
	errNoPoint  = errors.New("no download point given")
	errNoClient = errors.New("no HTTP client given")
	errNotKnown = errors.New("not modified, but nothing is known")
	errAddress  = errors.New("no address of a list")
	errOversize = errors.New("larger than allowed")
)

// Fetch downloads a list through client, which decides about time limits,
// proxies and TLS. Verify the result before using it.
//
// Where the point has a hash and it is that of the known list, the list is not
// fetched; else list and hash have to match. Where it has a detached signature,
// list and signature have to match; as they are published one after the other,
// they are fetched twice if need be. The error is an *Error with CodeNoAddress
// without points, and with CodeDownload without a client and when all points
// fail.
func Fetch(ctx context.Context, client *http.Client, d Download) (*Fetched, error) {
	if len(d.Points) == 0 {
		return nil, refuse(CodeNoAddress, errNoPoint, "download")
	}
	if client == nil {
		return nil, refuse(CodeDownload, errNoClient, "download")
	}
	if d.MaxSize == 0 {
		d.MaxSize = MaxSize
	}
	var failed []error
	for _, p := range d.Points {
		f, err := d.from(ctx, client, p)
		if err == nil {
			f.Point, f.Failed = p, append(failed, f.Failed...)
			return f, nil
		}
		failed = append(failed, &PointError{p.URL, err})
		if ctx.Err() != nil {
			break
		}
	}
	return nil, refuse(CodeDownload, errors.Join(failed...), "download")
}

func (d *Download) from(ctx context.Context, client *http.Client, p Point) (*Fetched, error) {
	u, err := url.Parse(p.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errAddress
	}
	var f *Fetched
	for range pairTries {
		if f, err = d.once(ctx, client, p); !errors.Is(err, errPair) && !errors.Is(err, errHash) {
			break
		}
	}
	return f, err
}

// once fetches a list with what stands beside it. A hash that is not to be had
// is no reason to do without the list, which has a signature.
func (d *Download) once(ctx context.Context, client *http.Client, p Point) (*Fetched, error) {
	var want *[sha256.Size]byte
	var notes []error
	if p.Hash {
		hash, err := fetchHash(ctx, client, p.beside(".sha2"))
		if err != nil {
			notes = append(notes, &PointError{p.beside(".sha2"), err})
		} else if want = &hash; d.knows(hash) {
			return &Fetched{NotModified: true, Known: *d.Known}, nil
		}
	}
	f, err := d.list(ctx, client, p.URL)
	if err != nil {
		return nil, err
	}
	f.Failed = notes
	switch {
	case f.NotModified:
		return f, nil
	case want != nil && f.Known.SHA256 != *want:
		return nil, errHash
	case d.knows(f.Known.SHA256):
		f.NotModified, f.Data = true, nil
		return f, nil
	case p.Detached:
		if err := f.fetchDetached(ctx, client, p); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (d *Download) knows(hash [sha256.Size]byte) bool {
	return d.Known != nil && d.Known.SHA256 == hash
}

// list fetches the list unless the server says that it is the known one. An
// ETag means something to the server that gave it only.
func (d *Download) list(ctx context.Context, client *http.Client, address string) (*Fetched, error) {
	etag := ""
	if d.Known != nil && d.Known.URL == address {
		etag = d.Known.ETag
	}
	data, header, status, err := get(ctx, client, address, etag, d.MaxSize)
	switch {
	case err != nil:
		return nil, err
	case status == http.StatusNotModified && etag == "":
		return nil, errNotKnown
	case status == http.StatusNotModified:
		return &Fetched{NotModified: true, Known: *d.Known}, nil
	}
	return &Fetched{Data: data, Known: Known{sha256.Sum256(data), address, header.Get("ETag")}}, nil
}

func (f *Fetched) fetchDetached(ctx context.Context, client *http.Client, p Point) error {
	file, _, _, err := get(ctx, client, p.beside(".sig"), "", maxDetached)
	if err != nil {
		return fmt.Errorf("detached signature: %w", err)
	}
	sig, err := ReadDetached(file)
	if err != nil {
		return err
	}
	if err := sig.Verify(f.Data); err != nil {
		return fmt.Errorf("%w: %w", errPair, err)
	}
	f.Detached = file
	return nil
}

// beside is the address of a file that differs in its extension.
func (p Point) beside(extension string) string { return strings.TrimSuffix(p.URL, ".xml") + extension }

// fetchHash reads a .sha2 file: the SHA-256 in hex, and perhaps white space.
// How the real file ends is not known.
func fetchHash(ctx context.Context, client *http.Client, address string) (sum [sha256.Size]byte, err error) {
	text, _, _, err := get(ctx, client, address, "", maxHashFile)
	if err != nil {
		return sum, fmt.Errorf("hash: %w", err)
	}
	digits := strings.TrimSpace(string(text))
	if n, err := hex.Decode(sum[:], []byte(digits[:min(len(digits), 2*sha256.Size)])); err != nil || n != sha256.Size || len(digits) != 2*sha256.Size {
		return sum, fmt.Errorf("hash: %w", errNoHash)
	}
	return sum, nil
}

// get does one request. The status is 200, or 304 when an ETag was given.
func get(ctx context.Context, client *http.Client, address, etag string, limit int64) ([]byte, http.Header, int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, nil, 0, err
	}
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, nil, 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNotModified {
		return nil, resp.Header, resp.StatusCode, nil
	}
	if resp.StatusCode != http.StatusOK {
		return nil, nil, 0, fmt.Errorf("%w: %s", errStatus, resp.Status)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, nil, 0, err
	}
	if int64(len(data)) > limit {
		return nil, nil, 0, fmt.Errorf("%w: more than %d bytes", errOversize, limit)
	}
	return data, resp.Header, resp.StatusCode, nil
}
