package imap

import (
	"errors"
	"strings"
	"testing"
)

func TestFlag(t *testing.T) {
	for _, c := range []struct {
		text    string
		flag    Flags
		keyword string
		set     bool // a client may set it
	}{
		{`\Seen`, FlagSeen, "", true},
		{`\sEEN`, FlagSeen, "", true},
		{`\ANSWERED`, FlagAnswered, "", true},
		{`\Flagged`, FlagFlagged, "", true},
		{`\Deleted`, FlagDeleted, "", true},
		{`\Draft`, FlagDraft, "", true},
		{`\Recent`, FlagRecent, "", false},
		{`\recent`, FlagRecent, "", false},
		{`\Foo`, 0, `\Foo`, false},
		{`$Forwarded`, 0, `$Forwarded`, true},
		{`$MDNSent`, 0, `$MDNSent`, true},
		{`Seen`, 0, `Seen`, true},
		{`NonJunk`, 0, `NonJunk`, true},
		{`[x`, 0, `[x`, true},
		{`a+b}`, 0, `a+b}`, true},
	} {
		flag, keyword, err := ParseFetchedFlag(c.text)
		if flag != c.flag || keyword != c.keyword || err != nil {
			t.Errorf("fetched %q: %v %q %v", c.text, flag, keyword, err)
		}
		flag, keyword, err = ParseFlag(c.text)
		if !c.set {
			c.flag, c.keyword = 0, ""
		}
		if flag != c.flag || keyword != c.keyword || c.set == errors.Is(err, ErrFlag) {
			t.Errorf("%q: %v %q %v", c.text, flag, keyword, err)
		}
	}
	for _, text := range []string{"", `\`, `\*`, `\\Seen`, "a b", "(a", "a)", "a{", "a%", "a*", `"a"`,
		"a]", "a\x7F", "a\x00", "\u00fc", `\Seen `, "\\\u017feen"} {
		if flag, keyword, err := ParseFetchedFlag(text); !errors.Is(err, ErrFlag) {
			t.Errorf("%q is read as %v %q", text, flag, keyword)
		}
	}
}

func TestAppendFlags(t *testing.T) {
	for _, c := range []struct {
		flags    Flags
		keywords []string
		want     string
	}{
		{0, nil, "()"},
		{FlagSeen, nil, `(\Seen)`},
		{FlagSeen | FlagAnswered | FlagRecent, nil, `(\Answered \Seen \Recent)`},
		{0, []string{"$Junk"}, "($Junk)"},
		{FlagDraft, []string{"a", "B"}, `(\Draft a B)`},
	} {
		if got := string(AppendFlags(nil, c.flags, c.keywords)); got != c.want {
			t.Errorf("%v %v: %s", c.flags, c.keywords, got)
		}
	}
	if got := (FlagDeleted | FlagFlagged).String(); got != `(\Flagged \Deleted)` {
		t.Error(got)
	}
}

// FuzzFlag: what is read is said so that it is read as the same.
func FuzzFlag(f *testing.F) {
	for _, text := range []string{`\Seen`, `\rECENT`, `$Junk`, `\Foo`, `\`, "a b"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		flag, keyword, err := ParseFetchedFlag(text)
		if err != nil {
			return
		}
		var keywords []string
		if keyword != "" {
			keywords = []string{keyword}
		}
		said := strings.Trim(string(AppendFlags(nil, flag, keywords)), "()")
		if again, k, err := ParseFetchedFlag(said); again != flag || k != keyword || err != nil {
			t.Errorf("%q is said as %q", text, said)
		}
	})
}
