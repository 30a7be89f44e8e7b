package smtp

// A trait is what some units have and most have not. Most rules are about units with a
// trait: to ask for it first spares each unit most of the rules.
type trait uint16

const (
	isOdd       trait = 1 << iota // the line has an anomaly
	isEarly                       // it was sent before the reply that it hung on
	isPipelined                   // a command that waits stands before it
	isUngreeted                   // no greeting had come
	isAfterQuit                   // QUIT had been answered
	isUnasked                     // a reply that answers nothing

	ofHello // EHLO, HELO
	ofMail
	ofRcpt
	ofData
	ofChunk // BDAT
	ofNames // VRFY, EXPN
	ofAuth
	ofTLS   // STARTTLS
	ofOther // another command, known or not
)

func (u *unit) traits() (t trait) {
	if u.line.Anomalies != 0 {
		t |= isOdd
	}
	switch u.where {
	case onCommand:
		t |= ofVerb(u.cmd.Verb)
		if u.early {
			t |= isEarly
		}
		if u.ahead > 0 {
			t |= isPipelined
		}
		if !u.view.greeted {
			t |= isUngreeted
		}
		if u.view.quit {
			t |= isAfterQuit
		}
	case onReply:
		if !u.asked {
			t |= isUnasked
		}
	}
	return t
}

func ofVerb(verb string) trait {
	switch verb {
	case "EHLO", "HELO":
		return ofHello
	case "MAIL":
		return ofMail
	case "RCPT":
		return ofRcpt
	case "DATA":
		return ofData
	case "BDAT":
		return ofChunk
	case "VRFY", "EXPN":
		return ofNames
	case "AUTH":
		return ofAuth
	case "STARTTLS":
		return ofTLS
	}
	return ofOther
}
