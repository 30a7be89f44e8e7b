// Imap measures mailtool serve beside Dovecot (maildir, with -mdbox that too), which have the
// same mail in one folder: a session that selects it, fetches, marks and searches all of it,
// and sessions that append. Each server has its turn, command after command and round after
// round, so that whatever else the machine does meets all; the client does as little as one
// can, and the same for each.
//
//	go build -o bench/out/mailtool ./cmd/mailtool
//	go run ./bench/imap -mailtool bench/out/mailtool
//	go run ./bench/imap -mailtool bench/out/mailtool -large
//
// It wants root and Debian's dovecot-imapd; where they are missing, mailtool is alone.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"mailtool/bench/measure"
)

// The one whose mail it is.
const (
	user     = "bob"
	password = "sesame"
)

func main() {
	var o options
	flag.StringVar(&o.program, "mailtool", "bench/out/mailtool", "the program to measure")
	flag.IntVar(&o.rounds, "rounds", 5, "how often each line is measured")
	flag.IntVar(&o.messages, "messages", 10_000, "messages in the folder")
	flag.IntVar(&o.size, "size", 5<<10, "octets of a message, about")
	flag.StringVar(&o.record, "record", "on", "mailtool's recording: on, off")
	flag.BoolVar(&o.alone, "alone", false, "without Dovecot")
	flag.BoolVar(&o.mdbox, "mdbox", false, "beside Dovecot with mdbox too")
	flag.BoolVar(&o.large, "large", false, "100,000 messages of 1 KB: how long SELECT takes, and what a session adds to memory")
	only := flag.String("only", "", "measure the lines alone whose names contain one of these words, divided by commas")
	flag.Parse()
	if *only != "" {
		o.only = strings.Split(*only, ",")
	}
	if o.large {
		o.messages, o.size = 100_000, 1<<10
	}
	if err := o.run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// options are what is measured.
type options struct {
	program, record     string
	alone, mdbox, large bool
	rounds              int
	messages, size      int
	only                []string
}

func (o *options) run() error {
	dir, err := os.MkdirTemp("", "mailtool-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	servers, err := o.prepare(dir)
	if err != nil {
		return err
	}
	if !o.large {
		if err := alike(servers); err != nil {
			return err
		}
	}
	lines := o.lines()
	for range o.rounds {
		if err := round(servers, lines); err != nil {
			return err
		}
	}
	o.report(servers, lines)
	return nil
}

// lines are those that are wanted.
func (o *options) lines() (wanted []*line) {
	all := linesOf(o)
	if len(o.only) == 0 {
		return all
	}
	for _, l := range all {
		for _, word := range o.only {
			if strings.Contains(strings.ToLower(l.name), strings.ToLower(word)) {
				wanted = append(wanted, l)
				break
			}
		}
	}
	return wanted
}

// round starts the servers, has each answer line after line, and stops them.
func round(servers []*server, lines []*line) (err error) {
	for _, s := range servers {
		if err := s.begin(); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.end()) }()
	}
	for _, l := range lines {
		for _, s := range servers {
			x, err := l.measure(s)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", s.Name, l.name, err)
			}
			l.figures[s] = append(l.figures[s], x)
		}
	}
	return nil
}

// alike makes sure that the servers have the same messages, octet by octet.
func alike(servers []*server) error {
	var first string
	for i, s := range servers {
		sum, err := s.digest()
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

// report prints the medians, and the median of the ratios of ours to each other, round by
// round.
func (o *options) report(servers []*server, lines []*line) {
	fmt.Printf("%d messages of %d octets, medians of %d rounds\n%-36s", o.messages, o.size, o.rounds, "")
	for i, s := range servers {
		fmt.Printf(" %12s", s.Name)
		if i > 0 {
			fmt.Printf(" %8s", "ratio")
		}
	}
	fmt.Println()
	for _, l := range lines {
		fmt.Printf("%-36s", l.name)
		for i, s := range servers {
			fmt.Printf(" %9.1f %-2s", measure.Median(l.figures[s]), l.unit)
			if i > 0 {
				fmt.Printf(" %8.2f", measure.Ratio(l.figures[servers[0]], l.figures[s]))
			}
		}
		fmt.Println()
	}
}
