package imap

import (
	"reflect"
	"strings"
	"testing"
)

// printed is a message's ENVELOPE and its BODYSTRUCTURE, or BODY.
func printed(text string, extended bool) (envelope, body string) {
	st := structureOf(text)
	var e Envelope
	e.read(st.Fields)
	w := writer{server: true}
	w.envelope(&e)
	envelope = string(w.b)
	w.b = w.b[:0]
	w.body(new(structureMemory).read(st.Tree(), extended))
	return envelope, string(w.b)
}

func TestEnvelope(t *testing.T) {
	const bob = `((NIL NIL "bob" "x"))`
	for _, row := range []struct{ header, want string }{
		{"", "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"},
		{"From: bob@x", "(NIL NIL " + bob + " " + bob + " " + bob + " NIL NIL NIL NIL NIL)"},
		{"From: bob@x\r\nSender:\r\nReply-To: (nobody)", "(NIL NIL " + bob + " " + bob + " " + bob + " NIL NIL NIL NIL NIL)"},
		{"From: bob@x\r\nSender: a@y\r\nReply-To: b@z", `(NIL NIL ` + bob +
			` ((NIL NIL "a" "y")) ((NIL NIL "b" "z")) NIL NIL NIL NIL NIL)`},
		{"Subject:\r\nDate: \r\nIn-Reply-To:\r\nMessage-ID:", `("" "" NIL NIL NIL NIL NIL NIL "" "")`},
		{"Subject: =?utf-8?q?=E4?= \"q\" \\\r\nSubject: two\r\nDate: any day",
			`("any day" "=?utf-8?q?=E4?= \"q\" \\" NIL NIL NIL NIL NIL NIL NIL NIL)`},
		{"Subject: caf\xc3\xa9", "(NIL {5}\r\ncaf\xc3\xa9 NIL NIL NIL NIL NIL NIL NIL NIL)"},
		{"To: bob, <>, \"a b\" <@r:c@d>\r\nTo: e@f", `(NIL NIL NIL NIL NIL ((NIL NIL "bob" "")` +
			`(NIL NIL "" "")("a b" "@r" "c" "d")(NIL NIL "e" "f")) NIL NIL NIL NIL)`},
		{"Cc: G: a@b, c@d;, e@f\r\nBcc: H:;", `(NIL NIL NIL NIL NIL NIL ((NIL NIL "G" NIL)(NIL NIL "a" "b")` +
			`(NIL NIL "c" "d")(NIL NIL NIL NIL)(NIL NIL "e" "f")) ((NIL NIL "H" NIL)(NIL NIL NIL NIL)) NIL NIL)`},
		{"In-Reply-To: <1@x>\r\n <2@x>", `(NIL NIL NIL NIL NIL NIL NIL NIL "<1@x> <2@x>" NIL)`},
	} {
		if got, _ := printed(row.header+"\r\n\r\n", false); got != row.want {
			t.Errorf("%q:\n%s\nwant\n%s", row.header, got, row.want)
		}
	}
	utf8 := writer{server: true, utf8: true}
	utf8.envelope(&Envelope{Subject: NString{"caf\xc3\xa9", true}, Date: NString{"\xe4", true}})
	if got := string(utf8.b); got != "({1}\r\n\xe4 \"caf\xc3\xa9\" NIL NIL NIL NIL NIL NIL NIL NIL)" {
		t.Errorf("UTF8=ACCEPT: %q", got)
	}
}

