package imap

import (
	"reflect"
	"strings"
	"testing"
)

// searchCommands are such as clients send, most of them from RFCs.
var searchCommands = []string{
	`SEARCH FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"`, // RFC 3501 §6.4.4
	`SEARCH TEXT "string not in mailbox"`,
	"SEARCH CHARSET UTF-8 TEXT {6}\r\n\u00e9\u00e8\u00e0",
	`SEARCH RETURN (MIN COUNT) FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"`, // RFC 4731 §3.1
	`UID SEARCH RETURN (MIN MAX) 1:5000`,
	`SEARCH RETURN (MIN) MODSEQ "/flags/\\draft" all 620162338`, // RFC 4731 §3.2
	`SEARCH RETURN (SAVE) FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"`,
	`UID SEARCH UID $ SMALLER 4096`, // RFC 5182 §2.2
	`UID SEARCH $ SMALLER 4096`,
	"SEARCH CHARSET UTF-8 (OR $ 1,3000:3021) TEXT {8}\r\nYYYYYYYY",
	`SEARCH RETURN (MAX SAVE MIN COUNT) SINCE 12-Feb-2006 NOT FROM "Smith"`,
	`SEARCH UNSEEN YOUNGER 259200`,                // RFC 5032 §4
	`SEARCH OR NOT MODSEQ 720162338 LARGER 50000`, // RFC 7162 §3.1.5
	`SEARCH ALL ANSWERED BCC a BEFORE 1-Feb-1994 BODY a CC a DELETED DRAFT FLAGGED FROM a`,
	`SEARCH HEADER Message-ID "" HEADER X y KEYWORD $Junk UNKEYWORD $Junk LARGER 0 NEW OLD`,
	`SEARCH ON 01-Feb-1994 RECENT SEEN SENTBEFORE "1-Feb-1994" SENTON 1-feb-1994 SENTSINCE 1-Feb-1994`,
	`SEARCH SINCE 1-Feb-1994 SMALLER 1 SUBJECT a TEXT a TO a UID 1:*,4 UNANSWERED UNDELETED`,
	`SEARCH UNDRAFT UNFLAGGED UNSEEN * 1,5:7 (ALL) ((ALL SEEN)) NOT (SEEN) OLDER 1`,
	`SEARCH OR OR SEEN FLAGGED OR (OR ALL DELETED) OR OLD NEW`,
	`search return () charset us-ascii from smith`,
	`SEARCH FROM {5}` + "\r\nSmith" + ` SUBJECT {0}` + "\r\n",
	`SEARCH CHARSET "UTF-8" SUBJECT "` + "\u00e9\"",
	`SEARCH LARGER 9223372036854775807`,
}

// What is printed of a command is the same command again.
func TestSearchIsPrintedAsItIsParsed(t *testing.T) {
	for _, text := range searchCommands {
		_, c, err := ParseCommand([]byte("a " + text + "\r\n"))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		again(t, c)
	}
}

// again prints a command and parses that.
func again(t *testing.T, c Command) {
	t.Helper()
	printed := AppendCommand(nil, "a", c)
	_, d, err := ParseCommand(printed)
	if err != nil || !reflect.DeepEqual(c, d) {
		t.Errorf("%q: %+v, %v, want %+v", printed, d, err, c)
	}
}

