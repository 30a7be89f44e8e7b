package mailbox

import (
	"context"
	"database/sql"
	"slices"
)

// ManyBodies is how many bodies a Batch has.
const ManyBodies = 16

// A Batch reads many bodies in one question, which takes half the time where they are small,
// into memory of its own, which the next reading uses again. Only one goroutine may use it.
type Batch struct {
	store  *Store
	bodies [ManyBodies]Body // in the order in which the database gave them
	n      int              // how many of them there are
	memory []byte           // their data
	args   []any

	derived *derivedBatch // see ReadDerived; nil until it is used
}

// NewBatch returns an empty batch.
func (s *Store) NewBatch() *Batch { return &Batch{store: s, args: make([]any, ManyBodies)} }

// Read reads the bodies with the given ids, ManyBodies at most. Those that it read before are
// of no more use.
func (b *Batch) Read(ctx context.Context, ids []BodyID) error {
	b.n, b.memory = 0, b.memory[:0]
	if len(ids) == 0 {
		return nil
	}
	query, args := b.question(ids)
	err := b.store.read.rows(ctx, query, args, func(scan func(...any) error) error {
		body := &b.bodies[b.n]
		*body = Body{store: b.store, ctx: ctx, n: -1}
		var data sql.RawBytes // valid until the next row
		if err := scan(&body.ID, &body.Octets, &data); err != nil {
			return err
		}
		from := len(b.memory)
		b.memory = append(b.memory, data...)
		body.hold(b.memory[from:])
		b.n++
		return nil
	})
	if err != nil {
		b.n = 0
	}
	return b.store.sort(err)
}

// question asks for bodies: where nothing lies between them, and nothing can, for the range, which
// is quicker.
func (b *Batch) question(ids []BodyID) (query string, args []any) {
	first, last := slices.Min(ids), slices.Max(ids)
	if last-first < BodyID(len(ids)) {
		b.args[0], b.args[1] = int64(first), int64(last)
		return selectBodiesIn, b.args[:2]
	}
	for i := range b.args {
		b.args[i] = int64(ids[min(i, len(ids)-1)]) // to ask for one twice asks for it once
	}
	return selectBodies, b.args
}

// Body returns a body that was read. It may be used until the next Read. The error is
// ErrNoBody.
func (b *Batch) Body(id BodyID) (*Body, error) {
	for i := range b.bodies[:b.n] {
		if b.bodies[i].ID == id {
			return &b.bodies[i], nil
		}
	}
	return nil, ErrNoBody
}
