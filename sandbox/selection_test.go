package sandbox

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"mailtool/imap"
	"mailtool/mailbox"
)

// A picture is what a folder should be like.
type picture struct {
	next   imap.UID
	mails  []pictured
	recent map[imap.UID]int // sessions that were told that a message is \Recent
}

type pictured struct {
	uid      imap.UID
	text     string
	flags    imap.Flags
	keywords []string
}

func (f *picture) put(m pictured) imap.UID {
	m.uid = f.next
	f.next++
	f.mails = append(f.mails, m)
	return m.uid
}

// A viewer is a session with a folder selected, and what it was told.
type viewer struct {
	name     string
	readOnly bool
	box      imap.Mailbox
	view     map[imap.UID]*imap.Message
}

// A play has sessions do things at random, beside a picture of what should come of it.
type play struct {
	*counted
	random  *rand.Rand
	store   imap.Store
	folders map[string]*picture
	viewers []*viewer
	n       int
}

// open has a session select a folder.
func (p *play) open(i int) {
	v := &viewer{name: []string{"INBOX", "Archive"}[p.random.IntN(2)], readOnly: p.random.IntN(3) == 0,
		view: make(map[imap.UID]*imap.Message)}
	var err error
	if v.box, err = p.store.Select(p.t.Context(), v.name, v.readOnly); err != nil {
		p.t.Fatal(err)
	}
	for _, m := range v.box.Messages() {
		v.view[m.UID] = m
	}
	f := p.folders[v.name]
	p.told(v, v.box.Recent(), v.box.Messages())
	s := v.box.Status()
	if s.Messages != len(f.mails) || s.UIDNext != f.next || s.Recent > s.Messages {
		p.t.Errorf("%s: %+v, want %d messages and UIDNEXT %d", v.name, s, len(f.mails), f.next)
	}
	if p.viewers[i] != nil {
		p.viewers[i].box.Close()
	}
	p.viewers[i] = v
	p.compare(v)
}

// told notes who was told that messages are \Recent.
func (p *play) told(v *viewer, first imap.UID, ms []*imap.Message) {
	for _, m := range ms {
		if first != 0 && m.UID >= first && !v.readOnly {
			p.folders[v.name].recent[m.UID]++
		}
	}
}

