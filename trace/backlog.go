package trace

import (
	"encoding/binary"
	"time"
)

// A backlog holds marks of a session that is recorded while nobody watches it. A dissector
// that is called for each mark finds that the processor's caches have forgotten it in the
// meantime; called for many at a time it takes half as long. The events are the same:
// a mark has its time from when it was made, and whoever wants to see the session has the
// marks dissected first. They are held in the form
//
//	end (1 octet), time since the first (uvarint), octets (uvarint and the octets)
type backlog struct {
	ring   *Ring
	open   *Opening // of the session; nil when it has been dissected
	opened time.Time
	packed []byte
	first  time.Time
}

const (
	// backlogMark is the longest mark that is held: what a server writes at once, so that a
	// message which fits in there is not dissected while its reader waits. Longer ones are
	// worth a call, and not worth a copy.
	backlogMark = 8 << 10
	backlogHead = 1 + 2*binary.MaxVarintLen64

	// backlogMany is how many octets are worth a call.
	backlogMany = laterChunk / 2
)

// hold takes a mark, unless it is neither octets nor the opening, or a long one, or there is
// no room for it.
func (b *backlog) hold(m *Mark) bool {
	if m.Kind == MarkOpen && m.Open != nil && b.empty() {
		b.open, b.opened = m.Open, m.When
		return true
	}
	if m.Kind != MarkBytes || len(m.B) > backlogMark || !b.grow(backlogHead+len(m.B)) {
		return false
	}
	if len(b.packed) == 0 {
		b.first = m.When
	}
	b.packed = append(b.packed, byte(m.End))
	b.packed = binary.AppendUvarint(b.packed, uint64(max(0, m.When.Sub(b.first))))
	b.packed = binary.AppendUvarint(b.packed, uint64(len(m.B)))
	b.packed = append(b.packed, m.B...)
	return true
}

// grow makes room for n octets more.
func (b *backlog) grow(n int) bool {
	n += len(b.packed)
	if n <= cap(b.packed) {
		return true
	}
	if n > laterChunk {
		return false
	}
	larger := b.ring.spare.room(n)
	if !b.ring.hold(cap(larger) - cap(b.packed)) {
		b.ring.spare.put(larger)
		return false
	}
	larger = append(larger, b.packed...)
	b.ring.spare.put(b.packed)
	b.packed = larger
	return true
}

// empty says that nothing is held.
func (b *backlog) empty() bool { return len(b.packed) == 0 && b.open == nil }

// each gives all marks that are held to take, in their order, and forgets them.
func (b *backlog) each(take func(*Mark)) {
	m := Mark{Kind: MarkOpen, When: b.opened, Open: b.open}
	if b.open != nil {
		b.open = nil
		take(&m)
	}
	m = Mark{Kind: MarkBytes}
	for rest := b.packed; len(rest) > 0; {
		m.End = End(rest[0])
		after, n := binary.Uvarint(rest[1:])
		rest = rest[1+n:]
		size, n := binary.Uvarint(rest)
		rest = rest[n:]
		m.When, m.B, rest = b.first.Add(time.Duration(after)), rest[:size:size], rest[size:]
		take(&m)
	}
	b.drop()
}

// drop gives the memory back.
func (b *backlog) drop() {
	b.ring.drop(cap(b.packed))
	b.ring.spare.put(b.packed)
	b.packed = nil
}
