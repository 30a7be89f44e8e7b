package mailbox

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	modelSeed  = flag.Uint64("model-seed", 0, "run the model test with this seed only")
	modelSteps = flag.Int("model-steps", 150, "operations of each model test")
)

// A picture is what the mailbox of one user should hold: a simple one, in memory.
type picture struct {
	folders    map[string]*pictured // by name
	subscribed map[string]bool
}

// A pictured folder.
type pictured struct {
	id       FolderID
	validity uint32
	next     UID
	recent   UID
	mails    []picturedMail
	gone     map[UID]bool
	seen     ModSeq           // up to where a watcher has read
	known    map[UID][]string // what that watcher knows: flags and keywords
	modseqs  map[UID]ModSeq   // as they were last read
	bodies   map[UID]BodyID   // for the rule that a UID never gets another body
}

type picturedMail struct {
	uid      UID
	text     string
	flags    Flags
	keywords map[string]bool
	internal time.Time
}

func (mail picturedMail) String() string {
	return fmt.Sprintf("%d %q %b %v %v", mail.uid, mail.text[:20], mail.flags,
		slices.Sorted(maps.Keys(mail.keywords)), mail.internal.Format(time.RFC3339))
}

// TestModel does random things with a mailbox and with the picture of it, and compares.
// Now and then the database is opened anew, or swept.
func TestModel(t *testing.T) {
	seeds := []uint64{1, 2, uint64(time.Now().UnixNano())}
	if *modelSeed != 0 {
		seeds = []uint64{*modelSeed}
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			t.Logf("again: go test ./mailbox -run TestModel -model-seed %d", seed)
			newModel(t, seed).run(*modelSteps)
		})
	}
}

type model struct {
	*testing.T
	r       *rand.Rand
	clock   *clock
	fixture fixture
	s       *Store
	user    User
	picture picture
	n       int // of mails made
	highest uint32
	log     []string
}

func newModel(t *testing.T, seed uint64) *model {
	m := &model{T: t, r: rand.New(rand.NewPCG(seed, 0)), clock: newClock()}
	m.fixture = fixture{file: filepath.Join(t.TempDir(), "mail.db"), now: m.clock.Now}
	m.reopen()
	t.Cleanup(func() {
		m.s.Close()
		if t.Failed() {
			t.Log(strings.Join(m.log, "\n"))
		}
	})
	m.user = must[User](t)(m.s.AddUser(background, "Bob"))
	m.picture = picture{folders: map[string]*pictured{}, subscribed: map[string]bool{}}
	m.learn(Inbox)
	return m
}

func (m *model) reopen() {
	if m.s != nil {
		check(m, m.s.Close())
	}
	m.s = must[*Store](m)(m.fixture.open())
}

// learn takes a new folder into the picture. Its UIDVALIDITY must be the highest yet.
func (m *model) learn(name string) {
	f := must[Folder](m)(m.s.Folder(background, m.user.ID, name))
	if f.UIDValidity <= m.highest {
		m.Fatalf("%s: UIDVALIDITY %d after %d", name, f.UIDValidity, m.highest)
	}
	m.highest = f.UIDValidity
	m.picture.folders[name] = &pictured{id: f.ID, validity: f.UIDValidity, next: 1, recent: 1,
		gone: map[UID]bool{}, known: map[UID][]string{}, modseqs: map[UID]ModSeq{},
		bodies: map[UID]BodyID{}}
}

