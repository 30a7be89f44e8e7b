package imap

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// searchable is a server whose INBOX of bob has five letters that differ in what can be searched.
func searchable(t testing.TB) (*Server, *memory) {
	m := newMemory()
	at := func(date string) {
		when, err := ParseDateTime(date)
		if err != nil {
			t.Fatal(err)
		}
		m.now = func() time.Time { return when }
	}
	put := func(text string, flags Flags, keywords ...string) {
		m.deliver("bob@lab.test", Inbox, strings.ReplaceAll(text, "\n", "\r\n"), flags, keywords...)
	}
	at(" 1-Feb-1994 23:30:00 -0800") // it is 2-Feb in Greenwich
	put("From: Alice <alice@lab.test>\nTo: bob@lab.test\nSubject: Lunch\n"+
		"Date: Mon, 31 Jan 1994 23:30:00 -0800\nMessage-ID: <1@lab.test>\n\nDo you like ketchup?\n",
		FlagSeen|FlagAnswered)
	at(" 2-Feb-1994 00:30:00 +0200") // it is 1-Feb in Greenwich
	put("From: Carol <carol@lab.test>\nTo: alice@lab.test\nCc: bob@lab.test\nSubject: Re: Lunch\n"+
		"Date: Tue, 1 Feb 1994 00:30:00 +0200\nX-Empty:\nIn-Reply-To: <1@lab.test>\n"+
		"Message-ID: <2@lab.test>\n\nNo ketchup.\nSMITH\n", FlagDeleted, "$Junk", "Lab")
	put("From: =?UTF-8?Q?J=C3=BCrgen?= <j@lab.test>\nBcc: bob@lab.test\n"+
		"Subject: =?UTF-8?B?R3LDvMOfZQ==?=\nDate: nonsense\nMIME-Version: 1.0\n"+
		"Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: base64\n\n"+
		"U2Now7ZuZSBHcsO8w59lCg==\n", FlagFlagged|FlagDraft)
	at(" 3-Feb-1994 12:00:00 +0000")
	put("From: mallory@lab.test\nSubject: none of these\n\nA body with alice in it.\n", 0)
	put("Subject: \n\n\n", 0, "lab")
	return serverOver(m), m
}

