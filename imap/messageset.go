package imap

// A MessageSet is what a command is about (RFC 3501 §9, sequence-set): message sequence numbers,
// or unique identifiers, and the messages that a search has saved (RFC 5182 §2.1).
type MessageSet struct {
	Numbers Set
	Saved   bool // "$", behind the numbers if there are any
}

// String returns the set as it goes over the wire.
func (m MessageSet) String() string {
	w := writer{}
	w.messageSet(m)
	return string(w.b)
}

// ParseMessageSet reads a set as it goes over the wire. What is wrong wraps ErrSet.
func ParseMessageSet(text string) (MessageSet, error) {
	numbers, saved, err := ParseSet(text)
	return MessageSet{numbers, saved}, err
}

func (w *writer) messageSet(m MessageSet) {
	w.b = m.Numbers.Append(w.b)
	if !m.Saved {
		return
	}
	if len(m.Numbers) > 0 {
		w.raw(",")
	}
	w.raw("$")
}

// messageSet reads a sequence-set.
func (s *scanner) messageSet() MessageSet {
	const want = "a set of messages, such as 1:3,5,9:*,"
	at := s.at
	text := s.run(want, isSetChar)
	if s.err != nil {
		return MessageSet{}
	}
	m, err := ParseMessageSet(text)
	if err != nil {
		s.at = at
		s.fail(want)
	}
	return m
}

func isSetChar(c byte) bool {
	return c >= '0' && c <= '9' || c == ':' || c == ',' || c == '*' || c == '$'
}

// find returns the places in the client's view of the messages that a command is about, in
// rising order: number n is at n-1. The response says why there are none to be had.
//
// A message number that there is not, "*" in an empty mailbox too, is a mistake of the client's
// (RFC 3501 §9, seq-number); a unique identifier is none, since the message may just have been
// expunged (RFC 3501 §6.4.8).
func (s *session) find(m MessageSet, uid bool) ([]int, *Response) {
	if m.Saved && !s.offers("SEARCHRES") {
		return nil, Reject("There is no $: SEARCHRES was not offered")
	}
	view := s.sel.messages
	if !uid && len(m.Numbers) > 0 && !m.Numbers.Within(uint32(len(view))) {
		return nil, beyond(len(view))
	}
	set := m.uids(s.sel, uid)
	found := make([]int, 0, min(set.Count(), uint64(len(view))))
	for i := range set.Over(len(view), func(i int) uint32 { return view[i].UID }) {
		found = append(found, i)
	}
	return found, nil
}

// uids is a set of unique identifiers that has the messages of m in the client's view, and
// maybe identifiers that no message has. What was saved shrinks by itself: the identifier of a
// message that was expunged is never given to another (RFC 5182 §2.1).
func (m MessageSet) uids(view *selected, uid bool) Set {
	var set Set
	if uid {
		set = m.Numbers.Resolve(view.highestUID())
	} else {
		for _, r := range m.Numbers.Resolve(uint32(len(view.messages))) {
			if int64(r.First) > int64(len(view.messages)) {
				break
			}
			last := min(int(r.Last), len(view.messages))
			set = append(set, Range{view.messages[r.First-1].UID, view.messages[last-1].UID})
		}
	}
	if m.Saved {
		set = append(set, view.saved...).Resolve(0)
	}
	return set
}

// highestUID is the unique identifier of the last message that the client knows, 0 where there
// is none.
func (m *selected) highestUID() UID {
	if len(m.messages) == 0 {
		return 0
	}
	return m.messages[len(m.messages)-1].UID
}

// beyond says that there is no message of a number, where there are n.
func beyond(n int) *Response {
	switch n {
	case 0:
		return Reject("There is no message, and so no number")
	case 1:
		return Reject("There is 1 message, and a number is above that")
	}
	return Reject("There are %d messages, and a number is above that", n)
}
