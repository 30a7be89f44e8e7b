package mailbox

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// An operation is one job for the writer. What it returns is compared.
type operation struct {
	name string
	run  func(p *scene) (any, error)
}

// A scene is a mailbox in which operations are done: a user with four folders, of which
// the first is INBOX, and one that is not there.
type scene struct {
	t       *testing.T
	s       *Store
	hook    *hooked
	user    User
	folders []FolderID
}

func newScene(t *testing.T) *scene {
	p := &scene{t: t, hook: &hooked{}}
	p.s = newStore(t, fixture{hook: p.hook, now: newClock().Now})
	p.s.sweeper.mu.Lock() // what is deleted stays, so that what is seen of it is no accident
	t.Cleanup(p.s.sweeper.mu.Unlock)
	p.user = must[User](t)(p.s.AddUser(background, "bob"))
	p.folders = []FolderID{p.user.Inbox}
	for _, name := range []string{"a", "b", "c"} {
		f := must[Folder](t)(p.s.CreateFolder(background, p.user.ID, name, ""))
		p.folders = append(p.folders, f.ID)
	}
	p.folders = append(p.folders, 999_999)
	for range 5 {
		p.s.deliver(t, letter(200), p.folders[0], p.folders[1], p.folders[2])
	}
	return p
}

func (p *scene) deliver(size int, to ...int) (any, error) {
	var folders []FolderID
	for _, i := range to {
		folders = append(folders, p.folders[i])
	}
	d := p.s.draft(p.t, letter(size))
	defer d.Discard()
	return d.Deliver(background, Delivery{To: folders})
}

func deliverTo(size int, to ...int) operation {
	return operation{fmt.Sprintf("deliver %d to %d", size, to),
		func(p *scene) (any, error) { return p.deliver(size, to...) }}
}

func appendTo(to int, flags Flags) operation {
	return operation{fmt.Sprintf("append to %d", to), func(p *scene) (any, error) {
		return p.s.Append(background, p.folders[to],
			Appended{Draft: p.s.draft(p.t, letter(300)), Flags: flags, Keywords: []string{"work"}},
			Appended{Draft: p.s.draft(p.t, letter(400))})
	}}
}

// others are the jobs that read or write what folders say, beside deliveries; f and g are
// folders.
func others(f, g int) []operation {
	ops := []operation{
		{"flags", func(p *scene) (any, error) {
			return p.s.StoreFlags(background, p.folders[f], []UID{All},
				FlagChange{Mode: AddFlags, Flags: Seen})
		}},
		{"conditional flags", func(p *scene) (any, error) {
			return p.s.StoreFlags(background, p.folders[f], []UID{1, 2, 3, 6, 7}, FlagChange{
				Mode: RemoveFlags, Flags: Seen, Conditional: true, UnchangedSince: 5})
		}},
		{"expunge", func(p *scene) (any, error) {
			return p.s.Expunge(background, p.folders[f], []UID{2, 6})
		}},
		{"expunge all", func(p *scene) (any, error) {
			return p.s.Expunge(background, p.folders[f], []UID{All})
		}},
		{"copy", func(p *scene) (any, error) {
			return p.s.Copy(background, p.folders[f], []UID{All}, p.folders[g])
		}},
		{"move", func(p *scene) (any, error) {
			return p.s.Move(background, p.folders[f], []UID{1, 5, 6, 7}, p.folders[g])
		}},
		{"move all", func(p *scene) (any, error) {
			return p.s.Move(background, p.folders[f], []UID{All}, p.folders[g])
		}},
		{"recent", func(p *scene) (any, error) {
			return nil, p.s.ToldRecent(background, p.folders[f], 5)
		}},
		{"forget", func(p *scene) (any, error) {
			return nil, p.s.do(background, 0, func(t *tx) error {
				return t.exec("UPDATE folders SET forgotten = modseq WHERE id = $1", p.folders[f])
			})
		}},
		{"panic", func(p *scene) (any, error) {
			err := p.s.put(background, 0, func(t *tx) error {
				t.fill(p.folders[f], tally{messages: 1, unseen: 1, octets: 1})
				panic("a bug")
			})
			return nil, errors.New(strings.SplitN(err.Error(), "\n", 2)[0])
		}},
	}
	if f > 0 {
		ops = append(ops, operation{"delete", func(p *scene) (any, error) {
			return nil, p.s.DeleteFolder(background, p.user.ID, []string{"a", "b", "c", "d"}[f-1])
		}})
	}
	return ops
}

