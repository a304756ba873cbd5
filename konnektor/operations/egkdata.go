package operations

import (
	"context"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// egkAccess is in every request about data of an eGK.
type egkAccess struct {
	CardHandle string `json:"card_handle" doc:"The eGK."`
	HPCHandle  string `json:"hpc_handle" doc:"The HBA or SMC-B that opens it."`
	entryLimit
	timeLimit
}

func (a *egkAccess) access(c *call) konnektor.EGKAccess {
	return konnektor.EGKAccess{EGK: konnektor.CardHandle(a.CardHandle), HPC: konnektor.CardHandle(a.HPCHandle), Entry: a.entry(c)}
}

// egkReadRequestDoc reads emergency data and declarations.
type egkReadRequestDoc struct {
	egkAccess
	Emergency bool `json:"emergency,omitempty" doc:"In an emergency. This and update change who has to consent and what the card logs."`
	Update    bool `json:"update,omitempty" doc:"To be changed and written again."`
}

func (r *egkReadRequestDoc) read(c *call) konnektor.NFDRead {
	return konnektor.NFDRead{EGKAccess: r.access(c), Emergency: r.Emergency, Update: r.Update}
}

// egkWriteRequestDoc writes a document to an eGK.
type egkWriteRequestDoc struct {
	egkAccess
	Document string `json:"document" format:"base64" doc:"What is to be written; it replaces what is there."`
}

type egkRequestDoc struct {
	egkAccess
}

type egkWritePlanRequestDoc struct {
	egkWriteRequestDoc
	amtsPIN
}

type egkReadPlanRequestDoc struct {
	egkAccess
	amtsPIN
}

type amtsPIN struct {
	PIN string `json:"pin,omitempty" enum:"AMTS-PIN Vertreter-PIN" doc:"Whose PIN opens the plan: the insured person's (AMTS-PIN, when left out) or a representative's."`
}

func (p amtsPIN) using() konnektor.AMTSPIN {
	if p.PIN == "" {
		return konnektor.PINAMTS
	}
	return konnektor.AMTSPIN(p.PIN)
}

// egkDocumentAnswerDoc is a document of an eGK.
type egkDocumentAnswerDoc struct {
	Document     string           `json:"document" table:"-" format:"base64" doc:"The document, XML. Names a person."`
	Size         int64            `json:"size" doc:"Its size in bytes."`
	Verification *verificationDoc `json:"verification,omitempty" doc:"With nfd.read: what the Konnektor says about its signature."`
	EGKValid     *bool            `json:"egk_valid,omitempty" doc:"With amts: the card's certificate is valid as far as the Konnektor could find out."`
	EGKUsage     *int64           `json:"egk_usage,omitempty" doc:"With amts.read_plan: how much of the room on the card is used, in per cent."`
	Warning      *Error           `json:"warning,omitempty" doc:"What the Konnektor reports beside its answer. Code 5501: the signature could not be checked, or is invalid."`
}

// egkDoneAnswerDoc is the answer of what writes to an eGK.
type egkDoneAnswerDoc struct {
	EGKValid *bool  `json:"egk_valid,omitempty" doc:"With amts: the card's certificate is valid as far as the Konnektor could find out."`
	Warning  *Error `json:"warning,omitempty" doc:"What the Konnektor reports beside its answer."`
}

// egkOperations read and write what an eGK holds beside the VSD.
func egkOperations() []Operation {
	const logged = " The card keeps a log of accesses."
	const once = " The person may have to enter a PIN at the terminal. Never repeated."
	read := func(name, summary, title string, run func(context.Context, *call, egkReadRequestDoc) (*egkDocumentAnswerDoc, error)) Operation {
		return emits[entryEventDoc](define(Operation{Name: name, Summary: summary + logged, Title: title}, run))
	}
	write := func(name, summary, title string, run func(context.Context, *call, egkWriteRequestDoc) (*egkDoneAnswerDoc, error)) Operation {
		return emits[entryEventDoc](define(Operation{Name: name, Summary: summary + once, Title: title, Documents: true}, run))
	}
	erase := func(name, summary, title string, run func(context.Context, *call, egkRequestDoc) (*egkDoneAnswerDoc, error)) Operation {
		return emits[entryEventDoc](define(Operation{Name: name, Summary: summary + once, Title: title}, run))
	}
	return []Operation{
		read("nfd.read", "Reads the emergency data record of an eGK. One with a bad signature comes back too, with a warning.", titleNFDRead, runNFDRead),
		write("nfd.write", "Writes a signed emergency data record to an eGK.", titleNFDWrite, runNFDWrite),
		erase("nfd.erase", "Deletes the emergency data record of an eGK.", titleNFDErase, runNFDErase),
		read("dpe.read", "Reads the personal declarations of an eGK: where an organ donor card, an advance directive and the like are kept.", titleDPERead, runDPERead),
		write("dpe.write", "Writes personal declarations to an eGK.", titleDPEWrite, runDPEWrite),
		erase("dpe.erase", "Deletes the personal declarations of an eGK.", titleDPEErase, runDPEErase),
		emits[entryEventDoc](define(Operation{
			Name: "amts.read_plan", Summary: "Reads the medication plan of an eGK." + once, Title: titleAMTSReadPlan,
		}, runAMTSReadPlan)),
		emits[entryEventDoc](define(Operation{
			Name: "amts.write_plan", Summary: "Writes a medication plan to an eGK." + once, Title: titleAMTSWritePlan, Documents: true,
		}, runAMTSWritePlan)),
		emits[entryEventDoc](define(Operation{
			Name: "amts.read_consent", Summary: "Reads the consent to the medication plan." + once, Title: titleAMTSReadConsent,
		}, runAMTSReadConsent)),
		write("amts.write_consent", "Writes the consent to the medication plan.", titleAMTSWriteConsent, runAMTSWriteConsent),
		erase("amts.delete_consent", "Deletes the consent to the medication plan.", titleAMTSDeleteConsent, runAMTSDeleteConsent),
	}
}

func newEGKDocument(c *call, document []byte, w *konnektor.Warning) *egkDocumentAnswerDoc {
	return &egkDocumentAnswerDoc{Document: encodeBytes(document), Size: int64(len(document)), Warning: newWarning(c.op, w)}
}

func runNFDRead(ctx context.Context, c *call, req egkReadRequestDoc) (*egkDocumentAnswerDoc, error) {
	nfd, w, err := c.client.ReadNFD(ctx, req.read(c))
	if err != nil {
		return nil, err
	}
	a, v := newEGKDocument(c, nfd.Document, w), newVerification(&nfd.Verification)
	a.Verification = &v
	return a, nil
}

func runDPERead(ctx context.Context, c *call, req egkReadRequestDoc) (*egkDocumentAnswerDoc, error) {
	document, w, err := c.client.ReadDPE(ctx, req.read(c))
	if err != nil {
		return nil, err
	}
	return newEGKDocument(c, document, w), nil
}

// wrote makes the answer of NFDService and DPEService, which tell nothing of the
// card.
func (c *call) wrote(w *konnektor.Warning, err error) (*egkDoneAnswerDoc, error) {
	if err != nil {
		return nil, err
	}
	return &egkDoneAnswerDoc{Warning: newWarning(c.op, w)}, nil
}

// wroteValid makes the answer of AMTSService.
func (c *call) wroteValid(valid bool, w *konnektor.Warning, err error) (*egkDoneAnswerDoc, error) {
	a, err := c.wrote(w, err)
	if err == nil {
		a.EGKValid = &valid
	}
	return a, err
}

func runNFDWrite(ctx context.Context, c *call, req egkWriteRequestDoc) (*egkDoneAnswerDoc, error) {
	document, err := decodeBytes("document", req.Document)
	if err != nil {
		return nil, err
	}
	return c.wrote(c.client.WriteNFD(ctx, req.access(c), document))
}

func runNFDErase(ctx context.Context, c *call, req egkRequestDoc) (*egkDoneAnswerDoc, error) {
	return c.wrote(c.client.EraseNFD(ctx, req.access(c)))
}

func runDPEWrite(ctx context.Context, c *call, req egkWriteRequestDoc) (*egkDoneAnswerDoc, error) {
	document, err := decodeBytes("document", req.Document)
	if err != nil {
		return nil, err
	}
	return c.wrote(c.client.WriteDPE(ctx, req.access(c), document))
}

func runDPEErase(ctx context.Context, c *call, req egkRequestDoc) (*egkDoneAnswerDoc, error) {
	return c.wrote(c.client.EraseDPE(ctx, req.access(c)))
}

func runAMTSReadPlan(ctx context.Context, c *call, req egkReadPlanRequestDoc) (*egkDocumentAnswerDoc, error) {
	plan, w, err := c.client.ReadMP(ctx, req.access(c), req.using())
	if err != nil {
		return nil, err
	}
	a, usage := newEGKDocument(c, plan.Data, w), int64(plan.EGKUsage)
	a.EGKValid, a.EGKUsage = &plan.EGKValid, &usage
	return a, nil
}

func runAMTSWritePlan(ctx context.Context, c *call, req egkWritePlanRequestDoc) (*egkDoneAnswerDoc, error) {
	document, err := decodeBytes("document", req.Document)
	if err != nil {
		return nil, err
	}
	return c.wroteValid(c.client.WriteMP(ctx, req.access(c), req.using(), document))
}

func runAMTSReadConsent(ctx context.Context, c *call, req egkRequestDoc) (*egkDocumentAnswerDoc, error) {
	consent, w, err := c.client.ReadConsent(ctx, req.access(c))
	if err != nil {
		return nil, err
	}
	a := newEGKDocument(c, consent.Data, w)
	a.EGKValid = &consent.EGKValid
	return a, nil
}

func runAMTSWriteConsent(ctx context.Context, c *call, req egkWriteRequestDoc) (*egkDoneAnswerDoc, error) {
	document, err := decodeBytes("document", req.Document)
	if err != nil {
		return nil, err
	}
	return c.wroteValid(c.client.WriteConsent(ctx, req.access(c), document))
}

func runAMTSDeleteConsent(ctx context.Context, c *call, req egkRequestDoc) (*egkDoneAnswerDoc, error) {
	return c.wroteValid(c.client.DeleteConsent(ctx, req.access(c)))
}
