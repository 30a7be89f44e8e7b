package imap

// links says which message is the parent of which. Links come and go while the references
// are read, and before each the question is whether it would close a loop: whether the
// child is the head of the tree that the parent stands in. Walking up to the head takes a
// hundred thousand steps in a thread as long as that, and for each link. So the way up from
// some nodes is kept as balanced trees of its own (D. D. Sleator, R. E. Tarjan, A data
// structure for dynamic trees, 1983), in which it is found in about log n steps.
//
// Each node is in one of these trees, which holds a part of a way up: what stands left of
// a node is above it, what stands right below. The root of such a tree knows the node above
// its topmost, which is in another: that one does not know it as a child. 0 is no node.
type links struct {
	parent      []int32
	left, right []int32
	up          []int32
}

func newLinks() links {
	return links{make([]int32, 1), make([]int32, 1), make([]int32, 1), make([]int32, 1)}
}

// add makes a node without a parent.
func (l *links) add() int32 {
	l.parent, l.up = append(l.parent, 0), append(l.up, 0)
	l.left, l.right = append(l.left, 0), append(l.right, 0)
	return int32(len(l.parent) - 1)
}

// link makes parent the parent of n, which has none, unless that closes a loop.
func (l *links) link(n, parent int32) {
	if l.head(parent) == n {
		return
	}
	l.access(n)
	l.up[n], l.parent[n] = parent, parent
}

// cut takes n from its parent, if it has one.
func (l *links) cut(n int32) {
	if l.parent[n] == 0 {
		return
	}
	l.access(n)
	l.up[l.left[n]], l.left[n], l.parent[n] = 0, 0, 0
}

// head returns the topmost node above n, n itself if it has no parent.
func (l *links) head(n int32) int32 {
	l.access(n)
	for l.left[n] != 0 {
		n = l.left[n]
	}
	l.splay(n)
	return n
}

// access puts the way from n to its head, and nothing else, into one tree with n at its
// root.
func (l *links) access(n int32) {
	var below int32
	for m := n; m != 0; m = l.up[m] {
		l.splay(m)
		l.right[m] = below
		below = m
	}
	l.splay(n)
}

// splay turns the tree until n is its root.
func (l *links) splay(n int32) {
	for !l.isRoot(n) {
		p := l.up[n]
		if !l.isRoot(p) {
			g := l.up[p]
			if (l.left[p] == n) == (l.left[g] == p) {
				l.rotate(p)
			} else {
				l.rotate(n)
			}
		}
		l.rotate(n)
	}
}

func (l *links) isRoot(n int32) bool {
	p := l.up[n]
	return p == 0 || l.left[p] != n && l.right[p] != n
}

// rotate puts n into the place of the node above it in the tree.
func (l *links) rotate(n int32) {
	p := l.up[n]
	g := l.up[p]
	switch {
	case g == 0:
	case l.left[g] == p:
		l.left[g] = n
	case l.right[g] == p:
		l.right[g] = n
	}
	var between int32
	if l.left[p] == n {
		between = l.right[n]
		l.left[p], l.right[n] = between, p
	} else {
		between = l.left[n]
		l.right[p], l.left[n] = between, p
	}
	if between != 0 {
		l.up[between] = p
	}
	l.up[p], l.up[n] = n, g
}
