package sandbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"

	"mailtool/imap"
	"mailtool/mailbox"
)

// TestWindow: whatever is announced, and whatever is asked for then, each message has its own
// octets and its own subject.
func TestWindow(t *testing.T) {
	c := logInto(t, Options{})
	s := c.organize("bob")
	var texts []string
	for i := range 200 {
		size := 3000
		if i%50 == 7 {
			size = 2 * aheadOctets
		}
		texts = append(texts, fmt.Sprintf("Subject: %d\r\n\r\n%s\r\n", i, strings.Repeat("x", size)))
	}
	appended(t, s, "INBOX", 0, texts...)
	box := c.choose(s, "INBOX")
	ms := box.Messages()
	random := rand.New(rand.NewPCG(1, 1))
	for range 60 {
		var announced []*imap.Message
		for _, m := range ms {
			if random.IntN(4) > 0 {
				announced = append(announced, m)
			}
		}
		box.Ahead(announced)
		most := len(announced)
		if random.IntN(2) == 0 {
			most = random.IntN(most) // another command, in the middle
		}
		skip, both := random.IntN(3), random.IntN(3)
		for i := 0; i < most; i += 1 + random.IntN(1+skip*10) {
			m := announced[i]
			if random.IntN(20) == 0 {
				m = ms[random.IntN(len(ms))]
			}
			want := texts[m.UID-1]
			if both != 1 {
				checkBody(t, box, m, want)
			}
			if both != 2 {
				st, err := box.Structure(t.Context(), m)
				if err != nil || len(st.Fields) == 0 ||
					!strings.HasPrefix(want, "Subject: "+strings.TrimSpace(st.Fields[0].Value)+"\r\n") {
					t.Fatalf("UID %d is said to have other fields: %v, %v", m.UID, st, err)
				}
			}
		}
	}
	box.Ahead(ms)
	for _, m := range ms[:30] {
		checkBody(t, box, m, texts[m.UID-1])
	}
	box.Close() // while more is on its way
}

func checkBody(t *testing.T, box imap.Mailbox, m *imap.Message, want string) {
	t.Helper()
	b, err := box.Body(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	if _, err := b.WriteTo(&got); err != nil || got.String() != want {
		t.Fatalf("UID %d has other octets: %.40q, not %.40q, %v", m.UID, got.String(), want, err)
	}
}

// TestWindowAhead: who goes on finds the next window read, even where that failed once; who takes
// a message here and there causes no reading but his own.
func TestWindowAhead(t *testing.T) {
	c := logInto(t, Options{})
	s := c.organize("bob")
	var texts []string
	for i := range 10 * mailbox.ManyBodies {
		texts = append(texts, fmt.Sprintf("Subject: %d\r\n\r\n", i))
	}
	appended(t, s, "INBOX", 0, texts...)
	box := c.choose(s, "INBOX").(*selection)
	ms := box.Messages()
	var asked, fails atomic.Int32
	w := &box.reader.bodies
	w.load = func(b *mailbox.Batch, ctx context.Context, ids []mailbox.BodyID) error {
		if asked.Add(1) == fails.Load() {
			return errors.New("the disk is slow today")
		}
		return b.Read(ctx, ids)
	}
	// questions reads every so many messages and says how often the mailbox was asked.
	questions := func(step int) int32 {
		box.Ahead(ms)
		asked.Store(0)
		for i := 0; i < len(ms); i += step {
			checkBody(t, box, ms[i], texts[i])
		}
		box.Ahead(nil)
		return asked.Load()
	}
	if n := questions(1); n != 10 {
		t.Errorf("in order the mailbox was asked %d times", n)
	}
	fails.Store(4)
	if n := questions(1); n != 11 {
		t.Errorf("where one question failed the mailbox was asked %d times", n)
	}
	fails.Store(0)
	if n := questions(2*mailbox.ManyBodies + 1); n != 5 {
		t.Errorf("for five messages the mailbox was asked %d times", n)
	}
	box.Close()
	if w.coming != nil {
		t.Error("something is still on its way")
	}
}
