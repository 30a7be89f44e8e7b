package explain

import (
	"strings"

	"mailtool/trace"
)

// decoded explains what the base64 of a log-in holds: the words of the mechanism in which
// the newest AUTH began.
func (x *Explainer) decoded(ev *trace.Event) {
	if ev.Decoded == "" || ev.Decoded == trace.Mask {
		return
	}
	end := "client"
	if ev.End == trace.Server {
		end = "server"
	}
	switch {
	case strings.HasPrefix(x.sasl, "SCRAM-"):
		x.scram(ev.Decoded, end)
	case x.sasl == "LOGIN" && end == "server":
		x.prompt(ev.Decoded)
	default:
		x.note("", "sasl/message/"+x.sasl+"/"+end)
	}
}

// scram explains the attributes of a message (RFC 5802 §5.1), each once in a session. Before
// those of the first stands whether the client can bind the exchange to TLS (RFC 5802 §6).
func (x *Explainer) scram(message, end string) {
	for i, word := range strings.Split(message, ",") {
		letter, _, ok := strings.Cut(word, "=")
		switch {
		case i == 0 && end == "client" && letter != "c":
			x.once(letter, "sasl/scram/binding/"+letter)
		case ok && len(letter) == 1:
			x.once(letter, "sasl/scram/"+end+"/"+letter)
		}
	}
}

// prompt explains the two challenges of LOGIN, in which one word stands for the whole
// mechanism: as base64, or decoded.
func (x *Explainer) prompt(challenge string) {
	switch challenge {
	case "VXNlcm5hbWU6", "VXNlciBOYW1lAA==":
		x.note(challenge, "sasl/prompt/username")
	case "UGFzc3dvcmQ6", "UGFzc3dvcmQA":
		x.note(challenge, "sasl/prompt/password")
	case "Username:", "User Name\x00":
		x.note("", "sasl/message/LOGIN/username")
	case "Password:", "Password\x00":
		x.note("", "sasl/message/LOGIN/password")
	}
}
