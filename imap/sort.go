package imap

import (
	"cmp"
	"slices"
	"time"

	"mailtool/internal/casemap"
)

// A SortBy is what SORT compares (RFC 5256 §5, sort-key).
type SortBy uint8

// The criteria of SORT (RFC 5256 §3).
const (
	SortArrival SortBy = iota // the internal date, with its time
	SortCC                    // the mailbox of the first address
	SortDate                  // the sent date
	SortFrom
	SortSize
	SortSubject // the base subject
	SortTo
)

// sortNames has the name of each criterion.
var sortNames = [...]string{"ARRIVAL", "CC", "DATE", "FROM", "SIZE", "SUBJECT", "TO"}

// String returns the criterion as it goes over the wire.
func (b SortBy) String() string { return sortNames[b] }

// ParseSortBy reads the name of a criterion, in capitals or not.
func ParseSortBy(word string) (SortBy, bool) {
	for i, name := range sortNames {
		if sameWord(word, name) {
			return SortBy(i), true
		}
	}
	return 0, false
}

// A SortKey is a criterion, perhaps with REVERSE before it, which is about this one alone
// (RFC 5256 §3).
type SortKey struct {
	By      SortBy
	Reverse bool
}

// String returns the criterion as it goes over the wire.
func (k SortKey) String() string {
	if k.Reverse {
		return "REVERSE " + k.By.String()
	}
	return k.By.String()
}

// SortFields are what SORT may ask about a message. What no criterion asks for may be left
// out, and so may a field that the message has not: an empty one comes first.
type SortFields struct {
	Number  uint32    // its sequence number, by which equals are sorted
	Arrival time.Time // the internal date
	Sent    time.Time // see SentDate
	Size    int64     // octets
	Subject string    // decoded, as it is: not the base subject
	From    string    // addr-mailbox of the first address: what stands before "@"
	To, CC  string
}

// SentDate returns the date by which SORT and THREAD place a message: that of its Date
// field, or, where it has none that can be read, its internal date (RFC 5256 §2.2). Unlike
// that of SENTSINCE it is a moment, the same in each zone.
func SentDate(date time.Time, err error, internal time.Time) time.Time {
	if err != nil || date.IsZero() {
		return internal
	}
	return date
}

// Sort returns the indexes of messages in the order of the criteria, of which the first
// counts most; those that are equal come in that of their sequence numbers, whatever is
// reversed (RFC 5256 §3). Words are compared as i;unicode-casemap does, by keys that are
// made once.
func Sort(messages []SortFields, keys []SortKey) []int {
	compare := make([]func(i, j int) int, len(keys))
	for k, key := range keys {
		compare[k] = comparison(messages, key.By)
	}
	order := make([]int, len(messages))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		for k, key := range keys {
			if c := compare[k](i, j); c != 0 && key.Reverse {
				return -c
			} else if c != 0 {
				return c
			}
		}
		return cmp.Compare(messages[i].Number, messages[j].Number)
	})
	return order
}

// comparison returns how a criterion compares two messages.
func comparison(messages []SortFields, by SortBy) func(i, j int) int {
	var word func(*SortFields) string
	switch by {
	case SortArrival:
		return func(i, j int) int { return messages[i].Arrival.Compare(messages[j].Arrival) }
	case SortDate:
		return func(i, j int) int { return messages[i].Sent.Compare(messages[j].Sent) }
	case SortSize:
		return func(i, j int) int { return cmp.Compare(messages[i].Size, messages[j].Size) }
	case SortCC:
		word = func(m *SortFields) string { return m.CC }
	case SortFrom:
		word = func(m *SortFields) string { return m.From }
	case SortTo:
		word = func(m *SortFields) string { return m.To }
	case SortSubject:
		word = func(m *SortFields) string {
			base, _ := BaseSubject(m.Subject)
			return base
		}
	}
	words := make([]string, len(messages))
	for i := range messages {
		words[i] = casemap.Key(word(&messages[i]))
	}
	return func(i, j int) int { return cmp.Compare(words[i], words[j]) }
}
