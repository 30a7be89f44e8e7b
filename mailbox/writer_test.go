package mailbox

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// hold keeps the writer busy, so that what comes meanwhile is written in the transaction that
// it is in, until the function that it returns is called.
func hold(t *testing.T, s *Store) (free func()) {
	t.Helper()
	began, end := make(chan bool), make(chan bool)
	var once sync.Once // it is run again when one that joined it fails
	var done sync.WaitGroup
	free = sync.OnceFunc(func() { close(end); done.Wait() })
	t.Cleanup(free) // a test that fails before does not hang
	done.Go(func() {
		s.do(background, 0, func(*tx) error {
			once.Do(func() { close(began) })
			<-end
			return nil
		})
	})
	<-began
	return free
}

// waiting waits until n jobs wait for the writer.
func waiting(t *testing.T, s *Store, n int) {
	t.Helper()
	for range 10_000 {
		if len(s.writer.jobs) >= n {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("%d jobs wait, want %d", len(s.writer.jobs), n)
}

// deliverTogether delivers n mails in one transaction and returns their errors.
func deliverTogether(t *testing.T, s *Store, n int, to func(i int) FolderID) []error {
	t.Helper()
	free := hold(t, s)
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			d := s.draft(t, fmt.Sprintf("Subject: %d\r\n\r\n", i))
			_, errs[i] = d.Deliver(background, Delivery{To: []FolderID{to(i)}})
			d.Discard()
		})
	}
	waiting(t, s, n)
	free()
	all.Wait()
	return errs
}

// counter counts statements.
type counter map[string]int

func (c counter) hook(h *hooked, also func(string) error) {
	var mu sync.Mutex
	h.set(func(query string) error {
		mu.Lock()
		defer mu.Unlock()
		c[query]++
		if also != nil {
			return also(query)
		}
		return nil
	})
}

func newHooked(t *testing.T) (*Store, *hooked, User) {
	h := &hooked{}
	s := newStore(t, fixture{hook: h})
	return s, h, must[User](t)(s.AddUser(background, "bob"))
}

func subjects(t *testing.T, s *Store, f FolderID) (found []string) {
	t.Helper()
	for _, m := range must[[]Message](t)(s.List(background, f, 0, 0)) {
		subject, _, _ := strings.Cut(s.text(t, m.Body), "\r\n")
		found = append(found, strings.TrimPrefix(subject, "Subject: "))
	}
	slices.Sort(found)
	return found
}

func TestGroupCommit(t *testing.T) {
	s, h, bob := newHooked(t)
	c := counter{}
	c.hook(h, nil)
	for i, err := range deliverTogether(t, s, 50, func(int) FolderID { return bob.Inbox }) {
		if err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	if n := len(subjects(t, s, bob.Inbox)); n != 50 {
		t.Errorf("%d mails, want 50", n)
	}
	// What held the writer is committed with all 50.
	if c[commit] != 1 {
		t.Errorf("%d commits, want 1", c[commit])
	}
}

// However many come while a transaction is written, it ends: the first waits for its answer.
func TestGroupIsBounded(t *testing.T) {
	s, h, bob := newHooked(t)
	var groups []int // deliveries by commit
	n := 0
	h.set(func(query string) error {
		switch query {
		case insertMessage:
			n++
		case commit:
			groups = append(groups, n)
			n = 0
		}
		return nil
	})
	free := hold(t, s)
	var all sync.WaitGroup
	for range groupJobs + 50 {
		all.Go(func() { s.deliver(t, "\r\n", bob.Inbox) })
	}
	waiting(t, s, groupJobs) // the others find no room
	free()
	all.Wait()
	if slices.Max(groups) > groupJobs || groups[0] != groupJobs-1 {
		t.Errorf("deliveries committed together: %v, want at most %d", groups, groupJobs)
	}
}

// Nor may they be too long together.
func TestGroupIsBoundedInOctets(t *testing.T) {
	s, h, _ := newHooked(t)
	c := counter{}
	c.hook(h, nil)
	free := hold(t, s)
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() { s.do(background, groupOctets/2, func(*tx) error { return nil }) })
	}
	waiting(t, s, 5)
	free()
	all.Wait()
	if c[commit] != 3 {
		t.Errorf("%d commits, want 3: two of the five fit into one", c[commit])
	}
}

// Who joins a transaction is not alone in it, and who began it was, as far as can be known.
func TestAlone(t *testing.T) {
	s := newStore(t, fixture{})
	began, end := make(chan bool), make(chan bool)
	var first, second bool
	var all sync.WaitGroup
	all.Go(func() {
		s.do(background, 0, func(t *tx) error {
			first = t.alone
			close(began)
			<-end
			return nil
		})
	})
	<-began
	all.Go(func() {
		s.do(background, 0, func(t *tx) error {
			second = t.alone
			return nil
		})
	})
	waiting(t, s, 1)
	close(end)
	all.Wait()
	if !first || second {
		t.Errorf("alone: the first %t, the second %t", first, second)
	}
}

