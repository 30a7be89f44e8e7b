package mailbox

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// quickest is the shortest time of n deliveries into each of two folders, in turn: what
// else runs on the machine disturbs some of them, and both alike.
func quickest(t testing.TB, s *Store, n int, folders ...FolderID) []time.Duration {
	best := make([]time.Duration, len(folders))
	for range n {
		for i, f := range folders {
			began := time.Now()
			s.deliver(t, letter(1000), f)
			if d := time.Since(began); best[i] == 0 || d < best[i] {
				best[i] = d
			}
		}
	}
	return best
}

// TestHundredThousand: a delivery into a large folder costs no more than into an empty
// one, and a large database is opened as quickly.
func TestHundredThousand(t *testing.T) {
	f := fixture{file: filepath.Join(t.TempDir(), "mail.db")}
	s := must[*Store](t)(f.open())
	large := must[User](t)(s.AddUser(background, "large"))
	empty := must[User](t)(s.AddUser(background, "empty"))
	fill(t, s, large.Inbox, 100_000)
	best := quickest(t, s, 100, empty.Inbox, large.Inbox)
	t.Logf("quickest delivery: empty %v, 100,000 messages %v", best[0], best[1])
	if best[1] > 2*best[0] {
		t.Errorf("a delivery to 100,000 messages takes %v, to none %v", best[1], best[0])
	}
	began := time.Now()
	n := must[Folder](t)(s.FolderByID(background, large.Inbox)).Messages
	if d := time.Since(began); n < 100_000 || d > 100*time.Millisecond {
		t.Errorf("%d messages counted in %v", n, d)
	}
	check(t, s.Close())
	began = time.Now()
	newStore(t, f)
	d := time.Since(began)
	t.Logf("opened in %v", d)
	if d > 500*time.Millisecond {
		t.Errorf("opened in %v", d)
	}
}

// BenchmarkLarge delivers and reads messages of 10 MB.
func BenchmarkLarge(b *testing.B) {
	s := newStore(b, fixture{sync: "FULL"})
	bob := must[User](b)(s.AddUser(background, "bob"))
	chunk := []byte(strings.Repeat(strings.Repeat("x", 70)+"\r\n", 450))
	b.SetBytes(10 << 20)
	for range b.N {
		d := s.Draft(background)
		for d.Size() < 10<<20 {
			d.Write(chunk)
		}
		must[[]Place](b)(d.Deliver(background, Delivery{To: []FolderID{bob.Inbox}}))
	}
}

// BenchmarkOpen makes a database, and opens one.
func BenchmarkOpen(b *testing.B) {
	b.Run("new", func(b *testing.B) {
		dir := b.TempDir()
		for i := range b.N {
			s := must[*Store](b)(fixture{file: filepath.Join(dir, fmt.Sprint(i))}.open())
			must[User](b)(s.AddUser(background, "bob"))
			check(b, s.Close())
		}
	})
	b.Run("again", func(b *testing.B) {
		f := fixture{file: filepath.Join(b.TempDir(), "mail.db")}
		check(b, must[*Store](b)(f.open()).Close())
		for range b.N {
			check(b, must[*Store](b)(f.open()).Close())
		}
	})
}

// BenchmarkFolder is of 10,000 messages.
func BenchmarkFolder(b *testing.B) {
	const n = 10_000
	s := newStore(b, fixture{sync: "FULL"})
	bob := must[User](b)(s.AddUser(background, "bob"))
	fill(b, s, bob.Inbox, n)
	all := []UID{All}
	b.Run("List", func(b *testing.B) {
		for range b.N {
			must[[]Message](b)(s.List(background, bob.Inbox, 0, 0))
		}
	})
	b.Run("UIDs", func(b *testing.B) {
		for range b.N {
			must[[]UID](b)(s.UIDs(background, bob.Inbox))
		}
	})
	b.Run("StoreFlags", func(b *testing.B) {
		for i := range b.N {
			c := FlagChange{Mode: AddFlags, Flags: Seen}
			if i%2 == 1 {
				c.Mode = RemoveFlags
			}
			must[[]UID](b)(s.StoreFlags(background, bob.Inbox, all, c))
		}
	})
	b.Run("CopyExpunge", func(b *testing.B) {
		name := fmt.Sprint("copies", b.N)
		to := must[Folder](b)(s.CreateFolder(background, bob.ID, name, ""))
		for range b.N {
			must[Copied](b)(s.Copy(background, bob.Inbox, all, to.ID))
			must[[]UID](b)(s.Expunge(background, to.ID, all))
		}
	})
}
