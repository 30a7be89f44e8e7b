package mailbox

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// An EnvelopeID is an envelope's, for ever.
type EnvelopeID int64

// An Envelope is what an SMTP server knows of a mail transaction (RFC 5321 §2.3.1).
type Envelope struct {
	Sender     string // reverse-path with its angle brackets
	Parameters string // of MAIL, as they came: "SIZE=1000 RET=HDRS" (RFC 3461 §4.3)
	Recipients []Recipient
	Peer       string // address of the client
	Hello      string // its name in EHLO or HELO
	Protocol   string // "ESMTPS" and so on (RFC 3848 §1)
	Account    string // who was authenticated, or ""
	TLS        string // version and cipher suite, or ""
	Session    string // of the trace
	Received   time.Time
}

// A Recipient is one of an Envelope's.
type Recipient struct {
	Path       string `json:"path"`                 // forward-path with its angle brackets
	Parameters string `json:"parameters,omitempty"` // of RCPT (RFC 3461 §4.1, §4.2)
}

// A Delivery says where a Draft goes.
type Delivery struct {
	Envelope Envelope
	To       []FolderID // each once; for a user, the user's Inbox
	Internal time.Time  // INTERNALDATE; now by default
}

// A Place is where a message lies (RFC 4315 §3).
type Place struct {
	Folder      FolderID
	UIDValidity uint32
	UID         UID
}

// Deliver puts the message into all folders at once, and returns when it is on the disk.
// The octets are kept once. Places are in the order of To. The error is ErrLines,
// ErrNoFolder if one of them is gone (then none has it), ErrNoBody if the message arrived
// for so long that it was swept, ErrFull, ErrClosed, or ctx's, if it ended before the writing
// began. The Draft is used up only if there is no error.
func (d *Draft) Deliver(ctx context.Context, to Delivery) ([]Place, error) {
	if err := d.ready(); err != nil {
		return nil, err
	}
	recipients, err := json.Marshal(to.Envelope.Recipients)
	if err != nil {
		return nil, err
	}
	// In rising order, so that writers on other connections would never wait in a ring.
	order := slices.Clone(to.To)
	slices.Sort(order)
	order = slices.Compact(order)
	places := make([]Place, len(to.To))
	err = d.store.put(ctx, len(d.data), func(t *tx) error {
		n, err := t.id(envelopeIDs)
		if err != nil {
			return err
		}
		envelope := EnvelopeID(n)
		body, err := t.putBody(d, envelope)
		if err != nil {
			return err
		}
		e := &to.Envelope
		err = t.exec(insertEnvelope, n, e.Sender, e.Parameters, string(recipients), e.Peer,
			e.Hello, e.Protocol, e.Account, e.TLS, e.Session, micros(e.Received))
		if err != nil {
			return err
		}
		if len(order) > 1 {
			if err := t.exec(insertShared, int64(body), len(order)); err != nil {
				return err
			}
		}
		m := Message{Body: body, Envelope: envelope, Octets: d.size, Internal: to.Internal}
		for _, f := range order {
			m.Folder = f
			place, err := t.put(m)
			if err != nil {
				return err
			}
			for i := range to.To {
				if to.To[i] == f {
					places[i] = place
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	d.store.quiet.cameLate(d)
	d.close()
	return places, nil
}

func (d *Draft) ready() error {
	if d.err == nil && !d.lines.ok() {
		return ErrLines
	}
	return d.err
}

// put puts a message into its folder as the newest.
func (t *tx) put(m Message) (Place, error) {
	var one tally
	one.add(1, m.Flags, m.Octets)
	filled, err := t.fill(m.Folder, one)
	if err != nil {
		return Place{}, err
	}
	now := t.store.o.Now()
	if m.Internal.IsZero() {
		m.Internal = now
	}
	var envelope any
	if m.Envelope != 0 {
		envelope = int64(m.Envelope)
	}
	err = t.exec(insertMessage, int64(m.Folder), int64(filled.UID), int64(m.Body), envelope,
		m.Octets, micros(m.Internal), int64(zone(m.Internal)), micros(now),
		int64(filled.modseq), int64(m.Flags))
	if err != nil {
		return Place{}, err
	}
	for _, k := range m.Keywords {
		if err := t.exec(insertKeyword, m.Folder, filled.UID, k); err != nil {
			return Place{}, err
		}
	}
	return filled.Place, nil
}

// An Appended is a message for Append.
type Appended struct {
	Draft    *Draft
	Flags    Flags
	Keywords []string
	Internal time.Time // now by default
}

// Append puts messages into a folder, all or none (RFC 9051 §6.3.12, RFC 3502 §6.3.11).
// The errors are those of Deliver; the Drafts are used up if there is none.
func (s *Store) Append(ctx context.Context, to FolderID, mails ...Appended) ([]Place, error) {
	octets := 0
	for _, m := range mails {
		if err := m.Draft.ready(); err != nil {
			return nil, err
		}
		octets += len(m.Draft.data)
	}
	places := make([]Place, len(mails))
	err := s.put(ctx, octets, func(t *tx) error {
		for i, a := range mails {
			body, err := t.putBody(a.Draft, 0)
			if err != nil {
				return err
			}
			places[i], err = t.put(Message{Folder: to, Body: body, Octets: a.Draft.size,
				Internal: a.Internal, Flags: a.Flags, Keywords: a.Keywords})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, a := range mails {
		s.quiet.cameLate(a.Draft)
		a.Draft.close()
	}
	return places, nil
}

// Envelope returns the envelope that a message came with. The error is ErrNoMessage.
func (s *Store) Envelope(ctx context.Context, id EnvelopeID) (Envelope, error) {
	var e Envelope
	var recipients string
	err := s.read.row(ctx, selectEnvelope, []any{id}, []any{&e.Sender, &e.Parameters,
		&recipients, &e.Peer, &e.Hello, &e.Protocol, &e.Account, &e.TLS, &e.Session,
		asTime{&e.Received}})
	if errors.Is(err, sql.ErrNoRows) {
		return Envelope{}, ErrNoMessage
	}
	err = cmp.Or(err, json.Unmarshal([]byte(recipients), &e.Recipients))
	return e, s.sort(err)
}
