package pop3

import (
	"bytes"
	"strings"

	"mailtool/internal/wire"
	"mailtool/trace"
)

// stepClient makes one event of the client's octets, if there are enough of them and
// what they are is known.
func (d *Dissector) stepClient() bool {
	switch d.mode {
	case inHold:
		return d.stepHeld()
	case inHandshake:
		if held := d.scribe.Held(trace.Client); d.unsure && len(held) > 0 {
			if d.unsure = false; held[0] != tlsHandshake {
				d.mode = inClear
				return true
			}
		}
		return d.stepOpaque(trace.Client)
	case inOpaque:
		return d.stepOpaque(trace.Client)
	}
	if d.mode == inCommands && d.talksTLS() {
		return true
	}
	ev, line, ok := d.line(trace.Client)
	if !ok || ev == nil {
		return ok
	}
	switch {
	case ev.Part != 0 || ev.Lines == 0: // the rest of a line that was too long to wait for
		d.write(ev)
		if !ev.More {
			d.endLong()
		}
	case d.mode == inAuth:
		d.authLine(ev, line)
	case d.mode == inClear:
		d.clearLine(ev)
	default:
		d.command(ev, line)
	}
	return true
}

// line finds the end of e's line and takes it, or the first MaxUnit octets of a line
// that is too long to wait for. It returns no event for octets that a mask swallowed.
func (d *Dissector) line(e trace.End) (*trace.Event, wire.Line, bool) {
	s, scan := &d.scribe, &d.lines[slot(e)]
	kind := trace.Command
	if e == trace.Server {
		kind = trace.Reply
	} else if d.mode == inAuth {
		kind = trace.Continuation
	} else if d.mode == inClear {
		kind = trace.Undecided
	}
	n, done := scan.Scan(s.Fresh(e))
	n = s.Scanned(e, n)
	line := scan.Line()
	swallow := d.swallow && e == trace.Client
	switch {
	case !done && n < trace.MaxUnit:
		return nil, line, false
	case swallow && !done:
		d.drop(n)
		return nil, line, true
	case swallow:
		d.swallow = false
		d.drop(n - min(n, line.EOL))
		n = min(n, line.EOL)
	}
	var ev *trace.Event
	if done {
		ev = s.Take(e, n, kind)
	} else {
		ev = s.Cut(e, n, kind)
	}
	if ev.Part != 0 || swallow {
		ev.Lines = 0
	}
	if swallow && ev.Part == 0 { // the line began as one that was held too long
		ev.Kind = trace.Undecided
	}
	if done {
		s.Continues(e, 0)
	}
	return ev, line, true
}

// write completes and writes an event that needs no more than the current state.
func (d *Dissector) write(ev *trace.Event, hide ...trace.Span) {
	if ev.Phase == "" {
		ev.Phase = phases[d.phase]
	}
	if ev.State == "" {
		ev.State = d.state()
	}
	if ev.End == trace.Client {
		d.early = max(0, d.early-len(ev.Raw))
	}
	d.scribe.Write(ev, hide...)
	if ev.More && ev.Part == 0 {
		d.scribe.Continues(ev.End, ev.N)
	}
}

// drop throws away n octets of the client that lie under a mask. What they hold is the secret, or
// its end; of several words the last, since the name may stand before it.
func (d *Dissector) drop(n int) {
	secret := bytes.TrimSpace(d.scribe.Held(trace.Client)[:n])
	d.rememberArgument(secret)
	d.rememberArgument(secret[bytes.LastIndexAny(secret, blanks)+1:])
	d.early = max(0, d.early-n)
	d.scribe.Drop(trace.Client, n)
}

// clearLine makes out a line in clear where TLS was to begin.
func (d *Dissector) clearLine(ev *trace.Event) {
	text := ev.Payload()
	hide := d.hideLine(text, !ev.More)
	d.remember(ev, ParseCommand(text), text, hide)
	d.judge(&unit{ev: ev, where: onInjection, text: text})
	d.swallow = ev.More && len(hide) > 0
	d.write(ev, hide...)
}

// command makes out a command line.
func (d *Dissector) command(ev *trace.Event, line wire.Line) {
	text := ev.Payload()
	cmd := ParseCommand(text)
	id := cmd.id()
	hide := d.hideLine(text, !ev.More)
	d.torn = false
	u := &unit{ev: ev, where: onCommand, line: line, text: text, cmd: cmd, id: id,
		clear: d.readable(), view: d.hopes, ahead: d.waiting(), early: d.early > 0, hung: d.hung,
		lost: d.lost}
	if d.partial {
		u.view, u.ahead, d.partial = d.began, d.ahead, false
	}
	switch {
	case id != noVerb:
		ev.Verb = cmd.Verb
	case d.lost:
		ev.Kind = trace.Undecided
	}
	if d.lost {
		d.phase = guessedPhase(id, d.phase)
	} else {
		d.phase = u.view.phaseOf(id)
	}
	d.judge(u)
	d.remember(ev, cmd, text, hide)
	d.swallow = ev.More && len(hide) > 0
	d.write(ev, hide...)
	if ev.More {
		cmd.Arg = strings.Clone(cmd.Arg[:min(len(cmd.Arg), 64)]) // enough for a message number
		d.long = &longLine{ev.N, cmd, false}
		return
	}
	d.await(ev.N, cmd)
}

