// Pop3 measures mailtool serve beside Dovecot (mdbox), which have the same mail: one session
// that fetches every message of a mailbox, one after the other, and the lists of a larger
// one. Each server has its turn, round after round, so that whatever else the machine does
// meets both; the client does as little as one can.
//
//	go build -o bench/out/mailtool ./cmd/mailtool
//	go run ./bench/pop3 -mailtool bench/out/mailtool
//
// It wants root and Debian's dovecot-pop3d; where they are missing, mailtool is alone.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"mailtool/bench/measure"
)

// The mailboxes: bob's is fetched, of alice's there are lists.
const (
	fetched  = "bob"
	listed   = "alice"
	password = "sesame"
)

func main() {
	program := flag.String("mailtool", "bench/out/mailtool", "the program to measure")
	rounds := flag.Int("rounds", 9, "how often each is measured")
	messages := flag.Int("messages", 2000, "messages that are fetched")
	many := flag.Int("many", 10000, "messages that are listed")
	size := flag.Int("size", 5<<10, "octets of a message, about")
	record := flag.String("record", "on", "mailtool's recording: on, off")
	alone := flag.Bool("alone", false, "without Dovecot")
	flag.Parse()
	o := options{*program, *record, *alone, *messages, *many, *size}
	if err := o.compare(*rounds); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// options are what is measured.
type options struct {
	program, record string
	alone           bool
	messages, many  int
	size            int
}

// A result is what was measured of a server, by round.
type result struct {
	rate, cpu                      []float64 // messages a second, microseconds a message
	login, loginMany, list, unique []float64 // milliseconds
}

func (o options) compare(rounds int) error {
	dir, err := os.MkdirTemp("", "mailtool-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	servers, err := o.start(dir)
	for _, s := range servers {
		defer s.Stop()
	}
	if err != nil {
		return err
	}
	if err := alike(servers); err != nil {
		return err
	}
	results := make([]result, len(servers))
	for range rounds {
		for i, s := range servers {
			if err := results[i].round(s); err != nil {
				return fmt.Errorf("%s: %w", s.Name, err)
			}
		}
	}
	o.report(servers, results)
	return nil
}

// start makes the mail and starts the servers, ours first.
func (o options) start(dir string) (all []*measure.Server, err error) {
	if err := os.Chmod(dir, 0o755); err != nil { // Dovecot reads in it as somebody else
		return nil, err
	}
	for user, n := range map[string]int{fetched: o.messages, listed: o.many} {
		if err := measure.WriteMaildir(filepath.Join(dir, user), n, o.size); err != nil {
			return nil, err
		}
	}
	s, err := o.startOurs(dir)
	if err != nil {
		return nil, err
	}
	all = append(all, s)
	if o.alone {
		return all, nil
	}
	s, err = startDovecot(dir)
	if missing := (*exec.Error)(nil); errors.As(err, &missing) {
		fmt.Fprintf(os.Stderr, "left out: %v\n", err)
		return all, nil
	}
	if err != nil {
		return all, err
	}
	return append(all, s), nil
}

// alike makes sure that the servers have the same to say, octet by octet, and that what they
// keep in memory is there.
func alike(servers []*measure.Server) error {
	var first string
	for i, s := range servers {
		sum, err := digest(s.Addr)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		if i == 0 {
			first = sum
		}
		if sum != first {
			return fmt.Errorf("%s sends other messages than %s", s.Name, servers[0].Name)
		}
	}
	return nil
}

// settled is how long a server rests before it is measured.
const settled = 200 * time.Millisecond

// round measures once what a server does.
func (r *result) round(s *measure.Server) error {
	time.Sleep(settled)
	before := s.ProcessorTime()
	g, login, err := visit(s.Addr, fetched)
	if err != nil {
		return err
	}
	defer g.Close()
	n, took, err := g.fetchAll(nil)
	if err != nil {
		return err
	}
	if err := g.quit(); err != nil {
		return err
	}
	time.Sleep(settled) // Dovecot's time is known when the session's process has ended
	used := s.ProcessorTime() - before
	r.login = append(r.login, login)
	r.rate = append(r.rate, float64(n)/took.Seconds())
	r.cpu = append(r.cpu, float64(used.Microseconds())/float64(n))
	return r.lists(s)
}

// lists measures the lists of the large mailbox.
func (r *result) lists(s *measure.Server) error {
	g, login, err := visit(s.Addr, listed)
	if err != nil {
		return err
	}
	defer g.Close()
	list, err := g.timed("LIST")
	if err != nil {
		return err
	}
	uidl, err := g.timed("UIDL")
	if err != nil {
		return err
	}
	r.loginMany = append(r.loginMany, login)
	r.list, r.unique = append(r.list, list), append(r.unique, uidl)
	return g.quit()
}

// report prints medians of each server, and how many times as fast ours is.
func (o options) report(servers []*measure.Server, results []result) {
	fmt.Printf("%d messages of %d octets fetched, %d listed\n", o.messages, o.size, o.many)
	for i, s := range servers {
		r := &results[i]
		fmt.Printf("  %-10s RETR %7.0f/s", s.Name, measure.Median(r.rate))
		if i > 0 {
			fmt.Printf(" (mailtool is %.2f times as fast)", measure.Ratio(results[0].rate, r.rate))
		}
		fmt.Printf(", %.0f us of the processor a message\n", measure.Median(r.cpu))
		fmt.Printf("  %-10s log-in %.1f ms; of the large one: log-in %.1f ms, LIST %.1f ms, UIDL %.1f ms\n",
			"", measure.Median(r.login), measure.Median(r.loginMany), measure.Median(r.list),
			measure.Median(r.unique))
	}
}