// look has a session be told, and compares what it knows with the picture.
func (p *play) look(v *viewer) {
	c, err := v.box.Changes(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	last := imap.UID(0)
	var fresh []*imap.Message
	for _, m := range c.Messages {
		if m.UID <= last {
			p.t.Errorf("UID %d stands behind %d", m.UID, last)
		}
		last = m.UID
		if v.view[m.UID] == nil {
			fresh = append(fresh, m)
		}
		v.view[m.UID] = m
	}
	p.told(v, c.Recent, fresh)
	for _, uid := range c.Expunged {
		if v.view[uid] == nil {
			p.t.Errorf("UID %d is gone, and was not known", uid)
		}
		delete(v.view, uid)
	}
	p.compare(v)
}

func (p *play) compare(v *viewer) {
	p.t.Helper()
	f := p.folders[v.name]
	if len(v.view) != len(f.mails) {
		p.t.Fatalf("%s: %d messages are known, there are %d", v.name, len(v.view), len(f.mails))
	}
	for _, want := range f.mails {
		m := v.view[want.uid]
		if m == nil || m.Flags != want.flags || !slices.Equal(m.Keywords, want.keywords) {
			p.t.Fatalf("%s, UID %d: %+v, want %+v", v.name, want.uid, m, want)
		}
		if p.random.IntN(10) == 0 {
			if got := body(p.t, v.box, m); got != want.text {
				p.t.Fatalf("%s, UID %d: %q, want %q", v.name, want.uid, got, want.text)
			}
		}
	}
}

// some are UIDs of messages, and one that is not there.
func (p *play) some(f *picture) []imap.UID {
	var uids []imap.UID
	for _, m := range f.mails {
		if p.random.IntN(4) == 0 {
			uids = append(uids, m.uid)
		}
	}
	return append(uids, f.next+100)
}

// step does something in the name of a session.
func (p *play) step() {
	v := p.viewers[p.random.IntN(len(p.viewers))]
	f, ctx := p.folders[v.name], p.t.Context()
	var err error
	p.n++
	switch text := fmt.Sprintf("Subject: %d\r\n\r\nbody\r\n", p.n); p.random.IntN(8) {
	case 0, 1:
		err = p.Add(ctx, "bob", "INBOX", time.Time{}, 0, strings.NewReader(text))
		p.folders["INBOX"].put(pictured{text: text})
	case 2:
		flags := imap.Flags(p.random.IntN(32))
		uid := appended(p.t, p.store, v.name, flags, text)
		if want := f.put(pictured{text: text, flags: flags}); uid[0] != want {
			p.t.Errorf("APPENDUID %d, want %d", uid[0], want)
		}
	case 3, 4:
		err = p.change(v, f)
	case 5:
		var uids []imap.UID
		if p.random.IntN(2) == 0 {
			uids = p.some(f)
		}
		err = v.box.Expunge(ctx, uids)
		f.mails = slices.DeleteFunc(f.mails, func(m pictured) bool {
			return m.flags&imap.FlagDeleted != 0 && (uids == nil || slices.Contains(uids, m.uid))
		})
	default:
		err = p.transfer(v, f)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// change has flags stored.
func (p *play) change(v *viewer, f *picture) error {
	c := imap.FlagChange{Mode: imap.StoreMode(p.random.IntN(3)), Flags: imap.Flags(p.random.IntN(32)),
		Keywords: []string{"$A", "b", "Ç"}[:p.random.IntN(3)]}
	uids := p.some(f)
	_, err := v.box.Store(p.t.Context(), uids, c)
	for i := range f.mails {
		m := &f.mails[i]
		if !slices.Contains(uids, m.uid) {
			continue
		}
		switch c.Mode {
		case imap.SetFlags:
			m.flags, m.keywords = c.Flags, slices.Clone(c.Keywords)
		case imap.AddFlags:
			m.flags |= c.Flags
			m.keywords = slices.Concat(m.keywords, c.Keywords)
			slices.Sort(m.keywords)
			m.keywords = slices.Compact(m.keywords)
		case imap.RemoveFlags:
			m.flags &^= c.Flags
			m.keywords = slices.DeleteFunc(slices.Clone(m.keywords), func(k string) bool {
				return slices.Contains(c.Keywords, k)
			})
		}
	}
	return err
}

// transfer copies or moves into either folder.
func (p *play) transfer(v *viewer, f *picture) error {
	to := []string{"INBOX", "Archive"}[p.random.IntN(2)]
	uids := p.some(f)
	uids = uids[:len(uids)-1] // those that are not there COPY refuses
	move := p.random.IntN(2) == 0
	transfer := v.box.Copy
	if move {
		transfer = v.box.Move
	}
	c, err := transfer(p.t.Context(), uids, to)
	if err == nil && !slices.Equal(c.From, uids) {
		p.t.Errorf("%v were to go, and %v went", uids, c.From)
	}
	for i, uid := range uids {
		at := slices.IndexFunc(f.mails, func(m pictured) bool { return m.uid == uid })
		if got := p.folders[to].put(f.mails[at]); i < len(c.To) && c.To[i] != got {
			p.t.Errorf("UID %d became %d, want %d", uid, c.To[i], got)
		}
	}
	if move {
		f.mails = slices.DeleteFunc(f.mails, func(m pictured) bool { return slices.Contains(uids, m.uid) })
	}
	return err
}

// TestSelectionModel: whatever sessions do, each is told all of it, and only of what happened;
// and one of them of each message that it is \Recent.
func TestSelectionModel(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			p := &play{counted: logInto(t, Options{}), random: rand.New(rand.NewPCG(seed, 1)),
				folders: map[string]*picture{"INBOX": {next: 1, recent: map[imap.UID]int{}},
					"Archive": {next: 1, recent: map[imap.UID]int{}}}, viewers: make([]*viewer, 5)}
			p.store = p.organize("bob")
			for i := range p.viewers {
				p.open(i)
			}
			for range 250 {
				p.step()
				for i, v := range p.viewers {
					switch p.random.IntN(12) {
					case 0:
						p.open(i)
					case 1, 2, 3:
						p.look(v)
					}
				}
			}
			for _, v := range p.viewers {
				p.look(v)
				v.box.Close()
			}
			for name, f := range p.folders {
				for uid, n := range f.recent {
					if n > 1 {
						t.Errorf("%s, UID %d is \\Recent in %d sessions", name, uid, n)
					}
				}
			}
		})
	}
}

