package mailbox

import (
	"errors"
	"fmt"
)

var errUsed = errors.New("mailbox: the draft was delivered or discarded")

// stage writes what a Draft holds as the next piece of its body, in a transaction of its
// own: a large message delays nobody and is never in memory as a whole. No message has the
// body yet; if it never gets one, the sweeper removes the pieces.
func (s *Store) stage(d *Draft) error {
	if s.o.Pace != nil {
		if err := s.o.Pace(d.ctx); err != nil {
			return err
		}
	}
	var body BodyID
	err := s.do(d.ctx, len(d.data), func(t *tx) error {
		body = d.body
		if body == 0 {
			n, err := t.id(bodyIDs)
			if err != nil {
				return err
			}
			body = BodyID(n)
			if err := t.exec(insertLoose, body, micros(s.o.Now()), 1); err != nil {
				return err
			}
		}
		n, err := t.id(pieceIDs)
		if err != nil {
			return err
		}
		return t.exec(insertPiece, n, body, d.pieces, d.data)
	})
	if err != nil {
		return err
	}
	d.body = body
	d.pieces++
	d.data = d.data[:0]
	return nil
}

// unstage lets the sweeper have the pieces of a message that will not come.
func (s *Store) unstage(body BodyID) {
	s.offer(func(t *tx) error { return t.exec(dropStaged, body) })
	s.wakeSweeper()
}

// putBody writes the rest of a Draft, and makes a body of it.
func (t *tx) putBody(d *Draft, envelope EnvelopeID) (BodyID, error) {
	var env any
	if envelope != 0 {
		env = int64(envelope)
	}
	if d.body == 0 {
		n, err := t.id(bodyIDs)
		if err != nil {
			return 0, err
		}
		data := d.data
		if data == nil {
			data = []byte{}
		}
		return BodyID(n), t.exec(insertBody, n, d.size, env, data)
	}
	if len(d.data) > 0 {
		n, err := t.id(pieceIDs)
		if err != nil {
			return 0, err
		}
		if err := t.exec(insertPiece, n, d.body, d.pieces, d.data); err != nil {
			return 0, err
		}
	}
	ok, err := t.row(takeStaged, []any{d.body}, []any{new(BodyID)})
	if err != nil {
		return 0, err
	}
	if !ok {
		return 0, fmt.Errorf("%w: it arrived for too long", ErrNoBody)
	}
	return d.body, t.exec(insertBody, d.body, d.size, env, nil)
}
