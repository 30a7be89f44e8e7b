package mailbox

import (
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"
)

// bigFolder is a user whose INBOX has n messages. They have no octets: they are made in the
// tables.
func bigFolder(t testing.TB, n int) (*Store, FolderID) {
	s := newStore(t, fixture{file: filepath.Join(t.TempDir(), "mail.db")})
	bob := must[User](t)(s.AddUser(background, "bob"))
	s.deliver(t, letter(300), bob.Inbox)
	check(t, s.do(background, 0, func(t *tx) error {
		return errors.Join(
			t.exec(`WITH RECURSIVE c(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM c WHERE n < $1)
				INSERT INTO messages SELECT folder_id, c.n, body_id + c.n, envelope_id,
				octets + c.n % 999, internal + c.n * 1000000, 480 - c.n % 3 * 60 - c.n % 7, saved,
				modseq + c.n, c.n % 32 FROM messages, c`, n),
			t.exec(`INSERT INTO keywords SELECT folder_id, uid, 'work' FROM messages
				WHERE uid % 1000 < 2 UNION SELECT folder_id, uid, 'red' FROM messages
				WHERE uid % 500 = 1`),
			t.exec(`UPDATE folders SET uidnext = $1, modseq = $1 + 5, messages = (SELECT COUNT(*)
				FROM messages), unseen = (SELECT COUNT(*) FROM messages WHERE flags & 1 = 0)`, n+1))
	}))
	return s, bob.Inbox
}

// TestEach: it tells what List tells.
func TestEach(t *testing.T) {
	const n = 2*eachPage + 9
	s, folder := bigFolder(t, n)
	must[[]UID](t)(s.Expunge(background, folder, []UID{3, eachPage, eachPage + 1}))
	for _, after := range []UID{0, 1, eachPage - 1, n - 1, n, maxUID} {
		want := must[[]Message](t)(s.List(background, folder, after, 0))
		i := 0
		check(t, s.Each(background, folder, after, func(m *Message) error {
			got := *m
			got.Keywords = slices.Clone(m.Keywords)
			if len(got.Keywords) == 0 {
				got.Keywords = nil
			}
			got.Saved, got.Envelope = want[i].Saved, want[i].Envelope
			if !reflect.DeepEqual(inUTC(got), inUTC(want[i])) ||
				got.Internal.Format(time.RFC3339) != want[i].Internal.Format(time.RFC3339) {
				t.Fatalf("after %d:\n%+v, want\n%+v", after, got, want[i])
			}
			i++
			return nil
		}))
		if i != len(want) {
			t.Errorf("after %d: %d messages, want %d", after, i, len(want))
		}
	}
	check(t, s.Each(background, 999, 0, func(*Message) error { return errors.New("no folder") }))
	enough := errors.New("enough")
	if err := s.Each(background, folder, 0, func(*Message) error { return enough }); err != enough {
		t.Errorf("stopped with %v", err)
	}
}

// TestEachWide: what does not fit into few columns is told all the same.
func TestEachWide(t *testing.T) {
	s, folder := bigFolder(t, 20)
	for _, change := range []string{"octets = 268435455", "octets = 268435456", "octets = 1 << 40",
		"modseq = 2147483647", "modseq = 2147483648", "modseq = 1 << 60", "internal = 0",
		"internal = -1500000", "internal = 4294967295000000", "internal = 4294967296000000"} {
		check(t, s.do(background, 0, func(t *tx) error {
			return t.exec("UPDATE messages SET " + change + " WHERE uid = 7")
		}))
		want := must[Message](t)(s.Message(background, folder, 7))
		check(t, s.Each(background, folder, 6, func(m *Message) error {
			if m.UID == 7 && (m.Octets != want.Octets || m.ModSeq != want.ModSeq ||
				m.Body != want.Body || m.Internal.Unix() != want.Internal.Unix()) {
				t.Errorf("%s: %+v, want %+v", change, *m, want)
			}
			return nil
		}))
	}
}

// inUTC makes times comparable by their fields, to the second.
func inUTC(m Message) Message {
	m.Internal = m.Internal.UTC().Truncate(time.Second)
	return m
}

// TestEachHoldsNothing: while f runs others may write, and the only connection is free.
func TestEachHoldsNothing(t *testing.T) {
	s, folder := bigFolder(t, 2*eachPage)
	s.o.Reader.SetMaxOpenConns(1)
	seen := 0
	check(t, s.Each(background, folder, 0, func(m *Message) error {
		if m.UID == 2 {
			must[[]UID](t)(s.Expunge(background, folder, []UID{1, 2, 5, eachPage + 2}))
			must[Message](t)(s.Message(background, folder, 3))
		}
		seen++
		return nil
	}))
	if seen != 2*eachPage-1 {
		t.Errorf("%d messages", seen)
	}
}

// BenchmarkEach loads a folder of 100,000 messages.
func BenchmarkEach(b *testing.B) {
	s, folder := bigFolder(b, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		check(b, s.Each(background, folder, 0, func(*Message) error { return nil }))
	}
}

// BenchmarkBigFolder does to a folder of 100,000 messages what IMAP's commands ask for.
func BenchmarkBigFolder(b *testing.B) {
	s, folder := bigFolder(b, 100_000)
	other := must[Folder](b)(s.CreateFolder(background, must[Folder](b)(
		s.FolderByID(background, folder)).User, "other", "")).ID
	var every, run []UID
	for i := range UID(10_000) {
		every, run = append(every, 3+i*9), append(run, 5000+i)
	}
	add := true
	flag := func(uids []UID, keywords ...string) func(*testing.B) {
		return func(b *testing.B) {
			c := FlagChange{Mode: AddFlags, Flags: Flagged | Answered, Keywords: keywords}
			if add = !add; add {
				c.Mode = RemoveFlags
			}
			must[[]UID](b)(s.StoreFlags(background, folder, uids, c))
		}
	}
	for _, row := range []struct {
		name string
		do   func(b *testing.B)
	}{
		{"status", func(b *testing.B) { must[Folder](b)(s.FolderByID(background, folder)) }},
		{"recent", func(b *testing.B) { check(b, s.ToldRecent(background, folder, 100_001)) }},
		{"recent/count", func(b *testing.B) {
			must[int](b)(s.CountRecent(background, Folder{ID: folder, Recent: 2}))
		}},
		{"changes", func(b *testing.B) {
			f := must[Folder](b)(s.FolderByID(background, folder))
			must[Changes](b)(s.ChangesSince(background, folder, f.ModSeq-15))
		}},
		{"flags/one", flag(run[:1])},
		{"flags/run", flag(run)},
		{"flags/every9th", flag(every)},
		{"flags/keyword", flag(run, "blue")},
		{"flags/keyword9th", flag(every, "blue")},
		{"copy+expunge/run", func(b *testing.B) {
			c := must[Copied](b)(s.Copy(background, folder, run, other))
			must[[]UID](b)(s.Expunge(background, other, c.To))
		}},
		{"copy/every9th", func(b *testing.B) { must[Copied](b)(s.Copy(background, folder, every, other)) }},
		{"expunge/10000", func(b *testing.B) {
			b.StopTimer()
			c := must[Copied](b)(s.Copy(background, folder, run, other))
			b.StartTimer()
			must[[]UID](b)(s.Expunge(background, other, c.To))
		}},
	} {
		b.Run(row.name, func(b *testing.B) {
			for range b.N {
				row.do(b)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms")
		})
	}
}
