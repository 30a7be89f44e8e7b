package pop3

import "strconv"

// A drop is a maildrop in a session: which messages are marked.
type drop struct {
	Maildrop
	messages []Message // their numbers begin with 1
	marked   []bool
	left     int   // messages that are not marked
	octets   int64 // of them
}

func newDrop(m Maildrop) *drop {
	d := &drop{Maildrop: m, messages: m.Messages()}
	d.reset()
	return d
}

// reset takes all marks back.
func (d *drop) reset() {
	d.marked = make([]bool, len(d.messages))
	d.left, d.octets = len(d.messages), 0
	for i := range d.messages {
		d.octets += d.messages[i].Octets
	}
}

// mark marks message n, which is there.
func (d *drop) mark(n int) {
	d.marked[n-1] = true
	d.left--
	d.octets -= d.messages[n-1].Octets
}

// deleted are the numbers of those that are marked.
func (d *drop) deleted() []int {
	var numbers []int
	for i, m := range d.marked {
		if m {
			numbers = append(numbers, i+1)
		}
	}
	return numbers
}

// count says how much there is that is not marked.
func (d *drop) count() *Reply {
	return Accept("%s (%d octets)", counted(d.left, "message"), d.octets)
}

// counted is so many things, as English has it.
func counted[N int | int64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.FormatInt(int64(n), 10) + " " + thing + "s"
}

// release gives the lock back, once.
func (s *session) release() {
	if s.drop != nil {
		s.drop.Close()
		s.drop = nil
	}
}
