package explain

import "strings"

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
		if i > 0 { // the first token says which messages
			x.note(t, "imap/fetch-item/"+fetchItem(strings.ToUpper(t)))
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
	for i := 0; i < len(rest); i++ {
		key := strings.ToUpper(rest[i])
		x.note(rest[i], "imap/search-key/"+key)
		i += taken[key]
		if key == "RETURN" {
			for i+1 < len(rest) && rest[i] != ")" {
				i++
			}
		}
	}
}
