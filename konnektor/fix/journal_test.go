package fix

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fullDisk takes so many bytes, then it is full. Removing the reserve makes room
// again when it gives any.
type fullDisk struct {
	left    int
	reserve string // file that gives room when it is gone
	gave    bool
}

func (d *fullDisk) WriteAt(f *os.File, b []byte, off int64) error {
	if _, err := os.Lstat(d.reserve); d.reserve != "" && !d.gave && len(b) > d.left && os.IsNotExist(err) {
		d.left, d.gave = d.left+reserveSize, true
	}
	n := min(len(b), d.left)
	if _, err := f.WriteAt(b[:n], off); err != nil {
		return err
	}
	d.left -= n
	if n < len(b) {
		return &os.PathError{Op: "write", Path: f.Name(), Err: syscall.ENOSPC}
	}
	return nil
}

func (d *fullDisk) Sync(*os.File) error  { return nil }
func (d *fullDisk) SyncDir(string) error { return nil }

// bytesOfRun is how much a whole run writes.
func bytesOfRun(t *testing.T) int {
	d := &fullDisk{left: 1 << 30}
	o := options(t)
	o.disk = d
	require.Equal(t, Applied, Run(t.Context(), newBox(), reduce(), o).Outcome)
	return 1<<30 - d.left
}

// Wherever the disk is full, the box is as wanted or as it was, and a box that
// was not touched is told to be so.
func TestDiskFull(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("ENOSPC has another number on Windows")
	}
	whole := bytesOfRun(t)
	for _, gives := range []bool{false, true} {
		for left := 0; left < whole; left += 331 {
			b, o := newBox(), options(t)
			d := &fullDisk{left: left}
			if gives {
				d.reserve = newNames(o, b).reserve()
			}
			o.disk = d
			before := b.state()
			r := Run(t.Context(), b, reduce(), o)
			switch r.Outcome {
			case Refused:
				require.Equal(t, ReasonDiskFull, r.Reason, r.Err)
				require.Empty(t, b.sets())
			case RolledBack:
				require.False(t, gives && left > reserveSize+600, "the reserve is enough: %d bytes left of %d", left, whole)
				require.Equal(t, ReasonDiskFull, r.Reason, r.Err)
				require.Equal(t, before, b.state())
			case Applied:
				require.Equal(t, wanted, b.state())
				if !gives {
					require.ErrorIs(t, r.Err, syscall.ENOSPC, "the journal has lost its end")
				} else {
					require.NoError(t, r.Err)
				}
			default:
				t.Fatalf("%d bytes left: %s: %v", left, r.Outcome, r.Err)
			}
			o.disk = hastyDisk{}
			next := Run(t.Context(), b, reduce(), o)
			require.Contains(t, []Outcome{Applied, AlreadyDone, RolledBack}, next.Outcome, next.Err)
			h, err := ReadJournal(next.Journal)
			require.NoError(t, err)
			require.False(t, h.Damaged())
		}
	}
}

// countingDisk counts fsyncs.
type countingDisk struct {
	hastyDisk
	files, folders int
}

func (d *countingDisk) Sync(*os.File) error  { d.files++; return nil }
func (d *countingDisk) SyncDir(string) error { d.folders++; return nil }

// The numbers stand in the comment of journal.
func TestFsyncs(t *testing.T) {
	b, o := newBox(), options(t)
	run := func(want map[string]int) int {
		d := &countingDisk{}
		o.disk = d
		r := Run(t.Context(), b, &reversing{target{want: want}}, o)
		require.NoError(t, r.Err)
		return d.files + d.folders
	}
	require.Equal(t, 10, run(map[string]int{"days": 10}))
	require.Equal(t, 2, run(map[string]int{"days": 10}))
	require.Equal(t, 9, run(map[string]int{"days": 20}))
	require.Equal(t, 12, run(map[string]int{"days": 30, "level": 2}))
}

// journalOf is the journal of a run that was left in the middle, on the way
// forward or while it was being rolled back.
func journalOf(t *testing.T, b *box, back bool) (o Options, path string, data []byte) {
	o = options(t)
	b.disturb = func(number int, _ string) fault {
		if number > 4 {
			return lostBefore
		}
		return well
	}
	f := reduce()
	f.later = !back
	r := Run(t.Context(), b, f, o)
	require.Equal(t, back, r.Outcome == Stuck)
	require.Equal(t, !back, r.Outcome == Pending)
	require.Equal(t, 0, b.state()["crypto"])
	b.disturb = func(int, string) fault { return well }
	data, err := os.ReadFile(r.Journal)
	require.NoError(t, err)
	return o, r.Journal, data
}

