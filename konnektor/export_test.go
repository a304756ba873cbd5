package konnektor

import "time"

// SetClock gives the check of validity dates another clock. It must not run
// beside a call.
func (c *Client) SetClock(now func() time.Time) { c.verifier.now = now }
