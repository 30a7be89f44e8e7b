package sandbox

import (
	"context"
	"errors"
	"io"

	"mailtool/imap"
	"mailtool/mailbox"
	"mailtool/mime"
	"mailtool/mime/scan"
)

// A mailReader reads the messages of a folder for a session: many at a time, where it was told
// which will be asked for.
type mailReader struct {
	store  *mailbox.Store
	coming []*imap.Message // what will be asked for, in this order
	at     int             // where in coming the last one was

	bodies    *mailbox.Batch // nil until there is one to read ahead
	body      octets
	derived   *mailbox.Batch
	structure imap.Structure
	now       *mailbox.Derived // of structure
	text      *searched
	needles   map[string]*needle // of searches
}

// octets are a message's, as IMAP wants them.
type octets struct{ *mailbox.Body }

// Size implements imap.Body.
func (o *octets) Size() int64 { return o.Octets }

// Ahead implements imap.Mailbox.
func (x *selection) Ahead(ms []*imap.Message) { x.reader.coming, x.reader.at = ms, 0 }

// Body implements imap.Mailbox.
func (x *selection) Body(ctx context.Context, m *imap.Message) (imap.Body, error) {
	b, err := x.reader.read(ctx, m)
	if err != nil {
		return nil, imapRefusal(err, "")
	}
	x.reader.body.Body = b
	return &x.reader.body, nil
}

// Structure implements imap.Mailbox.
func (x *selection) Structure(ctx context.Context, m *imap.Message) (*imap.Structure, error) {
	d, err := x.reader.derive(ctx, m)
	if err != nil {
		return nil, imapRefusal(err, "")
	}
	r := &x.reader
	if r.structure.Tree == nil {
		r.structure.Tree = func() *scan.Tree { return r.now.Tree() }
	}
	r.now, r.structure.Fields = d, d.Fields
	return &r.structure, nil
}

// Decoded implements imap.Mailbox. Of a part that is damaged there is as much as can be made
// of it.
func (x *selection) Decoded(ctx context.Context, m *imap.Message, part *scan.Part) (io.Reader, error) {
	b, err := x.reader.read(ctx, m)
	if err != nil {
		return nil, imapRefusal(err, "")
	}
	raw := io.NewSectionReader(b, part.BodyStart, part.BodyEnd-part.BodyStart)
	if len(part.Children) > 0 {
		return raw, nil
	}
	if !mime.KnownEncoding(part.Encoding) {
		return nil, imap.Refuse(imap.CodeUnknownCTE, "The part is encoded in a way that is not known")
	}
	return faultless{mime.NewBodyReader(raw, part.Encoding)}, nil
}

// faultless is a reader for whom what is wrong with an encoding is no error.
type faultless struct{ io.Reader }

func (r faultless) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if fault := (*mime.Error)(nil); errors.As(err, &fault) {
		err = io.EOF
	}
	return n, err
}

// farAhead is how many of what was announced may be left out, before a message is taken for one
// that was not announced.
const farAhead = 1024

// announced says that a message is among those that will be asked for, from the last one on, and
// goes on from there.
func (r *mailReader) announced(m *imap.Message) bool {
	for i := r.at; i < min(r.at+farAhead, len(r.coming)); i++ {
		if r.coming[i].UID == m.UID {
			r.at = i
			return true
		}
	}
	return false
}

// read returns a message's octets, to be used until the next is read. The error may be
// mailbox.ErrNoBody.
func (r *mailReader) read(ctx context.Context, m *imap.Message) (*mailbox.Body, error) {
	id := mailbox.BodyID(m.Key)
	if r.bodies != nil {
		if b, err := r.bodies.Body(id); err == nil {
			return b, nil
		}
	}
	if m.Octets > aheadOctets || !r.announced(m) {
		return r.store.Body(ctx, id)
	}
	if r.bodies == nil {
		r.bodies = r.store.NewBatch()
	}
	if err := r.bodies.Read(ctx, r.next(mailbox.ManyBodies, aheadOctets)); err != nil {
		return nil, err
	}
	return r.bodies.Body(id)
}

// derive returns what was read out of a message, likewise.
func (r *mailReader) derive(ctx context.Context, m *imap.Message) (*mailbox.Derived, error) {
	id := mailbox.BodyID(m.Key)
	if r.derived == nil {
		r.derived = r.store.NewBatch()
	}
	if d, err := r.derived.Derived(id); err == nil {
		return d, nil
	}
	if !r.announced(m) {
		return r.store.Derived(ctx, id)
	}
	if err := r.derived.ReadDerived(ctx, r.next(mailbox.ManyDerived, 0)); err != nil {
		return nil, err
	}
	return r.derived.Derived(id)
}

// next are the bodies that will be asked for next, most of them at most, and most octets unless
// that is 0. The first is among them in any case.
func (r *mailReader) next(most int, mostOctets int64) []mailbox.BodyID {
	ids := make([]mailbox.BodyID, 0, most)
	total := int64(0)
	for _, m := range r.coming[r.at:] {
		total += m.Octets
		if len(ids) == most || mostOctets > 0 && total > mostOctets && len(ids) > 0 {
			break
		}
		ids = append(ids, mailbox.BodyID(m.Key))
	}
	return ids
}
