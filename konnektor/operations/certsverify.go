package operations

import (
	"context"
)

type certsVerifyRequestDoc struct {
	certFileDoc
	At string `json:"at,omitempty" format:"date-time" doc:"The time to judge at. Now when left out."`
	timeLimit
}

type certsVerifyAnswerDoc struct {
	Result   string   `json:"result" table:"-" enum:"VALID INVALID INCONCLUSIVE" doc:"The verdict. INCONCLUSIVE: it could not be found out."`
	ResultDE string   `json:"result_de" doc:"The verdict in German."`
	ReasonDE string   `json:"reason_de,omitempty" doc:"Why it is not valid, in German, when the Konnektor tells."`
	Reason   *Error   `json:"reason,omitempty" table:"-" doc:"Why it is not valid, when the Konnektor tells."`
	Roles    []string `json:"roles" doc:"The professions of the holder, as object identifiers."`
	Warning  *Error   `json:"warning,omitempty" doc:"What the Konnektor reports beside its answer."`
}

func opCertsVerify() Operation {
	return define(Operation{
		Name:       "certs.verify",
		Summary:    "Has the Konnektor judge a certificate, with its trust list and by OCSP. Of several in the file the first is taken.",
		Title:      titleCertsVerify,
		Repeatable: true,
	}, runCertsVerify)
}

func runCertsVerify(ctx context.Context, c *call, req certsVerifyRequestDoc) (*certsVerifyAnswerDoc, error) {
	at, err := optionalMoment("at", req.At)
	if err != nil {
		return nil, err
	}
	all, err := req.read("path")
	if err != nil {
		return nil, err
	}
	v, warning, err := c.client.VerifyCertificate(ctx, all[0].Raw, at)
	if err != nil {
		return nil, err
	}
	a := &certsVerifyAnswerDoc{
		Result: v.Result, ResultDE: germanVerification(v.Result), Roles: append([]string{}, v.Roles...), Warning: newWarning(c.op, warning),
	}
	if v.Reason != nil {
		a.Reason = NewError(c.op, v.Reason)
		a.ReasonDE = a.Reason.TextDE
	}
	return a, nil
}
