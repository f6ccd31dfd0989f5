package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"zhengxiao/api/gen"
	"zhengxiao/models"
)

const (
	// retryAfter is how long, in milliseconds, a browser waits before it comes back.
	retryAfter = 2000
	// writeWithin is how long a browser may take to accept what it is told.
	writeWithin = 10 * time.Second
)

// eventWriter writes Server-Sent Events. What it was given is sent by flush.
type eventWriter struct {
	w    http.ResponseWriter
	conn *http.ResponseController
	buf  bytes.Buffer
}

// newEventWriter begins the answer. The connection may stay open for as long as its
// client takes what it is told.
func newEventWriter(w http.ResponseWriter) *eventWriter {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	e := &eventWriter{w: w, conn: http.NewResponseController(w)}
	_ = e.conn.SetReadDeadline(time.Time{}) // its end would look like the client's
	fmt.Fprintf(&e.buf, "retry: %d\n\n", retryAfter)
	return e
}

// event adds an event. Browsers drop those without data.
func (e *eventWriter) event(name string, id int64, data any) {
	raw, err := json.Marshal(data)
	if err != nil {
		panic(err) // plain structs of ours
	}
	fmt.Fprintf(&e.buf, "id: %d\nevent: %s\ndata: %s\n\n", id, name, raw)
}

func (e *eventWriter) change(id int64, topic models.FeedTopic, caseID string) {
	e.event("change", id, gen.LiveChange{Topic: gen.LiveChangeTopic(topic), CaseId: caseID})
}

// beat keeps the connection from looking dead, and moves on the position from which the
// client would resume: without data it is no event.
func (e *eventWriter) beat(id int64) {
	fmt.Fprintf(&e.buf, ":\nid: %d\n\n", id)
}

func (e *eventWriter) flush() error {
	if e.buf.Len() == 0 {
		return nil
	}
	_ = e.conn.SetWriteDeadline(time.Now().Add(writeWithin))
	if _, err := e.buf.WriteTo(e.w); err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	if err := e.conn.Flush(); err != nil {
		return fmt.Errorf("flush events: %w", err)
	}
	return nil
}
