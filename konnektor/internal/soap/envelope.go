package soap

import (
	"errors"
	"fmt"
	"sync"

	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// namespace is that of SOAP 1.1.
const namespace = "http://schemas.xmlsoap.org/soap/envelope/"

const (
	envelopeHead = `<?xml version="1.0" encoding="UTF-8"?><S:Envelope xmlns:S="` + namespace + `"><S:Body>`
	envelopeTail = `</S:Body></S:Envelope>`
)

var errSecondMessage = errors.New("more than one message in the body")

// usualRequest is more than most requests need, in bytes.
const usualRequest = 2 << 10

// encode returns req in an envelope.
func encode(req wire.Encoder) ([]byte, error) {
	w := writers.Get().(*wire.Writer)
	defer writers.Put(w)
	w.Reset(append(make([]byte, 0, usualRequest), envelopeHead...))
	req.EncodeXML(w)
	w.Raw(envelopeTail)
	body, err := w.Bytes()
	w.Reset(nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	return body, nil
}

var writers = sync.Pool{New: func() any { return new(wire.Writer) }}

// readEnvelope reads the envelope on which r is about to start. It fills resp
// or returns the fault. A nil resp takes no message, only a fault.
func readEnvelope(r *wire.Reader, resp wire.Decoder) (*Fault, error) {
	var fault *Fault
	found := false
	if r.Root() && !r.Is(namespace, "Envelope") {
		r.Unexpected("a SOAP 1.1 envelope")
	}
	for depth := r.Depth(); r.Err() == nil && r.Child(depth); {
		if !r.Is(namespace, "Body") {
			continue
		}
		for depth := r.Depth(); r.Child(depth); {
			if found {
				r.Fail(errSecondMessage)
				break
			}
			found = true
			fault = readMessage(r, resp)
		}
	}
	if err := r.Finish(); err != nil {
		return nil, err
	}
	if !found {
		return nil, errNoMessage
	}
	return fault, nil
}

var errNoMessage = errors.New("no message in the envelope")

// readMessage reads the child of the body on which r stands.
func readMessage(r *wire.Reader, resp wire.Decoder) *Fault {
	if r.Is(namespace, "Fault") {
		return readFault(r)
	}
	if resp == nil {
		r.Unexpected("a fault")
		return nil
	}
	space, local := resp.ElementName()
	if !r.Is(space, local) {
		r.Unexpected(local)
		return nil
	}
	resp.DecodeXML(r)
	return nil
}