func (m *model) run(steps int) {
	operations := []struct {
		weight int
		do     func()
	}{
		{8, m.deliver}, {4, m.append}, {6, m.flags}, {4, m.expunge}, {3, m.copy}, {3, m.move},
		{2, m.create}, {1, m.delete}, {2, m.rename}, {1, m.subscribe}, {2, m.recent},
		{4, m.changes}, {1, m.empty}, {1, m.sweep}, {2, m.quiet},
		{1, func() { m.note("reopen"); m.reopen() }},
	}
	total := 0
	for _, o := range operations {
		total += o.weight
	}
	for range steps {
		m.clock.forward(time.Duration(m.r.IntN(400)) * time.Second)
		at := m.r.IntN(total)
		for _, o := range operations {
			if at -= o.weight; at < 0 {
				o.do()
				break
			}
		}
		m.compare()
	}
	leftovers(m, m.s)
	check(m, m.s.Sweep(background)) // the messages of a folder that was deleted just now are gone
	m.clock.forward(time.Hour)
	check(m, m.s.Sweep(background))
	m.compare()
	leftovers(m, m.s)
	if n := count(m, m.s, "SELECT COUNT(*) FROM loose"); n != 0 {
		m.Errorf("%d bodies are loose after a sweep", n)
	}
	bodies := count(m, m.s, "SELECT COUNT(*) FROM bodies")
	want := count(m, m.s, "SELECT COUNT(DISTINCT body_id) FROM messages")
	if bodies != want {
		m.Errorf("%d bodies after a sweep, want %d", bodies, want)
	}
}

func (m *model) note(format string, args ...any) {
	m.log = append(m.log, fmt.Sprintf(format, args...))
}

var modelNames = []string{Inbox, "a", "a/b", "a/b/c", "学生", "b"}

func (m *model) name() string { return modelNames[m.r.IntN(len(modelNames))] }

// folder is one of those that are there.
func (m *model) folder() (string, *pictured) {
	names := slices.Sorted(maps.Keys(m.picture.folders))
	n := names[m.r.IntN(len(names))]
	return n, m.picture.folders[n]
}

// uids are some of a folder's, and some that are not there; sometimes All.
func (m *model) uids(f *pictured) []UID {
	if m.r.IntN(6) == 0 {
		return []UID{All}
	}
	var uids []UID
	for range m.r.IntN(6) {
		first := UID(1 + m.r.IntN(int(f.next)+2))
		for uid := first; uid < first+UID(m.r.IntN(5)); uid++ {
			uids = append(uids, uid)
		}
	}
	return uids
}

func chosen(uids []UID, uid UID) bool {
	return slices.Contains(uids, All) || slices.Contains(uids, uid)
}

func (m *model) mail() picturedMail {
	m.n++
	size := 40 + m.r.IntN(3000)
	if m.r.IntN(10) == 0 {
		size = pieceSize - 5 + m.r.IntN(2*pieceSize)
	}
	text := fmt.Sprintf("Subject: mail number %06d\r\n\r\n", m.n)
	zone := time.FixedZone("", (m.r.IntN(27)-13)*3600)
	return picturedMail{text: text + strings.Repeat("x", size) + "\r\n",
		internal: m.clock.Now().In(zone).Truncate(time.Microsecond)}
}

func (m *model) draft(text string) *Draft {
	d := m.s.Draft(background)
	for len(text) > 0 {
		n := min(len(text), 1+m.r.IntN(100_000))
		must[int](m)(d.Write([]byte(text[:n])))
		text = text[n:]
	}
	return d
}

func (f *pictured) add(mail picturedMail) UID {
	mail.uid = f.next
	mail.keywords = maps.Clone(mail.keywords)
	f.mails = append(f.mails, mail)
	f.next++
	return mail.uid
}

func (m *model) deliver() {
	mail := m.mail()
	var to []FolderID
	var want []UID
	for range 1 + m.r.IntN(3) {
		if name, f := m.folder(); !slices.Contains(to, f.id) {
			m.note("deliver %d to %s", m.n, name)
			to = append(to, f.id)
			want = append(want, f.add(mail))
		}
	}
	places := must[[]Place](m)(m.draft(mail.text).Deliver(background,
		Delivery{Envelope: envelope(), To: to, Internal: mail.internal}))
	for i, p := range places {
		if p.Folder != to[i] || p.UID != want[i] {
			m.Fatalf("delivered to %v, want UID %d in %d", p, want[i], to[i])
		}
	}
}

var modelKeywords = []string{"$Forwarded", "work", "红"}

