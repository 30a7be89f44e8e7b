package mailbox

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestBatch: its bodies are those that Body returns, whatever their order, their size and
// their number, and however often it is used.
func TestBatch(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	for _, octets := range []int{200, 1000, 5000, pieceSize, 2*pieceSize + 9, 300, 400} {
		s.deliver(t, letter(octets), bob.Inbox)
	}
	texts := make(map[BodyID]string)
	var ids []BodyID
	for _, m := range must[[]Message](t)(s.List(background, bob.Inbox, 0, 0)) {
		texts[m.Body] = read(t, must[*Body](t)(s.Body(background, m.Body)))
		ids = append(ids, m.Body)
	}
	const none = 999_999
	b := s.NewBatch()
	for _, asked := range [][]BodyID{nil, {none}, ids[:1], ids, {ids[3], none, ids[0], ids[3]},
		slices.Concat(ids, ids, ids)[:ManyBodies], ids[1:2]} {
		check(t, b.Read(background, asked))
		for _, id := range append(ids, none) {
			body, err := b.Body(id)
			switch {
			case id == none || !slices.Contains(asked, id):
				if !errors.Is(err, ErrNoBody) {
					t.Errorf("%v: %d is there: %v", asked, id, err)
				}
			case err != nil:
				t.Errorf("%v: %d is not there: %v", asked, id, err)
			case body.ID != id || read(t, body) != texts[id]:
				t.Errorf("%v: %d is %d and has %d octets", asked, id, body.ID, body.Octets)
			}
		}
	}
	ended, end := context.WithCancel(background)
	end()
	if err := b.Read(ended, ids); err == nil {
		t.Error("bodies were read after the end")
	}
	if _, err := b.Body(ids[1]); !errors.Is(err, ErrNoBody) {
		t.Errorf("what was read before a failure is still there: %v", err)
	}
}

// read is what a body writes.
func read(t *testing.T, b *Body) string {
	t.Helper()
	var text strings.Builder
	if n, err := b.WriteTo(&text); err != nil || n != b.Octets || text.Len() != int(n) {
		t.Errorf("body %d wrote %d octets of %d, %v", b.ID, n, b.Octets, err)
	}
	return text.String()
}

// BenchmarkBatch5K reads messages of 5 KB one after the other, each by itself or many at a
// time.
func BenchmarkBatch5K(b *testing.B) {
	s := newStore(b, fixture{})
	bob := must[User](b)(s.AddUser(background, "bob"))
	text := letter(5 << 10)
	for range 2000 {
		s.deliver(b, text, bob.Inbox)
	}
	var ids []BodyID
	for _, m := range must[[]Message](b)(s.List(background, bob.Inbox, 0, 0)) {
		ids = append(ids, m.Body)
	}
	b.Run("one", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			must[*Body](b)(s.Body(background, ids[i%len(ids)]))
		}
	})
	b.Run("many", func(b *testing.B) {
		b.ReportAllocs()
		batch := s.NewBatch()
		for i := 0; b.Loop(); i++ {
			if i%ManyBodies == 0 {
				check(b, batch.Read(background, ids[i%len(ids):][:ManyBodies]))
			}
		}
	})
}
