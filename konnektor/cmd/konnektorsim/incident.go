package main

import (
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet/secunettest"
)

// incidentOptions are the flags of a box in the middle of an incident.
type incidentOptions struct {
	name, dir, listen string
	missed, answers   int
	speed             float64
}

func (o *incidentOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.name, "incident", "", "start a box with its management in the middle of an incident: 2020-05, 2020-09, 2025-07")
	f.StringVar(&o.dir, "incident-dir", "", "`FOLDER` for credentials, profile, configurations and trust lists (default: one of its own, removed at the end)")
	f.StringVar(&o.listen, "listen-management", "127.0.0.1:0", "with --incident: loopback address of the management port")
	f.IntVar(&o.missed, "missed-changes", 1, "with --incident 2020-05: changes of the trust anchor that the box slept through")
	f.IntVar(&o.answers, "stuck-answers", 6, "with --incident 2020-09: how many requests in a row it answers in every fifty")
	f.Float64Var(&o.speed, "speed", 1, "with --incident: how many times as fast as this machine's the clock of the box runs")
}

// check finds what is wrong with the flags.
func (o *serveOptions) checkIncident() error {
	i := &o.incident
	switch {
	case i.name == "":
		return nil
	case !slices.Contains(secunettest.Incidents(), secunettest.Incident(i.name)):
		return fmt.Errorf("%w: --incident: unknown incident %s", errUsage, i.name)
	case o.style != "" && o.style != string(konnektortest.Secunet):
		return fmt.Errorf("%w: --incident is that of a secunet box: no other --style", errUsage)
	case i.missed < 1 || i.missed > 20:
		return fmt.Errorf("%w: --missed-changes: 1 to 20", errUsage)
	case i.answers < 1 || i.answers > 50:
		return fmt.Errorf("%w: --stuck-answers: 1 to 50", errUsage)
	case !(i.speed > 0) || i.speed > 1e6:
		return fmt.Errorf("%w: --speed: more than 0, at most a million", errUsage)
	}
	return nil
}

// begin starts the simulator, with management when an incident is wanted.
func (o *serveOptions) begin() (*konnektortest.Konnektor, *secunettest.Box, error) {
	if o.incident.name == "" {
		k, err := konnektortest.Start(o.sim)
		return k, nil, err
	}
	services := o.sim
	services.Style = konnektortest.Secunet
	if services.Identity == konnektortest.P256 {
		services.Identity = "" // the incident decides
	}
	box, err := secunettest.Start(secunettest.Options{
		Clock: mgmttest.RunningClock(time.Time{}, o.incident.speed), Services: services, Listen: o.incident.listen,
		Incident: secunettest.Incident(o.incident.name), MissedChanges: o.incident.missed,
		Stuck: mgmttest.Stuck{OneIn: 50, Answers: o.incident.answers, Hang: time.Second},
	})
	if err != nil {
		return nil, nil, err
	}
	return box.Konnektor, box, nil
}

// incidentFiles says where things are.
type incidentFiles struct {
	Folder      string   `json:"folder"`
	Credentials string   `json:"credentials"`
	Profile     string   `json:"profile"`
	Services    string   `json:"services_config"`
	Management  string   `json:"management_config"`
	Certificate string   `json:"management_certificate"` // PEM; its name is conn-at-pu
	Anchor      string   `json:"anchor,omitempty"`       // PEM, for whoever judges the lists
	Lists       []string `json:"lists,omitempty"`        // oldest first
}

// incidentReport is what --print-config prints of a box in an incident.
type incidentReport struct {
	Incident      string           `json:"incident"`
	URL           string           `json:"url"`
	ManagementURL string           `json:"management_url"`
	Fingerprint   string           `json:"management_certificate_sha256"`
	Services      konnektor.Config `json:"services"`
	Management    mgmt.Config      `json:"management"`
	Files         incidentFiles    `json:"files"`
}

