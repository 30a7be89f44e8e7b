package mailbox

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"slices"
)

// ManyDerived is how many bodies ReadDerived asks for.
const ManyDerived = 256

// derivedNamed is how many a question names that does not ask for a range.
const derivedNamed = 64

// A derivedBatch is what ReadDerived has read.
type derivedBatch struct {
	ids     [ManyDerived]BodyID // in the order in which they came
	ends    [ManyDerived]int    // where the data of each end
	derived [ManyDerived]Derived
	n       int
	memory  []byte // their data
	args    [1 + derivedNamed]any
	bodies  *Batch // for what has to be made
}

// ReadDerived reads what was derived of the bodies with the given ids, ManyDerived at most,
// in one question. What is missing is made, and kept. What it read before is of no more use;
// bodies are not touched.
func (b *Batch) ReadDerived(ctx context.Context, ids []BodyID) error {
	if b.derived == nil {
		b.derived = new(derivedBatch)
	}
	d := b.derived
	d.n, d.memory = 0, d.memory[:0]
	if len(ids) == 0 {
		return nil
	}
	err := d.ask(ctx, b.store, ids)
	if err == nil {
		err = d.make(ctx, b.store, ids)
	}
	if err != nil {
		d.n = 0
		return b.store.sort(err)
	}
	text, from := string(d.memory), 0
	for i, end := range d.ends[:d.n] {
		d.derived[i].read(text[from:end])
		from = end
	}
	return nil
}

// Derived returns what was derived of a body that ReadDerived was asked for. It, and what it
// holds but for the strings, may be used until the next ReadDerived. The error is ErrNoBody.
func (b *Batch) Derived(id BodyID) (*Derived, error) {
	if d := b.derived; d != nil {
		if i := slices.Index(d.ids[:d.n], id); i >= 0 {
			return &d.derived[i], nil
		}
	}
	return nil, ErrNoBody
}

// ask reads what is there. Where the ids lie close together it is the range that is asked
// for, which is quicker.
func (d *derivedBatch) ask(ctx context.Context, s *Store, ids []BodyID) error {
	first, last := slices.Min(ids), slices.Max(ids)
	if last-first < BodyID(min(2*len(ids), ManyDerived)) {
		return s.read.raw(ctx, selectDerivedIn, []int64{derivedVersion, int64(first), int64(last)},
			func(row []driver.Value) {
				data, _ := row[1].([]byte)
				if id := BodyID(asInt(row[0])); intact(data) && slices.Contains(ids, id) {
					d.add(id, data)
				}
			})
	}
	for some := range slices.Chunk(ids, derivedNamed) {
		if err := d.askFor(ctx, s, some); err != nil {
			return err
		}
	}
	return nil
}

// askFor reads what is there of ids, derivedNamed at most.
func (d *derivedBatch) askFor(ctx context.Context, s *Store, ids []BodyID) error {
	d.args[0] = int64(derivedVersion)
	for i := range d.args[1:] {
		d.args[1+i] = int64(ids[min(i, len(ids)-1)]) // to ask for one twice asks for it once
	}
	return s.read.rows(ctx, selectDerivedOf, d.args[:], func(scan func(...any) error) error {
		var id BodyID
		var data sql.RawBytes // valid until the next row
		if err := scan(&id, &data); err != nil {
			return err
		}
		if intact(data) && !slices.Contains(d.ids[:d.n], id) { // an earlier question may have had it
			d.add(id, data)
		}
		return nil
	})
}

func (d *derivedBatch) add(id BodyID, data []byte) {
	d.memory = append(d.memory, data...)
	d.ids[d.n], d.ends[d.n] = id, len(d.memory)
	d.n++
}

// A made is what was derived of a body.
type made struct {
	id   BodyID
	data []byte
}

// make derives what is missing, and offers it to the writer.
func (d *derivedBatch) make(ctx context.Context, s *Store, ids []BodyID) error {
	if d.n == len(ids) {
		return nil
	}
	var missing []BodyID
	for _, id := range ids {
		if !slices.Contains(d.ids[:d.n], id) && !slices.Contains(missing, id) {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if d.bodies == nil {
		d.bodies = s.NewBatch()
	}
	found, err := d.bodies.derive(ctx, missing, nil)
	if err != nil {
		return err
	}
	for _, m := range found {
		d.add(m.id, m.data)
	}
	s.offer(func(t *tx) error {
		for _, m := range found {
			if err := t.putDerived(m.id, m.data); err != nil {
				return err
			}
		}
		return nil
	})
	return nil
}

// derive derives of bodies, as long as stop does not say otherwise; it may be nil. Those that
// are gone, or broken, are left out.
func (b *Batch) derive(ctx context.Context, ids []BodyID, stop func() bool) ([]made, error) {
	found := make([]made, 0, len(ids))
	for some := range slices.Chunk(ids, ManyBodies) {
		if err := b.Read(ctx, some); err != nil {
			return found, err
		}
		for _, id := range some {
			body, err := b.Body(id)
			if err != nil {
				continue // it is gone
			}
			data, err := derive(body, stop)
			if errors.Is(err, ErrNoBody) || errors.Is(err, ErrDamaged) {
				continue // the others can be read
			}
			if err != nil {
				return found, err
			}
			found = append(found, made{id, data})
		}
	}
	return found, nil
}
