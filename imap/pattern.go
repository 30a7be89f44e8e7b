package imap

import "strings"

// A Pattern says which names of mailboxes LIST and LSUB are about: "*" is zero or more
// octets, "%" as many that are no Delimiter (RFC 3501 §6.3.8). Names and pattern must be
// in the same form, modified UTF-7 or UTF-8: no wildcard stands within an encoded
// character.
type Pattern struct {
	prefix string // up to the first wildcard
	rest   string // from there on; wildcards do not follow each other
	plain  int    // octets of rest that are no wildcards
	levels bool   // levels of hierarchy match, too: see Levels
}

// ParsePattern returns the pattern of a reference and a mailbox name with wildcards. There is
// no working directory here and nothing that breaks out of one, so the reference stands
// before the name, as it is (RFC 3501 §6.3.8).
func ParsePattern(reference, name string) Pattern {
	all := reference + name
	p := Pattern{prefix: all, levels: strings.HasSuffix(all, "%")}
	at := strings.IndexAny(all, "*%")
	if at < 0 {
		return p
	}
	p.prefix = all[:at]
	var rest strings.Builder
	for i := at; i < len(all); {
		if c := all[i]; !isWildcard(c) {
			rest.WriteByte(c)
			p.plain++
			i++
			continue
		}
		end := i
		for end < len(all) && isWildcard(all[end]) {
			end++
		}
		if strings.IndexByte(all[i:end], '*') >= 0 {
			rest.WriteByte('*')
		} else {
			rest.WriteByte('%')
		}
		i = end
	}
	p.rest = rest.String()
	return p
}

func isWildcard(c byte) bool { return c == '*' || c == '%' }

// Match says that the pattern is about the mailbox of that name. The name INBOX, and the
// first level of what lies below, matches in any case.
func (p *Pattern) Match(name string) bool { return p.run(name, nil) }

// Levels returns the levels of hierarchy above the mailboxes of these names that match
// the pattern, where it ends in "%", and that are no mailboxes themselves: LIST returns
// them, too, as \Noselect, \NonExistent or with \HasChildren (RFC 3501 §6.3.8,
// RFC 5258 §3). They come in the order in which they are met, each once.
func (p *Pattern) Levels(names []string) []string {
	if !p.levels {
		return nil
	}
	known := make(map[string]bool, len(names))
	for _, name := range names {
		known[name] = true
	}
	var levels []string
	for _, name := range names {
		p.run(name, func(level string) {
			if level != "" && !known[level] {
				known[level] = true
				levels = append(levels, level)
			}
		})
	}
	return levels
}

// run matches a name, and calls level, if there is one, with each part of it up to a
// Delimiter that matches. It goes over the name once, with all the places of the pattern
// at which it may be: a pattern such as %*a%*a%*a takes no more time than its length times
// that of the name.
func (p *Pattern) run(name string, level func(string)) bool {
	fold := 0 // octets of the name that match in any case
	if name == Inbox || strings.HasPrefix(name, Inbox+string(Delimiter)) {
		fold = len(Inbox)
	}
	if len(name) < len(p.prefix)+p.plain {
		return false
	}
	for i := range len(p.prefix) {
		if !sameOctet(name[i], p.prefix[i], i < fold) {
			return false
		}
	}
	if p.rest == "" && level == nil {
		return len(name) == len(p.prefix)
	}
	var room [128]bool
	at := places{pattern: p.rest, on: room[:]}
	if len(p.rest) >= len(room) {
		at.on = make([]bool, len(p.rest)+1)
	}
	at.on[0] = true
	at.overWildcards()
	for i := len(p.prefix); i < len(name); i++ {
		if name[i] == Delimiter && level != nil && at.atEnd() {
			level(name[:i])
		}
		if at.step(name[i], i < fold); at.first > at.last {
			return false
		}
	}
	return at.atEnd()
}

// places are the places of a pattern that the beginning of a name leads to: the n-th is on
// if it matches the first n octets of the pattern.
type places struct {
	pattern     string
	on          []bool
	first, last int // none is on outside of these
}

func (p *places) atEnd() bool { return p.on[len(p.pattern)] }

// step goes on by an octet of the name.
func (p *places) step(c byte, fold bool) {
	last := p.last
	p.last = -1
	for i := last; i >= p.first; i-- {
		if !p.on[i] {
			continue
		}
		switch {
		case i == len(p.pattern):
			p.on[i] = false
		case p.pattern[i] == '*', p.pattern[i] == '%' && c != Delimiter:
			p.last = max(p.last, i)
		case p.pattern[i] == '%':
			p.on[i] = false
		default:
			p.on[i] = false
			if sameOctet(c, p.pattern[i], fold) {
				p.on[i+1] = true
				p.last = max(p.last, i+1)
			}
		}
	}
	p.overWildcards()
}

// overWildcards turns on what is reached because a wildcard may stand for nothing, and
// finds the first place again.
func (p *places) overWildcards() {
	for p.first <= p.last && !p.on[p.first] {
		p.first++
	}
	for i := p.first; i <= p.last && i < len(p.pattern); i++ {
		if p.on[i] && isWildcard(p.pattern[i]) {
			p.on[i+1] = true
			p.last = max(p.last, i+1)
		}
	}
}
