package mgmt

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// logResults are the results of one log entry. Raw is the whole line.
type logResults struct {
	Stamp    string    `json:"stamp"` // seconds and nanoseconds since 1970, not padded
	Time     time.Time `json:"time"`
	Kind     string    `json:"kind"`
	Severity string    `json:"severity"`
	Message  string    `json:"message"`
	Raw      []byte    `json:"raw"`
}

// Limits of one request for log entries.
const (
	defaultLogLimit = 1000
	maxLogLimit     = 10000
)

// ReadLog reads log entries, oldest first: [LogReader].
func (b *Base) ReadLog(ctx context.Context, q LogQuery) ([]LogEntry, error) {
	values, err := q.values()
	if err != nil {
		return nil, err
	}
	if e := b.entry(OpLogRead); e != nil && !e.reads(values) {
		return nil, b.unknown(OpLogRead)
	}
	lines, err := items[logResults](ctx, b, OpLogRead, values)
	if err != nil {
		return nil, err
	}
	entries := make([]LogEntry, 0, len(lines))
	for _, line := range lines {
		entries = append(entries, line.entry())
	}
	sort.SliceStable(entries, func(i, j int) bool { return entries[i].Time.Before(entries[j].Time) })
	return entries, nil
}

// The log that a call reads which does not say which one.
const (
	systemLog    = "system"
	operationLog = "OP"
)

// reads reports whether a call is known for the log that is asked for: one that
// names no log in its path is that of the system alone.
func (e *Entry) reads(v Values) bool {
	return strings.Contains(e.Path, "{module}") && strings.Contains(e.Path, "{kind}") ||
		v["module"] == systemLog && v["kind"] == operationLog
}

func (q LogQuery) values() (Values, error) {
	if q.Module == "" {
		q.Module = systemLog
	}
	if q.Kind == "" {
		q.Kind = operationLog
	}
	if q.Limit == 0 {
		q.Limit = defaultLogLimit
	}
	switch {
	case q.From.IsZero() || q.To.IsZero() || q.To.Before(q.From):
		return nil, requestError("log: want a period, from and to")
	case q.Limit < 0 || q.Limit > maxLogLimit || q.Offset < 0:
		return nil, requestError("log: limit or offset out of range")
	}
	return Values{
		"module": q.Module, "kind": q.Kind, "from": q.From.Unix(), "to": q.To.Unix(), "limit": q.Limit, "offset": q.Offset,
	}, nil
}

// entry reads one line. The raw line counts; the message of the box lacks the
// first pairs.
func (r logResults) entry() LogEntry {
	line := r.Message
	if len(r.Raw) > 0 {
		line = string(r.Raw)
	}
	e := ParseLogLine(line)
	if e.Kind == "" {
		e.Kind = strings.ToUpper(r.Kind)
	}
	if e.Severity == "" {
		e.Severity = strings.ToUpper(r.Severity)
	}
	if t, ok := parseStamp(r.Stamp); ok {
		e.Time = t
	} else if !r.Time.IsZero() {
		e.Time = r.Time.UTC()
	}
	return e
}

// parseStamp reads seconds and nanoseconds since 1970 as two numbers: the second
// is not padded, ".64000000" means 64 ms (seen on a secunet box).
func parseStamp(s string) (time.Time, bool) {
	seconds, nanos, found := strings.Cut(strings.TrimSpace(s), ".")
	sec, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || sec < 0 || sec > maxStamp {
		return time.Time{}, false
	}
	var ns int64
	if found {
		if ns, err = strconv.ParseInt(nanos, 10, 64); err != nil || ns < 0 || ns >= int64(time.Second) {
			return time.Time{}, false
		}
	}
	return time.Unix(sec, ns).UTC(), true
}

// maxStamp is the end of the year 9999.
const maxStamp = 253402300799

// maxLine bounds a log line, in bytes; the rest is cut off.
const maxLine = 64 << 10

// ParseLogLine reads one line of a log: key=value, joined by semicolons and not
// escaped. Parts without "=" are the text; of a part with several, the first one
// separates. The first pairs timestamp, type and severity become Kind and
// Severity; the timestamp is local time of an unknown zone and only kept as a
// field: Time is taken from the Vorgangsnummer, if it has one.
//
// It never fails: what cannot be split is text.
func ParseLogLine(line string) LogEntry {
	line = strings.ToValidUTF8(line[:min(len(line), maxLine)], "�")
	var e LogEntry
	for part := range strings.SplitSeq(strings.TrimRight(line, "\r\n"), ";") {
		part = strings.TrimLeft(part, " ")
		key, value, found := strings.Cut(part, "=")
		switch {
		case !found && part == "":
		case !found:
			e.addText(part)
		case strings.EqualFold(key, "text"):
			e.addText(value)
		case strings.EqualFold(key, "type") && e.Kind == "":
			e.Kind = strings.ToUpper(strings.TrimSpace(value))
		case strings.EqualFold(key, "severity") && e.Severity == "":
			e.Severity = strings.ToUpper(strings.TrimSpace(value))
		default:
			e.Fields = append(e.Fields, LogField{key, value})
		}
	}
	e.Time = timeOfProcess(e.Field("Vorgangsnummer"))
	return e
}

func (e *LogEntry) addText(s string) {
	if e.Text != "" {
		e.Text += "; "
	}
	e.Text += s
}

// timeOfProcess is the time in a Vorgangsnummer such as soap-<ms>-<hex>; zero for
// other forms.
func timeOfProcess(s string) time.Time {
	_, rest, found := strings.Cut(strings.TrimSpace(s), "-")
	digits, _, more := strings.Cut(rest, "-")
	ms, err := strconv.ParseInt(digits, 10, 64)
	if !found || !more || err != nil || ms < 1e12 || ms > maxStamp*1000 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Code is the code of an error line, or 0.
func (e LogEntry) Code() konnektor.Code {
	n, err := strconv.Atoi(strings.TrimSpace(e.Field("code")))
	if err != nil || n < 0 || n > 99999 {
		return 0
	}
	return konnektor.Code(n)
}

// String is time, kind, severity and topic or code: what names nobody.
func (e LogEntry) String() string {
	s := fmt.Sprintf("%s %s %s", e.Time.Format(time.RFC3339Nano), word(e.Kind), word(e.Severity))
	if topic := word(e.Field("topic")); topic != "" {
		s += " " + topic
	}
	if code := e.Code(); code != 0 {
		s += " code " + strconv.Itoa(int(code))
	}
	return s
}

// word is s when it is a name of the TI, not a text.
func word(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 100 || strings.ContainsFunc(s, func(r rune) bool { return notToken(r) && r != '/' && r != '.' }) {
		return ""
	}
	return s
}

// GoString is String.
func (e LogEntry) GoString() string { return e.String() }

// Format writes String, whatever the verb.
func (e LogEntry) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, e.String()) // fmt keeps no error of a Formatter
}

// LogValue is String.
func (e LogEntry) LogValue() slog.Value { return slog.StringValue(e.String()) }

// MarshalText is String: a line may name a patient. Who wants its fields takes
// them one by one.
func (e LogEntry) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// String is the key: the value may name a patient.
func (f LogField) String() string { return word(f.Key) }

// GoString is String.
func (f LogField) GoString() string { return f.String() }

// Format writes String, whatever the verb.
func (f LogField) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, f.String()) // fmt keeps no error of a Formatter
}

// LogValue is String.
func (f LogField) LogValue() slog.Value { return slog.StringValue(f.String()) }

// MarshalText is String.
func (f LogField) MarshalText() ([]byte, error) { return []byte(f.String()), nil }
