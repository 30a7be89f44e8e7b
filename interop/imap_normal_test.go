package interop

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A tidy writes what servers answer in one form, so that answers can be compared: strings
// quoted, flags and data items in the order of the alphabet, numbers that each server chooses
// for itself by the order in which they were first seen.
type tidy struct {
	chosen map[string]string
	values map[string]string // by their names
	modseq bool              // SELECT's HIGHESTMODSEQ is of interest
}

func newTidy() *tidy { return &tidy{chosen: map[string]string{}, values: map[string]string{}} }

// name is that of a number that the server has chosen: of its kind the first, the second.
func (y *tidy) name(kind, value string) string {
	key := kind + " " + value
	if y.chosen[key] == "" {
		n := 1
		for k := range y.chosen {
			if strings.HasPrefix(k, kind+" ") {
				n++
			}
		}
		y.chosen[key] = fmt.Sprintf("$%s%d", kind, n)
		y.values[y.chosen[key]] = value
	}
	return y.chosen[key]
}

var named = regexp.MustCompile(`\$[vm]\d+`)

// fill puts numbers into the places of their names.
func (y *tidy) fill(command string) string {
	return named.ReplaceAllStringFunc(command, func(name string) string {
		if v := y.values[name]; v != "" {
			return v
		}
		return name
	})
}

var (
	validity = regexp.MustCompile(`(?i)\b(UIDVALIDITY|APPENDUID|COPYUID) (\d+)`)
	modseq   = regexp.MustCompile(`(?i)\b(HIGHESTMODSEQ|MODSEQ|MODSEQ \() ?(\d+)`)
	status   = regexp.MustCompile(`^(OK|NO|BAD|BYE|PREAUTH)( \[[^\]]*\])?( .*)?$`)
	tagged   = regexp.MustCompile(`^([^* ]+) (?:OK|NO|BAD)\b`)
	ofSearch = regexp.MustCompile(`\(TAG "x\d+"\)`)
)

// answer is one response of a server.
func (y *tidy) answer(r string) string {
	untagged := strings.HasPrefix(r, "* ")
	body := strings.TrimPrefix(r, "* ")
	if m := tagged.FindStringSubmatch(r); m != nil {
		body = r[len(m[1])+1:]
	}
	if m := status.FindStringSubmatch(body); m != nil {
		body = m[1] + flagsInOrder(m[2])
	} else if untagged {
		body = inOneForm(ofSearch.ReplaceAllString(body, `(TAG "x")`))
	}
	body = validity.ReplaceAllStringFunc(body, func(s string) string {
		word, n, _ := strings.Cut(s, " ")
		return word + " " + y.name("v", n)
	})
	body = modseq.ReplaceAllStringFunc(body, func(s string) string {
		m := modseq.FindStringSubmatch(s)
		return s[:len(s)-len(m[2])] + y.name("m", m[2])
	})
	if untagged {
		return "* " + body
	}
	return body
}

// flagsInOrder puts the flags of a code into the order of the alphabet.
func flagsInOrder(code string) string {
	open := strings.IndexByte(code, '(')
	if open < 0 || !strings.Contains(code, "PERMANENTFLAGS") {
		return code
	}
	return code[:open] + inOneForm(code[open:strings.LastIndexByte(code, ')')+1]) + "]"
}

// inOneForm is data with its strings quoted, its lists of flags and its FETCH items in order.
func inOneForm(text string) string {
	v := (&dataReader{s: text}).list(0)
	fetch := len(v) == 3 && v[1].atom == "FETCH"
	if fetch {
		inPairs(v[2].list)
	}
	for i, x := range v {
		if i > 0 && v[i-1].atom == "FLAGS" || len(v) == 1 || v[0].atom == "LIST" || v[0].atom == "LSUB" {
			byAlphabet(x.list)
		}
		if x.list != nil && v[0].atom == "STATUS" {
			inPairs(x.list)
		}
	}
	if v[0].atom == "SEARCH" { // in no order, as the standard has it
		slices.SortStableFunc(v[1:], func(a, b datum) int { return number(a) - number(b) })
	}
	return strings.TrimSuffix(strings.TrimPrefix(datum{list: v}.String(), "("), ")")
}

