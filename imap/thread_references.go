package imap

import (
	"cmp"
	"slices"

	"mailtool/internal/casemap"
)

// ThreadByReferences makes threads of messages by what they say that they answer, and
// then of those whose subject is the same: the algorithm REFERENCES, step by step
// (RFC 5256 §3).
//
// Header fields are whatever somebody wrote: chains may be as long as the folder, refer in
// circles, or refer to a million messages that are not there. The time grows with the
// number of references, times its logarithm.
func ThreadByReferences(messages []ThreadFields) Forest {
	t := newThreader(messages)
	for n := 1; n <= len(t.messages); n++ {
		t.refer(int32(n))
	}
	t.prune()
	t.sortAll()
	t.merge()
	t.sortAll()
	return t.forest
}

// A threader makes threads. Its nodes are the messages, in the order of their sequence
// numbers from 1, and then what they refer to and is not there, the dummies, whose number
// is 0.
type threader struct {
	messages []*ThreadFields
	forest   Forest  // once the links are known, their children
	last     []int32 // of each node its last child, 0 if it has none
	links    links
	ids      map[string]int32
	heads    []int32 // the children of the root
	scratch  []int32
}

// newThreader gives each message its identifier, if no earlier one has the same.
func newThreader(messages []ThreadFields) *threader {
	t := &threader{ids: make(map[string]int32, len(messages)), forest: make(Forest, 1),
		last: make([]int32, 1), links: newLinks()}
	for i := range messages {
		t.messages = append(t.messages, &messages[i])
	}
	slices.SortStableFunc(t.messages, func(a, b *ThreadFields) int {
		return cmp.Compare(a.Number, b.Number)
	})
	for _, m := range t.messages {
		n := t.node(m.Number)
		if _, known := t.ids[m.ID]; !known && m.ID != "" {
			t.ids[m.ID] = n
		}
	}
	return t
}

func (t *threader) node(number uint32) int32 {
	t.forest = append(t.forest, ThreadNode{Number: number})
	t.last = append(t.last, 0)
	return t.links.add()
}

// refer links what a message refers to, each to the one before it, unless it has a parent
// (step 1.A), and the message to the last, instead of what others said (step 1.B). No link
// makes a loop.
func (t *threader) refer(n int32) {
	var before int32
	for _, id := range t.messages[n-1].References {
		to, known := t.ids[id]
		if !known {
			to = t.node(0)
			t.ids[id] = to
		}
		if before != 0 && t.links.parent[to] == 0 {
			t.links.link(to, before)
		}
		before = to
	}
	if t.links.parent[n] == before && before != 0 {
		return
	}
	t.links.cut(n)
	if before != 0 {
		t.links.link(n, before)
	}
}

// prune gathers what has no parent under the root and takes the dummies out, but those
// under the root that have several children (steps 2 and 3).
func (t *threader) prune() {
	for n := int32(len(t.forest) - 1); n > 0; n-- { // so that children stand in order
		if parent := t.links.parent[n]; parent != 0 {
			t.forest[n].Next = t.forest[parent].Child
			t.forest[parent].Child = n
		}
	}
	var order []int32 // parents before their children
	for n := int32(1); int(n) < len(t.forest); n++ {
		if t.links.parent[n] == 0 {
			order = append(order, n)
		}
	}
	tops := len(order)
	for i := 0; i < len(order); i++ {
		for c := t.forest[order[i]].Child; c != 0; c = t.forest[c].Next {
			order = append(order, c)
		}
	}
	for _, n := range slices.Backward(order) {
		c := t.forest[n].Child
		t.forest[n].Child = 0
		for c != 0 {
			next := t.forest[c].Next
			if t.forest[c].Number != 0 {
				t.append(n, c, c)
			} else if first := t.forest[c].Child; first != 0 {
				t.append(n, first, t.last[c])
				t.forest[c].Child = 0
			}
			c = next
		}
	}
	for _, n := range order[:tops] {
		switch child := t.forest[n].Child; {
		case t.forest[n].Number != 0 || child != 0 && t.forest[child].Next != 0:
			t.heads = append(t.heads, n)
		case child != 0:
			t.heads = append(t.heads, child)
			t.forest[n].Child = 0
		}
	}
}

// append makes nodes that are siblings already, from first to last, the last children of
// parent.
func (t *threader) append(parent, first, last int32) {
	if t.forest[parent].Child == 0 {
		t.forest[parent].Child = first
	} else {
		t.forest[t.last[parent]].Next = first
	}
	t.last[parent] = last
	t.forest[last].Next = 0
}

// sortAll sorts all siblings, those under the root last, since a dummy is where its first
// child belongs (steps 4 and 6), and makes the root's children of the heads.
func (t *threader) sortAll() {
	for n := range t.forest {
		child := t.forest[n].Child
		if n == 0 || child == 0 || t.forest[child].Next == 0 {
			continue
		}
		list := t.scratch[:0]
		for c := child; c != 0; c = t.forest[c].Next {
			list = append(list, c)
		}
		t.sort(int32(n), list)
		t.scratch = list
	}
	t.sort(0, t.heads)
}

// sort makes the nodes of a list, sorted, the only children of parent.
func (t *threader) sort(parent int32, list []int32) {
	slices.SortFunc(list, func(a, b int32) int { return compareSent(t.first(a), t.first(b)) })
	t.forest[parent].Child = 0
	for _, n := range list {
		t.append(parent, n, n)
	}
}

// first returns the message of a node, or of the first child of a dummy.
func (t *threader) first(n int32) *ThreadFields {
	if t.forest[n].Number == 0 {
		n = t.forest[n].Child
	}
	return t.messages[n-1]
}

// subject is what the merging of threads asks about the head of one.
type subject struct {
	key   string // of the thread subject
	reply bool   // the head is a reply or forward, and no dummy
}

// merge makes one thread of those with the same thread subject (step 5).
func (t *threader) merge() {
	subjects := make(map[int32]subject, len(t.heads))
	table := make(map[string]int32) // for each thread subject the head that others come under
	for _, n := range t.heads {
		base, reply := BaseSubject(t.first(n).Subject)
		s := subject{casemap.Key(base), reply && t.forest[n].Number != 0}
		subjects[n] = s
		old, known := table[s.key]
		isDummy, wasDummy := t.forest[n].Number == 0, known && t.forest[old].Number == 0
		if !known || !wasDummy && (isDummy || subjects[old].reply && !s.reply) {
			table[s.key] = n
		}
	}
	under := make(map[int32]bool) // heads that are none any more
	var heads []int32
	for _, n := range t.heads {
		s := subjects[n]
		head := table[s.key]
		if s.key == "" || head == n {
			continue
		}
		isDummy, toDummy := t.forest[n].Number == 0, t.forest[head].Number == 0
		switch {
		case isDummy && toDummy:
			t.append(head, t.forest[n].Child, t.last[n])
			t.forest[n].Child = 0
		case toDummy || s.reply && !subjects[head].reply:
			t.append(head, n, n)
		default:
			dummy := t.node(0)
			under[head] = true
			t.forest[head].Next = n
			t.append(dummy, head, n)
			table[s.key] = dummy
			heads = append(heads, dummy)
		}
		under[n] = true
	}
	for _, n := range t.heads {
		if !under[n] {
			heads = append(heads, n)
		}
	}
	t.heads = heads
}
