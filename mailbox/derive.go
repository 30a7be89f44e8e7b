package mailbox

import (
	"context"
	"database/sql"
	"errors"

	"mailtool/mime/scan"
)

// derivedVersion is that of what is derived, and of how it is written. It is raised when
// either changes, mime/scan included: what is older is then made anew when it is read.
const derivedVersion = 2

// Derived is what was read out of a body: what lists of messages show, and where its parts
// are. Nothing in it is decoded.
type Derived struct {
	// Fields are those of the header that ENVELOPE and BODYSTRUCTURE (RFC 9051 §7.5.2) and
	// lists show, in the order of the message: those of the tree's root.
	Fields []scan.KeptField

	data    string // what the tree is made of
	tree    scan.Tree
	decoded bool
	memory  treeMemory
}

// Get returns the value of the first field with this name, in letters of any case, or "".
func (d *Derived) Get(name string) string { return scan.ValueOf(d.Fields, name) }

// Tree is the tree of parts, each with its fields. It is made when it is asked for.
func (d *Derived) Tree() *scan.Tree {
	if !d.decoded {
		d.decode()
	}
	return &d.tree
}

// Derived returns what was read out of a body. The first time it reads the body, and keeps
// what it found: no delivery waits for that. The error is ErrNoBody.
func (s *Store) Derived(ctx context.Context, id BodyID) (*Derived, error) {
	var data []byte
	err := s.read.row(ctx, selectDerived, []any{id, derivedVersion}, []any{&data})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, s.sort(err)
	}
	if !intact(data) {
		b, err := s.Body(ctx, id)
		if err != nil {
			return nil, err
		}
		if data, err = derive(b, nil); err != nil {
			return nil, err
		}
		s.offer(func(t *tx) error { return t.putDerived(id, data) })
	}
	d := new(Derived)
	d.read(string(data))
	d.decode() // others may use it too
	return d, nil
}

// putDerived keeps what was derived of a body, if it is still there.
func (t *tx) putDerived(id BodyID, data []byte) error {
	there, err := t.row(bodyExists, []any{int64(id)}, []any{new(int)})
	if err != nil || !there {
		return err
	}
	return t.exec(upsertDerived, int64(id), int64(derivedVersion), data)
}

// errStopped says that derive was told to stop.
var errStopped = errors.New("mailbox: there is something else to do")

// derive reads a body, a piece at a time, as long as stop does not say otherwise; it may be
// nil.
func derive(b *Body, stop func() bool) ([]byte, error) {
	scanner := scan.Scanner{Keep: true}
	w := writerFunc(func(p []byte) (int, error) {
		if stop != nil && stop() {
			return 0, errStopped
		}
		return scanner.Write(p)
	})
	if _, err := b.WriteTo(w); err != nil {
		return nil, err
	}
	return encodeDerived(scanner.End()), nil
}

// A writerFunc is an io.Writer.
type writerFunc func([]byte) (int, error)

func (w writerFunc) Write(p []byte) (int, error) { return w(p) }
