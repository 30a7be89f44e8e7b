package main

import (
	"context"
	"fmt"
	"strings"

	"mailtool/imap"
	"mailtool/sandbox"
	"mailtool/trace"
)

// arrange is the leg in which Bob leaves his mail on the server and reads it by IMAP on two
// devices at a time. They are shown by turns; then a new session shows what the server remembers.
func (t *tour) arrange(ctx context.Context) error {
	phone, err := t.agent("phone", nil)
	if err != nil {
		return err
	}
	laptop, err := t.agent("laptop", phone.live)
	if err != nil {
		return phone.live.finish(err)
	}
	later, err := t.agent("later", phone.live)
	if err != nil {
		return phone.live.finish(err)
	}
	t.paragraph(phone.live, "tour/imap/who", "host", t.box.Host())
	if err = t.together(ctx, phone, laptop); err == nil {
		err = later.remembers(ctx)
	}
	if err == nil && !t.d.quiet {
		err = t.beside(ctx, later.live)
		fmt.Fprintln(later.live)
	}
	err = phone.live.end(err)
	err = laptop.live.end(err)
	return later.live.finish(err, t.next()...)
}

// An agent is a program of Bob's that speaks IMAP, on one of his devices.
type agent struct {
	*tour
	name   string // in the keys of what is said of it
	live   *live
	client *imap.Client
	stop   func() bool
}

// agent makes one, whose session is shown on the same screen as that of another.
func (t *tour) agent(name string, beside *live) (*agent, error) {
	d := t.d
	d.save = savedBeside(d.save, "imap-"+name)
	l, err := t.newLive(&d, liveOptions{Protocol: trace.IMAP, Beside: beside, Typed: true})
	if err != nil {
		return nil, err
	}
	l.in = t.in
	l.heard = newHeard()
	l.judge = func(sum *tally) string {
		return t.say("tour/imap/verdict/"+name, "did", t.imapVerdict(&sum.arrange))
	}
	return &agent{tour: t, name: name, live: l}, nil
}

// tell says something about the device.
func (a *agent) tell(what string) { a.paragraph(a.live, a.key(what)) }

// explain says whether the lines that come now are explained: once is enough.
func (a *agent) explain(on bool) {
	a.live.mu.Lock()
	defer a.live.mu.Unlock()
	a.live.screen.Explain(on)
}

// together is what becomes of a letter on two devices: the phone waits in IDLE, and is told what
// the laptop does.
func (t *tour) together(ctx context.Context, phone, laptop *agent) error {
	defer phone.close()
	defer laptop.close()
	if err := phone.open(ctx, &imap.Select{Mailbox: imap.Inbox}); err != nil {
		return err
	}
	over, done := beginIdle(ctx, phone.client)
	defer done()
	if err := phone.live.heard.until(ctx, "+"); err != nil {
		return err
	}
	phone.tell("arrives")
	if err := t.another(ctx); err != nil {
		return err
	}
	if err := phone.live.heard.until(ctx, "RECENT"); err != nil {
		return err
	}
	phone.explain(false)
	if err := laptop.open(ctx, &imap.Select{Mailbox: imap.Inbox}); err != nil {
		return err
	}
	laptop.explain(true)
	if err := laptop.arranges(ctx, phone); err != nil {
		return err
	}
	done()
	if err := <-over; err != nil {
		return err
	}
	_, err := phone.client.Logout()
	return err
}

// open begins a session: in clear as in the books, or in TLS from the first octet; and opens a
// folder.
func (a *agent) open(ctx context.Context, folder *imap.Select) error {
	addr := a.box.IMAPAddr()
	if a.secure {
		addr = a.box.IMAPSAddr()
	}
	conn, err := a.connect(ctx, addr)
	if err != nil {
		return err
	}
	conn.host, conn.lab = a.box.Host(), a.authority
	a.explain(false) // the greeting is a long list of what the server can do
	a.tell("connect")
	tap := a.live.connect(conn, imap.NewDissector("1"), conn.opening())
	tap.Look = a.lock.look(a.program, conn)
	a.stop = context.AfterFunc(ctx, func() { tap.CloseWhy(trace.ClosedShutdown) })
	a.client = imap.NewClient(tap)
	a.client.Wire().Gate = a.stage(ctx, a.live, a.before)
	if a.secure {
		cfg, err := a.lock.config(a.program, conn)
		if err != nil {
			return err
		}
		if err := a.client.ImplicitTLS(ctx, cfg); err != nil {
			return err
		}
	}
	if err := a.client.Greet(); err != nil {
		return err
	}
	if _, err := a.client.Login("bob", sandbox.DefaultPassword); err != nil {
		return err
	}
	a.explain(a.name == "phone")
	_, err = a.client.Select(folder)
	return err
}

