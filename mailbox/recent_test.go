package mailbox

import (
	"context"
	"testing"
)

func TestToldRecent(t *testing.T) {
	s := newStore(t, fixture{})
	ctx := context.Background()
	u, err := s.AddUser(ctx, "carol")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		s.deliver(t, letter(100), u.Inbox)
	}
	for _, next := range []UID{3, 2} { // the second is no news
		if err := s.ToldRecent(ctx, u.Inbox, next); err != nil {
			t.Fatal(err)
		}
	}
	if f, err := s.FolderByID(ctx, u.Inbox); f.Recent != 3 || err != nil {
		t.Errorf("the first of the rest is %d, %v, want 3", f.Recent, err)
	}
}
