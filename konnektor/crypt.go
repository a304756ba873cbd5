package konnektor

import (
	"context"
	"errors"

	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// Crypt chooses between the RSA and the ECC keys of a card. What a Konnektor
// takes when nobody says it differs between versions, so a call always says it,
// where the Konnektor knows the parameter.
type Crypt string

// The algorithms (CertificateService 6.0.1, SignatureService 7.4.1,
// EncryptionService 6.1.1).
const (
	CryptRSA Crypt = "RSA"
	CryptECC Crypt = "ECC"
	// CryptRSAECC names both, for signing and encrypting only. A recipient's
	// document is encrypted for both keys of the card. For signing, the
	// Konnektor chooses what the card has; which one it prefers is not in a
	// source at hand.
	CryptRSAECC Crypt = "RSA_ECC"
)

// cryptSince is the revision of a service from which on its messages have the
// parameter Crypt (version histories of the WSDLs and schemas, C_6683
// ECC-Migration). An older Konnektor answers it with code 4000, as seen on a
// PTV3 device.
var cryptSince = map[string]int{
	"CertificateService 6.0": 1,
	"SignatureService 7.4":   1,
	"SignatureService 7.5":   0,
	"EncryptionService 6.1":  1,
}

// knowsCrypt reports whether the Konnektor knows the parameter Crypt of op, and
// whether the service directory tells the version that this follows from. An
// older one has RSA only, so that asking it for ECC is a [Failure] of
// [KindNoService].
func (c *Client) knowsCrypt(ctx context.Context, op Operation, crypt Crypt) (knows, told bool, err error) {
	services, err := c.Services(ctx)
	if err != nil {
		return false, false, err
	}
	service, _ := services.find(op)
	number, told := parseVersion(service.Version)
	knows = !told || number[2] >= cryptSince[op.Service+" "+op.Version]
	if !knows && crypt == CryptECC {
		return false, true, fail(KindNoService, op.Name, op.Service+" "+op.Version+".0 cannot choose ECC")
	}
	return knows, told, nil
}

// cryptValue is a Crypt as the messages of one service have it.
type cryptValue interface {
	~string
	Valid() bool
}

// invokeWithCrypt sends req with the parameter Crypt, which is at place, or
// without it to a Konnektor that does not know it. Where the service directory
// does not tell the version, the answer 4000 does, which comes before anything is
// done: what is asked for is asked again without Crypt if it is RSA.
func invokeWithCrypt[T cryptValue](ctx context.Context, c *Client, op Operation, crypt Crypt, place **T, req wire.Encoder, resp wire.Decoder) error {
	v := T(crypt)
	if !v.Valid() {
		return fail(KindRequest, op.Name, "no such Crypt for this operation")
	}
	knows, told, err := c.knowsCrypt(ctx, op, crypt)
	switch {
	case err != nil:
		return err
	case !knows:
		return c.Invoke(ctx, op, req, resp)
	}
	*place = &v
	err = c.Invoke(ctx, op, req, resp)
	if cryptRefused(told, crypt, err) {
		*place = nil
		return c.Invoke(ctx, op, req, resp)
	}
	return err
}

// cryptRefused reports whether a call with Crypt was refused before anything was
// done, by an older device whose directory does not tell its version: such a
// device has RSA only, and takes the call without.
func cryptRefused(told bool, crypt Crypt, err error) bool {
	return !told && crypt == CryptRSA && errors.Is(err, CodeBadRequest)
}
