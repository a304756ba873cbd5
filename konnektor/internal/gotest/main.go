// Gotest runs go test with its arguments and closes with one line a reason why
// tests were skipped, so that a judge that is not installed cannot go unnoticed.
//
// Its exit status is that of go test. With CI=true in the environment, where
// every judge is installed, a skipped test is a failure too.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

func main() {
	cmd := exec.Command("go", append([]string{"test", "-json"}, os.Args[1:]...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest: start go test:", err)
		os.Exit(2)
	}
	r := newReport(os.Stdout)
	readErr := r.read(out)
	runErr := cmd.Wait()
	r.close()
	if err := errors.Join(readErr, runErr); err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
		os.Exit(1)
	}
	if os.Getenv("CI") == "true" && r.skipped > 0 {
		fmt.Fprintln(os.Stderr, "gotest: in CI every judge is installed and no test may be skipped")
		os.Exit(1)
	}
}

// read takes the event stream of go test -json.
func (r *report) read(events io.Reader) error {
	d := json.NewDecoder(events)
	for {
		var e event
		err := d.Decode(&e)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			io.Copy(io.Discard, events) // or go test blocks on a full pipe
			return fmt.Errorf("read the events of go test: %w", err)
		}
		r.add(e)
	}
}
