// Silentfix is the hook of a PVS updater: it reduces the logs of a Konnektor whose
// log overflows (September 2020), without a window and without a question. Started
// again after it was killed or is pending, it goes on with what was begun.
//
//	go run ./examples/silentfix management.json FOLDER [MINUTES]
//
// The file holds a mgmt.Config; konnektorsim -incident 2020-09 -incident-dir DIR
// makes one. FOLDER gets the journal, which is for the practice. The exit code is
// 0 done or nothing to do, 2 wrong settings, 10 pending, 20 rolled back, 30 stuck,
// 40 refused.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/seclog"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/kocobox"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/rise"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet"
)

// codes are the exit codes.
var codes = map[fix.Outcome]int{fix.Pending: 10, fix.RolledBack: 20, fix.Stuck: 30, fix.Refused: 40, fix.Planned: 40}

func main() {
	log.SetFlags(0)
	if len(os.Args) < 3 {
		stop("usage: silentfix MANAGEMENT.json FOLDER [MINUTES]")
	}
	settings, err := os.ReadFile(os.Args[1])
	if err != nil {
		stop(err)
	}
	cfg, err := mgmt.ParseConfig(settings)
	if err != nil {
		stop(err)
	}
	cfg.StateDir = os.Args[2] // one login at a time on this computer, and none that was refused before
	minutes, err := strconv.Atoi(append(os.Args, "15", "15")[3])
	if err != nil {
		stop(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(minutes)*time.Minute)
	defer cancel()

	open := func(ctx context.Context) (mgmt.Device, error) {
		return mgmt.Open(ctx, cfg, secunet.Driver(), rise.Driver(), kocobox.Driver())
	}
	build := func(params json.RawMessage) (fix.Fix, error) {
		var p seclog.Parameters
		err := json.Unmarshal(params, &p)
		return seclog.New(p), err
	}
	job := waiting(os.Args[2], cfg.Host)
	if job.ID == "" && hardlyAnswers(ctx, open) {
		job.Params = json.RawMessage(`{"one_step":true}`) // a second change would never get through
	}
	report := fix.RunPersistent(ctx, job, open, build, fix.Options{
		Dir: os.Args[2], Version: "silentfix 1.0", Consented: "maintenance contract, update 9.13",
	})
	fmt.Println(report.Outcome, report.Reason, report.Journal)
	os.Exit(codes[report.Outcome])
}

// waiting is the job to go on with, or a new one: careful steps.
func waiting(dir, box string) fix.Job {
	jobs, err := fix.UnfinishedJobs(dir)
	if err != nil {
		log.Print(err) // the others are listed all the same
	}
	for _, j := range jobs {
		if j.Fix == seclog.Name && j.Box == box {
			return j
		}
	}
	return fix.Job{Fix: seclog.Name, Box: box, Params: json.RawMessage(`{}`)}
}

// hardlyAnswers says whether the box is stuck already.
func hardlyAnswers(ctx context.Context, open fix.Open) bool {
	d, err := open(ctx)
	if err != nil {
		return false // the fix finds out why
	}
	defer func() { _ = d.Close(ctx) }() // nobody has logged in
	return seclog.HardlyAnswers(ctx, d)
}

// stop ends the program for wrong settings.
func stop(why any) {
	log.Print(why)
	os.Exit(2)
}
