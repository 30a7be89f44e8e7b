package term

import "mailtool/trace"

// asked are the newest commands of IMAP: a client may send some before it has the result of the
// first, and results may come in another order.
type asked struct {
	newest int // event of the newest
	recent [64]struct{ n, line int }
}

func (a *asked) command(ev *trace.Event) {
	a.newest = ev.N
	a.recent[uint(ev.N)%uint(len(a.recent))] = struct{ n, line int }{ev.N, ev.Line}
}

// answers tells which line a result belongs to, where that is not the newest command.
func (s *Screen) answers(ev *trace.Event) {
	n := ev.Answers
	if s.o.Protocol != trace.IMAP || n <= 0 || n == s.asked.newest || ev.Kind != trace.Reply ||
		ev.Verb == "+" {
		return
	}
	if a := s.asked.recent[uint(n)%uint(len(s.asked.recent))]; a.n == n && a.line > 0 {
		s.note(s.say("term/answers", "line", group(int64(a.line))))
	}
}
