package interop

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mailtool/sandbox"
)

// resident is the memory that a process has had at most, in octets, or skips the test where
// the system does not tell.
func resident(t *testing.T, process int) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	if err != nil {
		t.Skip("this system does not tell of its processes: ", err) // not Linux
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kib << 10
		}
	}
	t.Fatal("no VmHWM in the status of the process")
	return 0
}

// most is what the server may take, in octets.
const most = 64 << 20

// processOf returns the number of the process that serves in dir.
func processOf(t *testing.T, dir string) int {
	t.Helper()
	ports, err := sandbox.ReadPorts(dir)
	if err != nil {
		t.Fatal(err)
	}
	return ports.Process
}

// TestMemoryLarge: 20 messages of 10 MB over 4 sessions.
func TestMemoryLarge(t *testing.T) {
	build(t)
	dir := t.TempDir()
	addr, kill := served(t, dir)
	defer kill()
	block := strings.Repeat(strings.Repeat("x", 70)+"\r\n", 1000)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			c := dialog(t, addr)
			defer c.Close()
			for range 5 {
				c.say("MAIL FROM:<a@a.test>\r\n", "250")
				c.say("RCPT TO:<bob@lab.test>\r\n", "250")
				c.say("DATA\r\n", "354")
				c.write("Subject: large\r\n\r\n")
				for range 10_000_000 / len(block) {
					c.write(block)
				}
				c.say(".\r\n", "250")
			}
			c.say("QUIT\r\n", "221")
		})
	}
	wait.Wait()
	took := resident(t, processOf(t, dir))
	t.Logf("%d MiB were resident at most", took>>20)
	if took > most {
		t.Errorf("%d MiB were resident, more than %d", took>>20, most>>20)
	}
}

// TestMemoryIdle: 1,000 clients that say EHLO and nothing more.
func TestMemoryIdle(t *testing.T) {
	build(t)
	dir := t.TempDir()
	addr, kill := served(t, dir)
	defer kill()
	for range 1000 {
		c := dialog(t, addr)
		defer c.Close()
	}
	took := resident(t, processOf(t, dir))
	t.Logf("%d MiB were resident at most", took>>20)
	if took > most {
		t.Errorf("%d MiB were resident, more than %d", took>>20, most>>20)
	}
}

// TestTenThousand: far more clients than the server lets in at a time. Those beyond are told
// so, those who are in are not disturbed, and when they have gone others are let in.
func TestTenThousand(t *testing.T) {
	build(t)
	addr, kill := served(t, t.TempDir())
	defer kill()
	inside := dialog(t, addr)
	defer inside.Close()
	let, refused := 0, 0
	var open []net.Conn
	for range 10_000 {
		nc, err := net.DialTimeout("tcp", addr, 10*time.Second)
		if err != nil {
			t.Fatalf("after %d: %v", let+refused, err)
		}
		open = append(open, nc)
		nc.SetDeadline(time.Now().Add(20 * time.Second))
		line, err := bufio.NewReader(nc).ReadString('\n')
		switch {
		case err != nil:
			t.Fatalf("after %d: %v", let+refused, err)
		case strings.HasPrefix(line, "220 "):
			let++
		case strings.HasPrefix(line, "421 "):
			refused++
			nc.Close()
			open = open[:len(open)-1]
		default:
			t.Fatalf("the greeting is %q", line)
		}
	}
	if let != 999 || refused != 9001 {
		t.Errorf("%d were let in, %d refused", let, refused)
	}
	inside.say("MAIL FROM:<a@a.test>\r\n", "250")
	inside.say("RCPT TO:<bob@lab.test>\r\n", "250")
	inside.say("DATA\r\n", "354")
	inside.say("Subject: x\r\n\r\nx\r\n.\r\n", "250")
	for _, nc := range open {
		nc.Close()
	}
	for range 100 { // until the server has seen that they are gone
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		line, _ := bufio.NewReader(nc).ReadString('\n')
		nc.Close()
		if strings.HasPrefix(line, "220 ") {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("nobody is let in any more")
}

// A dialogue is a client that says what the test wants.
type dialogue struct {
	net.Conn
	t  *testing.T
	in *bufio.Reader
}

// dialog connects and says EHLO.
func dialog(t *testing.T, addr string) *dialogue {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Error(err)
		return nil
	}
	nc.SetDeadline(time.Now().Add(2 * time.Minute))
	c := &dialogue{nc, t, bufio.NewReader(nc)}
	c.say("", "220")
	c.say("EHLO a.test\r\n", "250")
	return c
}

func (c *dialogue) write(text string) {
	if _, err := io.WriteString(c.Conn, text); err != nil {
		c.t.Error(err)
	}
}

func (c *dialogue) say(text, want string) {
	c.write(text)
	for {
		line, err := c.in.ReadString('\n')
		if err != nil || !strings.HasPrefix(line, want) {
			c.t.Errorf("%.40q was answered by %q, %v", text, line, err)
			return
		}
		if line[3] == ' ' {
			return
		}
	}
}
