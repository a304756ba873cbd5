// Package fix changes a Konnektor from outside: plan, permit, snapshot, apply,
// verify, roll back, record.
//
// # Where to look
//
//   - fix.go: Fix, Plan, Step: what a fix writes
//   - run.go: Options, Report, Progress: what a caller sees
package fix
