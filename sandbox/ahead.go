package sandbox

import (
	"context"

	"mailtool/mailbox"
)

// aheadOctets is how much of a maildrop is read before it is asked for.
const aheadOctets = 64 << 10

// An ahead reads messages before they are asked for. Most clients fetch one after the other,
// and to ask the database for many small ones takes hardly longer than for one.
type ahead struct {
	batch *mailbox.Batch // nil until two messages were asked for in their order
	end   int            // the first message that is not in the batch
	next  int            // the message that would go on with what was asked for
}

// body returns the octets of message n, to be used until the next call. The error may be
// mailbox.ErrNoBody.
func (d *maildrop) body(ctx context.Context, n int) (*mailbox.Body, error) {
	a, id := &d.ahead, d.kept[n-1].Body
	if n != a.next || d.kept[n-1].Octets > aheadOctets {
		a.end, a.next = n+1, n+1
		return d.box.mailbox.Body(ctx, id)
	}
	if n >= a.end {
		if a.batch == nil {
			a.batch = d.box.mailbox.NewBatch()
		}
		ids := d.from(n)
		if err := a.batch.Read(ctx, ids); err != nil {
			a.next = 0
			return nil, err
		}
		a.end = n + len(ids)
	}
	a.next = n + 1
	return a.batch.Body(id)
}

// from are message n and those behind it that are read with it.
func (d *maildrop) from(n int) []mailbox.BodyID {
	ids := make([]mailbox.BodyID, 0, mailbox.ManyBodies)
	octets := int64(0)
	for _, m := range d.kept[n-1:] {
		if octets += m.Octets; octets > aheadOctets || len(ids) == mailbox.ManyBodies {
			break
		}
		ids = append(ids, m.Body)
	}
	return ids
}
