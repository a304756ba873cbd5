package mgmt

import (
	"reflect"
	"slices"
	"strings"
)

// spec is what a profile may say of an operation.
type spec struct {
	values  []string // what there is to put into a request
	results any      // a struct whose JSON names are the results; nil for none
}

// loginSpec is what the requests of a login have.
var loginSpec = spec{values: []string{"user", "password", "origin"}, results: sessionResults{}}

// sessionResults are the results of the requests of a login.
type sessionResults struct {
	Token string `json:"token"`
}

// results of calls whose answer is taken whole or as a list.
type (
	listOf[T any] struct {
		Items []T `json:"items"`
	}
	rawResults struct {
		Raw any `json:"raw"`
	}
	switchResults struct {
		On *bool `json:"on"`
	}
	backupResults struct {
		Data          []byte `json:"data"`
		PublicKeyHash string `json:"public_key_hash"`
	}
)

// specs lists all operations.
var specs = map[Operation]spec{
	OpSession: loginSpec, OpLogin: loginSpec, OpToken: loginSpec, OpTokenFallback: loginSpec,
	OpLogout: {values: []string{"origin"}},

	OpStatus:         {results: statusResults{}},
	OpPing:           {},
	OpInfo:           {results: infoResults{}},
	OpInfoLoad:       {results: infoResults{}},
	OpInfoClock:      {results: infoResults{}},
	OpReleases:       {results: rawResults{}},
	OpLogSettingsGet: {results: LogSettings{}},
	OpLogSettingsSet: {values: []string{"raw"}},
	OpLogRead:        {values: []string{"module", "kind", "from", "to", "limit", "offset"}, results: listOf[logResults]{}},
	OpRestart:        {values: []string{"user", "password", "origin"}},

	OpCards:             {results: listOf[Card]{}},
	OpCard:              {values: []string{"card"}, results: Card{}},
	OpPINStatus:         {values: []string{"card", "mandant"}, results: PINState{}},
	OpPINVerify:         {values: []string{"card", "mandant", "terminal"}, results: PINState{}},
	OpTerminals:         {results: listOf[Terminal]{}},
	OpTerminal:          {values: []string{"terminal"}, results: Terminal{}},
	OpTerminalActivate:  {values: []string{"terminal"}},
	OpTerminalDeactive:  {values: []string{"terminal"}},
	OpTerminalConnect:   {values: []string{"terminal"}},
	OpTerminalUnassign:  {values: []string{"terminal"}},
	OpTerminalRemove:    {values: []string{"terminal"}},
	OpInfoModel:         {results: InfoModel{}},
	OpMandanten:         {results: listOf[Mandant]{}},
	OpClientSystems:     {results: listOf[ClientSystem]{}},
	OpLicences:          {results: listOf[Licence]{}},
	OpLicenceUpload:     {values: []string{"licence", "name"}},
	OpUpdates:           {results: Updates{}},
	OpUpdatesCheck:      {},
	OpUpdatesTerminal:   {values: []string{"vendor", "product", "hardware", "firmware"}, results: Updates{}},
	OpUpdateDownload:    {values: []string{"update"}},
	OpUpdateSchedule:    {values: []string{"update", "at_ms"}},
	OpUpdateSettingsSet: {values: []string{"settings"}},

	OpTSLState:          {results: tslResults{}},
	OpTSLImport:         {values: []string{"list"}},
	OpOnlineGet:         {results: switchResults{}},
	OpOnlineSet:         {values: []string{"on"}},
	OpServerIdentityGet: {results: identityResults{}},
	OpServerRenewed:     {results: identityResults{}},
	OpServerIdentitySet: {values: []string{"source"}},
	OpRegistrationGet:   {results: Registration{}},
	OpRegistrationRenew: {values: []string{"mandant", "smcb", "contract"}},
	OpBackupCreate:      {values: []string{"scope", "password"}, results: backupResults{}},
	OpLogOverflowReset:  {},

	OpClientTerminals: {results: rawResults{}}, OpClientTerminal: {values: []string{"terminal"}, results: rawResults{}},
	OpClientDiscover: tiClient, OpClientAssign: tiClient, OpClientBeginSession: tiClient, OpClientEndSession: tiClient,
	OpClientAdd:         {values: []string{"address", "port"}, results: rawResults{}},
	OpClientCorrelation: {values: []string{"terminal", "correlation"}, results: rawResults{}},
	OpClientPairInit:    tiClient, OpClientPairFinal: tiClient,
	OpClientProxies: {results: rawResults{}}, OpClientProxy: {values: []string{"proxy"}, results: rawResults{}},
	OpClientTasks: {results: rawResults{}}, OpClientActivate: {values: []string{"user", "password"}, results: rawResults{}},
	OpClientPINPlus: {results: rawResults{}}, OpClientPINPlusCards: {results: rawResults{}},
}

// tiClient is a call whose body nobody has published: the caller gives it.
var tiClient = spec{values: []string{"body"}, results: rawResults{}}

// Values are the names that a profile may put into a request of op.
func (op Operation) Values() []string { return slices.Clone(specs[op].values) }

// Results are the names that a profile may extract from an answer to op; those of
// the elements of a list stand behind a dot: "items.id".
func (op Operation) Results() []string { return resultNames("", reflect.TypeOf(specs[op].results)) }

// Known reports whether there is such an operation.
func (op Operation) Known() bool { _, ok := specs[op]; return ok }

// Operations lists all operations, sorted.
func Operations() []Operation {
	var all []Operation
	for op := range specs {
		all = append(all, op)
	}
	slices.Sort(all)
	return all
}

// resultNames lists the JSON names of a struct.
func resultNames(prefix string, t reflect.Type) []string {
	if t == nil {
		return nil
	}
	var names []string
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		names = append(names, prefix+name)
		if e := elementOf(field.Type); e != nil {
			names = append(names, resultNames(prefix+name+".", e)...)
		}
	}
	return names
}

// elementOf is the struct that a list has; nil for anything else.
func elementOf(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct && t.Elem().PkgPath() != "time" {
		return t.Elem()
	}
	return nil
}
