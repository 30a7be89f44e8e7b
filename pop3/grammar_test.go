package pop3

import (
	"testing"
)

func TestParseCommand(t *testing.T) {
	for line, want := range map[string]Command{
		"":                  {},
		"STAT":              {Verb: "STAT"},
		"retr 1":            {Verb: "RETR", Arg: "1"},
		"PASS  two  words ": {Verb: "PASS", Arg: " two  words "},
		" user bob":         {Verb: "USER", Arg: "bob"},
		"LIST ":             {Verb: "LIST"},
		"UIDL\t3":           {Verb: "UIDL", Arg: "3"},
		"x\xfft":            {Verb: "X\xffT"},
	} {
		if got := ParseCommand([]byte(line)); got != want {
			t.Errorf("%q: %+v, want %+v", line, got, want)
		}
	}
}

func TestParseReply(t *testing.T) {
	for line, want := range map[string]Reply{
		"+OK":                   {Status: OK},
		"+OK 2 320":             {Status: OK, Text: "2 320"},
		"-ERR [IN-USE] locked":  {Status: Err, Code: "IN-USE", Text: "locked"},
		"-ERR [SYS/TEMP]":       {Status: Err, Code: "SYS/TEMP"},
		"-err no":               {Status: Err, Text: "no"},
		"+OKAY":                 {Status: OK, Text: "AY"},
		"+ ":                    {Status: Challenge},
		"+":                     {Status: Challenge},
		"+ YWJj":                {Status: Challenge, Text: "YWJj"},
		"+YWJj":                 {Text: "+YWJj"},
		"220 mail.lab.test":     {Text: "220 mail.lab.test"},
		"+OK []":                {Status: OK, Text: "[]"},
		"+OK [no end":           {Status: OK, Text: "[no end"},
		"+OK hi <1.2@lab.test>": {Status: OK, Text: "hi <1.2@lab.test>"},
	} {
		if got := ParseReply([]byte(line)); got != want {
			t.Errorf("%q: %+v, want %+v", line, got, want)
		}
	}
	if r := ParseReply([]byte("+OK hi <1.2@lab.test> there")); r.Timestamp() != "<1.2@lab.test>" {
		t.Errorf("timestamp %q", r.Timestamp())
	}
}

// FuzzGrammar checks that what is printed is parsed to the same again.
func FuzzGrammar(f *testing.F) {
	for _, line := range []string{"PASS  a b ", "+OK [X] y", "+ YWJj", "-err [a]",
		"+OK [a] [b]", "+", " x"} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		c := ParseCommand(line)
		if again := ParseCommand(c.Append(nil)); again != c {
			t.Errorf("%q: %+v, then %+v", line, c, again)
		}
		r := ParseReply(line)
		if r.Status == "" {
			return
		}
		if again := ParseReply(r.Append(nil)); again != r {
			t.Errorf("%q: %+v, then %+v", line, r, again)
		}
	})
}
