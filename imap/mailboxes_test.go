package imap

import (
	"bytes"
	"strings"
	"testing"
)

// commandsOfMailboxes are commands of this family, as they come and as they are printed; "" is the
// same.
var commandsOfMailboxes = []struct{ in, out string }{
	{`LIST "" "*"`, ""},
	{`LIST "" %`, `LIST "" "%"`},
	{`LIST ~/Mail/ "%"`, ""},
	{`LIST "" ""`, ""},
	{`list inbox Sent/%`, `LIST inbox "Sent/%"`},
	{`LIST {1}` + "\r\nx {2}\r\n*]", `LIST x "*]"`},
	{`LIST () "" "%"`, ""},
	{`LIST "" (%)`, `LIST () "" "%"`},
	{`LIST "" % RETURN ()`, `LIST () "" "%"`},
	{`LIST "" (INBOX Drafts "Sent/%")`, ""},
	{`LIST (SUBSCRIBED) "" "*"`, ""},
	{`LIST (recursivematch subscribed subscribed) "" *2`,
		`LIST (SUBSCRIBED RECURSIVEMATCH) "" "*2"`},
	{`LIST (SPECIAL-USE RECURSIVEMATCH) "" x`, `LIST (RECURSIVEMATCH SPECIAL-USE) "" x`},
	{`LIST (REMOTE) "" x RETURN (CHILDREN SUBSCRIBED)`,
		`LIST (REMOTE) "" x RETURN (SUBSCRIBED CHILDREN)`},
	{`LIST "" "%" RETURN (STATUS (MESSAGES UNSEEN) SPECIAL-USE)`,
		`LIST "" "%" RETURN (SPECIAL-USE STATUS (MESSAGES UNSEEN))`},
	{`LIST "" "&ZeVnLIqe-/*"`, ""},
	{`LSUB #news. "comp.%"`, ""},
	{`LSUB "" *`, `LSUB "" "*"`},
	{`STATUS blurdybloop (UIDNEXT MESSAGES)`, ""},
	{`status inbox (messages)`, `STATUS INBOX (MESSAGES)`},
	{`STATUS "a b" (RECENT UIDVALIDITY UNSEEN SIZE DELETED DELETED-STORAGE HIGHESTMODSEQ APPENDLIMIT)`, ""},
	{`CREATE owatagusiam/`, ""},
	{`CREATE "iNbOx"`, `CREATE INBOX`},
	{`CREATE inbox/foo`, `CREATE INBOX/foo`},
	{`CREATE inboxes`, ""},
	{`CREATE &U,BTFw-`, ""},
	{`CREATE "a&-b"`, `CREATE a&-b`},
	{`CREATE "NIL"`, ""},
	{`CREATE NIL`, `CREATE "NIL"`},
	{`CREATE "(\"\\)"`, ""},
	{`CREATE MySpecial (USE (\Drafts \Sent))`, ""},
	{`CREATE x (USE ())`, `CREATE x`},
	{`DELETE foo/bar`, ""},
	{`RENAME zowie/bar zap`, ""},
	{`SUBSCRIBE #news.comp.mail.mime`, ""},
	{`UNSUBSCRIBE #news.comp.mail.mime`, ""},
	{`NAMESPACE`, ""},
	{`ID NIL`, ""},
	{`ID ()`, `ID NIL`},
	{`ID ("name" "sodr" "version" NIL)`, ""},
	{`ENABLE condstore X-GOOD-IDEA`, `ENABLE CONDSTORE X-GOOD-IDEA`},
	{`GETQUOTA ""`, ""},
	{`GETQUOTA "!partition/sda4"`, `GETQUOTA !partition/sda4`},
	{`GETQUOTAROOT inbox`, `GETQUOTAROOT INBOX`},
	{`SETQUOTA #user/alice (STORAGE 510)`, ""},
	{`SETQUOTA "" ()`, ""},
	{"APPEND saved-messages (\\Seen) {5}\r\nhello", ""},
	{"APPEND x {5+}\r\nhello", "APPEND x {5}\r\nhello"},
	{"APPEND x () {5}\r\nhello", "APPEND x {5}\r\nhello"},
	{"APPEND x (\\seen $Forwarded) \" 7-Feb-1994 21:52:25 -0800\" {5}\r\nhello",
		"APPEND x (\\Seen $Forwarded) \" 7-Feb-1994 21:52:25 -0800\" {5}\r\nhello"},
	{"APPEND x ~{5}\r\nhe\x00lo", ""},
	{"APPEND x UTF8 (~{5}\r\nhello)", ""},
	{"APPEND {5}\r\nnames {1}\r\na (\\Draft) {1}\r\nb {1}\r\nc",
		"APPEND names {1}\r\na (\\Draft) {1}\r\nb {1}\r\nc"},
}

func TestMailboxCommands(t *testing.T) {
	for _, x := range commandsOfMailboxes {
		want := x.out
		if want == "" {
			want = x.in
		}
		tag, c, err := ParseCommand([]byte("A1 " + x.in + "\r\n"))
		if err != nil {
			t.Errorf("%q: %v", x.in, err)
			continue
		}
		if got := string(AppendCommand(nil, tag, c)); got != "A1 "+want+"\r\n" {
			t.Errorf("%q: printed %q, want %q", x.in, got, want)
		}
	}
}

