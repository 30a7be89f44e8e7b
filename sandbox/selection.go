package sandbox

import (
	"context"
	"errors"
	"math"

	"mailtool/imap"
	"mailtool/mailbox"
)

// A selection is a folder that a session of IMAP has selected.
type selection struct {
	folders  *folders
	shared   *shared
	watch    *mailbox.Watcher
	readOnly bool
	status   imap.MailboxStatus
	recent   imap.UID

	seen   rows           // what the session knows
	last   imap.UID       // the highest UID that it ever knew
	want   mailbox.ModSeq // what it was woken for
	gone   bool
	reader mailReader
}

var _ imap.Mailbox = (*selection)(nil)

// Select implements imap.Store.
func (s *folders) Select(ctx context.Context, name string, readOnly bool) (imap.Mailbox, error) {
	f, err := s.find(ctx, name, imap.CodeNonexistent)
	if err != nil {
		return nil, err
	}
	x := &selection{folders: s, readOnly: readOnly, watch: s.store.Watch(f.ID),
		shared: s.box.sharing.enter(s.store, f), reader: newMailReader(s.store)}
	// What happens from here on is told by the watcher; so the folder is looked at once more.
	if f, err = s.store.FolderByID(ctx, f.ID); err == nil {
		err = x.begin(ctx, f)
	}
	if err != nil {
		x.Close()
		return nil, imapRefusal(err, imap.CodeNonexistent)
	}
	return x, nil
}

// begin notes what is in the folder now.
func (x *selection) begin(ctx context.Context, f mailbox.Folder) error {
	seen, modseq, err := x.shared.upTo(ctx, f.ModSeq)
	if err != nil {
		return err
	}
	x.seen, x.last = seen, seen.last()
	x.recent = x.shared.takeRecent(ctx, x.last, x.readOnly)
	x.status = status(&f)
	x.status.Messages, x.status.HighestModSeq = seen.count, uint64(modseq)
	x.status.UIDNext = max(x.status.UIDNext, x.last+1)
	x.status.Unseen, x.status.Deleted, x.status.Size = 0, 0, 0
	for _, c := range seen.chunks {
		for _, m := range c.messages {
			x.status.Size += m.Octets
			if m.Flags&imap.FlagSeen == 0 {
				x.status.Unseen++
			}
			if m.Flags&imap.FlagDeleted != 0 {
				x.status.Deleted++
			}
			if x.recent != 0 && m.UID >= x.recent {
				x.status.Recent++
			}
		}
	}
	return nil
}

// Close implements imap.Mailbox.
func (x *selection) Close() {
	x.watch.Close()
	x.reader.announce(nil) // nothing is read any more
	x.folders.box.sharing.leave(x.shared)
}

// Status implements imap.Mailbox.
func (x *selection) Status() imap.MailboxStatus { return x.status }

// Messages implements imap.Mailbox.
func (x *selection) Messages() []*imap.Message { return x.seen.all() }

// Recent implements imap.Mailbox.
func (x *selection) Recent() imap.UID { return x.recent }

// C implements imap.Mailbox.
func (x *selection) C() <-chan struct{} { return x.watch.C }

// Changes implements imap.Mailbox.
func (x *selection) Changes(ctx context.Context) (imap.Changes, error) {
	for _, c := range x.watch.Take() {
		x.want, x.gone = max(x.want, c.ModSeq), x.gone || c.Gone
	}
	if x.gone {
		return imap.Changes{Gone: true}, nil
	}
	now, modseq, err := x.shared.upTo(ctx, x.want)
	if errors.Is(err, mailbox.ErrNoFolder) { // its watcher hears of it in a moment
		x.gone = true
		return imap.Changes{Gone: true}, nil
	}
	if err != nil {
		return imap.Changes{}, imapRefusal(err, imap.CodeNonexistent)
	}
	c := imap.Changes{HighestModSeq: uint64(modseq)}
	c.Messages, c.Expunged = now.since(x.seen)
	x.seen = now
	fresh := c.Messages
	for len(fresh) > 0 && fresh[0].UID <= x.last {
		fresh = fresh[1:]
	}
	if len(fresh) > 0 {
		x.last = fresh[len(fresh)-1].UID
		if first := x.shared.takeRecent(ctx, x.last, x.readOnly); first != 0 {
			c.Recent = max(first, fresh[0].UID)
		}
	}
	return c, nil
}

