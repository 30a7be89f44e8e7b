package mailbox

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestUsers(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "Bob"))
	must[User](t)(s.AddUser(background, "学生"))
	for _, name := range []string{"bob", "BOB", "Bob"} {
		if _, err := s.AddUser(background, name); !errors.Is(err, ErrExists) {
			t.Errorf("AddUser %s: %v", name, err)
		}
		if got := must[User](t)(s.User(background, name)); got != bob {
			t.Errorf("User %s: %+v, want %+v", name, got, bob)
		}
	}
	for _, name := range []string{"", "a\r\nb", "a\x00", "\xff", strings.Repeat("a", 257)} {
		if _, err := s.AddUser(background, name); !errors.Is(err, ErrName) {
			t.Errorf("AddUser %q: %v", name, err)
		}
	}
	inbox := must[Folder](t)(s.Folder(background, bob.ID, "inbox"))
	if inbox.ID != bob.Inbox || inbox.Name != Inbox || inbox.Messages != 0 || inbox.UIDNext != 1 {
		t.Errorf("INBOX %+v", inbox)
	}
	if got := must[[]User](t)(s.Users(background)); len(got) != 2 || got[0] != bob {
		t.Errorf("users %+v", got)
	}
	check(t, s.RemoveUser(background, bob.ID))
	if err := s.RemoveUser(background, bob.ID); !errors.Is(err, ErrNoUser) {
		t.Errorf("removed again: %v", err)
	}
	if _, err := s.User(background, "bob"); !errors.Is(err, ErrNoUser) {
		t.Errorf("a removed user: %v", err)
	}
	again := must[User](t)(s.AddUser(background, "bob"))
	if again.ID == bob.ID || again.Inbox == bob.Inbox {
		t.Errorf("ids are used again: %+v, %+v", bob, again)
	}
	f := must[Folder](t)(s.FolderByID(background, again.Inbox))
	if f.UIDValidity <= inbox.UIDValidity {
		t.Errorf("UIDVALIDITY %d after %d", f.UIDValidity, inbox.UIDValidity)
	}
	check(t, s.Sweep(background))
	leftovers(t, s)
}

func TestVerifiers(t *testing.T) {
	c := newClock()
	s := newStore(t, fixture{now: c.Now})
	bob := must[User](t)(s.AddUser(background, "bob"))
	check(t, s.SetVerifiers(background, bob.ID, []Verifier{
		{Mechanism: "SCRAM-SHA-256", Value: []byte("a")}, {Mechanism: "APOP", Value: []byte("b")}}))
	old := must[[]Verifier](t)(s.Verifiers(background, bob.ID))
	if len(old) != 2 || old[0].Mechanism != "APOP" || string(old[0].Value) != "b" ||
		!old[0].Changed.Equal(c.Now()) {
		t.Errorf("verifiers %+v", old)
	}
	c.forward(time.Second)
	check(t, s.SetVerifiers(background, bob.ID, []Verifier{{Mechanism: "APOP", Value: []byte("b")}}))
	now := must[[]Verifier](t)(s.Verifiers(background, bob.ID))
	if len(now) != 1 || now[0].ID == old[0].ID || !now[0].Changed.Equal(c.Now()) {
		t.Errorf("verifiers %+v after %+v", now, old)
	}
	if err := s.SetVerifiers(background, 999, nil); !errors.Is(err, ErrNoUser) {
		t.Errorf("nobody's: %v", err)
	}
	check(t, s.RemoveUser(background, bob.ID))
	if left := must[[]Verifier](t)(s.Verifiers(background, bob.ID)); len(left) != 0 {
		t.Errorf("of a removed user: %+v", left)
	}
}

func TestParseName(t *testing.T) {
	for name, want := range map[string]string{
		"a": "a", "inbox": "INBOX", "InBox/a": "INBOX/a", "a/inbox": "a/inbox",
		"学生/作业": "学生/作业", "a b": "a b", "": "", "/a": "", "a/": "", "a//b": "", "a\nb": "", "\xff": "", "/": "",
		strings.Repeat("a", 1001): "",
	} {
		got, err := ParseName(name)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%.20q: %q, %v", name, got, err)
		}
	}
}

func names(t *testing.T, s *Store, u UserID) (found []string) {
	t.Helper()
	for _, f := range must[[]Folder](t)(s.Folders(background, u)) {
		found = append(found, f.Name)
	}
	return found
}

