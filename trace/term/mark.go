package term

import (
	"math"

	"mailtool/trace"
	"mailtool/trace/explain"
)

// mark shows an event that has no octets: something happened to the connection.
func (s *Screen) mark(ev *trace.Event, meanings []explain.Note) {
	if ev.Kind == trace.Closed {
		s.closedMark(ev)
		return
	}
	text := explain.Mark(s.o.Lang, ev)
	switch {
	case ev.Kind == trace.Connect && s.o.Vantage == trace.AtServer && s.o.ClientAddr != "":
		text = s.say("screen/accepted", "addr", s.o.ClientAddr)
	case ev.Kind == trace.Connect && (ev.Text == "" || ev.Text == "pipe"):
		text = s.say("term/connect/inside")
	case ev.Kind == trace.Gap && ev.Text == trace.RingFull:
		text = s.say("term/ring-full", "end", ev.End.String(), "octets", group(ev.Len))
	case text == "" && ev.Len > 0: // a line that the ring folded away
		text = s.say("term/folded-line", "end", ev.End.String(), "octets", group(ev.Len))
	}
	if ev.Kind == trace.LayerChange {
		s.layer(ev, text)
	} else {
		s.markLine(ev, text)
	}
	s.notes(ev.Findings, 0, nil)
	s.meanings(meanings)
}

// layer says that TLS is there now, or why not, and whose certificate was shown. What is wrong
// with one may take many words: where there is an end of the line, they are wrapped.
func (s *Screen) layer(ev *trace.Event, text string) {
	before, most := s.columns(ev)+"# ", math.MaxInt
	if s.terminal > 0 {
		most = max(leastRoom, s.terminal-Columns(before)-2)
	}
	for _, text := range append([]string{text}, explain.Security(s.o.Lang, ev.Security)...) {
		if text == "" {
			continue
		}
		indent := ""
		for _, l := range Wrap(Escape([]byte(text)), most) {
			s.put(Line{{Note, before + indent + l}})
			indent = "  "
		}
	}
}

// markLine writes a line of ours that stands by itself. ev may be nil.
func (s *Screen) markLine(ev *trace.Event, text string) {
	if text == "" {
		return
	}
	before := s.margin()
	if ev != nil {
		before = s.columns(ev)
	}
	s.put(Line{{Note, before + "# " + Escape([]byte(text))}})
}

// closedMark tells who closed the connection, once. An end that sends no more may go on
// to listen; what it meant shows in what comes next.
func (s *Screen) closedMark(ev *trace.Event) {
	why := trace.Why(ev.Text)
	orderly := ev.Text == "fin" || why == trace.ClosedEOF
	if s.keeps(ev) {
		s.fin = ev
		return
	}
	s.settle(orderly)
	if !orderly || !s.closed {
		s.closed = true
		s.markLine(ev, explain.Mark(s.o.Lang, ev))
	}
	s.notes(ev.Findings, 0, nil)
}

// keeps says that ev, the end of what one end sends, is not shown before it is known what follows.
func (s *Screen) keeps(ev *trace.Event) bool {
	return ev.Kind == trace.Closed && ev.Text == "fin" && s.fin == nil && !s.closed
}

// settle shows that an end had sent all that it would. over says that the connection
// ended with it.
func (s *Screen) settle(over bool) {
	ev := s.fin
	if ev == nil {
		return
	}
	s.fin = nil
	shown := *ev
	if over {
		s.closed = true
		shown.Text = string(trace.ClosedEOF)
	}
	s.markLine(ev, explain.Mark(s.o.Lang, &shown))
	s.notes(ev.Findings, 0, nil)
}
