// Package sentence keeps what mailtool says to people: every rule, hint, error
// and meaning is a line of a data file, found by its key, in English and Chinese.
//
// A file holds one sentence a line, key and sentence divided by a tab. Lines that
// are empty or begin with # are passed over. A sentence may hold {name} where a
// value is to be put in. A file is read when the first of its sentences is asked
// for: a program that says nothing pays nothing.
package sentence

import (
	"io/fs"
	"strings"
	"sync"
)

// A Lang is a language that mailtool speaks.
type Lang string

// The languages.
const (
	English Lang = "en"
	Chinese Lang = "zh"
)

// A Catalog is a family of data files, one per language: name.en.tsv and
// name.zh.tsv.
type Catalog struct {
	files fs.FS
	name  string
	en    func() map[string]string
	zh    func() map[string]string
}

// New returns the catalog name in files. Nothing is read yet.
func New(files fs.FS, name string) *Catalog {
	c := &Catalog{files: files, name: name}
	c.en = sync.OnceValue(func() map[string]string { return c.read(English) })
	c.zh = sync.OnceValue(func() map[string]string { return c.read(Chinese) })
	return c
}

// Say returns the sentence of key in lang, with each {name} replaced by the word
// that follows that name in values. Where the language has no such sentence the
// English one is given, and where there is none at all the key itself, so that a
// gap is seen and nothing is lost.
func (c *Catalog) Say(lang Lang, key string, values ...string) string {
	s, ok := c.Look(lang, key)
	if !ok {
		s = key
	}
	return Fill(s, values...)
}

// Look returns the sentence of key as it stands in the file, and whether there is
// one in lang or in English.
func (c *Catalog) Look(lang Lang, key string) (string, bool) {
	if lang == Chinese {
		if s, ok := c.zh()[key]; ok {
			return s, true
		}
	}
	s, ok := c.en()[key]
	return s, ok
}

// Keys returns the keys that the file of lang holds, in no order.
func (c *Catalog) Keys(lang Lang) []string {
	m := c.en()
	if lang == Chinese {
		m = c.zh()
	}
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

func (c *Catalog) read(lang Lang) map[string]string {
	data, err := fs.ReadFile(c.files, c.name+"."+string(lang)+".tsv")
	if err != nil {
		return nil
	}
	m := make(map[string]string)
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		if key, s, ok := strings.Cut(line, "\t"); ok {
			m[key] = s
		}
	}
	return m
}

// Fill puts values into s: they come in pairs, a name and what stands for {name}.
func Fill(s string, values ...string) string {
	if len(values) < 2 || !strings.Contains(s, "{") {
		return s
	}
	pairs := make([]string, 0, len(values))
	for i := 0; i+1 < len(values); i += 2 {
		pairs = append(pairs, "{"+values[i]+"}", values[i+1])
	}
	return strings.NewReplacer(pairs...).Replace(s)
}
