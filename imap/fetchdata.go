package imap

import (
	"strings"
	"time"
)

// A FetchData is what is told of a message (RFC 3501 §7.4.2). What is not told is zero.
type FetchData struct {
	Number    uint32 // its sequence number
	UID       UID
	HasFlags  bool // FLAGS was told: there may be none
	Flags     Flags
	Keywords  []string
	ModSeq    uint64 // RFC 7162 §3.1.4
	Internal  time.Time
	HasSize   bool
	Size      int64 // RFC822.SIZE
	Envelope  *Envelope
	Structure *BodyStructure // BODY, or BODYSTRUCTURE, which is Extended
	Sections  []FetchedSection
	// Others are items that this package knows nothing of, or that are not what they should
	// be, name and value.
	Others []string
}

// A FetchedSection is a section, RFC822, RFC822.HEADER or RFC822.TEXT, or what BINARY tells.
type FetchedSection struct {
	FetchItem
	// NIL says that there is no such section, or that the server has it no more.
	NIL    bool
	Octets []byte
	Size   uint32 // of a FetchBinarySize
}

// Section is the octets of a section, as ParseSection has it, of what BODY[] told, and whether
// there are any.
func (d *FetchData) Section(section string) ([]byte, bool) {
	for i := range d.Sections {
		x := &d.Sections[i]
		if x.Kind == FetchSection && sameWord(x.FetchItem.Section.String(), section) {
			return x.Octets, !x.NIL
		}
	}
	return nil, false
}

func (d *FetchData) print(w *writer) {
	w.numbered(d.Number, "FETCH (")
	first := true
	item := func(there bool, name string) bool {
		if there {
			if !first {
				w.sp()
			}
			first = false
			w.raw(name)
		}
		return there
	}
	if item(d.UID != 0, "UID ") {
		w.number(d.UID)
	}
	if item(d.ModSeq != 0, "MODSEQ ") {
		w.modSeq(d.ModSeq)
	}
	if item(d.HasFlags, "FLAGS ") {
		w.b = AppendFlags(w.b, d.Flags, d.Keywords)
	}
	if item(!d.Internal.IsZero(), "INTERNALDATE ") {
		w.dateTime(d.Internal)
	}
	if item(d.HasSize, "RFC822.SIZE ") {
		w.number64(d.Size)
	}
	if item(d.Envelope != nil, "ENVELOPE ") {
		w.envelope(d.Envelope)
	}
	if item(d.Structure != nil && !d.Structure.Extended, "BODY ") ||
		item(d.Structure != nil && d.Structure.Extended, "BODYSTRUCTURE ") {
		w.body(d.Structure)
	}
	for i := range d.Sections {
		item(true, "")
		w.fetchedSection(&d.Sections[i])
	}
	for _, other := range d.Others {
		item(true, other)
	}
	w.raw(")")
}

// modSeq writes fetch-mod-resp's value (RFC 7162 §7).
func (w *writer) modSeq(n uint64) {
	w.raw("(")
	w.unsigned(n)
	w.raw(")")
}

// fetchedSection writes an item with octets, and these.
func (w *writer) fetchedSection(x *FetchedSection) {
	w.fetchToldName(&x.FetchItem)
	w.sp()
	switch {
	case x.Kind == FetchBinarySize:
		w.number(x.Size)
	case x.NIL:
		w.raw("NIL")
	default:
		w.literal(string(x.Octets))
	}
}

// fetchToldName writes the name of an item as a response has it: with the place where the octets
// begin, but not with how many were asked for.
func (w *writer) fetchToldName(x *FetchItem) {
	told := *x
	told.Peek = false
	w.fetchName(&told)
	if x.Partial {
		w.raw("<")
		w.number(x.Start)
		w.raw(">")
	}
}

// parseFetchData reads msg-att.
func parseFetchData(s *scanner, n uint32) Data {
	d := &FetchData{Number: n}
	s.sp()
	s.listOrNone(func() { s.fetched(d) })
	return d
}

// fetched reads an item and what is told. One that is not understood, or told in another way
// than is right, is kept as it stands: a client can go on behind it.
func (s *scanner) fetched(d *FetchData) {
	from := *s
	before := *d
	if s.fetchedItem(d); s.err == nil && (s.next() == ' ' || s.next() == ')') {
		return
	}
	*s, *d = from, before
	s.itemName()
	s.sp()
	s.anything()
	if s.err == nil {
		d.Others = append(d.Others, string(s.text[from.at:s.at]))
	}
}

// fetchedItem reads an item that is known.
func (s *scanner) fetchedItem(d *FetchData) {
	x := s.fetchTold()
	s.sp()
	switch x.Kind {
	case FetchUID:
		d.UID = s.nzNumber()
	case FetchFlags:
		d.HasFlags = true
		d.Flags, d.Keywords = s.fetchedFlags()
	case FetchInternalDate:
		d.Internal = s.dateTime()
	case FetchSize:
		d.HasSize, d.Size = true, s.number64()
	case FetchModSeq:
		s.nested(func() { d.ModSeq = uint64(s.number64()) })
	case FetchEnvelope:
		d.Envelope = s.envelope()
	case FetchBody, FetchBodyStructure:
		b := s.body()
		if d.Structure == nil || x.Kind == FetchBodyStructure {
			d.Structure = b
		}
	case FetchBinarySize:
		d.Sections = append(d.Sections, FetchedSection{FetchItem: x, Size: s.number()})
	default:
		d.Sections = append(d.Sections, s.fetchedOctets(x))
	}
}

// fetchTold reads the name of an item as a response has it.
func (s *scanner) fetchTold() FetchItem {
	x := s.fetchName(false)
	if x.divisible() && s.take('<') {
		x.Partial, x.Start = true, s.number()
		s.expect('>')
	}
	return x
}

// fetchedOctets reads nstring, or a literal8.
func (s *scanner) fetchedOctets(x FetchItem) FetchedSection {
	switch s.next() {
	case '{', '~':
		return FetchedSection{FetchItem: x, Octets: s.literal()}
	}
	text, there := s.nstring()
	return FetchedSection{FetchItem: x, Octets: []byte(text), NIL: !there}
}

// itemName passes over the name of an item, which may have a section and more in brackets.
func (s *scanner) itemName() {
	s.run("the name of an item", isItemChar)
	if s.take('[') {
		for s.err == nil && s.next() != ']' {
			switch c := s.next(); c {
			case '"':
				s.quoted()
			case '{':
				s.literal()
			default:
				s.run("a section", func(c byte) bool { return c >= ' ' && strings.IndexByte(`]"{`, c) < 0 })
			}
		}
		s.expect(']')
	}
	if s.take('<') {
		s.run("a place", isItemChar)
	}
}
