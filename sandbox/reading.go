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

	bodies    window[*mailbox.Body]
	body      octets
	derived   window[*mailbox.Derived]
	structure imap.Structure
	now       *mailbox.Derived // of structure
	text      *searched
	needles   map[string]*needle // of searches
}

func newMailReader(store *mailbox.Store) mailReader {
	r := mailReader{store: store}
	r.bodies.load, r.bodies.get = (*mailbox.Batch).Read, (*mailbox.Batch).Body
	r.bodies.most, r.bodies.octets = mailbox.ManyBodies, aheadOctets
	r.derived.load, r.derived.get = (*mailbox.Batch).ReadDerived, (*mailbox.Batch).Derived
	r.derived.most = mailbox.ManyDerived
	return r
}

// announce takes what will be asked for.
func (r *mailReader) announce(ms []*imap.Message) {
	r.bodies.forget()
	r.derived.forget()
	r.coming, r.at = ms, 0
}

// octets are a message's, as IMAP wants them.
type octets struct{ *mailbox.Body }

// Size implements imap.Body.
func (o *octets) Size() int64 { return o.Octets }

// Ahead implements imap.Mailbox.
func (x *selection) Ahead(ms []*imap.Message) { x.reader.announce(ms) }

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
	if b, ok := r.bodies.take(ctx, r, m); ok {
		return b, nil
	}
	if m.Octets > aheadOctets || !r.announced(m) {
		return r.store.Body(ctx, mailbox.BodyID(m.Key))
	}
	return r.bodies.read(ctx, r, r.at)
}

// derive returns what was read out of a message, likewise.
func (r *mailReader) derive(ctx context.Context, m *imap.Message) (*mailbox.Derived, error) {
	if d, ok := r.derived.take(ctx, r, m); ok {
		return d, nil
	}
	if !r.announced(m) {
		return r.store.Derived(ctx, mailbox.BodyID(m.Key))
	}
	return r.derived.read(ctx, r, r.at)
}
