package operations

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"sync"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// maxConfig bounds the JSON of a Config: certificates and key included, some
// ten thousand bytes are usual.
const maxConfig = 1 << 20

// errClosed is the cause of calls that end because the Session was closed.
var errClosed = errors.New("operations: session closed")

// Session is one Konnektor with one Config, on which operations are called. It
// is safe for concurrent use.
type Session struct {
	client *konnektor.Client // nil when it is for files or management only
	manage *management       // never nil

	sources sources

	mu      sync.Mutex
	closed  bool
	calls   map[*call]context.CancelFunc // under way
	running sync.WaitGroup
}

// Open makes a Session from the JSON of a konnektor.Config. It sends and starts
// nothing. log may be nil.
//
// {"files_only":true} opens a Session without Konnektor, on which the operations
// that are Local can be called.
//
// A Config that cannot work gives an *Error of kind config.
func Open(config []byte, log *slog.Logger) (*Session, error) {
	if filesOnly(config) {
		return NewFiles(), nil
	}
	cfg, m, err := parseConfig(config)
	if err != nil {
		return nil, NewError(opOpen, err)
	}
	cfg.Log, m.log = log, log
	var client *konnektor.Client
	if cfg.URL != "" || m.config == nil && m.fixes == nil {
		if client, err = konnektor.New(cfg); err != nil {
			return nil, NewError(opOpen, err)
		}
	}
	s := New(client)
	m.services = cfg
	s.manage = m
	s.sources.log = log
	return s, nil
}

// SetCredentials has the administrator's user and password asked for when a login
// to the management interface is due, in place of a file. It must be called before
// any operation.
func (s *Session) SetCredentials(ask func(context.Context) (mgmt.Credentials, error)) {
	s.manage.credentials = ask
}

// opOpen stands in an Error for the name of the operation.
const opOpen = "open"

// parseConfig decodes the JSON of a Config, and what stands beside it.
func parseConfig(config []byte) (cfg konnektor.Config, m *management, err error) {
	if len(config) > maxConfig {
		return cfg, nil, configError("larger than 1 MiB")
	}
	rest, m, err := splitConfig(config)
	if err == nil {
		cfg, err = konnektor.ParseConfig(rest)
	}
	return cfg, m, err
}

// New makes a Session on an existing Client, which the Session closes. It is
// for programs that need what JSON cannot hold, such as trust on first use.
func New(client *konnektor.Client) *Session {
	return &Session{client: client, manage: new(management), calls: map[*call]context.CancelFunc{}}
}

// NewFiles makes a Session without Konnektor, for the operations that are Local.
func NewFiles() *Session { return New(nil) }

// filesOnly recognises the settings of a Session for files only: the field
// files_only, true, and no other one that says anything.
func filesOnly(config []byte) bool {
	if len(config) > maxConfig || !bytes.Contains(config, []byte("files_only")) {
		return false
	}
	t := theCatalogue().types["Config"]
	var doc configDoc
	if decodeRequest(config, withoutRequired(t), theCatalogue().types, reflect.ValueOf(&doc).Elem()) != nil {
		return false
	}
	return reflect.DeepEqual(doc, configDoc{FilesOnly: true})
}

// withoutRequired is t with every field optional.
func withoutRequired(t *Type) *Type {
	free := &Type{Name: t.Name, Fields: slices.Clone(t.Fields)}
	for i := range free.Fields {
		free.Fields[i].Required = false
	}
	return free
}

// Close ends running calls, waits for them and closes idle connections. Calls
// that come later give an *Error of kind closed. A second Close does nothing.
// Close must not be called from the function that Stream hands events to.
func (s *Session) Close() error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	for _, cancel := range s.calls {
		cancel()
	}
	s.mu.Unlock()
	s.running.Wait()
	s.sources.leaving.Wait()
	if !first || s.client == nil {
		return nil
	}
	return s.client.Close()
}

// Call runs the operation of that name. request is a JSON object, at most
// MaxRequest bytes, or MaxDocumentRequest where it takes documents; nothing or only white space stands for the empty object.
// The answer is a JSON object.
//
// The error is always an *Error.
func (s *Session) Call(ctx context.Context, name string, request []byte) (answer []byte, err error) {
	return s.Stream(ctx, name, request, nil)
}

// Stream is Call for operations that have something to say on the way. Each
// event is a JSON object with the member "event". emit is called one after the
// other, before Stream returns and never after; while it works, the operation
// waits. A nil emit drops the events.
func (s *Session) Stream(ctx context.Context, name string, request []byte, emit func(event []byte)) ([]byte, error) {
	if emit == nil {
		emit = func([]byte) {}
	}
	answer, err := s.do(ctx, name, request, emit)
	if err == nil {
		return answer, nil
	}
	e := NewError(clean(name), err)
	if op := theCatalogue().byName[name]; op != nil {
		e.Repeatable = e.Repeatable && op.Repeatable
	}
	return nil, e
}

// do is Stream with any error.
func (s *Session) do(ctx context.Context, name string, request []byte, emit func([]byte)) ([]byte, error) {
	cat := theCatalogue()
	op := cat.byName[name]
	if op == nil {
		return nil, errUnknownOperation
	}
	if err := s.offers(op); err != nil {
		return nil, err
	}
	if most := op.maxRequest(); len(request) > most {
		return nil, &requestError{cause: fmt.Sprintf("larger than %d KiB", most>>10)}
	}
	if len(bytes.TrimSpace(request)) == 0 {
		request = []byte("{}")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := &call{op: name, client: s.client, manage: s.manage, emit: emit, sources: &s.sources}
	if !s.enter(c, cancel) {
		return nil, errClosed
	}
	defer s.leave(c)
	answer, err := op.run(ctx, c, func(into reflect.Value) error {
		return decodeRequest(request, cat.requestType(op), cat.types, into)
	})
	if err != nil {
		if s.isClosed() && ctx.Err() != nil {
			err = errClosed
		}
		return nil, err
	}
	return encode(answer)
}

// offers refuses an operation for which the settings say too little.
func (s *Session) offers(op *Operation) error {
	switch {
	case op.Local:
		return nil
	case op.Management && s.manage.config == nil:
		return configError(op.Name + ": needs the settings management")
	case !op.Management && s.client == nil:
		return configError(op.Name + ": the session was opened without the url of the services")
	}
	return nil
}

// enter notes a call, unless the Session is closed.
func (s *Session) enter(c *call, cancel context.CancelFunc) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.calls[c] = cancel
	s.running.Add(1)
	return true
}

// leave notes the end of a call.
func (s *Session) leave(c *call) {
	s.mu.Lock()
	delete(s.calls, c)
	s.mu.Unlock()
	s.running.Done()
}

// isClosed says whether Close was called.
func (s *Session) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// encode writes v as JSON, with <, > and & as they are.
func encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}
