package operations

import (
	"encoding/base64"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// MaxDocumentRequest is the largest request in bytes of an operation that takes
// documents: one of konnektor.MaxDocument in base64, with what belongs to it.
const MaxDocumentRequest = 48 << 20

// decodeBytes reads a field in base64; line ends in it are passed over.
func decodeBytes(field, s string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	switch {
	case err != nil:
		return nil, &requestError{field, "not base64"}
	case len(b) == 0:
		return nil, &requestError{field, "must not be empty"}
	}
	return b, nil
}

// decodeOptional is decodeBytes for a field that may be left out.
func decodeOptional(field, s string) ([]byte, error) {
	if s == "" {
		return nil, nil
	}
	return decodeBytes(field, s)
}

// encodeBytes writes a field in base64.
func encodeBytes(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// doneAnswerDoc is the answer of what has nothing to tell.
type doneAnswerDoc struct {
	Warning *Error `json:"warning,omitempty" doc:"What the Konnektor reports beside its answer."`
}

// finish makes the answer of what has nothing to tell.
func (c *call) finish(w *konnektor.Warning, err error) (*doneAnswerDoc, error) {
	if err != nil {
		return nil, err
	}
	return &doneAnswerDoc{newWarning(c.op, w)}, nil
}
