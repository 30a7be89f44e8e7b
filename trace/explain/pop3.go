package explain

import (
	"strings"

	"mailtool/trace"
)

// pop3 explains a line of a POP3 dialogue.
func (x *Explainer) pop3(ev *trace.Event) {
	words := ev.Words()
	switch {
	case len(words) == 0 || ev.Part != 0 && ev.End == trace.Client:
	case ev.End == trace.Client && ev.Kind == trace.Continuation:
		x.remember(ev, "AUTH")
		x.answerChallenge(ev, "AUTH")
		x.decoded(ev)
	case ev.End == trace.Client:
		x.verb = strings.ToUpper(words[0])
		x.remember(ev, x.verb)
		x.note(words[0], "pop3/command/"+x.verb)
		if x.verb == "AUTH" && len(words) > 1 {
			x.sasl = strings.ToUpper(words[1])
			x.mechanism(words[1], words[1])
			x.decoded(ev)
		}
	case ev.Part != 0:
		x.listed(ev, words)
	default:
		x.pop3Reply(ev, words)
	}
}

// pop3Reply explains a status line: +OK, -ERR, or the + of a login (RFC 1939 §3).
func (x *Explainer) pop3Reply(ev *trace.Event, words []string) {
	verb := x.answers(ev)
	x.remember(ev, verb)
	x.server, x.listing = letter{}, false
	key := "pop3/reply/" + strings.ToUpper(words[0])
	switch {
	case ev.Kind == trace.Greeting && words[0] == "+OK":
		x.note(words[0], key+"/greeting")
		x.timestamp(words)
	case verb == "AUTH" && !ev.Final && words[0] == "+OK": // without a mechanism it lists them
		x.note(words[0], key+"/AUTH/listing")
	case verb == "" || !x.note(words[0], key+"/"+verb):
		x.note(words[0], key)
	}
	if words[0] == "+" && len(words) > 1 {
		x.challenge(ev, words[1])
	}
	if len(words) < 2 || words[1][0] != '[' {
		return
	}
	// The code in brackets, RFC 2449 §8.
	code, _, ok := strings.Cut(words[1][1:], "]")
	if ok {
		x.note("["+code+"]", "pop3/response-code/"+strings.ToUpper(code))
	}
}

// timestamp explains the msg-id in the greeting, which offers APOP (RFC 1939 §7).
func (x *Explainer) timestamp(words []string) {
	for _, w := range words {
		if len(w) > 4 && w[0] == '<' && w[len(w)-1] == '>' && strings.Contains(w, "@") {
			if !plain(w) { // longer than a note begins with, as most are
				w = "<...>"
			}
			x.note(w, "pop3/greeting/timestamp")
		}
	}
}

// listed explains a line of a reply that is a list: the first one of the many alike,
// each one of CAPA.
func (x *Explainer) listed(ev *trace.Event, words []string) {
	verb := x.listVerb(ev)
	if verb == "CAPA" {
		x.note(words[0], "pop3/capability/"+strings.ToUpper(words[0]))
		return
	}
	if !x.listing {
		x.listing = true
		x.note("", "pop3/listing/"+verb)
	}
}

// listVerb is the command whose answer ev is a part of.
func (x *Explainer) listVerb(ev *trace.Event) string {
	if verb := x.answers(ev); verb != "" {
		return verb
	}
	return x.verb
}
