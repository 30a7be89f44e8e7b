package smtp

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// show writes faults as "kind@at+len", at counted from 0.
func show(faults []Fault) string {
	var words []string
	for _, f := range faults {
		words = append(words, fmt.Sprintf("%s@%d+%d", f.Kind, f.At, f.Len))
	}
	return strings.Join(words, " ")
}

func TestParseCommand(t *testing.T) {
	long := strings.Repeat("x", 65)
	for _, row := range []struct{ line, want, faults string }{
		{"EHLO client.example", "EHLO client.example", ""},
		{"ehlo [127.0.0.1]", "EHLO [127.0.0.1]", ""},
		{"HELO [IPv6:2001:db8::1]", "HELO [IPv6:2001:db8::1]", ""},
		{"EHLO [x400:abc]", "EHLO [x400:abc]", ""},
		{"EHLO", "EHLO ", "missing-argument@4+0"},
		{"EHLO my_pc", "EHLO my_pc", "domain-syntax@7+1"},
		{"EHLO [127.0.0.256]", "EHLO [127.0.0.256]", "domain-syntax@5+1"},
		{"EHLO [127.0.0.1", "EHLO [127.0.0.1", "domain-syntax@14+1"},
		{"EHLO a.example.", "EHLO a.example.", "domain-syntax@14+1"},
		{"EHLO -a.example", "EHLO -a.example", "domain-syntax@5+1"},
		{"EHLO a-.example", "EHLO a-.example", "domain-syntax@6+1"},
		{"EHLO müller.example", "EHLO müller.example", ""},
		{"EHLO a b", "EHLO a", "extra-argument@7+1"},
		{"EHLO  a", "EHLO a", "bad-space@5+1"},

		{"MAIL FROM:<alice@lab.test>", "MAIL FROM:<alice@lab.test>", ""},
		{"mail from:<Alice@Lab.Test> size=100 body=8bitmime",
			"MAIL FROM:<Alice@Lab.Test> SIZE=100 BODY=8bitmime", ""},
		{"MAIL FROM:<>", "MAIL FROM:<>", ""},
		{"MAIL FROM:<@a.example,@b.example:c@d.example>",
			"MAIL FROM:<@a.example,@b.example:c@d.example>", ""},
		{`MAIL FROM:<"john smith"@a.example>`, `MAIL FROM:<"john smith"@a.example>`, ""},
		{`MAIL FROM:<"john"@a.example>`, `MAIL FROM:<john@a.example>`, ""},
		{`MAIL FROM:<"a\"b\\c>"@a.example>`, `MAIL FROM:<"a\"b\\c>"@a.example>`, ""},
		{`MAIL FROM:<""@a.example>`, `MAIL FROM:<""@a.example>`, ""},
		{"MAIL FROM:<a@[192.0.2.1]>", "MAIL FROM:<a@[192.0.2.1]>", ""},
		{"MAIL FROM:<张三@例子.example> SMTPUTF8", "MAIL FROM:<张三@例子.example> SMTPUTF8", ""},
		{"MAIL FROM:<张三@a.example>", "MAIL FROM:<张三@a.example>", "8bit-address@11+1"},
		{"MAIL FROM: <a@b.example>", "MAIL FROM:<a@b.example>", "space-after-colon@10+1"},
		{"MAIL FROM:\t <a@b.example>", "MAIL FROM:<a@b.example>", "space-after-colon@10+2"},
		{"MAIL FROM :<a@b.example>", "MAIL FROM:<a@b.example>", "bad-space@9+1"},
		{"MAIL  FROM:<a@b.example>", "MAIL FROM:<a@b.example>", "bad-space@5+1"},
		{" MAIL FROM:<a@b.example>", "MAIL FROM:<a@b.example>", "bad-space@0+1"},
		{"MAIL FROM:a@b.example", "MAIL FROM:<a@b.example>", "no-angle-brackets@10+11"},
		{"MAIL FROM:a@b.example SIZE=1", "MAIL FROM:<a@b.example> SIZE=1", "no-angle-brackets@10+11"},
		{"MAIL FROM: a@b.example>", "MAIL FROM:<a@b.example>",
			"space-after-colon@10+1 no-angle-brackets@11+12"},
		{"MAIL FROM:<a@b.example", "MAIL FROM:<a@b.example>", "no-angle-brackets@22+0"},
		{"MAIL FROM:<a@b.example SIZE=1", "MAIL FROM:<a@b.example> SIZE=1", "no-angle-brackets@22+1"},
		{"MAIL FROM:<a@b.example>  ", "MAIL FROM:<a@b.example>", "trailing-space@23+2"},
		{"MAIL", "MAIL FROM:<>", "missing-argument@4+0"},
		{"MAIL FROM:", "MAIL FROM:<>", "missing-argument@10+0"},
		{"MAIL <a@b.example>", "MAIL FROM:<>", "no-colon@5+1"},
		{"MAIL FROM <a@b.example>", "MAIL FROM:<>", "no-colon@9+0"},
		{"MAIL TO:<a@b.example>", "MAIL FROM:<>", "no-colon@5+1"},
		{"MAIL FROM:<alice>", "MAIL FROM:<>", "bad-path@16+1"},
		{"MAIL FROM:<a@@b.example>", "MAIL FROM:<>", "bad-path@13+1"},
		{"MAIL FROM:<a b@c.example>", "MAIL FROM:<>", "bad-path@12+1"},
		{"MAIL FROM:<.a@b.example>", "MAIL FROM:<>", "bad-path@11+1"},
		{"MAIL FROM:<a..b@c.example>", "MAIL FROM:<>", "bad-path@13+1"},
		{"MAIL FROM:<a@b.example>SIZE=1", "MAIL FROM:<a@b.example>", "bad-parameter@23+1"},
		{"MAIL FROM:<a@b.example> SIZE=", "MAIL FROM:<a@b.example>", "bad-parameter@29+0"},
		{"MAIL FROM:<a@b.example> =1", "MAIL FROM:<a@b.example>", "bad-parameter@24+1"},
		{"MAIL FROM:<a@b.example> SIZE=1 size=2", "MAIL FROM:<a@b.example> SIZE=1",
			"double-parameter@31+4"},
		{"MAIL FROM:<" + long + "@b.example>", "MAIL FROM:<" + long + "@b.example>",
			"path-too-long@10+77"},

		{"RCPT TO:<bob@lab.test>", "RCPT TO:<bob@lab.test>", ""},
		{"RCPT TO:<Postmaster>", "RCPT TO:<Postmaster>", ""},
		{"RCPT TO:<>", "RCPT TO:<>", "bad-path@9+1"},
		{"RCPT TO:<bob>", "RCPT TO:<>", "bad-path@12+1"},
		{"RCPT TO:bob@lab.test", "RCPT TO:<bob@lab.test>", "no-angle-brackets@8+12"},
		{"RCPT TO:<bo\bb@lab.test>", "RCPT TO:<>", "control-octet@11+1"},
		{"RCPT TO:<bo\xffb@lab.test>", "RCPT TO:<>", "bad-path@11+1"},

		{"DATA", "DATA", ""},
		{"DATA now", "DATA now", "extra-argument@5+3"},
		{"RSET ", "RSET", "trailing-space@4+1"},
		{"noop", "NOOP", ""},
		{"NOOP  any thing", "NOOP any thing", "bad-space@5+1"},
		{"VRFY", "VRFY", "missing-argument@4+0"},
		{"VRFY bob", "VRFY bob", ""},
		{"HELP mail", "HELP mail", ""},
		{"QUIT now", "QUIT now", "extra-argument@5+3"},
		{"AUTH PLAIN =", "AUTH PLAIN =", ""},
		{"BDAT 100 LAST", "BDAT 100 LAST", ""},
		{"bdat 0100 last", "BDAT 0100 LAST", ""},
		{"BDAT 0", "BDAT 0", ""},
		{"BDAT 7\t LAST ", "BDAT 7 LAST", "bad-space@6+2 trailing-space@12+1"},
		{"BDAT", "BDAT", "missing-argument@4+0"},
		{"BDAT LAST", "BDAT", "chunk-size@5+1"},
		{"BDAT 7x", "BDAT", "chunk-size@5+1"},
		{"BDAT -7", "BDAT", "chunk-size@5+1"},
		{"BDAT 7,5 LAST", "BDAT", "chunk-size@5+1"},
		{"BDAT 99999999999999999999 LAST", "BDAT", "chunk-size@5+20"},
		{"BDAT 7 LAST LAST", "BDAT 7", "extra-argument@7+9"},
		{"BDAT 7 7", "BDAT 7", "extra-argument@7+1"},
		{"starttls", "STARTTLS", ""},
		{"", "", "unknown-verb@0+0"},
		{"   ", "", "unknown-verb@0+0 trailing-space@0+3"},
		{"xyzzy a b", "XYZZY a b", "unknown-verb@0+5"},
		{"MAILFROM:<a@b.example>", "MAILFROM:<A@B.EXAMPLE>", "unknown-verb@0+22"},
	} {
		c, faults := ParseCommand([]byte(row.line))
		if got := c.String(); got != row.want || show(faults) != row.faults {
			t.Errorf("%q\n is %q, faults %s\nwant %q, %s", row.line, got, show(faults), row.want,
				row.faults)
		}
	}
}