func number(d datum) int {
	n, err := strconv.Atoi(d.atom)
	if err != nil {
		return 1 << 40
	}
	return n
}

// byAlphabet sorts words.
func byAlphabet(list []datum) {
	slices.SortFunc(list, func(a, b datum) int { return strings.Compare(a.String(), b.String()) })
}

// inPairs sorts names with their values; the values that are flags as well.
func inPairs(list []datum) {
	var pairs [][2]datum
	for i := 0; i+1 < len(list); i += 2 {
		if list[i].atom == "FLAGS" {
			byAlphabet(list[i+1].list)
		}
		if list[i].atom == "INTERNALDATE" && list[i+1].text != nil {
			*list[i+1].text = inUTC(*list[i+1].text)
		}
		pairs = append(pairs, [2]datum{list[i], list[i+1]})
	}
	slices.SortStableFunc(pairs, func(a, b [2]datum) int { return strings.Compare(a[0].atom, b[0].atom) })
	for i, p := range pairs {
		list[2*i], list[2*i+1] = p[0], p[1]
	}
}

// inUTC is a date in UTC, as Dovecot has it. Today's is one of those that servers choose.
func inUTC(date string) string {
	at, err := time.Parse("_2-Jan-2006 15:04:05 -0700", date)
	if err != nil {
		return date
	}
	if time.Since(at).Abs() < time.Hour {
		return "now"
	}
	return at.UTC().Format("_2-Jan-2006 15:04:05 -0700")
}

// A datum is an atom, a string or a list.
type datum struct {
	atom string
	text *string
	list []datum // not nil for a list
}

func (d datum) String() string {
	switch {
	case d.text != nil:
		q := strconv.Quote(*d.text)
		return q
	case d.list == nil:
		return d.atom
	}
	var words []string
	for _, x := range d.list {
		words = append(words, x.String())
	}
	return "(" + strings.Join(words, " ") + ")"
}

// A dataReader reads data of a response.
type dataReader struct {
	s  string
	at int
}

// list reads up to the end, or to what closes a list that is open.
func (r *dataReader) list(depth int) []datum {
	all := []datum{}
	for r.at < len(r.s) {
		switch c := r.s[r.at]; {
		case c == ' ':
			r.at++
		case c == '(':
			r.at++
			all = append(all, datum{list: r.list(depth + 1)})
		case c == ')':
			r.at++
			if depth > 0 {
				return all
			}
			all = append(all, datum{atom: ")"})
		case c == '"':
			all = append(all, r.quoted())
		case c == '{' || c == '~':
			all = append(all, r.literal())
		default:
			all = append(all, r.word())
		}
	}
	return all
}

func (r *dataReader) quoted() datum {
	var b strings.Builder
	for r.at++; r.at < len(r.s) && r.s[r.at] != '"'; r.at++ {
		if r.s[r.at] == '\\' {
			r.at++
		}
		if r.at < len(r.s) {
			b.WriteByte(r.s[r.at])
		}
	}
	r.at++
	s := b.String()
	return datum{text: &s}
}

func (r *dataReader) literal() datum {
	end := strings.Index(r.s[r.at:], "}\r\n")
	open := strings.IndexByte(r.s[r.at:], '{')
	if end < 0 || open < 0 || open > end {
		return r.word()
	}
	n, _ := strconv.Atoi(r.s[r.at+open+1 : r.at+end])
	r.at += end + len("}\r\n")
	s := r.s[r.at:min(r.at+n, len(r.s))]
	r.at += n
	return datum{text: &s}
}

// word reads an atom; what stands in brackets belongs to it.
func (r *dataReader) word() datum {
	began, inside := r.at, false
	for ; r.at < len(r.s); r.at++ {
		c := r.s[r.at]
		if inside = (inside || c == '[') && c != ']'; !inside && (c == ' ' || c == '(' || c == ')') {
			break
		}
	}
	return datum{atom: r.s[began:max(r.at, began+1)]}
}
