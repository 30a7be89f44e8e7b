package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mailtool/imap"
)

// An imapSearch is one run of "imap search".
type imapSearch struct {
	imapCall
	headers bool // --headers: a table, and not the numbers alone
	keys    []imap.Key
	found   []uint32
}

// newIMAPSearch is "imap search KEY...".
func (p *program) newIMAPSearch() *cobra.Command {
	f := &imapSearch{imapCall: p.newIMAPCall()}
	f.result, f.drawn = true, true
	c := p.newIMAPCommand(&f.imapCall, "search [KEY...]", f.speak, func() []offer {
		if len(f.found) == 0 {
			return f.nextLook()
		}
		return f.nextMessage(decimal(f.found[0]))
	})
	c.Args = func(_ *cobra.Command, args []string) error {
		var err error
		f.keys, err = readKeys(args)
		return err
	}
	c.Flags().BoolVar(&f.headers, "headers", false, "")
	f.folderFlags(c, true)
	f.flags(c)
	return c
}

func (f *imapSearch) speak(l *live, s *imapSession, _ []string) (string, error) {
	if err := s.open(true); err != nil {
		return "", err
	}
	found, err := s.Search(f.uid, f.keys...)
	if err != nil {
		return "", s.refused("SEARCH", err)
	}
	f.found = found.Numbers
	var rows []*imap.FetchData
	if f.headers && len(f.found) > 0 {
		set := imap.SetOf(f.found)
		rows, err = s.table(messageWords{text: set.String(), set: imap.MessageSet{Numbers: set}})
		if err != nil {
			return "", err
		}
	}
	l.print = func() error { return f.show(s, rows) }
	return f.p.say("verdict/imap/found", "messages", f.p.counted("verdict/messages", len(f.found)),
		"folder", f.folder), nil
}

// show writes the numbers on a line, as they can be typed again as a SET, or a table.
func (f *imapSearch) show(s *imapSession, rows []*imap.FetchData) error {
	switch {
	case len(f.found) == 0:
		f.p.note(f.p.out, "imap/none-found", "folder", f.folder)
		return nil
	case f.headers:
		return s.show(rows)
	}
	words := make([]string, len(f.found))
	for i, n := range f.found {
		words[i] = decimal(n)
	}
	_, err := fmt.Fprintln(f.p.out, strings.Join(words, ","))
	return err
}

