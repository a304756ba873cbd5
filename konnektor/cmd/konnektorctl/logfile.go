package main

import (
	"errors"
	"os"
	"strings"
	"time"
	"unicode"
)

// maxLog is the size at which a log file becomes FILE.1, in bytes; so the two of
// them never have more than twice as much.
const maxLog = 1 << 20

// logFile is the file of --log. The zero value writes nowhere.
type logFile struct {
	path string
	file *os.File
	size int64
	err  error
}

func (l *logFile) open(path string) error {
	if path == "" {
		return nil
	}
	l.path = path
	return l.begin()
}

func (l *logFile) begin() error {
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	l.file, l.size = f, info.Size()
	return nil
}

// line writes one line with the time. A line that cannot be written ends no fix;
// close tells.
func (l *logFile) line(text string) {
	if l.file == nil {
		return
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	line := time.Now().UTC().Format(time.RFC3339) + " " + text + "\n"
	if l.size > 0 && l.size+int64(len(line)) > maxLog {
		l.turn()
	}
	if l.file == nil {
		return
	}
	n, err := l.file.WriteString(line)
	l.size += int64(n)
	l.err = errors.Join(l.err, err)
}

// turn renames the file and begins a new one.
func (l *logFile) turn() {
	l.err = errors.Join(l.err, l.file.Close(), os.Rename(l.path, l.path+".1"))
	l.file = nil
	l.err = errors.Join(l.err, l.begin())
}

// close closes the file and tells what could not be written.
func (l *logFile) close() error {
	if l.file != nil {
		l.err = errors.Join(l.err, l.file.Close())
		l.file = nil
	}
	if l.err != nil {
		return settingsError(l.err)
	}
	return nil
}
