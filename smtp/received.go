package smtp

import (
	"crypto/tls"
	"time"
)

// dateTime is the date-time of RFC 5322 §3.3.
const dateTime = "Mon, 2 Jan 2006 15:04:05 -0700"

// received is the field that every server puts on top of a message (RFC 5321 §4.4). It
// names the recipient only where there is one: among several it would show the others
// who got a blind copy (RFC 5321 §7.2).
func (t *Transaction) received(by string, at time.Time) []byte {
	from, literal := t.Peer.Hello, t.Peer.literal()
	if _, ok := ParseDomain(from); !ok {
		from = literal
	}
	b := make([]byte, 0, 256)
	for _, s := range [...]string{"Received: from ", from, " (", literal, ")\r\n\tby ", by,
		" with ", t.With(), " id ", t.ID} {
		b = append(b, s...)
	}
	if len(t.To) == 1 && t.To[0].Domain != "" {
		b = append(b, "\r\n\tfor "...)
		b = append(b, Path{Mailbox: t.To[0].Mailbox}.String()...)
	}
	if t.Peer.TLS != nil { // RFC 8314 §4.3
		b = append(append(b, "\r\n\ttls "...), tls.CipherSuiteName(t.Peer.TLS.CipherSuite)...)
	}
	b = at.AppendFormat(append(b, "; "...), dateTime)
	return append(b, crlf...)
}

// With is the protocol by which the message comes, as the Received field names it
// (RFC 3848, RFC 6531 §4.3).
func (t *Transaction) With() string {
	word := "ESMTP"
	switch {
	case t.UTF8:
		word = "UTF8SMTP"
	case !t.Peer.Extended:
		return "SMTP"
	}
	if t.Peer.TLS != nil {
		word += "S"
	}
	if t.Peer.Account != "" {
		word += "A"
	}
	return word
}

// ReturnPath is the field that the server of the mailbox puts on top when it delivers
// (RFC 5321 §4.4): the envelope's sender, which nothing else keeps.
func (e Envelope) ReturnPath() string {
	return "Return-Path: " + Path{Mailbox: e.From.Mailbox}.String() + "\r\n"
}
