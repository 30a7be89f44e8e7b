package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mailtool/imap"
	"mailtool/internal/sentence"
	"mailtool/internal/wire"
	"mailtool/mime"
	"mailtool/mime/scan"
	"mailtool/sandbox"
	"mailtool/trace/term"
)

// mimicIMAP is a server that answers each command as it is told to, and takes literals.
func mimicIMAP(t *testing.T, answer func(tag, line string) string) *stranger {
	t.Helper()
	return newStranger(t, func(_ *stranger, nc net.Conn) {
		io.WriteString(nc, "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] mimic\r\n")
		in := bufio.NewReader(nc)
		read := func() string {
			line, _ := in.ReadString('\n')
			return strings.TrimRight(line, "\r\n")
		}
		for {
			line := read()
			tag, command, _ := strings.Cut(line, " ")
			for l, ok := wire.FindLiteral([]byte(line)); ok; l, ok = wire.FindLiteral([]byte(line)) {
				io.WriteString(nc, "+ go on\r\n")
				octets := make([]byte, l.Size)
				io.ReadFull(in, octets)
				line = read()
				command += string(octets) + line
			}
			if strings.HasPrefix(command, "AUTHENTICATE") {
				io.WriteString(nc, "+ \r\n")
				command = read()
			}
			switch {
			case line == "" && tag == "":
				return
			case command == "LOGOUT":
				io.WriteString(nc, "* BYE bye\r\n"+tag+" OK bye\r\n")
				return
			}
			io.WriteString(nc, answer(tag, command)+"\r\n")
		}
	})
}

// TestReadSet: a SET as it is typed, and as it goes out.
func TestReadSet(t *testing.T) {
	for typed, want := range map[string]string{"1": "1", "all": "1:*", "ALL": "1:*", "last": "*",
		"3-5": "3:5", "3:5": "3:5", "2,4,7": "2,4,7", "1-2,last": "1:2,*", "2:*": "2:*", "2-last": "2:*",
		"*": "*", "last:2": "*:2", "4294967295": "4294967295"} {
		if got, err := readSet(typed); err != nil || got.text != want {
			t.Errorf("%s: %q, %v", typed, got.text, err)
		}
	}
	for _, typed := range []string{"", "0", "-1", "1-", "1,", ",1", "one", "1 2", "4294967296", "1:2:3",
		"all all", "1--2", "$x", "last-1"} {
		if got, err := readSet(typed); err == nil {
			t.Errorf("%q: %q", typed, got.text)
		}
	}
	for typed, one := range map[string]bool{"1": true, "last": true, "1:2": false, "1,2": false, "all": false} {
		if w, _ := readSet(typed); w.one() != one {
			t.Errorf("%s is one: %v", typed, !one)
		}
	}
}

// TestReadKeys: search keys as they are typed, and the command that goes out.
func TestReadKeys(t *testing.T) {
	for typed, want := range map[string]string{
		"":                          "ALL",
		"all":                       "ALL",
		"from|alice":                "FROM alice",
		"from alice unseen":         "FROM alice UNSEEN",
		`from "Alice B" seen`:       `FROM "Alice B" SEEN`,
		"subject|two words":         `SUBJECT "two words"`,
		"text|(odd)":                `TEXT "(odd)"`,
		"since|1-nov-2026":          "SINCE 1-Nov-2026",
		"sentbefore|2026-11-01":     "SENTBEFORE 1-Nov-2026",
		"larger|1000|uid|3-5,last":  "LARGER 1000 UID 3:5,*",
		"2,4":                       "2,4",
		"not|seen|flagged":          "NOT SEEN FLAGGED",
		"or|seen|not|from|alice":    "OR SEEN NOT FROM alice",
		"(|seen|from|alice|)|draft": "(SEEN FROM alice) DRAFT",
		"(seen flagged) deleted":    "(SEEN FLAGGED) DELETED",
		"header|X-Y|":               `HEADER X-Y ""`,
		"keyword|$Forwarded":        "KEYWORD $Forwarded",
	} {
		var args []string
		if typed != "" {
			args = strings.Split(typed, "|")
		}
		keys, err := readKeys(args)
		if len(keys) == 0 {
			keys = []imap.Key{imap.Flagged("ALL")}
		}
		cmd := &imap.SearchCommand{Criteria: imap.Criteria{Keys: keys}}
		if got := string(imap.AppendCommand(nil, "a", cmd)); err != nil || got != "a SEARCH "+want+"\r\n" {
			t.Errorf("%s: %q, %v", typed, got, err)
		}
	}
	for typed, key := range map[string]string{
		"form": "error/imap/key", "from": "error/imap/key-wants", "header|x": "error/imap/key-wants",
		"since|x": "error/imap/date", "larger|-1": "error/imap/key-number", "uid|x": "error/imap/set",
		"keyword|seen x": "error/imap/keyword", "or|seen": "error/imap/key-missing",
		"not": "error/imap/key-missing", "(|seen": "error/imap/parenthesis", "seen|)": "error/imap/parenthesis",
		"(|)": "error/imap/key", strings.Repeat("not|", 100) + "seen": "error/imap/key-missing",
	} {
		_, err := readKeys(strings.Split(typed, "|"))
		if e := (*problem)(nil); !errors.As(err, &e) || e.key != key && !(typed == "(|)" && e.status == exitUsage) {
			t.Errorf("%.40s: %v, want %s", typed, err, key)
		}
	}
}

