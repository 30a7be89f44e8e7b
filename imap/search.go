package imap

// The charsets that search keys may be in.
const (
	usASCII = "US-ASCII"
	utf8Set = "UTF-8"
)

// A Criteria says which messages SEARCH, SORT and THREAD are about: those that all keys find. In a
// charset that is not known nothing can be read, so there are no keys then.
type Criteria struct {
	Charset string // of what is looked for, as it was written; "" for US-ASCII (RFC 3501 §6.4.4)
	Keys    []Key
}

// knows says that the charset is one of which keys can be read.
func (c *Criteria) knows() bool {
	return c.Charset == "" || sameWord(c.Charset, usASCII) || sameWord(c.Charset, utf8Set)
}

// parse reads the keys, once the charset is known. unicode says that they are in UTF-8 without
// one, since UTF8=ACCEPT is enabled.
func (c *Criteria) parse(s *scanner, unicode bool) {
	p := keyParser{scanner: s, ascii: !sameWord(c.Charset, utf8Set) && !(unicode && c.Charset == "")}
	if !c.knows() {
		p.charset, p.ascii = c.Charset, false
		if s.decode == nil || !p.decodes() {
			if s.sp(); s.err == nil {
				s.at = len(s.text)
			}
			return
		}
		c.Charset = utf8Set // as they are from here on
	}
	c.Keys = p.searchKeys()
}

// A SearchReturn says what a search is to answer (RFC 4731 §3.1, RFC 5182). 0 is what RFC 3501 has:
// all numbers.
type SearchReturn uint8

// What a search can answer.
const (
	ReturnMin   SearchReturn = 1 << iota // the lowest number
	ReturnMax                            // the highest
	ReturnAll                            // all, as a set
	ReturnCount                          // how many there are
	ReturnSave                           // nothing: the server keeps them, as "$"
)

// returnNames are in the order of their bits.
var returnNames = []string{"MIN", "MAX", "ALL", "COUNT", "SAVE"}

// A SearchCommand is SEARCH or UID SEARCH (RFC 3501 §6.4.4, RFC 4731, RFC 5182).
type SearchCommand struct {
	UID    bool // the answer has unique identifiers
	Return SearchReturn
	Criteria
}

// Verb implements Command.
func (c *SearchCommand) Verb() string { return uidVerb(c.UID, "SEARCH") }

func (c *SearchCommand) print(w *writer) {
	if c.Return != 0 {
		w.raw(" RETURN ")
		w.atoms(named(uint8(c.Return), returnNames))
	}
	if c.Charset != "" {
		w.raw(" CHARSET ")
		w.astring(c.Charset)
	}
	w.searchKeys(c.Keys)
}

func parseSearch(uid bool) parser {
	return func(s *scanner) Command {
		c := &SearchCommand{UID: uid}
		unicode := s.utf8
		from := s.at
		s.sp()
		if s.word("RETURN") {
			s.sp()
			c.Return = s.searchReturn()
			from = s.at
			s.sp()
		}
		if s.word("CHARSET") {
			if unicode { // RFC 6855 §3
				s.fail("a search key, since keys are in UTF-8 once UTF8=ACCEPT is enabled,")
			}
			s.sp()
			c.Charset = s.astring()
			from = s.at
		}
		if s.err == nil {
			s.at = from
		}
		c.parse(s, unicode)
		return c
	}
}

// searchReturn reads what is to be answered; nothing is ALL (RFC 4731 §3.1).
func (s *scanner) searchReturn() (r SearchReturn) {
	s.listOrNone(func() {
		at := s.at
		word := s.upper()
		for i, name := range returnNames {
			if word == name {
				r |= 1 << i
				return
			}
		}
		s.at = at
		s.fail("MIN, MAX, ALL, COUNT or SAVE")
	})
	if r == 0 && s.err == nil {
		return ReturnAll
	}
	return r
}

// A SearchData is what a search has found (RFC 3501 §7.2.5).
type SearchData struct {
	Numbers []uint32 // unique identifiers, if the command was UID SEARCH
	ModSeq  uint64   // the highest of these messages, where MODSEQ was asked for (RFC 7162 §3.1.6)
}

func (d *SearchData) print(w *writer) { w.numbers("SEARCH", d.Numbers, d.ModSeq) }

func parseSearchData(s *scanner, _ uint32) Data {
	d := &SearchData{}
	d.Numbers, d.ModSeq = s.numbers()
	return d
}

// numbers writes data that are numbers, and a modification sequence unless it is 0.
func (w *writer) numbers(name string, numbers []uint32, modSeq uint64) {
	w.raw(name)
	for _, n := range numbers {
		w.sp()
		w.number(n)
	}
	if modSeq != 0 {
		w.raw(" (MODSEQ ")
		w.unsigned(modSeq)
		w.raw(")")
	}
}

// numbers reads what numbers writes, behind the name. Some servers end the line with a space.
func (s *scanner) numbers() (numbers []uint32, modSeq uint64) {
	for s.take(' ') && !s.ended() {
		if s.next() != '(' {
			numbers = append(numbers, s.nzNumber())
			continue
		}
		s.nested(func() {
			if !s.word("MODSEQ") {
				s.fail("MODSEQ")
			}
			s.sp()
			modSeq = uint64(s.number64())
		})
	}
	return numbers, modSeq
}
