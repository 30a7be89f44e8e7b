package mailbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// letter is a message of a size.
func letter(octets int) string {
	const head = "Date: Mon, 23 Nov 2026 10:15:02 +0800\r\nFrom: alice@lab.test\r\n" +
		"To: bob@lab.test\r\nSubject: Hello from mailtool\r\nMessage-ID: <k3v9.1@lab.test>\r\n\r\n"
	const line = "Do you like ketchup? The quick brown fox jumps over the lazy dog again.\r\n"
	var b strings.Builder
	b.WriteString(head)
	for b.Len()+len(line) <= octets {
		b.WriteString(line)
	}
	if n := octets - b.Len(); n >= 2 {
		b.WriteString(strings.Repeat("x", n-2) + "\r\n")
	}
	return b.String()
}

// envelope is one as SMTP has it.
func envelope() Envelope {
	return Envelope{Sender: "<alice@lab.test>", Parameters: "SIZE=1024 BODY=8BITMIME",
		Recipients: []Recipient{{Path: "<bob@lab.test>"}}, Peer: "127.0.0.1:50000",
		Hello: "[127.0.0.1]", Protocol: "ESMTP", Session: "1", Received: time.Now()}
}

// BenchmarkDeliver delivers durably, with so many writers at a time. cpu-us/op is of the
// whole process.
func BenchmarkDeliver(b *testing.B) {
	for _, octets := range []int{1 << 10, 5 << 10, 50 << 10} {
		for _, writers := range []int{1, 20, 200} {
			b.Run(fmt.Sprintf("%dK/%d", octets>>10, writers), func(b *testing.B) {
				s := newStore(b, fixture{file: filepath.Join(b.TempDir(), "mail.db"), sync: "FULL",
					after: time.After})
				users := make([]User, writers)
				for i := range users {
					users[i] = must[User](b)(s.AddUser(background, fmt.Sprint("user", i)))
				}
				text := []byte(letter(octets))
				b.SetBytes(int64(octets))
				before, wrote := cpu(), written()
				b.ResetTimer()
				var left atomic.Int64
				left.Store(int64(b.N))
				var all sync.WaitGroup
				for _, u := range users {
					all.Go(func() {
						for left.Add(-1) >= 0 {
							d := s.Draft(background)
							d.Write(text)
							_, err := d.Deliver(background, Delivery{Envelope: envelope(),
								To: []FolderID{u.Inbox}})
							if err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				all.Wait()
				b.StopTimer()
				spent := cpu() - before
				b.ReportMetric(float64(spent.Microseconds())/float64(b.N), "cpu-us/op")
				b.ReportMetric(float64(written()-wrote)/float64(b.N)/1024, "KB-written/op")
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msgs/s")
			})
		}
	}
}

// BenchmarkGroup delivers messages of 1 KB to one user, up to seven in a group, and waits for no
// disk: what the writer costs the processor.
func BenchmarkGroup(b *testing.B) {
	s := newStore(b, fixture{after: time.After})
	bob := must[User](b)(s.AddUser(background, "bob"))
	text, e := []byte(letter(1<<10)), envelope()
	deliver := func(n int) {
		var left atomic.Int64
		left.Store(int64(n))
		var all sync.WaitGroup
		for range 7 {
			all.Go(func() {
				for left.Add(-1) >= 0 {
					d := s.Draft(background)
					d.Write(text)
					_, err := d.Deliver(background, Delivery{Envelope: e, To: []FolderID{bob.Inbox}})
					if err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
	}
	deliver(1000) // into tables that have some depth
	b.ReportAllocs()
	b.ResetTimer()
	before := s.writer.groups.Load()
	deliver(b.N)
	b.ReportMetric(float64(b.N)/float64(s.writer.groups.Load()-before), "jobs/group")
}

// written is how many octets the process has written, where the system tells.
func written() (n int64) {
	text, _ := os.ReadFile("/proc/self/io")
	_, after, _ := strings.Cut(string(text), "wchar: ")
	fmt.Sscan(after, &n)
	return n
}
