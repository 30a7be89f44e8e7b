package imap

import (
	"slices"
	"strconv"
)

// A telling is how a command wants changes to be told.
type telling struct {
	uid    bool  // each FETCH has the UID: the command is a UID command (RFC 3501 §6.4.8)
	places []int // of STORE's messages in the view, in rising order
	// change is what STORE did to them, but for those that it has left out. With silent the
	// client hears of flags only where they are not what it makes of that itself (RFC 3501
	// §6.4.6, .SILENT).
	change  FlagChange
	leftOut []UID
	silent  bool
}

// mayExpunge says that the client may be told of expunged messages at the end of a command: not
// while it waits for one that speaks of message numbers (RFC 3501 §7.4.1). Nor where another
// command is here already: it was sent by the old numbers. But what the client has expunged
// itself it is told at once.
func (s *session) mayExpunge(verb string) bool {
	switch verb {
	case "EXPUNGE", "UID EXPUNGE", "MOVE", "UID MOVE":
		return true
	case "FETCH", "STORE", "SEARCH", "SORT", "THREAD":
		return false
	}
	return s.conn.Buffered() == 0
}

// learn asks the mailbox what happened.
func (s *session) learn() {
	c, err := s.sel.box.Changes(s.ctx)
	if err == nil { // else the next command that asks for something will have the error
		s.sel.learn(c)
	}
}

// tellChanges tells what happened in the mailbox since it was last told. The client hears of
// messages that are gone only where expunge is set; until then their numbers are theirs.
func (s *session) tellChanges(expunge bool) {
	m := s.sel
	if m == nil || s.err != nil {
		return
	}
	s.learn()
	fresh := m.takeFresh()
	s.tellKeywords(m.news, fresh)
	s.tellFlags()
	if expunge && len(m.gone) > 0 {
		s.tellExpunged()
	}
	if len(fresh) > 0 {
		s.tellArrived(fresh)
	}
	m.highest, m.owed = max(m.highest, m.learned), telling{uid: m.owed.uid}
	if m.removed {
		s.bye(CodeUnavailable, "the mailbox was deleted")
	}
}

// takeFresh takes the messages that the client does not know of out of the news.
func (m *selected) takeFresh() []*Message {
	highest, at := m.highestUID(), len(m.news)
	for at > 0 && m.news[at-1].UID > highest {
		at--
	}
	fresh := m.news[at:]
	m.news = m.news[:at]
	return fresh
}

// tellFlags tells of messages whose flags changed, and of those that the command is about.
func (s *session) tellFlags() {
	m := s.sel
	news, places := m.news, m.owed.places
	next, there := 0, false // the place of news[0]
	if len(news) > 0 {
		next, there = m.index(news[0].UID)
	}
	for len(news) > 0 || len(places) > 0 {
		at := next
		about := len(places) > 0 && (len(news) == 0 || places[0] <= next)
		if about {
			at, places = places[0], places[1:]
		}
		before := (*Message)(nil)
		if at < len(m.messages) {
			before = m.messages[at]
		}
		if len(news) > 0 && at == next {
			if there {
				m.messages[at] = news[0]
			}
			if news = news[1:]; len(news) > 0 {
				next, there = m.indexFrom(next, news[0].UID)
			}
		}
		if before != nil && !m.isGone(before.UID) {
			s.tellMessage(at, before, about)
		}
	}
	m.news = nil
}

// tellMessage tells of the message at a place, which was another before, what the client is to
// know. A client that asked for silence, and knows modification sequences, hears of these alone
// (RFC 7162 §3.1.3).
func (s *session) tellMessage(at int, before *Message, about bool) {
	x, owed := s.sel.messages[at], &s.sel.owed
	flags := before.Flags != x.Flags || !slices.Equal(before.Keywords, x.Keywords)
	modSeq := s.aware && before.ModSeq != x.ModSeq
	switch {
	case about && owed.silent:
		_, leftOut := slices.BinarySearch(owed.leftOut, x.UID)
		flags = leftOut || !owed.expected(before, x)
		modSeq = modSeq || owed.change.Conditional
	case about:
		flags = true
	}
	if flags || modSeq {
		s.out.b = s.appendFetch(s.out.b[:0], at, flags)
		s.send()
	}
}

// expected says that a message's flags are what a client makes of them that knows what they were
// before, and what STORE does to them.
func (t *telling) expected(before, x *Message) bool {
	flags, keywords := t.change.Apply(before.Flags, before.Keywords)
	return flags == x.Flags && slices.EqualFunc(keywords, x.Keywords, sameWord)
}

// appendFetch appends a FETCH of a message's flags, or of nothing but its modification sequence.
// Who knows these gets the UID with them (RFC 7162 §3.2.4).
func (s *session) appendFetch(b []byte, at int, flags bool) []byte {
	x := s.sel.messages[at]
	b = strconv.AppendUint(append(b, "* "...), uint64(at+1), 10)
	b = append(b, " FETCH ("...)
	if s.sel.owed.uid || s.aware {
		b = append(strconv.AppendUint(append(b, "UID "...), uint64(x.UID), 10), ' ')
	}
	if s.aware {
		b = append(strconv.AppendUint(append(b, "MODSEQ ("...), x.ModSeq, 10), ") "...)
	}
	if flags {
		b = append(AppendFlags(append(b, "FLAGS "...), s.sel.flags(x), x.Keywords), ' ')
	}
	b[len(b)-1] = ')'
	return append(b, "\r\n"...)
}

// tellExpunged tells which messages are gone, and moves the numbers of those behind them: each
// EXPUNGE counts by the numbers that the one before it has left (RFC 3501 §7.4.1).
func (s *session) tellExpunged() {
	m := s.sel
	kept := m.messages[:0]
	gone := m.gone
	for _, x := range m.messages {
		if len(gone) == 0 || gone[0] != x.UID {
			kept = append(kept, x)
			continue
		}
		gone = gone[1:]
		s.out.b = strconv.AppendUint(append(s.out.b[:0], "* "...), uint64(len(kept)+1), 10)
		s.out.b = append(s.out.b, " EXPUNGE\r\n"...)
		s.send()
	}
	clear(m.messages[len(kept):])
	m.messages, m.gone = kept, nil
}

// tellArrived tells of new messages.
func (s *session) tellArrived(fresh []*Message) {
	m := s.sel
	m.arrive(fresh)
	s.tell(ExistsData(len(m.messages)))
	s.tell(RecentData(m.countRecent()))
}

// tellKeywords tells of keywords that are new in the mailbox, of all at once, before messages have
// them (RFC 3501 §7.2.6).
func (s *session) tellKeywords(lists ...[]*Message) {
	known := len(s.sel.keywords)
	for _, list := range lists {
		for _, x := range list {
			for _, w := range x.Keywords {
				if !s.sel.keywords[w] { // writing to a map is dear, and most are known
					s.sel.keywords[w] = true
				}
			}
		}
	}
	if len(s.sel.keywords) > known {
		s.tellFlagNames()
	}
}
