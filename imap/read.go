package imap

import (
	"errors"
	"io"

	"mailtool/internal/wire"
)

// read reads a command, with all its literals in one text. ok is false where it was refused, and
// the result said, before it was whole, and where there is none.
func (s *session) read() (c line, ok bool) {
	text, ok := s.readLine(nil)
	literals := int64(0)
	for ok {
		l, announced := wire.FindLiteral(text)
		c, bad := parseLine(text)
		if !announced {
			if bad != nil {
				s.reject(c.tag, badSyntax(bad))
			}
			return c, bad == nil
		}
		if bad == nil && messageComes(c, l) && s.mayAppend() {
			s.appendMessages(c, text, l)
			return line{}, false
		}
		if literals += l.Size; literals > s.literals() || !s.takes(l) {
			s.tooLong(c.tag, l)
			return line{}, false
		}
		if !l.NoWait {
			r := s.notNow(&c) // before the client sends what would be thrown away
			if bad != nil {
				r = badSyntax(bad)
			}
			if r != nil {
				s.reject(c.tag, r)
				return line{}, false
			}
			s.goAhead(readyFor(l.Size))
		}
		text, ok = s.readLiteral(text, l)
		if ok {
			text, ok = s.readLine(text)
		}
	}
	return line{}, false
}

// literals is how many octets the literals of a command may have. Who has not logged in has
// nothing to say that is long.
func (s *session) literals() int64 {
	const ofNames = 8 << 10
	if s.state == StateNotAuthenticated {
		return min(ofNames, s.limits.Literals)
	}
	return s.limits.Literals
}

// readLine appends a line to the text of a command.
func (s *session) readLine(text []byte) ([]byte, bool) {
	s.setWaiting(text == nil)
	got, err := s.conn.ReadLine(s.limits.Line)
	s.setWaiting(false)
	unusual := (*wire.LineError)(nil)
	switch {
	case err == nil && len(text)+len(got) > s.limits.Line+int(s.limits.Literals):
		err = wire.ErrEndless
	case err == nil:
		return append(text, got...), true
	case errors.As(err, &unusual):
		c, _ := parseLine(append(text, unusual.Line...))
		s.reject(c.tag, badLine(unusual))
		return nil, false
	}
	s.broken(err)
	return nil, false
}

// badLine says what is wrong with a line that is none of the protocol's.
func badLine(e *wire.LineError) *Response {
	switch {
	case e.Anomaly&wire.TooLong != 0:
		return Reject("The line is too long")
	case e.Anomaly&wire.BareLF != 0:
		return Reject("A line must end in CRLF, not in LF alone")
	case e.Anomaly&wire.BareCR != 0:
		return Reject("A CR without LF, at octet %d", e.At+1)
	case e.Anomaly&wire.NUL != 0:
		return Reject("A NUL, at octet %d", e.At+1)
	}
	return Reject("Not a line of the protocol, at octet %d", e.At+1)
}

// readLiteral appends the octets of a literal, and what announced it, to the text of a command.
func (s *session) readLiteral(text []byte, l wire.Literal) ([]byte, bool) {
	text = append(text, "\r\n"...)
	from := len(text)
	text = append(text, make([]byte, l.Size)...)
	if err := s.conn.ReadFull(text[from:]); err != nil {
		s.broken(err)
		return nil, false
	}
	return text, true
}

// goAhead asks for what comes next (RFC 3501 §7.5).
func (s *session) goAhead(text string) {
	s.out.b = append(append(append(s.out.b[:0], "+ "...), text...), "\r\n"...)
	s.send()
}

// takes says that a literal of this size may be sent without being asked for (RFC 7888 §4, §5).
func (s *session) takes(l wire.Literal) bool {
	if !l.NoWait || s.srv.Capabilities.Has("LITERAL+") {
		return true
	}
	return s.srv.Capabilities.Has("LITERAL-") && l.Size <= literalMinus
}

// literalMinus is how many octets a client sends without being asked under LITERAL-.
const literalMinus = 4096

// tooLong refuses a literal. One that comes unasked is read and thrown away, with the rest of
// its command: or else it would be taken for commands. What is longer than anybody waits for
// ends the session (RFC 7888 §4).
func (s *session) tooLong(tag string, l wire.Literal) {
	r := Refuse(CodeTooBig, "A literal of %d octets is too long here", l.Size)
	if l.NoWait && !s.takes(l) {
		r = Reject("A literal must be asked for here: the client waits for +")
	}
	if l.NoWait && !s.skip(l) {
		return
	}
	s.reject(tag, r)
}

// skip throws away a literal that comes unasked, and all that belongs to its command.
func (s *session) skip(l wire.Literal) bool {
	most := int64(wire.Drain)
	if s.state != StateNotAuthenticated { // it may be a message
		most += s.limits.Message
	}
	for {
		if l.Size > most {
			s.bye(CodeTooBig, "the literal is too long")
			return false
		}
		if err := s.conn.CopyFull(io.Discard, l.Size); err != nil {
			s.broken(err)
			return false
		}
		text, err := s.conn.ReadLine(s.limits.Line)
		if unusual := (*wire.LineError)(nil); err != nil && !errors.As(err, &unusual) {
			s.broken(err)
			return false
		}
		more, announced := wire.FindLiteral(text)
		if !announced || !more.NoWait {
			return true
		}
		l = more
	}
}

// reject says why a command was refused before it was whole. Without a tag the response is
// untagged.
func (s *session) reject(tag string, r *Response) {
	r.Tag = tag
	s.count(r)
}

// readyFor asks for a literal.
func readyFor(octets int64) string {
	if octets == 1 {
		return "Ready for 1 octet"
	}
	return "Ready for " + decimal(octets) + " octets"
}