// there refuses what comes after the folder is gone. Its messages may lie there a while longer, or
// not.
func (x *selection) there() error {
	if x.gone {
		return imapRefusal(mailbox.ErrNoFolder, imap.CodeNonexistent)
	}
	return nil
}

// Store implements imap.Mailbox.
func (x *selection) Store(ctx context.Context, uids []imap.UID, change imap.FlagChange) (
	modified []imap.UID, err error) {
	if err := x.there(); err != nil {
		return nil, err
	}
	keywords, err := x.spelt(ctx, &change)
	if err != nil {
		return nil, err
	}
	to := mailbox.FlagChange{Flags: mailboxFlags(change.Flags), Keywords: keywords,
		Conditional:    change.Conditional,
		UnchangedSince: mailbox.ModSeq(min(change.UnchangedSince, math.MaxInt64))}
	switch change.Mode {
	case imap.AddFlags:
		to.Mode = mailbox.AddFlags
	case imap.RemoveFlags:
		to.Mode = mailbox.RemoveFlags
	default:
		to.Mode = mailbox.ReplaceFlags
	}
	if len(change.Keywords) == 0 && change.Mode != imap.SetFlags {
		to.Done = func(uids []mailbox.UID, modseq mailbox.ModSeq) { x.shared.flagged(uids, modseq, change) }
	}
	found, err := x.folders.store.StoreFlags(ctx, x.shared.id, kept(uids), to)
	return said(found), imapRefusal(err, imap.CodeNonexistent)
}

// Expunge implements imap.Mailbox.
func (x *selection) Expunge(ctx context.Context, uids []imap.UID) error {
	if err := x.there(); err != nil {
		return err
	}
	these := []mailbox.UID{mailbox.All}
	if uids != nil {
		these = kept(uids)
	}
	_, err := x.folders.store.ExpungeDeleted(ctx, x.shared.id, these)
	return imapRefusal(err, imap.CodeNonexistent)
}

// Copy implements imap.Mailbox.
func (x *selection) Copy(ctx context.Context, uids []imap.UID, to string) (imap.Copied, error) {
	return x.transfer(ctx, uids, to, x.folders.store.Copy)
}

// Move implements imap.Mailbox.
func (x *selection) Move(ctx context.Context, uids []imap.UID, to string) (imap.Copied, error) {
	return x.transfer(ctx, uids, to, x.folders.store.Move)
}

// A transferring is what the mailbox does with messages for another folder.
type transferring func(
	ctx context.Context, from mailbox.FolderID, uids []mailbox.UID, to mailbox.FolderID,
) (mailbox.Copied, error)

// transfer copies or moves messages. What somebody else has expunged is left out.
func (x *selection) transfer(
	ctx context.Context, uids []imap.UID, to string, act transferring,
) (imap.Copied, error) {
	if err := x.there(); err != nil {
		return imap.Copied{}, err
	}
	f, err := x.folders.find(ctx, to, imap.CodeTryCreate)
	if err != nil {
		return imap.Copied{}, err
	}
	if err := x.mayTake(ctx, f.ID, uids, x.seen); err != nil {
		return imap.Copied{}, err
	}
	c, err := act(ctx, x.shared.id, kept(uids), f.ID)
	return copied(c), imapRefusal(err, imap.CodeTryCreate)
}

func copied(c mailbox.Copied) imap.Copied {
	return imap.Copied{UIDValidity: c.UIDValidity, From: said(c.From), To: said(c.To)}
}

// kept are UIDs as the mailbox has them. It has a meaning of its own for 0, which no message has.
func kept(uids []imap.UID) []mailbox.UID {
	all := make([]mailbox.UID, 0, len(uids))
	for _, uid := range uids {
		if uid != 0 {
			all = append(all, mailbox.UID(uid))
		}
	}
	return all
}

// said are UIDs as IMAP has them.
func said(uids []mailbox.UID) []imap.UID {
	all := make([]imap.UID, len(uids))
	for i, uid := range uids {
		all[i] = imap.UID(uid)
	}
	return all
}
