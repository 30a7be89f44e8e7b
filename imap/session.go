package imap

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"mailtool/internal/wire"
)

// A session is one conversation of a server with a client. Its loop reads a command, has it
// obeyed, tells what else happened meanwhile, and says the result; what is said leaves when the
// server has to wait, so that the answers to a group of commands leave together.
type session struct {
	srv    *Server
	ctx    context.Context
	conn   *wire.Conn
	limits Limits

	state  State
	closed bool // the last response has been given
	peer   Peer
	failed int       // log-ins
	store  Store     // nil before the log-in
	sel    *selected // nil where no mailbox is selected
	utf8   bool      // UTF8=ACCEPT is enabled (RFC 6855 §3)
	aware  bool      // CONDSTORE is enabled: the client knows modification sequences (RFC 7162 §3.1)

	began  time.Time
	last   time.Time // when the session has to be over, by the machine's own clock
	tag    string    // of the command that is obeyed
	errors int       // commands in a row that could not be obeyed
	err    error
	out    writer // memory for what is said next

	mu      sync.Mutex
	waiting bool // for a command
}

func (s *Server) newSession(ctx context.Context, nc net.Conn) *session {
	x := &session{srv: s, ctx: ctx, conn: wire.NewConn(nc), limits: s.Limits.orDefault(),
		state: StateNotAuthenticated, began: s.now()}
	x.out.server = true
	x.peer.Addr = nc.RemoteAddr()
	x.conn.BeforeWait = x.conn.Flush
	x.conn.ReadTimeout, x.conn.WriteTimeout = x.limits.Idle, x.limits.Write
	x.last = time.Now().Add(x.limits.Session)
	x.conn.ReadUntil = time.Now().Add(min(x.limits.Before, x.limits.Session))
	return x
}

// tlsHandshake is the first octet of a handshake of TLS, which no tag can begin with.
const tlsHandshake = 0x16

// Run is the session from greeting to close. Whatever ends it, what it held is given back.
func (s *session) Run() (net.Conn, error) {
	defer s.release()
	if s.srv.Implicit {
		s.handshake()
	}
	s.say(s.greeting())
	first, err := s.peek()
	switch {
	case s.err != nil:
	case err != nil:
		s.broken(err)
	case first == tlsHandshake && s.peer.TLS == nil:
		s.bye("", "this port speaks plain IMAP, and you began with TLS")
	}
	for !s.closed && s.err == nil {
		if s.srv.connections.Closing() && s.conn.Buffered() == 0 {
			s.bye(CodeUnavailable, "the server is shutting down")
			break
		}
		s.serve()
	}
	s.flush()
	return s.conn.NetConn(), s.err
}

// release gives back what the session had.
func (s *session) release() {
	s.deselect()
	if s.store != nil {
		s.store.Close()
	}
}

// greeting tells what the server can do at once, so that the client need not ask (RFC 3501
// §7.1, CAPABILITY).
func (s *session) greeting() *Response {
	text := s.srv.Banner
	if text == "" {
		text = s.srv.Domain + " IMAP4rev1 mailtool"
	}
	r := Accept("%s", text)
	if s.srv.Capabilities != nil {
		r = s.withCapabilities(r)
	}
	return r
}

