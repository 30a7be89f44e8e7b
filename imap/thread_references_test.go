package imap

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// mails reads messages, one a line: number, hour, identifier, what it refers to divided by
// commas, and the subject. "-" is nothing.
func mails(text string) (list []ThreadFields) {
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 4 {
			continue
		}
		for i := range f {
			f[i] = strings.TrimPrefix(f[i], "-")
		}
		number, _ := strconv.Atoi(f[0])
		hour, _ := strconv.Atoi(f[1])
		m := ThreadFields{Number: uint32(number), Sent: at(hour), ID: f[2], Subject: strings.Join(f[4:], " ")}
		if f[3] != "" {
			m.References = strings.Split(f[3], ",")
		}
		list = append(list, m)
	}
	return list
}

func TestThreadByReferences(t *testing.T) {
	for _, c := range []struct{ name, messages, want string }{
		{"none", "", ""},
		{"one", "1 1 a - x", "(1)"},
		{"a reply", "1 1 a - x\n2 2 b a Re: x", "(1 2)"},
		{"the answer came first", "1 1 b a Re: x\n2 2 a - x", "(2 1)"},
		{"a chain", "1 1 a -\n2 2 b a\n3 3 c a,b\n4 4 d a,b,c", "(1 2 3 4)"},
		{"two answers", "1 1 a -\n2 3 b a\n3 2 c a", "(1 (3)(2))"},
		{"answers of the same hour", "1 1 a -\n3 2 c a\n2 2 b a", "(1 (2)(3))"},
		{"the parent is not there", "1 1 b a\n2 2 c a", "((1)(2))"},
		{"the parent of one is not there", "1 1 b a\n2 2 c b", "(1 2)"},
		{"two that are not there", "1 1 c a,b\n2 2 d a,b", "((1)(2))"},
		{"one missing in between", "1 1 a -\n2 2 c a,b\n3 3 d a,b", "(1 (2)(3))"},
		{"references that lead nowhere", "1 1 x a,b,c\n2 2 y -", "(1)(2)"},
		{"a truncated References", "1 1 a -\n2 2 b a\n3 3 c a,b\n4 4 d a,c", "(1 2 3 4)"},
		{"what others said is replaced", "1 1 z a,b\n2 2 b c\n3 3 c -\n4 4 a -", "(3 2 1)(4)"},
		{"nobody is asked about one without references", "1 1 z a,b\n2 2 b -\n3 3 a -", "(2 1)(3)"},
		{"a circle of two", "1 1 a b\n2 2 b a", "(2 1)"},
		{"a circle of three", "1 1 a c\n2 2 b a\n3 3 c b", "(3 1 2)"},
		{"itself", "1 1 a a\n2 2 b a,a", "(1 2)"},
		{"the same identifier twice", "1 1 a -\n2 2 a - y\n3 3 b a", "(1 3)(2)"},
		{"no identifier", "1 1 - -\n2 2 - -", "(1)(2)"},
		{"case counts in identifiers", "1 1 a -\n2 2 b A", "(1)(2)"},
		{"threads by date", "1 3 a -\n2 2 b -\n3 1 c -", "(3)(2)(1)"},
		{"a missing parent is where its first child is", "1 5 b a\n2 3 c a\n3 4 d -\n4 2 e -", "(4)((2)(1))(3)"},

		{"a reply by its subject", "1 1 a - x\n2 2 b - Re: x", "(1 2)"},
		{"a reply that is older", "1 1 a - Re: x\n2 2 b - x", "(2 1)"},
		{"two of one subject, none a reply", "1 1 a - x\n2 2 b - X", "((1)(2))"},
		{"three of one subject", "1 1 a - x\n2 2 b - x\n3 3 c - x", "((1)(2)(3))"},
		{"and a reply to them", "1 1 a - x\n2 2 b - x\n3 3 c - re: x", "((1)(2)(3))"},
		{"two replies to what is not there", "1 1 a - Re: x\n2 2 b - Re: x", "((1)(2))"},
		{"a list is no reply", "1 1 a - x\n2 2 b - [list] x", "((1)(2))"},
		{"a forward is one", "1 1 a - x\n2 2 b - [Fwd: x]", "(1 2)"},
		{"no subject", "1 1 a -\n2 2 b - Re:", "(1)(2)"},
		{"a missing parent takes what has its subject", "1 1 b a x\n2 2 c a x\n3 3 d - x\n4 4 e - Re: x",
			"((1)(2)(3)(4))"},
		{"also one that is older", "1 1 d - x\n2 2 b a x\n3 3 c a x", "((1)(2)(3))"},
		{"two missing parents", "1 1 b a x\n2 4 c a x\n3 2 e d x\n4 3 f d x", "((1)(3)(4)(2))"},
		{"the threads below stay", "1 1 a - x\n2 2 b a Re: x\n3 3 c - Re: x\n4 4 d c Re: x", "(1 (2)(3 4))"},
		{"only heads are merged", "1 1 a - x\n2 2 b a y\n3 3 c - y", "(1 2)(3)"},
	} {
		messages := mails(c.messages)
		if got := ThreadByReferences(messages).String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if got := slowThreads(messages); got != c.want {
			t.Errorf("%s: the slow way: %s, want %s", c.name, got, c.want)
		}
	}
}

