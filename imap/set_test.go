package imap

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func parseSet(t *testing.T, text string) Set {
	t.Helper()
	s, _, err := ParseSet(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return s
}

func TestSet(t *testing.T) {
	for _, c := range []struct {
		text     string
		highest  uint32
		resolved string
	}{
		{"1", 15, "1"},
		{"*", 15, "15"},
		{"*", 0, ""},
		{"*:*", 15, "15"},
		{"1:*", 0, ""},
		{"2,4:7,9,12:*", 15, "2,4:7,9,12:15"}, // RFC 3501 §9
		{"*:4,5:7", 10, "4:10"},               // RFC 3501 §9
		{"3291:*", 3000, "3000:3291"},         // RFC 3501 §9
		{"4:2", 10, "2:4"},
		{"2:4,3", 10, "2:4"},
		{"1,2,3", 10, "1:3"},
		{"3,1,2", 10, "1:3"},
		{"1:2,4", 10, "1:2,4"},
		{"5,5,5", 10, "5"},
		{"4294967295", 10, "4294967295"},
		{"4294967295,1:4294967294", 10, "1:4294967295"},
		{"4294967295:1,7", 10, "1:4294967295"},
		{"1:9,2:3,11", 10, "1:9,11"},
	} {
		s := parseSet(t, c.text)
		if got := s.String(); got != strings.Replace(c.text, "*:*", "*", 1) {
			t.Errorf("%q is said as %q", c.text, got)
		}
		if got := s.Resolve(c.highest).String(); got != c.resolved {
			t.Errorf("%q of %d: %q, want %q", c.text, c.highest, got, c.resolved)
		}
	}
}

func TestSavedSet(t *testing.T) {
	for text, want := range map[string]string{"$": "", "1,$": "1", "2:4,*,$": "2:4,*"} {
		s, saved, err := ParseSet(text)
		if err != nil || !saved || s.String() != want {
			t.Errorf("%q: %v %v %v", text, s, saved, err)
		}
	}
	if _, saved, err := ParseSet("1"); saved || err != nil {
		t.Errorf("1: %v %v", saved, err)
	}
}

func TestBadSets(t *testing.T) {
	for _, text := range []string{"", "0", "00", "01", "1:0", "0:*", ",", "1,", ",1", "1,,2", ":",
		"1:", ":1", "1:2:3", "4294967296", "99999999999999999999999", "+1", "-1", "1 2", " 1", "1 ",
		"1.5", "a", "**", "1*", "*1", "$,1", "$$", "$:1", "1:$", "0x1", "1_0", "\uff11"} {
		if s, _, err := ParseSet(text); !errors.Is(err, ErrSet) {
			t.Errorf("%q is read as %v, %v", text, s, err)
		}
	}
}

func TestSetWithin(t *testing.T) {
	for _, c := range []struct {
		text    string
		highest uint32
		want    bool
	}{
		{"1:3", 3, true}, {"1:4", 3, false}, {"4:1", 3, false}, {"*", 3, true}, {"*", 0, false},
		{"1:*", 1, true}, {"2:*", 1, false}, {"1,4294967295", 5, false},
	} {
		if got := parseSet(t, c.text).Within(c.highest); got != c.want {
			t.Errorf("%q within %d: %v", c.text, c.highest, got)
		}
	}
	if !(Set)(nil).Within(0) {
		t.Error("the empty set has numbers that do not exist")
	}
}

func TestSetOf(t *testing.T) {
	for _, c := range []struct {
		numbers []uint32
		want    string
	}{
		{nil, ""},
		{[]uint32{7}, "7"},
		{[]uint32{1, 2, 3, 5, 7, 8}, "1:3,5,7:8"},
		{[]uint32{3, 2, 1}, "3,2,1"},
		{[]uint32{304, 319, 320}, "304,319:320"},
		{[]uint32{5, 6, 1, 2}, "5:6,1:2"},
		{[]uint32{4294967294, 4294967295}, "4294967294:4294967295"},
	} {
		s := SetOf(c.numbers)
		if got := s.String(); got != c.want {
			t.Errorf("%v: %q", c.numbers, got)
		}
		if got := slices.Collect(s.Numbers()); !slices.Equal(got, c.numbers) {
			t.Errorf("%v comes back as %v", c.numbers, got)
		}
		if got := s.Count(); got != uint64(len(c.numbers)) {
			t.Errorf("%v: %d", c.numbers, got)
		}
	}
}

// The ends of a range may come in either order.
func TestSetBackwards(t *testing.T) {
	if got := parseSet(t, "4294967295:1").Count(); got != 1<<32-1 {
		t.Errorf("%d numbers", got)
	}
}

func TestSetOver(t *testing.T) {
	uids := []uint32{2, 3, 5, 8, 13, 21}
	for text, want := range map[string][]int{
		"1:4294967295": {0, 1, 2, 3, 4, 5}, "*": {5}, "100:*": {5}, "4:8,1,21": {2, 3, 5},
		"1": nil, "22:30": nil, "2:2,3:3": {0, 1}, "6:7,9": nil,
	} {
		s := parseSet(t, text).Resolve(21)
		asked := 0
		got := slices.Collect(s.Over(len(uids), func(i int) uint32 { asked++; return uids[i] }))
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v", text, got)
		}
		if asked > 20 {
			t.Errorf("%q asks %d times", text, asked)
		}
	}
	for range parseSet(t, "1:5").Over(6, func(i int) uint32 { return uids[i] }) {
		break // and nothing goes on
	}
}

