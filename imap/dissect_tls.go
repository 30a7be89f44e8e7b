package imap

import "mailtool/trace"

// stepOpaque takes octets that are no lines.
func (d *Dissector) stepOpaque(e trace.End) bool {
	if len(d.scribe.Held(e)) < trace.MaxUnit {
		return false
	}
	d.undecided(e, trace.MaxUnit)
	return true
}

// talksTLS says that the client began with a TLS record, on a port where IMAP is
// spoken, and changes the mode (RFC 8446 §5.1: type 22, version 3.x).
func (d *Dissector) talksTLS() bool {
	held := d.scribe.Held(trace.Client)
	if d.mode != inCommands || d.known.tls || d.scribe.Seen(trace.Client) > 0 || d.ends[0].cut ||
		len(held) < 2 || held[0] != 0x16 || held[1] != 3 {
		return false
	}
	d.mode, d.tls = inOpaque, true
	return true
}
