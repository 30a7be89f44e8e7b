package sandbox

import (
	"crypto/tls"
	"strconv"
	"strings"

	"mailtool/mailbox"
	"mailtool/smtp"
	"mailtool/trace"
)

// envelope is what is kept of the mail transaction, beside the message.
func (d *delivery) envelope() mailbox.Envelope {
	t := d.t
	e := mailbox.Envelope{Sender: smtp.Path{Mailbox: t.From.Mailbox}.String(),
		Parameters: mailParameters(t), Hello: t.Peer.Hello, Protocol: t.With(),
		Account: t.Peer.Account, Received: d.box.o.Now()}
	if s := t.Peer.TLS; s != nil {
		e.TLS = tls.VersionName(s.Version) + " " + tls.CipherSuiteName(s.CipherSuite)
	}
	if t.Peer.Addr != nil {
		e.Peer = t.Peer.Addr.String()
		if n := d.box.session(trace.SMTP, t.Peer.Addr); n > 0 {
			e.Session = strconv.Itoa(n)
		}
	}
	for i, to := range t.To {
		e.Recipients = append(e.Recipients, mailbox.Recipient{
			Path: smtp.Path{Mailbox: to.Mailbox}.String(), Parameters: written(t.Notice(i).Params())})
	}
	return e
}

// mailParameters are those of MAIL, written again.
func mailParameters(t *smtp.Transaction) string {
	var all []smtp.Param
	if t.Size > 0 {
		all = append(all, smtp.Param{Key: "SIZE", Value: strconv.FormatInt(t.Size, 10)})
	}
	if t.Body != "" {
		all = append(all, smtp.Param{Key: "BODY", Value: t.Body})
	}
	if t.UTF8 {
		all = append(all, smtp.Param{Key: "SMTPUTF8"})
	}
	return written(append(all, t.ReportParams()...))
}

// written are parameters as they stand in a command.
func written(params []smtp.Param) string {
	words := make([]string, len(params))
	for i, p := range params {
		words[i] = p.String()
	}
	return strings.Join(words, " ")
}
