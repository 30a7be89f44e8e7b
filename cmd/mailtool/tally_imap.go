package main

import (
	"strconv"
	"strings"

	"mailtool/imap"
	"mailtool/internal/wire"
	"mailtool/trace"
)

// An imapTally counts what became of messages in a session of IMAP.
type imapTally struct {
	entered  bool   // somebody logged in
	folder   string // that was selected last, "" for none, or for one whose name came as a literal
	opened   bool   // one was selected
	fetched  int    // messages of which text came
	appended int
	expunged int    // by this session
	quit     bool   // LOGOUT was answered, or the server said BYE by itself
	blamed   string // verb of what was refused last

	state         string // that of the session, as the server has said
	before, after int    // messages in the folder: when it was selected, and now

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
	if ev.End == trace.Server && ev.State != "" {
		t.state = ev.State
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
	case ev.Verb == "EXISTS":
		t.after = numberIn(ev)
	case ev.Verb == "EXPUNGE":
		t.after = max(0, t.after-1)
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

// numberIn is the number before the name of data, "* 3 EXISTS", 0 for none.
func numberIn(ev *trace.Event) int {
	words := strings.SplitN(string(ev.Payload()), " ", 3)
	if len(words) < 3 {
		return 0
	}
	n, err := strconv.ParseUint(words[1], 10, 32)
	if err != nil {
		return 0
	}
	return int(n)
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
	case (a.verb == "SELECT" || a.verb == "EXAMINE") && ok:
		t.folder, t.before, t.opened = a.folder, t.after, true
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
	if content, n := wire.Unquote([]byte(name)); n > 0 {
		name = string(content)
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

// mailboxChange says how many messages there were in the folder and how many there are.
func (p *program) mailboxChange(t *imapTally) string {
	return p.say("verdict/imap/mailbox", "before", p.counted("verdict/messages", t.before),
		"after", strconv.Itoa(t.after))
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
	case t.opened:
		return p.say("verdict/imap/opened")
	case t.entered:
		return p.say("verdict/nothing-selected")
	}
	return p.say("verdict/nobody")
}
