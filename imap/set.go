package imap

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// ErrSet says that a text is no sequence-set (RFC 3501 §9). What wraps it tells why.
var ErrSet = errors.New("not a sequence set")

// A Range is two numbers and all between them, in either order. 0 stands for "*", the
// highest number in use (RFC 3501 §9, seq-range).
type Range struct{ First, Last uint32 }

// A Set is a sequence-set: message sequence numbers or unique identifiers, as they were
// written (RFC 3501 §9). It is never expanded, since 1:4294967295 is a set like any other.
type Set []Range

// ParseSet reads a sequence-set. saved says that it ends in "$", the result of an earlier
// search (RFC 5182 §2.1), which may follow numbers, and stand alone.
func ParseSet(text string) (s Set, saved bool, err error) {
	s = make(Set, 0, 1+strings.Count(text, ","))
	for {
		element, rest, more := strings.Cut(text, ",")
		if element == "$" && !more {
			return s, true, nil
		}
		first, last, both := strings.Cut(element, ":")
		var r Range
		if r.First, err = parseSetNumber(first); err != nil {
			return nil, false, err
		}
		if r.Last = r.First; both {
			if r.Last, err = parseSetNumber(last); err != nil {
				return nil, false, err
			}
		}
		if s, text = append(s, r), rest; !more {
			return s, false, nil
		}
	}
}

// parseSetNumber reads a seq-number: "*", or a number from 1 to 2^32-1 without a zero
// before it (RFC 3501 §9, nz-number).
func parseSetNumber(text string) (uint32, error) {
	if text == "*" {
		return 0, nil
	}
	switch {
	case text == "":
		return 0, fmt.Errorf("%w: a number is missing", ErrSet)
	case strings.Trim(text, "0123456789") != "":
		return 0, fmt.Errorf("%w: a number has digits alone", ErrSet)
	case text[0] == '0':
		return 0, fmt.Errorf("%w: no number is 0 or begins with it", ErrSet)
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%w: a number is above %d", ErrSet, uint32(math.MaxUint32))
	}
	return uint32(n), nil
}

// SetOf returns the shortest set that says these numbers in this order: a number that is
// by one greater than the one before it goes on with its range. Numbers that rise make the
// set that COPYUID, ESEARCH and MODIFIED want; the n-th of one set of COPYUID belongs to
// the n-th of the other (RFC 4315 §3), so these must not be sorted.
func SetOf(numbers []uint32) Set {
	var s Set
	for _, n := range numbers {
		if last := len(s) - 1; last >= 0 && s[last].Last+1 == n && n != 0 {
			s[last].Last = n
			continue
		}
		s = append(s, Range{n, n})
	}
	return s
}

// String returns the set as it goes over the wire; an empty one is "".
func (s Set) String() string { return string(s.Append(nil)) }

// Append appends to b what String returns.
func (s Set) Append(b []byte) []byte {
	for i, r := range s {
		if i > 0 {
			b = append(b, ',')
		}
		if b = appendSetNumber(b, r.First); r.Last != r.First {
			b = appendSetNumber(append(b, ':'), r.Last)
		}
	}
	return b
}

func appendSetNumber(b []byte, n uint32) []byte {
	if n == 0 {
		return append(b, '*')
	}
	return strconv.AppendUint(b, uint64(n), 10)
}

// Within says that no number is above highest, the number of messages: a command with
// another gets BAD, and so does one with "*" where there are none (RFC 3501 §9,
// seq-number). Unique identifiers need not exist (RFC 3501 §6.4.8).
func (s Set) Within(highest uint32) bool {
	for _, r := range s {
		if highest == 0 || max(r.First, r.Last) > highest {
			return false
		}
	}
	return true
}

// Resolve returns the set with highest in the place of "*", its ranges in rising order,
// none of which touches another. Where there is no highest, 0, what "*" stands in is left
// out.
func (s Set) Resolve(highest uint32) Set {
	resolved := make(Set, 0, len(s))
	for _, r := range s {
		if r.First == 0 {
			r.First = highest
		}
		if r.Last == 0 {
			r.Last = highest
		}
		if r.First > r.Last {
			r.First, r.Last = r.Last, r.First
		}
		if r.First > 0 {
			resolved = append(resolved, r)
		}
	}
	slices.SortFunc(resolved, func(a, b Range) int {
		return int(int64(a.First) - int64(b.First))
	})
	merged := resolved[:0]
	for _, r := range resolved {
		if last := len(merged) - 1; last >= 0 && uint64(r.First) <= uint64(merged[last].Last)+1 {
			merged[last].Last = max(merged[last].Last, r.Last)
			continue
		}
		merged = append(merged, r)
	}
	return merged
}

// Contains says that a number is in the set, which Resolve has made.
func (s Set) Contains(n uint32) bool {
	i := sort.Search(len(s), func(i int) bool { return s[i].Last >= n })
	return i < len(s) && s[i].First <= n
}

// Count is how many numbers a set without "*" says; numbers that it says twice are two.
func (s Set) Count() uint64 {
	var n uint64
	for _, r := range s {
		n += uint64(max(r.First, r.Last)-min(r.First, r.Last)) + 1
	}
	return n
}

// Numbers yields the numbers of a set without "*" as they stand, those of a range in
// rising order whichever way round it is written (RFC 4315 §4, uid-range). There may be
// 2^32 of them: Count tells.
func (s Set) Numbers() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for _, r := range s {
			for n := uint64(min(r.First, r.Last)); n <= uint64(max(r.First, r.Last)); n++ {
				if !yield(uint32(n)) {
					return
				}
			}
		}
	}
}

// Over yields the indexes, in rising order, of those of n items whose number is in the
// set, which Resolve has made. The numbers rise with the index: unique identifiers, or
// index+1 for sequence numbers. It looks at no more items than it yields, and at those
// that it takes to find where a range begins.
func (s Set) Over(n int, number func(i int) uint32) iter.Seq[int] {
	return func(yield func(int) bool) {
		from := 0
		for _, r := range s {
			from += sort.Search(n-from, func(i int) bool { return number(from+i) >= r.First })
			for ; from < n && number(from) <= r.Last; from++ {
				if !yield(from) {
					return
				}
			}
			if from == n {
				return
			}
		}
	}
}