func TestBodyStructure(t *testing.T) {
	const none = "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"
	const empty = `("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0 NIL NIL NIL NIL)`
	for _, row := range []struct{ text, body, structure string }{
		{"\r\na\r\nb\r\n", `("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 6 2)`,
			`("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 6 2 NIL NIL NIL NIL)`},
		{"Content-Type: IMAGE/Png; name=\"a\\\"b\"\r\nContent-Transfer-Encoding: Base64\r\n" +
			"Content-ID: <1>\r\nContent-Description: d e\r\nContent-MD5: m\r\nContent-Location: l\r\n" +
			"Content-Language: de\r\nContent-Disposition: attachment\r\n\r\nAA==\r\n",
			`("image" "png" ("name" "a\"b") "<1>" "d e" "base64" 6)`,
			`("image" "png" ("name" "a\"b") "<1>" "d e" "base64" 6 "m" ("attachment" NIL) "de" "l")`},
		{"Content-Type: text/plain; format=flowed\r\n\r\n",
			`("text" "plain" ("format" "flowed" "charset" "us-ascii") NIL NIL "7bit" 0 0)`, ""},
		{"Content-Type: multipart/mixed; boundary=b\r\nContent-Language: a, b\r\n\r\n",
			`(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0) "mixed")`,
			`(` + empty + ` "mixed" ("boundary" "b") NIL ("a" "b") NIL)`},
		{"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nabc\r\n", "",
			`("message" "rfc822" NIL NIL NIL "base64" 5 ` + none + " " + empty + ` 1 NIL NIL NIL NIL)`},
		{"Content-Type: message/delivery-status\r\n\r\nabc\r\n", "",
			`("message" "delivery-status" NIL NIL NIL "7bit" 5 NIL NIL NIL NIL)`},
		{nested, `(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 8 0)("message" "rfc822" NIL NIL ` +
			`"forwarded" "7bit" 432 (NIL "inner" ((NIL NIL "f" "y.test")) ((NIL NIL "f" "y.test")) ` +
			`((NIL NIL "f" "y.test")) ((NIL NIL "g" "y.test")) NIL NIL NIL NIL) (("text" "plain" ` +
			`("charset" "utf-8" "format" "flowed") "<cid@x>" NIL "7bit" 11 1)("message" "rfc822" NIL NIL NIL ` +
			`"7bit" 58 (NIL "deepest" ((NIL NIL "deep" "z.test")) ((NIL NIL "deep" "z.test")) ` +
			`((NIL NIL "deep" "z.test")) NIL NIL NIL NIL NIL) ("text" "plain" ("charset" "us-ascii") NIL NIL ` +
			`"7bit" 19 2) 5) "alternative") 25)("message" "rfc822" NIL NIL NIL "7bit" 88 (NIL ` +
			`"plain in message" ((NIL NIL "h" "y.test")) ((NIL NIL "h" "y.test")) ((NIL NIL "h" "y.test")) NIL ` +
			`NIL NIL NIL NIL) ("text" "plain" ("charset" "us-ascii") NIL NIL "base64" 8 0) 4)(("text" "plain" ` +
			`("charset" "us-ascii") NIL NIL "7bit" 0 0) "mixed")("message" "rfc822" NIL NIL NIL "7bit" 0 ` + none +
			` ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0) 0) "mixed")`, ""},
	} {
		_, body := printed(row.text, false)
		_, structure := printed(row.text, true)
		if row.body != "" && body != row.body {
			t.Errorf("%.50q: BODY\n%s\nwant\n%s", row.text, body, row.body)
		}
		if row.structure != "" && structure != row.structure {
			t.Errorf("%.50q: BODYSTRUCTURE\n%s\nwant\n%s", row.text, structure, row.structure)
		}
	}
}

// The memory that structures are made of is used again, and shows nothing of what it had.
func TestStructureMemory(t *testing.T) {
	var m structureMemory
	for _, text := range []string{nested, "\r\n", nested, sample(1), nested} {
		w := writer{server: true}
		w.body(m.read(structureOf(text).Tree(), true))
		if _, want := printed(text, true); string(w.b) != want {
			t.Errorf("%s\nwant\n%s", w.b, want)
		}
	}
}

// The responses of RFC 3501 and its extensions, as a client takes them.
func TestParseFetchData(t *testing.T) {
	for _, text := range []string{
		`23 FETCH (FLAGS (\Seen) RFC822.SIZE 44827)`,
		`12 FETCH (FLAGS (\Seen) INTERNALDATE "17-Jul-1996 02:44:25 -0700" RFC822.SIZE 4286 ENVELOPE ` +
			`("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev1 WG mtg summary and minutes" ` +
			`(("Terry Gray" NIL "gray" "cac.washington.edu")) (("Terry Gray" NIL "gray" "cac.washington.edu")) ` +
			`(("Terry Gray" NIL "gray" "cac.washington.edu")) ((NIL NIL "imap" "cac.washington.edu")) ` +
			`((NIL NIL "minutes" "CNRI.Reston.VA.US")("John Klensin" NIL "KLENSIN" "MIT.EDU")) NIL NIL ` +
			`"<B27397-0100000@cac.washington.edu>") BODY ("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 3028 92))`,
		"12 FETCH (BODY[HEADER] {4}\r\na: b)",
		`4 FETCH (UID 4827313 MODSEQ (12121231000) BODY (("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 1152 23)` +
			`("TEXT" "PLAIN" ("CHARSET" "US-ASCII" "NAME" "cc.diff") "<960723163407.20117h@cac.washington.edu>" ` +
			`"Compiler diff" "BASE64" 4554 73) "MIXED"))`,
		`1 FETCH (FLAGS () BODY[1.2.HEADER.FIELDS (A "b c")]<17> NIL BODY[] {0}` + "\r\n" + ` BINARY.SIZE[1] 12 BINARY[1] ~{1}` +
			"\r\n\x00)",
		`1 FETCH (X-GM-LABELS (a "b)" (c)) X[A (b "]") "c"]<7> {3}` + "\r\na)b Y NIL)",
		`1 FETCH ()`,
		`1 FETCH (UID x FLAGS (\Seen) BODY[WHAT (a b)] "c")`, // known items in another form are kept as they are
	} {
		d := parseFetched(t, text)
		got := string(AppendData(nil, d))
		if x := parseFetched(t, strings.TrimSuffix(strings.TrimPrefix(got, "* "), "\r\n")); !reflect.DeepEqual(x, d) {
			t.Errorf("%s\nbecomes %+v\nand then %+v", text, d, x)
		}
	}
	d := parseFetched(t, `1 FETCH (UID x FLAGS (\Seen $A) BODY[1] "c" body[2] NIL X (1 2))`)
	octets, there := d.Section("1")
	if d.UID != 0 || !d.HasFlags || d.Flags != FlagSeen || len(d.Keywords) != 1 || string(octets) != "c" || !there ||
		!reflect.DeepEqual(d.Others, []string{"UID x", "X (1 2)"}) {
		t.Errorf("%+v", d)
	}
	if _, there := d.Section("2"); there {
		t.Error("NIL is there")
	}
}

