package mailbox

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"mailtool/mime/scan"
)

const manyParts = "Date: Mon, 23 Nov 2026 10:15:02 +0800\r\nFROM: alice\r\n <alice@lab.test>\r\n" +
	"Subject: =?utf-8?q?caf=C3=A9?=\r\nX-Other: no\r\nContent-Type: multipart/mixed;\r\n" +
	" boundary=\"b\"; x*0=a; x*1=b\r\n\r\npre\r\n--b\r\n\r\none\r\n--b\r\n" +
	"Content-Type: message/rfc822\r\n\r\nSubject: within\r\n\r\nbody\r\n--b--\r\nepilogue\r\n"

func TestDerived(t *testing.T) {
	s, _, bob := newHooked(t)
	long := manyParts + strings.Repeat("x\r\n", pieceSize)
	for name, text := range map[string]string{"parts": manyParts, "long": long, "nothing": "",
		"no header": "\r\nbody"} {
		p := s.deliver(t, text, bob.Inbox)
		m := must[Message](t)(s.Message(background, bob.Inbox, p[0].UID))
		first := must[*Derived](t)(s.Derived(background, m.Body))
		if want := treeOf(text); !reflect.DeepEqual(first.Tree(), want) {
			t.Errorf("%s: tree %+v, want %+v", name, first.Tree(), want)
		}
		kept(t, s, m.Body, first)
		again := must[*Derived](t)(s.Derived(background, m.Body))
		if !reflect.DeepEqual(again.Tree(), first.Tree()) ||
			!reflect.DeepEqual(again.Fields, first.Fields) {
			t.Errorf("%s: read again\n%+v, first\n%+v", name, again, first)
		}
	}
	p := s.deliver(t, manyParts, bob.Inbox)
	m := must[Message](t)(s.Message(background, bob.Inbox, p[0].UID))
	d := must[*Derived](t)(s.Derived(background, m.Body))
	for name, want := range map[string]string{"from": "alice <alice@lab.test>", "X-Other": "",
		"Subject": "=?utf-8?q?caf=C3=A9?=", "To": ""} {
		if got := d.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// treeOf is the tree of a message, with fields.
func treeOf(text string) *scan.Tree {
	s := scan.Scanner{Keep: true}
	s.Write([]byte(text))
	return s.End()
}

// kept waits until what was derived is kept: nobody is told.
func kept(t *testing.T, s *Store, id BodyID, want *Derived) {
	t.Helper()
	got := new(Derived)
	for range 1000 {
		var data []byte
		err := s.read.row(background, selectDerived, []any{id, derivedVersion}, []any{&data})
		if err == nil && intact(data) {
			got.read(string(data))
			if got.decode(); reflect.DeepEqual(got.Tree(), want.Tree()) {
				return
			}
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("of %d is kept %+v, want %+v", id, got, want)
}

// What another version wrote is made anew, and so is what cannot be read.
func TestDerivedOfAnotherVersion(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	s.deliver(t, manyParts, bob.Inbox)
	m := must[Message](t)(s.Message(background, bob.Inbox, 1))
	want := must[*Derived](t)(s.Derived(background, m.Body))
	kept(t, s, m.Body, want)
	for what, query := range map[string]string{
		"older":   "UPDATE derived SET version = version - 1, data = x'00'",
		"garbage": "UPDATE derived SET data = x'ffff'",
		"cut":     "UPDATE derived SET data = substr(data, 1, length(data) - 1)",
	} {
		check(t, s.do(background, 0, func(t *tx) error { return t.exec(query) }))
		got := must[*Derived](t)(s.Derived(background, m.Body))
		if !reflect.DeepEqual(got.Tree(), want.Tree()) {
			t.Errorf("%s: %+v", what, got.Tree())
		}
		kept(t, s, m.Body, want)
	}
}

// Nothing is derived on the way to 250.
func TestNothingIsDerivedByDelivery(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	s.deliver(t, manyParts, bob.Inbox)
	if n := count(t, s, "SELECT COUNT(*) FROM derived"); n != 0 {
		t.Errorf("%d derived", n)
	}
}

// FuzzDerived: what was written is what is read.
func FuzzDerived(f *testing.F) {
	for _, text := range []string{"", manyParts, letter(1000)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want := treeOf(text)
		data := encodeDerived(want)
		if !intact(data) {
			t.Fatal("not intact")
		}
		var d Derived
		for range 2 { // the second time in memory that was used
			d.read(string(data))
			if got := d.Tree(); !reflect.DeepEqual(got, want) {
				t.Fatalf("%q: %+v, want %+v", text, got, want)
			}
			if !slices.Equal(d.Fields, want.Root.Fields) {
				t.Fatalf("%q: fields %v, want %v", text, d.Fields, want.Root.Fields)
			}
		}
	})
}

// FuzzDecodeDerived: whatever has the right checksum yields a tree.
func FuzzDecodeDerived(f *testing.F) {
	for _, text := range []string{"", manyParts, letter(1000)} {
		f.Add(encodeDerived(treeOf(text))[4:])
	}
	f.Add([]byte{0xff, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		var d Derived
		d.read("sum." + string(data))
		n := 0
		d.Tree().Root.Walk(func(*scan.Part) bool { n++; return true })
		if n > len(data)+1 {
			t.Errorf("%x: %d parts", data, n)
		}
	})
}

// TestReadDerived: it tells of each body what Derived tells of it, in any order, however many
// are asked for, and whether or not they were derived before.
func TestReadDerived(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	texts := map[BodyID]string{}
	var ids []BodyID
	for i := range 200 {
		text := strings.Replace(manyParts, "Subject: ", fmt.Sprintf("Subject: %d ", i), 1)
		if i%50 == 9 {
			text += strings.Repeat("x\r\n", pieceSize)
		}
		p := s.deliver(t, text, bob.Inbox)
		id := must[Message](t)(s.Message(background, bob.Inbox, p[0].UID)).Body
		texts[id] = text
		ids = append(ids, id)
	}
	const none = 999_999
	b := s.NewBatch()
	spread := []BodyID{ids[199], ids[1], none, ids[77], ids[1]}
	far := append([]BodyID{none, ids[5]}, ids[30:130]...) // more than one question names
	far = append(far, ids[5], ids[31])
	for round := range 2 {
		for _, asked := range [][]BodyID{nil, {none}, ids[:1], ids[:64], ids[30:94], spread,
			far, ids[150:]} {
			check(t, b.ReadDerived(background, asked))
			for _, id := range slices.Concat(asked, []BodyID{none, ids[120]}) {
				d, err := b.Derived(id)
				switch {
				case id == none || !slices.Contains(asked, id):
					if !errors.Is(err, ErrNoBody) {
						t.Errorf("%v: %d is there: %v", asked, id, err)
					}
				case err != nil:
					t.Errorf("%v: %d is not there: %v", asked, id, err)
				default:
					want := treeOf(texts[id])
					if !slices.Equal(d.Fields, want.Root.Fields) ||
						!reflect.DeepEqual(d.Tree(), want) {
						t.Errorf("round %d: of %d: %+v, want %+v", round, id, d.Tree(), want)
					}
				}
			}
		}
		check(t, s.do(background, 0, func(*tx) error { return nil })) // what was offered is kept
	}
	if n := count(t, s, "SELECT COUNT(*) FROM derived"); n != 180 {
		t.Errorf("%d are kept, want 180", n)
	}
	check(t, s.do(background, 0, func(t *tx) error {
		return t.exec("UPDATE derived SET data = x'00' WHERE body_id = $1", int64(ids[3]))
	}))
	check(t, b.ReadDerived(background, ids[:8]))
	check(t, s.do(background, 0, func(t *tx) error {
		return errors.Join(t.exec("DELETE FROM derived"),
			t.exec("UPDATE pieces SET data = x'00' WHERE n = 0 AND body_id = $1", int64(ids[9])))
	}))
	check(t, b.ReadDerived(background, ids[3:10]))
	if _, err := b.Derived(ids[9]); !errors.Is(err, ErrNoBody) {
		t.Errorf("a broken body: %v", err)
	}
	d := must[*Derived](t)(b.Derived(ids[3]))
	if got := d.Get("subject"); got != "3 =?utf-8?q?caf=C3=A9?=" {
		t.Errorf("what was damaged is %q", got)
	}
}

// BenchmarkDerived5K reads what was derived of 10,000 messages of 5 KB.
func BenchmarkDerived5K(b *testing.B) {
	s := newStore(b, fixture{})
	bob := must[User](b)(s.AddUser(background, "bob"))
	text := letter(5 << 10)
	var ids []BodyID
	for range 10_000 {
		s.deliver(b, text, bob.Inbox)
	}
	for _, m := range must[[]Entry](b)(s.Entries(background, bob.Inbox)) {
		ids = append(ids, m.Body)
	}
	spread := slices.Clone(ids)
	for i := range spread {
		spread[i] = ids[i*7919%len(ids)]
	}
	batch := s.NewBatch()
	read := func(ids []BodyID, each func(*Derived)) func(b *testing.B) {
		return func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for some := range slices.Chunk(ids, ManyDerived) {
					check(b, batch.ReadDerived(background, some))
					for _, id := range some {
						each(must[*Derived](b)(batch.Derived(id)))
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(ids)), "ns/message")
		}
	}
	b.Run("first", func(b *testing.B) {
		b.StopTimer()
		for range b.N {
			check(b, s.do(background, 0, func(t *tx) error { return t.exec("DELETE FROM derived") }))
			b.StartTimer()
			for some := range slices.Chunk(ids, ManyDerived) {
				check(b, batch.ReadDerived(background, some))
			}
			b.StopTimer()
			check(b, s.do(background, 0, func(*tx) error { return nil }))
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(ids)), "ns/message")
	})
	b.Run("fields", read(ids, func(d *Derived) {}))
	b.Run("spread", read(spread, func(d *Derived) {}))
	var list []scan.Address
	b.Run("envelope", read(ids, func(d *Derived) {
		for _, name := range []string{"From", "Sender", "Reply-To", "To", "Cc", "Bcc"} {
			list = scan.AppendAddresses(list[:0], d.Get(name))
		}
	}))
	b.Run("tree", read(ids, func(d *Derived) { d.Tree() }))
}
