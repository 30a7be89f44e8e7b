package imap

import "mailtool/mime/scan"

// A SortCommand is SORT or UID SORT (RFC 5256 §3). The charset must be said, unlike in SEARCH.
type SortCommand struct {
	UID bool // the answer has unique identifiers
	By  []SortKey
	Criteria
}

// Verb implements Command.
func (c *SortCommand) Verb() string { return uidVerb(c.UID, "SORT") }

func (c *SortCommand) print(w *writer) {
	w.sp()
	w.list(len(c.By), func(i int) { w.raw(c.By[i].String()) })
	c.Criteria.print(w)
}

// print writes search-criteria (RFC 5256 §5).
func (c *Criteria) print(w *writer) {
	w.sp()
	w.astring(c.Charset)
	w.searchKeys(c.Keys)
}

func parseSort(uid bool) parser {
	return func(s *scanner) Command {
		c := &SortCommand{UID: uid}
		s.sp()
		s.list(func() { c.By = append(c.By, s.sortKey()) })
		s.sp()
		c.Charset = s.charset()
		c.parse(s, false)
		return c
	}
}

// charset reads the name of a charset that may not be missing.
func (s *scanner) charset() string {
	at := s.at
	name := s.astring()
	if name == "" && s.err == nil {
		s.at = at
		s.fail("the name of a charset")
	}
	return name
}

// sortKey reads sort-criterion (RFC 5256 §5).
func (s *scanner) sortKey() (k SortKey) {
	if k.Reverse = s.word("REVERSE"); k.Reverse {
		s.sp()
	}
	at := s.at
	by, ok := ParseSortBy(s.run("a criterion of SORT", isAtomChar))
	if !ok && s.err == nil {
		s.at = at
		s.fail("a criterion of SORT")
	}
	k.By = by
	return k
}

// A SortData is what SORT has found, in the order that was asked for (RFC 5256 §4).
type SortData struct {
	Numbers []uint32 // unique identifiers, if the command was UID SORT
	ModSeq  uint64   // the highest of these messages, where MODSEQ was asked for (RFC 7162 §3.1.9)
}

func (d *SortData) print(w *writer) { w.numbers("SORT", d.Numbers, d.ModSeq) }

func parseSortData(s *scanner, _ uint32) Data {
	d := &SortData{}
	d.Numbers, d.ModSeq = s.numbers()
	return d
}

// sort is SORT and UID SORT.
func (s *session) sort(c *SortCommand) *Response {
	found, r := s.matching(&c.Criteria, 0)
	if r != nil {
		return r
	}
	fields := make([]SortFields, len(found.places))
	err := s.headings(found.places, sortedBy(c.By), func(i int, m *Message, h *heading) {
		fields[i] = SortFields{Number: uint32(found.places[i] + 1), Size: m.Octets,
			Arrival: m.InternalDate(), Sent: h.sent, Subject: h.subject,
			From: firstMailbox(h.Get("From")), To: firstMailbox(h.Get("To")),
			CC: firstMailbox(h.Get("Cc"))}
	})
	if err != nil {
		return responseTo(err, CodeServerBug)
	}
	numbers := s.numbersOf(found.places, c.UID)
	sorted := make([]uint32, len(numbers))
	for i, at := range Sort(fields, c.By) {
		sorted[i] = numbers[at]
	}
	s.tell(&SortData{sorted, found.modSeq})
	return Accept("Sort completed")
}

// sortedBy says what has to be read to sort by criteria.
func sortedBy(keys []SortKey) headingPart {
	part := noHeading
	for _, k := range keys {
		switch k.By {
		case SortSubject:
			part = max(part, withSubject)
		case SortDate, SortFrom, SortTo, SortCC:
			part = max(part, withFields)
		}
	}
	return part
}

// firstMailbox is addr-mailbox of the first address in a field: of a group its name, since it is
// what ENVELOPE has there (RFC 3501 §7.4.2).
func firstMailbox(value string) string {
	if value == "" {
		return ""
	}
	list := scan.ParseAddresses(value)
	switch {
	case len(list) == 0:
		return ""
	case list[0].Kind == scan.GroupStart:
		return list[0].Name
	}
	return list[0].Local
}
