package main

import (
	"strings"

	"mailtool/pop3"
	"mailtool/trace"
)

// A fetchTally counts what became of messages in a session of POP3.
type fetchTally struct {
	fetched int    // messages that came whole
	deleted int    // messages that are gone since QUIT
	kept    int    // messages that were marked and that the server did not remove
	marked  int    // messages that QUIT would remove now
	entered bool   // somebody logged in
	quit    bool   // QUIT was answered
	blamed  string // verb of what was refused last

	asked  map[int]string // commands that wait for their reply, by the event's number
	coming bool           // a message comes
}

// event counts what ev adds. A mark means nothing before QUIT is answered (RFC 1939 §6).
func (t *fetchTally) event(ev *trace.Event) {
	if t.asked == nil {
		t.asked = make(map[int]string)
	}
	switch {
	case ev.Kind == trace.Command && ev.Part == 0 && len(t.asked) < maxAsked:
		t.asked[ev.N] = ev.Verb
	case ev.Kind == trace.DataEnd && ev.End == trace.Server:
		if t.coming {
			t.fetched++
		}
		t.coming = false
	case ev.Kind == trace.Reply && ev.Answers != 0 && ev.Part == 0:
		verb := t.asked[ev.Answers]
		delete(t.asked, ev.Answers)
		if !t.entered && ev.State == pop3.StateTransaction.String() {
			t.entered, t.blamed = true, "" // what was refused before matters no more
		}
		if ev.Verb == pop3.Err {
			t.blamed = verb
		}
		t.reply(verb, ev.Verb == pop3.OK)
	}
}

func (t *fetchTally) reply(verb string, ok bool) {
	t.coming = verb == "RETR" && ok
	switch {
	case verb == "DELE" && ok:
		t.marked++
	case verb == "RSET" && ok:
		t.marked = 0
	case verb == "QUIT":
		t.quit = true
		if ok {
			t.deleted = t.marked
		} else {
			t.kept = t.marked
		}
		t.marked = 0
	}
}

// fetchVerdict says it in words.
func (p *program) fetchVerdict(t *fetchTally) string {
	var parts []string
	for _, count := range []struct {
		key string
		n   int
	}{{"verdict/fetched", t.fetched}, {"verdict/deleted", t.deleted},
		{"verdict/not-deleted", t.kept}, {"verdict/forgotten", t.marked}} {
		if count.n > 0 {
			parts = append(parts, p.say(count.key, "messages", p.counted("verdict/messages", count.n)))
		}
	}
	switch {
	case len(parts) > 0:
		return strings.Join(parts, p.say("verdict/semicolon"))
	case t.entered && t.blamed != "":
		return p.say("verdict/refused", "what", t.blamed)
	case t.entered:
		return p.say("verdict/nothing-fetched")
	}
	return p.say("verdict/nobody")
}
