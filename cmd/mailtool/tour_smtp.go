package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"mailtool/mime"
	"mailtool/sandbox"
	"mailtool/smtp"
	"mailtool/trace"
)

// push is the leg in which Alice's program hands a letter to the mail server by SMTP.
func (t *tour) push(ctx context.Context) error {
	letter, err := t.letter("Do you like ketchup?",
		"Hello Bob,\n\ndo you like ketchup? And how about pickles?\n\nAlice\n")
	if err != nil {
		return err
	}
	l, err := t.newLive(&t.d, liveOptions{Protocol: trace.SMTP, Messages: 1})
	if err != nil {
		return err
	}
	t.in = l.in
	t.write(l, t.say("tour/welcome"))
	t.paragraph(l, t.key("who"), "host", t.box.Host())
	t.paragraph(l, "tour/smtp/before", "mails", t.mails())
	if t.d.step {
		t.paragraph(l, "tour/enter")
		t.waitEnter(ctx, l.in)
	}
	err = t.session(ctx, l, letter)
	if err == nil {
		err = t.arrived(ctx, l)
	}
	return l.finish(err)
}

// key is the key of a sentence that the secure tour has of its own.
func (t *tour) key(name string) string {
	if t.secure {
		return "tour/secure/" + name
	}
	return "tour/smtp/" + name
}

// letter is what Alice writes.
func (t *tour) letter(subject, text string) (*mime.Built, error) {
	return t.fromAlice(&t.ids, t.box.Domain(), subject, text)
}

// fromAlice is a letter from alice to bob: plain ASCII, as in 1982.
func (p *program) fromAlice(ids *mime.IDs, domain, subject, text string) (*mime.Built, error) {
	at := func(user string) mime.Address {
		name := strings.ToUpper(user[:1]) + user[1:]
		return mime.Address{Name: name, Local: user, Domain: domain}
	}
	m := mime.Letter{From: at("alice"), To: []mime.Address{at("bob")}, Date: p.Now(),
		MessageID: ids.Next(), Subject: subject, Text: text}
	return m.Build()
}

// session is the dialogue, over a connection that is tapped on Alice's side.
func (t *tour) session(ctx context.Context, l *live, letter *mime.Built) error {
	conn, err := t.connect(ctx, t.addr())
	if err != nil {
		return err
	}
	conn.host, conn.lab = t.box.Host(), t.authority
	t.paragraph(l, "tour/smtp/connect")
	tap := l.connect(conn, smtp.NewDissector("1"), conn.opening())
	tap.Look = t.lock.look(t.program, conn)
	stop := context.AfterFunc(ctx, func() { tap.CloseWhy(trace.ClosedShutdown) })
	defer stop()
	c := smtp.NewClient(tap)
	defer c.Close()
	c.Wire().Gate = t.stage(ctx, l, beforePush)
	if err := t.dialogue(ctx, c, conn, letter); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	}
	return nil
}

func (t *tour) dialogue(ctx context.Context, c *smtp.Client, conn *line,
	letter *mime.Built) error {
	hello := func() error {
		_, err := c.Hello(addressLiteral(conn))
		return err
	}
	if err := c.Greet(); err != nil {
		return err
	}
	if err := hello(); err != nil {
		return err
	}
	if t.secure {
		if err := t.logIn(ctx, c, conn, hello); err != nil {
			return err
		}
	}
	return handIn(ctx, c, t.box.Domain(), letter)
}

// handIn is the rest of a session, from the envelope of a letter from alice to bob on.
func handIn(ctx context.Context, c *smtp.Client, domain string, letter *mime.Built) error {
	address := func(user string) smtp.Path {
		return smtp.Path{Mailbox: smtp.Mailbox{Local: user, Domain: domain}}
	}
	envelope := smtp.Envelope{From: address("alice"), To: []smtp.Path{address("bob")}}
	data := bytes.NewReader(letter.Data)
	if _, err := c.Send(ctx, envelope, data, smtp.SendOptions{}); err != nil {
		return err
	}
	_, err := c.Quit()
	return err
}

// deliver brings a letter to bob by SMTP, unseen.
func (p *program) deliver(ctx context.Context, box *sandbox.Sandbox, letter *mime.Built) error {
	conn, err := p.connect(ctx, box.Addr())
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	c := smtp.NewClient(conn)
	defer c.Close()
	if err := c.Greet(); err != nil {
		return err
	}
	if _, err := c.Hello(addressLiteral(conn)); err != nil {
		return err
	}
	return handIn(ctx, c, box.Domain(), letter)
}

// beforePush is the key of what is said before something that Alice's program sends.
func beforePush(verb, before string) string {
	switch before {
	case "DATA":
		return "tour/smtp/message"
	case "STARTTLS":
		return "tour/secure/again"
	}
	return "tour/smtp/" + verb
}

// arrived shows what the session has left behind.
func (t *tour) arrived(ctx context.Context, l *live) error {
	t.paragraph(l, "tour/smtp/after", "mails", t.mails())
	mails, err := t.box.Mails(ctx, "bob")
	if err != nil || len(mails) == 0 {
		return err
	}
	header, _, _ := strings.Cut(string(mails[len(mails)-1].Data), "Date: ")
	t.quote(l, header)
	if t.secure {
		t.paragraph(l, "tour/secure/on-top")
	}
	t.paragraph(l, "tour/smtp/on-top")
	if !t.d.quiet {
		fmt.Fprintln(l)
	}
	return nil
}
