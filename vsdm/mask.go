package vsdm

import (
	"fmt"
	"io"
	"log/slog"
)

// masked makes a struct that embeds it unreadable wherever it is printed,
// logged or encoded as a whole. Its fields are plain values for who takes them
// one by one.
type masked struct{}

const mask = "***"

// String is "***".
func (masked) String() string { return mask }

// GoString is "***".
func (masked) GoString() string { return mask }

// Format writes "***", whatever the verb.
func (masked) Format(f fmt.State, _ rune) { write(f, mask) }

// LogValue is "***".
func (masked) LogValue() slog.Value { return slog.StringValue(mask) }

// MarshalText is "***", so that no encoder writes a patient by accident.
func (masked) MarshalText() ([]byte, error) { return []byte(mask), nil }

func write(w io.Writer, s string) {
	_, _ = io.WriteString(w, s) // fmt keeps no error of a Formatter
}