// TestRecent: of each message one session is told that it is \Recent, whoever comes first, and
// one that only looks takes it from nobody.
func TestRecent(t *testing.T) {
	c := logInto(t, Options{})
	s, ctx := c.organize("bob"), t.Context()
	c.put(numbered(2)...)
	look, err := s.Select(ctx, "INBOX", true)
	if err != nil || look.Recent() != 1 || look.Status().Recent != 2 {
		t.Fatalf("EXAMINE: \\Recent from %d on, %v", look.Recent(), err)
	}
	defer look.Close()
	status := func() int {
		t.Helper()
		now, err := s.Status(ctx, "INBOX")
		if err != nil {
			t.Fatal(err)
		}
		return now.Recent
	}
	if n := status(); n != 2 {
		t.Errorf("STATUS has %d recent", n)
	}
	first, second := c.choose(s, "INBOX"), c.choose(s, "INBOX")
	if first.Recent() != 1 || second.Recent() != 0 || status() != 0 {
		t.Errorf("\\Recent from %d and %d on; STATUS has %d", first.Recent(), second.Recent(), status())
	}
	c.put(numbered(1)...)
	if n := status(); n != 1 {
		t.Errorf("STATUS has %d recent", n)
	}
	for i, box := range []imap.Mailbox{look, second, first} {
		select {
		case <-box.C():
		case <-time.After(10 * time.Second):
			t.Fatal("nobody woke the session")
		}
		changes, err := box.Changes(ctx)
		if want := []imap.UID{3, 3, 0}[i]; err != nil || changes.Recent != want || len(changes.Messages) != 1 {
			t.Errorf("session %d: %+v, %v, want \\Recent %d", i, changes, err, want)
		}
	}
}

// TestGone: who has a folder selected that is deleted, or whose account is, is told.
func TestGone(t *testing.T) {
	c := logInto(t, Options{})
	s, ctx := c.organize("bob"), t.Context()
	c.put(numbered(2)...)
	trash, inbox := c.choose(s, "Trash"), c.choose(s, "INBOX")
	if err := s.Rename(ctx, "Trash", "Bin"); err != nil {
		t.Fatal(err)
	}
	if changes, err := trash.Changes(ctx); err != nil || changes.Gone {
		t.Errorf("after a new name: %+v, %v", changes, err)
	}
	if err := s.Delete(ctx, "Bin"); err != nil {
		t.Fatal(err)
	}
	if changes, err := trash.Changes(ctx); err != nil || !changes.Gone {
		t.Errorf("after its end: %+v, %v", changes, err)
	}
	if _, err := inbox.Copy(ctx, []imap.UID{1}, "Bin"); refusalCode(t, err) != "TRYCREATE" {
		t.Errorf("COPY to what is gone: %v", err)
	}
	if err := c.RemoveUser(ctx, "bob"); err != nil {
		t.Fatal(err)
	}
	if changes, err := inbox.Changes(ctx); err != nil || !changes.Gone {
		t.Errorf("after the account's end: %+v, %v", changes, err)
	}
	_, store := inbox.Store(ctx, []imap.UID{1}, imap.FlagChange{Flags: imap.FlagSeen})
	_, move := inbox.Move(ctx, []imap.UID{1}, "Sent")
	for i, err := range []error{store, move, inbox.Expunge(ctx, nil)} {
		if refusalCode(t, err) != "NONEXISTENT" {
			t.Errorf("change %d then: %v", i+1, err)
		}
	}
	if err := s.Create(ctx, "new", ""); refusalCode(t, err) != "UNAVAILABLE" {
		t.Errorf("CREATE then: %v", err)
	}
}

