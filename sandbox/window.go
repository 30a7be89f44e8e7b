package sandbox

import (
	"context"

	"mailtool/imap"
	"mailtool/mailbox"
)

// A window is a portion of the messages that were announced to a mailReader, read in one
// question. Whoever comes to its end finds the next one: it is read while this one is looked at.
// Who takes a message here and there causes no such reading.
type window[T any] struct {
	load   func(*mailbox.Batch, context.Context, []mailbox.BodyID) error
	get    func(*mailbox.Batch, mailbox.BodyID) (T, error)
	most   int   // messages
	octets int64 // of them; 0 where that does not matter

	now, next *mailbox.Batch
	end       int        // where in what was announced the next window begins
	nextEnd   int        // where that one ends
	coming    chan error // has a value when next was read; nil where it is not being read
}

// take returns a message that is in the window, or in the next one, which is this one then.
func (w *window[T]) take(ctx context.Context, r *mailReader, m *imap.Message) (x T, ok bool) {
	if w.now == nil {
		return x, false
	}
	if x, err := w.get(w.now, mailbox.BodyID(m.Key)); err == nil {
		return x, true
	}
	if !w.turn() {
		return x, false
	}
	w.prepare(ctx, r)
	x, err := w.get(w.now, mailbox.BodyID(m.Key))
	return x, err == nil
}

// read reads a window that begins with the message at a place in what was announced.
func (w *window[T]) read(ctx context.Context, r *mailReader, at int) (x T, err error) {
	w.turn()
	if w.now == nil {
		w.now, w.next = r.store.NewBatch(), r.store.NewBatch()
	}
	inOrder := w.end > 0 && w.end <= at && at < w.end+mailbox.ManyBodies
	var ids []mailbox.BodyID
	ids, w.end = w.portion(r.coming, at)
	if err := w.load(w.now, ctx, ids); err != nil {
		w.end = 0
		return x, err
	}
	if inOrder {
		w.prepare(ctx, r)
	}
	return w.get(w.now, mailbox.BodyID(r.coming[at].Key))
}

// turn makes the next window this one, if there is one.
func (w *window[T]) turn() bool {
	if w.coming == nil {
		return false
	}
	err := <-w.coming
	w.coming = nil
	if err != nil {
		return false // to be met again by who asks for it
	}
	w.now, w.next, w.end = w.next, w.now, w.nextEnd
	return true
}

// prepare begins to read the next window.
func (w *window[T]) prepare(ctx context.Context, r *mailReader) {
	ids, end := w.portion(r.coming, w.end)
	if len(ids) == 0 {
		return
	}
	w.nextEnd, w.coming = end, make(chan error, 1)
	go func(b *mailbox.Batch, done chan<- error) { done <- w.load(b, ctx, ids) }(w.next, w.coming)
}

// forget forgets where the window lies: something else will be asked for.
func (w *window[T]) forget() {
	w.turn()
	w.end = 0
}

// portion are the bodies of a window that begins at a place, and where the next one begins. The
// first is among them however large it is.
func (w *window[T]) portion(all []*imap.Message, at int) (ids []mailbox.BodyID, end int) {
	octets := int64(0)
	for end = at; end < len(all); end++ {
		octets += all[end].Octets
		if len(ids) == w.most || w.octets > 0 && octets > w.octets && len(ids) > 0 {
			break
		}
		ids = append(ids, mailbox.BodyID(all[end].Key))
	}
	return ids, end
}
