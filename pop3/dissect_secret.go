package pop3

import (
	"bytes"

	"mailtool/internal/sasl"
	"mailtool/trace"
)

// hide finds what is secret in a line of the client, finished or not.
func (d *Dissector) hide(text []byte) []trace.Span {
	if d.scribe.ShowsSecrets() || len(text) == 0 {
		return nil
	}
	all := []trace.Span{{At: 0, Len: len(text)}}
	if d.mode == inAuth || d.mode == inHold && d.auth != "" {
		if t := string(text); t == "*" || t == "=" {
			return nil
		}
		return all
	}
	if at := secretAt(text); at > 0 {
		return []trace.Span{{At: at, Len: len(text) - at}}
	}
	if ParseCommand(text).id() != noVerb {
		return nil
	}
	if d.torn { // it may be the end of a line with a password
		return all
	}
	if d.lost && word64(text) || d.mayRespond() && trace.IsBase64(text) {
		return all
	}
	return nil
}

// mayRespond says that the client's line may be the response to a challenge that never
// came: clients send it together with AUTH, or after AUTH was refused.
func (d *Dissector) mayRespond() bool {
	return (d.tried || d.mode == inHold) && !d.scribe.ShowsSecrets()
}

// word64 says that text may be the beginning of a response in base64: it is too long
// for a verb, and in the alphabet.
func word64(text []byte) bool {
	for _, c := range text {
		if !letter(c) && (c < '0' || c > '9') && c != '+' && c != '/' && c != '=' {
			return false
		}
	}
	return len(text) > 4
}

// rememberHeld has the secrets in lines that are held masked wherever they are repeated:
// the server has read them, and what it says next may quote them. It is asked whenever the
// server speaks, and does not read again what it has read.
func (d *Dissector) rememberHeld() {
	if d.mode != inHold {
		return
	}
	held := d.scribe.Held(trace.Client)
	for {
		n := bytes.IndexByte(held[d.read:], '\n') + 1
		if n == 0 {
			return
		}
		line := held[d.read : d.read+n]
		line = line[:n-lineEnd(line)]
		d.read += n
		if at := secretAt(line); at > 0 {
			d.rememberArgument(line[at:])
		} else if trace.IsBase64(line) && ParseCommand(line).id() == noVerb {
			d.scribe.Remember(line)
		}
	}
}

// hideLines is hide for octets that may hold several lines. The last of them may be
// unfinished, and the beginning of what will be hidden.
func (d *Dissector) hideLines(text []byte) []trace.Span {
	if d.swallow {
		return []trace.Span{{At: 0, Len: len(text)}}
	}
	var spans []trace.Span
	for at := 0; at < len(text); {
		n := bytes.IndexByte(text[at:], '\n') + 1
		line := text[at:]
		if n > 0 {
			line = text[at : at+n-lineEnd(text[at:at+n])]
		} else {
			line = bytes.TrimSuffix(line, []byte("\r"))
		}
		hide := d.hide(line)
		if n == 0 && hide == nil && d.mayRespond() && word64(line) {
			hide = []trace.Span{{At: 0, Len: len(line)}}
		}
		for _, h := range hide {
			spans = append(spans, trace.Span{At: at + h.At, Len: h.Len})
		}
		if n == 0 {
			break
		}
		at += n
	}
	return spans
}

// secretAt returns where in a line the argument begins that is secret, 0 if there is
// none: all that follows PASS, the digest of APOP, the initial response of AUTH, of
// which "=" says that it is empty (RFC 5034 §4), and the secret of a log-in of IMAP.
func secretAt(text []byte) int {
	line := bytes.TrimLeft(text, blanks)
	if len(line) > 5 && bytes.EqualFold(line[:4], []byte("PASS")) && !letter(line[4]) {
		return len(text) - len(line) + 5 // blanks behind the first are the password's
	}
	if at := sasl.Typed(text, isVerb); at > 0 {
		return at
	}
	if len(line) > 4 && bytes.EqualFold(line[:4], []byte("PASS")) && letter(line[4]) {
		return len(text) - len(line) + 4 // PASSsesame, whatever was meant
	}
	return 0
}

func isVerb(word []byte) bool { return verbIDs[upper(word)] != noVerb }

// hideLine is hide for a line that was taken, or the first piece of one. Where the secret
// of a command is still to come, its mask begins with the last word of the piece.
func (d *Dissector) hideLine(text []byte, whole bool) []trace.Span {
	hide := d.hide(text)
	if whole || hide != nil || d.scribe.ShowsSecrets() || !sasl.TypedCut(text, isVerb) {
		return hide
	}
	at := bytes.LastIndexAny(text[:len(text)-1], blanks) + 1
	return []trace.Span{{At: at, Len: len(text) - at}}
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// remember has the secret of a command masked wherever it is repeated, and notes an AUTH.
func (d *Dissector) remember(ev *trace.Event, cmd Command, text []byte, hide []trace.Span) {
	isAuth := cmd.id() == verbAuth
	d.tried = d.tried || isAuth
	at := secretAt(text)
	switch {
	case isAuth && at > 0:
		d.authInitial(ev, cmd, bytes.TrimSpace(text[at:]))
	case len(hide) == 0, ev.More && at == 0 && sasl.TypedCut(text, isVerb): // nothing of it has come yet
	default:
		h := hide[0]
		d.rememberArgument(text[h.At : h.At+h.Len])
	}
}

// rememberArgument has what a command said masked from now on, without IMAP's quotes, too.
func (d *Dissector) rememberArgument(secret []byte) {
	secret = bytes.TrimSpace(secret)
	d.scribe.Remember(secret)
	d.scribe.Remember(bytes.Trim(secret, `"`))
}
