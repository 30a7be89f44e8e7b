package main

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/imap"
	"mailtool/internal/sasl"
	"mailtool/internal/sentence"
	"mailtool/sandbox"
	"mailtool/trace"
)

// imapText is what the clients of IMAP say.
var imapText = sentence.New(textFiles, "text/imap")

// An imapCall is a call of IMAP: the greeting, a log-in, what the command is for, LOGOUT.
type imapCall struct {
	call
	folder string // --folder
	uid    bool   // --uid: messages are named by their UIDs

	toldAll bool // the server is asked for all that it can do, even where nothing hangs on it
	result  bool // the result goes to stdout, and the session to stderr
	drawn   bool // a picture says where the mail is
	idle    bool // silence is no news
}

// newIMAPCall is a call in which bob logs in, unless somebody else is named.
func (p *program) newIMAPCall() imapCall {
	return imapCall{call: call{p: p, to: target{protocol: &imapProtocol},
		who: credentials{sample: sampleTo, needed: true, protocol: imapProtocol.title}}}
}

// folderFlags are those of a command that is about one folder, and about messages in it.
func (k *imapCall) folderFlags(c *cobra.Command, messages bool) {
	c.Flags().StringVarP(&k.folder, "folder", "F", imap.Inbox, "")
	if messages {
		c.Flags().BoolVar(&k.uid, "uid", false, "")
	}
}

// again are the flags of the session, with the folder, to be put behind another command.
func (k *imapCall) again() string {
	if k.folder == "" || strings.EqualFold(k.folder, imap.Inbox) {
		return k.words()
	}
	return " -F " + quoted(k.folder) + k.words()
}

// same are those flags, for a command about messages of the same SET.
func (k *imapCall) same() string {
	if k.uid {
		return " --uid" + k.again()
	}
	return k.again()
}

// begin looks at the flags and makes the screen of the session.
func (k *imapCall) begin(ctx context.Context) (*live, error) {
	if k.folder != "" {
		if err := nameable(k.folder); err != nil {
			return nil, err
		}
	}
	if err := k.check(ctx); err != nil {
		return nil, err
	}
	l, err := k.p.newLive(&k.shown, liveOptions{Protocol: trace.IMAP, Result: k.result, Typed: k.idle})
	if err != nil {
		return nil, err
	}
	if k.folder != "" {
		k.onTheWire(l, k.folder)
	}
	if k.drawn {
		user, _, _ := strings.Cut(k.who.user, "@")
		k.draw(l, "picture/imap", "whose", k.p.say("picture/mailbox", "user", user))
	}
	return l, nil
}

// onTheWire says what a folder is called on the wire, where that is another name (RFC 3501
// §5.1.3).
func (k *imapCall) onTheWire(l *live, name string) {
	if wire := imap.EncodeName(name); wire != name {
		l.note("imap/name", "name", name, "wire", wire)
	}
}

// nameable refuses the name of a folder that no server can be told.
func nameable(name string) error {
	switch {
	case name == "":
		return fail(exitUsage, "error/imap/name/empty")
	case strings.ContainsAny(name, "\x00\r\n"):
		return fail(exitUsage, "error/imap/name/octets")
	}
	if back, err := imap.DecodeName(imap.EncodeName(name)); err != nil || back != name {
		return fail(exitUsage, "error/imap/name/utf8", "name", name)
	}
	return nil
}

// run holds the session; speak is what stands between the log-in and LOGOUT.
func (k *imapCall) run(ctx context.Context, l *live, speak func(s *imapSession) error) error {
	s := &imapSession{k: k, live: l}
	open := func(tap net.Conn, conn *line) speaker {
		s.conn, s.Client = conn, imap.NewClient(tap)
		return s
	}
	return k.call.run(ctx, l, open, func() error { return speak(s) })
}

// An imapSession is the client of an imapCall. It implements speaker.
type imapSession struct {
	*imap.Client
	k    *imapCall
	conn *line
	live *live

	mailbox *imap.Selection // the folder that is open; nil for none
	over    bool            // LOGOUT was said
}

