package main

import (
	"errors"
	"strings"

	"mailtool/smtp"
	"mailtool/trace"
)

// A server may quote what it was told. So whatever is printed of its words goes through the
// mask that the trace has: they are shown as the record would show them if they came now.

// quote is a reply in one line, masked. It is asked about as it came, in lines, since a secret
// may be spread over them.
func (l *live) quote(said reply) string {
	r, ok := said.(*smtp.Reply)
	switch {
	case l.recorder() == nil:
		return said.Error()
	case !ok: // it has one line
		return l.mask(said.Error())
	}
	shown := smtp.Reply{Code: r.Code, Enhanced: r.Enhanced}
	for _, line := range l.asServer(r.String()) {
		_, _, text, ok := smtp.ParseReplyLine([]byte(line))
		if !ok {
			text = []byte(line)
		}
		said := strings.TrimPrefix(string(text), r.Enhanced)
		shown.Lines = append(shown.Lines, strings.TrimPrefix(said, " "))
	}
	return shown.Error()
}

// mask is text as the trace would show it. In a handshake, and in a literal that is not whole, the
// trace would show nothing yet: what was said before is masked then.
func (l *live) mask(text string) string {
	if l.recorder() == nil || text == "" {
		return text
	}
	lines := l.asServer(text)
	l.mu.Lock()
	secretive := l.secretive
	l.mu.Unlock()
	switch {
	case len(lines) > 0:
		return strings.Join(lines, "\n")
	case !secretive:
		return text
	}
	return l.recorder().Masked(text)
}

func (l *live) recorder() *trace.Recorder {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rec
}

// asServer is how lines of the server's would be shown. Where a literal is not whole yet, it may end
// in the midst of one. Our lock is not held: the sink is called under the recorder's.
func (l *live) asServer(text string) []string {
	var out []string
	goesOn := false
	for _, ev := range l.recorder().Preview(trace.Server, []byte(text+"\r\n")) {
		switch {
		case ev.End != trace.Server:
			continue
		case goesOn:
			out[len(out)-1] += string(ev.Payload())
		default:
			out = append(out, string(ev.Payload()))
		}
		goesOn = ev.EOL == 0
	}
	return out
}

// masked is an error in which no secret of the session stands.
func (l *live) masked(err error) error {
	var shown *problem
	switch {
	case l.recorder() == nil:
		return err
	case errors.As(err, &shown):
	case replyIn(err) != nil, breachIn(err) != nil:
		shown = l.p.explained(err)
	default:
		return err
	}
	e := *shown
	e.args = l.maskWords(e.args)
	e.hints = nil
	for _, h := range shown.hints {
		h.args = l.maskWords(h.args)
		e.hints = append(e.hints, h)
	}
	return &e
}

// maskWords masks the words among names and words.
func (l *live) maskWords(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		if out[i] = a; i%2 == 1 {
			out[i] = l.mask(a)
		}
	}
	return out
}
