package trace

import (
	"bytes"
	"strings"
	"time"

	"mailtool/trace/rule"
)

// A Summary is a session in a line.
type Summary struct {
	Number int
	Info
	Live     bool
	Duration time.Duration // from the opening to the newest event
	From     string        // who sends: the path of the last MAIL
	To       string        // the first recipient of it; the account in POP3 and IMAP
	More     int           // further recipients
	Account  string        // who logged in, where the server has said so
	Commands int
	Musts    int // findings, by level
	Shoulds  int
	Notes    int
	Verdict  string // the last reply, its first 80 octets, masked
	Events   int    // how many are kept
	Lost     int    // how many are not
}

// words is how much memory the strings of a summary take.
func (s *Summary) words() int { return len(s.Peer) + len(s.From) + len(s.To) + len(s.Account) }

// count adds what ev says to the summary.
func (s *Summary) count(ev *Event) {
	s.Duration = max(s.Duration, ev.Last)
	for i := range ev.Findings {
		switch ev.Findings[i].Level {
		case rule.Must:
			s.Musts++
		case rule.Should:
			s.Shoulds++
		default:
			s.Notes++
		}
	}
	if ev.Kind == Command && ev.Raw != nil && ev.Part == 0 { // else it is more of one
		s.Commands++
		s.parties(ev)
	}
}

// parties learns from a command who sends to whom.
func (s *Summary) parties(ev *Event) {
	switch ev.Verb {
	case "MAIL":
		s.From, s.To, s.More = path(ev.Payload()), "", 0
	case "RCPT":
		if s.To != "" {
			s.More++
			return
		}
		s.To = path(ev.Payload())
	case "USER", "APOP":
		s.To = argument(ev, 1)
	case "LOGIN":
		if s.To = argument(ev, 2); strings.HasPrefix(s.To, "{") { // after the tag
			s.To = "" // it comes in a literal: the server will say who that is
		}
	}
}

// path is what stands between the angle brackets, 256 octets at most
// (RFC 5321 §4.5.3.1.3).
func path(line []byte) string {
	_, after, _ := bytes.Cut(line, []byte("<"))
	inside, _, ok := bytes.Cut(after, []byte(">"))
	if !ok {
		return ""
	}
	return string(inside[:min(len(inside), 256)])
}

func argument(ev *Event, i int) string {
	if words := ev.Words(); i < len(words) {
		w := strings.Trim(words[i], `"`)
		return w[:min(len(w), 256)]
	}
	return ""
}
