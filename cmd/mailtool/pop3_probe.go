package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"mailtool/internal/sasl"
	"mailtool/pop3"
)

// A popProbing is one run of "pop3 probe": see probing.
type popProbing struct {
	popCall
	found probeTable
}

// newPOP3Probe is "pop3 probe".
func (p *program) newPOP3Probe() *cobra.Command {
	b := &popProbing{popCall: p.newPOP3Call()}
	b.who.needed, b.toldAll = false, true
	b.found = probeTable{call: &b.call, logIn: "SASL", about: "pop3/capability/"}
	for _, x := range pop3.StandardCapabilities() {
		b.found.wanted = append(b.found.wanted, x.Keyword)
	}
	c := p.command("probe", func(c *cobra.Command, _ []string) error { return b.run(c.Context()) })
	b.flags(c)
	return c
}

func (b *popProbing) run(ctx context.Context) error {
	b.lock.curious = true
	if err := b.check(ctx); err != nil {
		return err
	}
	b.lock.anybody = !b.who.given() // whom nothing is told may be anybody
	l, err := b.open()
	if err != nil {
		return err
	}
	err = b.popCall.run(ctx, l, func(s *popSession) error { return b.listen(s) })
	if len(b.heard) > 0 { // how far it came is worth knowing, too
		b.found.table(l)
		l.judge = func(*tally) string {
			return b.p.counted("verdict/pop3/capabilities", b.found.offers())
		}
	}
	return l.finish(err, offer{"mailtool pop3 list" + b.words(), "next/pop3/list"})
}

// listen is what stands between CAPA and QUIT: after a log-in, CAPA again.
func (b *popProbing) listen(s *popSession) error {
	if s.Capabilities == nil { // what RFC 1939 has itself may be there all the same
		b.found.refused = "probe/no-capa"
		b.found.wanted = slices.DeleteFunc(b.found.wanted, func(keyword string) bool {
			return keyword == "TOP" || keyword == "UIDL"
		})
	}
	b.found.bound = sasl.TLSExporter(s.TLS()) != nil
	if !b.who.given() {
		return nil
	}
	return s.refused("CAPA", s.capa(true))
}
