package mailbox

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// underived is of how many bodies nothing is derived.
func underived(t testing.TB, s *Store) int {
	t.Helper()
	return count(t, s, `SELECT COUNT(*) FROM bodies WHERE id NOT IN
		(SELECT body_id FROM derived WHERE version = $1)`, derivedVersion)
}

// deriveAll derives what is missing. The sweeper may have it stop in between.
func deriveAll(t testing.TB, s *Store) {
	t.Helper()
	err := s.deriveMissing(background)
	for errors.Is(err, errStopped) {
		err = s.deriveMissing(background)
	}
	check(t, err)
}

// moments is a clock whose time a test lets pass.
type moments struct {
	asked chan time.Duration // what the Store waits for
	over  chan time.Time
}

func newMoments() moments {
	return moments{make(chan time.Duration, 100), make(chan time.Time)}
}

func (m moments) after(d time.Duration) <-chan time.Time {
	m.asked <- d
	return m.over
}

// TestQuietMoment: what came is derived when nothing was written for a while, and not before.
func TestQuietMoment(t *testing.T) {
	clock := newMoments()
	f := fixture{file: filepath.Join(t.TempDir(), "mail.db"), after: clock.after}
	s := must[*Store](t)(f.open())
	bob := must[User](t)(s.AddUser(background, "bob"))
	if d := <-clock.asked; d != quietAfter {
		t.Errorf("it waits for %v", d)
	}
	s.deliver(t, manyParts, bob.Inbox)
	clock.over <- time.Time{} // but something was written
	<-clock.asked
	if n := underived(t, s); n != 1 {
		t.Errorf("of %d nothing is derived, want 1", n)
	}
	clock.over <- time.Time{}
	<-clock.asked // the delivery had woken it
	if n := underived(t, s); n != 0 {
		t.Errorf("of %d nothing is derived after a quiet moment", n)
	}
	check(t, s.Close()) // while it waits
	if len(clock.asked) != 0 {
		t.Error("it waits again after Close")
	}
}

// TestQuietAfterRestart: what an earlier process left is found, and what it did is not done
// again.
func TestQuietAfterRestart(t *testing.T) {
	f := fixture{file: filepath.Join(t.TempDir(), "mail.db")}
	s := must[*Store](t)(f.open())
	bob := must[User](t)(s.AddUser(background, "bob"))
	for range 3 * quietBodies {
		s.deliver(t, manyParts, bob.Inbox)
	}
	deriveAll(t, s)
	s.deliver(t, manyParts, bob.Inbox)
	s.deliver(t, strings.Repeat("x\r\n", pieceSize), bob.Inbox)
	check(t, s.Close())
	s = must[*Store](t)(f.open())
	defer s.Close()
	if n := underived(t, s); n != 2 {
		t.Fatalf("of %d nothing is derived, want 2", n)
	}
	before := s.writer.groups.Load()
	deriveAll(t, s)
	if n, steps := underived(t, s), s.writer.groups.Load()-before; n != 0 || steps != 1 {
		t.Errorf("of %d nothing is derived, after %d steps", n, steps)
	}
	// Another version begins anew.
	err := s.SetSettings(background, map[string]string{derivedSetting: ""})
	if !errors.Is(err, ErrName) {
		t.Errorf("the setting is anybody's: %v", err)
	}
	check(t, s.do(background, 0, func(t *tx) error {
		return errors.Join(t.exec("UPDATE derived SET version = 1"),
			t.exec(upsertSetting, derivedSetting, "1 9999"))
	}))
	s.quiet.known, s.quiet.upTo = false, 0
	deriveAll(t, s)
	if n := underived(t, s); n != 0 {
		t.Errorf("of %d there is only what an older version derived", n)
	}
}

// TestQuietStops: what comes first is what is to be written.
func TestQuietStops(t *testing.T) {
	s, hook, bob := newHooked(t)
	for range 5 {
		s.deliver(t, manyParts, bob.Inbox)
	}
	// Something comes between reading and writing.
	came := false
	s.quiet.batch, s.quiet.known = s.NewBatch(), true
	hook.set(func(query string) error {
		if query == begin && !came {
			came = true
			s.writer.groups.Add(1)
		}
		return nil
	})
	if _, err := s.deriveStep(background); !errors.Is(err, errStopped) {
		t.Errorf("it went on: %v", err)
	}
	if n := underived(t, s); n != 5 || !came {
		t.Errorf("of %d nothing is derived, want 5", n)
	}
	// And between one piece and the next.
	s.deliver(t, strings.Repeat("x\r\n", pieceSize), bob.Inbox)
	m := must[Message](t)(s.Message(background, bob.Inbox, 6))
	pieces := 0
	_, err := derive(must[*Body](t)(s.Body(background, m.Body)), func() bool {
		pieces++
		return pieces == 2
	})
	if !errors.Is(err, errStopped) || pieces != 2 {
		t.Errorf("it went on for %d pieces: %v", pieces, err)
	}
	hook.set(nil)
	deriveAll(t, s)
	if n := underived(t, s); n != 0 {
		t.Errorf("of %d nothing is derived", n)
	}
}

// TestQuietLate: a large message gets its id when it begins, and is derived although others
// were meanwhile. One that is too large is left to who asks.
func TestQuietLate(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	line := strings.Repeat("x", 998) + "\r\n"
	large, huge := s.Draft(background), s.Draft(background)
	must[int](t)(large.Write([]byte(strings.Repeat(line, 600))))
	for range 17 {
		must[int](t)(huge.Write([]byte(strings.Repeat(line, 1000))))
	}
	for range 3 {
		s.deliver(t, manyParts, bob.Inbox)
		deriveAll(t, s)
	}
	for _, d := range []*Draft{large, huge} {
		must[[]Place](t)(d.Deliver(background, Delivery{To: []FolderID{bob.Inbox}}))
	}
	deriveAll(t, s)
	if n := underived(t, s); n != 1 {
		t.Errorf("of %d nothing is derived, want 1: the huge one", n)
	}
	s.deliver(t, manyParts, bob.Inbox)
	deriveAll(t, s)
	if n := underived(t, s); n != 1 {
		t.Errorf("of %d nothing is derived later, want 1", n)
	}
	s.deliver(t, strings.Repeat(line, 17_000), bob.Inbox) // in its turn, but too large
	s.deliver(t, manyParts, bob.Inbox)
	deriveAll(t, s)
	if n := underived(t, s); n != 2 {
		t.Errorf("of %d nothing is derived, want 2", n)
	}
}
