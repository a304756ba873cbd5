package fix

// nextMove is what a person does next. German texts stand in package operations.
func nextMove(r Report) string {
	switch r.Outcome {
	case Applied, AlreadyDone:
		return ""
	case Planned:
		return plannedMoves[r.Reason]
	case Pending:
		if r.Reason == ReasonRestartPending {
			return "restart the box: it has accepted the change and acts upon it afterwards; the fix is tried again by itself"
		}
		return "nothing: the fix is tried again by itself"
	case RolledBack:
		return "nothing is broken: the box has its former values; look at the reason, then run the fix again"
	case Stuck:
		if move := stuckMoves[r.Reason]; move != "" {
			return move
		}
		return "compare the box with the snapshot, put right by hand what differs at the step named, then run the fix again"
	}
	if move := refusedMoves[r.Reason]; move != "" {
		return move
	}
	return "nothing was changed: look at the reason, then run the fix again"
}

var plannedMoves = map[string]string{
	ReasonDryRun:    "run the fix without dry run",
	ReasonWindow:    "run the fix again in the maintenance window",
	ReasonNoConsent: "run the fix again with consent to the plan",
}

var stuckMoves = map[string]string{
	ReasonUnreachable:    "make the box reachable, then run the fix again: it goes on where it was",
	ReasonCancelled:      "run the fix again: it goes on where it was",
	ReasonWrongPassword:  "correct user and password of the administrator, then run the fix again: it goes on where it was",
	ReasonOtherBox:       "the box was exchanged meanwhile: move the journal away, then run the fix again",
	ReasonLeaseLost:      "wait until the other workplace has ended, then run the fix again",
	ReasonRestartPending: "restart the box, then run the fix again: it goes on where it was",
	ReasonDiskFull:       "make room on the disk, then run the fix again: it goes on where it was",
	ReasonJournal:        "see that the journal can be written, then run the fix again: it goes on where it was",
}

var refusedMoves = map[string]string{
	ReasonBusy:           "wait until the other run has ended",
	ReasonDiskFull:       "make room on the disk, then run the fix again",
	ReasonJournal:        "see that the folder of the journal can be written, then run the fix again",
	ReasonSharedFolder:   "see that the folder that all workplaces share can be reached and written, then run the fix again",
	ReasonUnreachable:    "see that the box is reachable, or let a persistent run wait for it",
	ReasonWrongPassword:  "correct user and password of the administrator, then run the fix again: another try might lock the account",
	ReasonForbidden:      "give the account the role that the call needs, or use another account, then run the fix again",
	ReasonUnsupported:    "the product cannot do this from outside",
	ReasonUnknownCall:    "follow the procedure by hand, or supply the manufacturer's call in a profile file",
	ReasonRestartPending: "restart the box, then run the fix again",
	ReasonNoWayBack:      "look at the plan; allow steps without a way back if it is right",
	ReasonPlanChanged:    "look at the new plan, then run the fix again",
	ReasonExpired:        "call the support of the box: it could not be reached in time",
	ReasonSuperseded:     "nothing: a newer job does this",
}