func TestSearchThatIsNone(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`SEARCH`, "a space"},
		{`SEARCH `, "a search key"},
		{`SEARCH  ALL`, "a search key"},
		{`SEARCH ALL `, "a search key"},
		{`SEARCH ()`, "a search key"},
		{`SEARCH (ALL`, `')'`},
		{`SEARCH ALL)`, "a space"},
		{`SEARCH FOUND`, "a search key"},
		{`SEARCH AND ALL`, "a search key"},
		{`SEARCH SET`, "a search key"},
		{`SEARCH UNRECENT`, "a search key"},
		{`SEARCH FROM`, "a space"},
		{`SEARCH FROM `, "a word, a string in quotes or a literal"},
		{`SEARCH HEADER Subject`, "a space"},
		{`SEARCH NOT`, "a space"},
		{`SEARCH OR ALL`, "a space"},
		{`SEARCH OR ALL `, "a search key"},
		{`SEARCH KEYWORD \Seen`, "a word"},
		{`SEARCH KEYWORD "a"`, "a word"},
		{`SEARCH SINCE 1-Feb-94`, "a date, such as 1-Feb-1994,"},
		{`SEARCH SINCE 30-Feb-1994`, "a date, such as 1-Feb-1994,"},
		{`SEARCH SINCE {10}` + "\r\n1-Feb-1994", "a date, such as 1-Feb-1994,"},
		{`SEARCH LARGER -1`, "a number"},
		{`SEARCH LARGER 9223372036854775808`, "a number below 2^63"},
		{`SEARCH OLDER 0`, "a number that is not 0"},
		{`SEARCH YOUNGER 4294967296`, "a number below 4294967296"},
		{`SEARCH MODSEQ`, "a space"},
		{`SEARCH MODSEQ /flags/a all 1`, "a number"},
		{`SEARCH MODSEQ "/flags/a" some 1`, "all, priv or shared"},
		{`SEARCH UID 0`, "a set of messages, such as 1:3,5,9:*,"},
		{`SEARCH UID SEEN`, "a set of messages, such as 1:3,5,9:*,"},
		{`SEARCH 0`, "a set of messages, such as 1:3,5,9:*,"},
		{`SEARCH 1:`, "a set of messages, such as 1:3,5,9:*,"},
		{`SEARCH ALL CHARSET UTF-8`, "a search key"},
		{`SEARCH CHARSET UTF-8`, "a space"},
		{`SEARCH CHARSET UTF-8 RETURN (MIN) ALL`, "a search key"},
		{`SEARCH RETURN`, "a space"},
		{`SEARCH RETURN (MIN)`, "a space"},
		{`SEARCH RETURN (MEAN) ALL`, "MIN, MAX, ALL, COUNT or SAVE"},
		{`SEARCH RETURN MIN ALL`, `'('`},
		{`SEARCH FROM "` + "\u00e9\"", "US-ASCII, since no CHARSET UTF-8 stands before the keys,"},
		{"SEARCH FROM {2}\r\n\u00e9", "US-ASCII, since no CHARSET UTF-8 stands before the keys,"},
		{`SEARCH CHARSET US-ASCII FROM "` + "\u00e9\"", "US-ASCII, since no CHARSET UTF-8 stands before the keys,"},
		{"SEARCH CHARSET UTF-8 FROM \"\xe9\"", "UTF-8"},
		{"SEARCH CHARSET UTF-8 FROM {1}\r\n\xe9", "UTF-8"},
		{"SEARCH CHARSET UTF-8 FROM \u00e9", "a word, a string in quotes or a literal"},
	} {
		_, got, err := ParseCommand([]byte("a " + c.text))
		if syntax, _ := err.(*SyntaxError); syntax == nil || syntax.Want != c.want {
			t.Errorf("%q: %+v, %v, want %s", c.text, got, err, c.want)
		}
	}
}

// A tree that would exhaust somebody is no command; one that a program builds of many words is.
func TestSearchTreesHaveLimits(t *testing.T) {
	for _, c := range []struct {
		text string
		ok   bool
	}{
		{strings.Repeat("(", 64) + "ALL" + strings.Repeat(")", 64), true},
		{strings.Repeat("(", 65) + "ALL" + strings.Repeat(")", 65), false},
		{strings.Repeat("(", 100_000), false},
		{strings.Repeat("NOT ", maxKeyDepth-1) + "ALL", true},
		{strings.Repeat("NOT ", maxKeyDepth) + "ALL", false},
		{strings.Repeat("NOT ", 16_000) + "ALL", false},
		{strings.Repeat("OR SEEN ", maxKeys-2) + "ALL", true},
		{strings.Repeat("OR SEEN ", maxKeys-1) + "ALL", false},
		{strings.Repeat("OR ", maxKeyDepth-1) + strings.Repeat("SEEN ", maxKeyDepth-1) + "ALL", true},
		{strings.Repeat("OR ", 20_000), false},
		{strings.Repeat("ALL ", maxKeys-1) + "ALL", true},
		{strings.Repeat("ALL ", maxKeys) + "ALL", false},
	} {
		_, got, err := ParseCommand([]byte("a SEARCH " + c.text))
		if (err == nil) != c.ok {
			t.Errorf("%.80s: %v", c.text, err)
		}
		if err == nil {
			again(t, got)
		}
	}
}

