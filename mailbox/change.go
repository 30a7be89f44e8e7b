package mailbox

import (
	"context"
	"sync"
)

// A Change says that something was committed in a folder.
type Change struct {
	Folder FolderID
	// ModSeq is the folder's highest then; 0 where only its name changed.
	ModSeq ModSeq
	Gone   bool // the folder was removed
}

// Changes are what happened in a folder.
type Changes struct {
	// ModSeq is up to where this is the whole truth. What happened while it was read may
	// be in here already, and is again in the next Changes.
	ModSeq ModSeq
	// Messages are new, or have other flags, in the order of their ModSeq.
	Messages []Message
	// Expunged are gone, in rising order.
	Expunged []UID
	// Forgotten says that Expunged may lack some: the folder must be looked at anew.
	Forgotten bool
}

// ChangesSince returns what happened in a folder after a modification sequence (RFC 7162
// §3.2.5). The error is ErrNoFolder.
func (s *Store) ChangesSince(ctx context.Context, id FolderID, since ModSeq) (Changes, error) {
	// The folder first: what is committed after it is said again the next time.
	f, err := s.FolderByID(ctx, id)
	if err != nil {
		return Changes{}, err
	}
	c := Changes{ModSeq: f.ModSeq, Forgotten: since < f.Forgotten}
	if f.ModSeq <= since {
		return c, nil
	}
	c.Messages, err = s.messages(ctx, id, selectChanged, id, since)
	if err != nil {
		return Changes{}, err
	}
	err = s.read.rows(ctx, selectTombstones, []any{id, since},
		func(scan func(...any) error) error {
			var uid UID
			err := scan(&uid)
			c.Expunged = append(c.Expunged, uid)
			return err
		})
	return c, s.sort(err)
}

// A Watcher is woken when something changed in the folders that it watches. It misses
// nothing, however late it looks: changes of one folder come together into the newest.
type Watcher struct {
	// C has a value when there is something to take.
	C <-chan struct{}

	feed    *feed
	wake    chan struct{}
	folders []FolderID
	mu      sync.Mutex
	changes []Change // one a folder
}

// Watch begins to watch folders; without any, all of them. Close ends it.
func (s *Store) Watch(folders ...FolderID) *Watcher {
	c := make(chan struct{}, 1)
	w := &Watcher{C: c, wake: c, feed: &s.feed, folders: folders}
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	for _, f := range w.keys() {
		if s.feed.watchers[f] == nil {
			s.feed.watchers[f] = make(map[*Watcher]bool)
		}
		s.feed.watchers[f][w] = true
	}
	return w
}

// Take returns the changes since the last Take, one for each folder.
func (w *Watcher) Take() []Change {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.changes
	w.changes = nil
	return c
}

// Close ends the watch; C is not closed.
func (w *Watcher) Close() {
	w.feed.mu.Lock()
	defer w.feed.mu.Unlock()
	for _, f := range w.keys() {
		delete(w.feed.watchers[f], w)
		if len(w.feed.watchers[f]) == 0 {
			delete(w.feed.watchers, f)
		}
	}
}

// every stands for all folders; no folder has this id.
const every FolderID = 0

func (w *Watcher) keys() []FolderID {
	if len(w.folders) == 0 {
		return []FolderID{every}
	}
	return w.folders
}

// note adds a change and wakes the watcher. It never waits.
func (w *Watcher) note(c Change) {
	w.mu.Lock()
	known := false
	for i := range w.changes {
		if old := &w.changes[i]; old.Folder == c.Folder {
			old.ModSeq = max(old.ModSeq, c.ModSeq)
			old.Gone = old.Gone || c.Gone
			known = true
		}
	}
	if !known {
		w.changes = append(w.changes, c)
	}
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default: // it has not looked since the last time
	}
}

// A feed tells the watchers what was committed.
type feed struct {
	mu       sync.RWMutex
	watchers map[FolderID]map[*Watcher]bool
}

func (f *feed) init() { f.watchers = make(map[FolderID]map[*Watcher]bool) }

func (f *feed) publish(changes []Change) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	for _, c := range changes {
		for w := range f.watchers[c.Folder] {
			w.note(c)
		}
		for w := range f.watchers[every] {
			w.note(c)
		}
	}
}
