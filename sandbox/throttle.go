package sandbox

import (
	"cmp"
	"crypto/sha256"
	"net/netip"
	"sync"
	"time"
)

// LoginLimits say how many log-ins may fail before more are refused unlooked at. A count
// falls by one in each of its intervals, to 0. The zero value is a good one.
type LoginLimits struct {
	// Pair is of one account from one address: 10, and one more each 6 s.
	Pair      int
	PairEvery time.Duration
	// Address is of one address, whoever it wants to be: 100, and one more each second. A
	// class room behind one address needs more.
	Address      int
	AddressEvery time.Duration
}

func (l *LoginLimits) defaults() {
	l.Pair = cmp.Or(l.Pair, 10)
	l.PairEvery = cmp.Or(l.PairEvery, 6*time.Second)
	l.Address = cmp.Or(l.Address, 100)
	l.AddressEvery = cmp.Or(l.AddressEvery, time.Second)
}

// A throttle counts log-ins that fail, so that nobody tries all passwords there are, and so
// that trying them does not keep the processors from everything else: who has failed too
// often is refused before a password is hashed.
//
// It counts by account and address together. A count by account alone would let anybody
// lock anybody out, with ten wrong passwords: so the right password from another address
// gets in however much the account is under attack. A count by address stands beside it,
// for those who try a few passwords on each of many accounts. Others may share that address
// (a router's, or 127.0.0.1), so it does not hold for an account that has got in from
// there. Who has as many addresses as he likes is not kept out by this, only slowed by
// what a hash costs.
type throttle struct {
	now    func() time.Time
	limits LoginLimits

	mu        sync.Mutex
	pairs     counts
	addresses counts
}

func newThrottle(limits LoginLimits, now func() time.Time) *throttle {
	limits.defaults()
	return &throttle{now: now, limits: limits, pairs: counts{every: limits.PairEvery},
		addresses: counts{every: limits.AddressEvery}}
}

// allows says that a log-in may be looked at. It counts nothing.
func (t *throttle) allows(account string, from netip.Addr) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	pair := t.pairs.at(pairKey(account, from), now)
	if pair.failed >= float64(t.limits.Pair) {
		return false
	}
	return pair.known || t.addresses.at(addressKey(from), now).failed < float64(t.limits.Address)
}

// fail counts a log-in that was looked at and failed. Several may be looked at together: a
// count may go beyond its limit, and takes longer to fall below it then.
func (t *throttle) fail(account string, from netip.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	t.pairs.add(pairKey(account, from), now, 2*t.limits.Pair)
	t.addresses.add(addressKey(from), now, 2*t.limits.Address)
}

// succeed forgives the account what failed from there: whoever has the password need not
// try any.
func (t *throttle) succeed(account string, from netip.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pairs.put(pairKey(account, from), count{at: t.now(), known: true})
}

// A countKey is short, whatever somebody gives for a name.
type countKey [sha256.Size]byte

func pairKey(account string, from netip.Addr) countKey {
	return sha256.Sum256([]byte(network(from) + "\x00" + account))
}

func addressKey(from netip.Addr) countKey { return sha256.Sum256([]byte(network(from))) }

// network is who has an address. Of IPv6 everybody has at least 2^64 of them
// (RFC 4291 §2.5.1), which are one here.
func network(a netip.Addr) string {
	if a = a.Unmap(); a.Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

// A count is how many log-ins have failed, less what time has forgiven.
type count struct {
	failed float64
	at     time.Time
	known  bool // one has succeeded
}

// counts are those of the newest keys, in two generations: when the young one is full it
// becomes the old one, which is forgotten. What is looked for while it is old is young
// again. So a flood of keys costs a bounded room and no search.
type counts struct {
	every      time.Duration // in which one failure is forgiven
	young, old map[countKey]count
}

// generation is how many keys one has, about 100 octets each.
const generation = 4096

// at is a count as it is now. One that nothing is known of is 0.
func (c *counts) at(key countKey, now time.Time) count {
	n, ok := c.young[key]
	if !ok {
		if n, ok = c.old[key]; !ok {
			return count{}
		}
		c.put(key, n)
	}
	if passed := now.Sub(n.at); passed > 0 { // the clock may be set back
		n.failed = max(0, n.failed-float64(passed)/float64(c.every))
	}
	return n
}

// add counts a failure, up to most.
func (c *counts) add(key countKey, now time.Time, most int) {
	n := c.at(key, now)
	c.put(key, count{failed: min(n.failed+1, float64(most)), at: now, known: n.known})
}

func (c *counts) put(key countKey, n count) {
	if _, there := c.young[key]; !there && len(c.young) >= generation {
		c.old, c.young = c.young, nil
	}
	if c.young == nil {
		c.young = make(map[countKey]count)
	}
	c.young[key] = n
}
