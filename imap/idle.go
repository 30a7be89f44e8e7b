package imap

import (
	"errors"
	"time"

	"mailtool/internal/wire"
)

// A said is what came while a session was in IDLE: a line, or why there is none.
type said struct {
	line string
	err  error
}

// idle tells at once what happens in the mailbox, until the client says DONE (RFC 2177 §3). A
// second goroutine listens meanwhile, so that a client that vanishes is noticed too. Whoever is
// silent for longer than between two commands has to begin anew.
func (s *session) idle(Simple) *Response {
	s.goAhead("idling")
	s.tellChanges(true)
	if s.flush(); s.err != nil || s.closed {
		return nil
	}
	s.setWaiting(true)
	defer s.setWaiting(false)
	heard := s.listen()
	for {
		select {
		case h := <-heard:
			return s.endIdle(h)
		case <-s.news():
			s.tellChanges(true)
			if s.flush(); s.err != nil || s.closed {
				s.deafen(heard)
				return nil
			}
		}
	}
}

// listen reads a line in a goroutine of its own. Until it has come, only that may read, and what
// is written has to be flushed: the wait for octets does not do it.
func (s *session) listen() <-chan said {
	s.conn.BeforeWait = nil
	heard := make(chan said, 1)
	go func() {
		line, err := s.conn.ReadLine(s.limits.Line)
		heard <- said{string(line), err}
	}()
	return heard
}

// deafen ends listen, which may not have begun to wait when it is woken.
func (s *session) deafen(heard <-chan said) {
	for again := time.NewTicker(time.Millisecond); ; {
		s.conn.Wake()
		select {
		case <-heard:
			again.Stop()
			s.conn.BeforeWait = s.conn.Flush
			return
		case <-again.C:
		}
	}
}

// endIdle is the result of IDLE. Anything but DONE is a mistake.
func (s *session) endIdle(h said) *Response {
	s.conn.BeforeWait = s.conn.Flush
	unusual := (*wire.LineError)(nil)
	switch {
	case errors.As(h.err, &unusual):
		return badLine(unusual)
	case h.err != nil:
		s.broken(h.err)
		return nil
	case !sameWord(h.line, "DONE"):
		return Reject("IDLE ends with DONE, and with nothing else")
	}
	return Accept("No longer idle")
}

// news has a value when something may have happened in the mailbox, if there is one.
func (s *session) news() <-chan struct{} {
	if s.sel == nil {
		return nil
	}
	return s.sel.box.C()
}
