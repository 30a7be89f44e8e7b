package term

import (
	"embed"
	"strings"

	"mailtool/internal/sentence"
	"mailtool/trace/explain"
)

//go:embed data/*.tsv
var files embed.FS

var own = sentence.New(files, "data/term")

// say returns a sentence of the screen's own, or of package explain where the key is
// one of its.
func say(lang sentence.Lang, key string, values ...string) string {
	if strings.HasPrefix(key, "term/") {
		return own.Say(lang, key, values...)
	}
	return explain.Say(lang, key, values...)
}

// counted says a sentence about n things: key/one where it is one thing. It has room
// for {n} beside the values.
func counted(lang sentence.Lang, key string, n int64, values ...string) string {
	if n == 1 {
		key += "/one"
	}
	return say(lang, key, append(values, "n", group(n))...)
}

// group writes n, which is not negative, with its thousands apart: 83,402.
func group(n int64) string {
	s := []byte{}
	for i := 0; ; i++ {
		if i > 0 && i%3 == 0 {
			s = append(s, ',')
		}
		s = append(s, byte('0'+n%10))
		if n /= 10; n == 0 {
			break
		}
	}
	for i, j := 0, len(s)-1; i < j; i, j = i+1, j-1 {
		s[i], s[j] = s[j], s[i]
	}
	return string(s)
}
