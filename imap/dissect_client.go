package imap

import (
	"bytes"

	"mailtool/internal/wire"
	"mailtool/trace"
)

// stepClient makes one event of the client's octets, if there are enough of them and
// what they are is known.
func (d *Dissector) stepClient() bool {
	switch {
	case d.ends[0].flowing:
		return d.stepLiteral(trace.Client)
	case d.mode == inHold:
		return d.stepHeld()
	case d.mode == inHandshake || d.mode == inOpaque:
		return d.stepOpaque(trace.Client)
	}
	if d.talksTLS() {
		return true
	}
	s := &d.ends[0]
	rest := s.cut
	ev, line, ok := d.line(trace.Client)
	if !ok || ev == nil {
		return ok
	}
	var last []byte
	if !ev.More {
		last = ev.Raw
	}
	switch {
	case rest:
		d.restOfLine(ev)
	case d.mode == inAuth:
		d.authLine(ev, line)
	case d.mode == inIdle:
		d.idleLine(ev, line)
	case s.first != 0:
		d.moreOfCommand(ev, line)
	default:
		d.command(ev, line)
	}
	if last != nil {
		d.endOfLine(last)
	}
	return true
}

// line finds the end of e's line and takes it, or the first MaxUnit octets of a line
// that is too long to wait for. It returns no event for octets that a mask swallowed.
func (d *Dissector) line(e trace.End) (*trace.Event, wire.Line, bool) {
	s := &d.ends[slot(e)]
	n, done := s.scan.Scan(d.scribe.Fresh(e))
	n = d.scribe.Scanned(e, n)
	line := s.scan.Line()
	if !done && n < trace.MaxUnit {
		return nil, line, false
	}
	piece := d.scribe.Held(e)[:n]
	rest := s.cut
	s.cut = !done
	if !done {
		s.keepTail(piece)
	}
	if d.swallow && e == trace.Client {
		keep := 0
		if done {
			s.keepTail(piece)
			keep = min(n, line.EOL)
		}
		if _, is := wire.FindLiteral(piece[:n-keep]); !is {
			d.rememberSpans(piece, []trace.Span{{Len: n - keep}})
		}
		d.scribe.Drop(e, n-keep)
		d.early = max(0, d.early-(n-keep))
		if d.swallow = !done; !done {
			return nil, line, true
		}
		n = keep
	}
	ev := d.take(e, n, done)
	if rest {
		ev.Kind, ev.Lines = s.kind, 0
	}
	return ev, line, true
}

// take makes an event of a line of e, or of a piece of one.
func (d *Dissector) take(e trace.End, n int, done bool) *trace.Event {
	kind, s := trace.Command, &d.ends[slot(e)]
	if e == trace.Server {
		kind = trace.Reply
	}
	var ev *trace.Event
	if done {
		ev = d.scribe.Take(e, n, kind)
	} else {
		ev = d.scribe.Cut(e, n, kind)
	}
	if s.inLine { // the line began within a literal
		ev.Lines, s.inLine = 0, false
	}
	return ev
}

// writeLine writes a line or the first piece of one: more pieces are parts of it.
func (d *Dissector) writeLine(ev *trace.Event, hide ...trace.Span) {
	s := &d.ends[slot(ev.End)]
	d.write(ev, hide...)
	if s.kind = ev.Kind; ev.More && s.first == 0 {
		d.scribe.Continues(ev.End, ev.N)
	}
}

// mask writes a line of the client. What goes on beyond a secret is swallowed: its
// length must not show.
func (d *Dissector) mask(ev *trace.Event, hide []trace.Span) {
	d.swallow = ev.More && len(hide) > 0 && !d.scribe.ShowsSecrets()
	d.writeLine(ev, hide...)
}

// restOfLine writes a piece of a line that was cut.
func (d *Dissector) restOfLine(ev *trace.Event) {
	hide := d.veil.cover(ev.Payload(), !ev.More)
	if d.mode == inIdle {
		hide = d.coverIdle(ev, hide)
	}
	d.rememberSpans(ev.Payload(), hide)
	d.swallow = ev.More && len(hide) > 0 && !d.scribe.ShowsSecrets()
	d.write(ev, hide...)
}

