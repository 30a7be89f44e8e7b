package imap

import (
	"cmp"
	"slices"

	"mailtool/internal/casemap"
)

// ThreadBySubject makes threads of the messages that have the same base subject, the
// algorithm ORDEREDSUBJECT: of each thread the first by sent date is the head, the others
// are its children (RFC 5256 §3).
func ThreadBySubject(messages []ThreadFields) Forest {
	keys := make([]string, len(messages))
	order := make([]int, len(messages))
	for i := range messages {
		base, _ := BaseSubject(messages[i].Subject)
		keys[i], order[i] = casemap.Key(base), i
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(keys[i], keys[j]), compareSent(&messages[i], &messages[j]))
	})
	var threads [][]int
	for begin, i := 0, 1; i <= len(order); i++ {
		if i == len(order) || keys[order[i]] != keys[order[begin]] {
			threads, begin = append(threads, order[begin:i]), i
		}
	}
	slices.SortFunc(threads, func(a, b []int) int {
		return compareSent(&messages[a[0]], &messages[b[0]])
	})
	f := make(Forest, 1, 1+len(messages))
	var head int32
	for _, thread := range threads {
		head = f.add(messages[thread[0]].Number, 0, head)
		var last int32
		for _, i := range thread[1:] {
			last = f.add(messages[i].Number, head, last)
		}
	}
	return f
}
