package smtp

import (
	"io"
	"strings"
)

// Chunk is the argument of BDAT: how many octets follow the line, and whether they are
// the message's last (RFC 3030 §2). Where ok is false nobody can say how many they are.
func (c Command) Chunk() (size int64, last, ok bool) { return chunkSize(c.Arg) }

// chunk reads the argument of BDAT, chunk-size [ SP "LAST" ].
func (p *commandParser) chunk() {
	from := p.at
	n := p.run(&digits, false)
	size := p.s[from:p.at]
	if _, _, ok := chunkSize(size); !ok || !p.done() && !isBlank(p.next()) {
		p.fault(FaultChunkSize, from, max(1, n))
		return
	}
	p.cmd.Arg = size
	if p.done() {
		return
	}
	p.space()
	if marker := p.s[p.at:]; strings.EqualFold(marker, "LAST") {
		p.cmd.Arg += " LAST"
	} else {
		p.fault(FaultExtraArgument, p.at, len(marker))
	}
}

// bdat takes a chunk of the message (RFC 3030 §2). The first begins it, LAST ends it, and
// between them nothing else belongs to the transaction.
func (s *session) bdat(c Command) *Reply {
	_, last, _ := c.Chunk()
	if s.spoiled != nil {
		return s.spoiled
	}
	if s.message == nil {
		if r := s.begin(); r != nil {
			return r
		}
	}
	s.state = StateChunk
	n := s.owed
	if err := s.takeChunk(s.message); err != nil {
		return s.broken(err)
	}
	switch {
	case last:
		return s.end()
	case s.message.fail != nil:
		return s.message.fail
	case n > 0: // it is no command without a message; how many there are, Size bounds
		s.commands--
	}
	return NewReply(250, "2.0.0", "%d octets received", n)
}

// takeChunk reads the octets that stand behind a BDAT. They follow it at once, whatever it
// is answered (RFC 3030 §2).
func (s *session) takeChunk(w io.Writer) error {
	n := s.owed
	s.owed = 0
	return s.conn.CopyFull(w, n)
}

// afterChunk drops the octets of a BDAT that was refused with r. What came of the message
// is dropped too, and every further chunk is refused likewise, several of which may be on
// their way: a message with a hole would be none. RSET or LAST ends that.
func (s *session) afterChunk(c Command, r *Reply) *Reply {
	if r == nil || r.Code == 421 { // there is nobody any more, or will not be
		return r
	}
	if err := s.takeChunk(io.Discard); err != nil {
		return s.broken(err)
	}
	_, last, ok := c.Chunk()
	switch {
	case r.Positive() || s.tx == nil:
	case last && ok:
		s.reset()
	default:
		s.spoil(r)
	}
	return r
}

// spoil makes a transaction one whose message cannot be taken any more.
func (s *session) spoil(r *Reply) {
	if s.message != nil {
		s.message.discard()
	}
	if s.spoiled == nil {
		s.spoiled = r
	}
	s.state = StateChunk
}

// chunkSize reads BDAT's argument, a size and perhaps LAST (RFC 3030 §2).
func chunkSize(arg string) (n int64, last, ok bool) {
	w := firstWord(arg)
	for i := range len(w) {
		if w[i] < '0' || w[i] > '9' || n > 1<<50 {
			return 0, false, false
		}
		n = n*10 + int64(w[i]-'0')
	}
	_, rest, _ := strings.Cut(strings.TrimSpace(arg), " ")
	return n, strings.EqualFold(strings.TrimSpace(rest), "LAST"), w != ""
}
