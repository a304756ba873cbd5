package mgmt

import (
	"context"
	"sync"
)

// turn is what one goroutine has at a time. The others wait, or give up with
// their ctx.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

func (t turn) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (t turn) leave() { <-t }

// boxes holds who is logged in at which box, so that this process never has two
// admin sessions at one address.
var boxes sync.Map // address to turn

func boxTurn(address string) turn {
	t, _ := boxes.LoadOrStore(address, newTurn())
	return t.(turn) // nothing else is stored
}
