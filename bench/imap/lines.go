package main

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// A line of the table is a figure of each server, measured once a round in the order of the
// table.
type line struct {
	name, unit string
	measure    func(*server) (float64, error)
	figures    map[*server][]float64
}

// linesOf are the lines in their order: the first ones meet a server that has just been
// started, and a Dovecot that remembers no envelope.
func linesOf(o *options) []*line {
	if o.large {
		return made([]*line{
			{name: "SELECT, first", unit: "ms", measure: timed("SELECT INBOX")},
			{name: "SELECT, again", unit: "ms", measure: timed("SELECT INBOX")},
			{name: "memory, a session", unit: "MB", measure: another},
			{name: "memory, ten sessions, each", unit: "MB", measure: tenOthers},
		})
	}
	const all = "FETCH 1:* "
	return made([]*line{
		{name: "SELECT, first", unit: "ms", measure: timed("SELECT INBOX")},
		{name: "SELECT, again", unit: "ms", measure: timed("SELECT INBOX")},
		{name: "ENVELOPE, first", unit: "ms", measure: timed(all + "ENVELOPE")},
		{name: "ENVELOPE, again", unit: "ms", measure: timed(all + "ENVELOPE")},
		{name: "FLAGS RFC822.SIZE", unit: "ms", measure: again(all + "(FLAGS RFC822.SIZE)")},
		{name: "BODYSTRUCTURE", unit: "ms", measure: again(all + "BODYSTRUCTURE")},
		{name: "bodies", unit: "ms", measure: timed(all + "BODY.PEEK[]")},
		{name: "headers", unit: "ms", measure: timed(all + "BODY.PEEK[HEADER]")},
		{name: "STORE +FLAGS.SILENT", unit: "ms", measure: timed("STORE 1:* +FLAGS.SILENT (\\Flagged)")},
		{name: "STORE -FLAGS.SILENT", unit: "ms", measure: timed("STORE 1:* -FLAGS.SILENT (\\Flagged)")},
		{name: "STORE +FLAGS", unit: "ms", measure: timed("STORE 1:* +FLAGS (\\Answered)")},
		{name: "STORE -FLAGS", unit: "ms", measure: timed("STORE 1:* -FLAGS (\\Answered)")},
		{name: "SEARCH SUBJECT", unit: "ms", measure: again("SEARCH SUBJECT 77")},
		{name: "SEARCH TEXT, no hit", unit: "ms", measure: timed("SEARCH TEXT mustard")},
		{name: "APPEND, 1 session", unit: "/s", measure: appends(1, 200, o.size)},
		{name: "APPEND, 20 sessions", unit: "/s", measure: appends(20, 40, o.size)},
		{name: "memory, resident", unit: "MB", measure: resident},
		{name: "memory, at most", unit: "MB", measure: residentAtMost},
	})
}

func made(lines []*line) []*line {
	for _, l := range lines {
		l.figures = make(map[*server][]float64)
	}
	return lines
}

// timed measures how many milliseconds a command takes in the round's session. Without a
// SELECT before it, which -only may have left out, it selects first.
func timed(command string) func(*server) (float64, error) {
	return func(s *server) (float64, error) {
		if !strings.HasPrefix(command, "SELECT") {
			if err := s.guest.chosen(); err != nil {
				return 0, err
			}
		}
		began := time.Now()
		err := s.guest.say(command)
		s.guest.selected = true
		return since(began), err
	}
}

// again measures a command the second time: what it needs is remembered then.
func again(command string) func(*server) (float64, error) {
	return func(s *server) (float64, error) {
		if err := errors.Join(s.guest.chosen(), s.guest.say(command)); err != nil {
			return 0, err
		}
		return timed(command)(s)
	}
}

func since(began time.Time) float64 { return time.Since(began).Seconds() * 1000 }

// appends measures how many messages a second so many sessions append, each so many, one
// after the other, into a folder that is there for that.
func appends(sessions, each, size int) func(*server) (float64, error) {
	text := letterOf(size)
	return func(s *server) (rate float64, err error) {
		if err := s.guest.say("CREATE Appended"); err != nil {
			return 0, err
		}
		guests := make([]*guest, sessions)
		for i := range guests {
			if guests[i], err = visit(s.Addr); err != nil {
				return 0, err
			}
			defer guests[i].Close()
		}
		errs := make([]error, sessions)
		var all sync.WaitGroup
		began := time.Now()
		for i, g := range guests {
			all.Go(func() {
				for n := 0; n < each && errs[i] == nil; n++ {
					errs[i] = g.append("Appended", text)
				}
			})
		}
		all.Wait()
		took := time.Since(began)
		for _, g := range guests {
			errs = append(errs, g.say("LOGOUT"))
		}
		errs = append(errs, s.guest.say("DELETE Appended"))
		return float64(sessions*each) / took.Seconds(), errors.Join(errs...)
	}
}

// letterOf is a message of so many octets.
func letterOf(size int) string {
	const row = "Do you like ketchup? I have a bottle of it left, and no chips.\r\n"
	head := "Date: Mon, 23 Nov 2026 10:15:02 +0800\r\nFrom: Alice <alice@lab.test>\r\n" +
		"To: Bob <bob@lab.test>\r\nSubject: appended\r\nMessage-ID: <1@lab.test>\r\n\r\n"
	return head + strings.Repeat(row, max((size-len(head))/len(row), 1))
}

// resident is what a server's processes hold in memory.
func resident(s *server) (float64, error) { return memory(s.Process, "VmRSS") }

// residentAtMost is what they held at most.
func residentAtMost(s *server) (float64, error) { return memory(s.Process, "VmHWM") }

// another is what one session more, which selects the folder, adds to a server's memory.
func another(s *server) (float64, error) { return others(s, 1) }

// tenOthers is what each of ten sessions more adds.
func tenOthers(s *server) (float64, error) { return others(s, 10) }

func others(s *server, n int) (mb float64, err error) {
	if err := s.guest.chosen(); err != nil {
		return 0, err
	}
	before, err := resident(s)
	for range n {
		g, err := visit(s.Addr)
		if err != nil {
			return 0, err
		}
		defer g.Close()
		if err := g.chosen(); err != nil {
			return 0, err
		}
	}
	after, last := resident(s)
	if err = errors.Join(err, last); err != nil {
		return 0, fmt.Errorf("memory: %w", err)
	}
	return (after - before) / float64(n), nil
}