func TestFailingJobFailsAlone(t *testing.T) {
	s, h, bob := newHooked(t)
	c := counter{}
	c.hook(h, nil)
	errs := deliverTogether(t, s, 10, func(i int) FolderID {
		if i == 3 || i == 7 {
			return 12345 // there is none
		}
		return bob.Inbox
	})
	for i, err := range errs {
		if want := i == 3 || i == 7; errors.Is(err, ErrNoFolder) != want || (err != nil) != want {
			t.Errorf("%d: %v", i, err)
		}
	}
	want := []string{"0", "1", "2", "4", "5", "6", "8", "9"}
	if got := subjects(t, s, bob.Inbox); !slices.Equal(got, want) {
		t.Errorf("mails %q, want %q", got, want)
	}
	if c[commit] != 1 {
		t.Errorf("%d commits, want 1", c[commit])
	}
	leftovers(t, s)
}

func TestPanicFailsAlone(t *testing.T) {
	s, _, bob := newHooked(t)
	free := hold(t, s)
	var all sync.WaitGroup
	all.Go(func() {
		err := s.do(background, 0, func(t *tx) error {
			t.exec(insertKeyword, bob.Inbox, 1, "half")
			panic("a bug")
		})
		if err == nil || !strings.Contains(err.Error(), "a bug") {
			t.Errorf("the job that panics: %v", err)
		}
	})
	all.Go(func() { s.deliver(t, "Subject: 1\r\n\r\n", bob.Inbox) })
	waiting(t, s, 2)
	free()
	all.Wait()
	if got := subjects(t, s, bob.Inbox); len(got) != 1 {
		t.Errorf("mails %q", got)
	}
	if got := must[[]string](t)(s.Keywords(background, bob.Inbox)); len(got) != 0 {
		t.Errorf("half a job is there: %q", got)
	}
}

func TestFailingCommitIsTriedOneByOne(t *testing.T) {
	s, h, bob := newHooked(t)
	trouble := errors.New("the disk is tired")
	failed := false
	c := counter{}
	c.hook(h, func(query string) error {
		if query == commit && !failed {
			failed = true
			return trouble
		}
		return nil
	})
	for i, err := range deliverTogether(t, s, 10, func(int) FolderID { return bob.Inbox }) {
		if err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	if n := len(subjects(t, s, bob.Inbox)); n != 10 {
		t.Errorf("%d mails, want 10", n)
	}
	if c[commit] != 12 {
		t.Errorf("%d commits, want 1 that failed + 1 of what held the writer + 10", c[commit])
	}
	f := must[Folder](t)(s.FolderByID(background, bob.Inbox))
	if f.UIDNext != 11 || f.Messages != 10 {
		t.Errorf("folder %+v", f)
	}
}

func TestFailingCommitsAreTheCallers(t *testing.T) {
	s, h, bob := newHooked(t)
	trouble := errors.New("the disk is dead")
	h.set(func(query string) error {
		if query == commit {
			return trouble
		}
		return nil
	})
	w := s.Watch(bob.Inbox)
	defer w.Close()
	d := s.draft(t, "Subject: 1\r\n\r\n")
	if _, err := d.Deliver(background, Delivery{To: []FolderID{bob.Inbox}}); !errors.Is(err, trouble) {
		t.Fatalf("delivery: %v", err)
	}
	if got := w.Take(); len(got) != 0 {
		t.Errorf("published %v", got)
	}
	h.set(nil)
	// The draft is not used up: it can be tried again.
	if _, err := d.Deliver(background, Delivery{To: []FolderID{bob.Inbox}}); err != nil {
		t.Fatal(err)
	}
	if got := subjects(t, s, bob.Inbox); len(got) != 1 {
		t.Errorf("mails %q", got)
	}
	leftovers(t, s)
}

func TestBusyIsWaitedFor(t *testing.T) {
	s, h, bob := newHooked(t)
	var left atomic.Int32
	for _, query := range []string{begin, insertBody, commit} {
		left.Store(3)
		h.set(func(q string) error {
			if q == query && left.Add(-1) >= 0 {
				return fmt.Errorf("somebody reads: %w", errBusy)
			}
			return nil
		})
		s.deliver(t, "Subject: 1\r\n\r\n", bob.Inbox)
		if left.Load() >= 0 {
			t.Errorf("%s was not tried again", query)
		}
	}
	if got := subjects(t, s, bob.Inbox); len(got) != 3 {
		t.Errorf("mails %q", got)
	}
}

func TestBusyUntilContextEnds(t *testing.T) {
	s, h, bob := newHooked(t)
	h.set(func(query string) error {
		if query == insertBody {
			return errBusy
		}
		return nil
	})
	ctx, cancel := context.WithTimeout(background, 50*time.Millisecond)
	defer cancel()
	_, err := s.draft(t, "Subject: 1\r\n\r\n").Deliver(ctx, Delivery{To: []FolderID{bob.Inbox}})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("delivery: %v", err)
	}
	h.set(nil)
	s.deliver(t, "Subject: 2\r\n\r\n", bob.Inbox)
	if got := subjects(t, s, bob.Inbox); !slices.Equal(got, []string{"2"}) {
		t.Errorf("mails %q", got)
	}
}