func TestHierarchy(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	f := must[Folder](t)(s.CreateFolder(background, bob.ID, "a/b/c", `\Archive`))
	if f.Use != `\Archive` || f.User != bob.ID {
		t.Errorf("%+v", f)
	}
	must[Folder](t)(s.CreateFolder(background, bob.ID, "a0", "")) // "0" comes after "/"
	must[Folder](t)(s.CreateFolder(background, bob.ID, "a-b", ""))
	check(t, s.RenameFolder(background, bob.ID, "a", "x/y"))
	want := []string{"INBOX", "a-b", "a0", "x", "x/y", "x/y/b", "x/y/b/c"}
	if got := names(t, s, bob.ID); !slices.Equal(got, want) {
		t.Errorf("folders %q, want %q", got, want)
	}
	if got := must[Folder](t)(s.Folder(background, bob.ID, "x/y/b/c")); got.ID != f.ID ||
		got.UIDValidity != f.UIDValidity {
		t.Errorf("after the rename %+v, before %+v", got, f)
	}
	// What is below stays (RFC 9051 §6.3.5).
	check(t, s.DeleteFolder(background, bob.ID, "x/y/b"))
	if got := names(t, s, bob.ID); !slices.Contains(got, "x/y/b/c") || slices.Contains(got, "x/y/b") {
		t.Errorf("folders %q", got)
	}
	// The name of what is below can be moved though the folder above is gone.
	check(t, s.RenameFolder(background, bob.ID, "x/y/b", "z"))
	if got := names(t, s, bob.ID); !slices.Contains(got, "z/c") {
		t.Errorf("folders %q", got)
	}
}

func TestFolderErrors(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	must[Folder](t)(s.CreateFolder(background, bob.ID, "x", ""))
	must[Folder](t)(s.CreateFolder(background, bob.ID, "y", ""))
	create := func(u UserID, name string) error {
		_, err := s.CreateFolder(background, u, name, "")
		return err
	}
	for what, c := range map[string]struct{ got, want error }{
		"delete INBOX":        {s.DeleteFolder(background, bob.ID, "inbox"), ErrInbox},
		"delete none":         {s.DeleteFolder(background, bob.ID, "none"), ErrNoFolder},
		"rename none":         {s.RenameFolder(background, bob.ID, "none", "n"), ErrNoFolder},
		"rename into itself":  {s.RenameFolder(background, bob.ID, "x", "x/below"), ErrName},
		"rename to one there": {s.RenameFolder(background, bob.ID, "x", "y"), ErrExists},
		"rename to no name":   {s.RenameFolder(background, bob.ID, "x", "/"), ErrName},
		"create INBOX":        {create(bob.ID, "InBoX"), ErrExists},
		"create x":            {create(bob.ID, "x"), ErrExists},
		"create no name":      {create(bob.ID, "a//b"), ErrName},
		"create for nobody":   {create(999, "a"), ErrNoUser},
		"subscribe nobody":    {s.Subscribe(background, 999, "a"), ErrNoUser},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, want %v", what, c.got, c.want)
		}
	}
	if got := names(t, s, bob.ID); !slices.Equal(got, []string{"INBOX", "x", "y"}) {
		t.Errorf("folders %q", got)
	}
}