// A line is as long as the standard says that extensions may make it.
func TestCommandLine(t *testing.T) {
	for verb, least := range map[string]int{"NOOP": 512, "MAIL": 512 + 26 + 17 + 10 + 116, "RCPT": 1036,
		"AUTH": 12288, "BDAT": 512} {
		if n := CommandLine(verb); n < least {
			t.Errorf("%s: %d octets, the standard wants %d", verb, n, least)
		}
	}
}

// A command that was parsed without a fault is printed and parsed again as the same.
func FuzzCommand(f *testing.F) {
	for _, s := range []string{"MAIL FROM:<@a.b:\"x\\\"\"@[IPv6:::1]> SIZE=1 SMTPUTF8", "EHLO [a:b]",
		"RCPT TO:<é@b.é>", "NOOP x y", "RCPT TO:<postmaster> A=b", " MAIL FROM: a@b\t", "\x16\x03",
		"BDAT 7\tlast", "BDAT 00 LAST x"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		c, faults := ParseCommand(line)
		for _, fault := range faults {
			if fault.At < 0 || fault.Len < 0 || fault.At+fault.Len > len(line) {
				t.Fatalf("%q: fault %v lies outside", line, fault)
			}
			if fault.Fatal() {
				return
			}
		}
		again, faults := ParseCommand([]byte(c.String()))
		for _, fault := range faults {
			if fault.Kind != FaultDomainSyntax && fault.Kind != FaultNotASCII {
				t.Fatalf("%q is printed as %q, which has the fault %v", line, c, fault)
			}
		}
		if !reflect.DeepEqual(c, again) {
			t.Fatalf("%q is %#v, printed and parsed again %#v", line, c, again)
		}
	})
}