// Each key, what it finds, and what it comes near to.
var keyTests = []struct{ key, want string }{
	{"ALL", "1 2 3 4 5"},
	{"ANSWERED", "1"}, {"UNANSWERED", "2 3 4 5"},
	{"DELETED", "2"}, {"UNDELETED", "1 3 4 5"},
	{"DRAFT", "3"}, {"UNDRAFT", "1 2 4 5"},
	{"FLAGGED", "3"}, {"UNFLAGGED", "1 2 4 5"},
	{"SEEN", "1"}, {"UNSEEN", "2 3 4 5"},
	{"RECENT", "1 2 3 4 5"}, {"OLD", ""}, {"NEW", "2 3 4 5"}, {"NOT RECENT", ""}, {"NOT NEW", "1"},
	{"KEYWORD $Junk", "2"}, {"KEYWORD $junk", "2"}, {"KEYWORD LAB", "2 5"}, {"KEYWORD La", ""},
	{"UNKEYWORD Lab", "1 3 4"}, {"KEYWORD Seen", ""},

	{"FROM alice", "1"}, {"FROM ALICE", "1"}, {`FROM "Alice <"`, "1"}, {"FROM bob", ""},
	{"FROM lab.test", "1 2 3 4"}, {`FROM ""`, "1 2 3 4"},
	{"TO alice", "2"}, {"TO bob", "1"}, {"CC bob", "2"}, {`CC ""`, "2"}, {"BCC bob", "3"},
	{"SUBJECT lunch", "1 2"}, {`SUBJECT "re: l"`, "2"}, {`SUBJECT ""`, "1 2 3 4 5"},
	{"SUBJECT ketchup", ""},
	{"BODY ketchup", "1 2"}, {"BODY lunch", ""}, {"BODY alice", "4"}, {`BODY ""`, "1 2 3 4 5"},
	{"BODY U2No", ""}, {"BODY smith", "2"},
	{"TEXT ketchup", "1 2"}, {"TEXT lunch", "1 2"}, {"TEXT alice", "1 2 4"}, {`TEXT ""`, "1 2 3 4 5"},
	{`TEXT "string not in mailbox"`, ""},
	{`HEADER Message-ID "<1@"`, "1"}, {`HEADER message-id ""`, "1 2"}, {"HEADER X-Empty x", ""},
	{`HEADER X-Empty ""`, "2"}, {`HEADER X-None ""`, ""}, {`HEADER Message ""`, ""},

	{"BEFORE 1-Feb-1994", ""}, {"BEFORE 2-Feb-1994", "1"}, {"BEFORE 3-Feb-1994", "1 2 3"},
	{"ON 1-Feb-1994", "1"}, {"ON 2-Feb-1994", "2 3"}, {`ON "3-feb-1994"`, "4 5"}, {"ON 4-Feb-1994", ""},
	{"SINCE 1-Feb-1994", "1 2 3 4 5"}, {"SINCE 02-Feb-1994", "2 3 4 5"}, {"SINCE 4-Feb-1994", ""},
	{"SENTBEFORE 31-Jan-1994", ""}, {"SENTBEFORE 1-Feb-1994", "1"}, {"SENTBEFORE 2-Feb-1994", "1 2"},
	{"SENTON 31-Jan-1994", "1"}, {"SENTON 1-Feb-1994", "2"}, {"SENTON 2-Feb-1994", ""},
	{"SENTSINCE 31-Jan-1994", "1 2"}, {"SENTSINCE 1-Feb-1994", "2"}, {"SENTSINCE 2-Feb-1994", ""},
	{"NOT SENTSINCE 1-Jan-1900", "3 4 5"}, // no day is neither before nor after
	{"NOT SENTBEFORE 1-Jan-2100", "3 4 5"},
	{"OLDER 1", "1 2 3"}, {"OLDER 102600", "1 2 3"}, {"OLDER 102601", "2 3"},
	{"OLDER 135001", ""}, {"YOUNGER 1", "4 5"}, {"YOUNGER 102599", "4 5"}, {"YOUNGER 102600", "1 4 5"},
	{"YOUNGER 135000", "1 2 3 4 5"},

	{"LARGER 15", "1 2 3 4"}, {"LARGER 14", "1 2 3 4 5"}, {"SMALLER 15", ""}, {"SMALLER 16", "5"},
	{"LARGER 0", "1 2 3 4 5"}, {"SMALLER 0", ""}, {"SMALLER 9223372036854775807", "1 2 3 4 5"},

	{"1", "1"}, {"2:4", "2 3 4"}, {"4:2,2", "2 3 4"}, {"*", "5"}, {"4:*", "4 5"}, {"6", ""},
	{"9:*", "5"}, {"1,100", "1"}, {"4294967295", ""}, {"NOT 6", "1 2 3 4 5"},
	{"UID 1", "1"}, {"UID 4:9", "4 5"}, {"UID *", "5"}, {"UID 100:200", ""}, {"UID 100:*", "5"},
	{"$", ""}, {"UID 1,$", "1"},

	{"SEEN ANSWERED", "1"}, {"SEEN DELETED", ""}, {"OR SEEN DELETED", "1 2"},
	{"OR SEEN OR DELETED FLAGGED", "1 2 3"}, {"NOT (OR SEEN DELETED)", "3 4 5"},
	{"OR (FROM alice SEEN) (BODY alice)", "1 4"}, {"NOT NOT SEEN", "1"}, {"NOT OR SEEN 5", "2 3 4"},
	{"OR FROM carol BODY ketchup NOT CC bob", "1"}, {"(((ALL)))", "1 2 3 4 5"},
	{"FLAGGED SINCE 1-Feb-1994 NOT FROM Smith", "3"},
}

func TestSearchKeys(t *testing.T) {
	s, _ := searchable(t)
	c := selecting(t, s, "INBOX")
	for _, k := range keyTests {
		c.expect("SEARCH "+k.key, strings.TrimSpace("SEARCH "+k.want), "OK ...")
		c.expect("search NOT ("+k.key+")", strings.TrimSpace("SEARCH "+others(k.want)), "OK ...")
	}
}

