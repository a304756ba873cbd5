package konnektor

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/soap"
)

// gaveUp is the Failure of a call whose ctx ended.
func gaveUp(ctx context.Context, op string) *Failure {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &Failure{Op: op, Kind: KindTimeout, text: "no answer in time", cause: context.DeadlineExceeded}
	}
	return &Failure{Op: op, Kind: KindCancelled, text: "cancelled", cause: context.Canceled}
}

// classify turns what soap.Post and soap.Get return into a *Failure.
func (c *Client) classify(ctx context.Context, op, host string, status int, err error) error {
	return classify(ctx, c.closed.Load(), &Failure{Op: op, Host: host, HTTPStatus: status}, err)
}

// classify gives f the kind and the text of err.
func classify(ctx context.Context, closed bool, f *Failure, err error) error {
	f.unanswered = errors.Is(err, errSent)
	switch {
	case closed:
		f.set(KindCancelled, "client closed", context.Canceled)
	case ctx.Err() != nil:
		end := gaveUp(ctx, f.Op)
		f.set(end.Kind, end.text, end.cause)
	case !f.answer(err) && !f.handshake(err) && !f.network(err):
		// net/http words what it cannot read with a quotation.
		f.set(KindMalformed, "answer is no HTTP", nil)
	}
	return f
}

// answer recognises what is wrong with an answer.
func (f *Failure) answer(err error) bool {
	switch {
	case errors.Is(err, soap.ErrRequest):
		f.Host = ""
		f.set(KindRequest, err.Error(), err)
	case errors.Is(err, soap.ErrStatus):
		kind := KindHTTP
		if f.HTTPStatus == http.StatusUnauthorized || f.HTTPStatus == http.StatusForbidden {
			kind = KindUnauthorized
		}
		f.set(kind, strings.TrimSpace("HTTP "+strconv.Itoa(f.HTTPStatus)+" "+http.StatusText(f.HTTPStatus)), nil)
	case errors.Is(err, soap.ErrEmpty):
		f.set(KindEmpty, "empty answer", nil)
	case errors.Is(err, soap.ErrTooLarge):
		f.set(KindTooLarge, "answer too large", nil)
	case errors.Is(err, soap.ErrMalformed):
		f.set(KindMalformed, err.Error(), err)
	case errors.Is(err, soap.ErrCut):
		f.set(KindUnreachable, "connection lost within the answer", nil)
	default:
		return false
	}
	return true
}

func (f *Failure) set(kind Kind, text string, cause error) {
	f.Kind, f.text, f.cause = kind, text, cause
}

// handshake recognises what is wrong with TLS.
func (f *Failure) handshake(err error) bool {
	var verdict *verdict
	var record tls.RecordHeaderError
	var shake *handshakeError
	var op *net.OpError
	alert := remoteAlert(err)
	switch {
	case errors.As(err, &verdict):
		f.set(verdict.kind, verdict.text, verdict.cause)
	case errors.As(err, &record) && string(record.RecordHeader[:]) == "HTTP/":
		f.set(KindNoTLS, "plain HTTP where TLS is expected", nil)
	case unknownCurve(err):
		f.set(KindBrainpool, "the Konnektor shows a certificate on a Brainpool curve, which crypto/tls cannot read", nil)
	case errors.As(err, &shake) && alert == "handshake failure" && !shake.verified:
		f.set(KindTLS, "the Konnektor refuses the handshake; it may have only a certificate on a Brainpool curve", nil)
	case alert != "" && (shake == nil || shake.verified) && slices.Contains(certificateAlerts, alert):
		f.set(KindClientCertificate, "the Konnektor refuses the client certificate: "+alert, nil)
	case alert != "":
		f.set(KindTLS, "the Konnektor refuses TLS: "+alert, nil)
	case errors.As(err, &op) && op.Op == "local error":
		f.set(KindTLS, "the Konnektor breaks the TLS protocol: "+strings.TrimPrefix(op.Err.Error(), "tls: "), nil)
	case errors.As(err, &shake):
		return f.brokenHandshake(shake.err)
	default:
		return false
	}
	return true
}

// certificateAlerts are the alerts with which a server refuses the certificate
// of a client, or its absence. OpenSSL and BouncyCastle say handshake failure
// in TLS 1.2 when it is absent.
var certificateAlerts = []string{
	"bad certificate", "unsupported certificate", "revoked certificate", "expired certificate",
	"unknown certificate", "unknown certificate authority", "access denied", "certificate required",
	"handshake failure", "error decrypting message",
}

// remoteAlert is the text of a TLS alert that the other side sent, or empty.
func remoteAlert(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "remote error" {
		return strings.TrimPrefix(op.Err.Error(), "tls: ")
	}
	return ""
}

// brokenHandshake words a handshake that failed without alert. A network error
// is left to network.
func (f *Failure) brokenHandshake(err error) bool {
	text := err.Error()
	if !strings.HasPrefix(text, "tls: ") {
		return false
	}
	// The texts of crypto/tls name versions, algorithms and messages.
	f.set(KindTLS, strings.TrimPrefix(text, "tls: "), nil)
	return true
}

// network recognises a host that is not there or does not answer.
func (f *Failure) network(err error) bool {
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &dns) && dns.IsTimeout:
		f.set(KindTimeout, "the name server does not answer", nil)
	case errors.As(err, &dns):
		f.set(KindUnknownHost, "unknown host", nil)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		f.set(KindTimeout, "no connection in time", nil)
	case errors.As(err, &op) && op.Op == "dial":
		f.set(KindUnreachable, "no connection: "+op.Err.Error(), op.Err)
	case connectionLost(err):
		f.set(KindUnreachable, "connection lost before the answer", nil)
	case strings.Contains(err.Error(), "response headers exceeded"):
		f.set(KindTooLarge, "header of the answer too large", nil)
	default:
		return false
	}
	return true
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// connectionLost recognises a connection that ended before an answer. The
// errors of net/http for it are not exported.
func connectionLost(err error) bool {
	var op *net.OpError
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.As(err, &op) {
		return true
	}
	return slices.ContainsFunc([]string{
		"http: server closed idle connection", "http: CloseIdleConnections called", "tls: protocol is shutdown",
	}, func(text string) bool { return strings.Contains(err.Error(), text) })
}