func (m *model) keywords() map[string]bool {
	set := map[string]bool{}
	for _, k := range modelKeywords {
		if m.r.IntN(3) == 0 {
			set[k] = true
		}
	}
	return set
}

func (m *model) someFlags() Flags { return Flags(m.r.IntN(32)) }

func (m *model) append() {
	mail := m.mail()
	mail.flags, mail.keywords = m.someFlags(), m.keywords()
	name, f := m.folder()
	m.note("append %d to %s", m.n, name)
	want := f.add(mail)
	places := must[[]Place](m)(m.s.Append(background, f.id, Appended{Draft: m.draft(mail.text),
		Flags: mail.flags, Keywords: slices.Collect(maps.Keys(mail.keywords)),
		Internal: mail.internal}))
	if len(places) != 1 || places[0].UID != want || places[0].UIDValidity != f.validity {
		m.Fatalf("appended to %v, want UID %d", places, want)
	}
}

func (m *model) flags() {
	name, f := m.folder()
	uids := m.uids(f)
	c := FlagChange{Mode: StoreMode(m.r.IntN(3)), Flags: m.someFlags(),
		Keywords: slices.Collect(maps.Keys(m.keywords()))}
	if m.r.IntN(3) == 0 && len(f.modseqs) > 0 {
		c.Conditional, c.UnchangedSince = true, f.seen-ModSeq(m.r.IntN(3))
	}
	m.note("flags in %s: %v %+v", name, uids, c)
	var want []UID
	for i := range f.mails {
		mail := &f.mails[i]
		if !chosen(uids, mail.uid) {
			continue
		}
		if c.Conditional && m.modseq(f, mail.uid) > c.UnchangedSince {
			want = append(want, mail.uid)
			continue
		}
		mail.store(c)
	}
	got := must[[]UID](m)(m.s.StoreFlags(background, f.id, uids, c))
	if !slices.Equal(got, want) {
		m.Fatalf("modified %v, want %v", got, want)
	}
}

func (m *model) modseq(f *pictured, uid UID) ModSeq {
	return must[Message](m)(m.s.Message(background, f.id, uid)).ModSeq
}

func (mail *picturedMail) store(c FlagChange) {
	if mail.keywords == nil || c.Mode == ReplaceFlags {
		mail.keywords = map[string]bool{}
	}
	switch c.Mode {
	case ReplaceFlags:
		mail.flags = c.Flags
	case AddFlags:
		mail.flags |= c.Flags
	case RemoveFlags:
		mail.flags &^= c.Flags
	}
	for _, k := range c.Keywords {
		if mail.keywords[k] = true; c.Mode == RemoveFlags {
			delete(mail.keywords, k)
		}
	}
}

// remove takes mails out of a picture and returns their UIDs.
func (f *pictured) remove(which func(picturedMail) bool) (gone []UID) {
	f.mails = slices.DeleteFunc(f.mails, func(mail picturedMail) bool {
		if !which(mail) {
			return false
		}
		gone = append(gone, mail.uid)
		f.gone[mail.uid] = true
		return true
	})
	return gone
}

func (m *model) expunge() {
	name, f := m.folder()
	uids := m.uids(f)
	do, flags := m.s.Expunge, Flags(0)
	switch m.r.IntN(3) {
	case 0:
		do, flags = m.s.ExpungeDeleted, Deleted
	case 1:
		do = m.s.Remove
	}
	m.note("expunge in %s: %v with %b", name, uids, flags)
	want := f.remove(func(mail picturedMail) bool {
		return chosen(uids, mail.uid) && mail.flags&flags == flags
	})
	if got := must[[]UID](m)(do(background, f.id, uids)); !slices.Equal(got, want) {
		m.Fatalf("expunged %v, want %v", got, want)
	}
}

func (m *model) copied(f, to *pictured, uids []UID) (want Copied) {
	for _, mail := range slices.Clone(f.mails) {
		if chosen(uids, mail.uid) {
			want.From = append(want.From, mail.uid)
			want.To = append(want.To, to.add(mail))
			want.UIDValidity = to.validity
		}
	}
	return want
}

