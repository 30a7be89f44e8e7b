package interop

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mailtool/sandbox"
	"mailtool/trace/tracetest"
)

// A scene is a play with up to ten clients of one account, and what they are answered. Each
// file of testdata/imap has many:
//
//	== the title
//	# Why servers differ, before a command.
//	A> SELECT INBOX
//	* 0 EXISTS                what both servers answer
//	D| OK                     what Dovecot answers alone
//	M| NO                     what mailtool answers alone
//
// A letter is a client, which comes and logs in with its first command. A command is written as
// it stands on the wire, without its tag, escaped as in Go; $v1 is the first UIDVALIDITY that
// was told, $m2 the second MODSEQ. "A>>" is a line as it is, with its tag in it, which ought to
// be x or *. "+ FOLDER FILE ARGS" appends a file of testdata/imap.
type scene struct {
	title string
	steps []*step
}

type step struct {
	why, answers []string // comments, and what both answer, or with D| and M|
	line         string
}

// scenes reads a file.
func scenes(t *testing.T, path string) (all []*scene) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var why []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "== "):
			all = append(all, &scene{title: line[3:]})
		case line == "":
		case strings.HasPrefix(line, "#"):
			why = append(why, line)
		case isStep(line):
			last := all[len(all)-1]
			last.steps = append(last.steps, &step{why: why, line: line})
			why = nil
		default:
			last := all[len(all)-1]
			s := last.steps[len(last.steps)-1]
			s.answers = append(s.answers, line)
		}
	}
	return all
}

func isStep(line string) bool {
	return strings.HasPrefix(line, "+ ") || len(line) > 1 && line[1] == '>'
}

// of are the answers that a server should give, D or M.
func (s *step) of(server string) (all []string) {
	for _, a := range s.answers {
		if who, text, alone := strings.Cut(a, "| "); !alone || len(who) != 1 {
			all = append(all, a)
		} else if who == server {
			all = append(all, text)
		}
	}
	return all
}

// set keeps what the servers answered; nil is a server that was not asked.
func (s *step) set(mailtool, dovecot []string) {
	if dovecot == nil {
		dovecot = s.of("D")
	}
	s.answers = nil
	if slices.Equal(mailtool, dovecot) {
		s.answers = mailtool
		return
	}
	for _, a := range dovecot {
		s.answers = append(s.answers, "D| "+a)
	}
	for _, a := range mailtool {
		s.answers = append(s.answers, "M| "+a)
	}
}

// A stage is a server on which scenes are played.
type stage struct{ addr, user, password string }

// play plays a scene, and returns what was answered, step by step.
func (x *scene) play(t *testing.T, at stage) (all [][]string) {
	t.Helper()
	clients, y := map[byte]*plainIMAP{}, newTidy()
	y.modseq = strings.Contains(x.title, "CONDSTORE")
	for _, s := range x.steps {
		who, text := s.line[0], s.line[2:]
		if who == '+' {
			who, text = 'A', appending(t, text)
		}
		c := clients[who]
		if c == nil {
			c = dialIMAP(t, at.addr)
			clients[who] = c
			if a, err := c.say("LOGIN " + at.user + " " + at.password); err != nil ||
				!strings.Contains(a[len(a)-1], " OK ") {
				t.Fatalf("%s: %q, %v", at.user, a, err)
			}
		}
		answers, err := c.perform(y, text)
		if err != nil {
			answers = append(answers, "silence") // there is no answer, ever
			delete(clients, who)
		}
		all = append(all, answers)
	}
	return all
}

// perform says a command and tidies the answers.
func (c *plainIMAP) perform(y *tidy, text string) (all []string, err error) {
	raw, isRaw := strings.CutPrefix(text, ">")
	text = y.fill(unescape(strings.TrimPrefix(raw, " ")))
	var got []string
	if isRaw {
		tag := append(strings.Fields(text), "*")[0]
		got, err = c.sayLine(tag, text)
	} else {
		got, err = c.say(text)
	}
	for _, r := range got {
		all = append(all, y.answer(r))
	}
	if !y.modseq {
		all = slices.DeleteFunc(all, func(a string) bool { return strings.HasPrefix(a, "* OK [HIGHESTMODSEQ") })
	}
	if verb := strings.ToUpper(text); strings.HasPrefix(verb, "SELECT") || strings.HasPrefix(verb, "EXAMINE") {
		slices.Sort(all[:len(all)-1])
	}
	lists := func(a, b string) int {
		if strings.HasPrefix(a, "* L") && strings.HasPrefix(b, "* L") {
			return strings.Compare(a, b)
		}
		return 0
	}
	slices.SortStableFunc(all, lists)
	return all, err
}

