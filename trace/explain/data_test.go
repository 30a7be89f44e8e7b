package explain

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"mailtool/internal/sentence"
)

// maxColumns is the longest sentence: it stands on a line of its own, indented, and a
// Chinese character takes two columns.
const maxColumns = 110

// read returns the lines of a data file as key and sentence, and fails on a key that
// comes twice.
func read(t *testing.T, name string) map[string]string {
	t.Helper()
	data, err := files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	m := make(map[string]string)
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		key, s, ok := strings.Cut(line, "\t")
		_, twice := m[key]
		if !ok || twice || s == "" || s != strings.TrimSpace(s) || strings.Contains(s, "\t") {
			t.Errorf("%s: %q is malformed, or its key comes twice", name, line)
		}
		m[key] = s
	}
	return m
}

func families(t *testing.T) []string {
	t.Helper()
	names, err := fs.Glob(files, "data/*.en.tsv")
	if err != nil || len(names) < 8 {
		t.Fatalf("data files: %v, %v", names, err)
	}
	for i := range names {
		names[i] = strings.TrimSuffix(names[i], ".en.tsv")
	}
	return names
}

var placeholder = regexp.MustCompile(`\{[a-z0-9]+\}`)

func TestBothLanguagesSayTheSame(t *testing.T) {
	for _, f := range families(t) {
		en, zh := read(t, f+".en.tsv"), read(t, f+".zh.tsv")
		for k, s := range en {
			z, ok := zh[k]
			if !ok {
				t.Errorf("%s: %s has no Chinese sentence", f, k)
				continue
			}
			a, b := placeholder.FindAllString(s, -1), placeholder.FindAllString(z, -1)
			slices.Sort(a)
			slices.Sort(b)
			if !slices.Equal(a, b) {
				t.Errorf("%s: %s has room for %v in English and %v in Chinese", f, k, a, b)
			}
		}
		for k := range zh {
			if _, ok := en[k]; !ok {
				t.Errorf("%s: %s has no English sentence", f, k)
			}
		}
	}
}

func columns(s string) int {
	n := utf8.RuneCountInString(s)
	for _, r := range s {
		if unicode.Is(unicode.Han, r) || r > 0xff00 && r < 0xff61 || r > 0x3000 && r < 0x3040 {
			n++
		}
	}
	return n
}

// otherBooks are words for which the glossary has chosen others: 客户, 位, 文字串, 密码
// (what every log-in of a student's life calls it), 应答码, 鉴别, 授权, 你.
var otherBooks = []string{"客户端", "比特", "字面量", "口令", "响应码", "认证", "特许", "您"}

func TestSentencesFitAndSpeakTheirLanguage(t *testing.T) {
	for _, f := range families(t) {
		for k, s := range read(t, f+".en.tsv") {
			if strings.HasSuffix(s, ".") || columns(s) > maxColumns {
				t.Errorf("%s: %s: ends in a full stop, or has %d columns", f, k, columns(s))
			}
			if strings.ContainsFunc(s, func(r rune) bool { return r > 0x7e }) {
				t.Errorf("%s: %s: not ASCII: %q", f, k, s)
			}
		}
		for k, s := range read(t, f+".zh.tsv") {
			han := strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
			if !han {
				t.Errorf("%s: %s: no Chinese in %q", f, k, s)
			}
			if strings.HasSuffix(s, "。") || columns(s) > maxColumns {
				t.Errorf("%s: %s: ends in a full stop, or has %d columns", f, k, columns(s))
			}
			for _, wrong := range otherBooks {
				if strings.Contains(s, wrong) {
					t.Errorf("%s: %s: %q is not the glossary's word", f, k, wrong)
				}
			}
		}
	}
}

// unwritten are the things that no RFC lays down.
var unwritten = map[string]bool{"sasl/LOGIN": true, "sasl/XOAUTH2": true,
	"sasl/prompt/username": true, "sasl/prompt/password": true,
	"sasl/message/LOGIN/username": true, "sasl/message/LOGIN/password": true,
	"sasl/message/XOAUTH2/client": true, "sasl/message/XOAUTH2/server": true,
	"mime/type/text/html": true, "message/header-field/content-language": true}

var sectionForm = regexp.MustCompile(`^RFC [1-9][0-9]{2,3} §([1-9A-Z][0-9]*)(\.[0-9]+)*$`)

func TestEveryMeaningHasItsSection(t *testing.T) {
	where := read(t, "data/sections.tsv")
	all := make(map[string]string)
	for _, f := range families(t) {
		maps.Copy(all, read(t, f+".en.tsv"))
	}
	for k, s := range where {
		if !sectionForm.MatchString(s) {
			t.Errorf("%s: %q is no section", k, s)
		}
		if _, ok := all[k]; !ok {
			t.Errorf("%s has a section and no sentence", k)
		}
	}
	for k := range read(t, "data/meanings.en.tsv") {
		if _, ok := where[k]; ok == unwritten[k] {
			t.Errorf("%s: section %q, unwritten %v", k, where[k], unwritten[k])
		}
	}
}

func TestRuleIDsNameTheirFamily(t *testing.T) {
	for _, f := range families(t) {
		family, ok := strings.CutPrefix(f, "data/rules-")
		for k := range read(t, f+".en.tsv") {
			if ok && !strings.HasPrefix(k, family+"/") {
				t.Errorf("%s: %s belongs to another file", f, k)
			}
		}
	}
}

// BenchmarkFirstUse is what the first explanation of a program costs: reading a
// language's meanings and the sections.
func BenchmarkFirstUse(b *testing.B) {
	for b.Loop() {
		c := sentence.New(files, "data/meanings")
		if _, ok := c.Look(Chinese, "smtp/command/MAIL"); !ok || readSections() == nil {
			b.Fatal("nothing read")
		}
	}
}
