package imap

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A Key is a search key: what messages are like that a search finds (RFC 3501 §6.4.4). Besides
// Name it has what keys of that name have; the functions below make keys that are right.
type Key struct {
	// Name is the word that the key begins with, in capitals. Keys in parentheses, of which all
	// must hold, are AND, and a set of message numbers is SET, though neither word is said.
	Name   string
	Field  string     // HEADER: the field's name; MODSEQ: the entry, of which nothing is made
	Text   string     // what is looked for, in UTF-8; KEYWORD: the flag; MODSEQ: the entry's kind
	Day    Day        // of dates
	Number int64      // of sizes in octets, intervals in seconds, modification sequences
	Set    MessageSet // SET, UID
	Keys   []Key      // AND; NOT: one; OR: two or more, which are said as OR a OR b c
}

// The names of keys that are not said.
const (
	keyAnd = "AND"
	keySet = "SET"
)

// A keyArgument is what stands behind the name of a key.
type keyArgument uint8

const (
	argNone     keyArgument = iota
	argText                 // astring
	argField                // header-fld-name SP astring
	argKeyword              // flag-keyword
	argDay                  // date
	argSize                 // number64
	argInterval             // nz-number (RFC 5032 §3)
	argUIDs                 // sequence-set
	argModSeq               // [entry-name SP entry-type-req SP] mod-sequence-valzer (RFC 7162 §7)
	argKey                  // search-key
	argTwoKeys              // search-key SP search-key
	argUnsaid               // AND and SET
)

// keyArguments has every key that there is (RFC 3501 §6.4.4, RFC 5032, RFC 7162 §3.1.5).
var keyArguments = map[string]keyArgument{
	"ALL": argNone, "NEW": argNone, "OLD": argNone, "RECENT": argNone,
	"ANSWERED": argNone, "DELETED": argNone, "DRAFT": argNone, "FLAGGED": argNone, "SEEN": argNone,
	"UNANSWERED": argNone, "UNDELETED": argNone, "UNDRAFT": argNone, "UNFLAGGED": argNone,
	"UNSEEN": argNone,

	"BCC": argText, "BODY": argText, "CC": argText, "FROM": argText, "SUBJECT": argText,
	"TEXT": argText, "TO": argText, "HEADER": argField,
	"KEYWORD": argKeyword, "UNKEYWORD": argKeyword,

	"BEFORE": argDay, "ON": argDay, "SINCE": argDay,
	"SENTBEFORE": argDay, "SENTON": argDay, "SENTSINCE": argDay,
	"LARGER": argSize, "SMALLER": argSize, "OLDER": argInterval, "YOUNGER": argInterval,
	"MODSEQ": argModSeq, "UID": argUIDs,

	"NOT": argKey, "OR": argTwoKeys, keyAnd: argUnsaid, keySet: argUnsaid,
}

// keyNeeds are the capabilities that keys belong to, where RFC 3501 has not got them.
var keyNeeds = map[string]string{"OLDER": "WITHIN", "YOUNGER": "WITHIN", "MODSEQ": "CONDSTORE"}

// Limits of what is looked for at once. Keys in OR a OR b OR c… count as one below the other
// only where they stand before the last: programs build long chains of these.
const (
	maxKeys     = 1000
	maxKeyDepth = 100
)

// A keyParser reads search keys.
type keyParser struct {
	*scanner
	ascii   bool   // what is looked for is in US-ASCII
	charset string // or in this one, which can be decoded; "" is UTF-8
	keys    int    // so many have begun
	depth   int
}

// decodes says that the charset can be decoded.
func (p *keyParser) decodes() bool {
	_, err := p.decode(p.charset, nil)
	return err == nil
}

// searchKeys reads 1*(SP search-key). What is looked for may be in UTF-8 in quotes, too.
func (p *keyParser) searchKeys() []Key {
	was := p.utf8
	p.utf8 = true
	var keys []Key
	for p.sp(); p.err == nil; p.sp() {
		keys = append(keys, p.key())
		if p.ended() {
			break
		}
	}
	p.utf8 = was
	return keys
}

