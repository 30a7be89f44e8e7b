package mailbox

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"
)

func wait(t *testing.T, w *Watcher) []Change {
	t.Helper()
	select {
	case <-w.C:
		return w.Take()
	case <-time.After(5 * time.Second):
		t.Fatal("nobody wakes the watcher")
		return nil
	}
}

func TestWatch(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	alice := must[User](t)(s.AddUser(background, "alice"))
	w, everything := s.Watch(bob.Inbox), s.Watch()
	defer w.Close()
	defer everything.Close()
	s.deliver(t, "\r\n", alice.Inbox)
	if got := wait(t, everything); len(got) != 1 || got[0].Folder != alice.Inbox {
		t.Errorf("who watches all sees %v", got)
	}
	if got := w.Take(); len(got) != 0 {
		t.Errorf("who watches bob sees %v", got)
	}
	// A slow watcher finds one change, the newest.
	for range 5 {
		s.deliver(t, "\r\n", bob.Inbox)
	}
	f := must[Folder](t)(s.FolderByID(background, bob.Inbox))
	if got := wait(t, w); !slices.Equal(got, []Change{{Folder: bob.Inbox, ModSeq: f.ModSeq}}) {
		t.Errorf("changes %v, want one up to %d", got, f.ModSeq)
	}
	w.Close()
	s.deliver(t, "\r\n", bob.Inbox)
	if got := w.Take(); len(got) != 0 {
		t.Errorf("after Close: %v", got)
	}
	check(t, s.RemoveUser(background, bob.ID))
	if got := wait(t, everything); !got[len(got)-1].Gone {
		t.Errorf("a user is removed: %v", got)
	}
}

// Each kind of change wakes.
func TestWhatWakes(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	other := must[Folder](t)(s.CreateFolder(background, bob.ID, "other", ""))
	s.deliver(t, "\r\n", bob.Inbox)
	w := s.Watch(bob.Inbox)
	defer w.Close()
	o := s.Watch(other.ID)
	defer o.Close()
	seen := FlagChange{Mode: AddFlags, Flags: Seen}
	uids := []UID{All}
	for name, do := range map[string]func() error{
		"append": func() error {
			_, err := s.Append(background, bob.Inbox, Appended{Draft: s.draft(t, "\r\n")})
			return err
		},
		"flags": func() error { _, err := s.StoreFlags(background, bob.Inbox, uids, seen); return err },
	} {
		check(t, do())
		if got := wait(t, w); len(got) != 1 || got[0].Gone {
			t.Errorf("%s: %v", name, got)
		}
	}
	// Flags that are there already change nothing.
	must[[]UID](t)(s.StoreFlags(background, bob.Inbox, uids, seen))
	must[[]UID](t)(s.StoreFlags(background, bob.Inbox, uids, seen))
	w.Take()
	must[[]UID](t)(s.StoreFlags(background, bob.Inbox, uids, seen))
	if got := w.Take(); len(got) != 0 {
		t.Errorf("nothing changed, and the watcher sees %v", got)
	}
	must[Copied](t)(s.Copy(background, bob.Inbox, []UID{1}, other.ID))
	if got := wait(t, o); len(got) != 1 || len(w.Take()) != 0 {
		t.Errorf("copy: %v", got)
	}
	must[Copied](t)(s.Move(background, bob.Inbox, []UID{1}, other.ID))
	if len(o.Take()) != 1 || len(w.Take()) != 1 {
		t.Error("move wakes one only")
	}
	must[[]UID](t)(s.Expunge(background, bob.Inbox, uids))
	if len(w.Take()) != 1 {
		t.Error("expunge wakes nobody")
	}
	check(t, s.RenameFolder(background, bob.ID, "other", "renamed"))
	if got := o.Take(); len(got) != 1 || got[0].ModSeq != 0 {
		t.Errorf("rename: %v", got)
	}
	check(t, s.DeleteFolder(background, bob.ID, "renamed"))
	if got := o.Take(); len(got) != 1 || !got[0].Gone {
		t.Errorf("delete: %v", got)
	}
}

