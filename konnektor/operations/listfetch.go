package operations

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"os"
	"time"

	"github.com/libkonnektor/libkonnektor/tsl"
)

type tslFetchRequestDoc struct {
	Path string   `json:"path" doc:"The file to keep the list in. A list that is there already must be valid; it is replaced only by one that follows it."`
	URLs []string `json:"urls,omitempty" doc:"Download addresses in place of the official ones on the Internet, tried one after the other: that of the list, ending in .xml. Beside it a hash (.sha2) is expected with https, a detached signature (.sig) with http."`
	listRules
	timeLimit
}

type tslFetchAnswerDoc struct {
	listVerdict
	Written bool     `json:"written" doc:"A list was written to the file. Only valid ones are."`
	URL     string   `json:"url" doc:"The address that answered."`
	Failed  []string `json:"failed" table:"-" doc:"What did not work before, in English."`

	FailedDE []string `json:"failed_de,omitempty" doc:"The same in German."`
}

func opTSLFetch() Operation {
	return define(Operation{
		Name:       "tsl.fetch",
		Summary:    "Downloads the newest trust list (TSL) from the Internet, verifies it, and keeps it in a file when it is valid. Needs no Konnektor.",
		Title:      titleTSLFetch,
		Repeatable: true,
		Local:      true,
	}, runTSLFetch)
}

// fetchTimeout bounds a download when the request does not.
const fetchTimeout = 2 * time.Minute

func runTSLFetch(ctx context.Context, _ *call, req tslFetchRequestDoc) (*tslFetchAnswerDoc, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	o, err := req.options(tsl.Production)
	if err != nil {
		return nil, err
	}
	d := tsl.Download{Points: req.points(o.Environment)}
	if len(d.Points) == 0 {
		return nil, &requestError{"environment", "want prod, ref or test, or urls"}
	}
	before, err := req.before(&o, &d)
	if err != nil {
		return nil, err
	}
	got, err := tsl.Fetch(ctx, fetchClient(), d)
	if err != nil {
		return nil, downloadError(ctx, err)
	}
	data := got.Data
	if got.NotModified {
		data = before
	}
	o.Detached = got.Detached
	v, r, err := judge(data, o)
	if err != nil {
		return nil, err
	}
	a := &tslFetchAnswerDoc{listVerdict: v, URL: got.Point.URL, Failed: []string{}}
	for _, f := range got.Failed {
		a.Failed = append(a.Failed, clean(f.Error()))
		a.FailedDE = append(a.FailedDE, clean(germanFailedPoint(f)))
	}
	if r == nil || r.Same {
		return a, nil
	}
	a.Written = true
	return a, writeFile("path", req.Path, data)
}

// points are where to look.
func (r *tslFetchRequestDoc) points(e tsl.Environment) []tsl.Point {
	if len(r.URLs) == 0 {
		return tsl.Points(e)
	}
	points := make([]tsl.Point, 0, len(r.URLs))
	for _, u := range r.URLs {
		secure := len(u) > 6 && u[:6] == "https:"
		points = append(points, tsl.Point{URL: u, Hash: secure, Detached: !secure})
	}
	return points
}

// before reads the list that is in the file already, for the order of lists and
// for a cheap download.
func (r *tslFetchRequestDoc) before(o *tsl.Options, d *tsl.Download) ([]byte, error) {
	if r.Path == "" {
		return nil, &requestError{"path", "must not be empty"}
	}
	if _, err := os.Stat(r.Path); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	old, data, err := readList("path", r.Path, *o)
	if err != nil {
		return nil, err
	}
	o.Stored, d.Known = old.List.Stored(), &tsl.Known{SHA256: sha256.Sum256(data)}
	return data, nil
}

// fetchClient takes the proxy of the environment and follows no redirect: the
// addresses are official ones.
func fetchClient() *http.Client {
	return &http.Client{
		Timeout:       time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// downloadError is a download that brought nothing.
func downloadError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errors.Join(ctx.Err(), err)
	}
	return errors.Join(KindDownload, err)
}
