package imap

import "slices"

// A selected is what a client knows of the mailbox that it has selected. Message sequence
// numbers are places in it, so it changes only by what the client is told (RFC 3501 §5.5,
// §7.4.1). What has happened and was not told yet is beside it.
type selected struct {
	box      Mailbox
	name     string // as this session knows it
	readOnly bool
	// messages are what the client has been told of: message n is messages[n-1]. Those that are
	// gone, of which it was not told yet, are there still.
	messages []*Message
	recent   []Range         // the UIDs that are \Recent in this session
	keywords map[string]bool // those that FLAGS told of
	highest  uint64          // HIGHESTMODSEQ, as far as told
	saved    Set             // of UIDs: the result that "$" stands for (RFC 5182 §2.1)

	// What was not told yet:
	gone      []UID      // messages of the view that are expunged, in rising order
	news      []*Message // messages that are new or have other flags, in rising order
	newRecent UID        // the first new one that is \Recent here, or 0
	learned   uint64     // HIGHESTMODSEQ of all that
	removed   bool       // the mailbox itself is gone
	// owed is what the command under way wants to be told in another way than what others did.
	owed telling
}

// index is the place of a message in the view, and whether it is there.
func (m *selected) index(uid UID) (int, bool) { return m.indexFrom(0, uid) }

// indexFrom is index where the message is not before a place. Whoever looks for many that stand
// together finds each at once.
func (m *selected) indexFrom(from int, uid UID) (int, bool) {
	if from < len(m.messages) && m.messages[from].UID == uid {
		return from, true
	}
	i, ok := slices.BinarySearchFunc(m.messages[from:], uid, func(x *Message, uid UID) int {
		return int(int64(x.UID) - int64(uid))
	})
	return from + i, ok
}

// isGone says that a message of the view is expunged, though the client was not told yet.
func (m *selected) isGone(uid UID) bool {
	if len(m.gone) == 0 {
		return false
	}
	_, gone := slices.BinarySearch(m.gone, uid)
	return gone
}

// flags are a message's flags as this session shows them: \Recent is its own (RFC 3501 §2.3.2).
func (m *selected) flags(x *Message) Flags {
	for _, r := range m.recent {
		if r.First <= x.UID && x.UID <= r.Last {
			return x.Flags | FlagRecent
		}
	}
	return x.Flags
}

// arrive puts new messages behind the others. Where all that come are \Recent, as is usual, one
// range has them all.
func (m *selected) arrive(fresh []*Message) {
	before := m.highestUID()
	m.messages = append(m.messages, fresh...)
	switch last := len(m.recent) - 1; {
	case m.newRecent == 0:
	case last >= 0 && m.recent[last].Last == before && m.newRecent <= fresh[0].UID:
		m.recent[last].Last = m.highestUID()
	default:
		m.recent = append(m.recent, Range{m.newRecent, m.highestUID()})
	}
	m.newRecent = 0
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

// at are the messages at these places.
func (m *selected) at(places []int) []*Message {
	all := make([]*Message, len(places))
	for i, at := range places {
		all[i] = m.messages[at]
	}
	return all
}

// uids are the unique identifiers of the messages at these places.
func (m *selected) uids(places []int) []UID {
	uids := make([]UID, len(places))
	for i, at := range places {
		uids[i] = m.messages[at].UID
	}
	return uids
}

// learn takes in what happened in the mailbox, and tells nothing.
func (m *selected) learn(c Changes) {
	at := 0
	var gone []UID
	for _, uid := range c.Expunged {
		i, there := m.indexFrom(at, uid)
		if at = i; there {
			gone = append(gone, uid)
		}
	}
	m.gone = merge(m.gone, gone, func(uid UID) UID { return uid })
	m.news = merge(without(m.news, c.Expunged), c.Messages, func(x *Message) UID { return x.UID })
	if m.newRecent == 0 {
		m.newRecent = c.Recent
	}
	m.learned = max(m.learned, c.HighestModSeq)
	m.removed = m.removed || c.Gone
}

// without returns the messages that are not expunged.
func without(ms []*Message, expunged []UID) []*Message {
	if len(ms) == 0 || len(expunged) == 0 {
		return ms
	}
	var left []*Message
	for _, x := range ms {
		if _, gone := slices.BinarySearch(expunged, x.UID); !gone {
			left = append(left, x)
		}
	}
	return left
}

// merge returns what two lists have, in rising order of UIDs; of what both have, later's.
func merge[T any](earlier, later []T, uid func(T) UID) []T {
	if len(earlier) == 0 {
		return later
	}
	if len(later) == 0 {
		return earlier
	}
	all := make([]T, 0, len(earlier)+len(later))
	for len(earlier) > 0 && len(later) > 0 {
		e, l := uid(earlier[0]), uid(later[0])
		if e < l {
			all = append(all, earlier[0])
		} else {
			all = append(all, later[0])
			later = later[1:]
		}
		if e <= l {
			earlier = earlier[1:]
		}
	}
	return append(append(all, earlier...), later...)
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
