package smtp

import (
	"strings"
	"testing"
)

func TestParseNotify(t *testing.T) {
	for _, row := range []struct{ in, want string }{
		{"NEVER", "NEVER"},
		{"never", "NEVER"},
		{"SUCCESS", "SUCCESS"},
		{"delay,Failure,SUCCESS", "SUCCESS,FAILURE,DELAY"},
		{"FAILURE,FAILURE", "FAILURE"},
		{"", ""},
		{"NEVER,SUCCESS", ""},
		{"SUCCESS,", ""},
		{",SUCCESS", ""},
		{"SUCCESS;FAILURE", ""},
		{"ALWAYS", ""},
	} {
		n, ok := ParseNotify(row.in)
		if got := n.String(); ok != (row.want != "") || ok && got != row.want {
			t.Errorf("%q: %q, %v", row.in, got, ok)
		}
	}
}

func TestParseOriginal(t *testing.T) {
	long := strings.Repeat("x", MaxOriginal-len("rfc822;"))
	for _, row := range []struct {
		in   string
		wide bool
		kind string
		text string
		out  string
	}{
		{"rfc822;bob@lab.test", false, "rfc822", "bob@lab.test", ""},
		{"rfc822;a+2Bb+3Dc@lab.test", false, "rfc822", "a+b=c@lab.test", ""},
		{"x400;/G=Bob/S=x", false, "", "", ""}, // "=" does not stand for itself
		{"x400;/G+3DBob+20x", false, "x400", "/G=Bob x", ""},
		{"rfc822;+41", false, "rfc822", "A", "rfc822;A"},
		{"utf-8;李四@lab.test", true, "utf-8", "李四@lab.test", ""},
		{`utf-8;\x{674E}@lab.test`, true, "utf-8", `\x{674E}@lab.test`, ""},
		{"utf-8;李四@lab.test", false, "", "", ""},
		{"rfc822;李四@lab.test", true, "", "", ""},
		{"rfc822;" + long, false, "rfc822", long, ""},
		{"rfc822;" + long + "x", false, "", "", ""},
		{"", false, "", "", ""},
		{"bob@lab.test", false, "", "", ""},
		{";bob@lab.test", false, "", "", ""},
		{"rfc822;", false, "", "", ""},
		{"rfc 822;x", false, "", "", ""},
		{"rfc@822;x", false, "", "", ""},
		{"rfc822;a+2b", false, "", "", ""},  // capitals only
		{"rfc822;a+2", false, "", "", ""},   // cut off
		{"rfc822;a+", false, "", "", ""},    // nothing
		{"rfc822;a+0Ab", false, "", "", ""}, // it stands for what cannot be printed
		{"rfc822;a+00b", false, "", "", ""},
		{"rfc822;a+E9b", false, "", "", ""},
		{"rfc822;a b", false, "", "", ""},
	} {
		o, ok := ParseOriginal(row.in, row.wide)
		if ok != (row.kind != "") || ok && (o != Original{row.kind, row.text}) {
			t.Errorf("%q: %+v, %v", row.in, o, ok)
		}
		out := row.out
		if out == "" {
			out = row.in
		}
		if ok && o.String() != out {
			t.Errorf("%q is printed as %q", row.in, o)
		}
	}
}

func TestParseEnvelopeID(t *testing.T) {
	for _, row := range []struct {
		in, want string
		ok       bool
	}{
		{"QQ314159", "QQ314159", true},
		{"a+20b+2B+3D", "a b+=", true},
		{"+09", "\t", true},
		{strings.Repeat("x", 100), strings.Repeat("x", 100), true},
		{strings.Repeat("x", 101), "", false},
		{"", "", false},
		{"+7F", "", false},
		{"a=b", "", false},
		{"\xff", "", false},
	} {
		id, ok := ParseEnvelopeID(row.in)
		if id != row.want || ok != row.ok {
			t.Errorf("%q: %q, %v", row.in, id, ok)
		}
	}
}

// What is printed is parsed as what it was, and what is parsed can be printed.
func FuzzXtext(f *testing.F) {
	for _, s := range []string{"rfc822;a+2Bb", "utf-8;李四", "x;+", "x;+2", "x;+zz", "x;", ";", "\xff;\xff", "a;b;c"} {
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, s string, wide bool) {
		if o, ok := ParseOriginal(s, wide); ok && len(o.String()) <= MaxOriginal {
			if again, ok := ParseOriginal(o.String(), wide); !ok || again != o {
				t.Fatalf("%q is %+v, printed %q, parsed again %+v", s, o, o, again)
			}
		}
		if text, ok := parseXtext(xtext(s, false), false); ok && text != s {
			t.Fatalf("%q comes back as %q", s, text)
		}
	})
}

// TestEnvelopeIDValue: what can be sent is read again as what it was.
func TestEnvelopeIDValue(t *testing.T) {
	for id, want := range map[string]string{
		"QQ314159": "QQ314159", "a b+=": "a+20b+2B+3D", strings.Repeat("x", 100): strings.Repeat("x", 100),
		"": "", "\x7f": "", "\r\n": "", "\xff": "", strings.Repeat("x", 98) + "+": "",
	} {
		value, ok := EnvelopeIDValue(id)
		if ok != (want != "") || ok && value != want {
			t.Errorf("%q: %q, %v", id, value, ok)
		}
	}
}
