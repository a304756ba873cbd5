package konnektortest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// schemaVariable names the folder of the official interface files.
const schemaVariable = "GEMATIK_API_DIR"

// schemaFolder returns the folder with the official files when they and xmllint
// are at hand: from the environment, or beside the module's folder. Else "".
func schemaFolder() string {
	if _, err := exec.LookPath("xmllint"); err != nil {
		return ""
	}
	dir := os.Getenv(schemaVariable)
	if dir == "" {
		dir = besideModule()
	}
	if _, err := os.Stat(filepath.Join(dir, "conn", "EventService.xsd")); err != nil {
		return ""
	}
	return dir
}

// besideModule finds ../shared/gematik-api from the module's root, or "".
func besideModule() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for range 20 {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "..", "shared", "gematik-api")
		}
		dir = filepath.Dir(dir)
	}
	return ""
}

// Validate holds all requests and answers so far against the official schemas
// with xmllint. Without schemas, or for a Konnektor that was not started by New,
// it does nothing. New calls it at the end of the test.
func (k *Konnektor) Validate() error {
	folder := schemaFolder()
	k.mu.Lock()
	docs, unkept := k.documents, k.unkept
	k.documents, k.documentBytes, k.unkept = nil, 0, 0
	k.mu.Unlock()
	if folder == "" || len(docs) == 0 {
		return nil
	}
	bySchema := map[string][][]byte{}
	for _, d := range docs {
		bySchema[d.schema] = append(bySchema[d.schema], d.body)
	}
	var problems []error
	for schema, bodies := range bySchema {
		if err := validate(folder, schema, bodies); err != nil {
			problems = append(problems, err)
		}
	}
	if unkept > 0 {
		problems = append(problems, fmt.Errorf("konnektortest: %d documents were too many to be validated", unkept))
	}
	return errors.Join(problems...)
}

// validate runs xmllint once for a schema.
func validate(folder, schema string, docs [][]byte) error {
	dir, err := os.MkdirTemp("", "konnektortest")
	if err != nil {
		return fmt.Errorf("konnektortest: validate: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	args := []string{"--nonet", "--noout", "--schema", filepath.Join(folder, schema)}
	for i, doc := range docs {
		file := filepath.Join(dir, fmt.Sprintf("%04d.xml", i))
		if err := os.WriteFile(file, doc, 0o600); err != nil {
			return fmt.Errorf("konnektortest: validate: %w", err)
		}
		args = append(args, file)
	}
	out, err := exec.Command("xmllint", args...).CombinedOutput()
	if err == nil {
		return nil
	}
	var wrong []string
	for line := range strings.Lines(string(out)) {
		if !strings.HasSuffix(strings.TrimSpace(line), " validates") {
			wrong = append(wrong, strings.TrimSpace(line))
		}
	}
	return fmt.Errorf("konnektortest: %s: %w: %s", schema, err, strings.Join(wrong[:min(len(wrong), 20)], "\n"))
}
