package konnektor

import (
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/signatureservice74"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/signatureservice75"
	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// SignatureService 7.4 has the messages of 7.5 in a namespace of its own. What
// this package has in the types of 7.5 is written and read here in those of 7.4.

// signatureOperations are the operations SignDocument by version.
var signatureOperations = map[signatureVersion]Operation{
	signature75: signatureservice75.OperationSignDocument,
	signature74: signatureservice74.OperationSignDocument,
}

// signDocument74 is a SignDocument of 7.4.
type signDocument74 struct {
	*signatureservice75.SignDocument
}

// EncodeXML writes the message in the namespace of 7.4.
func (v signDocument74) EncodeXML(w *wire.Writer) {
	older := signatureservice74.SignDocument{
		CardHandle: v.CardHandle, Crypt: (*signatureservice74.Crypt)(v.Crypt), Context: v.Context,
		TvMode: signatureservice74.TvMode(v.TvMode), JobNumber: v.JobNumber,
	}
	for i := range v.SignRequest {
		r := &v.SignRequest[i]
		older.SignRequest = append(older.SignRequest, signatureservice74.SignRequest{
			RequestID: r.RequestID, OptionalInputs: signInputs74(r.OptionalInputs),
			Document: signatureservice74.DocumentType(r.Document), IncludeRevocationInfo: r.IncludeRevocationInfo,
		})
	}
	older.EncodeXML(w)
}

func signInputs74(v *signatureservice75.SignRequestOptionalInputs) *signatureservice74.SignRequestOptionalInputs {
	return &signatureservice74.SignRequestOptionalInputs{
		SignatureType: v.SignatureType, Properties: v.Properties, IncludeEContent: v.IncludeEContent,
		IncludeObjects:     (*signatureservice74.IncludeObjects)(v.IncludeObjects),
		SignaturePlacement: v.SignaturePlacement, ReturnUpdatedSignature: v.ReturnUpdatedSignature,
		Schemas: v.Schemas, GenerateUnderSignaturePolicy: v.GenerateUnderSignaturePolicy,
	}
}

// signDocumentResponse74 reads an answer of 7.4 into one of 7.5.
type signDocumentResponse74 struct {
	to *signatureservice75.SignDocumentResponse
}

// ElementName implements wire.Decoder.
func (v *signDocumentResponse74) ElementName() (space, local string) {
	return new(signatureservice74.SignDocumentResponse).ElementName()
}

// DecodeXML reads the element on which r stands.
func (v *signDocumentResponse74) DecodeXML(r *wire.Reader) {
	var older signatureservice74.SignDocumentResponse
	older.DecodeXML(r)
	for i := range older.SignResponse {
		s := &older.SignResponse[i]
		one := signatureservice75.SignResponse{RequestID: s.RequestID, Status: s.Status, SignatureObject: s.SignatureObject}
		if out := s.OptionalOutputs; out != nil {
			one.OptionalOutputs = &signatureservice75.SignResponseOptionalOutputs{
				DocumentWithSignature: (*signatureservice75.DocumentType)(out.DocumentWithSignature),
				VerificationReport:    out.VerificationReport,
			}
		}
		v.to.SignResponse = append(v.to.SignResponse, one)
	}
}

// verifyDocument74 is a VerifyDocument of 7.4.
type verifyDocument74 struct {
	*signatureservice75.VerifyDocument
}

// EncodeXML writes the message in the namespace of 7.4.
func (v verifyDocument74) EncodeXML(w *wire.Writer) {
	older := signatureservice74.VerifyDocument{
		Context: v.Context, TvMode: (*signatureservice74.TvMode)(v.TvMode),
		Document:        (*signatureservice74.DocumentType)(v.Document),
		SignatureObject: v.SignatureObject, IncludeRevocationInfo: v.IncludeRevocationInfo,
	}
	if in := v.OptionalInputs; in != nil {
		older.OptionalInputs = &signatureservice74.VerifyDocumentOptionalInputs{
			VerifyManifests: in.VerifyManifests, UseVerificationTime: in.UseVerificationTime,
			AdditionalKeyInfo: in.AdditionalKeyInfo, ReturnVerificationReport: in.ReturnVerificationReport,
			Schemas: in.Schemas,
		}
	}
	older.EncodeXML(w)
}

// verifyDocumentResponse74 reads an answer of 7.4 into one of 7.5.
type verifyDocumentResponse74 struct {
	to *signatureservice75.VerifyDocumentResponse
}

// ElementName implements wire.Decoder.
func (v *verifyDocumentResponse74) ElementName() (space, local string) {
	return new(signatureservice74.VerifyDocumentResponse).ElementName()
}

// DecodeXML reads the element on which r stands.
func (v *verifyDocumentResponse74) DecodeXML(r *wire.Reader) {
	var older signatureservice74.VerifyDocumentResponse
	older.DecodeXML(r)
	v.to.Status = older.Status
	v.to.VerificationResult = verificationResult75(&older.VerificationResult)
	if out := older.OptionalOutputs; out != nil {
		v.to.OptionalOutputs = &signatureservice75.VerifyDocumentResponseOptionalOutputs{
			VerifyManifestResults: out.VerifyManifestResults, UpdatedSignature: out.UpdatedSignature,
			DocumentWithSignature: (*signatureservice75.DocumentType)(out.DocumentWithSignature),
			VerificationReport:    out.VerificationReport,
		}
	}
}

// verificationResult75 is a result of 7.4, which NFDService has, too.
func verificationResult75(v *signatureservice74.VerificationResultType) signatureservice75.VerificationResultType {
	return signatureservice75.VerificationResultType{
		HighLevelResult: signatureservice75.HighLevelResult(v.HighLevelResult),
		TimestampType:   signatureservice75.TimestampType(v.TimestampType), Timestamp: v.Timestamp,
	}
}
