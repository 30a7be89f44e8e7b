package mailbox

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
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

// BenchmarkBesideLarge delivers small messages, and 50 MB ones beside them: how long does
// the slowest of the small ones take?
func BenchmarkBesideLarge(b *testing.B) {
	for _, beside := range []int{0, 1, 4} {
		b.Run(fmt.Sprint(beside), func(b *testing.B) {
			s := newStore(b, fixture{sync: "FULL"})
			bob := must[User](b)(s.AddUser(background, "bob"))
			chunk := []byte(strings.Repeat(strings.Repeat("x", 70)+"\r\n", 450))
			stop := make(chan bool)
			var all sync.WaitGroup
			for range beside {
				all.Go(func() {
					for {
						d := s.Draft(background)
						for d.Size() < 50<<20 {
							select {
							case <-stop:
								d.Discard()
								return
							default:
							}
							d.Write(chunk)
						}
						must[[]Place](b)(d.Deliver(background, Delivery{To: []FolderID{bob.Inbox}}))
					}
				})
			}
			var times []time.Duration
			b.ResetTimer()
			for range b.N {
				began := time.Now()
				s.deliver(b, letter(1000), bob.Inbox)
				times = append(times, time.Since(began))
				time.Sleep(time.Millisecond)
			}
			b.StopTimer()
			close(stop)
			all.Wait()
			slices.Sort(times)
			ms := func(at int) float64 { return float64(times[at].Microseconds()) / 1000 }
			b.ReportMetric(ms(len(times)/2), "ms-median")
			b.ReportMetric(ms(len(times)*99/100), "ms-p99")
			b.ReportMetric(ms(len(times)-1), "ms-max")
		})
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