// TestConditional: UNCHANGEDSINCE leaves out what has changed.
func TestConditional(t *testing.T) {
	c := logInto(t, Options{})
	s, ctx := c.organize("bob"), t.Context()
	c.put(numbered(3)...)
	box := c.choose(s, "INBOX")
	before := box.Status().HighestModSeq
	seen := imap.FlagChange{Mode: imap.AddFlags, Flags: imap.FlagSeen}
	if _, err := box.Store(ctx, []imap.UID{2}, seen); err != nil {
		t.Fatal(err)
	}
	seen.Flags, seen.Conditional, seen.UnchangedSince = imap.FlagFlagged, true, before
	modified, err := box.Store(ctx, []imap.UID{1, 2, 3, 9}, seen)
	if err != nil || !slices.Equal(modified, []imap.UID{2}) {
		t.Errorf("modified %v, %v", modified, err)
	}
	seen.UnchangedSince = 1 << 63
	if modified, err = box.Store(ctx, []imap.UID{1, 2}, seen); err != nil || len(modified) != 0 {
		t.Errorf("modified %v, %v", modified, err)
	}
	changes, err := box.Changes(ctx)
	if err != nil || len(changes.Messages) != 3 || changes.HighestModSeq <= before {
		t.Errorf("%+v, %v", changes, err)
	}
}

// TestForgotten: a folder whose history was forgotten is read anew.
func TestForgotten(t *testing.T) {
	c := logInto(t, Options{})
	s := c.organize("bob")
	c.put(numbered(5)...)
	box := c.choose(s, "INBOX").(*selection)
	shared := box.shared
	if _, err := c.mailbox.Expunge(t.Context(), shared.id, []mailbox.UID{2, 4}); err != nil {
		t.Fatal(err)
	}
	shared.mu.Lock()
	found, err := shared.readRange(t.Context(), 0, maxUID, 0)
	if err != nil || !slices.Equal(missing(shared.rows, found), []imap.UID{2, 4}) {
		t.Errorf("%d messages, %v", len(found), err)
	}
	shared.mu.Unlock()
}

// TestShared: a folder is kept for a while when the last session has left, and is up to date
// when one comes back.
func TestShared(t *testing.T) {
	c := logInto(t, Options{})
	s := c.organize("bob")
	c.put(numbered(2)...)
	first := c.choose(s, "INBOX").(*selection).shared
	c.sharing.forgetUnused(first) // somebody is there
	again, err := s.Select(t.Context(), "INBOX", false)
	if err != nil {
		t.Fatal(err)
	}
	if again.(*selection).shared != first {
		t.Error("the second session has a folder of its own")
	}
	again.Close()
	first.sessions--
	c.put(numbered(1)...)
	again, err = s.Select(t.Context(), "INBOX", false)
	if err != nil || again.(*selection).shared != first || len(again.Messages()) != 3 || again.Recent() != 3 {
		t.Errorf("%d messages, \\Recent from %d on, %v", len(again.Messages()), again.Recent(), err)
	}
	again.Close()
	c.sharing.forgetUnused(first)
	if len(c.sharing.folders) != 0 {
		t.Error("the folder is still in memory")
	}
	first.sessions++
}

// TestSharedEnds: a sandbox that is over is not kept in memory by the folders that it remembers,
// whether their sessions left before it or after.
func TestSharedEnds(t *testing.T) {
	c := logInto(t, Options{})
	s := c.organize("bob")
	before, after := c.choose(s, "INBOX"), c.choose(s, "Sent")
	first, second := before.(*selection).shared, after.(*selection).shared
	before.Close()
	c.sharing.close()
	if first.forget.Stop() {
		t.Error("a folder is still remembered")
	}
	after.Close()
	if second.forget != nil || len(c.sharing.folders) != 0 {
		t.Errorf("a folder is remembered of %d", len(c.sharing.folders))
	}
}
