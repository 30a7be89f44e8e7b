package pop3

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"mailtool/internal/wire"
)

// A session is one conversation of a server with a client. Its loop reads a command, has it
// answered, and writes the answer; answers leave when the server has to wait, so that those
// to a group of commands leave together (RFC 2449 §6.6).
type session struct {
	srv    *Server
	ctx    context.Context
	conn   *wire.Conn
	limits Limits

	state  State
	closed bool // the last answer has been given
	peer   Peer
	user   string // whom USER named, for the PASS that follows at once; "" for nobody
	failed int    // log-ins
	drop   *drop  // nil before the log-in

	began  time.Time
	last   time.Time // when the session has to be over, by the machine's own clock
	errors int       // commands that could not be obeyed
	err    error
	reply  []byte // memory for the next one

	mu      sync.Mutex
	waiting bool // for a command
}

func (s *Server) newSession(ctx context.Context, nc net.Conn) *session {
	x := &session{srv: s, ctx: ctx, conn: wire.NewConn(nc), limits: s.Limits.orDefault(),
		state: StateConnected, began: s.now()}
	x.peer.Addr = nc.RemoteAddr()
	x.conn.BeforeWait = x.conn.Flush
	x.conn.ReadTimeout, x.conn.WriteTimeout = x.limits.Idle, x.limits.Write
	x.last = time.Now().Add(x.limits.Session)
	x.conn.ReadUntil = x.last
	return x
}

// Run is the session from greeting to close. Whatever ends it, the maildrop's lock is given
// back, and only QUIT has deleted anything.
func (s *session) Run() (net.Conn, error) {
	defer s.release()
	if s.srv.Implicit {
		s.handshake()
	}
	s.say(s.greeting())
	s.state = StateAuthorization
	first, err := s.peek()
	switch {
	case err != nil:
		s.err = err
	case first == tlsHandshake && s.peer.TLS == nil:
		s.say(s.closing("", "this port speaks plain POP3, and you began with TLS"))
	}
	for !s.closed && s.err == nil {
		if s.srv.connections.Closing() && s.conn.Buffered() == 0 {
			break
		}
		s.say(s.read())
	}
	if s.err == nil {
		s.err = s.conn.Flush()
	}
	return s.conn.NetConn(), s.err
}

// greeting has a timestamp where APOP can be had (RFC 1939 §7).
func (s *session) greeting() *Reply {
	text := s.srv.Banner
	if text == "" {
		text = s.srv.Domain + " POP3 mailtool"
	}
	if s.offersAPOP() {
		s.peer.Stamp = s.srv.stamp()
		text += " " + s.peer.Stamp
	}
	return Accept("%s", text)
}

// peek waits for the client to say something, unless the session is over.
func (s *session) peek() (byte, error) {
	if s.err != nil {
		return 0, s.err
	}
	s.setWaiting(true)
	defer s.setWaiting(false)
	return s.conn.Peek()
}

// read waits for a command and has it answered. A client that says nothing is told nothing:
// it did not ask (RFC 1939 §3).
func (s *session) read() *Reply {
	s.setWaiting(true)
	line, err := s.conn.ReadLine(maxAuthLine)
	s.setWaiting(false)
	unusual := (*wire.LineError)(nil)
	switch {
	case err == nil && s.srv.now().Sub(s.began) > s.limits.Session:
		return s.closing(CodeTemporary, "the session lasts too long")
	case err == nil:
		return s.answer(line)
	case errors.As(err, &unusual):
		s.user = ""
		return s.refuse(lineReply(unusual))
	}
	return s.broken(err)
}

// broken is what is left to say when reading failed.
func (s *session) broken(err error) *Reply {
	if errors.Is(err, wire.ErrEndless) {
		return s.closing("", "the line does not end")
	}
	s.err = err
	return nil
}

// setWaiting tells Shutdown whether the session may be woken and ended.
func (s *session) setWaiting(w bool) {
	s.mu.Lock()
	s.waiting = w
	s.mu.Unlock()
}

