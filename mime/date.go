package mime

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"mailtool/mime/scan"
)

// FormatDate writes a Date field's value: "Mon, 23 Nov 2026 10:15:02 +0800", in
// the zone of t (RFC 5322 §3.3).
func FormatDate(t time.Time) string {
	return t.Format("Mon, 2 Jan 2006 15:04:05 -0700")
}

// ParseDate reads a Date field's value, in the obsolete forms too (RFC 5322 §3.3,
// §4.3). The error is scan.ErrDate.
func ParseDate(value string) (time.Time, error) {
	return scan.ParseDate([]byte(value))
}

// IDs makes Message-IDs: names that no other message in the world has (RFC 5322
// §3.6.4). They consist of the second in which the maker began, a random number,
// and a count: <tk3v9x2a81.1@lab.test>. It is not for use by several goroutines.
type IDs struct {
	// Domain is what stands after the @: the sender's, who vouches for the rest.
	Domain string
	// Now and Random are clock and chance; the machine's own if nil.
	Now    func() time.Time
	Random func() uint64

	prefix string
	count  int
}

// Next returns another Message-ID, with its angle brackets.
func (m *IDs) Next() string {
	if m.prefix == "" {
		now, random := time.Now, rand.Uint64
		if m.Now != nil {
			now = m.Now
		}
		if m.Random != nil {
			random = m.Random
		}
		const chance = 36 * 36 * 36 * 36
		tail := strconv.FormatUint(random()%chance, 36)
		m.prefix = strconv.FormatInt(max(now().Unix(), 0), 36) +
			strings.Repeat("0", 4-len(tail)) + tail
	}
	m.count++
	return "<" + m.prefix + "." + strconv.Itoa(m.count) + "@" + m.Domain + ">"
}