// notOfMailboxes are commands that come near and are none.
var notOfMailboxes = []string{
	`LIST`, `LIST ""`, `LIST "" `, `LIST "" * `, `LIST  "" *`, `LIST "" (`, `LIST "" ()`,
	`LIST "" (* )`,
	`LIST (RECURSIVEMATCH) "" *`, `LIST (REMOTE RECURSIVEMATCH) "" *`, `LIST (BOGUS) "" *`,
	`LIST "" * RETURN`, `LIST "" * RETURN CHILDREN`, `LIST "" * RETURN (BOGUS)`,
	`LIST "" * RETURN(CHILDREN)`,
	`LIST "" * RETURN (STATUS)`, `LIST "" * RETURN (STATUS ())`,
	`LIST "" * RETURN (STATUS (BOGUS))`,
	`LIST "" * RETURN (RECURSIVEMATCH)`, `LIST "" &ZeV*`, `LIST &Jjo! *`, `LIST * ""`,
	`LIST () "" * ()`,
	"LIST \"\" \"\xc3\xa4\"", `LIST "" (` + strings.Repeat("* ", maxPatterns) + `*)`,
	`LSUB ""`, `LSUB "" (*)`, `LSUB () "" *`,
	`STATUS INBOX`, `STATUS INBOX ()`, `STATUS INBOX MESSAGES`, `STATUS INBOX (BOGUS)`,
	`STATUS INBOX (MESSAGES)x`, `STATUS (MESSAGES)`,
	`STATUS INBOX (MESSAGES )`,
	`CREATE`, `CREATE `, `CREATE a b`, `CREATE a*b`, `CREATE a%b`, `CREATE (a)`, `CREATE "a`,
	`CREATE "\a"`,
	`CREATE x ()`, `CREATE x (USE)`, `CREATE x (USE \Sent)`, `CREATE x (USE (Sent))`,
	`CREATE x (ACL (\Sent))`,
	`CREATE &`, `CREATE &AGE-`, `CREATE &AAA`, `CREATE &2D3-`, `CREATE a&b`,
	"CREATE {2}\r\n\xc3\xa4", "CREATE {1}\r\n\x00",
	`DELETE`, `DELETE a b`, `RENAME a`, `RENAME a b c`, `SUBSCRIBE`, `UNSUBSCRIBE a b`,
	`NAMESPACE x`, `ID`, `ID name`, `ID ("name")`, `ID ("name" "x" "version")`, `ID (name "x")`,
	`ID (NIL "x")`,
	`ID ("name" x)`, `ID ("name" "x" "NAME" "y")`, `ID ("` + strings.Repeat("n", 31) + `" "x")`,
	`ID ("n" "` + strings.Repeat("v", 1025) + `")`, `ENABLE`, `ENABLE `, `ENABLE (CONDSTORE)`,
	`GETQUOTA`, `GETQUOTA a b`, `GETQUOTAROOT`, `SETQUOTA ""`, `SETQUOTA "" (STORAGE)`,
	`SETQUOTA "" (STORAGE x)`,
	`SETQUOTA "" (STORAGE 9223372036854775808)`,
	`APPEND`, `APPEND x`, `APPEND x "hello"`, `APPEND x hello`, "APPEND {5}\r\nhello",
	"APPEND x (\\Recent) {1}\r\na",
	"APPEND x (\\Bogus) {1}\r\na", "APPEND x (()) {1}\r\na",
	"APPEND x \"7-Feb-1994 21:52:25 -0800\" {1}\r\na",
	"APPEND x \"31-Feb-1994 21:52:25 -0800\" {1}\r\na", "APPEND x {1}\r\nab", "APPEND x {2}\r\na",
	"APPEND x UTF8 ({1}\r\na)", "APPEND x UTF8 (~{1}\r\na", "APPEND x UTF8 ~{1}\r\na",
	"APPEND x {1}\r\na ",
	"APPEND x CATENATE (TEXT {1}\r\na)", "APPEND x {1}\r\n\x00",
}

func TestNoMailboxCommands(t *testing.T) {
	for _, in := range notOfMailboxes {
		if _, c, err := ParseCommand([]byte("A1 " + in)); err == nil {
			t.Errorf("%q is taken for %#v", in, c)
		}
	}
	all := make([]string, maxIDFields+1)
	for i := range all {
		all[i] = `"n` + decimal(int64(i)) + `" NIL`
	}
	for n, want := range map[int]bool{maxIDFields: true, maxIDFields + 1: false} {
		_, _, err := ParseCommand([]byte("A1 ID (" + strings.Join(all[:n], " ") + ")"))
		if (err == nil) != want {
			t.Errorf("ID with %d fields: %v", n, err)
		}
	}
}

