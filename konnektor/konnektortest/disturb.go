package konnektortest

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// Disturbance is a way to go wrong. Its fields combine: an answer may come
// late, changed and cut. Zero fields change nothing.
type Disturbance struct {
	// Delay is how long the answer is held back.
	Delay time.Duration
	// Hang never answers: the connection stays open until the client gives up
	// or the Konnektor closes.
	Hang bool
	// Drop closes the connection without an answer.
	Drop bool
	// Fault answers a fault in place of the operation.
	Fault *Fault
	// Warning lets the operation happen and reports the fault in its Status.
	Warning *Fault
	// Replace answers Body in place of the operation; empty means no body.
	Replace bool
	Body    []byte
	// Perform lets the operation happen although Hang, Drop, Fault or Replace
	// keep its answer back.
	Perform bool

	// Edit changes the bytes of the answer.
	Edit func(answer []byte) []byte
	// Pad appends that many bytes of white space, up to 64 MiB.
	Pad int
	// Cut sends the length of the whole body but only the first Cut bytes of
	// it, then closes the connection. 0 means not.
	Cut int
	// Trickle pauses between blocks of TrickleBytes (0 means 1).
	Trickle      time.Duration
	TrickleBytes int
	// Status replaces the HTTP status.
	Status int
	// Header adds or replaces HTTP headers, such as Content-Encoding.
	Header http.Header
}

// maxHang bounds what hangs, and maxPad what is padded, so that a forgotten
// disturbance ends by itself.
const (
	maxHang = 10 * time.Minute
	maxPad  = 64 << 20
)

// planned is a Disturbance for the next calls.
type planned struct {
	Disturbance
	operation string
	left      int // negative: until Heal
}

// Disturb makes the next n calls of an operation go wrong as d says, then all
// is well again. A negative n means until [Konnektor.Heal]. The operation is a
// name such as ReadVSD, connector.sds for the service directory, or "" for
// every SOAP operation. Disturbances of one operation follow each other in the
// order in which they were given.
//
// A request that is malformed gets its own fault and uses up nothing.
func (k *Konnektor) Disturb(operation string, d Disturbance, n int) {
	if n == 0 {
		return
	}
	d.Pad = min(d.Pad, maxPad)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.planned = append(k.planned, &planned{d, operation, n})
}

// Fail makes the next n calls of an operation end with the fault code, then all
// is well again. It is a short Disturb.
func (k *Konnektor) Fail(operation string, code konnektor.Code, n int) {
	k.Disturb(operation, Disturbance{Fault: moduleFault(code)}, n)
}

// Heal ends all disturbances of an operation; "" ends all.
func (k *Konnektor) Heal(operation string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.planned = slices.DeleteFunc(k.planned, func(p *planned) bool {
		return operation == "" || p.operation == operation
	})
}

// disturbance takes the next disturbance of an operation.
func (k *Konnektor) disturbance(operation string) Disturbance {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, p := range k.planned {
		if p.operation != operation && (p.operation != "" || operation == directoryOperation) {
			continue
		}
		if p.left > 0 {
			p.left--
		}
		if p.left == 0 {
			k.planned = slices.Delete(k.planned, i, i+1)
		}
		return p.Disturbance
	}
	return Disturbance{}
}

// instead says that the operation's own answer is not wanted.
func (d Disturbance) instead() bool { return d.Hang || d.Drop || d.Fault != nil || d.Replace }

// changes says that the answer is not what the operation or fault gave.
func (d Disturbance) changes() bool {
	return d.Edit != nil || d.Replace || d.Hang || d.Drop || d.Fault != nil && d.Fault.NoDetail
}

// errGone says that nobody waits for the answer.
var errGone = errors.New("konnektortest: the client is gone")

// wait holds an answer back.
func (k *Konnektor) wait(r *http.Request, d Disturbance) error {
	pause := d.Delay
	if d.Hang {
		pause = maxHang
	}
	if pause <= 0 {
		return nil
	}
	timer := time.NewTimer(min(pause, maxHang))
	defer timer.Stop()
	select {
	case <-timer.C:
		if !d.Hang {
			return nil
		}
	case <-r.Context().Done():
	case <-k.closed:
	}
	return errGone
}

// send writes the answer as the disturbance wants it.
func (k *Konnektor) send(w http.ResponseWriter, r *http.Request, d Disturbance, status int, body []byte) {
	if d.Edit != nil {
		body = d.Edit(bytes.Clone(body))
	}
	if d.Pad > 0 {
		body = append(bytes.Clone(body), bytes.Repeat([]byte{' '}, d.Pad)...)
	}
	h := w.Header()
	h.Set("Content-Type", "text/xml; charset=utf-8")
	for name, values := range d.Header {
		h[http.CanonicalHeaderKey(name)] = values
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(or(d.Status, status))
	if r.Method == http.MethodHead {
		return
	}
	if d.Cut > 0 && d.Cut < len(body) {
		_, _ = w.Write(body[:d.Cut])
		_ = http.NewResponseController(w).Flush()
		hangUp(w)
		return
	}
	k.write(w, r, d, body)
}

func (k *Konnektor) write(w http.ResponseWriter, r *http.Request, d Disturbance, body []byte) {
	block := len(body)
	if d.Trickle > 0 {
		block = or(d.TrickleBytes, 1)
	}
	for len(body) > 0 {
		n := min(block, len(body))
		if _, err := w.Write(body[:n]); err != nil {
			return
		}
		body = body[n:]
		if len(body) > 0 {
			_ = http.NewResponseController(w).Flush()
			if k.wait(r, Disturbance{Delay: d.Trickle}) != nil {
				return
			}
		}
	}
}

// hangUp closes the connection under an answer.
func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_ = conn.Close()
}
