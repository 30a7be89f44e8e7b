package smtp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"mailtool/internal/wire"
)

// A session is one conversation of a server with a client. Its loop reads a command,
// has it answered, and writes the reply; replies leave when the server has to wait
// (RFC 2920 §3.2).
type session struct {
	srv    *Server
	ctx    context.Context
	conn   *wire.Conn
	limits Limits
	table  []CommandInfo // what HELP tells; it is in the table itself, and cannot name it

	state   State
	peer    Peer
	tx      *Transaction // open from MAIL on
	message *arrival     // on its way
	tried   bool         // a RCPT was refused in it
	spoiled *Reply       // why none of its chunks is taken any more
	failed  int          // log-ins
	owed    int64        // octets that follow the BDAT at hand
	wide    bool         // the client reads UTF-8 in replies (RFC 6531 §3.7.4)
	serial  int          // the session's number at its server, from 1
	begun   int          // transactions

	began    time.Time
	last     time.Time // when the session has to be over, by the machine's own clock
	errors   int       // commands that could not be obeyed
	commands int       // since the last message, RCPT and chunks not counted
	err      error
	reply    []byte // memory for the next one

	mu      sync.Mutex
	waiting bool // for a command, with no transaction open
}

func (s *Server) newSession(ctx context.Context, nc net.Conn, serial int) *session {
	x := &session{srv: s, ctx: ctx, conn: wire.NewConn(nc), limits: s.Limits.orDefault(),
		table: Commands(), state: StateConnected, serial: serial, began: s.now()}
	x.peer.Addr = nc.RemoteAddr()
	x.conn.BeforeWait = x.conn.Flush
	x.conn.ReadTimeout, x.conn.WriteTimeout = x.limits.Idle, x.limits.Idle
	x.last = time.Now().Add(x.limits.Session)
	x.setUntil()
	return x
}

// Run is the session from greeting to close.
func (s *session) Run() (net.Conn, error) {
	s.state = StateGreeted
	if s.srv.Implicit {
		s.handshake()
	}
	s.say(s.greeting())
	s.setWaiting(true)
	first, err := s.peek()
	s.setWaiting(false)
	switch {
	case err != nil:
		s.say(s.broken(err))
	case first == tlsHandshake && s.peer.TLS == nil:
		s.say(s.closing("4.7.0", "this port speaks plain SMTP, and you began with TLS"))
	}
	for s.state != StateQuit && s.err == nil {
		if s.srv.connections.Closing() && s.tx == nil {
			s.say(s.closing("4.3.2", "the server is shutting down"))
			break
		}
		s.say(s.read())
	}
	s.reset()
	s.conn.Flush() // what cannot be sent any more is lost: there is nobody to tell
	return s.conn.NetConn(), s.err
}

// peek is Peek, unless the session is over.
func (s *session) peek() (byte, error) {
	if s.err != nil {
		return 0, s.err
	}
	return s.conn.Peek()
}

// setUntil bounds how long is waited in all: to the session's end, or that of a message
// which comes octet by octet.
func (s *session) setUntil() {
	s.conn.ReadUntil = s.last
	if s.message != nil && s.message.until.Before(s.last) {
		s.conn.ReadUntil = s.message.until
	}
}

// tlsHandshake is the first octet of a TLS connection (RFC 8446 §5.1). No command begins
// with it.
const tlsHandshake = 0x16

// read waits for a command and has it answered.
func (s *session) read() *Reply {
	s.setWaiting(s.tx == nil)
	line, err := s.conn.ReadLine(maxAuthLine)
	s.setWaiting(false)
	if s.srv.now().Sub(s.began) > s.limits.Session { // looked at before a command, not after:
		// what was done is to be answered, a stored message above all (RFC 5321 §6.1)
		return s.tooLong()
	}
	if err == nil {
		return s.answer(line)
	}
	if unusual := (*wire.LineError)(nil); errors.As(err, &unusual) {
		r := lineReply(unusual)
		if s.state == StateChunk { // it may have been meant for a chunk, which is missing now
			s.spoil(r)
		}
		return s.refuse(r)
	}
	return s.broken(err)
}

// broken is what is left to say when reading failed.
func (s *session) broken(err error) *Reply {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded) && s.srv.connections.Closing():
		return s.closing("4.3.2", "the server is shutting down")
	case errors.Is(err, os.ErrDeadlineExceeded) && !time.Now().Before(s.last):
		return s.tooLong()
	case errors.Is(err, os.ErrDeadlineExceeded) && !time.Now().Before(s.conn.ReadUntil):
		return s.closing("4.4.2", fmt.Sprintf("the message takes longer than %v", s.limits.Message))
	case errors.Is(err, os.ErrDeadlineExceeded):
		return s.closing("4.4.2", fmt.Sprintf("nothing came for %v", s.limits.Idle))
	case errors.Is(err, wire.ErrEndless):
		return s.closing("4.7.0", "the line does not end")
	}
	s.err = err
	return nil
}

func (s *session) tooLong() *Reply {
	return s.closing("4.7.0", fmt.Sprintf("the session lasts longer than %v", s.limits.Session))
}

// setWaiting tells Shutdown whether the session may be woken and sent home.
func (s *session) setWaiting(w bool) {
	s.mu.Lock()
	s.waiting = w
	s.mu.Unlock()
}

// Wake ends a wait for a command between transactions, once the server is closing.
func (s *session) Wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting {
		s.conn.Wake()
	}
}

