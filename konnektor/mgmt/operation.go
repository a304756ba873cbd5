package mgmt

// Operation is the name of a management call, as in a profile: "tsl.import".
type Operation string

// The operations that a profile may have an entry for. What a vendor's driver
// has built in (confirmed by a public source) stands in the vendor's
// profile.json; the rest only a profile of the operator can supply.
const (
	OpStatus    Operation = "status"
	OpPing      Operation = "ping"
	OpInfo      Operation = "info"
	OpInfoLoad  Operation = "info.load"  // adds to info
	OpInfoClock Operation = "info.clock" // adds to info
	OpReleases  Operation = "releases"
	OpRestart   Operation = "restart"

	OpLogSettingsGet   Operation = "log-settings.get"
	OpLogSettingsSet   Operation = "log-settings.set"
	OpLogRead          Operation = "log.read"
	OpLogOverflowReset Operation = "log-overflow.reset"

	OpTSLState          Operation = "tsl.state"
	OpTSLImport         Operation = "tsl.import"
	OpOnlineGet         Operation = "online.get" // MGM_LU_ONLINE
	OpOnlineSet         Operation = "online.set"
	OpServerIdentityGet Operation = "server-identity.get"
	OpServerRenewed     Operation = "server-identity.renewed" // adds to server-identity.get
	OpServerIdentitySet Operation = "server-identity.set"
	OpRegistrationGet   Operation = "registration.get"
	OpRegistrationRenew Operation = "registration.renew"
	OpBackupCreate      Operation = "backup.create"
	OpLicences          Operation = "licences"
	OpLicenceUpload     Operation = "licence.upload"

	OpCards            Operation = "cards"
	OpCard             Operation = "card"
	OpPINStatus        Operation = "pin.status"
	OpPINVerify        Operation = "pin.verify"
	OpTerminals        Operation = "terminals"
	OpTerminal         Operation = "terminal"
	OpTerminalActivate Operation = "terminal.activate"
	OpTerminalDeactive Operation = "terminal.deactivate"
	OpTerminalConnect  Operation = "terminal.connect"
	OpTerminalUnassign Operation = "terminal.unassign"
	OpTerminalRemove   Operation = "terminal.remove"
	OpInfoModel        Operation = "info-model"
	OpMandanten        Operation = "mandanten"
	OpClientSystems    Operation = "client-systems"

	OpUpdates           Operation = "updates"
	OpUpdatesCheck      Operation = "updates.check"
	OpUpdatesTerminal   Operation = "updates.terminal"
	OpUpdateDownload    Operation = "update.download"
	OpUpdateSchedule    Operation = "update.schedule"
	OpUpdateSettingsSet Operation = "update-settings.set"
)

// The requests of a login: only in the profile of a driver.
const (
	OpSession       Operation = "auth.session"
	OpLogin         Operation = "auth.login"
	OpToken         Operation = "auth.token"
	OpTokenFallback Operation = "auth.token-fallback"
	OpLogout        Operation = "auth.logout"
)

// Calls of the RISE TI-Client (from 2.6.1), which stands in front of a virtual
// Konnektor.
const (
	OpClientTerminals    Operation = "ti-client.terminals"
	OpClientTerminal     Operation = "ti-client.terminal"
	OpClientDiscover     Operation = "ti-client.discover"
	OpClientAssign       Operation = "ti-client.assign"
	OpClientBeginSession Operation = "ti-client.begin-session"
	OpClientEndSession   Operation = "ti-client.end-session"
	OpClientAdd          Operation = "ti-client.add"
	OpClientCorrelation  Operation = "ti-client.correlation"
	OpClientPairInit     Operation = "ti-client.pairing-initialize"
	OpClientPairFinal    Operation = "ti-client.pairing-finalize"
	OpClientProxies      Operation = "ti-client.proxies"
	OpClientProxy        Operation = "ti-client.proxy"
	OpClientTasks        Operation = "ti-client.tasks"
	OpClientActivate     Operation = "ti-client.activate"
	OpClientPINPlus      Operation = "ti-client.pin-plus"
	OpClientPINPlusCards Operation = "ti-client.pin-plus-cards"
)
