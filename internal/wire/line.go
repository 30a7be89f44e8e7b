// Package wire is the framing that SMTP, POP3 and IMAP stand on: lines, dot blocks
// and counted literals. It knows no command.
//
// The scanners are pushed: they are given octets in whatever pieces the network
// made of them, and report where units end and what is unusual about them. They
// decide nothing. Conn feeds them from reads and makes errors of what is unusual;
// a dissector feeds them from a record and makes findings of the same.
package wire

import "encoding/binary"

// An Anomaly is a set of unusual things about a line.
type Anomaly uint8

// What may be unusual about a line.
const (
	// BareCR is a CR that no LF follows. It ends nothing (RFC 5321 §2.3.8).
	BareCR Anomaly = 1 << iota
	// BareLF is an LF that no CR precedes. It ends a line of a LineScanner and
	// none of a DotScanner (RFC 5321 §4.1.1.4).
	BareLF
	// NUL is the octet 0.
	NUL
	// EightBit is an octet above 127.
	EightBit
	// Control is a control octet other than NUL, tab, CR and LF: backspace, say,
	// of somebody who typed the line (RFC 5321 §2.4 knows graphic characters only).
	Control
	// TooLong is a line longer than the scanner's Max.
	TooLong

	anomalies = 6
)

// class tells the anomaly of an octet by itself; CR and LF, which need their
// neighbours, have a class of their own.
var class = func() (t [256]Anomaly) {
	for c := range 256 {
		switch {
		case c == 0:
			t[c] = NUL
		case c == '\r' || c == '\n':
			t[c] = lineEnd
		case c < ' ' && c != '\t', c == 0x7f:
			t[c] = Control
		case c > 0x7f:
			t[c] = EightBit
		}
	}
	return t
}()

const lineEnd Anomaly = 1 << 7

// A Line is what a scanner says of a line that it has seen to its end.
type Line struct {
	Len       int // octets, line ending included
	EOL       int // octets of the line ending: 2 CRLF, 1 a lone LF, 0 none yet
	Anomalies Anomaly
	first     [anomalies]int
}

// First is the index, from 0, of the first octet with the anomaly a, or -1.
func (l *Line) First(a Anomaly) int {
	if l.Anomalies&a == 0 {
		return -1
	}
	return l.first[bit(a)]
}

func (l *Line) note(a Anomaly, at int) {
	if l.Anomalies&a == 0 {
		l.Anomalies |= a
		l.first[bit(a)] = at
	}
}

func bit(a Anomaly) int {
	i := 0
	for a > 1 {
		a >>= 1
		i++
	}
	return i
}

// plain returns how many octets at the start of b are of no interest to a scanner:
// printable ASCII, space and tab. It looks at eight octets at a time, until they may hold
// one that is not: below the space, or above the tilde, with the borrow and carry of a
// neighbour at worst.
func plain(b []byte) int {
	const ones = 0x0101010101010101
	i := 0
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		if (w|(w-' '*ones)|(w+ones))&(0x80*ones) != 0 {
			break
		}
	}
	for ; i < len(b) && class[b[i]] == 0; i++ {
	}
	return i
}

// A LineScanner finds the end of command and reply lines. A line ends with its
// first LF; where no CR precedes it, the line has the anomaly BareLF, and it is for
// others to refuse it. The zero value is ready.
type LineScanner struct {
	// Max is the length above which a line is TooLong, in octets with its CRLF; 0
	// for no limit.
	Max  int
	line Line
	cr   bool // the octet before was CR
	end  bool // the line is complete: the next octet begins a new one
}

// Scan takes the octets that follow those it took before, up to the end of the
// line. It returns how many of b belong to the line, and whether the line ended
// with the last of them.
func (s *LineScanner) Scan(b []byte) (n int, done bool) {
	if s.end {
		s.Reset()
	}
	for n < len(b) {
		if !s.cr {
			k := plain(b[n:])
			n += k
			s.line.Len += k
			if n == len(b) {
				break
			}
		}
		c := b[n]
		if s.cr && c != '\n' {
			s.line.note(BareCR, s.line.Len-1)
		}
		n++
		s.line.Len++
		if c == '\n' {
			return n, s.finish()
		}
		s.cr = c == '\r'
		if a := class[c] &^ lineEnd; a != 0 {
			s.line.note(a, s.line.Len-1)
		}
	}
	s.measure()
	return n, false
}

func (s *LineScanner) finish() bool {
	s.line.EOL = 2
	if !s.cr {
		s.line.EOL = 1
		s.line.note(BareLF, s.line.Len-1)
	}
	s.measure()
	s.end = true
	return true
}

func (s *LineScanner) measure() {
	if s.Max > 0 && s.line.Len > s.Max {
		s.line.note(TooLong, s.Max)
	}
}

// Line is what is known of the line so far, or of the one that just ended.
func (s *LineScanner) Line() Line { return s.line }

// Reset forgets the line: the next octet begins a new one.
func (s *LineScanner) Reset() { *s = LineScanner{Max: s.Max} }
