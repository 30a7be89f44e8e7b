package wire

// A DotUnit says what ended where a DotScanner stopped. Suspect may stand beside
// DotLine.
type DotUnit uint8

// The units of a dot block.
const (
	// DotMore says that all octets were taken and the line goes on.
	DotMore DotUnit = 0
	// DotLine is the end of a line: its CRLF.
	DotLine DotUnit = 1 << iota
	// DotEnd is the end of the block: a line that holds a dot and nothing else,
	// <CRLF>.<CRLF> (RFC 5321 §4.1.1.4, RFC 1939 §3).
	DotEnd
	// DotSuspect is the end of something that a careless receiver takes for the end
	// of the block: a dot between two line endings that are not both CRLF. The line
	// goes on unless DotLine is set too.
	DotSuspect
)

// dotState is where in a line, and after which line ending, a DotScanner stands.
// Hard: after CRLF. Soft: after a lone CR or LF, which ends no line.
type dotState uint8

const (
	atHardStart dotState = iota // zero value: a block begins at the start of a line
	atSoftStart
	inLine
	afterCR
	afterHardDot
	afterSoftDot
	afterHardDotCR
	afterSoftDotCR
)

// A DotScanner finds the lines and the end of a dot block: the data of SMTP and the
// multi-line answers of POP3. Only CRLF ends a line in it. The zero value stands
// before the first octet of a block.
type DotScanner struct {
	line    Line
	state   dotState
	stuffed bool
	fresh   bool // the line is complete: the next octet begins a new one
}

// Scan takes the octets that follow those it took before, up to the end of a unit.
// It returns how many of b belong to what was reported.
func (s *DotScanner) Scan(b []byte) (n int, u DotUnit) {
	for n < len(b) {
		if s.fresh {
			s.line, s.stuffed, s.fresh = Line{}, false, false
		}
		if s.state == atHardStart && b[n] != '.' && class[b[n]] == 0 {
			s.state = inLine
		}
		if s.state == inLine {
			k := plain(b[n:])
			n += k
			s.line.Len += k
			if n == len(b) {
				break
			}
			if b[n] == '\r' && n+1 < len(b) && b[n+1] == '\n' { // two steps in one: most lines end so
				n += 2
				s.line.Len += 2
				s.state = atHardStart
				s.finish()
				return n, DotLine
			}
		}
		took, u := s.step(b[n])
		if took {
			n++
		}
		if u != DotMore {
			return n, u
		}
	}
	return n, DotMore
}

// step moves on by one octet. It does not take the octet where what came before it
// ends a unit of its own.
func (s *DotScanner) step(c byte) (took bool, u DotUnit) {
	if c == '\n' {
		return true, s.lf()
	}
	switch s.state { // a CR that no LF follows
	case afterCR, afterHardDotCR, afterSoftDotCR:
		s.line.note(BareCR, s.line.Len-1)
		dot := s.state != afterCR
		s.state = atSoftStart
		if dot {
			return false, DotSuspect
		}
	}
	if a := class[c] &^ lineEnd; a != 0 {
		s.line.note(a, s.line.Len)
	}
	s.line.Len++
	s.state = s.after(c)
	return true, DotMore
}

// after is the state after the octet c, which is no LF.
func (s *DotScanner) after(c byte) dotState {
	switch {
	case c == '\r' && s.state == afterHardDot:
		return afterHardDotCR
	case c == '\r' && s.state == afterSoftDot:
		return afterSoftDotCR
	case c == '\r':
		return afterCR
	case c == '.' && s.state == atHardStart:
		s.stuffed = true
		return afterHardDot
	case c == '.' && s.state == atSoftStart:
		return afterSoftDot
	}
	return inLine
}

func (s *DotScanner) lf() DotUnit {
	s.line.Len++
	state := s.state
	s.state = atHardStart
	switch state {
	case afterHardDotCR:
		s.finish()
		return DotEnd
	case afterSoftDotCR:
		s.finish()
		return DotLine | DotSuspect
	case afterCR:
		s.finish()
		return DotLine
	}
	s.line.note(BareLF, s.line.Len-1)
	s.state = atSoftStart
	if state == afterHardDot || state == afterSoftDot {
		return DotSuspect
	}
	return DotMore
}

func (s *DotScanner) finish() {
	s.line.EOL = 2
	s.fresh = true
}

// Line is what is known of the line so far, or of the one that just ended.
func (s *DotScanner) Line() Line { return s.line }

// Len is the length of the line so far, or of the one that just ended: Line().Len, for
// who needs no more of it.
func (s *DotScanner) Len() int { return s.line.Len }

// Anomalies is Line().Anomalies, likewise.
func (s *DotScanner) Anomalies() Anomaly { return s.line.Anomalies }

// Stuffed says that the line began with a dot, which is to be taken away
// (RFC 5321 §4.5.2).
func (s *DotScanner) Stuffed() bool { return s.stuffed }

// AtStart says that the next octet begins a line.
func (s *DotScanner) AtStart() bool { return s.state == atHardStart }

// A DotReader is a DotScanner that also takes the dot-stuffing away. The zero value
// stands before the first octet of a block.
type DotReader struct {
	DotScanner
	inside bool   // the line has begun, and its leading dot, if any, is gone
	lead   []byte // the start of a line that may still turn out to be the end
}

// Scan is DotScanner.Scan, and returns besides the octets of the text itself that
// are now known to belong to it. They are valid until the next call.
func (r *DotReader) Scan(b []byte) (n int, u DotUnit, text []byte) {
	n, u = r.DotScanner.Scan(b)
	if u == DotEnd {
		r.lead = r.lead[:0]
		return n, u, nil
	}
	text = b[:n]
	// A suspect may be reported before the octet that shows it is taken: what was
	// held back then belongs to it, though n is 0.
	if !r.inside && (n > 0 || u != DotMore) {
		if len(r.lead) > 0 {
			r.lead = append(r.lead, text...)
			text = r.lead
		}
		if u == DotMore && (string(text) == "." || string(text) == ".\r") {
			r.lead = append(r.lead[:0], text...)
			return n, u, nil
		}
		r.inside, r.lead = true, r.lead[:0]
		if text[0] == '.' {
			text = text[1:]
		}
	}
	if u&DotLine != 0 {
		r.inside = false
	}
	return n, u, text
}

// Lead is the line so far, as far as it was scanned, when it may be the beginning of the
// end of the block: a dot, perhaps with a CR.
func (r *DotReader) Lead() []byte { return r.lead }

// Clone returns a DotReader that goes on by itself.
func (r *DotReader) Clone() DotReader {
	c := *r
	c.lead = append([]byte(nil), r.lead...)
	return c
}