func TestParseMailbox(t *testing.T) {
	for _, row := range []struct{ in, want string }{
		{"alice@lab.test", "alice@lab.test"},
		{"postmaster", "postmaster"},
		{`"a b"@lab.test`, `"a b"@lab.test`},
		{`"a.b"@lab.test`, `a.b@lab.test`},
		{`"."@lab.test`, `"."@lab.test`},
		{"a@[IPv6:::ffff:1.2.3.4]", "a@[IPv6:::ffff:1.2.3.4]"},
		{"alice", `"alice" is no address: it ends too early`},
		{"", `"" is no address: it ends too early`},
		{"alice@", `"alice@" is no address: it ends too early`},
		{"a@b c", `"a@b c" is no address: byte 4 (0x20) does not fit`},
		{"<a@b>", `"<a@b>" is no address: byte 1 (0x3c) does not fit`},
		{"a@[IPv6:1.2.3.4]", `"a@[IPv6:1.2.3.4]" is no address: byte 3 (0x5b) does not fit`},
		{"a@[IPv6:fe80::1%eth0]", `"a@[IPv6:fe80::1%eth0]" is no address: byte 3 (0x5b) does not fit`},
	} {
		m, err := ParseMailbox(row.in)
		got := m.String()
		if err != nil {
			got = err.Error()
		}
		if got != row.want {
			t.Errorf("%q is %s, want %s", row.in, got, row.want)
		}
	}
	for _, s := range []string{strings.Repeat("a", 65) + "@b.example",
		"a@" + strings.Repeat("b.", 127) + "bc",
		strings.Repeat("a", 64) + "@" + strings.Repeat("b.", 95) + "b"} {
		if _, err := ParseMailbox(s); err == nil || !strings.Contains(err.Error(), "too long") {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// Printing a path and parsing it are inverses.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{"<>", "<a@b>", `<@a,@b:"x y"@[1.2.3.4]>`, "a@b", "<postmaster>", `<""@a>`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePath(s)
		if err != nil {
			return
		}
		again, err := ParsePath(p.String())
		if err != nil || again != p {
			t.Fatalf("%q is %#v, printed %q, parsed again %#v, %v", s, p, p, again, err)
		}
	})
}