// A user has MaxFolders and no more, whichever way they come, and names of no more than maxName
// octets and maxLevels levels. What is refused leaves nothing.
func TestFolderLimits(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	create := func(name string) error {
		_, err := s.CreateFolder(background, bob.ID, name, "")
		return err
	}
	deep := "d" + strings.Repeat("/d", maxLevels-1)
	check(t, create(deep))
	check(t, s.RenameFolder(background, bob.ID, "d/d", "d2"))
	n := len(names(t, s, bob.ID))
	for what, err := range map[string]error{
		"deep":         create(deep + "/d"),
		"long":         create(strings.Repeat("n", maxName+1)),
		"rename":       s.RenameFolder(background, bob.ID, "d", deep+"/x"),
		"rename below": s.RenameFolder(background, bob.ID, "d2", "a/b/c"),
		"rename long":  s.RenameFolder(background, bob.ID, "d2", strings.Repeat("n", maxName-5)),
	} {
		if !errors.Is(err, ErrLong) || !errors.Is(err, ErrName) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for ; n < MaxFolders-1; n++ {
		check(t, create(fmt.Sprint(n)))
	}
	for what, err := range map[string]error{
		"above":        create("a/b"),
		"rename":       s.RenameFolder(background, bob.ID, "d2", "x/y/z"),
		"rename INBOX": s.RenameFolder(background, bob.ID, Inbox, "x/y"),
	} {
		if !errors.Is(err, ErrTooMany) {
			t.Errorf("%s: %v", what, err)
		}
	}
	check(t, create("last"))
	if err := create("more"); !errors.Is(err, ErrTooMany) {
		t.Errorf("one more: %v", err)
	}
	if err := create("last"); !errors.Is(err, ErrExists) {
		t.Errorf("once more: %v", err)
	}
	check(t, s.DeleteFolder(background, bob.ID, "last"))
	check(t, create("more"))
	if got := len(names(t, s, bob.ID)); got != MaxFolders {
		t.Errorf("%d folders", got)
	}
	for i := range MaxFolders {
		check(t, s.Subscribe(background, bob.ID, fmt.Sprint(i)))
	}
	if err := s.Subscribe(background, bob.ID, "more"); !errors.Is(err, ErrTooMany) {
		t.Errorf("one name more: %v", err)
	}
	check(t, s.Subscribe(background, bob.ID, "1"))
	check(t, s.Unsubscribe(background, bob.ID, "1"))
	check(t, s.Subscribe(background, bob.ID, "more"))
}

// RFC 9051 §6.3.6: renaming INBOX moves its messages and leaves it empty.
func TestRenameInbox(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	s.deliver(t, "\r\n", bob.Inbox)
	must[Folder](t)(s.CreateFolder(background, bob.ID, "INBOX/below", ""))
	check(t, s.RenameFolder(background, bob.ID, "inbox", "old"))
	if got := names(t, s, bob.ID); !slices.Equal(got, []string{"INBOX", "INBOX/below", "old"}) {
		t.Errorf("folders %q", got)
	}
	inbox := must[Folder](t)(s.Folder(background, bob.ID, Inbox))
	old := must[Folder](t)(s.Folder(background, bob.ID, "old"))
	if inbox.ID != bob.Inbox || inbox.Messages != 0 || old.Messages != 1 {
		t.Errorf("INBOX %+v, old %+v", inbox, old)
	}
}

// A database made anew has higher UIDVALIDITYs, and a clock that goes back lowers none.
func TestUIDValidityRises(t *testing.T) {
	c := newClock()
	last := uint32(0)
	for i := range 3 {
		s := newStore(t, fixture{file: filepath.Join(t.TempDir(), "mail.db"), now: c.Now})
		bob := must[User](t)(s.AddUser(background, "bob"))
		for range 3 {
			f := must[Folder](t)(s.CreateFolder(background, bob.ID, "a", ""))
			if f.UIDValidity <= last {
				t.Errorf("database %d: UIDVALIDITY %d after %d", i, f.UIDValidity, last)
			}
			last = f.UIDValidity
			check(t, s.DeleteFolder(background, bob.ID, "a"))
			c.forward(-time.Second)
		}
		c.forward(time.Minute)
	}
}

func TestIDsAreNeverUsedAgain(t *testing.T) {
	f := fixture{file: filepath.Join(t.TempDir(), "mail.db"), now: newClock().Now}
	seen := map[BodyID]bool{}
	for range 2 {
		s := must[*Store](t)(f.open())
		u, err := s.User(background, "bob")
		if errors.Is(err, ErrNoUser) {
			u = must[User](t)(s.AddUser(background, "bob"))
		}
		for range idBlock + 10 {
			s.deliver(t, "\r\n", u.Inbox)
		}
		for _, m := range must[[]Message](t)(s.List(background, u.Inbox, 0, 0)) {
			if seen[m.Body] {
				t.Fatalf("body %d again", m.Body)
			}
			seen[m.Body] = true
		}
		must[[]UID](t)(s.Expunge(background, u.Inbox, []UID{All}))
		check(t, s.do(background, 0, func(t *tx) error { return t.exec("DELETE FROM bodies") }))
		check(t, s.Close())
	}
}

// Ids that were reserved in a transaction which failed are not reserved.
func TestIDsOfFailedTransactions(t *testing.T) {
	h := &hooked{}
	f := fixture{file: filepath.Join(t.TempDir(), "mail.db"), hook: h}
	s := must[*Store](t)(f.open())
	bob := must[User](t)(s.AddUser(background, "bob"))
	trouble := errors.New("trouble")
	for _, query := range []string{insertMessage, commit} { // the job's, the transaction's
		h.set(func(q string) error {
			if q == query {
				return trouble
			}
			return nil
		})
		d := s.draft(t, "\r\n")
		_, err := d.Deliver(background, Delivery{To: []FolderID{bob.Inbox}})
		if !errors.Is(err, trouble) {
			t.Errorf("%s: %v", query, err)
		}
		d.Discard()
		h.set(nil)
		s.deliver(t, "\r\n", bob.Inbox)
		check(t, s.Close())
		s = must[*Store](t)(f.open())
		for range 3 { // an id that was dealt twice is among the first
			s.deliver(t, "\r\n", bob.Inbox)
		}
	}
	bodies := map[BodyID]bool{}
	for _, m := range must[[]Message](t)(s.List(background, bob.Inbox, 0, 0)) {
		bodies[m.Body] = true
	}
	if len(bodies) != 8 {
		t.Errorf("%d bodies of 8", len(bodies))
	}
	check(t, s.Close())
}
