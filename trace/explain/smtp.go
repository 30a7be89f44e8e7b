package explain

import (
	"strings"

	"mailtool/trace"
)

// smtp explains a line of an SMTP dialogue.
func (x *Explainer) smtp(ev *trace.Event) {
	switch {
	case ev.End == trace.Server:
		x.smtpReply(ev)
	case ev.Part != 0: // the rest of a long line
	case ev.Kind == trace.Continuation:
		x.remember(ev, "AUTH")
		x.answerChallenge(ev, "AUTH")
		x.decoded(ev)
	default:
		x.smtpCommand(ev)
	}
}

func (x *Explainer) smtpCommand(ev *trace.Event) {
	words := ev.Words()
	if len(words) == 0 {
		return
	}
	verb := strings.ToUpper(words[0])
	x.remember(ev, verb)
	x.verb = verb
	x.note(words[0], "smtp/command/"+verb)
	switch verb {
	case "EHLO", "HELO", "LHLO":
		if len(words) > 1 && strings.HasPrefix(words[1], "[") {
			x.note(words[1], "smtp/path/address-literal")
		}
	case "MAIL", "RCPT":
		x.client = letter{}
		x.path(words[1:])
	case "AUTH":
		if len(words) > 1 {
			x.sasl = strings.ToUpper(words[1])
			x.mechanism(words[1], words[1])
			x.decoded(ev)
		}
	case "BDAT":
		x.last = len(words) > 2 && strings.EqualFold(words[2], "LAST")
		if x.last {
			x.note(words[2], "smtp/parameter/LAST")
		}
	}
}

// path explains what follows MAIL and RCPT: an address and parameters
// (RFC 5321 §4.1.2).
func (x *Explainer) path(words []string) {
	for _, w := range words {
		up := strings.ToUpper(w)
		if strings.HasPrefix(up, "FROM:") || strings.HasPrefix(up, "TO:") || up[0] == '<' {
			if up == "FROM:<>" || up == "<>" {
				x.note("<>", "smtp/path/null")
			}
			continue
		}
		name, _, _ := strings.Cut(up, "=")
		if !x.note(w, "smtp/parameter/"+up) {
			x.note(w[:min(len(name), len(w))], "smtp/parameter/"+name)
		}
	}
}

// mechanism explains a SASL mechanism. With channel binding, "-PLUS", it is the same
// (RFC 5802 §4).
func (x *Explainer) mechanism(word, name string) bool {
	return x.note(word, "sasl/"+strings.TrimSuffix(strings.ToUpper(name), "-PLUS"))
}

// answerChallenge explains a line with which the client goes on in a login.
func (x *Explainer) answerChallenge(ev *trace.Event, verb string) {
	if string(ev.Payload()) == "*" {
		x.note("*", string(x.protocol)+"/continuation/*")
		return
	}
	x.note("", string(x.protocol)+"/continuation/"+verb)
}

// smtpReply explains the code on the first line of a reply only: on the others it
// says the same. The lines of an EHLO reply each have something to say.
func (x *Explainer) smtpReply(ev *trace.Event) {
	words := ev.Words()
	if len(words) == 0 || len(ev.Verb) != 3 {
		return
	}
	verb := x.answers(ev)
	hello := (verb == "EHLO" || verb == "LHLO") && ev.Verb == "250"
	if ev.Part == 0 {
		x.code(ev, verb, words)
		if hello {
			x.note("", "smtp/extension/greeting")
		}
		x.remember(ev, verb)
		return
	}
	if hello && len(words) > 1 {
		keyword, _, _ := strings.Cut(words[1], "=") // "AUTH=LOGIN", an old habit
		x.note(keyword, "smtp/extension/"+strings.ToUpper(keyword))
	}
}

// code explains the reply code, by what it answers, and the enhanced code behind it.
func (x *Explainer) code(ev *trace.Event, verb string, words []string) {
	key := "smtp/reply/" + ev.Verb
	switch {
	case ev.Kind == trace.Greeting:
		key += "/greeting"
	case ev.Verb == "530" && strings.Contains(strings.ToUpper(string(ev.Raw)), "STARTTLS"):
		key += "/STARTTLS"
	case verb != "":
		key += "/" + verb
	}
	x.note(ev.Verb, key)
	if len(words) < 2 {
		return
	}
	// The class of an enhanced code is the first digit of the code (RFC 2034 §4).
	if e := words[1]; len(e) > 4 && e[0] == ev.Verb[0] && e[1] == '.' {
		x.note(e, "smtp/enhanced/"+e)
	}
	if ev.Verb == "334" {
		x.challenge(ev, words[1])
	}
}

// challenge explains what a server asks in a log-in; the dissector has decoded it, where it
// could.
func (x *Explainer) challenge(ev *trace.Event, word string) {
	if ev.Decoded == "" {
		x.prompt(word)
		return
	}
	x.decoded(ev)
}