func (m *model) copy() {
	name, f := m.folder()
	other, to := m.folder()
	uids := m.uids(f)
	m.note("copy %v from %s to %s", uids, name, other)
	want := m.copied(f, to, uids)
	got := must[Copied](m)(m.s.Copy(background, f.id, uids, to.id))
	if !reflect.DeepEqual(got, want) {
		m.Fatalf("copied %v, want %v", got, want)
	}
}

func (m *model) move() {
	name, f := m.folder()
	other, to := m.folder()
	uids := m.uids(f)
	m.note("move %v from %s to %s", uids, name, other)
	want := m.copied(f, to, uids)
	f.remove(func(mail picturedMail) bool { return slices.Contains(want.From, mail.uid) })
	got := must[Copied](m)(m.s.Move(background, f.id, uids, to.id))
	if !reflect.DeepEqual(got, want) {
		m.Fatalf("moved %v, want %v", got, want)
	}
}

func (m *model) create() {
	name := m.name()
	m.note("create %s", name)
	_, err := m.s.CreateFolder(background, m.user.ID, name, "")
	if m.picture.folders[name] != nil {
		if !errors.Is(err, ErrExists) {
			m.Fatalf("create %s again: %v", name, err)
		}
		return
	}
	check(m, err)
	m.learnAbove(name)
	m.learn(name)
}

// learnAbove takes what was made above a name into the picture.
func (m *model) learnAbove(name string) {
	for i := range len(name) {
		if name[i] == '/' && m.picture.folders[name[:i]] == nil {
			m.learn(name[:i])
		}
	}
}

func (m *model) delete() {
	name := m.name()
	m.note("delete %s", name)
	err := m.s.DeleteFolder(background, m.user.ID, name)
	var want error
	switch {
	case name == Inbox:
		want = ErrInbox
	case m.picture.folders[name] == nil:
		want = ErrNoFolder
	}
	if !errors.Is(err, want) {
		m.Fatalf("delete %s: %v, want %v", name, err, want)
	}
	if want == nil {
		delete(m.picture.folders, name)
	}
}

func (m *model) rename() {
	from, to := m.name(), m.name()
	m.note("rename %s to %s", from, to)
	err := m.s.RenameFolder(background, m.user.ID, from, to)
	if from == Inbox {
		m.renameInbox(to, err)
		return
	}
	var moved []string
	taken := false
	for name := range m.picture.folders {
		if name == from || strings.HasPrefix(name, from+"/") {
			moved = append(moved, name)
			taken = taken || m.picture.folders[to+name[len(from):]] != nil
		}
	}
	switch {
	case to == from || strings.HasPrefix(to, from+"/"):
		if !errors.Is(err, ErrName) {
			m.Fatalf("rename %s to %s: %v", from, to, err)
		}
	case len(moved) == 0:
		if !errors.Is(err, ErrNoFolder) {
			m.Fatalf("rename %s, which is not there: %v", from, err)
		}
	case taken:
		if !errors.Is(err, ErrExists) {
			m.Fatalf("rename %s to %s, which is taken: %v", from, to, err)
		}
	default:
		check(m, err)
		// A folder may take the name of one that moves away.
		was := map[string]*pictured{}
		for _, name := range moved {
			was[name] = m.picture.folders[name]
			delete(m.picture.folders, name)
		}
		m.learnAbove(to)
		for name, f := range was {
			m.picture.folders[to+name[len(from):]] = f
		}
	}
}

func (m *model) renameInbox(to string, err error) {
	if m.picture.folders[to] != nil {
		if !errors.Is(err, ErrExists) {
			m.Fatalf("rename INBOX to %s, which is taken: %v", to, err)
		}
		return
	}
	check(m, err)
	m.learnAbove(to)
	m.learn(to)
	inbox := m.picture.folders[Inbox]
	m.copied(inbox, m.picture.folders[to], []UID{All})
	inbox.remove(func(picturedMail) bool { return true })
}

