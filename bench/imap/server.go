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

// A server is one of those that are compared. It has its mail when it is made, and is started
// anew for each round.
type server struct {
	*measure.Server // while a round lasts
	Name            string
	start           func() (*measure.Server, error)
	guest           *guest // the round's session
}

// begin starts the server and logs in.
func (s *server) begin() (err error) {
	if s.Server, err = s.start(); err != nil {
		return err
	}
	if s.guest, err = visit(s.Addr); err != nil {
		s.Stop()
	}
	return err
}

// end ends the session and the server.
func (s *server) end() error {
	err := s.guest.say("LOGOUT")
	s.guest.Close()
	s.Stop()
	return err
}

// prepare makes the mail and gives it to the servers, ours first.
func (o *options) prepare(dir string) (all []*server, err error) {
	if err := os.Chmod(dir, 0o755); err != nil { // Dovecot reads in it as somebody else
		return nil, err
	}
	mail := filepath.Join(dir, "mail")
	if err := measure.WriteMaildir(mail, o.messages, o.size); err != nil {
		return nil, err
	}
	ours, err := o.ours(filepath.Join(dir, "mailtool"), mail)
	if err != nil || o.alone {
		return []*server{ours}, err
	}
	all = append(all, ours)
	formats := []string{"maildir"}
	if o.mdbox {
		formats = append(formats, "mdbox")
	}
	for _, format := range formats {
		s, err := dovecot(filepath.Join(dir, format), format, mail)
		if missing := (*exec.Error)(nil); errors.As(err, &missing) {
			fmt.Fprintf(os.Stderr, "left out: %v\n", err)
			break
		}
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// ours is mailtool serve with nothing on the screen, which has the mail.
func (o *options) ours(box, mail string) (*server, error) {
	start := func() (*measure.Server, error) {
		addr, err := measure.FreeAddr()
		if err != nil {
			return nil, err
		}
		return measure.Launch("mailtool", addr, o.program, "serve", "--dir", box, "--profile", "full",
			"--smtp", "127.0.0.1:0", "--submission", "off", "--submissions", "off",
			"--pop3", "off", "--pop3s", "off", "--imap", addr, "--imaps", "off",
			"--record", o.record, "--print", "none")
	}
	s, err := start()
	if err != nil {
		return nil, err
	}
	defer s.Stop()
	return &server{Name: "mailtool", start: start}, run(exec.Command(o.program, "mailbox", "import",
		user, mail, "--dir", box))
}

func run(cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return err
}

// configuration is Dovecot's: a password that opens all mailboxes.
//
//go:embed dovecot.conf
var configuration string

// dovecot is a Dovecot of our own that keeps its mail in a format, and has the mail.
func dovecot(dir, format, mail string) (*server, error) {
	const program = "/usr/sbin/dovecot"
	for _, needed := range []string{program, "doveadm", "/usr/lib/dovecot/imap"} {
		if _, err := exec.LookPath(needed); err != nil {
			return nil, err
		}
	}
	if os.Getuid() != 0 {
		return nil, &exec.Error{Name: program, Err: errors.New("only root can start it")}
	}
	for _, part := range []string{"", "home", "state"} {
		path := filepath.Join(dir, part)
		if err := errors.Join(os.Mkdir(path, 0o777), os.Chmod(path, 0o777)); err != nil {
			return nil, err
		}
	}
	addr, err := measure.FreeAddr()
	if err != nil {
		return nil, err
	}
	conf := filepath.Join(dir, "dovecot.conf")
	if err := configure(conf, dir, format, addr); err != nil {
		return nil, err
	}
	start := func() (*measure.Server, error) {
		if err := forget(dir); err != nil {
			return nil, err
		}
		return measure.Launch("dovecot", addr, program, "-F", "-c", conf)
	}
	s, err := start()
	if err != nil {
		return nil, err
	}
	defer s.Stop()
	return &server{Name: format, start: start}, run(exec.Command("doveadm", "-c", conf,
		"import", "-u", user, "maildir:"+mail, "", "all"))
}

// forget removes what Dovecot remembers of messages, but not which there are.
func forget(dir string) error {
	caches, err := filepath.Glob(filepath.Join(dir, "home", user, "*", "dovecot.index.cache"))
	for _, name := range caches {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}

// configure writes Dovecot's configuration.
func configure(file, dir, format, addr string) error {
	t, err := template.New("").Parse(configuration)
	if err != nil {
		return err
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	host, port, _ := net.SplitHostPort(addr)
	return errors.Join(t.Execute(f, map[string]string{"Dir": dir, "Format": format, "Host": host,
		"Port": port}), f.Close())
}