// TestFeedOrder: whoever has read up to a modification sequence has seen all that is
// below it: none becomes visible before a smaller one. The same for UIDs.
func TestFeedOrder(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	const writers, each = 8, 50
	w := s.Watch(bob.Inbox)
	defer w.Close()
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for range each {
				s.deliver(t, "\r\n", bob.Inbox)
			}
		})
	}
	var since ModSeq
	var last UID
	n := 0
	for n < writers*each {
		changes := wait(t, w)
		c := must[Changes](t)(s.ChangesSince(background, bob.Inbox, since))
		if len(changes) == 1 && c.ModSeq < changes[0].ModSeq {
			t.Fatalf("woken for %d, and the folder is at %d", changes[0].ModSeq, c.ModSeq)
		}
		for _, m := range c.Messages {
			if m.UID <= last {
				if m.ModSeq <= since {
					t.Fatalf("%d with modseq %d came after %d", m.UID, m.ModSeq, since)
				}
				continue // read twice, since it came while the changes were read
			}
			if m.UID != last+1 {
				t.Fatalf("UID %d after %d", m.UID, last)
			}
			last = m.UID
			n++
		}
		since = c.ModSeq
	}
	all.Wait()
}

func TestUnchangedSince(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	for range 3 {
		s.deliver(t, "\r\n", bob.Inbox)
	}
	since := must[Folder](t)(s.FolderByID(background, bob.Inbox)).ModSeq
	must[[]UID](t)(s.StoreFlags(background, bob.Inbox, []UID{2},
		FlagChange{Mode: AddFlags, Flags: Seen}))
	modified := must[[]UID](t)(s.StoreFlags(background, bob.Inbox, []UID{3, 2, 1, 99}, FlagChange{
		Mode: AddFlags, Flags: Flagged, Conditional: true, UnchangedSince: since}))
	if !slices.Equal(modified, []UID{2}) {
		t.Errorf("MODIFIED %v", modified)
	}
	for i, want := range []Flags{Flagged, Seen, Flagged} {
		if m := must[Message](t)(s.Message(background, bob.Inbox, UID(i+1))); m.Flags != want {
			t.Errorf("message %d has flags %b, want %b", i+1, m.Flags, want)
		}
	}
	_, err := s.StoreFlags(background, 999, []UID{All}, FlagChange{})
	if !errors.Is(err, ErrNoFolder) {
		t.Errorf("no such folder: %v", err)
	}
	_, err = s.Expunge(background, 999, []UID{All})
	if !errors.Is(err, ErrNoFolder) {
		t.Errorf("no such folder: %v", err)
	}
	// An empty list is no message, and never all of them.
	if gone := must[[]UID](t)(s.Expunge(background, bob.Inbox, nil)); len(gone) != 0 {
		t.Errorf("expunged %v", gone)
	}
}

// What comes in many slices is whole, and others get their turn in between.
func TestSlices(t *testing.T) {
	s, h, bob := newHooked(t)
	const n = 3*slice + 7
	fill(t, s, bob.Inbox, n)
	c := counter{}
	c.hook(h, nil)
	must[[]UID](t)(s.StoreFlags(background, bob.Inbox, []UID{All},
		FlagChange{Mode: AddFlags, Flags: Seen}))
	if c[commit] != 4 || c[updateFlags] != 4 {
		t.Errorf("%d commits and %d statements for %d messages", c[commit], c[updateFlags], n)
	}
	f := must[Folder](t)(s.FolderByID(background, bob.Inbox))
	if f.Unseen != 0 {
		t.Errorf("%d unseen", f.Unseen)
	}
	// Every second message: no run is longer than one.
	var odd []UID
	for uid := UID(1); uid <= n; uid += 2 {
		odd = append(odd, uid)
	}
	gone := must[[]UID](t)(s.Expunge(background, bob.Inbox, odd))
	if !slices.Equal(gone, odd) {
		t.Errorf("%d expunged, want %d", len(gone), len(odd))
	}
	if left := must[[]UID](t)(s.UIDs(background, bob.Inbox)); len(left) != n-len(odd) || left[0] != 2 {
		t.Errorf("%d left", len(left))
	}
	// What is left is one run, though its UIDs have holes.
	clear(c)
	must[[]UID](t)(s.StoreFlags(background, bob.Inbox, []UID{All},
		FlagChange{Mode: AddFlags, Flags: Deleted}))
	if c[updateFlags] != 2 {
		t.Errorf("%d statements for a run with holes", c[updateFlags])
	}
	leftovers(t, s)
}

