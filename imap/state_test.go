package imap

import (
	"slices"
	"testing"
)

// TestIsCommand: a line without a tag begins with a verb, which may have two words.
func TestIsCommand(t *testing.T) {
	for line, want := range map[string]bool{"NOOP": true, "select INBOX": true, "SELECT NOOP": true,
		"UID FETCH 1 FLAGS": true, "uid search all": true, "a1 NOOP": false, "UID": false, "UID NOOP": false,
		"": false, "FOO": false, "a UID FETCH 1 FLAGS": false} {
		if IsCommand(line) != want {
			t.Errorf("%q: %v", line, !want)
		}
	}
}

// TestCommands: the table of what the server knows says where each may come.
func TestCommands(t *testing.T) {
	may := func(state string) (verbs []string) {
		for _, c := range Commands() {
			if c.May(state) {
				verbs = append(verbs, c.Verb)
			}
		}
		return verbs
	}
	for _, c := range []struct {
		state, verb string
		want        bool
	}{
		{NotAuthenticated, "LOGIN", true}, {NotAuthenticated, "SELECT", false}, {Authenticated, "SELECT", true},
		{Authenticated, "LOGIN", false}, {Authenticated, "FETCH", false}, {Selected, "FETCH", true},
		{Selected, "UID FETCH", true}, {Selected, "COMPRESS", false}, {"logout", "LOGIN", true},
	} {
		if slices.Contains(may(c.state), c.verb) != c.want {
			t.Errorf("%s in state %s: %v", c.verb, c.state, !c.want)
		}
	}
}

// TestKeyWords: each begins a key.
func TestKeyWords(t *testing.T) {
	words := KeyWords()
	if !slices.IsSorted(words) || !slices.Contains(words, "FROM") || !slices.Contains(words, "OR") {
		t.Error(words)
	}
	for _, w := range words {
		if KindOfKey(w) == NoKey {
			t.Errorf("%s is no key", w)
		}
	}
}

// TestTransient: what may be tried again.
func TestTransient(t *testing.T) {
	for _, c := range []struct {
		r         *Response
		ok, later bool
	}{
		{Accept("done"), true, false}, {Refuse("", "no"), false, false}, {Reject("what"), false, false},
		{Refuse(CodeInUse, "no"), false, true}, {Refuse(CodeUnavailable, "no"), false, true},
		{Accept("done").With(CodeUnavailable, ""), true, false},
	} {
		if c.r.Positive() != c.ok || c.r.Transient() != c.later {
			t.Errorf("%v", c.r)
		}
	}
}
