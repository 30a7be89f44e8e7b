package mailbox

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"sync"
)

// A BodyID is that of a message's octets, for ever: EMAILID (RFC 8474 §5.1).
type BodyID int64

// A Body is read a piece at a time, and the database is free in between: a client that
// reads slowly holds nobody up. It may be used by any number of goroutines.
type Body struct {
	ID     BodyID
	Octets int64

	store *Store
	ctx   context.Context
	mu    sync.Mutex
	n     int64  // which piece data is
	data  []byte // the piece that was read last
}

// Body returns a message's octets. They are there for as long as a message has them, and
// the time of Grace. ctx is for all reading. The error is ErrNoBody.
func (s *Store) Body(ctx context.Context, id BodyID) (*Body, error) {
	b := &Body{ID: id, store: s, ctx: ctx, n: -1}
	var data []byte
	err := s.read.row(ctx, selectBody, []any{id}, []any{&b.Octets, &data})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNoBody
	}
	if err != nil {
		return nil, s.sort(err)
	}
	b.hold(data)
	return b, nil
}

// hold keeps what came with the body's row: all of it, if it is small.
func (b *Body) hold(data []byte) {
	if b.Octets <= pieceSize && int64(len(data)) == b.Octets {
		b.n, b.data = 0, data
	}
}

// ReadAt implements io.ReaderAt. The error may wrap ErrNoBody: the message was swept.
func (b *Body) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("mailbox: a negative offset")
	}
	n := 0
	for n < len(p) && off < b.Octets {
		data, err := b.piece(off / pieceSize)
		if err != nil {
			return n, err
		}
		k := copy(p[n:], data[min(off%pieceSize, int64(len(data))):])
		if k == 0 {
			return n, ErrDamaged // a piece is too short
		}
		n += k
		off += int64(k)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Reader returns a reader of the whole.
func (b *Body) Reader() *io.SectionReader { return io.NewSectionReader(b, 0, b.Octets) }

// WriteTo implements io.WriterTo: a piece is written at a time.
func (b *Body) WriteTo(w io.Writer) (int64, error) {
	var done int64
	for done < b.Octets {
		data, err := b.piece(done / pieceSize)
		if err == nil && int64(len(data)) != min(pieceSize, b.Octets-done) {
			err = ErrDamaged // else what is there would be written again and again
		}
		if err != nil {
			return done, err
		}
		n, err := w.Write(data)
		done += int64(n)
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// piece returns a piece, which is never changed afterwards.
func (b *Body) piece(n int64) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n == b.n {
		return b.data, nil
	}
	var data []byte
	err := b.store.read.row(b.ctx, selectPiece, []any{b.ID, n}, []any{&data})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNoBody
	}
	if err != nil {
		return nil, b.store.sort(err)
	}
	b.n, b.data = n, data
	return data, nil
}
