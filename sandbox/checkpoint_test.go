package sandbox

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mailtool/mailbox"
)

// TestCheckpoint: while much is written the log is emptied again and again, and what was
// moved is where it belongs.
func TestCheckpoint(t *testing.T) {
	dir := t.TempDir()
	s := openMailbox(t, dir, MailboxOptions{})
	text := hello + strings.Repeat("0123456789\r\n", 5000)
	var all sync.WaitGroup
	for w := range 4 {
		user := fmt.Sprint("user", w)
		put(t, s, user, text)
		all.Go(func() {
			for range 300 {
				put(t, s, user, text)
				time.Sleep(time.Millisecond)
			}
		})
	}
	all.Wait()
	// 72 MB were written.
	log := filepath.Join(dir, DatabaseFile+"-wal")
	info, err := os.Stat(log)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the log has %d KB", info.Size()>>10)
	if info.Size() > 40<<20 {
		t.Errorf("the log has %d KB", info.Size()>>10)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openMailbox(t, dir, MailboxOptions{})
	for w := range 4 {
		got := texts(t, s, fmt.Sprint("user", w))
		if len(got) != 301 || slices.ContainsFunc(got, func(s string) bool { return s != text }) {
			t.Errorf("user%d has %d mails, or another text", w, len(got))
		}
	}
}

// BenchmarkBesideLarge delivers small messages, and 50 MB ones beside them: how long does
// the slowest of the small ones take?
func BenchmarkBesideLarge(b *testing.B) {
	for _, beside := range []int{0, 1, 4} {
		b.Run(fmt.Sprint(beside), func(b *testing.B) { besideLarge(b, beside) })
	}
}

func besideLarge(b *testing.B, beside int) {
	s, err := OpenMailbox(background, b.TempDir(), MailboxOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	bob, err := s.AddUser(background, "bob")
	if err != nil {
		b.Fatal(err)
	}
	to := mailbox.Delivery{To: []mailbox.FolderID{bob.Inbox}}
	chunk := []byte(strings.Repeat(strings.Repeat("x", 70)+"\r\n", 450))
	stop := make(chan bool)
	var all sync.WaitGroup
	for range beside {
		all.Go(func() {
			for {
				d := s.Draft(background)
				for d.Size() < 50<<20 {
					select {
					case <-stop:
						d.Discard()
						return
					default:
					}
					d.Write(chunk)
				}
				if _, err := d.Deliver(background, to); err != nil {
					b.Error(err)
				}
			}
		})
	}
	var times []time.Duration
	b.ResetTimer()
	for range b.N {
		began := time.Now()
		d := s.Draft(background)
		d.Write(chunk[:1000-1000%72])
		if _, err := d.Deliver(background, to); err != nil {
			b.Error(err)
		}
		times = append(times, time.Since(began))
		time.Sleep(time.Millisecond)
	}
	b.StopTimer()
	close(stop)
	all.Wait()
	slices.Sort(times)
	ms := func(at int) float64 { return float64(times[at].Microseconds()) / 1000 }
	b.ReportMetric(ms(len(times)/2), "ms-median")
	b.ReportMetric(ms(len(times)*99/100), "ms-p99")
	b.ReportMetric(ms(len(times)-1), "ms-max")
}

// TestPace: a piece of a large message does not wait for ever for a log that is not emptied:
// somebody may read for long, and hold in the log what is read.
func TestPace(t *testing.T) {
	c := &checkpointer{}
	c.behind.Store(pacePages + 1)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	from := time.Now()
	if err := c.pace(ctx); err != nil || time.Since(from) < paceMost {
		t.Errorf("it waited for %v, %v", time.Since(from), err)
	}
}

// TestHeldLog: when somebody who read for a while has gone, what was held in the log is
// moved, though nobody writes any more.
func TestHeldLog(t *testing.T) {
	file := filepath.Join(t.TempDir(), DatabaseFile)
	open := func(pragmas []string) *sql.DB {
		db, err := sql.Open("sqlite", dsn(file, pragmas, "deferred"))
		if err != nil {
			t.Fatal(err)
		}
		db.SetMaxOpenConns(1)
		return db
	}
	writer := open(writerPragmas("FULL"))
	defer writer.Close()
	write := func(text string) {
		t.Helper()
		if _, err := writer.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	write("CREATE TABLE a (b)")
	reader := open(readerPragmas)
	defer reader.Close()
	look, err := reader.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer look.Rollback()
	if err := look.QueryRow("SELECT count(*) FROM a").Scan(new(int)); err != nil {
		t.Fatal(err)
	}
	c := newCheckpointer(open(checkpointPragmas))
	defer c.close()
	write("INSERT INTO a VALUES (zeroblob(8000000))") // 2,000 pages
	c.wake <- struct{}{}
	until := func(what string, done func() bool) {
		t.Helper()
		for range 1000 {
			if done() {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Errorf("%s: %d pages are not moved", what, c.behind.Load())
	}
	until("while somebody reads", func() bool { return c.behind.Load() > pacePages })
	look.Rollback()
	until("afterwards", func() bool { return c.behind.Load() <= restPages })
}