// others are the numbers from 1 to 5 that are not among some.
func others(numbers string) string {
	var left []string
	for _, n := range []string{"1", "2", "3", "4", "5"} {
		if !slices.Contains(strings.Fields(numbers), n) {
			left = append(left, n)
		}
	}
	return strings.Join(left, " ")
}

func TestSearchCharsets(t *testing.T) {
	s, _ := searchable(t)
	c := selecting(t, s, "INBOX")
	c.expect("SEARCH CHARSET UTF-8 SUBJECT \"gr\u00fc\u00dfe\"", "SEARCH 3", "OK ...")
	c.expect("SEARCH CHARSET utf-8 FROM {7+}\r\nJ\u00fcrgen", "SEARCH 3", "OK ...")
	c.expect("SEARCH CHARSET \"utf-8\" TEXT \"sch\u00f6ne\"", "SEARCH 3", "OK ...")
	c.expect("SEARCH CHARSET UTF-8 BODY \"SCH\u00d6NE\"", "SEARCH 3", "OK ...")
	c.expect("SEARCH CHARSET US-ASCII FROM Alice", "SEARCH 1", "OK ...")
	c.expect("SEARCH CHARSET us-ascii FROM \"J\u00fcrgen\"", "BAD ...")
	c.expect("SEARCH FROM \"J\u00fcrgen\"", "BAD ...")
	c.expect("SEARCH FROM {7+}\r\nJ\u00fcrgen", "BAD ...")
	c.expect("SEARCH CHARSET UTF-8 FROM {6+}\r\nJ\xfcrgen", "BAD ...")
	c.expect("SEARCH CHARSET iso-8859-1 FROM {6+}\r\nJ\xfcrgen", "NO [BADCHARSET (US-ASCII UTF-8)] ...")
	s.Charset = func(charset string, octets []byte) (string, error) {
		if charset != "iso-8859-1" {
			return "", errors.New("another charset")
		}
		var text []rune
		for _, c := range octets {
			text = append(text, rune(c))
		}
		return string(text), nil
	}
	c.expect("SEARCH CHARSET iso-8859-1 FROM {6+}\r\nJ\xfcrgen", "SEARCH 3", "OK ...")
	c.expect("UID SEARCH RETURN (COUNT) CHARSET iso-8859-1 FROM {6+}\r\nJ\xfcrgen", "ESEARCH ...", "OK ...")
	const unknown = "NO [BADCHARSET] ..." // a list that left iso-8859-1 out would be wrong
	c.expect("SEARCH CHARSET KOI8-R (OR $ 1,3000:3021) TEXT {4+}\r\nXXXX", unknown)
	c.expect("SEARCH CHARSET ISO-8859-1 FROM \"J\xfcrgen\"", unknown)
	c.expect("SEARCH CHARSET \"\" ALL", "SEARCH 1 2 3 4 5", "OK ...")
	c.expect("SORT (DATE) ISO-8859-1 ALL", unknown)
	c.expect("THREAD REFERENCES X-NONE ALL", unknown)
	c.expect("SEARCH ALL", "SEARCH 1 2 3 4 5", "OK ...")
}

// Once UTF8=ACCEPT is enabled, quoted strings are in UTF-8, and a charset is a contradiction (RFC
// 6855 §3).
func TestSearchInUTF8(t *testing.T) {
	l := line{verb: "SEARCH", args: scanner{text: []byte(" FROM \"J\u00fcrgen\"")}}
	if _, err := l.command(true, nil); err != nil {
		t.Error(err)
	}
	l.args.text = []byte(" CHARSET UTF-8 FROM j")
	if c, err := l.command(true, nil); err == nil {
		t.Errorf("%+v", c)
	}
}