// TestReadFlags: a slip of a system flag is no keyword.
func TestReadFlags(t *testing.T) {
	flags, keywords, err := readFlags([]string{"seen", `\Flagged`, "DELETED", "$Junk", "homework"}, "x", "")
	if err != nil || flags != imap.FlagSeen|imap.FlagFlagged|imap.FlagDeleted ||
		!reflect.DeepEqual(keywords, []string{"$Junk", "homework"}) {
		t.Errorf("%v %v %v", flags, keywords, err)
	}
	for _, word := range []string{"sean", "flaged", `\Sene`, "drafts", "recent", `\Recent`, `\Other`, "a b", "(", ""} {
		if _, _, err := readFlags([]string{word}, "x", ""); err == nil {
			t.Errorf("%q is a flag", word)
		}
	}
}

// TestRawCommand: where a literal is, and where the next command begins.
func TestRawCommand(t *testing.T) {
	for typed, want := range map[string][]string{
		"NOOP|NOOP":                   {"NOOP", "NOOP"},
		"LOGIN {}|bob| {}|sesame|A":   {"LOGIN {3}\nbob {6}\nsesame", "A"},
		"X {}|a|Y":                    {"X {1}\na", "Y"},
		"X ({}|a|) Z|Y":               {"X ({1}\na) Z", "Y"},
		"X {+}|你":                     {"X {3+}\n你"},
		"X {2}|abc":                   {"X {2}\nabc"},
		"X {2+}|ab| {}|":              {"X {2+}\nab {0}\n"},
		"X {x}|Y {":                   {"X {x}", "Y {"},
		"FETCH 1 BODY[HEADER.FIELDS]": {"FETCH 1 BODY[HEADER.FIELDS]"},
	} {
		r := &rawRun{words: strings.Split(typed, "|")}
		var got []string
		for len(r.words) > 0 {
			text, err := r.command()
			if err != nil {
				t.Errorf("%s: %v", typed, err)
				break
			}
			got = append(got, text)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, want %q", typed, got, want)
		}
	}
	if _, err := (&rawRun{words: []string{"X {}"}}).command(); statusOf(err) != exitUsage {
		t.Errorf("a literal that is missing: %v", err)
	}
}

// TestTagged: which lines of the shell have a tag of their own.
func TestTagged(t *testing.T) {
	for line, want := range map[string]bool{"NOOP": false, "a1 NOOP": true, "SELECT INBOX": false,
		"UID FETCH 1 FLAGS": false, "a UID FETCH 1 FLAGS": true, "LOGIN NOOP x": false, "SELCT INBOX": false,
		"x": false, "login list x": false} {
		if tagged(line) != want {
			t.Errorf("%q: tagged %v", line, !want)
		}
	}
}