// dataOfMailboxes is data of this family, as it comes and as it is printed.
var dataOfMailboxes = []struct{ in, out string }{
	{`LIST (\Noselect) "/" ~/Mail/foo`, ""},
	{`LIST (\Noselect) "/" ""`, ""},
	{`LIST () NIL INBOX`, ""},
	{`LIST () "\\" inbox`, `LIST () "\\" INBOX`},
	{`LIST (\Subscribed \NonExistent) "/" "Fruit/Peach"`,
		`LIST (\Subscribed \NonExistent) "/" Fruit/Peach`},
	{`LIST () "/" Foo ("CHILDINFO" ("SUBSCRIBED"))`, ""},
	{`LIST () "/" Foo (childinfo ("SUBSCRIBED" "SPECIAL-USE"))`,
		`LIST () "/" Foo ("CHILDINFO" ("SUBSCRIBED" "SPECIAL-USE"))`},
	{`LIST () "/" Foo ("tablecloth" (("edge" "lacy") ("color" "red")) X-Sample 1:3)`,
		`LIST () "/" Foo`},
	{`LSUB (\NoSelect) "." #news.comp.mail`, ""},
	{`STATUS blurdybloop (MESSAGES 231 UIDNEXT 44292)`, ""},
	{`STATUS "a b" ()`, ""},
	{`STATUS x (APPENDLIMIT NIL HIGHESTMODSEQ 7011231777 MAILBOXID (F2212ea8) SIZE 9223372036854775807)`,
		`STATUS x (APPENDLIMIT NIL HIGHESTMODSEQ 7011231777 SIZE 9223372036854775807)`},
	{`NAMESPACE (("" "/")) NIL NIL`, ""},
	{`NAMESPACE (("" "/" "X-PARAM" ("FLAG1" "FLAG2"))("#mh/" "/")) (("~" NIL)) NIL`,
		`NAMESPACE (("" "/")("#mh/" "/")) (("~" NIL)) NIL`},
	{`ID NIL`, ""},
	{`ID ("name" "Cyrus" "version" NIL)`, ""},
	{`ENABLED`, ""},
	{`ENABLED CONDSTORE UTF8=ACCEPT`, ""},
	{`QUOTA "" (STORAGE 10 512)`, ""},
	{`QUOTA "" ()`, ""},
	{`QUOTA #user/alice (MESSAGE 42 1000 STORAGE 1 2)`, ""},
	{`QUOTAROOT INBOX #user/alice !partition/sda4`, ""},
	{`QUOTAROOT INBOX ""`, ""},
	{`QUOTAROOT comp.mail.mime`, ""},
}

// readData parses data without "* " and CRLF; nil if it is none.
func readData(text []byte) Data {
	s := scanner{text: text}
	parse := dataParsers[s.upper()]
	if parse == nil {
		return nil
	}
	d := parse(&s, 0)
	if s.end(); s.err != nil {
		return nil
	}
	return d
}

func TestMailboxData(t *testing.T) {
	for _, x := range dataOfMailboxes {
		want := x.out
		if want == "" {
			want = x.in
		}
		d := readData([]byte(x.in))
		if d == nil {
			t.Errorf("%q is none", x.in)
			continue
		}
		if got := string(AppendData(nil, d)); got != "* "+want+"\r\n" {
			t.Errorf("%q: printed %q, want %q", x.in, got, want)
		}
	}
	for _, in := range []string{`LIST () "//" x`, `LIST (Noselect) "/" x`, `LIST () "/"`, `LIST () "/" x (`,
		`LIST () "/" x (CHILDINFO`, `STATUS x`, `STATUS x (MESSAGES)`, `NAMESPACE NIL NIL`,
		`NAMESPACE (("")) NIL NIL`,
		`ID`, `QUOTA ""`, `QUOTA "" (STORAGE 1)`, `QUOTAROOT`,
		`STATUS x (MAILBOXID ` + strings.Repeat("(", 1e5)} {
		if d := readData([]byte(in)); d != nil {
			t.Errorf("%q is taken for %#v", in, d)
		}
	}
}

// What is printed is parsed as what it was, whatever it was parsed from.
func FuzzMailboxCommand(f *testing.F) {
	for _, x := range commandsOfMailboxes {
		f.Add([]byte("A1 " + x.in))
	}
	for _, in := range notOfMailboxes {
		f.Add([]byte("A1 " + in))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		tag, c, err := ParseCommand(text)
		if err != nil {
			return
		}
		once := AppendCommand(nil, tag, c)
		_, again, err := ParseCommand(once)
		if err != nil {
			t.Fatalf("%q: printed %q: %v", text, once, err)
		}
		if twice := AppendCommand(nil, tag, again); !bytes.Equal(once, twice) {
			t.Fatalf("%q: printed %q, then %q", text, once, twice)
		}
	})
}

func FuzzMailboxData(f *testing.F) {
	for _, x := range dataOfMailboxes {
		f.Add([]byte(x.in))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		d := readData(text)
		if d == nil {
			return
		}
		once := AppendData(nil, d)
		again := readData(once[2 : len(once)-2])
		if again == nil {
			t.Fatalf("%q: printed %q, which is none", text, once)
		}
		if twice := AppendData(nil, again); !bytes.Equal(once, twice) {
			t.Fatalf("%q: printed %q, then %q", text, once, twice)
		}
	})
}
