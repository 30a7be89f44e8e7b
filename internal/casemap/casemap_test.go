package casemap

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestKey(t *testing.T) {
	for s, want := range map[string]string{
		"":              "",
		"ABC 1":         "ABC 1",
		"aBc":           "ABC",
		"é":             "E\u0301",
		"e\u0301":       "E\u0301",
		"É":             "E\u0301",
		"ǆ":             "Dz\u030c", // titlecase is no capital throughout
		"Ǆ":             "Dz\u030c",
		"ﬁ":             "fi",
		"ß":             "ß",
		"ς":             "Σ",
		"σ":             "Σ",
		"ｂ":             "B",
		"ⅷ":             "VIII",
		"我":             "我",
		"가":             "\u1100\u1161",
		"a\xFFb":        "A\xFFB",
		"\xe9":          "\xe9",
		"\uFFFDa":       "\uFFFDA",
		"ǖ":             "U\u0308\u0304", // twice decomposed
		"q\u0307\u0323": "Q\u0323\u0307",
		"q\u0323\u0307": "Q\u0323\u0307",
	} {
		if got := Key(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func TestOrder(t *testing.T) {
	words := []string{"b", "Écart", "a", "ecar", "", "B1", "我", "éclair", "école"}
	slices.SortStableFunc(words, func(a, b string) int { return strings.Compare(Key(a), Key(b)) })
	if got := strings.Join(words, " "); got != " a b B1 ecar Écart éclair école 我" {
		t.Error(got)
	}
}

// FuzzKey: capitals have the key of what they are capitals of, and text stays text.
func FuzzKey(f *testing.F) {
	f.Add("Straße ǆ é")
	f.Add("a\xff")
	f.Fuzz(func(t *testing.T, s string) {
		key := Key(s)
		if utf8.ValidString(s) != utf8.ValidString(key) {
			t.Errorf("%q has the key %q", s, key)
		}
		if title := strings.ToTitle(s); utf8.ValidString(s) && Key(title) != key {
			t.Errorf("%q has the key %q, %q has %q", s, key, title, Key(title))
		}
	})
}

func BenchmarkKey(b *testing.B) {
	for _, s := range []string{"The exercise of next week", "Die Übung der nächsten Woche", "下周的练习"} {
		b.Run(s[:3], func(b *testing.B) {
			for b.Loop() {
				Key(s)
			}
		})
	}
}