func (s *session) withCapabilities(r *Response) *Response {
	w := writer{}
	CapabilityData{s.capabilities()}.print(&w)
	return r.With(CodeCapability, string(w.b[len("CAPABILITY "):]))
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

// serve reads a command, has it obeyed and says the result.
func (s *session) serve() {
	c, ok := s.read()
	if !ok {
		return
	}
	if s.srv.now().Sub(s.began) > s.limits.Session {
		s.bye(CodeUnavailable, "the session lasts too long")
		return
	}
	s.tag = c.tag
	r := s.obey(c)
	s.result(c.verb, c.tag, r)
	if c.verb == "STARTTLS" && r != nil && r.Status == OK {
		if s.flush(); s.err == nil {
			s.handshake()
		}
	}
}

// result says what came of a command, and before it what else happened meanwhile. r is nil for
// a dialogue that said it all.
func (s *session) result(verb, tag string, r *Response) {
	if r == nil || s.err != nil { // nobody is there to hear it
		return
	}
	if r.Status != BAD {
		s.tellChanges(s.mayExpunge(verb))
	}
	r.Tag = tag
	s.count(r)
}

// obey has a command obeyed, or says why not.
func (s *session) obey(c line) *Response {
	if r := s.notNow(&c); r != nil {
		return r
	}
	cmd, bad := c.command(s.utf8, s.srv.Charset)
	if bad != nil {
		return badSyntax(bad)
	}
	if s.srv.Intercept != nil {
		if r := s.srv.Intercept(s.state, cmd); r != nil {
			return r
		}
	}
	if s.sel != nil {
		s.sel.owed = telling{uid: strings.HasPrefix(c.verb, "UID ")}
	}
	return handlers[c.verb](s, cmd)
}

// notNow says that a command cannot be obeyed, whatever its arguments are; nil if it can. What is
// no command is quoted letter by letter: it may be a password, and is masked as it was said.
func (s *session) notNow(c *line) *Response {
	v, ok := verbNamed(c.verb)
	switch {
	case !ok || handlers[c.verb] == nil || !s.offers(needs[c.verb]):
		return Reject("There is no command %s", c.said)
	case v.in&s.state == 0 && !s.tolerates(c.verb):
		return s.outOfTurn(v)
	}
	return nil
}

// tolerates says that a command is obeyed where it should not come: ENABLE in a mailbox, which a
// server need not look at (RFC 5161 §3.1).
func (s *session) tolerates(verb string) bool {
	return verb == "ENABLE" && s.state == StateSelected
}

// badSyntax says what belongs where a command is wrong.
func badSyntax(e *SyntaxError) *Response {
	return Reject("Syntax: %s expected at octet %d", e.Want, e.At+1)
}

// outOfTurn says what is to come first (RFC 3501 §3).
func (s *session) outOfTurn(v verb) *Response {
	switch s.state {
	case StateNotAuthenticated:
		return Reject("%s is for after the log-in", v.name)
	case StateAuthenticated:
		if v.in == StateSelected {
			return Reject("%s is for a mailbox: SELECT one first", v.name)
		}
	}
	return Reject("%s comes earlier in a session", v.name)
}

// offers says that the capability which a command belongs to is there.
func (s *session) offers(capability string) bool {
	switch capability {
	case "":
		return true
	case "STARTTLS":
		return s.srv.TLS != nil && s.srv.Capabilities != nil
	}
	return s.srv.Capabilities.Has(capability)
}

// count says the result of a command. Whoever makes nothing but mistakes is no mail program.
func (s *session) count(r *Response) {
	s.say(r)
	if r.Status != BAD {
		s.errors = 0
		return
	}
	if s.errors++; s.errors >= s.patience() {
		s.bye("", "too many errors")
	}
}

// patience is how many commands in a row may be none. Whoever has logged in may well try what a
// server makes of all that is wrong.
func (s *session) patience() int {
	if s.state == StateNotAuthenticated {
		return s.limits.Errors
	}
	return 10 * s.limits.Errors
}

// bye ends a session that the client did not ask to end (RFC 3501 §7.1.5).
func (s *session) bye(code, why string) {
	s.say(respond(BYE, code, "%s", []any{why}))
	s.closed = true
}

// broken is what is left to say when reading failed.
func (s *session) broken(err error) {
	switch timeout := net.Error(nil); {
	case errors.Is(err, wire.ErrEndless):
		s.bye("", "the line does not end")
	case s.srv.connections.Closing():
		s.bye(CodeUnavailable, "the server is shutting down")
	case errors.As(err, &timeout) && timeout.Timeout():
		s.bye("", "nothing came for too long")
	default:
		s.err = err
	}
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

// say writes a status response.
func (s *session) say(r *Response) {
	s.out.b = r.Append(s.out.b[:0])
	s.send()
}

// tell writes data.
func (s *session) tell(d Data) {
	s.out.b, s.out.utf8 = s.out.b[:0], s.utf8
	s.out.data(d)
	s.send()
}

// send writes what s.out holds. An error ends the session.
func (s *session) send() {
	if s.err == nil {
		_, s.err = s.conn.Write(s.out.b)
	}
	const usual = 64 << 10
	if cap(s.out.b) > usual {
		s.out.b = nil
	}
}

// flush sends what was said.
func (s *session) flush() {
	if s.err == nil {
		s.err = s.conn.Flush()
	}
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
