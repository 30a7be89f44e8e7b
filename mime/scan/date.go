package scan

import (
	"errors"
	"time"
)

// ErrDate says that a value is no date-time of RFC 5322 §3.3.
var ErrDate = errors.New("not a date-time")

// ParseDate reads the value of a Date field (RFC 5322 §3.3), unfolded, in the
// obsolete forms of RFC 5322 §4.3 too: years of two digits, zones by name,
// comments anywhere. A wrong day of the week is passed over. The error is ErrDate.
func ParseDate(value []byte) (time.Time, error) {
	d, verdict, _ := readDate(value)
	if verdict == dateWrong || verdict == dateIncomplete {
		return time.Time{}, ErrDate
	}
	return d.time(), nil
}

type dateVerdict uint8

const (
	dateGood dateVerdict = iota
	dateObsolete
	dateOtherWeekday
	dateIncomplete // right as far as it goes
	dateWrong
)

type dateTime struct {
	weekday                       int // 0 Sunday, -1 not said
	year, month, day              int
	hour, minute, second, eastSec int
}

func (d *dateTime) time() time.Time {
	zone := time.UTC
	if d.eastSec != 0 {
		zone = time.FixedZone("", d.eastSec)
	}
	return time.Date(d.year, time.Month(d.month), d.day, d.hour, d.minute, d.second, 0, zone)
}

// fallsOn is the day of the week in the date's own zone. The time of day is left
// out, since a leap second would carry it into the next day. Counted from 1 March,
// so that 29 February comes last, the months have a rhythm that fits a formula
// (Zeller's); package time would take as long as the rest of readDate.
func (d *dateTime) fallsOn() time.Weekday {
	year, month := d.year, d.month-2
	if month < 1 {
		year, month = year-1, month+12
	}
	return time.Weekday((d.day + (13*month-1)/5 + year + year/4 - year/100 + year/400) % 7)
}

// A dateReader walks over a date's tokens. It keeps its first trouble: everything
// after that is of no meaning.
type dateReader struct {
	b       []byte
	i       int
	at      int // where the token that was read last began
	verdict dateVerdict
	old     int // where an obsolete form stood, -1 for nowhere
}

// readDate judges the date-time in b and says where the fault begins.
func readDate(b []byte) (d dateTime, verdict dateVerdict, at int) {
	r := dateReader{b: b, old: -1}
	dayAt := r.weekday(&d)
	d.day = r.number(1, 2)
	r.check(d.day >= 1 && d.day <= 31)
	numberAt := r.at
	d.month = r.word3(months) + 1
	d.year = r.year()
	r.check(d.year >= 1900)
	if r.verdict == dateGood && d.day > 28 && d.day > daysIn(d.year, d.month) {
		r.fail(dateWrong)
		return d, dateWrong, numberAt
	}
	d.hour = r.number(2, 2)
	r.check(d.hour < 24)
	r.take(':')
	d.minute = r.number(2, 2)
	r.check(d.minute < 60)
	if r.peek() == ':' {
		r.i++
		d.second = r.number(2, 2)
		r.check(d.second <= 60) // a leap second is 60
	}
	d.eastSec = r.zone()
	if r.peek(); r.verdict == dateGood && r.i < len(b) {
		r.fail(dateWrong)
		r.at = r.i
	}
	switch {
	case r.verdict != dateGood:
		return d, r.verdict, r.at
	case d.weekday >= 0 && d.fallsOn() != time.Weekday(d.weekday):
		return d, dateOtherWeekday, dayAt
	case r.old >= 0:
		return d, dateObsolete, r.old
	}
	return d, dateGood, 0
}

const (
	months   = "janfebmaraprmayjunjulaugsepoctnovdec"
	weekdays = "sunmontuewedthufrisat"
)

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func (r *dateReader) fail(v dateVerdict) {
	if r.verdict == dateGood {
		r.verdict = v
	}
}

// check makes the token that was read last wrong unless ok.
func (r *dateReader) check(ok bool) {
	if !ok {
		r.fail(dateWrong)
	}
}

