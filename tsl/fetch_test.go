package tsl_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/libkonnektor/libkonnektor/tsl/tsltest"
	"github.com/stretchr/testify/require"
)

// point is a download point with what it serves and what was asked for.
type point struct {
	*httptest.Server
	mu    sync.Mutex
	files map[string]func(w http.ResponseWriter, r *http.Request)
	asked []string
}

func newPoint(t *testing.T) *point {
	p := &point{files: map[string]func(http.ResponseWriter, *http.Request){}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.asked = append(p.asked, strings.TrimPrefix(r.URL.Path, "/list."))
		file := p.files[r.URL.Path]
		p.mu.Unlock()
		if file == nil {
			http.NotFound(w, r)
			return
		}
		file(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *point) serve(extension string, content ...[]byte) {
	n := 0
	p.files["/list."+extension] = func(w http.ResponseWriter, _ *http.Request) {
		w.Write(content[min(n, len(content)-1)])
		n++
	}
}

func (p *point) xml() string { return p.URL + "/list.xml" }

func hexHash(b []byte) []byte {
	sum := sha256.Sum256(b)
	return []byte(strings.ToUpper(hex.EncodeToString(sum[:])) + "\r\n")
}

func fetch(t *testing.T, d tsl.Download) (*tsl.Fetched, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	return tsl.Fetch(ctx, http.DefaultClient, d)
}

func TestFetch(t *testing.T) {
	m := tsltest.New(t)
	list, other := makeList(t, m, tsltest.Spec{}), makeList(t, m, tsltest.Spec{})
	for _, c := range []struct {
		name  string
		setup func(p *point) tsl.Point
		asked string // in the order of requests
		fails string // "" when it does not
	}{
		{"list alone", func(p *point) tsl.Point {
			p.serve("xml", list.XML)
			return tsl.Point{URL: p.xml()}
		}, "xml", ""},
		{"with hash", func(p *point) tsl.Point {
			p.serve("xml", list.XML)
			p.serve("sha2", hexHash(list.XML))
			return tsl.Point{URL: p.xml(), Hash: true}
		}, "sha2 xml", ""},
		{"hash not there", func(p *point) tsl.Point {
			p.serve("xml", list.XML)
			return tsl.Point{URL: p.xml(), Hash: true}
		}, "sha2 xml", ""},
		{"hash that is none", func(p *point) tsl.Point {
			p.serve("xml", list.XML)
			p.serve("sha2", []byte("<html>not here</html>"))
			return tsl.Point{URL: p.xml(), Hash: true}
		}, "sha2 xml", ""},
		{"hash older than the list at first", func(p *point) tsl.Point {
			p.serve("xml", list.XML)
			p.serve("sha2", hexHash(other.XML), hexHash(list.XML))
			return tsl.Point{URL: p.xml(), Hash: true}
		}, "sha2 xml sha2 xml", ""},
		{"hash of another list", func(p *point) tsl.Point {
			p.serve("xml", list.XML)
			p.serve("sha2", hexHash(other.XML))
			return tsl.Point{URL: p.xml(), Hash: true}
		}, "sha2 xml sha2 xml", "published hash"},
		{"with detached signature", func(p *point) tsl.Point {
			p.serve("xml", list.XML)
			p.serve("sig", list.Detached)
			return tsl.Point{URL: p.xml(), Detached: true}
		}, "xml sig", ""},
		{"mixed pair at first", func(p *point) tsl.Point {
			p.serve("xml", other.XML, list.XML)
			p.serve("sig", list.Detached)
			return tsl.Point{URL: p.xml(), Detached: true}
		}, "xml sig xml sig", ""},
		{"mixed pair", func(p *point) tsl.Point {
			p.serve("xml", other.XML)
			p.serve("sig", list.Detached)
			return tsl.Point{URL: p.xml(), Detached: true}
		}, "xml sig xml sig", "do not belong together"},
		{"detached signature not there", func(p *point) tsl.Point {
			p.serve("xml", list.XML)
			return tsl.Point{URL: p.xml(), Detached: true}
		}, "xml sig", "404"},
		{"detached signature that is a page", func(p *point) tsl.Point {
			p.serve("xml", list.XML)
			p.serve("sig", []byte("<html>"))
			return tsl.Point{URL: p.xml(), Detached: true}
		}, "xml sig", "1013"},
		{"list not there", func(p *point) tsl.Point { return tsl.Point{URL: p.xml()} }, "xml", "404"},
		{"not modified without a question", func(p *point) tsl.Point {
			p.files["/list.xml"] = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) }
			return tsl.Point{URL: p.xml()}
		}, "xml", "nothing is known"},
		{"no address", func(*point) tsl.Point { return tsl.Point{URL: "file:///etc/passwd"} }, "", "no address"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPoint(t)
			f, err := fetch(t, tsl.Download{Points: []tsl.Point{c.setup(p)}})
			require.Equal(t, c.asked, strings.Join(p.asked, " "))
			if c.fails != "" {
				require.ErrorIs(t, err, tsl.CodeDownload)
				require.ErrorContains(t, err, c.fails)
				return
			}
			require.NoError(t, err)
			require.Equal(t, list.XML, f.Data)
			require.Equal(t, sha256.Sum256(list.XML), f.Known.SHA256)
			require.Equal(t, p.xml(), f.Known.URL)
			if f.Point.Detached {
				require.Equal(t, list.Detached, f.Detached)
			}
		})
	}
}

