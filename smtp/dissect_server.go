package smtp

import (
	"strings"

	"mailtool/trace"
)

// stepServer makes one event of the server's octets, if there are enough of them.
func (d *Dissector) stepServer() bool {
	if d.mode == inHandshake {
		return d.stepOpaque(trace.Server)
	}
	ev, ok := d.line(trace.Server)
	if !ok {
		return false
	}
	if d.mode == inOpaque { // what is no lines is cut where the other end speaks
		d.flush(trace.Client)
	}
	d.replyLine(ev)
	return true
}

// maxKeyword is how many octets of an EHLO keyword are kept: a few replies to EHLO may be
// remembered at a time, and a dissector's memory is bounded.
const maxKeyword = 64

// maxMechanisms is how many octets of the mechanisms of AUTH are kept, for the same reason.
const maxMechanisms = 400

// replyLine makes out a line of a reply, which may have many (RFC 5321 §4.2.1).
func (d *Dissector) replyLine(ev *trace.Event) {
	if d.cut { // the rest of a line that was too long
		d.cut = ev.More
		d.write(ev)
		return
	}
	d.rememberHeld()
	text := ev.Payload()
	code, last, rest, ok := ParseReplyLine(text)
	first := d.reply.first == 0
	if first {
		d.beginReply(code)
	}
	if ok {
		ev.Verb = codeWord(code)
	}
	ev.Answers, ev.Phase = d.reply.to.n, d.reply.to.phase
	if d.reply.to.verb == greeting {
		ev.Kind = trace.Greeting
	}
	if ev.Phase == "" && code == 421 {
		ev.Phase = Close
	}
	ev.Final = last || !ok
	if !first {
		ev.Part = d.reply.first
	}
	if ok && d.reply.to.verb == "EHLO" && d.reply.lines > 0 {
		d.reply.offer(string(rest))
	}
	d.secrecy = d.secrecy || code == 334 // nothing but AUTH is answered so
	if ev.Final {
		d.settle(d.reply.to, d.reply.code)
		if !ok && d.reply.to.verb == greeting {
			// Whoever finds a POP3 server there owes it no QUIT.
			d.known.down, d.hopes.down = true, true
		}
	}
	u := d.about(ev, onReply)
	u.line, u.first, u.code, u.whole = d.lines[slot(trace.Server)].Line(), first, code, d.reply.code
	u.ok, u.rest = ok, rest
	u.to, u.asked, u.suspects = d.reply.to, d.reply.asked, d.message.suspects
	d.judge(u)
	ev.State = d.known.state()
	d.cut = ev.More
	d.write(ev, d.hideReply(u)...)
	if first {
		d.reply.first = ev.N
	}
	d.reply.lines++
	if ev.Final {
		d.conclude()
	}
}

// beginReply finds out which command a reply answers. Where none waits, it may be the end of a
// message, which the server saw where the standard sees none.
func (d *Dissector) beginReply(code int) {
	if d.mode == inSuspect && len(d.sent) == 0 && d.tookForEnd() {
		d.follow()
		for d.stepClient() {
		}
	}
	d.reply = reply{code: code}
	if len(d.sent) > 0 {
		d.reply.to, d.reply.asked = d.sent[0].sent(), true
	}
}

// offer enters a line of the reply to EHLO. Of parameters only the mechanisms of AUTH are
// asked for later.
func (r *reply) offer(line string) {
	keyword, params, _ := strings.Cut(line, " ")
	keyword = keyword[:min(len(keyword), maxKeyword)]
	if strings.EqualFold(keyword, "AUTH") && len(params) <= maxMechanisms && !r.offers.Has("AUTH") {
		keyword += " " + params
	}
	r.offers.Add(keyword)
}

// settle draws what the reply to c says about the session's state.
func (d *Dissector) settle(c sent, code int) {
	if d.lost {
		if (c.verb == "EHLO" || c.verb == "HELO") && code == 250 {
			d.found(c.verb, d.reply.offers)
		}
		return
	}
	if !d.reply.asked {
		d.known.down = d.known.down || code == 421
		d.hopes.down = d.known.down
		return
	}
	if len(d.sent) > 16 {
		d.sent = d.sent[1:]
	} else { // its memory is used again
		d.sent = d.sent[:copy(d.sent, d.sent[1:])]
	}
	d.known = d.known.after(c, code)
	if c.verb == "MAIL" && code >= 400 && d.remote && len(d.sent) > 0 {
		// More of the group may be on its way, from a client that has not read this.
		d.known.unsure = true
	}
	if c.verb == "EHLO" && code == 250 {
		d.known.offers = d.reply.offers
	}
	if c.asHoped(code) {
		return // so is all that was drawn from it, for thousands of commands perhaps
	}
	d.hopes = d.known
	for _, waiting := range d.sent {
		d.hopes = d.hopes.after(waiting.sent(), assumed)
	}
}

// conclude lets the client's octets go that hung on the reply that is now complete.
func (d *Dissector) conclude() {
	c, code := d.reply.to, d.reply.code
	d.reply = reply{}
	switch {
	case code == 354 && (c.verb == "DATA" || d.lost):
		d.release(inData, "DATA")
		d.beginData(c.n)
	case code == 334 && (c.verb == "AUTH" || c.verb == authLine || d.lost):
		d.release(inAuth, "AUTH")
	case c.verb == "AUTH" && d.authN == 1 && (d.auth == "PLAIN" || d.auth == "EXTERNAL"):
		d.auth = ""
		d.release(inCommands, "") // nothing in it hangs on the reply (RFC 4954 §4)
	case c.verb == "AUTH" || c.verb == authLine:
		d.auth = ""
		d.release(inCommands, "AUTH")
	case c.verb == "STARTTLS" && code == 220:
		d.handshake()
	case d.mode == inHold && (c.verb == "DATA" || c.verb == "STARTTLS"):
		d.release(inCommands, c.verb)
	}
}

// tookForEnd says whether a server that replied within a message took a suspect for its
// end: nothing follows it, since the client waits for the reply, or a command does.
func (d *Dissector) tookForEnd() bool {
	rest := d.scribe.Held(trace.Client)[d.message.suspect.end:]
	if len(rest) == 0 {
		return true
	}
	line, _, _ := strings.Cut(string(rest[:min(len(rest), 64)]), "\n")
	return knownVerb(strings.ToUpper(firstWord(strings.TrimRight(line, "\r"))))
}

// codeWord is the code in three digits, of a table: it costs no memory.
func codeWord(code int) string {
	if code < 0 || code > 999 {
		return ""
	}
	return codeWords[3*code : 3*code+3]
}

var codeWords = func() string {
	b := make([]byte, 0, 3000)
	for c := range 1000 {
		b = append(b, byte('0'+c/100), byte('0'+c/10%10), byte('0'+c%10))
	}
	return string(b)
}()
