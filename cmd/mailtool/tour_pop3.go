package main

import (
	"context"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"mailtool/internal/sasl"
	"mailtool/pop3"
	"mailtool/sandbox"
	"mailtool/trace"
)

// pull is the leg in which Bob's program fetches the letter by POP3 and deletes it.
func (t *tour) pull(ctx context.Context) error {
	d := t.d
	d.save = savedBeside(d.save, "pop3")
	l, err := t.newLive(&d, liveOptions{Protocol: trace.POP3})
	if err != nil {
		return err
	}
	l.in = t.in // what it has read and not used is the rest of the same input
	before := t.box.Count("bob")
	l.judge = func(*tally) string {
		return t.say("verdict/pop3/update", "before", t.counted("verdict/messages", before),
			"after", strconv.Itoa(t.box.Count("bob")))
	}
	t.paragraph(l, "tour/pop3/who", "host", t.box.Host())
	t.paragraph(l, "tour/pop3/before", "mails", t.mails())
	if err = t.fetch(ctx, l); err == nil {
		t.paragraph(l, "tour/pop3/after", "mails", t.mails())
		if !t.d.quiet {
			io.WriteString(l, "\n")
		}
	}
	return l.finish(err)
}

// savedBeside is the name of a file beside another one: what is added comes before the
// suffix. Without a file there is none beside it.
func savedBeside(file, add string) string {
	if file == "" {
		return ""
	}
	suffix := filepath.Ext(file)
	return strings.TrimSuffix(file, suffix) + "-" + add + suffix
}

// fetch is the dialogue, over a connection that is tapped on Bob's side.
func (t *tour) fetch(ctx context.Context, l *live) error {
	conn, err := t.connect(ctx, t.box.POP3Addr())
	if err != nil {
		return err
	}
	conn.host, conn.lab = t.box.Host(), t.authority
	t.paragraph(l, "tour/pop3/connect")
	tap := l.connect(conn, pop3.NewDissector("1"), conn.opening())
	tap.Look = t.lock.look(t.program, conn)
	stop := context.AfterFunc(ctx, func() { tap.CloseWhy(trace.ClosedShutdown) })
	defer stop()
	c := pop3.NewClient(tap)
	defer c.Close()
	c.Wire().Gate = t.stage(ctx, l, beforePull)
	if err = t.identify(ctx, c, conn); err == nil {
		err = download(c)
	}
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// identify says who Bob is: by USER and PASS as in the books, or with a log-in in TLS.
func (t *tour) identify(ctx context.Context, c *pop3.Client, conn *line) error {
	if err := c.Greet(); err != nil {
		return err
	}
	if !t.secure {
		_, err := c.Pass("bob", sandbox.DefaultPassword)
		return err
	}
	cfg, err := t.lock.config(t.program, conn)
	if err != nil {
		return err
	}
	if _, err := c.Capa(); err != nil {
		return err
	}
	if err := c.StartTLS(ctx, cfg); err != nil {
		return err
	}
	if _, err := c.Capa(); err != nil {
		return err
	}
	x, err := sasl.NewClient(sasl.Plain,
		sasl.Credentials{Name: "bob", Password: sandbox.DefaultPassword}, nil)
	if err != nil {
		return err
	}
	_, err = c.Auth(x)
	return err
}

// download fetches the first letter and has it deleted.
func download(c *pop3.Client) error {
	if _, err := c.Stat(); err != nil {
		return err
	}
	if _, err := c.ListAll(); err != nil {
		return err
	}
	if _, err := c.Retrieve(1, io.Discard); err != nil {
		return err
	}
	if _, err := c.Delete(1); err != nil {
		return err
	}
	_, err := c.Quit()
	return err
}

// beforePull is the key of what is said before something that Bob's program sends.
func beforePull(verb, before string) string {
	if before == "STLS" {
		return "tour/pop3/again"
	}
	return "tour/pop3/" + verb
}
