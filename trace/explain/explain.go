// Package explain says in words, English or Chinese, what stands on the wire: what a
// command asks for, what a code answers, what a header field is for, and where that
// is written.
//
// The words are data. Files in data/ hold one sentence a line, found by a key, one
// file for each language; sections.tsv holds the sections, once for all languages.
// A file is read when its first sentence is asked for. The keys of meanings are
//
//	smtp/command/MAIL           pop3/command/RETR       imap/command/FETCH
//	smtp/reply/550              pop3/reply/-ERR         imap/response/EXISTS
//	smtp/reply/550/RCPT         pop3/reply/-ERR/PASS    imap/response-code/UIDNEXT
//	smtp/enhanced/X.1.1         pop3/capability/TOP     imap/capability/IDLE
//	smtp/extension/SIZE         sasl/PLAIN              imap/fetch-item/ENVELOPE
//	smtp/parameter/BODY=7BIT    mime/encoding/base64    message/header-field/subject
//	sasl/message/PLAIN/client   sasl/scram/server/s
//
// with the words of a protocol in capitals, since it does not tell them apart, and
// those of a message in small letters.
//
// Read explain.go, screen.go, explainer.go; then smtp.go, pop3.go, imap.go, letter.go
// say which words of a line have a meaning.
package explain

import (
	"embed"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"sync"

	"mailtool/internal/sentence"
	"mailtool/trace/rule"
)

// A Lang is a language of the sentences.
type Lang = sentence.Lang

// The languages.
const (
	English = sentence.English
	Chinese = sentence.Chinese
)

//go:embed data/*.tsv
var files embed.FS

var (
	meanings = sentence.New(files, "data/meanings")

	// said holds what the screen says by itself, by the first part of the key.
	said = map[string]*sentence.Catalog{
		"screen":  sentence.New(files, "data/screen"),
		"waiting": sentence.New(files, "data/waiting"),
		"phases":  sentence.New(files, "data/phases"),
		"tls":     sentence.New(files, "data/tls"),
	}

	sections = sync.OnceValue(readSections)
	rules    = sync.OnceValue(findRules)
)

// Meaning returns what key stands for and the section that says so, as
// "RFC 5321 §4.1.1.2", or "" where no standard does. A code that has no sentence of its
// own gets the one of its class: "smtp/reply/559" that of 5yz (RFC 5321 §4.2.1),
// "smtp/enhanced/5.1.9" those of class and subject (RFC 3463 §2). ok is false where
// nothing is known.
func Meaning(lang Lang, key string) (text, section string, ok bool) {
	if text, ok = meanings.Look(lang, key); ok {
		return text, sections()[key], true
	}
	if code, is := strings.CutPrefix(key, "smtp/enhanced/"); is {
		return enhanced(lang, code)
	}
	if code, is := strings.CutPrefix(key, "smtp/reply/"); is && len(code) >= 3 {
		if general := key[:len("smtp/reply/")+3]; general != key {
			return Meaning(lang, general)
		}
		if class := "smtp/reply/" + code[:1] + "yz"; isDigits(code) {
			text, ok = meanings.Look(lang, class)
			return text, sections()[class], ok
		}
	}
	return "", "", false
}

// enhanced explains a code as "5.1.1": by itself, else for any class, else by its class
// and its subject.
func enhanced(lang Lang, code string) (text, section string, ok bool) {
	class, rest, _ := strings.Cut(code, ".")
	subject, detail, dotted := strings.Cut(rest, ".")
	if class == "X" || !dotted || !isDigits(class+subject+detail) {
		return "", "", false
	}
	key := "smtp/enhanced/X." + rest
	if text, ok = meanings.Look(lang, key); ok {
		return text, sections()[key], true
	}
	key = "smtp/enhanced/X." + subject
	head, known := meanings.Look(lang, "smtp/enhanced/"+class)
	text, ok = meanings.Look(lang, key)
	if !known || !ok {
		return "", "", false
	}
	return head + comma(lang) + text, sections()[key], true
}

// Rule returns the sentence of a finding, with its words put in: {1} is the first of
// f.Args. A rule that has no sentence is said by its ID.
func Rule(lang Lang, f rule.Finding) string {
	values := make([]string, 0, 2*len(f.Args))
	for i, a := range f.Args {
		values = append(values, strconv.Itoa(i+1), a)
	}
	family := rule.Rule{ID: f.ID}.Protocol()
	if c, ok := rules()[family]; ok {
		if s, ok := c.Look(lang, f.ID); ok {
			return sentence.Fill(s, values...)
		}
	}
	for name, c := range rules() {
		if s, ok := c.Look(lang, f.ID); ok && name != family {
			return sentence.Fill(s, values...)
		}
	}
	return f.ID
}

// Say returns a sentence of the screen's own: its key begins with "screen/", "waiting/"
// or "phases/". Each {name} in it is replaced by the word that follows that name in
// values. A key that is not known is returned as it is, so that a gap is seen.
func Say(lang Lang, key string, values ...string) string {
	family, _, _ := strings.Cut(key, "/")
	if c, ok := said[family]; ok {
		return c.Say(lang, key, values...)
	}
	return sentence.Fill(key, values...)
}

// findRules makes a catalog of each family of files rules-NAME.LANG.tsv.
func findRules() map[string]*sentence.Catalog {
	found := make(map[string]*sentence.Catalog)
	names, err := fs.Glob(files, "data/rules-*.en.tsv")
	if err != nil {
		return found // only a malformed pattern, which it is not
	}
	for _, n := range names {
		n = strings.TrimSuffix(path.Base(n), ".en.tsv")
		found[strings.TrimPrefix(n, "rules-")] = sentence.New(files, "data/"+n)
	}
	return found
}

func readSections() map[string]string {
	data, err := files.ReadFile("data/sections.tsv")
	if err != nil {
		return nil // sentences are worth having without their sections
	}
	m := make(map[string]string)
	for line := range strings.Lines(string(data)) {
		if key, s, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok && line[0] != '#' {
			m[key] = s
		}
	}
	return m
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func comma(lang Lang) string {
	if lang == Chinese {
		return "，"
	}
	return ", "
}
