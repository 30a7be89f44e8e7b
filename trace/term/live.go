package term

import (
	"bytes"
	"strings"

	"mailtool/trace"
	"mailtool/trace/explain"
)

// Idle says who waits for what, when both ends have been silent for a while. begun is
// the beginning of a line that the client has sent and not ended, if there is one:
// whoever forgets CRLF waits for ever. It is no event: a saved session does not hold it.
func (s *Screen) Idle(w trace.Waiting, begun []byte) {
	text := explain.Waiting(s.o.Lang, w)
	if text == "" || s.o.Quiet {
		return
	}
	s.pause()
	s.markLine(nil, text)
	if len(begun) > 0 {
		most := min(len(begun), maxBegun)
		s.put(Line{{Note, s.margin() + "#   " + s.say("term/begun") + " "},
			{Client, "C: " + s.escape(begun[:most])}})
	}
	s.flush()
}

// maxBegun is how many octets of an unfinished line are shown.
const maxBegun = 60

// Say writes words of the program's own between the lines of the session.
func (s *Screen) Say(text string) {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = Escape([]byte(line))
	}
	s.SayEscaped(strings.Join(lines, "\n"))
}

// SayEscaped is Say for a text in which the words of others are escaped already, each as it is to
// be: in the path of a file a backslash may divide names.
func (s *Screen) SayEscaped(text string) {
	s.pause()
	for line := range strings.SplitSeq(text, "\n") {
		s.put(Line{{Note, "# " + line}})
	}
}

// Next shows what an end is about to send, masked, before it is sent: the events are a
// dissector's Preview.
func (s *Screen) Next(evs []*trace.Event) {
	s.pause()
	lines, shown := 0, false
	for _, ev := range evs {
		lines += max(ev.Lines, 1)
		if shown || ev.Raw == nil {
			continue
		}
		shown = true
		first, _, _ := bytes.Cut(ev.Raw, []byte("\n"))
		first = bytes.TrimSuffix(first, []byte("\r"))
		first = first[:min(len(first), maxShown(ev.Kind))]
		role, _ := roleOf(ev)
		s.put(Line{{Note, s.margin() + "    #  " + s.say("term/next") + "  "},
			{role, ev.End.String() + ": " + s.escape(first)}})
	}
	if shown && lines > 1 {
		s.note(counted(s.o.Lang, "term/next/more", int64(lines-1)))
	}
	s.flush()
}
