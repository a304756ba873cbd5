package konnektor

import (
	"context"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/signatureservice74"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/signatureservice75"
)

// JobNumber is the number of a signature job, such as QVS-117: three capital
// letters, a hyphen, three digits. The terminal shows it while it asks for the
// PIN, so that a person can see which job is being signed.
type JobNumber string

// Codes of the numbers of jobs.
const (
	CodeJobNumberUnknown Code = 4243
	CodeJobNumberUsed    Code = 4252 // within the last 1000 calls
)

// JobNumber has the Konnektor make a number for a signature job (GetJobNumber).
// It is never repeated, since numbers are given out once in 1000 calls.
//
// It returns an [*Error] or a [*Failure]. JobNumber is safe for concurrent use.
func (c *Client) JobNumber(ctx context.Context) (JobNumber, error) {
	version, err := c.signatureVersion(ctx, signatureservice75.OperationGetJobNumber.Name)
	if err != nil {
		return "", err
	}
	var number string
	if version == signature74 {
		var resp signatureservice74.GetJobNumberResponse
		err = c.Invoke(ctx, signatureservice74.OperationGetJobNumber, &signatureservice74.GetJobNumber{}, &resp)
		number = resp.JobNumber
	} else {
		var resp signatureservice75.GetJobNumberResponse
		err = c.Invoke(ctx, signatureservice75.OperationGetJobNumber, &signatureservice75.GetJobNumber{}, &resp)
		number = resp.JobNumber
	}
	switch {
	case err != nil:
		return "", err
	case !isJobNumber(number):
		return "", fail(KindMalformed, signatureservice75.OperationGetJobNumber.Name, "answer without a job number")
	}
	return JobNumber(number), nil
}

// isJobNumber reports whether s has the form AAA-999.
func isJobNumber(s string) bool {
	if len(s) != 7 || s[3] != '-' {
		return false
	}
	for i := range 3 {
		if s[i] < 'A' || s[i] > 'Z' || s[4+i] < '0' || s[4+i] > '9' {
			return false
		}
	}
	return true
}

// StopSignature stops a signature job: documents that have no signature yet get
// none (StopSignature). The call of SignDocuments comes back for itself, with
// what was signed.
//
// It returns an [*Error], with CodeJobNumberUnknown for a job that is over, or a
// [*Failure]. StopSignature is safe for concurrent use.
func (c *Client) StopSignature(ctx context.Context, job JobNumber) (*Warning, error) {
	op := signatureservice75.OperationStopSignature
	if !isJobNumber(string(job)) {
		return nil, fail(KindRequest, op.Name, "a job number has the form AAA-999")
	}
	version, err := c.signatureVersion(ctx, op.Name)
	if err != nil {
		return nil, err
	}
	var resp signatureservice75.StopSignatureResponse
	if version == signature74 {
		var older signatureservice74.StopSignatureResponse
		err = c.Invoke(ctx, signatureservice74.OperationStopSignature, &signatureservice74.StopSignature{JobNumber: string(job)}, &older)
		resp.Status = older.Status
	} else {
		err = c.Invoke(ctx, op, &signatureservice75.StopSignature{JobNumber: string(job)}, &resp)
	}
	if err != nil {
		return nil, err
	}
	return outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
}

// signatureVersion is a version of SignatureService.
type signatureVersion int

const (
	signature75 signatureVersion = iota
	signature74
)

// signatureVersion is the version of SignatureService to be used for an
// operation that both have: 7.5 where the Konnektor has it, else 7.4.
func (c *Client) signatureVersion(ctx context.Context, op string) (signatureVersion, error) {
	services, err := c.Services(ctx)
	if err != nil {
		return 0, err
	}
	if _, ok := services.find(signatureservice75.OperationSignDocument); ok {
		return signature75, nil
	}
	if _, ok := services.find(signatureservice74.OperationSignDocument); ok {
		return signature74, nil
	}
	return 0, fail(KindNoService, op, "the Konnektor has neither SignatureService 7.5 nor 7.4")
}
