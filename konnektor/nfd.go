package konnektor

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/nfdservice10"
)

// Codes of NFDService and DPEService (gemSpec_FM_NFDM). Those of DPEService are
// higher by 100 where both have one.
const (
	CodeNFDMCardDefective Code = 5000
	CodeNFDMLocked        Code = 5001 // HBA or SMC-B
	CodeNFDMRole          Code = 5002 // not entitled
	CodeNFDInconsistent   Code = 5003 // to be written again
	CodeNFDOfOther        Code = 5008 // insured person
	CodeNFDTooLarge       Code = 5013
	CodeNFDInvalid        Code = 5017
	CodeNFDMPIN           Code = 5019
	CodeNFDHidden         Code = 5020 // by the patient
	CodeNFDMissing        Code = 5021
	CodeNFDPresent        Code = 5022
	CodeNFDNotChecked     Code = 5501 // a Warning: the signature could not be checked, or is invalid
	CodeDPEInconsistent   Code = 5103
	CodeDPEOfOther        Code = 5108
	CodeDPETooLarge       Code = 5113
	CodeDPEInvalid        Code = 5114
	CodeDPEHidden         Code = 5120
	CodeDPEMissing        Code = 5121
	CodeDPEPresent        Code = 5122
)

// NFDRead says why emergency data (Notfalldaten) or personal declarations are
// read. Both flags change who has to consent and what is logged on the card.
type NFDRead struct {
	EGKAccess
	Emergency bool // in an emergency
	Update    bool // to be changed and written again
}

// NFD is the emergency data record of an eGK.
type NFD struct {
	// Document is the record with its signature, decompressed XML.
	Document Content
	// Verification is what the Konnektor says about the signature.
	Verification SignatureVerification
}

// Format writes the result of the verification, whatever the verb.
func (n NFD) Format(f fmt.State, _ rune) { writeShown(f, n.shown()) }

// LogValue is the result of the verification.
func (n NFD) LogValue() slog.Value { return slog.StringValue(n.shown()) }

func (n NFD) shown() string { return "NFD{" + n.Verification.shown() + "}" }

// ReadNFD reads the emergency data record of an eGK (ReadNFD). The card keeps a
// log of accesses. A record with a bad signature comes back, with a Warning.
//
// It returns an [*Error], with CodeNFDMissing for a card without one, or a
// [*Failure]; see [Entry]. ReadNFD is safe for concurrent use.
func (c *Client) ReadNFD(ctx context.Context, r NFDRead) (NFD, *Warning, error) {
	op := nfdservice10.OperationReadNFD
	req := nfdservice10.ReadNFD{
		EhcHandle: string(r.EGK), HpcHandle: string(r.HPC), EmergencyIndicator: r.Emergency, UpdateIndicator: r.Update,
	}
	var resp nfdservice10.ReadNFDResponse
	if err := c.invokeEGK(ctx, op, r.EGKAccess, &req, &resp); err != nil {
		return NFD{}, nil, err
	}
	warning, err := outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
	if err != nil {
		return NFD{}, nil, err
	}
	result := verificationResult75(&resp.VerificationResult)
	nfd := NFD{Document: resp.NFDDocument, Verification: newVerification(&result)}
	nfd.Verification.Findings = findings(&resp.VerificationReport)
	return nfd, warning, nil
}

// WriteNFD writes a signed emergency data record to an eGK, over the one that is
// there (WriteNFD). It is never repeated.
//
// It returns an [*Error] or a [*Failure]; see [Entry]. WriteNFD is safe for
// concurrent use.
func (c *Client) WriteNFD(ctx context.Context, a EGKAccess, document []byte) (*Warning, error) {
	op := nfdservice10.OperationWriteNFD
	if err := checkCardData(op.Name, document); err != nil {
		return nil, err
	}
	req := nfdservice10.WriteNFD{EhcHandle: string(a.EGK), HpcHandle: string(a.HPC), NFDDocument: document}
	var resp nfdservice10.WriteNFDResponse
	if err := c.invokeEGK(ctx, op, a, &req, &resp); err != nil {
		return nil, err
	}
	return outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
}

// EraseNFD deletes the emergency data record of an eGK (EraseNFD). It is never
// repeated.
//
// It returns an [*Error] or a [*Failure]; see [Entry]. EraseNFD is safe for
// concurrent use.
func (c *Client) EraseNFD(ctx context.Context, a EGKAccess) (*Warning, error) {
	op := nfdservice10.OperationEraseNFD
	req := nfdservice10.EraseNFD{EhcHandle: string(a.EGK), HpcHandle: string(a.HPC)}
	var resp nfdservice10.EraseNFDResponse
	if err := c.invokeEGK(ctx, op, a, &req, &resp); err != nil {
		return nil, err
	}
	return outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
}
