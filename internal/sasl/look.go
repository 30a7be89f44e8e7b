package sasl

import (
	"strings"
	"unicode/utf8"
)

// A Question is what the newest challenge of a LOGIN asked for. Servers ask for the name
// first; one that does not must not have the answer taken for a name.
type Question uint8

// The questions of LOGIN.
const (
	AskedSomething Question = iota
	AskedName
	AskedPassword
)

// QuestionOf tells what a challenge, decoded, asks for.
func QuestionOf(challenge string) Question {
	switch strings.ToLower(strings.TrimRight(challenge, ":\x00")) {
	case "username", "user name":
		return AskedName
	case "password":
		return AskedPassword
	}
	return AskedSomething
}

// An Answer is what the client says in a log-in, decoded, for whoever looks at it: what may
// be shown of it, and what of it is secret.
type Answer struct {
	Shown   string
	Secrets []string
	Known   bool // it has the form that its mechanism gives it
}

// Look makes out a message of the client, which is number step of the exchange. Where the
// record shows secrets, open is true.
func Look(mechanism string, step int, message []byte, open bool) (a Answer) {
	if a.Shown, a.Known = Reveal(mechanism, step, false, message); a.Known {
		a.Secrets = Hidden(message, a.Shown)
	}
	switch {
	case open:
		a.Shown = Readable(message)
	case !a.Known:
		a.Shown = Mask
	}
	return a
}

// Readable is a message as a string, "" where it is no text.
func Readable(message []byte) string {
	if !utf8.Valid(message) {
		return ""
	}
	return string(message)
}
