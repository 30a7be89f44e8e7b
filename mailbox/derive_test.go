package mailbox

import (
	"reflect"
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
		if want := scan.Parse([]byte(text), scan.Limits{}); !reflect.DeepEqual(first.Tree, want) {
			t.Errorf("%s: tree %+v, want %+v", name, first.Tree, want)
		}
		kept(t, s, m.Body, first)
		again := must[*Derived](t)(s.Derived(background, m.Body))
		if !reflect.DeepEqual(again, first) {
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

// kept waits until what was derived is kept: nobody is told.
func kept(t *testing.T, s *Store, id BodyID, want *Derived) {
	t.Helper()
	var got *Derived
	for range 1000 {
		var data []byte
		err := s.read.row(background, selectDerived, []any{id, derivedVersion}, []any{&data})
		if d, ok := decodeDerived(data); err == nil && ok {
			if got = d; reflect.DeepEqual(got, want) {
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
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v", what, got)
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

func FuzzDecodeDerived(f *testing.F) {
	for _, text := range []string{"", manyParts, letter(1000)} {
		f.Add(encodeDerived(&Derived{Tree: scan.Parse([]byte(text), scan.Limits{})}))
	}
	f.Add([]byte{0xff, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		d, ok := decodeDerived(data)
		if !ok {
			return
		}
		again, ok := decodeDerived(encodeDerived(d))
		if !ok || !reflect.DeepEqual(again, d) {
			t.Errorf("%x: %+v, again %+v", data, d, again)
		}
	})
}