// TestStructureRows: parts have the numbers by which FETCH gets them (RFC 3501 §6.4.5).
func TestStructureRows(t *testing.T) {
	text := &imap.BodyStructure{Type: "TEXT", Subtype: "plain"}
	mixed := func(parts ...*imap.BodyStructure) *imap.BodyStructure {
		return &imap.BodyStructure{Type: "multipart", Subtype: "mixed", Parts: parts}
	}
	message := func(b *imap.BodyStructure) *imap.BodyStructure {
		return &imap.BodyStructure{Type: "message", Subtype: "rfc822", Parts: []*imap.BodyStructure{b}}
	}
	for _, c := range []struct {
		b    *imap.BodyStructure
		want string
	}{
		{text, "1"},
		{mixed(text, text), "- 1 2"},
		{mixed(text, mixed(text, text)), "- 1 2 2.1 2.2"},
		{mixed(text, message(text)), "- 1 2 2.1"},
		{mixed(text, message(mixed(text, text))), "- 1 2 - 2.1 2.2"},
		{message(text), "1 1.1"},
		{message(mixed(text, mixed(text))), "1 - 1.1 1.2 1.2.1"},
	} {
		var got []string
		for _, row := range structureRows(nil, c.b, nil, 0, false) {
			got = append(got, row[0])
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%v, want %s", got, c.want)
		}
	}
}

// TestIMAPAddress: a client of IMAP has ports and URLs of its own.
func TestIMAPAddress(t *testing.T) {
	p := testProgram(sentence.English)
	p.Getenv = func(string) string { return "" }
	for _, c := range []struct {
		server, tls string
		want        destination
	}{
		{"", "", destination{"127.0.0.1:2143", "127.0.0.1", false, ""}},
		{"mx.example", "", destination{"mx.example:143", "mx.example", false, ""}},
		{"localhost", tlsImplicit, destination{"localhost:2993", "localhost", true, "assume/port/imaps"}},
		{"imaps://mx.example", "", destination{"mx.example:993", "mx.example", true, "assume/port/imaps"}},
		{"imap://mx.example:144", "", destination{"mx.example:144", "mx.example", false, ""}},
	} {
		got, err := p.address(&target{protocol: &imapProtocol, server: c.server, tls: c.tls})
		if got != c.want || err != nil {
			t.Errorf("%q: %+v, %v", c.server, got, err)
		}
	}
}

// TestIMAPStatus: what a refusal, a farewell or a breach of IMAP ends with.
func TestIMAPStatus(t *testing.T) {
	bye := func(code string) error {
		r := imap.Refuse(code, "no more")
		r.Status = imap.BYE
		return &imap.ByeError{Response: r}
	}
	for _, c := range []struct {
		err  error
		want int
	}{
		{imap.Refuse("", "no"), exitRefused},
		{imap.Refuse(imap.CodeTryCreate, "no"), exitRefused},
		{imap.Refuse(imap.CodeUnavailable, "no"), exitLater},
		{imap.Refuse(imap.CodeInUse, "no"), exitLater},
		{imap.Refuse(imap.CodeAuthenticationFailed, "no"), exitAuth},
		{imap.Reject("what"), exitProtocol},
		{bye(""), exitProtocol},
		{bye(imap.CodeUnavailable), exitLater},
		{&imap.ProtocolError{To: "NOOP"}, exitProtocol},
	} {
		if got := statusOf(c.err); got != c.want {
			t.Errorf("%v: status %d, want %d", c.err, got, c.want)
		}
	}
}

// A wakened is an output that says when a text has come.
type wakened struct {
	shared
	text string
	done chan struct{}
	once bool
}

func (w *wakened) Write(p []byte) (int, error) {
	n, err := w.shared.Write(p)
	if !w.once && strings.Contains(w.String(), w.text) {
		w.once = true
		close(w.done)
	}
	return n, err
}

