// Package measure has what the measurements share: servers that are started for them, the
// processor time that these use, medians.
package measure

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// A Server is one of those that are compared.
type Server struct {
	Name, Addr string
	Process    int // whose processor time is counted; 0 where it has many processes
	Stop       func()
}

// Launch starts a program and waits until it listens at addr.
func Launch(name, addr, program string, args ...string) (*Server, error) {
	cmd := exec.Command(program, args...)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &Server{Name: name, Addr: addr, Process: cmd.Process.Pid, Stop: func() {
		cmd.Process.Signal(os.Interrupt)
		late := time.AfterFunc(10*time.Second, func() { cmd.Process.Kill() })
		cmd.Wait() // how it ended does not matter any more
		late.Stop()
	}}
	if err := Listening(addr); err != nil {
		s.Stop()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// FreeAddr is an address on loopback where nobody listens.
func FreeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// Listening waits until somebody listens at addr.
func Listening(addr string) error {
	for range 100 {
		if c, err := net.Dial("tcp", addr); err == nil {
			return c.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	return errors.New("nobody listens on " + addr)
}

// ProcessorTime is what the server's process has used so far, with those of its children
// that have ended; 0 where that is not known. It is read where Linux tells it, in hundredths
// of a second.
func (s *Server) ProcessorTime() time.Duration {
	if s.Process == 0 {
		return 0
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.Process))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 15 {
		return 0
	}
	var ticks time.Duration
	for _, word := range fields[11:15] { // user, system, and of children user, system
		n, _ := strconv.Atoi(word)
		ticks += time.Duration(n)
	}
	return ticks * 10 * time.Millisecond
}
