package sandbox

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"mailtool/imap"
	"mailtool/mailbox"
)

// A shared folder is what the sessions have in common that have selected it: what it takes to
// know all of its messages is in memory once.
type shared struct {
	store *mailbox.Store
	id    mailbox.FolderID

	mu     sync.Mutex
	loaded bool
	rows   rows
	modseq mailbox.ModSeq // up to where rows are the whole truth
	words  vocabulary

	recent sync.Mutex
	told   imap.UID // sessions were told of the messages before it (RFC 3501 §2.3.2, \Recent)

	// Of sharing.
	sessions int
	forget   *time.Timer // nil while there are sessions
}

// sharing has the folders that sessions have selected, and for a while those that they had.
type sharing struct {
	mu      sync.Mutex
	folders map[mailbox.FolderID]*shared
	closed  bool
}

// close forgets all folders: else the last of them would keep a sandbox that is over in memory
// for as long as it is remembered.
func (s *sharing) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.folders {
		if f.forget != nil {
			f.forget.Stop()
		}
	}
	s.folders, s.closed = nil, true
}

// folderMemory is how long a folder is kept when the last session has left: mail programs come back.
const folderMemory = time.Minute

// enter is called by a session that selects a folder. It has to leave again.
func (s *sharing) enter(store *mailbox.Store, f mailbox.Folder) *shared {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.folders[f.ID]
	if found == nil {
		found = &shared{store: store, id: f.ID, told: imap.UID(f.Recent)}
		if s.folders == nil {
			s.folders = make(map[mailbox.FolderID]*shared)
		}
		s.folders[f.ID] = found
	}
	if found.forget != nil {
		found.forget.Stop()
		found.forget = nil
	}
	found.sessions++
	return found
}

func (s *sharing) leave(f *shared) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.sessions--; f.sessions > 0 || s.closed {
		return
	}
	f.forget = time.AfterFunc(folderMemory, func() { s.forgetUnused(f) })
}

func (s *sharing) forgetUnused(f *shared) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.sessions == 0 && s.folders[f.id] == f {
		delete(s.folders, f.id)
	}
}

// upTo returns the messages as they are at modseq or later, and the modification sequence up to
// which that is the whole truth. The error is mailbox.ErrNoFolder where the folder is gone.
func (f *shared) upTo(ctx context.Context, modseq mailbox.ModSeq) (rows, mailbox.ModSeq, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var err error
	switch {
	case !f.loaded:
		if err = f.load(ctx); err == nil && f.modseq < modseq {
			err = f.update(ctx)
		}
	case f.modseq < modseq:
		err = f.update(ctx)
	}
	return f.rows, f.modseq, err
}

// load reads the folder. What happens meanwhile is read once more by the next update.
func (f *shared) load(ctx context.Context) error {
	folder, err := f.store.FolderByID(ctx, f.id)
	if err != nil {
		return err
	}
	messages, err := f.read(ctx, folder.Messages, folder.UIDNext)
	if err != nil {
		return err
	}
	f.learnOf(messages)
	f.rows, f.modseq, f.loaded = rows{}.with(messages, nil), folder.ModSeq, true
	f.recent.Lock()
	f.told = max(f.told, imap.UID(folder.Recent))
	f.recent.Unlock()
	return nil
}

// A folder with that many messages is read by two at a time, each a half of its UIDs.
const manyMessages = 20_000

// read reads all messages, of which there are about n with UIDs before next.
func (f *shared) read(ctx context.Context, n int, next mailbox.UID) ([]*imap.Message, error) {
	if n < manyMessages {
		return f.readRange(ctx, 0, maxUID, n)
	}
	middle := next / 2
	var high []*imap.Message
	var failed error
	var half sync.WaitGroup
	half.Go(func() { high, failed = f.readRange(ctx, middle, maxUID, n/2) })
	all, err := f.readRange(ctx, 0, middle, n)
	half.Wait()
	return append(all, high...), errors.Join(err, failed)
}

const maxUID = math.MaxUint32

// errRangeEnd ends the reading of a range.
var errRangeEnd = errors.New("sandbox: that was the last of the range")

