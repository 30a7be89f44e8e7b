package sandbox

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"mailtool/mailbox"
	"mailtool/pop3"
)

// locks are the mailboxes that a POP3 session has: no second one gets in (RFC 1939 §4).
type locks struct {
	mu    sync.Mutex
	taken map[mailbox.UserID]chan struct{} // each is closed when the mailbox is free
}

// lockPatience is how long a log-in waits for a mailbox that another session has. The session of a
// client that cut the line ends a moment later, and who logs in at once must not meet it.
const lockPatience = time.Second

// take waits a little for the mailbox, and says whether it is the caller's now.
func (l *locks) take(ctx context.Context, id mailbox.UserID) bool {
	late := time.NewTimer(lockPatience)
	defer late.Stop()
	for {
		free := l.try(id)
		if free == nil {
			return true
		}
		select {
		case <-free:
		case <-late.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// try takes the mailbox if it is free. Otherwise it returns what is closed when it is.
func (l *locks) try(id mailbox.UserID) (free <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if end, ok := l.taken[id]; ok {
		return end
	}
	if l.taken == nil {
		l.taken = make(map[mailbox.UserID]chan struct{})
	}
	l.taken[id] = make(chan struct{})
	return nil
}

func (l *locks) release(id mailbox.UserID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.taken[id])
	delete(l.taken, id)
}

// A maildrop is a user's INBOX as it was at the log-in.
type maildrop struct {
	box      *Sandbox
	user     mailbox.User
	messages []pop3.Message
	kept     []mailbox.Entry // of each of them
	ahead    ahead
}

// openMaildrop locks the INBOX of an account and lists what is in it then.
func (b *Sandbox) openMaildrop(ctx context.Context, _ pop3.Peer, account string) (
	pop3.Maildrop, error) {
	u, ok := b.accounts.find(account)
	if !ok {
		return nil, mailbox.ErrNoUser // it was removed a moment ago
	}
	if !b.locks.take(ctx, u.ID) {
		return nil, pop3.Refuse(pop3.CodeInUse, "Another session has the maildrop of %s", account)
	}
	d := &maildrop{box: b, user: u}
	if err := d.list(ctx); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// list notes what is there. A message's unique-id is its folder's UIDVALIDITY and its UID: it
// stays the same, and no other message ever gets it.
func (d *maildrop) list(ctx context.Context) error {
	f, err := d.box.mailbox.FolderByID(ctx, d.user.Inbox)
	if err != nil {
		return err
	}
	if d.kept, err = d.box.mailbox.Entries(ctx, f.ID); err != nil {
		return err
	}
	d.messages = make([]pop3.Message, len(d.kept))
	var ids strings.Builder // one piece of memory for all of them
	start := strconv.FormatUint(uint64(f.UIDValidity), 10) + "."
	ids.Grow(len(d.kept) * (len(start) + len("4294967295")))
	for i, m := range d.kept {
		at := ids.Len()
		ids.WriteString(start)
		ids.WriteString(strconv.FormatUint(uint64(m.UID), 10))
		d.messages[i] = pop3.Message{Octets: m.Octets, UID: ids.String()[at:]}
	}
	return nil
}

// Messages implements pop3.Maildrop.
func (d *maildrop) Messages() []pop3.Message { return d.messages }

// Open implements pop3.Maildrop. What somebody else has deleted meanwhile is still there, for
// the time of mailbox.Grace; a session that goes on for longer may ask for it too late.
func (d *maildrop) Open(ctx context.Context, n int) (io.WriterTo, error) {
	body, err := d.body(ctx, n)
	if errors.Is(err, mailbox.ErrNoBody) {
		return nil, pop3.Refuse(pop3.CodeTemporary, "Message %d was deleted elsewhere; log in again", n)
	}
	if err != nil {
		return nil, err // no *mailbox.Body that is nil inside the interface
	}
	return body, nil
}

// Update implements pop3.Maildrop.
func (d *maildrop) Update(ctx context.Context, deleted []int) error {
	uids := make([]mailbox.UID, len(deleted))
	for i, n := range deleted {
		uids[i] = d.kept[n-1].UID
	}
	_, err := d.box.mailbox.Remove(ctx, d.user.Inbox, uids)
	return err
}

// Close implements pop3.Maildrop.
func (d *maildrop) Close() { d.box.locks.release(d.user.ID) }
