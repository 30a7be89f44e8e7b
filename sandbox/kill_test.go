package sandbox

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"mailtool/mailbox"
)

// victim names the folder of a sandbox that serves until it is killed.
const victim = "SANDBOX_TEST_VICTIM"

// TestServeUntilKilled is no test: it is what the other process of TestKill does.
func TestServeUntilKilled(t *testing.T) {
	dir := os.Getenv(victim)
	if dir == "" {
		return
	}
	b, err := Start(t.Context(), Options{Dir: dir, SMTP: "0", Profile: Full})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println(b.IMAPAddr())
	select {}
}

// A fate is what a client knows of a message of its own, by what was asked and what answered.
type fate struct {
	text                                       string
	appended, moved, deleting, expunged, asked bool
}

// A mover appends messages, moves them and expunges some, until the server is gone.
type mover struct {
	name  string
	fates []*fate
}

// command says a command and returns its code, or what ended the connection.
func command(conn net.Conn, in *bufio.Reader, text string) (code string, err error) {
	if _, err := io.WriteString(conn, "a "+text+"\r\n"); err != nil {
		return "", err
	}
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return "", err
		}
		if _, c, ok := strings.Cut(line, "[COPYUID "); ok {
			code, _, _ = strings.Cut(c, "]")
		}
		if !strings.HasPrefix(line, "a ") {
			continue
		}
		if !strings.HasPrefix(line, "a OK") {
			return "", errors.New(text[:min(len(text), 80)] + ": " + line)
		}
		if _, c, ok := strings.Cut(line, "["); ok {
			code, _, _ = strings.Cut(c, "]")
		}
		return code, nil
	}
}

// run goes on until the connection breaks, and returns anything else that went wrong.
func (m *mover) run(addr string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	if _, err := in.ReadString('\n'); err != nil {
		return err
	}
	for _, text := range []string{"LOGIN bob " + DefaultPassword, "SELECT INBOX"} {
		if _, err := command(conn, in, text); err != nil {
			return err
		}
	}
	for i := 0; ; i++ {
		text := fmt.Sprintf("Subject: %s-%d\r\n\r\n", m.name, len(m.fates)) + strings.Repeat("0123456789\r\n", 80)
		if i%8 == 7 {
			text += strings.Repeat("a long one\r\n", 50_000) // it comes in pieces
		}
		f := &fate{text: text}
		m.fates = append(m.fates, f)
		code, err := command(conn, in, fmt.Sprintf("APPEND INBOX {%d+}\r\n%s", len(text), text))
		if err != nil {
			return err
		}
		f.appended = true
		var validity, uid, to uint32
		if _, err := fmt.Sscanf(code, "APPENDUID %d %d", &validity, &uid); err != nil {
			return fmt.Errorf("%w: %s", err, code)
		}
		f.asked = true
		if code, err = command(conn, in, fmt.Sprintf("UID MOVE %d Archive", uid)); err != nil {
			return err
		}
		f.moved = true
		if _, err := fmt.Sscanf(strings.TrimPrefix(code, "COPYUID "), "%d %d %d", &validity, &uid, &to); err != nil {
			continue // the code stood in a line of its own
		}
		if i%3 != 0 {
			continue
		}
		f.deleting = true
		for _, text := range []string{"SELECT Archive", fmt.Sprintf("UID STORE %d +FLAGS.SILENT (\\Deleted)", to),
			fmt.Sprintf("UID EXPUNGE %d", to), "SELECT INBOX"} {
			if _, err := command(conn, in, text); err != nil {
				return err
			}
			f.expunged = f.expunged || strings.HasPrefix(text, "UID EXPUNGE")
		}
	}
}

// TestKill kills a server while clients append, move and expunge. Each message is whole, and in
// one place; what was answered was done.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	movers := make([]*mover, 6)
	for i := range movers {
		movers[i] = &mover{name: fmt.Sprint(i)}
	}
	for range 4 {
		killed(t, dir, movers)
		inspect(t, dir, movers)
	}
	n := 0
	for _, m := range movers {
		n += len(m.fates)
	}
	if n < 50 {
		t.Errorf("%d messages say little", n)
	}
}

// killed has the movers at work at a server until it is killed.
func killed(t *testing.T, dir string, movers []*mover) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run", "^TestServeUntilKilled$")
	cmd.Env = append(os.Environ(), victim+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for _, m := range movers {
		all.Go(func() {
			err := m.run(strings.TrimSpace(addr))
			if gone := (*net.OpError)(nil); !errors.As(err, &gone) && !errors.Is(err, io.EOF) {
				t.Error(err)
			}
		})
	}
	time.Sleep(time.Duration(300+rand.IntN(300)) * time.Millisecond)
	cmd.Process.Kill()
	all.Wait()
}

// inspect holds the mailbox against what the clients know.
func inspect(t *testing.T, dir string, movers []*mover) {
	t.Helper()
	s, err := OpenMailbox(t.Context(), dir, MailboxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	u, err := s.User(t.Context(), "bob")
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string][]string) // by subject: where a text is
	for _, name := range []string{"INBOX", "Archive"} {
		f, err := s.Folder(t.Context(), u.ID, name)
		if err != nil {
			t.Fatal(err)
		}
		err = s.Each(t.Context(), f.ID, 0, func(m *mailbox.Message) error {
			b, err := s.Body(t.Context(), m.Body)
			if err != nil {
				return err
			}
			var text strings.Builder
			_, err = b.WriteTo(&text)
			subject, _, _ := strings.Cut(text.String(), "\r\n")
			if !isText(movers, subject, text.String()) {
				t.Errorf("%s in %s is not whole", subject, name)
			}
			texts[subject] = append(texts[subject], name)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range movers {
		for i, f := range m.fates {
			subject := fmt.Sprintf("Subject: %s-%d", m.name, i)
			where := texts[subject]
			switch {
			case len(where) > 1:
				t.Errorf("%s lies in %v", subject, where)
			case f.expunged && len(where) > 0:
				t.Errorf("%s was expunged, and lies in %v", subject, where)
			case f.appended && !f.deleting && len(where) == 0:
				t.Errorf("%s is lost: %+v", subject, *f)
			case f.moved && len(where) > 0 && where[0] != "Archive", !f.asked && len(where) > 0 && where[0] != "INBOX":
				t.Errorf("%s lies in %v: moved %t", subject, where, f.moved)
			}
		}
	}
}

// isText says that a text is what was appended under its subject.
func isText(movers []*mover, subject, text string) bool {
	for _, m := range movers {
		for i, f := range m.fates {
			if subject == fmt.Sprintf("Subject: %s-%d", m.name, i) {
				return text == f.text
			}
		}
	}
	return false
}
