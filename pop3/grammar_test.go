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
	for line, want := range map[string]struct {
		Reply
		exact bool
	}{
		"+OK":                   {Reply{Status: OK}, true},
		"+OK 2 320":             {Reply{Status: OK, Text: "2 320"}, true},
		"-ERR [IN-USE] locked":  {Reply{Status: Err, Code: "IN-USE", Text: "locked"}, true},
		"-ERR [SYS/TEMP]":       {Reply{Status: Err, Code: "SYS/TEMP"}, true},
		"-err no":               {Reply{Status: Err, Text: "no"}, false},
		"+OKAY":                 {Reply{Status: OK, Text: "AY"}, false},
		"+ ":                    {Reply{Status: Challenge}, true},
		"+":                     {Reply{Status: Challenge}, true},
		"+ YWJj":                {Reply{Status: Challenge, Text: "YWJj"}, true},
		"+YWJj":                 {Reply{Text: "+YWJj"}, false},
		"220 mail.lab.test":     {Reply{Text: "220 mail.lab.test"}, false},
		"+OK []":                {Reply{Status: OK, Text: "[]"}, true},
		"+OK [no end":           {Reply{Status: OK, Text: "[no end"}, true},
		"+OK hi <1.2@lab.test>": {Reply{Status: OK, Text: "hi <1.2@lab.test>"}, true},
	} {
		got, exact := ParseReply([]byte(line))
		if got != want.Reply || exact != want.exact {
			t.Errorf("%q: %+v %v, want %+v %v", line, got, exact, want.Reply, want.exact)
		}
	}
	if r, _ := ParseReply([]byte("+OK hi <1.2@lab.test> there")); r.Timestamp() != "<1.2@lab.test>" {
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
		r, _ := ParseReply(line)
		if r.Status == "" {
			return
		}
		if again, exact := ParseReply(r.Append(nil)); again != r || !exact {
			t.Errorf("%q: %+v, then %+v", line, r, again)
		}
	})
}
