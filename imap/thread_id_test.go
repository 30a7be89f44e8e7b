package imap

import (
	"strings"
	"testing"
)

func TestMessageID(t *testing.T) {
	for value, want := range map[string]string{
		"<a@b>":                              "a@b",
		" <a@b> ":                            "a@b",
		`<"01KF8JCEOCBS0045PS"@xxx.yyy.com>`: "01KF8JCEOCBS0045PS@xxx.yyy.com", // RFC 5256 §3
		"<01KF8JCEOCBS0045PS@xxx.yyy.com>":   "01KF8JCEOCBS0045PS@xxx.yyy.com",
		`<"a\b\"c"@d>`:                       `ab"c@d`,
		`<"a>b"@c>`:                          "a>b@c",
		`<"a<b"@c>`:                          "a<b@c",
		"<A@b>":                              "A@b",
		"<a@[1.2.3.4]>":                      "a@[1.2.3.4]",
		"<a\r\n b@c>":                        "ab@c",
		"< a @ b >":                          "a@b",
		"<\u00fc@b>":                         "\u00fc@b",
		"<a@b@c>":                            "a@b@c",
		"Your message of Monday <a@b>":       "a@b",
		"<a@b> (Bob <bob@c>)":                "a@b",
		"<no> <a@b>":                         "a@b",
		"<a@b":                               "",
		"a@b":                                "",
		"<@b> <a@>":                          "",
		"<>":                                 "",
		`<""@b>`:                             "",
		`<"a@b">`:                            "",
		"<x<a@b>":                            "a@b",
		`<"a@b> <c@d>`:                       "",
		`<"a\`:                               "",
		"":                                   "",
	} {
		if got := MessageID(value); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}

func TestThreadReferences(t *testing.T) {
	for _, c := range []struct{ references, inReplyTo, want string }{
		{"", "", ""},
		{"<a@b> <c@d>", "<e@f>", "a@b c@d"},
		{"<a@b><c@d>\r\n\t<e@f>", "", "a@b c@d e@f"},
		{"", "<e@f> <g@h>", "e@f"},
		{"none", "<e@f>", "e@f"},
		{"<a> <b@>", "Bob's of <x> and <e@f>", "e@f"},
		{"<a@b> rubbish <c@d", "<e@f>", "a@b"},
	} {
		if got := strings.Join(ThreadReferences(c.references, c.inReplyTo), " "); got != c.want {
			t.Errorf("%q, %q: %q", c.references, c.inReplyTo, got)
		}
	}
}

// FuzzThreadReferences: nothing is read beyond the field, and an identifier in quotes is
// the same.
func FuzzThreadReferences(f *testing.F) {
	f.Add(`<a@b> <"c\d"@e> <<f@g>`)
	f.Add(`<"a\`)
	f.Fuzz(func(t *testing.T, value string) {
		for _, id := range ThreadReferences(value, "") {
			if !strings.Contains(id, "@") || len(id) > len(value) {
				t.Errorf("%q in %q", id, value)
			}
			local, domain := id[:strings.LastIndexByte(id, '@')], id[strings.LastIndexByte(id, '@'):]
			if strings.ContainsAny(domain, "\"<> \t\r\n\\") {
				continue
			}
			again := `<"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace(local) + `"` + domain + ">"
			if got := MessageID(again); got != id {
				t.Errorf("%q in quotes is %q", id, got)
			}
		}
	})
}
