package imap

import (
	"bytes"

	"mailtool/internal/wire"
	"mailtool/trace"
)

// A veil finds the secret in a command: the password of LOGIN, the initial response of
// AUTHENTICATE. It takes the command unit by unit, literals left out, since either may
// begin in any of them. The zero value is ready.
//
// It looks at words alone, so that it works on whatever somebody typed: without a tag,
// with a tab, with a quote that never ends.
type veil struct {
	words   int  // words begun so far: tag, verb, arguments
	in      bool // within a word
	quoted  bool
	escaped bool
	word    [longestVerb]byte // the start of the word, in capitals
	n       int               // octets of the word, as far as they are kept
	from    int               // the word from which on all is secret, 0 if there is none
	sasl    bool              // the secret is base64, and "=" says that it is empty
	secret  bool              // it has begun
	open    bool              // the line ended within a quoted string before or in the secret
}

// secretWord is what the words of a line up to the secret may be: the commands of IMAP
// that carry one, and those of its neighbours, which are typed by mistake.
var secretWord = map[string]struct {
	after int
	sasl  bool
}{
	"LOGIN": {2, false}, "PASS": {1, false}, "PASSWORD": {1, false}, "APOP": {2, false},
	"AUTHENTICATE": {2, true}, "AUTH": {2, true},
}

// cover returns where in text, the next octets of a command without its line ending,
// the secret stands; whole says that the line ends there. What announces a literal is
// not secret, but the literal's length is.
func (v *veil) cover(text []byte, whole bool) []trace.Span {
	literal, is := wire.FindLiteral(text)
	is = is && whole
	begin, quote := -1, -1
	if v.secret {
		begin = 0
	}
	for i, c := range text {
		if starts := v.next(c); starts && c == '"' {
			quote = i
		}
		if v.secret && begin < 0 {
			begin = i
		}
	}
	if whole {
		v.endWord()
		if v.quoted && !v.secret && v.from > 0 && v.words == v.from-1 && quote >= 0 && !is {
			begin, v.secret = quote, true // the quote has no end: the secret lies within
		}
		v.open = v.quoted && v.from > 0 && !is
		v.in, v.quoted, v.escaped = false, false, false
	}
	switch {
	case begin < 0:
		return nil
	case is:
		at := literal.At + bytes.IndexByte(text[literal.At:], '{')
		digits := len(text) - 2 - at
		if literal.NoWait {
			digits--
		}
		return []trace.Span{{At: begin, Len: max(0, literal.At-begin)}, {At: at + 1, Len: digits}}
	case v.sasl && whole && string(bytes.TrimSpace(text[begin:])) == "=":
		return nil
	}
	return []trace.Span{{At: begin, Len: len(text) - begin}}
}

// next takes an octet and says whether it begins a word.
func (v *veil) next(c byte) (starts bool) {
	switch {
	case v.escaped:
		v.escaped = false
	case v.quoted && c == '\\':
		v.escaped = true
	case v.quoted && c == '"':
		v.quoted = false
		v.endWord()
		v.in = false
		return false
	case !v.quoted && isSpace(c):
		v.endWord()
		v.in = false
		return false
	}
	if !v.in {
		v.in, starts = true, true
		v.words++
		v.n = 0
		v.quoted = c == '"'
		v.secret = v.secret || v.from > 0 && v.words >= v.from
	} else if v.words <= 2 && v.glued() {
		v.from, v.secret = v.words, true
	}
	if v.n < len(v.word) {
		v.word[v.n] = upper(c)
	}
	v.n++
	return starts
}

// glued says that the word so far is PASS and a sign: people type "PASS:x".
func (v *veil) glued() bool {
	if v.n == 0 || v.n > len(v.word) || !v.in {
		return false
	}
	verb, sign := v.word[:v.n-1], v.word[v.n-1]
	return (string(verb) == "PASS" || string(verb) == "PASSWORD") &&
		(sign < '0' || sign > '9') && (sign < 'A' || sign > 'Z')
}

