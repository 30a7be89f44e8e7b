package interop

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mailtool/imap"
	"mailtool/mime/scan"
	"mailtool/sandbox"
)

// A pipe is a connection to a program that speaks on its standard input and output.
type pipe struct {
	io.Reader
	io.WriteCloser
}

func (pipe) LocalAddr() net.Addr              { return &net.UnixAddr{} }
func (pipe) RemoteAddr() net.Addr             { return &net.UnixAddr{} }
func (pipe) SetDeadline(time.Time) error      { return nil }
func (pipe) SetReadDeadline(time.Time) error  { return nil }
func (pipe) SetWriteDeadline(time.Time) error { return nil }

// startedDovecot is a client of Dovecot's IMAP, which takes whoever starts it for bob.
func startedDovecot(t *testing.T) *imap.Client {
	t.Helper()
	need(t, "dovecot")
	program := need(t, "/usr/lib/dovecot/imap")
	d := newDovecot(t, "bob", "sesame")
	home := filepath.Join(d.Dir, "home")
	if err := os.Mkdir(home, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(home, 0o777); err != nil { // it writes there as nobody
		t.Fatal(err)
	}
	configure(t, filepath.Join("testdata", "dovecot", "imap-started.conf"), d.Dir, d)
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "USER=bob", "HOME="+home, "CONFIG_FILE="+filepath.Join(d.Dir, "imap-started.conf"))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := imap.NewClient(pipe{out, in})
	t.Cleanup(func() { c.Close(); cmd.Wait() })
	if err := c.Greet(); err != nil || !c.LoggedIn() {
		t.Fatal(c.Greeting, err)
	}
	return c
}