// TestSetLikeMap compares with a set that is expanded.
func TestSetLikeMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2_000 {
		in := map[uint32]bool{}
		var s Set
		for range rng.IntN(6) {
			r := Range{rng.Uint32N(20), rng.Uint32N(20)}
			s = append(s, r)
			a, b := r.First, r.Last
			if a == 0 {
				a = 12
			}
			if b == 0 {
				b = 12
			}
			for n := min(a, b); n <= max(a, b); n++ {
				in[n] = true
			}
		}
		resolved := s.Resolve(12)
		for n := range uint32(25) {
			if resolved.Contains(n) != in[n] {
				t.Fatalf("%v contains %d: %v", s, n, !in[n])
			}
		}
		if resolved.Count() != uint64(len(in)) {
			t.Fatalf("%v counts %d", s, resolved.Count())
		}
	}
}

// FuzzSet: what is read is said in the same octets, but for 5:5, and resolving it changes
// nothing that is asked of it later.
func FuzzSet(f *testing.F) {
	for _, text := range []string{"1", "*", "1:*", "4:2,9", "$", "1,$", "0", "4294967296", "1:4294967295"} {
		f.Add(text, uint32(7))
	}
	f.Fuzz(func(t *testing.T, text string, highest uint32) {
		s, saved, err := ParseSet(text)
		if err != nil {
			return
		}
		again := s.String()
		if saved && len(s) > 0 {
			again += ","
		}
		if saved {
			again += "$"
		}
		s2, saved2, err := ParseSet(again)
		if err != nil || saved != saved2 || !slices.Equal(s, s2) || len(again) > len(text) {
			t.Fatalf("%q is said as %q", text, again)
		}
		resolved := s.Resolve(highest)
		if !slices.Equal(resolved, resolved.Resolve(highest)) {
			t.Errorf("%v is resolved twice", s)
		}
		for i := 1; i < len(resolved); i++ {
			if resolved[i].First <= resolved[i-1].Last+1 {
				t.Errorf("%v touch", resolved)
			}
		}
		for _, r := range s {
			if r.First != 0 && !resolved.Contains(r.First) && (r.Last != 0 || highest != 0) {
				t.Errorf("%v lacks %d", resolved, r.First)
			}
		}
	})
}