func parseFetched(t *testing.T, text string) *FetchData {
	t.Helper()
	s := scanner{text: []byte(text)}
	n := s.number()
	s.sp()
	s.upper()
	d := parseFetchData(&s, n)
	s.end()
	if s.err != nil {
		t.Fatalf("%s: %v", text, s.err)
	}
	return d.(*FetchData)
}

// Parts that lie in each other without end are no reason to recurse without end.
func TestDeepStructure(t *testing.T) {
	for _, text := range []string{strings.Repeat("(", 100_000), "BODY " + strings.Repeat("(", 100_000),
		"ENVELOPE " + strings.Repeat("(", 100_000), "X " + strings.Repeat("(", 100_000)} {
		s := scanner{text: []byte(" (" + text + ")")}
		if parseFetchData(&s, 1); s.err == nil {
			t.Errorf("%.10s: no error", text)
		}
	}
}

// FuzzFetchData: what is printed is parsed as it was.
func FuzzFetchData(f *testing.F) {
	for _, text := range []string{`FLAGS (\Seen a) UID 1 MODSEQ (4) RFC822.SIZE 3`, "BODY[1.MIME]<3> {1}\r\na X (1 (2))",
		`ENVELOPE ("a" NIL ((NIL NIL "a" NIL)(NIL NIL NIL NIL)) NIL NIL NIL NIL NIL "" {0}` + "\r\n)",
		`BODYSTRUCTURE (("text" "plain" ("a" "b") NIL NIL "7bit" 1 2 NIL ("c" ("d" "e")) ("f" "g") "h") "mixed" NIL NIL NIL NIL)`,
		`INTERNALDATE "17-Jul-1996 02:44:25 -0700" BINARY[1] ~{1}` + "\r\n\x00 BINARY.SIZE[2] 1"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s := scanner{text: append(append([]byte(" ("), text...), ')')}
		d := parseFetchData(&s, 1)
		if s.end(); s.err != nil {
			return
		}
		said := AppendData(nil, d)
		s = scanner{text: said[len("* 1 FETCH") : len(said)-2]}
		again := parseFetchData(&s, 1)
		if s.end(); s.err != nil {
			t.Fatalf("%q is printed as %q: %v", text, said, s.err)
		}
		if twice := AppendData(nil, again); string(twice) != string(said) {
			t.Fatalf("%q is printed as\n%q, and that as\n%q", text, said, twice)
		}
	})
}

// FuzzFetch: what is printed is parsed as it was.
func FuzzFetch(f *testing.F) {
	for _, text := range []string{"1:*,$ (FLAGS UID) (CHANGEDSINCE 7)", "1 FULL", "2 BODY.PEEK[1.2.HEADER.FIELDS (a \"b\")]<0.1>",
		"1 (BINARY[1] BINARY.SIZE[] RFC822.TEXT)", "1 BODY[HEADER.FIELDS.NOT ({1}\r\na)]"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		_, c, err := ParseCommand(append([]byte("t FETCH "), text...))
		if err != nil {
			return
		}
		said := AppendCommand(nil, "t", c)
		_, again, err := ParseCommand(said)
		if err != nil || !reflect.DeepEqual(c, again) {
			t.Fatalf("%q is printed as %q: %+v, %v", text, said, again, err)
		}
	})
}
