package mailbox

import (
	"errors"
	"io"
	"path/filepath"
	"testing"
	"time"
)

// TestGrace: who froze a list goes on reading for ten minutes, and not for ever.
func TestGrace(t *testing.T) {
	for _, size := range []int{1000, 40*pieceSize + 5} {
		c := newClock()
		s := newStore(t, fixture{now: c.Now})
		bob := must[User](t)(s.AddUser(background, "bob"))
		other := must[Folder](t)(s.CreateFolder(background, bob.ID, "other", ""))
		s.deliver(t, letter(size), bob.Inbox)
		m := must[Message](t)(s.Message(background, bob.Inbox, 1))
		must[*Derived](t)(s.Derived(background, m.Body))
		open := must[*Body](t)(s.Body(background, m.Body))
		must[Copied](t)(s.Copy(background, bob.Inbox, []UID{1}, other.ID))

		must[[]UID](t)(s.Expunge(background, bob.Inbox, []UID{1}))
		c.forward(time.Hour)
		check(t, s.Sweep(background))
		s.text(t, m.Body) // the copy has it

		must[[]UID](t)(s.Expunge(background, other.ID, []UID{1}))
		c.forward(Grace - time.Second)
		check(t, s.Sweep(background))
		if s.text(t, m.Body) != letter(size) {
			t.Error("another text")
		}
		c.forward(2 * time.Second)
		check(t, s.Sweep(background))
		if _, err := s.Body(background, m.Body); !errors.Is(err, ErrNoBody) {
			t.Errorf("after the time of grace: %v", err)
		}
		if _, err := io.ReadAll(open.Reader()); size > pieceSize && !errors.Is(err, ErrNoBody) {
			t.Errorf("an open one: %v", err)
		}
		if _, err := s.Derived(background, m.Body); !errors.Is(err, ErrNoBody) {
			t.Errorf("derived: %v", err)
		}
		for _, table := range []string{"bodies", "pieces", "envelopes", "derived", "loose"} {
			if n := count(t, s, "SELECT COUNT(*) FROM "+table); n != 0 {
				t.Errorf("%d octets: %d left in %s", size, n, table)
			}
		}
	}
}

// A copy of what was expunged from elsewhere begins a new time of grace when it goes.
func TestGraceBeginsWithTheLastReference(t *testing.T) {
	c := newClock()
	s := newStore(t, fixture{now: c.Now})
	bob := must[User](t)(s.AddUser(background, "bob"))
	other := must[Folder](t)(s.CreateFolder(background, bob.ID, "other", ""))
	s.deliver(t, "\r\n", bob.Inbox, other.ID)
	m := must[Message](t)(s.Message(background, bob.Inbox, 1))
	must[[]UID](t)(s.Expunge(background, bob.Inbox, []UID{All}))
	c.forward(Grace - time.Minute)
	must[[]UID](t)(s.Expunge(background, other.ID, []UID{All}))
	c.forward(2 * time.Minute)
	check(t, s.Sweep(background))
	s.text(t, m.Body)
}

func TestStagedLeftovers(t *testing.T) {
	c := newClock()
	f := fixture{file: filepath.Join(t.TempDir(), "mail.db"), now: c.Now}
	s := must[*Store](t)(f.open())
	pieces := func() int { return count(t, s, "SELECT COUNT(*) FROM pieces") }

	discarded := s.draft(t, letter(3*pieceSize))
	discarded.Discard()
	slow := s.draft(t, letter(3*pieceSize)) // it is still arriving
	s.draft(t, letter(3*pieceSize))         // the process will end in the middle of it
	check(t, s.Sweep(background))
	c.forward(staleAfter - time.Minute)
	check(t, s.Sweep(background))
	if n := pieces(); n != 4 {
		t.Errorf("%d pieces, want those of the two that still arrive", n)
	}
	bob := must[User](t)(s.AddUser(background, "bob"))
	must[[]Place](t)(slow.Deliver(background, Delivery{To: []FolderID{bob.Inbox}}))
	check(t, s.Close())

	s = newStore(t, f)
	check(t, s.Sweep(background))
	if n := pieces(); n != 3 {
		t.Errorf("%d pieces, want those of the one that was delivered", n)
	}
	leftovers(t, s)
}

