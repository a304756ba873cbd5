package secunettest

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

// logLine is a line of the system log.
type logLine struct {
	at       time.Time
	severity string // DEBUG ... FATAL
	text     string // behind the first three pairs; not escaped, as in the field
}

// maxLines bounds the system log.
const maxLines = 5000

// severities are in the order of their weight.
var severities = []string{"DEBUG", "INFO", "WARNING", "ERROR", "FATAL"}

// addLine writes a line when the level wants it. The lock is held.
func (b *Box) addLine(l logLine) {
	level := b.setting("logInfo.system.severity")
	if slices.Index(severities, l.severity) < slices.Index(severities, level) {
		return
	}
	b.lines = append(b.lines, l)
	if len(b.lines) > maxLines {
		b.lines = slices.Delete(b.lines, 0, len(b.lines)-maxLines)
	}
}

// logChange writes the line of a change of the configuration: at the usual level
// it is not written.
func (b *Box) logChange(name, after string) {
	b.addLine(logLine{b.Clock.Now(), "INFO", fmt.Sprintf("topic=MGM/ADMINCHANGES;User=%s;RefID=%s;NewVal=%s", b.User(), name, after)})
}

// logState writes the line of an operating state: its severity is that of the
// state, whether it has come or gone.
func (b *Box) logState(name string, s *operatingState) {
	main, _ := split(name)
	how, known := kinds[name]
	if !known {
		if how, known = kinds[main]; !known {
			how.severity = "INFO"
		}
	}
	b.addLine(logLine{s.since, how.severity, fmt.Sprintf("topic=OPERATIONAL_STATE/%s;Value=%t;Bedeutung=%s", name, s.active, how.meaning)})
}

// evolveSystemLog writes what happens in a practice: some lines an hour, the same
// for the same seed and hour.
func (b *Box) evolveSystemLog(now time.Time) {
	if now.Sub(b.logged) > 14*day {
		b.logged = now.Add(-14 * day)
	}
	for h := b.logged.Truncate(time.Hour); h.Before(now); h = h.Add(time.Hour) {
		for _, l := range b.hourLines(h) {
			if l.at.After(b.logged) && !l.at.After(now) {
				b.addLine(l)
			}
		}
	}
	b.logged = now
}

// hourLines has the traps of real lines: values with an equals sign, a daemon's
// line without Vorgangsnummer, blanks behind a semicolon, an umlaut.
func (b *Box) hourLines(h time.Time) []logLine {
	rng := rand.New(rand.NewPCG(b.Seed(), uint64(h.Unix())))
	at := func(minute int) time.Time {
		// Every fourth line is in the first tenth of its second.
		ms := rng.IntN(100)
		if rng.IntN(4) > 0 {
			ms += 100 * (1 + rng.IntN(9))
		}
		return h.Add(time.Duration(minute)*time.Minute + time.Duration(rng.IntN(60))*time.Second + time.Duration(ms)*time.Millisecond)
	}
	use := at(5)
	id := fmt.Sprintf("soap-%d-%08x", use.UnixMilli(), rng.Uint32())
	failed := at(25)
	return []logLine{
		{use, "INFO", "text=Beginn des Anwendungsfalls: GetPinStatus(PinTyp = PIN.SMC, CardHandle = SMC-B-83);Vorgangsnummer=" + id},
		{use.Add(31 * time.Millisecond), "INFO", "text=Ende des Anwendungsfalls: GetPinStatus;Vorgangsnummer=" + id},
		{at(15), "WARNING", "facility=daemon; component=charon; pid=1274; tid=09; text=deleting half open IKE_SA"},
		{failed, "ERROR", fmt.Sprintf("code=4093;name=CardSession;text=Karte wird in einer anderen Kartensitzung exklusiv verwendet;"+
			"Details=Prüfung a=b;Fehlerreferenz=%08x;Vorgangsnummer=evnt-%d-%08x", rng.Uint32(), failed.UnixMilli(), rng.Uint32())},
		{at(45), "DEBUG", fmt.Sprintf("text=Zeitgeber;Vorgangsnummer=schd-%d-%08x", at(45).UnixMilli(), rng.Uint32())},
	}
}

// readLog answers a part of the system log: newest first, unless it is asked for
// otherwise. Other logs in the same place were never seen; no box is known to
// answer them.
func (b *Box) readLog(c *mgmttest.Call) mgmttest.Answer {
	from, err := strconv.ParseInt(c.Args[2], 10, 64)
	to, err2 := strconv.ParseInt(c.Args[3], 10, 64)
	if c.Args[0] != "system" || c.Args[1] != "OP" || err != nil || err2 != nil {
		return complain(c, http.StatusNotFound, "no such log, or times that are no seconds")
	}
	q := c.HTTP.URL.Query()
	limit, err := number(q.Get("limit"), 1000)
	offset, err2 := number(q.Get("offset"), 0)
	if err != nil || err2 != nil {
		return complain(c, http.StatusBadRequest, "limit or offset is no number")
	}
	var found []logLine
	for _, l := range b.lines {
		wanted := q.Get("severities")
		if s := l.at.Unix(); s >= from && s <= to && (wanted == "" || strings.Contains(wanted, l.severity[:1])) {
			found = append(found, l)
		}
	}
	ascending := q.Get("ascending") == "true"
	slices.SortStableFunc(found, func(x, y logLine) int {
		if ascending {
			return cmp.Compare(x.at.UnixNano(), y.at.UnixNano())
		}
		return cmp.Compare(y.at.UnixNano(), x.at.UnixNano())
	})
	found = found[min(offset, len(found)):]
	found = found[:min(limit, len(found))]
	if len(found) == 0 {
		return mgmttest.Answer{Status: http.StatusNotFound}
	}
	records := []map[string]any{}
	for _, l := range found {
		records = append(records, l.record(q.Get("timezone")))
	}
	return answer(records)
}

func number(text string, def int) (int, error) {
	if text == "" {
		return def, nil
	}
	n, err := strconv.Atoi(text)
	if err == nil && n < 0 {
		err = strconv.ErrRange
	}
	return n, err
}

// record is a line as the interface gives it. The fraction of the time as number
// is not padded, and the time as text is local time. That a time zone in the
// request changes the text is a reading.
func (l logLine) record(zone string) map[string]any {
	shown := local(l.at)
	if t, err := time.Parse("GMT-0700", zone); err == nil {
		shown = l.at.In(t.Location())
	}
	text := shown.Format("02.01.2006 15:04:05.000")
	line := fmt.Sprintf("timestamp=%s;type=op;severity=%s;%s\n", text, strings.ToLower(l.severity), l.text)
	return map[string]any{
		"type": "OP", "timestamp": text, "timestampAsDateTime": fmt.Sprintf("%d.%d", l.at.Unix(), l.at.Nanosecond()),
		"severity": l.severity, "message": strings.TrimPrefix(l.text, "text="),
		"bytes": base64.StdEncoding.EncodeToString([]byte(line)),
	}
}
