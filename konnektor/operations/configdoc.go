package operations

// configDoc describes the JSON of a konnektor.Config, which Open takes. It is
// here for the Document only; a test holds it against konnektor.Config.
type configDoc struct {
	URL         string         `json:"url" doc:"The base address of the Konnektor, such as https://192.0.2.7 or http://192.0.2.7."`
	Call        callDoc        `json:"call,omitempty" doc:"Who calls. Without it only services can be called."`
	Auth        authDoc        `json:"auth,omitempty" doc:"How the PVS shows who it is: by password or by certificate, over https only."`
	Trust       trustDoc       `json:"trust,omitempty" doc:"How the Konnektor's certificate is recognised. An https url needs at least one way."`
	RewriteHost bool           `json:"rewrite_host,omitempty" doc:"Send every call to the host and port of url, whatever host the service directory names."`
	Timeout     string         `json:"timeout,omitempty" doc:"Upper bound for an exchange without timeout_ms, such as 45s. 30s when left out."`
	FilesOnly   bool           `json:"files_only,omitempty" doc:"No Konnektor, only operations on files: then url is left out or empty, and so is all else."`
	Management  *managementDoc `json:"management,omitempty" doc:"The management interface, for the operations mgmt and fix. With it url may be left out."`
	Fixes       *fixesDoc      `json:"fixes,omitempty" doc:"Where fixes keep their journals; the operations fix need it."`
	BusyTimeout string         `json:"busy_timeout,omitempty" doc:"How long a call is repeated while another workplace uses the card. 10s when left out; negative: not at all."`
}

type callDoc struct {
	MandantID      string `json:"mandant_id" doc:"The Mandant, as registered on the Konnektor."`
	ClientSystemID string `json:"client_system_id" doc:"The client system (the PVS installation)."`
	WorkplaceID    string `json:"workplace_id" doc:"The workplace (Arbeitsplatz)."`
	UserID         string `json:"user_id,omitempty" doc:"The user; needed with an HBA only."`
}

type authDoc struct {
	User            string `json:"user,omitempty" doc:"The user name for HTTP Basic."`
	Password        string `json:"password,omitempty" doc:"The password."`
	CertificatePEM  string `json:"certificate_pem,omitempty" doc:"The client certificate with its chain, PEM."`
	KeyPEM          string `json:"key_pem,omitempty" doc:"Its private key, PEM, not encrypted."`
	CertificateFile string `json:"certificate_file,omitempty" doc:"A file with the client certificate, in place of certificate_pem."`
	KeyFile         string `json:"key_file,omitempty" doc:"A file with the key, in place of key_pem."`
	PKCS12          string `json:"pkcs12,omitempty" doc:"The client certificate and its key as the Konnektor exports them, PKCS#12 in base64."`
	PKCS12File      string `json:"pkcs12_file,omitempty" doc:"Such a file, in place of pkcs12."`
	PKCS12Password  string `json:"pkcs12_password,omitempty" doc:"The password of the PKCS#12 file."`
}

type trustDoc struct {
	CAsPEM            string   `json:"cas_pem,omitempty" doc:"Certificates of issuers, PEM."`
	CAsFile           string   `json:"cas_file,omitempty" doc:"A file with them, in place of cas_pem."`
	ServerName        string   `json:"server_name,omitempty" doc:"The name that must stand in the certificate. konnektor.konlan when left out."`
	CertificateSHA256 []string `json:"certificate_sha256,omitempty" doc:"Pinned certificates: SHA-256 in hex."`
	PublicKeySHA256   []string `json:"public_key_sha256,omitempty" doc:"Pinned keys: SHA-256 of the SubjectPublicKeyInfo in hex."`
}
