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
	bodies []*mailbox.Body // of the messages next, next+1, ...
	next   int             // the message that would go on with what was asked for
}

// body returns the octets of message n. The error may be mailbox.ErrNoBody.
func (d *maildrop) body(ctx context.Context, n int) (*mailbox.Body, error) {
	a := &d.ahead
	if n != a.next { // the first one, or another order
		a.bodies, a.next = nil, n+1
		return d.box.mailbox.Body(ctx, d.kept[n-1].Body)
	}
	if len(a.bodies) == 0 {
		var err error
		if a.bodies, err = d.box.mailbox.Bodies(ctx, d.from(n)); err != nil {
			return nil, err
		}
	}
	b := a.bodies[0]
	a.bodies[0] = nil
	a.bodies, a.next = a.bodies[1:], n+1
	if b == nil {
		return nil, mailbox.ErrNoBody
	}
	return b, nil
}

// from are message n and those behind it that are read with it.
func (d *maildrop) from(n int) []mailbox.BodyID {
	var ids []mailbox.BodyID
	octets := int64(0)
	for _, m := range d.kept[n-1:] {
		octets += m.Octets
		if len(ids) == mailbox.ManyBodies || len(ids) > 0 && octets > aheadOctets {
			break
		}
		ids = append(ids, m.Body)
	}
	return ids
}
