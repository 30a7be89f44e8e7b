package imap

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"mailtool/mime/scan"
)

// A memory keeps the mail of the tests, of many accounts and for many sessions at once.
type memory struct {
	now func() time.Time

	mu       sync.Mutex
	accounts map[string]*memoryAccount
	texts    []string // the octets of messages, by their Key
	validity uint32   // of the mailbox that was made last
	drafts   int      // those that were neither appended nor discarded
	stores   int      // those that are open
	boxes    int      // mailboxes that are open
	limit    Quota    // of each account
	broken   error    // what everything ends in, where it is set
}

type memoryAccount struct {
	folders    map[string]*memoryFolder
	subscribed map[string]bool
}

// A memoryFolder is a mailbox that sessions share.
type memoryFolder struct {
	name, use string
	validity  uint32
	next      UID
	modSeq    uint64
	recent    UID // the first that no session was told of
	messages  []*Message
	tombs     []memoryTomb
	boxes     map[*memoryBox]bool
	gone      bool
}

// A memoryTomb is left by a message that is gone.
type memoryTomb struct {
	uid    UID
	modSeq uint64
}

func newMemory() *memory {
	return &memory{accounts: map[string]*memoryAccount{}, validity: 1000,
		now: func() time.Time { return time.Date(2026, 11, 23, 10, 15, 2, 0, time.UTC) }}
}

// account is an account's mail, which begins with an INBOX. m.mu is held.
func (m *memory) account(name string) *memoryAccount {
	a := m.accounts[name]
	if a == nil {
		a = &memoryAccount{map[string]*memoryFolder{}, map[string]bool{}}
		m.accounts[name] = a
		m.make(a, Inbox, "")
	}
	return a
}

func (m *memory) make(a *memoryAccount, name, use string) *memoryFolder {
	m.validity++
	f := &memoryFolder{name: name, use: use, validity: m.validity, next: 1, modSeq: 1, recent: 1,
		boxes: map[*memoryBox]bool{}}
	a.folders[name] = f
	return f
}

// open is a Server's Open.
func (m *memory) open(_ context.Context, _ Peer, account string) (Store, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if strings.HasPrefix(account, "lost@") {
		return nil, errors.New("the disk is full of secrets")
	}
	m.stores++
	return &memoryStore{m, m.account(account)}, nil
}

// deliver puts a message into a mailbox, as SMTP would, and makes that where it is missing.
func (m *memory) deliver(account, mailbox, text string, flags Flags, keywords ...string) UID {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.account(account)
	f := a.folders[mailbox]
	if f == nil {
		f = m.make(a, mailbox, "")
	}
	f.modSeq++
	uid := m.put(f, text, flags, keywords, m.now())
	f.wake()
	return uid
}

// put adds a message.
func (m *memory) put(f *memoryFolder, text string, flags Flags, keywords []string, date time.Time) UID {
	_, east := date.Zone()
	m.texts = append(m.texts, text)
	f.messages = append(f.messages, &Message{UID: f.next, Flags: flags,
		Keywords: slices.Sorted(slices.Values(keywords)), ModSeq: f.modSeq, Octets: int64(len(text)),
		Key: int64(len(m.texts) - 1), Internal: date.Unix(), Zone: int16(east / 60)})
	f.next++
	return f.next - 1
}

// wake tells the sessions that something has changed.
func (f *memoryFolder) wake() {
	for b := range f.boxes {
		select {
		case b.c <- struct{}{}:
		default:
		}
	}
}

func (f *memoryFolder) status() MailboxStatus {
	s := MailboxStatus{Name: f.name, Use: f.use, UIDValidity: f.validity, UIDNext: f.next,
		Messages: len(f.messages), HighestModSeq: f.modSeq}
	for _, x := range f.messages {
		s.Size += x.Octets
		if x.Flags&FlagSeen == 0 {
			s.Unseen++
		}
		if x.Flags&FlagDeleted != 0 {
			s.Deleted++
			s.DeletedSize += x.Octets
		}
		if x.UID >= f.recent {
			s.Recent++
		}
	}
	return s
}

