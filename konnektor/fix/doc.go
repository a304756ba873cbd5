// Package fix changes a Konnektor from outside: plan, permit, snapshot, apply,
// verify, roll back, record. [Run] does it once, [RunPersistent] as often as a
// box needs that hardly answers; incident rules say which box needs which fix.
//
//	report := fix.Run(ctx, device, tslimport.New(...), fix.Options{Dir: dir, Consented: words})
//
// # What is on disk
//
// Everything is in Options.Dir, named after box and fix:
//
//	BOX-FIX.journal.jsonl          every run, one line a record: what a practice gets
//	BOX-FIX-damaged-TIME.journal.jsonl  a damaged journal, as it was found
//	BOX-FIX-until-TIME.journal.jsonl    an older journal, over 1 MiB
//	BOX-FIX-RUN.snapshot.json      what each step would change, as it was
//	BOX-FIX-RUN.backup             the box's own backup, encrypted by it
//	BOX-FIX-JOB.job.json           a persistent run
//	BOX-FIX.job.lock               the process that runs the job
//	BOX.lock                       the processes of this computer exclude each other
//	incidents.signed.json          incident rules in use, when newer than the embedded ones
//	BOX-FIX.reserve                room for the journal while a run is on
//
// # Where to look
//
//   - fix.go: Fix, Plan, Step: what a fix writes
//   - options.go, report.go, window.go, backoff.go: what a caller sets and sees
//   - run.go: Run, which reads as its own summary
//   - permit.go, snapshot.go, apply.go, rollback.go, resume.go: its parts
//   - record.go, journal.go, history.go, print.go: the journal
//   - lock.go, lease.go: one run on a box at a time
//   - job.go, persistent.go, patience.go: persistent runs
//   - rules.go, check.go, signed.go, incidents.json: incident rules
//   - failure.go, nextmove.go: what an error means
//   - files.go, paths.go, clock.go: disk and time
package fix
