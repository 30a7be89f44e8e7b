package imap

import "strings"

// A ThreadCommand is THREAD or UID THREAD (RFC 5256 §3). The charset must be said, unlike in SEARCH.
type ThreadCommand struct {
	UID       bool   // the answer has unique identifiers
	Algorithm string // in capitals
	Criteria
}

// Verb implements Command.
func (c *ThreadCommand) Verb() string { return uidVerb(c.UID, "THREAD") }

func (c *ThreadCommand) print(w *writer) {
	w.sp()
	w.raw(c.Algorithm)
	c.Criteria.print(w)
}

func parseThread(uid bool) parser {
	return func(s *scanner) Command {
		c := &ThreadCommand{UID: uid}
		s.sp()
		c.Algorithm = s.upper()
		s.sp()
		c.Charset = s.charset()
		c.parse(s, false)
		return c
	}
}

// A ThreadData is what THREAD has found (RFC 5256 §4). Its numbers are unique identifiers, if the
// command was UID THREAD.
type ThreadData struct{ Forest }

func (d *ThreadData) print(w *writer) {
	w.raw("THREAD")
	if len(d.Forest) > 0 && d.Forest[0].Child != 0 {
		w.sp()
		w.b = d.Forest.Append(w.b)
	}
}

func parseThreadData(s *scanner, _ uint32) Data {
	s.take(' ')
	text := string(s.rest())
	forest, err := ParseThreads(strings.TrimSuffix(text, " "))
	if err != nil {
		s.fail("threads, such as (2)(3 6 (4 23)(44 7 96)),")
		return &ThreadData{}
	}
	s.at += len(text)
	return &ThreadData{forest}
}

// thread is THREAD and UID THREAD.
func (s *session) thread(c *ThreadCommand) *Response {
	algorithm := map[string]func([]ThreadFields) Forest{OrderedSubject: ThreadBySubject,
		References: ThreadByReferences}[c.Algorithm]
	if algorithm == nil || !s.offers("THREAD="+c.Algorithm) {
		return Reject("The algorithm was not offered")
	}
	found, r := s.matching(&c.Criteria, 0)
	if r != nil {
		return r
	}
	numbers := s.numbersOf(found.places, c.UID)
	fields := make([]ThreadFields, len(numbers))
	err := s.headings(found.places, withSubject, func(i int, _ *Message, h *heading) {
		fields[i] = ThreadFields{Number: numbers[i], Sent: h.sent, Subject: h.subject}
		if c.Algorithm == References {
			fields[i].ID = MessageID(h.Get("Message-ID"))
			fields[i].References = ThreadReferences(h.Get("References"), h.Get("In-Reply-To"))
		}
	})
	if err != nil {
		return responseTo(err, CodeServerBug)
	}
	s.tell(&ThreadData{algorithm(fields)})
	return Accept("Thread completed")
}
