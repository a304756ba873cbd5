package operations

import (
	"context"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

type authSignRequestDoc struct {
	CardHandle string `json:"card_handle" doc:"The SMC-B or HBA; it must be unlocked."`
	Digest     string `json:"digest" format:"base64" doc:"The hash to be signed: SHA-256, SHA-384 or SHA-512."`
	Scheme     string `json:"scheme" enum:"RSASSA-PSS RSASSA-PKCS1-v1_5 ECDSA" doc:"How to sign."`
	timeLimit
}

type authSignAnswerDoc struct {
	Raw         string `json:"raw" table:"-" format:"base64" doc:"The signature: for ECDSA R followed by S, as a JWT has it."`
	DER         string `json:"der,omitempty" table:"-" format:"base64" doc:"An ECDSA signature as a sequence of two integers, as X.509 and CMS have it."`
	Certificate string `json:"certificate" table:"-" format:"base64" doc:"The certificate that verifies the signature (DER)."`
	Warning     *Error `json:"warning,omitempty" doc:"What the Konnektor reports beside its answer."`
}

func opAuthSign() Operation {
	return define(Operation{
		Name:       "auth.sign",
		Summary:    "Signs a hash with the authentication key of a card (ExternalAuthenticate), as for logging in at a service of the TI, and verifies it with the card's certificate.",
		Title:      titleAuthSign,
		Repeatable: true,
	}, runAuthSign)
}

func runAuthSign(ctx context.Context, c *call, req authSignRequestDoc) (*authSignAnswerDoc, error) {
	digest, err := decodeBytes("digest", req.Digest)
	if err != nil {
		return nil, err
	}
	s, warning, err := c.client.ExternalAuthenticate(ctx, konnektor.AuthRequest{
		Card: konnektor.CardHandle(req.CardHandle), Digest: digest, Scheme: konnektor.AuthScheme(req.Scheme),
	})
	if err != nil {
		return nil, err
	}
	return &authSignAnswerDoc{encodeBytes(s.Raw), encodeBytes(s.DER), encodeBytes(s.Certificate.Raw), newWarning(c.op, warning)}, nil
}
