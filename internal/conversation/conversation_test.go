package conversation

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
)

func TestMatch(t *testing.T) {
	for _, row := range []struct {
		pattern, text string
		want          bool
	}{
		{"250 Ok", "250 Ok", true},
		{"250 Ok", "250 Ok.", false},
		{"250 ...", "250 Ok", true},
		{"250 ...", "250 ", true},
		{"250 ...", "250-Ok", false},
		{"250...\r\n", "250 Ok\n", false},
		{"a...b...c", "a b c", true},
		{"a...b...c", "abc", true},
		{"a...b...c", "ac", false},
		{"aa...aa", "aaa", false},
	} {
		if got := Match(row.pattern, row.text); got != row.want {
			t.Errorf("%q, %q: %v", row.pattern, row.text, got)
		}
	}
}

// Both ends of a script, played against each other, agree.
func TestPlay(t *testing.T) {
	script, err := Parse(`# an example
-- domain a.test
S: 220 ready
C: one
C| two\n
S: 250 ...
C~ wait 1h
C* 3 ab
S: 251
S~ close
----
the rest
`)
	if err != nil {
		t.Fatal(err)
	}
	if script.Settings["domain"] != "a.test" || script.Rest != "the rest\n" {
		t.Errorf("%+v", script)
	}
	for _, byOctet := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c, s := net.Pipe()
			done := make(chan error)
			go func() {
				p := Player{Conn: s, Patience: 2 * 3600e9}
				done <- p.Play(script, 'S')
			}()
			if err := (&Player{Conn: c, ByOctet: byOctet}).Play(script, 'C'); err != nil {
				t.Error(err)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

// What differs from the script is told.
func TestPlayTells(t *testing.T) {
	for _, row := range []struct{ expected, said, want string }{
		{"S: 250 Ok", "S: 550 no", `line 1: got "550 no\r\n" (<nil>), want "250 Ok"`},
		{"S: 250 Ok", "S| 250 Ok\\n", `line 1: got "250 Ok\n" (<nil>), want "250 Ok"`},
		{"S: 250 Ok", "S~ close", `line 1: got "" (EOF), want "250 Ok"`},
		{"S~ close", "S: 250 Ok\nS~ close",
			`line 1: the connection should be closed; instead came "250 Ok\r\n"`},
		{"S~ close", "S~ wait 1h", "line 1: the connection was not closed"},
		{"S| abc", "S: abd", `line 1: got "abd" (<nil>), want "abc"`},
	} {
		synctest.Test(t, func(t *testing.T) {
			c, s := net.Pipe()
			done := make(chan bool)
			go func() {
				defer close(done)
				said, err := Parse(row.said)
				if err != nil {
					t.Error(err)
				}
				(&Player{Conn: s}).Play(said, 'S')
			}()
			script, err := Parse(row.expected)
			if err != nil {
				t.Fatal(err)
			}
			err = (&Player{Conn: c}).Play(script, 'C')
			if err == nil || err.Error() != row.want {
				t.Errorf("%s: %v, want %s", row.said, err, row.want)
			}
			c.Close()
			<-done
		})
	}
}

func TestParseTells(t *testing.T) {
	for _, text := range []string{"X: a", "C", "C? a", "C~ sleep", "C~ wait long", `C| \q`, "C* x a"} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), "line 1") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// What follows the directive goes in TLS, which begins with nothing said in clear.
func TestPlayTLS(t *testing.T) {
	server, client := Certificates(t, "a.test")
	for _, row := range []struct{ script, want string }{
		{"S: 220\nS~ tls\nC: one\nS: 250\nC~ close", ""},
		{"S: 220\nS: 250 too early\nS~ tls", `line 2: in clear before TLS came "250 too early\r\n"`},
	} {
		synctest.Test(t, func(t *testing.T) {
			said, err := Parse(row.script)
			if err != nil {
				t.Fatal(err)
			}
			expected, err := Parse(strings.ReplaceAll(row.script, "S: 250 too early\n", ""))
			if err != nil {
				t.Fatal(err)
			}
			c, s := net.Pipe()
			done := make(chan bool)
			go func() { (&Player{Conn: s, TLS: server}).Play(said, 'S'); s.Close(); close(done) }()
			err = (&Player{Conn: c, TLS: client}).Play(expected, 'C')
			if got := fmt.Sprint(err); row.want == "" && err != nil || row.want != "" && got != row.want {
				t.Errorf("%s: %s", row.script, got)
			}
			c.Close()
			<-done
		})
	}
}
