package main

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/smtp"
	"mailtool/trace"
	"mailtool/trace/explain"
)

// An inquiry is a command of SMTP that makes sense alone: VRFY, EXPN, NOOP, HELP.
type inquiry struct {
	smtpCall
	verb   string
	word   string // that may follow, as in the usage
	sample string // what is asked where nobody says otherwise
	ask    func(c *smtp.Client, words string) (*smtp.Reply, error)
}

// newInquiries are the commands "smtp vrfy", "smtp expn", "smtp noop" and "smtp help".
func (p *program) newInquiries() []*cobra.Command {
	noop := func(c *smtp.Client, _ string) (*smtp.Reply, error) { return c.Noop() }
	return []*cobra.Command{
		p.newInquiry("vrfy [NAME]", inquiry{sample: "bob", ask: (*smtp.Client).Vrfy}),
		p.newInquiry("expn [LIST]", inquiry{sample: "friends", ask: (*smtp.Client).Expn}),
		p.newInquiry("noop", inquiry{ask: noop}),
		p.newInquiry("help [TOPIC]", inquiry{ask: (*smtp.Client).Help}),
	}
}

func (p *program) newInquiry(use string, q inquiry) *cobra.Command {
	q.smtpCall = p.newSMTPCall()
	name, word, _ := strings.Cut(use, " ")
	q.verb, q.word = strings.ToUpper(name), strings.Trim(word, "[]")
	c := p.command(use, func(c *cobra.Command, args []string) error {
		return q.run(c.Context(), args)
	})
	if q.word != "" {
		c.Args = cobra.ArbitraryArgs // a name may be of several words
	}
	q.flags(c)
	return c
}

func (q *inquiry) run(ctx context.Context, args []string) error {
	if err := q.check(ctx); err != nil {
		return err
	}
	words := strings.Join(args, " ")
	if strings.ContainsAny(words, "\r\n\x00") {
		return fail(exitUsage, "error/inquiry/line", "verb", q.verb)
	}
	l, err := q.p.newLive(&q.shown, liveOptions{Protocol: trace.SMTP})
	if err != nil {
		return err
	}
	switch {
	case len(args) > 0:
	case q.sample != "":
		words = q.sample
		l.note("assume/inquiry", "word", q.word, "verb", q.verb, "words", words)
	case q.verb == "HELP":
		l.note("assume/help", "command", "mailtool smtp --help")
	}
	err = q.smtpCall.run(ctx, l, func(c *smtp.Client) error { return q.speak(l, c, words) })
	if e := (*problem)(nil); q.verb == "HELP" && errors.As(err, &e) &&
		e.status == exitNoConnection { // perhaps that was not the help that was meant
		e.hint("hint/did-you-mean", "mailtool smtp --help")
	}
	return l.finish(err, offer{"mailtool smtp probe" + q.words(), "next/probe"},
		offer{"mailtool smtp shell" + q.shellWords(), "next/shell"})
}

// speak asks, and makes the summary of the answer.
func (q *inquiry) speak(l *live, c *smtp.Client, words string) error {
	reply, err := q.ask(c, words)
	if reply != nil {
		l.judge = func(*tally) string { return q.verdict(reply) }
	}
	what := strings.TrimSpace(q.verb + " " + words)
	var missing *smtp.NotOfferedError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &missing):
		return fail(exitLocal, "error/not-offered", "flag", what, "extension", missing.Keyword)
	case reply == nil:
		return q.told(what, err)
	}
	e := q.refusedProblem(refusal{what, reply}, 0)
	if q.verb == "VRFY" || q.verb == "EXPN" {
		switch reply.Code {
		case 500, 502, 550:
			if len(e.hints) == 0 {
				e.hint("hint/refused/inquiry", "")
			}
		}
	}
	return e
}

// verdict says what a reply means.
func (q *inquiry) verdict(r *smtp.Reply) string {
	key := "smtp/reply/" + strconv.Itoa(r.Code)
	text, _, ok := explain.Meaning(q.p.lang, key+"/"+q.verb)
	if !ok {
		text, _, _ = explain.Meaning(q.p.lang, key)
	}
	return q.p.say("verdict/reply", "verb", q.verb, "code", strconv.Itoa(r.Code), "meaning", text)
}
