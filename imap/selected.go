package imap

import (
	"slices"
)

// A selected is what a client knows of the mailbox that it has selected. Message sequence
// numbers are places in it, so it changes only by what the client is told (RFC 3501 §5.5,
// §7.4.1).
type selected struct {
	box      Mailbox
	name     string
	readOnly bool
	// messages are what the client has been told of: message n is messages[n-1]. Those that are
	// gone, of which it was not told yet, are there still.
	messages []*Message
	gone     map[UID]bool // those
	recent   []Range      // the UIDs that are \Recent in this session
	keywords map[string]bool
	highest  uint64 // HIGHESTMODSEQ, as far as told
	saved    Set      // of UIDs: the result that "$" stands for (RFC 5182 §2.1)
	// owed is what the command under way wants to be told in another way than what others did.
	owed telling
}

// A telling says how changes are told.
type telling struct {
	uid    bool         // each FETCH has the UID: the command is a UID command
	silent map[UID]bool // messages of whose flags nothing is told (RFC 3501 §6.4.6, .SILENT)
}

// mayExpunge says that the client may be told of expunged messages at the end of a command: not
// while it waits for one that speaks of message numbers, since it may have sent the next by the
// old ones (RFC 3501 §7.4.1).
func mayExpunge(verb string) bool {
	return !slices.Contains([]string{"FETCH", "STORE", "SEARCH", "SORT", "THREAD"}, verb)
}

// index is the place of a message in the view, and whether it is there.
func (m *selected) index(uid UID) (int, bool) {
	return slices.BinarySearchFunc(m.messages, uid, func(x *Message, uid UID) int {
		return int(int64(x.UID) - int64(uid))
	})
}

// isRecent says that a message is \Recent in this session.
func (m *selected) isRecent(uid UID) bool {
	for _, r := range m.recent {
		if r.First <= uid && uid <= r.Last {
			return true
		}
	}
	return false
}

// tellChanges tells what happened in the mailbox since it was last told. The client hears of
// messages that are gone only where expunge is set; until then their numbers are theirs.
func (s *session) tellChanges(expunge bool) {
	m := s.sel
	if m == nil || s.err != nil {
		return
	}
	owed := m.owed
	m.owed = telling{}
	c, err := m.box.Changes(s.ctx)
	if err != nil { // the next command will have the error itself
		return
	}
	for _, uid := range c.Expunged {
		if _, ok := m.index(uid); ok {
			m.gone[uid] = true
		}
	}
	if expunge && len(m.gone) > 0 {
		s.tellExpunged()
	}
	fresh := s.tellFlags(c.Messages, owed)
	if len(fresh) > 0 {
		s.tellArrived(fresh, c.Recent)
	}
	m.highest = max(m.highest, c.HighestModSeq)
	if c.Gone {
		s.bye(CodeUnavailable, "the mailbox was deleted")
	}
}

// tellExpunged tells which messages are gone, and moves the numbers of those behind them: each
// EXPUNGE counts by the numbers that the one before it has left (RFC 3501 §7.4.1).
func (s *session) tellExpunged() {
	m := s.sel
	kept := m.messages[:0]
	for _, x := range m.messages {
		if m.gone[x.UID] {
			s.tell(ExpungeData(len(kept) + 1))
			continue
		}
		kept = append(kept, x)
	}
	clear(m.messages[len(kept):])
	m.messages = kept
	clear(m.gone)
}

// tellFlags tells of messages whose flags changed, and returns those that the client does not
// know of. ms is in rising order of UIDs.
func (s *session) tellFlags(ms []*Message, owed telling) (fresh []*Message) {
	m := s.sel
	for _, x := range ms {
		i, ok := m.index(x.UID)
		switch {
		case !ok && (len(m.messages) == 0 || x.UID > m.messages[len(m.messages)-1].UID):
			fresh = append(fresh, x)
			continue
		case !ok || m.gone[x.UID]:
			continue
		}
		before := m.messages[i]
		m.messages[i] = x
		if before.Flags != x.Flags || !slices.Equal(before.Keywords, x.Keywords) ||
			before.ModSeq != x.ModSeq && s.aware {
			s.tellMessage(uint32(i+1), x, owed)
		}
	}
	return fresh
}

// tellMessage tells the flags of a message. A client that asked for silence, and knows
// modification sequences, hears of these alone (RFC 7162 §3.1.3).
func (s *session) tellMessage(n uint32, x *Message, owed telling) {
	silent := owed.silent[x.UID]
	if silent && !s.aware {
		return
	}
	d := &FetchData{Number: n}
	if owed.uid {
		d.UID = x.UID
	}
	if s.aware {
		d.ModSeq = x.ModSeq
	}
	if !silent {
		s.tellKeywords(x.Keywords)
		d.Flags = s.flagsOf(x)
	}
	s.tell(d)
}

// tellArrived tells of new messages.
func (s *session) tellArrived(fresh []*Message, recent UID) {
	m := s.sel
	m.messages = append(m.messages, fresh...)
	if recent != 0 {
		m.recent = append(m.recent, Range{recent, fresh[len(fresh)-1].UID})
	}
	s.tell(ExistsData(len(m.messages)))
	s.tell(RecentData(m.countRecent()))
}

// countRecent is how many messages are \Recent in this session.
func (m *selected) countRecent() int {
	n := 0
	for _, r := range m.recent {
		from, _ := m.index(r.First)
		to, ok := m.index(r.Last)
		if ok {
			to++
		}
		n += to - from
	}
	return n
}

// deselect leaves the mailbox, if there is one.
func (s *session) deselect() {
	if s.sel != nil {
		s.sel.box.Close()
		s.sel = nil
	}
	if s.state == StateSelected {
		s.state = StateAuthenticated
	}
}

// flagsOf are a message's flags as this session shows them (RFC 3501 §2.3.2).
func (s *session) flagsOf(x *Message) []string { return nil }

func (s *session) tellKeywords(words []string) {}
