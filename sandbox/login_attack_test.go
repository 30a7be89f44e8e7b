package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mailtool/internal/sasl"
	"mailtool/smtp"
)

// attack tries 200 wrong passwords a second from one address, until end is called.
func (c *counted) attack() (end func()) {
	ctx, cancel := context.WithCancel(c.t.Context())
	var attackers sync.WaitGroup
	attackers.Go(func() { c.attacked(ctx, &attackers) })
	return func() {
		cancel()
		attackers.Wait()
	}
}

func (c *counted) attacked(ctx context.Context, attackers *sync.WaitGroup) {
	tick := time.NewTicker(time.Second / 200)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			a := c.logins.attempt(from("192.0.2.66"))
			attackers.Go(func() { a.Password(ctx, "", fmt.Sprint("user", i%30), fmt.Sprint("wrong", i)) })
		}
	}
}

// forget forgets the log-ins that are remembered.
func (c *counted) forget() {
	m := c.logins.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	m.queue = nil
	clear(m.until)
}

// medianLogin is how long a log-in takes that is not remembered.
func (c *counted) medianLogin(n int) time.Duration {
	took := make([]time.Duration, n)
	for i := range took {
		c.forget()
		start := time.Now()
		c.wants("user0", "sesame", "user0", nil)
		took[i] = time.Since(start)
	}
	slices.Sort(took)
	return took[n/2]
}

// TestUnderAttack: others hardly notice it.
func TestUnderAttack(t *testing.T) {
	c := logInto(t, Options{LegacyAuth: Off})
	for i := range 15 { // half of those who are tried have an account
		c.add(fmt.Sprint("user", i), "sesame")
	}
	quiet := c.medianLogin(20)
	end := c.attack()
	defer end()
	time.Sleep(100 * time.Millisecond)
	hashes := c.hashes.Load()
	loud := c.medianLogin(60)
	t.Logf("a log-in takes %v, %v under attack; %d hashes", quiet, loud, c.hashes.Load()-hashes)
	if loud > 2*quiet+20*time.Millisecond { // the machine may have others to serve
		t.Errorf("a log-in takes %v, and %v under attack", quiet, loud)
	}
	if n := c.hashes.Load() - 20 - 60; n > 110 { // the clock stands: nothing is forgiven
		t.Errorf("the attack had %d passwords hashed", n)
	}
}

// medianDelivery is how long a delivery takes.
func (c *counted) medianDelivery(client *smtp.Client, n int) time.Duration {
	c.t.Helper()
	took := make([]time.Duration, n)
	for i := range took {
		start := time.Now()
		if err := deliver(client, "<alice@lab.test>", "<bob@lab.test>"); err != nil {
			c.t.Fatal(err)
		}
		took[i] = time.Since(start)
	}
	slices.Sort(took)
	return took[n/2]
}

// TestDeliveriesUnderAttack: mail goes on to arrive. The attack has just begun, when its
// passwords are still hashed.
func TestDeliveriesUnderAttack(t *testing.T) {
	c := logInto(t, Options{LegacyAuth: Off, Dir: t.TempDir()})
	for i := range 15 {
		c.add(fmt.Sprint("user", i), "sesame")
	}
	near, far := net.Pipe()
	go c.smtp.ServeConn(far)
	client := smtp.NewClient(near)
	defer client.Close()
	if err := client.Greet(); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Hello("[127.0.0.1]"); err != nil {
		t.Fatal(err)
	}
	c.medianDelivery(client, 20) // to warm up
	quiet := c.medianDelivery(client, 100)
	end := c.attack()
	defer end()
	loud := c.medianDelivery(client, 300)
	t.Logf("a delivery takes %v, %v under attack; %d hashes", quiet, loud, c.hashes.Load())
	if loud > 2*quiet+20*time.Millisecond { // the machine may have others to serve
		t.Errorf("a delivery takes %v, and %v under attack", quiet, loud)
	}
}

