package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"

	"mailtool/bench/measure"
)

// start starts all that are there, ours first. Those that were started are returned with
// an error too.
func start(program string) ([]*measure.Server, error) {
	var all []*measure.Server
	ours, err := startOurs(program)
	if err != nil {
		return nil, err
	}
	all = append(all, ours)
	for _, begin := range []func() (*measure.Server, error){startSink, startPostfix} {
		s, err := begin()
		if missing := (*exec.Error)(nil); errors.As(err, &missing) {
			fmt.Fprintf(os.Stderr, "left out: %v\n", err)
			continue
		}
		if err != nil {
			return all, err
		}
		all = append(all, s)
	}
	return all, nil
}

// startOurs starts mailtool serve with recording, and nothing on the screen.
func startOurs(program string) (*measure.Server, error) {
	dir, err := os.MkdirTemp("", "mailtool-bench")
	if err != nil {
		return nil, err
	}
	addr, err := measure.FreeAddr()
	if err != nil {
		return nil, err
	}
	s, err := measure.Launch("mailtool", addr, program, "serve", "--dir", dir, "--smtp", addr,
		"--submission", "off", "--submissions", "off", "--print", "none")
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	end := s.Stop
	s.Stop = func() { end(); os.RemoveAll(dir) }
	return s, nil
}

// startSink starts Postfix's sink for mail: it stores nothing.
func startSink() (*measure.Server, error) {
	addr, err := measure.FreeAddr()
	if err != nil {
		return nil, err
	}
	args := []string{addr, "1000"}
	if os.Getuid() == 0 {
		args = append([]string{"-u", "postfix"}, args...)
	}
	return measure.Launch("smtp-sink", addr, "/usr/sbin/smtp-sink", args...)
}

// mainCF is a Postfix that takes mail for lab.test and holds it in its queue, which it
// syncs to the disk before it answers.
const mainCF = `compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
maillog_file = %[1]s/log
maillog_file_prefixes = %[1]s
myhostname = relay.lab.test
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
mydestination =
alias_maps =
alias_database =
relay_domains = lab.test
relay_recipient_maps =
default_transport = error:no mail leaves this machine
relay_transport = hold
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access static:HOLD
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_peername_lookup = no
smtpd_error_sleep_time = 0
default_process_limit = 300
`

const masterCF = `%s inet n - n - 300 smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
error unix - - n - - error
hold unix - - n - - error
retry unix - - n - - error
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`

// startPostfix starts a Postfix of our own.
func startPostfix() (*measure.Server, error) {
	const program = "/usr/sbin/postfix"
	if _, err := exec.LookPath(program); err != nil {
		return nil, err
	}
	owner, err := user.Lookup("postfix")
	if err != nil || os.Getuid() != 0 {
		return nil, &exec.Error{Name: program, Err: errors.New("only root can start it")}
	}
	dir, err := os.MkdirTemp("", "mailtool-bench-postfix")
	if err != nil {
		return nil, err
	}
	addr, err := measure.FreeAddr()
	if err != nil {
		return nil, err
	}
	uid, _ := strconv.Atoi(owner.Uid)
	etc := filepath.Join(dir, "etc")
	err = errors.Join(os.Chmod(dir, 0o755), os.Mkdir(etc, 0o755),
		os.Mkdir(filepath.Join(dir, "queue"), 0o755), os.Mkdir(filepath.Join(dir, "data"), 0o755),
		os.Chown(filepath.Join(dir, "data"), uid, -1),
		os.WriteFile(filepath.Join(etc, "main.cf"), fmt.Appendf(nil, mainCF, dir), 0o644),
		os.WriteFile(filepath.Join(etc, "master.cf"), fmt.Appendf(nil, masterCF, addr), 0o644))
	if err != nil {
		return nil, err
	}
	if out, err := exec.Command(program, "-c", etc, "start").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("postfix start: %w\n%s", err, out)
	}
	s := &measure.Server{Name: "postfix", Addr: addr, Stop: func() {
		if out, err := exec.Command(program, "-c", etc, "stop").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "postfix stop: %v\n%s", err, out)
		}
		os.RemoveAll(dir)
	}}
	if err := measure.Listening(addr); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}
