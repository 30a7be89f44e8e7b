package mailbox

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
)

// TestBodies: they are what Body returns, whatever their order, their size and their number.
func TestBodies(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	texts := make(map[BodyID]string)
	for _, octets := range []int{200, 1000, 5000, pieceSize, 2*pieceSize + 9, 300, 400} {
		s.deliver(t, letter(octets), bob.Inbox)
	}
	var ids []BodyID
	for _, m := range must[[]Message](t)(s.List(background, bob.Inbox, 0, 0)) {
		b := must[*Body](t)(s.Body(background, m.Body))
		texts[m.Body] = string(must[[]byte](t)(io.ReadAll(b.Reader())))
		ids = append(ids, m.Body)
	}
	const none = 999_999
	for _, asked := range [][]BodyID{nil, {none}, ids[:1], ids, {ids[3], none, ids[0], ids[3]},
		slices.Concat(ids, ids, ids)[:ManyBodies]} {
		got, err := s.Bodies(background, asked)
		if err != nil || len(got) != len(asked) {
			t.Fatalf("%d bodies of %d, %v", len(got), len(asked), err)
		}
		for i, b := range got {
			if asked[i] == none {
				if b != nil {
					t.Errorf("%v: body %d is there", asked, i)
				}
				continue
			}
			var text strings.Builder
			n, err := b.WriteTo(&text)
			if err != nil || b.ID != asked[i] || n != b.Octets || text.String() != texts[asked[i]] {
				t.Errorf("%v: body %d has %d octets of %d, %v", asked, i, n, b.Octets, err)
			}
		}
	}
	ended, end := context.WithCancel(background)
	end()
	if _, err := s.Bodies(ended, ids); err == nil {
		t.Error("bodies were read after the end")
	}
}

// BenchmarkBodies reads messages of 5 KB one after the other, each by itself or many at a
// time.
func BenchmarkBodies(b *testing.B) {
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
		for i := 0; b.Loop(); i++ {
			if i%ManyBodies == 0 {
				must[[]*Body](b)(s.Bodies(background, ids[i%len(ids):][:ManyBodies]))
			}
		}
	})
}
