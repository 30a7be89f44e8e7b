package pop3

import (
	"slices"
	"strings"
)

// sizes is what a server has said of how large things are, to be held against what comes.
type sizes struct {
	listed    []uint32 // by message number, what LIST said, and 1; 0 where it said nothing
	announced int64    // what the status line of the RETR at hand said; -1 if nothing
	message   uint32   // the RETR's
	octets    int64    // that came of it
	stat      total    // what STAT said
	list      total    // what the LIST at hand adds up to
}

// A total is a number of messages and of their octets. That of STAT is not known before it,
// nor after a DELE or RSET.
type total struct {
	known            bool
	messages, octets int64
}

// maxListed is how many messages' sizes are remembered.
const maxListed = 1 << 12

func (s *sizes) clone() sizes {
	c := *s
	c.listed = slices.Clone(s.listed)
	return c
}

// size is what LIST said of message n, -1 if it said nothing.
func (s *sizes) size(n uint32) int64 {
	if int(n) >= len(s.listed) {
		return -1
	}
	return int64(s.listed[n]) - 1
}

// note remembers a scan listing, which is a line of LIST's answer or stands in its status
// line.
func (s *sizes) note(text string) {
	l, why := scanListing(text)
	if why != "" {
		s.list.known = false
		return
	}
	s.list.messages++
	s.list.octets += l.Octets
	if l.Number > maxListed || l.Octets >= 1<<32-1 {
		return
	}
	if s.listed == nil {
		s.listed = make([]uint32, maxListed+1)
	}
	s.listed[l.Number] = uint32(l.Octets) + 1
}

// hear takes the status line that answers c.
func (s *sizes) hear(c sent, got outcome, r Reply) {
	if got != accepted {
		return
	}
	switch c.verb {
	case verbStat:
		if s.stat = (total{}); r.dropListing() {
			w := strings.Fields(r.Text)
			s.stat.messages, _ = firstNumber(w[0])
			s.stat.octets, _ = firstNumber(w[1])
			s.stat.known = s.stat.messages >= 0 && s.stat.octets >= 0
		}
	case verbList:
		s.list = total{known: c.multi}
		if !c.multi {
			s.note(r.Text)
		}
	case verbRetr:
		s.message, s.announced = c.msg, announced(r.Text)
	case verbDele, verbRset:
		s.stat = total{}
	}
}
