package main

import (
	"maps"
	"slices"
	"strings"

	"mailtool/trace"
)

// A tally counts what became of messages, from what the server answered: like all that
// is shown, it comes from the wire.
type tally struct {
	protocol trace.Protocol // SMTP, unless it says otherwise
	fetch    fetchTally     // of POP3
	arrange  imapTally      // of IMAP; what follows is of SMTP

	accepted   int // messages
	recipients int // of them
	refused    int // messages, the MAIL or the DATA of which was refused
	unwanted   int // recipients that were refused
	unanswered int // messages that were sent and got no answer

	asked   map[int]string // commands that wait for their reply, by the event's number
	pending int            // recipients of the transaction so far
	opened  bool           // a MAIL was accepted
	blamed  string         // verb of what was refused; see refusedVerb
}

// maxAsked bounds a session that never answers.
const maxAsked = 4096

// event counts what ev adds.
func (t *tally) event(ev *trace.Event) {
	switch t.protocol {
	case trace.POP3:
		t.fetch.event(ev)
		return
	case trace.IMAP:
		t.arrange.event(ev)
		return
	}
	if t.asked == nil {
		t.asked = make(map[int]string)
	}
	switch {
	case ev.Kind == trace.Command && ev.Part == 0 && len(t.asked) < maxAsked:
		verb := ev.Verb
		if words := ev.Words(); verb == "BDAT" && len(words) == 3 && strings.EqualFold(words[2], "LAST") {
			verb = "." // RFC 3030 §2: the last chunk ends the message
		}
		t.asked[ev.N] = verb
		if verb == "MAIL" {
			t.blamed = ""
		}
	case ev.Kind == trace.DataEnd && ev.End == trace.Client:
		switch t.asked[ev.Part] {
		case "BDAT": // a chunk, not the last
		case ".": // the last chunk: its command is answered
			t.unanswered++
		default:
			t.asked[ev.N] = "."
			t.unanswered++
		}
	case ev.Kind == trace.Reply && ev.Final && ev.Verb != "":
		verb := t.asked[ev.Answers]
		delete(t.asked, ev.Answers)
		t.reply(verb, ev.Verb[0])
	}
}

// reply counts an answer: its first digit says what became of the command
// (RFC 5321 §4.2.1).
func (t *tally) reply(verb string, class byte) {
	done, refused := class == '2', class == '4' || class == '5'
	if refused && t.blamed != "MAIL" {
		t.blamed = verb
	}
	switch verb {
	case "MAIL":
		switch {
		case done:
			t.pending, t.opened = 0, true
		case refused && !t.opened: // else it was out of turn: the transaction stays open
			t.refused++
		}
	case "RCPT":
		switch {
		case done:
			t.pending++
		case refused && t.opened:
			t.unwanted++
		}
	case "DATA":
		if refused && t.opened && t.pending > 0 {
			t.refused++
		}
	case "BDAT":
		if refused && t.opened && t.pending > 0 { // the message is lost (RFC 3030 §2)
			t.refused++
			t.pending, t.opened = 0, false
		}
	case ".":
		t.unanswered = max(0, t.unanswered-1)
		switch {
		case done:
			t.accepted++
			t.recipients += t.pending
		case refused && t.pending > 0:
			t.refused++
		}
		t.pending, t.opened = 0, false
	case "RSET", "EHLO", "HELO":
		if done {
			t.pending, t.opened = 0, false
		}
	}
}

// carried is how many messages came to those whom they were for.
func (t *tally) carried() int {
	return t.accepted + t.fetch.fetched + t.arrange.appended + t.arrange.fetched
}

// moved says that there are more or fewer messages in a mailbox than before.
func (t *tally) moved() bool {
	return t.accepted > 0 || t.fetch.deleted > 0 || t.arrange.appended > 0 || t.arrange.expunged > 0
}

// parted says that the session has come to its end, by the words of POP3 or IMAP.
func (t *tally) parted() bool { return t.fetch.quit || t.arrange.quit }

// refusedVerb is the verb of the command that was refused last, "." for a message. A
// MAIL that was refused takes what was sent in one group with it.
func (t *tally) refusedVerb() string {
	switch t.protocol {
	case trace.POP3:
		return t.fetch.blamed
	case trace.IMAP:
		return t.arrange.blamed
	}
	return t.blamed
}

// unansweredVerb is the verb of the oldest command without a reply, "." for a message
// and "" where all have theirs.
func (t *tally) unansweredVerb() string {
	asked := t.asked
	switch t.protocol {
	case trace.POP3:
		asked = t.fetch.asked
	case trace.IMAP:
		asked = make(map[int]string)
		for n, a := range t.arrange.asked {
			asked[n] = a.verb
		}
	}
	if len(asked) == 0 {
		return ""
	}
	return asked[slices.Min(slices.Collect(maps.Keys(asked)))]
}

// verdict says it in words.
func (p *program) verdict(t *tally) string {
	switch t.protocol {
	case trace.POP3:
		return p.fetchVerdict(&t.fetch)
	case trace.IMAP:
		return p.imapVerdict(&t.arrange)
	}
	var parts []string
	if t.accepted > 0 {
		parts = append(parts, p.say("verdict/accepted", "messages",
			p.counted("verdict/messages", t.accepted), "recipients",
			p.counted("verdict/recipients", t.recipients)))
	}
	var refused []string
	if t.refused > 0 {
		refused = append(refused, p.counted("verdict/messages", t.refused))
	}
	if t.unwanted > 0 {
		refused = append(refused, p.counted("verdict/recipients", t.unwanted))
	}
	if len(refused) > 0 {
		parts = append(parts, p.say("verdict/refused", "what",
			strings.Join(refused, p.say("verdict/comma"))))
	}
	if t.unanswered > 0 {
		parts = append(parts, p.say("verdict/unanswered", "messages",
			p.counted("verdict/messages", t.unanswered)))
	}
	if len(parts) == 0 {
		return p.say("verdict/nothing")
	}
	return strings.Join(parts, p.say("verdict/semicolon"))
}