func (m *model) subscribe() {
	name := m.name()
	if m.r.IntN(2) == 0 {
		m.picture.subscribed[name] = true
		check(m, m.s.Subscribe(background, m.user.ID, name))
		return
	}
	delete(m.picture.subscribed, name)
	check(m, m.s.Unsubscribe(background, m.user.ID, name))
}

func (m *model) recent() {
	name, f := m.folder()
	m.note("recent of %s", name)
	check(m, m.s.ToldRecent(background, f.id, f.next))
	f.recent = f.next
}

func (m *model) empty() {
	if m.r.IntN(4) > 0 {
		return
	}
	m.note("empty")
	want := 0
	for _, f := range m.picture.folders {
		want += len(f.remove(func(picturedMail) bool { return true }))
	}
	if got := must[int](m)(m.s.Empty(background, m.user.ID)); got != want {
		m.Fatalf("emptied of %d, want %d", got, want)
	}
}

func (m *model) sweep() {
	m.note("sweep")
	check(m, m.s.Sweep(background))
}

// changes reads what a watcher would, and holds it against the picture.
func (m *model) changes() {
	name, f := m.folder()
	m.note("changes of %s since %d", name, f.seen)
	c := must[Changes](m)(m.s.ChangesSince(background, f.id, f.seen))
	if c.ModSeq < f.seen || c.Forgotten {
		m.Fatalf("changes %+v since %d", c, f.seen)
	}
	f.seen = c.ModSeq
	for _, uid := range c.Expunged {
		delete(f.known, uid)
		if !f.gone[uid] {
			m.Fatalf("%s: %d is said to be gone", name, uid)
		}
	}
	last := ModSeq(0)
	for _, msg := range c.Messages {
		if msg.ModSeq < last {
			m.Fatalf("%s: changes are not in order", name)
		}
		last = msg.ModSeq
		f.known[msg.UID] = append([]string{fmt.Sprint(msg.Flags)}, msg.Keywords...)
		f.modseqs[msg.UID] = msg.ModSeq
	}
	want := map[UID][]string{}
	for _, mail := range f.mails {
		want[mail.uid] = append([]string{fmt.Sprint(mail.flags)},
			slices.Sorted(maps.Keys(mail.keywords))...)
	}
	if !reflect.DeepEqual(f.known, want) {
		m.Fatalf("%s: a watcher knows %v, the picture is %v", name, f.known, want)
	}
}

// compare holds the mailbox against the picture.
func (m *model) compare() {
	m.Helper()
	folders := must[[]Folder](m)(m.s.Folders(background, m.user.ID))
	var names []string
	for _, f := range folders {
		names = append(names, f.Name)
		p := m.picture.folders[f.Name]
		if p == nil {
			m.Fatalf("there is a folder %s", f.Name)
		}
		unseen, octets, deleted, deletedOctets := 0, int64(0), 0, int64(0)
		recent := 0
		for _, mail := range p.mails {
			octets += int64(len(mail.text))
			if mail.flags&Seen == 0 {
				unseen++
			}
			if mail.flags&Deleted != 0 {
				deleted++
				deletedOctets += int64(len(mail.text))
			}
			if mail.uid >= p.recent {
				recent++
			}
		}
		if f.ID != p.id || f.UIDValidity != p.validity || f.UIDNext != p.next ||
			f.Recent != p.recent || f.Messages != len(p.mails) || f.Unseen != unseen ||
			f.Octets != octets || f.Deleted != deleted || f.DeletedOctets != deletedOctets {
			m.Fatalf("folder %+v, want %+v, %d unseen, %d octets, %d and %d deleted", f, p, unseen,
				octets, deleted, deletedOctets)
		}
		if got := must[int](m)(m.s.CountRecent(background, f)); got != recent {
			m.Fatalf("%s: %d are recent, want %d", f.Name, got, recent)
		}
		m.compareFolder(f.Name, p)
	}
	if want := slices.Sorted(maps.Keys(m.picture.folders)); !slices.Equal(names, want) {
		m.Fatalf("folders %q, want %q", names, want)
	}
	subscribed := must[[]string](m)(m.s.Subscriptions(background, m.user.ID))
	if want := slices.Sorted(maps.Keys(m.picture.subscribed)); !slices.Equal(subscribed, want) {
		m.Fatalf("subscriptions %q, want %q", subscribed, want)
	}
}

