package imap

import "testing"

// TestFetchReader: a FETCH response is read as far as its items are to be told apart, in whatever
// pieces it comes.
func TestFetchReader(t *testing.T) {
	for _, c := range []struct {
		text         string
		uid          uint32
		asked, ended bool
	}{
		{"(UID 7 FLAGS (\\Seen UID 9))", 7, false, true},
		{"(flags () uid 7)", 7, false, true},
		{"(MODSEQ (5) FLAGS ())", 0, false, true},
		{"(BODY[HEADER.FIELDS (UID)] \"UID 8\" UID 7)", 7, true, true},
		{"(ENVELOPE (\"a \\\" UID 8)\" NIL) UID 4294967296)", 4294967295, true, true},
		{"(BODY[]<0> {3} UID 7)", 7, true, true},
		{"(X-UID 7)", 0, true, true},
		{"(FLAGS () X (UID 7", 0, true, false},
		{"UID 7", 0, false, false},
		{"(UID)", 0, false, true},
		{"(UID 7) UID 8)", 7, false, true},
		{"", 0, false, false},
	} {
		var whole, cut fetchReader
		whole.read([]byte(c.text))
		for i := range len(c.text) {
			cut.read([]byte(c.text[i : i+1]))
		}
		if whole != cut {
			t.Errorf("%s: in pieces %+v, whole %+v", c.text, cut, whole)
		}
		if whole.uid != c.uid || whole.asked != c.asked || whole.ended != c.ended {
			t.Errorf("%s: %+v", c.text, whole)
		}
	}
}
