package main

import (
	"strings"

	"github.com/spf13/pflag"

	"mailtool/smtp"
)

// breakFlags are where a person wants a session to break off, to see what the other end
// makes of it.
type breakFlags struct {
	stop, drop string
	unread     bool

	given func(flag string) bool
}

func (b *breakFlags) flags(fs *pflag.FlagSet) {
	fs.StringVar(&b.stop, "stop-after", "", "")
	fs.StringVar(&b.drop, "drop-after", "", "")
	fs.BoolVar(&b.unread, "unread", false, "")
	b.given = fs.Changed
}

// points are the words for --stop-after and --drop-after.
var points = []string{smtp.AtConnect.String(), smtp.AtHelo.String(), smtp.AtMail.String(),
	smtp.AtRcpt.String(), smtp.AtData.String(), smtp.AtDot.String()}

// parse reads the flags.
func (b *breakFlags) parse(p *program) (smtp.Break, error) {
	var at smtp.Break
	stop, drop := b.given("stop-after"), b.given("drop-after")
	flag, word := "stop-after", b.stop
	switch {
	case stop && drop:
		return at, twoFlags("--stop-after", "--drop-after")
	case b.unread && !drop:
		return at, fail(exitUsage, "error/unread")
	case drop:
		flag, word = "drop-after", b.drop
	case !stop:
		return at, nil
	}
	var ok bool
	if at.At, ok = smtp.ParsePoint(word); !ok {
		return at, p.choice(flag, word, strings.Join(points, ", "))
	}
	at.Drop, at.Unread = drop, b.unread
	return at, nil
}

// brokenOff says in the summary where a session was broken off. chunked says that the
// message went in chunks, behind each of which QUIT can be said.
func (l *live) brokenOff(at smtp.Break, chunked bool) {
	key := "verdict/stopped"
	switch {
	case at.Unread:
		key = "verdict/dropped/unread"
	case at.Drop:
		key = "verdict/dropped"
	case at.At == smtp.AtData && !chunked:
		key = "verdict/stopped/data"
	}
	l.judge = func(t *tally) string {
		return l.p.verdict(t) + l.p.say("verdict/semicolon") +
			l.p.say(key, "point", at.At.String())
	}
}
