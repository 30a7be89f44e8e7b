package imap

import (
	"cmp"
	"errors"
	"math"
	"strconv"
	"time"
)

// The algorithms of THREAD (RFC 5256 §3).
const (
	OrderedSubject = "ORDEREDSUBJECT"
	References     = "REFERENCES"
)

// ThreadFields are what THREAD asks about a message.
type ThreadFields struct {
	Number     uint32    // as the answer is to say it; it rises with the sequence number
	Sent       time.Time // see SentDate
	Subject    string    // decoded, as it is: not the base subject
	ID         string    // of REFERENCES alone: see MessageID
	References []string  // of REFERENCES alone: see ThreadReferences
}

// A ThreadNode is a message in a Forest. Other nodes are named by their index; 0, which is
// the root, stands for none.
type ThreadNode struct {
	Number uint32 // 0 is a message that is missing, the parent of several
	Child  int32  // the first of the node's children
	Next   int32  // the next child of the same parent
}

// A Forest is what THREAD answers: threads, which are trees of messages. Node 0 is the root;
// its children are the heads of the threads. A chain of replies is as deep as it is long,
// and so nothing here calls itself for each level.
type Forest []ThreadNode

// add makes a node the next child of parent, whose last child is last, 0 if it has none.
func (f *Forest) add(number uint32, parent, last int32) int32 {
	n := int32(len(*f))
	*f = append(*f, ThreadNode{Number: number})
	if last == 0 {
		(*f)[parent].Child = n
	} else {
		(*f)[last].Next = n
	}
	return n
}

// Append appends the threads as the THREAD response says them (RFC 5256 §4): a message and
// its only child stand side by side, several children each in parentheses.
func (f Forest) Append(b []byte) []byte {
	if len(f) == 0 || f[0].Child == 0 {
		return b
	}
	next := []int32{f[0].Child} // of each list that is begun, the thread that comes next
	for {
		last := len(next) - 1
		n := next[last]
		if n == 0 { // the list ends, and the thread that it belongs to
			if next = next[:last]; last == 0 {
				return b
			}
			b = append(b, ')')
			continue
		}
		next[last] = f[n].Next
		b = append(b, '(')
		for {
			if f[n].Number != 0 {
				b = strconv.AppendUint(b, uint64(f[n].Number), 10)
			}
			child := f[n].Child
			if child == 0 || f[child].Next != 0 {
				break
			}
			b = append(b, ' ')
			n = child
		}
		switch child := f[n].Child; {
		case child == 0:
			b = append(b, ')')
		case f[n].Number != 0:
			b = append(b, ' ')
			next = append(next, child)
		default:
			next = append(next, child)
		}
	}
}

// String returns the threads as the THREAD response says them.
func (f Forest) String() string { return string(f.Append(nil)) }

// ErrThreads says that a text is no list of threads (RFC 5256 §5, thread-list).
var ErrThreads = errors.New("not a list of threads")

// ParseThreads reads what String returns. The error is ErrThreads.
func ParseThreads(text string) (Forest, error) {
	f := make(Forest, 1, 1+len(text)/4)
	// Of each thread that is begun: its parent, the parent's last child, and how many
	// threads stand in the same list.
	type list struct {
		parent, last int32
		threads      int
	}
	lists := []list{{}}
	for i := 0; i < len(text); {
		at := &lists[len(lists)-1]
		switch {
		case text[i] == '(':
			i++
			at.threads++
			at.last = f.add(0, at.parent, at.last)
			head, n := at.last, 0
			end, ok := f.members(text[i:], &head, &n)
			if !ok {
				return nil, ErrThreads
			}
			i += end
			switch {
			case i < len(text) && text[i] == ')' && n > 0:
				i++
			case i < len(text) && text[i] == '(':
				lists = append(lists, list{parent: head})
			default:
				return nil, ErrThreads
			}
		case text[i] == ')' && len(lists) > 1 && at.threads >= 2:
			i++
			lists = lists[:len(lists)-1]
		default:
			return nil, ErrThreads
		}
	}
	if len(lists) > 1 {
		return nil, ErrThreads
	}
	return f, nil
}

// members reads the messages at the beginning of a thread, each the child of the one
// before it, and the space between them and the threads that follow. The first gets the
// node at head; head becomes the last, n their number.
func (f *Forest) members(text string, head *int32, n *int) (end int, ok bool) {
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '(' && (*n == 0 || text[i-1] == ' '), c == ')' && *n > 0 && text[i-1] != ' ':
			return i, true
		case c == ' ' && *n > 0 && text[i-1] != ' ':
			i++
			continue
		case c < '1' || c > '9', *n > 0 && text[i-1] != ' ':
			return 0, false
		}
		var number uint64
		for ; i < len(text) && '0' <= text[i] && text[i] <= '9'; i++ {
			if number = number*10 + uint64(text[i]-'0'); number > math.MaxUint32 {
				return 0, false
			}
		}
		if *n++; *n == 1 {
			(*f)[*head].Number = uint32(number)
		} else {
			*head = f.add(uint32(number), *head, 0)
		}
	}
	return 0, false
}

// compareSent compares by sent date, and by sequence number where that is the same
// (RFC 5256 §2.2).
func compareSent(a, b *ThreadFields) int {
	return cmp.Or(a.Sent.Compare(b.Sent), cmp.Compare(a.Number, b.Number))
}