// peek skips white space and comments, which may nest (RFC 5322 §3.2.2), and
// returns the octet that follows, or 0 at the end.
func (r *dateReader) peek() byte {
	depth := 0
	for r.verdict == dateGood && r.i < len(r.b) {
		switch c := r.b[r.i]; {
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case c == '\\' && depth > 0:
			r.i++
		case c == ' ' || c == '\t' || c == '\r' || c == '\n' || depth > 0:
		default:
			return c
		}
		r.i++
	}
	if depth > 0 {
		r.fail(dateIncomplete)
	}
	r.i = min(r.i, len(r.b))
	return 0
}

// token begins a token and reports whether there is one.
func (r *dateReader) token() bool {
	r.peek()
	if r.verdict != dateGood {
		return false
	}
	r.at = r.i
	if r.i >= len(r.b) {
		r.fail(dateIncomplete)
		return false
	}
	return true
}

func (r *dateReader) take(c byte) {
	if r.token() {
		r.check(r.b[r.i] == c)
		r.i++
	}
}

// number reads a number of at least least and at most most digits.
func (r *dateReader) number(least, most int) int {
	if !r.token() {
		return 1
	}
	n := 0
	for ; r.i < len(r.b) && isDigit(r.b[r.i]); r.i++ {
		if n = n*10 + int(r.b[r.i]-'0'); r.i-r.at >= most {
			break
		}
	}
	r.check(r.i-r.at >= least && r.i-r.at <= most && (r.i == len(r.b) || !isDigit(r.b[r.i])))
	return n
}

// word3 reads a word of three letters and returns its place in list, which holds
// such words end to end.
func (r *dateReader) word3(list string) int {
	if !r.token() {
		return 0
	}
	for r.i < len(r.b) && isLetter(r.b[r.i]) {
		r.i++
	}
	if r.i-r.at == 3 {
		for i := 0; i < len(list); i += 3 {
			if fold(r.b[r.at:r.i], list[i:i+3]) {
				return i / 3
			}
		}
	}
	r.fail(dateWrong)
	return 0
}

func (r *dateReader) weekday(d *dateTime) (at int) {
	d.weekday = -1
	if !isLetter(r.peek()) {
		return 0
	}
	d.weekday = r.word3(weekdays)
	at = r.at
	r.take(',')
	return at
}

// year reads four digits or more; two and three are obsolete (RFC 5322 §4.3).
func (r *dateReader) year() int {
	n := r.number(2, 6)
	digits := r.i - r.at
	if r.verdict != dateGood || digits >= 4 {
		return n
	}
	r.obsolete()
	if digits == 2 && n < 50 {
		return n + 2000
	}
	return n + 1900
}

func (r *dateReader) obsolete() {
	if r.old < 0 {
		r.old = r.at
	}
}

// zone reads "+0800" and returns the seconds east of UTC. Of the zones by name
// only those of North America say anything; the rest count as UTC.
func (r *dateReader) zone() int {
	if !r.token() {
		return 0
	}
	if sign := r.b[r.i]; sign == '+' || sign == '-' {
		begin := r.i
		r.i++
		if r.i >= len(r.b) {
			r.fail(dateWrong) // no fold may stand between sign and digits
			return 0
		}
		n := r.number(4, 4)
		r.check(r.at == begin+1 && n%100 < 60)
		r.at = begin
		if n = n/100*3600 + n%100*60; sign == '-' {
			n = -n
		}
		return n
	}
	for r.i < len(r.b) && isLetter(r.b[r.i]) {
		r.i++
	}
	if r.i == r.at || r.i-r.at > 5 {
		r.fail(dateWrong)
		return 0
	}
	r.obsolete()
	return namedZone(r.b[r.at:r.i])
}

func namedZone(name []byte) int {
	const west = "pmce" // 8, 7, 6 and 5 hours west, in standard time
	if len(name) != 3 || name[2]|0x20 != 't' {
		return 0
	}
	for i := range len(west) {
		if name[0]|0x20 == west[i] {
			switch name[1] | 0x20 {
			case 's':
				return (i - 8) * 3600
			case 'd':
				return (i - 7) * 3600
			}
		}
	}
	return 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