// BenchmarkLogin is a log-in that is hashed, one that is remembered, and one that is not
// looked at.
func BenchmarkLogin(b *testing.B) {
	b.Run("hashed", func(b *testing.B) {
		c := logInto(b, Options{})
		for b.Loop() {
			c.forget()
			c.wants("alice", "sesame", "alice", nil)
		}
	})
	b.Run("attacked", func(b *testing.B) {
		c := logInto(b, Options{})
		c.add("user0", "sesame")
		end := c.attack()
		defer end()
		time.Sleep(time.Second) // until it is refused
		for b.Loop() {
			c.forget()
			c.wants("user0", "sesame", "user0", nil)
		}
	})
	b.Run("remembered", func(b *testing.B) {
		c := logInto(b, Options{})
		for b.Loop() {
			c.wants("alice", "sesame", "alice", nil)
		}
	})
	b.Run("refused", func(b *testing.B) {
		c := logInto(b, Options{})
		tries(c.logins.throttle, "alice", here, 10)
		for b.Loop() {
			c.wants("alice", "sesame", "", ErrTooMany)
		}
	})
}

// TestAttack: passwords that are tried are refused before they are hashed when they are too
// many, of accounts that there are and that there are not; elsewhere the right one gets in.
func TestAttack(t *testing.T) {
	for _, name := range []string{"alice", "mallory"} {
		c := logInto(t, Options{})
		var wait sync.WaitGroup
		var refused, tooMany atomic.Int64
		for i := range 200 { // all at the same time: what is looked at is counted exactly
			wait.Go(func() {
				switch _, err := c.plain(name, fmt.Sprint("wrong", i)); {
				case errors.Is(err, sasl.ErrRefused):
					refused.Add(1)
				case errors.Is(err, ErrTooMany):
					tooMany.Add(1)
				}
			})
		}
		wait.Wait()
		most := int64(10 + runtime.NumCPU() - 1)
		if n := c.hashes.Load(); n < 10 || n > most || n != refused.Load() || n+tooMany.Load() != 200 {
			t.Errorf("%s: %d hashes, want 10 to %d; %d refused, %d not looked at", name, n, most,
				refused.Load(), tooMany.Load())
		}
		if n := c.most.Load(); n > int64(runtime.NumCPU()) {
			t.Errorf("%s: %d hashes at a time", name, n)
		}
		c.wants("alice", "sesame", map[string]string{"mallory": "alice"}[name],
			map[string]error{"alice": ErrTooMany}[name])
		for _, other := range []string{"192.0.2.1", "::1"} {
			a := c.logins.attempt(from(other))
			if account, err := a.Password(t.Context(), "", "alice", "sesame"); err != nil || account != "alice" {
				t.Errorf("from %s: %q, %v", other, account, err)
			}
		}
	}
}

// TestAttackOpen: what SCRAM and CRAM-MD5 find out after the Directory was asked counts, too.
func TestAttackOpen(t *testing.T) {
	for _, mechanism := range []string{sasl.SCRAMSHA256, sasl.CRAMMD5} {
		c := logInto(t, Options{})
		try := func(end error) error {
			a := c.logins.attempt(from("127.0.0.1"))
			var err error
			if mechanism == sasl.CRAMMD5 {
				_, _, err = a.Secret(t.Context(), "alice")
			} else {
				_, _, err = a.Stored(t.Context(), mechanism, "alice")
			}
			if err == nil {
				err = end
			}
			a.done(err)
			return err
		}
		for _, end := range []error{nil, sasl.ErrSyntax, sasl.ErrCancelled} {
			for range 20 {
				if err := try(end); !errors.Is(err, end) {
					t.Fatalf("%s, %v: %v", mechanism, end, err)
				}
			}
		}
		for range 10 {
			try(sasl.ErrRefused)
		}
		if err := try(nil); !errors.Is(err, ErrTooMany) {
			t.Errorf("%s: after ten failures: %v", mechanism, err)
		}
	}
}
