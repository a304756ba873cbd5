package main

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
)

// endpoint is the content of the control file.
type endpoint struct {
	Address string `json:"address"`
	Token   string `json:"token"`
}

// defaultControlFile is in the user's cache folder, so that the commands find
// the simulator of the same user. It is empty when there is no such folder.
func defaultControlFile() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "konnektorsim", "control.json")
}

// controlTimeout bounds one command, on both sides.
const controlTimeout = time.Minute

// control is the control port of a running simulator.
type control struct {
	endpoint
	konnektor *konnektortest.Konnektor
	reboot    func()
	file      string
	server    *http.Server

	mu     sync.Mutex
	closed bool
	timers map[*time.Timer]struct{} // of states to come
}

// startControl opens the control port and writes the control file.
func startControl(k *konnektortest.Konnektor, reboot func(), address, file string) (*control, error) {
	host, _, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("%w: --control: %q is no loopback address", errUsage, address)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("control port: %w", err)
	}
	c := &control{
		endpoint: endpoint{l.Addr().String(), rand.Text()}, konnektor: k, reboot: reboot, file: file,
		timers: map[*time.Timer]struct{}{},
	}
	if err := c.writeFile(); err != nil {
		return nil, errors.Join(fmt.Errorf("control file: %w", err), l.Close())
	}
	c.server = &http.Server{Handler: c.handler(), ReadTimeout: controlTimeout, WriteTimeout: controlTimeout}
	go func() { _ = c.server.Serve(l) }()
	return c, nil
}

// writeFile replaces the control file at once, readable by its owner only.
func (c *control) writeFile() error {
	if err := os.MkdirAll(filepath.Dir(c.file), 0o700); err != nil {
		return err
	}
	b, err := json.Marshal(c.endpoint)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(c.file), "control-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = tmp.Write(b)
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), c.file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}

// close ends the control port and removes its file, unless another simulator
// has written it since.
func (c *control) close() {
	_ = c.server.Close()
	c.mu.Lock()
	c.closed = true
	for timer := range c.timers {
		timer.Stop()
	}
	c.mu.Unlock()
	if e, err := readEndpoint(c.file); err == nil && e == c.endpoint {
		_ = os.Remove(c.file)
	}
}

func (c *control) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /cards", c.serve(func([]byte) (any, error) { return listCards(c.konnektor), nil }))
	mux.HandleFunc("POST /insert", c.serve(decoded(c.insert)))
	mux.HandleFunc("POST /remove", c.serve(decoded(c.remove)))
	mux.HandleFunc("POST /pin", c.serve(decoded(c.pin)))
	mux.HandleFunc("POST /state", c.serve(decoded(c.state)))
	mux.HandleFunc("POST /react", c.serve(decoded(c.react)))
	mux.HandleFunc("GET /asking", c.serve(func([]byte) (any, error) { return append([]konnektor.TerminalID{}, c.konnektor.Asking()...), nil }))
	mux.HandleFunc("GET /subscriptions", c.serve(func([]byte) (any, error) { return listSubscriptions(c.konnektor), nil }))
	mux.HandleFunc("POST /forget", c.serve(func([]byte) (any, error) {
		return map[string]int{"subscriptions": c.konnektor.DropSubscriptions()}, nil
	}))
	mux.HandleFunc("POST /fail", c.serve(decoded(c.fail)))
	mux.HandleFunc("POST /reboot", c.serve(func([]byte) (any, error) {
		c.reboot()
		return done, nil
	}))
	return mux
}

// done is the answer of what gives none.
var done = struct{}{}

// serve guards a function of the control port: the token in a header, which no
// web page can send to another origin unasked, and none of a browser's marks.
func (c *control) serve(f func(body []byte) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token := []byte(r.Header.Get("Authorization"))
		if subtle.ConstantTimeCompare(token, []byte("Bearer "+c.Token)) != 1 || r.Header.Get("Origin") != "" {
			http.Error(w, `{"error":"not allowed"}`, http.StatusForbidden)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
		var answer any
		if err == nil {
			answer, err = f(body)
		}
		w.Header().Set("Content-Type", "application/json")
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			answer = map[string]string{"error": err.Error()}
		}
		_ = json.NewEncoder(w).Encode(answer)
	}
}