// together does operations in one transaction, in their order.
func (p *scene) together(ops []operation) []string {
	free := hold(p.t, p.s)
	answers := make([]string, len(ops))
	var all sync.WaitGroup
	for i, o := range ops {
		all.Go(func() { answers[i] = answer(o.run(p)) })
		waiting(p.t, p.s, i+1)
	}
	free()
	all.Wait()
	return answers
}

func answer(v any, err error) string { return fmt.Sprintf("%v, %v", v, err) }

// picture is all that folders say and hold. Ids of bodies are not in it: a transaction
// that was undone has used some up.
func (p *scene) picture() (lines []string) {
	for _, query := range []string{
		`SELECT id, uidvalidity, uidnext, modseq, forgotten, recent, messages, unseen, octets, 0
			FROM folders ORDER BY id`,
		`SELECT folder_id, uid, modseq, flags, octets, 0, 0, 0, 0, 0
			FROM messages ORDER BY folder_id, uid`,
		`SELECT folder_id, uid, modseq, 0, 0, 0, 0, 0, 0, 0
			FROM tombstones ORDER BY folder_id, uid`,
		`SELECT folder_id, uid, 0, 0, 0, 0, 0, 0, 0, 0 FROM keywords ORDER BY folder_id, uid`,
	} {
		check(p.t, p.s.read.rows(background, query, nil, func(scan func(...any) error) error {
			var v [10]int64
			var into []any
			for i := range v {
				into = append(into, &v[i])
			}
			err := scan(into...)
			lines = append(lines, fmt.Sprint(strings.Fields(query)[1], v))
			return err
		}))
	}
	return lines
}

// sameAsOneByOne does operations in one transaction, and one after the other in another mailbox
// where nothing is remembered of folders, and compares what they return, what is published
// and what is there afterwards.
func sameAsOneByOne(t *testing.T, ops []operation, prepare func(*hooked)) {
	t.Helper()
	p, q := newScene(t), newScene(t)
	seen, want := p.s.Watch(p.folders...), q.s.Watch(q.folders...)
	defer seen.Close()
	defer want.Close()
	if prepare != nil {
		prepare(p.hook)
	}
	got := p.together(ops)
	for i, o := range ops {
		one := answer(o.run(q))
		if got[i] != one {
			t.Errorf("%s: together %s, alone %s", o.name, got[i], one)
		}
		check(t, q.s.do(background, 0, func(t *tx) error {
			t.fillings.forget() // the next one looks for itself
			return nil
		}))
	}
	if a, b := fmt.Sprint(seen.Take()), fmt.Sprint(want.Take()); a != b {
		t.Errorf("together %s is published, alone %s", a, b)
	}
	if a, b := p.picture(), q.picture(); !slices.Equal(a, b) {
		t.Errorf("after all together\n%s\none by one\n%s", strings.Join(a, "\n"), strings.Join(b, "\n"))
	}
	leftovers(t, p.s)
	if t.Failed() {
		for _, o := range ops {
			t.Log(o.name)
		}
	}
}

// Each job between deliveries sees what they did to the folder, and they what it did.
func TestFoldersBetweenDeliveries(t *testing.T) {
	for i := range others(1, 2) {
		for _, folders := range [][2]int{{1, 2}, {2, 1}, {1, 1}} {
			between := others(folders[0], folders[1])[i]
			t.Run(fmt.Sprint(between.name, folders), func(t *testing.T) {
				sameAsOneByOne(t, []operation{deliverTo(1000, 1), deliverTo(2000, 1, 0), between,
					deliverTo(500, 0, 1), appendTo(1, Seen), deliverTo(600, 2)}, nil)
			})
		}
	}
}

// One that fails takes nothing of the others with it, and leaves nothing behind.
func TestFailureBetweenDeliveries(t *testing.T) {
	for name, between := range map[string]operation{
		"no folder": deliverTo(100, 4), "one of two": deliverTo(100, 1, 4), "panic": others(1, 2)[9],
	} {
		t.Run(name, func(t *testing.T) {
			sameAsOneByOne(t, []operation{deliverTo(1000, 1), deliverTo(2000, 1, 0), between,
				deliverTo(500, 1, 2), others(1, 2)[0], appendTo(1, 0)}, nil)
		})
	}
}

