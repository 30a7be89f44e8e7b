package main

import (
	"context"
	"errors"
	"time"

	"mailtool/mailbox"
	"mailtool/mime"
	"mailtool/mime/scan"
	"mailtool/sandbox"
	"mailtool/trace"
)

// A judgedLetter is the message of a session, judged; opened is nil where there is none.
type judgedLetter struct {
	*opened
	found []scan.Finding
	note  string // what is to be said of where it comes from
}

func (l *judgedLetter) close() {
	if l.opened != nil {
		l.opened.close()
	}
}

// letterOf finds and judges the message of a session: the record holds all of a short one.
// Of a longer one the mailbox may hold the rest.
func (p *program) letterOf(ctx context.Context, dir string, q *inquest, inside bool) (
	*judgedLetter, error) {
	l := &judgedLetter{}
	if q.letter == nil {
		return l, nil
	}
	whole := q.letter.whole && q.letter.ended
	if !whole && inside && q.header.Protocol == trace.SMTP {
		var err error
		if l.opened, err = p.stored(ctx, dir, q); err != nil {
			return nil, err
		}
		if l.opened != nil {
			l.note, whole = "why/letter/stored", true
		}
	}
	if l.opened == nil {
		l.opened = openBytes(q.letter.message(), "")
		if !whole {
			l.note = "why/letter/cut"
		}
	}
	var err error
	l.found, err = l.Lint(scan.Lint{UTF8: q.letter.utf8, Cut: !whole})
	return l, err
}

// stored looks in the mailboxes for the message that a session has brought: it came with an
// envelope that names the session. It is nil where there is none.
func (p *program) stored(ctx context.Context, dir string, q *inquest) (*opened, error) {
	dir, err := p.directory(dir)
	if err != nil {
		return nil, err
	}
	store, err := sandbox.ViewMailbox(ctx, dir)
	if errors.Is(err, sandbox.ErrNoMailbox) {
		return nil, nil // a server that keeps its mail elsewhere
	}
	if err != nil {
		return nil, mailboxProblem(err, dir)
	}
	body, err := broughtBy(ctx, store, q)
	if err != nil || body == nil {
		return nil, errors.Join(err, store.Close())
	}
	m, err := mime.OpenAt(body, body.Octets)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return &opened{Message: m, close: store.Close}, nil
}

// broughtBy is the newest message of a session in any INBOX, nil where there is none. Numbers of
// sessions begin anew with each server: the time decides.
func broughtBy(ctx context.Context, store *mailbox.Store, q *inquest) (*mailbox.Body, error) {
	begin, end := q.header.Start.Add(-time.Second), q.header.Start.Add(q.last+time.Minute)
	users, err := store.Users(ctx)
	if err != nil {
		return nil, err
	}
	for _, u := range users {
		folder, err := store.Folder(ctx, u.ID, mailbox.Inbox)
		if err != nil {
			return nil, err
		}
		list, err := store.List(ctx, folder.ID, 0, 0)
		if err != nil {
			return nil, err
		}
		for i := len(list) - 1; i >= 0; i-- {
			m := list[i]
			if m.Envelope == 0 || m.Saved.Before(begin) {
				continue
			}
			e, err := store.Envelope(ctx, m.Envelope)
			if err != nil {
				return nil, err
			}
			if e.Session == q.header.Session && !e.Received.Before(begin) && !e.Received.After(end) {
				return store.Body(ctx, m.Body)
			}
		}
	}
	return nil, nil
}
