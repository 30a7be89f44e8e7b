package imap

import (
	"strings"

	"mailtool/mime/scan"
)

// An Envelope is what a message's header says, as far as a list of messages shows it (RFC 3501
// §7.4.2). Nothing in it is decoded.
type Envelope struct {
	Date, Subject NString
	// A list is a sequence of addresses, of which those of a group stand between a
	// scan.GroupStart and a scan.GroupEnd. Sender and ReplyTo are From where the message has
	// none.
	From, Sender, ReplyTo, To, Cc, Bcc []scan.Address
	InReplyTo, MessageID               NString
}

// An NString is a string, or NIL: there is none (RFC 3501 §9, nstring).
type NString struct {
	Text  string
	There bool
}

// read makes the envelope of a header's fields, whose names are spelt as RFC 5322 does. Lists
// that it has had are used again.
func (e *Envelope) read(fields []Field) {
	*e = Envelope{From: e.From[:0], Sender: e.Sender[:0], ReplyTo: e.ReplyTo[:0], To: e.To[:0],
		Cc: e.Cc[:0], Bcc: e.Bcc[:0]}
	for i := range fields {
		f := &fields[i]
		if list := e.list(f.Name); list != nil {
			*list = scan.AppendAddresses(*list, f.Value)
		} else if text := e.text(f.Name); text != nil && !text.There {
			*text = NString{f.Value, true}
		}
	}
	if len(e.Sender) == 0 {
		e.Sender = append(e.Sender, e.From...)
	}
	if len(e.ReplyTo) == 0 {
		e.ReplyTo = append(e.ReplyTo, e.From...)
	}
}

// list is the list that a field belongs in, nil where there is none. One that stands twice
// goes on, as if all stood in one.
func (e *Envelope) list(name string) *[]scan.Address {
	switch name {
	case "From":
		return &e.From
	case "Sender":
		return &e.Sender
	case "Reply-To":
		return &e.ReplyTo
	case "To":
		return &e.To
	case "Cc":
		return &e.Cc
	case "Bcc":
		return &e.Bcc
	}
	return nil
}

// text is where a field's text belongs. Of one that stands twice the first counts. One that is
// empty is a string all the same (RFC 9051 §7.5.2).
func (e *Envelope) text(name string) *NString {
	switch name {
	case "Date":
		return &e.Date
	case "Subject":
		return &e.Subject
	case "In-Reply-To":
		return &e.InReplyTo
	case "Message-ID":
		return &e.MessageID
	}
	return nil
}

// envelope writes envelope.
func (w *writer) envelope(e *Envelope) {
	w.raw("(")
	w.fieldNString(e.Date)
	w.sp()
	w.fieldNString(e.Subject)
	for _, list := range [...][]scan.Address{e.From, e.Sender, e.ReplyTo, e.To, e.Cc, e.Bcc} {
		w.sp()
		w.addresses(list)
	}
	w.sp()
	w.fieldNString(e.InReplyTo)
	w.sp()
	w.fieldNString(e.MessageID)
	w.raw(")")
}

// fieldText writes what comes from a header, as it stood there. 0x80 stands for NUL, which no
// string can hold (RFC 3501 §9, CHAR8).
func (w *writer) fieldText(text string) {
	if strings.IndexByte(text, 0) >= 0 {
		text = strings.ReplaceAll(text, "\x00", "\x80")
	}
	w.str(text)
}

// orNIL writes a text of a header, or NIL for an empty one.
func (w *writer) orNIL(text string) { w.fieldNString(NString{text, text != ""}) }

func (w *writer) fieldNString(s NString) {
	if !s.There {
		w.raw("NIL")
		return
	}
	w.fieldText(s.Text)
}

// addresses writes a list of addresses, NIL where there are none. They stand without spaces
// between them (RFC 3501 §9, env-from).
func (w *writer) addresses(list []scan.Address) {
	if len(list) == 0 {
		w.raw("NIL")
		return
	}
	w.raw("(")
	for i := range list {
		w.address(&list[i])
	}
	w.raw(")")
}

// address writes address. The host of a group is NIL; so one that is missing must be "".
func (w *writer) address(a *scan.Address) {
	name, route, local, domain := a.Name, a.Route, NString{a.Local, true}, NString{a.Domain, true}
	switch a.Kind {
	case scan.GroupStart:
		name, route, local, domain = "", "", NString{a.Name, true}, NString{}
	case scan.GroupEnd:
		name, route, local, domain = "", "", NString{}, NString{}
	}
	w.raw("(")
	w.orNIL(name)
	w.sp()
	w.orNIL(route)
	w.sp()
	w.fieldNString(local)
	w.sp()
	w.fieldNString(domain)
	w.raw(")")
}

// envelope reads envelope.
func (s *scanner) envelope() *Envelope {
	e := &Envelope{}
	s.nested(func() {
		e.Date = s.fieldNString()
		s.sp()
		e.Subject = s.fieldNString()
		for _, list := range [...]*[]scan.Address{&e.From, &e.Sender, &e.ReplyTo, &e.To, &e.Cc, &e.Bcc} {
			s.sp()
			*list = s.addresses()
		}
		s.sp()
		e.InReplyTo = s.fieldNString()
		s.sp()
		e.MessageID = s.fieldNString()
	})
	return e
}

func (s *scanner) fieldNString() NString {
	text, there := s.nstring()
	return NString{text, there}
}

// addresses reads a list of addresses, or NIL. Some servers put spaces between them.
func (s *scanner) addresses() []scan.Address {
	if s.word("NIL") {
		return nil
	}
	var list []scan.Address
	s.nested(func() {
		for s.next() == '(' {
			list = append(list, s.address())
			s.take(' ')
		}
	})
	return list
}

func (s *scanner) address() (a scan.Address) {
	s.nested(func() {
		a.Name, _ = s.nstring()
		s.sp()
		a.Route, _ = s.nstring()
		s.sp()
		local := s.fieldNString()
		s.sp()
		domain := s.fieldNString()
		switch a.Local, a.Domain = local.Text, domain.Text; {
		case domain.There:
		case local.There:
			a = scan.Address{Kind: scan.GroupStart, Name: local.Text}
		default:
			a = scan.Address{Kind: scan.GroupEnd}
		}
	})
	return a
}