// claim is the first UID that is \Recent in a session that asks, which no other will have then.
func (f *memoryFolder) claim(readOnly bool) UID {
	recent := f.recent
	if len(f.messages) == 0 || recent > f.messages[len(f.messages)-1].UID {
		return 0
	}
	if !readOnly {
		f.recent = f.next
	}
	return recent
}

// A memoryStore is one session's Store.
type memoryStore struct {
	m *memory
	a *memoryAccount
}

func (s *memoryStore) lock() (unlock func(), err error) {
	s.m.mu.Lock()
	return s.m.mu.Unlock, s.m.broken
}

func (s *memoryStore) Mailboxes(context.Context) (all []MailboxStatus, err error) {
	unlock, err := s.lock()
	defer unlock()
	for _, name := range slices.Sorted(maps.Keys(s.a.folders)) {
		all = append(all, s.a.folders[name].status())
	}
	return all, err
}

func (s *memoryStore) Subscriptions(context.Context) ([]string, error) {
	unlock, err := s.lock()
	defer unlock()
	return slices.Sorted(maps.Keys(s.a.subscribed)), err
}

func (s *memoryStore) Subscribe(_ context.Context, name string, subscribed bool) error {
	unlock, err := s.lock()
	defer unlock()
	if subscribed {
		s.a.subscribed[name] = true
	} else {
		delete(s.a.subscribed, name)
	}
	return err
}

func (s *memoryStore) Create(_ context.Context, name, use string) error {
	unlock, err := s.lock()
	defer unlock()
	switch {
	case err != nil:
		return err
	case s.a.folders[name] != nil:
		return Refuse(CodeAlreadyExists, "There is such a mailbox already")
	}
	s.above(name)
	s.m.make(s.a, name, use)
	return nil
}

// above makes the mailboxes above a name.
func (s *memoryStore) above(name string) {
	for i, c := range name {
		if c == '/' && s.a.folders[name[:i]] == nil {
			s.m.make(s.a, name[:i], "")
		}
	}
}

func (s *memoryStore) Delete(_ context.Context, name string) error {
	unlock, err := s.lock()
	defer unlock()
	f := s.a.folders[name]
	switch {
	case err != nil:
		return err
	case f == nil:
		return Refuse(CodeNonexistent, "There is no such mailbox")
	case name == Inbox:
		return Refuse(CodeCannot, "INBOX stays")
	}
	delete(s.a.folders, name)
	f.gone = true
	f.wake()
	return nil
}

func (s *memoryStore) Rename(_ context.Context, from, to string) error {
	unlock, err := s.lock()
	defer unlock()
	f := s.a.folders[from]
	switch {
	case err != nil:
		return err
	case f == nil:
		return Refuse(CodeNonexistent, "There is no such mailbox")
	case s.a.folders[to] != nil:
		return Refuse(CodeAlreadyExists, "There is such a mailbox already")
	case strings.HasPrefix(to, from+"/") && from != Inbox:
		return Refuse(CodeCannot, "Not below itself")
	}
	s.above(to)
	if from == Inbox { // RFC 3501 §6.3.5
		s.moveAll(f, s.m.make(s.a, to, ""))
		return nil
	}
	for name, other := range maps.Clone(s.a.folders) {
		if rest, below := strings.CutPrefix(name, from); below && (rest == "" || rest[0] == '/') {
			delete(s.a.folders, name)
			other.name = to + rest
			s.a.folders[to+rest] = other
		}
	}
	return nil
}

func (s *memoryStore) moveAll(from, to *memoryFolder) {
	from.modSeq++
	for _, x := range from.messages {
		moved := *x
		moved.UID, moved.ModSeq = to.next, to.modSeq
		to.next++
		to.messages = append(to.messages, &moved)
		from.tombs = append(from.tombs, memoryTomb{x.UID, from.modSeq})
	}
	from.messages = nil
	from.wake()
}

