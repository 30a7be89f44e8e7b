package main

import (
	"embed"
	"strconv"
	"strings"

	"mailtool/internal/sentence"
)

//go:embed text/*.tsv
var textFiles embed.FS

var catalog = sentence.New(textFiles, "text/cli")

// lookUp finds a sentence: those of some commands lie in files of their own.
func (p *program) lookUp(key string) (string, bool) {
	for _, c := range []*sentence.Catalog{catalog, serveText, tourText, mailboxText, smtpText,
		completionText, caText, userText, secureText, loginText, roomText, lintText,
		pop3Text, imapText, compareText, mimeText, mimeBuildText} {
		if s, ok := c.Look(p.lang, key); ok {
			return s, true
		}
	}
	return "", false
}

// say returns the sentence of key, with {name} replaced by the word that follows that
// name in values. A \n in it begins a new line.
func (p *program) say(key string, values ...string) string {
	s, ok := p.lookUp(key)
	if !ok {
		s = key
	}
	return sentence.Fill(strings.ReplaceAll(s, `\n`, "\n"), values...)
}

// look is say for what need not be there.
func (p *program) look(key string) string {
	if _, ok := p.lookUp(key); !ok {
		return ""
	}
	return p.say(key)
}

// counted says a sentence about {n} things: key/one where it is one. values are as for say.
func (p *program) counted(key string, n int, values ...string) string {
	if n == 1 {
		key += "/one"
	}
	return p.say(key, append(values, "n", strconv.Itoa(n))...)
}

// inOctets says how many octets something has.
func (p *program) inOctets(n int64) string { return p.counted("verdict/octets", int(n)) }
