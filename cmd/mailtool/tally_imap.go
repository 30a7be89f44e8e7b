package main

import (
<<<<<<< HEAD
	"bytes"
	"strconv"
=======
>>>>>>> imapcore
	"strings"

	"mailtool/imap"
	"mailtool/trace"
)

<<<<<<< HEAD
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
=======
// An imapTally counts what became of messages in a session of IMAP.
type imapTally struct {
	entered  bool   // somebody logged in
	folder   string // that was selected last, "" for none
	fetched  int    // messages of which text came
	appended int
	expunged int    // by this session
	quit     bool   // LOGOUT was answered, or the server said BYE by itself
	blamed   string // verb of what was refused last

	asked  map[int]imapAsked // commands that wait for their results, by the event's number
	coming bool              // a message is told of, and no text of it came yet
}

// An imapAsked is a command that waits for its result.
type imapAsked struct{ verb, folder string }

// event counts what ev adds.
func (t *imapTally) event(ev *trace.Event) {
	if t.asked == nil {
		t.asked = make(map[int]imapAsked)
	}
	switch {
	case ev.Kind == trace.Command && ev.Part == 0 && len(t.asked) < maxAsked:
		t.asked[ev.N] = imapAsked{ev.Verb, folderIn(ev)}
	case ev.Kind == trace.DataEnd && ev.End == trace.Server && t.coming:
		t.fetched++
		t.coming = false
	case ev.Kind != trace.Reply || ev.Part != 0:
	case ev.Verb == "FETCH":
		t.coming = true
	case ev.Verb == "EXPUNGE":
		if t.waitsFor("EXPUNGE") || t.waitsFor("UID EXPUNGE") {
			t.expunged++
		}
	case ev.Verb == "BYE":
		t.quit = t.quit || !t.waitsFor("LOGOUT")
	case ev.Answers != 0 && ev.Verb != "+":
		t.entered = t.entered || ev.State == imap.Authenticated || ev.State == imap.Selected
		t.result(t.asked[ev.Answers], ev.Verb == string(imap.OK))
		delete(t.asked, ev.Answers)
	}
}

// waitsFor says that a command of this verb waits for its result.
func (t *imapTally) waitsFor(verb string) bool {
	for _, a := range t.asked {
		if a.verb == verb {
			return true
		}
	}
	return false
}

// result counts the result of a command.
func (t *imapTally) result(a imapAsked, ok bool) {
	t.coming = false
	if !ok {
		t.blamed = a.verb
	}
	switch {
	case a.verb == "LOGOUT":
		t.quit = true
	case a.folder != "" && ok:
		t.folder = a.folder
	case a.verb == "APPEND" && ok:
		t.appended++
	}
}

// folderIn is the mailbox that a command selects, "" for none, or where it comes in a literal.
func folderIn(ev *trace.Event) string {
	words := strings.SplitN(string(ev.Payload()), " ", 3)
	if ev.Verb != "SELECT" && ev.Verb != "EXAMINE" || len(words) < 3 {
		return ""
	}
	name := words[2]
	if rest, quoted := strings.CutPrefix(name, `"`); quoted {
		name, _, _ = strings.Cut(rest, `"`)
	} else {
		name, _, _ = strings.Cut(name, " ")
	}
	if decoded, err := imap.DecodeName(name); err == nil {
		name = decoded
	}
	if strings.HasPrefix(name, "{") || strings.HasPrefix(name, "~{") {
		return ""
	}
	return name
}

// imapVerdict says it in words.
func (p *program) imapVerdict(t *imapTally) string {
	var parts []string
	if t.folder != "" {
		parts = append(parts, p.say("verdict/selected", "folder", t.folder))
	}
	for _, count := range []struct {
		key string
		n   int
	}{{"verdict/fetched", t.fetched}, {"verdict/appended", t.appended}, {"verdict/deleted", t.expunged}} {
		if count.n > 0 {
			parts = append(parts, p.say(count.key, "messages", p.counted("verdict/messages", count.n)))
		}
	}
	switch {
	case len(parts) > 0:
		return strings.Join(parts, p.say("verdict/semicolon"))
	case t.entered:
		return p.say("verdict/nothing-selected")
	}
	return p.say("verdict/nobody")
>>>>>>> imapcore
}
