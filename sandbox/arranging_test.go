package sandbox

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mailtool/internal/wire"
	"mailtool/mailbox"
)

// A talker speaks IMAP by hand, and keeps what the server tells of the mailbox that is selected:
// place by place the UID of the message there, 0 where it was not told.
type talker struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	n    int
	view []int
	code string // of the last result
	text string // of the last result, with its code
}

// arrange connects to the IMAP server and logs in.
func arrange(t *testing.T, b *Sandbox, user string) *talker {
	t.Helper()
	conn, err := net.Dial("tcp", b.IMAPAddr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(time.Minute))
	k := &talker{t: t, conn: conn, in: bufio.NewReader(conn)}
	if got := k.line(); !strings.HasPrefix(got, "* OK ") {
		t.Fatalf("greeting %q", got)
	}
	k.ok("LOGIN " + user + " " + DefaultPassword)
	return k
}

// line reads a response with its literals.
func (k *talker) line() string {
	k.t.Helper()
	var all strings.Builder
	for {
		line, err := k.in.ReadString('\n')
		if err != nil {
			k.t.Fatalf("%v after %q", err, line)
		}
		all.WriteString(line)
		l, more := wire.FindLiteral([]byte(strings.TrimSuffix(line, "\r\n")))
		if !more {
			return strings.TrimSuffix(all.String(), "\r\n")
		}
		if _, err := io.CopyN(&all, k.in, l.Size); err != nil {
			k.t.Fatal(err)
		}
	}
}

// hear takes in what the server tells without being asked.
func (k *talker) hear(line string) {
	k.t.Helper()
	words := strings.SplitN(line, " ", 4)
	if len(words) < 3 || words[0] != "*" {
		return
	}
	n, err := strconv.Atoi(words[1])
	if err != nil {
		return
	}
	switch words[2] {
	case "EXISTS":
		if n < len(k.view) {
			k.t.Errorf("%s, and there were %d", line, len(k.view))
		}
		for len(k.view) < n {
			k.view = append(k.view, 0)
		}
	case "EXPUNGE":
		if n < 1 || n > len(k.view) {
			k.t.Fatalf("%s, and there are %d", line, len(k.view))
		}
		k.view = slices.Delete(k.view, n-1, n)
	case "FETCH":
		if n < 1 || n > len(k.view) {
			k.t.Fatalf("%s, and there are %d", line, len(k.view))
		}
		if _, rest, ok := strings.Cut(words[3], "UID "); ok {
			uid, _ := strconv.Atoi(strings.TrimRight(strings.SplitN(rest, " ", 2)[0], ")"))
			if old := k.view[n-1]; old != 0 && old != uid {
				k.t.Errorf("%s, and it was %d", line, old)
			}
			k.view[n-1] = uid
		}
	}
}

// say says a command and returns what was told and the status of the result.
func (k *talker) say(command string) (lines []string, status string) {
	k.t.Helper()
	k.n++
	tag := fmt.Sprintf("a%d", k.n)
	quiet := slices.Contains([]string{"FETCH", "STORE", "SEARCH"}, strings.SplitN(command, " ", 2)[0])
	if _, err := io.WriteString(k.conn, tag+" "+command+"\r\n"); err != nil {
		k.t.Fatal(err)
	}
	for {
		line := k.line()
		if rest, ok := strings.CutPrefix(line, tag+" "); ok {
			status, rest, _ = strings.Cut(rest, " ")
			k.code, k.text = "", rest
			if rest, ok := strings.CutPrefix(rest, "["); ok {
				k.code, _, _ = strings.Cut(rest, "]")
			}
			return lines, status
		}
		if quiet && strings.HasSuffix(line, " EXPUNGE") {
			k.t.Errorf("%s during %s", line, command)
		}
		k.hear(line)
		lines = append(lines, line)
	}
}

func (k *talker) ok(command string) []string {
	k.t.Helper()
	lines, status := k.say(command)
	if status != "OK" {
		k.t.Fatalf("%s: %s [%s]", command, status, k.code)
	}
	return lines
}

// sel selects a mailbox.
func (k *talker) sel(name string) {
	k.t.Helper()
	k.view = nil
	k.ok("SELECT " + name)
}

// waitFor reads what is told in IDLE until a line has that in it.
func (k *talker) waitFor(part string) {
	k.t.Helper()
	for {
		line := k.line()
		k.hear(line)
		if strings.Contains(line, part) {
			return
		}
	}
}

