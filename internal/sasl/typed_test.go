package sasl

import (
	"strings"
	"testing"
)

func isNoop(word []byte) bool { return strings.EqualFold(string(word), "NOOP") }

// TestTyped names the secret of each line, "" where there is none: ordinary commands stay readable.
func TestTyped(t *testing.T) {
	for line, want := range map[string]string{
		"PASS open sesame":        "open sesame",
		" pass\tsesame":           "sesame",
		"PASS":                    "",
		"PASS:sesame":             "sesame",
		"PASS: sesame":            "sesame",
		"PASS:":                   "",
		`PASS"sesame"`:            `sesame"`,
		"PASSWORD=sesame":         "sesame",
		"a1 PASS sesame":          "sesame",
		"a1 pass:sesame":          "sesame",
		"APOP bob c4c9":           "c4c9",
		"a1 APOP bob c4c9":        "c4c9",
		"LOGIN bob sesame":        "sesame",
		`a1 login "bob" "sesame"`: `"sesame"`,
		"LOGIN bob":               "",
		"AUTH PLAIN AGJvYg==":     "AGJvYg==",
		"AUTH PLAIN =":            "",
		"AUTH LOGIN":              "",
		"a1 AUTHENTICATE X c2Vz":  "c2Vz",
		"NOOP PASS sesame":        "",
		"NOOP LOGIN bob sesame":   "",
		"PASSAGE to India":        "",
		"pass1 NOOP":              "",
		"a1 b2 PASS sesame":       "",
		"a1 SELECT LOGIN":         "",
		"USER login":              "",
		"":                        "",
	} {
		got := ""
		if at := Typed([]byte(line), isNoop); at > 0 {
			got = line[at:]
		}
		if got != want {
			t.Errorf("%q: the secret is %q, want %q", line, got, want)
		}
	}
}

// TestTypedCut cuts lines before their secret comes.
func TestTypedCut(t *testing.T) {
	for line, want := range map[string]bool{
		"  ":                    true,
		"  a1":                  true, // a tag, perhaps
		"a1  ":                  true,
		"a1 LOG":                true,
		"a1 LOGIN bob  ":        true,
		"LOGIN bo":              true,
		"PA":                    true,
		"PASS:":                 true,
		"a1 PASS  ":             true,
		"AUTH PLAIN  ":          true,
		"NOOP  ":                false,
		"NOOP LOGIN  ":          false,
		"a1 SELECT  ":           false,
		"a1 b2 LOGIN bob  ":     false,
		strings.Repeat("a", 99): false, // no tag is so long
	} {
		if got := TypedCut([]byte(line), isNoop); got != want {
			t.Errorf("%q: %v, want %v", line, got, want)
		}
	}
}
