package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/internal/pki"
	"mailtool/smtp"
)

// A joining is one run of "mailtool join".
type joining struct {
	*program
	who         credentials
	fingerprint string // --fingerprint: the authority's, as the teacher has told it
	offset      int    // --port-offset
	standard    bool   // --standard-ports
	person      bool   // somebody sits there who can be asked
}

// newJoin is "mailtool join HOST [USER]": from then on clients go to the server of a class.
func (p *program) newJoin() *cobra.Command {
	j := &joining{program: p}
	c := p.command("join [HOST] [USER]", func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return p.present()
		}
		j.person = isTerminal(p.in)
		return j.run(c.Context(), args[0], append(args, "")[1]) // "" where no name is given
	})
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) > 2 { // the third may be the password: it is not said again
			return p.helpHint(fail(exitUsage, "error/join/words"), c)
		}
		return nil
	}
	fs := c.Flags()
	fs.StringVarP(&j.who.password, "password", "p", "", "")
	fs.StringVar(&j.who.file, "password-file", "", "")
	fs.StringVar(&j.fingerprint, "fingerprint", "", "")
	fs.IntVar(&j.offset, "port-offset", 0, "")
	fs.BoolVar(&j.standard, "standard-ports", false, "")
	j.who.said = fs.Changed
	return c
}

// present says which class is joined.
func (p *program) present() error {
	r, err := p.room()
	switch {
	case err != nil:
		return err
	case r == nil:
		p.note(p.out, "leave/nowhere")
		p.note(p.out, "join/how")
		return nil
	}
	p.note(p.out, "join/present", "host", r.Host, "address", r.address())
	p.describeRoom(r)
	p.note(p.out, "join/end")
	return nil
}

// describeRoom says where mail goes, whom we believe, and what passes in clear.
func (p *program) describeRoom(r *room) {
	var open []string
	for _, s := range allServices {
		if port := r.Ports[s.name]; port != 0 {
			open = append(open, s.name+" "+strconv.Itoa(port))
		}
	}
	p.note(p.out, "join/services", "services", strings.Join(open, p.say("verdict/comma")))
	if block, _ := pem.Decode([]byte(r.Authority)); block != nil {
		if c, err := x509.ParseCertificate(block.Bytes); err == nil {
			p.note(p.out, "join/authority", "subject", c.Subject.String(),
				"fingerprint", pki.Fingerprint(c))
		}
	}
	switch {
	case !r.TLS:
		p.note(p.out, "join/lesson/clear")
	case r.Lesson:
		p.note(p.out, "join/lesson")
	}
}

func (j *joining) run(ctx context.Context, host, user string) error {
	if err := j.check(host); err != nil {
		return err
	}
	host = strings.Trim(host, "[]")
	if j.who.user = user; user == "" {
		if err := j.askUser(); err != nil {
			return err
		}
	}
	if err := j.who.sayable("user", j.who.user); err != nil {
		return err
	}
	doors := j.knock(ctx, host, j.offset, j.standard)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	j.tell(host, doors)
	d := entrance(doors)
	if d == nil {
		return j.nobody(host, doors)
	}
	r := &room{Host: host, Ports: map[string]int{}, User: j.who.user,
		Domain: domainOf(d.host), TLS: len(d.chain) > 0, Lesson: d.lesson}
	for _, d := range doors {
		if d.err == nil {
			r.Ports[d.name] = d.port
		}
	}
	var err error
	if r.TLS {
		r.Authority, err = j.believe(host, d.chain)
	} else {
		err = j.dare(r)
	}
	if err != nil {
		return err
	}
	if err := j.who.find(ctx, j.program, host, ""); err != nil {
		return err
	}
	r.Password = j.who.secret
	if err := j.prove(ctx, r, d.spoken); err != nil {
		return err
	}
	return j.keepRoom(r)
}

// askUser asks a person for the name: it stands beside the password.
func (j *joining) askUser() error {
	if j.who.user = j.Getenv("MAILTOOL_USER"); j.who.user != "" {
		return nil
	}
	if !j.person {
		return fail(exitUsage, "error/join/user").hint("hint/join/user", "mailtool join HOST USER")
	}
	fmt.Fprint(j.err, j.say("join/ask-user")+" ")
	line, err := j.inputLine()
	if j.who.user = strings.TrimSpace(string(line)); err == nil && j.who.user == "" {
		return fail(exitUsage, "error/join/user").hint("hint/join/user", "mailtool join HOST USER")
	}
	return err
}

