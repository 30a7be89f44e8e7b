package sandbox

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"time"
)

// A memory has the log-ins that have succeeded a moment ago, so that a program that logs in
// a thousand times does not have its password hashed a thousand times. It holds no
// password and nothing that one could be found from: the key ends with the process. A mark
// names the verifier that the password was checked against, and a new password has a new
// one: what was remembered ends with the old.
type memory struct {
	now func() time.Time
	key [sha256.Size]byte

	mu    sync.Mutex
	until map[mark]time.Time
	queue []mark // in the order in which they end
}

// A mark stands for a log-in.
type mark [sha256.Size]byte

// rememberedFor is how long a log-in is remembered, and rememberedLogins how many are.
const (
	rememberedFor    = 10 * time.Minute
	rememberedLogins = 4096
)

func newMemory(now func() time.Time) *memory {
	m := &memory{now: now, until: make(map[mark]time.Time)}
	rand.Read(m.key[:]) // it never fails
	return m
}

// mark is that of an account, a verifier of it, and a password.
func (m *memory) mark(verifier int64, account, password string) (out mark) {
	h := hmac.New(sha256.New, m.key[:])
	var numbers [16]byte
	binary.BigEndian.PutUint64(numbers[:8], uint64(verifier))
	binary.BigEndian.PutUint64(numbers[8:], uint64(len(account))) // where the password begins
	h.Write(numbers[:])
	h.Write([]byte(account))
	h.Write([]byte(password))
	h.Sum(out[:0])
	return out
}

// has says that the log-in is remembered.
func (m *memory) has(k mark) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now().Before(m.until[k])
}

// keep remembers a log-in. The oldest make room.
func (m *memory) keep(k mark) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	for len(m.queue) > 0 && !now.Before(m.until[m.queue[0]]) {
		m.forget()
	}
	if _, there := m.until[k]; there {
		return
	}
	if len(m.queue) >= rememberedLogins {
		m.forget()
	}
	m.until[k] = now.Add(rememberedFor)
	m.queue = append(m.queue, k)
}

// forget forgets the oldest.
func (m *memory) forget() {
	delete(m.until, m.queue[0])
	m.queue = m.queue[1:]
}
