package imap

import (
	"slices"
	"testing"
)

func TestMessageSetIsPrintedAsItIsParsed(t *testing.T) {
	for _, text := range []string{"1", "*", "$", "1:*", "2:4,7,*:9", "1,$"} {
		m, err := ParseMessageSet(text)
		if err != nil || m.String() != text {
			t.Errorf("%s: %v, %v", text, m, err)
		}
	}
	for _, text := range []string{"", "0", "1:", "$,1", "$$", "1,,2", "4294967296", "01", "a"} {
		if m, err := ParseMessageSet(text); err == nil {
			t.Errorf("%q is taken for %v", text, m)
		}
	}
}

// viewOf is a session that knows messages with these UIDs.
func viewOf(uids ...UID) *session {
	s := &session{srv: &Server{Capabilities: StandardCapabilities()}, sel: &selected{}}
	for _, u := range uids {
		s.sel.messages = append(s.sel.messages, &Message{UID: u})
	}
	return s
}

func TestFind(t *testing.T) {
	for _, c := range []struct {
		set  string
		uid  bool
		want []int // nil: BAD
	}{
		{"1", false, []int{0}},
		{"1:*", false, []int{0, 1, 2, 3}},
		{"*", false, []int{3}},
		{"3,1:2,2", false, []int{0, 1, 2}},
		{"4:2", false, []int{1, 2, 3}},
		{"5", false, nil},
		{"1,4:5", false, nil},
		{"$", false, []int{1, 3}},
		{"1,$", false, []int{0, 1, 3}},
		{"5", true, []int{0}},
		{"6", true, []int{}},
		{"4294967295", true, []int{}},
		{"1:4294967295", true, []int{0, 1, 2, 3}},
		{"1000:*", true, []int{3}},
		{"*", true, []int{3}},
		{"$", true, []int{1, 3}},
		{"6,$", true, []int{1, 3}},
	} {
		s := viewOf(5, 7, 8, 20)
		s.sel.saved = SetOf([]UID{6, 7, 20}) // 6 was expunged
		m, err := ParseMessageSet(c.set)
		if err != nil {
			t.Fatal(err)
		}
		got, r := s.find(m, c.uid)
		if (r != nil) != (c.want == nil) || !slices.Equal(got, c.want) {
			t.Errorf("%s, UIDs %t: %v, %v, want %v", c.set, c.uid, got, r, c.want)
		}
	}
}

func TestFindInAnEmptyMailbox(t *testing.T) {
	for _, c := range []struct {
		set string
		uid bool
		bad bool
	}{
		{"*", false, true},
		{"1:*", false, true},
		{"1", false, true},
		{"$", false, false}, // RFC 5182 §2.1
		{"*", true, false},
		{"1:*", true, false},
	} {
		m, _ := ParseMessageSet(c.set)
		if got, r := viewOf().find(m, c.uid); len(got) > 0 || (r != nil) != c.bad {
			t.Errorf("%s, UIDs %t: %v, %v", c.set, c.uid, got, r)
		}
	}
}

func TestFindWithoutSearchRes(t *testing.T) {
	s := viewOf(1)
	s.srv.Capabilities = nil
	if _, r := s.find(MessageSet{Saved: true}, true); r == nil || r.Status != BAD {
		t.Errorf("$ is taken: %v", r)
	}
}
