package main

import (
	"errors"
	"testing"

	"mailtool/internal/sentence"
)

func TestAddress(t *testing.T) {
	for _, c := range []struct{ server, env, want string }{
		{"", "", "127.0.0.1:2525"},
		{"", "mail.example", "mail.example:25"},
		{"other.example:587", "mail.example", "other.example:587"},
		{"localhost", "", "localhost:2525"},
		{"127.0.0.2", "", "127.0.0.2:2525"},
		{"mx.example", "", "mx.example:25"},
		{"mx.example:2525", "", "mx.example:2525"},
		{":2500", "", "127.0.0.1:2500"},
		{"::1", "", "[::1]:2525"},
		{"[::1]", "", "[::1]:2525"},
		{"[2001:db8::1]:26", "", "[2001:db8::1]:26"},
		{"2001:db8::1", "", "[2001:db8::1]:25"},
		{"smtp://mx.example", "", "mx.example:25"},
		{"smtp://mx.example:26/", "", "mx.example:26"},
		{"smtps://mx.example", "", ""},
		{"http://mx.example", "", ""},
		{"smtp://", "", ""},
		{"smtp://me@mx.example", "", ""},
		{"mx.example:port", "", ""},
		{"mx.example:0", "", ""},
		{"mx.example:65536", "", ""},
		{"mx.example:25:25", "", ""},
		{"bob@mx.example", "", ""},
	} {
		p := testProgram(sentence.English)
		p.Getenv = func(name string) string {
			if name == "MAILTOOL_SERVER" {
				return c.env
			}
			return ""
		}
		got, err := p.address(&target{server: c.server})
		var e *problem
		if c.want == "" {
			if !errors.As(err, &e) || e.status != exitUsage {
				t.Errorf("%q: %s, %v", c.server, got, err)
			}
		} else if got != c.want || err != nil {
			t.Errorf("%q: %s, %v; want %s", c.server, got, err, c.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"send", "send", 0}, {"snd", "send", 1}, {"sedn", "send", 1}, {"lst", "list", 1},
		{"", "abc", 3}, {"sent", "send", 1}, {"shell", "send", 3}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%s, %s: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