// unescape reads \r, \n, \0, \\ and \xHH; other backslashes are themselves.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		rest := s[i:]
		switch {
		case strings.HasPrefix(rest, `\r\n`):
			b.WriteString("\r\n")
			i += 3
		case strings.HasPrefix(rest, `\x`) && len(rest) > 3:
			var c byte
			fmt.Sscanf(rest[2:4], "%02x", &c)
			b.WriteByte(c)
			i += 3
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// appending is the command that appends a file.
func appending(t *testing.T, text string) string {
	t.Helper()
	words := strings.SplitN(strings.TrimSpace(text), " ", 3)
	octets, err := os.ReadFile(filepath.Join("testdata", "imap", words[1]))
	if err != nil {
		t.Fatal(err)
	}
	message := strings.ReplaceAll(string(octets), "\n", "\r\n")
	args := ""
	if len(words) > 2 {
		args = words[2] + " "
	}
	return fmt.Sprintf("APPEND %s %s{%d}\r\n%s", words[0], args, len(message), message)
}

// write writes the scenes of a file.
func write(t *testing.T, path string, all []*scene) {
	t.Helper()
	var b strings.Builder
	for i, x := range all {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "== %s\n", x.title)
		for _, s := range x.steps {
			for _, line := range slices.Concat(s.why, []string{s.line}, s.answers) {
				b.WriteString(line + "\n")
			}
		}
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestIMAPScenes plays the scenes of testdata/imap on our server and on Dovecot's. Where the
// two differ, a comment says why.
func TestIMAPScenes(t *testing.T) {
	files, err := filepath.Glob("testdata/imap/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no scenes: ", err)
	}
	d := sceneDovecot(t)
	for i, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			playFile(t, file, i, d)
		})
	}
}

func playFile(t *testing.T, file string, number int, d *dovecot) {
	t.Helper()
	all := scenes(t, file)
	user := func(i int) string { return fmt.Sprintf("scene%d-%d", number, i) }
	var users []string
	for i := range all {
		users = append(users, user(i))
	}
	s := &station{}
	s.start(t, sandbox.Options{SMTP: "127.0.0.1:0", IMAP: "127.0.0.1:0", Profile: sandbox.Full,
		Accounts: users, AcceptAll: true, Watch: s.watch})
	for i, x := range all {
		ours := x.play(t, stage{s.IMAPAddr(), user(i), sandbox.DefaultPassword})
		var theirs [][]string
		if d != nil {
			theirs = x.play(t, stage{net.JoinHostPort(d.Host, d.Port), user(i), sandbox.DefaultPassword})
		}
		x.judge(t, ours, theirs)
	}
	if *tracetest.Update {
		write(t, file, all)
	}
}

// judge compares what was answered with what is written.
func (x *scene) judge(t *testing.T, ours, theirs [][]string) {
	t.Helper()
	for i, s := range x.steps {
		var dovecot []string
		if theirs != nil {
			dovecot = theirs[i]
		}
		if *tracetest.Update {
			s.set(ours[i], dovecot)
			continue
		}
		for server, got := range map[string][]string{"M": ours[i], "D": dovecot} {
			if want := s.of(server); got != nil && !slices.Equal(got, want) {
				t.Errorf("%s: %s\n%s got\n\t%s\nwant\n\t%s", x.title, s.line, server,
					strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
			}
		}
		if len(s.why) == 0 && !slices.Equal(s.of("M"), s.of("D")) {
			t.Errorf("%s: %s: the servers differ, and nobody says why", x.title, s.line)
		}
	}
}

// sceneDovecot is a Dovecot to play on; nil where there is none.
func sceneDovecot(t *testing.T) *dovecot {
	t.Helper()
	if os.Getenv("MAILTOOL_CI") == "" {
		if _, err := os.Stat("/usr/lib/dovecot/imap"); err != nil || os.Getuid() != 0 {
			return nil
		}
	}
	need(t, "/usr/lib/dovecot/imap")
	return startMail(t, sandbox.DefaultPassword, "imap-tls.conf")
}
