package mailbox

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"
)

// A Message is a body in a folder.
type Message struct {
	Folder   FolderID
	UID      UID
	Body     BodyID
	Envelope EnvelopeID // 0 where it did not come by SMTP
	Octets   int64      // RFC822.SIZE (RFC 9051 §6.4.5)
	Internal time.Time  // INTERNALDATE, in the zone that it was given in
	Saved    time.Time  // SAVEDATE: when it came into this folder (RFC 8514 §4.2)
	ModSeq   ModSeq
	Flags    Flags
	Keywords []string // in the order of the alphabet
}

// List returns the messages of a folder whose UID is after a given one, at most limit, in
// rising order; a limit of 0 is none. A folder that is not there has no messages.
func (s *Store) List(
	ctx context.Context, folder FolderID, after UID, limit int,
) ([]Message, error) {
	if limit <= 0 {
		limit = math.MaxInt32
	}
	return s.messages(ctx, folder, selectMessages, folder, int64(after)+1, maxUID, limit)
}

const maxUID = math.MaxUint32

// Message returns one message. The error is ErrNoMessage.
func (s *Store) Message(ctx context.Context, folder FolderID, uid UID) (Message, error) {
	found, err := s.messages(ctx, folder, selectMessages, folder, uid, uid, 1)
	if err == nil && len(found) == 0 {
		err = ErrNoMessage
	}
	if err != nil {
		return Message{}, err
	}
	return found[0], nil
}

// UIDs are those of all messages in a folder, in rising order.
func (s *Store) UIDs(ctx context.Context, folder FolderID) ([]UID, error) {
	var uids []UID
	err := s.read.rows(ctx, selectUIDs, []any{folder}, func(scan func(...any) error) error {
		var uid UID
		err := scan(&uid)
		uids = append(uids, uid)
		return err
	})
	return uids, s.sort(err)
}

// An Entry is what little a long list says of a message.
type Entry struct {
	UID    UID
	Body   BodyID
	Octets int64
}

// Entries are those of all messages in a folder, in rising order of their UIDs: List for who
// needs no more, in a quarter of the time.
func (s *Store) Entries(ctx context.Context, folder FolderID) ([]Entry, error) {
	var found []Entry
	err := s.read.rows(ctx, selectEntries, []any{folder}, func(scan func(...any) error) error {
		found = append(found, Entry{})
		e := &found[len(found)-1]
		return scan(&e.UID, &e.Body, &e.Octets)
	})
	return found, s.sort(err)
}

// messages runs a query for messages and adds their keywords. These are read afterwards:
// a change in between shows keywords that are newer than the ModSeq, and is told again.
func (s *Store) messages(
	ctx context.Context, folder FolderID, query string, args ...any,
) ([]Message, error) {
	var found []Message
	var low, high UID = maxUID, 0
	err := s.read.rows(ctx, query, args, func(scan func(...any) error) error {
		m := Message{Folder: folder}
		var zone int
		err := scan(&m.UID, &m.Body, &m.Envelope, &m.Octets, asTime{&m.Internal}, &zone,
			asTime{&m.Saved}, &m.ModSeq, &m.Flags)
		m.Internal = inZone(m.Internal, zone)
		low, high = min(low, m.UID), max(high, m.UID)
		found = append(found, m)
		return err
	})
	if err != nil || len(found) == 0 {
		return nil, s.sort(err)
	}
	index := found
	if !slices.IsSortedFunc(found, byUID) {
		index = nil // found is in the order of ModSeq
	}
	at := make(map[UID]int)
	if index == nil {
		for i, m := range found {
			at[m.UID] = i
		}
	}
	err = s.read.rows(ctx, selectKeywords, []any{folder, low, high},
		func(scan func(...any) error) error {
			var uid UID
			var keyword string
			if err := scan(&uid, &keyword); err != nil {
				return err
			}
			i, ok := at[uid]
			if index != nil {
				i, ok = slices.BinarySearchFunc(found, Message{UID: uid}, byUID)
			}
			if ok {
				found[i].Keywords = append(found[i].Keywords, keyword)
			}
			return nil
		})
	return found, s.sort(err)
}

func byUID(a, b Message) int { return cmp.Compare(a.UID, b.UID) }

// inZone shows a time in a zone, in minutes east of UTC.
func inZone(t time.Time, minutes int) time.Time {
	if minutes == 0 {
		return t
	}
	return t.In(time.FixedZone("", minutes*60))
}

// zone is the zone of a time, in minutes east of UTC.
func zone(t time.Time) int {
	_, seconds := t.Zone()
	return seconds / 60
}
