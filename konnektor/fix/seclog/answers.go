package seclog

import (
	"context"
	"errors"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// HardlyAnswers asks the box twice whether it is there, without a login. Of a box
// that loses one of two requests, the logs are better reduced in one step
// (Parameters.OneStep). A product that cannot be asked is taken for a healthy one.
func HardlyAnswers(ctx context.Context, d mgmt.Device) bool {
	pinger, err := mgmt.As[mgmt.Pinger](d)
	for try := 0; err == nil && try < 2; try++ {
		err = pinger.Ping(ctx)
	}
	var lost *konnektor.Failure
	return errors.As(err, &lost)
}
