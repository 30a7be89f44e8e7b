package utf7

import (
	"errors"
	"testing"
	"unicode/utf8"
)

// names are names of mailboxes and what goes over the wire for them.
var names = []struct{ name, wire string }{
	{"", ""},
	{"INBOX", "INBOX"},
	{"a-b ~+,/", "a-b ~+,/"},
	{"~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"}, // RFC 3501 §5.1.3
	{"台北日本語", "&U,BTF2XlZyyKng-"},                             // RFC 3501 §5.1.3
	{"☺!", "&Jjo-!"},                                          // RFC 3501 §5.1.3
	{"&", "&-"},
	{"&&", "&-&-"},
	{"R&D", "R&-D"},
	{"ü&ü", "&APw-&-&APw-"},
	{"Entwürfe", "Entw&APw-rfe"},
	{"已发送", "&XfJT0ZAB-"},
	{"😀", "&2D3eAA-"},
	{"a\tb", "a&AAk-b"},
	{"\x00\x7F", "&AAAAfw-"},
	{"\uFFFD\uFFFE\U0010FFFF", "&,,3,,tv,3,8-"},
}

func TestNames(t *testing.T) {
	for _, c := range names {
		if got := Encode(c.name); got != c.wire {
			t.Errorf("%q: %q, want %q", c.name, got, c.wire)
		}
		if got, err := Decode(c.wire); got != c.name || err != nil {
			t.Errorf("%q: %q, %v, want %q", c.wire, got, err, c.name)
		}
	}
	if got := Encode("a\xFFb"); got != "a&,,0-b" {
		t.Errorf("an octet that is no UTF-8: %q", got)
	}
}

// badNames are no modified UTF-7, each for a reason of its own.
var badNames = map[string]string{
	"&":                    "the shift has no end",
	"&Jjo":                 "the shift has no end",
	"&Jjo!":                "no shift to US-ASCII before the ! (RFC 3501 §5.1.3)",
	"&U,BTFw-&ZeVnLIqe-":   "a superfluous shift (RFC 3501 §5.1.3)",
	"&AGE-":                "a printable character in base64",
	"&ACY-":                "& in base64",
	"&ACAA-":               "a space in base64",
	"&APwAYQ-":             "a printable character at the end of a run",
	"&U/BTFw-":             "/ is no digit",
	"&APw=-":               "padding",
	"&A-":                  "6 bits are no character",
	"&AP-":                 "12 bits are no character",
	"&APx-":                "the bits that fill the last digit are not zero",
	"&APwA-":               "a digit more than is needed",
	"&2D0-":                "half a pair",
	"&2D0A,A-":             "half a pair, and another character",
	"&3gA-":                "the second half of a pair",
	"&2D3YPQ-":             "two first halves",
	"caf\u00e9":            "an octet beyond US-ASCII",
	"a\tb":                 "a control",
	"\x7F":                 "a control",
	"&\u00fc-":             "an octet beyond US-ASCII in base64",
	"&AP w-":               "a space in base64",
	"&APw-&APw-":           "a superfluous shift",
	"&-&":                  "the second shift has no end",
	"INBOX&APw":            "the shift has no end",
	"&2D3eAA":              "the shift has no end",
	"&AAD8-":               "bits that are not zero at the end",
	"&APw--&APx-":          "bits that are not zero at the end",
	"&AAAAAA-&AAAAAA-":     "a superfluous shift",
	"&Jjo-&-&Jjo-&Jjo-":    "a superfluous shift at the end",
	"x&2D3eAA-y&3gDYPQ-":   "halves of a pair, the wrong way round",
	"&AH4-":                "~ in base64",
	"&,,3,,tv,3,8A-":       "a digit more than is needed",
	"~peter/&U,BTFw-/&ZeV": "the shift has no end",
}

func TestBadNames(t *testing.T) {
	for wire, why := range badNames {
		if got, err := Decode(wire); !errors.Is(err, ErrName) {
			t.Errorf("%q is read as %q, %v: %s", wire, got, err, why)
		}
	}
}

// FuzzName: a name that is taken is said in the same octets, and each name in UTF-8 comes
// back.
func FuzzName(f *testing.F) {
	for _, c := range names {
		f.Add(c.name)
		f.Add(c.wire)
	}
	for wire := range badNames {
		f.Add(wire)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if name, err := Decode(s); err == nil && (Encode(name) != s || !utf8.ValidString(name)) {
			t.Errorf("%q is read as %q, which is said as %q", s, name, Encode(name))
		}
		if !utf8.ValidString(s) {
			return
		}
		wire := Encode(s)
		if name, err := Decode(wire); name != s || err != nil {
			t.Errorf("%q is said as %q, which is read as %q, %v", s, wire, name, err)
		}
	})
}
