package sandbox

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"mailtool/smtp"
)

// StoreBudget is how much mail a Store keeps where nothing else is asked for, in octets.
const StoreBudget = 256 << 20

// ErrFull says that the Store has no room for more.
var ErrFull = fmt.Errorf("sandbox: the mailboxes are full: %w", smtp.ErrFull)

// A Store keeps the mailboxes in memory; they end with the program. It may be used by
// any number of goroutines.
type Store struct {
	mu    sync.Mutex
	limit int64
	used  int64 // of delivered mail and of drafts
	boxes map[string]*box
}

type box struct {
	user  string
	last  int // number of the newest mail
	mails []Mail
}

// A Mail is a message in somebody's mailbox.
type Mail struct {
	N    int // its number in this mailbox, from 1; no other mail gets it again
	At   time.Time
	From string // reverse-path with its angle brackets
	// Data is the message as it lies there: Return-Path and Received first, lines ended
	// by CRLF, without dot-stuffing. It must not be changed.
	Data []byte
}

// NewStore returns a Store with an empty mailbox for each user, which keeps at most
// limit octets; 0 stands for StoreBudget.
func NewStore(limit int64, users ...string) *Store {
	if limit == 0 {
		limit = StoreBudget
	}
	s := &Store{limit: limit, boxes: make(map[string]*box, len(users))}
	for _, u := range users {
		s.boxes[key(u)] = &box{user: u}
	}
	return s
}

// key is under which a user is found. What a local part means, and whether case counts
// in it, is up to the server whose users they are (RFC 5321 §2.4): here it does not.
func key(user string) string { return strings.ToLower(user) }

// Has says that user has a mailbox.
func (s *Store) Has(user string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.boxes[key(user)] != nil
}

// Users are those who have a mailbox, in the order of the alphabet.
func (s *Store) Users() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	users := make([]string, 0, len(s.boxes))
	for _, b := range s.boxes {
		users = append(users, b.user)
	}
	slices.Sort(users)
	return users
}

// Count is how many mails user has; 0 too where there is no such user.
func (s *Store) Count(user string) int { return len(s.List(user)) }

// List returns the mails of user, the oldest first.
func (s *Store) List(user string) []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b := s.boxes[key(user)]; b != nil {
		return slices.Clone(b.mails)
	}
	return nil
}

// Get returns mail n of user; false where there is none.
func (s *Store) Get(user string, n int) (Mail, bool) {
	for _, m := range s.List(user) {
		if m.N == n {
			return m, true
		}
	}
	return Mail{}, false
}

// A Draft is a message that is still arriving. It is in nobody's mailbox, but its octets
// count, so that a thousand clients that never come to an end cannot fill the memory.
type Draft struct {
	store *Store
	data  []byte
}

// Draft begins a message.
func (s *Store) Draft() *Draft { return &Draft{store: s} }

// Write adds octets, all of p or none. The error is ErrFull.
func (d *Draft) Write(p []byte) (int, error) {
	if !d.store.reserve(int64(len(p))) {
		return 0, ErrFull
	}
	d.data = append(d.data, p...)
	return len(p), nil
}

// ReadFrom adds what r holds, which may be ErrFull too much. It reads into the Draft's own
// memory: most mails are smaller than the buffer that io.Copy would make for each.
func (d *Draft) ReadFrom(r io.Reader) (int64, error) {
	var total int64
	for {
		d.data = slices.Grow(d.data, 512)
		n, err := r.Read(d.data[len(d.data):cap(d.data)])
		if !d.store.reserve(int64(n)) {
			return total, ErrFull
		}
		d.data = d.data[:len(d.data)+n]
		total += int64(n)
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

// Discard forgets the message.
func (d *Draft) Discard() {
	d.store.free(int64(len(d.data)))
	d.data = nil
}

// Deliver puts the message into the mailbox of each user who has one, all at once: who
// looks sees it in every mailbox or in none. The octets are kept once.
func (d *Draft) Deliver(at time.Time, from string, users ...string) {
	s, data := d.store, slices.Clone(d.data) // without the room that it grew into
	d.data = nil
	s.mu.Lock()
	defer s.mu.Unlock()
	there := false
	for _, u := range users {
		if b := s.boxes[key(u)]; b != nil {
			there = true
			b.last++
			b.mails = append(b.mails, Mail{N: b.last, At: at, From: from, Data: data})
		}
	}
	if !there {
		s.used -= int64(len(data))
	}
}

func (s *Store) reserve(n int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n > s.limit-s.used {
		return false
	}
	s.used += n
	return true
}

func (s *Store) free(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used -= n
}
