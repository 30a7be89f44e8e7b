package explain

import (
	"strings"

	"mailtool/internal/escape"
	"mailtool/internal/utf7"
	"mailtool/internal/wire"
)

// tokens divides a line of IMAP at spaces and parentheses, which are tokens of their
// own. A quoted string is one token, and so is BODY[HEADER.FIELDS (FROM TO)]: that is
// all of RFC 9051 §4 that an explanation needs.
func tokens(line string) []string {
	var out []string
	start, brackets := -1, 0
	quoted := false
	flush := func(i int) {
		if start >= 0 {
			out = append(out, line[start:i])
			start = -1
		}
	}
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quoted && c == '\\':
			i++
			continue
		case c == '"':
			quoted = !quoted
		case quoted:
			continue
		case c == '[':
			brackets++
		case c == ']':
			brackets = max(0, brackets-1)
		case brackets == 0 && (c == ' ' || c == '(' || c == ')'):
			flush(i)
			if c != ' ' {
				out = append(out, line[i:i+1])
			}
			continue
		}
		if start < 0 {
			start = i
		}
	}
	flush(len(line))
	return out
}

// after is the tokens behind the first n.
func after(line string, n int) []string {
	t := tokens(line)
	return t[min(n, len(t)):]
}

// each explains tokens by the keys under prefix.
func (x *Explainer) each(rest []string, prefix string) {
	for _, t := range rest {
		x.note(t, prefix+strings.ToUpper(t))
	}
}

// flags explains system flags and the keywords that have a meaning for all.
func (x *Explainer) flags(rest []string) {
	for _, t := range rest {
		if strings.HasPrefix(t, `\`) || strings.HasPrefix(t, "$") {
			x.note(t, "imap/flag/"+strings.ToUpper(t))
		}
	}
}

// fetchItems explains what FETCH asks for (RFC 9051 §6.4.5).
func (x *Explainer) fetchItems(rest []string) {
	for i, t := range rest {
		if up := strings.ToUpper(t); i > 0 { // the first token says which messages
			if !x.note(t, "imap/fetch-modifier/"+up) {
				x.note(t, "imap/fetch-item/"+fetchItem(up))
			}
		}
	}
}

// fetchItem is the key of an item: what stands in brackets is reduced to its kind.
func fetchItem(item string) string {
	name, section, ok := strings.Cut(item, "[")
	if !ok {
		return item
	}
	if strings.HasPrefix(name, "BINARY") {
		return name
	}
	section, _, _ = strings.Cut(section, "]")
	switch {
	case section == "", section == "HEADER", section == "TEXT":
	case strings.HasPrefix(section, "HEADER.FIELDS"):
		section = "HEADER.FIELDS"
	default:
		section = "section"
	}
	return name + "[" + section + "]"
}

// storeItems explains what STORE does, and with which flags (RFC 9051 §6.4.6).
func (x *Explainer) storeItems(rest []string) {
	x.each(rest, "imap/store-modifier/")
	for i, t := range rest {
		item, silent := strings.CutSuffix(strings.ToUpper(t), ".SILENT")
		if i > 0 && x.note(t[:min(len(item), len(t))], "imap/store-item/"+item) && silent {
			x.note(".SILENT", "imap/store-item/.SILENT")
		}
	}
	x.flags(rest)
}

// taken is how many words a search key takes: what stands in their place is no key
// (RFC 9051 §6.4.4).
var taken = map[string]int{
	"KEYWORD": 1, "UNKEYWORD": 1, "FROM": 1, "TO": 1, "CC": 1, "BCC": 1, "SUBJECT": 1,
	"HEADER": 2, "BODY": 1, "TEXT": 1, "BEFORE": 1, "ON": 1, "SINCE": 1, "SENTBEFORE": 1,
	"SENTON": 1, "SENTSINCE": 1, "LARGER": 1, "SMALLER": 1, "UID": 1, "CHARSET": 1,
	"YOUNGER": 1, "OLDER": 1, "MODSEQ": 1,
}

// searchKeys explains what SEARCH looks for.
func (x *Explainer) searchKeys(rest []string) {
	rest = x.options(rest)
	for i := 0; i < len(rest); i++ {
		key := strings.ToUpper(rest[i])
		x.note(rest[i], "imap/search-key/"+key)
		i += taken[key]
	}
}

// options explains what the answer to a search is to tell, which stands before all else
// (RFC 4731 §3.1), and returns what follows.
func (x *Explainer) options(rest []string) []string {
	if len(rest) == 0 || !strings.EqualFold(rest[0], "RETURN") {
		return rest
	}
	x.note(rest[0], "imap/search-key/RETURN")
	end := closing(rest)
	x.each(rest[1:end], "imap/search-result/")
	return rest[end:]
}

// sortKeys explains by what SORT puts in order, and returns what it looks for (RFC 5256 §3).
func (x *Explainer) sortKeys(rest []string) []string {
	end := closing(rest)
	x.each(rest[:end], "imap/sort-key/")
	return rest[min(end+1, len(rest)):] // a character set stands between
}

// threads explains how THREAD groups, and returns what it looks for (RFC 5256 §3).
func (x *Explainer) threads(rest []string) []string {
	if len(rest) > 0 {
		x.note(rest[0], "imap/thread-algorithm/"+strings.ToUpper(rest[0]))
	}
	return rest[min(2, len(rest)):]
}

// closing is the number of tokens up to the first parenthesis that closes, with it.
func closing(rest []string) int {
	for i, t := range rest {
		if t == ")" {
			return i + 1
		}
	}
	return len(rest)
}

// naming are the commands and the data in which names of mailboxes stand.
var naming = map[string]bool{"SELECT": true, "EXAMINE": true, "CREATE": true, "DELETE": true,
	"RENAME": true, "SUBSCRIBE": true, "UNSUBSCRIBE": true, "LIST": true, "LSUB": true,
	"STATUS": true, "APPEND": true, "COPY": true, "MOVE": true, "GETQUOTAROOT": true,
	"QUOTAROOT": true, "NAMESPACE": true}

// names tells which names are meant by those in modified UTF-7 (RFC 3501 §5.1.3).
func (x *Explainer) names(word string, rest []string) {
	for _, t := range rest {
		if !naming[word] || !strings.ContainsRune(t, '&') || len(x.notes) >= maxNotes {
			continue
		}
		coded := t
		if content, n := wire.Unquote([]byte(t)); n > 0 {
			coded = string(content)
		}
		if name, err := utf7.Decode(coded); err == nil && name != coded {
			x.notes = append(x.notes, Note{Section: sections()["screen/utf7"],
				Text: Say(x.lang, "screen/utf7", "wire", coded, "name", escape.Text([]byte(name)))})
		}
	}
}