func TestSearchKeysInCode(t *testing.T) {
	day, _ := ParseDay("1-Nov-2026")
	set, _ := ParseMessageSet("2,4:7")
	c := &SearchCommand{Criteria: Criteria{Keys: []Key{Flagged("unseen"), Containing("from", "alice"),
		Dated("since", day), Header("X-Y", ""), HasKeyword("keyword", "$Junk"), Sized("larger", 10),
		InNumbers(set), InUIDs(set), Or(Flagged("seen"), Not(Flagged("draft")), And(Flagged("all")))}}}
	const want = `a SEARCH UNSEEN FROM alice SINCE 1-Nov-2026 HEADER X-Y "" KEYWORD $Junk LARGER 10 ` +
		`2,4:7 UID 2,4:7 OR SEEN OR NOT DRAFT (ALL)` + "\r\n"
	if got := string(AppendCommand(nil, "a", c)); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	again(t, c)
}

func TestKindOfKey(t *testing.T) {
	for word, want := range map[string]KeyKind{"seen": FlagKey, "From": TextKey, "HEADER": FieldKey,
		"keyword": KeywordKey, "since": DayKey, "larger": NumberKey, "older": NumberKey, "uid": UIDKey,
		"not": NotKey, "or": OrKey, "and": NoKey, "set": NoKey, "alice": NoKey, "": NoKey} {
		if got := KindOfKey(word); got != want {
			t.Errorf("%s: %d, want %d", word, got, want)
		}
	}
}

// searchResponses are data as servers send it, most of it from RFCs.
var searchResponses = []string{
	"SEARCH 2 84 882",
	"SEARCH",
	"SEARCH 2 5 6 7 11 12 18 19 20 23 (MODSEQ 917162500)",
	`ESEARCH (TAG "A282") MIN 2 COUNT 3`,
	`ESEARCH (TAG "A285") UID MIN 7 MAX 3800`,
	`ESEARCH (TAG "A283") ALL 2,10:11`,
	`ESEARCH (TAG "a4") MIN 2 COUNT 10 MODSEQ 917162500`,
	`ESEARCH (TAG "a4") COUNT 0`,
	`ESEARCH (TAG "a4")`,
	`ESEARCH`,
}

// parseDataText parses data without what stands before it.
func parseDataText(text string) (Data, *SyntaxError) {
	name, _, _ := strings.Cut(text, " ")
	s := scanner{text: []byte(text), at: len(name)}
	d := dataParsers[strings.ToUpper(name)](&s, 0)
	s.end()
	return d, s.err
}

func TestSearchDataIsPrintedAsItIsParsed(t *testing.T) {
	for _, text := range searchResponses {
		d, err := parseDataText(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := string(AppendData(nil, d)); got != "* "+text+"\r\n" {
			t.Errorf("%q, want %q", got, text)
		}
	}
	d, err := parseDataText(`esearch (tag a) uid color (red (green "blue")) count 7 all 3:4 more 1:*`)
	want := &ESearchData{Tag: "a", UID: true, Counted: true, Count: 7, All: Set{{3, 4}}}
	if err != nil || !reflect.DeepEqual(d, want) {
		t.Errorf("%+v, %v", d, err)
	}
	d, err = parseDataText("SEARCH 1 2 ")
	if want := (&SearchData{Numbers: []uint32{1, 2}}); err != nil || !reflect.DeepEqual(d, want) {
		t.Errorf("%+v, %v", d, err)
	}
	for _, text := range []string{"SEARCH 0", "SEARCH a", "SEARCH 1 (MODSEQ)", "ESEARCH MIN 0",
		"ESEARCH ALL $", "ESEARCH ALL 1:*", "ESEARCH COUNT", "ESEARCH (TAG) COUNT 1"} {
		if d, err := parseDataText(text); err == nil {
			t.Errorf("%s is taken for %+v", text, d)
		}
	}
}
