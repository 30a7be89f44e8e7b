package sandbox

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

var (
	here      = netip.MustParseAddr("127.0.0.1")
	elsewhere = netip.MustParseAddr("192.0.2.1")
)

// A stopped clock goes on when a test says so.
type stopped struct{ at time.Time }

func (s *stopped) now() time.Time { return s.at }

func stoppedClock() *stopped {
	return &stopped{time.Date(2026, 11, 23, 2, 15, 2, 0, time.UTC)}
}

// tries is how many log-ins of n, one after the other, are looked at; all fail.
func tries(th *throttle, account string, from netip.Addr, n int) (looked int) {
	for range n {
		if th.allows(account, from) {
			looked++
			th.fail(account, from)
		}
	}
	return looked
}

// TestThrottlePair: who fails too often waits, from there and with that account alone.
func TestThrottlePair(t *testing.T) {
	clock := stoppedClock()
	th := newThrottle(LoginLimits{}, clock.now)
	if n := tries(th, "alice", here, 200); n != 10 {
		t.Errorf("%d were looked at, want 10", n)
	}
	if !th.allows("alice", elsewhere) || !th.allows("bob", here) {
		t.Error("others are locked out")
	}
	clock.at = clock.at.Add(6 * time.Second)
	if n := tries(th, "alice", here, 200); n != 1 {
		t.Errorf("after 6 s %d were looked at, want 1", n)
	}
	clock.at = clock.at.Add(time.Hour)
	if n := tries(th, "alice", here, 200); n != 10 {
		t.Errorf("after an hour %d were looked at, want 10", n)
	}
	clock.at = clock.at.Add(-24 * time.Hour)
	if th.allows("alice", here) {
		t.Error("a clock that is set back forgives")
	}
}

// TestThrottleSuccess: a success forgives.
func TestThrottleSuccess(t *testing.T) {
	th := newThrottle(LoginLimits{}, stoppedClock().now)
	for range 20 {
		if n := tries(th, "alice", here, 5); n != 5 {
			t.Fatalf("%d were looked at, want 5", n)
		}
		th.succeed("alice", here)
	}
}

// TestThrottleAddress: nor does it help to try a few passwords on many accounts; but that
// does not keep out those at the same address who have got in before.
func TestThrottleAddress(t *testing.T) {
	clock := stoppedClock()
	th := newThrottle(LoginLimits{}, clock.now)
	th.succeed("bob", here)
	looked := 0
	for i := range 100 {
		looked += tries(th, fmt.Sprint("user", i), here, 5)
	}
	if looked != 100 {
		t.Errorf("%d were looked at, want 100", looked)
	}
	for name, want := range map[string]bool{"alice": false, "bob": true} {
		if got := th.allows(name, here); got != want {
			t.Errorf("%s may try: %v, want %v", name, got, want)
		}
	}
	if !th.allows("alice", elsewhere) {
		t.Error("alice is locked out elsewhere, too")
	}
	if n := tries(th, "bob", here, 20); n != 10 {
		t.Errorf("of the account that got in, %d were looked at, want 10", n)
	}
	clock.at = clock.at.Add(12 * time.Second) // two more than that fail now
	if n := tries(th, "carol", here, 20); n != 2 {
		t.Errorf("12 s later, %d were looked at, want 2", n)
	}
}

// TestThrottleNetwork: of IPv6 nobody has one address only.
func TestThrottleNetwork(t *testing.T) {
	th := newThrottle(LoginLimits{}, stoppedClock().now)
	looked := 0
	for i := range 100 {
		looked += tries(th, "alice", netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", i)), 1)
	}
	if looked != 10 {
		t.Errorf("from one network %d were looked at, want 10", looked)
	}
	if !th.allows("alice", netip.MustParseAddr("2001:db8:0:1::1")) {
		t.Error("another network is locked out")
	}
	tries(th, "alice", elsewhere, 10)
	if th.allows("alice", netip.MustParseAddr("::ffff:192.0.2.1")) {
		t.Error("an address of IPv4 in the form of IPv6 is another")
	}
}

// TestThrottleBounded: a flood of names and addresses takes no more than two generations,
// and does not wash away what is in use.
func TestThrottleBounded(t *testing.T) {
	th := newThrottle(LoginLimits{}, stoppedClock().now)
	tries(th, "alice", here, 10)
	for i := range 4 * generation {
		from := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		th.fail(fmt.Sprint(i), from)
		if i%1000 == 0 && th.allows("alice", here) {
			t.Fatalf("after %d others alice may be tried again", i)
		}
	}
	for _, c := range []counts{th.pairs, th.addresses} {
		if len(c.young) > generation || len(c.old) > generation {
			t.Errorf("%d and %d keys are kept", len(c.young), len(c.old))
		}
	}
}
