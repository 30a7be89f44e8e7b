package interop

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"mailtool/sandbox"
)

// unsynced is set where this binary is not a test, but a sandbox whose database does not
// sync: what TestDurable has to find out.
const unsynced = "MAILTOOL_TEST_UNSYNCED"

// serveUnsynced is that sandbox. It runs until it is ended.
func serveUnsynced(dir string) {
	box, err := sandbox.Start(context.Background(), sandbox.Options{Dir: dir, SMTP: "0", AcceptAll: true,
		Careless: true})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("SMTP   " + box.Addr() + "\nwaiting for clients")
	select {}
}

// TestDurable: the system's own record of the server shows, for each message that was
// acknowledged, that the database was synced before the 250 was written; and it shows the
// contrary of a server that does not sync.
func TestDurable(t *testing.T) {
	strace := need(t, "strace")
	build(t)
	t.Run("serve", func(t *testing.T) {
		early, promised := traced(t, strace, nil, program(), "serve", "--smtp", "0", "--accept", "all",
			"--print", "none", "--dir")
		if promised < 100 || len(early) > 0 {
			t.Errorf("%d of %d messages were acknowledged before they were on the disk: %v",
				len(early), promised, early)
		}
	})
	t.Run("without sync", func(t *testing.T) {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		early, promised := traced(t, strace, []string{unsynced + "=1"}, self)
		if promised < 100 || len(early) < promised/2 {
			t.Errorf("%d of %d messages were found to be acknowledged too early: the test is blind",
				len(early), promised)
		}
	})
}

// tokens: a message is known by its subject in the database, and by its recipient, whose name
// stands in the reply. The recipient is in the database before the message is: an account is
// made for it, and synced.
var tokens = struct{ message, recipient *regexp.Regexp }{
	regexp.MustCompile(`letter-(\d+-\d+)-x`), regexp.MustCompile(`token-(\d+-\d+)-x`)}

// traced runs a server under strace, its directory as its last argument, sends messages over
// several connections, and judges the record.
func traced(t *testing.T, strace string, env []string, name string, args ...string) (
	early []string, promised int) {
	t.Helper()
	dir := t.TempDir()
	record := filepath.Join(dir, "strace")
	// What is written into the database are pages, with the token somewhere in them.
	args = append([]string{"-f", "-y", "-s", "20000", "-e",
		"trace=write,pwrite64,pwritev,fsync,fdatasync", "-o", record, name}, args...)
	cmd := exec.Command(strace, append(args, filepath.Join(dir, "box"))...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	addr := ""
	for lines := bufio.NewScanner(out); lines.Scan() && !strings.Contains(lines.Text(), "waiting"); {
		if _, rest, ok := strings.Cut(lines.Text(), "SMTP   "); ok {
			addr = strings.Fields(rest)[0]
		}
	}
	go io.Copy(io.Discard, out)
	var wait sync.WaitGroup
	for client := range 5 {
		wait.Go(func() { acknowledged(t, addr, client) })
	}
	wait.Wait()
	ports, err := sandbox.ReadPorts(filepath.Join(dir, "box"))
	if err != nil {
		t.Fatal(err)
	}
	server, err := os.FindProcess(ports.Process)
	if err != nil {
		t.Fatal(err)
	}
	server.Signal(os.Interrupt)
	late := time.AfterFunc(20*time.Second, func() { server.Kill() })
	cmd.Wait() // strace ends as the server does
	if !late.Stop() {
		t.Error("the server did not end")
	}
	f, err := os.Open(record)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	calls, err := readCalls(f)
	if err != nil {
		t.Fatal(err)
	}
	return unkept(calls)
}

// acknowledged sends messages, each to a recipient of its own: the reply names it.
func acknowledged(t *testing.T, addr string, client int) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Error(err)
		return
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(time.Minute))
	in := bufio.NewReader(nc)
	say := func(text string) {
		io.WriteString(nc, text)
		for {
			line, err := in.ReadString('\n')
			if err != nil || line[0] > '3' {
				t.Errorf("%.40q was answered by %q, %v", text, line, err)
				return
			}
			if line[3] == ' ' {
				return
			}
		}
	}
	say("")
	say("EHLO a.test\r\n")
	for n := range 25 {
		number := fmt.Sprintf("%d-%d", client, n)
		say("MAIL FROM:<a@a.test>\r\n")
		say("RCPT TO:<token-" + number + "-x@lab.test>\r\n")
		say("DATA\r\n")
		say("Subject: letter-" + number + "-x\r\n\r\n" + strings.Repeat("nothing much\r\n", 10) + ".\r\n")
	}
	say("QUIT\r\n")
}