// TestIdleInterrupted: the server tells of a letter that comes, and Ctrl-C ends IDLE in good order.
func TestIdleInterrupted(t *testing.T) {
	box, err := sandbox.Start(t.Context(), sandbox.Options{SMTP: "0", IMAP: "0", POP3: sandbox.Off,
		Letters: true, Now: testSystem().Now})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	idle := &wakened{text: "S: +", done: make(chan struct{})}
	var errs shared
	status := make(chan int, 1)
	go func() {
		status <- run(ctx, []string{"imap", "idle", "-s", box.IMAPAddr()}, testSystem(), strings.NewReader(""), idle, &errs)
	}()
	await := func(what string, c <-chan struct{}) {
		t.Helper()
		select {
		case <-c:
		case <-time.After(20 * time.Second):
			t.Fatalf("no %s:\n%s%s", what, idle.String(), errs.String())
		}
	}
	await("IDLE", idle.done)
	if code, _, said := try(t, t.Context(), "", "smtp", "send", "-s", box.Addr(), "-q"); code != 0 {
		t.Fatal(said)
	}
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(idle.String(), "* 3 EXISTS"); {
		if time.Now().After(deadline) {
			t.Fatalf("nothing was told:\n%s", idle.String())
		}
		time.Sleep(time.Millisecond)
	}
	cancel()
	if code := <-status; code != exitDone || errs.String() != "" {
		t.Errorf("status %d: %s", code, errs.String())
	}
	for _, want := range []string{"C: DONE", "C: a004 LOGOUT", "-- mailbox: 2 messages -> 3 |"} {
		if !strings.Contains(idle.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, idle.String())
		}
	}
}

// TestIMAPNext: what is proposed is about a message that is there, in the same folder.
func TestIMAPNext(t *testing.T) {
	p := &program{}
	k := p.newIMAPCall()
	c := p.command("x", nil)
	k.folderFlags(c, true)
	k.flags(c)
	if err := c.ParseFlags([]string{"-F", "Old mail", "-u", "carol"}); err != nil {
		t.Fatal(err)
	}
	k.to.tls = k.lock.mode
	if got, want := k.nextMessage("2")[0].command, `mailtool imap fetch 2 -F "Old mail" -u carol`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if next := k.nextMessage(""); next != nil {
		t.Errorf("%v", next)
	}
}

// TestMailboxChange: the tally knows how many messages there were, and are.
func TestMailboxChange(t *testing.T) {
	status, out, errs := try(t, t.Context(), "", "imap", "raw", "SELECT Sent", "SELECT INBOX",
		`STORE 1 +FLAGS.SILENT (\Deleted)`, "EXPUNGE", "--offline", "-q")
	if status != 0 || !strings.Contains(out, "4 commands done") {
		t.Fatalf("%d: %s%s", status, out, errs)
	}
	p := testProgram(sentence.English)
	if got := p.mailboxChange(&imapTally{before: 2, after: 1}); got != "mailbox: 2 messages -> 1" {
		t.Error(got)
	}
	for i := range 2 { // with one message, and with two
		_, out, _ := try(t, t.Context(), "", "imap", "move", fmt.Sprintf("1:%d", i+1), "Trash", "--offline", "-q")
		if want := "mailbox: 2 messages -> " + strconv.Itoa(1-i); !strings.Contains(out, want) {
			t.Errorf("%s, want %s", out, want)
		}
	}
}

// TestFetchNext: what was just marked as read need not be marked again.
func TestFetchNext(t *testing.T) {
	p := &program{}
	f := &imapFetching{imapCall: p.newIMAPCall(), first: "1", seen: true}
	c := p.command("x", nil)
	f.folderFlags(c, true)
	f.flags(c)
	for _, o := range f.next() {
		if strings.HasPrefix(o.command, "mailtool imap mark") {
			t.Errorf("%s", o.command)
		}
	}
}

