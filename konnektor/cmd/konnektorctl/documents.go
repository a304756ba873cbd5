package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/operations"
)

// maxDocument bounds the documents that the program reads, in bytes.
const maxDocument = 36 << 20

// output is the flags that say where a result goes.
type output struct {
	file      string
	overwrite bool
}

func (o *output) flags(cmd *cobra.Command, what string) {
	cmd.Flags().StringVarP(&o.file, "out", "o", "", what)
	cmd.Flags().BoolVar(&o.overwrite, "overwrite", false, "replace a file that is there")
}

// free fails when a file is there and must not be replaced. It is asked before
// anything is done.
func (o *output) free(file string) error {
	if o.overwrite {
		return nil
	}
	_, err := os.Lstat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("%s: is there already; --overwrite replaces it", file)
	}
	return err
}

// write writes a result, readable by its owner only, at once or not at all.
func (o *output) write(file string, data []byte) error {
	if !o.overwrite {
		f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		_, err = f.Write(data)
		if err = errors.Join(err, f.Close()); err != nil {
			err = errors.Join(err, os.Remove(file))
		}
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".konnektorctl-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}

// readDocument reads a document.
func readDocument(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	raw, err := io.ReadAll(io.LimitReader(f, maxDocument+1))
	switch {
	case err != nil:
		return nil, err
	case len(raw) > maxDocument:
		return nil, fmt.Errorf("%s: larger than 36 MiB", name)
	case len(raw) == 0:
		return nil, fmt.Errorf("%s: is empty", name)
	}
	return raw, nil
}

// readCertificate reads a certificate in PEM or DER; of several the first.
func readCertificate(name string) ([]byte, error) {
	raw, err := readDocument(name)
	if err != nil {
		return nil, err
	}
	all, err := certs.ParseAll(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return all[0].Raw, nil
}

func encoded(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// isXML and isDER tell documents apart by their beginning.
func isXML(b []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(bytes.TrimPrefix(b, []byte("\ufeff"))), []byte("<"))
}
func isDER(b []byte) bool { return b[0] == 0x30 }

// fetch calls an operation and decodes its answer; with --json it prints it, too.
func (a *app) fetch(ctx context.Context, name string, r request, answer any) error {
	raw, err := a.answerOf(ctx, name, r)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, answer)
}

// inserted finds the one card of a type that is inserted.
func (a *app) inserted(ctx context.Context, kind string) (string, error) {
	b, err := a.ask(ctx, "cards", request{"card_type": kind}, a.showEvent)
	if err != nil {
		return "", err
	}
	var answer struct {
		Cards []struct {
			Handle string `json:"handle"`
		} `json:"cards"`
	}
	if err := json.Unmarshal(b, &answer); err != nil {
		return "", err
	}
	switch len(answer.Cards) {
	case 0:
		return "", operations.NewError("cards", konnektor.KindNotInserted)
	case 1:
		return answer.Cards[0].Handle, nil
	}
	return "", errors.New("several cards of type " + kind + " are inserted: name one with --card")
}

func (a *app) encrypt() *cobra.Command {
	var card, kind, mime string
	var to []string
	var out output
	cmd := &cobra.Command{
		Use:   "encrypt FILE",
		Short: "Encrypt a file for certificates and for a card; needs no PIN",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out.file == "" {
				out.file = args[0] + ".p7m"
			}
			r := request{"type": kind}
			set(r, "card_handle", card)
			set(r, "mime_type", mime)
			var certificates []string
			for _, file := range to {
				der, err := readCertificate(file)
				if err != nil {
					return err
				}
				certificates = append(certificates, encoded(der))
			}
			if certificates != nil {
				r["certificates"] = certificates
			}
			return a.convert(cmd.Context(), "encrypt", r, args[0], &out)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&to, "to", nil, "`FILE` with the encryption certificate of a recipient (PEM or DER); may be repeated")
	f.StringVar(&card, "card", "", "handle of a card of a recipient")
	f.StringVar(&kind, "type", "CMS", "CMS, XML or SMIME")
	f.StringVar(&mime, "mime", "", "MIME type of the file")
	out.flags(cmd, "`FILE` for the result (default: the name with .p7m)")
	return cmd
}

func (a *app) decrypt() *cobra.Command {
	var card, crypt string
	var out output
	cmd := &cobra.Command{
		Use:   "decrypt FILE",
		Short: "Decrypt a file with the key of a card, whose PIN must have been entered",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out.file == "" {
				name, ok := strings.CutSuffix(args[0], ".p7m")
				if !ok {
					return errors.New("name the file for the result with --out")
				}
				out.file = name
			}
			if card == "" {
				var err error
				if card, err = a.inserted(cmd.Context(), "SM-B"); err != nil {
					return err
				}
			}
			r := request{"card_handle": card}
			set(r, "crypt", crypt)
			return a.convert(cmd.Context(), "decrypt", r, args[0], &out)
		},
	}
	cmd.Flags().StringVar(&card, "card", "", "handle of the card (default: the one SMC-B that is inserted)")
	cmd.Flags().StringVar(&crypt, "crypt", "", "key: RSA, ECC or RSA_ECC (default)")
	out.flags(cmd, "`FILE` for the result (default: the name without .p7m)")
	return cmd
}

// convert has a file encrypted or decrypted.
func (a *app) convert(ctx context.Context, name string, r request, file string, out *output) error {
	if err := out.free(out.file); err != nil && !a.json {
		return err
	}
	content, err := readDocument(file)
	if err != nil {
		return err
	}
	r["content"] = encoded(content)
	if name == "decrypt" {
		set(r, "xml", isXML(content))
	}
	var answer struct {
		Content []byte `json:"content"`
		Warning *struct {
			Text string `json:"text_de"`
		} `json:"warning"`
	}
	if err := a.fetch(ctx, name, r, &answer); err != nil || a.json {
		return err
	}
	if answer.Warning != nil {
		fmt.Fprintln(a.stderr, answer.Warning.Text)
	}
	if err := out.write(out.file, answer.Content); err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.stdout, out.file)
	return err
}