// readRange reads the messages behind a UID, up to last.
func (f *shared) readRange(ctx context.Context, after, last mailbox.UID, n int) (
	[]*imap.Message, error) {
	all := make([]*imap.Message, 0, n)
	var block []imap.Message // memory for several, as many as a chunk has
	var before *imap.Message
	err := f.store.Each(ctx, f.id, after, func(m *mailbox.Message) error {
		if m.UID > last {
			return errRangeEnd
		}
		if len(block) == 0 {
			block = make([]imap.Message, min(chunkRows, max(n-len(all), 1)))
		}
		row := &block[0]
		block = block[1:]
		fill(row, m, before)
		before = row
		all = append(all, row)
		return nil
	})
	if err == errRangeEnd {
		err = nil
	}
	return all, err
}

// fill makes of the mailbox's message what sessions know of it. Where its keywords are those of
// the one before it, they are in memory once.
func fill(row *imap.Message, m *mailbox.Message, before *imap.Message) {
	_, east := m.Internal.Zone()
	*row = imap.Message{UID: imap.UID(m.UID), Flags: imapFlags(m.Flags), ModSeq: uint64(m.ModSeq),
		Octets: m.Octets, Key: int64(m.Body), Internal: m.Internal.Unix(), Zone: int16(east / 60)}
	switch {
	case len(m.Keywords) == 0:
	case before != nil && slices.Equal(before.Keywords, m.Keywords):
		row.Keywords = before.Keywords
	default:
		row.Keywords = slices.Clone(m.Keywords)
	}
}

// update reads what happened since the last time.
func (f *shared) update(ctx context.Context) error {
	c, err := f.store.ChangesSince(ctx, f.id, f.modseq)
	if err != nil {
		return err
	}
	changed := make([]*imap.Message, len(c.Messages))
	block := make([]imap.Message, len(c.Messages))
	for i := range c.Messages {
		var before *imap.Message
		if i > 0 {
			before = changed[i-1]
		}
		changed[i] = &block[i]
		fill(changed[i], &c.Messages[i], before)
	}
	slices.SortFunc(changed, func(a, b *imap.Message) int { return compareUID(a.UID, b.UID) })
	gone := make([]imap.UID, len(c.Expunged))
	for i, uid := range c.Expunged {
		gone[i] = imap.UID(uid)
	}
	if c.Forgotten { // nobody knows any more what was expunged
		if changed, err = f.readRange(ctx, 0, maxUID, f.rows.count); err != nil {
			return err
		}
		gone = missing(f.rows, changed)
	}
	f.learnOf(changed)
	f.rows, f.modseq = f.rows.with(changed, gone), c.ModSeq
	return nil
}

// flagged takes a change of system flags that was committed, if it is the one after what is known:
// then nothing has to be read. Of messages that are known as they were later nothing is taken.
func (f *shared) flagged(uids []mailbox.UID, modseq mailbox.ModSeq, change imap.FlagChange) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.loaded || f.modseq+1 != modseq {
		return
	}
	changed := make([]*imap.Message, 0, len(uids))
	block := make([]imap.Message, len(uids))
	for i, uid := range uids {
		m := f.rows.find(imap.UID(uid))
		if m == nil || m.ModSeq >= uint64(modseq) {
			continue
		}
		block[i] = *m
		block[i].Flags, _ = change.Apply(m.Flags, nil)
		block[i].ModSeq = uint64(modseq)
		changed = append(changed, &block[i])
	}
	f.rows, f.modseq = f.rows.with(changed, nil), modseq
}

// missing are the UIDs that are no longer there, in rising order.
func missing(r rows, there []*imap.Message) []imap.UID {
	var gone []imap.UID
	for _, m := range r.all() {
		for len(there) > 0 && there[0].UID < m.UID {
			there = there[1:]
		}
		if len(there) == 0 || there[0].UID != m.UID {
			gone = append(gone, m.UID)
		}
	}
	return gone
}

// takeRecent returns the first of the messages up to last that no session was told of, or 0,
// and counts them as told, unless the session only looks.
func (f *shared) takeRecent(ctx context.Context, last imap.UID, looks bool) imap.UID {
	f.recent.Lock()
	defer f.recent.Unlock()
	first := f.told
	switch {
	case first > last:
		return 0
	case looks:
		return first
	}
	f.told = last + 1
	// If it cannot be kept, the messages are \Recent once more when the sandbox starts anew.
	f.store.ToldRecent(ctx, f.id, mailbox.UID(f.told))
	return first
}
