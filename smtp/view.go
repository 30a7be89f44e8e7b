package smtp

// A seen is what the record shows of a session at one of its moments: which greeting
// and hello were answered, and how far the mail transaction has come. The client acts
// on one that lags behind the server's by what is still on its way.
type seen struct {
	greeted bool
	hello   string // the verb that was answered 250: EHLO, HELO, or ""
	offers  Extensions
	known   bool // offers is what the last EHLO reply said, not a guess
	mail    bool // a mail transaction is open
	unsure  bool // a refusal left open whether it is
	asked   bool // a recipient was named in it, accepted or not
	rcpts   int  // recipients accepted
	eight   bool // BODY=8BITMIME was declared
	utf8    bool // SMTPUTF8 was declared
	chunk   bool // a chunk was accepted, and more of them are to come
	holed   bool // a chunk was refused, so that the message is lost
	data    bool // message data is flowing
	auth    bool // somebody has logged in
	denied  bool // MAIL was answered 530, and nobody has logged in since
	quit    bool // QUIT was answered
	down    bool // it may be closed without QUIT: 421 (RFC 5321 §3.8), or TLS failed
}

// assumed stands for the reply that a client expects, while it has not come.
const assumed = 0

// after is v when c has been answered with code.
func (v seen) after(c sent, code int) seen {
	ok := code == assumed || code >= 200 && code < 300
	v.down = v.down || code == 421
	switch c.verb {
	case greeting:
		v.greeted = true
	case "EHLO", "HELO":
		if ok {
			v.hello = c.verb
			v.known = code != assumed
			if c.verb == "HELO" { // it offers nothing, whatever EHLO did before
				v.offers = nil
			}
			v.reset()
		}
	case "MAIL":
		if ok {
			v.reset()
			v.mail, v.eight, v.utf8 = true, c.eight, c.utf8
		}
		v.denied = code == 530 || v.denied && code == assumed
	case "RCPT":
		v.asked = v.asked || v.mail
		if ok {
			v.rcpts++
		}
	case "DATA", "BDAT":
		switch {
		case code == 354:
			v.data = true
		case code >= 400:
			v.unsure = v.mail
			v.holed = v.mail && c.verb == "BDAT" && !c.last
		case c.last: // the end of the message, as the dot is of DATA's (RFC 3030 §2)
			v.reset()
		case c.verb == "BDAT":
			v.chunk = v.mail
		}
	case dataEnd:
		v.data = false
		v.reset()
	case "RSET":
		if ok {
			v.reset()
		}
	case "AUTH", authLine:
		v.auth = v.auth || code == 235
		v.denied = v.denied && code != 235 && code != assumed
	case "QUIT":
		v.quit = true
	}
	return v
}

// asHoped says that the reply to c makes of the session what assumed did.
func (c sent) asHoped(code int) bool {
	switch c.verb {
	case "", "NOOP", "VRFY", "EXPN", "HELP":
		return code != 421
	case "MAIL", "RCPT", "BDAT", "RSET", dataEnd:
		return code >= 200 && code < 300
	}
	return false
}

// reset ends the mail transaction (RFC 5321 §4.1.1.5).
func (v *seen) reset() {
	v.mail, v.unsure, v.asked, v.rcpts = false, false, false, 0
	v.eight, v.utf8, v.chunk, v.holed, v.data = false, false, false, false, false
}

// state is the name of the state that the session is in.
func (v *seen) state() string {
	state := StateConnected
	switch {
	case v.quit:
		state = StateQuit
	case v.data:
		state = StateData
	case v.chunk:
		state = StateChunk
	case v.mail && v.rcpts > 0:
		state = StateRecipient
	case v.mail:
		state = StateSender
	case v.hello != "":
		state = StateReady
	case v.greeted:
		state = StateGreeted
	}
	return state.String()
}

// The phases of a session, in the textbook's words.
const (
	Handshake = "handshake" // until the two ends know each other
	Transfer  = "transfer"  // mail transactions
	Close     = "close"     // QUIT and 221
)

// phaseOf is the phase that a command belongs to; most verbs may come in any.
func phaseOf(verb, current string) string {
	switch verb {
	case "EHLO", "HELO", "STARTTLS", "AUTH":
		return Handshake
	case "MAIL", "RCPT", "DATA", "BDAT":
		return Transfer
	case "QUIT":
		return Close
	}
	return current
}
