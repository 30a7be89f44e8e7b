package main

import (
	"strings"

	"mailtool/sandbox"
	"mailtool/smtp"
	"mailtool/trace"
)

// A follower shows the sessions that one account has a part in, and no others: it has logged
// in, or the mail is from or to it. That, a session says only after a while: what it said
// before is kept, and shown then.
type follower struct {
	account string // the name, or the whole address
	domain  string // of accounts without one
	watch   func(*sandbox.Session) trace.Sink
}

// keptForFollower is how many events of a session are kept that may prove to be the
// account's. Of one that says more without naming it the beginning is lost.
const keptForFollower = 1000

// sink is for a new session.
func (f *follower) sink(session *sandbox.Session) trace.Sink {
	var kept []*trace.Event
	var shown trace.Sink
	return func(events []*trace.Event) {
		if shown != nil {
			shown(events)
			return
		}
		kept = append(kept, trace.Clones(events)...)
		account := session.Account()
		in := f.is(account) || account != "" && f.is(account+"@"+f.domain)
		for _, ev := range events {
			if in || f.names(ev) {
				shown = f.watch(session)
				shown(kept)
				kept = nil
				return
			}
		}
		if n := len(kept) - keptForFollower; n > 0 {
			kept = append(kept[:0], kept[n:]...)
		}
	}
}

// names says that an event is a command with the account in it.
func (f *follower) names(ev *trace.Event) bool {
	if ev.Kind != trace.Command || ev.Verb != "MAIL" && ev.Verb != "RCPT" {
		return false
	}
	c, _ := smtp.ParseCommand(ev.Payload())
	m := c.Path.Mailbox
	return m.Local != "" && (f.is(m.Local) || f.is(m.String()))
}

// is says that a name is the account's.
func (f *follower) is(name string) bool {
	return name != "" && strings.EqualFold(name, f.account)
}