// TestIdleHears: a session that idles is told at once of what comes by SMTP, is deleted by POP3,
// marked by IMAP, and done through the control.
func TestIdleHears(t *testing.T) {
	dir := t.TempDir()
	b := start(t, Options{Dir: dir})
	idle, other := arrange(t, b, "bob"), arrange(t, b, "bob@lab.test")
	idle.sel("INBOX")
	if _, err := io.WriteString(idle.conn, "i IDLE\r\n"); err != nil {
		t.Fatal(err)
	}
	idle.waitFor("") // +
	mail(t, b)
	idle.waitFor("* 1 EXISTS")
	remote, err := Running(dir)
	if err != nil {
		t.Fatal(err)
	}
	err = remote.Add(t.Context(), "bob", mailbox.Inbox, time.Now(), 0, strings.NewReader("Subject: y\r\n\r\ny\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	idle.waitFor("* 2 EXISTS")
	other.sel("INBOX")
	other.ok(`STORE 2 +FLAGS (\Flagged $Work)`)
	idle.waitFor("$Work))")
	r := reach(t, b.POP3Addr())
	r.must(r.login(userPass, "bob", DefaultPassword))
	_, err = r.Delete(1)
	r.must(err)
	_, err = r.Quit()
	r.must(err)
	idle.waitFor("* 1 EXPUNGE")
	if _, err := remote.Empty(t.Context(), "bob"); err != nil {
		t.Fatal(err)
	}
	idle.waitFor("* 1 EXPUNGE")
	if _, err := io.WriteString(idle.conn, "DONE\r\n"); err != nil {
		t.Fatal(err)
	}
	idle.waitFor("i OK")
	if len(idle.view) != 0 {
		t.Errorf("%d messages are left", len(idle.view))
	}
}

// TestCrowd: ten sessions do all that can be done to one mailbox at the same time, while mail
// comes and a POP3 session deletes some. No session's numbers go wrong, and all agree in the end.
func TestCrowd(t *testing.T) {
	b := start(t, Options{Profile: Full, Unrecorded: true})
	for range 5 {
		mail(t, b)
	}
	var all, others sync.WaitGroup
	talkers := make([]*talker, 10)
	for i := range talkers {
		talkers[i] = arrange(t, b, "bob")
		talkers[i].sel("INBOX")
	}
	for range 2 {
		others.Go(func() {
			for range 15 {
				mail(t, b)
			}
		})
	}
	others.Go(func() {
		for range 5 {
			r := reach(t, b.POP3Addr())
			r.must(r.login(userPass, "bob", DefaultPassword))
			if s, err := r.Stat(); err == nil && s.Messages > 0 {
				_, err = r.Delete(1 + rand.IntN(s.Messages))
				r.must(err)
			}
			_, err := r.Quit()
			r.must(err)
		}
	})
	for i, k := range talkers {
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 5))
			for range 40 {
				k.random(random)
			}
		})
	}
	all.Wait()
	others.Wait()
	var want []int
	for i, k := range talkers {
		k.ok("NOOP")
		if len(k.view) > 0 {
			k.ok("FETCH 1:* (UID FLAGS)")
		}
		if i == 0 {
			want = k.view
		}
		if !slices.Equal(k.view, want) || slices.Contains(k.view, 0) || !slices.IsSorted(k.view) {
			t.Errorf("session %d has %v, the first %v", i+1, k.view, want)
		}
	}
	if n := b.Count("bob"); n != len(want) {
		t.Errorf("the mailbox has %d, the sessions %d", n, len(want))
	}
	inTrash := arrange(t, b, "bob")
	inTrash.sel("Trash")
	allWhole(t, inTrash)
	allWhole(t, talkers[0])
}

// allWhole reads all messages, of which each begins and ends as it should.
func allWhole(t *testing.T, k *talker) {
	t.Helper()
	if len(k.view) == 0 {
		return
	}
	for _, line := range k.ok("FETCH 1:* BODY.PEEK[]") {
		if strings.Contains(line, " FETCH ") && !strings.Contains(line, "Subject: x\r\n\r\nx\r\n") {
			t.Errorf("not whole: %q", line)
		}
	}
}