// TestFields: a folded field is one line, and the tab at its fold a space.
func TestFields(t *testing.T) {
	var out strings.Builder
	p := &program{out: &out}
	p.fields(mime.Open([]byte("Received: from a\r\n\tby b\r\nX: \x1b[2J\r\n\r\n")))
	if got, want := out.String(), "Received: from a by b\nX: \\x1B[2J\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestFolded: what we say fits the screen; without a screen nothing is folded.
func TestFolded(t *testing.T) {
	text := strings.Repeat("UNSELECT, ", 20) + "\n  a table stays as it is"
	l := &live{shown: term.Options{Width: 40}}
	lines := strings.Split(l.folded(text), "\n")
	for _, line := range lines {
		if term.Columns(line) > 38 {
			t.Errorf("%q", line)
		}
	}
	if last := lines[len(lines)-1]; last != "  a table stays as it is" {
		t.Errorf("%q", last)
	}
	l.shown.Width = 0
	if got := l.folded(text); got != text {
		t.Errorf("%q", got)
	}
}

// TestIMAPMissing: a server may also say OK to a number that is not there, and nothing else.
func TestIMAPMissing(t *testing.T) {
	m := mimicIMAP(t, func(tag, line string) string {
		if strings.HasPrefix(line, "SELECT") || strings.HasPrefix(line, "EXAMINE") {
			return "* 1 EXISTS\r\n" + tag + " OK opened"
		}
		return tag + " OK done"
	})
	for _, words := range [][]string{{"fetch", "2"}, {"mark", "2", "seen"}, {"messages", "2"}} {
		args := append(append([]string{"imap"}, words...), "-s", m.addr, "-u", "bob", "-p", "secret", "-q")
		status, _, errs := try(t, t.Context(), "", args...)
		if status != exitRefused || !strings.Contains(errs, "there is no message 2: INBOX has 1 message\n") {
			t.Errorf("%v: status %d: %s", words, status, errs)
		}
	}
}

// TestPartName: the name of a file is read as RFC 2231 writes it, and as those do who do not.
func TestPartName(t *testing.T) {
	for _, c := range []struct {
		disp, own []scan.Param
		want      string
	}{
		{[]scan.Param{{Name: "FILENAME*", Value: "utf-8''%E4%BD%9C%E4%B8%9A.txt"}}, nil, "作业.txt"},
		{[]scan.Param{{Name: "filename*0*", Value: "utf-8''%E4%BD%9C"}, {Name: "Filename*1", Value: ".txt"}},
			[]scan.Param{{Name: "name", Value: "other.txt"}}, "作.txt"},
		{[]scan.Param{{Name: "filename", Value: "=?utf-8?q?=E4=BD=9C?="}}, nil, "作"},
		{nil, []scan.Param{{Name: "NAME", Value: "plain.txt"}}, "plain.txt"},
		{nil, nil, ""},
	} {
		if got := partName(&imap.BodyStructure{DispParams: c.disp, Params: c.own}); got != c.want {
			t.Errorf("%v %v: %q, want %q", c.disp, c.own, got, c.want)
		}
	}
}

// TestCopyNext: what was copied is not gone, so nothing is left.
func TestCopyNext(t *testing.T) {
	p := &program{}
	for _, move := range []bool{true, false} {
		m := &copying{imapCall: p.newIMAPCall(), move: move, to: "Archive"}
		m.flags(p.command("x", nil))
		left := slices.ContainsFunc(m.next(), func(o offer) bool { return o.key == "next/imap/left" })
		if left != move {
			t.Errorf("move %v: %v", move, m.next())
		}
	}
}

// TestCutLiteral: what was asked is told as it was, where the answer ends in the midst of a literal
// that has as many octets left.
func TestCutLiteral(t *testing.T) {
	m := newStranger(t, func(_ *stranger, nc net.Conn) {
		io.WriteString(nc, "* OK ready\r\n")
		for in := bufio.NewScanner(nc); in.Scan(); {
			tag, command, _ := strings.Cut(in.Text(), " ")
			if strings.HasPrefix(command, "FETCH") {
				io.WriteString(nc, "* 1 FETCH (BODY[] {10}\r\nabc")
				return
			}
			io.WriteString(nc, "* 1 EXISTS\r\n"+tag+" OK done\r\n")
		}
	})
	status, _, errs := try(t, t.Context(), "", "imap", "fetch", "1", "-s", m.addr, "-u", "bob", "-p", "secret", "-q")
	if status != exitNoConnection || !strings.Contains(errs, "error: FETCH 1: the server closed") {
		t.Errorf("status %d: %s", status, errs)
	}
}
