package imap

import (
	"errors"
	"iter"
)

// search is SEARCH and UID SEARCH.
func (s *session) search(c *SearchCommand) *Response {
	if c.Return != 0 && !s.offers("ESEARCH") {
		return Reject("There is no RETURN: ESEARCH was not offered")
	}
	if c.Return&ReturnSave != 0 && !s.offers("SEARCHRES") {
		return Reject("There is no SAVE: SEARCHRES was not offered")
	}
	found, r := s.matching(&c.Criteria, c.Return&^ReturnSave)
	if c.Return&ReturnSave != 0 && (r == nil || r.Status == NO) {
		// After a NO it is empty (RFC 5182 §2.1).
		s.sel.saved = SetOf(s.sel.uids(found.places))
	}
	if r != nil {
		return r
	}
	numbers := s.numbersOf(found.places, c.UID)
	switch {
	case c.Return == 0:
		s.tell(&SearchData{numbers, found.modSeq})
	case c.Return != ReturnSave:
		s.tell(c.Return.answer(numbers, found.modSeq, s.tag, c.UID))
	}
	return Accept("Search completed")
}

// answer is what is told of numbers, which rise.
func (r SearchReturn) answer(numbers []uint32, modSeq uint64, tag string, uid bool) *ESearchData {
	d := &ESearchData{Tag: tag, UID: uid, ModSeq: modSeq}
	if d.Counted = r&ReturnCount != 0; d.Counted {
		d.Count = uint32(len(numbers))
	}
	if len(numbers) == 0 {
		return d
	}
	if r&ReturnMin != 0 {
		d.Min = numbers[0]
	}
	if r&ReturnMax != 0 {
		d.Max = numbers[len(numbers)-1]
	}
	if r&ReturnAll != 0 {
		d.All = SetOf(numbers)
	}
	return d
}

// A catch is what a search has found.
type catch struct {
	places []int  // in the client's view, in rising order
	modSeq uint64 // the highest of these messages, 0 where MODSEQ was not asked for
}

// numbersOf are the numbers that the client knows messages by.
func (s *session) numbersOf(places []int, uid bool) []uint32 {
	if uid {
		return s.sel.uids(places)
	}
	numbers := make([]uint32, len(places))
	for i, at := range places {
		numbers[i] = uint32(at + 1)
	}
	return numbers
}

// matching finds messages. Where no more is asked for than the first or the last, the search ends
// with it. What others have changed is told before, so that the client's view is what is searched;
// numbers stay what they were when the client sent the command.
func (s *session) matching(c *Criteria, ends SearchReturn) (catch, *Response) {
	if !c.knows() {
		return catch{}, s.badCharset()
	}
	s.tellChanges(false)
	p := planner{s: s}
	q := query{s: s, test: p.all(c.Keys)}
	if p.bad != nil {
		return catch{}, p.bad
	}
	if p.modSeq {
		s.becomeAware()
	}
	places, err := q.find(ends)
	if err != nil {
		return catch{}, responseTo(err, CodeServerBug)
	}
	found := catch{places: places}
	if p.modSeq {
		for _, i := range places {
			found.modSeq = max(found.modSeq, s.sel.messages[i].ModSeq)
		}
	}
	return found, nil
}

// badCharset refuses search keys that cannot be read. All charsets are listed or none (RFC 3501 §7.1):
// those of a decoder are too many.
func (s *session) badCharset() *Response {
	if s.srv.Charset != nil {
		return Refuse(CodeBadCharset, "Search keys cannot be read in this charset; take UTF-8")
	}
	r := Refuse("", "Search keys are in US-ASCII or UTF-8")
	return r.With(CodeBadCharset, "("+usASCII+" "+utf8Set+")")
}

// A query is a search under way.
type query struct {
	s    *session
	test test
}

// find returns the places of messages that match, in rising order.
func (q *query) find(ends SearchReturn) ([]int, error) {
	n := len(q.s.sel.messages)
	truths := make([]truth, n)
	x := &examined{}
	for i, m := range q.s.sel.messages {
		x.Message = m
		truths[i] = q.test.ask(x, inMemory)
	}
	switch ends {
	case ReturnMin:
		return q.read(truths, upTo(n), 1)
	case ReturnMax:
		return q.read(truths, downTo(0, n), 1)
	case ReturnMin | ReturnMax:
		found, err := q.read(truths, upTo(n), 1)
		if err != nil || len(found) == 0 {
			return nil, err
		}
		last, err := q.read(truths, downTo(found[0]+1, n), 1)
		return append(found, last...), err
	}
	return q.read(truths, upTo(n), n)
}

// upTo yields the numbers below n.
func upTo(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; i < n && yield(i); i++ {
		}
	}
}

// downTo yields the numbers below n down to from.
func downTo(from, n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := n - 1; i >= from && yield(i); i-- {
		}
	}
}

// read returns the first places, most at the most, of messages that match; it reads those of
// which that is not known.
func (q *query) read(truths []truth, places iter.Seq[int], most int) (found []int, err error) {
	view := q.s.sel.messages
	var open []*Message
	for i := range places {
		if truths[i] == maybe {
			open = append(open, view[i])
		}
	}
	if len(open) > 0 {
		q.s.sel.box.Ahead(open)
	}
	p, done := q.s.newProgress(len(open)), 0
	for i := range places {
		if len(found) == most {
			break
		}
		if truths[i] == maybe {
			if err := p.goOn(done); err != nil {
				return nil, err
			}
			done++
			if truths[i], err = q.decide(view[i]); err != nil {
				return nil, err
			}
		}
		if truths[i] == yes {
			found = append(found, i)
		}
	}
	return found, nil
}

// decide looks at a message as deep as it takes. One that was expunged, so that it can be read no
// more, is not found.
func (q *query) decide(m *Message) (truth, error) {
	x := &examined{Message: m, s: q.s}
	for down := inHeader; down <= inContent; down++ {
		t := q.test.ask(x, down)
		switch {
		case x.err != nil && isGone(x.err):
			return no, nil
		case x.err != nil:
			return no, x.err
		case t != maybe:
			return t, nil
		}
	}
	return no, nil
}

// isGone says that a message cannot be read since it was expunged (RFC 5530 §3).
func isGone(err error) bool {
	r := (*Response)(nil)
	return errors.As(err, &r) && r.Code.Name == CodeExpungeIssued
}
