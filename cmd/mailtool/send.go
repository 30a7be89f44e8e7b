package main

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/mime"
	"mailtool/smtp"
	"mailtool/trace"
)

// A sending is one run of "smtp send".
type sending struct {
	smtpCall
	letter  letterFlags
	broken  breakFlags
	reports reportFlags

	count      int
	pipelining bool
	chunk      int // octets a chunk; 0 where the message goes with DATA

	refusals []refusal
}

// chunkSize is how many octets go into a chunk where --chunking does not say.
const chunkSize = 64 << 10

// newSend is "smtp send": a letter, or files with messages, over one connection.
func (p *program) newSend() *cobra.Command {
	s := &sending{smtpCall: p.newSMTPCall()}
	c := p.command("send [FILE.eml...|-]", func(c *cobra.Command, args []string) error {
		return s.run(c.Context(), args)
	})
	c.Args = cobra.ArbitraryArgs
	s.letter.flags(c)
	fs := c.Flags()
	fs.IntVar(&s.count, "count", 1, "")
	fs.StringVar(&s.helo, "helo", "", "")
	fs.BoolVar(&s.pipelining, "pipelining", false, "")
	fs.IntVar(&s.chunk, "chunking", 0, "")
	fs.Lookup("chunking").NoOptDefVal = strconv.Itoa(chunkSize)
	s.reports.flags(fs)
	s.broken.flags(fs)
	fs.BoolVar(&s.textbook, "textbook", false, "")
	s.serverFlags(c)
	s.shown.liveFlags(fs)
	fs.BoolVar(&s.shown.step, "step", false, "")
	return c
}

func (s *sending) run(ctx context.Context, args []string) error {
	// Everything is read and checked before a server is bothered.
	if err := s.check(ctx); err != nil {
		return err
	}
	domain := s.labDomain()
	s.letter.writer = s.who.address(domain)
	if r := s.who.room; r != nil && s.who.given() {
		s.letter.writer = s.who.address(r.Domain)
		s.letter.reader = s.letter.writer // whoever else there is, this one is there
	}
	letters, notes, err := s.letter.letters(s.p, args)
	if err != nil {
		return s.meant(err, domain)
	}
	if err := s.reports.mark(s.p, letters); err != nil {
		return err
	}
	l, err := s.p.newLive(&s.shown, liveOptions{Protocol: trace.SMTP,
		Messages: s.count * len(letters)})
	if err != nil {
		return err
	}
	for _, n := range notes {
		l.note(n.key, n.args...)
	}
	s.picture(l, letters)
	err = s.smtpCall.run(ctx, l, func(c *smtp.Client) error { return s.sendAll(ctx, l, c, letters) })
	if errors.Is(err, smtp.ErrBroken) {
		l.brokenOff(s.at, s.chunk > 0)
		err = s.added(s.refusals)
	}
	return l.finish(err, s.next()...)
}

// meant adds to the problem of a letter what was likely to be meant: a size in place of a file,
// an account of the sandbox, whose domain it is.
func (s *sending) meant(err error, domain string) error {
	if file := (*os.PathError)(nil); errors.As(err, &file) && s.chunkFile(file.Path) {
		return fileProblem(file).hint("hint/chunking", "mailtool smtp send --chunking="+file.Path)
	}
	var e *problem
	if errors.As(err, &e) && e.key == mime.ErrAddressNoAt && domain != "" && mime.IsToken(e.args[1]) {
		return e.hint("hint/did-you-mean", e.args[1]+"@"+domain)
	}
	return err
}

// check looks at the flags.
func (s *sending) check(ctx context.Context) error {
	if s.count < 1 {
		return fail(exitUsage, "error/count")
	}
	if s.letter.given("chunking") && s.chunk < 1 {
		return fail(exitUsage, "error/chunking")
	}
	var err error
	if s.at, err = s.broken.parse(s.p); err != nil {
		return err
	}
	if s.pipelining && s.at != (smtp.Break{}) {
		return fail(exitUsage, "error/pipelining-break")
	}
	extension := s.reports.first()
	switch {
	case s.pipelining:
		extension = "--pipelining"
	case s.chunk > 0:
		extension = "--chunking"
	}
	if s.textbook && extension != "" {
		return fail(exitUsage, "error/textbook", "flag", extension)
	}
	return s.smtpCall.check(ctx)
}

// chunkFile says that the name of a file is meant as the value of --chunking, which can
// do without.
func (s *sending) chunkFile(name string) bool {
	n, err := strconv.Atoi(name)
	return s.chunk == chunkSize && err == nil && n > 0
}

