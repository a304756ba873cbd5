package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// signFlags are the flags of sign.
type signFlags struct {
	card, kind, variant, mime, crypt, short string
	revocation                              bool
	out                                     output
}

func (a *app) sign() *cobra.Command {
	var s signFlags
	cmd := &cobra.Command{
		Use:   "sign FILE...",
		Short: "Sign files with an HBA or SMC-B; one entry of the PIN for all",
		Long: `Signs files: PDF with PAdES, others with CAdES, unless --type says otherwise. The
results are written beside the files, readable by their owner only: NAME-signed.pdf
or NAME-signed.xml where the document holds its signature, else NAME.p7s or NAME.sig.
With --json they are printed and not written.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.signFiles(cmd.Context(), &s, args) },
	}
	f := cmd.Flags()
	f.StringVar(&s.card, "card", "", "handle of the card (default: the one HBA that is inserted)")
	f.StringVar(&s.kind, "type", "", "PAdES, CAdES or XAdES")
	f.StringVar(&s.variant, "variant", "", "detached, enveloping or enveloped; XAdES needs it")
	f.StringVar(&s.mime, "mime", "", "MIME type of the files")
	f.StringVar(&s.crypt, "crypt", "", "key: RSA, ECC or RSA_ECC (default)")
	f.StringVar(&s.short, "short-text", "", "what the viewer shows, at most 30 characters")
	f.BoolVar(&s.revocation, "revocation-info", false, "embed the OCSP answer about the signer")
	s.out.flags(cmd, "`FOLDER` for the results (default: that of each file)")
	return cmd
}

// target is where the signature of a file goes.
func (s *signFlags) target(file string) string {
	folder, name := filepath.Dir(file), filepath.Base(file)
	if s.out.file != "" {
		folder = s.out.file
	}
	ext := filepath.Ext(name)
	signed := strings.TrimSuffix(name, ext) + "-signed" + ext
	switch kind := s.kindOf(file); {
	case kind == "PAdES", kind == "XAdES" && s.variant == "enveloped":
		name = signed
	case kind == "XAdES":
		name += ".sig"
	default:
		name += ".p7s"
	}
	return filepath.Join(folder, name)
}

func (s *signFlags) kindOf(file string) string {
	switch {
	case s.kind != "":
		return s.kind
	case strings.EqualFold(filepath.Ext(file), ".pdf"):
		return "PAdES"
	}
	return "CAdES"
}

// request asks for the signatures of files.
func (s *signFlags) request(files []string) (request, error) {
	var documents []request
	for _, file := range files {
		content, err := readDocument(file)
		if err != nil {
			return nil, err
		}
		d := request{"content": encoded(content), "type": s.kindOf(file)}
		set(d, "variant", s.variant)
		set(d, "mime_type", s.mime)
		set(d, "short_text", s.short)
		set(d, "include_revocation_info", s.revocation)
		documents = append(documents, d)
	}
	r := request{"documents": documents}
	set(r, "crypt", s.crypt)
	return r, nil
}

func (a *app) signFiles(ctx context.Context, s *signFlags, files []string) error {
	seen := map[string]bool{}
	for _, file := range files {
		target := s.target(file)
		if seen[target] {
			return fmt.Errorf("%s: two files would be signed into it", target)
		}
		seen[target] = true
		if err := s.out.free(target); err != nil && !a.json {
			return err
		}
	}
	r, err := s.request(files)
	if err != nil {
		return err
	}
	if s.card == "" {
		if s.card, err = a.inserted(ctx, "HBA"); err != nil {
			return err
		}
	}
	r["card_handle"] = s.card
	var answer struct {
		Failed    int `json:"failed"`
		Documents []struct {
			Signature []byte `json:"signature"`
			Document  []byte `json:"document"`
			ErrorDE   string `json:"error_de"`
		} `json:"documents"`
	}
	if err := a.fetch(ctx, "sign.documents", r, &answer); err != nil {
		return err
	}
	for i, d := range answer.Documents {
		if a.json || i >= len(files) {
			break
		}
		result := d.Document
		if len(result) == 0 {
			result = d.Signature
		}
		if len(result) == 0 {
			fmt.Fprintf(a.stderr, "%s: %s\n", files[i], d.ErrorDE)
			continue
		}
		if err := s.out.write(s.target(files[i]), result); err != nil {
			return err
		}
		fmt.Fprintln(a.stdout, s.target(files[i]))
	}
	if answer.Failed > 0 {
		return errUnsigned
	}
	return nil
}

func (a *app) verify() *cobra.Command {
	var signature, at string
	var report bool
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Have the Konnektor judge the signature of a file",
		Long: `Has the Konnektor judge the signature inside of a file (PDF, XML, CMS with its
document), or with --signature one that stands alone.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := verifyRequest(args[0], signature)
			if err != nil {
				return err
			}
			set(r, "at", at)
			set(r, "report", report)
			answer, err := a.run(cmd.Context(), "sign.verify", r)
			if err != nil {
				return err
			}
			var v struct {
				Result string `json:"result"`
			}
			if err := json.Unmarshal(answer, &v); err != nil {
				return err
			}
			if v.Result != "VALID" {
				return errSignature
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&signature, "signature", "", "`FILE` with the signature (CMS or XML)")
	cmd.Flags().StringVar(&at, "at", "", "`TIME` to judge at (default: what the signature says, else now)")
	cmd.Flags().BoolVar(&report, "report", false, "show the findings about each signature")
	return cmd
}

func verifyRequest(file, signature string) (request, error) {
	document, err := readDocument(file)
	if err != nil {
		return nil, err
	}
	if signature == "" && isDER(document) {
		return request{"signature": encoded(document)}, nil
	}
	r := request{"document": encoded(document)}
	switch {
	case isXML(document):
		r["xml"] = true
	case bytes.HasPrefix(document, []byte("%PDF")):
		r["mime_type"] = "application/pdf-a"
	}
	if signature != "" {
		s, err := readDocument(signature)
		if err != nil {
			return nil, err
		}
		r["signature"] = encoded(s)
		set(r, "signature_xml", isXML(s))
	}
	return r, nil
}
