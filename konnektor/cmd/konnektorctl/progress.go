package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// bar shows the progress of a fix in one line of a terminal.
type bar struct {
	out   io.Writer // nil: no terminal
	shown bool
}

// barWidth is how many steps wide a bar is.
const barWidth = 20

// newBar is a bar on out, if that is a terminal.
func newBar(out io.Writer) *bar {
	f, ok := out.(*os.File)
	if !ok {
		return &bar{}
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return &bar{}
	}
	return &bar{out: out}
}

// show replaces the line; done of all is what is behind.
func (b *bar) show(text string, done, all int64) bool {
	if b.out == nil {
		return false
	}
	fmt.Fprintf(b.out, "\r\x1b[K%s %s", drawn(done, all), text)
	b.shown = true
	return true
}

// drawn is the bar itself.
func drawn(done, all int64) string {
	full := int64(0)
	if all > 0 {
		full = min(max(done, 0)*barWidth/all, barWidth)
	}
	return "[" + strings.Repeat("#", int(full)) + strings.Repeat(".", barWidth-int(full)) + "]"
}

// end ends the line.
func (b *bar) end() {
	if b.shown {
		fmt.Fprintln(b.out)
		b.shown = false
	}
}

// showStep shows a step of a fix in the bar, if there is one.
func (a *app) showStep(event []byte) bool {
	var e struct {
		Text string `json:"text_de"`
		Step int64  `json:"step"`
		Of   int64  `json:"of"`
	}
	if json.Unmarshal(event, &e) == nil && e.Of > 0 && a.bar.show(e.Text, e.Step-1, e.Of) {
		return true
	}
	a.bar.end()
	return false
}
