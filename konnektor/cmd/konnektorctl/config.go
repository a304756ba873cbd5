package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/operations"
)

// The environment variables.
const (
	envConfig   = "KONNEKTOR_CONFIG"
	envPassword = "KONNEKTOR_PASSWORD"
)

// maxFile bounds the files that the program reads, in bytes.
const maxFile = 1 << 20

// settings are the flags that say which Konnektor and how.
type settings struct {
	file         string
	passwordFile string
	verbose      bool
	config       konnektor.Config // what the flags set
	manage       manageSettings
}

// flags adds the flags of s to a command and those below it.
func (s *settings) flags(cmd *cobra.Command) {
	f, c := cmd.PersistentFlags(), &s.config
	f.StringVar(&s.file, "config", "", "read the settings from this JSON `FILE`")
	f.StringVar(&c.URL, "url", "", "address of the Konnektor, such as https://192.0.2.7")
	f.StringVar(&c.Call.MandantID, "mandant", "", "MandantId of the Aufrufkontext")
	f.StringVar(&c.Call.ClientSystemID, "clientsystem", "", "ClientSystemId of the Aufrufkontext")
	f.StringVar(&c.Call.WorkplaceID, "arbeitsplatz", "", "WorkplaceId of the Aufrufkontext")
	f.StringVar(&c.Call.UserID, "nutzer", "", "UserId of the Aufrufkontext, needed with an HBA only")
	f.StringVar(&c.Trust.CAsFile, "ca", "", "PEM `FILE` with the issuers of the Konnektor's certificate")
	f.StringSliceVar(&c.Trust.CertificateSHA256, "fingerprint", nil, "`SHA-256` of the Konnektor's certificate, in hex")
	f.StringVar(&c.Trust.ServerName, "server-name", "", "name in the Konnektor's certificate (default "+konnektor.DefaultServerName+")")
	f.StringVar(&c.Auth.CertificateFile, "cert", "", "PEM `FILE` with the client certificate")
	f.StringVar(&c.Auth.KeyFile, "key", "", "PEM `FILE` with the key of the client certificate")
	f.StringVar(&c.Auth.PKCS12File, "p12", "", "PKCS#12 `FILE` with both, as the Konnektor exports it")
	f.StringVar(&c.Auth.User, "user", "", "user name, in place of a certificate")
	f.StringVar(&s.passwordFile, "password-file", "", "`FILE` with the password of --p12 or --user in its first line; else it comes from "+envPassword)
	f.BoolVar(&c.RewriteHost, "rewrite-host", false, "call the host of the address, whatever the Konnektor's directory names")
	f.BoolVarP(&s.verbose, "verbose", "v", false, "log the calls to stderr, without patient data")
}

// open makes a Session out of file, environment and flags; flags win.
func (s *settings) open(stderr io.Writer) (*operations.Session, error) {
	cfg, err := s.load()
	if err != nil {
		return nil, settingsError(err)
	}
	raw, err := json.Marshal(cfg)
	if err == nil {
		raw, err = s.manage.add(raw)
	}
	if err != nil {
		return nil, settingsError(err)
	}
	var log *slog.Logger
	if s.verbose {
		log = slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return operations.Open(raw, log)
}

// settingsError is what keeps the settings from being read.
func settingsError(err error) error {
	if kind := konnektor.KindConfig; !errors.Is(err, kind) {
		err = fmt.Errorf("%w: %w", err, kind)
	}
	return operations.NewError("open", err)
}

// none says that neither file, environment nor flags name a Konnektor.
func (s *settings) none() bool {
	return s.file == "" && os.Getenv(envConfig) == "" && s.config.URL == ""
}

// load reads the file and lays the flags over it.
func (s *settings) load() (konnektor.Config, error) {
	var cfg konnektor.Config
	file := s.file
	if file == "" {
		file = os.Getenv(envConfig)
	}
	switch {
	case file != "":
		raw, err := readFile(file)
		if err == nil {
			raw, err = s.manage.take(raw)
		}
		if err != nil {
			return cfg, err
		}
		if cfg, err = konnektor.ParseConfig(raw); err != nil {
			return cfg, err
		}
	case s.config.URL == "" && s.manage.file == "" && s.manage.dir == "":
		return cfg, errors.New("no settings: use --config, " + envConfig + " or --url")
	}
	s.overlay(&cfg)
	return cfg, s.password(&cfg)
}

// overlay sets what the flags say.
func (s *settings) overlay(cfg *konnektor.Config) {
	f := &s.config
	for _, p := range []struct {
		to   *string
		from string
	}{
		{&cfg.URL, f.URL},
		{&cfg.Call.MandantID, f.Call.MandantID},
		{&cfg.Call.ClientSystemID, f.Call.ClientSystemID},
		{&cfg.Call.WorkplaceID, f.Call.WorkplaceID},
		{&cfg.Call.UserID, f.Call.UserID},
		{&cfg.Trust.CAsFile, f.Trust.CAsFile},
		{&cfg.Trust.ServerName, f.Trust.ServerName},
		{&cfg.Auth.CertificateFile, f.Auth.CertificateFile},
		{&cfg.Auth.KeyFile, f.Auth.KeyFile},
		{&cfg.Auth.PKCS12File, f.Auth.PKCS12File},
		{&cfg.Auth.User, f.Auth.User},
	} {
		if p.from != "" {
			*p.to = p.from
		}
	}
	if len(f.Trust.CertificateSHA256) > 0 {
		cfg.Trust.CertificateSHA256 = f.Trust.CertificateSHA256
	}
	cfg.RewriteHost = cfg.RewriteHost || f.RewriteHost
}

// password fetches the password from where no other user of the computer sees
// it, never from the arguments. It is that of the PKCS#12 file, if there is one,
// else that of the user.
func (s *settings) password(cfg *konnektor.Config) error {
	password, err := s.secret()
	if err != nil {
		return err
	}
	switch {
	case password == "":
	case cfg.Auth.PKCS12File != "" || len(cfg.Auth.PKCS12) > 0:
		cfg.Auth.PKCS12Password = konnektor.Secret(password)
	case cfg.Auth.User != "":
		cfg.Auth.Password = konnektor.Secret(password)
	}
	return nil
}

// secret is the password of the file or of the environment, empty without one.
func (s *settings) secret() (string, error) {
	if s.passwordFile == "" {
		return os.Getenv(envPassword), nil
	}
	raw, err := readFile(s.passwordFile)
	if err != nil {
		return "", err
	}
	password, _, _ := strings.Cut(string(raw), "\n")
	return strings.TrimSuffix(password, "\r"), nil
}

// readFile reads a file of at most maxFile bytes.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxFile {
		return nil, fmt.Errorf("%s: larger than 1 MiB", name)
	}
	return raw, nil
}
