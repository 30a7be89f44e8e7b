package imap

import (
	"errors"
	"strings"
	"testing"
	"time"

	"mailtool/mime/scan"
)

func TestDay(t *testing.T) {
	for text, want := range map[string]Day{
		"1-Feb-1994":    19940201,
		"01-Feb-1994":   19940201,
		`"1-Feb-1994"`:  19940201,
		`"01-Feb-1994"`: 19940201,
		"31-dec-9999":   99991231,
		"29-FEB-2000":   20000229,
		"1-Jan-0000":    101,
		"0-Feb-1994":    0,
		"00-Feb-1994":   0,
		"32-Jan-1994":   0,
		"31-Apr-1994":   0,
		"29-Feb-1900":   0,
		"1-Feb-94":      0,
		"1-Feb-01994":   0,
		"1-February-94": 0,
		"001-Feb-1994":  0,
		" 1-Feb-1994":   0, // only a date-time may have the space
		"1 Feb 1994":    0,
		"1-Feb-1994 ":   0,
		"-Feb-1994":     0,
		"1-02-1994":     0,
		"1-an-F-1994":   0,
		"1-Foo-1994":    0,
		"1-Feb-19 4":    0,
		"+1-Feb-1994":   0,
		"1-Feb--994":    0,
		`"1-Feb-1994`:   0,
		`1-Feb-1994"`:   0,
		`"`:             0,
		`""`:            0,
		"":              0,
	} {
		got, err := ParseDay(text)
		if got != want || (want == 0) != errors.Is(err, ErrDate) {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	if got := Day(19940201).String(); got != "1-Feb-1994" {
		t.Error(got)
	}
	if got := Day(101).String(); got != "1-Jan-0000" {
		t.Error(got)
	}
}

// TestDaysOfMessages: time and zone are disregarded (RFC 3501 §6.4.4).
func TestDaysOfMessages(t *testing.T) {
	asked, err := ParseDay("1-Feb-1994")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ internal, want string }{
		{"31-Jan-1994 23:59:59 -0800", "before"}, // the day asked for, at Greenwich
		{" 1-Feb-1994 00:00:00 +1400", "on since"},
		{" 1-Feb-1994 23:59:60 -0800", "on since"},
		{" 2-Feb-1994 00:00:00 +0000", "since"},
		{" 2-Feb-1994 03:00:00 +0900", "since"},
	} {
		at, err := ParseDateTime(c.internal)
		if err != nil {
			t.Fatal(err)
		}
		if got := answers(DayOf(at), asked); got != c.want {
			t.Errorf("%s: %s", c.internal, got)
		}
	}
	sent, err := scan.ParseDate([]byte("Mon, 31 Jan 1994 23:30:00 -0800"))
	if err != nil {
		t.Fatal(err)
	}
	if got := answers(DayOf(sent), asked); got != "before" {
		t.Errorf("of the Date field: %s", got)
	}
	if got := answers(DayOf(time.Time{}), asked); got != "" {
		t.Errorf("a message without a date is %s", got)
	}
}

func answers(d, asked Day) string {
	var all []string
	if d.Before(asked) {
		all = append(all, "before")
	}
	if d.On(asked) {
		all = append(all, "on")
	}
	if d.Since(asked) {
		all = append(all, "since")
	}
	return strings.Join(all, " ")
}

// dateTimes are date-times, and how they are said again where that differs; "-" where
// they are none.
var dateTimes = map[string]string{
	"17-Jul-1996 02:44:25 -0700":  "", // RFC 3501 §7.4.2
	" 7-Feb-1994 21:52:25 -0800":  "",
	"07-Feb-1994 21:52:25 -0800":  " 7-Feb-1994 21:52:25 -0800",
	" 7-FEB-1994 21:52:25 -0800":  " 7-Feb-1994 21:52:25 -0800",
	"29-Feb-2024 00:00:00 +0000":  "",
	"29-Feb-2024 00:00:00 -0000":  "29-Feb-2024 00:00:00 +0000",
	"31-Dec-9999 23:59:60 -9959":  "31-Dec-9999 23:59:59 -9959",
	" 1-Jan-0000 00:00:00 +9959":  "",
	" 1-Jan-2026 12:00:00 +0530":  "",
	"1-Feb-1994 21:52:25 -0800":   "-",
	"  1-Feb-1994 21:52:25 -080":  "-",
	" 0-Feb-1994 21:52:25 -0800":  "-",
	"30-Feb-1994 21:52:25 -0800":  "-",
	"29-Feb-2023 21:52:25 -0800":  "-",
	" 7-Feb-1994 24:00:00 -0800":  "-",
	" 7-Feb-1994 21:60:25 -0800":  "-",
	" 7-Feb-1994 21:52:61 -0800":  "-",
	" 7-Feb-1994 21:52:25 -0860":  "-",
	" 7-Feb-1994 21:52:25 00800":  "-",
	" 7-Feb-1994 21:52:25 PST00":  "-",
	" 7-Feb-1994 21:52:25  0800":  "-",
	" 7-Feb-1994 21:52:25 +08:0":  "-",
	" 7-Feb-1994  1:52:25 -0800":  "-",
	" 7-Feb-1994T21:52:25 -0800":  "-",
	" 7-Feb-1994 21.52.25 -0800":  "-",
	" 7 Feb 1994 21:52:25 -0800":  "-",
	"7--Feb-1994 21:52:25 -0800":  "-",
	" 7-Fe\u0301-199 21:52:25 -0": "-",
	"":                            "-",
	" 7-Feb-1994 21:52:25 -08000": "-",
	"\"7-Feb-1994 21:52:25 -0800": "-",
}

func TestDateTime(t *testing.T) {
	for text, want := range dateTimes {
		at, err := ParseDateTime(text)
		if want == "-" || err != nil {
			if (want == "-") != errors.Is(err, ErrDate) {
				t.Errorf("%q: %v, %v", text, at, err)
			}
			continue
		}
		if want == "" {
			want = text
		}
		if got := string(AppendDateTime(nil, at)); got != want {
			t.Errorf("%q is said as %q", text, got)
		}
	}
	at, err := ParseDateTime("17-Jul-1996 02:44:25 -0700")
	if want := time.Date(1996, 7, 17, 9, 44, 25, 0, time.UTC); err != nil || !at.Equal(want) {
		t.Errorf("%v, %v", at, err)
	}
}

func TestAppendDateTime(t *testing.T) {
	paris := time.FixedZone("LMT", 9*60+21) // Paris before 1911
	for _, c := range []struct {
		at   time.Time
		want string
	}{
		{time.Date(1900, 1, 1, 0, 0, 0, 0, paris), "31-Dec-1899 23:50:39 +0000"},
		{time.Date(10_000, 1, 1, 5, 0, 0, 0, time.FixedZone("", 6*3600)), "31-Dec-9999 23:00:00 +0000"},
		{time.Date(123_456, 1, 1, 0, 0, 0, 0, time.UTC), "31-Dec-9999 23:59:59 +0000"},
		{time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC), " 1-Jan-0000 00:00:00 +0000"},
	} {
		if got := string(AppendDateTime([]byte("x"), c.at)); got != "x"+c.want {
			t.Errorf("%v: %q", c.at, got)
		}
	}
}

// FuzzDateTime: what is read is said so that it is read as the same time and zone.
func FuzzDateTime(f *testing.F) {
	for text := range dateTimes {
		f.Add(text)
	}
	f.Add("1-Feb-1994")
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := ParseDay(text); err == nil {
			if again, err := ParseDay(d.String()); again != d || err != nil {
				t.Errorf("%q is the day %d, and %d", text, d, again)
			}
		}
		at, err := ParseDateTime(text)
		if err != nil {
			return
		}
		said := string(AppendDateTime(nil, at))
		again, err := ParseDateTime(said)
		if err != nil || !again.Equal(at) || DayOf(again) != DayOf(at) {
			t.Errorf("%q is said as %q, which is %v, %v", text, said, again, err)
		}
	})
}

// Dates are written digit by digit, and as package time would.
func TestAppendDateTimeAsTime(t *testing.T) {
	for i := range int64(2000) {
		at := time.Unix(i*i*i*13-20_000_000_000, 0).In(time.FixedZone("", int(i-1000)*51/60*60))
		if got, want := string(AppendDateTime(nil, at)), at.Format(dateTimeForm); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
}
