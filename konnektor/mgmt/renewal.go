package mgmt

import (
	"bytes"
	"context"
	"encoding/pem"
	"slices"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
)

// tslResults are the results of tsl.state. Anchor is DER or PEM.
type tslResults struct {
	Sequence   int64     `json:"sequence"`
	ID         string    `json:"id"`
	NextUpdate time.Time `json:"next_update"`
	Anchor     []byte    `json:"anchor"`
}

// TSLState reads which TSL the box uses: [TSLImporter].
func (b *Base) TSLState(ctx context.Context) (TSLState, error) {
	r, err := ask[tslResults](ctx, b, OpTSLState, nil)
	return TSLState{Sequence: r.Sequence, ID: r.ID, NextUpdate: r.NextUpdate, Anchor: der(r.Anchor)}, err
}

// der is a certificate without its PEM.
func der(data []byte) []byte {
	if block, _ := pem.Decode(data); block != nil {
		return block.Bytes
	}
	return data
}

// ImportTSL uploads one list: [TSLImporter].
func (b *Base) ImportTSL(ctx context.Context, list []byte) error {
	if len(bytes.TrimSpace(list)) == 0 {
		return requestError("TSL: empty")
	}
	return b.tell(ctx, OpTSLImport, Values{"list": list})
}

// Online reads the Leistungsumfang Online: [OnlineSwitch].
func (b *Base) Online(ctx context.Context) (bool, error) {
	r, err := ask[switchResults](ctx, b, OpOnlineGet, nil)
	if err != nil {
		return false, err
	}
	if r.On == nil {
		return false, &AnswerError{Operation: OpOnlineGet, text: "answer: on: missing"}
	}
	return *r.On, nil
}

// SetOnline switches the Leistungsumfang Online: [OnlineSwitch].
func (b *Base) SetOnline(ctx context.Context, on bool) error {
	return b.tell(ctx, OpOnlineSet, Values{"on": on})
}

// identityResults are the results of server-identity.get and of
// server-identity.renewed.
type identityResults struct {
	Source   IdentitySource       `json:"source"`
	Renewed  []renewedCertificate `json:"renewed"`
	Complete bool                 `json:"complete"`
}

// renewedCertificate is one renewed certificate, DER or PEM.
type renewedCertificate struct {
	Profile     string `json:"profile"`
	Certificate []byte `json:"certificate"`
}

// ServerIdentity reads which certificate the box shows and what there is to
// choose from: [ServerIdentifier].
func (b *Base) ServerIdentity(ctx context.Context) (ServerIdentity, error) {
	r, err := ask[identityResults](ctx, b, OpServerIdentityGet, nil)
	if err == nil && b.Can(OpServerRenewed) {
		var more identityResults
		more, err = ask[identityResults](ctx, b, OpServerRenewed, nil)
		r.Renewed, r.Complete = append(r.Renewed, more.Renewed...), r.Complete || more.Complete
	}
	if err != nil {
		return ServerIdentity{}, err
	}
	s := ServerIdentity{Source: r.Source, Complete: r.Complete}
	for _, c := range r.Renewed {
		parsed, err := certs.Parse(der(c.Certificate))
		if err != nil {
			return ServerIdentity{}, &AnswerError{Operation: OpServerIdentityGet, text: "answer: a renewed certificate that cannot be read"}
		}
		s.Renewed = append(s.Renewed, IdentityCertificate{Profile: c.Profile, Certificate: parsed})
	}
	return s, nil
}

// SetServerIdentity chooses the certificate: [ServerIdentifier].
func (b *Base) SetServerIdentity(ctx context.Context, source IdentitySource) error {
	all := []IdentitySource{IdentityOriginal, IdentityRenewed, IdentitySelfSigned, IdentityImported}
	if !slices.Contains(all, source) {
		return requestError("server identity: unknown source")
	}
	return b.tell(ctx, OpServerIdentitySet, Values{"source": string(source)})
}

// Registration reads the state at the VPN access service: [Registrar].
func (b *Base) Registration(ctx context.Context) (Registration, error) {
	return ask[Registration](ctx, b, OpRegistrationGet, nil)
}

// Register registers at the VPN access service: [Registrar].
func (b *Base) Register(ctx context.Context, r RegistrationRequest) error {
	return b.tell(ctx, OpRegistrationRenew, Values{"mandant": r.MandantID, "smcb": string(r.SMCB), "contract": r.ContractID})
}

// Backup makes a backup: [Backuper].
func (b *Base) Backup(ctx context.Context, scope BackupScope, password string) (Backup, error) {
	if len([]rune(password)) < minBackupPassword {
		return Backup{}, requestError("backup: the password has less than %d characters", minBackupPassword)
	}
	r, err := ask[backupResults](ctx, b, OpBackupCreate, Values{"scope": string(scope), "password": password})
	if err == nil && len(r.Data) == 0 {
		err = &AnswerError{Operation: OpBackupCreate, text: "answer: data: missing"}
	}
	return Backup(r), err
}

// minBackupPassword is the length of the password of a backup (Bedienungsanleitung
// Highspeed-Konnektor 2.0).
const minBackupPassword = 20

// ResetLogOverflow resets EC_LOG_OVERFLOW: [LogOverflowResetter].
func (b *Base) ResetLogOverflow(ctx context.Context) error {
	return b.tell(ctx, OpLogOverflowReset, nil)
}

// UploadLicence gives the box a licence file: [LicenceUploader].
func (b *Base) UploadLicence(ctx context.Context, name string, licence []byte) error {
	if len(licence) == 0 {
		return requestError("licence: empty")
	}
	return b.tell(ctx, OpLicenceUpload, Values{"licence": licence, "name": name})
}

// Licences reads which features are licensed: [LicenceReader].
func (b *Base) Licences(ctx context.Context) ([]Licence, error) {
	return items[Licence](ctx, b, OpLicences, nil)
}
