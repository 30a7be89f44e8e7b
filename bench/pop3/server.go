package main

import (
	_ "embed"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"text/template"

	"mailtool/bench/measure"
)

// startOurs starts mailtool serve with nothing on the screen, and gives it the mail.
func (o options) startOurs(dir string) (*measure.Server, error) {
	addr, err := measure.FreeAddr()
	if err != nil {
		return nil, err
	}
	box := filepath.Join(dir, "mailtool")
	s, err := measure.Launch("mailtool", addr, o.program, "serve", "--dir", box,
		"--smtp", "127.0.0.1:0", "--submission", "off", "--submissions", "off",
		"--pop3", addr, "--pop3s", "off", "--record", o.record, "--print", "none")
	if err != nil {
		return nil, err
	}
	return s, give(s, func(user string) *exec.Cmd {
		return exec.Command(o.program, "mailbox", "import", user, filepath.Join(dir, user),
			"--dir", box)
	})
}

// give has a program put the mail into the mailboxes of a server.
func give(s *measure.Server, program func(user string) *exec.Cmd) error {
	for _, user := range []string{fetched, listed} {
		cmd := program(user)
		if out, err := cmd.CombinedOutput(); err != nil {
			s.Stop()
			return fmt.Errorf("%s: %w\n%s", cmd, err, out)
		}
	}
	return nil
}

// configuration is Dovecot's: mail in mdbox, and a password that opens all mailboxes.
//
//go:embed dovecot.conf
var configuration string

// startDovecot starts a Dovecot of our own, and gives it the mail.
func startDovecot(dir string) (*measure.Server, error) {
	const program = "/usr/sbin/dovecot"
	for _, needed := range []string{program, "doveadm", "/usr/lib/dovecot/pop3"} {
		if _, err := exec.LookPath(needed); err != nil {
			return nil, err
		}
	}
	if os.Getuid() != 0 {
		return nil, &exec.Error{Name: program, Err: errors.New("only root can start it")}
	}
	addr, err := measure.FreeAddr()
	if err != nil {
		return nil, err
	}
	conf := filepath.Join(dir, "dovecot.conf")
	if err := configure(conf, dir, addr); err != nil {
		return nil, err
	}
	for _, part := range []string{"home", "state"} {
		path := filepath.Join(dir, part)
		if err := errors.Join(os.Mkdir(path, 0o777), os.Chmod(path, 0o777)); err != nil {
			return nil, err
		}
	}
	s, err := measure.Launch("dovecot", addr, program, "-F", "-c", conf)
	if err != nil {
		return nil, err
	}
	return s, give(s, func(user string) *exec.Cmd {
		return exec.Command("doveadm", "-c", conf, "import", "-u", user,
			"maildir:"+filepath.Join(dir, user), "", "all")
	})
}

// configure writes Dovecot's configuration.
func configure(file, dir, addr string) error {
	t, err := template.New("").Parse(configuration)
	if err != nil {
		return err
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	host, port, _ := net.SplitHostPort(addr)
	return errors.Join(t.Execute(f, map[string]string{"Dir": dir, "Host": host, "Port": port}), f.Close())
}
