package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"mailtool/internal/sentence"
	"mailtool/smtp"
)

// TestNext: what is proposed after a letter goes where the letter went, and is not what was
// just done.
func TestNext(t *testing.T) {
	homeless(t)
	for _, c := range []struct {
		change func(*sending)
		want   string
	}{
		{func(*sending) {}, "smtp send -e|mailbox bob|trace show last|pop3 list|imap messages|smtp shell"},
		{func(s *sending) { s.shown.explain = true }, "mailbox bob|trace show last|pop3 list|imap messages|smtp shell"},
		{func(s *sending) { s.to.sandbox, s.to.profile = true, "full" },
			"smtp send --sandbox --profile full -e|pop3 list --sandbox --profile full|" +
				"imap messages --sandbox --profile full|" +
				"smtp shell --sandbox --profile full"},
		{func(s *sending) { s.to.server = "mx.test:2525" },
			"smtp send -s mx.test:2525 -e|smtp shell -s mx.test:2525"},
	} {
		s := &sending{smtpCall: testProgram(sentence.English).newSMTPCall()}
		s.serverFlags(&cobra.Command{})
		c.change(s)
		var got []string
		for _, o := range s.next() {
			got = append(got, strings.TrimPrefix(o.command, "mailtool "))
		}
		if got := strings.Join(got, "|"); got != c.want {
			t.Errorf("%s\nwant %s", got, c.want)
		}
	}
}

// TestRefusedAccounts: which accounts a server has is only known of one inside this program; that
// of a class has others.
func TestRefusedAccounts(t *testing.T) {
	homeless(t)
	for _, inside := range []bool{true, false} {
		k := testProgram(sentence.English).newSMTPCall()
		k.to.sandbox = inside
		e := fail(exitRefused, "error/refused")
		k.helpSMTP(e, "RCPT", smtp.NewReply(550, "5.1.1", "no such user here"))
		if got := e.hints[0].key == "hint/refused/accounts"; got != inside {
			t.Errorf("inside %v: %s", inside, e.hints[0].key)
		}
	}
}
