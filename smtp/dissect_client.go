package smtp

import (
	"bytes"
	"strings"

	"mailtool/internal/sasl"
	"mailtool/trace"
)

// stepClient makes one event of the client's octets, if there are enough of them and
// what they are is known.
func (d *Dissector) stepClient() bool {
	switch d.mode {
	case inHold:
		return d.stepHeld()
	case inData:
		return d.stepData()
	case inSuspect:
		return d.stepSuspect()
	case inChunk:
		return d.stepChunk()
	case inHandshake, inOpaque:
		return d.stepOpaque(trace.Client)
	}
	if d.talksTLS() {
		return true
	}
	ev, ok := d.line(trace.Client)
	if !ok || ev == nil {
		return ok
	}
	if d.mode == inAuth {
		d.authLine(ev)
	} else {
		d.command(ev)
	}
	return true
}

// line finds the end of e's line and takes it, or the first MaxUnit octets of a line
// that is too long to wait for. It returns no event for octets that a mask swallowed.
func (d *Dissector) line(e trace.End) (*trace.Event, bool) {
	s, scan := &d.scribe, &d.lines[slot(e)]
	kind := trace.Command
	if e == trace.Server {
		kind = trace.Reply
	}
	n, done := scan.Scan(s.Fresh(e))
	n = s.Scanned(e, n)
	switch {
	case done && d.swallow && e == trace.Client:
		line := scan.Line()
		d.swallow = false
		d.dropSecret(n - min(n, line.EOL))
		ev := s.Take(e, min(n, line.EOL), kind)
		ev.Lines = 0
		d.write(ev)
		s.Continues(e, 0)
		d.endLong()
		return nil, true
	case done:
		ev := s.Take(e, n, kind)
		if ev.Part != 0 {
			ev.Lines = 0
		}
		s.Continues(e, 0)
		return ev, true
	case n < trace.MaxUnit:
		return nil, false
	case d.swallow && e == trace.Client:
		d.dropSecret(n)
		return nil, true
	}
	ev := s.Cut(e, n, kind)
	if ev.Part != 0 {
		ev.Lines = 0
	}
	return ev, true
}

// write completes and writes an event that needs no more than the current state.
func (d *Dissector) write(ev *trace.Event, hide ...trace.Span) {
	if ev.Phase == "" {
		ev.Phase = d.phase
	}
	if ev.State == "" {
		ev.State = d.known.state()
	}
	if ev.End == trace.Client {
		d.early = max(0, d.early-len(ev.Raw))
		d.torn = false
	}
	d.scribe.Write(ev, hide...)
	if ev.More && ev.Part == 0 {
		d.scribe.Continues(ev.End, ev.N)
	}
}

// command makes out a command line.
func (d *Dissector) command(ev *trace.Event) {
	if ev.Part != 0 { // the rest of a line that was too long to wait for
		d.partial = false
		d.write(ev)
		if !ev.More {
			d.endLong()
		}
		return
	}
	text := ev.Payload()
	cmd, faults := ParseCommand(text)
	hide := d.hide(text)
	if knownVerb(cmd.Verb) {
		ev.Verb = cmd.Verb
	}
	if len(hide) == 0 && ev.More {
		hide = openSecret(text)
	}
	if d.lost && ev.Verb == "" { // it may be text of a message: nothing can be said against it
		ev.Kind = trace.Undecided
	} else {
		d.judgeCommand(ev, &cmd, faults)
	}
	d.partial = false
	d.authInitial(ev, &cmd, text, hide)
	d.swallow = ev.More && len(hide) > 0 && !d.scribe.ShowsSecrets()
	d.write(ev, hide...)
	if ev.More {
		d.long = newLongLine(ev, &cmd)
		return
	}
	d.await(ev, &cmd)
}

// judgeCommand judges a command line by what its end knew when it began the line.
func (d *Dissector) judgeCommand(ev *trace.Event, cmd *Command, faults []Fault) {
	if ev.Verb == "" && d.extends(cmd.Verb) {
		faults = nil
	}
	u := d.about(ev, onCommand)
	u.line, u.cmd, u.faults = d.lines[slot(trace.Client)].Line(), *cmd, faults
	u.view, u.ahead, u.behind = &d.hopes, len(d.sent), d.lastSent()
	u.early = d.early > 0 && d.heldBy == "DATA"
	if d.early > 0 && !u.early {
		u.ahead, u.behind = 1, d.heldBy
	}
	if d.partial {
		u.view, u.ahead, u.behind = &d.began, d.ahead, d.behind
	}
	d.phase = phaseOf(ev.Verb, d.phase)
	d.judge(u)
}

