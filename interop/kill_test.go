package interop

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mailtool/sandbox"
)

// A promise is what a client knows of a message that it sent.
type promise struct {
	kept bool // 250 came
	text string
}

// TestKill: the server is killed under load, again and again. Every message that got its 250
// is there, whole and once, and none is there twice.
func TestKill(t *testing.T) {
	build(t)
	rounds := 20
	if testing.Short() {
		rounds = 3
	}
	dir := filepath.Join(t.TempDir(), "box")
	promises := make(map[string]*promise)
	rng := rand.New(rand.NewPCG(5321, 6))
	for round := range rounds {
		addr, kill := served(t, dir)
		var wait sync.WaitGroup
		var mu sync.Mutex
		for client := range 20 {
			wait.Go(func() { pester(addr, fmt.Sprintf("%d-%d", round, client), &mu, promises) })
		}
		time.Sleep(time.Duration(100+rng.IntN(400)) * time.Millisecond)
		kill()
		wait.Wait()
	}
	kept := 0
	for _, p := range promises {
		if p.kept {
			kept++
		}
	}
	t.Logf("%d messages were begun, %d were promised to be kept", len(promises), kept)
	if kept < 20*rounds {
		t.Errorf("only %d messages got their 250: the test says little", kept)
	}
	compare(t, dir, promises)
}

// served starts mailtool serve as a process.
func served(t *testing.T, dir string) (addr string, kill func()) {
	t.Helper()
	cmd := exec.Command(program(), "serve", "--dir", dir, "--smtp", "0", "--print", "none")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var trouble bytes.Buffer
	cmd.Stderr = &trouble
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, rest, ok := strings.Cut(lines.Text(), "SMTP   "); ok {
			addr = strings.Fields(rest)[0]
		}
		if strings.Contains(lines.Text(), "waiting for clients") {
			break
		}
	}
	go io.Copy(io.Discard, out)
	if addr == "" {
		cmd.Wait()
		t.Fatalf("the server does not say where it listens: %s", trouble.String())
	}
	return addr, func() {
		cmd.Process.Kill()
		cmd.Wait() // killed: what else should it say
	}
}

// pester sends messages until the connection is lost, and notes what it was promised.
func pester(addr, name string, mu *sync.Mutex, promises map[string]*promise) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(20 * time.Second))
	in := bufio.NewReader(nc)
	ok := func(text string) bool {
		if _, err := io.WriteString(nc, text); err != nil {
			return false
		}
		for {
			line, err := in.ReadString('\n')
			if err != nil || line[0] > '3' {
				return false
			}
			if len(line) > 3 && line[3] != '-' {
				return true
			}
		}
	}
	if !ok("") || !ok("EHLO a.test\r\n") {
		return
	}
	for n := 0; ; n++ {
		token := fmt.Sprintf("%s-%d.", name, n)
		// Every tenth is too long for one piece of the mailbox.
		lines := 20
		if n%10 == 9 {
			lines = 6000
		}
		p := &promise{text: "Subject: " + token + "\r\n\r\n" +
			strings.Repeat("a line of message "+token+" to the server\r\n", lines)}
		if !ok("MAIL FROM:<a@a.test>\r\n") || !ok("RCPT TO:<bob@lab.test>\r\n") || !ok("DATA\r\n") {
			return
		}
		mu.Lock()
		promises[token] = p
		mu.Unlock()
		if !ok(p.text + ".\r\n") {
			return
		}
		mu.Lock()
		p.kept = true
		mu.Unlock()
	}
}

// compare looks into the mailbox: who is there, and how often.
func compare(t *testing.T, dir string, promises map[string]*promise) {
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
	times := make(map[string]int)
	for _, m := range mails {
		text := string(withoutTop(t, m.Data))
		token, _, _ := strings.Cut(strings.TrimPrefix(text, "Subject: "), "\r\n")
		times[token]++
		switch p := promises[token]; {
		case p == nil:
			t.Errorf("nobody sent %q", token)
		case p.text != text:
			t.Errorf("%s is not whole: %d octets of %d", token, len(text), len(p.text))
		}
	}
	for token, p := range promises {
		if n := times[token]; n > 1 || p.kept && n != 1 {
			t.Errorf("%s is there %d times, kept: %v", token, n, p.kept)
		}
	}
}