// The clock jumps while a message arrives: it is refused rather than stored in part.
func TestSweptWhileItArrives(t *testing.T) {
	c := newClock()
	s := newStore(t, fixture{now: c.Now})
	bob := must[User](t)(s.AddUser(background, "bob"))
	d := s.draft(t, letter(3*pieceSize))
	c.forward(2 * staleAfter)
	check(t, s.Sweep(background))
	_, err := d.Deliver(background, Delivery{To: []FolderID{bob.Inbox}})
	if !errors.Is(err, ErrNoBody) {
		t.Errorf("delivery: %v", err)
	}
	d.Discard()
	if n := must[Folder](t)(s.FolderByID(background, bob.Inbox)).Messages; n != 0 {
		t.Errorf("%d messages", n)
	}
	leftovers(t, s)
}

func TestDeletedFoldersAreSwept(t *testing.T) {
	c := newClock()
	s := newStore(t, fixture{now: c.Now})
	bob := must[User](t)(s.AddUser(background, "bob"))
	f := must[Folder](t)(s.CreateFolder(background, bob.ID, "a", ""))
	for range 30 {
		s.deliver(t, "\r\n", f.ID)
	}
	must[[]UID](t)(s.StoreFlags(background, f.ID, []UID{All}, FlagChange{Keywords: []string{"k"}}))
	must[[]UID](t)(s.Expunge(background, f.ID, []UID{3}))
	check(t, s.DeleteFolder(background, bob.ID, "a"))
	if _, err := s.FolderByID(background, f.ID); !errors.Is(err, ErrNoFolder) {
		t.Errorf("a deleted folder: %v", err)
	}
	check(t, s.Sweep(background))
	c.forward(time.Hour)
	check(t, s.Sweep(background))
	for _, table := range []string{"messages", "keywords", "tombstones", "bodies", "loose"} {
		if n := count(t, s, "SELECT COUNT(*) FROM "+table); n != 0 {
			t.Errorf("%d left in %s", n, table)
		}
	}
	if n := count(t, s, "SELECT COUNT(*) FROM folders"); n != 1 {
		t.Errorf("%d folders", n)
	}
}

func TestTombstonesAreForgotten(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	s.deliver(t, "\r\n", bob.Inbox)
	must[[]UID](t)(s.Expunge(background, bob.Inbox, []UID{All}))
	past := must[Folder](t)(s.FolderByID(background, bob.Inbox)).ModSeq - 1
	// Much happens.
	check(t, s.do(background, 0, func(t *tx) error {
		return t.exec("UPDATE folders SET modseq = modseq + $2 WHERE id = $1", bob.Inbox,
			2*keptModSeqs)
	}))
	s.deliver(t, "\r\n", bob.Inbox)
	must[[]UID](t)(s.Expunge(background, bob.Inbox, []UID{All}))
	check(t, s.Sweep(background))
	f := must[Folder](t)(s.FolderByID(background, bob.Inbox))
	if f.Forgotten != f.ModSeq-keptModSeqs {
		t.Errorf("forgotten up to %d of %d", f.Forgotten, f.ModSeq)
	}
	c := must[Changes](t)(s.ChangesSince(background, bob.Inbox, past))
	if !c.Forgotten || len(c.Expunged) != 1 || c.Expunged[0] != 2 {
		t.Errorf("changes since long ago: %+v", c)
	}
	c = must[Changes](t)(s.ChangesSince(background, bob.Inbox, f.ModSeq-2))
	if c.Forgotten || len(c.Expunged) != 1 {
		t.Errorf("changes since just now: %+v", c)
	}
}

func TestReclaim(t *testing.T) {
	steps := 0
	c := newClock()
	s := newStore(t, fixture{now: c.Now, reclaim: stepsOf(&steps, 3)})
	bob := must[User](t)(s.AddUser(background, "bob"))
	check(t, s.Sweep(background))
	if steps != 0 {
		t.Errorf("%d steps where nothing was swept", steps)
	}
	s.deliver(t, "\r\n", bob.Inbox)
	must[[]UID](t)(s.Expunge(background, bob.Inbox, []UID{All}))
	c.forward(time.Hour)
	check(t, s.Sweep(background))
	if steps != 3 {
		t.Errorf("%d steps, want 3", steps)
	}
}
