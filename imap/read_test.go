package imap

import (
	"strings"
	"testing"
)

// What cannot be read is refused with a reason, and the session goes on.
func TestRead(t *testing.T) {
	for _, row := range []struct{ name, said, want string }{
		{"no tag", "NOOP\r\n", "NOOP BAD Syntax: a space and a command behind the tag expected at octet 5"},
		{"an empty line", "\r\n", "* BAD Syntax: a tag expected at octet 1"},
		{"a plus in the tag", "a+b NOOP\r\n", "* BAD Syntax: a tag without this octet expected at octet 2"},
		{"only a tag and a space", "a \r\n", "a BAD Syntax: a command expected at octet 3"},
		{"two spaces", "a  NOOP\r\n", "a BAD Syntax: a command expected at octet 3"},
		{"a space at the end", "a NOOP \r\n", "a BAD Syntax: the end of the line expected at octet 7"},
		{"an unknown command", "a FROB\r\n", "a BAD There is no command FROB"},
		{"what is no command, as it was said", "PASS Sesame\r\n", "PASS BAD There is no command Sesame"},
		{"UID alone", "a UID\r\n", "a BAD There is no command UID"},
		{"UID of nothing", "a UID FROB\r\n", "a BAD There is no command UID FROB"},
		{"a lone LF", "a NOOP\n", "a BAD A line must end in CRLF, not in LF alone"},
		{"a lone CR", "a NO\rOP\r\n", "a BAD A CR without LF, at octet 5"},
		{"a NUL", "a NO\x00OP\r\n", "a BAD A NUL, at octet 5"},
		{"too long", "a NOOP " + strings.Repeat("x", 70<<10) + "\r\n", "a BAD The line is too long"},
		{"out of turn", "a SELECT INBOX\r\n", "a BAD SELECT is for after the log-in"},
		{"out of turn, with a literal", "a SELECT {5}\r\n", "a BAD SELECT is for after the log-in"},
		{"an unknown command with a literal", "a FROB {5}\r\n", "a BAD There is no command FROB"},
		{"a literal of 2^63", "a LOGIN {9223372036854775808}\r\n", "a BAD Syntax: a literal expected at octet 9"},
		{"a literal of 2^64+1", "a LOGIN {18446744073709551617}\r\n", "a BAD Syntax: a literal expected at octet 9"},
		{"a literal of 2^52", "a LOGIN {4503599627370496}\r\n",
			"a NO [TOOBIG] A literal of 4503599627370496 octets is too long here"},
		{"long literals of somebody unknown", "a LOGIN {9000}\r\n",
			"a NO [TOOBIG] A literal of 9000 octets is too long here"},
		{"a long literal that comes unasked", "a LOGIN {9000+}\r\n" + strings.Repeat("x", 9000) + " {3+}\r\nabc\r\n",
			"a NO [TOOBIG] A literal of 9000 octets is too long here"},
		{"a negative literal", "a LOGIN {-1}\r\n", "a BAD Syntax: a literal expected at octet 9"},
		{"a literal with a NUL", "a LOGIN {3+}\r\na\x00b sesame\r\n", "a BAD Syntax: no NUL in a literal..."},
		{"quotes without an end", "a LOGIN \"bob\r\n", "a BAD Syntax: the quotes at the end of the string expected at octet 13"},
		{"a backslash before a letter", "a LOGIN \"b\\ob\" x\r\n", `a BAD Syntax: " or \ behind a backslash expected at octet 12`},
		{"octets above 127 in quotes", "a LOGIN \"b\xc3\xb6b\" x\r\n", "a BAD Syntax: a quoted string without..."},
		{"octets above 127 as they are", "a LOGIN b\xc3\xb6b x\r\n", "a BAD Syntax: a space expected at octet 10"},
		{"letters of both cases", "a nOoP\r\n", "a OK..."},
	} {
		c := talkTo(t, serverOver(newMemory()))
		c.send(row.said)
		got := c.next()
		begin, open := strings.CutSuffix(row.want, "...")
		if got != row.want && !(open && strings.HasPrefix(got, begin)) {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
		c.expect("CAPABILITY", "CAPABILITY IMAP4rev1 ...", "OK That is all")
	}
}

// Whatever is nested too deep is refused, long before it could exhaust anything.
func TestDeepNesting(t *testing.T) {
	s, _ := bobs(1)
	s.Limits.Line = 1 << 20
	c := selecting(t, s, Inbox)
	deep := strings.Repeat("(", 100_000)
	for _, command := range []string{"SEARCH " + deep, "SEARCH " + strings.Repeat("NOT ", 100_000) + "ALL",
		"SEARCH " + strings.Repeat("OR ALL ", 100_000) + "ALL", "FETCH 1 " + deep, "STORE 1 FLAGS " + deep,
		"LIST " + deep, "STATUS INBOX " + deep, "ID " + deep, "SORT " + deep, "SELECT INBOX " + deep,
		"APPEND INBOX " + deep, "FETCH 1 BODY[HEADER.FIELDS " + deep} {
		if _, result := c.do(command); !strings.HasPrefix(result, "BAD") {
			t.Errorf("%.30s…: %s", command, result)
		}
	}
	c.must("NOOP")
}

// LITERAL- takes short literals unasked, and none without either capability. The octets of one
// that is refused are no commands.
func TestUnaskedLiterals(t *testing.T) {
	long := "{5000+}\r\n" + strings.Repeat("x", 5000)
	for _, row := range []struct{ capability, literal, want string }{
		{"LITERAL+", "{3+}\r\nbob", "OK"},
		{"LITERAL-", "{3+}\r\nbob", "OK"},
		{"LITERAL-", long, "BAD A literal must be asked for here"},
		{"IDLE", "{3+}\r\nbob", "BAD A literal must be asked for here"},
	} {
		s := serverOver(newMemory())
		s.Capabilities = Capabilities{row.capability}
		c := talkTo(t, s)
		if _, result := c.do("LOGIN " + row.literal + " sesame"); !strings.HasPrefix(result, row.want) {
			t.Errorf("%s: %s", row.capability, result)
		}
		c.must("NOOP")
	}
}
