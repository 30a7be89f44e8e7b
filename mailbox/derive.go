package mailbox

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"strings"

	"mailtool/mime/scan"
)

// derivedVersion is that of what is derived, and of how it is written. It is raised when
// either changes, mime/scan included: what is older is then made anew when it is read.
const derivedVersion = 1

// Derived is what was read out of a body: what lists of messages show, and where its parts
// are. Nothing in it is decoded.
type Derived struct {
	// Fields are those of the header that ENVELOPE (RFC 9051 §7.5.2) and lists show, in
	// the order of the message.
	Fields []DerivedField
	Tree   *scan.Tree
}

// A DerivedField is a header field, unfolded (RFC 5322 §2.2.3).
type DerivedField struct{ Name, Value string }

// Get returns the value of the first field with this name, in letters of any case, or "".
func (d *Derived) Get(name string) string {
	for _, f := range d.Fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// derivedFields are those that Derived has.
var derivedFields = [...]string{"Date", "Subject", "From", "Sender", "Reply-To", "To", "Cc",
	"Bcc", "In-Reply-To", "Message-ID", "References"}

func isDerived(name string) bool {
	for _, d := range derivedFields {
		if strings.EqualFold(name, d) {
			return true
		}
	}
	return false
}

// Derived returns what was read out of a body. The first time it reads the body, and keeps
// what it found: no delivery waits for that. The error is ErrNoBody.
func (s *Store) Derived(ctx context.Context, id BodyID) (*Derived, error) {
	var data []byte
	err := s.read.row(ctx, selectDerived, []any{id, derivedVersion}, []any{&data})
	if err == nil {
		if d, ok := decodeDerived(data); ok {
			return d, nil
		}
	} else if !errors.Is(err, sql.ErrNoRows) {
		return nil, s.sort(err)
	}
	b, err := s.Body(ctx, id)
	if err != nil {
		return nil, err
	}
	d, err := derive(b)
	if err != nil {
		return nil, err
	}
	data = encodeDerived(d)
	s.offer(func(t *tx) error {
		there, err := t.row(bodyExists, []any{id}, []any{new(int)})
		if err != nil || !there {
			return err
		}
		return t.exec(upsertDerived, id, derivedVersion, data)
	})
	return d, nil
}

// headerKept is how much of a header section is looked at for fields; the tree is made of
// all of the message.
const headerKept = 256 << 10

func derive(b *Body) (*Derived, error) {
	var scanner scan.Scanner
	var head bytes.Buffer
	_, err := b.WriteTo(io.MultiWriter(&scanner, &limitedWriter{&head, headerKept}))
	if err != nil {
		return nil, err
	}
	d := &Derived{Tree: scanner.End()}
	h := scan.ParseFields(head.Bytes(), scan.Limits{})
	for _, f := range h.Fields {
		if isDerived(f.Name) {
			d.Fields = append(d.Fields, DerivedField{f.Name, f.Value()})
		}
	}
	return d, nil
}

// A limitedWriter takes no more than n octets, without an error.
type limitedWriter struct {
	w io.Writer
	n int
}

func (l *limitedWriter) Write(p []byte) (int, error) {
	k := min(l.n, len(p))
	l.n -= k
	_, err := l.w.Write(p[:k])
	return len(p), err
}
