package mime

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
)

// A Charset is what a text says of its character set, and what it is.
type Charset struct {
	// Declared is the name as it is written, "" where there is none (RFC 2045 §5.2:
	// then it is us-ascii).
	Declared string
	// Real is the name of the set that the octets are in, in lower case: the one that
	// is declared, unless they cannot be meant so.
	Real string
	// Lies says that octets are there which the declared set does not have, or that
	// are meant otherwise. While all is ASCII no name is a lie.
	Lies bool
}

// judged is how much of a text is looked at: enough to know a language by.
const judged = 8 << 10

// JudgeCharset says in which character set octets are that are declared as they are. It
// believes what is declared unless something speaks against it: a byte order mark, octets
// that the declared set does not have, or a text that makes sense in another one only. So
// it knows the mislabellings that are met in mail: UTF-8, GB18030, Big5 or KOI8-R declared
// as iso-8859-1 or us-ascii, or not at all; gb2312 with characters of GBK; iso-8859-1 with
// those of windows-1252; ISO-2022-JP under any name. What it says of a text of a few
// characters may be wrong.
func JudgeCharset(declared string, octets []byte) Charset {
	name := strings.ToLower(strings.TrimSpace(declared))
	octets = telling(octets)
	c := Charset{Declared: declared}
	switch {
	case isASCII(octets):
		c.Real = sevenBitSet(name, octets)
	case utf8.Valid(octets):
		c.Real = "utf-8"
		if !twoOctets[browserName(name)] {
			break
		}
		text, ok := fitting(name, octets)
		if ok && plausible(name, text) >= plausible("utf-8", string(octets)) {
			c.Real = name
		}
	default:
		c.Real = eightBitSet(name, octets)
	}
	if name == "" || name == "ascii" {
		name = "us-ascii"
	}
	c.Lies = c.Real != "us-ascii" && c.Real != name && !sameSet(c.Real, name)
	return c
}

// telling is the piece of a text that is looked at. It begins shortly before the first octet
// that is no ASCII or switches it off: a page may have much of style before its text. It
// begins at an even place, for the sake of UTF-16.
func telling(octets []byte) []byte {
	if len(octets) <= judged {
		return octets
	}
	first := 0
	for first < len(octets)-judged && octets[first] < 0x80 && octets[first] != 0x1b {
		first++
	}
	first = max(first-32, 0) &^ 1
	octets = octets[first:min(len(octets), first+judged)]
	return octets[:len(octets)-CutCharacter(octets)]
}

// browserName is what web browsers call the set that they take a name for, or "". So
// us-ascii, iso-8859-1 and windows-1252 are one, as are gb2312 and gbk.
func browserName(name string) string {
	e, err := htmlindex.Get(name)
	if err != nil {
		return ""
	}
	canonical, err := htmlindex.Name(e)
	if err != nil {
		return ""
	}
	return canonical
}

// sameSet says that two names are spellings of one: utf8 and utf-8. Where a set and a
// larger one share a browser's name they are not.
func sameSet(a, b string) bool {
	name := browserName(a)
	return name != "" && name == browserName(b) && larger[a] == "" && larger[b] == "" &&
		!isLarger(a) && !isLarger(b)
}

// larger names the set whose characters are often used under a smaller one's name. The
// octets of the smaller mean the same in both.
var larger = map[string]string{
	"iso-8859-1": "windows-1252", "latin1": "windows-1252",
	"gb2312": "gb18030", "gb_2312-80": "gb18030", "gbk": "gb18030", "cp936": "gb18030",
	"euc-kr": "windows-949", "ks_c_5601-1987": "windows-949",
}

func isLarger(name string) bool {
	return name == "windows-1252" || name == "gb18030" || name == "windows-949"
}

// twoOctets are the sets in which UTF-8 may look like text: two octets make a character.
// In a set of single octets nobody writes what UTF-8 looks like ("Ã¼").
var twoOctets = map[string]bool{"gbk": true, "gb18030": true, "big5": true, "euc-kr": true,
	"shift_jis": true, "euc-jp": true}

