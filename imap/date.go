package imap

import (
	"errors"
	"strings"
	"time"
)

// ErrDate says that a text is no date or date-time of RFC 3501 §9.
var ErrDate = errors.New("not a date of IMAP, as 1-Feb-1994")

// months are the names of the months with what stands on both sides of them (RFC 3501 §9,
// date-month).
const months = "-Jan-Feb-Mar-Apr-May-Jun-Jul-Aug-Sep-Oct-Nov-Dec-"

// A Day is a date without time and zone: year, month and day as the digits of a number,
// 19940201, so that days compare as numbers. 0 is no day: it is neither before nor after
// any (see Since, Before, On).
type Day int32

// DayOf returns the day of a time in its own zone. What SEARCH compares disregards time
// and zone, of the internal date for SINCE, of the Date field for SENTSINCE: a message of
// 1-Feb 23:30 -0800 is of 1-Feb, though it is the second elsewhere (RFC 3501 §6.4.4). The
// time.Time of a message without a date, which is zero, makes no day.
func DayOf(t time.Time) Day {
	if t.IsZero() {
		return 0
	}
	year, month, day := t.Date()
	return Day(year*10_000 + int(month)*100 + day)
}

// ParseDay reads a date, with quotes or without (RFC 3501 §9, date). The day has one digit
// or two, the year four. The error is ErrDate.
func ParseDay(text string) (Day, error) {
	if n := len(text); n >= 2 && text[0] == '"' && text[n-1] == '"' {
		text = text[1 : n-1]
	}
	digits := strings.IndexByte(text, '-')
	if digits < 1 || digits > 2 || len(text) != digits+len("-Feb-1994") {
		return 0, ErrDate
	}
	return parseDay(text[:digits], text[digits:])
}

// parseDay reads the digits of a day, and -Feb-1994.
func parseDay(digits, rest string) (Day, error) {
	month, day, year := parseMonth(rest[:5]), parseDigits(digits), parseDigits(rest[5:])
	if month == 0 || day < 1 || year < 0 || day > daysOf(month, year) {
		return 0, ErrDate
	}
	return Day(year*10_000 + month*100 + day), nil
}

// parseMonth reads -Feb-, in capitals or not, as ABNF wants it; 0 is none.
func parseMonth(text string) int {
	for month := range 12 {
		if sameWord(text, months[month*4:month*4+5]) {
			return month + 1
		}
	}
	return 0
}

// daysOf tells how many days a month has.
func daysOf(month, year int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// parseDigits reads a number of digits alone; -1 is none.
func parseDigits(text string) int {
	n := 0
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return -1
		}
		n = n*10 + int(text[i]-'0')
	}
	return n
}

// String returns the day as it goes over the wire, without quotes: 1-Feb-1994.
func (d Day) String() string { return d.midnight().Format("2-Jan-2006") }

func (d Day) midnight() time.Time {
	return time.Date(int(d/10_000), time.Month(d/100%100), int(d%100), 0, 0, 0, 0, time.UTC)
}

// Since says that d, the day of a message, is the day asked for or a later one
// (RFC 3501 §6.4.4, SINCE).
func (d Day) Since(asked Day) bool { return d != 0 && d >= asked }

// Before says that d is earlier than the day asked for (RFC 3501 §6.4.4, BEFORE).
func (d Day) Before(asked Day) bool { return d != 0 && d < asked }

// On says that d is the day asked for (RFC 3501 §6.4.4, ON).
func (d Day) On(asked Day) bool { return d != 0 && d == asked }

// dateTimeForm is a date-time without its quotes; "_2" is date-day-fixed, two places wide.
const dateTimeForm = "_2-Jan-2006 15:04:05 -0700"

// ParseDateTime reads a date-time without its quotes, which are the scanner's: the day
// takes two places, the first of which may be a space (RFC 3501 §9, date-time). A second
// 60, which a leap second is, becomes 59. The error is ErrDate.
func ParseDateTime(text string) (time.Time, error) {
	if len(text) != len(dateTimeForm) {
		return time.Time{}, ErrDate
	}
	digits := text[:2]
	if digits[0] == ' ' {
		digits = digits[1:]
	}
	day, err := parseDay(digits, text[2:11])
	hour, minute := parseDigits(text[12:14]), parseDigits(text[15:17])
	second := parseDigits(text[18:20])
	// A zone's minutes are minutes (RFC 5322 §3.3), its hours any.
	zoneHours, zoneMinutes := parseDigits(text[22:24]), parseDigits(text[24:26])
	switch {
	case err != nil, text[11] != ' ', text[14] != ':', text[17] != ':', text[20] != ' ',
		hour < 0 || hour > 23, minute < 0 || minute > 59, second < 0 || second > 60,
		text[21] != '+' && text[21] != '-', zoneHours < 0, zoneMinutes < 0 || zoneMinutes > 59:
		return time.Time{}, ErrDate
	}
	east := zoneHours*3600 + zoneMinutes*60
	if text[21] == '-' {
		east = -east
	}
	zone := time.UTC
	if east != 0 {
		zone = time.FixedZone("", east)
	}
	year, month, n := day.midnight().Date()
	return time.Date(year, month, n, hour, minute, min(second, 59), 0, zone), nil
}

// AppendDateTime appends a time in its own zone as INTERNALDATE and APPEND say it, without
// the quotes: " 7-Feb-1994 21:52:25 -0800". Zones have minutes and no seconds: a time of
// one that has some is told in UTC. So is one of a year that has not four digits, and where
// that is no better, it is the first or last second that can be said.
func AppendDateTime(b []byte, t time.Time) []byte {
	if _, east := t.Zone(); east%60 != 0 || t.Year() < 0 || t.Year() > 9999 {
		t = t.UTC()
	}
	switch {
	case t.Year() < 0:
		t = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	case t.Year() > 9999:
		t = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	}
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	_, east := t.Zone()
	sign := byte('+')
	if east < 0 {
		sign, east = '-', -east
	}
	b = appendTwo(b, day)
	if day < 10 {
		b[len(b)-2] = ' '
	}
	b = append(b, months[(month-1)*4:][:5]...)
	b = appendTwo(appendTwo(b, year/100), year%100)
	b = appendTwo(append(b, ' '), hour)
	b = appendTwo(append(b, ':'), minute)
	b = appendTwo(append(b, ':'), second)
	return appendTwo(appendTwo(append(b, ' ', sign), east/3600), east/60%60)
}

// appendTwo appends a number of two digits.
func appendTwo(b []byte, n int) []byte { return append(b, byte('0'+n/10%10), byte('0'+n%10)) }

// day reads a date, in quotes or not.
func (s *scanner) day() Day {
	at, text := s.at, ""
	if s.next() == '"' {
		text = s.quoted()
	} else {
		text = s.run("a date, such as 1-Feb-1994,", isAtomChar)
	}
	d, err := ParseDay(text)
	if err != nil && s.err == nil {
		s.at = at
		s.fail("a date, such as 1-Feb-1994,")
	}
	return d
}

// dateTime reads a date with time and zone (RFC 3501 §9, date-time).
func (s *scanner) dateTime() time.Time {
	at := s.at
	text := s.quoted()
	if s.err != nil {
		return time.Time{}
	}
	t, err := ParseDateTime(text)
	if err != nil {
		s.at = at
		s.fail(`a date such as " 7-Feb-1994 21:52:25 -0800"`)
	}
	return t
}

// dateTime writes date-time.
func (w *writer) dateTime(t time.Time) {
	w.raw(`"`)
	w.b = AppendDateTime(w.b, t)
	w.raw(`"`)
}
