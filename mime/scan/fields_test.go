package scan

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestParseFields(t *testing.T) {
	for _, row := range []struct {
		name, message string
		fields        []string // name=value start:colon:end
		end, body     int
	}{
		{"CRLF, folded", "From: a@b\r\nSubject: Hello\r\n  there \r\n\r\nbody",
			[]string{"From=a@b 0:4:11", "Subject=Hello  there 11:18:37"}, 37, 39},
		{"LF", "From: a@b\nTo:c@d\n\nbody",
			[]string{"From=a@b 0:4:10", "To=c@d 10:12:17"}, 17, 18},
		{"no body", "From: a@b", []string{"From=a@b 0:4:9"}, 9, 9},
		{"no empty line", "From: a@b\r\nhello\r\nTo: x\r\n", []string{"From=a@b 0:4:11"}, 11, 11},
		{"no header", "\r\nbody: x", nil, 0, 2},
		{"space before the colon", "From : a\r\n", []string{"From=a 0:5:10"}, 10, 10},
		{"from a mailbox file", "From a@b Mon\nTo: x\n\n",
			[]string{"=From a@b Mon 0:-1:13", "To=x 13:15:19"}, 19, 20},
		{"folded first line", " a\n b\nTo: x\n", []string{"=a b 0:-1:6", "To=x 6:8:12"}, 12, 12},
		{"nothing", "", nil, 0, 0},
	} {
		h := ParseFields([]byte(row.message), Limits{})
		var got []string
		for _, f := range h.Fields {
			got = append(got, fmt.Sprintf("%s=%s %d:%d:%d", f.Name, f.Value(), f.Start, f.Colon, f.End))
		}
		if !reflect.DeepEqual(got, row.fields) || h.End != row.end || h.Body != row.body {
			t.Errorf("%s: got %q, end %d, body %d", row.name, got, h.End, h.Body)
		}
	}
}

func TestParseFieldsLimits(t *testing.T) {
	message := strings.Repeat("X: y\n", 100) + " z\n\nbody"
	h := ParseFields([]byte(message), Limits{Fields: 10})
	if len(h.Fields) != 10 || h.Limit != LimitFields || message[h.Body:] != "body" {
		t.Errorf("%d fields, limit %v, body at %d", len(h.Fields), h.Limit, h.Body)
	}
	h = ParseFields([]byte(message), Limits{Header: 12})
	if len(h.Fields) != 2 || h.Limit != LimitHeader || message[h.Body:] != "body" {
		t.Errorf("%d fields, limit %v, body at %d", len(h.Fields), h.Limit, h.Body)
	}
	if s := (LimitHeader | LimitParts).String(); s != "header, parts" {
		t.Error(s)
	}
}

func TestGet(t *testing.T) {
	h := ParseFields([]byte("to: a\nTo: b\n"), Limits{})
	if f, ok := h.Get("TO"); !ok || f.Value() != "a" {
		t.Errorf("got %v %v", f, ok)
	}
	if _, ok := h.Get("Cc"); ok {
		t.Error("there is no Cc")
	}
}

func TestParseDate(t *testing.T) {
	for value, want := range map[string]string{
		"Mon, 23 Nov 2026 10:15:02 +0800":       "2026-11-23T10:15:02+08:00",
		"23 nov 2026 10:15 -0330":               "2026-11-23T10:15:00-03:30",
		"Mon (day), 23 Nov 26 10 : 15 : 02 GMT": "2026-11-23T10:15:02Z",
		"3 Nov 98 10:15 PDT":                    "1998-11-03T10:15:00-07:00",
		"3 Nov 98 10:15 EST":                    "1998-11-03T10:15:00-05:00",
		"3 Nov 98 10:15 Z":                      "1998-11-03T10:15:00Z",
		"Tue, 23 Nov 2026 10:15:02 +0800":       "2026-11-23T10:15:02+08:00", // a Monday
		"29 Feb 2028 00:00 +0000":               "2028-02-29T00:00:00Z",
		"29 Feb 2027 00:00 +0000":               "",
		"Mon, 23 Nov 2026 10:15:02":             "",
		"":                                      "",
		"2026-11-23T10:15:02Z":                  "",
	} {
		got := ""
		if d, err := ParseDate([]byte(value)); err == nil {
			got = d.Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", value, got, want)
		}
	}
}

func TestFallsOn(t *testing.T) {
	for day := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2405; day = day.AddDate(0, 0, 1) {
		d := dateTime{year: day.Year(), month: int(day.Month()), day: day.Day()}
		if d.fallsOn() != day.Weekday() {
			t.Fatalf("%s: got %s", day.Format(time.RFC1123), d.fallsOn())
		}
	}
}

func TestParseContentType(t *testing.T) {
	for value, want := range map[string]string{
		`text/plain`:                                          `text/plain`,
		`TEXT/HTML; Charset="utf-8"`:                          `text/html charset=utf-8`,
		`multipart/mixed; boundary="a \"b; c"; x=y`:           `multipart/mixed boundary=a "b; c x=y`,
		`multipart/mixed; boundary=a=b:c?`:                    `multipart/mixed boundary=a=b:c?`,
		`text/plain (a "comment;) ; charset=us-ascii (Plain)`: `text/plain charset=us-ascii`,
		`text/plain; junk; ; =x; a="b`:                        `text/plain a=b`,
		`text/plain; "; a=c"; b=d`:                            `text/plain b=d`,
		`a / b ; c = d`:                                       `a/b c=d`,
		`text`:                                                ``, `/plain`: ``, `text/`: ``, ``: ``,
	} {
		c, ok := ParseContentType(value)
		got := ""
		if ok {
			got = c.String()
			for _, p := range c.Params {
				got += " " + p.Name + "=" + p.Value
			}
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", value, got, want)
		}
	}
	c, _ := ParseContentType(`multipart/mixed; boundary*1=def; boundary*0=abc`)
	if b := c.Param("boundary"); b != "abcdef" || c.Param("x") != "" {
		t.Errorf("boundary %q", b)
	}
}

func FuzzParseDate(f *testing.F) {
	f.Add([]byte("Mon, 23 Nov 2026 10:15:02 +0800"))
	f.Add([]byte("(a) Mon , 3 (b) Nov 99 1 : 5 EST"))
	f.Fuzz(func(t *testing.T, value []byte) {
		d, err := ParseDate(value)
		if err != nil {
			return
		}
		// What can be read can be written in the standard's form, and read again.
		written := d.Format("Mon, 2 Jan 2006 15:04:05 -0700")
		if again, err := ParseDate([]byte(written)); err != nil || !again.Equal(d) {
			t.Errorf("%q is %v, written %q, %v, %v", value, d, written, again, err)
		}
	})
}