// close ends a session that was begun, if it has not ended.
func (a *agent) close() {
	if a.client != nil {
		a.client.Close()
		a.stop()
	}
}

// before is the key of what is said before something that the device's program sends.
func (a *agent) before(verb, before string) string {
	switch {
	case verb == "FETCH" && before == verb:
		verb = "read"
	case verb == "LOGIN" && a.name != "phone":
		return ""
	}
	return a.key(verb)
}

// key is the key of what is said of the device.
func (a *agent) key(what string) string {
	if a.secure && a.name == "phone" && (what == "connect" || what == "LOGIN") {
		return "tour/imap/secure/" + what
	}
	return "tour/imap/" + a.name + "/" + what
}

// another is one more letter of Alice's.
func (t *tour) another(ctx context.Context) error {
	letter, err := t.letter("Lunch on Friday?",
		"Hello Bob,\n\nat noon, in the garden? I bring the pickles.\n\nAlice\n")
	if err != nil {
		return err
	}
	return t.deliver(ctx, t.box, letter)
}

// arranges reads the letter, flags it and moves it. Behind each step stands what the phone is told
// of it.
func (a *agent) arranges(ctx context.Context, phone *agent) error {
	first := numbered(1)
	text, err := imap.ParseSection("TEXT")
	if err != nil {
		return err
	}
	fetch := func(item imap.FetchItem) func() error {
		return func() error {
			_, err := a.client.Fetch(&imap.Fetch{Messages: first, Items: []imap.FetchItem{item}},
				func(*imap.FetchData) error { return nil })
			return err
		}
	}
	for _, step := range []struct {
		do   func() error
		told string // to the phone
		key  string // what is said of that
	}{
		{fetch(imap.FetchItem{Kind: imap.FetchEnvelope}), "", ""},
		{fetch(imap.FetchItem{Kind: imap.FetchSection, Section: text}), "FETCH", "seen"},
		{func() error {
			_, _, err := a.client.Store(&imap.StoreCommand{Set: first,
				FlagChange: imap.FlagChange{Mode: imap.AddFlags, Flags: imap.FlagFlagged}})
			return err
		}, "FETCH", "flagged"},
		{func() error {
			_, err := a.client.Copy(&imap.CopyCommand{Move: true, Set: first, Mailbox: archive})
			return err
		}, "EXPUNGE", "moved"},
	} {
		phone.live.hold()
		if err := step.do(); err != nil {
			return err
		}
		if step.told == "" {
			continue
		}
		if err := phone.live.heard.until(ctx, step.told); err != nil {
			return err
		}
		phone.tell(step.key)
		phone.live.release()
	}
	a.explain(false)
	_, err = a.client.Logout()
	return err
}

// archive is the folder that letters are moved to: each account has it.
const archive = "Archive"

// remembers is a session of a new day: it finds all that was done in the others.
func (a *agent) remembers(ctx context.Context) error {
	defer a.close()
	if err := a.open(ctx, &imap.Select{Mailbox: archive, ReadOnly: true}); err != nil {
		return err
	}
	var found *imap.FetchData
	_, err := a.client.Fetch(&imap.Fetch{Messages: numbered(1),
		Items: []imap.FetchItem{{Kind: imap.FetchUID}, {Kind: imap.FetchFlags}, {Kind: imap.FetchEnvelope}}},
		func(x *imap.FetchData) error { found = x; return nil })
	if err != nil {
		return err
	}
	if _, err = a.client.Logout(); err != nil || found == nil {
		return err
	}
	found.Flags &^= imap.FlagRecent // that is this session's own
	a.paragraph(a.live, "tour/imap/after", "flags", flagNames(found), "uid", decimal(found.UID),
		"folder", archive)
	return nil
}

// besideWidth leaves room for "# " in a line of the tour's own.
const besideWidth = 74

// beside shows what the next session finds with POP3, and with IMAP. Both are tried, unseen.
func (t *tour) beside(ctx context.Context, l *live) error {
	k := &comparison{program: t.program, alone: true}
	k.addAll()
	if err := k.measure(ctx); err != nil {
		return err
	}
	t.paragraph(l, "tour/imap/beside")
	var b strings.Builder
	k.groups(&b, besideWidth, "memory")
	t.write(l, strings.TrimSuffix(b.String(), "\n"))
	return nil
}