func (s *memoryStore) Status(_ context.Context, name string) (MailboxStatus, error) {
	unlock, err := s.lock()
	defer unlock()
	f := s.a.folders[name]
	switch {
	case err != nil:
		return MailboxStatus{}, err
	case f == nil:
		return MailboxStatus{}, Refuse(CodeNonexistent, "There is no such mailbox")
	}
	return f.status(), nil
}

// A memoryDraft is a message that arrives.
type memoryDraft struct {
	m    *memory
	text strings.Builder
	over bool
}

func (d *memoryDraft) Write(p []byte) (int, error) {
	if d.over {
		panic("a write after the end")
	}
	return d.text.Write(p)
}

func (d *memoryDraft) Discard() {
	d.m.mu.Lock()
	defer d.m.mu.Unlock()
	d.end()
}

// end is reached once, by Append or by Discard.
func (d *memoryDraft) end() {
	if d.over {
		panic("two ends of a draft")
	}
	d.over = true
	d.m.drafts--
}

func (s *memoryStore) Draft(_ context.Context, octets int64) (Draft, error) {
	unlock, err := s.lock()
	defer unlock()
	if limit := s.m.limit.OctetsLimit; limit > 0 && s.used().Octets+octets > limit {
		return nil, Refuse(CodeOverQuota, "The account is full")
	}
	if err != nil {
		return nil, err
	}
	s.m.drafts++
	return &memoryDraft{m: s.m}, nil
}

func (s *memoryStore) Append(_ context.Context, name string, mails []Appended) (uint32, []UID, error) {
	unlock, err := s.lock()
	defer unlock()
	f := s.a.folders[name]
	switch {
	case err != nil:
		return 0, nil, err
	case f == nil:
		return 0, nil, Refuse(CodeTryCreate, "There is no such mailbox")
	}
	f.modSeq++
	var uids []UID
	for _, mail := range mails {
		d, date := mail.Draft.(*memoryDraft), mail.Date
		if date.IsZero() {
			date = s.m.now()
		}
		d.end()
		uids = append(uids, s.m.put(f, d.text.String(), mail.Flags, mail.Keywords, date))
	}
	f.wake()
	return f.validity, uids, nil
}

func (s *memoryStore) Select(_ context.Context, name string, readOnly bool) (Mailbox, error) {
	unlock, err := s.lock()
	defer unlock()
	f := s.a.folders[name]
	switch {
	case err != nil:
		return nil, err
	case f == nil:
		return nil, Refuse(CodeNonexistent, "There is no such mailbox")
	}
	b := &memoryBox{m: s.m, a: s.a, f: f, readOnly: readOnly, c: make(chan struct{}, 1),
		status: f.status(), messages: slices.Clone(f.messages), seen: f.modSeq, told: f.next}
	b.recent = f.claim(readOnly)
	f.boxes[b] = true
	s.m.boxes++
	return b, nil
}

// used is what an account has. m.mu is held.
func (s *memoryStore) used() Quota {
	q := s.m.limit
	for _, f := range s.a.folders {
		q.Messages += int64(len(f.messages))
		q.Octets += f.status().Size
	}
	return q
}

func (s *memoryStore) Quota(context.Context) (Quota, error) {
	unlock, err := s.lock()
	defer unlock()
	return s.used(), err
}

func (s *memoryStore) Close() {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.stores--
}

// structureOf is what a Mailbox says of a message's octets.
func structureOf(text string) *Structure {
	sc := scan.Scanner{Keep: true}
	sc.Write([]byte(text))
	tree := sc.End()
	return &Structure{tree.Root.Fields, func() *scan.Tree { return tree }}
}

// sample is a message of the tests, of some octets.
func sample(n int) string {
	return "From: Alice <alice@lab.test>\r\nTo: bob@lab.test\r\nSubject: letter " + strconv.Itoa(n) +
		"\r\nDate: Mon, 23 Nov 2026 10:15:02 +0000\r\nMessage-ID: <" + strconv.Itoa(n) +
		"@lab.test>\r\n\r\nThis is letter " + strconv.Itoa(n) + ".\r\n"
}