// Remove takes all or none, though they are more than a slice: with an error in the middle
// everything is there as before.
func TestRemove(t *testing.T) {
	s, h, bob := newHooked(t)
	const n = 2*slice + 8
	fill(t, s, bob.Inbox, n)
	var even []UID
	for uid := UID(2); uid <= n; uid += 2 {
		even = append(even, uid)
	}
	w := s.Watch(bob.Inbox)
	defer w.Close()
	before := must[Folder](t)(s.FolderByID(background, bob.Inbox))
	failure, runs := errors.New("in the middle"), 0
	h.set(func(query string) error {
		if query == deleteMessages {
			if runs++; runs == len(even)-1 {
				return failure
			}
		}
		return nil
	})
	gone, err := s.Remove(background, bob.Inbox, even)
	if !errors.Is(err, failure) || gone != nil {
		t.Errorf("removed %d with the error %v", len(gone), err)
	}
	if after := must[Folder](t)(s.FolderByID(background, bob.Inbox)); after != before {
		t.Errorf("a removal that failed made\n%+v of\n%+v", after, before)
	}
	if left := must[[]UID](t)(s.UIDs(background, bob.Inbox)); len(left) != n || len(w.Take()) != 0 {
		t.Errorf("%d are left of %d", len(left), n)
	}
	c := counter{}
	c.hook(h, nil)
	slices.Reverse(even) // in any order, and some that are not there
	gone = must[[]UID](t)(s.Remove(background, bob.Inbox, append(even, n+1, n+9)))
	slices.Reverse(even)
	if !slices.Equal(gone, even) || c[commit] != 1 {
		t.Errorf("%d removed in %d transactions, want %d in one", len(gone), c[commit], len(even))
	}
	f := must[Folder](t)(s.FolderByID(background, bob.Inbox))
	if got := wait(t, w); !slices.Equal(got, []Change{{Folder: bob.Inbox, ModSeq: f.ModSeq}}) {
		t.Errorf("changes %v, want one", got)
	}
	if left := must[[]UID](t)(s.UIDs(background, bob.Inbox)); len(left) != n-len(even) || left[1] != 3 {
		t.Errorf("%d are left", len(left))
	}
	if gone := must[[]UID](t)(s.Remove(background, bob.Inbox, nil)); len(gone) != 0 {
		t.Errorf("an empty list removed %v", gone)
	}
	if gone := must[[]UID](t)(s.Remove(background, bob.Inbox, []UID{All})); len(gone) != n-len(even) {
		t.Errorf("All removed %d", len(gone))
	}
	leftovers(t, s)
}

// fill puts n messages into a folder, all with one small body.
func fill(t testing.TB, s *Store, f FolderID, n int) {
	t.Helper()
	s.deliver(t, letter(1000), f)
	check(t, s.do(background, 0, func(t *tx) error {
		err := t.exec(`
			WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < $2)
			INSERT INTO messages (folder_id, uid, body_id, envelope_id, octets, internal, zone,
				saved, modseq, flags)
			SELECT folder_id, i, body_id, envelope_id, octets, internal, zone, saved, i + 1, flags
			FROM n JOIN messages ON folder_id = $1 AND uid = 1`, f, n)
		if err != nil {
			return err
		}
		if n > 1 {
			err = t.exec("INSERT INTO shared SELECT body_id, $2 FROM messages WHERE folder_id = $1 AND uid = 1", f, n)
		}
		if err != nil {
			return err
		}
		return t.exec(`
			UPDATE folders SET uidnext = $2 + 1, modseq = $2 + 1, messages = $2, unseen = $2,
				octets = octets * $2
			WHERE id = $1`, f, n)
	}))
}
