package mailbox

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// victim names the database that a process delivers into until it is killed.
const victim = "MAILBOX_TEST_VICTIM"

// TestMain delivers where the process is a victim.
func TestMain(m *testing.M) {
	if file := os.Getenv(victim); file != "" {
		deliverUntilKilled(file)
	}
	os.Exit(m.Run())
}

// deliverUntilKilled delivers from 20 goroutines and prints the subject of each message
// when it was told that it is stored.
func deliverUntilKilled(file string) {
	s, err := fixture{file: file, sync: "FULL"}.open()
	if err != nil {
		panic(err)
	}
	bob, err := s.User(background, "bob")
	if err != nil {
		panic(err)
	}
	for w := range 20 {
		go func() {
			for i := 0; ; i++ {
				d := s.Draft(background)
				size := 1000
				if i%10 == w%10 {
					size = 2*pieceSize + 1000*w
				}
				subject := fmt.Sprintf("%d-%d-%d", os.Getpid(), w, i)
				io.WriteString(d, numbered(subject, size))
				_, err := d.Deliver(background, Delivery{Envelope: envelope(), To: []FolderID{bob.Inbox}})
				if err != nil {
					panic(err)
				}
				os.Stdout.WriteString(subject + "\n") // one write
			}
		}()
	}
	go func() {
		for i := 0; ; i++ {
			s.deriveMissing(background) // it is often told to stop
			change := FlagChange{Mode: StoreMode(1 + i%2), Flags: Deleted | Seen}
			uids := []UID{UID(i % 100), UID(i % 70)}
			if _, err := s.StoreFlags(background, bob.Inbox, uids, change); err != nil {
				panic(err)
			}
		}
	}()
	select {}
}

func numbered(subject string, size int) string {
	return "Subject: " + subject + "\r\n" + letter(size)
}

// TestKill kills a process that delivers. What it was told is stored is there, whole and
// once; what it was not told is there once at most.
func TestKill(t *testing.T) {
	self, err := os.Executable()
	check(t, err)
	file := filepath.Join(t.TempDir(), "mail.db")
	s := must[*Store](t)(fixture{file: file}.open())
	bob := must[User](t)(s.AddUser(background, "bob"))
	check(t, s.Close())
	answered := map[string]bool{}
	for round := range 4 {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), victim+"="+file)
		cmd.Stderr = os.Stderr
		out := must[io.ReadCloser](t)(cmd.StdoutPipe())
		check(t, cmd.Start())
		var read sync.WaitGroup
		first := make(chan bool)
		var once sync.Once
		read.Go(func() {
			for lines := bufio.NewReader(out); ; {
				line, err := lines.ReadString('\n')
				if err != nil {
					once.Do(func() { close(first) })
					return // a line that was cut is no answer
				}
				answered[strings.TrimSuffix(line, "\n")] = true
				once.Do(func() { close(first) })
			}
		})
		<-first
		time.Sleep(time.Duration(20+rand.IntN(100)) * time.Millisecond)
		check(t, cmd.Process.Kill())
		read.Wait()
		cmd.Wait() // killed
		inspect(t, file, bob, answered, round)
	}
	if len(answered) < 20 {
		t.Errorf("only %d messages were delivered", len(answered))
	}
}

func inspect(t *testing.T, file string, bob User, answered map[string]bool, round int) {
	t.Helper()
	s := must[*Store](t)(fixture{file: file}.open())
	defer s.Close()
	found := map[string]int{}
	for _, m := range must[[]Message](t)(s.List(background, bob.Inbox, 0, 0)) {
		text := s.text(t, m.Body)
		subject, rest, _ := strings.Cut(strings.TrimPrefix(text, "Subject: "), "\r\n")
		if rest != letter(len(rest)) {
			t.Errorf("round %d: %s is not whole", round, subject)
		}
		found[subject]++
	}
	for subject := range answered {
		if found[subject] == 0 {
			t.Errorf("round %d: %s is lost", round, subject)
		}
	}
	for subject, n := range found {
		if n > 1 {
			t.Errorf("round %d: %s is there %d times", round, subject, n)
		}
	}
	f := must[Folder](t)(s.FolderByID(background, bob.Inbox))
	if f.Messages != len(found) {
		t.Errorf("round %d: the folder counts %d of %d", round, f.Messages, len(found))
	}
	check(t, s.Sweep(background))
	leftovers(t, s)
	before := count(t, s, "SELECT COUNT(*) FROM derived")
	deriveAll(t, s)
	n := count(t, s, `SELECT COUNT(*) FROM bodies WHERE octets <= $1 AND id NOT IN
		(SELECT body_id FROM derived)`, pieceSize)
	if n != 0 {
		t.Errorf("round %d: %d bodies are taken for derived", round, n)
	}
	t.Logf("round %d: %d were derived before it was killed", round, before)
	t.Logf("round %d: %d answered, %d found", round, len(answered), len(found))
}
