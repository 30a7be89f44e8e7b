package explain

import (
	"bytes"
	"strings"

	"mailtool/trace"
)

// A letter is the message that an end is sending: what of it has been explained.
type letter struct {
	open     bool
	message  bool // it is a message, with a header section; else a list or a string
	body     bool // the empty line has passed
	stuffed  bool // a doubled dot was explained
	more     bool // the event before was a piece of the same unit
	cut      bool // the chunk before ended within a line
	blank    bool // in which nothing had been said
	explains map[string]bool
	parts    structure
}

// data explains a line of a message, of a listing, or a literal.
func (x *Explainer) data(ev *trace.Event) {
	l := &x.client
	if ev.End == trace.Server {
		l = &x.server
	}
	verb := x.listVerb(ev)
	if x.protocol == trace.SMTP && verb != "BDAT" {
		verb = "DATA"
	}
	if !l.open {
		l.open, l.explains = true, make(map[string]bool)
		l.message = l.message || x.carriesMessage(verb)
	}
	dotted := x.protocol == trace.POP3 || verb == "DATA"
	if ev.Kind == trace.DataEnd && dotted {
		x.loneDot(ev, l.message)
		x.remember(ev, verb)
		*l = letter{}
		return
	}
	if text := ev.Payload(); !l.more && len(text) > 0 && x.protocol == trace.POP3 && !l.message {
		x.listed(ev, strings.Fields(string(text)))
	}
	x.text(ev, l, dotted)
	x.parts(ev, l)
	l.more = ev.More
	if n := len(ev.Raw); n > 0 && ev.Kind == trace.DataEnd {
		l.cut = ev.Raw[n-1] != '\n'
	}
	if ev.Kind == trace.DataEnd && (verb != "BDAT" || x.last) {
		*l = letter{}
	}
}

// carriesMessage says that the data of a command is a message.
func (x *Explainer) carriesMessage(verb string) bool {
	switch x.protocol {
	case trace.SMTP:
		return true
	case trace.POP3:
		return verb == "RETR" || verb == "TOP"
	}
	return verb == "APPEND" // of what the server sends, imap.go looks at the line before
}

// loneDot explains the end of a message or a list.
func (x *Explainer) loneDot(ev *trace.Event, message bool) {
	switch {
	case string(ev.Payload()) != ".":
	case x.protocol == trace.SMTP:
		x.always("screen/lone-dot/message")
	case message:
		x.always("screen/lone-dot/message-pop3")
	default:
		x.always("screen/lone-dot/listing")
	}
}

// text explains the lines of a piece of a letter: the fields of the header section,
// the empty line behind it, the first line whose dot was doubled.
func (x *Explainer) text(ev *trace.Event, l *letter, dotted bool) {
	if dotted && !l.more && !l.stuffed && bytes.HasPrefix(ev.Raw, []byte("..")) {
		l.stuffed = true
		key := "screen/dot-stuffing"
		if x.protocol == trace.POP3 {
			key += "-pop3"
		}
		x.always(key)
	}
	if l.cut && ev.Len > 0 && !x.told["screen/cut"] {
		x.told["screen/cut"] = true
		x.always("screen/cut")
	}
	cut, blank := l.cut, l.blank
	l.cut, l.blank = false, false
	if !l.message || l.body || l.more {
		return
	}
	at := 0
	for line := range bytes.Lines(ev.Raw) {
		whole := line[len(line)-1] == '\n'
		text := bytes.TrimRight(line, "\r\n")
		l.blank = len(text) == 0 && (!cut || blank)
		switch {
		case l.blank && whole:
			l.body = true
			x.always("screen/empty-line")
			x.notes[len(x.notes)-1].At = at
			return
		case !cut:
			before := len(x.notes)
			x.field(l, string(text))
			for i := range x.notes[before:] {
				x.notes[before+i].At = at
			}
		}
		cut = false
		at += len(line)
	}
	if ev.Len == 0 { // a chunk without an octet
		l.cut, l.blank = cut, blank
	}
}

// field explains a header field, once a message: Received may stand there ten times. What
// type and encoding a part has is explained once for each of them.
func (x *Explainer) field(l *letter, line string) {
	name, body, ok := strings.Cut(line, ":")
	if !ok || name == "" || name[0] == ' ' || name[0] == '\t' {
		return
	}
	low := strings.ToLower(name)
	first := x.first(l, name, "message/header-field/"+low)
	body = strings.ToLower(strings.TrimSpace(body))
	switch low {
	case "content-type":
		value, _, _ := strings.Cut(body, ";")
		value = strings.TrimSpace(value)
		if _, _, known := Meaning(x.lang, "mime/type/"+value); known {
			x.first(l, value, "mime/type/"+value)
		} else {
			major, _, _ := strings.Cut(value, "/")
			x.first(l, value, "mime/type/"+major)
		}
	case "content-transfer-encoding":
		x.first(l, body, "mime/encoding/"+body)
	case "subject", "from", "to", "cc":
		if first {
			x.encodedWord(body)
		}
	}
}

// first is note for what is said once a message. Keys without a meaning are not kept.
func (x *Explainer) first(l *letter, word, key string) bool {
	if l.explains[key] || !x.note(word, key) {
		return false
	}
	l.explains[key] = true
	return true
}

// parts explains the lines that the structure of a message is made of: boundaries, and the
// headers of the parts.
func (x *Explainer) parts(ev *trace.Event, l *letter) {
	if !l.message {
		return
	}
	if ev.Raw == nil && ev.Len > 0 { // nobody knows what stood there
		l.parts.line, l.parts.content = l.parts.line[:0], true
	}
	at := 0
	for line := range bytes.Lines(ev.Raw) {
		if text, ends := l.parts.take(line); ends && len(x.notes) < maxNotes {
			before := len(x.notes)
			x.partLine(l, text)
			for i := range x.notes[before:] {
				x.notes[before+i].At = at
			}
		}
		at += len(line)
	}
}

func (x *Explainer) partLine(l *letter, text string) {
	kind := l.parts.read(text)
	key := ""
	switch {
	case kind == partsEnd:
		key = "screen/boundary-end"
	case l.parts.section == "": // the message's own header
	case kind == partBegins:
		key = "screen/boundary"
	case kind == emptyLine:
		key = "screen/part-empty-line"
	case kind == fieldLine:
		x.field(l, text)
	}
	if key != "" {
		x.notes = append(x.notes, Note{Text: Say(x.lang, key, "part", l.parts.section),
			Section: sections()[key]})
	}
}

// encodedWord explains =?charset?B?...?= in a header field (RFC 2047 §2).
func (x *Explainer) encodedWord(body string) {
	_, rest, ok := strings.Cut(body, "=?")
	if !ok {
		return
	}
	if parts := strings.SplitN(rest, "?", 3); len(parts) == 3 {
		how := strings.ToUpper(parts[1])
		x.note("=?"+parts[0]+"?"+how+"?", "mime/encoded-word/"+how)
	}
}
