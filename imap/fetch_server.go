package imap

import (
	"slices"
	"time"

	"mailtool/mime/scan"
)

// gathered is how many octets of the answers to a FETCH leave at a time, so that ten thousand
// short answers are no ten thousand writes.
const gathered = 32 << 10

// A fetcher answers a FETCH.
type fetcher struct {
	*session
	// What of the smallest items is told of each message.
	uid, modSeq, flags bool
	// The others by what they need: INTERNALDATE and RFC822.SIZE; what Structure says; octets.
	known, structured, octets []wanted

	text   writer // what was not sent yet
	first  bool   // no item of the message has been written
	sent   int    // how often something was sent
	marked []UID  // messages that this command has marked as \Seen, in rising order
	failed *Response

	tree      *scan.Tree // of the message under way, nil where it was not asked for
	structure *Structure
	envelope  Envelope
	parts     structureMemory
	piece     []byte // of a body
	kept      []byte // fields of a header
	zone      *time.Location
	minutes   int16 // that zone is for
}

// A wanted is an item, and its name as it is told.
type wanted struct {
	FetchItem
	name string
	at   whereabouts // the section, in the message under way
	piece
}

// fetch tells data of messages. What marks them as \Seen does so first, all at once, so that an
// answer has the flags as they are then.
func (s *session) fetch(c *Fetch) *Response {
	if r := s.mayFetch(c); r != nil {
		return r
	}
	places, bad := s.find(c.Messages, c.UID)
	if bad != nil {
		return bad
	}
	f := s.newFetcher(c)
	if f.modSeq {
		s.becomeAware()
	}
	if c.Conditional {
		places = slices.DeleteFunc(places, func(at int) bool {
			return s.sel.messages[at].ModSeq <= c.ChangedSince
		})
	}
	s.sel.owed.uid = c.UID
	if !s.sel.readOnly && slices.ContainsFunc(c.Items, marksSeen) {
		if err := f.mark(places); err != nil {
			return responseTo(err, CodeServerBug)
		}
	}
	f.ahead(places)
	for _, at := range places {
		if f.message(at); s.err != nil {
			return nil
		}
	}
	f.flush()
	if f.failed != nil {
		return f.failed
	}
	return Accept("That is what there is")
}

// mayFetch says why something cannot be asked for, nil where all can.
func (s *session) mayFetch(c *Fetch) *Response {
	if c.Conditional && !s.offers("CONDSTORE") {
		return Reject("There is no CHANGEDSINCE: CONDSTORE was not offered")
	}
	for i := range c.Items {
		switch c.Items[i].Kind {
		case FetchModSeq:
			if !s.offers("CONDSTORE") {
				return Reject("There is no MODSEQ: CONDSTORE was not offered")
			}
		case FetchBinary, FetchBinarySize:
			if !s.offers("BINARY") {
				return Reject("There is no BINARY: it was not offered")
			}
		}
	}
	return nil
}

// marksSeen says that who asks for an item has read the message (RFC 3501 §6.4.5, RFC 3516 §4.2).
func marksSeen(x FetchItem) bool {
	switch x.Kind {
	case FetchSection, FetchBinary:
		return !x.Peek
	case FetchRFC822, FetchRFC822Text:
		return true
	}
	return false
}

// newFetcher sorts the items. One that is asked for twice is told once.
func (s *session) newFetcher(c *Fetch) *fetcher {
	f := &fetcher{session: s, uid: c.UID, modSeq: c.Conditional, zone: time.UTC}
	f.text = writer{server: true, utf8: s.utf8}
	names := make(map[string]bool, len(c.Items))
	for i := range c.Items {
		x := wanted{FetchItem: c.Items[i]}
		w := writer{server: true}
		w.fetchItem(&x.FetchItem)
		asked := string(w.b)
		w.b = w.b[:0]
		w.fetchToldName(&x.FetchItem)
		w.sp()
		x.name = string(w.b)
		switch x.Kind {
		case FetchRFC822Header:
			x.Section.Text = SectionHeader
		case FetchRFC822Text:
			x.Section.Text = SectionBody
		}
		switch {
		case names[asked]:
		case x.Kind == FetchUID:
			f.uid = true
		case x.Kind == FetchModSeq:
			f.modSeq = true
		case x.Kind == FetchFlags:
			f.flags = true
		case x.Kind < FetchEnvelope:
			f.known = append(f.known, x)
		case x.Kind < FetchRFC822:
			f.structured = append(f.structured, x)
		default:
			f.octets = append(f.octets, x)
		}
		names[asked] = true
	}
	return f
}

// mark marks messages as \Seen that are not, and takes what came of it into the view: it is told
// with the messages. What others did waits until the end of the command.
func (f *fetcher) mark(places []int) error {
	m := f.sel
	for _, at := range places {
		if x := m.messages[at]; x.Flags&FlagSeen == 0 && !m.isGone(x.UID) {
			f.marked = append(f.marked, x.UID)
		}
	}
	if len(f.marked) == 0 {
		return nil
	}
	_, err := m.box.Store(f.ctx, f.marked, FlagChange{Mode: AddFlags, Flags: FlagSeen})
	if err != nil {
		return err
	}
	f.learn()
	m.take(f.marked)
	return nil
}