// picture draws who pushes what to whom.
func (s *sending) picture(l *live, letters []*letter) {
	readers := map[string]string{}
	for _, m := range letters {
		for _, to := range m.envelope.To {
			readers[to.String()] = to.Local
		}
	}
	whose := s.p.counted("picture/mailboxes", len(readers))
	if len(readers) == 1 {
		whose = s.p.say("picture/mailbox", "user", letters[0].envelope.To[0].Local)
	}
	s.draw(l, "picture/push", "whose", whose)
}

// sendAll sends the messages, one after the other.
func (s *sending) sendAll(ctx context.Context, l *live, c *smtp.Client, letters []*letter) error {
	var local error
	for i := range s.count * len(letters) {
		m := letters[i%len(letters)]
		if i >= len(letters) {
			if err := m.renew(); err != nil {
				return err
			}
		}
		err := s.send(ctx, l, c, m)
		if missing := (*smtp.NotOfferedError)(nil); errors.As(err, &missing) {
			if local == nil {
				local = s.notOffered(m, missing)
			}
			continue
		}
		if err != nil {
			return err
		}
	}
	if local != nil {
		return local
	}
	return s.added(s.refusals)
}

// send sends one message. A refusal is noted, and the next may still be sent; what is
// returned ends the session.
func (s *sending) send(ctx context.Context, l *live, c *smtp.Client, m *letter) error {
	envelope, data := m.ready(c.Extensions)
	how := smtp.SendOptions{Pipelining: s.pipelining, Chunk: s.chunk}
	out, err := c.Send(context.WithoutCancel(ctx), envelope, data, how) // we close it ourselves
	for _, r := range out.Refused {
		s.refusals = append(s.refusals, refusal{"RCPT TO:" + r.To.String(), r.Reply})
	}
	var reply *smtp.Reply
	switch {
	case err == nil, errors.Is(err, smtp.ErrBroken):
		return err
	case errors.As(err, &reply) && reply.Code != 421:
		if len(out.Refused) == 0 {
			s.refusals = append(s.refusals, refusal{s.what(l, m, err), reply})
		}
		return nil
	}
	return s.told(s.what(l, m, err), err)
}

// what names the part of the transaction that err is about.
func (s *sending) what(l *live, m *letter, err error) string {
	switch verb := l.culprit(err); verb {
	case "":
		return s.p.say("what/reply")
	case "MAIL":
		return "MAIL FROM:" + m.envelope.From.String()
	case ".":
		return s.p.say("what/message")
	default:
		return verb
	}
}

// notOffered tells of a message that would have to be changed for this server. A header
// with other letters than ASCII needs more than 8BITMIME, whatever was missed first.
func (s *sending) notOffered(m *letter, missing *smtp.NotOfferedError) error {
	name, keyword := m.name, missing.Keyword
	if name == "" {
		name = s.p.say("name/letter")
	}
	flag := ""
	switch {
	case keyword == "CHUNKING":
		flag = "--chunking"
	case keyword == "DSN":
		flag = s.reports.first()
	case m.envelope.UTF8:
		keyword = "SMTPUTF8"
	}
	if flag == "" {
		key := strings.ToLower(keyword)
		if m.message != nil && key == "8bitmime" { // it was asked for
			return fail(exitLocal, "error/not-offered/8bitmime", "file", name).
				hint("hint/not-offered/encoding", "")
		}
		return fail(exitLocal, "error/not-offered/"+key, "file", name).
			hint("hint/not-offered/"+key, "")
	}
	e := fail(exitLocal, "error/not-offered", "flag", flag, "extension", keyword)
	if s.to.inside() {
		return e.hint("hint/not-offered/inside", "--profile full", "extension", keyword)
	}
	return e.hint("hint/not-offered", "mailtool serve --profile full", "extension", keyword)
}

// next is what can be done after it; what the server has of it can be seen where the
// server is another process.
func (s *sending) next() []offer {
	var list []offer
	if !s.shown.explain {
		list = append(list, offer{"mailtool smtp send" + s.words() + " -e", "next/explain"})
	}
	class, _ := s.to.class(s.p) // what is wrong with it has been said
	switch {
	case class != nil: // there whoever writes is a reader, too
		list = append(list, offer{"mailtool pop3 list", "next/join/list"})
	case s.to.inside():
		list = append(list, offer{"mailtool pop3 list" + s.to.words(), "next/pop3"},
			offer{"mailtool imap messages" + s.to.words(), "next/imap"})
	case s.ours():
		list = append(list, offer{"mailtool mailbox bob", "next/mailbox"},
			offer{"mailtool trace show last", "next/trace"},
			offer{"mailtool pop3 list", "next/pop3"}, offer{"mailtool imap messages", "next/imap"})
	}
	return append(list, offer{"mailtool smtp shell" + s.shellWords(), "next/shell"})
}
