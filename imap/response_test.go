package imap

import (
	"fmt"
	"reflect"
	"testing"
)

// What a status response is read as, and how it is written again.
func TestParseResponse(t *testing.T) {
	for _, row := range []struct {
		text  string
		want  Response
		again string // where it is written otherwise
	}{
		{"a1 OK done", Response{"a1", OK, Code{}, "done"}, ""},
		{"* no [alert] Mind the gap", Response{"", NO, Code{"ALERT", ""}, "Mind the gap"},
			"* NO [ALERT] Mind the gap"},
		{"* OK [UIDNEXT 4392] Predicted next UID", Response{"", OK, Code{"UIDNEXT", "4392"},
			"Predicted next UID"}, ""},
		{"a NO [BADCHARSET (\"a]b\" {})] x", Response{"a", NO, Code{"BADCHARSET", "(\"a]b\" {})"},
			"x"}, ""},
		{"a NO [X \"\\\"]\"] x", Response{"a", NO, Code{"X", "\"\\\"]\""}, "x"}, ""},
		{"* BYE", Response{"", BYE, Code{}, ""}, "* BYE Done"},
		{"* PREAUTH ", Response{"", PREAUTH, Code{}, ""}, "* PREAUTH Done"},
		{"a OK [READ-ONLY]", Response{"a", OK, Code{"READ-ONLY", ""}, ""}, "a OK [READ-ONLY] Done"},
		{"a OK [READ-ONLY]x", Response{"a", OK, Code{"READ-ONLY", ""}, "x"}, "a OK [READ-ONLY] x"},
		{"a OK [no end", Response{"a", OK, Code{}, "[no end"}, "a OK ?no end"},
		{"a OK [] x", Response{"a", OK, Code{}, "[] x"}, "a OK ?] x"},
		{"a OK [ X] x", Response{"a", OK, Code{}, "[ X] x"}, "a OK ? X] x"},
		{"a OK caf\xc3\xa9 \x1b[2J", Response{"a", OK, Code{}, "caf\xc3\xa9 \x1b[2J"},
			"a OK caf?? ?[2J"},
	} {
		got, err := ParseResponse([]byte(row.text + "\r\n"))
		if err != nil || *got != row.want {
			t.Errorf("%q: %+v, %v, want %+v", row.text, got, err, row.want)
			continue
		}
		again := row.text
		if row.again != "" {
			again = row.again
		}
		if b := string(got.Append(nil)); b != again+"\r\n" {
			t.Errorf("%q: written as %q", row.text, b)
		}
	}
	for _, text := range []string{"", "a", "a ", "+ OK", "a OKAY", "a OK(", "*OK x", "  OK",
		"a 1 OK", "a FETCH"} {
		if got, err := ParseResponse([]byte(text)); err == nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

// What codes tell, and when they do not.
func TestCode(t *testing.T) {
	number := func(name string) func(Code) (any, bool) {
		return func(c Code) (any, bool) { n, ok := c.Number(name); return n, ok }
	}
	appendUID := func(c Code) (any, bool) {
		v, uids, ok := c.AppendUID()
		return fmt.Sprint(v, " ", uids), ok
	}
	copyUID := func(c Code) (any, bool) {
		v, from, to, ok := c.CopyUID()
		return fmt.Sprint(v, " ", from, " ", to), ok
	}
	modified := func(c Code) (any, bool) { s, ok := c.Modified(); return s.String(), ok }
	permanent := func(c Code) (any, bool) { f, ok := c.PermanentFlags(); return f, ok }
	charset := func(c Code) (any, bool) { s, ok := c.BadCharset(); return s, ok }
	for _, row := range []struct {
		code string
		read func(Code) (any, bool)
		want any // nil where it is not told
	}{
		{"UIDVALIDITY 3857529045", number(CodeUIDValidity), uint64(3857529045)},
		{"UIDNEXT 4392", number(CodeUIDNext), uint64(4392)},
		{"UIDNEXT 4392", number(CodeUIDValidity), nil},
		{"UIDNEXT", number(CodeUIDNext), nil},
		{"UIDNEXT 4392 x", number(CodeUIDNext), nil},
		{"UIDNEXT -1", number(CodeUIDNext), nil},
		{"UNSEEN 12", number(CodeUnseen), uint64(12)},
		{"HIGHESTMODSEQ 9223372036854775807", number(CodeHighestModSeq), uint64(1<<63 - 1)},
		{"HIGHESTMODSEQ 9223372036854775808", number(CodeHighestModSeq), nil},
		{"APPENDUID 38505 3955", appendUID, "38505 3955"},
		{"APPENDUID 38505 3955:3957", appendUID, "38505 3955:3957"},
		{"APPENDUID 38505", appendUID, nil},
		{"APPENDUID 0 3955", appendUID, nil},
		{"APPENDUID 38505 *", appendUID, nil},
		{"APPENDUID 38505 3955 x", appendUID, nil},
		{"COPYUID 38505 304,319:320 3956:3958", copyUID, "38505 304,319:320 3956:3958"},
		{"COPYUID 38505 304,319:320 3956:3957", copyUID, nil},
		{"COPYUID 38505 1:4294967295 1:4294967295", copyUID, "38505 1:4294967295 1:4294967295"},
		{"COPYUID 38505 304", copyUID, nil},
		{"COPYUID 38505 $ $", copyUID, nil},
		{"MODIFIED 7,9", modified, "7,9"},
		{"MODIFIED", modified, nil},
		{`PERMANENTFLAGS (\Deleted \Seen \*)`, permanent, []string{`\Deleted`, `\Seen`, `\*`}},
		{"PERMANENTFLAGS ()", permanent, []string{}},
		{"PERMANENTFLAGS", permanent, nil},
		{`BADCHARSET (UTF-8 "US-ASCII")`, charset, []string{"UTF-8", "US-ASCII"}},
		{"BADCHARSET", charset, []string(nil)},
		{"BADCHARSET UTF-8", charset, nil},
	} {
		r, err := ParseResponse([]byte("a OK [" + row.code + "] x"))
		if err != nil {
			t.Fatal(err)
		}
		got, ok := row.read(r.Code)
		if ok != (row.want != nil) || ok && !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: %v, %v, want %v", row.code, got, ok, row.want)
		}
	}
}

// What can be read can be written, and is the same then.
func FuzzResponse(f *testing.F) {
	for _, text := range []string{"a1 OK [UIDNEXT 4392] next", "* BYE", "* 12 EXISTS",
		"* CAPABILITY IMAP4rev1 ",
		"* NO [BADCHARSET (\"]\" {1}\r\n])] x", "* 3 FETCH (FLAGS (\\Seen) BODY[] {3}\r\nabc)",
		"* LIST (\\Noselect) \"/\" \"a b\"", "* SEARCH 2 84 882", "* STATUS x (MESSAGES 1)",
		"* VANISHED 1:3"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if r, err := ParseResponse(text); err == nil {
			once := r.Append(nil)
			again, err := ParseResponse(once)
			if err != nil || string(again.Append(nil)) != string(once) {
				t.Fatalf("%q: %q, %v", text, once, err)
			}
		}
		d, err := ParseData(text)
		if err != nil {
			return
		}
		once := AppendData(nil, d)
		again, err := ParseData(once)
		if _, status := d.(*Response); status {
			return
		}
		if err != nil || !reflect.DeepEqual(d, again) {
			t.Fatalf("%q: %#v, written %q, read %#v, %v", text, d, once, again, err)
		}
	})
}
