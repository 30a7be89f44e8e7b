package mailbox

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
)

// canonical is what a lineCheck should find, told the slow way.
func canonical(b []byte) bool {
	rest := bytes.ReplaceAll(b, []byte("\r\n"), nil)
	return bytes.IndexByte(rest, '\r') < 0 && bytes.IndexByte(rest, '\n') < 0
}

func FuzzLineCheck(f *testing.F) {
	for _, s := range []string{"", "a", "a\r\n", "a\nb", "a\rb", "\r", "\n", "\r\r\n", "\r\n\n",
		"a\r\n\r\nb\r", "\r\n\r", "a\r\nb\nc\r\n", "\r\n\r\n", "a\rb\r\n"} {
		f.Add([]byte(s), byte(1))
		f.Add([]byte(s), byte(0))
	}
	f.Fuzz(func(t *testing.T, b []byte, cut byte) {
		var c lineCheck
		for rest := b; len(rest) > 0; {
			n := min(len(rest), 1+int(cut)%7)
			c.write(rest[:n])
			rest = rest[n:]
		}
		// "\r\n" within "\r\r\n" is no excuse for the first CR: ReplaceAll leaves it.
		if c.ok() != canonical(b) {
			t.Errorf("%q cut by %d: %v", b, cut, c.ok())
		}
	})
}

func TestLineCheckRandomly(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		b := make([]byte, r.IntN(8))
		for i := range b {
			b[i] = "\r\na"[r.IntN(3)]
		}
		var c lineCheck
		at := r.IntN(len(b) + 1)
		c.write(b[:at])
		c.write(b[at:])
		if c.ok() != canonical(b) {
			t.Fatalf("%q cut at %d: %v", b, at, c.ok())
		}
	}
}

func TestOnlyCRLF(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	long := strings.Repeat("x", pieceSize) + "\n"
	for _, text := range []string{"a\nb", "a\rb\r\n", "a\r", "\n", long} {
		d := s.draft(t, text)
		_, err := d.Deliver(background, Delivery{To: []FolderID{bob.Inbox}})
		if !errors.Is(err, ErrLines) {
			t.Errorf("%.10q...: %v", text, err)
		}
		_, err = s.Append(background, bob.Inbox, Appended{Draft: d})
		if !errors.Is(err, ErrLines) {
			t.Errorf("append %.10q...: %v", text, err)
		}
		d.Discard()
	}
	for _, text := range []string{"", "a", "a\r\n", "\r\n\r\n", "\x00\xff\r\n"} {
		p := s.deliver(t, text, bob.Inbox)
		m := must[Message](t)(s.Message(background, bob.Inbox, p[0].UID))
		if got := s.text(t, m.Body); got != text || m.Octets != int64(len(text)) {
			t.Errorf("%q came back as %q of %d", text, got, m.Octets)
		}
	}
}

func TestLargeBodies(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	r := rand.New(rand.NewPCG(3, 4))
	for _, octets := range []int{pieceSize - 1, pieceSize, pieceSize + 1, 2*pieceSize - 1,
		2 * pieceSize, 2*pieceSize + 1, 5*pieceSize + 77} {
		text := letter(octets)
		for name, write := range map[string]func(*Draft) error{
			"Write": func(d *Draft) error {
				_, err := io.WriteString(struct{ io.Writer }{d}, text)
				return err
			},
			"Write pieces": func(d *Draft) error {
				for rest := text; len(rest) > 0; {
					n := min(len(rest), 1+r.IntN(70_000))
					if k, err := d.Write([]byte(rest[:n])); err != nil || k != n {
						return err
					}
					rest = rest[n:]
				}
				return nil
			},
			"ReadFrom": func(d *Draft) error {
				_, err := d.ReadFrom(iotest.HalfReader(strings.NewReader(text)))
				return err
			},
		} {
			d := s.Draft(background)
			check(t, write(d))
			if d.Size() != int64(octets) {
				t.Errorf("%s %d: size %d", name, octets, d.Size())
			}
			p := must[[]Place](t)(d.Deliver(background, Delivery{To: []FolderID{bob.Inbox}}))
			m := must[Message](t)(s.Message(background, bob.Inbox, p[0].UID))
			b := must[*Body](t)(s.Body(background, m.Body))
			if octets == 2*pieceSize+1 && name == "ReadFrom" {
				check(t, iotest.TestReader(b.Reader(), []byte(text)))
			}
			if s.text(t, m.Body) != text {
				t.Errorf("%s %d: another text", name, octets)
			}
		}
	}
	if n := s.memory.Load(); n != 0 {
		t.Errorf("%d octets are held at the end", n)
	}
	leftovers(t, s)
}

func TestReadFromFailing(t *testing.T) {
	s := newStore(t, fixture{})
	d := s.Draft(background)
	defer d.Discard()
	n, err := d.ReadFrom(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("ab"))))
	if n != 1 || !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("%d, %v", n, err)
	}
}

func TestMemory(t *testing.T) {
	s := newStore(t, fixture{memory: 3 * pieceSize})
	bob := must[User](t)(s.AddUser(background, "bob"))
	half := []byte(strings.Repeat("x", pieceSize/2))
	var drafts []*Draft
	for range 6 {
		d := s.Draft(background)
		must[int](t)(d.Write(half))
		drafts = append(drafts, d)
	}
	d := s.Draft(background)
	if n, err := d.Write([]byte("x")); n != 0 || !errors.Is(err, ErrMemory) {
		t.Errorf("one too many: %d, %v", n, err)
	}
	d.Discard()
	if _, err := d.Write([]byte("x")); err == nil {
		t.Error("a discarded draft takes more")
	}
	drafts[0].Discard()
	drafts[0].Discard()
	must[[]Place](t)(drafts[1].Deliver(background, Delivery{To: []FolderID{bob.Inbox}}))
	drafts[1].Discard() // does nothing
	// What is staged does not count: this one alone is larger than all memory.
	d = s.Draft(background)
	for range 20 {
		must[int](t)(d.Write(half))
	}
	if s.memory.Load() > 3*pieceSize {
		t.Errorf("%d octets are held", s.memory.Load())
	}
	must[[]Place](t)(d.Deliver(background, Delivery{To: []FolderID{bob.Inbox}}))
	for _, d := range drafts[2:] {
		d.Discard()
	}
	if n := s.memory.Load(); n != 0 {
		t.Errorf("%d octets are held at the end", n)
	}
	if n := must[Folder](t)(s.FolderByID(background, bob.Inbox)).Messages; n != 2 {
		t.Errorf("%d messages", n)
	}
}

func TestUsedDraft(t *testing.T) {
	s := newStore(t, fixture{})
	bob := must[User](t)(s.AddUser(background, "bob"))
	d := s.draft(t, "\r\n")
	to := Delivery{To: []FolderID{bob.Inbox}}
	must[[]Place](t)(d.Deliver(background, to))
	if _, err := d.Deliver(background, to); err == nil {
		t.Error("a draft is delivered twice")
	}
}