// A slowNode is a message, or a dummy where m is nil, of threads that are made as slowly
// as RFC 5256 says it.
type slowNode struct {
	m        *ThreadFields
	parent   *slowNode
	children []*slowNode
}

func (n *slowNode) link(child *slowNode) {
	for p := n; p != nil; p = p.parent {
		if p == child {
			return
		}
	}
	child.parent = n
	n.children = append(n.children, child)
}

func (n *slowNode) cut() {
	if n.parent != nil {
		n.parent.children = slices.DeleteFunc(n.parent.children, func(c *slowNode) bool { return c == n })
		n.parent = nil
	}
}

func (n *slowNode) first() *ThreadFields {
	if n.m == nil {
		return n.children[0].m
	}
	return n.m
}

func (n *slowNode) reply() bool {
	if n.m == nil {
		return false
	}
	_, reply := BaseSubject(n.m.Subject)
	return reply
}

func sortSlow(list []*slowNode) {
	for _, n := range list {
		sortSlow(n.children)
	}
	slices.SortFunc(list, func(a, b *slowNode) int { return compareSent(a.first(), b.first()) })
}

func pruneSlow(list []*slowNode, top bool) (kept []*slowNode) {
	for _, n := range list {
		n.children = pruneSlow(n.children, false)
		switch {
		case n.m != nil:
			kept = append(kept, n)
		case top && len(n.children) > 1:
			kept = append(kept, n)
		default:
			kept = append(kept, n.children...)
		}
	}
	return kept
}

// slowThreads is ThreadByReferences, written from the RFC without a thought of time.
func slowThreads(messages []ThreadFields) string {
	ids := map[string]*slowNode{}
	var all []*slowNode
	messages = slices.Clone(messages)
	slices.SortFunc(messages, func(a, b ThreadFields) int { return int(a.Number) - int(b.Number) })
	for i := range messages {
		n := &slowNode{m: &messages[i]}
		all = append(all, n)
		if id := messages[i].ID; id != "" && ids[id] == nil {
			ids[id] = n
		}
	}
	for _, n := range slices.Clone(all) {
		var before *slowNode
		for _, id := range n.m.References {
			if ids[id] == nil {
				ids[id] = &slowNode{}
				all = append(all, ids[id])
			}
			if before != nil && ids[id].parent == nil {
				before.link(ids[id])
			}
			before = ids[id]
		}
		n.cut()
		if before != nil {
			before.link(n)
		}
	}
	var heads []*slowNode
	for _, n := range all {
		if n.parent == nil {
			heads = append(heads, n)
		}
	}
	heads = pruneSlow(heads, true)
	sortSlow(heads)
	heads = mergeSlow(heads)
	sortSlow(heads)
	return slowString(heads)
}

func mergeSlow(heads []*slowNode) []*slowNode {
	table := map[string]*slowNode{}
	key := func(n *slowNode) string {
		base, _ := BaseSubject(n.first().Subject)
		return strings.ToUpper(base)
	}
	for _, n := range heads {
		old := table[key(n)]
		if old == nil || old.m != nil && (n.m == nil || old.reply() && !n.reply()) {
			table[key(n)] = n
		}
	}
	gone := map[*slowNode]bool{}
	for _, n := range slices.Clone(heads) {
		k := key(n)
		to := table[k]
		if k == "" || to == n {
			continue
		}
		switch {
		case n.m == nil && to.m == nil:
			to.children = append(to.children, n.children...)
		case to.m == nil, n.reply() && !to.reply():
			to.children = append(to.children, n)
		default:
			table[k] = &slowNode{children: []*slowNode{to, n}}
			heads = append(heads, table[k])
			gone[to] = true
		}
		gone[n] = true
	}
	return slices.DeleteFunc(heads, func(n *slowNode) bool { return gone[n] })
}

func slowString(list []*slowNode) string {
	var b strings.Builder
	for _, n := range list {
		b.WriteString("(")
		for ; ; n = n.children[0] {
			if n.m != nil {
				fmt.Fprint(&b, n.m.Number)
			}
			if len(n.children) != 1 {
				break
			}
			b.WriteString(" ")
		}
		if n.m != nil && len(n.children) > 0 {
			b.WriteString(" ")
		}
		b.WriteString(slowString(n.children) + ")")
	}
	return b.String()
}