// readKeys reads search keys as somebody types them: the words as on the wire, in any case and
// without quotes (RFC 3501 §6.4.4). No word is all messages.
func readKeys(args []string) ([]imap.Key, error) {
	r := &keyReader{words: args}
	var keys []imap.Key
	for {
		switch word, ok := r.peek(); {
		case !ok:
			return keys, nil
		case word == ")":
			return nil, fail(exitUsage, "error/imap/parenthesis", "word", word)
		}
		k, err := r.key(0)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
}

// A keyReader goes through the words of a search.
type keyReader struct{ words []string }

// deepest is how deep keys may lie within each other: more than a person types.
const deepest = 50

// peek is the next word where a key begins. Several keys may come as one word of the command
// line: "from alice unseen".
func (r *keyReader) peek() (string, bool) {
	for len(r.words) > 0 {
		parts := quotedFields(r.words[0])
		if len(parts) > 1 || len(parts) == 1 && parts[0] != r.words[0] {
			r.words = append(parts, r.words[1:]...)
		}
		switch word := r.words[0]; {
		case len(parts) == 0:
			r.words = r.words[1:]
		case len(word) > 1 && word[0] == '(':
			r.words = append([]string{"(", word[1:]}, r.words[1:]...)
		case len(word) > 1 && word[len(word)-1] == ')':
			r.words = append([]string{word[:len(word)-1], ")"}, r.words[1:]...)
		default:
			return word, true
		}
	}
	return "", false
}

// quotedFields divides a text at its spaces, but not within double quotes, which are taken away.
func quotedFields(text string) []string {
	var out []string
	for i, part := range strings.Split(text, `"`) {
		if i%2 == 1 {
			out = append(out, part)
			continue
		}
		out = append(out, strings.Fields(part)...)
	}
	return out
}

// argument is the word that a key wants behind it.
func (r *keyReader) argument(key, what string) (string, error) {
	if len(r.words) == 0 {
		return "", fail(exitUsage, "error/imap/key-wants", "key", key, "what", what).
			hint("hint/help", "mailtool imap search --help")
	}
	word := r.words[0]
	r.words = r.words[1:]
	return word, nil
}

// key reads one key, and those in it.
func (r *keyReader) key(depth int) (imap.Key, error) {
	word, ok := r.peek()
	if !ok || depth > deepest {
		return imap.Key{}, fail(exitUsage, "error/imap/key-missing")
	}
	r.words = r.words[1:]
	name := strings.ToUpper(word)
	if word == "(" {
		return r.group(depth)
	}
	switch kind := imap.KindOfKey(name); kind {
	case imap.FlagKey:
		return imap.Flagged(name), nil
	case imap.NotKey:
		k, err := r.key(depth + 1)
		return imap.Not(k), err
	case imap.OrKey:
		a, err := r.key(depth + 1)
		if err != nil {
			return a, err
		}
		b, err := r.key(depth + 1)
		return imap.Or(a, b), err
	case imap.FieldKey:
		field, err := r.argument(name, "FIELD TEXT")
		if err != nil {
			return imap.Key{}, err
		}
		text, err := r.argument(name, "FIELD TEXT")
		return imap.Header(field, text), err
	case imap.NoKey:
		return r.numbers(word)
	default:
		return r.valued(kind, name)
	}
}

// group reads keys up to the closing parenthesis.
func (r *keyReader) group(depth int) (imap.Key, error) {
	var keys []imap.Key
	for {
		word, ok := r.peek()
		switch {
		case !ok:
			return imap.Key{}, fail(exitUsage, "error/imap/parenthesis", "word", "(")
		case word == ")" && len(keys) > 0:
			r.words = r.words[1:]
			return imap.And(keys...), nil
		}
		k, err := r.key(depth + 1)
		if err != nil {
			return k, err
		}
		keys = append(keys, k)
	}
}

// valued reads the word behind a key that wants one.
func (r *keyReader) valued(kind imap.KeyKind, name string) (imap.Key, error) {
	what := map[imap.KeyKind]string{imap.TextKey: "TEXT", imap.KeywordKey: "FLAG", imap.DayKey: "DATE",
		imap.NumberKey: "N", imap.UIDKey: "SET"}[kind]
	word, err := r.argument(name, what)
	if err != nil {
		return imap.Key{}, err
	}
	switch kind {
	case imap.DayKey:
		day, err := readDay(word)
		return imap.Dated(name, day), err
	case imap.NumberKey:
		n, err := strconv.ParseInt(word, 10, 63)
		if err != nil || n < 0 {
			return imap.Key{}, fail(exitUsage, "error/imap/key-number", "key", name, "word", word)
		}
		return imap.Sized(name, n), nil
	case imap.UIDKey:
		w, err := readSet(word)
		return imap.InUIDs(w.set), err
	case imap.KeywordKey:
		if flag, _, err := imap.ParseFlag(word); err != nil || flag != 0 {
			return imap.Key{}, fail(exitUsage, "error/imap/keyword", "word", word)
		}
		return imap.HasKeyword(name, word), nil
	}
	return imap.Containing(name, word), nil
}

// readDay reads a date as IMAP has it, 1-Nov-2026, or 2026-11-01.
func readDay(word string) (imap.Day, error) {
	if at, err := time.Parse(time.DateOnly, word); err == nil {
		return imap.DayOf(at), nil
	}
	day, err := imap.ParseDay(word)
	if err != nil {
		return 0, fail(exitUsage, "error/imap/date", "word", word).because(err)
	}
	return day, nil
}

// numbers reads a set of message numbers as a key; what is none is no key at all.
func (r *keyReader) numbers(word string) (imap.Key, error) {
	if w, err := readSet(word); err == nil {
		return imap.InNumbers(w.set), nil
	}
	e := fail(exitUsage, "error/imap/key", "word", word)
	near, best := "", 3
	for _, k := range imap.KeyWords() {
		if d := distance(strings.ToUpper(word), k); d < best && 2*d < len(k)+1 {
			near, best = k, d
		}
	}
	if near != "" {
		return imap.Key{}, e.hint("hint/did-you-mean", "mailtool imap search "+strings.ToLower(near))
	}
	return imap.Key{}, e.hint("hint/imap/text", "mailtool imap search text "+quoted(word)).
		hint("hint/imap/keys", "", "keys", strings.ToLower(strings.Join(imap.KeyWords(), ", ")))
}