// extends says that a verb that is not known here belongs to an extension: it was offered,
// or is registered, or both ends may have agreed upon it (RFC 5321 §4.1.5).
func (d *Dissector) extends(verb string) bool {
	return d.hopes.offers.Has(verb) || verbExtension(verb) != "" || strings.HasPrefix(verb, "X")
}

// A longLine is the start of a line that was cut. What it asks for counts when its end
// has come.
type longLine struct {
	ev  *trace.Event // without its octets
	cmd Command
}

func newLongLine(ev *trace.Event, cmd *Command) *longLine {
	kept := *ev
	kept.Raw = nil
	return &longLine{&kept, *cmd}
}

func (d *Dissector) endLong() {
	l := d.long
	d.long = nil
	switch {
	case l == nil:
	case l.ev.Kind == trace.Continuation:
		d.awaitAuth(l.ev)
	default:
		d.await(l.ev, &l.cmd)
	}
}

// await enters a command into the queue of those that wait for a reply, and holds what
// follows where it hangs on that reply.
func (d *Dissector) await(ev *trace.Event, cmd *Command) {
	d.secrecy = d.secrecy || ev.Verb == "AUTH"
	if d.lost {
		if ev.Verb == "EHLO" || ev.Verb == "HELO" {
			d.sent = append(d.sent[:0], sent{n: ev.N, verb: ev.Verb, phase: ev.Phase}.queued())
		}
		return
	}
	if len(d.sent) >= maxSent {
		d.lose()
		return
	}
	c := sent{n: ev.N, verb: ev.Verb, phase: ev.Phase}
	for _, p := range cmd.Params {
		c.eight = c.eight || strings.EqualFold(p.Key, "BODY") && strings.EqualFold(p.Value, "8BITMIME")
		c.utf8 = c.utf8 || strings.EqualFold(p.Key, "SMTPUTF8")
	}
	if ev.Verb == "BDAT" {
		_, c.last, _ = chunkSize(cmd.Arg)
		d.beginChunk()
	}
	d.sent = append(d.sent, c.queued())
	d.hopes = d.hopes.after(c, assumed)
	switch ev.Verb {
	case "AUTH":
		d.auth, d.authN = capitals(firstWord(cmd.Arg)), 0
		d.dialogue = sasl.Dialogue{Open: d.scribe.ShowsSecrets()}
		if d.auth == "" {
			d.auth = "?"
		}
		if strings.ContainsRune(strings.TrimSpace(cmd.Arg), ' ') {
			d.authN = 1
		}
		d.mode = inHold
	case "DATA", "STARTTLS":
		d.mode = inHold
	case "BDAT":
		switch size, _, ok := chunkSize(cmd.Arg); {
		case !ok || size == 0:
		case ev.EOL != 2, d.hopes.known && !d.hopes.offers.Has("CHUNKING"):
			// A line that is none is refused unread. To a server that does not know BDAT,
			// what follows is lines (RFC 3030 §2).
			d.chunkless = true
		default:
			d.mode, d.chunk, d.inLine = inChunk, size, false
			d.scribe.Continues(trace.Client, ev.N)
		}
	}
}

// stepHeld makes events of held octets only when there are more than may be held.
func (d *Dissector) stepHeld() bool {
	if len(d.scribe.Held(trace.Client)) <= trace.MaxHeld {
		return false
	}
	ev, hide := d.takeHeld(trace.MaxUnit)
	ev.EOL = 0
	ev.Lines = bytes.Count(ev.Raw, []byte("\n"))
	d.over = true
	d.write(ev, hide...)
	d.torn = ev.Raw[len(ev.Raw)-1] != '\n'
	return true
}

// release lets go of what was held until the reply to verb: it is what m says.
func (d *Dissector) release(m mode, verb string) {
	d.mode, d.heldBy, d.read, d.spokeAuth = m, verb, heldLines{}, false
	d.early = len(d.scribe.Held(trace.Client))
	d.partial = false
	if d.over {
		d.over = false
		d.lose()
	}
}

// stepChunk takes BDAT's octets, which are counted and never held.
func (d *Dissector) stepChunk() bool {
	s := &d.scribe
	n := min(d.chunk, trace.MaxUnit)
	if int64(len(s.Held(trace.Client))) < n {
		return false
	}
	ev := s.Take(trace.Client, int(n), trace.Data)
	d.message.digest.Write(ev.Raw)
	ev.Lines = bytes.Count(ev.Raw[:n-1], []byte("\n")) // lines that begin in it
	if !d.inLine {
		ev.Lines++
	}
	d.inLine = ev.Raw[n-1] != '\n'
	d.chunk -= n
	d.judgeChunk(ev)
	if d.chunk == 0 {
		d.mode = inCommands
		ev.Kind = trace.DataEnd
		ev.Body = d.message.digest.Body()
	}
	d.write(ev)
	if d.mode == inCommands {
		s.Continues(trace.Client, 0)
	}
	return true
}
