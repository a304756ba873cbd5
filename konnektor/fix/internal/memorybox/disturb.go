package memorybox

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// Disturbance is what goes wrong with one call.
type Disturbance int

// The disturbances.
const (
	Well         Disturbance = iota
	Lost                     // nothing is done, no answer
	NoAnswer                 // it is done, no answer
	Refused                  // it is answered by a refusal
	Ignored                  // it is answered as done, and not done
	Unknown                  // the endpoint is not known
	RebootBefore             // the box restarts instead
	RebootAfter              // it is done, then the box restarts without an answer
	KillBefore               // the caller's process is killed, nothing is done
	KillAfter                // it is done, and the caller's process is killed
)

// Call is one call that reached the box or was lost on the way.
type Call struct {
	Operation mgmt.Operation
	Disturbed Disturbance
}

// Disturb makes the next calls of an operation go wrong, in the order of how; a
// Well lets one pass. The operation "" means any.
func (b *Box) Disturb(op mgmt.Operation, how ...Disturbance) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.planned[op] = append(b.planned[op], how...)
}

// RefuseWith are the codes of the refusals.
func (b *Box) RefuseWith(codes ...konnektor.Code) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.codes = codes
}

// Calls are all calls so far.
func (b *Box) Calls() []Call {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.calls)
}

// Operations are the operations of all calls so far.
func (b *Box) Operations() []mgmt.Operation {
	var ops []mgmt.Operation
	for _, c := range b.Calls() {
		ops = append(ops, c.Operation)
	}
	return ops
}

// Forget empties the list of calls.
func (b *Box) Forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = nil
}

// call is one call of an operation, which do performs under the lock.
func (b *Box) call(ctx context.Context, op mgmt.Operation, do func() error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("memorybox: %s: %w", op, err)
	}
	how := b.next(op)
	b.calls = append(b.calls, Call{op, how})
	lost := fmt.Errorf("memorybox: %s: %w", op, konnektor.KindUnreachable)
	if how == KillBefore {
		runtime.Goexit()
	}
	if b.clock.Now().Before(b.up) {
		return lost
	}
	switch how {
	case Lost:
		return lost
	case Refused:
		return &mgmt.RefusedError{Operation: op, Status: 409, Codes: b.codes}
	case Ignored:
		if reads[op] {
			return do()
		}
		return nil
	case Unknown:
		return &mgmt.UnknownEndpointError{Product: b.product, Operation: op}
	case RebootBefore:
		b.restart()
		return lost
	}
	err := do()
	switch how {
	case NoAnswer:
		return lost
	case RebootAfter:
		b.restart()
		return lost
	case KillAfter:
		runtime.Goexit()
	}
	return err
}

// Kills are all ways to kill a run that consists of calls at one of them.
func Kills(calls []Call) (all []Interruption) {
	for at, c := range calls {
		all = append(all, Interruption{fmt.Sprintf("killed before %d %s", at, c.Operation), at, KillBefore})
		if !reads[c.Operation] {
			all = append(all, Interruption{fmt.Sprintf("killed after %d %s", at, c.Operation), at, KillAfter})
		}
	}
	return all
}

// Process calls run as a process of its own that a call may kill: what would
// follow in it does not happen, but that open files are closed. It reports
// whether run came to its end.
func Process(run func()) (ended bool) {
	over := make(chan struct{})
	go func() {
		defer close(over)
		run()
		ended = true
	}()
	<-over
	return ended
}

// reads are the operations that change nothing.
var reads = map[mgmt.Operation]bool{
	mgmt.OpStatus: true, mgmt.OpLogSettingsGet: true, mgmt.OpTSLState: true, mgmt.OpOnlineGet: true,
	mgmt.OpServerIdentityGet: true, mgmt.OpRegistrationGet: true,
	mgmt.OpTerminals: true, mgmt.OpCards: true, mgmt.OpMandanten: true, mgmt.OpPINStatus: true,
}

// next takes the disturbance of the call that comes now.
func (b *Box) next(op mgmt.Operation) Disturbance {
	for _, of := range []mgmt.Operation{op, ""} {
		if all := b.planned[of]; len(all) > 0 {
			b.planned[of] = all[1:]
			return all[0]
		}
	}
	return Well
}

// Interruption is one way to disturb one call of a run.
type Interruption struct {
	Name string
	At   int // calls before it
	How  Disturbance
}

// Plan makes the next calls go wrong as the interruption says.
func (b *Box) Plan(i Interruption) {
	b.Disturb("", append(make([]Disturbance, i.At), i.How)...)
}

// Interruptions are all ways to interrupt a run that consists of calls: each is
// lost before or after it is done, or the box restarts before or after. What
// changes nothing is not told apart.
func Interruptions(calls []Call) (all []Interruption) {
	for at, c := range calls {
		add := func(name string, how Disturbance) {
			all = append(all, Interruption{fmt.Sprintf("%s %d %s", name, at, c.Operation), at, how})
		}
		add("lost before", Lost)
		add("restart before", RebootBefore)
		if !reads[c.Operation] {
			add("no answer", NoAnswer)
			add("restart after", RebootAfter)
		}
	}
	return all
}
