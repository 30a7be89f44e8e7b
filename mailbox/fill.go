package mailbox

import (
	"errors"
	"maps"
	"slices"
)

var errUIDs = errors.New("mailbox: the folder has no UID left")

// A filling is a folder that takes messages. Within a transaction the row of the folder
// stays behind: places are dealt from here, and the row is written once for all of them.
type filling struct {
	uidValidity uint32
	uidNext     UID
	modseq      ModSeq
	// What the row lacks yet.
	messages, unseen int
	octets           int64
}

// filled is what a folder gave to messages: the place of the first.
type filled struct {
	Place
	modseq ModSeq
}

// fill makes room for n messages in a folder. Unless the job only puts messages into
// folders, the row says so at once: the job may look at it.
func (t *tx) fill(folder FolderID, n, unseen int, octets int64) (filled, error) {
	f := t.filling[folder]
	if f == nil {
		f = new(filling)
		ok, err := t.row(selectFilling, []any{int64(folder)},
			[]any{&f.uidValidity, &f.uidNext, &f.modseq})
		if err != nil {
			return filled{}, err
		}
		if !ok {
			return filled{}, ErrNoFolder
		}
		t.filling[folder] = f
	}
	if uint64(n) > uint64(maxUID-f.uidNext) {
		return filled{}, errUIDs
	}
	first := Place{Folder: folder, UIDValidity: f.uidValidity, UID: f.uidNext}
	f.uidNext += UID(n)
	f.modseq++
	f.messages += n
	f.unseen += unseen
	f.octets += octets
	t.changed(Change{Folder: folder, ModSeq: f.modseq})
	if t.puts {
		return filled{first, f.modseq}, nil
	}
	return filled{first, f.modseq}, t.settle()
}

// settle brings the rows of the folders up to date, in rising order, so that writers on
// other connections would never wait in a ring. It comes before all that reads or writes
// a folder otherwise, and before the commit.
func (t *tx) settle() error {
	if len(t.filling) == 0 {
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(t.filling)) {
		f := t.filling[id]
		err := t.exec(updateFilled, int64(id), int64(f.uidNext), int64(f.modseq),
			int64(f.messages), int64(f.unseen), f.octets)
		if err != nil {
			return err
		}
	}
	clear(t.filling)
	return nil
}