// The examples of RFC 4731 §3.1 and §3.2.
func TestExtendedSearch(t *testing.T) {
	s, _ := searchable(t)
	c := selecting(t, s, "INBOX")
	for _, k := range []struct{ command, want string }{
		{"SEARCH RETURN (MIN COUNT) UNSEEN", "MIN 2 COUNT 4"},
		{"SEARCH RETURN () NOT 3", "ALL 1:2,4:5"},
		{"SEARCH RETURN (ALL) SEEN", "ALL 1"},
		{"SEARCH RETURN (MIN) UNSEEN", "MIN 2"},
		{"SEARCH RETURN (MAX) UNSEEN", "MAX 5"},
		{"UID SEARCH RETURN (MAX MIN) 2:4", "UID MIN 2 MAX 4"},
		{"SEARCH RETURN (MIN MAX) SEEN", "MIN 1 MAX 1"},
		{"SEARCH RETURN (COUNT) DELETED", "COUNT 1"},
		{"SEARCH RETURN (COUNT) 9", "COUNT 0"},
		{"SEARCH RETURN (MIN MAX ALL) 9", ""},
		{"UID SEARCH RETURN (MIN MAX ALL COUNT) 9", "UID COUNT 0"},
		{"SEARCH RETURN (MIN MAX ALL COUNT MIN) ALL", "MIN 1 MAX 5 ALL 1:5 COUNT 5"},
		{"SEARCH RETURN (MIN) BODY ketchup", "MIN 1"},
		{"SEARCH RETURN (MAX) BODY ketchup", "MAX 2"},
		{"SEARCH RETURN (MIN MAX) BODY ketchup", "MIN 1 MAX 2"},
		{"SEARCH RETURN (MIN MAX) BODY alice", "MIN 4 MAX 4"},
	} {
		tag := c.begin(k.command)
		want := strings.TrimSpace(`ESEARCH (TAG "` + tag + `") ` + k.want)
		if data, result := c.end(tag); len(data) != 1 || data[0] != want || !strings.HasPrefix(result, "OK") {
			t.Errorf("%s: %q, %s, want %s", k.command, data, result, want)
		}
	}
	c.expect("SEARCH RETURN (MEAN) ALL", "BAD ...")
}

// Modification sequences (RFC 7162 §3.1.5, §3.1.10).
func TestSearchModSeq(t *testing.T) {
	s, _ := searchable(t) // they have the sequences 2 to 6
	c := selecting(t, s, "INBOX")
	c.expect("SEARCH MODSEQ 4", "OK [HIGHESTMODSEQ 6] ...", "SEARCH 3 4 5 (MODSEQ 6)", "OK ...")
	c.expect(`SEARCH MODSEQ "/flags/\\draft" all 3 1:3`, "SEARCH 2 3 (MODSEQ 4)", "OK ...")
	c.expect("SEARCH OR NOT MODSEQ 3 LARGER 50000", "SEARCH 1 (MODSEQ 2)", "OK ...")
	c.expect("SEARCH MODSEQ 720162338", "SEARCH", "OK ...")
	c.expect("SEARCH MODSEQ 0 1", "SEARCH 1 (MODSEQ 2)", "OK ...")
	c.expect("SORT (REVERSE ARRIVAL) UTF-8 MODSEQ 5", "SORT 4 5 (MODSEQ 6)", "OK ...")
	c.expect("THREAD ORDEREDSUBJECT UTF-8 MODSEQ 6", "THREAD (5)", "OK ...")
	for _, k := range []struct{ command, want string }{
		{"SEARCH RETURN (ALL) MODSEQ 4 1:4", "ALL 3:4 MODSEQ 5"},
		{"SEARCH RETURN (MIN) MODSEQ 4", "MIN 3 MODSEQ 4"},
		{"SEARCH RETURN (MAX) MODSEQ 4", "MAX 5 MODSEQ 6"},
		{"SEARCH RETURN (MIN MAX) MODSEQ 1 1:3", "MIN 1 MAX 3 MODSEQ 4"},
		{"SEARCH RETURN (MIN COUNT) MODSEQ 4", "MIN 3 COUNT 3 MODSEQ 6"},
		{"SEARCH RETURN (COUNT) MODSEQ 100", "COUNT 0"},
	} {
		tag := c.begin(k.command)
		want := `ESEARCH (TAG "` + tag + `") ` + k.want
		if data, _ := c.end(tag); len(data) != 1 || data[0] != want {
			t.Errorf("%s: %q, want %s", k.command, data, want)
		}
	}
}