// hello asks what the server can do, where anything hangs on that and it has not said so. Even in
// the session of the books, in clear on this machine, LOGIN hangs on it: a server that says
// LOGINDISABLED must not be told a password (RFC 3501 §6.2.3). There nothing else does, so one
// that knows no CAPABILITY has said that nothing is disabled; and the server of --profile textbook,
// which is our own, has nothing to say.
func (s *imapSession) hello() error {
	k := s.k
	wanted := k.toldAll || k.who.mechanism != "" || s.TLS() != nil || s.conn.beyond() || k.must(s.conn)
	login := k.who.given() && !s.LoggedIn() && k.to.profile != string(sandbox.Textbook)
	if s.Capabilities == nil && (wanted || login) {
		_, err := s.Capability()
		if err != nil && (wanted || replyIn(err) == nil || isFarewell(err)) {
			return err
		}
	}
	s.hear(false)
	return nil
}

// hear keeps what the server has said that it offers; known says that somebody has logged in.
func (s *imapSession) hear(known bool) {
	if s.Capabilities == nil {
		return
	}
	h := hearing{secret: s.TLS() != nil, known: known, mechanisms: s.Capabilities.Mechanisms()}
	for _, c := range s.Capabilities {
		h.offers = append(h.offers, offering{Keyword: c})
	}
	s.k.heard = append(s.k.heard, h)
}

func (s *imapSession) offersTLS() bool      { return s.Capabilities.Has("STARTTLS") }
func (s *imapSession) mechanisms() []string { return s.Capabilities.Mechanisms() }

func (s *imapSession) auth(x sasl.Client) error {
	_, err := s.Auth(x)
	return err
}

func (s *imapSession) mailtools() bool {
	return strings.Contains(s.Greeting.Text, "IMAP4rev1 mailtool")
}

// leave says LOGOUT.
func (s *imapSession) leave() {
	if !s.over {
		s.over = true
		s.Logout()
	}
}

// logIn logs in, by LOGIN where AUTHENTICATE has no say. A server that greets with PREAUTH knows
// who it is (RFC 3501 §7.1.4).
func (s *imapSession) logIn(_ context.Context, l *live) error {
	k := s.k
	switch {
	case s.LoggedIn():
		l.note("imap/preauth")
		return nil
	case !k.who.given():
		return nil
	case !s.books() && len(s.common()) > 0 || k.who.mechanism != "":
		return k.logIn(l, s)
	}
	if err := k.mayTell(l, s, loginVerb); err != nil {
		return err
	}
	_, err := s.Login(k.who.user, k.who.secret)
	missing := (*imap.NotOfferedError)(nil)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &missing):
		return s.noLogin(err)
	case errors.Is(err, sasl.ErrCredentials):
		return fail(exitAuth, "error/auth/unsayable", "mechanism", loginVerb).because(err)
	}
	return k.logInProblem(l, s, loginVerb, err)
}

// loginVerb is how IMAP's own log-in is called.
const loginVerb = "LOGIN"

// noLogin tells of a server that does not take LOGIN here: LOGINDISABLED (RFC 3501 §6.2.3).
func (s *imapSession) noLogin(err error) error {
	e := fail(exitAuth, "error/imap/no-login", "user", s.k.who.user).because(err)
	switch offered := s.common(); {
	case s.TLS() == nil && s.offersTLS():
		e.hint("hint/auth/after-tls", "--tls starttls")
	case len(offered) > 0:
		e.hint("hint/auth/another", "--auth "+offered[0])
	}
	return e
}

// common are the mechanisms that both ends have, the strongest first.
func (s *imapSession) common() []string {
	return inCommon(sasl.Mechanisms(sasl.TLSExporter(s.TLS()) != nil), s.mechanisms())
}

// books says that the session is that of the books: in clear, on this machine.
func (s *imapSession) books() bool { return s.TLS() == nil && !s.conn.beyond() }

// open selects the folder, to look into it alone or to change something.
func (s *imapSession) open(readOnly bool) error {
	cmd := &imap.Select{Mailbox: s.k.folder, ReadOnly: readOnly}
	box, err := s.Select(cmd)
	if err != nil {
		return s.refusedFolder(cmd.Verb()+" "+s.k.folder, s.k.folder, err)
	}
	s.mailbox = box
	return nil
}

// offers says whether the server has an extension. Where it has not said what it can do since the
// log-in, it is asked.
func (s *imapSession) offers(capability string) (bool, error) {
	if s.Capabilities == nil {
		if _, err := s.Capability(); err != nil {
			return false, s.refused("CAPABILITY", err)
		}
	}
	return s.Capabilities.Has(capability), nil
}

// said is a command and what it is about, as sentences name it.
func (k *imapCall) said(verb, set string) string {
	if k.uid {
		verb = "UID " + verb
	}
	return verb + " " + set
}

// decimal is a number in a table.
func decimal(n uint32) string { return strconv.FormatUint(uint64(n), 10) }
