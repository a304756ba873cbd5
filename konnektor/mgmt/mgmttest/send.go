package mgmttest

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
)

// send writes an answer, or half of it.
func send(w http.ResponseWriter, a Answer, half bool) {
	if half {
		sendHalf(w, a)
		return
	}
	for name, values := range a.Header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	if a.Status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(a.Body)))
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body)
	_ = http.NewResponseController(w).Flush()
}

// sendHalf writes the first half of the bytes of an answer and hangs up.
func sendHalf(w http.ResponseWriter, a Answer) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	var all bytes.Buffer
	fmt.Fprintf(&all, "HTTP/1.1 %d %s\r\n", a.Status, http.StatusText(a.Status))
	if a.Status != http.StatusNoContent {
		fmt.Fprintf(&all, "Content-Length: %d\r\n", len(a.Body))
	}
	_ = a.Header.Write(&all)
	all.WriteString("\r\n")
	all.Write(a.Body)
	_, _ = conn.Write(all.Bytes()[:all.Len()/2])
	_ = conn.Close()
}

// hangUp closes the connection under an answer, of which the first bytes are on
// their way: without them net/http would repeat a GET by itself, and a test
// would not see what the client makes of the loss.
func hangUp(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_, _ = conn.Write([]byte("HTTP/1.1"))
		_ = conn.Close()
	}
}