// What is saved (RFC 5182 §2.1, §2.4).
func TestSavedSearch(t *testing.T) {
	s, _ := searchable(t)
	c := selecting(t, s, "INBOX")
	saved := func(want string) {
		t.Helper()
		c.expect("SEARCH $", strings.TrimSpace("SEARCH "+want), "OK ...")
		c.expect("UID SEARCH UID $", strings.TrimSpace("SEARCH "+want), "OK ...")
	}
	saved("")
	c.expect("SEARCH RETURN (SAVE) 2:4", "OK ...")
	saved("2 3 4")
	c.expect("SEARCH RETURN (MIN) ALL", "ESEARCH ...", "OK ...") // not saved
	c.expect("SEARCH 1", "SEARCH 1", "OK ...")
	c.expect("SEARCH NOT", "BAD ...")
	c.expect("SEARCH RETURN (SAVE) NOT", "BAD ...")
	c.expect("SEARCH CHARSET X ALL", "NO ...")
	saved("2 3 4")
	c.expect("SEARCH OR $ 5 UNDRAFT", "SEARCH 2 4 5", "OK ...")
	c.expect("SEARCH 1,$", "SEARCH 1 2 3 4", "OK ...")
	c.expect("SEARCH RETURN (SAVE MIN) 2:4", `ESEARCH ...`, "OK ...")
	saved("2")
	c.expect("SEARCH RETURN (MAX SAVE) BODY ketchup", `ESEARCH ...`, "OK ...")
	saved("2")
	c.expect("SEARCH RETURN (MAX SAVE MIN) 2:4", `ESEARCH ...`, "OK ...")
	saved("2 4")
	c.expect("SEARCH RETURN (MAX SAVE MIN COUNT) 2:4", `ESEARCH ...`, "OK ...")
	saved("2 3 4")
	c.expect("UID SEARCH RETURN (ALL SAVE MIN) 3:5", `ESEARCH ...`, "OK ...")
	saved("3 4 5")
	c.expect("STORE $ +FLAGS.SILENT (Mark)", "FLAGS ...", "OK [PERMANENTFLAGS ...", "OK ...")
	c.expect("SEARCH KEYWORD mark", "SEARCH 3 4 5", "OK ...")
	c.expect("SEARCH RETURN (SAVE) CHARSET KOI8-R TEXT x", "NO [BADCHARSET ...")
	saved("")
	c.expect("UID COPY $ INBOX", "OK ...")
	c.must("SEARCH RETURN (SAVE) ALL")
	c.must("SELECT INBOX")
	saved("")
}

// Numbers in "$" move, and it shrinks, as messages are expunged.
func TestSavedSearchShrinks(t *testing.T) {
	s, _ := searchable(t)
	c := selecting(t, s, "INBOX")
	c.must("SEARCH RETURN (SAVE) 2:4")
	c.expect("EXPUNGE", "2 EXPUNGE", "OK ...")
	c.expect("SEARCH $", "SEARCH 2 3", "OK ...")
	c.expect("UID SEARCH $", "SEARCH 3 4", "OK ...")
}

// What others change is searched as it is now; message numbers stay until the client is told.
func TestSearchBesideOthers(t *testing.T) {
	s, m := searchable(t)
	c, other := selecting(t, s, "INBOX"), selecting(t, s, "INBOX")
	other.must("STORE 4 +FLAGS (\\Seen)")
	c.expect("SEARCH SEEN", "4 FETCH (FLAGS (\\Seen \\Recent))", "SEARCH 1 4", "OK ...")
	other.must("EXPUNGE")
	c.expect("SEARCH 3", "SEARCH 3", "OK ...")
	c.expect("UID SEARCH 3", "SEARCH 3", "2 EXPUNGE", "OK ...")
	c.expect("UID SEARCH 3", "SEARCH 4", "OK ...")
	m.deliver("bob@lab.test", Inbox, sample(6), 0)
	c.expect("SEARCH FROM alice", "5 EXISTS", "5 RECENT", "SEARCH 1 5", "OK ...")
}