// decoded reads the JSON of a request; unknown fields are an error.
func decoded[T any](f func(T) (any, error)) func([]byte) (any, error) {
	return func(body []byte) (any, error) {
		var v T
		d := json.NewDecoder(bytes.NewReader(body))
		d.DisallowUnknownFields()
		if err := d.Decode(&v); err != nil {
			return nil, fmt.Errorf("request: %w", err)
		}
		return f(v)
	}
}

// cardLine is a card in the list.
type cardLine struct {
	Handle   konnektor.CardHandle `json:"handle"`
	Type     konnektor.CardType   `json:"type"`
	Terminal konnektor.TerminalID `json:"terminal"`
	Slot     int                  `json:"slot"`
	ICCSN    konnektor.ICCSN      `json:"iccsn,omitempty"`
	Holder   string               `json:"holder,omitempty"`
}

func listCards(k *konnektortest.Konnektor) []cardLine {
	list := []cardLine{}
	for _, c := range k.Cards() {
		list = append(list, cardLine{c.Handle, c.Type, c.Terminal, c.Slot, c.ICCSN, string(c.Holder)})
	}
	return list
}

// subscriptionLine is a subscription in the list.
type subscriptionLine struct {
	ID    string `json:"id"`
	To    string `json:"event_to"`
	Topic string `json:"topic"`
}

func listSubscriptions(k *konnektortest.Konnektor) []subscriptionLine {
	list := []subscriptionLine{}
	for _, s := range k.Subscriptions() {
		list = append(list, subscriptionLine{s.ID, s.EventTo, s.Topic})
	}
	return list
}

// insertRequest inserts a card. Person chooses a test person for an eGK, Holder
// names the holder of another card.
type insertRequest struct {
	Type     konnektor.CardType   `json:"type"`
	Person   int                  `json:"person,omitempty"`
	Holder   string               `json:"holder,omitempty"`
	Terminal konnektor.TerminalID `json:"terminal,omitempty"`
	Slot     int                  `json:"slot,omitempty"`
	// Receipt is the result of the online check, 1 to 6; 0 means 2.
	Receipt int `json:"receipt,omitempty"`
}

func (c *control) insert(r insertRequest) (any, error) {
	card := konnektortest.Card{Type: r.Type, Holder: konnektor.Name(r.Holder)}
	if r.Type == konnektor.CardEGK {
		p := vsdmtest.Person(max(r.Person, 1))
		p.Online.E = r.Receipt
		p.Describe(&card)
	}
	card.Terminal, card.Slot = r.Terminal, r.Slot
	h, err := c.konnektor.InsertCard(card)
	return map[string]konnektor.CardHandle{"handle": h}, err
}

// removeRequest names a card by its handle or its place.
type removeRequest struct {
	Handle   konnektor.CardHandle `json:"handle,omitempty"`
	Terminal konnektor.TerminalID `json:"terminal,omitempty"`
	Slot     int                  `json:"slot,omitempty"`
}

func (c *control) remove(r removeRequest) (any, error) {
	for _, card := range c.konnektor.Cards() {
		if r.Handle == "" && card.Terminal == r.Terminal && card.Slot == r.Slot {
			r.Handle = card.Handle
		}
	}
	_, err := c.konnektor.Remove(r.Handle)
	return done, err
}

// pinRequest sets a PIN.
type pinRequest struct {
	Handle konnektor.CardHandle `json:"handle"`
	PIN    konnektor.PINType    `json:"pin"`
	State  konnektor.PINState   `json:"state"`
	Tries  int                  `json:"tries"`
}

func (c *control) pin(r pinRequest) (any, error) {
	return done, c.konnektor.SetPIN(r.Handle, r.PIN, r.State, r.Tries)
}

// stateRequest raises or clears an operating state, or a tunnel: TI or SIS; now
// or later, for good or for a while.
type stateRequest struct {
	Name   string `json:"name"`
	Active bool   `json:"active"`
	// After is when, For how long, in milliseconds; 0 means now, for good.
	After int64 `json:"after_ms,omitempty"`
	For   int64 `json:"for_ms,omitempty"`
}

