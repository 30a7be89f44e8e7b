package explain

import (
	"strings"

	"mailtool/trace"
)

// imap explains a line of an IMAP dialogue.
func (x *Explainer) imap(ev *trace.Event) {
	words := ev.Words()
	line := string(ev.Payload())
	switch {
	case len(words) == 0 && x.behind:
		x.note("", "imap/syntax/command-ends")
	case len(words) == 0:
	case ev.End == trace.Server && ev.Part == 0:
		x.imapReply(ev, words, line)
	case ev.End == trace.Server:
		x.behindLiteral(line, "imap/syntax/response-goes-on")
	case ev.Kind == trace.Continuation || strings.EqualFold(line, "DONE"):
		if x.note(words[0], "imap/command/"+strings.ToUpper(line)) {
			break
		}
		if x.verb == "AUTHENTICATE" {
			x.remember(ev, x.verb)
			x.answerChallenge(ev, x.verb)
			x.decoded(ev)
		}
	case ev.Part == 0:
		x.imapCommand(ev, words, line)
	default:
		x.behindLiteral(line, "imap/syntax/command-goes-on")
	}
	x.behind = false
	x.literal(ev, line)
}

// imapCommand explains a command: a tag, a verb, and what the verb can take.
func (x *Explainer) imapCommand(ev *trace.Event, words []string, line string) {
	x.before = ""
	x.client, x.server = letter{}, letter{}
	if len(words) < 2 {
		return
	}
	rest := after(line, 2)
	word, verb := words[1], strings.ToUpper(words[1])
	if verb == "UID" && len(words) > 2 {
		word, verb, rest = words[2], strings.ToUpper(words[2]), after(line, 3)
		if verb == "EXPUNGE" {
			word, verb = "UID EXPUNGE", "UID-EXPUNGE"
		} else {
			x.note(words[1], "imap/syntax/uid")
		}
	}
	x.verb = verb
	x.remember(ev, verb)
	if verb == "UID-EXPUNGE" {
		x.note("EXPUNGE", "imap/command/"+verb)
		return
	}
	x.note(word, "imap/command/"+verb)
	x.names(verb, rest)
	switch verb {
	case "AUTHENTICATE":
		if len(rest) > 0 {
			x.sasl = strings.ToUpper(rest[0])
			x.mechanism(rest[0], rest[0])
			x.decoded(ev)
		}
	case "ENABLE":
		x.capabilities(rest)
	case "FETCH":
		x.fetchItems(rest)
	case "STORE":
		x.storeItems(rest)
	case "APPEND":
		x.flags(rest)
	case "STATUS":
		x.each(rest, "imap/status-item/")
	case "SELECT", "EXAMINE":
		x.each(rest[min(1, len(rest)):], "imap/select-parameter/")
	case "CREATE":
		x.each(rest[min(1, len(rest)):], "imap/create-parameter/")
		x.each(rest[min(1, len(rest)):], "imap/mailbox-attribute/")
	case "LIST":
		x.each(rest, "imap/list-option/")
	case "SETQUOTA":
		x.each(rest, "imap/quota-resource/")
	case "SEARCH":
		x.searchKeys(rest)
	case "SORT":
		x.searchKeys(x.sortKeys(x.options(rest)))
	case "THREAD":
		x.searchKeys(x.threads(rest))
	}
}

// behindLiteral explains what stands behind a literal, in the same command or response.
func (x *Explainer) behindLiteral(line, key string) {
	if x.behind {
		x.note("", key)
	}
}

// imapReply explains a line of the server: tagged, untagged, or a request to go on
// (RFC 9051 §2.2.2).
func (x *Explainer) imapReply(ev *trace.Event, words []string, line string) {
	verb := x.listVerb(ev)
	x.server = letter{}
	if words[0] == "+" {
		if !x.note("+", "imap/response/+/"+verb) {
			x.note("+", "imap/response/+")
		}
		if len(words) > 1 && verb == "AUTHENTICATE" {
			x.challenge(ev, words[1])
		}
		return
	}
	if len(words) < 2 {
		return
	}
	word, prefix := words[1], ""
	if isDigits(word) && len(words) > 2 {
		word = words[2]
	}
	status := strings.ToUpper(word)
	switch {
	case ev.Kind == trace.Greeting:
		prefix = "greeting-"
	case words[0] != "*":
		prefix = "tagged-"
	case status == x.before && status != "OK" && status != "NO":
		x.untagged(status, line) // many lines alike: the first was explained
		return
	default:
		x.before = status
	}
	x.note(word, "imap/response/"+prefix+status)
	if status == "OK" || status == "NO" || status == "BAD" || status == "BYE" || status == "PREAUTH" {
		x.responseCode(line)
		return
	}
	x.untagged(status, line)
}

