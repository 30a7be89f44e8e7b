package interop

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"mailtool/sandbox"
)

// A signalled serve is a process that is told to end.
type signalled struct {
	t   *testing.T
	cmd *exec.Cmd
	out *bufio.Reader
	dir string
}

// serveSignalled starts mailtool serve, and waits until it says that it is ready.
func serveSignalled(t *testing.T) (s *signalled, addr string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there are no signals to send")
	}
	build(t)
	s = &signalled{t: t, dir: t.TempDir()}
	s.cmd = exec.Command(program(), "serve", "--dir", s.dir, "--smtp", "0", "--print", "none",
		"--lang", "en")
	s.cmd.Stderr = new(bytes.Buffer)
	pipe, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.cmd.Process.Kill() }) // it has ended, unless the test failed
	s.out = bufio.NewReader(pipe)
	s.says("waiting for clients")
	ports, err := sandbox.ReadPorts(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	return s, ports.SMTP
}

// says waits for words on the screen.
func (s *signalled) says(words string) {
	s.t.Helper()
	for {
		line, err := s.out.ReadString('\n')
		if strings.Contains(line, words) {
			return
		}
		if err != nil {
			s.t.Fatalf("never said: %q; %v, %s", words, err, s.cmd.Stderr)
		}
	}
}

func (s *signalled) signal(which os.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(which); err != nil {
		s.t.Fatal(err)
	}
}

// ended waits for the end, which must be a good one that leaves nothing behind.
func (s *signalled) ended(most time.Duration) {
	s.t.Helper()
	from := time.Now()
	io.Copy(io.Discard, s.out) // to the end of the process
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("the end: %v, %s", err, s.cmd.Stderr)
	}
	if took := time.Since(from); took > most {
		s.t.Errorf("it took %v to end", took)
	}
	for _, name := range []string{sandbox.PortsFile, sandbox.ControlFile} {
		if _, err := os.Stat(filepath.Join(s.dir, name)); !os.IsNotExist(err) {
			s.t.Errorf("%s is still there: %v", name, err)
		}
	}
}

// TestSignal: with the first signal idle clients are told that the server closes, and a
// message that is under way may come to its end.
func TestSignal(t *testing.T) {
	for _, which := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		s, addr := serveSignalled(t)
		idle, busy := dialog(t, addr), dialog(t, addr)
		busy.say("MAIL FROM:<a@a.test>\r\n", "250")
		busy.say("RCPT TO:<bob@lab.test>\r\n", "250")
		busy.say("DATA\r\n", "354")
		s.signal(which)
		idle.say("", "421")
		busy.say("Subject: x\r\n\r\nx\r\n.\r\n", "250")
		busy.say("", "421")
		idle.Close()
		busy.Close()
		s.ended(5 * time.Second)
	}
}

// TestSecondSignal: the second signal cuts what is under way, and is as good an end.
func TestSecondSignal(t *testing.T) {
	s, addr := serveSignalled(t)
	busy := dialog(t, addr)
	defer busy.Close()
	busy.say("MAIL FROM:<a@a.test>\r\n", "250")
	busy.say("RCPT TO:<bob@lab.test>\r\n", "250")
	busy.say("DATA\r\n", "354")
	busy.write("Subject: x\r\n")
	s.signal(os.Interrupt)
	s.says("Ctrl-C again ends at once")
	s.signal(os.Interrupt)
	s.says("is cut off, as you asked")
	s.ended(5 * time.Second)
}