// take puts what is new of these messages into the view: whoever takes it tells it.
func (m *selected) take(uids []UID) {
	at := 0
	var left []*Message
	for _, x := range m.news {
		i, there := m.indexFrom(at, x.UID)
		if _, taken := slices.BinarySearch(uids, x.UID); !there || !taken {
			left = append(left, x)
			continue
		}
		at, m.messages[i] = i, x
	}
	m.news = left
}

// ahead tells the mailbox what will be asked for.
func (f *fetcher) ahead(places []int) {
	if len(f.structured)+len(f.octets) == 0 || len(places) == 0 {
		return
	}
	f.sel.box.Ahead(f.sel.at(places))
}

// message tells of the message at a place in the view. One of which nothing can be told is
// passed over.
func (f *fetcher) message(at int) {
	x := f.sel.messages[at]
	seen := f.wasMarked(x)
	f.newKeywords(x)
	w, from := &f.text, len(f.text.b)
	w.raw("* ")
	w.number(uint32(at + 1))
	w.raw(" FETCH (")
	f.first = true
	f.fromView(x, seen)
	if len(f.structured)+len(f.octets) > 0 {
		f.structure, f.tree = nil, nil
		f.fromStructure(x)
		f.fromBody(x)
	}
	if f.first {
		w.b = w.b[:from]
		return
	}
	w.raw(")\r\n")
	if len(w.b) >= gathered {
		f.flush()
	}
}

// wasMarked says that the message is \Seen by this command. It is asked in rising order.
func (f *fetcher) wasMarked(x *Message) bool {
	if len(f.marked) == 0 || f.marked[0] != x.UID {
		return false
	}
	f.marked = f.marked[1:]
	return x.Flags&FlagSeen != 0
}

// newKeywords tells of keywords that the client does not know, before a message has them.
func (f *fetcher) newKeywords(x *Message) {
	for _, word := range x.Keywords {
		if !f.sel.keywords[word] {
			f.flush()
			f.tellKeywords([]*Message{x}, f.sel.news)
			return
		}
	}
}

// item begins an item.
func (f *fetcher) item(name string) {
	if !f.first {
		f.text.sp()
	}
	f.first = false
	f.text.raw(name)
}

// fromView tells what the view knows, and the flags where reading has changed them. Where flags
// are told, those who know modification sequences get them too (RFC 7162 §3.1).
func (f *fetcher) fromView(x *Message, seen bool) {
	w := &f.text
	if f.uid {
		f.item("UID ")
		w.number(x.UID)
	}
	if f.modSeq || f.aware && (f.flags || seen) {
		f.item("MODSEQ ")
		w.modSeq(x.ModSeq)
	}
	if f.flags || seen {
		f.item("FLAGS ")
		w.b = AppendFlags(w.b, f.sel.flags(x), x.Keywords)
	}
	for i := range f.known {
		f.item(f.known[i].name)
		if f.known[i].Kind == FetchSize {
			w.number64(x.Octets)
		} else {
			w.dateTime(f.internalDate(x))
		}
	}
}

// internalDate is Message.InternalDate; most messages are of the same zone.
func (f *fetcher) internalDate(x *Message) time.Time {
	if x.Zone != f.minutes {
		f.minutes, f.zone = x.Zone, time.FixedZone("", int(x.Zone)*60)
	}
	return time.Unix(x.Internal, 0).In(f.zone)
}

// fromStructure tells what the store has read out of the message, and finds the sections.
func (f *fetcher) fromStructure(x *Message) {
	for i := range f.structured {
		item := &f.structured[i]
		if !f.hasStructure(x) {
			return
		}
		f.item(item.name)
		if item.Kind == FetchEnvelope {
			f.envelope.read(f.structure.Fields)
			f.text.envelope(&f.envelope)
			continue
		}
		f.text.body(f.parts.read(f.treeOf(), item.Kind == FetchBodyStructure))
	}
	for i := range f.octets {
		f.locate(x, &f.octets[i])
	}
}

// hasStructure has the message's structure at hand, or says why not.
func (f *fetcher) hasStructure(x *Message) bool {
	if f.structure == nil {
		st, err := f.sel.box.Structure(f.ctx, x)
		if err != nil {
			f.lacks(err)
			return false
		}
		f.structure = st
	}
	return true
}

func (f *fetcher) treeOf() *scan.Tree {
	if f.tree == nil {
		f.tree = f.structure.Tree()
	}
	return f.tree
}

// lacks notes that something cannot be told. The first reason is what the command results in.
func (f *fetcher) lacks(err error) {
	if f.failed == nil {
		f.failed = responseTo(err, CodeServerBug)
	}
}

// flush sends what was gathered.
func (f *fetcher) flush() {
	f.write(f.text.b)
	f.text.b = f.text.b[:0]
}

func (f *fetcher) write(p []byte) {
	if f.err == nil && len(p) > 0 {
		_, f.err = f.conn.Write(p)
		f.sent++
	}
}