// command makes out the first line of a command.
func (d *Dissector) command(ev *trace.Event, line wire.Line) {
	text := ev.Payload()
	c := parseCommandLine(text)
	d.veil = veil{}
	hide := d.veil.cover(text, !ev.More)
	d.remember(ev, text, hide, &c)
	if len(hide) == 0 && d.maySecret(text, &c) {
		hide = []trace.Span{{Len: len(text)}}
		d.veil.secret = true // what follows in a literal may be so, too
		d.scribe.Remember(bytes.Trim(text, `"`))
	}
	d.prompt = d.veil.open
	view := d.hopes
	if d.partial {
		view, d.partial = d.began, false
	}
	isDone := sameWord(text, "DONE")
	if isDone {
		ev.Kind, ev.Verb, d.stray = trace.Continuation, "DONE", true
	}
	lost, full := d.lost, d.waiting.full(c.tag)
	if full && !lost {
		d.lose()
	}
	d.current = ongoing{id: c.id, tagged: len(c.tag) > 0}
	if lost && !isDone && (c.id == noVerb || len(c.tag) == 0 || badTagOctet(c.tag) >= 0) {
		ev.Kind = trace.Undecided
		d.mask(ev, hide)
		d.current.n = ev.N
		return
	}
	if c.id != noVerb {
		ev.Verb = verbs[c.id].name
	}
	d.phase = phaseOf(c.id, view.state)
	d.judge(&unit{ev: ev, where: onCommand, end: trace.Client, line: line, text: text, cmd: c,
		isDone: isDone, view: view, hopes: d.hopes, early: d.early > 0, soon: d.soon(),
		secret:      len(hide) > 0,
		renumbering: d.waiting.renumbering(), utf8: view.utf8 || d.waiting.inProgress(classEnable) > 0,
		reused: d.waiting.find(c.tag) >= 0, flooded: full && !d.flooded && !lost,
		doubt: d.doubt, lost: d.lost})
	d.flooded = d.flooded || full
	d.current.login = d.beginLogin(text, &c, d.veil.secret)
	d.mask(ev, hide)
	d.current.n = ev.N
	if !isDone {
		d.list(ev, text, &c)
	}
}

// list enters a command among those that wait for their results. Of a line without a
// tag, servers take the first word for it.
func (d *Dissector) list(ev *trace.Event, text []byte, c *commandLine) {
	label := c.tag
	if len(label) == 0 {
		label, _ = nextWord(text, 0)
	}
	q := &d.waiting
	for len(q.sent) > 0 && (d.lost && len(q.sent) >= maxSentNew || q.full(label)) {
		q.remove(0)
	}
	id := c.id
	if len(c.tag) == 0 || badTagOctet(c.tag) >= 0 {
		id = noVerb // it will be refused
	}
	d.waiting.add(sent{n: uint32(ev.N), verb: id, from: d.phase}, label)
}

// maySecret says that a line which is no command may be an answer to a challenge, or
// what was meant for a literal.
func (d *Dissector) maySecret(text []byte, c *commandLine) bool {
	switch {
	case len(text) == 0 || c.id != noVerb || sameWord(text, "DONE"):
		return false
	case d.early > 0 && d.hidden, d.prompt:
		return string(text) != "*"
	}
	return trace.IsBase64(text) // no command is one such word
}

// mayBase64 says that text may be the beginning of a line of base64.
func mayBase64(text []byte) bool {
	for _, c := range text {
		switch {
		case '0' <= c && c <= '9', 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z':
		case c != '+' && c != '/' && c != '=':
			return false
		}
	}
	return true
}

// moreOfCommand makes out a line that goes on behind a literal.
func (d *Dissector) moreOfCommand(ev *trace.Event, line wire.Line) {
	text := ev.Payload()
	hide := d.veil.cover(text, !ev.More)
	d.remember(ev, text, hide, &commandLine{})
	d.partial, d.prompt = false, d.veil.open
	if d.lost && d.current.id == noVerb {
		ev.Kind = trace.Undecided
	}
	d.judge(&unit{ev: ev, where: onMore, end: trace.Client, line: line, text: text, soon: d.soon(),
		utf8: d.hopes.utf8 || d.waiting.inProgress(classEnable) > 0, secret: len(hide) > 0,
		view: d.hopes, lost: d.lost})
	d.mask(ev, hide)
}