// A transaction that is done again, since the database was busy or the commit failed, begins with
// what the rows say. The rows may be what fails.
func TestDeliveriesAgain(t *testing.T) {
	trouble := errors.New("the disk is tired")
	for name, err := range map[string]error{"busy": errBusy, "failed": trouble} {
		for at, query := range map[string]string{"commit": commit, "folder": updateFilled,
			"message": insertMessage, "flags": touchFolder} {
			t.Run(name+" at "+at, func(t *testing.T) {
				left := -1
				sameAsOneByOne(t, []operation{deliverTo(1000, 1), deliverTo(2000, 1, 0),
					others(1, 2)[0], deliverTo(500, 1, 2), deliverTo(500, 1)},
					func(h *hooked) {
						h.set(func(q string) error {
							if q != query {
								return nil
							}
							if left++; left != 0 {
								return nil
							}
							return err
						})
					})
				if left < 0 {
					t.Errorf("%s did not fail", query)
				}
			})
		}
	}
}

func TestAnyTogether(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 15 {
		var ops []operation
		for range 3 + r.IntN(15) {
			if f, g := r.IntN(4), r.IntN(4); r.IntN(3) == 0 {
				some := others(f, g)
				ops = append(ops, some[r.IntN(len(some))])
			} else if r.IntN(4) == 0 {
				ops = append(ops, appendTo(f, Flags(r.IntN(2))))
			} else {
				ops = append(ops, deliverTo(10+r.IntN(3000), f, g))
			}
		}
		sameAsOneByOne(t, ops, nil)
	}
}

// The row of a folder is written once for all that is delivered in a transaction, and read when
// somebody else may have changed it.
func TestFolderIsWrittenOnce(t *testing.T) {
	s, h, bob := newHooked(t)
	c := counter{}
	c.hook(h, nil)
	want := func(when string, read, written int) {
		t.Helper()
		if c[selectFilling] != read || c[updateFilled] != written {
			t.Errorf("%s: read %d times, written %d times, want %d and %d", when,
				c[selectFilling], c[updateFilled], read, written)
		}
	}
	for _, err := range deliverTogether(t, s, 20, func(int) FolderID { return bob.Inbox }) {
		check(t, err)
	}
	want("together", 1, 1)
	s.deliver(t, "\r\n", bob.Inbox)
	s.deliver(t, "\r\n", bob.Inbox)
	want("two more", 1, 3)
	must[[]UID](t)(s.Expunge(background, bob.Inbox, []UID{3}))
	s.deliver(t, "\r\n", bob.Inbox)
	want("after an expunge", 2, 4)
}

// No more folders are remembered than are good for it.
func TestManyFolders(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	alice := must[User](t)(s.AddUser(background, "alice"))
	to := []FolderID{bob.Inbox}
	for i := range knownFolders {
		user := []UserID{bob.ID, alice.ID}[i%2] // none may have so many
		f := must[Folder](t)(s.CreateFolder(background, user, fmt.Sprint(i), ""))
		to = append(to, f.ID)
	}
	for round := range 2 {
		for _, p := range s.deliver(t, "\r\n", to...) {
			if int(p.UID) != round+1 {
				t.Fatalf("round %d: %+v", round, p)
			}
		}
		check(t, s.do(background, 0, func(*tx) error { return nil }))
	}
	s.deliver(t, "\r\n", to...)
	if n := len(s.writer.tx.fillings.known); n > knownFolders {
		t.Errorf("%d folders are remembered", n)
	}
}

// UIDs end (RFC 9051 §2.3.1.1), and none is dealt twice.
func TestLastUID(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	check(t, s.do(background, 0, func(t *tx) error {
		return t.exec("UPDATE folders SET uidnext = $1", int64(maxUID-2))
	}))
	failed := 0
	for _, err := range deliverTogether(t, s, 5, func(int) FolderID { return bob.Inbox }) {
		if err != nil {
			failed++
		}
	}
	if got := must[[]UID](t)(s.UIDs(background, bob.Inbox)); failed != 3 ||
		!slices.Equal(got, []UID{maxUID - 2, maxUID - 1}) {
		t.Errorf("%d failed, UIDs %d", failed, got)
	}
}

// Who finds too few UIDs left takes none, and leaves what there is to others.
func TestLastUIDBetweenDeliveries(t *testing.T) {
	end := operation{"come to the end", func(p *scene) (any, error) {
		return nil, p.s.do(background, 0, func(t *tx) error {
			return t.exec("UPDATE folders SET uidnext = $1", int64(maxUID-2))
		})
	}}
	fromOther, flags := others(2, 1)[4], others(1, 2)[0]
	sameAsOneByOne(t, []operation{deliverTo(1000, 1), end, fromOther, flags, deliverTo(500, 1),
		flags, deliverTo(600, 1), deliverTo(700, 1)}, nil)
}