// key reads a search-key.
func (p *keyParser) key() Key {
	if p.keys++; p.keys > maxKeys {
		p.fail(fmt.Sprintf("at most %d search keys", maxKeys))
		return Key{}
	}
	if p.depth++; p.depth > maxKeyDepth {
		p.fail(fmt.Sprintf("at most %d search keys in each other", maxKeyDepth))
		return Key{}
	}
	defer func() { p.depth-- }()
	switch c := p.next(); {
	case c == '(':
		k := Key{Name: keyAnd}
		p.list(func() { k.Keys = append(k.Keys, p.key()) })
		return k
	case c >= '0' && c <= '9' || c == '*' || c == '$':
		return Key{Name: keySet, Set: p.messageSet()}
	}
	at := p.at
	name := strings.ToUpper(p.run("a search key", isAtomChar))
	argument, ok := keyArguments[name]
	if !ok || argument == argUnsaid {
		p.at = at
		p.fail("a search key")
		return Key{}
	}
	k := Key{Name: name}
	if argument != argNone {
		p.sp()
		p.argument(&k, argument)
	}
	return k
}

// argument reads what stands behind a key's name.
func (p *keyParser) argument(k *Key, argument keyArgument) {
	switch argument {
	case argText:
		k.Text = p.text()
	case argField:
		k.Field = p.text()
		p.sp()
		k.Text = p.text()
	case argKeyword:
		k.Text = p.atom()
	case argDay:
		k.Day = p.day()
	case argSize:
		k.Number = p.number64()
	case argInterval:
		k.Number = int64(p.nzNumber())
	case argUIDs:
		k.Set = p.messageSet()
	case argModSeq:
		if p.next() == '"' {
			k.Field = p.quoted()
			p.sp()
			k.Text = p.entryType()
			p.sp()
		}
		k.Number = p.number64()
	case argKey:
		k.Keys = []Key{p.key()}
	case argTwoKeys:
		k.Keys = p.chain()
	}
}

// chain reads the keys behind OR: two, or more of which each but the last has an OR before it.
func (p *keyParser) chain() []Key {
	keys := []Key{p.key()}
	for p.sp(); p.word("OR"); p.sp() {
		p.sp()
		keys = append(keys, p.key())
	}
	return append(keys, p.key())
}

// entryType reads entry-type-req (RFC 7162 §7).
func (p *keyParser) entryType() string {
	at := p.at
	switch word := p.atom(); {
	case sameWord(word, "all"), sameWord(word, "priv"), sameWord(word, "shared"):
		return word
	}
	p.at = at
	p.fail("all, priv or shared")
	return ""
}

// text reads what is looked for.
func (p *keyParser) text() string {
	at := p.at
	text := p.astring()
	switch {
	case p.err != nil:
	case p.charset != "":
		decoded, err := p.decode(p.charset, []byte(text))
		if err != nil {
			p.at = at
			p.fail(p.charset)
		}
		return decoded
	case p.ascii && !isASCII(text):
		p.at = at
		p.fail("US-ASCII, since no CHARSET UTF-8 stands before the keys,")
	case !utf8.ValidString(text):
		p.at = at
		p.fail("UTF-8")
	}
	return text
}

// searchKeys writes 1*(SP search-key).
func (w *writer) searchKeys(keys []Key) {
	for i := range keys {
		w.sp()
		w.searchKey(&keys[i])
	}
}

// searchKey writes a search-key.
func (w *writer) searchKey(k *Key) {
	switch k.Name {
	case keyAnd:
		w.list(len(k.Keys), func(i int) { w.searchKey(&k.Keys[i]) })
		return
	case keySet:
		w.messageSet(k.Set)
		return
	case "OR":
		for i := range k.Keys {
			if i < len(k.Keys)-1 {
				w.raw("OR ")
			}
			w.searchKey(&k.Keys[i])
			if i < len(k.Keys)-1 {
				w.sp()
			}
		}
		return
	}
	w.raw(k.Name)
	argument := keyArguments[k.Name]
	if argument == argNone {
		return
	}
	w.sp()
	switch argument {
	case argText:
		w.astring(k.Text)
	case argField:
		w.astring(k.Field)
		w.sp()
		w.astring(k.Text)
	case argKeyword:
		w.raw(k.Text)
	case argDay:
		w.raw(k.Day.String())
	case argSize, argInterval:
		w.number64(k.Number)
	case argUIDs:
		w.messageSet(k.Set)
	case argModSeq:
		if k.Field != "" {
			w.str(k.Field)
			w.raw(" " + k.Text + " ")
		}
		w.number64(k.Number)
	case argKey:
		w.searchKey(&k.Keys[0])
	}
}
