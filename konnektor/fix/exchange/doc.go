// Package exchange accompanies the exchange of a Konnektor: what must be so before
// it, what people do, and whether everything is there again afterwards.
//
//	before, err := exchange.Take(ctx, sources)       // to a file, JSON
//	findings := exchange.Ready(before, &other, now)  // may it begin
//	after, err := exchange.Take(ctx, sources)
//	report := exchange.NewHandOver(before, after, now, done)
//	report.Markdown()
//
// It reads only, and is no fix of package fix: cables, passwords, the restore of a
// backup, the licence and the registration are for people, and listed as such. In
// particular nothing here deregisters: the old box keeps its registration until
// the new one works, and is reset at the very end.
//
// A snapshot and a report hold neither secrets nor patients: no card of an insured
// person, no name of a holder, no password, no key.
//
// # Where to look
//
//   - checklist.go: the list, as data
//   - snapshot.go: what is taken down; take.go: from where
//   - compare.go: before and after; ready.go: before it begins
//   - handover.go: the report
package exchange
