package soap

import (
	"errors"
	"fmt"

	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// namespace is that of SOAP 1.1.
const namespace = "http://schemas.xmlsoap.org/soap/envelope/"

const (
	envelopeHead = `<?xml version="1.0" encoding="UTF-8"?><S:Envelope xmlns:S="` + namespace + `"><S:Body>`
	envelopeTail = `</S:Body></S:Envelope>`
)

var errSecondMessage = errors.New("more than one message in the body")

// write makes p the envelope with req in it.
func (p *payload) write(req wire.Encoder) error {
	w := &p.writer
	w.Reset(append(p.buf[:0], envelopeHead...))
	req.EncodeXML(w)
	w.Raw(envelopeTail)
	out, err := w.Bytes()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRequest, err)
	}
	p.buf = out
	return nil
}

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