// writeIncident writes what a program needs to repair the box. remove takes a
// folder of its own away again.
func (o *incidentOptions) writeIncident(box *secunettest.Box) (r incidentReport, remove func(), err error) {
	dir, remove := o.dir, func() {}
	if dir == "" {
		if dir, err = os.MkdirTemp("", "konnektorsim-"); err != nil {
			return r, remove, fmt.Errorf("incident: %w", err)
		}
		remove = func() { _ = os.RemoveAll(dir) }
	}
	if dir, err = filepath.Abs(dir); err == nil {
		err = os.MkdirAll(filepath.Join(dir, "lists"), 0o700)
	}
	if err == nil {
		r, err = report(box, o.name, dir)
	}
	if err == nil {
		err = r.write(box)
	}
	if err != nil {
		remove()
		return r, func() {}, fmt.Errorf("incident: %w", err)
	}
	return r, remove, nil
}

func report(box *secunettest.Box, name, dir string) (incidentReport, error) {
	r := incidentReport{
		Incident: name, URL: box.Konnektor.URL(), ManagementURL: box.URL(), Fingerprint: box.Fingerprint(),
		Services: box.Konnektor.Config(),
		Files: incidentFiles{
			Folder: dir, Credentials: filepath.Join(dir, "credentials.json"), Profile: filepath.Join(dir, "profile.json"),
			Services: filepath.Join(dir, "services.json"), Management: filepath.Join(dir, "management.json"),
			Certificate: filepath.Join(dir, "management.pem"),
		},
	}
	at, err := url.Parse(box.URL())
	if err != nil {
		return r, err
	}
	host, text, err := net.SplitHostPort(at.Host)
	if err != nil {
		return r, err
	}
	port, err := strconv.Atoi(text)
	r.Management = mgmt.Config{
		Host: host, Port: port, Trust: konnektor.Trust{CertificateSHA256: []string{box.Fingerprint()}},
		DirectoryURL: box.Konnektor.PlainURL(), CredentialsFile: r.Files.Credentials,
		ProfileFiles: []string{r.Files.Profile}, AllowOperatorSupplied: true,
	}
	for _, l := range box.Lists() {
		r.Files.Lists = append(r.Files.Lists, filepath.Join(dir, "lists", l.Name))
	}
	if len(r.Files.Lists) > 0 {
		r.Files.Anchor = filepath.Join(dir, "anchor.pem")
	}
	return r, err
}

// write writes the files. All are for their owner only.
func (r *incidentReport) write(box *secunettest.Box) error {
	credentials, err := json.Marshal(map[string]string{"user": box.User(), "password": box.Password()})
	services, err2 := json.MarshalIndent(r.Services, "", "  ")
	management, err3 := json.MarshalIndent(r.Management, "", "  ")
	if err := errors.Join(err, err2, err3); err != nil {
		return err
	}
	files := map[string][]byte{
		r.Files.Credentials: credentials, r.Files.Profile: secunettest.Profile(),
		r.Files.Services: services, r.Files.Management: management,
		r.Files.Certificate: certificatePEM(box.Certificate()),
	}
	if r.Files.Anchor != "" {
		files[r.Files.Anchor] = certificatePEM(box.Anchor())
	}
	for i, l := range box.Lists() {
		files[r.Files.Lists[i]] = l.XML
	}
	for name, content := range files {
		if err := replaceFile(name, content); err != nil {
			return err
		}
	}
	return nil
}

func certificatePEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// replaceFile writes a file that only its owner can read, also where there was
// one that others could.
func replaceFile(name string, content []byte) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

// tell says on stderr what was started.
func (r *incidentReport) tell(stderr io.Writer) {
	fmt.Fprintf(stderr, "konnektorsim: incident %s: management at %s, certificate SHA-256 %s\n", r.Incident, r.ManagementURL, r.Fingerprint)
	fmt.Fprintf(stderr, "konnektorsim: credentials, profile, configurations and lists in %s\n", r.Files.Folder)
}
