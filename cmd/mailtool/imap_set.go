package main

import (
	"strings"

	"mailtool/imap"
)

// A messageWords is a SET as somebody types it: 2, 3-5, 2,4,7, last, all, or as on the wire, 1:*.
type messageWords struct {
	text  string // as it goes over the wire
	typed string // as it was typed
	set   imap.MessageSet
}

// readSet reads a SET. Whether there are such messages is for the server to say.
func readSet(word string) (messageWords, error) {
	parts := strings.Split(strings.ToLower(word), ",")
	for i, part := range parts {
		if part == "all" {
			parts[i] = "1:*"
			continue
		}
		first, last, ranged := strings.Cut(part, ":")
		if !ranged && !strings.HasPrefix(part, "last-") { // who types last-1 does not mean all
			first, last, ranged = strings.Cut(part, "-")
		}
		parts[i] = lastStar(first)
		if ranged {
			parts[i] += ":" + lastStar(last)
		}
	}
	text := strings.Join(parts, ",")
	set, err := imap.ParseMessageSet(text)
	if err != nil {
		return messageWords{}, fail(exitUsage, "error/imap/set", "word", word).because(err).
			hint("hint/imap/set", "").
			hint("hint/imap/number", "mailtool imap messages")
	}
	return messageWords{text, word, set}, nil
}

// lastStar is "*", which stands for the last message, where that is what somebody said.
func lastStar(word string) string {
	if word == "last" {
		return "*"
	}
	return word
}

// numbered are the messages with these numbers.
func numbered(numbers ...uint32) imap.MessageSet {
	return imap.MessageSet{Numbers: imap.SetOf(numbers)}
}

// one says that the set cannot have more than one message.
func (w messageWords) one() bool {
	return !w.set.Saved && len(w.set.Numbers) == 1 && w.set.Numbers[0].First == w.set.Numbers[0].Last
}

// empty says that a set which counts to the last message has none, since the mailbox has none.
// There is nothing to ask the server then: without messages it takes no "*" (RFC 3501 §9,
// seq-number).
func (s *imapSession) empty(w messageWords) bool {
	return s.mailbox != nil && s.mailbox.Messages == 0 && strings.Contains(w.text, "*")
}

// noMessages is the problem of a folder that has none.
func (s *imapSession) noMessages() *problem {
	e := fail(exitRefused, "error/imap/empty", "folder", s.k.folder)
	if s.k.words() == "" && strings.EqualFold(s.k.folder, imap.Inbox) {
		return e.hint("hint/imap/send", "mailtool smtp send")
	}
	return e.hint("hint/imap/folders", "mailtool imap folders"+s.k.words())
}

// missing is the problem of a number that no message has, by what the server told when the folder was
// opened, or nil. The server takes such a number for a mistake of the client, and answers BAD or
// nothing (RFC 3501 §9, seq-number); but it is somebody's choice, and not the protocol, that is wrong.
func (s *imapSession) missing(w messageWords) *problem {
	switch {
	case s.k.uid || s.mailbox == nil || w.set.Numbers.Within(s.mailbox.Messages):
		return nil
	case s.mailbox.Messages == 0:
		return s.noMessages()
	}
	highest := uint32(0)
	for _, r := range w.set.Numbers {
		highest = max(highest, r.First, r.Last)
	}
	return fail(exitRefused, "error/imap/no-number", "n", decimal(highest), "folder", s.k.folder,
		"messages", s.k.p.counted("verdict/messages", int(s.mailbox.Messages))).
		hint("hint/imap/number", "mailtool imap messages"+s.k.again())
}

// refusedSet is refused for a command about messages: there may be no such number.
func (s *imapSession) refusedSet(verb string, w messageWords, err error) error {
	if e := s.missing(w); e != nil && replyIn(err) != nil {
		return e.because(err)
	}
	return s.refused(s.k.said(verb, w.text), err)
}

// notFound is the problem of UIDs that no message has: that is no mistake on the wire
// (RFC 3501 §6.4.8).
func (s *imapSession) notFound(w messageWords) *problem {
	return fail(exitRefused, "error/imap/no-uid", "set", w.text, "folder", s.k.folder).
		hint("hint/imap/uids", "mailtool imap messages"+s.k.again())
}
