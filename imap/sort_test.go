package imap

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// at is a moment of 1 January 2026.
func at(hour int) time.Time { return time.Date(2026, 1, 1, hour, 0, 0, 0, time.UTC) }

func TestSort(t *testing.T) {
	messages := []SortFields{
		{Number: 1, Arrival: at(5), Sent: at(3), Size: 30, Subject: "Re: beta", From: "bob", To: "x"},
		{Number: 2, Arrival: at(4), Sent: at(1), Size: 10, Subject: "alpha", From: "Alice", To: "x", CC: "b"},
		{Number: 3, Arrival: at(3), Sent: at(2), Size: 20, Subject: "[list] BETA", From: "álice", To: "X"},
		{Number: 4, Arrival: at(2), Sent: at(4), Size: 10, From: "carl", CC: "A"},
		{Number: 5, Arrival: at(1), Sent: at(2).In(time.FixedZone("", 3600)), Size: 5000, Subject: "fwd: Alpha"},
	}
	for _, c := range []struct {
		keys []SortKey
		want []uint32
	}{
		{nil, []uint32{1, 2, 3, 4, 5}},
		{[]SortKey{{By: SortArrival}}, []uint32{5, 4, 3, 2, 1}},
		{[]SortKey{{By: SortDate}}, []uint32{2, 3, 5, 1, 4}},
		{[]SortKey{{By: SortDate, Reverse: true}}, []uint32{4, 1, 3, 5, 2}}, // 3 and 5 are not reversed
		{[]SortKey{{By: SortSize}}, []uint32{2, 4, 3, 1, 5}},
		{[]SortKey{{By: SortSubject}}, []uint32{4, 2, 5, 1, 3}},
		{[]SortKey{{By: SortSubject}, {By: SortDate}}, []uint32{4, 2, 5, 3, 1}},
		{[]SortKey{{By: SortSubject, Reverse: true}, {By: SortDate}}, []uint32{3, 1, 2, 5, 4}},
		{[]SortKey{{By: SortFrom}}, []uint32{5, 2, 3, 1, 4}},
		{[]SortKey{{By: SortTo}}, []uint32{4, 5, 1, 2, 3}},
		{[]SortKey{{By: SortCC}}, []uint32{1, 3, 5, 4, 2}},
		{[]SortKey{{By: SortCC, Reverse: true}, {By: SortSize, Reverse: true}}, []uint32{2, 4, 5, 1, 3}},
	} {
		var got []uint32
		for _, i := range Sort(messages, c.keys) {
			got = append(got, messages[i].Number)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.keys, got, c.want)
		}
	}
}

func TestSortKeys(t *testing.T) {
	for _, word := range []string{"ARRIVAL", "CC", "DATE", "FROM", "SIZE", "SUBJECT", "TO"} {
		by, ok := ParseSortBy(word)
		if !ok || by.String() != word {
			t.Errorf("%s: %v, %v", word, by, ok)
		}
	}
	if by, ok := ParseSortBy("subject"); !ok || by != SortSubject {
		t.Error("subject is no criterion")
	}
	for _, word := range []string{"", "REVERSE", "DISPLAYFROM", "DATE ", "\u017fize"} {
		if by, ok := ParseSortBy(word); ok {
			t.Errorf("%q: %v", word, by)
		}
	}
	if got := (SortKey{By: SortSize, Reverse: true}).String(); got != "REVERSE SIZE" {
		t.Error(got)
	}
}

func TestSentDate(t *testing.T) {
	if got := SentDate(at(1), nil, at(2)); got != at(1) {
		t.Error(got)
	}
	if got := SentDate(at(1), errors.New("no date"), at(2)); got != at(2) {
		t.Error(got)
	}
	if got := SentDate(time.Time{}, nil, at(2)); got != at(2) {
		t.Error(got)
	}
}

func BenchmarkSort(b *testing.B) {
	const n = 100_000
	rng := rand.New(rand.NewPCG(1, 2))
	messages := make([]SortFields, n)
	for i := range messages {
		messages[i] = SortFields{Number: uint32(i + 1), Sent: at(rng.IntN(n)), Size: int64(rng.IntN(n)),
			Subject: fmt.Sprintf("Re: [list] Exercise %d", rng.IntN(n/5))}
	}
	for _, by := range []SortBy{SortDate, SortSubject} {
		b.Run(by.String(), func(b *testing.B) {
			for b.Loop() {
				Sort(messages, []SortKey{{By: by}})
			}
		})
	}
}