// endOfLine looks what follows a line of the client, of which last is the last piece:
// a literal, an answer to a challenge, or the next command.
func (d *Dissector) endOfLine(last []byte) {
	s := &d.ends[0]
	switch d.mode {
	case inAuth:
		s.tail = s.tail[:0]
		if d.mode = inCommands; !d.current.answered {
			d.hold(onPrompt)
			return
		}
		d.goesOn(trace.Client, 0)
		return
	case inIdle:
		s.tail = s.tail[:0]
		if d.current.answered {
			d.mode = inCommands
			d.goesOn(trace.Client, 0)
		}
		return
	}
	l, is := s.literal(last)
	switch {
	case !is || d.current.answered && !l.NoWait:
		d.finish()
	case s.first == 0:
		d.goesOn(trace.Client, d.current.n)
		fallthrough
	default:
		d.scribe.Continues(trace.Client, s.first)
		if l.NoWait {
			d.beginLiteral(trace.Client, l.Size, d.veil.secret)
			return
		}
		d.current.literal = l.Size
		d.hold(onGoAhead)
	}
}

// finish ends a command. What follows some hangs on how they are answered.
func (d *Dissector) finish() {
	c := &d.current
	d.goesOn(trace.Client, 0)
	if c.answered || !c.tagged {
		return
	}
	if changes(c.id) {
		d.hopes = d.hopes.after(sent{verb: c.id}, assumed)
	}
	switch c.id {
	case verbAuthenticate:
		d.goesOn(trace.Client, c.n)
		d.hold(onPrompt)
	case verbIdle:
		d.goesOn(trace.Client, c.n)
		d.hold(onIdling)
	case verbStartTLS:
		d.hold(onTLSReady)
	case verbCompress:
		d.hold(onDeflate)
	}
}

// undecided makes an event of n octets that are no lines, or of which that is not known.
func (d *Dissector) undecided(e trace.End, n int) {
	var hide []trace.Span
	if e == trace.Client {
		text := d.scribe.Held(e)[:n]
		hide = d.cover(text, &d.curtain)
		if d.mode != inHold || !d.concealed() { // else it is no password, but all there is
			d.rememberSpans(text, hide)
		}
		d.given(n)
	}
	ev := d.scribe.Take(e, n, trace.Undecided)
	ev.EOL = 0
	if ev.Lines = bytes.Count(ev.Raw, []byte{'\n'}); d.opaque(e) {
		ev.Lines = 0
	}
	if e == trace.Client && d.tls {
		d.tls = false
		d.judge(&unit{ev: ev, where: onTLS, end: e, text: ev.Raw})
	}
	if e == trace.Client && d.hung != onNothing && d.mode == inHandshake {
		d.judge(&unit{ev: ev, where: onInjection, end: e, text: ev.Raw, soon: d.soon()})
	}
	d.write(ev, hide...)
}

// cover finds what is secret in octets of the client that no line was made of. c goes on
// where octets are given up piece by piece.
func (d *Dissector) cover(text []byte, c *curtain) []trace.Span {
	all := []trace.Span{{Len: len(text)}}
	v := d.veil
	switch {
	case d.swallow:
		return all
	case d.ends[0].flowing:
		if d.ends[0].secret {
			return all
		}
		return nil
	case d.mode == inAuth:
		if t := string(bytes.TrimRight(text, "\r\n")); t == "*" || t == "=" || t == "" {
			return nil
		}
		return all
	case d.mode == inHold && d.concealed():
		c.within = text[len(text)-1] != '\n'
		return all
	case d.mode == inHold || d.mode == inHandshake: // it may be clear all the same
		return c.cover(text)
	case d.mode == inOpaque:
		return nil
	case !d.ends[0].cut && (d.ends[0].first == 0 || d.mode == inIdle):
		v = veil{}
	}
	line := bytes.TrimRight(text, "\r\n")
	hide := v.cover(line, true)
	if d.mode == inIdle {
		hide = append(hide, c.cover(text)...)
	}
	cmd := parseCommandLine(line)
	guess := (d.lost || len(line) >= 8) && mayBase64(line) // how does it go on?
	if len(hide) == 0 && (guess || d.maySecret(line, &cmd)) {
		return all
	}
	return hide
}
