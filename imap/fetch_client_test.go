package imap

import (
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
)

// fetching is a client that has selected bob's INBOX.
func fetching(t *testing.T, s *Server) *Client {
	t.Helper()
	ours, theirs := net.Pipe()
	go s.ServeConn(theirs)
	c := NewClient(ours)
	t.Cleanup(func() { c.Close() })
	if err := c.Greet(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Login("bob", "sesame"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(&Select{Mailbox: Inbox}, nil); err != nil {
		t.Fatal(err)
	}
	return c
}

func items(t *testing.T, text string) []FetchItem {
	t.Helper()
	all, err := ParseFetchItems(text)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestClientFetch(t *testing.T) {
	s, _ := bobs(3)
	c := fetching(t, s)
	set, err := ParseMessageSet("2:*")
	if err != nil {
		t.Fatal(err)
	}
	var got []*FetchData
	cmd := &Fetch{UID: true, Messages: set, Items: items(t, "FLAGS ENVELOPE BODYSTRUCTURE BODY.PEEK[TEXT] BODY.PEEK[9]")}
	r, err := c.Fetch(cmd, func(d *FetchData) error { got = append(got, d); return nil })
	if err != nil || r.Status != OK || len(got) != 2 {
		t.Fatalf("%v, %v, %d", r, err, len(got))
	}
	d := got[1]
	text, there := d.Section("text")
	if d.Number != 3 || d.UID != 3 || !d.HasFlags || d.Flags != FlagRecent || d.Envelope.Subject.Text != "letter 3" ||
		d.Envelope.From[0].Name != "Alice" || d.Structure.Subtype != "plain" || !d.Structure.Extended || !there ||
		string(text) != "This is letter 3.\r\n" {
		t.Errorf("%+v %q", d, text)
	}
	if text, _ := got[0].Section("TEXT"); string(text) != "This is letter 2.\r\n" { // what was told may be kept
		t.Errorf("%q", text)
	}
	if _, err := c.Noop(); err != nil || string(text) != "This is letter 3.\r\n" {
		t.Errorf("%v, %q", err, text)
	}
	mine := errors.New("enough")
	n := 0
	_, err = c.Fetch(cmd, func(*FetchData) error { n++; return mine })
	if err != mine || n != 1 {
		t.Errorf("%v after %d", err, n)
	}
	c.Capabilities = Capabilities{rev1}
	for _, text := range []string{"MODSEQ", "BINARY[1]"} {
		_, err := c.Fetch(&Fetch{Messages: set, Items: items(t, text)}, func(*FetchData) error { return nil })
		if needed := (*NotOfferedError)(nil); !errors.As(err, &needed) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Octets of a section go where the caller wants them, a piece at a time.
func TestClientFetchTo(t *testing.T) {
	m := newMemory()
	s := serverOver(m)
	text := sample(1) + strings.Repeat("a line of the body\r\n", 50_000)
	m.deliver("bob@lab.test", Inbox, text, 0)
	c := fetching(t, s)
	c.Bounds.Literal = 1000
	set, _ := ParseMessageSet("1")
	var file bytes.Buffer
	var asked []string
	_, err := c.FetchTo(&Fetch{Messages: set, Items: items(t, "BODY[] BODY[TEXT]<4.9>")},
		func(number uint32, section *FetchItem, octets int64) io.Writer {
			asked = append(asked, section.Section.String())
			if section.Section.Text == SectionAll && int(octets) == len(text) && number == 1 {
				return &file
			}
			return nil
		}, func(d *FetchData) error {
			if d.Flags&FlagSeen == 0 || len(d.Sections) != 2 || len(d.Sections[0].Octets) != 0 ||
				string(d.Sections[1].Octets) != " is lette" || d.Sections[1].Start != 4 {
				t.Errorf("%+v", d)
			}
			return nil
		})
	if err != nil || file.String() != text || !slices.Equal(asked, []string{"", "TEXT"}) {
		t.Errorf("%v, %d octets of %d, %q", err, file.Len(), len(text), asked)
	}
}

// Flags that nobody asked for are news, unless they come with what was asked for.
func TestFetchUnasked(t *testing.T) {
	const said = "* 1 FETCH (FLAGS (\\Seen) UID 9)\r\n* 2 FETCH (UID 10 RFC822.SIZE 7 FLAGS ())\r\n* 9 EXISTS\r\na001 OK\r\n|"
	for _, row := range []struct {
		items       string
		told, asked int
	}{{"(UID RFC822.SIZE)", 2, 1}, {"(FLAGS RFC822.SIZE)", 1, 2}} {
		c, _ := to(t, hello+said)
		if err := c.Greet(); err != nil {
			t.Fatal(err)
		}
		_, cmd, err := ParseCommand([]byte("a FETCH 1:2 " + row.items))
		if err != nil {
			t.Fatal(err)
		}
		told, asked := 0, 0
		c.Unasked = func(Data) { told++ }
		if _, err := c.Fetch(cmd.(*Fetch), func(*FetchData) error { asked++; return nil }); err != nil {
			t.Error(err)
		}
		if told != row.told || asked != row.asked {
			t.Errorf("%s: %d told, %d asked for", row.items, told, asked)
		}
	}
}

// What cannot be kept is read to its end all the same, and the session goes on.
func TestFetchDiskFull(t *testing.T) {
	s, _ := bobs(3)
	c := fetching(t, s)
	all, _ := ParseMessageSet("1:*")
	full := errors.New("disk full")
	_, err := c.FetchTo(&Fetch{Messages: all, Items: items(t, "BODY[]")},
		func(uint32, *FetchItem, int64) io.Writer { return failing{full} },
		func(*FetchData) error { return nil })
	if err != full {
		t.Error(err)
	}
	if _, err := c.Noop(); err != nil {
		t.Error(err)
	}
}

type failing struct{ error }

func (f failing) Write([]byte) (int, error) { return 0, f.error }