// Wake ends a wait for a command, once the server is closing.
func (s *session) Wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting {
		s.conn.Wake()
	}
}

// answer has a command line obeyed, or says why not.
func (s *session) answer(line []byte) *Reply {
	c := ParseCommand(line)
	named := s.user
	s.user = "" // RFC 1939 §7: PASS comes immediately after USER
	if len(line)+len(crlf) > CommandLine(c.Verb) {
		return s.refuse(Refuse("", "Line too long: %d octets with its CRLF, %d allowed",
			len(line)+len(crlf), CommandLine(c.Verb)))
	}
	if s.srv.Intercept != nil {
		if r := s.srv.Intercept(s.state, c); r != nil {
			return r
		}
	}
	id := c.id()
	if handlers[id] == nil || !s.offers(verbs[id].Needs) {
		return s.refuse(Refuse("", "Unknown command"))
	}
	if verbs[id].In&s.state == 0 {
		return s.refuse(s.outOfTurn(id))
	}
	if !verbs[id].fits(c) {
		return s.refuse(Refuse("", "Syntax: %s", verbs[id].Syntax))
	}
	if id == verbPass {
		s.user = named
	}
	return handlers[id](s, c)
}

// fits says that the command has as many words as the table says, and numbers where numbers
// belong. Message numbers begin with 1, of which their handlers know.
func (v *verb) fits(c Command) bool {
	if v.Verb == "PASS" { // one word, whatever stands in it (RFC 1939 §7)
		return c.Arg != ""
	}
	words := c.Args()
	if len(words) < v.min || len(words) > v.max {
		return false
	}
	for _, w := range words {
		if v.numbers && !decimal(w) {
			return false
		}
	}
	return true
}

// offers says that the capability which a command belongs to is there. Without
// capabilities there is what RFC 1939 has. To say what is in the way of a log-in, or of
// STLS, is the business of their handlers.
func (s *session) offers(capability string) bool {
	bare := s.srv.Capabilities == nil
	switch capability {
	case "", "USER":
		return true
	case "TOP", "UIDL":
		return bare || s.srv.Capabilities.Has(capability)
	case "STLS":
		return !bare && s.srv.TLS != nil
	case "SASL", "CAPA":
		return !bare
	}
	return s.srv.Capabilities.Has(capability)
}

// outOfTurn says what is to come first (RFC 1939 §3).
func (s *session) outOfTurn(id verbID) *Reply {
	if s.state == StateAuthorization {
		return Refuse("", "%s is for after the log-in", verbs[id].Verb)
	}
	return Refuse("", "You have logged in: %s comes before that", verbs[id].Verb)
}

// refuse counts a command that could not be obeyed. Whoever makes too many mistakes is no
// mail program.
func (s *session) refuse(r *Reply) *Reply {
	if s.errors++; s.errors >= s.limits.Errors {
		return s.closing(r.Code, "too many errors; the last: "+r.Text)
	}
	return r
}

// closing is the answer to a command after which the server closes without having been asked
// to. Nothing is deleted then (RFC 1939 §6).
func (s *session) closing(code, why string) *Reply {
	s.closed = true
	return Refuse(code, "Closing: %s", why)
}

const crlf = "\r\n"

// say writes an answer.
func (s *session) say(r *Reply) {
	if r == nil || s.err != nil {
		return
	}
	s.reply = r.forWire(s.reply[:0], s.srv.Capabilities, s.peer.UTF8)
	if _, err := s.conn.Write(s.reply); err != nil {
		s.err = err
		return
	}
	if r.Body != nil {
		s.err = s.stream(r)
	}
}

// stream writes the lines of an answer. One that fails has no end: the connection is closed,
// so that the client does not take a part of a message for the whole.
func (s *session) stream(r *Reply) error {
	w := s.conn.DotWriter()
	if _, err := r.Body.WriteTo(w); err != nil {
		return err
	}
	return w.End()
}
