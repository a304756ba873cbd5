package konnektor

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/soap"
)

// log writes the one line of a call: what was called, how long it took, how
// much was sent, and how it ended; and, by their names, which optional elements
// of the answer were left out because they could not be read. Never a body, a
// header or a message of the device.
func (c *Client) log(ctx context.Context, op, host string, result soap.Result, begun time.Time, err error) {
	level := slog.LevelInfo
	if err != nil || len(result.Unreadable) > 0 {
		level = slog.LevelWarn
	}
	if c.cfg.Log == nil || !c.cfg.Log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("op", op),
		slog.String("host", host),
		slog.Float64("ms", float64(time.Since(begun).Microseconds())/1000),
		slog.Int("status", result.HTTPStatus),
		slog.Int("sent", result.Sent),
		slog.Int("received", result.Received),
	}
	var fault *Error
	var kind Kind
	switch {
	case errors.As(err, &fault):
		attrs = append(attrs, slog.Int("code", int(fault.Code())))
	case errors.As(err, &kind):
		attrs = append(attrs, slog.String("kind", string(kind)))
	}
	if len(result.Unreadable) > 0 {
		attrs = append(attrs, slog.Any("unreadable", result.Unreadable))
	}
	c.cfg.Log.LogAttrs(ctx, level, "call", attrs...)
}
