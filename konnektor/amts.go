package konnektor

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/amtsservice10"
)

// Codes of AMTSService (gemSpec_FM_AMTS).
const (
	CodeConsentPresent    Code = 6010
	CodeAMTSLocked        Code = 6049 // HBA or SMC-B
	CodeAMTSInconsistent  Code = 6054 // to be written again
	CodeAMTSNotAgreed     Code = 6056
	CodeAMTSOfOther       Code = 6057 // insured person
	CodeAMTSInvalid       Code = 6058
	CodeAMTSNoRoom        Code = 6059
	CodeConsentInvalid    Code = 6060
	CodeConsentMissing    Code = 6061
	CodeAMTSCardLocked    Code = 6063
	CodeAMTSHidden        Code = 6064 // by the patient
	CodeDeletionNotAgreed Code = 6065
	CodeAMTSCardPulled    Code = 6072
)

// AMTSPIN is the PIN that opens the medication plan of an eGK.
type AMTSPIN string

// The PINs of AMTSService v1.0.
const (
	PINAMTS      AMTSPIN = "AMTS-PIN"      // of the insured person
	PINVertreter AMTSPIN = "Vertreter-PIN" // of somebody who acts for them
)

// MedicationPlan is the medication plan (eMP/AMTS data) of an eGK.
type MedicationPlan struct {
	Data Content // XML
	// EGKValid says that the card's certificate is valid as far as the
	// Konnektor could find out.
	EGKValid bool
	// EGKUsage is how much of the room on the card is used, 0 to 100 per cent.
	EGKUsage int
}

// Format writes how much it is, whatever the verb.
func (m MedicationPlan) Format(f fmt.State, _ rune) { writeShown(f, m.shown()) }

// LogValue is how much it is.
func (m MedicationPlan) LogValue() slog.Value { return slog.StringValue(m.shown()) }

func (m MedicationPlan) shown() string { return fmt.Sprintf("MedicationPlan{%d bytes}", len(m.Data)) }

// Consent is the insured person's consent to the medication plan.
type Consent struct {
	Data     Content // XML
	EGKValid bool
}

// Format writes how much it is, whatever the verb.
func (c Consent) Format(f fmt.State, _ rune) { writeShown(f, c.shown()) }

// LogValue is how much it is.
func (c Consent) LogValue() slog.Value { return slog.StringValue(c.shown()) }

func (c Consent) shown() string { return fmt.Sprintf("Consent{%d bytes}", len(c.Data)) }

// ReadMP reads the medication plan of an eGK (ReadMP). The PIN is entered at the
// terminal, so that the call is never repeated.
//
// It returns an [*Error] or a [*Failure]; see [Entry]. ReadMP is safe for
// concurrent use.
func (c *Client) ReadMP(ctx context.Context, a EGKAccess, pin AMTSPIN) (MedicationPlan, *Warning, error) {
	op := amtsservice10.OperationReadMP
	using, err := usingPIN(op.Name, pin)
	if err != nil {
		return MedicationPlan{}, nil, err
	}
	req := amtsservice10.ReadMP{EhcHandle: string(a.EGK), HpcHandle: string(a.HPC), UsingPIN: using}
	var resp amtsservice10.ReadMPResponse
	if err := c.invokeEGK(ctx, op, a, &req, &resp); err != nil {
		return MedicationPlan{}, nil, err
	}
	warning, err := outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
	if err != nil {
		return MedicationPlan{}, nil, err
	}
	usage := int(min(max(resp.EGKUsage, 0), 100))
	return MedicationPlan{Data: resp.MPData, EGKValid: resp.EGKValid, EGKUsage: usage}, warning, nil
}

// WriteMP writes a medication plan to an eGK (WriteMP) and reports whether the
// card is valid. It is never repeated.
//
// It returns an [*Error], with CodeAMTSNoRoom for a full card, or a [*Failure];
// see [Entry]. WriteMP is safe for concurrent use.
func (c *Client) WriteMP(ctx context.Context, a EGKAccess, pin AMTSPIN, data []byte) (egkValid bool, w *Warning, err error) {
	op := amtsservice10.OperationWriteMP
	using, err := usingPIN(op.Name, pin)
	if err != nil {
		return false, nil, err
	}
	if err := checkCardData(op.Name, data); err != nil {
		return false, nil, err
	}
	req := amtsservice10.WriteMP{EhcHandle: string(a.EGK), HpcHandle: string(a.HPC), MPData: data, UsingPIN: using}
	var resp amtsservice10.WriteMPResponse
	if err := c.invokeEGK(ctx, op, a, &req, &resp); err != nil {
		return false, nil, err
	}
	w, err = outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
	return err == nil && resp.EGKValid, w, err
}

// ReadConsent reads the consent to the medication plan (ReadConsent). It is never
// repeated.
//
// It returns an [*Error], with CodeConsentMissing for a card without one, or a
// [*Failure]; see [Entry]. ReadConsent is safe for concurrent use.
func (c *Client) ReadConsent(ctx context.Context, a EGKAccess) (Consent, *Warning, error) {
	op := amtsservice10.OperationReadConsent
	req := amtsservice10.ReadConsent{EhcHandle: string(a.EGK), HpcHandle: string(a.HPC)}
	var resp amtsservice10.ReadConsentResponse
	if err := c.invokeEGK(ctx, op, a, &req, &resp); err != nil {
		return Consent{}, nil, err
	}
	warning, err := outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
	if err != nil {
		return Consent{}, nil, err
	}
	return Consent{Data: resp.ConsentData, EGKValid: resp.EGKValid}, warning, nil
}

// WriteConsent writes the consent to the medication plan (WriteConsent) and
// reports whether the card is valid. It is never repeated.
//
// It returns an [*Error], with CodeConsentPresent where there is one, or a
// [*Failure]; see [Entry]. WriteConsent is safe for concurrent use.
func (c *Client) WriteConsent(ctx context.Context, a EGKAccess, data []byte) (egkValid bool, w *Warning, err error) {
	op := amtsservice10.OperationWriteConsent
	if err := checkCardData(op.Name, data); err != nil {
		return false, nil, err
	}
	req := amtsservice10.WriteConsent{EhcHandle: string(a.EGK), HpcHandle: string(a.HPC), ConsentData: data}
	var resp amtsservice10.WriteConsentResponse
	if err := c.invokeEGK(ctx, op, a, &req, &resp); err != nil {
		return false, nil, err
	}
	w, err = outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
	return err == nil && resp.EGKValid, w, err
}

// DeleteConsent deletes the consent to the medication plan (DeleteConsent) and
// reports whether the card is valid. What becomes of the plan is not in a source
// at hand. It is never repeated.
//
// It returns an [*Error] or a [*Failure]; see [Entry]. DeleteConsent is safe for
// concurrent use.
func (c *Client) DeleteConsent(ctx context.Context, a EGKAccess) (egkValid bool, w *Warning, err error) {
	op := amtsservice10.OperationDeleteConsent
	req := amtsservice10.DeleteConsent{EhcHandle: string(a.EGK), HpcHandle: string(a.HPC)}
	var resp amtsservice10.DeleteConsentResponse
	if err := c.invokeEGK(ctx, op, a, &req, &resp); err != nil {
		return false, nil, err
	}
	w, err = outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
	return err == nil && resp.EGKValid, w, err
}

func usingPIN(op string, pin AMTSPIN) (amtsservice10.UsingPIN, error) {
	using := amtsservice10.UsingPIN(pin)
	if !using.Valid() {
		return "", fail(KindRequest, op, "no such PIN")
	}
	return using, nil
}
