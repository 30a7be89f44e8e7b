package interop

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mailtool/imap"
	"mailtool/sandbox"
)

// imapDovecot starts a Dovecot whose user has mailboxes in IMAP.
func imapDovecot(t *testing.T) *dovecot {
	t.Helper()
	need(t, "dovecot")
	need(t, "/usr/lib/dovecot/imap")
	d := newDovecot(t, "bob", asciiPhrase)
	for _, name := range []string{"home", "state"} { // it writes there as nobody
		path := filepath.Join(d.Dir, name)
		if err := errors.Join(os.Mkdir(path, 0o777), os.Chmod(path, 0o777)); err != nil {
			t.Fatal(err)
		}
	}
	d.run(t, "imap.conf")
	return d
}

// A lister is a session in which names are listed.
type lister struct {
	*imap.Client
	// dovecot has levels above mailboxes in each answer to LIST that they match, as names that
	// were deleted and whose inferiors were not. We follow the example in RFC 3501 §6.3.4: such
	// levels are there where the pattern ends in "%".
	dovecot bool
}

// logIntoIMAP begins one.
func logIntoIMAP(t *testing.T, addr, user, password string) *lister {
	t.Helper()
	c, err := imap.Dial(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := c.Login(user, password); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Capability(); err != nil {
		t.Fatal(err)
	}
	return &lister{Client: c}
}

// begin makes mailboxes, of those that were there only INBOX stays, and subscribes to some.
func (l *lister) begin(t *testing.T, names, subscribed []string) {
	t.Helper()
	check := func(_ *imap.Response, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	before, err := l.List("", "*")
	check(nil, err)
	for _, m := range before {
		if m.Name != imap.Inbox {
			check(l.Delete(m.Name))
		}
	}
	before, err = l.LSub("", "*")
	check(nil, err)
	for _, m := range before {
		check(l.Unsubscribe(m.Name))
	}
	for _, name := range names {
		check(l.Create(name))
	}
	for _, name := range subscribed {
		check(l.Subscribe(name))
	}
}

// answer is what a LIST comes to: the names in order, each with its attributes, as far as they
// were asked for.
func (l *lister) answer(cmd *imap.List) string {
	var names []*imap.ListData
	var err error
	if plain := cmd.Select == 0 && cmd.Return == 0; plain {
		names, err = l.List(cmd.Reference, cmd.Patterns[0])
	} else {
		names, _, err = l.ListExtended(cmd)
	}
	levels := !l.dovecot || strings.HasSuffix(cmd.Patterns[0], "%") || cmd.Patterns[0] == ""
	children := cmd.Select == 0 || cmd.Return&imap.ReturnChildren != 0
	return told(names, levels, children, err)
}

// told are names as a text. levels says that those are told of that are no mailboxes, and to
// which nobody has subscribed.
func told(names []*imap.ListData, levels, children bool, err error) string {
	if err != nil {
		return err.Error()
	}
	var all []string
	for _, m := range names {
		words := []string{m.Name}
		if m.Has(imap.NonExistent) || m.Has(imap.NoSelect) { // the former implies the latter
			if !levels && !m.Has(imap.Subscribed) && len(m.ChildInfo) == 0 {
				continue
			}
			words = append(words, imap.NoSelect)
		}
		for _, a := range []string{imap.Subscribed, imap.HasChildren, imap.HasNoChildren} {
			if m.Has(a) && (children || a == imap.Subscribed) {
				words = append(words, a)
			}
		}
		all = append(all, strings.Join(append(words, m.ChildInfo...), " "))
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// patterns are references and patterns that are tried.
var patterns = [][2]string{{"", "*"}, {"", "%"}, {"", "%/%"}, {"", "%/%/%"}, {"", "*%"},
	{"", "%*"}, {"", "foo*"}, {"", "foo%"}, {"", "foo/%"}, {"foo/", "%"}, {"foo", "%"}, {"", "%o"},
	{"", "*o"}, {"", "*/bar"}, {"", "%/bar"}, {"", "%/bar%"}, {"", "%/bar*"}, {"", "INBOX"},
	{"", "inbox"}, {"", "InB%"}, {"", "inbox/%"}, {"", "inbox*"}, {"", "FOO"}, {"", "music"},
	{"", "mus%"}, {"", "mus*"}, {"", "music/%"}, {"", "gone"}, {"", "gone%"}, {"", "Work &%"},
	{"", "台%"}, {"台北/", "*"}, {"", "*r*"}, {"", "%%"}, {"", "**"}, {"", "foo/"}, {"", "foo/bar/"},
	{"foo", "bar"}, {"foo/", "bar"}, {"", "*/%"}, {"", "%/*"}, {"", "*r%k"}, {"", "x*"}, {"", ""},
	{"foo", ""}}

// TestDovecotList compares what LIST and LSUB come to with what Dovecot answers.
func TestDovecotList(t *testing.T) {
	d := imapDovecot(t)
	theirs := logIntoIMAP(t, net.JoinHostPort(d.Host, d.Port), d.User, d.Password)
	theirs.dovecot = true
	s := &station{}
	s.start(t, sandbox.Options{SMTP: "127.0.0.1:0", IMAP: "127.0.0.1:0", Profile: sandbox.Full})
	ours := logIntoIMAP(t, s.IMAPAddr(), "bob", sandbox.DefaultPassword)

	names := []string{"foo", "foo/bar", "foo/bar/deep", "foobar", "music/rock", "music/rock/hard",
		"gone/left", "Work & Play", "台北/日本語", "inbox/sub"}
	subscribed := []string{"INBOX", "foo/bar", "foo/bar/deep", "music/rock/hard", "台北/日本語",
		"gone/left"}
	theirs.begin(t, names, subscribed)
	ours.begin(t, names, subscribed)
	for _, name := range []string{"music", "gone", "台北"} { // Dovecot has made none of these
		if _, err := ours.Delete(name); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range patterns {
		for _, chosen := range []imap.ListSelect{0, imap.SelectSubscribed,
			imap.SelectSubscribed | imap.SelectRecursive} {
			for _, asked := range []imap.ListReturn{0, imap.ReturnChildren,
				imap.ReturnSubscribed | imap.ReturnChildren} {
				cmd := &imap.List{Select: chosen, Reference: x[0], Patterns: x[1:], Return: asked}
				if x[1] == "" && (chosen != 0 || asked != 0) {
					continue // Dovecot does not ignore it (RFC 5258 §3)
				}
				if theirs, ours := theirs.answer(cmd), ours.answer(cmd); theirs != ours {
					t.Errorf("%q\nDovecot:\n%s\nwe:\n%s", imap.AppendCommand(nil, "a", cmd), theirs,
						ours)
				}
			}
		}
		// With both wildcards we tell of the levels, too; they do not.
		levels := strings.HasSuffix(x[1], "%") && !strings.Contains(x[1], "*")
		lsub := func(l *lister) string {
			names, err := l.LSub(x[0], x[1])
			return told(names, levels, false, err)
		}
		if theirs, ours := lsub(theirs), lsub(ours); theirs != ours {
			t.Errorf("LSUB %q %q\nDovecot:\n%s\nwe:\n%s", x[0], x[1], theirs, ours)
		}
	}
}
