package explain

import (
	"strconv"

	"mailtool/internal/sentence"
	"mailtool/trace/rule"
)

var (
	mends = sentence.New(files, "data/mend")
	looks = sentence.New(files, "data/looks")
)

// Mend says what to do about a broken rule of a message, with the words of f put in, or ""
// where nothing is known.
func Mend(lang Lang, f rule.Finding) string { return about(mends, lang, f) }

// Looks says what a reader of the message sees of it: "" where nothing is to be seen.
func Looks(lang Lang, f rule.Finding) string { return about(looks, lang, f) }

func about(c *sentence.Catalog, lang Lang, f rule.Finding) string {
	s, ok := c.Look(lang, f.ID)
	if !ok {
		return ""
	}
	values := make([]string, 0, 2*len(f.Args))
	for i, a := range f.Args {
		values = append(values, strconv.Itoa(i+1), a)
	}
	return sentence.Fill(s, values...)
}
