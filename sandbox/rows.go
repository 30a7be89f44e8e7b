package sandbox

import (
	"slices"

	"mailtool/imap"
)

// rows are the messages of a folder as they were at a time, in rising order of their UIDs. They
// are never changed. Those of a moment later share all chunks with them in which nothing
// happened: so a session remembers what it has seen for the price of a slice, and finds what is
// new by looking into the chunks that are not the same.
type rows struct {
	chunks []*chunk
	count  int
}

// A chunk has the messages whose UIDs are from first to that of the next chunk.
type chunk struct {
	first    imap.UID
	messages []*imap.Message
}

// chunkRows is how many messages a chunk has at most.
const chunkRows = 512

// last is the highest UID, 0 where there is none.
func (r rows) last() imap.UID {
	if len(r.chunks) == 0 {
		return 0
	}
	c := r.chunks[len(r.chunks)-1].messages
	return c[len(c)-1].UID
}

// all are the messages, in a slice for the caller.
func (r rows) all() []*imap.Message {
	all := make([]*imap.Message, 0, r.count)
	for _, c := range r.chunks {
		all = append(all, c.messages...)
	}
	return all
}

// find returns a message, or nil.
func (r rows) find(uid imap.UID) *imap.Message {
	i, ok := slices.BinarySearchFunc(r.chunks, uid, func(c *chunk, uid imap.UID) int {
		return compareUID(c.first, uid)
	})
	if !ok {
		i--
	}
	if i < 0 {
		return nil
	}
	m := r.chunks[i].messages
	if at, ok := slices.BinarySearchFunc(m, uid, atUID); ok {
		return m[at]
	}
	return nil
}

func compareUID(a, b imap.UID) int { return int(int64(a) - int64(b)) }

func atUID(m *imap.Message, uid imap.UID) int { return compareUID(m.UID, uid) }

// with are the rows after a change. Both lists are in rising order of UIDs. New messages have
// UIDs higher than all that ever were; of others that are not there it is known already that
// they are gone. Only the newest rows of a folder may be changed, since the last chunk's memory
// is used further.
func (r rows) with(changed []*imap.Message, gone []imap.UID) rows {
	known := changed
	for i, m := range changed {
		if m.UID > r.last() {
			known = changed[:i]
			break
		}
	}
	fresh := changed[len(known):]
	now := rows{chunks: make([]*chunk, 0, len(r.chunks)+1+len(fresh)/chunkRows)}
	for i, c := range r.chunks {
		end := len(known)
		until := len(gone)
		if i+1 < len(r.chunks) {
			next := r.chunks[i+1].first
			end, _ = slices.BinarySearchFunc(known, next, atUID)
			until, _ = slices.BinarySearch(gone, next)
		}
		if end > 0 || until > 0 {
			c = c.with(known[:end], gone[:until])
			known, gone = known[end:], gone[until:]
		}
		if len(c.messages) > 0 {
			now.chunks = append(now.chunks, c)
			now.count += len(c.messages)
		}
	}
	now.append(fresh)
	return now
}

// append adds messages at the end.
func (r *rows) append(fresh []*imap.Message) {
	r.count += len(fresh)
	if n := len(r.chunks); n > 0 && len(fresh) > 0 {
		last := *r.chunks[n-1]
		if room := min(chunkRows-len(last.messages), len(fresh)); room > 0 {
			last.messages = append(last.messages, fresh[:room]...)
			r.chunks[n-1] = &last
			fresh = fresh[room:]
		}
	}
	for len(fresh) > 0 {
		n := min(chunkRows, len(fresh))
		r.chunks = append(r.chunks, &chunk{fresh[0].UID, slices.Clone(fresh[:n])})
		fresh = fresh[n:]
	}
}

// with is the chunk after a change of messages that are in it, or were. A message in both lists
// is gone.
func (c *chunk) with(changed []*imap.Message, gone []imap.UID) *chunk {
	now := &chunk{c.first, make([]*imap.Message, 0, len(c.messages))}
	for _, m := range c.messages {
		for len(gone) > 0 && gone[0] < m.UID {
			gone = gone[1:]
		}
		for len(changed) > 0 && changed[0].UID < m.UID {
			changed = changed[1:]
		}
		switch {
		case len(gone) > 0 && gone[0] == m.UID:
			continue
		case len(changed) > 0 && changed[0].UID == m.UID && !sameMessage(m, changed[0]):
			m = changed[0]
		}
		now.messages = append(now.messages, m)
	}
	return now
}

// sameMessage says that nothing has changed of a message.
func sameMessage(a, b *imap.Message) bool {
	return a.ModSeq == b.ModSeq && a.Flags == b.Flags && slices.Equal(a.Keywords, b.Keywords)
}

// since is what happened from old to r: messages that are new or have changed, and the UIDs of
// those that are gone, both in rising order.
func (r rows) since(old rows) (changed []*imap.Message, gone []imap.UID) {
	a, b := old.chunks, r.chunks
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].first < b[0].first: // nothing of it is left
			for _, m := range a[0].messages {
				gone = append(gone, m.UID)
			}
			a = a[1:]
		case len(a) == 0 || b[0].first < a[0].first:
			changed = append(changed, b[0].messages...)
			b = b[1:]
		default:
			if a[0] != b[0] {
				changed, gone = b[0].since(a[0], changed, gone)
			}
			a, b = a[1:], b[1:]
		}
	}
	return changed, gone
}

// since appends what happened in a chunk.
func (c *chunk) since(old *chunk, changed []*imap.Message, gone []imap.UID) (
	[]*imap.Message, []imap.UID) {
	b := c.messages
	for _, m := range old.messages {
		switch {
		case len(b) == 0 || b[0].UID != m.UID:
			gone = append(gone, m.UID)
			continue
		case b[0] != m:
			changed = append(changed, b[0])
		}
		b = b[1:]
	}
	return append(changed, b...), gone
}
