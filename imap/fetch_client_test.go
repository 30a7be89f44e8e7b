package imap

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// A message goes where it is wanted, as it is; where it cannot be kept, the session goes on.
func TestClientFetch(t *testing.T) {
	s, _ := bobs(3)
	c := connect(t, s)
	if _, err := c.Login("bob", "sesame"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Select(&Select{Mailbox: Inbox}); err != nil {
		t.Fatal(err)
	}
	all, err := ParseMessageSet("1:*")
	if err != nil {
		t.Fatal(err)
	}
	cmd := &Fetch{Messages: all, Items: []FetchItem{{Kind: FetchUID}, {Kind: FetchSection,
		Peek: true}}}
	bodies := make([]bytes.Buffer, 4)
	into := func(n uint32, item string, octets int64) io.Writer {
		if item != "BODY[]" || octets != int64(len(sample(int(n)))) {
			t.Errorf("%d %s %d", n, item, octets)
		}
		if n == 2 {
			return nil
		}
		return &bodies[n]
	}
	seen := 0
	each := func(d *FetchData) error {
		seen++
		octets, ok := d.Section("")
		if want := d.Number == 2; !ok || d.UID != d.Number ||
			want != (string(octets) == sample(2)) {
			t.Errorf("%+v", d)
		}
		return nil
	}
	if r, err := c.Fetch(cmd, each, into); err != nil || r.Status != OK || seen != 3 {
		t.Error(r, err, seen)
	}
	if bodies[1].String() != sample(1) || bodies[2].Len() > 0 || bodies[3].String() != sample(3) {
		t.Errorf("%q %q %q", bodies[1].String(), bodies[2].String(), bodies[3].String())
	}
	full := errors.New("disk full")
	_, err = c.Fetch(cmd, func(*FetchData) error { return nil }, func(uint32, string,
		int64) io.Writer {
		return failing{full}
	})
	if err != full {
		t.Error(err)
	}
	if err := noop(c); err != nil {
		t.Error(err)
	}
}

type failing struct{ error }

func (f failing) Write([]byte) (int, error) { return 0, f.error }

// Flags that nobody asked for are news, unless they come with what was asked for.
func TestFetchUnasked(t *testing.T) {
	const said = "* 1 FETCH (FLAGS (\\Seen) UID 9)\r\n" +
		"* 2 FETCH (UID 10 RFC822.SIZE 7 FLAGS ())\r\n* 9 EXISTS\r\na001 OK\r\n|"
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
		if _, err := c.Fetch(cmd.(*Fetch), func(*FetchData) error { asked++; return nil },
			nil); err != nil {
			t.Error(err)
		}
		if told != row.told || asked != row.asked {
			t.Errorf("%s: %d told, %d asked for", row.items, told, asked)
		}
	}
}
