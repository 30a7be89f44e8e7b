package mailbox

import (
	"errors"
	"slices"
)

var errUIDs = errors.New("mailbox: the folder has no UID left")

// A filling is a folder that takes messages. Places are dealt from here, and a transaction
// writes the folder's row once for all of them. What the row says is known until somebody
// else may have changed it.
type filling struct {
	uidValidity uint32
	uidNext     UID
	modseq      ModSeq
	lacks       tally // what the row lacks yet
}

// fillings are the folders that took messages last.
type fillings struct {
	known  map[FolderID]*filling
	behind []FolderID // those whose rows lack something
}

// knownFolders is how many are remembered.
const knownFolders = 1000

// filled is what a folder gave to messages: the place of the first.
type filled struct {
	Place
	modseq ModSeq
}

// fill makes room for messages in a folder. Unless the job only puts messages into
// folders, the row says so at once: the job may look at it, or change it.
func (t *tx) fill(folder FolderID, more tally) (filled, error) {
	f, err := t.fillingOf(folder)
	if err != nil {
		return filled{}, err
	}
	if uint64(more.messages) > uint64(maxUID-f.uidNext) {
		return filled{}, errUIDs
	}
	if f.lacks.messages == 0 {
		t.fillings.behind = append(t.fillings.behind, folder)
	}
	first := Place{Folder: folder, UIDValidity: f.uidValidity, UID: f.uidNext}
	f.uidNext += UID(more.messages)
	f.modseq++
	f.lacks.join(more)
	t.changed(Change{Folder: folder, ModSeq: f.modseq})
	if t.puts {
		return filled{first, f.modseq}, nil
	}
	return filled{first, f.modseq}, t.release()
}

// fillingOf reads the row of a folder where it is not known. The error may be ErrNoFolder.
func (t *tx) fillingOf(folder FolderID) (*filling, error) {
	if f := t.fillings.known[folder]; f != nil {
		return f, nil
	}
	f := new(filling)
	ok, err := t.row(selectFilling, []any{int64(folder)},
		[]any{&f.uidValidity, &f.uidNext, &f.modseq})
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrNoFolder
	}
	t.fillings.known[folder] = f
	return f, nil
}

// settle brings the rows of the folders up to date, in rising order, so that writers on
// other connections would never wait in a ring.
func (t *tx) settle() error {
	slices.Sort(t.fillings.behind)
	for _, id := range t.fillings.behind {
		f := t.fillings.known[id]
		err := t.exec(updateFilled, int64(id), int64(f.uidNext), int64(f.modseq),
			int64(f.lacks.messages), int64(f.lacks.unseen), f.lacks.octets, int64(f.lacks.deleted),
			f.lacks.deletedOctets)
		if err != nil {
			return err
		}
		f.lacks = tally{}
	}
	t.fillings.behind = t.fillings.behind[:0]
	if len(t.fillings.known) > knownFolders {
		t.fillings.forget()
	}
	return nil
}

// release settles, and leaves the rows to a job that may do anything with them.
func (t *tx) release() error {
	err := t.settle()
	t.fillings.forget()
	return err
}

func (f *fillings) forget() {
	clear(f.known)
	f.behind = f.behind[:0]
}
