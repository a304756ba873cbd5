package mgmt

import (
	"fmt"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// RefusedError is an answer by which the box did not do what it was asked for.
// It quotes nothing of the answer's body but codes of the TI.
type RefusedError struct {
	Operation Operation
	Status    int              // HTTP status
	Codes     []konnektor.Code // codes of the TI or the vendor, if any
}

// Error names operation, status and codes.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("mgmt: %s: refused: status %d, codes %v", e.Operation, e.Status, e.Codes)
}
