package mailbox

import (
	"context"
	"slices"
	"testing"
)

// uses lists the folders of a user, each with its use.
func uses(t *testing.T, s *Store, user UserID) []string {
	t.Helper()
	folders, err := s.Folders(context.Background(), user)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range folders {
		all = append(all, f.Name+f.Use)
	}
	return all
}

func TestFurnish(t *testing.T) {
	s := newStore(t, fixture{})
	ctx := context.Background()
	u, err := s.AddUser(ctx, "carol", SpecialUse{"Sent", `\Sent`}, SpecialUse{"Trash", `\Trash`})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := uses(t, s, u.ID), []string{"INBOX", `Sent\Sent`, `Trash\Trash`}; !slices.Equal(got, want) {
		t.Errorf("a new user has %q, want %q", got, want)
	}
	names, err := s.Subscriptions(ctx, u.ID)
	if want := []string{"INBOX", "Sent", "Trash"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("subscriptions %q, %v, want %q", names, err, want)
	}

	old, err := s.AddUser(ctx, "dave")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreateFolder(ctx, old.ID, "Sent", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreateFolder(ctx, old.ID, "Trash", `\Archive`); err != nil {
		t.Fatal(err)
	}
	err = s.Furnish(ctx, old.ID, SpecialUse{"Sent", `\Sent`}, SpecialUse{"Trash", `\Trash`},
		SpecialUse{"Junk", `\Junk`})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"INBOX", `Junk\Junk`, `Sent\Sent`, `Trash\Archive`}
	if got := uses(t, s, old.ID); !slices.Equal(got, want) {
		t.Errorf("after Furnish %q, want %q", got, want)
	}
	if err := s.Furnish(ctx, 4711, SpecialUse{"Sent", `\Sent`}); err != ErrNoUser {
		t.Errorf("nobody's: %v, want ErrNoUser", err)
	}
}
