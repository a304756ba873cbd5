package bridge

import (
	"context"
	"log/slog"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// maxLog is the size in bytes at which the log file is renamed to path.1.
const maxLog = 10 << 20

// logs is the slog.Handler of the library. What it was given is lost until
// SetLog names a file.
type logs struct {
	file    atomic.Pointer[logFile]
	setting sync.Mutex // one SetLog at a time
}

// Enabled implements slog.Handler.
func (l *logs) Enabled(_ context.Context, level slog.Level) bool {
	f := l.file.Load()
	return f != nil && level >= f.level
}

// Handle implements slog.Handler.
func (l *logs) Handle(ctx context.Context, r slog.Record) error {
	if f := l.file.Load(); f != nil {
		return f.handler.Handle(ctx, r)
	}
	return nil
}

// WithAttrs implements slog.Handler.
func (l *logs) WithAttrs(attrs []slog.Attr) slog.Handler { return &derived{l, attrs, ""} }

// WithGroup implements slog.Handler.
func (l *logs) WithGroup(name string) slog.Handler { return &derived{l, nil, name} }

// derived is a handler with attributes or a group, over whatever file is set
// when it is used.
type derived struct {
	slog.Handler
	attrs []slog.Attr
	group string
}

// Handle implements slog.Handler.
func (d *derived) Handle(ctx context.Context, r slog.Record) error {
	attrs := append([]slog.Attr(nil), d.attrs...)
	r.Attrs(func(a slog.Attr) bool { attrs = append(attrs, a); return true })
	n := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	if d.group != "" {
		n.AddAttrs(slog.Attr{Key: d.group, Value: slog.GroupValue(attrs...)})
	} else {
		n.AddAttrs(attrs...)
	}
	return d.Handler.Handle(ctx, n)
}

// WithAttrs implements slog.Handler.
func (d *derived) WithAttrs(attrs []slog.Attr) slog.Handler { return &derived{d, attrs, ""} }

// WithGroup implements slog.Handler.
func (d *derived) WithGroup(name string) slog.Handler { return &derived{d, nil, name} }

// logFile is an open log file that starts anew when it gets too large.
type logFile struct {
	path    string
	level   slog.Level
	handler slog.Handler

	mu   sync.Mutex
	file *os.File // nil when it could not be opened again
	size int64
}

// openLog opens a log file for appending.
func openLog(path string, level slog.Level) (*logFile, error) {
	f := &logFile{path: path, level: level}
	if err := f.open(); err != nil {
		return nil, err
	}
	f.handler = slog.NewJSONHandler(f, &slog.HandlerOptions{Level: level})
	return f, nil
}

// open opens the file and has Go write there what it says when it must end the
// process.
func (f *logFile) open() error {
	file, err := os.OpenFile(f.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return err
	}
	f.file, f.size = file, info.Size()
	return debug.SetCrashOutput(file, debug.CrashOptions{})
}

// close closes the file.
func (f *logFile) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file != nil {
		f.file.Close()
		f.file = nil
	}
}

// Write implements io.Writer: one line of the log.
func (f *logFile) Write(line []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return 0, os.ErrClosed
	}
	if f.size > 0 && f.size+int64(len(line)) > maxLog {
		if err := f.turn(); err != nil {
			return 0, err
		}
	}
	n, err := f.file.Write(line)
	f.size += int64(n)
	return n, err
}

// turn renames the full file and opens a new one. Windows renames no open file,
// so both holders let go of it first. A file that cannot be renamed grows on.
func (f *logFile) turn() error {
	if err := debug.SetCrashOutput(nil, debug.CrashOptions{}); err != nil {
		return err
	}
	f.file.Close()
	f.file = nil
	renamed := os.Rename(f.path, f.path+".1")
	if err := f.open(); err != nil {
		return err
	}
	if renamed != nil {
		f.size = 0
	}
	return nil
}

// SetLog appends the log of the library to a file from now on; an empty path
// ends that. level is one of KON_LOG_... of konnektor.h, 1 to 4.
func (l *Library) SetLog(path string, level int32) Status {
	levels := []slog.Level{slog.LevelError, slog.LevelWarn, slog.LevelInfo, slog.LevelDebug}
	if s := checkText([]byte(path)); s != OK {
		return s
	}
	if path != "" && (level < 1 || int(level) > len(levels)) {
		return BadArgument
	}
	l.logs.setting.Lock()
	defer l.logs.setting.Unlock()
	var file *logFile
	var err error
	if path != "" {
		file, err = openLog(path, levels[level-1])
	} else {
		err = debug.SetCrashOutput(nil, debug.CrashOptions{})
	}
	if err != nil {
		return Failed
	}
	if old := l.logs.file.Swap(file); old != nil {
		old.close()
	}
	return OK
}
