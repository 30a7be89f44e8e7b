package imap

import (
	"fmt"
	"strings"
)

// A Fetch is FETCH or UID FETCH: it asks for data of messages (RFC 3501 §6.4.5, §6.4.8).
type Fetch struct {
	UID      bool // the set has unique identifiers
	Messages MessageSet
	Items    []FetchItem
	// ChangedSince, where Conditional is set, asks for messages alone that have changed after
	// this modification sequence (RFC 7162 §3.1.4).
	Conditional  bool
	ChangedSince uint64
}

// A FetchItem is one of the data that is asked for, or told (RFC 3501 §9, fetch-att).
type FetchItem struct {
	Kind FetchKind
	// Section is that of FetchSection, and of FetchBinary and FetchBinarySize, for which it
	// has part numbers alone.
	Section Section
	// Peek asks for a section without marking the message as \Seen.
	Peek bool
	// Partial asks for Count octets of it from Start on, counted from 0. Where it is told,
	// Count is 0: the octets say.
	Partial bool
	Start   uint32
	Count   uint32
}

// A FetchKind is what kind of data is meant.
type FetchKind uint8

// The data of a message.
const (
	FetchUID FetchKind = iota + 1
	FetchFlags
	FetchInternalDate
	FetchSize          // RFC822.SIZE
	FetchModSeq        // RFC 7162 §3.1.4
	FetchEnvelope      // ENVELOPE
	FetchBody          // BODY: the structure without extension data
	FetchBodyStructure // BODYSTRUCTURE
	FetchRFC822        // all of the message, as BODY[]
	FetchRFC822Header  // as BODY.PEEK[HEADER]
	FetchRFC822Text    // as BODY[TEXT]
	FetchSection       // BODY[section]
	FetchBinary        // BINARY[section]: without transfer encoding (RFC 3516 §4.2)
	FetchBinarySize    // BINARY.SIZE[section]
)

var fetchNames = [...]string{FetchUID: "UID", FetchFlags: "FLAGS", FetchInternalDate: "INTERNALDATE",
	FetchSize: "RFC822.SIZE", FetchModSeq: "MODSEQ", FetchEnvelope: "ENVELOPE", FetchBody: "BODY",
	FetchBodyStructure: "BODYSTRUCTURE", FetchRFC822: "RFC822", FetchRFC822Header: "RFC822.HEADER",
	FetchRFC822Text: "RFC822.TEXT", FetchSection: "BODY", FetchBinary: "BINARY",
	FetchBinarySize: "BINARY.SIZE"}

// FetchFast is what the macro FAST stands for (RFC 3501 §6.4.5).
func FetchFast() []FetchItem {
	return []FetchItem{{Kind: FetchFlags}, {Kind: FetchInternalDate}, {Kind: FetchSize}}
}

// FetchAll is what the macro ALL stands for.
func FetchAll() []FetchItem { return append(FetchFast(), FetchItem{Kind: FetchEnvelope}) }

// FetchFull is what the macro FULL stands for.
func FetchFull() []FetchItem { return append(FetchAll(), FetchItem{Kind: FetchBody}) }

// maxFetchItems is how many data one command may ask for.
const maxFetchItems = 1000

// Verb implements Command.
func (c *Fetch) Verb() string { return uidVerb(c.UID, "FETCH") }

func (c *Fetch) print(w *writer) {
	w.sp()
	w.messageSet(c.Messages)
	w.sp()
	if len(c.Items) == 1 {
		w.fetchItem(&c.Items[0])
	} else {
		w.list(len(c.Items), func(i int) { w.fetchItem(&c.Items[i]) })
	}
	if c.Conditional {
		w.raw(" (CHANGEDSINCE ")
		w.unsigned(c.ChangedSince)
		w.raw(")")
	}
}

// parseFetch reads FETCH's arguments, or with uid those of UID FETCH.
func parseFetch(uid bool) parser {
	return func(s *scanner) Command {
		c := &Fetch{UID: uid}
		s.sp()
		c.Messages = s.messageSet()
		s.sp()
		c.Items = s.fetchItems()
		if s.take(' ') {
			s.list(func() { s.fetchModifier(c) })
		}
		return c
	}
}

// fetchModifier reads one of RFC 4466 §2.4, of which CHANGEDSINCE is known.
func (s *scanner) fetchModifier(c *Fetch) {
	if c.Conditional || !s.word("CHANGEDSINCE") {
		s.fail("CHANGEDSINCE, once,")
		return
	}
	s.sp()
	c.Conditional, c.ChangedSince = true, uint64(s.number64())
}

// fetchItems reads an item, a list of them, or a macro, which stands alone.
func (s *scanner) fetchItems() (items []FetchItem) {
	switch {
	case s.word("FAST"):
		return FetchFast()
	case s.word("ALL"):
		return FetchAll()
	case s.word("FULL"):
		return FetchFull()
	case s.next() != '(':
		return []FetchItem{s.fetchItem()}
	}
	s.list(func() {
		if items = append(items, s.fetchItem()); len(items) > maxFetchItems {
			s.fail(fmt.Sprintf("at most %d items", maxFetchItems))
		}
	})
	return items
}

// fetchItem reads fetch-att.
func (s *scanner) fetchItem() FetchItem {
	x := s.fetchName(true)
	if x.divisible() && s.take('<') {
		x.Partial, x.Start = true, s.number()
		s.expect('.')
		x.Count = s.nzNumber()
		s.expect('>')
	}
	return x
}

// fetchName reads the name of an item with its section. Only a command has .PEEK in it.
func (s *scanner) fetchName(asked bool) FetchItem {
	const want = "an item such as FLAGS or BODY[]"
	at := s.at
	name := strings.ToUpper(s.run(want, isItemChar))
	peek := false
	if asked {
		name, peek = strings.CutSuffix(name, ".PEEK")
	}
	x := FetchItem{Kind: fetchKind(name), Peek: peek}
	if x.Kind == FetchBody && (peek || s.next() == '[') {
		x.Kind = FetchSection
	}
	if x.Kind == 0 || peek && !x.divisible() {
		s.at = at
		s.fail(want)
		return FetchItem{}
	}
	if x.divisible() || x.Kind == FetchBinarySize {
		at = s.at
		x.Section = s.section()
	}
	if x.Kind != FetchSection && x.Section.Text != SectionAll { // RFC 3516 §7, section-binary
		s.at = at
		s.fail("a section of part numbers alone")
	}
	return x
}

// isItemChar is what the name of an item is made of; a section or a partial ends it.
func isItemChar(c byte) bool { return isAtomChar(c) && c != '[' && c != '<' }

// fetchKind is what a name in capitals stands for, 0 where it is none.
func fetchKind(name string) FetchKind {
	for kind, known := range fetchNames {
		if known == name && kind > 0 {
			return FetchKind(kind)
		}
	}
	return 0
}

// divisible says that a part of it can be had: it has a section and octets.
func (x *FetchItem) divisible() bool { return x.Kind == FetchSection || x.Kind == FetchBinary }

// fetchItem writes fetch-att.
func (w *writer) fetchItem(x *FetchItem) {
	w.fetchName(x)
	if x.Partial {
		w.raw("<")
		w.number(x.Start)
		w.raw(".")
		w.number(x.Count)
		w.raw(">")
	}
}

// fetchName writes the name of an item with its section.
func (w *writer) fetchName(x *FetchItem) {
	w.raw(fetchNames[x.Kind])
	if x.Peek {
		w.raw(".PEEK")
	}
	if x.divisible() || x.Kind == FetchBinarySize {
		w.section(&x.Section)
	}
}
