package sandbox

import (
	"slices"
	"testing"

	"mailtool/imap"
)

// TestFlaggedUnread: what STORE has changed is known without reading the folder, as long as nothing
// else happened; and it is what reading it would show.
func TestFlaggedUnread(t *testing.T) {
	c := logInto(t, Options{})
	s := c.organize("bob")
	appended(t, s, "INBOX", imap.FlagSeen, "one\r\n", "two\r\n", "three\r\n")
	box := c.choose(s, "INBOX").(*selection)
	defer box.Close()
	store := func(change imap.FlagChange, uids ...imap.UID) {
		t.Helper()
		if _, err := box.Store(t.Context(), uids, change); err != nil {
			t.Fatal(err)
		}
	}
	// known compares what is known with what the folder has, and says whether it was up to date.
	known := func() bool {
		t.Helper()
		f, err := c.mailbox.FolderByID(t.Context(), box.shared.id)
		if err != nil {
			t.Fatal(err)
		}
		fresh := &shared{store: box.shared.store, id: box.shared.id}
		want, _, err := fresh.upTo(t.Context(), f.ModSeq)
		if err != nil {
			t.Fatal(err)
		}
		was := box.shared.modseq == f.ModSeq
		got, _, err := box.shared.upTo(t.Context(), f.ModSeq)
		if err != nil || !slices.EqualFunc(got.all(), want.all(), sameMessage) {
			t.Errorf("known are %v, the folder has %v (%v)", got.all(), want.all(), err)
		}
		return was
	}
	add, remove := imap.FlagChange{Mode: imap.AddFlags}, imap.FlagChange{Mode: imap.RemoveFlags}
	add.Flags, remove.Flags = imap.FlagFlagged|imap.FlagSeen, imap.FlagSeen
	store(add, 1, 2)
	store(remove, 2, 3)
	if !known() {
		t.Error("flags that were added and removed are not known yet")
	}
	store(imap.FlagChange{Mode: imap.SetFlags, Flags: imap.FlagAnswered}, 1)
	store(add, 3) // something happened before it that is not known
	if known() {
		t.Error("something is known before it was read")
	}
	store(imap.FlagChange{Mode: imap.AddFlags, Keywords: []string{"exam"}}, 1)
	known()
	store(remove, 1)
	if !known() {
		t.Error("after it was read, flags that were removed are not known")
	}
}
