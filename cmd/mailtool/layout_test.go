package main

import (
	"strings"
	"testing"

	"mailtool/trace/term"
)

// TestLayout: a command and what it is good for stand side by side; on a terminal that is
// too narrow, below each other, and no command is divided.
func TestLayout(t *testing.T) {
	next := []pair{{"mailtool smtp send --sandbox -u alice --tls starttls", "log in and send a letter yourself"},
		{"mailtool tour", "the same as in the books, without TLS"}}
	hints := []pair{{"mailtool serve --dir mailtool-data --port-offset 100", "use another folder:"},
		{"", "a message is a file (letter.eml),\nor one of the test server"}, {"--auth PLAIN", ""}}
	for _, c := range []struct {
		name  string
		at    layout
		pairs []pair
		want  string
	}{
		{"no terminal", layout{head: "next:  ", commandFirst: true, gap: 3}, next, `
next:  mailtool smtp send --sandbox -u alice --tls starttls   log in and send a letter yourself
       mailtool tour                                          the same as in the books, without TLS`},
		{"narrow", layout{head: "next:  ", commandFirst: true, gap: 3, columns: 44}, next, `
next:  mailtool smtp send --sandbox -u alice --tls starttls
           log in and send a letter yourself
       mailtool tour
           the same as in the books, without
           TLS`},
		{"hints", layout{head: "hint:  ", gap: 3, columns: 100}, hints, `
hint:  use another folder:   mailtool serve --dir mailtool-data --port-offset 100
       a message is a file (letter.eml),
       or one of the test server
       --auth PLAIN`},
		{"one hint, in Chinese", layout{head: "hint:  ", gap: 1}, []pair{{"mailtool pop3 list", "编号在列表里："}}, `
hint:  编号在列表里：mailtool pop3 list`},
		{"narrow hints", layout{head: "hint:  ", gap: 3, columns: 30}, hints, `
hint:  use another folder:
           mailtool serve --dir mailtool-data --port-offset 100
       a message is a file
       (letter.eml),
       or one of the test
       server
       --auth PLAIN`},
	} {
		if got := strings.Join(c.at.lines(c.pairs), "\n"); "\n"+got != c.want {
			t.Errorf("%s:\n%s\nwant%s", c.name, got, c.want)
		}
	}
}

// TestFit: a line of ours is divided for a terminal, at places where it stays readable.
func TestFit(t *testing.T) {
	half := strings.Repeat("AB:", 15) + "CD"
	for _, c := range []struct {
		line    string
		columns int
		want    string
	}{
		{"mails lie in the folder of the user", 0, "mails lie in the folder of the user"},
		{"mails lie in the folder of the user", 20, "mails lie in the|folder of the user"},
		{"mails lie in " + strings.Repeat("/folder", 5), 30, "mails lie in " + strings.Repeat("/folder", 5)},
		{"邮件存放在用户的文件夹里", 10, "邮件存放在|用户的文件|夹里"},
		{half + ":" + half, 80, half + ":|" + half},
		{half + ":" + half, 95, half + ":" + half},
	} {
		lines := fit(c.line, c.columns)
		if got := strings.Join(lines, "|"); got != c.want {
			t.Errorf("%q in %d columns: %q, want %q", c.line, c.columns, got, c.want)
		}
	}
}

// TestBannerFits: what "serve" says of its ports has room in 80 columns.
func TestBannerFits(t *testing.T) {
	for _, lang := range []string{"en", "zh"} {
		l, _ := knownLang(lang)
		p := testProgram(l)
		for _, key := range []string{"serve/smtp", "serve/submission", "serve/submissions", "serve/pop3",
			"serve/pop3s", "serve/class/lesson", "serve/port-25"} {
			said := p.say(key, "addr", "127.0.0.1:12525", "users", "bob@lab.test", "port", "12525")
			for line := range strings.SplitSeq(said, "\n") {
				if n := term.Columns("# " + line); n > 80 {
					t.Errorf("%s, %s: %d columns: %s", key, lang, n, line)
				}
			}
		}
	}
}
