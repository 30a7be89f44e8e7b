package smtp

import (
	"crypto/tls"
	"net"
	"time"
)

// A Peer is what a server knows of the client.
type Peer struct {
	Addr     net.Addr
	Hello    string               // what EHLO or HELO said
	Extended bool                 // it was EHLO
	TLS      *tls.ConnectionState // nil in clear
	Account  string               // who has logged in, "" for nobody
}

// literal is the client's address as an address literal (RFC 5321 §4.1.3). What has no IP
// address, as a pipe within a program, is called by the address of this machine.
func (p Peer) literal() string {
	tcp, ok := p.Addr.(*net.TCPAddr)
	switch {
	case !ok:
		return "[127.0.0.1]"
	case tcp.IP.To4() == nil:
		return "[IPv6:" + tcp.IP.String() + "]"
	}
	return "[" + tcp.IP.String() + "]"
}

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