// check looks at the words before a server is bothered.
func (j *joining) check(host string) error {
	if strings.Contains(host, "@") { // what stands before it may hold a password
		return fail(exitUsage, "error/server/log-in").
			hint("hint/server/log-in", "mailtool join HOST USER")
	}
	bare := strings.Trim(host, "[]")
	if h, port, err := splitServer(host); err != nil || h != bare || port != "" {
		return fail(exitUsage, "error/join/host", "host", host).
			hint("hint/join/port", "--port-offset")
	}
	if j.standard && j.offset != 0 {
		return twoFlags("--standard-ports", "--port-offset")
	}
	for _, s := range allServices {
		if n := s.port + j.offset; n < 1 || n > 65535 {
			return fail(exitUsage, "error/join/offset", "n", strconv.Itoa(j.offset))
		}
	}
	if j.who.said("fingerprint") && len(hexDigits(j.fingerprint)) != 64 {
		return fail(exitUsage, "error/join/fingerprint/form", "text", j.fingerprint)
	}
	return nil
}

// hexDigits are those of a fingerprint, however it was written; "" where it holds others.
func hexDigits(text string) string {
	text = strings.ToUpper(strings.NewReplacer(":", "", " ", "").Replace(text))
	if strings.Trim(text, "0123456789ABCDEF") != "" {
		return ""
	}
	return text
}

// tell says what was found at each door.
func (j *joining) tell(host string, doors []door) {
	for _, d := range doors {
		key := "join/door"
		switch {
		case d.err != nil:
			key = "join/door/closed"
		case len(d.chain) == 0:
			key = "join/door/clear"
		}
		why := ""
		if d.err != nil {
			why = j.doorTrouble(d)
		}
		j.note(j.out, key, "addr", d.addr, "service", d.name, "why", why)
	}
}

// doorTrouble says in few words why nobody gets in at a door.
func (j *joining) doorTrouble(d door) string {
	e := dialProblem(j.asked, d.spoken, d.addr, d.err)
	if e.key == "error/dial/other" { // somebody listens, and something is wrong
		e = j.explained(d.err)
	}
	return j.sentence(e.key, e.args)
}

// nobody tells of a host that is no class's server.
func (j *joining) nobody(host string, doors []door) error {
	e := fail(exitNoConnection, "error/join/nobody", "host", host)
	for _, d := range doors {
		if d.err == nil { // somebody is there, whoever it is
			return fail(exitNoConnection, "error/join/no-log-in", "host", host).
				hint("hint/join/address", "")
		}
		e.because(d.err)
	}
	return e.hint("hint/join/address", "").hint("hint/join/network", "")
}

// prove logs in as all clients will, by the protocol spoken: what does not work is not kept.
func (j *joining) prove(ctx context.Context, r *room, spoken *protocol) error {
	j.joined = r
	defer func() { j.joined = nil }()
	nothing := func(string) bool { return false }
	k := call{p: j.program, lock: secureFlags{mode: tlsAuto}, shown: display{quiet: true},
		to:  target{protocol: spoken, tls: tlsAuto, user: true},
		who: credentials{user: r.User, secret: r.Password, room: r, said: nothing}}
	l, err := j.newLive(&k.shown, liveOptions{Protocol: spoken.name})
	if err != nil {
		return err
	}
	defer j.closeScreen(l.queue)
	switch spoken {
	case &pop3Protocol:
		c := popCall{call: k}
		err = c.run(ctx, l, func(*popSession) error { return nil })
	case &imapProtocol:
		c := imapCall{call: k}
		err = c.run(ctx, l, func(*imapSession) error { return nil })
	default:
		c := smtpCall{call: k}
		err = c.run(ctx, l, func(*smtp.Client) error { return nil })
	}
	err = l.masked(err)
	if e := (*problem)(nil); errors.As(err, &e) && e.status == exitAuth {
		e.hints = nil
		e.hint("hint/join/password", "")
	}
	return err
}

// keepRoom keeps what was found, and says so.
func (j *joining) keepRoom(r *room) error {
	before, _ := j.program.room() // a file that cannot be read is replaced like any other
	if err := j.enter(r); err != nil {
		return err
	}
	if before != nil && before.Host != r.Host {
		j.note(j.out, "join/instead", "host", before.Host, "address", before.address())
	}
	path, err := j.roomPath()
	if err != nil {
		return err
	}
	j.note(j.out, "join/joined", "host", r.Host, "address", r.address())
	if r.Lesson {
		j.note(j.out, "join/lesson")
	}
	j.note(j.out, "join/kept", "file", path)
	if server := j.Getenv("MAILTOOL_SERVER"); server != "" {
		server = server[strings.LastIndex(server, "@")+1:] // a password may stand before it
		j.note(j.out, "join/named", "server", server)
	}
	j.note(j.out, "join/end")
	if isTerminal(j.out) {
		j.next(j.out, []offer{{"mailtool smtp send", "next/join/send"},
			{"mailtool pop3 list", "next/join/list"},
			{"mailtool leave", "next/join/leave"}})
	}
	return nil
}
