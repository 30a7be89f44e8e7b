package mailbox

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// limit lets a database grow by so many pages.
func limit(t *testing.T, s *Store, more int) {
	t.Helper()
	check(t, s.do(background, 0, func(tx *tx) error {
		var pages int
		if _, err := tx.row("PRAGMA page_count", nil, []any{&pages}); err != nil {
			return err
		}
		_, err := tx.row(fmt.Sprintf("PRAGMA max_page_count = %d", pages+more), nil, []any{&pages})
		return err
	}))
}

// A full disk is said, harms nothing that is there, and is no reason to stop for ever.
func TestFullDisk(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	limit(t, s, 100)
	stored := 0
	var err error
	var d *Draft
	for err == nil && stored < 1000 {
		d = s.draft(t, letter(20_000))
		if _, err = d.Deliver(background, Delivery{To: []FolderID{bob.Inbox}}); err == nil {
			stored++
		}
	}
	if !errors.Is(err, ErrFull) || stored == 0 {
		t.Fatalf("after %d messages: %v", stored, err)
	}
	// In the body, where it is staged.
	long := s.Draft(background)
	if _, err := long.Write([]byte(strings.Repeat("x", 2*pieceSize))); !errors.Is(err, ErrFull) {
		t.Errorf("a long message: %v", err)
	}
	long.Discard()
	// In one transaction: those that have room are stored, and the one that has none fails.
	free := hold(t, s)
	errs := make(chan error, 2)
	go func() {
		_, err := s.draft(t, letter(60_000)).Deliver(background, Delivery{To: []FolderID{bob.Inbox}})
		errs <- err
	}()
	waiting(t, s, 1)
	go func() {
		_, err := s.draft(t, "\r\n").Deliver(background, Delivery{To: []FolderID{bob.Inbox}})
		if err == nil {
			stored++
		}
		errs <- err
	}()
	waiting(t, s, 2)
	free()
	failed := 0
	for range 2 {
		if err := <-errs; err != nil {
			failed++
			if !errors.Is(err, ErrFull) {
				t.Error(err)
			}
		}
	}
	if failed == 0 {
		t.Error("60,000 octets found room")
	}
	for _, m := range must[[]Message](t)(s.List(background, bob.Inbox, 0, 0)) {
		if m.Octets == 20_000 && s.text(t, m.Body) != letter(20_000) {
			t.Errorf("%d is another text", m.UID)
		}
	}
	limit(t, s, 100_000)
	must[[]Place](t)(d.Deliver(background, Delivery{To: []FolderID{bob.Inbox}}))
	s.deliver(t, letter(3*pieceSize), bob.Inbox)
	f := must[Folder](t)(s.FolderByID(background, bob.Inbox))
	if f.Messages != stored+2 || int(f.UIDNext) != stored+3 {
		t.Errorf("%d messages, UIDNEXT %d, want %d", f.Messages, f.UIDNext, stored+2)
	}
	check(t, s.Sweep(background))
	leftovers(t, s)
}