func TestJobOfEndedContextIsNotRun(t *testing.T) {
	s, _, bob := newHooked(t)
	ctx, cancel := context.WithCancel(background)
	free := hold(t, s)
	var all sync.WaitGroup
	all.Go(func() {
		_, err := s.draft(t, "\r\n").Deliver(ctx, Delivery{To: []FolderID{bob.Inbox}})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("delivery: %v", err)
		}
	})
	waiting(t, s, 1)
	cancel()
	free()
	all.Wait()
	if got := subjects(t, s, bob.Inbox); len(got) != 0 {
		t.Errorf("mails %q", got)
	}
}

func TestCloseWaitsForWhatWasAccepted(t *testing.T) {
	f := fixture{file: filepath.Join(t.TempDir(), "mail.db")}
	s := must[*Store](t)(f.open())
	bob := must[User](t)(s.AddUser(background, "bob"))
	free := hold(t, s)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() { s.deliver(t, fmt.Sprintf("Subject: %d\r\n\r\n", i), bob.Inbox) })
	}
	waiting(t, s, 20)
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	select {
	case <-closed:
		t.Fatal("closed before the work was done")
	case <-time.After(20 * time.Millisecond):
	}
	free()
	all.Wait()
	check(t, <-closed)
	if _, err := s.AddUser(background, "late"); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	check(t, s.Close())
	s = newStore(t, f)
	if n := len(subjects(t, s, bob.Inbox)); n != 20 {
		t.Errorf("%d mails, want 20", n)
	}
}

// leftovers looks for rows that belong to nothing.
func leftovers(t testing.TB, s *Store) {
	t.Helper()
	for what, query := range map[string]string{
		"bodies": `SELECT COUNT(*) FROM bodies WHERE id NOT IN (SELECT body_id FROM messages)
			AND id NOT IN (SELECT body_id FROM loose)`,
		"pieces": `SELECT COUNT(*) FROM pieces WHERE body_id NOT IN (SELECT id FROM bodies)
			AND body_id NOT IN (SELECT body_id FROM loose)`,
		"envelopes": `SELECT COUNT(*) FROM envelopes WHERE id NOT IN
			(SELECT envelope_id FROM bodies WHERE envelope_id IS NOT NULL)`,
		"derived":    `SELECT COUNT(*) FROM derived WHERE body_id NOT IN (SELECT id FROM bodies)`,
		"messages":   `SELECT COUNT(*) FROM messages WHERE folder_id NOT IN (SELECT id FROM folders)`,
		"body-less":  `SELECT COUNT(*) FROM messages WHERE body_id NOT IN (SELECT id FROM bodies)`,
		"tombstones": `SELECT COUNT(*) FROM tombstones WHERE folder_id NOT IN (SELECT id FROM folders)`,
		"names":      `SELECT COUNT(*) FROM names WHERE folder_id NOT IN (SELECT id FROM folders)`,
		"inboxes":    `SELECT COUNT(*) FROM users WHERE inbox NOT IN (SELECT folder_id FROM names)`,
		"keywords": `SELECT COUNT(*) FROM keywords k WHERE NOT EXISTS
			(SELECT 1 FROM messages m WHERE m.folder_id = k.folder_id AND m.uid = k.uid)`,
		"counts": `SELECT COUNT(*) FROM folders f JOIN names n ON n.folder_id = f.id LEFT JOIN
			(SELECT folder_id, COUNT(*) AS messages, SUM(flags & 1 = 0) AS unseen, SUM(octets) AS
				octets, SUM(flags & 8 <> 0) AS deleted, SUM((flags & 8 <> 0) * octets) AS storage
			FROM messages GROUP BY folder_id) m ON m.folder_id = f.id
			WHERE (f.messages, f.unseen, f.octets, f.deleted, f.deleted_octets) <>
				(COALESCE(m.messages, 0), COALESCE(m.unseen, 0), COALESCE(m.octets, 0),
				COALESCE(m.deleted, 0), COALESCE(m.storage, 0))`,
		"loose": `SELECT COUNT(*) FROM loose WHERE body_id IN (SELECT body_id FROM messages)`,
		"shared": `SELECT COUNT(*) FROM shared s WHERE s.messages < 2 OR s.messages <>
			(SELECT COUNT(*) FROM messages m WHERE m.body_id = s.body_id)`,
		"unshared": `SELECT COUNT(*) FROM (SELECT body_id FROM messages GROUP BY body_id
			HAVING COUNT(*) > 1) m WHERE m.body_id NOT IN (SELECT body_id FROM shared)`,
	} {
		if n := count(t, s, query); n != 0 {
			t.Errorf("%d %s belong to nothing", n, what)
		}
	}
}

func count(t testing.TB, s *Store, query string, args ...any) (n int) {
	t.Helper()
	check(t, s.read.row(background, query, args, []any{&n}))
	return n
}