// A server offers less, and then it does less.
func TestSearchWithoutExtensions(t *testing.T) {
	s, _ := searchable(t)
	s.Capabilities = nil
	c := selecting(t, s, "INBOX")
	for _, command := range []string{"SEARCH RETURN (MIN) ALL", "SEARCH OLDER 1", "SEARCH NOT YOUNGER 1",
		"SEARCH MODSEQ 1", "SEARCH $", "SEARCH UID 1,$", "SORT (DATE) UTF-8 ALL",
		"UID THREAD REFERENCES UTF-8 ALL"} {
		c.expect(command, "BAD ...")
	}
	c.expect("SEARCH 2", "SEARCH 2", "OK ...")
	s, _ = searchable(t)
	s.Capabilities = Capabilities{"ESEARCH", "THREAD=ORDEREDSUBJECT"}
	c = selecting(t, s, "INBOX")
	c.expect("SEARCH RETURN (SAVE) ALL", "BAD ...")
	c.expect("SEARCH RETURN (COUNT) ALL", "ESEARCH ...", "OK ...")
	c.expect("THREAD REFERENCES UTF-8 ALL", "BAD ...")
	c.expect("THREAD ORDEREDSUBJECT UTF-8 2", "THREAD (2)", "OK ...")
}

func TestSearchInAnEmptyMailbox(t *testing.T) {
	c := selecting(t, serverOver(newMemory()), "INBOX")
	c.expect("SEARCH ALL", "SEARCH", "OK ...")
	c.expect("SEARCH 1:*", "SEARCH", "OK ...")
	c.expect("SEARCH UID *", "SEARCH", "OK ...")
	c.expect("SEARCH RETURN (ALL COUNT) BODY x", `ESEARCH (TAG "t6") COUNT 0`, "OK ...")
	c.expect("SORT (SUBJECT) UTF-8 ALL", "SORT", "OK ...")
	c.expect("THREAD REFERENCES UTF-8 ALL", "THREAD", "OK ...")
}

func TestSortCommand(t *testing.T) {
	s, _ := searchable(t)
	c := selecting(t, s, "INBOX")
	c.expect("SORT (SUBJECT) UTF-8 ALL", "SORT 5 3 1 2 4", "OK ...")
	c.expect("SORT (REVERSE SUBJECT) US-ASCII ALL", "SORT 4 1 2 3 5", "OK ...")
	c.expect("UID SORT (subject reverse date) utf-8 1:2", "SORT 1 2", "OK ...")
	c.expect("SORT (DATE) UTF-8 ALL", "SORT 2 1 3 4 5", "OK ...")
	c.expect("SORT (FROM) UTF-8 ALL", "SORT 5 1 2 3 4", "OK ...")
	c.expect("SORT (TO CC REVERSE ARRIVAL) UTF-8 ALL", "SORT 4 5 3 2 1", "OK ...")
	c.expect("SORT (REVERSE SIZE) UTF-8 4:5", "SORT 4 5", "OK ...")
	c.expect(`SORT (SUBJECT) US-ASCII TEXT "not in mailbox"`, "SORT", "OK ...")
	for _, bad := range []string{"SORT", "SORT ()", "SORT () UTF-8 ALL", "SORT (REVERSE) UTF-8 ALL",
		"SORT (REVERSE REVERSE DATE) UTF-8 ALL", "SORT (DATE) ALL", "SORT DATE UTF-8 ALL",
		"SORT (COLOR) UTF-8 ALL", "SORT (DATE) UTF-8", `SORT (DATE) "" ALL`} {
		c.expect(bad, "BAD ...")
	}
}

func TestThreadCommand(t *testing.T) {
	s, _ := searchable(t)
	c := selecting(t, s, "INBOX")
	c.expect("THREAD REFERENCES UTF-8 ALL", "THREAD (1 2)(3)(4)(5)", "OK ...")
	c.expect("UID THREAD references UTF-8 2:3", "THREAD (2)(3)", "OK ...")
	c.expect("THREAD ORDEREDSUBJECT UTF-8 ALL", "THREAD (2 1)(3)(4)(5)", "OK ...")
	c.expect("THREAD REFERENCES UTF-8 6", "THREAD", "OK ...")
	for _, bad := range []string{"THREAD", "THREAD REFERENCES", "THREAD REFERENCES ALL",
		"THREAD REFERENCES UTF-8", "THREAD JWZ UTF-8 ALL", "THREAD (REFERENCES) UTF-8 ALL"} {
		c.expect(bad, "BAD ...")
	}
}

