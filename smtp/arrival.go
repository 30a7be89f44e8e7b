package smtp

import (
	"bytes"
	"context"
	"io"
	"time"

	"mailtool/internal/wire"
)

// A Delivery is one message on its way to those who keep it. Its octets are written as
// they come: lines that end in CRLF, the server's Received field on top, Return-Path not.
// A Write must not keep p. After an error of Write the rest of the message is read and
// thrown away, and the reply comes after its end (RFC 5321 §4.2.5).
//
// Commit or Discard is called once, as the last. nil from Commit promises that the message
// is kept (RFC 5321 §6.1); after an error it is not. The connection being lost is no
// reason for Commit to fail, but a ctx that ends may be.
type Delivery interface {
	io.Writer
	Commit(ctx context.Context) error
	Discard()
}

// An arrival is a message that flows from the connection to its Delivery. It is judged on
// its way, and nothing of it is held. What is refused is discarded at once, so that it
// takes no room while the rest of it comes.
type arrival struct {
	to      Delivery // nil once it was committed or discarded
	limits  Limits
	lenient bool
	until   time.Time // when it has to be here

	size  int64
	lines textLines
	hops  hops
	fail  *Reply // why it is refused
}

// Write judges p and hands it on. It never fails: what is refused is to be read to its
// end all the same.
func (a *arrival) Write(p []byte) (int, error) {
	switch {
	case a.fail != nil:
	case a.lenient:
		a.normalise(p)
	default:
		a.judge(p)
	}
	return len(p), nil
}

// judge refuses a message with lone CRs, lone LFs or NULs, wherever writes are cut.
func (a *arrival) judge(p []byte) {
	fits := p[:min(int64(len(p)), max(0, a.limits.Size-a.size))]
	a.lines.write(fits)
	if a.lines.unusual != 0 {
		a.refuse(a.lines.reply())
		return
	}
	a.pass(p)
}

// pass hands p on, which is as it is to be kept.
func (a *arrival) pass(p []byte) {
	if a.fail != nil || len(p) == 0 {
		return
	}
	if a.size += int64(len(p)); a.size > a.limits.Size {
		a.refuse(tooLarge(a.limits.Size))
		return
	}
	if a.hops.write(p); a.hops.count >= a.limits.Hops { // RFC 5321 §6.3
		a.refuse(NewReply(554, "5.4.6", "%d Received fields: the message goes round in circles",
			a.limits.Hops))
		return
	}
	if _, err := a.to.Write(p); err != nil {
		a.refuse(replyTo(err))
	}
}

// normalise makes CRLF of every lone CR and LF. A CR at the end of p waits for what
// follows it.
func (a *arrival) normalise(p []byte) {
	l := &a.lines
	for len(p) > 0 {
		if l.cr {
			l.endLine()
			a.pass(crlf)
			if p[0] == '\n' {
				p = p[1:]
			}
			continue
		}
		k := bytes.IndexAny(p, "\r\n")
		switch {
		case k < 0:
			l.at += len(p)
			a.pass(p)
			return
		case p[k] == '\r' && k+1 < len(p) && p[k+1] == '\n':
			// whole lines in one piece
			k = wholeLines(p)
			l.endLine()
			a.pass(p[:k])
			p = p[k:]
			continue
		}
		l.at += k
		a.pass(p[:k])
		if l.cr = p[k] == '\r'; !l.cr {
			l.endLine()
			a.pass(crlf)
		}
		p = p[k+1:]
	}
}

var crlf = []byte("\r\n")

// wholeLines is how much of p are lines that end in CRLF and hold no other CR or LF.
func wholeLines(p []byte) int {
	n := 0
	for {
		k := bytes.IndexByte(p[n:], '\r')
		if k < 0 || n+k+1 >= len(p) || p[n+k+1] != '\n' ||
			bytes.IndexByte(p[n:n+k], '\n') >= 0 {
			return n
		}
		n += k + 2
	}
}

// finish is called at the message's end. A chunk may end within a line, and so may the
// last one: then the line's CRLF is put there, as DATA's client does
// (RFC 5321 §4.1.1.4). Nothing is lost by it, and what reads the message by lines, POP3
// for one, could not hand it on without.
func (a *arrival) finish() *Reply {
	switch l := &a.lines; {
	case a.fail != nil:
	case l.cr && !a.lenient:
		l.note(wire.BareCR, l.at-1)
		a.refuse(l.reply())
	case l.cr, l.at > 0:
		l.endLine()
		a.pass(crlf)
	}
	return a.fail
}

func (a *arrival) refuse(r *Reply) {
	a.fail = r
	a.discard()
}

// discard forgets the message, unless it was committed.
func (a *arrival) discard() {
	if a.to != nil {
		a.to.Discard()
		a.to = nil
	}
}

// commit has the message kept. With 250 the server takes on the duty for it
// (RFC 5321 §6.1).
func (a *arrival) commit(ctx context.Context) *Reply {
	to := a.to
	a.to = nil
	return replyTo(to.Commit(ctx))
}
