package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"mailtool/sandbox"
)

// A server is a mailtool serve that runs, with accounts that nobody has logged in to.
type server struct {
	sandbox.Ports
	fresh []string // accounts that nobody has logged in to yet
	stop  func()
}

// password is that of all accounts that are made here.
const password = "open the door"

// guessed is how many accounts there are of those whose passwords are tried: half of them.
const guessed = 15

// start makes the accounts and starts the server.
func start(program string, accounts int) (*server, error) {
	dir, err := os.MkdirTemp("", "mailtool-login")
	if err != nil {
		return nil, err
	}
	s := &server{stop: func() { os.RemoveAll(dir) }}
	if err := s.enrol(program, dir, accounts); err != nil {
		s.stop()
		return nil, err
	}
	cmd := exec.Command(program, "serve", "--dir", dir, "--smtp", "127.0.0.1:0",
		"--submission", "127.0.0.1:0", "--submissions", "off", "--print", "none")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		s.stop()
		return nil, err
	}
	s.stop = func() {
		cmd.Process.Signal(os.Interrupt)
		late := time.AfterFunc(10*time.Second, func() { cmd.Process.Kill() })
		cmd.Wait() // how it ended does not matter any more
		late.Stop()
		os.RemoveAll(dir)
	}
	for range 200 {
		if s.Ports, err = sandbox.ReadPorts(dir); err == nil {
			return s, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.stop()
	return nil, fmt.Errorf("serve does not start: %w", err)
}

// enrol makes the accounts.
func (s *server) enrol(program, dir string, accounts int) error {
	var list bytes.Buffer
	for i := range accounts {
		name := fmt.Sprint("student", i)
		s.fresh = append(s.fresh, name)
		fmt.Fprintf(&list, "%s,%s\n", name, password)
	}
	for i := range guessed {
		fmt.Fprintf(&list, "guess%d,%s\n", i, password)
	}
	file := filepath.Join(dir, "class.csv")
	if err := os.WriteFile(file, list.Bytes(), 0o600); err != nil {
		return err
	}
	out, err := exec.Command(program, "user", "add", "--csv", file, "--dir", dir).CombinedOutput()
	if err != nil {
		return fmt.Errorf("user add: %w\n%s", err, out)
	}
	return nil
}
