package mailbox

import (
	"context"
	"database/sql/driver"
	"slices"
	"time"
)

// eachPage is how many messages Each reads in a transaction.
const eachPage = 4096

// Each calls f with the messages of a folder whose UID is after a given one, in rising order:
// List for who keeps something else than Messages. It is always the same Message, with the
// same memory for Keywords (the strings in there may be kept), without Envelope and Saved, and
// with Internal to the second.
// No transaction is open while f runs. Each returns f's error as it is. A folder that is not
// there has no messages.
func (s *Store) Each(
	ctx context.Context, folder FolderID, after UID, f func(*Message) error,
) error {
	r := eachReader{store: s, message: Message{Folder: folder},
		zones: make(map[int]*time.Location)}
	for {
		if err := r.read(ctx, folder, after); err != nil {
			return s.sort(err)
		}
		for i := range r.rows {
			r.show(&r.rows[i])
			if err := f(&r.message); err != nil {
				return err
			}
		}
		if len(r.rows) < eachPage {
			return nil
		}
		after = r.message.UID
	}
}

// An eachReader reads a page of messages at a time.
type eachReader struct {
	store    *Store
	message  Message
	rows     []eachRecord
	keywords []eachKeyword          // of these, in the order of UIDs
	known    []string               // keywords that were met
	zones    map[int]*time.Location // by minutes east of UTC
}

// An eachRecord is a row of selectEach or selectEachWide.
type eachRecord struct {
	packed                         uint64 // UID, zone, flags: 32, 16 and 16 bits
	body, octets, internal, modseq int64  // internal in seconds
}

// What selectEach packs into one number: of a body's id and the octets the latter take so
// many bits, of date and modification sequence the latter.
const (
	octetBits  = 28
	modseqBits = 31
)

type eachKeyword struct {
	uid     UID
	keyword string
}

// read reads a page and then its keywords: a change in between shows keywords that are newer
// than the ModSeq, and is told again.
func (r *eachReader) read(ctx context.Context, folder FolderID, after UID) error {
	r.keywords = r.keywords[:0]
	narrow, err := r.readNarrow(ctx, folder, after)
	if err == nil && !narrow {
		err = r.readWide(ctx, folder, after)
	}
	if err != nil || len(r.rows) == 0 {
		return err
	}
	last := int64(r.rows[len(r.rows)-1].packed >> 32)
	return r.store.read.raw(ctx, selectKeywords, []int64{int64(folder), int64(after) + 1, last},
		func(row []driver.Value) {
			r.keywords = append(r.keywords, eachKeyword{UID(asInt(row[0])), r.intern(row[1])})
		})
}

// readNarrow reads the rows of a page in few columns, which is what takes the time. It returns
// false where something does not fit into them.
func (r *eachReader) readNarrow(
	ctx context.Context, folder FolderID, after UID,
) (fits bool, err error) {
	r.rows, fits = r.rows[:0], true
	err = r.store.read.raw(ctx, selectEach, []int64{int64(folder), int64(after), eachPage},
		func(row []driver.Value) {
			body, date := asInt(row[1]), asInt(row[2])
			fits = fits && body >= 0 && date >= 0
			r.rows = append(r.rows, eachRecord{packed: uint64(asInt(row[0])),
				body: body >> octetBits, octets: body & (1<<octetBits - 1),
				internal: date >> modseqBits, modseq: date & (1<<modseqBits - 1)})
		})
	return fits, err
}

// readWide reads the rows of a page in which anything may be large.
func (r *eachReader) readWide(ctx context.Context, folder FolderID, after UID) error {
	r.rows = r.rows[:0]
	return r.store.read.raw(ctx, selectEachWide, []int64{int64(folder), int64(after), eachPage},
		func(row []driver.Value) {
			r.rows = append(r.rows, eachRecord{uint64(asInt(row[0])), asInt(row[1]), asInt(row[2]),
				fromMicros(asInt(row[3])).Unix(), asInt(row[4])})
		})
}

// intern returns a keyword in the memory in which it was met first: there are few.
func (r *eachReader) intern(v driver.Value) string {
	var text string
	switch v := v.(type) {
	case string:
		text = v
	case []byte:
		text = string(v)
	}
	if i := slices.Index(r.known, text); i >= 0 {
		return r.known[i]
	}
	if len(r.known) < 100 {
		r.known = append(r.known, text)
	}
	return text
}

// show makes the Message of a row. It takes its keywords off the list.
func (r *eachReader) show(row *eachRecord) {
	m := &r.message
	m.UID, m.Flags = UID(row.packed>>32), Flags(row.packed&0xffff)
	m.Body, m.Octets, m.ModSeq = BodyID(row.body), row.octets, ModSeq(row.modseq)
	m.Internal = time.Unix(row.internal, 0).UTC()
	if minutes := int(int16(row.packed >> 16)); minutes != 0 {
		zone := r.zones[minutes]
		if zone == nil {
			zone = time.FixedZone("", minutes*60)
			r.zones[minutes] = zone
		}
		m.Internal = m.Internal.In(zone)
	}
	n := 0
	m.Keywords = m.Keywords[:0]
	for ; n < len(r.keywords) && r.keywords[n].uid <= m.UID; n++ {
		if r.keywords[n].uid == m.UID { // else its message came or went in between
			m.Keywords = append(m.Keywords, r.keywords[n].keyword)
		}
	}
	r.keywords = r.keywords[n:]
}

func asInt(v driver.Value) int64 {
	n, _ := v.(int64)
	return n
}
