package interop

import (
	"bytes"
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mailtool/mime"
	"mailtool/mime/scan"
	"mailtool/sandbox"
	"mailtool/trace"
	"mailtool/trace/rule"
	"mailtool/trace/tracetest"
)

// A station is a sandbox that keeps the events of its sessions.
type station struct {
	*sandbox.Sandbox
	host, port string

	mu       sync.Mutex
	sessions []*[]*trace.Event
}

// serve starts a sandbox on a free port.
func serve(t *testing.T) *station {
	t.Helper()
	return serveAs(t, sandbox.Normal)
}

// serveAs starts one that offers what the profile says.
func serveAs(t *testing.T, profile sandbox.Profile) *station {
	t.Helper()
	s := &station{}
	s.start(t, sandbox.Options{SMTP: "127.0.0.1:0", Profile: profile, Watch: s.watch})
	return s
}

// start starts the sandbox.
func (s *station) start(t *testing.T, o sandbox.Options) {
	t.Helper()
	var err error
	if s.Sandbox, err = sandbox.Start(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.Stop(ctx); err != nil {
			t.Error("the server did not stop: ", err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	s.host, s.port, _ = net.SplitHostPort(s.Addr())
}

func (s *station) watch(*sandbox.Session) trace.Sink {
	var events []*trace.Event
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions = append(s.sessions, &events)
	return func(evs []*trace.Event) {
		s.mu.Lock()
		defer s.mu.Unlock()
		events = append(events, trace.Clones(evs)...)
	}
}

// events returns those of session n, counted from 0, when it is closed. A client may be
// gone before the server has seen that it is.
func (s *station) events(t *testing.T, n int) []*trace.Event {
	t.Helper()
	for range 500 {
		s.mu.Lock()
		var evs []*trace.Event
		if n < len(s.sessions) {
			evs = slices.Clone(*s.sessions[n])
		}
		s.mu.Unlock()
		if n := len(evs); n > 0 && evs[n-1].Kind == trace.Closed && evs[n-1].Text != "fin" {
			return evs
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("session %d did not end:\n%s", n+1, s.table(n))
	return nil
}

// table writes the events that session n has so far.
func (s *station) table(n int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	if n < len(s.sessions) {
		for _, ev := range *s.sessions[n] {
			if ev.Kind != trace.Data {
				b.WriteString(tracetest.Compact(ev) + "\n")
			}
		}
	}
	return b.String()
}

// received returns the only message that bob has, without what a server puts on top.
func (s *station) received(t *testing.T) []byte {
	t.Helper()
	mails, err := s.Mails(t.Context(), "bob")
	if err != nil || len(mails) != 1 {
		t.Fatalf("bob has %d mails, want 1", len(mails))
	}
	return withoutTop(t, mails[0].Data)
}

// withoutTop takes off the first Return-Path and the first Received.
func withoutTop(t *testing.T, message []byte) []byte {
	t.Helper()
	for _, name := range []string{"Return-Path:", "Received:"} {
		if !bytes.HasPrefix(message, []byte(name)) {
			t.Fatalf("the message begins with %.60q, want %s", message, name)
		}
		_, message, _ = bytes.Cut(message, []byte("\r\n"))
		for bytes.HasPrefix(message, []byte(" ")) || bytes.HasPrefix(message, []byte("\t")) {
			_, message, _ = bytes.Cut(message, []byte("\r\n"))
		}
	}
	return message
}

// letterArrived fails unless bob has the letter: its body to the octet, its subject, and
// the recording agrees with what is stored.
func (s *station) letterArrived(t *testing.T, session int) {
	t.Helper()
	message := s.received(t)
	head, text := divide(t, message)
	sameBody(t, text)
	if got := mime.DecodeHeader(subjectOf(t, head)); got != subject {
		t.Errorf("the subject is %q, want %q", got, subject)
	}
	for _, ev := range s.events(t, session) {
		if ev.Kind == trace.DataEnd {
			if ev.Body.SHA256 != digest(message) {
				t.Errorf("the recording saw a message %+v, %d octets are stored", *ev.Body, len(message))
			}
			return
		}
	}
	t.Error("no end of a message was recorded")
}

func subjectOf(t *testing.T, head []byte) string {
	t.Helper()
	h := scan.ParseFields(head, scan.Limits{})
	if f, ok := h.Get("Subject"); ok {
		return f.Value()
	}
	t.Fatalf("no subject in %q", head)
	return ""
}

// findings fails unless the MUST and SHOULD findings of a session are those expected, by
// their ids, in the order of the session. Each has to be true: look it up.
func (s *station) findings(t *testing.T, session int, expected ...string) {
	t.Helper()
	var got []string
	for _, ev := range s.events(t, session) {
		for _, f := range ev.Findings {
			if f.Level != rule.Note {
				got = append(got, f.ID)
			}
		}
		if ev.Kind == trace.Undecided {
			got = append(got, "undecided")
		}
	}
	if !slices.Equal(got, expected) {
		t.Errorf("findings %q, want %q\n%s", got, expected, s.table(session))
	}
}