// answer has a command line obeyed, or says why not.
func (s *session) answer(line []byte) *Reply {
	c, faults := ParseCommand(line)
	if c.Verb != "BDAT" || !s.srv.Extensions.Has("CHUNKING") {
		return s.decide(c, faults, line)
	}
	s.owed, _, _ = c.Chunk()
	return s.afterChunk(c, s.decide(c, faults, line))
}

// decide has a command obeyed, unless it is refused beforehand.
func (s *session) decide(c Command, faults []Fault, line []byte) *Reply {
	if n := len(line) + len(crlf); n > CommandLine(c.Verb) {
		return s.refuse(NewReply(500, "5.5.2", "Line too long: %d octets with its CRLF, %d allowed",
			n, CommandLine(c.Verb)))
	}
	if c.Verb != "RCPT" {
		s.commands++
	}
	if s.srv.Intercept != nil {
		if r := s.srv.Intercept(s.state, c); r != nil {
			return r
		}
	}
	for _, f := range faults {
		if f.Fatal() || s.srv.Strict && f.Kind != FaultTrailingSpace {
			return s.refuse(faultReply(c, f))
		}
	}
	return s.obey(c)
}

// obey looks a command up in the table and runs its handler, if it is its turn.
func (s *session) obey(c Command) *Reply {
	for i := range commands {
		entry := &commands[i]
		if entry.Verb != c.Verb || !s.offers(entry.CommandInfo) {
			continue
		}
		if s.needsLogin(c.Verb) {
			return s.refuse(NewReply(530, "5.7.0", "Authentication required")) // RFC 4954 §6
		}
		if entry.In&s.state == 0 {
			return s.refuse(s.outOfTurn(c.Verb))
		}
		if s.commands > s.limits.Commands && c.Verb != "QUIT" {
			return s.closing("4.7.0", fmt.Sprintf("%d commands without a message", s.commands-1))
		}
		return entry.run(s, c)
	}
	return s.refuse(NewReply(502, "5.5.1", "%s is not implemented here", c.Verb))
}

// offers says that the command is there: its extension is offered, or it belongs to none.
// STARTTLS and AUTH are there even when they are not offered now: to say what is in the way
// is the business of their handlers.
func (s *session) offers(c CommandInfo) bool {
	switch c.Needs {
	case "":
		return true
	case "STARTTLS":
		return s.srv.TLS != nil
	case "AUTH":
		return s.srv.Login != nil
	}
	return s.srv.Extensions.Has(c.Needs)
}

// outOfTurn says what should have come before (RFC 5321 §4.1.4).
func (s *session) outOfTurn(verb string) *Reply {
	switch {
	case s.state == StateGreeted && verb == "AUTH":
		return NewReply(503, "5.5.1", "Say EHLO first")
	case s.state == StateGreeted:
		return NewReply(503, "5.5.1", "Say EHLO or HELO first")
	case verb == "AUTH": // RFC 4954 §4
		return NewReply(503, "5.5.1", "Not within a transaction; RSET ends it")
	case verb == "MAIL":
		return NewReply(503, "5.5.1", "A transaction is open already; RSET ends it")
	case verb == "DATA" && s.state == StateChunk: // RFC 3030 §2
		return NewReply(503, "5.5.1", "BDAT has begun this message; go on with BDAT, or RSET")
	case s.state == StateChunk:
		return NewReply(503, "5.5.1", "The message has begun; RSET ends the transaction")
	case verb != "RCPT" && s.state == StateSender && s.tried:
		return NewReply(554, "5.5.1", "No recipient was accepted") // RFC 5321 §3.3
	case verb != "RCPT" && s.state == StateSender:
		return NewReply(503, "5.5.1", "RCPT first: who is the message for?")
	}
	return NewReply(503, "5.5.1", "MAIL first: who is the message from?")
}

// refuse counts a command that could not be obeyed. Whoever makes too many mistakes is
// no mail program.
func (s *session) refuse(r *Reply) *Reply {
	if s.errors++; s.errors >= s.limits.Errors {
		return s.closing("4.7.0", fmt.Sprintf("%d errors are too many; the last: %s", s.errors,
			r.Text()))
	}
	return r
}

// closing is the reply before the server closes without having been asked to
// (RFC 5321 §3.8).
func (s *Server) closing(enhanced, why string) *Reply {
	return NewReply(421, enhanced, "%s: %s; closing", s.Domain, why)
}

func (s *session) closing(enhanced, why string) *Reply { return s.srv.closing(enhanced, why) }

// say writes a reply. After 221 and 421 the session is over.
func (s *session) say(r *Reply) {
	if r == nil || s.err != nil {
		return
	}
	if r.Code == 221 || r.Code == 421 {
		s.state = StateQuit
	}
	s.reply = r.forWire(s.reply[:0], s.srv.Extensions.Has("ENHANCEDSTATUSCODES"), s.wide)
	if _, err := s.conn.Write(s.reply); err != nil {
		s.err = err
	}
}

func (s *session) greeting() *Reply {
	banner := s.srv.Banner
	switch {
	case banner != "":
	case len(s.srv.Extensions) > 0, s.srv.TLS != nil, s.srv.Login != nil:
		banner = "ESMTP mailtool"
	default:
		banner = "SMTP mailtool"
	}
	return NewReply(220, "", "%s %s", s.srv.Domain, banner)
}

// noop does nothing, whatever it is told (RFC 5321 §4.1.1.9).
func (s *session) noop(Command) *Reply { return NewReply(250, "2.0.0", "Ok") }

// quit ends the session (RFC 5321 §4.1.1.10).
func (s *session) quit(Command) *Reply {
	s.reset()
	return NewReply(221, "2.0.0", "Bye")
}
