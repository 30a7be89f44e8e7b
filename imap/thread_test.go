package imap

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// forests are lists of threads. The second has what RFC 5256 §4 shows.
var forests = []string{
	"", "(2)(3 6 (4 23)(44 7 96))", "((3)(5))", "(1)", "(1 2 3)", "(1 (2)(3))",
	"((1 2 (3)(4))(5))(6)", "(((1)(2))(3))", "(4294967295)",
	"(166)(167)((170)(179))(171)((174)(175)(176)(178)(181)(180))((177)(183)(182)(188 (184)(189))" +
		"(185 186)(187))(190)", // RFC 5256 §3
}

func TestThreads(t *testing.T) {
	for _, text := range forests {
		f, err := ParseThreads(text)
		if err != nil || f.String() != text {
			t.Errorf("%q is read as %q, %v", text, f, err)
		}
	}
	for _, text := range []string{"(", ")", "()", "1", "(1", "(1))", "( 1)", "(1 )", "(1  2)", "(0)", "(01)",
		"(1(2)(3))", "(1 (2))", "((1))", "(1 (2)(3) 4)", "(1 (2)(3) )", "(1 2)(", "(1) (2)", "(4294967296)",
		"(1,2)", "(a)", "(1 (2)(3)", "((1)(2)3)", " (1)", "(1) ", "(1 (2) (3))", "(-1)"} {
		if f, err := ParseThreads(text); !errors.Is(err, ErrThreads) {
			t.Errorf("%q is read as %q", text, f)
		}
	}
	if got := (Forest)(nil).String(); got != "" {
		t.Error(got)
	}
}

func TestThreadBySubject(t *testing.T) {
	for _, c := range []struct {
		name     string
		messages []ThreadFields
		want     string
	}{
		{"none", nil, ""},
		{"one", []ThreadFields{{Number: 1, Sent: at(1)}}, "(1)"},
		{"two, and others between", []ThreadFields{
			{Number: 1, Sent: at(1), Subject: "x"}, {Number: 2, Sent: at(2), Subject: "a"},
			{Number: 3, Sent: at(3), Subject: "Re: X"}}, "(1 3)(2)"},
		{"the earliest is the head", []ThreadFields{
			{Number: 1, Sent: at(5), Subject: "x"}, {Number: 2, Sent: at(2), Subject: "Re: x"},
			{Number: 3, Sent: at(3), Subject: "b"}, {Number: 4, Sent: at(4), Subject: "[l] x"}},
			"(2 (4)(1))(3)"},
		{"the same date", []ThreadFields{
			{Number: 1, Subject: "x"}, {Number: 2, Subject: "x"}, {Number: 3, Subject: "x"},
			{Number: 4, Subject: "a"}}, "(1 (2)(3))(4)"},
		{"without a subject", []ThreadFields{{Number: 4, Sent: at(2)}, {Number: 7, Sent: at(1), Subject: "re:"}},
			"(7 4)"},
	} {
		if got := ThreadBySubject(c.messages).String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// FuzzThreads: what is read is said in the same octets.
func FuzzThreads(f *testing.F) {
	for _, text := range forests {
		f.Add(text)
	}
	f.Add("(1 (2)(")
	f.Fuzz(func(t *testing.T, text string) {
		if f, err := ParseThreads(text); err == nil && f.String() != text {
			t.Errorf("%q is said as %q", text, f)
		}
	})
}

// TestDeepThreads: lists as deep as they are long are printed and read.
func TestDeepThreads(t *testing.T) {
	const n = 200_000
	start := time.Now()
	for _, text := range []string{
		"(1" + strings.Repeat(" 2", n) + ")",
		strings.Repeat("(1 ", n) + "(2)(3)" + strings.Repeat(")(4)", n-1) + ")",
		strings.Repeat("(", n) + "(1)" + strings.Repeat("(2))", n),
	} {
		f, err := ParseThreads(text)
		if err != nil || f.String() != text {
			t.Errorf("%.30q: %v", text, err)
		}
	}
	if _, err := ParseThreads(strings.Repeat("(1 ", n)); err == nil {
		t.Error("a list without an end is read")
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("%v", took)
	}
}
