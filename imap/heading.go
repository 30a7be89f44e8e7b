package imap

import (
	"strings"
	"time"

	"mailtool/mime/scan"
)

// A heading is what SORT and THREAD look at in a message's header.
type heading struct {
	*Structure
	sent    time.Time // see SentDate
	subject string    // decoded
}

// A headingPart says how much of a heading is wanted.
type headingPart uint8

// From nothing to all.
const (
	noHeading   headingPart = iota // all is empty, and sent the internal date
	withFields                     // but for the subject
	withSubject                    // which may have to be decoded
)

// headings reads the headings of messages, and hands them on one by one with their index. That
// of a message that was expunged, so that it can be read no more, is empty.
func (s *session) headings(places []int, part headingPart, take func(int, *Message, *heading)) error {
	ms := s.sel.at(places)
	if part > noHeading && len(ms) > 0 {
		s.sel.box.Ahead(ms)
	}
	p := s.newProgress(len(ms))
	for i, m := range ms {
		h := heading{Structure: &Structure{}, sent: m.InternalDate()}
		if part > noHeading {
			if err := p.goOn(i); err != nil {
				return err
			}
			if err := s.readHeading(m, &h, part); err != nil && !isGone(err) {
				return err
			}
		}
		take(i, m, &h)
	}
	return nil
}

func (s *session) readHeading(m *Message, h *heading, part headingPart) error {
	structure, err := s.sel.box.Structure(s.ctx, m)
	if err != nil {
		return err
	}
	// It may be used until the message's text is asked for: the strings in it stay.
	h.Structure = structure
	date, err := scan.ParseDate([]byte(structure.Get("Date")))
	h.sent = SentDate(date, err, h.sent)
	h.subject = structure.Get("Subject")
	if part < withSubject || isASCII(h.subject) && !strings.Contains(h.subject, encodedWord) {
		return nil
	}
	fields := &Structure{Fields: structure.Fields}
	text, err := s.sel.box.Text(s.ctx, m)
	if err != nil {
		return err
	}
	h.Structure, h.subject = fields, text.Get("Subject")
	return text.Err()
}

// encodedWord begins what people cannot read as it stands (RFC 2047 §2).
const encodedWord = "=?"
