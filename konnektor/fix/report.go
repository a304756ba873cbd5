package fix

// Outcome is how a run ended.
type Outcome string

// The outcomes. Stuck means that a person is needed: the report names the step,
// the snapshot and the next move.
const (
	AlreadyDone Outcome = "already-done"
	Planned     Outcome = "planned" // dry run, or consent or window missing
	Applied     Outcome = "applied"
	RolledBack  Outcome = "rolled-back"
	Pending     Outcome = "pending" // a persistent run tries again later
	Refused     Outcome = "refused" // nothing was changed
	Stuck       Outcome = "stuck"
)

// The reasons that the runner itself gives, as machine keys in Report.Reason,
// Refusal.Reason and the journal. A fix adds its own.
const (
	ReasonOptions        = "options"         // the Options cannot work
	ReasonNoBoxName      = "no-box-name"     // neither Options.Box nor a serial number
	ReasonBusy           = "busy"            // another run has this box
	ReasonJournal        = "journal"         // the journal cannot be written
	ReasonDiskFull       = "disk-full"       // no room for journal or snapshot
	ReasonOtherBox       = "other-box"       // an unfinished run was on another box
	ReasonBadPlan        = "bad-plan"        // the fix planned nonsense
	ReasonUnreachable    = "unreachable"     // the box does not answer
	ReasonWrongPassword  = "wrong-password"  // the box refused the login
	ReasonForbidden      = "forbidden"       // the account is right and may not do that
	ReasonUnsupported    = "unsupported"     // the product cannot do that
	ReasonUnknownCall    = "unknown-call"    // nobody has published how
	ReasonRefusedByBox   = "refused-by-box"  // the box said no
	ReasonUnchanged      = "unchanged"       // accepted, and nothing changed
	ReasonPlanChanged    = "plan-changed"    // not what was consented to
	ReasonRestartPending = "restart-pending" // no change takes effect before a restart
	ReasonNoWayBack      = "no-way-back"     // a step cannot be undone
	ReasonNoConsent      = "no-consent"      // nobody has consented
	ReasonDryRun         = "dry-run"         // only planned, as asked
	ReasonWindow         = "window"          // outside the maintenance window
	ReasonBackup         = "backup"          // the box offers a backup and did not give it
	ReasonLeaseLost      = "lease-lost"      // another workplace took over
	ReasonSharedFolder   = "shared-folder"   // Options.Shared cannot be used
	ReasonCancelled      = "cancelled"       // by the caller
	ReasonNotRestored    = "not-restored"    // the former values do not show
	ReasonFailed         = "failed"          // anything else
	ReasonNoneOpen       = "none-open"       // no unfinished run to resume
	ReasonExpired        = "expired"         // a job's deadline has passed
	ReasonSuperseded     = "superseded"      // a newer job took its place
)

// Report is how a run ended.
type Report struct {
	Fix     string
	Run     string
	Outcome Outcome
	Plan    Plan // as planned at the start
	Done    int  // steps that are applied and visible
	Undone  int
	Resumed bool   // the run was begun by another process, which was interrupted
	Step    string // the key of the step that failed or is stuck
	Reason  string // machine key of a refusal or failure

	Snapshot string // file
	Backup   string // file
	Journal  string // file
	Damaged  string // file: what a damaged journal was, kept aside
	Attempts int    // of a persistent run

	Next string // the next move, English; German texts: operations
	Err  error  // what failed; nil for AlreadyDone, Planned, Applied
}
