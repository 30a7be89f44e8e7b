package term

import (
	"strings"

	"mailtool/trace"
)

// secretNotes says what the base64 of a log-in in a row holds, and the truth about it: what
// mailtool hides may have been open to everybody on the wire, and base64 hides nothing.
func (s *Screen) secretNotes(r *row) {
	decoded := ""
	if r.at == 0 { // it stands under the event's first row
		decoded = r.ev.Decoded
	}
	if decoded != "" {
		s.note(s.say("term/decoded", "text", s.decoded(decoded)))
	}
	key := s.hiddenKey(r, decoded)
	if said := s.phase + " " + key; key != "" && s.hidden == said {
		key = "" // once in a phase
	} else if key != "" {
		s.hidden = said
	}
	if decoded != "" && !s.coded && s.readable(r.ev) {
		switch {
		case !r.masked:
			key = "term/base64"
		case key == "screen/secret":
			key = "term/secret/base64"
		}
		if s.coded = strings.HasSuffix(key, "/base64"); s.coded && hasToken(s.sasl) {
			key += "/token"
		}
	}
	if key != "" {
		s.note(s.say(key))
	}
}

// hiddenKey is the sentence about what is hidden in a row, "" where nothing is. decoded is
// what was said of it.
func (s *Screen) hiddenKey(r *row, decoded string) string {
	switch {
	case !r.masked, decoded != "" && !strings.Contains(decoded, trace.Mask):
		return ""
	case s.named && !s.count.tls:
		return "term/secret/name"
	case provesOnly(s.sasl):
		return "term/secret/proof"
	case s.count.tls:
		return "screen/secret/tls"
	}
	return "screen/secret"
}

// readable says that a log-in's line gave the password, or the token, to everybody who saw it.
func (s *Screen) readable(ev *trace.Event) bool {
	return ev.End == trace.Client && !s.named && !s.count.tls && !provesOnly(s.sasl)
}

// dividers stand between the words of PLAIN and of the mechanisms with tokens.
var dividers = strings.NewReplacer("\x00", "\n", "\x01", "\n")

// decoded is what a log-in's base64 holds, for people: its words, without what divides them.
// Between the attributes of SCRAM there is room for the end of a line.
func (s *Screen) decoded(text string) string {
	switch {
	case s.o.Bytes:
		return EscapeBytes([]byte(text))
	case strings.HasPrefix(s.sasl, "SCRAM-"):
		parts := strings.Split(text, ",")
		for i, p := range parts[1:] {
			if len(p) > 1 && p[1] == '=' {
				parts[i+1] = " " + p
			}
		}
		text = strings.Join(parts, ",")
	}
	words := strings.FieldsFunc(dividers.Replace(text), func(r rune) bool { return r == '\n' })
	return Escape([]byte(strings.Join(words, ", ")))
}

// mechanism is how the client logs in, as its last command about it says.
func mechanism(ev *trace.Event, before string) string {
	words := ev.Words()
	for i, w := range words[:min(len(words), 2)] {
		switch strings.ToUpper(w) {
		case "AUTH", "AUTHENTICATE":
			if i+1 < len(words) {
				return strings.ToUpper(words[i+1])
			}
			return ""
		case "APOP":
			return "APOP"
		case "PASS", "LOGIN", "USER":
			return "LOGIN"
		}
	}
	return before
}

// asksName says that a command begins the mechanism LOGIN, which takes the user name first:
// in the command itself, or in the line that follows.
func asksName(ev *trace.Event) bool {
	words := ev.Words()
	for i, w := range words[:min(len(words), 2)] {
		if w = strings.ToUpper(w); w == "AUTH" || w == "AUTHENTICATE" {
			return i+1 < len(words) && strings.EqualFold(words[i+1], "LOGIN")
		}
	}
	return false
}

// provesOnly says that a mechanism proves that the client knows the password, without
// sending it (RFC 1939 §7, RFC 2195, RFC 5802).
func provesOnly(mechanism string) bool {
	return mechanism == "APOP" || strings.HasPrefix(mechanism, "CRAM-") ||
		strings.HasPrefix(mechanism, "DIGEST-") || strings.HasPrefix(mechanism, "SCRAM-")
}

// hasToken says that a token stands in the password's place.
func hasToken(mechanism string) bool { return mechanism == "XOAUTH2" || mechanism == "OAUTHBEARER" }