// A longLine is the start of a line that was cut. What it asks for counts when its end
// has come.
type longLine struct {
	n    int // number of its event
	cmd  Command
	auth bool // it answers a challenge
}

func (d *Dissector) endLong() {
	l := d.long
	d.long = nil
	switch {
	case l == nil:
	case l.auth:
		d.awaitAuth(l.n)
	default:
		d.await(l.n, l.cmd)
	}
}

// await enters the command of event n into the queue of those that wait for a reply,
// and holds what follows where it hangs on that reply.
func (d *Dissector) await(n int, cmd Command) {
	id := cmd.id()
	if d.lost && id != verbStat && len(d.sent) == 0 {
		d.auth = ""
		if id == verbAuth {
			d.beginAuth(cmd)
		}
		return
	}
	if len(d.sent) >= maxSent {
		d.lose()
		return
	}
	c := sent{n: n, verb: id, multi: cmd.Multiline(), phase: d.phase}
	if id == verbDele || id == verbRetr {
		c.msg = number(firstWord(cmd.Arg))
	}
	d.sent = append(d.sent, c)
	if d.lost {
		return
	}
	d.hopes = d.hopes.after(c, assumed)
	switch {
	case id == verbAuth && !c.multi:
		d.beginAuth(cmd)
		d.mode = inHold
	case id == verbSTLS:
		d.auth, d.mode = "", inHold
	}
}

// stepHeld makes events of held octets only when there are more than may be held.
func (d *Dissector) stepHeld() bool {
	if len(d.scribe.Held(trace.Client)) <= trace.MaxHeld {
		return false
	}
	d.over = true
	d.spill()
	return true
}

// release lets go of what was held: it is what m says.
func (d *Dissector) release(m mode) {
	d.mode, d.read = m, 0
	d.early = len(d.scribe.Held(trace.Client))
	if d.over {
		d.over = false
		d.lose()
	}
}

// authLine makes out the line that answers a challenge (RFC 5034 §4).
func (d *Dissector) authLine(ev *trace.Event, line wire.Line) {
	text := ev.Payload()
	hide := d.hide(text)
	if len(hide) > 0 || d.scribe.ShowsSecrets() {
		d.authAnswer(ev, text)
	}
	d.judge(&unit{ev: ev, where: onAuth, line: line, text: text, mechanism: d.auth,
		step: d.authN, clear: d.readable(), early: d.early > 0, lost: d.lost})
	d.authN++
	d.swallow = ev.More && len(hide) > 0
	d.write(ev, hide...)
	if ev.More {
		d.long = &longLine{ev.N, Command{}, true}
		return
	}
	d.awaitAuth(ev.N)
}

func (d *Dissector) awaitAuth(n int) {
	if d.lost {
		d.mode = inCommands
		return
	}
	d.sent = append(d.sent, sent{n: n, verb: authLine})
	d.hopes = d.hopes.after(sent{verb: authLine}, assumed)
	d.mode = inHold
}

// readable says that what the client sends can be read by anyone, as far as the record
// tells.
func (d *Dissector) readable() bool { return !d.tls && !d.midway }

// The first octet of a TLS record says what it holds (RFC 8446 §5.1).
const (
	tlsFirst     = 0x14 // change_cipher_spec
	tlsHandshake = 0x16
	tlsLast      = 0x17 // application_data
)

// talksTLS says that the client began with a TLS record, on a port where POP3 is
// spoken, and changes the mode. Nothing can be said of the order of replies then.
func (d *Dissector) talksTLS() bool {
	held := d.scribe.Held(trace.Client)
	if d.tls || d.scribe.Seen(trace.Client) > 0 || len(held) < 2 {
		return false
	}
	if held[0] != tlsHandshake || held[1] != 3 { // 3: the major version of SSL 3 and all TLS
		return false
	}
	d.lose()
	d.mode, d.partial = inOpaque, false
	return true
}

// stepOpaque takes octets that are no lines.
func (d *Dissector) stepOpaque(e trace.End) bool {
	if len(d.scribe.Held(e)) < trace.MaxUnit {
		return false
	}
	d.opaque(e, trace.MaxUnit)
	return true
}

func (d *Dissector) opaque(e trace.End, n int) {
	first := d.scribe.Seen(e) == 0
	ev := d.scribe.Take(e, n, trace.Undecided)
	ev.EOL, ev.Lines = 0, 0
	if first && d.mode == inOpaque {
		d.judge(&unit{ev: ev, where: onTLS})
	}
	d.write(ev)
}

func firstWord(s string) string {
	w, _, _ := strings.Cut(strings.TrimSpace(s), " ")
	return w
}

func mechanism(cmd Command) string { return strings.ToUpper(firstWord(cmd.Arg)) }
