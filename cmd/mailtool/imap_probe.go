package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/imap"
	"mailtool/internal/sasl"
)

// An imapProbing is one run of "imap probe": see probing.
type imapProbing struct {
	imapCall
	found  probeTable
	own    imap.ID // what the server says it is (RFC 2971)
	quotas []*imap.QuotaData
}

// newIMAPProbe is "imap probe".
func (p *program) newIMAPProbe() *cobra.Command {
	b := &imapProbing{imapCall: p.newIMAPCall()}
	b.who.needed, b.toldAll = false, true
	b.found = probeTable{call: &b.call, logIn: "AUTH", about: "imap/capability/"}
	for _, c := range imap.StandardCapabilities() {
		if c != "IMAP4rev1" {
			b.found.wanted = append(b.found.wanted, c)
		}
	}
	c := p.command("probe", func(c *cobra.Command, _ []string) error { return b.run(c.Context()) })
	b.flags(c)
	return c
}

func (b *imapProbing) run(ctx context.Context) error {
	b.lock.curious = true
	l, err := b.begin(ctx)
	if err != nil {
		return err
	}
	b.lock.anybody = !b.who.given() // whom nothing is told may be anybody
	err = b.imapCall.run(ctx, l, func(s *imapSession) error { return b.listen(s) })
	if len(b.heard) > 0 { // how far it came is worth knowing, too
		b.found.table(l)
		b.limits(l)
		l.judge = func(*tally) string {
			return b.p.counted("verdict/imap/capabilities", b.found.offers())
		}
	}
	return l.finish(err, offer{"mailtool imap folders" + b.words(), "next/imap/folders"})
}

// listen is what stands between CAPABILITY and LOGOUT: after a log-in, CAPABILITY again, and how
// much room there is.
func (b *imapProbing) listen(s *imapSession) error {
	b.found.bound = sasl.TLSExporter(s.TLS()) != nil
	var err error
	if s.Capabilities.Has("ID") {
		if b.own, err = s.ID(nil); err != nil {
			return s.refused("ID", err)
		}
	}
	if !s.LoggedIn() {
		return nil
	}
	if s.Capabilities == nil {
		if _, err := s.Capability(); err != nil {
			return s.refused("CAPABILITY", err)
		}
	}
	s.hear(true)
	if s.Capabilities.Has("QUOTA") {
		_, b.quotas, err = s.QuotaRoot(imap.Inbox)
	}
	return s.refused("GETQUOTAROOT", err)
}

// limits says what the server calls itself, and how much room it gives.
func (b *imapProbing) limits(l *live) {
	var own []string
	for _, f := range b.own {
		if !f.None && f.Value != "" {
			own = append(own, f.Name+" "+f.Value)
		}
	}
	if len(own) > 0 {
		l.result("probe/id", "own", strings.Join(own, ", "))
	}
	for _, q := range b.quotas {
		for _, r := range q.Resources {
			l.result("probe/quota", "what", r.Name, "used", strconv.FormatInt(r.Usage, 10),
				"most", strconv.FormatInt(r.Limit, 10))
		}
	}
}