// What is printed of SORT and THREAD is the same again.
func TestSortAndThreadArePrintedAsTheyAreParsed(t *testing.T) {
	for _, text := range []string{"SORT (SUBJECT) UTF-8 SINCE 1-Feb-1994", // RFC 5256 §3
		"SORT (SUBJECT REVERSE DATE) UTF-8 ALL", `UID SORT (REVERSE ARRIVAL CC FROM SIZE TO) "us-ascii" NOT 1`,
		`THREAD ORDEREDSUBJECT UTF-8 SINCE 5-MAR-2000`, `UID THREAD REFERENCES US-ASCII TEXT "gewp"`} {
		_, c, err := ParseCommand([]byte("a " + text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		again(t, c)
	}
	for _, text := range []string{"SORT 2 84 882", "SORT", "SORT 5 3 4 1 2 (MODSEQ 7)", "THREAD",
		"THREAD (2)(3 6 (4 23)(44 7 96))", "THREAD ((3)(5))"} {
		d, err := parseDataText(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := string(AppendData(nil, d)); got != "* "+text+"\r\n" {
			t.Errorf("%q, want %q", got, text)
		}
	}
	if d, err := parseDataText("THREAD (1"); err == nil {
		t.Errorf("it is taken for %+v", d)
	}
}

// A watched server counts what is read of its messages.
type watched struct {
	texts, structures []UID
	ahead             []int
	before            func(m *Message) error // each of these
	late              func(m *Message) error // what looking into a text comes to
}

type watchedStore struct {
	Store
	w *watched
}

type watchedBox struct {
	Mailbox
	w *watched
}

func (s watchedStore) Select(ctx context.Context, name string, readOnly bool) (Mailbox, error) {
	box, err := s.Store.Select(ctx, name, readOnly)
	if err != nil {
		return nil, err
	}
	return &watchedBox{box, s.w}, nil
}

func (b *watchedBox) Text(ctx context.Context, m *Message) (Text, error) {
	b.w.texts = append(b.w.texts, m.UID)
	if b.w.before != nil {
		if err := b.w.before(m); err != nil {
			return nil, err
		}
	}
	text, err := b.Mailbox.Text(ctx, m)
	if b.w.late != nil {
		text = lateText{text, b.w.late(m)}
	}
	return text, err
}

// A lateText fails when it is looked into.
type lateText struct {
	Text
	err error
}

func (t lateText) Err() error { return t.err }

func (b *watchedBox) Structure(ctx context.Context, m *Message) (*Structure, error) {
	b.w.structures = append(b.w.structures, m.UID)
	if b.w.before != nil {
		if err := b.w.before(m); err != nil {
			return nil, err
		}
	}
	return b.Mailbox.Structure(ctx, m)
}

func (b *watchedBox) Ahead(ms []*Message) { b.w.ahead = append(b.w.ahead, len(ms)) }

func watch(s *Server) *watched {
	w, open := &watched{}, s.Open
	s.Open = func(ctx context.Context, p Peer, account string) (Store, error) {
		store, err := open(ctx, p, account)
		return watchedStore{store, w}, err
	}
	return w
}

// No message is read that need not be, and none twice.
func TestSearchReadsLittle(t *testing.T) {
	s, _ := searchable(t)
	w := watch(s)
	c := selecting(t, s, "INBOX")
	for _, k := range []struct {
		command           string
		texts, structures []UID
	}{
		{"SEARCH UNSEEN SINCE 1-Feb-1994 LARGER 10", nil, nil},
		{"SEARCH SEEN BODY ketchup", []UID{1}, nil},
		{"SEARCH BODY ketchup SEEN", []UID{1}, nil},
		{"SEARCH OR UNSEEN BODY ketchup", []UID{1}, nil},
		{"SEARCH NOT (SEEN BODY ketchup)", []UID{1}, nil},
		{"SEARCH FROM x BODY y DELETED", []UID{2}, nil},
		{"SEARCH BODY x SENTON 1-Feb-1994 1:3", []UID{2}, []UID{1, 2, 3}},
		{"SEARCH RETURN (MIN) BODY ketchup", []UID{1}, nil},
		{"SEARCH RETURN (MAX) BODY ketchup", []UID{5, 4, 3, 2}, nil},
		{"SEARCH RETURN (MIN MAX) BODY a", []UID{4, 5}, nil},
		{`SEARCH BODY "" TEXT ""`, nil, nil},
		{"SORT (SIZE ARRIVAL) UTF-8 ALL", nil, nil},
		{"SORT (DATE FROM) UTF-8 1:2", nil, []UID{1, 2}},
		{"SORT (SUBJECT) UTF-8 2:3", []UID{3}, []UID{2, 3}},
	} {
		if k.command == "SEARCH RETURN (MIN MAX) BODY a" {
			k.command = "SEARCH RETURN (MIN MAX) BODY alice 4:5"
		}
		*w = watched{}
		c.must(k.command)
		if !slices.Equal(w.texts, k.texts) || !slices.Equal(w.structures, k.structures) {
			t.Errorf("%s: texts of %d, structures of %d, want %d, %d", k.command, w.texts, w.structures,
				k.texts, k.structures)
		}
	}
	*w = watched{}
	c.must("SEARCH BODY x UNSEEN")
	if !slices.Equal(w.ahead, []int{4}) {
		t.Errorf("announced: %d", w.ahead)
	}
}

// A message that was expunged, and can be read no more, is not found; other trouble is told.
func TestSearchOfWhatCannotBeRead(t *testing.T) {
	s, _ := searchable(t)
	w := watch(s)
	c := selecting(t, s, "INBOX")
	c.must("SEARCH RETURN (SAVE) 1")
	w.before = func(m *Message) error {
		if m.UID == 2 {
			return Refuse(CodeExpungeIssued, "It is gone")
		}
		return nil
	}
	c.expect("SEARCH NOT BODY nowhere", "SEARCH 1 3 4 5", "OK ...")
	c.expect("SEARCH NOT SENTON 1-Jan-1994", "SEARCH 1 3 4 5", "OK ...")
	c.expect("SORT (DATE) UTF-8 1:2", "SORT 1 2", "OK ...")
	w.before = func(*Message) error { return errors.New("the disk is full of secrets") }
	c.expect("SEARCH BODY nowhere", "NO [SERVERBUG] ...")
	c.expect("SORT (DATE) UTF-8 1:2", "NO [SERVERBUG] ...")
	c.expect("THREAD REFERENCES UTF-8 1:2", "NO [SERVERBUG] ...")
	c.expect("SEARCH $", "SEARCH 1", "OK ...")
	c.expect("SEARCH RETURN (SAVE) BODY nowhere", "NO [SERVERBUG] ...")
	c.expect("SEARCH $", "SEARCH", "OK ...")
	w.late, w.before = w.before, nil
	c.expect("SEARCH NOT BODY nowhere", "NO [SERVERBUG] ...")
	c.expect("SEARCH NOT FROM nobody", "NO [SERVERBUG] ...")
	c.expect("SORT (SUBJECT) UTF-8 3", "NO [SERVERBUG] ...")
	w.late = func(*Message) error { return Refuse(CodeExpungeIssued, "It is gone") }
	c.expect("SEARCH NOT BODY nowhere", "SEARCH", "OK ...")
	c.expect("SEARCH NOT FROM nobody", "SEARCH", "OK ...")
}

// A long search tells how far it is, and ends when nobody is there to hear it.
func TestLongSearch(t *testing.T) {
	s, m := searchable(t)
	w := watch(s)
	c := selecting(t, s, "INBOX")
	now := m.now()
	s.Now = func() time.Time { return now }
	w.before = func(*Message) error { now = now.Add(6 * time.Second); return nil }
	c.expect("SEARCH BODY ketchup", "OK Searched 2 of 5 messages", "OK Searched 4 of 5 messages",
		"SEARCH 1 2", "OK ...")
	c.expect("SORT (DATE) UTF-8 ALL", "OK Searched 2 of 5 messages", "OK Searched 4 of 5 messages",
		"SORT ...", "OK ...")
	*w = watched{before: func(*Message) error {
		now = now.Add(6 * time.Second)
		c.nc.Close()
		return nil
	}}
	c.send("x SEARCH BODY ketchup\r\n")
	<-c.ended
	if len(w.texts) != 2 {
		t.Errorf("%d messages were read for nobody", len(w.texts))
	}
}
