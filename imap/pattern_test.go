package imap

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestPattern(t *testing.T) {
	for _, c := range []struct {
		reference, pattern, name string
		want                     bool
	}{
		{"", "*", "INBOX", true},
		{"", "*", "a/b/c", true},
		{"", "*", "", true},
		{"", "%", "a", true},
		{"", "%", "a/b", false},
		{"", "%", "/", false},
		{"", "a/%", "a/b", true},
		{"", "a/%", "a/", true},
		{"", "a/%", "a", false},
		{"", "a/%", "a/b/c", false},
		{"", "a%", "a", true},
		{"", "a%", "ab", true},
		{"", "%/%", "a/b", true},
		{"", "%/%", "a", false},
		{"", "%/%", "a/b/c", false},
		{"", "%*", "a/b/c", true},
		{"", "*%", "a/b/c", true},
		{"", "%/*", "a/b/c", true},
		{"", "*/c", "a/b/c", true},
		{"", "*/b", "a/b/c", false},
		{"", "*b%", "a/bb/bc", true},
		{"", "*b%", "a/bb/c", false},
		{"", "a*a", "a", false},
		{"", "a*a", "aa", true},
		{"", "", "", true},
		{"", "", "a", false},
		{"a/", "%", "a/b", true},
		{"a/", "%", "b", false},
		{"a", "b", "ab", true},
		{"#news.", "comp.mail.*", "#news.comp.mail.misc", true}, // RFC 3501 §6.3.8
		{"", "inbox", "INBOX", true},
		{"", "inB%", "INBOX", true},
		{"", "%x", "INBOX", true},
		{"", "*box*", "INBOX/a", true},
		{"", "inbox/A", "INBOX/A", true},
		{"", "inbox/a", "INBOX/A", false},
		{"in", "box", "INBOX", true},
		{"", "inbox2", "INBOX2", false},
		{"", "Sent", "sent", false},
		{"", "*x", "INBOXx", true},
		{"", "*X", "INBOXx", false},
		{"", "&U,BTFw-/%", "&U,BTFw-/&ZeVnLIqe-", true},
		{"", "台%", "台北", true},
		{"", strings.Repeat("%", 1000) + "a", "bba", true},
		{"", strings.Repeat("a", 200) + "*", strings.Repeat("a", 200) + "/", true},
		{"", "%" + strings.Repeat("ab%", 100), strings.Repeat("ab", 100), true},
	} {
		p := ParsePattern(c.reference, c.pattern)
		if got := p.Match(c.name); got != c.want {
			t.Errorf("%q %q with %q: %v", c.reference, c.pattern, c.name, got)
		}
	}
}

func TestLevels(t *testing.T) {
	names := []string{"INBOX", "INBOX/x/y", "a/b/c", "a/b/d", "e", "e/f/g", "work/", "/root"}
	for pattern, want := range map[string]string{
		"%":      "a work",
		"%/%":    "INBOX/x a/b e/f",
		"a/%":    "a/b",
		"A/%":    "",
		"inb%":   "",
		"INBOX%": "",
		"*%":     "INBOX/x a a/b e/f work",
		"*":      "", // what lies below is listed
		"a":      "",
		"a%":     "a",
		"%/b":    "",
		"%/%/%":  "",
		"%g":     "",
	} {
		p := ParsePattern("", pattern)
		if got := strings.Join(p.Levels(names), " "); got != want {
			t.Errorf("%s: %q, want %q", pattern, got, want)
		}
	}
	p := ParsePattern("", "inbox%")
	if got := p.Levels([]string{"INBOX/x"}); !slices.Equal(got, []string{"INBOX"}) {
		t.Errorf("above INBOX/x: %q", got)
	}
}

// TestPatternLikeRegexp compares with what package regexp says of the same.
func TestPatternLikeRegexp(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	word := func(letters string, n int) string {
		b := make([]byte, rng.IntN(n))
		for i := range b {
			b[i] = letters[rng.IntN(len(letters))]
		}
		return string(b)
	}
	for range 20_000 {
		pattern, name := word("ab/*%%", 9), word("ab/", 12)
		r := strings.NewReplacer("*", ".*", "%", "[^/]*").Replace(pattern)
		re := regexp.MustCompile("^" + r + "$")
		p := ParsePattern("", pattern)
		if got := p.Match(name); got != re.MatchString(name) {
			t.Fatalf("%q with %q: %v", pattern, name, got)
		}
		var want []string
		for i := 1; i < len(name); i++ {
			if name[i] == '/' && strings.HasSuffix(pattern, "%") && re.MatchString(name[:i]) {
				want = append(want, name[:i])
			}
		}
		if got := p.Levels([]string{name}); !slices.Equal(got, want) {
			t.Fatalf("levels of %q by %q: %q, want %q", name, pattern, got, want)
		}
	}
}

// TestHostilePatterns: a pattern that has others go back and forth for years.
func TestHostilePatterns(t *testing.T) {
	name := strings.Repeat("a", 1000)
	start := time.Now()
	for _, pattern := range []string{
		strings.Repeat("%*", 10_000) + "b", strings.Repeat("%a", 400) + "b",
		strings.Repeat("*a", 499) + "b", strings.Repeat("*a%a", 200) + "/b",
	} {
		p := ParsePattern("", pattern)
		if p.Match(name) {
			t.Errorf("%.20q matches", pattern)
		}
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("%v", took)
	}
}

func BenchmarkPattern(b *testing.B) {
	p := ParsePattern("", "Archive/%")
	for b.Loop() {
		p.Match("Archive/2026/11")
	}
}