// sevenBitSet names the set of a text that consists of ASCII's octets. Some sets write
// everything with them: ISO 2022 by escape sequences (RFC 1468, RFC 1557), HZ by "~{"
// (RFC 1843), UTF-7 by "+" (RFC 2152), and UTF-16 may meet them by chance.
func sevenBitSet(name string, octets []byte) string {
	switch {
	case strings.HasPrefix(name, "utf-16"):
		text, ok := fitting(name, octets)
		if ok && (bytes.IndexByte(octets, 0) >= 0 || plausible(name, text) >= convincing) {
			return name
		}
	case strings.HasPrefix(name, "iso-2022-") || elsewhere[name]:
		return name
	case bytes.Contains(octets, []byte("\x1b$B")) || bytes.Contains(octets, []byte("\x1b$@")):
		return "iso-2022-jp"
	case lookUp(name) != nil:
		return name
	}
	return "us-ascii"
}

// eightBitSet names the set of a text that is neither ASCII nor UTF-8. A declared set that
// has the octets, and in which they make sense, is believed at once.
func eightBitSet(name string, octets []byte) string {
	for _, mark := range []struct{ octets, set string }{
		{"\xff\xfe", "utf-16le"}, {"\xfe\xff", "utf-16be"}} {
		if _, ok := fitting(mark.set, octets); ok && bytes.HasPrefix(octets, []byte(mark.octets)) {
			return orName(name, mark.set)
		}
	}
	text, fits := fitting(name, octets)
	known := name == "utf-8" || name == "utf8" ||
		lookUp(name) != nil && name != "us-ascii" && name != "ascii"
	if known && fits && (strings.HasPrefix(name, "utf-16") || plausible(name, text) > doubtful) {
		return widened(name, octets)
	}
	best, sense := detect(octets)
	switch {
	case known && fits && believed(name, best, sense, octets):
		return widened(name, octets)
	case known && !fits && sense < convincing:
		return name
	}
	return best
}

// orName is the declared name where that is of UTF-16, too, else the set's.
func orName(name, set string) string {
	if strings.HasPrefix(name, "utf-16") {
		return name
	}
	return set
}

// believed says that a declared set, which has the octets but makes no sense of them, is not
// given up for the best one. That must make much sense, and not by chance: of a few octets
// something can be made in every set. Pairs of octets seldom fit where they are not meant,
// so only other pairs can be better.
func believed(name, best string, sense float64, octets []byte) bool {
	return sense < convincing || highOctets(octets) < 4 ||
		twoOctets[browserName(name)] && !twoOctets[browserName(best)]
}

func highOctets(octets []byte) int {
	n := 0
	for _, c := range octets {
		if c >= 0x80 {
			n++
		}
	}
	return n
}

// widened is the larger set where octets use characters that only it has, else name.
func widened(name string, octets []byte) string {
	wide := larger[name]
	if wide == "" {
		return name
	}
	for i := 0; i < len(octets); i++ {
		c := octets[i]
		switch {
		case c < 0x80:
		case wide == "windows-1252":
			if c < 0xa0 { // control characters in iso-8859-1
				return wide
			}
		case name == "gbk" || name == "cp936": // two octets are GBK, four GB18030
			if i++; i < len(octets) && octets[i] < 0x40 {
				return wide
			}
		default: // gb2312 and KS X 1001 as EUC: both octets from A1 on
			i++
			if c < 0xa1 || i < len(octets) && octets[i] < 0xa1 {
				return wide
			}
		}
	}
	return name
}

// fitting reads octets in a set, and says whether nearly all are characters of it. One in
// fifty may be none: a text may be damaged, or cut within a character.
func fitting(name string, octets []byte) (text string, ok bool) {
	text, err := DecodeCharset(name, octets)
	if err != nil {
		return "", false
	}
	wrong := strings.Count(text, "\ufffd")
	return text, wrong == 0 || wrong*50 <= highOctets(octets)
}