// endWord looks whether the word that ended is the verb, which the second word is, or
// the first where the tag was forgotten.
func (v *veil) endWord() {
	if !v.in || v.words > 2 || v.n > len(v.word) {
		return
	}
	word := v.word[:v.n]
	if v.glued() {
		word = word[:v.n-1]
	}
	if s, ok := secretWord[string(word)]; ok {
		v.from, v.sasl = v.words+s.after, s.sasl
	} else if v.words == 2 && verbIDs[string(word)] != noVerb {
		v.from = 0 // the first word was a tag after all
	}
}

// A curtain is a veil for octets that may be many commands: those that nobody can put a
// name to. Each line begins a new command; a literal is as secret as what announced it. Where
// the server refused a literal, its octets were lines: so they are looked at as both, but
// for those of a command with a secret.
type curtain struct {
	taken   guess // where the server takes all literals
	refused guess
	within  bool // the newest octet ended no line
}

// A guess goes through octets as if the server had taken their literals, or refused them.
type guess struct {
	veil veil
	left int64 // octets of a literal that are still to come
	open bool  // the line before this one ended within a quoted string
}

// cover returns where in text, the next octets, there are secrets.
func (c *curtain) cover(text []byte) []trace.Span {
	spans := c.refused.cover(text, c.taken.cover(text, nil, true), false)
	if len(text) > 0 {
		c.within = text[len(text)-1] != '\n'
	}
	return spans
}

// cover adds to spans where in text there are secrets.
func (g *guess) cover(text []byte, spans []trace.Span, taken bool) []trace.Span {
	for at := 0; at < len(text); {
		if g.left > 0 {
			n := int(min(g.left, int64(len(text)-at)))
			if g.veil.secret {
				spans = append(spans, trace.Span{At: at, Len: n})
			}
			g.left -= int64(n)
			at += n
			continue
		}
		line, end, whole := nextLine(text, at)
		hide := g.veil.cover(line, whole)
		unfinished := !whole && len(line) >= 8 && mayBase64(line)
		if len(hide) == 0 && (g.open || unfinished || trace.IsBase64(line)) {
			hide = []trace.Span{{Len: len(line)}}
		}
		spans = appendAt(spans, at, hide)
		at = end
		if l, is := wire.FindLiteral(line); whole && is && (taken || g.veil.from > 0) {
			g.left = l.Size
		} else if whole {
			g.open, g.veil = g.veil.open, veil{}
		}
	}
	return spans
}

// nextLine is the line at the index at without its ending, and where the next one begins.
func nextLine(text []byte, at int) (line []byte, end int, whole bool) {
	end = len(text)
	if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
		end, whole = at+i+1, true
	}
	return bytes.TrimRight(text[at:end], "\r\n"), end, whole
}

// appendAt appends more, of which the indices count from at.
func appendAt(spans []trace.Span, at int, more []trace.Span) []trace.Span {
	for _, h := range more {
		spans = append(spans, trace.Span{At: at + h.At, Len: h.Len})
	}
	return spans
}

// passwords returns what a secret stands for on the wire elsewhere: without its quotes,
// with its escapes and without; of several words, the last: a command that was sent too
// early ends in its password.
func passwords(secret []byte) [][]byte {
	secret = bytes.Trim(secret, " \t")
	if len(secret) == 0 || secret[0] != '"' {
		last := secret[bytes.LastIndexAny(secret, " \t")+1:]
		return [][]byte{secret, bytes.TrimRight(secret, `"`), bytes.Trim(last, `"`)}
	}
	var plain []byte
	end := 1
	for ; end < len(secret) && secret[end] != '"'; end++ {
		if secret[end] == '\\' && end+1 < len(secret) {
			end++
		}
		plain = append(plain, secret[end])
	}
	return [][]byte{secret[1:min(end, len(secret))], plain}
}