func TestParseReplyLine(t *testing.T) {
	for _, row := range []struct{ in, want string }{
		{"250 Ok", `250 true "Ok" true`},
		{"250-SIZE", `250 false "SIZE" true`},
		{"250", `250 true "" true`},
		{"250 ", `250 true "" true`},
		{"25", `0 false "" false`},
		{"2500 Ok", `0 false "" false`},
		{"250_Ok", `0 false "" false`},
		{"+OK", `0 false "" false`},
		{"* OK IMAP", `0 false "" false`},
		{"199 no", `0 false "" false`},
		{"600 no", `0 false "" false`},
		{"260 no", `0 false "" false`},
		{" 250 Ok", `0 false "" false`},
	} {
		code, last, text, ok := ParseReplyLine([]byte(row.in))
		if got := fmt.Sprintf("%d %v %q %v", code, last, text, ok); got != row.want {
			t.Errorf("%q: %s, want %s", row.in, got, row.want)
		}
	}
}

// A reply that was read is printed and read again as the same.
func FuzzReply(f *testing.F) {
	for _, s := range []string{"250 2.0.0 Ok\r\n", "250-a\r\n250-b\r\n250 c\r\n", "250-2.1.0 a\r\n250 2.1.0 b\r\n",
		"354\r\n", "250-2.1.0 a\r\n250 b\r\n", "550 5.1.1 \r\n", "220-\r\n220 \r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := readReply(said(b), "NOOP")
		if err != nil {
			return
		}
		again, err := readReply(said([]byte(r.String()+"\r\n")), "NOOP")
		if err != nil || !reflect.DeepEqual(r, again) {
			t.Fatalf("%q is %#v, printed %q, read again %#v, %v", b, r, r, again, err)
		}
	})
}

func TestReadReply(t *testing.T) {
	for _, row := range []struct{ in, want string }{
		{"250 2.1.5 Ok\r\n", "250 2.1.5 Ok"},
		{"250-a\r\n250 b\r\n", "250 a b"},
		{"250-2.0.0 a\r\n250 2.0.0 b\r\n", "250 2.0.0 a b"},
		{"250 5.0.0 a\r\n", "250 5.0.0 a"}, // class and code differ: it is text
		{"+OK ready\r\n", `the answer to NOOP is not SMTP: no reply code: "+OK ready"`},
		{"\x15\x03\x03\r\n", `the answer to NOOP is not SMTP: no reply code: "\x15\x03\x03"`},
		{"250-a\r\n251 b\r\n", `the answer to NOOP is not SMTP: the reply began with code 250: "251 b"`},
		{"250 Ok\n", `the answer to NOOP is not SMTP: the line ends in a lone LF: "250 Ok"`},
		{"250 \x00\r\n", `the answer to NOOP is not SMTP: a NUL octet: "250 \x00"`},
		{"250-a\r\n", "EOF"},
		{"250 a", "unexpected EOF"},
		{strings.Repeat("250-a\r\n", 600), `the answer to NOOP is not SMTP: the reply does not end: "a"`},
	} {
		r, err := readReply(said([]byte(row.in)), "NOOP")
		got := fmt.Sprint(err)
		if err == nil {
			got = r.Error()
		}
		if got != row.want {
			t.Errorf("%q: %s, want %s", row.in, got, row.want)
		}
	}
}

func TestExtensions(t *testing.T) {
	var e Extensions
	for _, line := range []string{"SIZE 52428800", "8bitmime", "AUTH PLAIN LOGIN", "not_one", "", "-A"} {
		e.Add(line)
	}
	if got := strings.Join(e.Lines(), "|"); got != "SIZE 52428800|8BITMIME|AUTH PLAIN LOGIN" {
		t.Error(got)
	}
	if size, ok := e.Param("SIZE"); size != "52428800" || !ok || e.Has("PIPELINING") || !e.Has("8BITMIME") {
		t.Error(size, ok)
	}
}

func TestReplyString(t *testing.T) {
	r := Reply{Code: 250, Lines: []string{"a", "b"}}
	if got := r.String(); got != "250-a\r\n250 b" {
		t.Errorf("%q", got)
	}
}
