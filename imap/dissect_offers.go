package imap

import "bytes"

// offers is the set of capabilities that a server named, those that rules ask for.
type offers uint32

const (
	offersKnown offers = 1 << iota // the server said what it can do
	offersRev2
	offersLiteralPlus
	offersLiteralMinus
	offersInitial // SASL-IR
	offersIdle
	offersNoLogin // LOGINDISABLED
	offersStartTLS
	offersCompress
	offersID
	offersEnable
	offersNamespace
	offersUnselect
	offersUIDPlus
	offersMove
	offersSort
	offersThread
	offersQuota
	offersReturn // ESEARCH: SEARCH RETURN (…)
	offersList   // LIST-EXTENDED: LIST … RETURN (…)
	offersBinary
	offersModSeq // CONDSTORE

	offersOfRev2 = offersRev2 | offersLiteralMinus | offersInitial | offersIdle | offersEnable |
		offersNamespace | offersUnselect | offersUIDPlus | offersMove | offersReturn | offersList |
		offersBinary // RFC 9051, Appendix E
)

// capabilities are those of the names. A name with "=" stands for all that begin so.
var capabilities = map[string]offers{
	"IMAP4REV2":        offersOfRev2,
	"LITERAL+":         offersLiteralPlus,
	"LITERAL-":         offersLiteralMinus,
	"SASL-IR":          offersInitial,
	"IDLE":             offersIdle,
	"LOGINDISABLED":    offersNoLogin,
	"STARTTLS":         offersStartTLS,
	"COMPRESS=DEFLATE": offersCompress,
	"ID":               offersID,
	"ENABLE":           offersEnable,
	"UTF8=":            offersEnable, // RFC 6855 §3
	"NAMESPACE":        offersNamespace,
	"UNSELECT":         offersUnselect,
	"UIDPLUS":          offersUIDPlus,
	"MOVE":             offersMove,
	"SORT":             offersSort,
	"SORT=":            offersSort,
	"THREAD=":          offersThread,
	"QUOTA":            offersQuota,
	"QUOTA=":           offersQuota,
	"QUOTASET":         offersQuota,
	"ESEARCH":          offersReturn,
	"ESORT":            offersReturn,
	"CONTEXT=":         offersReturn,
	"LIST-EXTENDED":    offersList,
	"LIST-STATUS":      offersList,
	"SPECIAL-USE":      offersList, // RFC 6154 §2
	"BINARY":           offersBinary,
	"CONDSTORE":        offersModSeq,
	"QRESYNC":          offersModSeq | offersEnable,
}

// parseCapabilities reads a list of capabilities (RFC 3501 §7.2.1).
func parseCapabilities(list []byte) offers {
	o := offersKnown
	for len(list) > 0 {
		word, at := nextWord(list, 0)
		list = list[at+len(word):]
		var upper [longestVerb]byte
		name := capitals(upper[:0], word[:min(len(word), longestVerb)])
		if some, ok := capabilities[string(name)]; ok && len(word) <= longestVerb {
			o |= some
		} else if i := bytes.IndexByte(name, '='); i > 0 {
			o |= capabilities[string(name[:i+1])]
		}
	}
	return o
}

// lack says that the server named what it offers, and this was not among it.
func (o offers) lack(any offers) bool { return o&offersKnown != 0 && o&any == 0 }

// verbNeeds are the capabilities that verbs belong to, one of which it takes. IDLE has a rule of
// its own.
var verbNeeds = func() []offers {
	all := make([]offers, len(verbs))
	for name, capability := range needs {
		if name != "IDLE" {
			all[verbIDs[name]] = capabilities[capability] | capabilities[capability+"="]
		}
	}
	all[verbCompress] = offersCompress
	return all
}()

// wordNeeds are the words behind a verb that belong to a capability. They stand where no string
// can stand.
var wordNeeds = map[string][]struct {
	word string
	any  offers
}{
	"SELECT":  {{"(CONDSTORE", offersModSeq}, {"(QRESYNC", offersModSeq}},
	"EXAMINE": {{"(CONDSTORE", offersModSeq}, {"(QRESYNC", offersModSeq}},
	"SEARCH":  {{"^RETURN (", offersReturn}},
	"SORT":    {{"^RETURN (", offersReturn}},
	"LIST":    {{"^(", offersList}, {"RETURN (", offersList}},
	"STORE":   {{"(UNCHANGEDSINCE", offersModSeq}},
	"FETCH":   {{"(CHANGEDSINCE", offersModSeq}, {"MODSEQ", offersModSeq}, {"BINARY", offersBinary}},
}

// needed finds in a command the first word that belongs to a capability of which none is offered;
// -1 where there is none.
func needed(text []byte, c *commandLine, offered offers) (at, n int) {
	if offered.lack(verbNeeds[c.id]) && verbNeeds[c.id] != 0 {
		return c.at, c.args - c.at
	}
	name := bytes.TrimPrefix([]byte(verbs[c.id].name), []byte("UID "))
	for _, need := range wordNeeds[string(name)] {
		if !offered.lack(need.any) {
			continue
		}
		if at, n := findWord(text, c.args, need.word); at >= 0 {
			return at, n
		}
	}
	return -1, 0
}

// findWord finds the word that begins so, behind a space or a parenthesis and outside of quotes and
// brackets. With ^, nothing but the first word is looked at.
func findWord(text []byte, from int, begin string) (at, n int) {
	begin, first := cutFirst(begin)
	quoted, brackets := false, 0
	for i := from; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
			continue
		case c == '"':
			quoted = !quoted
		case c == '[' && !quoted:
			brackets++
		case c == ']' && !quoted:
			brackets--
		}
		fresh := i == from || text[i-1] == ' ' || text[i-1] == '('
		if !quoted && brackets <= 0 && fresh && len(text)-i >= len(begin) &&
			sameWord(text[i:i+len(begin)], begin) {
			return i, len(begin)
		}
		if first {
			break
		}
	}
	return -1, 0
}

func cutFirst(begin string) (string, bool) {
	if begin[0] == '^' {
		return begin[1:], true
	}
	return begin, false
}

// allowsUTF8 says that a list of what was enabled has UTF-8 stand in names and quoted strings
// (RFC 6855 §3, RFC 9051 §5.1).
func allowsUTF8(list []byte) bool {
	for len(list) > 0 {
		word, at := nextWord(list, 0)
		if sameWord(word, "UTF8=ACCEPT") || sameWord(word, "IMAP4rev2") {
			return true
		}
		list = list[at+len(word):]
	}
	return false
}