// responseCode explains the words in brackets behind a status (RFC 9051 §7.1).
func (x *Explainer) responseCode(line string) {
	_, code, ok := strings.Cut(line, "[")
	if before := strings.Fields(line[:len(line)-len(code)]); !ok || len(before) != 3 {
		return // a bracket somewhere in the text
	}
	code, _, ok = strings.Cut(code, "]")
	words := strings.Fields(code)
	if !ok || len(words) == 0 {
		return
	}
	name := strings.ToUpper(words[0])
	x.note("["+words[0]+"]", "imap/response-code/"+name)
	if name == "CAPABILITY" {
		x.capabilities(words[1:])
	}
}

// untagged explains what untagged data consists of, each thing once a session: a
// folder of a thousand messages says FLAGS a thousand times.
func (x *Explainer) untagged(status, line string) {
	rest := after(line, 2)
	x.names(status, rest)
	switch status {
	case "CAPABILITY", "ENABLED":
		x.capabilities(rest)
	case "LIST", "LSUB":
		for _, t := range rest {
			if strings.HasPrefix(t, `\`) {
				x.once(t, "imap/mailbox-attribute/"+strings.ToUpper(t))
			}
		}
	case "STATUS":
		for _, t := range rest {
			x.once(t, "imap/status-item/"+strings.ToUpper(t))
		}
	case "FETCH":
		for _, t := range rest {
			switch up := strings.ToUpper(t); up {
			case "BODYSTRUCTURE", "ENVELOPE":
				x.once(t, "imap/fetch-data/"+up)
			case "BODY", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "UID", "MODSEQ", "EMAILID",
				"THREADID", "SAVEDATE", "PREVIEW":
				x.once(t, "imap/fetch-item/"+up)
			}
		}
	case "ESEARCH":
		for _, t := range rest {
			x.once(t, "imap/search-result/"+strings.ToUpper(t))
		}
	case "QUOTA":
		for _, t := range rest {
			x.once(t, "imap/quota-resource/"+strings.ToUpper(t))
		}
	}
}

// capabilities explains words of a list of capabilities, each once a session.
func (x *Explainer) capabilities(words []string) {
	for _, w := range words {
		up := strings.ToUpper(w)
		name, value, _ := strings.Cut(up, "=")
		key := "imap/capability/" + up
		if _, _, ok := Meaning(x.lang, key); !ok {
			key = "imap/capability/" + name
		}
		if mechanism := "sasl/" + strings.TrimSuffix(value, "-PLUS"); name == "AUTH" {
			if _, _, ok := Meaning(x.lang, mechanism); ok {
				key = mechanism
			}
		}
		x.once(w, key)
	}
}

// literal explains the count of octets at the end of a line, and notes whether what
// follows is a message, whose header can be explained (RFC 9051 §4.3).
func (x *Explainer) literal(ev *trace.Event, line string) {
	at := strings.LastIndexByte(line, '{')
	if at < 0 || !strings.HasSuffix(line, "}") {
		return
	}
	count := line[at+1 : len(line)-1]
	digits := strings.TrimSuffix(count, "+")
	if !isDigits(digits) {
		return
	}
	if digits != count {
		x.note(line[at:], "imap/syntax/literal+")
	} else {
		x.note(line[at:], "imap/syntax/literal")
	}
	if ev.End == trace.Server {
		item := strings.ToUpper(strings.TrimSpace(line[:at]))
		x.server = letter{message: strings.HasSuffix(item, "BODY[]") ||
			strings.HasSuffix(item, "RFC822") || strings.HasSuffix(item, "RFC822.HEADER") ||
			strings.HasSuffix(item, ".MIME]") ||
			strings.HasSuffix(item, "]") && strings.Contains(item, "BODY[HEADER")}
	} else if x.verb == "APPEND" {
		x.client = letter{message: true}
	}
}
