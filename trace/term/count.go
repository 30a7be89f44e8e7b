package term

import (
	"strings"
	"time"

	"mailtool/trace"
)

// A count is what the summary tells of a session.
type count struct {
	commands int
	waits    int // turns of the server: how often the client had to wait for it
	last     time.Duration
	speaker  trace.End
	lines    int // wire lines so far
	layer    int
	tls      bool
	agreed   string // what TLS agreed on
	anyone   bool   // it is not known with whom
	clear    int    // wire lines before TLS
}

func (c *count) add(ev *trace.Event) {
	c.last = max(c.last, ev.Last)
	if ev.Kind == trace.LayerChange && ev.Verb == "tls" && ev.Layer > c.layer {
		c.tls, c.agreed, c.clear = true, ev.Text, c.lines
		c.anyone = ev.Security != nil && ev.Security.Anyway && !ev.Security.Trusted()
	}
	c.layer = ev.Layer
	c.lines += ev.Lines
	if ev.Kind == trace.Command && ev.Part == 0 {
		c.commands++
	}
	if ev.End == trace.NoEnd || ev.Len == 0 || ev.Kind == trace.Gap {
		return
	}
	if ev.End == trace.Server && c.speaker != trace.Server {
		c.waits++
	}
	c.speaker = ev.End
}

// Summary writes the last line: the verdict, which is the caller's, and what the
// session took.
func (s *Screen) Summary(verdict string) {
	s.pause()
	s.settle(true)
	c := &s.count
	encrypted := s.say("term/encrypted/not")
	agreed := "TLS"
	if words := strings.Fields(c.agreed); len(words) > 0 { // the version without the cipher
		agreed = Escape([]byte(strings.Join(words[:min(len(words), 2)], " ")))
	}
	switch {
	case c.tls && c.clear == 0:
		encrypted = s.say("term/encrypted", "agreed", agreed)
	case c.tls:
		encrypted = s.say("term/encrypted/after", "agreed", agreed, "line", group(int64(c.clear)))
	}
	if c.tls && c.anyone {
		encrypted = s.say("term/encrypted/anyone", "encrypted", encrypted)
	}
	took := s.say("term/count",
		"commands", counted(s.o.Lang, "term/count/commands", int64(c.commands)),
		"waits", counted(s.o.Lang, "term/count/waits", int64(c.waits)),
		"time", s.duration(c.last))
	s.summary("-- "+Escape([]byte(verdict)), took, encrypted)
	s.flush()
}

// summary writes the verdict and what goes with it: in one line, but for a terminal that
// is too narrow for it.
func (s *Screen) summary(verdict, took, encrypted string) {
	rest := " | " + took + " | " + encrypted
	if s.terminal <= 0 || Columns(verdict+rest) <= s.terminal {
		s.put(Line{{Phase, verdict}, {Plain, rest}})
		return
	}
	const indent = "   " // as wide as "-- "
	lines := Wrap(verdict, s.terminal-len(indent))
	for i, l := range lines {
		if i > 0 {
			l = indent + l
		}
		s.put(Line{{Phase, l}})
	}
	for _, l := range Wrap(took+" | "+encrypted, s.terminal-len(indent)) {
		s.put(Line{{Plain, indent + l}})
	}
}
