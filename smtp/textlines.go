package smtp

import (
	"bytes"

	"mailtool/internal/wire"
)

// textLines follows the lines of a message, of which only CRLF ends one
// (RFC 5321 §2.3.8), up to the first octet that is out of place. The zero value stands
// before the first line.
type textLines struct {
	ended   int  // lines
	at      int  // octets of the line so far
	cr      bool // the last of them is a CR
	unusual wire.Anomaly
	where   int // index of its octet in its line
}

func (l *textLines) write(p []byte) {
	for len(p) > 0 && l.unusual == 0 {
		if l.cr {
			if p[0] != '\n' {
				l.note(wire.BareCR, l.at-1)
				return
			}
			l.endLine()
			p = p[1:]
			continue
		}
		k := bytes.IndexByte(p, '\r')
		text := p
		if k >= 0 {
			text = p[:k]
		}
		if i := bytes.IndexByte(text, '\n'); i >= 0 {
			l.note(wire.BareLF, l.at+i)
			text = text[:i]
		}
		if i := bytes.IndexByte(text, 0); i >= 0 {
			l.note(wire.NUL, l.at+i)
		}
		l.at += len(text)
		if k < 0 {
			return
		}
		l.at++
		l.cr = true
		p = p[k+1:]
	}
}

func (l *textLines) endLine() {
	l.ended++
	l.at, l.cr = 0, false
}

func (l *textLines) note(a wire.Anomaly, at int) { l.unusual, l.where = a, at }

// reply refuses the message for the octet that was found.
func (l *textLines) reply() *Reply {
	what := map[wire.Anomaly]string{wire.BareLF: "A lone LF", wire.BareCR: "A lone CR",
		wire.NUL: "A NUL octet"}[l.unusual]
	return NewReply(554, "5.6.0", "%s in line %d of the message (byte %d); lines end in CRLF",
		what, l.ended+1, l.where+1)
}

// hops counts the Received fields of a message's header section.
type hops struct {
	count int
	name  int // octets of "received:" that the line began with, -1 if it does not
	over  bool
}

func (h *hops) write(p []byte) {
	const field = "received:"
	if h.over {
		return
	}
	for _, c := range p {
		switch {
		case c == '\n':
			if h.over = h.name == 0; h.over {
				return
			}
			h.name = 0
		case h.name >= 0 && h.name < len(field) && c|0x20 == field[h.name]|0x20:
			if h.name++; h.name == len(field) {
				h.count++
			}
		case c != '\r' || h.name != 0:
			h.name = -1
		}
	}
}