func TestFetchTakesTheNextPoint(t *testing.T) {
	m := tsltest.New(t)
	list := makeList(t, m, tsltest.Spec{})
	first, second := newPoint(t), newPoint(t)
	second.serve("xml", list.XML)
	f, err := fetch(t, tsl.Download{Points: []tsl.Point{{URL: first.xml()}, {URL: second.xml()}}})
	require.NoError(t, err)
	require.Equal(t, second.xml(), f.Point.URL)
	require.Len(t, f.Failed, 1)
	require.ErrorContains(t, f.Failed[0], first.xml())
	_, err = fetch(t, tsl.Download{})
	require.ErrorIs(t, err, tsl.CodeNoAddress)
	_, err = tsl.Fetch(t.Context(), nil, tsl.Download{Points: []tsl.Point{{URL: second.xml()}}})
	require.ErrorIs(t, err, tsl.CodeDownload)
}

func TestFetchWhatIsKnown(t *testing.T) {
	m := tsltest.New(t)
	list := makeList(t, m, tsltest.Spec{})
	p := newPoint(t)
	p.files["/list.xml"] = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		if r.Header.Get("If-None-Match") == `"v1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Write(list.XML)
	}
	d := tsl.Download{Points: []tsl.Point{{URL: p.xml()}}}
	f, err := fetch(t, d)
	require.NoError(t, err)
	require.Equal(t, `"v1"`, f.Known.ETag)
	d.Known = &f.Known
	f, err = fetch(t, d)
	require.NoError(t, err)
	require.True(t, f.NotModified)
	require.Nil(t, f.Data)
	require.Equal(t, *d.Known, f.Known)

	backup := newPoint(t)
	backup.serve("xml", list.XML)
	d.Points = []tsl.Point{{URL: backup.xml()}}
	f, err = fetch(t, d)
	require.NoError(t, err)
	require.True(t, f.NotModified, "the same bytes from another point")

	p.serve("sha2", hexHash(list.XML))
	p.asked = nil
	d.Points = []tsl.Point{{URL: p.xml(), Hash: true}}
	f, err = fetch(t, d)
	require.NoError(t, err)
	require.True(t, f.NotModified)
	require.Equal(t, []string{"sha2"}, p.asked, "the list itself was not asked for")
}

func TestFetchIsBounded(t *testing.T) {
	p := newPoint(t)
	var block bytes.Buffer // 1 MiB; gzip may be repeated
	z := gzip.NewWriter(&block)
	_, err := z.Write(make([]byte, 1<<20))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	p.files["/list.xml"] = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		for range 200 {
			if _, err := w.Write(block.Bytes()); err != nil {
				return
			}
		}
	}
	_, err = fetch(t, tsl.Download{Points: []tsl.Point{{URL: p.xml()}}})
	require.ErrorIs(t, err, tsl.CodeDownload)
	require.ErrorContains(t, err, fmt.Sprint(tsl.MaxSize))
	p.serve("xml", bytes.Repeat([]byte("x"), 2000))
	_, err = fetch(t, tsl.Download{Points: []tsl.Point{{URL: p.xml()}}, MaxSize: 1999})
	require.ErrorContains(t, err, "larger than allowed")
	_, err = fetch(t, tsl.Download{Points: []tsl.Point{{URL: p.xml()}}, MaxSize: 2000})
	require.NoError(t, err)
}

func TestFetchStopsWithItsContext(t *testing.T) {
	p := newPoint(t)
	ctx, cancel := context.WithCancel(t.Context())
	p.files["/list.xml"] = func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done() // no answer before the client has gone
	}
	_, err := tsl.Fetch(ctx, p.Client(), tsl.Download{Points: []tsl.Point{{URL: p.xml()}, {URL: p.xml()}}})
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, p.asked, 1)
}

func TestPoints(t *testing.T) {
	for _, e := range []tsl.Environment{tsl.Production, tsl.Reference, tsl.Test} {
		all := tsl.Points(e)
		require.Len(t, all, 2)
		require.True(t, strings.HasPrefix(all[0].URL, "https://"))
		require.NotEmpty(t, tsl.RootsURL(e))
	}
	require.Equal(t, "https://download-ref.tsl.ti-dienste.de/ECC/ECC-RSA_TSL-ref.xml", tsl.Points(tsl.Reference)[0].URL)
	require.Equal(t, "http://download-testref.crl.ti-dienste.de/TSL-ECC-test/ECC-RSA_TSL-test.xml", tsl.Points(tsl.Test)[1].URL)
	require.Empty(t, tsl.Points(tsl.UnknownEnvironment))
	require.Empty(t, tsl.RootsURL(tsl.UnknownEnvironment))
	m := tsltest.New(t)
	require.Equal(t, []tsl.Point{
		{URL: "http://download.tsl.telematik/ECC/ECC-RSA_TSL.xml"}, {URL: "http://download-bak.tsl.telematik/ECC/ECC-RSA_TSL.xml"},
	}, tsl.PointsOf(verified(t, m, tsltest.Spec{}).List))
}