// TestThreadLikeSlow compares with the slow way, on messages that refer to anything.
func TestThreadLikeSlow(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 5_000 {
		n := rng.IntN(14)
		var messages []ThreadFields
		for i := range n {
			m := ThreadFields{Number: uint32(i + 1), Sent: at(rng.IntN(8)), ID: fmt.Sprint(rng.IntN(n + 4)),
				Subject: []string{"x", "Re: x", "y", "", "Fwd: Y", "[z] x"}[rng.IntN(6)]}
			for range rng.IntN(5) {
				m.References = append(m.References, fmt.Sprint(rng.IntN(n+6)))
			}
			messages = append(messages, m)
		}
		rng.Shuffle(n, func(i, j int) { messages[i], messages[j] = messages[j], messages[i] })
		got := ThreadByReferences(messages).String()
		if want := slowThreads(messages); got != want {
			t.Fatalf("%+v: %s, want %s", messages, got, want)
		}
		if _, err := ParseThreads(got); err != nil {
			t.Fatalf("%s: %v", got, err)
		}
	}
}

// chain makes n messages, each of which answers the one before it. Which of them comes
// first, place says.
func chain(n int, place func(i int) int) []ThreadFields {
	messages := make([]ThreadFields, n)
	for i := range n {
		m := ThreadFields{Number: uint32(place(i) + 1), Sent: at(i), ID: fmt.Sprint(i), Subject: "Re: x"}
		for j := max(0, i-3); j < i; j++ {
			m.References = append(m.References, fmt.Sprint(j))
		}
		messages[i] = m
	}
	return messages
}

// hostileThreads are folders whose threads are as deep as they have messages.
func hostileThreads(n int) map[string][]ThreadFields {
	mixed := rand.New(rand.NewPCG(1, 2)).Perm(n)
	comb := make([]ThreadFields, 0, n) // pairs come before what links them, from the top
	for i := range n / 2 {
		comb = append(comb, ThreadFields{Number: uint32(i + 1), ID: fmt.Sprint("b", i),
			References: []string{fmt.Sprint("a", i)}})
	}
	for i := range n / 2 {
		comb = append(comb, ThreadFields{Number: uint32(n/2 + i + 1), ID: fmt.Sprint("a", i),
			References: []string{fmt.Sprint("b", i-1)}})
	}
	all := make([]string, 0, n)
	for i := range n {
		all = append(all, fmt.Sprint(i))
	}
	return map[string][]ThreadFields{
		"in order":     chain(n, func(i int) int { return i }),
		"the last":     chain(n, func(i int) int { return n - 1 - i }),
		"mixed":        chain(n, func(i int) int { return mixed[i] }),
		"pairs":        comb,
		"one subject":  folder(n, func(i int) ThreadFields { return ThreadFields{Subject: "x"} }),
		"one parent":   folder(n, func(i int) ThreadFields { return ThreadFields{References: []string{"p"}} }),
		"never there":  {{Number: 1, References: all}, {Number: 2, References: append(all[1:n:n], "0")}},
		"no relations": folder(n, func(i int) ThreadFields { return ThreadFields{Subject: fmt.Sprint(i)} }),
	}
}

func folder(n int, message func(i int) ThreadFields) (list []ThreadFields) {
	for i := range n {
		m := message(i)
		m.Number, m.Sent = uint32(i+1), at(n-i)
		list = append(list, m)
	}
	return list
}

// TestHostileThreads: 100,000 messages in one chain overflow nothing and take no hours.
func TestHostileThreads(t *testing.T) {
	for name, messages := range hostileThreads(100_000) {
		start := time.Now()
		refs := ThreadByReferences(messages).String()
		if strings.Contains(name, "order") && refs != "("+strings.TrimSpace(numbersUpTo(100_000))+")" {
			t.Errorf("%s: %.60s", name, refs)
		}
		if got := strings.Count(refs, " ") + strings.Count(refs, ")("); got < len(messages)-1 {
			t.Errorf("%s: %d messages", name, got+1)
		}
		took := time.Since(start)
		ThreadBySubject(messages)
		t.Logf("%s: %v", name, took)
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s: %v", name, took)
		}
	}
}

func numbersUpTo(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprint(&b, i+1, " ")
	}
	return b.String()
}

func BenchmarkThreadByReferences(b *testing.B) {
	for name, messages := range hostileThreads(100_000) {
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			for b.Loop() {
				ThreadByReferences(messages)
			}
		})
	}
}