// imapSandbox is a client of ours.
func imapSandbox(t *testing.T) *imap.Client {
	t.Helper()
	s := &station{}
	s.start(t, sandbox.Options{SMTP: "off", IMAP: "127.0.0.1:0", Profile: sandbox.Full})
	c, err := imap.Dial(t.Context(), s.IMAPAddr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := c.Login("bob@lab.test", "sesame"); err != nil {
		t.Fatal(err)
	}
	return c
}

// corpusLetters are messages of all kinds: those that package mime is tested on, and one of the strange.
func corpusLetters(t *testing.T) (names []string, texts [][]byte) {
	t.Helper()
	files, err := filepath.Glob("../mime/testdata/corpus/*/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(err, "no letters")
	}
	files = append(files, "testdata/nested.eml")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
		text = bytes.ReplaceAll(text, []byte("\r"), nil)
		names = append(names, filepath.Base(file))
		texts = append(texts, bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")))
	}
	return names, texts
}

// notAsDovecot is what we tell otherwise than Dovecot does, and why.
var notAsDovecot = []struct{ file, items, why string }{
	{"msg_12.txt", "3.2.MIME", "a part that is empty: the boundary's line ending is its header's empty line"},
	{"msg_14.txt", "BODYSTRUCTURE", "Content-Type: text is no type, so it is text/plain; Dovecot has none"},
	{"msg_19.txt", "BODYSTRUCTURE, 1, 1.MIME, HEADER, HEADER.FIELDS (Subject To), " +
		"HEADER.FIELDS.NOT (Subject To), TEXT", "no header at all: the text begins with its first line"},
	{"msg_29.txt", "BODYSTRUCTURE", "a parameter in pieces (RFC 2231 §3) goes as it came; Dovecot joins it"},
	{"msg_32.txt", "BODYSTRUCTURE", "charset* says the character set; Dovecot adds us-ascii"},
	{"msg_33.txt", "BODYSTRUCTURE, 1, 1.MIME, 2, 2.MIME", "boundary* is a boundary"},
	{"msg_35.txt", "BODYSTRUCTURE, 1, 1.MIME, HEADER, HEADER.FIELDS (Subject To), " +
		"HEADER.FIELDS.NOT (Subject To), TEXT", "a line that is no field ends the header"},
	{"msg_38.txt", "BODYSTRUCTURE, 1, 1.2, 1.2.MIME, 2, 2.MIME", "likewise in parts"},
	{"nested.eml", "BODYSTRUCTURE, 5.MIME", "Dovecot takes no notice of an encoding without Content-Type; " +
		"an empty part as in msg_12.txt"},
}

// TestStructureAsDovecot compares what FETCH tells of messages with what Dovecot does.
func TestStructureAsDovecot(t *testing.T) {
	theirs, ours := startedDovecot(t), imapSandbox(t)
	names, texts := corpusLetters(t)
	for _, c := range []*imap.Client{theirs, ours} {
		if _, err := c.Create("Test"); err != nil {
			t.Fatal(err)
		}
		for i, text := range texts {
			if _, err := c.Append("Test", nil, time.Time{}, int64(len(text)), bytes.NewReader(text)); err != nil {
				t.Fatal(names[i], err)
			}
		}
		if _, err := c.Do(&imap.Select{Mailbox: "Test"}, nil); err != nil {
			t.Fatal(err)
		}
	}
	for i, name := range names {
		t.Run(name, func(t *testing.T) {
			known := map[string]bool{}
			for _, d := range notAsDovecot {
				if d.file == name {
					for _, item := range strings.Split(d.items, ", ") {
						known[item] = true
					}
				}
			}
			sameAsDovecot(t, i+1, theirs, ours, known)
		})
	}
}

// sameAsDovecot compares what two servers tell of message n, in which the items that are known differ.
func sameAsDovecot(t *testing.T, n int, theirs, ours *imap.Client, known map[string]bool) {
	same := func(what, theirs, ours string) {
		if (theirs == ours) == known[what] {
			t.Errorf("%s: Dovecot\n%q\nwe\n%q", what, theirs, ours)
		}
	}
	a, b := fetched(t, theirs, n, "ENVELOPE BODYSTRUCTURE"), fetched(t, ours, n, "ENVELOPE BODYSTRUCTURE")
	same("ENVELOPE", envelope(a.Envelope), envelope(b.Envelope))
	same("BODYSTRUCTURE", structure(a.Structure), structure(b.Structure))
	sections := sectionsOf(b.Structure)
	items := "BODY.PEEK[" + strings.Join(sections, "] BODY.PEEK[") + "]"
	a, b = fetched(t, theirs, n, items), fetched(t, ours, n, items)
	for _, s := range sections {
		x, _ := a.Section(s)
		y, _ := b.Section(s)
		same(s, string(x), string(y))
	}
}

// fetched is what a server tells of a message.
func fetched(t *testing.T, c *imap.Client, n int, items string) *imap.FetchData {
	t.Helper()
	set, err := imap.ParseMessageSet(fmt.Sprint(n))
	if err != nil {
		t.Fatal(err)
	}
	asked, err := imap.ParseFetchItems(items)
	if err != nil {
		t.Fatal(err)
	}
	var d *imap.FetchData
	if _, err := c.Fetch(&imap.Fetch{Messages: set, Items: asked}, func(got *imap.FetchData) error {
		d = got
		return nil
	}); err != nil || d == nil {
		t.Fatal(err, d)
	}
	return d
}

// missingParts are what Dovecot says for parts of an address that there are not: we say "".
var missingParts = strings.NewReplacer("MISSING_DOMAIN", "", "MISSING_MAILBOX", "")

// envelope is an ENVELOPE for comparison. White space of folds is one space: Dovecot makes it so.
func envelope(e *imap.Envelope) string {
	if e == nil {
		return "none"
	}
	var b strings.Builder
	for _, s := range []imap.NString{e.Date, e.Subject, e.InReplyTo, e.MessageID} {
		fmt.Fprintf(&b, "%t %q\n", s.There, words(s.Text))
	}
	for _, list := range [][]scan.Address{e.From, e.Sender, e.ReplyTo, e.To, e.Cc, e.Bcc} {
		for _, a := range list {
			fmt.Fprintf(&b, "%d %q %q %q %q, ", a.Kind, words(a.Name), a.Route,
				missingParts.Replace(a.Local), missingParts.Replace(a.Domain))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// params are parameters, whose names may be in letters of any case.
func params(all []scan.Param) []scan.Param {
	all = slices.Clone(all)
	for i := range all {
		all[i].Name = strings.ToLower(all[i].Name)
	}
	return all
}

func words(s string) string { return strings.Join(strings.Fields(s), " ") }

// structure is a BODYSTRUCTURE for comparison.
func structure(s *imap.BodyStructure) string {
	var b strings.Builder
	var show func(s *imap.BodyStructure, depth int)
	show = func(s *imap.BodyStructure, depth int) {
		fmt.Fprintf(&b, "%*s%s/%s %q id %q desc %q %s %d octets, %d lines, md5 %q, disposition %s %q, %q, %q\n", depth*2, "",
			strings.ToLower(s.Type), strings.ToLower(s.Subtype), params(s.Params), s.ID, words(s.Description),
			strings.ToLower(s.Encoding), s.Octets, s.Lines, s.MD5, s.Disposition, params(s.DispParams), s.Languages, s.Location)
		if s.Envelope != nil {
			b.WriteString(envelope(s.Envelope))
		}
		for _, p := range s.Parts {
			show(p, depth+1)
		}
	}
	show(s, 0)
	return b.String()
}

// sectionsOf are sections that a message has, and some that it has not.
func sectionsOf(s *imap.BodyStructure) []string {
	all := []string{"", "HEADER", "TEXT", "HEADER.FIELDS (Subject To)", "HEADER.FIELDS.NOT (Subject To)"}
	var add func(s *imap.BodyStructure, prefix string, message bool)
	add = func(s *imap.BodyStructure, prefix string, message bool) {
		switch {
		case s.Multipart():
			for i, p := range s.Parts {
				add(p, fmt.Sprintf("%s%d.", prefix, i+1), false)
			}
		case message:
			add(s, prefix+"1.", false)
		case len(s.Parts) > 0:
			add(s.Parts[0], prefix, true)
		}
		if prefix != "" {
			part := strings.TrimSuffix(prefix, ".")
			all = append(all, part, part+".MIME", part+".HEADER", part+".TEXT")
		}
	}
	add(s, "", true)
	slices.SortFunc(all, func(a, b string) int { return cmp.Compare(a, b) })
	return slices.Compact(all)
}
