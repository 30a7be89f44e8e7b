package mailbox

import (
	"bytes"
	"context"
	"database/sql"
)

// ManyBodies is how many bodies can be asked for at a time.
const ManyBodies = 16

// Bodies is Body for up to ManyBodies messages in one question, which takes half the
// time where they are small. They come in the order of ids. One that is not there is nil.
func (s *Store) Bodies(ctx context.Context, ids []BodyID) ([]*Body, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args := make([]any, ManyBodies)
	for i := range args {
		args[i] = ids[min(i, len(ids)-1)] // to ask for one twice asks for it once
	}
	found := make(map[BodyID]*Body, len(ids))
	err := s.read.rows(ctx, selectBodies, args, func(scan func(...any) error) error {
		b := &Body{store: s, ctx: ctx, n: -1}
		var data sql.RawBytes // valid until the next row
		if err := scan(&b.ID, &b.Octets, &data); err != nil {
			return err
		}
		b.hold(bytes.Clone(data))
		found[b.ID] = b
		return nil
	})
	if err != nil {
		return nil, s.sort(err)
	}
	all := make([]*Body, len(ids))
	for i, id := range ids {
		all[i] = found[id]
	}
	return all, nil
}
