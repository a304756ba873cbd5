package operations

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// MaxRequest is the largest request in bytes that an operation takes, unless it
// takes documents.
const MaxRequest = 64 << 10

// Operation is one ability of the library, called by its name with JSON.
type Operation struct {
	// Name is the one to call it by, such as vsd.read.
	Name string
	// Summary says in an English sentence what it does.
	Summary string
	// Title names it for practice staff, in German.
	Title string
	// Repeatable says that calling it again does no harm.
	Repeatable bool
	// Local says that it needs no Konnektor: it can be called on a Session that
	// was opened for files only.
	Local bool
	// Management says that it needs the settings of the management interface, and
	// not those of the services.
	Management bool
	// Documents says that its requests may hold documents: they have up to
	// MaxDocumentRequest bytes.
	Documents bool

	request, answer, event reflect.Type // structs; event is nil when there are none
	// work is a func(context.Context, *call, request) (*answer, error).
	work reflect.Value
}

// call is what a running operation has at hand.
type call struct {
	op     string
	client *konnektor.Client  // nil in a Session for files or management only
	manage *management        // never nil
	emit   func(event []byte) // never nil
	// sources are those of the Session.
	sources *sources
}

// maxRequest is the largest request of o in bytes.
func (o *Operation) maxRequest() int {
	if o.Documents {
		return MaxDocumentRequest
	}
	return MaxRequest
}

// send hands one event to the caller.
func (c *call) send(event any) {
	if b, err := encode(event); err == nil {
		c.emit(b)
	}
}

// timeLimit is the field that every request has.
type timeLimit struct {
	TimeoutMS int64 `json:"timeout_ms,omitempty" min:"1" max:"86400000" doc:"Upper bound for the whole call, in milliseconds. Without it the Timeout of the Config bounds each exchange with the Konnektor."`
}

// bound puts the request's time limit on ctx.
func (t timeLimit) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if t.TimeoutMS <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, time.Duration(t.TimeoutMS)*time.Millisecond)
}

// bounded is a request with a time limit; every one embeds it.
type bounded interface {
	bound(ctx context.Context) (context.Context, context.CancelFunc)
}

// define completes o with the types of its request and answer and with its
// work. What it does is compiled once an operation, hence so little of it.
func define[Request bounded, Answer any](o Operation, work func(context.Context, *call, Request) (*Answer, error)) Operation {
	o.request, o.answer, o.work = reflect.TypeFor[Request](), reflect.TypeFor[Answer](), reflect.ValueOf(work)
	return o
}

// run has the request decoded and does the work of o.
func (o *Operation) run(ctx context.Context, c *call, decode func(into reflect.Value) error) (any, error) {
	req := reflect.New(o.request).Elem()
	if err := decode(req); err != nil {
		return nil, err
	}
	ctx, cancel := timeLimit{req.FieldByName("TimeoutMS").Int()}.bound(ctx)
	defer cancel()
	result := o.work.Call([]reflect.Value{reflect.ValueOf(ctx), reflect.ValueOf(c), req})
	err, _ := result[1].Interface().(error)
	return result[0].Interface(), err
}

// emits says of what type the events of o are.
func emits[Event any](o Operation) Operation {
	o.event = reflect.TypeFor[Event]()
	return o
}

// catalogue is the list of operations with the descriptions of their types.
type catalogue struct {
	list   []Operation
	byName map[string]*Operation
	types  types
	names  map[reflect.Type]string // of types
	err    error                   // a type that cannot be described
}

// theCatalogue is made once, at the first use.
var theCatalogue = sync.OnceValue(func() *catalogue {
	c := &catalogue{
		list:   listed(),
		byName: map[string]*Operation{},
		types:  types{},
		names:  map[reflect.Type]string{},
	}
	for i := range c.list {
		o := &c.list[i]
		c.byName[o.Name] = o
		c.describe(o.request, o.answer, o.event)
	}
	c.describe(reflect.TypeFor[configDoc](), reflect.TypeFor[Error]())
	return c
})

// describe adds structs to the types of c; nil ones are left out.
func (c *catalogue) describe(structs ...reflect.Type) {
	for _, t := range structs {
		if t == nil {
			continue
		}
		name, err := c.types.add(t)
		c.names[t] = name
		c.err = errors.Join(c.err, err)
	}
}

// requestType is the description of the requests of o.
func (c *catalogue) requestType(o *Operation) *Type { return c.types[c.names[o.request]] }

// answerType is the description of the answers of o.
func (c *catalogue) answerType(o *Operation) *Type { return c.types[c.names[o.answer]] }

// List returns the operations in the order of the documentation.
func List() []Operation {
	return append([]Operation(nil), theCatalogue().list...)
}
