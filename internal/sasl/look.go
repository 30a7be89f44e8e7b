package sasl

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// A Dialogue is what an onlooker knows of the server's side of a log-in, and by it tells
// what may be shown of both. The dissectors of all protocols look through it, so that a
// secret that one of them hides no other shows. The zero value has heard nothing; whoever
// shows secrets sets Open.
type Dialogue struct {
	Open       bool // the record shows secrets
	challenges int
	asked      question
}

// A question is what the newest challenge of a LOGIN asked for. Servers ask for the name
// first; one that does not must not have the answer taken for a name.
type question uint8

const (
	askedSomething question = iota
	askedName
	askedPassword
)

// questionOf tells what a challenge, decoded, asks for.
func questionOf(challenge string) question {
	switch strings.ToLower(strings.TrimRight(challenge, ":\x00")) {
	case "username", "user name":
		return askedName
	case "password":
		return askedPassword
	}
	return askedSomething
}

// Challenge takes the next challenge of the server, in base64, and returns what may be
// shown of it, decoded. hide says that the base64 is to be masked: a server's signature is
// made of the password, and whoever has it can try passwords. Blanks around it hide nothing.
// whole is false for the beginning of a line that is not all there.
func (d *Dialogue) Challenge(mechanism string, text []byte, whole bool) (shown string, hide bool) {
	text = bytes.Trim(text, " \t")
	d.asked = questionOf(string(text)) // some servers forget the base64
	message, err := Decode(text)
	if err != nil || !whole {
		return "", false
	}
	shown, ok := Reveal(mechanism, d.challenges, true, message)
	hide = ok && len(Hidden(message, shown)) > 0
	d.challenges++
	if ok && d.asked == askedSomething {
		d.asked = questionOf(shown)
	}
	if d.Open {
		shown = readable(message)
	}
	return shown, hide
}

// IsSignature says that a challenge, in base64, holds what is to be masked, where the
// mechanism is not known: of all that servers say that is SCRAM's.
func IsSignature(text []byte) bool {
	_, hide := new(Dialogue).Challenge(SCRAMSHA256, text, true)
	return hide
}

// An Answer is what the client says in a log-in, decoded, for whoever looks at it: what may
// be shown of it, and what of it is secret.
type Answer struct {
	Shown   string
	Secrets []string
	Known   bool // it has the form that its mechanism gives it: nothing else of it is secret
	Name    bool // it stands where LOGIN has the name: others may say the same
}

// Answer makes out a message of the client in base64, which is number step of the exchange.
// whole is false for the beginning of a line that is not all there.
func (d *Dialogue) Answer(mechanism string, step int, text []byte, whole bool) (a Answer) {
	first := mechanism == Login && step == 0
	if message, err := Decode(text); err == nil && whole {
		a = look(mechanism, step, message, d.Open)
		if first && d.asked != askedName && !d.Open {
			a = Answer{Shown: Mask} // nobody asked for a name
		}
	}
	a.Name = first && d.asked != askedPassword
	return a
}

// Initial makes out the initial response of the client in base64. Its answer to nothing
// is LOGIN's name.
func (d *Dialogue) Initial(mechanism string, text []byte, whole bool) (a Answer) {
	if message, err := DecodeInitial(text); err == nil && whole {
		a = look(mechanism, 0, message, d.Open)
	}
	a.Name = mechanism == Login
	return a
}

// look makes out a message of the client, decoded.
func look(mechanism string, step int, message []byte, open bool) (a Answer) {
	if a.Shown, a.Known = Reveal(mechanism, step, false, message); a.Known {
		a.Secrets = Hidden(message, a.Shown)
	}
	switch {
	case open:
		a.Shown = readable(message)
	case !a.Known:
		a.Shown = Mask
	}
	return a
}

// readable is a message as a string, "" where it is no text.
func readable(message []byte) string {
	if !utf8.Valid(message) {
		return ""
	}
	return string(message)
}
