package main

import (
	"bytes"
	"strconv"
	"strings"

	"mailtool/imap"
	"mailtool/trace"
)

// A mailTally counts what became of commands, and of the mailbox, in a session of IMAP.
type mailTally struct {
	done, refused int    // commands with OK; with NO or BAD
	before, after int    // messages in the mailbox that is selected: then, and now
	selected      bool   // one was
	changed       bool   // something was put into a mailbox, or taken out
	entered       bool   // somebody logged in
	bye           bool   // the server has said goodbye, maybe before the result of LOGOUT
	blamed        string // verb of what was refused last

	asked map[int]string // commands that wait for their result, by the event's number
}

// event counts what ev adds.
func (t *mailTally) event(ev *trace.Event) {
	if t.asked == nil {
		t.asked = make(map[int]string)
	}
	switch {
	case ev.Kind == trace.Command && ev.Part == 0 && ev.Verb != "" && len(t.asked) < maxAsked:
		t.asked[ev.N] = ev.Verb
	case ev.End != trace.Server || ev.Kind != trace.Reply && ev.Kind != trace.Greeting:
	case ev.Kind == trace.Reply && ev.Answers != 0 && isResult(ev.Verb):
		verb := t.asked[ev.Answers]
		delete(t.asked, ev.Answers)
		t.entered = t.entered || ev.State == imap.Authenticated || ev.State == imap.Selected
		t.result(verb, ev.Verb == string(imap.OK))
	default:
		t.untagged(ev)
	}
}

func isResult(word string) bool {
	return word == string(imap.OK) || word == string(imap.NO) || word == string(imap.BAD)
}

// result counts the result of a command.
func (t *mailTally) result(verb string, ok bool) {
	if !ok {
		t.refused++
		t.blamed = verb
		return
	}
	t.done++
	switch verb {
	case "SELECT", "EXAMINE":
		t.selected, t.before = true, t.after
	case "APPEND", "COPY", "UID COPY", "MOVE", "UID MOVE":
		t.changed = true
	}
}

// untagged takes what the server tells of the mailbox (RFC 3501 §7.3.1, §7.4.1).
func (t *mailTally) untagged(ev *trace.Event) {
	switch ev.Verb {
	case string(imap.BYE):
		t.bye = true
	case "EXISTS":
		words := bytes.Fields(ev.Payload())
		if len(words) < 2 {
			return
		}
		if n, err := strconv.ParseUint(string(words[1]), 10, 32); err == nil {
			t.after = int(n)
		}
	case "EXPUNGE":
		t.after = max(0, t.after-1)
		t.changed = true
	}
}

// mailVerdict says it in words.
func (p *program) mailVerdict(t *mailTally) string {
	if !t.entered && t.done+t.refused == 0 {
		return p.say("verdict/nobody")
	}
	parts := []string{p.counted("verdict/imap/done", t.done)}
	if t.refused > 0 {
		parts = append(parts, p.say("verdict/imap/refused", "n", strconv.Itoa(t.refused)))
	}
	if t.selected && t.before != t.after {
		parts = append(parts, p.mailboxChange(t))
	}
	return strings.Join(parts, p.say("verdict/semicolon"))
}

// mailboxChange says how many messages there were in the mailbox and how many there are.
func (p *program) mailboxChange(t *mailTally) string {
	return p.say("verdict/imap/mailbox", "before", p.counted("verdict/messages", t.before),
		"after", strconv.Itoa(t.after))
}
