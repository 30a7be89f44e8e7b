package interop

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// How often a large message is sent, and how long it may delay others.
const (
	largeMessages = 5
	mostDelay     = 50 * time.Millisecond
)

// TestDelay: a message of 50 MB delays no other delivery by more than 50 ms. A slow moment
// of the machine is no delay of ours: in most rounds the slowest delivery must be no slower
// than without the large message, and that time.
func TestDelay(t *testing.T) {
	if testing.Short() {
		t.Skip("it writes hundreds of megabytes")
	}
	build(t)
	addr, kill := served(t, t.TempDir())
	defer kill()
	small := dialog(t, addr)
	defer small.Close()
	quiet := slowest(small, func(n int) bool { return n < 200 })
	var rounds []time.Duration
	for range largeMessages {
		done := make(chan struct{})
		go func() {
			defer close(done)
			sendLarge(t, addr)
		}()
		rounds = append(rounds, slowest(small, func(int) bool {
			select {
			case <-done:
				return false
			default:
				return true
			}
		}))
		<-done
	}
	t.Logf("the slowest of 200 deliveries took %v, beside a message of 50 MB %v", quiet, rounds)
	slices.Sort(rounds)
	if usual := rounds[len(rounds)/2]; usual > quiet+mostDelay {
		t.Errorf("beside a message of 50 MB a delivery took %v, without it %v", usual, quiet)
	}
}

// sendLarge sends a message of 50 MB.
func sendLarge(t *testing.T, addr string) {
	c := dialog(t, addr)
	defer c.Close()
	c.say("MAIL FROM:<a@a.test>\r\n", "250")
	c.say("RCPT TO:<alice@lab.test>\r\n", "250")
	c.say("DATA\r\n", "354")
	block := strings.Repeat(strings.Repeat("x", 70)+"\r\n", 1000)
	for range 50_000_000 / len(block) {
		c.write(block)
	}
	c.say(".\r\n", "250")
	c.say("QUIT\r\n", "221")
}

// slowest delivers small messages to bob while more says so, and returns what the slowest
// took.
func slowest(c *dialogue, more func(n int) bool) time.Duration {
	var most time.Duration
	for n := 0; more(n); n++ {
		c.say("MAIL FROM:<a@a.test>\r\n", "250")
		c.say("RCPT TO:<bob@lab.test>\r\n", "250")
		c.say("DATA\r\n", "354")
		began := time.Now()
		c.say("Subject: x\r\n\r\nx\r\n.\r\n", "250")
		most = max(most, time.Since(began))
	}
	return most
}
