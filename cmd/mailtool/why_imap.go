package main

import (
	"bytes"
	"strings"

	"mailtool/imap"
	"mailtool/trace"
)

// refusedIMAP keeps a response of IMAP that says no: a result, or BYE where nobody asked for it. A
// NO or BAD without a tag is kept where there is no other (RFC 3501 §7.1).
func (q *inquest) refusedIMAP(ev *trace.Event) {
	t := &q.tally.arrange
	asked, ok := t.asked[ev.Answers]
	switch {
	case ev.End != trace.Server || ev.Part != 0:
	case ev.Kind != trace.Reply && ev.Kind != trace.Greeting:
	case ev.Verb == string(imap.BYE):
		if !t.waitsFor("LOGOUT") {
			q.refusal, q.asked = ev, ""
		}
	case ev.Verb != string(imap.NO) && ev.Verb != string(imap.BAD):
	case ok:
		q.refusal, q.asked = ev, asked.verb
	case q.refusal == nil:
		q.refusal, q.asked = ev, ""
	}
}

// imapMeanings are the keys under which a response that says no may be explained.
func imapMeanings(ev *trace.Event) (keys []string) {
	words := ev.Words()
	if len(words) > 2 && strings.HasPrefix(words[2], "[") {
		code, _, _ := strings.Cut(words[2][1:], "]")
		keys = append(keys, "imap/response-code/"+strings.ToUpper(code))
	}
	kind := "tagged-"
	switch {
	case ev.Kind == trace.Greeting:
		kind = "greeting-"
	case words[0] == "*":
		kind = ""
	}
	return append(keys, "imap/response/"+kind+ev.Verb)
}

// An announced literal, by the end that sends it.
type announced struct {
	letters map[trace.End]*carried // the message that comes, nil for what is none
	verbs   map[int]string         // of commands with literals, by the event's number
	utf8    bool                   // the client has enabled UTF-8 in headers (RFC 6855 §3)
}

// arranged collects a message that was appended, or fetched as a whole.
func (q *inquest) arranged(ev *trace.Event) {
	a := &q.literal
	if a.letters == nil {
		a.letters, a.verbs = make(map[trace.End]*carried), make(map[int]string)
	}
	switch ev.Kind {
	case trace.Data, trace.DataEnd:
		if c := a.letters[ev.End]; c != nil {
			c.add(ev)
			c.ended = ev.Kind == trace.DataEnd
		}
	case trace.Command, trace.Reply:
		a.utf8 = a.utf8 || ev.Verb == "ENABLED" && bytes.Contains(ev.Payload(), []byte("UTF8=ACCEPT"))
		if a.letters[ev.End] = nil; !q.messageFollows(ev) {
			return
		}
		q.begin(false)
		q.letter.utf8 = a.utf8
		a.letters[ev.End] = q.letter
	}
}

// messageFollows says that a line ends in the announcement of a literal which is a message.
func (q *inquest) messageFollows(ev *trace.Event) bool {
	verb := ev.Verb
	if ev.Part != 0 {
		verb = q.literal.verbs[ev.Part]
		delete(q.literal.verbs, ev.Part)
	}
	line := strings.ToUpper(string(ev.Payload()))
	at := strings.LastIndexByte(line, '{')
	if at < 0 || !strings.HasSuffix(line, "}") || ev.More {
		return false
	}
	first := ev.N
	if ev.Part != 0 {
		first = ev.Part
	}
	if len(q.literal.verbs) < maxAsked {
		q.literal.verbs[first] = verb
	}
	before := strings.TrimRight(line[:at], "~ ")
	if verb == "FETCH" {
		for _, whole := range []string{"BODY[]", "RFC822", "BINARY[]"} {
			if strings.HasSuffix(before, whole) {
				return true
			}
		}
	}
	// The first literal of APPEND may be the mailbox's name.
	return verb == "APPEND" && !strings.HasSuffix(before, " APPEND")
}
