package main

import (
	"context"

	"github.com/spf13/cobra"

	"mailtool/internal/sasl"
	"mailtool/smtp"
	"mailtool/trace"
)

// A probing is one run of "smtp probe": it listens to what a server says of itself, and
// asks for nothing else. What servers offer differs in clear, in TLS and after a log-in, so
// it goes as far as it can.
type probing struct {
	smtpCall
	found probeTable
}

// newProbe is "smtp probe".
func (p *program) newProbe() *cobra.Command {
	b := &probing{smtpCall: p.newSMTPCall()}
	b.found = probeTable{call: &b.call, logIn: "AUTH", about: "smtp/extension/"}
	for _, x := range smtp.FullExtensions() {
		b.found.wanted = append(b.found.wanted, x.Keyword)
	}
	c := p.command("probe", func(c *cobra.Command, _ []string) error { return b.run(c.Context()) })
	b.flags(c)
	return c
}

func (b *probing) run(ctx context.Context) error {
	b.lock.curious = true
	if err := b.check(ctx); err != nil {
		return err
	}
	b.lock.anybody = !b.who.given() // whom nothing is told may be anybody
	l, err := b.p.newLive(&b.shown, liveOptions{Protocol: trace.SMTP})
	if err != nil {
		return err
	}
	err = b.smtpCall.run(ctx, l, func(c *smtp.Client) error { return b.listen(l, c) })
	if len(b.heard) > 0 { // how far it came is worth knowing, too
		b.found.table(l)
		l.judge = func(*tally) string { return b.p.counted("verdict/extensions", b.found.offers()) }
	}
	return l.finish(err, b.next()...)
}

// listen is what stands between EHLO and QUIT: after a log-in, EHLO again.
func (b *probing) listen(l *live, c *smtp.Client) error {
	if l.refused() == "EHLO" {
		b.found.refused = "probe/no-ehlo"
	}
	b.found.bound = sasl.TLSExporter(c.TLS()) != nil
	if !b.who.given() {
		return nil
	}
	if err := b.ehlo(c, true); err != nil {
		return b.told(l.culprit(err), err)
	}
	return nil
}

// next is what can be tried with what is offered.
func (b *probing) next() []offer {
	var list []offer
	for _, o := range []struct {
		keyword string
		offer
	}{
		{"PIPELINING", offer{"mailtool smtp send --pipelining", "next/pipelining"}},
		{"CHUNKING", offer{"mailtool smtp send --chunking=64", "next/chunking"}},
		{"DSN", offer{"mailtool smtp send --notify success", "next/notify"}},
	} {
		if b.found.has(o.keyword) {
			list = append(list, o.offer)
		}
	}
	list = append(list, offer{"mailtool smtp vrfy", "next/vrfy"})
	for i := range list {
		list[i].command += b.words()
	}
	return list
}