func TestDamagedJournals(t *testing.T) {
	cutLine := func(data []byte, n int) []byte {
		lines := bytes.SplitAfter(data, []byte("\n"))
		return bytes.Join(append(append([][]byte{}, lines[:n]...), lines[n+1:]...), nil)
	}
	tests := map[string]struct {
		damage func(data []byte) []byte
		half   bool
		bad    int
	}{
		"half a line at the end":  {func(d []byte) []byte { return d[:len(d)-20] }, true, 0},
		"a line feed is missing":  {func(d []byte) []byte { return d[:len(d)-1] }, true, 0},
		"zeros at the end":        {func(d []byte) []byte { return append(d, make([]byte, 512)...) }, true, 0},
		"a value was changed":     {func(d []byte) []byte { return bytes.Replace(d, []byte(`"180"`), []byte(`"170"`), 1) }, false, 3},
		"a line was lost":         {func(d []byte) []byte { return cutLine(d, 2) }, false, 3},
		"the first line was lost": {func(d []byte) []byte { return cutLine(d, 0) }, false, 1},
		"garbage in the middle":   {func(d []byte) []byte { return append([]byte("\x00\xff\n"), d...) }, false, 1},
	}
	for name, test := range tests {
		for _, back := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, back=%t", name, back), func(t *testing.T) {
				b := newBox()
				o, path, data := journalOf(t, b, back)
				damaged := test.damage(bytes.Clone(data))
				require.NoError(t, os.WriteFile(path, damaged, 0o600))
				h, err := ReadJournal(path)
				require.NoError(t, err)
				require.Equal(t, test.half, h.HalfLine)
				require.Equal(t, test.bad, h.BadLine)
				require.NotNil(t, h.Open(), "what was begun is known in spite of it")

				r := Run(t.Context(), b, reduce(), o)
				require.True(t, r.Resumed)
				if back {
					require.Equal(t, RolledBack, r.Outcome, r.Err)
					require.Equal(t, newBox().values, b.state())
				} else {
					require.Equal(t, Applied, r.Outcome, r.Err)
					require.Equal(t, 1, strings.Count(strings.Join(b.sets(), "\n"), "set crypto 0"), "it showed")
				}
				kept, err := os.ReadFile(r.Damaged)
				require.NoError(t, err)
				require.Equal(t, damaged, kept, "nothing is lost")
				require.Contains(t, events(t, r), "damaged")
			})
		}
	}
}

func TestJournalIsPutAsideWhenItIsLong(t *testing.T) {
	o := options(t)
	n := newNames(o, newBox())
	j, _, err := openJournal(realDisk{}, n, o.Clock.Now())
	require.NoError(t, err)
	long := Record{Run: "1", Event: EventStarted, Words: strings.Repeat("a", 4000)}
	for range maxJournal/4000 + 1 {
		require.NoError(t, j.add(long))
	}
	require.NoError(t, j.add(Record{Run: "1", Event: EventEnded, Outcome: Applied}))
	j.close()
	r := Run(t.Context(), newBox(), reduce(), o)
	require.Equal(t, Applied, r.Outcome)
	paths, err := Journals(o.Dir)
	require.NoError(t, err)
	require.Len(t, paths, 2)
	info, err := os.Stat(r.Journal)
	require.NoError(t, err)
	require.Less(t, info.Size(), int64(10000))
}

func TestFileNames(t *testing.T) {
	for name, want := range map[string]string{"8027601": "8027601", "konnektor.praxis.local": "konnektor.praxis.local"} {
		require.Equal(t, want, fileName(name))
	}
	seen := map[string]bool{}
	for _, name := range []string{"a/b", "a:b", "..", "", ".", "ä", "10.0.0.1:443", strings.Repeat("x", 300), "a-b"} {
		safe := fileName(name)
		require.Regexp(t, `^[a-z0-9._]+$`, safe)
		require.Less(t, len(safe), 61)
		require.False(t, seen[safe], name)
		seen[safe] = true
		require.Equal(t, safe, filepath.Base(safe))
	}
	require.Equal(t, fileName("Konnektor"), fileName("konnektor"))
}

func TestPrint(t *testing.T) {
	b, o := newBox(), options(t)
	b.disturb = func(_ int, request string) fault {
		if request == "set level 3" {
			return refusal
		}
		return well
	}
	r := Run(t.Context(), b, reduce(), o)
	h, err := ReadJournal(r.Journal)
	require.NoError(t, err)
	h.BadLine, h.After = 99, []Record{{Event: "\x1b[2J", Run: r.Run}}
	var out strings.Builder
	require.NoError(t, h.Print(&out, time.UTC))
	text := out.String()
	for _, want := range []string{
		"RUN   " + r.Run + "  fix target",
		"2026-03-02 09:00:00 UTC  started   SECUN/secu_kon 5.50.3, serial 8027601, by test/1",
		"planned   step days/10, days, 180 -> 10, evidence simulator",
		"permitted words: by contract of 2026-01-01",
		"undoing   step days/10, days, 10 -> 180",
		"code 4128", "ended     step level/3, rolled-back, reason refused-by-box",
		"cannot be proven",
	} {
		require.Contains(t, text, want)
	}
	require.NotContains(t, text, "\x1b")
}

func FuzzParseJournal(f *testing.F) {
	line, _, _ := journalLine("", Record{Seq: 1, Run: "r", Fix: "f", Event: EventBegun, Step: "s"})
	f.Add(line)
	f.Add(append(line, line...))
	f.Add([]byte("{\n\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		h := parseJournal(data)
		require.LessOrEqual(t, h.good, int64(len(data)))
		again := parseJournal(data[:h.good])
		require.False(t, again.Damaged(), "what is good stays good")
		require.Len(t, again.Records, len(h.Records))
		require.Equal(t, h.Damaged(), h.good < int64(len(data)))
		h.Open()
		require.NoError(t, h.Print(&bytes.Buffer{}, nil))
	})
}
