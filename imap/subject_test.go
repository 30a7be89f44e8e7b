package imap

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// subjects are subjects, their base, and whether they are of replies or forwards.
var subjects = []struct {
	subject, base string
	reply         bool
}{
	{"", "", false},
	{"hello", "hello", false},
	{"  hello \t world ", "hello world", false},
	{"hello\r\n\tworld", "hello world", false},
	{"Re: hello", "hello", true},
	{"RE:hello", "hello", true},
	{"re :hello", "hello", true},
	{"re\t:\thello", "hello", true},
	{"Re: Re: Fw: Fwd: fwd : hello", "hello", true},
	{"Re[2]: hello", "hello", true},
	{"Re [2] : hello", "hello", true},
	{"Re[2][3]: hello", "Re[2][3]: hello", false},
	{"[list] hello", "hello", false},
	{"[list] Re: hello", "hello", true},
	{"[a][b] [c]Re: hello", "hello", true},
	{"Re: [list] hello", "hello", true},
	{"Re: [a] Re: [b] hello", "hello", true},
	{"[list]", "[list]", false},
	{"[a] [list]", "[list]", false},
	{"Re: [list]", "[list]", true},
	{"[list] Re:", "", true},
	{"[a] Re: [b] Re:", "", true},
	{"Re:", "", true},
	{"re", "re", false},
	{"Re hello", "Re hello", false},
	{"Reply: hello", "Reply: hello", false},
	{"Fwdd: hello", "Fwdd: hello", false},
	{"Aw: hello", "Aw: hello", false},
	{"回复: hello", "回复: hello", false},
	{"hello (fwd)", "hello", true},
	{"hello (FWD)  (fwd)", "hello", true},
	{"hello(fwd)", "hello", true},
	{"(fwd)", "", true},
	{"hello (fwd) x", "hello (fwd) x", false},
	{"[Fwd: hello]", "hello", true},
	{"[fwd:hello]", "hello", true},
	{"[Fwd: Re: hello (fwd)]", "hello", true},
	{"[Fwd: [Fwd: [list] hello]]", "hello", true},
	{"[Fwd: hello] world", "world", false}, // a blob like any other
	{"[Fwd: [a] hello] world", "[Fwd: [a] hello] world", false},
	{"[Fwd: hello", "[Fwd: hello", false},
	{"[Fwd:]", "", true},
	{"[Fwd: ] (fwd)", "", true},
	{"Re: [Fwd: hello]", "hello", true},
	{"[Fwd: hello] (fwd)", "hello", true},
	{"[list] [Fwd: hello]", "hello", true},
	{"[list [x] hello", "[list [x] hello", false},
	{"[] hello", "hello", false},
	{"[]", "[]", false},
	{"[x\x00] hello", "[x\x00] hello", false},
	{"] hello", "] hello", false},
	{"[a] ]", "]", false},
	{"hello [list]", "hello [list]", false},
	{"Re: \u00fcber", "\u00fcber", true},
	{"\u00a0Re: hello", "\u00a0Re: hello", false}, // no space of US-ASCII
	{"R\u212a: hello", "R\u212a: hello", false},
}

func TestBaseSubject(t *testing.T) {
	for _, c := range subjects {
		base, reply := BaseSubject(c.subject)
		if base != c.base || reply != c.reply {
			t.Errorf("%q: %q, reply %v; want %q, %v", c.subject, base, reply, c.base, c.reply)
		}
	}
}

var (
	plainTrailer = regexp.MustCompile(`(?i)(\(fwd\)| )$`)
	plainLeader  = regexp.MustCompile(`(?is)^(((\[[^][\x00]*\] *)*(re|fwd?) *(\[[^][\x00]*\] *)?:)| )`)
	plainBlob    = regexp.MustCompile(`(?s)^\[[^][\x00]*\] *`)
	plainForward = regexp.MustCompile(`(?is)^\[fwd:(.*)\]$`)
)

// plainSubject follows the steps of RFC 5256 §2.1 one by one, as slow as they are.
func plainSubject(s string) string {
	s = regexp.MustCompile(`[ \t\r\n]+`).ReplaceAllString(s, " ")
	for {
		for plainTrailer.MatchString(s) {
			s = plainTrailer.ReplaceAllString(s, "")
		}
		for again := true; again; {
			before := s
			s = plainLeader.ReplaceAllString(s, "")
			if without := plainBlob.ReplaceAllString(s, ""); without != "" {
				s = without
			}
			again = s != before
		}
		inner := plainForward.FindStringSubmatch(s)
		if inner == nil {
			return s
		}
		s = inner[1]
	}
}

// FuzzBaseSubject compares with the steps of RFC 5256, one by one.
func FuzzBaseSubject(f *testing.F) {
	for _, c := range subjects {
		f.Add(c.subject)
	}
	f.Fuzz(func(t *testing.T, subject string) {
		base, reply := BaseSubject(subject)
		// Package regexp folds letters beyond US-ASCII, too.
		if plain := strings.IndexFunc(subject, func(r rune) bool { return r >= 0x80 }) < 0; plain && len(subject) < 1000 {
			if want := plainSubject(subject); base != want {
				t.Errorf("%q: %q, want %q", subject, base, want)
			}
		}
		if again, more := BaseSubject(base); again != base || more {
			t.Errorf("%q has the base %q, which has %q", subject, base, again)
		}
		if !reply && len(base) > len(subject) {
			t.Errorf("%q grows to %q", subject, base)
		}
	})
}

// TestHostileSubjects: subjects that are nested as deep as they are long.
func TestHostileSubjects(t *testing.T) {
	const n = 200_000
	start := time.Now()
	for _, subject := range []string{
		strings.Repeat("[a]", n), strings.Repeat("[a]", n) + "x", strings.Repeat("[fwd:", n),
		strings.Repeat("[fwd:", n) + strings.Repeat("]", n), strings.Repeat("re:", n),
		strings.Repeat("re[a", n), strings.Repeat("(fwd)", n), strings.Repeat("[a]re:", n),
		strings.Repeat("[fwd: re: ", n) + strings.Repeat("(fwd) ]", n), strings.Repeat(" ", n),
	} {
		BaseSubject(subject)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("%v", took)
	}
}

func BenchmarkBaseSubject(b *testing.B) {
	for b.Loop() {
		BaseSubject("Re: [list] Fwd: the exercise of next week")
	}
}
