package imap

import "strconv"

// becomeAware notes that the client knows modification sequences: from now on each FETCH that
// it did not ask for has one. What it may count from is said at once (RFC 7162 §3.1).
func (s *session) becomeAware() {
	if s.aware {
		return
	}
	s.aware = true
	if s.sel != nil {
		s.sayHighestModSeq()
	}
}

func (s *session) sayHighestModSeq() {
	s.say(Accept("Counted so far").With(CodeHighestModSeq, strconv.FormatUint(s.sel.highest, 10)))
}