func (c *control) state(r stateRequest) (any, error) {
	if !c.isState(r.Name) {
		return nil, fmt.Errorf("unknown operating state %q", r.Name)
	}
	if r.After < 0 || r.For < 0 {
		return nil, errors.New("a time that is over")
	}
	if r.After > 0 {
		c.later(r.After, func() { _, _ = c.switchFor(r) }) // the name is known
		return done, nil
	}
	return c.switchFor(r)
}

// switchFor switches a state and plans the way back. The time of the way back
// begins here, so that it never comes first, however busy the computer is.
func (c *control) switchFor(r stateRequest) (any, error) {
	answer, err := c.switchState(r)
	if err == nil && r.For > 0 {
		back := stateRequest{Name: r.Name, Active: !r.Active}
		c.later(r.For, func() { _, _ = c.switchState(back) })
	}
	return answer, err
}

// isState says whether there is such a state or tunnel.
func (c *control) isState(name string) bool {
	if name == "TI" || name == "SIS" {
		return true
	}
	return slices.ContainsFunc(c.konnektor.States(), func(s konnektortest.State) bool { return s.Name == name })
}

// later does something after a time in milliseconds, unless the simulator ends
// before.
func (c *control) later(ms int64, f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(time.Duration(ms)*time.Millisecond, func() {
		c.mu.Lock()
		delete(c.timers, timer)
		c.mu.Unlock()
		f()
	})
	c.timers[timer] = struct{}{}
}

func (c *control) switchState(r stateRequest) (any, error) {
	switch r.Name {
	case "TI":
		c.konnektor.SetOnline(konnektortest.TI, r.Active)
	case "SIS":
		c.konnektor.SetOnline(konnektortest.SIS, r.Active)
	default:
		return done, c.konnektor.SetState(r.Name, r.Active)
	}
	return done, nil
}

// reactRequest says what the person at a terminal does the next times.
type reactRequest struct {
	Terminal konnektor.TerminalID `json:"terminal"`
	What     []string             `json:"what"`
}

// reactions are what a person may do, by their names on the command line.
var reactions = map[string]konnektortest.Reaction{
	"right":   {},
	"wrong":   {Wrong: true},
	"differs": {Differs: true},
	"short":   {Short: true},
	"cancel":  {Cancel: true},
	"nothing": {Nothing: true},
}

func (c *control) react(r reactRequest) (any, error) {
	if !slices.ContainsFunc(c.konnektor.Model().Terminals, func(t konnektortest.Terminal) bool { return t.ID == r.Terminal }) {
		return nil, fmt.Errorf("unknown terminal %q", r.Terminal)
	}
	var planned []konnektortest.Reaction
	for _, name := range r.What {
		reaction, ok := reactions[name]
		if !ok {
			return nil, fmt.Errorf("unknown reaction %q", name)
		}
		planned = append(planned, reaction)
	}
	c.konnektor.React(r.Terminal, planned...)
	return done, nil
}

// failRequest makes the next calls of an operation go wrong: with a fault code,
// or as one of the disturbances.
type failRequest struct {
	Operation string         `json:"operation"`
	Code      konnektor.Code `json:"code,omitempty"`
	As        string         `json:"as,omitempty"`
	Count     int            `json:"count"`
}

func (c *control) fail(r failRequest) (any, error) {
	if r.Count == 0 {
		c.konnektor.Heal(r.Operation)
		return done, nil
	}
	if r.As == "" {
		c.konnektor.Fail(r.Operation, r.Code, r.Count)
		return done, nil
	}
	d, ok := disturbances[r.As]
	if !ok {
		return nil, fmt.Errorf("unknown disturbance %q", r.As)
	}
	c.konnektor.Disturb(r.Operation, d, r.Count)
	return done, nil
}

// disturbances are the ways to fail that have a name on the command line.
var disturbances = map[string]konnektortest.Disturbance{
	"slow":    {Delay: 5 * time.Second},
	"hang":    {Hang: true},
	"drop":    {Drop: true},
	"cut":     {Cut: 100},
	"empty":   {Replace: true},
	"garbage": {Replace: true, Body: []byte("\x00\xff garbage")},
	"html":    {Replace: true, Body: []byte("<html><body>Login</body></html>")},
	"http500": {Replace: true, Status: http.StatusInternalServerError, Body: []byte("internal server error")},
	"large":   {Pad: 10 << 20},
	"plain":   {Fault: &konnektortest.Fault{Plain: "disturbed on purpose"}},
}