// random says something, about a message that there may be.
func (k *talker) random(random *rand.Rand) {
	k.t.Helper()
	n := 1 + random.IntN(len(k.view)+1)
	command := []string{
		"NOOP", "CHECK", "UID FETCH 1:* (FLAGS)", "SEARCH DELETED", "EXPUNGE", "STATUS INBOX (MESSAGES RECENT)",
		fmt.Sprintf("FETCH %d (UID FLAGS RFC822.SIZE BODY.PEEK[])", n),
		fmt.Sprintf("STORE %d +FLAGS (\\Deleted)", n), fmt.Sprintf("STORE %d -FLAGS (\\Deleted)", n),
		fmt.Sprintf("UID STORE %d:%d FLAGS.SILENT ($X \\Seen)", n, n+2),
		fmt.Sprintf("UID COPY %d:%d INBOX", n, n+1), fmt.Sprintf("MOVE %d Trash", n),
		fmt.Sprintf("UID MOVE %d Trash", 1+random.IntN(60)), fmt.Sprintf("COPY %d Trash", n),
		"APPEND INBOX (\\Seen) {17+}\r\nSubject: x\r\n\r\nx\r\n",
	}[random.IntN(15)]
	_, status := k.say(command)
	if status == "OK" && strings.HasPrefix(k.code, "COPYUID ") {
		if words := strings.Fields(k.code); len(words) != 4 || spread(words[2]) != spread(words[3]) {
			k.t.Errorf("%s: [%s]", command, k.code)
		}
	}
	// A number that is too high is BAD; what somebody else has expunged is NO, but no mistake where
	// a UID is said (RFC 3501 §6.4.8).
	if status == "BAD" && n <= len(k.view) || status == "NO" &&
		(!strings.HasPrefix(k.code, "EXPUNGEISSUED") || strings.HasPrefix(command, "UID ")) {
		k.t.Errorf("%s: %s [%s], with %d messages", command, status, k.code, len(k.view))
	}
}

// spread is how many numbers a set has.
func spread(set string) (n int) {
	for _, r := range strings.Split(set, ",") {
		first, last, both := strings.Cut(r, ":")
		from, _ := strconv.Atoi(first)
		to, _ := strconv.Atoi(last)
		if n++; both {
			n += max(to-from, from-to)
		}
	}
	return n
}

// A lenient sandbox makes CRLF of lone LFs in what APPEND brings, as of what SMTP brings; another
// says in words what to do.
func TestAppendLenient(t *testing.T) {
	for _, lenient := range []bool{false, true} {
		b := start(t, Options{Lenient: lenient})
		k := arrange(t, b, "bob")
		_, status := k.say("APPEND INBOX {6+}\r\na: b\n\n")
		if !lenient {
			want := "Line 1 of the message ends in LF alone: end each line with CRLF"
			if status != "NO" || !strings.HasPrefix(k.text, want) {
				t.Errorf("got %s %q, want NO %q", status, k.text, want)
			}
			continue
		}
		k.sel("INBOX")
		text := strings.Join(k.ok("FETCH * BODY.PEEK[]"), "|")
		if want := "BODY[] {8}\r\na: b\r\n\r\n)"; status != "OK" || !strings.Contains(text, want) {
			t.Errorf("%s %s, and there is %q", status, k.text, text)
		}
	}
}

// TestCopyBesideExpunge: a UID that is gone is passed over, though its session was not told yet
// (RFC 3501 §6.4.8). By numbers all are copied or none.
func TestCopyBesideExpunge(t *testing.T) {
	b := start(t, Options{Dir: t.TempDir(), Profile: Full})
	one, other := arrange(t, b, "bob"), arrange(t, b, "bob")
	for range 4 {
		one.ok("APPEND INBOX {1+}\r\nx")
	}
	one.sel("INBOX")
	other.sel("INBOX")
	for i, x := range []struct{ command, status, code string }{
		{"COPY 1:3 Trash", "NO", "EXPUNGEISSUED"},
		{"UID COPY 1:3 Trash", "OK", "COPYUID"},
		{"UID MOVE 3:4 Trash", "OK", ""},
	} {
		other.ok(fmt.Sprintf(`UID STORE %d FLAGS (\Deleted)`, i+1))
		other.ok("EXPUNGE")
		if _, status := one.say(x.command); status != x.status || !strings.HasPrefix(one.code, x.code) {
			t.Errorf("%s: %s [%s]", x.command, status, one.code)
		}
	}
	if lines, _ := one.say("STATUS Trash (MESSAGES)"); !strings.Contains(lines[0], "MESSAGES 2") {
		t.Errorf("%q", lines)
	}
}
