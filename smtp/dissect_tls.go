package smtp

import (
	"net/netip"

	"mailtool/internal/wire"
	"mailtool/trace"
)

// beyond says that what the ends say to each other leaves the machine. An address that is
// not known is not held against anybody.
func beyond(o *trace.Opening) bool {
	server, err := netip.ParseAddrPort(o.ServerAddr)
	if err != nil || server.Addr().Unmap().IsLoopback() {
		return false
	}
	client, err := netip.ParseAddrPort(o.ClientAddr)
	return err != nil || client.Addr() != server.Addr()
}

// layer flushes what the old layer left behind and begins the new one.
func (d *Dissector) layer(l *trace.Layer) {
	ok := l != nil && l.Err == ""
	if ok {
		d.flushAll()
		d.scribe.Rebase()
		d.former = d.known.hello != ""
		d.secure = d.secure || l.Name == tlsLayer
		d.restart()
	}
	ev := d.scribe.Mark(trace.NoEnd, trace.LayerChange, "")
	if l != nil {
		ev.Verb, ev.Text, ev.Security = l.Name, l.Agreed, l.Security
		if !ok {
			ev.Text = l.Err
			d.known.down, d.hopes.down = true, true // nobody can say QUIT any more
		}
	}
	d.writeMark(ev, 0)
}

// restart forgets what was said below the new layer (RFC 3207 §4.2).
func (d *Dissector) restart() {
	d.mode, d.swallow, d.partial, d.early = inCommands, false, false, 0
	d.auth, d.authN = "", 0
	d.lines = [2]wire.LineScanner{}
	d.reply = reply{}
	d.sent = d.sent[:0]
	d.known = seen{greeted: d.known.greeted}
	d.hopes = d.known
	if !d.known.greeted {
		d.sent = append(d.sent, sent{verb: greeting, phase: Handshake}.queued())
	}
}

// handshake gives up octets that the client sent in clear behind STARTTLS: they are not
// protected, and must not be taken for what is (RFC 3207 §5).
func (d *Dissector) handshake() {
	d.release(inHandshake, "STARTTLS")
	d.first = [2]bool{true, true}
	held := d.scribe.Held(trace.Client)
	if len(held) == 0 || isTLSRecord(held[0]) {
		return
	}
	ev, hide := d.takeHeld(min(len(held), trace.MaxUnit))
	d.judgeClear(ev)
	d.write(ev, hide...)
}

// judgeClear judges the first octets of an end behind the 220 to STARTTLS: where they are no
// TLS they were sent in clear. Those of the server would be believed by a careless client.
func (d *Dissector) judgeClear(ev *trace.Event) {
	i := slot(ev.End)
	if d.mode != inHandshake || !d.first[i] || len(ev.Raw) == 0 {
		return
	}
	d.first[i] = false
	if !isTLSRecord(ev.Raw[0]) {
		d.judge(d.about(ev, onInjection))
	}
}

// isTLSRecord says that a record of TLS may begin with c (RFC 8446 §5.1).
func isTLSRecord(c byte) bool { return 20 <= c && c <= 23 }

// talksTLS says that the client began with a TLS record, on a port where SMTP is
// spoken, and changes the mode.
func (d *Dissector) talksTLS() bool {
	held := d.scribe.Held(trace.Client)
	if d.known.hello != "" || d.scribe.Seen(trace.Client) > 0 || len(held) == 0 || held[0] != 0x16 {
		return false
	}
	if len(held) < 2 || held[1] != 3 {
		return false
	}
	d.lose()
	d.mode = inOpaque
	d.tls = true
	return true
}

// stepOpaque takes octets that are no lines.
func (d *Dissector) stepOpaque(e trace.End) bool {
	s := &d.scribe
	n := min(len(s.Held(e)), trace.MaxUnit)
	if n < trace.MaxUnit {
		return false
	}
	d.opaque(e, n)
	return true
}

func (d *Dissector) opaque(e trace.End, n int) {
	if e == trace.Server {
		d.rememberHeld()
		ev := d.scribe.Take(e, n, trace.Undecided)
		ev.EOL, ev.Lines = 0, 0
		d.judgeClear(ev)
		d.write(ev)
		return
	}
	ev, hide := d.takeHeld(n)
	ev.EOL, ev.Lines = 0, 0
	d.judgeClear(ev)
	d.judgeTLS(ev)
	d.write(ev, hide...)
}

// judgeTLS judges the first octets of a client that talks TLS to a plain port, once.
func (d *Dissector) judgeTLS(ev *trace.Event) {
	if d.tls {
		d.tls = false
		d.judge(d.about(ev, onTLS))
	}
}
