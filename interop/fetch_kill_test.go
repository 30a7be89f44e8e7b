package interop

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mailtool/mailbox"
	"mailtool/sandbox"
)

// TestKillUpdate: the server is killed between QUIT and its answer. Every message that was
// marked is gone, or none is; and none is there where QUIT got its +OK (RFC 1939 §6).
func TestKillUpdate(t *testing.T) {
	build(t)
	rounds := 15
	if testing.Short() {
		rounds = 3
	}
	const n = 2400 // half of it is more than what others do in one transaction
	dir := filepath.Join(t.TempDir(), "box")
	rng := rand.New(rand.NewPCG(1939, 6))
	answered, undone := 0, 0
	for range rounds {
		before := fillUp(t, dir, n)
		_, kill := served(t, dir)
		done := make(chan bool)
		quit := markEven(t, dir, n, done)
		delay := time.Duration(rng.IntN(80)) * time.Millisecond
		quit()
		time.Sleep(delay)
		kill()
		ok := <-done
		var left []string // what should be there if the update was made
		for i, subject := range before {
			if i%2 == 0 {
				left = append(left, subject)
			}
		}
		after := subjects(t, dir)
		switch {
		case slices.Equal(after, left):
		case slices.Equal(after, before) && !ok:
			undone++
		default:
			t.Errorf("killed %v after QUIT, which was answered: %v; %d of %d messages are left",
				delay, ok, len(after), n)
		}
		if ok {
			answered++
		}
	}
	t.Logf("%d QUITs: %d were answered, %d were not made", rounds, answered, undone)
}

// fillUp brings bob's mailbox to n messages and returns their subjects.
func fillUp(t *testing.T, dir string, n int) []string {
	t.Helper()
	box, err := sandbox.New(t.Context(), sandbox.Options{Dir: dir, Careless: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := box.Count("bob"); i < n; i++ {
		text := fmt.Sprintf("Subject: %d\r\n\r\n%d\r\n", time.Now().UnixNano(), i)
		err := box.Add(t.Context(), "bob", mailbox.Inbox, time.Now(), 0, strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	return subjects(t, dir)
}

// subjects are the first lines of bob's messages. Nobody else may have the mailbox.
func subjects(t *testing.T, dir string) (all []string) {
	t.Helper()
	box, err := sandbox.New(t.Context(), sandbox.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	mails, err := box.Mails(t.Context(), "bob")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mails {
		line, _, _ := strings.Cut(string(m.Data), "\r\n")
		all = append(all, line)
	}
	return all
}

// markEven logs in as bob and marks every second of n messages. quit says QUIT; done is told
// then whether it was answered with +OK.
func markEven(t *testing.T, dir string, n int, done chan<- bool) (quit func()) {
	t.Helper()
	ports, err := sandbox.ReadPorts(dir)
	if err != nil {
		t.Fatal(err)
	}
	nc, err := net.Dial("tcp", ports.POP3)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(20 * time.Second))
	in := bufio.NewReader(nc)
	say := func(commands string) {
		t.Helper()
		io.WriteString(nc, commands)
		for range max(1, strings.Count(commands, "\n")) {
			if line, err := in.ReadString('\n'); err != nil || !strings.HasPrefix(line, "+OK") {
				t.Fatalf("%q, %v", line, err)
			}
		}
	}
	say("")
	say("USER bob\r\n")
	say("PASS " + sandbox.DefaultPassword + "\r\n")
	var marks strings.Builder
	for i := 2; i <= n; i += 2 {
		fmt.Fprintf(&marks, "DELE %d\r\n", i)
	}
	say(marks.String())
	return func() {
		io.WriteString(nc, "QUIT\r\n")
		go func() {
			line, err := in.ReadString('\n')
			done <- err == nil && strings.HasPrefix(line, "+OK")
		}()
	}
}
