package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"mailtool/imap"
)

// An idling is one run of "imap idle": the server tells what happens in a folder.
type idling struct {
	imapCall
	most time.Duration // --for; 0 for no end
}

// newIMAPIdle is "imap idle".
func (p *program) newIMAPIdle() *cobra.Command {
	d := &idling{imapCall: p.newIMAPCall()}
	d.idle = true
	c := p.command("idle", func(c *cobra.Command, _ []string) error { return d.run(c.Context()) })
	c.Flags().DurationVar(&d.most, "for", 0, "")
	d.folderFlags(c, false)
	d.flags(c)
	return c
}

// run holds the session. Ctrl-C ends it at once, but while the server is listened to: then it
// ends IDLE, and there are words left to say.
func (d *idling) run(ctx context.Context) error {
	if d.most < 0 {
		return fail(exitUsage, "error/imap/for")
	}
	l, err := d.begin(ctx)
	if err != nil {
		return err
	}
	hold, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	patient := context.AfterFunc(ctx, end)
	err = d.imapCall.run(hold, l, func(s *imapSession) error {
		if err := s.open(true); err != nil {
			return err
		}
		return d.listen(ctx, l, s, patient)
	})
	return l.finish(err, d.nextLook()...)
}

// listen is IDLE (RFC 2177).
func (d *idling) listen(ctx context.Context, l *live, s *imapSession, patient func() bool) error {
	if there, err := s.offers("IDLE"); err != nil {
		return err
	} else if !there {
		return fail(exitRefused, "error/imap/no-idle").
			hint("hint/imap/no-idle", "mailtool imap noop"+d.words())
	}
	if !patient() {
		return ctx.Err()
	}
	l.judge = func(t *tally) string { return d.p.mailboxChange(&t.arrange) }
	if d.most > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.most)
		defer cancel()
		l.note("imap/idle/for", "time", d.most.String())
	} else {
		l.note("imap/idle")
	}
	_, err := s.Idle(ctx, func(imap.Data) {}) // the trace shows what comes
	return s.refused("IDLE", err)
}

// beginIdle has a server tell what happens, until done is called. What came of it is sent to over.
func beginIdle(ctx context.Context, c *imap.Client) (over <-chan error, done func()) {
	ctx, done = context.WithCancel(ctx)
	result := make(chan error, 1)
	go func() {
		_, err := c.Idle(ctx, func(imap.Data) {})
		result <- err
	}()
	return result, done
}