func (m *model) compareFolder(name string, p *pictured) {
	m.Helper()
	got := must[[]Message](m)(m.s.List(background, p.id, 0, 0))
	if len(got) != len(p.mails) {
		m.Fatalf("%s has %d messages, want %v", name, len(got), p.mails)
	}
	var brief []Entry
	for _, msg := range got {
		brief = append(brief, Entry{msg.UID, msg.Body, msg.Octets})
	}
	if short := must[[]Entry](m)(m.s.Entries(background, p.id)); !slices.Equal(short, brief) {
		m.Fatalf("%s: the entries are %v, want %v", name, short, brief)
	}
	m.compareEach(p.id, got)
	for i, msg := range got {
		want := p.mails[i]
		keywords := slices.Sorted(maps.Keys(want.keywords))
		if msg.UID != want.uid || msg.Flags != want.flags || !slices.Equal(msg.Keywords, keywords) ||
			!msg.Internal.Equal(want.internal) || msg.Octets != int64(len(want.text)) ||
			msg.Internal.Format(time.RFC3339) != want.internal.Format(time.RFC3339) {
			m.Fatalf("%s: %+v, want %v", name, msg, want)
		}
		if id, known := p.bodies[msg.UID]; known {
			if id != msg.Body {
				m.Fatalf("%s: %d has another body", name, msg.UID)
			}
			continue // its text was compared when it came
		}
		p.bodies[msg.UID] = msg.Body
		if m.s.text(m, msg.Body) != want.text {
			m.Fatalf("%s: %d has another text", name, msg.UID)
		}
	}
}

// quiet has what is missing derived, as in a quiet moment. Then nothing is missing.
func (m *model) quiet() {
	m.note("quiet")
	deriveAll(m, m.s)
	if n := underived(m, m.s); n != 0 {
		m.Fatalf("of %d bodies nothing is derived", n)
	}
	batch := m.s.NewBatch()
	for name, f := range m.picture.folders {
		for _, e := range must[[]Entry](m)(m.s.Entries(background, f.id)) {
			check(m, batch.ReadDerived(background, []BodyID{e.Body}))
			d := must[*Derived](m)(batch.Derived(e.Body))
			i := slices.IndexFunc(f.mails, func(mail picturedMail) bool { return mail.uid == e.UID })
			if want := treeOf(f.mails[i].text); !reflect.DeepEqual(d.Tree(), want) {
				m.Fatalf("%s: of %d is derived %+v, want %+v", name, e.UID, d.Tree(), want)
			}
		}
	}
}

// compareEach: Each tells what List has told.
func (m *model) compareEach(folder FolderID, list []Message) {
	m.Helper()
	i := 0
	check(m, m.s.Each(background, folder, 0, func(got *Message) error {
		if i == len(list) {
			return fmt.Errorf("Each tells of %d beyond", got.UID)
		}
		want := &list[i]
		if got.UID != want.UID || got.Body != want.Body || got.Octets != want.Octets ||
			got.Flags != want.Flags || got.ModSeq != want.ModSeq ||
			!slices.Equal(got.Keywords, want.Keywords) ||
			got.Internal.Format(time.RFC3339) != want.Internal.Format(time.RFC3339) {
			return fmt.Errorf("Each tells %+v, want %+v", *got, *want)
		}
		i++
		return nil
	}))
	if i != len(list) {
		m.Fatalf("Each tells of %d, want %d", i, len(list))
	}
}
