package imap

import (
	"slices"

	"mailtool/internal/wire"
)

// maxAppended is how many messages one APPEND may bring: they are held until the last is there.
const maxAppended = 4096

// mayAppend says that a message can be taken in the state that the session is in.
func (s *session) mayAppend() bool { return s.state&inMail != 0 }

// noMessage is what an APPEND comes to that brings no message. One that brings some is obeyed
// while it comes: see appendMessages.
func (s *session) noMessage(*Append) *Response { return Reject("There is no message") }

// An appending is an APPEND that is being obeyed. Each message goes into a Draft as it comes.
// The mailbox has none of them before all are there, and none at all if the client goes away.
type appending struct {
	*session
	mailbox string
	mails   []Appended
	utf8    bool      // the literal stands in UTF8 (…)
	refused *Response // why nothing is appended
}

// appendMessages obeys an APPEND. text is the command up to the announcement l of its first
// message.
func (s *session) appendMessages(c line, text []byte, l wire.Literal) {
	a := &appending{session: s}
	defer a.discard()
	at := c.args
	at.text, at.utf8 = text, s.utf8
	at.sp()
	a.mailbox = at.mailbox()
	begin := []byte(c.tag + " APPEND") // of each line behind a message, for whoever refuses that
	for {
		if a.refused == nil {
			a.refused = a.begin(&at, l)
		}
		if a.refused != nil {
			if l.NoWait && !s.skip(l) {
				return
			}
			break
		}
		if !l.NoWait {
			s.goAhead(readyFor(l.Size))
		}
		if !a.receive(l) {
			return
		}
		text, ok := s.readLine(slices.Clone(begin))
		if !ok {
			return
		}
		at = scanner{text: text, at: len(begin), utf8: s.utf8}
		if a.utf8 {
			at.expect(')')
		}
		if at.err == nil && at.ended() {
			break
		}
		l, _ = wire.FindLiteral(text)
	}
	if a.refused == nil {
		a.refused = a.commit()
	}
	s.result("APPEND", c.tag, a.refused)
}

// begin reads what stands before a message, and begins its Draft. Or it says why not, before
// the client has sent the message if it waits.
func (a *appending) begin(at *scanner, l wire.Literal) *Response {
	m := at.appendHead()
	if at.err == nil && at.at != l.At {
		at.fail("a literal, which is the message,")
	}
	if at.err != nil {
		return badSyntax(at.err)
	}
	if r := a.offered(&m, l); r != nil {
		return r
	}
	if r := a.intercepted(m); r != nil {
		return r
	}
	switch {
	case l.Size == 0: // RFC 3502 §6.3.11
		return Refuse("", "A message of no octets: nothing was appended")
	case l.Size > a.limits.Message:
		return tooBig(a.limits.Message)
	case len(a.mails) == maxAppended:
		return Refuse(CodeLimit, "An APPEND may have %d messages", maxAppended)
	}
	if len(a.mails) == 0 && !l.NoWait {
		if r := a.nowhere(); r != nil {
			return r
		}
	}
	draft, err := a.store.Draft(a.ctx, l.Size)
	if err != nil {
		return responseTo(err, CodeServerBug)
	}
	a.utf8 = m.UTF8
	slices.Sort(m.Keywords)
	a.mails = append(a.mails, Appended{draft, m.Flags, m.Keywords, m.Date})
	return nil
}

// offered says that a message is sent in a way that was not offered.
func (a *appending) offered(m *AppendMessage, l wire.Literal) *Response {
	switch {
	case m.Binary && !a.offers("BINARY"):
		return Reject("BINARY was not offered")
	case m.UTF8 && !a.offers("UTF8=ACCEPT"):
		return Reject("UTF8=ACCEPT was not offered")
	case len(a.mails) > 0 && !a.offers("MULTIAPPEND"):
		return Reject("MULTIAPPEND was not offered: one message at a time")
	case !a.takes(l):
		return Reject("A literal must be asked for here: the client waits for +")
	case m.UTF8 && !a.session.utf8: // RFC 6855 §4
		return Refuse("", "UTF8 is for who has said ENABLE UTF8=ACCEPT")
	}
	return nil
}

// intercepted asks whoever watches the commands, once, when the first message is about to come.
func (a *appending) intercepted(m AppendMessage) *Response {
	if a.srv.Intercept == nil || len(a.mails) > 0 {
		return nil
	}
	return a.srv.Intercept(a.state, &Append{a.mailbox, []AppendMessage{m}})
}

// nowhere says that there is no such mailbox, so that nobody sends a message in vain.
func (a *appending) nowhere() *Response {
	if r := nameTrouble(a.mailbox); r != nil {
		return r // no hint at CREATE: it would not help
	}
	_, err := a.store.Status(a.ctx, a.mailbox)
	if err == nil {
		return nil
	}
	r := responseTo(err, CodeServerBug)
	if r.Code.Name == CodeNonexistent {
		r.Code.Name = CodeTryCreate
	}
	return r
}

// receive reads a message. It returns false where the connection is lost.
func (a *appending) receive(l wire.Literal) bool {
	in := &intake{draft: a.mails[len(a.mails)-1].Draft, lenient: a.srv.Lenient,
		most: a.limits.Message}
	if err := a.conn.CopyFull(in, l.Size); err != nil {
		a.broken(err)
		return false
	}
	a.refused = in.finish()
	return true
}

// commit puts the messages into the mailbox.
func (a *appending) commit() *Response {
	validity, uids, err := a.store.Append(a.ctx, a.mailbox, a.mails)
	if err != nil {
		return responseTo(err, CodeServerBug)
	}
	a.mails = nil // the Drafts are used up
	r := Accept("Appended")
	if a.offers("UIDPLUS") && len(uids) > 0 { // RFC 4315 §3
		r = r.With("APPENDUID", decimal(int64(validity))+" "+SetOf(uids).String())
	}
	return r
}

// discard forgets what is not in the mailbox.
func (a *appending) discard() {
	for _, m := range a.mails {
		m.Draft.Discard()
	}
}
